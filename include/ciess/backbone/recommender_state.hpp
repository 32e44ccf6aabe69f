// SPDX-License-Identifier: MIT
/// @file
/// What training changes of a recommender, as a value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ciess/backbone/detail/state_fields.hpp>
#include <ciess/backbone/network.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/index.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/nn/learning_rate.hpp>
#include <ciess/nn/row_update_options.hpp>
#include <ciess/nn/row_updates.hpp>

namespace ciess {

/// Everything that training changes: a value.
template <class T>
struct recommender_state {
  model_weights<T> weights;
  model_gradient<T> first, second;  ///< Adam's moments; without tables if rows need none
  /// [tables][rows], sums of squares, if rows are updated by Adagrad.
  std::vector<basic_vector<T>> squares;
  learning_rate rate;
  std::int64_t steps = 0;
  std::uint64_t seed = 0;

  recommender_state() = default;
  /// Zeros, and rows of full size.
  /// @param parameters  how many there are beside the tables
  /// @param updates     how rows are updated; nothing: all by Adam
  recommender_state(std::span<const table_shape> shapes, index_t parameters,
                    const std::optional<row_update_kind>& updates) {
    for (const auto& [rows, range] : shapes) {
      weights.tables.emplace_back(sizes(rows, range));
      if (has_moments(updates))
        for (auto* moments : {&first, &second})
          moments->tables.push_back(basic_matrix<T>::Zero(rows, range.max));
      if (has_squares(updates)) squares.push_back(basic_vector<T>::Zero(rows));
    }
    for (auto* all : {&weights.parameters, &first.parameters, &second.parameters})
      *all = basic_vector<T>::Zero(parameters);
  }

  /// Whether rows that are updated so have moments, or a sum of squares each.
  [[nodiscard]] static bool has_moments(const std::optional<row_update_kind>& updates) noexcept {
    return !updates || numbers_beside(*updates) > 0;
  }
  [[nodiscard]] static bool has_squares(const std::optional<row_update_kind>& updates) noexcept {
    return updates && numbers_a_row(*updates) > 0;
  }

  /// The optimiser knows nothing any more.
  /// @param sum  what sums of squares begin with
  void forget(double sum) {
    for (auto* moments : {&first, &second}) {
      for (auto& m : moments->tables) m.setZero();
      moments->parameters.setZero();
    }
    for (auto& sums : squares) sums.setConstant(static_cast<T>(sum));
  }
  /// It forgets what rows do not keep. A sum of squares is of a row and stays.
  void forget_cut() {
    for (auto* moments : {&first, &second})
      for (std::size_t t = 0; t < moments->tables.size(); ++t)
        weights.tables[t].mask(moments->tables[t]);
  }

  /// What the optimiser knows of a table's rows.
  [[nodiscard]] row_memory<T> memory(std::size_t table) noexcept {
    row_memory<T> of;
    if (!first.tables.empty()) of.first = first.tables[table].data();
    if (!second.tables.empty()) of.second = second.tables[table].data();
    if (!squares.empty()) of.squares = squares[table].data();
    return of;
  }

  /// See `field_visitor`. Shapes are those that this has.
  template <class F>
  void visit(F& f) {
    for (std::size_t t = 0; t < weights.tables.size(); ++t) {
      const std::string table = "table" + std::to_string(t);
      visit_part(f, table, weights.tables[t]);
      if (t < first.tables.size()) detail::visit_numbers(f, table + ".m", first.tables[t]);
      if (t < second.tables.size()) detail::visit_numbers(f, table + ".v", second.tables[t]);
      if (t < squares.size()) detail::visit_squares(f, table + ".squares", squares[t]);
    }
    detail::visit_numbers(f, "parameters", weights.parameters);
    detail::visit_numbers(f, "parameters.m", first.parameters);
    detail::visit_numbers(f, "parameters.v", second.parameters);
    detail::visit_progress(f, *this);
  }

  /// @param who         what a message begins with
  /// @param shapes      of the tables of the model that is to take it
  /// @param parameters  how many the model has beside its tables
  /// @param updates     how its rows are updated; nothing: all by Adam
  /// @throws argument_error if it has other shapes, or a number of steps or a learning rate that
  ///         cannot be
  void check(const char* who, std::span<const table_shape> shapes, index_t parameters,
             const std::optional<row_update_kind>& updates = {}) const {
    const auto& tables = weights.tables;
    const std::size_t with_moments = has_moments(updates) ? shapes.size() : 0;
    const std::size_t with_sums = has_squares(updates) ? shapes.size() : 0;
    for (const auto& [count, expected] :
         {std::pair(tables.size(), shapes.size()), std::pair(first.tables.size(), with_moments),
          std::pair(second.tables.size(), with_moments), std::pair(squares.size(), with_sums)})
      if (count != expected)
        detail::throw_error<argument_error>(who, ": expected ", expected, " tables, got ", count);
    for (const index_t count :
         {weights.parameters.size(), first.parameters.size(), second.parameters.size()})
      if (count != parameters)
        detail::throw_error<argument_error>(who, ": expected ", parameters, " parameters, got ",
                                            count);
    for (std::size_t t = 0; t < shapes.size(); ++t) {
      const auto [rows, range] = shapes[t];
      detail::check_table(who, t, tables[t].row_sizes(), shapes[t]);
      for (const auto* moments : {&first, &second})
        if (with_moments > 0 &&
            (moments->tables[t].rows() != rows || moments->tables[t].cols() != range.max))
          detail::throw_error<argument_error>(
              who, ": moments of table ", t, " are [", moments->tables[t].rows(), ", ",
              moments->tables[t].cols(), "], expected [", rows, ", ", range.max, "]");
      if (with_sums > 0 && squares[t].size() != rows)
        detail::throw_error<argument_error>(who, ": table ", t, " has ", squares[t].size(),
                                            " sums of squares, expected ", rows);
    }
    detail::check_progress(who, *this);
  }
};

}  // namespace ciess
