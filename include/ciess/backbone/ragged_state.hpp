// SPDX-License-Identifier: MIT
/// @file
/// What training changes of a recommender on ragged tables, as a value.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <ciess/backbone/detail/state_fields.hpp>
#include <ciess/backbone/recommender_state.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/ragged_table.hpp>
#include <ciess/nn/learning_rate.hpp>
#include <ciess/nn/ragged_updates.hpp>
#include <ciess/nn/row_update_options.hpp>

namespace ciess {

/// Everything that training changes, in the memory of what rows keep: a value. Moments of the
/// tables' numbers lie beside them.
template <class T>
struct ragged_state {
  std::vector<basic_ragged_table<T>> tables;
  basic_vector<T> parameters;            ///< what is in no table
  basic_vector<T> first, second;         ///< Adam's moments of the parameters
  std::vector<basic_vector<T>> squares;  ///< [tables][rows], if rows are updated by Adagrad
  learning_rate rate;
  std::int64_t steps = 0;
  std::uint64_t seed = 0;

  ragged_state() = default;
  /// Zeros for rows of these sizes.
  /// @param count  how many parameters there are beside the tables
  ragged_state(const assignment& sizes, index_t count, row_update_kind updates) {
    for (const auto& s : sizes) {
      tables.emplace_back(s, numbers_beside(updates));
      if (numbers_a_row(updates) > 0) squares.push_back(basic_vector<T>::Zero(s.rows()));
    }
    for (auto* all : {&parameters, &first, &second}) *all = basic_vector<T>::Zero(count);
  }

  /// The same as a state of dense tables: what rows keep, and what their optimiser knows of it. One
  /// of Adam on all rows is taken, too: lazy Adam goes on with its moments.
  /// @throws argument_error if moments or sums of squares are not those of its tables, or there is
  ///         a number of steps or a learning rate that cannot be
  explicit ragged_state(const recommender_state<T>& dense)
      : parameters{dense.weights.parameters},
        first{dense.first.parameters},
        second{dense.second.parameters},
        squares{dense.squares},
        rate{dense.rate},
        steps{dense.steps},
        seed{dense.seed} {
    const bool moments = !dense.first.tables.empty() || !dense.second.tables.empty();
    std::vector<table_shape> shapes;
    for (const auto& table : dense.weights.tables)
      shapes.push_back({table.rows(), table.row_sizes().range()});
    dense.check("ragged_state", shapes, parameters.size(),
                moments           ? row_update_kind::lazy_adam
                : squares.empty() ? row_update_kind::sgd
                                  : row_update_kind::rowwise_adagrad);
    for (std::size_t t = 0; t < dense.weights.tables.size(); ++t) {
      auto& table = tables.emplace_back(dense.weights.tables[t], moments ? 2 : 0);
      if (!moments) continue;
      parallel_for(table.rows(), 256, [&](index_t begin, index_t end) {
        for (index_t r = begin; r < end; ++r) {
          const std::size_t n = table[r].size();
          T* const beside = table.stretch(r).data() + n;
          std::copy_n(dense.first.tables[t].row(r).data(), n, beside);
          std::copy_n(dense.second.tables[t].row(r).data(), n, beside + n);
        }
      });
    }
  }

  /// The optimiser knows nothing any more.
  /// @param sum  what sums of squares begin with
  void forget(double sum) {
    for (auto& table : tables) table.clear_beside();
    first.setZero();
    second.setZero();
    for (auto& sums : squares) sums.setConstant(static_cast<T>(sum));
  }

  /// Bytes of tables and sums of squares, without the parameters.  O(tables)
  [[nodiscard]] std::int64_t table_bytes() const noexcept {
    std::int64_t sum = 0;
    for (const auto& table : tables) sum += table.memory().total();
    for (const auto& sums : squares) sum += std::int64_t{sizeof(T)} * sums.size();
    return sum;
  }

  /// See `field_visitor`. Shapes are those that this has; sizes of rows are loaded.
  template <class F>
  void visit(F& f) {
    for (std::size_t t = 0; t < tables.size(); ++t) {
      const std::string table = "table" + std::to_string(t);
      visit_part(f, table, tables[t]);
      if (t < squares.size()) detail::visit_squares(f, table + ".squares", squares[t]);
    }
    detail::visit_numbers(f, "parameters", parameters);
    detail::visit_numbers(f, "parameters.m", first);
    detail::visit_numbers(f, "parameters.v", second);
    detail::visit_progress(f, *this);
  }

  /// @param who      what a message begins with
  /// @param shapes   of the tables of the model that is to take it
  /// @param count    of its parameters beside the tables
  /// @param updates  how its rows are updated
  /// @throws argument_error if it has other shapes, or a number of steps or a learning rate that
  ///         cannot be
  void check(const char* who, std::span<const table_shape> shapes, index_t count,
             row_update_kind updates) const {
    const auto expect = [who](const char* what, std::int64_t got, std::int64_t expected) {
      if (got != expected)
        detail::throw_error<argument_error>(who, ": expected ", expected, ' ', what, ", got ", got);
    };
    expect("tables", std::ssize(tables), std::ssize(shapes));
    expect("tables of sums of squares", std::ssize(squares),
           numbers_a_row(updates) * std::ssize(shapes));
    for (const auto* all : {&parameters, &first, &second}) expect("parameters", all->size(), count);
    for (std::size_t t = 0; t < shapes.size(); ++t) {
      detail::check_table(who, t, tables[t].row_sizes(), shapes[t]);
      expect("numbers beside each number of a table", tables[t].beside(), numbers_beside(updates));
      if (t < squares.size()) expect("sums of squares", squares[t].size(), shapes[t].rows);
    }
    detail::check_progress(who, *this);
  }
};

}  // namespace ciess
