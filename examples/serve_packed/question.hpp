// SPDX-License-Identifier: MIT
// Lines of input.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "settings.hpp"

namespace serving {

/// What a line asks: the best items for somebody, except some.
struct question {
  std::string who;
  std::vector<std::string> not_these;
  friend bool operator==(const question&, const question&) = default;
};

/// @param knows  whether somebody who can ask is called so
/// @returns nothing for a line with nothing in it
/// @throws ciess::data_error if it cannot be read, or in several ways
std::optional<question> read_question(const std::string& line, separator between,
                                      const std::function<bool(const std::string&)>& knows);

/// An id for a message, which must not move the cursor of a terminal.
std::string shown(const std::string& id);

/// Says what is wrong with a line.
void complain(std::int64_t line, const std::string& what);

}  // namespace serving
