// SPDX-License-Identifier: MIT
/// @file
/// What a search will take, before it begins.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>

#include <ciess/core/text.hpp>
#include <ciess/search/environment.hpp>

namespace ciess {

/// How often a search measures, and how many training steps that is. Time is not known before the
/// first measurement: from then on `progress` shows what is left.
struct search_cost {
  int measurements = 0;
  /// Training steps of one measurement: what the environment says by an `int measure_steps() const`
  /// of its own, as `recommender_environment` does; nothing if it does not.
  std::optional<int> steps;

  template <class E>
  search_cost(const E& env, int measured) : measurements{measured} {
    static_assert(detail::explain_environment<E>::value);
    if constexpr (requires {
                    { env.measure_steps() } -> std::same_as<int>;
                  })
      steps = env.measure_steps();
  }

  /// Training steps of the whole search.
  [[nodiscard]] std::optional<std::int64_t> all_steps() const noexcept {
    return steps ? std::optional(std::int64_t{measurements} * *steps) : std::nullopt;
  }
};

/// A cost as people read it: "300 measurements of 500 training steps each, 150,000 in all".
[[nodiscard]] inline std::string readable_cost(const search_cost& cost) {
  std::string count = grouped_text(cost.measurements) + " measurements";
  if (!cost.steps) return count;
  if (*cost.steps == 0) return count + " without training";
  return joined(count, " of ", grouped_text(*cost.steps), " training steps each, ",
                grouped_text(*cost.all_steps()), " in all");
}

}  // namespace ciess
