// SPDX-License-Identifier: MIT
// What a run leaves and tells at its end.
#pragma once

#include <string>
#include <vector>

#include <ciess/study/draw_study.hpp>
#include <ciess/study/study_result.hpp>

#include "input.hpp"

namespace example {

/// The folder `path`, which says in its refusals what the options are called.
ciess::results_folder folder_of(const std::string& path);

/// What the run was begun with, as text.
std::string begun_with(const settings& s, const input& in);

/// Which share is which of the bytes that were asked for; empty if shares were.
std::string bytes_text(const settings& s, const std::vector<double>& asked);

/// What became of pictures, if there is something to say.
void say_drawn(const settings& s, const ciess::drawn_pictures& drawn);

/// Sizes, summary and pictures into --out, the table onto standard output.
/// @param budgets  shares that were asked for; of --bytes one each
void report(const settings& s, const input& in, const std::vector<std::string>& tables,
            const std::vector<double>& budgets, const ciess::study_result& r);

}  // namespace example
