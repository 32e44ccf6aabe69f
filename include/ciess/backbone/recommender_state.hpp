// SPDX-License-Identifier: MIT
/// @file
/// What training changes of a recommender, as a value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <ciess/backbone/network.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/index.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/nn/learning_rate.hpp>

namespace ciess {

/// Everything that training changes: a value.
template <class T>
struct recommender_state {
  model_weights<T> weights;
  model_gradient<T> first, second;  ///< Adam's moments
  learning_rate rate;
  std::int64_t steps = 0;
  std::uint64_t seed = 0;

  /// See `field_visitor`. Shapes are those that this has.
  template <class F>
  void visit(F& f) {
    const auto numbers = [&](const std::string& name, auto& of) {
      const std::span all(of.data(), static_cast<std::size_t>(of.size()));
      f(name, all);
      f.check(name, detail::all_finite(all), "finite numbers");
    };
    for (std::size_t t = 0; t < weights.tables.size(); ++t) {
      const std::string table = "table" + std::to_string(t);
      visit_part(f, table, weights.tables[t]);
      numbers(table + ".m", first.tables[t]);
      numbers(table + ".v", second.tables[t]);
    }
    numbers("parameters", weights.parameters);
    numbers("parameters.m", first.parameters);
    numbers("parameters.v", second.parameters);
    f("rate.first", rate.first);
    f("rate.factor", rate.factor);
    f("rate.every", rate.every);
    f("rate.least", rate.least);
    f.check("rate", rate.valid(), "a learning rate that can be");
    f("steps", steps);
    f.check("steps", steps >= 0 && steps < std::int64_t{1} << 62, "a number of steps");
    f("seed", seed);
  }

  /// @param who         what a message begins with
  /// @param shapes      of the tables of the model that is to take it
  /// @param parameters  how many the model has beside its tables
  /// @throws argument_error if it has other shapes, or a number of steps or a learning rate that
  ///         cannot be
  void check(const char* who, std::span<const table_shape> shapes, index_t parameters) const {
    const auto& tables = weights.tables;
    for (const std::size_t count : {tables.size(), first.tables.size(), second.tables.size()})
      if (count != shapes.size())
        detail::throw_error<argument_error>(who, ": expected ", shapes.size(), " tables, got ",
                                            count);
    for (const index_t count :
         {weights.parameters.size(), first.parameters.size(), second.parameters.size()})
      if (count != parameters)
        detail::throw_error<argument_error>(who, ": expected ", parameters, " parameters, got ",
                                            count);
    for (std::size_t t = 0; t < shapes.size(); ++t) {
      const auto [rows, range] = shapes[t];
      if (tables[t].rows() != rows || tables[t].row_sizes().range() != range)
        detail::throw_error<argument_error>(
            who, ": table ", t, " has ", tables[t].rows(), " rows with sizes in [",
            tables[t].row_sizes().range().min, ", ", tables[t].row_sizes().range().max,
            "], expected ", rows, " in [", range.min, ", ", range.max, "]");
      for (const auto* moments : {&first.tables[t], &second.tables[t]})
        if (moments->rows() != rows || moments->cols() != range.max)
          detail::throw_error<argument_error>(who, ": moments of table ", t, " are [",
                                              moments->rows(), ", ", moments->cols(),
                                              "], expected [", rows, ", ", range.max, "]");
    }
    rate.check(who);
    if (steps < 0) detail::throw_error<argument_error>(who, ": steps must be >= 0, got ", steps);
  }
};

}  // namespace ciess
