// SPDX-License-Identifier: MIT
/// @file
/// The methods that a preset can put side by side, by name.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>

namespace ciess {

/// In the order of a table's rows: rules first, then what searches.
inline constexpr std::array<std::string_view, 15> method_names{
    "equal",     "random",     "frequency", "weighted-frequency", "mde",       "tail-energy",
    "magnitude", "random-bet", "bet",       "optembed",           "evolution", "dnis",
    "pep",       "portfolio",  "ciess"};

/// What a study compares unless it is told: the simple rules and CIESS.
inline constexpr std::array<std::string_view, 6> usual_methods{
    "equal", "random", "frequency", "weighted-frequency", "tail-energy", "ciess"};

/// Names as somebody lists them: in the order of `method_names`, all of them for "all", the usual
/// ones for none.
/// @param who  what the caller calls the list
/// @throws argument_error if a name is unknown or given twice
[[nodiscard]] inline std::vector<std::string_view> chosen_methods(
    std::span<const std::string> names, std::string_view who = "methods") {
  if (names.empty()) return {usual_methods.begin(), usual_methods.end()};
  if (names.size() == 1 && names.front() == "all")
    return {method_names.begin(), method_names.end()};
  for (const auto& name : names)
    if (name == "all") {
      detail::throw_error<argument_error>(who, ": all stands alone, got ", names.size(), " names");
    } else if (std::ranges::count(method_names, name) == 0) {
      std::string known = "all";
      for (const auto other : method_names) known += joined(", ", other);
      detail::throw_error<argument_error>(who, ": expected ", known, ", got ", detail::shown(name));
    } else if (std::ranges::count(names, name) > 1) {
      detail::throw_error<argument_error>(who, ": ", name, " is given twice");
    }
  std::vector<std::string_view> chosen;
  for (const auto name : method_names)
    if (std::ranges::count(names, name) > 0) chosen.push_back(name);
  return chosen;
}

namespace detail {

/// The methods that were chosen, and which of them somebody has.
class method_list {
 public:
  /// @throws argument_error as `chosen_methods`
  explicit method_list(std::span<const std::string> asked)
      : asked_{asked}, chosen_{chosen_methods(asked)} {}

  /// Whether a method is wanted by whoever has it.
  [[nodiscard]] bool asks_for(std::string_view name) const {
    const bool chosen = std::ranges::count(chosen_, name) > 0;
    if (chosen) there_.push_back(name);
    return chosen;
  }
  /// @throws argument_error if nobody has a method that was asked for by name
  void check() const {
    for (const std::string& name : asked_)
      if (name != "all" && std::ranges::count(there_, name) == 0)
        throw_error<argument_error>("methods: ", name,
                                    " is not to be had with this model, preset and program");
  }

 private:
  std::span<const std::string> asked_;
  std::vector<std::string_view> chosen_;
  mutable std::vector<std::string_view> there_;
};

}  // namespace detail
}  // namespace ciess
