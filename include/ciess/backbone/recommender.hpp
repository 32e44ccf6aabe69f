// SPDX-License-Identifier: MIT
/// @file
/// The recommender around a network: tables with sizes, batches, optimisers, snapshots.
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/backbone/concept.hpp>
#include <ciess/backbone/detail/batch_rows.hpp>
#include <ciess/backbone/detail/check_score.hpp>
#include <ciess/backbone/detail/make_network.hpp>
#include <ciess/backbone/detail/recommender_step.hpp>
#include <ciess/backbone/detail/seen_weights.hpp>
#include <ciess/backbone/network.hpp>
#include <ciess/backbone/recommender_options.hpp>
#include <ciess/backbone/recommender_state.hpp>
#include <ciess/backbone/table_lens.hpp>
#include <ciess/backbone/triple_sampler.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/layer_view.hpp>
#include <ciess/core/random.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/embedding/table_formats.hpp>
#include <ciess/nn/adam.hpp>
#include <ciess/nn/bpr.hpp>
#include <ciess/nn/row_updates.hpp>

namespace ciess {

/// A network trained with Adam, or with updates of the rows of each batch alone (`updates`), with
/// BPR or the loss that its options name. Satisfies every concept of `backbone/concept.hpp` that
/// its network allows. Holds a reference to the interactions it was
/// made for: they must outlive it. Weights of the interactions decide how often each is drawn (see
/// `triple_sampler`); a network that looks at the graph itself takes every pair alike. Tables come
/// in pairs, users first: table t belongs to users if t is even, to items if it is odd.
template <bpr_network Network>
class bpr_recommender {
 public:
  using value_type = typename Network::value_type;  ///< float for work, double to check gradients
  static constexpr bool uses_weights = true;        ///< see `weighted_backbone`

  using options = recommender_options<Network>;

  /// Loss and gradient of one batch; valid until the next call.
  struct gradient {
    double loss = 0;
    const model_gradient<value_type>& of;
  };

  /// @throws argument_error if an option is out of range, or rows are to be updated of a network
  ///         or with a loss that touches them all; data_error if no triple can be drawn
  bpr_recommender(const interactions& train, const options& o, std::uint64_t seed)
      : options_{checked(o)},
        sampler_{train},
        network_{detail::make_network(train, o)},
        shapes_{detail::checked_shapes(network_)} {
    state_ = state(shapes_, network_.parameters(), updates());
    gradient_.parameters = state_.first.parameters;
    if (updates())
      rows_ = detail::batch_rows<value_type>(shapes_, other_numbers());
    else
      gradient_.fit(shapes_);
    reset(seed);
  }

  bpr_recommender(const interactions&&, const options&, std::uint64_t) = delete;

  [[nodiscard]] const options& settings() const noexcept { return options_; }
  /// Shows what it was told, see `field_visitor::same`.
  template <class F>
  void visit_options(F& f) const {
    options_.visit(f);
  }
  [[nodiscard]] index_t users() const noexcept { return shapes_[0].rows; }
  [[nodiscard]] index_t items() const noexcept { return shapes_[1].rows; }
  [[nodiscard]] std::span<const table_shape> shapes() const noexcept { return shapes_; }
  [[nodiscard]] const basic_masked_table<value_type>& table(std::size_t t) const noexcept {
    return state_.weights.tables[t];
  }
  /// Numbers that are no part of a table and have no size.
  [[nodiscard]] index_t other_numbers() const noexcept { return state_.weights.parameters.size(); }

  /// New weights from the seed, optimiser and learning rate from their beginning; sizes stay.
  void reset(std::uint64_t seed) {
    state_.seed = seed;
    for (std::size_t t = 0; t < shapes_.size(); ++t)
      state_.weights.tables[t].draw(network_.initializer(t), stream(t));
    network_.draw(flat(state_.weights.parameters), stream(shapes_.size()));
    restart(options_.rate);
  }

  /// Clears the optimiser and goes on from the weights as they are, with this learning rate.
  /// @throws argument_error if it is out of range
  void restart(const learning_rate& rate) {
    rate.check("restart");
    state_.rate = rate;
    state_.steps = 0;
    state_.forget(options_.updates ? options_.updates->adagrad.first : 0);
    changed();
  }

  /// Rows that shrink lose their tails, rows that grow get first weights in the new columns; the
  /// optimiser forgets every column that is not kept. Adagrad's number of a row stays.
  /// @throws argument_error if the shapes differ
  void resize(const assignment& sizes) {
    check_shapes("recommender", shapes_, sizes);
    for (std::size_t t = 0; t < shapes_.size(); ++t)
      state_.weights.tables[t].resize(sizes[t], network_.initializer(t), stream(t));
    state_.forget_cut();
    changed();
  }

  /// @returns mean loss over the steps; 0 for no steps
  /// @throws argument_error if steps < 0; numeric_error as `step`
  double train(int steps) {
    if (steps < 0) detail::throw_error<argument_error>("train: steps must be >= 0, got ", steps);
    double sum = 0;
    for (int i = 0; i < steps; ++i) {
      draw_batch();
      sum += step(batch_);
    }
    return steps > 0 ? sum / steps : 0;
  }

  /// One training step on given triples. No allocation once a batch of this length has been seen,
  /// but what rounding packs (`store_as`), which throws numeric_error as `packed_table`. Cost: what
  /// all rows have; where rows are updated, what those of the batch have.
  /// @returns the loss before the update
  /// @throws argument_error if there is no triple or one names a row that is not there;
  /// numeric_error naming the step whose loss is not finite, before the update
  double step(const triples& batch) {
    if (batch.size() == 0)
      detail::throw_error<argument_error>("train: a step needs at least one triple");
    const double loss = find_gradient(batch);
    update(loss, state_.weights);
    learnt();
    return loss;
  }

  /// Trains prefixes, see `prefix_lens`. Rows keep their sizes, and of a drawn size only what the
  /// row has takes part. Cost of a step: that of `train_through`, and what a change of sizes costs.
  /// @param draw  callable (std::int64_t step) -> const assignment&, with the shapes of this model
  /// @returns mean loss over the steps; 0 for no steps
  /// @throws as `train`; argument_error if a drawn assignment does not fit
  template <class Draw>
    requires std::convertible_to<std::invoke_result_t<Draw&, std::int64_t>, const assignment&>
  double train_nested(int steps, Draw&& draw) {
    prefix_lens<std::remove_reference_t<Draw>> lens(shapes_, draw);
    return train_through(steps, lens);
  }

  /// Trains with a lens between tables and network, see `table_lens`. Cost of a step: that of
  /// `train` on all rows, a copy of the tables, and the lens: where rows are updated, too. Slopes
  /// that the lens brings back to rows that the batch does not name do not move them then.
  /// @returns mean loss over the steps; 0 for no steps
  /// @throws as `train` and the lens
  template <table_lens<value_type> Lens>
  double train_through(int steps, Lens& lens) {
    if (steps < 0) detail::throw_error<argument_error>("train: steps must be >= 0, got ", steps);
    double sum = 0;
    for (int i = 0; i < steps; ++i)
      sum += look_through(lens, [&](const model_weights<value_type>& seen) {
        const std::int64_t number = state_.steps;
        draw_batch();
        const double loss = find_gradient(batch_, &seen);
        if (updates()) rows_.spread(gradient_);
        lens.back(state_.weights.tables, gradient_.tables);
        update(loss, seen, true);
        lens.learn(number);
        return loss;
      });
    if (steps > 0) changed();
    return steps > 0 ? sum / steps : 0;
  }

  /// The loss of a batch, without the penalty, seen through a lens; its slopes are given to the
  /// lens by `back`. Nothing learns: for data that are held out. Cost: that of a step. A softmax
  /// does not compare a held-out positive with what its user has in training.
  /// @throws argument_error if a triple names a row that is not there; numeric_error if the loss is
  ///         not finite, before the lens is given anything; what the lens throws
  template <table_lens<value_type> Lens>
  double slopes_through(const triples& batch, Lens& lens) {
    const double loss = look_through(lens, [&](const model_weights<value_type>& seen) {
      gradient_.fit(shapes_);
      const double found = network_.loss_and_gradient(seen, batch, 0, next_step(), gradient_);
      if (!std::isfinite(found))
        detail::throw_error<numeric_error>("held-out loss is ", found, " at step ", state_.steps);
      lens.back(state_.weights.tables, gradient_.tables);
      return found;
    });
    changed();
    return loss;
  }

  /// Loss and gradient of a batch with the dropout of the step that comes next: the same weights
  /// and the same batch give the same result. Cost: that of all rows; memory: a gradient of all
  /// rows, from the first call on if rows are updated.
  /// @throws argument_error if a triple names a row that is not there
  gradient loss_and_gradient(const triples& batch) {
    const double loss = find_gradient(batch);
    if (updates()) rows_.spread(gradient_);
    return {loss, gradient_};
  }

  /// Loss of the batch that comes next; its gradient is what `visit_parameters` shows. See
  /// `check_gradients`.
  double differentiate() {
    draw_batch();
    return find_gradient(batch_);
  }

  /// Calls `visitor(name, values, gradient)` for every row of every table (the numbers it keeps)
  /// and for the other parameters; what it changes counts.
  template <class Visitor>
    requires std::invocable<Visitor&, std::string_view, std::span<value_type>,
                            std::span<const value_type>>
  void visit_parameters(Visitor&& visitor) {
    changed();  // before, for a visitor may throw
    const auto gradient_of = [&](std::size_t t, index_t r) {
      return updates() ? rows_.gradient_of(t, r) : gradient_.tables[t].row(r).data();
    };
    for (std::size_t t = 0; t < shapes_.size(); ++t)
      for (index_t r = 0; r < shapes_[t].rows; ++r) {
        const std::span<value_type> kept = state_.weights.tables[t][r];
        const std::string name = "table " + std::to_string(t) + ", row " + std::to_string(r);
        visitor(std::string_view(name), kept,
                std::span<const value_type>(gradient_of(t, r), kept.size()));
      }
    visitor(
        std::string_view("parameters"), flat(state_.weights.parameters),
        std::span<const value_type>(flat((updates() ? rows_.gradient() : gradient_).parameters)));
  }

  /// What is multiplied, worked out when the weights have changed: [rows, as many columns as
  /// matter]. Valid until the model is changed or asked for a gradient; one call at a time.
  [[nodiscard]] auto user_vectors()
    requires vector_network<Network>
  {
    return network_.vectors(shown(), 0);
  }
  [[nodiscard]] auto item_vectors()
    requires vector_network<Network>
  {
    return network_.vectors(shown(), 1);
  }

  /// From now on the network reads tables as they will be once they are stored: losses, scores and
  /// vectors are those of rounded rows, and what a step says of these is taken for the exact ones
  /// (straight through), which `table` shows and which learn. Floats, as at first: exact rows.
  /// Stays whatever is drawn, trained or restored. Cost of a step: with it a copy of the tables,
  /// and `round_as`; of the batch's rows where rows are updated.
  void store_as(const table_formats& formats) {
    formats.check("store_as", shapes().size());
    seen_.store_as(formats);
    changed();
  }
  [[nodiscard]] const table_formats& stored_as() const noexcept { return seen_.stored_as(); }

  /// Scores of users [first, first + out.rows()) and all items.
  /// @throws argument_error if the users or the columns do not fit
  void score(index_t first, basic_matrix_span<value_type> out) {
    detail::check_score(first, out.rows(), out.cols(), users(), items());
    network_.score(shown(), first, out);
  }

  /// Rewrites the weights so that the first columns of every table matter most; the scores stay, up
  /// to rounding. The optimiser is cleared.
  /// @throws argument_error unless every row has its full size; numeric_error if a weight is not
  /// finite; nothing is changed then
  void rotate_to_principal_axes()
    requires rotatable_network<Network>
  {
    state_.weights.check_rotatable("rotate_to_principal_axes");
    network_.rotate(state_.weights);
    restart(state_.rate);
  }

  /// Tables of one group have their axes in common after `rotate_to_principal_axes`.
  [[nodiscard]] std::size_t axes_group(std::size_t t) const noexcept
    requires requires(const Network& n) {
      { n.axes_group(t) } -> std::convertible_to<std::size_t>;
    }
  {
    return network_.axes_group(t);
  }

  /// What the network calls its tables, if it does.
  [[nodiscard]] auto table_names() const noexcept
    requires requires(const Network& n) { n.table_names(); }
  {
    return network_.table_names();
  }

  /// What the network has beside its tables, by name, if it says so: valid until the model learns,
  /// is restored or dies.
  [[nodiscard]] std::vector<layer_view> layers() const
    requires requires(const Network& n, const model_weights<value_type>& w) { n.layers(w); }
  {
    return network_.layers(state_.weights);
  }

  using state = recommender_state<value_type>;
  [[nodiscard]] state snapshot() const { return state_; }
  /// Takes a state, also one whose weights somebody has replaced: what the optimiser knows of
  /// numbers that a row does not keep is forgotten.
  /// @throws argument_error if it does not have the shapes of this model, or has a number of steps
  /// or a learning rate that cannot be; nothing is changed then
  void restore(const state& s) {
    s.check("restore", shapes_, other_numbers(), updates());
    state_ = s;
    state_.forget_cut();
    changed();
  }

 private:
  static options checked(const options& o) {
    o.check("recommender");
    return o;
  }

  /// How rows are updated, if it is not all of them by Adam.
  [[nodiscard]] std::optional<row_update_kind> updates() const noexcept {
    return options_.updates ? std::optional(options_.updates->kind) : std::nullopt;
  }

  template <class Vector>
  static auto flat(Vector& v) {
    return std::span(v.data(), static_cast<std::size_t>(v.size()));
  }

  [[nodiscard]] random_stream stream(std::size_t part) const noexcept {
    return random_stream(state_.seed, purpose::weights).child(part);
  }

  /// Weights have changed: what the network has worked out is old.
  void changed() {
    rounded_ = false;
    network_.changed(state_.weights);
  }

  /// The same after a step.
  void learnt() {
    if constexpr (row_network<Network>)
      if (updates()) {
        rounded_ = false;
        network_.rows_changed();
        return;
      }
    changed();
  }

  /// Loss of a batch, and its gradient: of all rows, or where rows are updated of those of the
  /// batch, in `rows_`.
  /// @param through  what the network reads in place of the weights
  double find_gradient(const triples& batch, const model_weights<value_type>* through = nullptr) {
    if constexpr (row_network<Network>)
      if (updates())
        return rows_.learn(network_, through ? *through : state_.weights, batch, options_.penalty,
                           [&](auto& tables) {
                             if (!through) seen_.round(tables);
                           });
    return network_.loss_and_gradient(through ? *through : shown(), batch, options_.penalty,
                                      next_step(), gradient_);
  }

  /// Has the network read what a lens makes of the tables; afterwards it is `changed`, here if
  /// `use(seen)` throws.
  template <class Lens, class Use>
  double look_through(Lens& lens, Use&& use) {
    try {
      rounded_ = false;
      const auto& seen =
          seen_.of(state_.weights, [&](auto& tables) { lens.look(state_.steps, tables); });
      network_.changed(seen);
      return use(seen);
    } catch (...) {
      changed();
      throw;
    }
  }

  /// What the network reads: the weights, with rounded tables if they are to be stored so.
  const model_weights<value_type>& shown() {
    if (!seen_.rounds()) return state_.weights;
    if (!rounded_) {
      network_.changed(seen_.of(state_.weights, [](const auto&) {}));
      rounded_ = true;
    }
    return seen_.last();
  }

  [[nodiscard]] training_step next_step() const noexcept {
    return {state_.seed, static_cast<std::uint64_t>(state_.steps)};
  }

  /// One step on the numbers that the rows of `kept` have, and on all other parameters.
  /// @param through  where rows are updated: their slopes are in `gradient_`, through a lens
  void update(double loss, const model_weights<value_type>& kept, bool through = false) {
    if (!std::isfinite(loss))
      detail::throw_error<numeric_error>("train: loss is ", loss, " at step ", state_.steps);
    const double rate = state_.rate.at(state_.steps);
    const adam_step<value_type> step(options_.adam, rate, state_.steps + 1);
    if (updates())
      detail::update_batch_rows<value_type>({*options_.updates, rate, state_.steps + 1}, kept,
                                            rows_, through ? &gradient_ : nullptr, state_);
    else
      detail::update_all_rows(step, kept, gradient_, state_);
    detail::update_parameters(step, (updates() ? rows_.gradient() : gradient_).parameters,
                              state_.weights.parameters, state_.first.parameters,
                              state_.second.parameters);
    ++state_.steps;
  }

  void draw_batch() {
    sampler_.draw(random_stream(state_.seed, purpose::batches),
                  static_cast<std::uint64_t>(state_.steps),
                  static_cast<std::size_t>(options_.batch), batch_);
  }

  options options_;
  triple_sampler sampler_;
  Network network_;
  std::vector<table_shape> shapes_;
  state state_;
  model_gradient<value_type> gradient_;    ///< of all rows; where rows are updated, if it is needed
  detail::batch_rows<value_type> rows_;    ///< of the last batch, where rows are updated
  detail::seen_weights<value_type> seen_;  ///< through a lens, or rounded
  bool rounded_ = false;  ///< `seen_` has the weights, rounded, and the network has read them
  triples batch_;
};

}  // namespace ciess
