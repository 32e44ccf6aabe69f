// SPDX-License-Identifier: MIT
/// @file
/// A recommender whose tables are no larger than what their rows keep, while they train.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <ciess/backbone/detail/batch_rows.hpp>
#include <ciess/backbone/detail/check_score.hpp>
#include <ciess/backbone/detail/make_network.hpp>
#include <ciess/backbone/detail/recommender_step.hpp>
#include <ciess/backbone/network.hpp>
#include <ciess/backbone/ragged_state.hpp>
#include <ciess/backbone/recommender_options.hpp>
#include <ciess/backbone/triple_sampler.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/random.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/embedding/ragged_table.hpp>
#include <ciess/nn/adam.hpp>
#include <ciess/nn/bpr.hpp>
#include <ciess/nn/ragged_updates.hpp>

namespace ciess {

/// What `bpr_recommender` with `updates` is, on ragged tables: sizes are there from the beginning,
/// and nothing of the size of a dense table is ever made. With the same sizes, options and seed it
/// has, step by step, to the bit the weights of that one. For networks that judge by rows alone
/// (`row_network`: MF, NeuMF) with a loss of such rows; what looks at whole tables (lenses, axes,
/// formats of storage) needs dense ones. A network whose score is no inner product of two rows
/// (NeuMF) is trained only: it is judged by what `snapshot` gives, dense or packed. Holds a
/// reference to the interactions it was made for: they must outlive it. Memory:
/// `training_bytes(sizes, kind)`, what a batch needs, and what the network keeps. Moves, but is not
/// copied: `snapshot` copies what training changes.
template <row_network Network>
class ragged_recommender {
 public:
  using value_type = typename Network::value_type;
  static constexpr bool uses_weights = true;  ///< see `weighted_backbone`
  using options = recommender_options<Network>;
  using state = ragged_state<value_type>;

  /// @param o      with `updates`: Adam on all rows needs dense tables
  /// @param sizes  of all tables, in the range of the options
  /// @throws argument_error if an option is out of range, rows are not updated or cannot be with
  ///         the loss, or the sizes are of other tables; data_error if no triple can be drawn
  ragged_recommender(const interactions& train, const options& o, const assignment& sizes,
                     std::uint64_t seed)
      : options_{checked(o)},
        sampler_{train},
        network_{detail::make_network(train, o)},
        shapes_{detail::checked_shapes(network_)} {
    check_shapes("ragged_recommender", shapes_, sizes);
    state_ = state(sizes, network_.parameters(), kind());
    rows_ = detail::batch_rows<value_type>(shapes_, network_.parameters());
    reset(seed);
  }

  ragged_recommender(const interactions&&, const options&, const assignment&,
                     std::uint64_t) = delete;
  ragged_recommender(ragged_recommender&&) = default;
  ragged_recommender& operator=(ragged_recommender&&) = default;

  [[nodiscard]] const options& settings() const noexcept { return options_; }
  /// Shows what it was told, see `field_visitor::same`.
  template <class F>
  void visit_options(F& f) const {
    options_.visit(f);
  }
  [[nodiscard]] index_t users() const noexcept { return shapes_[0].rows; }
  [[nodiscard]] index_t items() const noexcept { return shapes_[1].rows; }
  [[nodiscard]] std::span<const table_shape> shapes() const noexcept { return shapes_; }
  [[nodiscard]] const basic_ragged_table<value_type>& table(std::size_t t) const noexcept {
    return state_.tables[t];
  }
  /// Numbers that are no part of a table and have no size.
  [[nodiscard]] index_t other_numbers() const noexcept { return state_.parameters.size(); }

  /// Bytes of the tables and of what the optimiser keeps of them: `training_bytes`.  O(tables)
  [[nodiscard]] std::int64_t table_bytes() const noexcept { return state_.table_bytes(); }

  /// New weights from the seed, optimiser and learning rate from their beginning; sizes stay.
  void reset(std::uint64_t seed) {
    state_.seed = seed;
    for (std::size_t t = 0; t < shapes_.size(); ++t)
      state_.tables[t].draw(network_.initializer(t), stream(t));
    network_.draw(
        std::span(state_.parameters.data(), static_cast<std::size_t>(state_.parameters.size())),
        stream(shapes_.size()));
    restart(options_.rate);
  }

  /// Clears the optimiser and goes on from the weights as they are, with this learning rate.
  /// @throws argument_error if it is out of range
  void restart(const learning_rate& rate) {
    rate.check("restart");
    state_.rate = rate;
    state_.steps = 0;
    state_.forget(options_.updates->adagrad.first);
    changed();
  }

  /// Rows that shrink lose their tails, rows that grow get first weights in the new columns; the
  /// optimiser forgets every column that is not kept. Adagrad's number of a row stays.
  /// @throws argument_error if the shapes differ; nothing is changed then. Without memory for a
  ///         block of a table (std::bad_alloc) that table is left with no rows, and the model is of
  ///         no use until it is given a state (`restore`)
  void resize(const assignment& sizes) {
    check_shapes("ragged_recommender", shapes_, sizes);
    for (std::size_t t = 0; t < shapes_.size(); ++t)
      state_.tables[t].resize(sizes[t], network_.initializer(t), stream(t));
    changed();
  }
  /// The same of one row: costs its block of the table, and a look at all sizes.
  /// @throws argument_error if there is no such table or row, or the size is out of range;
  ///         std::bad_alloc. Nothing is changed then
  void resize(std::size_t table, index_t row, int size) {
    if (table >= shapes_.size())
      detail::throw_error<argument_error>("ragged_recommender: table ", table, " of ",
                                          shapes_.size());
    state_.tables[table].resize(row, size, network_.initializer(table), stream(table));
    changed();
  }

  /// @returns mean loss over the steps; 0 for no steps
  /// @throws argument_error if steps < 0; numeric_error as `step`
  double train(int steps) {
    if (steps < 0) detail::throw_error<argument_error>("train: steps must be >= 0, got ", steps);
    double sum = 0;
    for (int i = 0; i < steps; ++i) {
      sampler_.draw(random_stream(state_.seed, purpose::batches),
                    static_cast<std::uint64_t>(state_.steps),
                    static_cast<std::size_t>(options_.batch), batch_);
      sum += step(batch_);
    }
    return steps > 0 ? sum / steps : 0;
  }

  /// One training step on given triples. Cost: what the rows of the batch have. No allocation once
  /// a batch of this length has been seen.
  /// @returns the loss before the update
  /// @throws argument_error if there is no triple or one names a row that is not there;
  /// numeric_error naming the step whose loss is not finite, before the update
  double step(const triples& batch) {
    if (batch.size() == 0)
      detail::throw_error<argument_error>("train: a step needs at least one triple");
    const double loss = rows_.learn(network_, state_, batch, options_.penalty, [](const auto&) {});
    if (!std::isfinite(loss))
      detail::throw_error<numeric_error>("train: loss is ", loss, " at step ", state_.steps);
    const double rate = state_.rate.at(state_.steps);
    const row_update_step<value_type> by_row(*options_.updates, rate, state_.steps + 1);
    for (std::size_t t = 0; t < shapes_.size(); ++t)
      detail::update_rows(by_row, state_.tables[t], rows_.of(t).rows(),
                          state_.squares.empty() ? nullptr : state_.squares[t].data(),
                          [&](index_t k) { return rows_.gradient().tables[t].row(k).data(); });
    detail::update_parameters<value_type>({options_.adam, rate, state_.steps + 1},
                                          rows_.gradient().parameters, state_.parameters,
                                          state_.first, state_.second);
    ++state_.steps;
    network_.rows_changed();
    return loss;
  }

  /// Scores of users [first, first + out.rows()) and all items: inner products of their rows. Rows
  /// are put side by side some hundred at a time, in memory that is kept for the next call.
  /// @throws argument_error if the users or the columns do not fit
  void score(index_t first, basic_matrix_span<value_type> out)
    requires Network::rows_are_vectors
  {
    detail::check_score(first, out.rows(), out.cols(), users(), items());
    constexpr index_t at_once = 512;
    fit_rows(score_users_, out.rows());
    fit_rows(score_items_, std::min(at_once, items()));
    gather(0, first, out.rows(), score_users_);
    for (index_t i = 0; i < items(); i += at_once) {
      const index_t count = std::min(at_once, items() - i);
      gather(1, i, count, score_items_);
      out.middleCols(i, count).noalias() =
          score_users_.topRows(out.rows()) * score_items_.topRows(count).transpose();
    }
  }

  [[nodiscard]] state snapshot() const { return state_; }
  /// Takes a state, with the sizes that it has: that of a model of dense tables, too, see
  /// `ragged_state`.
  /// @throws argument_error if it does not have the shapes of this model, or has a number of steps
  /// or a learning rate that cannot be; nothing is changed then
  void restore(state s) {
    s.check("restore", shapes_, other_numbers(), kind());
    state_ = std::move(s);
    changed();
  }

  /// Shows what training changes, without a copy, as `save_state` and `load_state` want it. See
  /// `field_visitor`. What was refused while it was loaded is of no use.
  template <class F>
  void visit(F& f) {
    state_.visit(f);
    if constexpr (F::reads) changed();
  }

 private:
  static options checked(const options& o) {
    o.check("ragged_recommender");
    if (!o.updates)
      detail::throw_error<argument_error>(
          "ragged_recommender: expected a way to update rows (updates: lazy-adam, "
          "rowwise-adagrad or sgd), got none: Adam on all rows needs dense tables");
    return o;
  }
  [[nodiscard]] row_update_kind kind() const noexcept { return options_.updates->kind; }

  [[nodiscard]] random_stream stream(std::size_t part) const noexcept {
    return random_stream(state_.seed, purpose::weights).child(part);
  }

  /// Weights or sizes have changed. The network goes by the columns that tables use alone, so that
  /// it is told of tables of one row each, with as many.
  void changed() {
    model_weights<value_type> widest;
    score_columns_ = std::numeric_limits<index_t>::max();
    for (const auto& table : state_.tables) {
      const size_range range = table.row_sizes().range();
      const int used = std::max(static_cast<int>(table.used_columns()), range.min);
      widest.tables.emplace_back(sizes(1, range, used));
      score_columns_ = std::min<index_t>(score_columns_, used);
    }
    widest.parameters = state_.parameters;
    network_.changed(widest);
  }

  /// Memory of at least so many rows of as many columns as scores need.
  void fit_rows(basic_matrix<value_type>& of, index_t rows) const {
    if (of.rows() < rows || of.cols() != score_columns_)
      of.resize(std::max(of.rows(), rows), score_columns_);
  }
  /// Rows [first, first + count) of a table into the first ones of `to`: as many numbers as it has
  /// columns, zeros past their sizes.
  void gather(std::size_t t, index_t first, index_t count, basic_matrix<value_type>& to) const {
    const auto columns = static_cast<std::size_t>(to.cols());
    parallel_for(count, 64, [&](index_t begin, index_t end) {
      for (index_t k = begin; k < end; ++k) {
        const std::span<const value_type> own = state_.tables[t][first + k];
        const std::size_t kept = std::min(own.size(), columns);
        value_type* const row = to.row(k).data();
        std::copy_n(own.data(), kept, row);
        std::fill_n(row + kept, columns - kept, value_type{0});
      }
    });
  }

  options options_;
  triple_sampler sampler_;
  Network network_;
  std::vector<table_shape> shapes_;
  state state_;
  detail::batch_rows<value_type> rows_;  ///< of the last batch
  triples batch_;
  index_t score_columns_ = 0;  ///< the smallest of all used columns: past them a factor is 0
  basic_matrix<value_type> score_users_, score_items_;  ///< rows that are multiplied
};

}  // namespace ciess
