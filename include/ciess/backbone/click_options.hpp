// SPDX-License-Identifier: MIT
/// @file
/// What a click model is told.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/size_range.hpp>
#include <ciess/nn/adam.hpp>
#include <ciess/nn/learning_rate.hpp>
#include <ciess/nn/row_update_options.hpp>

namespace ciess {

/// @tparam NetworkOptions  those of its network; shown if they have a `visit`
template <class NetworkOptions>
struct click_options {
  size_range range{.min = 1, .max = 16};  ///< d_min, d_max of every table
  /// [tables] of each table; empty: `range` for all. Inner products are those of the numbers that
  /// both rows have; layers read each slot as wide as the widest.
  std::vector<size_range> ranges{};
  int batch = 4096;  ///< impressions in a step
  /// Weight of the squared length of the rows that a batch shows, each as often as it does.
  double penalty = 0;
  learning_rate rate{.first = 1e-3, .factor = 1, .every = 1, .least = 0};
  ciess::adam adam{};            ///< of the network's parameters and the bias
  row_update_options updates{};  ///< of rows and of their first weights
  /// With lazy Adam: all rows take part in every step, with a gradient of zero where the batch does
  /// not show them. This is Adam itself, as a framework has it on dense tables: it moves rows on
  /// after they were shown. A step then costs what the tables take.
  bool every_row = false;
  double deviation = 0.01;  ///< of the first numbers of rows, >= 0; first weights begin with 0
  NetworkOptions network{};

  /// @throws argument_error if one is out of range; ranges of tables and the network's options are
  ///         not looked at
  void check(const char* who) const {
    rate.check(who);
    updates.check(who);
    for (const double beta : {adam.beta1, adam.beta2})
      if (!(beta >= 0 && beta < 1))
        detail::throw_error<argument_error>(who, ": Adam's betas must be in [0, 1), got ", beta);
    if (!(adam.epsilon > 0 && std::isfinite(adam.epsilon)))
      detail::throw_error<argument_error>(who, ": epsilon must be > 0 and finite, got ",
                                          adam.epsilon);
    if (!(penalty >= 0 && std::isfinite(penalty)))
      detail::throw_error<argument_error>(who, ": penalty must be >= 0, got ", penalty);
    if (!(deviation >= 0 && std::isfinite(deviation)))
      detail::throw_error<argument_error>(who, ": deviation must be >= 0, got ", deviation);
    if (batch < 1) detail::throw_error<argument_error>(who, ": batch must be >= 1, got ", batch);
    if (every_row && updates.kind != row_update_kind::lazy_adam)
      detail::throw_error<argument_error>(
          who, ": every row takes part with lazy-adam alone: ", name_of(updates.kind),
          " changes nothing where a gradient is 0");
  }

  /// See `field_visitor::same`. Sizes are the environment's to show.
  template <class F>
  void visit(F& f) const {
    f.same("batch", std::int64_t{batch});
    f.same("penalty", penalty);
    visit_part(f, "rate", rate);
    f.same("adam.beta1", adam.beta1);
    f.same("adam.beta2", adam.beta2);
    f.same("adam.epsilon", adam.epsilon);
    visit_part(f, "updates", updates);
    f.same("every_row", std::int64_t{every_row});
    f.same("deviation", deviation);
    visit_part(f, "network", network);
  }
};

}  // namespace ciess
