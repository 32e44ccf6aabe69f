// SPDX-License-Identifier: MIT
/// @file
/// The recommender around a network: tables with sizes, batches, Adam, snapshots.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/backbone/concept.hpp>
#include <ciess/backbone/detail/seen_weights.hpp>
#include <ciess/backbone/network.hpp>
#include <ciess/backbone/recommender_state.hpp>
#include <ciess/backbone/table_lens.hpp>
#include <ciess/backbone/triple_sampler.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/layer_view.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/random.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/embedding/number_format.hpp>
#include <ciess/nn/adam.hpp>
#include <ciess/nn/bpr.hpp>
#include <ciess/nn/loss_options.hpp>

namespace ciess {
namespace detail {

/// What a network is told of its loss: its own options, or those of the library's losses, of which
/// it takes BPR alone.
template <class N>
struct loss_options_of {
  using type = loss_options;
};
template <loss_network N>
struct loss_options_of<N> {
  using type = typename N::loss_options;
};

}  // namespace detail

/// A network trained with Adam, with BPR or the loss that its options name. Satisfies every concept
/// of `backbone/concept.hpp` that its network allows. Holds a reference to the interactions it was
/// made for: they must outlive it. Weights of the interactions decide how often each is drawn (see
/// `triple_sampler`); a network that looks at the graph itself takes every pair alike. Tables come
/// in pairs, users first: table t belongs to users if t is even, to items if it is odd.
template <bpr_network Network>
class bpr_recommender {
 public:
  using value_type = typename Network::value_type;  ///< float for work, double to check gradients
  static constexpr bool uses_weights = true;        ///< see `weighted_backbone`

  struct options {
    size_range range{};  ///< d_min, d_max of every table (reference program: 1, 128)
    int batch = 10'000;  ///< triples in a step (reference program)
    double penalty = Network::defaults.penalty;  ///< weight of the squared length of a batch's rows
    learning_rate rate = Network::defaults.rate;
    ciess::adam adam{};
    typename Network::options network{};
    /// A network that is no `loss_network` takes BPR alone.
    typename detail::loss_options_of<Network>::type loss{};
  };

  /// Loss and gradient of one batch; valid until the next call.
  struct gradient {
    double loss = 0;
    const model_gradient<value_type>& of;
  };

  /// @throws argument_error if an option is out of range; data_error if no triple can be drawn
  bpr_recommender(const interactions& train, const options& o, std::uint64_t seed)
      : options_{checked(o)},
        sampler_{train},
        network_{made(train, o)},
        shapes_(std::span<const table_shape>(network_.shapes()).begin(),
                std::span<const table_shape>(network_.shapes()).end()) {
    if (shapes_.empty() || shapes_.size() % 2 != 0)
      detail::throw_error<argument_error>("recommender: a network needs tables in pairs, got ",
                                          shapes_.size());
    for (const auto& s : shapes_) {
      state_.weights.tables.emplace_back(sizes(s.rows, s.range));
      for (auto* tables : {&state_.first.tables, &state_.second.tables, &gradient_.tables})
        tables->push_back(basic_matrix<value_type>::Zero(s.rows, s.range.max));
    }
    for (auto* parameters : {&state_.weights.parameters, &state_.first.parameters,
                             &state_.second.parameters, &gradient_.parameters})
      *parameters = basic_vector<value_type>::Zero(network_.parameters());
    reset(seed);
  }

  bpr_recommender(const interactions&&, const options&, std::uint64_t) = delete;

  [[nodiscard]] const options& settings() const noexcept { return options_; }
  /// Shows what it was told, see `field_visitor::same`; the network's part if that has a `visit`.
  template <class F>
  void visit_options(F& f) const {
    f.same("batch", std::int64_t{options_.batch});
    f.same("penalty", options_.penalty);
    visit_part(f, "rate", options_.rate);
    f.same("adam.beta1", options_.adam.beta1);
    f.same("adam.beta2", options_.adam.beta2);
    f.same("adam.epsilon", options_.adam.epsilon);
    visit_part(f, "network", options_.network);
    visit_part(f, "loss", options_.loss);  // nothing for BPR
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
    for (auto* moments : {&state_.first, &state_.second}) {
      for (auto& m : moments->tables) m.setZero();
      moments->parameters.setZero();
    }
    changed();
  }

  /// Rows that shrink lose their tails, rows that grow get first weights in the new columns; the
  /// optimiser forgets every column that is not kept.
  /// @throws argument_error if the shapes differ
  void resize(const assignment& sizes) {
    check_shapes("recommender", shapes_, sizes);
    for (std::size_t t = 0; t < shapes_.size(); ++t)
      state_.weights.tables[t].resize(sizes[t], network_.initializer(t), stream(t));
    forget_cut_moments();
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
  /// but what rounding packs (`store_as`), which throws numeric_error as `packed_table`.
  /// @returns the loss before the update
  /// @throws argument_error if there is no triple or one names a row that is not there;
  /// numeric_error naming the step whose loss is not finite, before the update
  double step(const triples& batch) {
    if (batch.size() == 0)
      detail::throw_error<argument_error>("train: a step needs at least one triple");
    const double loss = loss_and_gradient(batch).loss;
    update(loss, state_.weights);
    changed();
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
  /// `train`, a copy of the tables, and the lens.
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
        const double loss =
            network_.loss_and_gradient(seen, batch_, options_.penalty, next_step(), gradient_);
        lens.back(state_.weights.tables, gradient_.tables);
        update(loss, seen);
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
  /// and the same batch give the same result.
  /// @throws argument_error if a triple names a row that is not there
  gradient loss_and_gradient(const triples& batch) {
    return {network_.loss_and_gradient(shown(), batch, options_.penalty, next_step(), gradient_),
            gradient_};
  }

  /// Loss of the batch that comes next; its gradient is what `visit_parameters` shows. See
  /// `check_gradients`.
  double differentiate() {
    draw_batch();
    return loss_and_gradient(batch_).loss;
  }

  /// Calls `visitor(name, values, gradient)` for every row of every table (the numbers it keeps)
  /// and for the other parameters; what it changes counts.
  template <class Visitor>
    requires std::invocable<Visitor&, std::string_view, std::span<value_type>,
                            std::span<const value_type>>
  void visit_parameters(Visitor&& visitor) {
    changed();  // before, for a visitor may throw
    for (std::size_t t = 0; t < shapes_.size(); ++t)
      for (index_t r = 0; r < shapes_[t].rows; ++r) {
        const std::span<value_type> kept = state_.weights.tables[t][r];
        const std::string name = "table " + std::to_string(t) + ", row " + std::to_string(r);
        visitor(std::string_view(name), kept,
                std::span<const value_type>(gradient_.tables[t].row(r).data(), kept.size()));
      }
    visitor(std::string_view("parameters"), flat(state_.weights.parameters),
            std::span<const value_type>(flat(gradient_.parameters)));
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
  /// and `round_as`.
  void store_as(number_format format) {
    seen_.store_as(format);
    changed();
  }
  [[nodiscard]] number_format stored_as() const noexcept { return seen_.stored_as(); }

  /// Scores of users [first, first + out.rows()) and all items.
  /// @throws argument_error if the users or the columns do not fit
  void score(index_t first, basic_matrix_span<value_type> out) {
    if (first < 0 || first > users() - out.rows() || out.cols() != items())
      detail::throw_error<argument_error>("score: ", out.rows(), " users from ", first, " on of ",
                                          users(), ", ", out.cols(), " columns for ", items(),
                                          " items");
    network_.score(shown(), first, out);
  }

  /// Rewrites the weights so that the first columns of every table matter most; the scores stay, up
  /// to rounding. The optimiser is cleared.
  /// @throws argument_error unless every row has its full size; numeric_error if a weight is not
  /// finite; nothing is changed then
  void rotate_to_principal_axes()
    requires rotatable_network<Network>
  {
    for (std::size_t t = 0; t < shapes_.size(); ++t)
      if (const auto& kept = table(t).row_sizes(); kept.total() != kept.dense())
        detail::throw_error<argument_error>("rotate_to_principal_axes: needs full size; table ", t,
                                            " keeps ", kept.total(), " of ", kept.dense(),
                                            " numbers");
    for (std::size_t t = 0; t < shapes_.size(); ++t)
      if (!table(t).values().allFinite())
        detail::throw_error<numeric_error>("rotate_to_principal_axes: table ", t,
                                           " has a number that is not finite");
    if (!state_.weights.parameters.allFinite())
      detail::throw_error<numeric_error>("rotate_to_principal_axes: a parameter is not finite");
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
    s.check("restore", shapes_, other_numbers());
    state_ = s;
    forget_cut_moments();
    changed();
  }

 private:
  static options checked(const options& o) {
    detail::check_range("recommender", o.range);
    o.rate.check("recommender");
    if (!(o.penalty >= 0 && std::isfinite(o.penalty)))
      detail::throw_error<argument_error>("recommender: penalty must be >= 0, got ", o.penalty);
    if (o.batch < 1)
      detail::throw_error<argument_error>("recommender: batch must be >= 1, got ", o.batch);
    return o;
  }

  static Network made(const interactions& train, const options& o) {
    if constexpr (loss_network<Network>) {
      return Network(train, o.range, o.network, o.loss);
    } else {
      if (o.loss.kind != loss_kind::bpr)
        detail::throw_error<argument_error>(
            "recommender: this network learns by bpr alone, as its scores are no inner products of "
            "vectors; got the loss ",
            name_of(o.loss.kind));
      o.loss.check("recommender");
      return Network(train, o.range, o.network);
    }
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

  /// One step of Adam on the numbers that the rows of `kept` have, and on all other parameters.
  void update(double loss, const model_weights<value_type>& kept) {
    if (!std::isfinite(loss))
      detail::throw_error<numeric_error>("train: loss is ", loss, " at step ", state_.steps);
    const adam_step<value_type> step(options_.adam, state_.rate.at(state_.steps), state_.steps + 1);
    for (std::size_t t = 0; t < shapes_.size(); ++t)
      parallel_for(shapes_[t].rows, 256, [&](index_t begin, index_t end) {
        for (index_t r = begin; r < end; ++r)
          step(state_.weights.tables[t][r].data(), gradient_.tables[t].row(r).data(),
               state_.first.tables[t].row(r).data(), state_.second.tables[t].row(r).data(),
               kept.tables[t][r].size());
      });
    parallel_for(other_numbers(), 16384, [&](index_t begin, index_t end) {
      step(state_.weights.parameters.data() + begin, gradient_.parameters.data() + begin,
           state_.first.parameters.data() + begin, state_.second.parameters.data() + begin,
           static_cast<std::size_t>(end - begin));
    });
    ++state_.steps;
  }

  void forget_cut_moments() {
    for (std::size_t t = 0; t < shapes_.size(); ++t)
      for (auto* moments : {&state_.first, &state_.second})
        state_.weights.tables[t].mask(moments->tables[t]);
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
  model_gradient<value_type> gradient_;
  detail::seen_weights<value_type> seen_;  ///< through a lens, or rounded
  bool rounded_ = false;  ///< `seen_` has the weights, rounded, and the network has read them
  triples batch_;
};

}  // namespace ciess
