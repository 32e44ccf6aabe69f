// SPDX-License-Identifier: MIT
/// @file
/// The click model around a network: tables of fields with sizes, batches, optimisers, snapshots.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/backbone/click_layout.hpp>
#include <ciess/backbone/click_network.hpp>
#include <ciess/backbone/click_options.hpp>
#include <ciess/backbone/click_state.hpp>
#include <ciess/backbone/detail/click_pass.hpp>
#include <ciess/backbone/detail/common_axes.hpp>
#include <ciess/backbone/detail/seen_weights.hpp>
#include <ciess/backbone/detail/whole_slopes.hpp>
#include <ciess/backbone/impression_sampler.hpp>
#include <ciess/backbone/network.hpp>
#include <ciess/backbone/sized_model.hpp>
#include <ciess/backbone/table_lens.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/layer_view.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/random.hpp>
#include <ciess/data/impressions.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/embedding/table_formats.hpp>
#include <ciess/nn/adam.hpp>
#include <ciess/nn/row_updates.hpp>

namespace ciess {

/// A model of clicks: a table for each categorical field, a network on the rows that an impression
/// shows, log odds. Of a pooled field it reads the mean of the rows, of no row zeros. Learns by
/// binary cross-entropy. Satisfies what its network allows of `sized_model.hpp` and
/// `warm_start.hpp`, and `click_model`.
///
/// Tables: see `click_layout`; rows of all of them may have sizes. Parameters of the network, bias
/// and first weights have none.
///
/// A step costs what its batch takes: rows that it does not show are neither read nor changed
/// (unless `every_row` asks for that). Holds a reference to the impressions it was made for: they
/// must outlive it.
template <click_network Network>
class basic_click_model {
 public:
  using value_type = typename Network::value_type;  ///< float for work, double to check gradients

  using options = click_options<typename Network::options>;

  /// @throws argument_error if an option is out of range or two tables would have one name;
  ///         data_error if there is no impression
  basic_click_model(const impressions& train, const options& o, std::uint64_t seed)
      : options_{o},
        train_{&train},
        sampler_{train.size()},
        pass_(click_layout(train, o.range, o.ranges, Network::features_are_rows(o.network)),
              o.network) {
    options_.check("click_model");
    for (const auto& s : shapes()) {
      state_.weights.tables.emplace_back(sizes(s.rows, s.range));
      state_.rows.emplace_back(options_.updates, s.rows, s.range.max);
      if (first_order()) state_.first_order.emplace_back(options_.updates, s.rows, 1);
    }
    state_.weights.parameters = basic_vector<value_type>::Zero(pass_.parameters());
    for (auto* moments : {&state_.first, &state_.second})
      *moments = basic_vector<value_type>::Zero(pass_.dense());
    if (options_.every_row) {
      const auto longest = std::ranges::max(shapes(), {}, &table_shape::rows);
      all_rows_.resize(static_cast<std::size_t>(longest.rows));
      std::iota(all_rows_.begin(), all_rows_.end(), row_id{0});
    }
    reset(seed);
  }

  basic_click_model(const impressions&&, const options&, std::uint64_t) = delete;

  [[nodiscard]] const options& settings() const noexcept { return options_; }
  /// Shows what it was told, see `field_visitor::same`; the network's part if that has a `visit`.
  template <class F>
  void visit_options(F& f) const {
    options_.visit(f);
  }

  [[nodiscard]] std::span<const table_shape> shapes() const noexcept {
    return pass_.layout().shapes;
  }
  /// Those of the fields, then "features" if there is such a table.
  [[nodiscard]] const std::vector<std::string>& table_names() const noexcept {
    return pass_.layout().names;
  }
  [[nodiscard]] const impressions& trained_on() const noexcept { return *train_; }
  [[nodiscard]] const basic_masked_table<value_type>& table(std::size_t t) const noexcept {
    return state_.weights.tables[t];
  }
  /// Whether it has a bias and a first weight for each row.
  [[nodiscard]] bool first_order() const noexcept { return pass_.first_order(); }
  /// Numbers that are no part of a table and have no size.
  [[nodiscard]] index_t other_numbers() const noexcept { return state_.weights.parameters.size(); }
  /// Steps in which every impression takes part once.
  [[nodiscard]] std::int64_t steps_of_an_epoch() const noexcept {
    return sampler_.steps_of_an_epoch(options_.batch);
  }

  /// New weights from the seed, optimiser and learning rate from their beginning; sizes stay.
  void reset(std::uint64_t seed) {
    state_.seed = seed;
    for (std::size_t t = 0; t < shapes().size(); ++t)
      state_.weights.tables[t].draw(initializer(), stream(t));
    state_.weights.parameters.setZero();
    pass_.network().draw(
        std::span(state_.weights.parameters.data(), static_cast<std::size_t>(pass_.own())),
        stream(shapes().size()));
    restart(options_.rate);
  }

  /// Clears the optimiser and goes on from the weights as they are, with this learning rate.
  /// @throws argument_error if it is out of range
  void restart(const learning_rate& rate) {
    rate.check("restart");
    state_.rate = rate;
    state_.steps = 0;
    for (auto* states : {&state_.rows, &state_.first_order})
      for (auto& s : *states) s.reset(options_.updates);
    for (auto* moments : {&state_.first, &state_.second}) moments->setZero();
    rounded_ = false;
  }

  /// Rows that shrink lose their tails, rows that grow get first weights in the new columns; the
  /// optimiser forgets every column that is not kept.
  /// @throws argument_error if the shapes differ
  void resize(const assignment& sizes) {
    check_shapes("click_model", shapes(), sizes);
    for (std::size_t t = 0; t < shapes().size(); ++t)
      state_.weights.tables[t].resize(sizes[t], initializer(), stream(t));
    forget_cut();
  }

  /// Each epoch has every training impression once, in an order of its own.
  /// @returns mean loss over the steps; 0 for no steps
  /// @throws argument_error if steps < 0; numeric_error as `step`
  double train(int steps) {
    return mean_over(steps, [&] {
      draw_batch();
      return step(batch());
    });
  }

  /// One training step on given impressions. No allocation once a batch of this length with as many
  /// different rows has been seen, but what rounding packs (`store_as`), which throws numeric_error
  /// as `packed_table`.
  /// @returns the loss before the update
  /// @throws argument_error if there is no impression, one is not there, or they have other fields;
  ///         numeric_error naming the step whose loss is not finite, before the update
  double step(const impression_batch& batch) {
    const double loss = loss_and_gradient(batch);
    update(loss, state_.weights, options_.every_row);
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
    prefix_lens<std::remove_reference_t<Draw>> lens(shapes(), draw);
    return train_through(steps, lens);
  }

  /// Trains with a lens between tables and network, see `table_lens`. Rows that a batch does not
  /// show do not learn, whatever slopes a lens gives them, unless `every_row` is set. Cost of a
  /// step: that of `train`, a copy of the tables, their slopes, and the lens.
  /// @returns mean loss over the steps; 0 for no steps
  /// @throws as `train` and the lens
  template <table_lens<value_type> Lens>
  double train_through(int steps, Lens& lens) {
    return mean_over(steps, [&] {
      const std::int64_t number = state_.steps;
      draw_batch();
      return look_through(lens, [&](const model_weights<value_type>& seen) {
        const double loss = differentiated(seen, batch(), options_.penalty);
        slopes_.spread(pass_.layout(), pass_.rows());
        lens.back(state_.weights.tables, slopes_.tables);
        update(loss, seen, true);
        lens.learn(number);
        return loss;
      });
    });
  }

  /// The loss of a batch, without the penalty, seen through a lens; its slopes are given to the
  /// lens by `back`. Nothing learns: for data that are held out. Cost: that of `train_through`.
  /// @throws argument_error as `step`; numeric_error if the loss is not finite, before the lens is
  ///         given anything; what the lens throws
  template <table_lens<value_type> Lens>
  double slopes_through(const impression_batch& batch, Lens& lens) {
    detail::check_batch(pass_.layout(), *train_, batch);
    return look_through(lens, [&](const model_weights<value_type>& seen) {
      const double found = differentiated(seen, batch, 0);
      if (!std::isfinite(found))
        detail::throw_error<numeric_error>("held-out loss is ", found, " at step ", state_.steps);
      slopes_.spread(pass_.layout(), pass_.rows());
      lens.back(state_.weights.tables, slopes_.tables);
      return found;
    });
  }
  /// The same of all of these impressions.
  template <table_lens<value_type> Lens>
  double slopes_through(const impressions& batch, Lens& lens) {
    std::vector<index_t> all(static_cast<std::size_t>(batch.size()));
    std::iota(all.begin(), all.end(), index_t{0});
    return slopes_through(impression_batch{&batch, all}, lens);
  }

  /// Loss of a batch with the dropout of the step that comes next: the same weights and the same
  /// batch give the same result. Its gradient is what `visit_parameters` shows.
  /// @throws argument_error as `step`
  double loss_and_gradient(const impression_batch& batch) {
    detail::check_batch(pass_.layout(), *train_, batch);
    return differentiated(shown(), batch, options_.penalty);
  }

  /// Loss of the batch that comes next. See `check_gradients`.
  double differentiate() {
    draw_batch();
    return loss_and_gradient(batch());
  }

  /// Calls `visitor(name, values, gradient)` for every row of every table (the numbers it keeps),
  /// for the other parameters and for the first weights of each table; what it changes counts.
  template <class Visitor>
    requires std::invocable<Visitor&, std::string_view, std::span<value_type>,
                            std::span<const value_type>>
  void visit_parameters(Visitor&& visitor) {
    rounded_ = false;  // before, for a visitor may throw
    slopes_.spread(pass_.layout(), pass_.rows());
    for (std::size_t t = 0; t < shapes().size(); ++t)
      for (index_t r = 0; r < shapes()[t].rows; ++r) {
        const std::span<value_type> kept = state_.weights.tables[t][r];
        const std::string name = table_names()[t] + ", row " + std::to_string(r);
        visitor(std::string_view(name), kept,
                std::span<const value_type>(slopes_.tables[t].row(r).data(), kept.size()));
      }
    const auto n = static_cast<std::size_t>(pass_.dense());
    visitor(std::string_view("parameters"), std::span(state_.weights.parameters.data(), n),
            std::span<const value_type>(pass_.gradient().data(), n));
    for (std::size_t t = 0; t < state_.first_order.size(); ++t) {
      const auto rows = static_cast<std::size_t>(shapes()[t].rows);
      const std::string name = "first weights of " + table_names()[t];
      visitor(std::string_view(name), std::span(first_weights(t), rows),
              std::span<const value_type>(slopes_.first[t].data(), rows));
    }
  }

  /// Log odds of a click for each of these impressions, nothing left out. In blocks, in parallel.
  /// @param log_odds  [impressions], overwritten
  /// @throws argument_error saying what is different if they have other fields or features than
  ///         those the model was made for, or lengths differ
  void predict(const impressions& shown, std::span<value_type> log_odds) {
    pass_.layout().check("predict", shown);
    if (std::ssize(log_odds) != shown.size())
      detail::throw_error<argument_error>("predict: expected room for ", shown.size(),
                                          " log odds, got ", log_odds.size());
    pass_.predict(this->shown(), shown, log_odds);
  }

  /// From now on the network reads tables as they will be once they are stored, see
  /// `storable_model` and `bpr_recommender::store_as`. Cost of a step: with it a copy of the
  /// tables, and `round_as`.
  void store_as(const table_formats& formats) {
    formats.check("store_as", shapes().size());
    seen_.store_as(formats);
    rounded_ = false;
  }
  [[nodiscard]] const table_formats& stored_as() const noexcept { return seen_.stored_as(); }

  /// Rewrites the weights so that the first columns of every table matter most; predictions stay,
  /// up to rounding. The optimiser is cleared.
  /// @throws argument_error unless every row has its full size; numeric_error if a weight is not
  /// finite; nothing is changed then
  void rotate_to_principal_axes()
    requires requires(const Network& n, std::span<basic_masked_table<value_type>> tables,
                      std::span<value_type> parameters) { n.rotate(tables, parameters); }
  {
    detail::check_turnable(std::span(std::as_const(state_.weights.tables)),
                           state_.weights.parameters);
    pass_.network().rotate(
        std::span(state_.weights.tables),
        std::span(state_.weights.parameters.data(), static_cast<std::size_t>(pass_.own())));
    restart(state_.rate);
  }

  /// Tables of one group have their axes in common after `rotate_to_principal_axes`.
  [[nodiscard]] std::size_t axes_group(std::size_t t) const noexcept
    requires requires(const Network& n) {
      { n.axes_group(t) } -> std::convertible_to<std::size_t>;
    }
  {
    return pass_.network().axes_group(t);
  }

  /// Names and shapes of what the model has beside its tables, in the order in which it lies: the
  /// layers of the network, then "bias" and "first-order-0", ... of each table if there are.
  [[nodiscard]] std::vector<click_layer> parameter_shapes() const {
    std::vector<click_layer> all = pass_.network().layers();
    if (!first_order()) return all;
    all.push_back({"bias", {1}});
    for (std::size_t t = 0; t < shapes().size(); ++t)
      all.push_back({"first-order-" + std::to_string(t), {shapes()[t].rows}});
    return all;
  }
  /// The same with the numbers, for a server; valid until the model learns, is restored or dies.
  [[nodiscard]] std::vector<layer_view> layers() const
    requires std::same_as<value_type, float>
  {
    std::vector<layer_view> all;
    const float* at = state_.weights.parameters.data();
    for (click_layer& l : parameter_shapes()) {
      const auto numbers = static_cast<std::size_t>(l.numbers());
      all.push_back({.name = std::move(l.name),
                     .shape = std::move(l.shape),
                     .numbers = std::span(at, numbers)});
      at += numbers;
    }
    return all;
  }

  using state = click_state<value_type>;
  [[nodiscard]] state snapshot() const { return state_; }
  /// Takes a state, also one whose weights somebody has replaced: what the optimiser knows of
  /// numbers that a row does not keep is forgotten.
  /// @throws argument_error if it does not have the shapes of this model, or has a number of steps
  /// or a learning rate that cannot be; nothing is changed then
  void restore(const state& s) {
    s.check("restore", state_);
    state_ = s;
    forget_cut();
  }

 private:
  template <class Step>
  static double mean_over(int steps, Step&& step) {
    if (steps < 0) detail::throw_error<argument_error>("train: steps must be >= 0, got ", steps);
    double sum = 0;
    for (int i = 0; i < steps; ++i) sum += step();
    return steps > 0 ? sum / steps : 0;
  }

  [[nodiscard]] normal_rows initializer() const noexcept { return {options_.deviation}; }
  [[nodiscard]] random_stream stream(std::size_t part) const noexcept {
    return random_stream(state_.seed, purpose::weights).child(part);
  }
  [[nodiscard]] value_type* first_weights(std::size_t t) noexcept {
    return state_.weights.parameters.data() + pass_.dense() + pass_.layout().first_row(t);
  }

  void draw_batch() { sampler_.draw(state_.seed, state_.steps, options_.batch, drawn_); }
  [[nodiscard]] impression_batch batch() const noexcept { return {train_, drawn_}; }

  double differentiated(const model_weights<value_type>& seen, const impression_batch& batch,
                        double penalty) {
    const click_dropout dropped{random_stream(state_.seed, purpose::dropout),
                                static_cast<std::uint64_t>(state_.steps)};
    return pass_.loss_and_gradient(seen, batch, penalty, &dropped);
  }

  /// What the network reads: the weights, with rounded tables if they are to be stored so.
  const model_weights<value_type>& shown() {
    if (!seen_.rounds()) return state_.weights;
    if (!rounded_) {
      seen_.of(state_.weights, [](const auto&) {});
      rounded_ = true;
    }
    return seen_.last();
  }

  /// Has the network read what a lens makes of the tables.
  template <class Lens, class Use>
  double look_through(Lens& lens, Use&& use) {
    rounded_ = false;
    return use(seen_.of(state_.weights, [&](auto& tables) { lens.look(state_.steps, tables); }));
  }

  /// One step on the numbers that the rows of `kept` have, and on all other parameters.
  /// @param spread  rows learn by `slopes_`, which have them where the table has them
  void update(double loss, const model_weights<value_type>& kept, bool spread) {
    if (!std::isfinite(loss))
      detail::throw_error<numeric_error>("train: loss is ", loss, " at step ", state_.steps);
    rounded_ = false;
    const double rate = state_.rate.at(state_.steps);
    const row_update_step<value_type> step(options_.updates, rate, state_.steps + 1);
    if (spread && &kept == &state_.weights) slopes_.spread(pass_.layout(), pass_.rows());
    for (std::size_t t = 0; t < shapes().size(); ++t) {
      auto& table = state_.weights.tables[t];
      const auto rows =
          options_.every_row
              ? std::span<const row_id>(all_rows_).first(static_cast<std::size_t>(table.rows()))
              : pass_.rows().rows(t);
      const auto place = [&](index_t k) -> index_t {
        return spread ? index_t{rows[static_cast<std::size_t>(k)]} : k;
      };
      const auto& slopes = spread ? slopes_.tables[t] : pass_.rows().gradient(t);
      detail::update_rows(
          step, table[0].data(), table.columns(), rows, state_.rows[t].memory(),
          [&](index_t k) { return slopes.row(place(k)).data(); },
          [&](row_id row) { return kept.tables[t].row_sizes()[row]; });
      if (!first_order()) continue;
      const auto& first = spread ? slopes_.first[t] : pass_.rows().first(t);
      detail::update_rows(
          step, first_weights(t), 1, rows, state_.first_order[t].memory(),
          [&](index_t k) { return first.data() + place(k); }, [](row_id) { return 1; });
    }
    const adam_step<value_type> others(options_.adam, rate, state_.steps + 1);
    parallel_for(pass_.dense(), 16384, [&](index_t begin, index_t end) {
      others(state_.weights.parameters.data() + begin, pass_.gradient().data() + begin,
             state_.first.data() + begin, state_.second.data() + begin,
             static_cast<std::size_t>(end - begin));
    });
    ++state_.steps;
  }

  void forget_cut() {
    for (std::size_t t = 0; t < shapes().size(); ++t)
      state_.rows[t].forget_cut(state_.weights.tables[t]);
    rounded_ = false;
  }

  options options_;
  const impressions* train_;
  impression_sampler sampler_;
  detail::click_pass<Network> pass_;
  state state_;
  detail::seen_weights<value_type> seen_;  ///< through a lens, or rounded
  bool rounded_ = false;                   ///< `seen_` has the weights, rounded
  std::vector<index_t> drawn_;
  std::vector<row_id> all_rows_;             ///< of the longest table, if every row takes part
  detail::whole_slopes<value_type> slopes_;  ///< if somebody wants those of whole tables
};

}  // namespace ciess
