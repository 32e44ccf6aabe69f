// SPDX-License-Identifier: MIT
/// @file
/// What is known of tables before anything is searched: what rules choose sizes by.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include <ciess/core/types.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/search/environment.hpp>
#include <ciess/search/rules/column_energy.hpp>

namespace ciess {

/// What rules choose sizes by; refers to the environment that it was taken from.
struct table_facts {
  std::span<const table_shape> shapes;
  std::vector<std::span<const double>> frequency{};  ///< [tables][rows], how often in training
  std::vector<std::size_t> kind{};  ///< [tables]; tables of one kind have the same rows
  /// Whether the environment shows full-size tables, see `energetic_environment`.
  bool shows_full = false;
  std::vector<matrix_view> full{};  ///< [tables], [rows, d_max]; empty before `full()`
  std::vector<std::size_t> axes{};  ///< [tables], tables of one number have the same axes

  /// One more than the largest kind.
  [[nodiscard]] std::size_t kinds() const noexcept {
    std::size_t n = 0;
    for (const std::size_t k : kind) n = std::max(n, k + 1);
    return n;
  }
};

namespace detail {

template <class E>
[[nodiscard]] bool shows_full_tables(const E& env) {
  if constexpr (energetic_environment<E> && requires {
                  { env.has_full_tables() } -> std::same_as<bool>;
                })
    return env.has_full_tables();
  else
    return energetic_environment<E>;
}

}  // namespace detail

/// The facts of an environment without its full-size tables. An environment that has kinds of rows
/// says so by `std::size_t kind(std::size_t table) const`. Without it, two tables are of two kinds,
/// as users and items are, and more than two of one.
/// @throws argument_error if there is not one frequency a row, finite and >= 0. Cost: O(rows)
template <class E>
[[nodiscard]] table_facts facts_of(const E& env) {
  static_assert(detail::explain_environment<E>::value);
  table_facts facts{.shapes = env.shapes(), .shows_full = detail::shows_full_tables(env)};
  for (std::size_t t = 0; t < facts.shapes.size(); ++t) {
    facts.frequency.push_back(env.frequency(t));
    detail::check_frequency(t, facts.shapes[t], facts.frequency.back());
    if constexpr (requires {
                    { env.kind(t) } -> std::convertible_to<std::size_t>;
                  })
      facts.kind.push_back(env.kind(t));
    else
      facts.kind.push_back(facts.shapes.size() <= 2 ? t : 0);
  }
  return facts;
}

/// The same with them.  @pre env.full() was called
/// @throws argument_error if a table is not [rows, d_max]
template <class E>
[[nodiscard]] table_facts full_facts_of(const E& env) {
  table_facts facts = facts_of(env);
  if constexpr (energetic_environment<E>) {
    if (!facts.shows_full) return facts;
    detail::full_tables full("facts", env);
    facts.full = std::move(full.views);
    facts.axes = std::move(full.axes);
  }
  return facts;
}

}  // namespace ciess
