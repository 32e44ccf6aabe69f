// SPDX-License-Identifier: MIT
/// @file
/// What a size search needs to know of the thing whose tables it sizes.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <ranges>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/assignment.hpp>

namespace ciess {

/// How good a model with given sizes is, as a whole and row by row.
struct measurement {
  double quality = 0;                     ///< what the search maximises; larger is better
  std::vector<std::vector<double>> rows;  ///< [tables][rows], quality of each row, >= 0

  /// See `field_visitor`. As many tables as this has.
  template <class F>
  void visit(F& f) {
    f("quality", quality);
    f.check("quality", std::isfinite(quality), "a finite number");
    for (std::size_t t = 0; t < rows.size(); ++t) {
      const std::string name = "table" + std::to_string(t);
      f(name, rows[t]);
      f.check(name,
              std::ranges::all_of(rows[t], [](double q) { return q >= 0 && std::isfinite(q); }),
              "finite qualities >= 0");
    }
  }
};

namespace detail {

// The requirements of `environment` one by one, so that a refusal can name the one that is missing.
// A search keeps the spans of `shapes` and `frequency`, so these must not point into a copy.
template <class E>
concept has_shapes = requires(const E& e) {
  { e.shapes() } -> std::convertible_to<std::span<const table_shape>>;
  { e.shapes() } -> std::ranges::borrowed_range;
};
template <class E>
concept has_frequency = requires(const E& e, std::size_t table) {
  { e.frequency(table) } -> std::convertible_to<std::span<const double>>;
  { e.frequency(table) } -> std::ranges::borrowed_range;
};
template <class E>
concept has_full_model = requires(E& e) {
  { e.full() } -> std::convertible_to<measurement>;
};
template <class E>
concept has_measure = requires(E& e, const assignment& sizes) {
  { e.measure(sizes) } -> std::convertible_to<measurement>;
};

}  // namespace detail

/// Something whose embedding tables can be given sizes and judged: a recommender with its training
/// and validation data, a click model, a formula. Implement this directly when the evaluation is
/// your own; `recommender_environment` does it for anything that satisfies `backbone`.
///
/// - `shapes()`       rows and range of sizes of every table; does not change
/// - `frequency(t)`   how often each row of table t occurs in training, >= 0; does not change
/// - `full()`         the full-size model, fully trained: the qualities that others are compared
/// with
/// - `measure(a)`     sets the sizes, trains as far as the search wants it, measures.
///                    Same sizes, same result: the search compares measurements of different steps
template <class E>
concept environment = detail::has_shapes<E> && detail::has_frequency<E> &&
                      detail::has_full_model<E> && detail::has_measure<E>;

/// An environment that can also train a model with given sizes to the end. Used for the few best
/// assignments.
template <class E>
concept retrainable_environment = environment<E> && requires(E& e, const assignment& sizes) {
  { e.retrain(sizes) } -> std::convertible_to<measurement>;
};

namespace detail {

// A view, or a matrix that stays: not one that is gone before its numbers are read.
template <class T>
concept lasting_table =
    std::same_as<std::remove_cvref_t<T>, matrix_view> ||
    (std::is_lvalue_reference_v<T> && std::same_as<std::remove_cvref_t<T>, matrix>);
template <class E>
concept has_full_table = requires(const E& e, std::size_t table) {
  { e.full_table(table) } -> lasting_table;
};

}  // namespace detail

/// An environment that shows the tables of its full-size model, so that one can see what a cut
/// takes: `full_table(t)` on a const environment is [rows, d_max] of table t, its columns in the
/// order in which prefixes are kept; valid after `full()`.
/// If several tables have the same axes (their columns j mean the same), it can say so by
/// `axes_group(t)`, a number that they share; without it each table has axes of its own.
/// One that may have no tables to show says so by `bool has_full_tables() const`.
template <class E>
concept energetic_environment = environment<E> && detail::has_full_table<E>;

namespace detail {

/// The same for environments as `explain_backbone` for backbones.
template <class E>
struct explain_environment : std::true_type {
  static_assert(has_shapes<E>,
                "ciess: an environment needs `std::span<const ciess::table_shape> shapes() const`, "
                "or a reference to a vector, not a copy");
  static_assert(has_frequency<E>,
                "ciess: an environment needs `std::span<const double> frequency(std::size_t table) "
                "const`, or a reference to a vector, not a copy");
  static_assert(has_full_model<E>,
                "ciess: an environment needs `ciess::measurement full()`: the full-size model");
  static_assert(has_measure<E>,
                "ciess: an environment needs `ciess::measurement measure(const ciess::assignment& "
                "sizes)`");
};

/// What those that show their tables need beside.
template <class E>
struct explain_energetic_environment : std::true_type {
  static_assert(has_full_table<E>,
                "ciess: an energetic environment needs `ciess::matrix_view full_table(std::size_t "
                "table) const`, or a reference to a matrix, not a copy");
};

/// @throws argument_error unless there is a frequency for each row of table t, finite and >= 0
inline void check_frequency(std::size_t t, const table_shape& shape,
                            std::span<const double> frequency) {
  if (static_cast<index_t>(frequency.size()) != shape.rows)
    throw_error<argument_error>("environment: table ", t, " has ", shape.rows,
                                " rows, got frequencies of ", frequency.size());
  for (std::size_t r = 0; r < frequency.size(); ++r)
    if (!(frequency[r] >= 0 && std::isfinite(frequency[r])))
      throw_error<argument_error>("environment: table ", t, ", row ", r,
                                  ": frequency must be finite and >= 0, got ", frequency[r]);
}

/// @throws numeric_error or argument_error unless `m` has a finite quality for each row of each
/// table
inline void check_measurement(const char* who, std::span<const table_shape> shapes,
                              const measurement& m) {
  if (!std::isfinite(m.quality))
    throw_error<numeric_error>(who, ": the environment's quality is ", m.quality);
  if (m.rows.size() != shapes.size())
    throw_error<argument_error>(who, ": the environment measured ", m.rows.size(),
                                " tables, expected ", shapes.size());
  for (std::size_t t = 0; t < shapes.size(); ++t) {
    if (static_cast<index_t>(m.rows[t].size()) != shapes[t].rows)
      throw_error<argument_error>(who, ": table ", t, " has ", shapes[t].rows,
                                  " rows, the environment measured ", m.rows[t].size());
    for (std::size_t r = 0; r < m.rows[t].size(); ++r)
      if (!(m.rows[t][r] >= 0 && std::isfinite(m.rows[t][r])))
        throw_error<numeric_error>(who, ": table ", t, ", row ", r, ": quality is ", m.rows[t][r]);
  }
}

}  // namespace detail
}  // namespace ciess
