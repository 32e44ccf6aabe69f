// SPDX-License-Identifier: MIT
/// @file
/// What a search tells those who watch it.
#pragma once

#include <concepts>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace ciess {

/// A number that a method notes of a step, under a name of its own.
struct step_note {
  std::string name;
  double value = 0;  ///< NaN: none in this step
};

/// One step of a search.
struct step_report {
  std::string method;            ///< the name of what searches, or of the part that made the step
  int number = 0;                ///< from 0 over the whole search
  int total = 0;                 ///< steps that the search will take if nobody stops it
  double budget = 0;             ///< what this step aims at: one of `sizing_request::budgets`
  double sparsity = 0;           ///< of the sizes that were measured
  double quality = 0;            ///< of the model with those sizes
  double best = 0;               ///< best quality so far that meets the budget
  std::string origin;            ///< what proposed the sizes
  std::vector<step_note> notes;  ///< the same names in every step of a search
  double seconds = 0;            ///< since the search began
  std::string within{};          ///< whose part the method is: "portfolio"; empty: nobody's

  /// The name of the whole search.
  [[nodiscard]] const std::string& search() const noexcept {
    return within.empty() ? method : within;
  }
  /// What was noted under a name; NaN if nothing was.
  [[nodiscard]] double noted(std::string_view name) const noexcept {
    for (const auto& n : notes)
      if (n.name == name) return n.value;
    return std::numeric_limits<double>::quiet_NaN();
  }
};

/// A callable that is told of every step. If it returns bool, false ends the search after this
/// step. If it has a `resume(std::span<const step_report>)`, that is told of the steps before when
/// a search goes on that was interrupted.
template <class O>
concept observer = std::invocable<O&, const step_report&> &&
                   (std::same_as<std::invoke_result_t<O&, const step_report&>, bool> ||
                    std::same_as<std::invoke_result_t<O&, const step_report&>, void>);

namespace detail {

/// Tells an event to those who take it, even when one of them has asked to stop.
/// @returns false if any did
template <class Event, class... O>
bool tell(const Event& event, O&... observers) {
  bool go_on = true;
  [[maybe_unused]] const auto one = [&](auto& o) {
    if constexpr (std::invocable<decltype(o), const Event&>) {
      if constexpr (std::same_as<decltype(o(event)), bool>) {
        if (!o(event)) go_on = false;
      } else {
        o(event);
      }
    }
  };
  (one(observers), ...);
  return go_on;
}

/// Tells those observers that want to know of the steps before a search went on.
template <class... O>
void tell_resumed(std::span<const step_report> before, O&... observers) {
  [[maybe_unused]] const auto one = [&](auto& o) {
    if constexpr (requires { o.resume(before); }) o.resume(before);
  };
  (one(observers), ...);
}

}  // namespace detail
}  // namespace ciess
