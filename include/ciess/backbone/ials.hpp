// SPDX-License-Identifier: MIT
/// @file
/// Implicit alternating least squares: matrix factorisation without slopes.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <ciess/backbone/axes.hpp>
#include <ciess/backbone/detail/check_score.hpp>
#include <ciess/backbone/detail/ridge_rows.hpp>
#include <ciess/backbone/network.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/size_range.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/embedding/number_format.hpp>
#include <ciess/embedding/round_as.hpp>
#include <ciess/embedding/table_formats.hpp>

namespace ciess {

/// What training changes of an `ials`: a value.
template <class T>
struct ials_state {
  model_weights<T> weights;  ///< a table of users, one of items, and no parameters
  std::int64_t steps = 0;
  std::uint64_t seed = 0;

  /// See `field_visitor`. Shapes are those that this has.
  template <class F>
  void visit(F& f) {
    for (std::size_t t = 0; t < weights.tables.size(); ++t)
      visit_part(f, "table" + std::to_string(t), weights.tables[t]);
    f("steps", steps);
    f.check("steps", steps >= 0 && steps < std::int64_t{1} << 62, "a number of steps");
    f("seed", seed);
  }
};

/// How much every pair should weigh (`ials::options::unobserved`) where nobody has tuned it: all
/// together 6.5 times the pairs of the data, at most 1 each. Best on MovieLens-1M, of which 4.5 %
/// of the pairs are there, and among the best on Yelp2018, of which 0.13 % are.
[[nodiscard]] inline double usual_unobserved(const interactions& data) {
  const double all = static_cast<double>(data.users()) * static_cast<double>(data.items());
  return all > 0 ? std::min(6.5 * static_cast<double>(data.size()) / all, 1.0) : 1.0;
}

/// Matrix factorisation that wants the score of every pair in the data to be 1 and, with less
/// weight, that of every pair to be 0. Least over all rows u of users and v of items:
///
///   sum over pairs in the data of weight (1 - <u, v>)^2 + unobserved * sum over all pairs of
///   <u, v>^2 + sum over all rows of penalty * (its pairs + unobserved * rows of the other
///   side)^exponent * |row|^2
///
/// A training step is a sweep: each item's row is solved for with the users' as they are, then each
/// user's with the items'. There is no learning rate and nothing is drawn but the first rows. A row
/// with a size solves in its own numbers, so after a sweep no user's row could be better whatever
/// the sizes are. A sweep costs the square of a row's size for each of its pairs, and its third
/// power for each row: small rows are much quicker to train.
///
/// An `inner_product_backbone`, a `rotatable_backbone` and `open_tables`.
/// Weights of the interactions are those of the pairs (the confidence of Hu, less the 1 that all
/// pairs have). Holds a reference to the interactions it was made for: they must outlive it.
/// Source: Hu, Koren and Volinsky, "Collaborative filtering for implicit feedback datasets", ICDM
/// 2008; weights and penalties as in Rendle et al., "Revisiting the performance of iALS on item
/// recommendation benchmarks", RecSys 2022 (arXiv 2110.14037).
template <class T>
class basic_ials {
 public:
  using value_type = T;
  using state = ials_state<T>;
  static constexpr bool uses_weights = true;  ///< see `weighted_backbone`

  struct options {
    size_range range{};       ///< d_min, d_max of both tables
    double unobserved = 0.3;  ///< weight of every pair (alpha_0), >= 0: see `usual_unobserved`
    double penalty = 0.01;    ///< of a row's squared length (lambda), > 0
    double exponent = 1;      ///< how a row's penalty grows with its pairs (nu), >= 0
    double deviation = 0.1;   ///< of the first rows' lengths, about (sigma*), > 0

    /// @throws argument_error naming the option that is out of range
    void check() const {
      detail::check_range("ials", range);
      const auto positive = [](double x) { return x > 0 && std::isfinite(x); };
      if (!positive(penalty))
        detail::throw_error<argument_error>("ials: penalty must be > 0, got ", penalty);
      if (!positive(deviation))
        detail::throw_error<argument_error>("ials: deviation must be > 0, got ", deviation);
      if (!(unobserved >= 0 && std::isfinite(unobserved)))
        detail::throw_error<argument_error>("ials: unobserved must be >= 0, got ", unobserved);
      if (!(exponent >= 0 && std::isfinite(exponent)))
        detail::throw_error<argument_error>("ials: exponent must be >= 0, got ", exponent);
    }
  };

  /// @throws argument_error if an option is out of range; data_error if there is no pair
  basic_ials(const interactions& train, const options& o, std::uint64_t seed)
      : data_{&train},
        options_{checked(o)},
        shapes_{table_shape{train.users(), o.range}, table_shape{train.items(), o.range}} {
    if (train.empty())
      detail::throw_error<data_error>("ials: nothing can be learnt without a pair; got ",
                                      train.users(), " users and ", train.items(), " items");
    for (const auto& s : shapes_) state_.weights.tables.emplace_back(sizes(s.rows, s.range));
    if (train.has_weights()) weights_by_item(train);
    reset(seed);
  }
  basic_ials(const interactions&&, const options&, std::uint64_t) = delete;

  [[nodiscard]] const options& settings() const noexcept { return options_; }
  /// See `field_visitor::same`.
  template <class F>
  void visit_options(F& f) const {
    f.same("unobserved", options_.unobserved);
    f.same("penalty", options_.penalty);
    f.same("exponent", options_.exponent);
    f.same("deviation", options_.deviation);
  }
  [[nodiscard]] index_t users() const noexcept { return shapes_[0].rows; }
  [[nodiscard]] index_t items() const noexcept { return shapes_[1].rows; }
  [[nodiscard]] std::span<const table_shape> shapes() const noexcept { return shapes_; }
  [[nodiscard]] const basic_masked_table<T>& table(std::size_t t) const noexcept {
    return state_.weights.tables[t];
  }
  /// Numbers that are no part of a table.
  [[nodiscard]] index_t other_numbers() const noexcept { return 0; }

  /// New rows from the seed; sizes stay.
  void reset(std::uint64_t seed) {
    state_.seed = seed;
    state_.steps = 0;
    for (std::size_t t = 0; t < 2; ++t) {
      state_.weights.tables[t].draw(first_rows(), stream(t));
      rounded_[t] = false;
    }
  }

  /// Rows that shrink lose their tails, rows that grow get first numbers in the new columns.
  /// @throws argument_error if the shapes differ
  void resize(const assignment& sizes) {
    check_shapes("ials", shapes_, sizes);
    for (std::size_t t = 0; t < 2; ++t) {
      state_.weights.tables[t].resize(sizes[t], first_rows(), stream(t));
      rounded_[t] = false;
    }
  }

  /// Sweeps.
  /// @returns what is least (of rounded rows: the pairs by them, the penalty by exact ones), for
  /// each pair of the data: the mean over the sweeps, each at its end;
  ///          0 for no sweeps
  /// @throws argument_error if steps < 0; numeric_error naming the first user or item that cannot
  /// be
  ///         solved for in numbers of this kind: it is as it was, others of its side are new
  double train(int steps) {
    if (steps < 0) detail::throw_error<argument_error>("train: steps must be >= 0, got ", steps);
    double sum = 0;
    for (int i = 0; i < steps; ++i) {
      solve(1);
      const double missed = solve(0);
      sum += missed + penalty_of(0) + penalty_of(1);
      ++state_.steps;
    }
    return steps > 0 ? sum / steps / static_cast<double>(data_->size()) : 0;
  }

  /// From now on scores are those of rows as they will be once they are stored, and a row is solved
  /// for with the others so; `table` shows the exact ones. Floats, as at first: exact rows. Stays
  /// whatever is drawn, trained or restored. See `storable_model`.
  void store_as(const table_formats& formats) {
    formats.check("store_as", shapes_.size());
    formats_ = formats;
    round_ = nullptr;
    if (!formats.all_floats())
      round_ = [](basic_masked_table<T>& table, number_format format) {
        if (format != number_format::float32) round_as(table, format);
      };
    rounded_ = {};
  }
  [[nodiscard]] const table_formats& stored_as() const noexcept { return formats_; }

  /// The rows that are multiplied, [rows, as many columns as matter]. Valid until the model is
  /// changed; one call at a time.
  [[nodiscard]] auto user_vectors() { return vectors(0); }
  [[nodiscard]] auto item_vectors() { return vectors(1); }

  /// Scores of users [first, first + out.rows()) and all items.
  /// @throws argument_error if the users or the columns do not fit
  void score(index_t first, basic_matrix_span<T> out) {
    detail::check_score(first, out.rows(), out.cols(), users(), items());
    const index_t columns = used_columns();
    out.noalias() = seen(0).values().middleRows(first, out.rows()).leftCols(columns) *
                    seen(1).values().leftCols(columns).transpose();
  }

  /// Rows of table t, and others in their place: see `open_tables`.
  [[nodiscard]] const basic_matrix<T>& rows_of(std::size_t t) const noexcept {
    return table(t).values();
  }
  /// @throws argument_error if the shape differs; numbers past the size of a row are dropped
  void set_rows(std::size_t t, const basic_matrix_view<T>& rows) {
    auto& table = state_.weights.tables[t];
    table = basic_masked_table<T>(table.row_sizes(), basic_matrix<T>(rows));
    rounded_[t] = false;
  }

  /// Rewrites the rows so that the first columns matter most; the scores stay, up to rounding.
  /// @throws argument_error unless every row has its full size; numeric_error if a number is not
  ///         finite; nothing is changed then
  void rotate_to_principal_axes() {
    for (std::size_t t = 0; t < 2; ++t) {
      if (const auto& kept = table(t).row_sizes(); kept.total() != kept.dense())
        detail::throw_error<argument_error>("rotate_to_principal_axes: needs full size; table ", t,
                                            " keeps ", kept.total(), " of ", kept.dense(),
                                            " numbers");
      if (!table(t).values().allFinite())
        detail::throw_error<numeric_error>("rotate_to_principal_axes: table ", t,
                                           " has a number that is not finite");
    }
    turn_together<T>(state_.weights.tables);
    rounded_ = {};
  }

  /// Mixes the first k columns of both tables evenly, see `spreadable_backbone`.
  /// @throws argument_error if a row keeps less than k numbers; nothing is changed then
  void spread_columns(int k) {
    const auto axes = spread_axes(k, k);
    for (std::size_t t = 0; t < 2; ++t)
      for (const auto size : table(t).row_sizes().values())
        if (size < k)
          detail::throw_error<argument_error>("spread_columns: table ", t, " has a row of ", size,
                                              " numbers, expected ", k, " at least");
    for (auto& table : state_.weights.tables) table.change_axes(axes);
    rounded_ = {};
  }

  [[nodiscard]] state snapshot() const { return state_; }
  /// @throws argument_error if it does not have the shapes of this model, or a number of steps that
  ///         cannot be; nothing is changed then
  void restore(const state& s) {
    if (s.weights.tables.size() != 2 || s.weights.parameters.size() != 0)
      detail::throw_error<argument_error>("restore: expected 2 tables and no parameters, got ",
                                          s.weights.tables.size(), " and ",
                                          s.weights.parameters.size());
    for (std::size_t t = 0; t < 2; ++t)
      if (const auto& got = s.weights.tables[t];
          got.rows() != shapes_[t].rows || got.row_sizes().range() != shapes_[t].range)
        detail::throw_error<argument_error>("restore: table ", t, " has ", got.rows(),
                                            " rows of up to ", got.row_sizes().range().max,
                                            " numbers, expected ", shapes_[t].rows, " of up to ",
                                            shapes_[t].range.max);
    if (s.steps < 0)
      detail::throw_error<argument_error>("restore: steps must be >= 0, got ", s.steps);
    state_ = s;
    rounded_ = {};
  }

 private:
  static options checked(const options& o) {
    o.check();
    return o;
  }

  [[nodiscard]] normal_rows first_rows() const noexcept {
    return {options_.deviation / std::sqrt(static_cast<double>(options_.range.max))};
  }
  [[nodiscard]] random_stream stream(std::size_t t) const noexcept {
    return random_stream(state_.seed, purpose::weights).child(t);
  }

  /// In the order of `users_of`.
  void weights_by_item(const interactions& data) {
    item_weights_.resize(data.weights().size());
    std::vector<std::int64_t> next(data.item_offsets().begin(), data.item_offsets().end() - 1);
    for (row_id u = 0; u < data.users(); ++u)
      for (std::size_t k = 0; k < data.items_of(u).size(); ++k) {
        auto& place = next[static_cast<std::size_t>(data.items_of(u)[k])];
        item_weights_[static_cast<std::size_t>(place++)] = data.weights_of(u)[k];
      }
  }

  [[nodiscard]] detail::ridge_pairs pairs_of(std::size_t t, index_t r) const {
    const auto row = static_cast<row_id>(r);
    if (t == 0) return {data_->items_of(row), data_->weights_of(row)};
    const auto users = data_->users_of(row);
    if (item_weights_.empty()) return {users, {}};
    const std::int64_t first = data_->item_offsets()[static_cast<std::size_t>(r)];
    return {users, std::span(item_weights_).subspan(static_cast<std::size_t>(first), users.size())};
  }

  [[nodiscard]] double penalty_of(std::size_t t, index_t r) const {
    const auto row = static_cast<row_id>(r);
    const index_t own = t == 0 ? data_->user_frequency(row) : data_->item_frequency(row);
    const double weighed =
        static_cast<double>(own) + options_.unobserved * static_cast<double>(shapes_[1 - t].rows);
    return options_.penalty * std::pow(weighed, options_.exponent);
  }
  [[nodiscard]] double penalty_of(std::size_t t) const {
    double sum = 0;
    for (index_t r = 0; r < shapes_[t].rows; ++r)
      sum += penalty_of(t, r) * static_cast<double>(table(t).values().row(r).squaredNorm());
    return sum;
  }

  double solve(std::size_t t) {
    rounded_[t] = false;
    return solver_.solve(
        t == 0 ? "user" : "item", state_.weights.tables[t], seen(1 - t), options_.unobserved,
        [&](index_t r) { return pairs_of(t, r); }, [&](index_t r) { return penalty_of(t, r); });
  }

  /// The table as it will be stored.
  const basic_masked_table<T>& seen(std::size_t t) {
    if (!round_) return table(t);
    if (!rounded_[t]) {
      seen_[t] = table(t);
      round_(seen_[t], formats_.of(t));
      rounded_[t] = true;
    }
    return seen_[t];
  }

  [[nodiscard]] index_t used_columns() const {
    return std::max(table(0).used_columns(), table(1).used_columns());
  }
  [[nodiscard]] auto vectors(std::size_t t) { return seen(t).values().leftCols(used_columns()); }

  const interactions* data_;
  options options_;
  std::array<table_shape, 2> shapes_;
  std::vector<float> item_weights_;  ///< in the order of `users_of`; empty if all are 1
  state state_;
  detail::ridge_rows<T> solver_;
  table_formats formats_;
  std::function<void(basic_masked_table<T>&, number_format)> round_;  ///< of floats: none
  std::array<basic_masked_table<T>, 2> seen_;                         ///< rounded
  std::array<bool, 2> rounded_{};  ///< seen_[t] is that of the table
};
using ials = basic_ials<float>;

}  // namespace ciess
