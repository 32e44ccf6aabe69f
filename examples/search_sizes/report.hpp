// SPDX-License-Identifier: MIT
// What a run tells: a table for people, a summary for programs, pictures.
#pragma once

#include <string>
#include <vector>

#include <ciess/search/study.hpp>

#include "settings.hpp"

namespace example {

json summary(const settings& s, const input& in, const ciess::study_result& r);

void print_table(const ciess::study_result& r);

/// Writes the pictures of a study as scripts and data, and draws them if gnuplot is there.
void draw(const fs::path& dir, const settings& s, const ciess::interactions& train,
          const std::vector<std::string>& tables, const ciess::study_result& r);

}  // namespace example
