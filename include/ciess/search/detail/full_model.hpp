// SPDX-License-Identifier: MIT
/// @file
/// The full-size model that warm starts are cut from.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ciess/backbone/axes.hpp>
#include <ciess/backbone/warm_start.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/masked_table.hpp>

namespace ciess::detail {

/// A copy of the rows that a model shows.
/// @throws argument_error unless they are [rows, d_max]
template <open_tables Model>
matrix rows_of(const Model& model, std::size_t t, const table_shape& shape) {
  const matrix_view rows = model.rows_of(t);
  if (rows.rows() != shape.rows || rows.cols() != shape.range.max)
    throw_error<argument_error>("rows_of: table ", t, " is [", shape.rows, ", ", shape.range.max,
                                "], the model shows [", rows.rows(), ", ", rows.cols(), ']');
  return rows;
}

/// What warm starts need of a full-size model: all of it if it can be put back, else the rows of
/// its tables. Memory: that of a snapshot, or of the tables.
template <warm_startable Model>
class full_model {
  static constexpr bool whole = restorable_backbone<Model>;
  static constexpr bool by_rows = open_tables<Model> && !shows_tables<Model>;

 public:
  using state = typename snapshot_of<Model>::type;

  /// @pre every row of the model has its full size
  full_model(const Model& model, std::span<const table_shape> shapes) {
    if constexpr (whole) state_.emplace(model.snapshot());
    if constexpr (by_rows)
      for (std::size_t t = 0; t < shapes.size(); ++t)
        rows_.push_back(detail::rows_of(model, t, shapes[t]));
  }

  /// Makes the model full-size again.
  void put_back(Model& model, std::span<const table_shape> shapes) const {
    if constexpr (whole) {
      model.restore(*state_);
    } else {
      model.resize(assignment(shapes));
      for (std::size_t t = 0; t < rows_.size(); ++t) model.set_rows(t, rows_[t]);
    }
  }

  /// Table t, [rows, d_max].
  [[nodiscard]] const matrix& table(std::size_t t) const
    requires(shows_tables<Model> || open_tables<Model>)
  {
    if constexpr (by_rows)
      return rows_[t];
    else
      return state_->weights.tables[t].values();
  }

  /// See `field_visitor`.
  template <class F>
  void visit(F& f)
    requires(!whole || visitable<state>)
  {
    if constexpr (whole) state_->visit(f);
    for (std::size_t t = 0; t < rows_.size(); ++t) {
      const std::string name = "rows" + std::to_string(t);
      const std::span<float> numbers(rows_[t].data(), static_cast<std::size_t>(rows_[t].size()));
      f(name, numbers);
      f.check(name, all_finite(numbers), "finite numbers");
    }
  }

 private:
  std::optional<state> state_;
  std::vector<matrix> rows_;  ///< [tables]
};

/// What a model without any warm start has in its place.
struct no_full_model {};
template <class Model>
struct full_model_of {
  using type = no_full_model;
};
template <warm_startable Model>
struct full_model_of<Model> {
  using type = full_model<Model>;
};

/// Turns the rows of each group of tables onto their principal axes.
/// @param group  callable (std::size_t table) -> std::size_t
/// @pre every row of the model has its full size
/// @throws argument_error if tables of a group have not as many columns, or the scores of a
///         `backbone` are others afterwards; numeric_error if a number is not finite
template <turnable_tables Model, class Group>
void turn_rows(Model& model, std::span<const table_shape> shapes, Group&& group) {
  std::vector<basic_masked_table<float>> tables;
  for (std::size_t t = 0; t < shapes.size(); ++t) {
    const auto [rows, range] = shapes[t];
    auto values = detail::rows_of(model, t, shapes[t]);
    if (!values.allFinite())
      throw_error<numeric_error>("rows_of: table ", t, " has a number that is not finite");
    tables.emplace_back(sizes(rows, range), std::move(values));
  }
  matrix before;
  const auto scores = [&] {
    matrix some;
    if constexpr (backbone<Model>) {
      some.resize(std::min<index_t>(model.users(), 4), model.items());
      if (some.size() > 0) model.score(0, some);
    }
    return some;
  };
  before = scores();
  std::vector<bool> turned(tables.size());
  for (std::size_t first = 0; first < tables.size(); ++first) {
    if (turned[first]) continue;
    const index_t columns = tables[first].columns();
    square_matrix energy = square_matrix::Zero(columns, columns);
    std::vector<std::size_t> members;
    for (std::size_t t = first; t < tables.size(); ++t) {
      if (group(t) != group(first)) continue;
      if (tables[t].columns() != columns)
        throw_error<argument_error>("turn_rows: tables ", first, " and ", t,
                                    " are said to have axes in common (axes_group), and have ",
                                    columns, " and ", tables[t].columns(), " columns");
      energy += gram(tables[t]);
      members.push_back(t);
      turned[t] = true;
    }
    const square_matrix axes = principal_axes(energy);
    for (const std::size_t t : members) {
      tables[t].change_axes(axes);
      model.set_rows(t, tables[t].values());
    }
  }
  if (before.size() == 0) return;
  const double change = static_cast<double>((scores() - before).cwiseAbs().maxCoeff());
  const double size = static_cast<double>(before.cwiseAbs().maxCoeff());
  if (!(change <= 0.01 * size + 1e-5))
    throw_error<argument_error>(
        "turn_rows: scores of up to ", size, " changed by ", change,
        " when all rows were turned alike: if the model's score is no inner product of its rows, "
        "it "
        "must say static constexpr bool rotates = false, or which tables go together by "
        "axes_group(t)");
}

}  // namespace ciess::detail
