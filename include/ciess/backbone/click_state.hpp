// SPDX-License-Identifier: MIT
/// @file
/// What training changes of a click model, as a value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <ciess/backbone/detail/state_fields.hpp>
#include <ciess/backbone/network.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/index.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/nn/learning_rate.hpp>
#include <ciess/nn/row_updates.hpp>

namespace ciess {

/// Everything that training changes: a value.
template <class T>
struct click_state {
  /// Parameters: those of the network, the bias, then a weight for each row of each table; the last
  /// two if the model has a first order.
  model_weights<T> weights;
  std::vector<row_state<T>> rows;         ///< [tables] what the optimiser knows of their rows
  std::vector<row_state<T>> first_order;  ///< [tables] and of the weights of these, or none
  basic_vector<T> first, second;          ///< Adam's moments of the network's parameters and bias
  learning_rate rate;
  std::int64_t steps = 0;
  std::uint64_t seed = 0;

  /// See `field_visitor`. Shapes are those that this has.
  template <class F>
  void visit(F& f) {
    for (std::size_t t = 0; t < weights.tables.size(); ++t) {
      const std::string table = "table" + std::to_string(t);
      visit_part(f, table, weights.tables[t]);
      visit_part(f, table, rows[t]);
      if (t < first_order.size()) visit_part(f, table + ".first-order", first_order[t]);
    }
    detail::visit_numbers(f, "parameters", weights.parameters);
    detail::visit_numbers(f, "parameters.m", first);
    detail::visit_numbers(f, "parameters.v", second);
    detail::visit_progress(f, *this);
  }

  /// @param like  a state of the model that is to take it
  /// @throws argument_error if it has other shapes, or a number of steps or a learning rate that
  ///         cannot be
  void check(const char* who, const click_state& like) const {
    const auto expect = [who](const char* what, index_t got, index_t expected) {
      if (got != expected)
        detail::throw_error<argument_error>(who, ": expected ", expected, ' ', what, ", got ", got);
    };
    const auto expect_same = [&](const row_state<T>& a, const row_state<T>& b) {
      for (const auto& [x, y] : {std::pair{&a.first, &b.first}, std::pair{&a.second, &b.second}}) {
        expect("rows of moments", x->rows(), y->rows());
        expect("columns of moments", x->cols(), y->cols());
      }
      expect("sums of squares", a.squares.size(), b.squares.size());
    };
    expect("tables", std::ssize(weights.tables), std::ssize(like.weights.tables));
    expect("states of tables", std::ssize(rows), std::ssize(like.rows));
    expect("states of first weights", std::ssize(first_order), std::ssize(like.first_order));
    expect("parameters", weights.parameters.size(), like.weights.parameters.size());
    expect("moments", first.size(), like.first.size());
    expect("moments", second.size(), like.second.size());
    for (std::size_t t = 0; t < rows.size(); ++t) {
      const auto& other = like.weights.tables[t].row_sizes();
      detail::check_table(who, t, weights.tables[t].row_sizes(), {other.rows(), other.range()});
      expect_same(rows[t], like.rows[t]);
    }
    for (std::size_t t = 0; t < first_order.size(); ++t)
      expect_same(first_order[t], like.first_order[t]);
    detail::check_progress(who, *this);
  }
};

}  // namespace ciess
