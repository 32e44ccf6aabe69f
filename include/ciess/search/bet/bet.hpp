// SPDX-License-Identifier: MIT
/// @file
/// BET: sizes drawn from laws of frequency, the most promising of many measured.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/random.hpp>
#include <ciess/nn/adam.hpp>
#include <ciess/nn/learning_rate.hpp>
#include <ciess/search/bet/fitness_predictor.hpp>
#include <ciess/search/bet/law_sampler.hpp>
#include <ciess/search/bet/row_ranks.hpp>
#include <ciess/search/bet/size_sets.hpp>
#include <ciess/search/budget/projection.hpp>
#include <ciess/search/rules/rule.hpp>
#include <ciess/search/sizer.hpp>
#include <ciess/search/trials.hpp>

namespace ciess {

template <class E>
class bet_run;

/// Budgeted Embedding Table, a `sizer`: each turn draws many sizes of all rows (`law_sampler`), a
/// network that has learnt from those measured before guesses their worth (`fitness_predictor`),
/// one of them is measured. Turns go round: in `predicted` of them the best guess is taken, in
/// `random` any one, in `nearest` the one that the network sees nearest to the best so far.
///
/// Source: Y. Qu et al., "Budgeted Embedding Table for Recommender Systems", WSDM 2024; constants
/// from its program, which exchanges random and nearest. The worth of sizes is their quality over
/// that of the full-size model. Ours are `seeds`, and more updates than the published 2, after
/// which guesses of 50 measurements hardly differ from chance on environments whose best is known.
struct bet {
  int steps = 50;         ///< measurements for each budget, those of seeds, too; paper: 50 suffice
  int candidates = 100;   ///< drawn a turn; paper: 20 to 100, 100 best
  bool predictor = true;  ///< without: "random-bet", which measures the first that is drawn
  int updates = 50;       ///< of the predictor after each measurement, of one pair each; paper: 2
  int predicted = 3;      ///< turns of a round that take the best guess; paper
  int random = 1;         ///< the next turns, which take any; paper
  int nearest = 1;        ///< the last ones, which take the nearest to the best; paper
  /// Of the predictor's Adam; falls with each update: program.
  learning_rate rate{.first = 0.01, .factor = 0.9, .every = 1, .least = 0.002};
  std::vector<rule> seeds{};  ///< measured first

  [[nodiscard]] std::string_view name() const noexcept { return predictor ? "bet" : "random-bet"; }
  /// @throws argument_error naming what is out of range or does not fit
  template <class E>
  void check(const E& env, const sizing_request& asked) const {
    check_request(env, asked);
    using limited = std::tuple<const char*, int, int>;
    for (const auto& [what, value, least] :
         {limited{"steps", steps, 1}, limited{"candidates", candidates, 1},
          limited{"updates", updates, 0}, limited{"predicted", predicted, 0},
          limited{"random", random, 0}, limited{"nearest", nearest, 0}})
      if (value < least)
        detail::throw_error<argument_error>(name(), ": ", what, " must be >= ", least, ", got ",
                                            value);
    if (predicted == 0 && random == 0 && nearest == 0)
      detail::throw_error<argument_error>(
          name(), ": a round has no turn: predicted, random and nearest are 0");
    rate.check(std::string(name()).c_str());
    if (steps > std::numeric_limits<int>::max() / static_cast<int>(asked.budgets.size()))
      detail::throw_error<argument_error>(name(), ": ", steps, " steps for each of ",
                                          asked.budgets.size(), " budgets are too many");
    const table_facts facts = facts_of(env);
    for (const rule& seed : seeds) seed.check(facts);
    row_ranks::check(facts);
  }
  template <class E>
  [[nodiscard]] bet_run<E> begin(E& env, const sizing_request& asked) const {
    check(env, asked);
    return {env, *this, asked};
  }
};

namespace detail {

/// What BET has learnt for one budget: as published, where a search has one budget. What is found
/// for a budget does not depend on which others are asked for.
class bet_memory {
 public:
  bet_memory(const row_ranks& ranks, const random_stream& stream)
      : ranks_{&ranks},
        stream_{stream},
        predictor_(ranks, stream.child(0)),
        moments_(predictor_.parameters().size()),
        gradient_(predictor_.parameters().size()) {}

  [[nodiscard]] const fitness_predictor<float>& predictor() const noexcept { return predictor_; }
  /// What was measured, in order.
  [[nodiscard]] std::span<const size_sets> tried() const noexcept { return tried_; }

  /// @param worth  of all that was measured, this last
  void learn(size_sets sets, std::span<const double> worth, int updates,
             const learning_rate& rate) {
    tried_.push_back(std::move(sets));
    for (int i = 0; i < updates; ++i) {
      auto engine = stream_.at(static_cast<std::uint64_t>(updates_));
      const std::size_t pair = bounded(engine, static_cast<std::uint32_t>(tried_.size()));
      predictor_.gradient(tried_[pair], worth[pair], gradient_);
      moments_.update(adam_step<float>(adam{}, rate.at(updates_), updates_ + 1),
                      predictor_.parameters(), gradient_);
      ++updates_;
      predictor_.learn_rows();
    }
  }

  /// See `field_visitor`.
  /// @param turns  measurements so far
  template <class F>
  void visit(F& f, std::size_t turns) {
    f("weights", predictor_.parameters());
    f("m", std::span<float>(moments_.m));
    f("v", std::span<float>(moments_.v));
    f.check("weights",
            all_finite(predictor_.parameters()) && all_finite(moments_.m) && all_finite(moments_.v),
            "finite numbers");
    f("updates", updates_);
    f.check("updates", updates_ >= 0, "a count");
    field_group<F> tried(f, "tried");
    visit_sets(tried, *ranks_, tried_);
    f.check("tried", tried_.size() == turns, "one for each measurement");
    if constexpr (F::reads) predictor_.learn_rows();
  }

 private:
  const row_ranks* ranks_;
  random_stream stream_;
  fitness_predictor<float> predictor_;
  adam_moments<float> moments_;
  std::vector<float> gradient_;
  std::int64_t updates_ = 0;
  std::vector<size_sets> tried_;
};

}  // namespace detail

/// BET at work; budgets take turns, each with a memory of its own.
template <class E>
class bet_run : public trials_run<E> {
  using trials_run<E>::trials_;

 public:
  bet_run(E& env, bet how, const sizing_request& asked)
      : trials_run<E>(env, std::string(how.name()), asked),
        how_{std::move(how)},
        facts_{full_facts_of(env)},
        ranks_{std::make_unique<const row_ranks>(facts_)},
        best_seed_({trials_.limits().begin(), trials_.limits().end()}, 1),
        total_{how_.steps * static_cast<int>(asked.budgets.size())} {
    for (std::size_t r = 0; r < how_.seeds.size(); ++r)
      for (std::size_t i = 0; i < how_.seeds[r].count(facts_); ++i) seeds_.push_back({r, i});
    for (const budget& limit : trials_.limits()) {
      samplers_.emplace_back(
          *ranks_, limit.whole_numbers(trials_.shapes()),
          limit.tables.empty() ? std::vector<double>() : limit.number_costs(trials_.shapes()));
      if (how_.predictor)
        memories_.emplace_back(*ranks_, random_stream(asked.seed, purpose::fitness)
                                            .child(static_cast<std::uint64_t>(limit.numbers)));
    }
  }

  [[nodiscard]] int total() const noexcept { return total_; }
  [[nodiscard]] bool done() const noexcept { return trials_.steps() >= total_; }
  /// The best seed that was measured for budget b, one or none.
  [[nodiscard]] std::span<const candidate> best_seed(std::size_t b) const noexcept {
    return best_seed_.best(b);
  }

  const step_report& step() {
    const auto at = static_cast<std::size_t>(trials_.steps());
    const std::size_t b = at % trials_.limits().size();
    const std::size_t turn = at / trials_.limits().size();
    step_report r = trials_.begin(b, total_);
    const auto [sizes, origin] = trials_.plan(known(at), [&](int step) { return next(step); });
    r.origin = origin;
    if (!how_.predictor) {
      trials_.judge(r, b, sizes);
    } else {
      size_sets sets = sets_of(*ranks_, sizes);
      r.notes.push_back({"predicted", quality_of(memories_[b].predictor().look(sets).fitness)});
      const double quality = trials_.judge(r, b, sizes);
      std::vector<double> worth = worths(b);
      worth.push_back(worth_of(quality));
      memories_[b].learn(std::move(sets), worth, how_.updates, how_.rate);
    }
    if (turn < seeds_.size())
      best_seed_.offer_to(b, {sizes, r.quality, std::nullopt, r.origin, r.number});
    return trials_.end(std::move(r));
  }

  /// See `field_visitor`.
  template <class F>
  void visit(F& f) {
    f.same("steps", std::int64_t{how_.steps});
    f.same("candidates", std::int64_t{how_.candidates});
    f.same("updates", std::int64_t{how_.updates});
    f.same("predicted", std::int64_t{how_.predicted});
    f.same("random", std::int64_t{how_.random});
    f.same("nearest", std::int64_t{how_.nearest});
    visit_part(f, "rate", std::as_const(how_.rate));
    std::string titles;
    for (const seed& s : seeds_) titles += rule_of(s).title(facts_, s.number) + '\n';
    f.same("seeds", std::string_view(titles));
    trials_.visit(f, total_);
    field_group<F> kept(f, "best_seed");
    best_seed_.visit(kept, trials_.shapes());
    for (std::size_t b = 0; b < memories_.size(); ++b) {
      field_group<F> group(f, "memory" + std::to_string(b));
      memories_[b].visit(group, turns_of(b));
    }
  }

 private:
  struct seed {
    std::size_t rule;
    std::size_t number;
  };
  [[nodiscard]] const rule& rule_of(const seed& s) const { return how_.seeds[s.rule]; }

  /// Quality over that of the full-size model; rises with it whatever the full-size model's sign.
  [[nodiscard]] double worth_of(double quality) const noexcept {
    return 1 + (quality - trials_.full().quality) / unit();
  }
  [[nodiscard]] double quality_of(double worth) const noexcept {
    return trials_.full().quality + (worth - 1) * unit();
  }
  [[nodiscard]] double unit() const noexcept {
    const double full = std::abs(trials_.full().quality);
    return full > 0 ? full : 1;
  }

  /// Measurements for budget b so far.
  [[nodiscard]] std::size_t turns_of(std::size_t b) const noexcept {
    const std::size_t n = trials_.limits().size();
    return (trials_.history().size() + n - 1 - b) / n;
  }
  [[nodiscard]] std::vector<double> worths(std::size_t b) const {
    std::vector<double> all;
    for (std::size_t i = b; i < trials_.history().size(); i += trials_.limits().size())
      all.push_back(worth_of(trials_.history()[i].quality));
    return all;
  }

  /// Steps that can be planned before step `at` is measured: all without a predictor, else the
  /// seeds, then one for each budget, since each learns from its own measurements alone.
  [[nodiscard]] int known(std::size_t at) const noexcept {
    const std::size_t budgets = trials_.limits().size();
    if (!how_.predictor) return total_;
    const std::size_t turns = std::max(seeds_.size(), at / budgets + 1);
    return std::min(total_, static_cast<int>(turns * budgets));
  }

  /// What is measured in a step.
  typename trials<E>::planned next(int step) const {
    const auto at = static_cast<std::size_t>(step);
    const std::size_t b = at % trials_.limits().size();
    const std::size_t turn = at / trials_.limits().size();
    const budget limit = trials_.limits()[b];
    if (turn < seeds_.size()) {
      const rule& from = rule_of(seeds_[turn]);
      return {from.sizes(facts_, limit, trials_.asked().seed, seeds_[turn].number),
              from.title(facts_, seeds_[turn].number)};
    }
    std::string origin = "drawn";
    const std::size_t chosen = how_.predictor ? choose(origin, b, turn) : 0;
    const drawn_sizes drawn = draw(b, turn, chosen);
    return {project(trials_.shapes(), samplers_[b].proposed(trials_.shapes(), drawn), limit),
            origin + ": " + drawn.text()};
  }

  [[nodiscard]] drawn_sizes draw(std::size_t b, std::size_t turn, std::size_t number) const {
    auto engine = random_stream(trials_.asked().seed, purpose::bet)
                      .child(static_cast<std::uint64_t>(trials_.limits()[b].numbers))
                      .at(turn, number);
    return samplers_[b].draw(engine);
  }

  /// Which candidate of a turn is measured.
  std::size_t choose(std::string& origin, std::size_t b, std::size_t turn) const {
    const auto& memory = memories_[b];
    const auto round = static_cast<std::size_t>(how_.predicted) +
                       static_cast<std::size_t>(how_.random) +
                       static_cast<std::size_t>(how_.nearest);
    const std::size_t now = (turn - seeds_.size()) % round;
    const auto predicted = static_cast<std::size_t>(how_.predicted);
    const bool any = memory.tried().empty() ||
                     (now >= predicted && now < predicted + static_cast<std::size_t>(how_.random));
    const bool near = now >= predicted && !any;
    origin = any ? "random" : near ? "nearest" : "predicted";
    if (any) return 0;  // they are drawn alike
    basic_matrix<float> best;
    if (near) {
      const auto worth = worths(b);
      best = memory.predictor()
                 .look(memory.tried()[static_cast<std::size_t>(std::ranges::max_element(worth) -
                                                               worth.begin())])
                 .action;
    }
    std::vector<double> value(static_cast<std::size_t>(how_.candidates));
    parallel_for(how_.candidates, 1, [&](index_t first, index_t) {
      const auto i = static_cast<std::size_t>(first);
      const auto seen = memory.predictor().look(samplers_[b].sets(draw(b, turn, i)));
      value[i] = seen.fitness;
      if (near) {
        value[i] = 0;
        for (index_t c = 0; c < best.cols(); ++c) {
          const double d = double{seen.action(0, c)} - double{best(0, c)};
          value[i] -= d * d;
        }
      }
    });
    return static_cast<std::size_t>(std::ranges::max_element(value) - value.begin());
  }

  bet how_;
  table_facts facts_;
  std::unique_ptr<const row_ranks> ranks_;  // stays where it is when the run is moved
  std::vector<seed> seeds_;
  std::vector<law_sampler> samplers_;         // [budgets]
  std::vector<detail::bet_memory> memories_;  // [budgets], or none
  best_memory best_seed_;
  int total_;
};

}  // namespace ciess
