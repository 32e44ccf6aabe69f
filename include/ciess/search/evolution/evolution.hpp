// SPDX-License-Identifier: MIT
/// @file
/// Evolution of sizes: the best so far are crossed and changed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/random.hpp>
#include <ciess/search/budget/projection.hpp>
#include <ciess/search/evolution/length_law.hpp>
#include <ciess/search/rules/rule.hpp>
#include <ciess/search/sizer.hpp>
#include <ciess/search/trials.hpp>

namespace ciess {

template <class E>
class evolution_run;

/// OptEmbed's search for sizes, a `sizer`: a population of sizes is drawn, then parents among the
/// best are crossed row by row, or have some of their rows redrawn. Made for environments whose
/// measurement trains nothing. Every child is projected onto its budget.
///
/// Sources: F. Lyu et al., "OptEmbed: Learning Optimal Embedding Table for Click-through Rate
/// Prediction", CIKM 2022; settings, sizes of single rows and their law as in "A Thorough
/// Performance Benchmarking on Lightweight Embedding-based Recommender Systems", 2024. Theirs
/// replaces the parents once a generation, this one after each measurement; `seeds` are ours.
struct evolution {
  int steps = 200;            ///< measurements for each budget, those of seeds and drawn sizes, too
  int drawn = 20;             ///< of these, sizes drawn by `length_law`
  int parents = 15;           ///< so many of the best for a budget have children
  double crossover = 0.5;     ///< share of the children that have two parents
  double redrawn = 0.1;       ///< share of a single parent's rows that are drawn anew
  std::vector<rule> seeds{};  ///< measured first

  /// As published there are no seeds.
  [[nodiscard]] std::string_view name() const noexcept {
    return seeds.empty() ? "optembed" : "evolution";
  }
  /// @throws argument_error naming what is out of range or does not fit
  template <class E>
  void check(const E& env, const sizing_request& asked) const {
    check_request(env, asked);
    using limited = std::tuple<const char*, int, int>;
    for (const auto& [what, value, least] :
         {limited{"steps", steps, 1}, limited{"drawn", drawn, 0}, limited{"parents", parents, 1}})
      if (value < least)
        detail::throw_error<argument_error>("evolution: ", what, " must be >= ", least, ", got ",
                                            value);
    for (const auto& [what, share] :
         {std::pair{"crossover", crossover}, std::pair{"redrawn", redrawn}})
      if (!(share >= 0 && share <= 1))
        detail::throw_error<argument_error>("evolution: ", what, " must be in [0, 1], got ", share);
    if (steps > std::numeric_limits<int>::max() / static_cast<int>(asked.budgets.size()))
      detail::throw_error<argument_error>("evolution: ", steps, " steps for each of ",
                                          asked.budgets.size(), " budgets are too many");
    std::size_t offered = static_cast<std::size_t>(drawn);
    const table_facts facts = facts_of(env);
    for (const rule& seed : seeds) {
      seed.check(facts);
      offered += seed.count(facts);
    }
    if (offered == 0)
      detail::throw_error<argument_error>(
          "evolution: there is nothing to begin with: no seeds, "
          "and drawn is 0");
  }
  template <class E>
  [[nodiscard]] evolution_run<E> begin(E& env, const sizing_request& asked) const {
    check(env, asked);
    return {env, *this, asked};
  }
};

/// Evolution at work; budgets take turns, each has a population of its own.
template <class E>
class evolution_run : public trials_run<E> {
  using trials_run<E>::trials_;

 public:
  evolution_run(E& env, evolution how, const sizing_request& asked)
      : trials_run<E>(env, std::string(how.name()), asked),
        how_{std::move(how)},
        facts_{full_facts_of(env)},
        population_({trials_.limits().begin(), trials_.limits().end()}, how_.parents),
        best_seed_({trials_.limits().begin(), trials_.limits().end()}, 1),
        total_{how_.steps * static_cast<int>(asked.budgets.size())} {
    for (std::size_t r = 0; r < how_.seeds.size(); ++r)
      for (std::size_t i = 0; i < how_.seeds[r].count(facts_); ++i) seeds_.push_back({r, i});
    for (const budget& limit : trials_.limits()) laws_.emplace_back(trials_.shapes(), limit);
  }

  [[nodiscard]] int total() const noexcept { return total_; }
  [[nodiscard]] bool done() const noexcept { return trials_.steps() >= total_; }
  /// The best seed that was measured for budget b, one or none.
  [[nodiscard]] std::span<const candidate> best_seed(std::size_t b) const noexcept {
    return best_seed_.best(b);
  }

  /// It may have children.
  void learn_of(std::size_t b, const candidate& c) {
    trials_.know(b, c);
    population_.offer_to(b, c);
  }

  const step_report& step() {
    const auto at = static_cast<std::size_t>(trials_.steps());
    const std::size_t b = at % trials_.limits().size();
    const std::size_t turn = at / trials_.limits().size();
    step_report r = trials_.begin(b, total_);
    const assignment sizes = next(r, b, turn, at);
    const double quality = trials_.judge(r, b, sizes);
    const candidate measured{sizes, quality, std::nullopt, r.origin, r.number};
    population_.offer_to(b, measured);
    if (turn < seeds_.size()) best_seed_.offer_to(b, measured);
    return trials_.end(std::move(r));
  }

  /// See `field_visitor`.
  template <class F>
  void visit(F& f) {
    f.same("steps", std::int64_t{how_.steps});
    f.same("drawn", std::int64_t{how_.drawn});
    f.same("parents", std::int64_t{how_.parents});
    f.same("crossover", how_.crossover);
    f.same("redrawn", how_.redrawn);
    std::string titles;
    for (const seed& s : seeds_) titles += rule_of(s).title(facts_, s.number) + '\n';
    f.same("seeds", std::string_view(titles));
    trials_.visit(f, total_);
    field_group<F> group(f, "population");
    population_.visit(group, trials_.shapes());
    field_group<F> kept(f, "best_seed");
    best_seed_.visit(kept, trials_.shapes());
  }

 private:
  struct seed {
    std::size_t rule;
    std::size_t number;
  };
  [[nodiscard]] const rule& rule_of(const seed& s) const { return how_.seeds[s.rule]; }

  /// What is measured in turn `turn` of budget b, which is step `at` of the search.
  assignment next(step_report& r, std::size_t b, std::size_t turn, std::size_t at) const {
    const budget limit = trials_.limits()[b];
    if (turn < seeds_.size()) {
      const rule& from = rule_of(seeds_[turn]);
      r.origin = from.title(facts_, seeds_[turn].number);
      return from.sizes(facts_, limit, trials_.asked().seed, seeds_[turn].number);
    }
    const auto population = population_.best(b);
    const random_stream stream(trials_.asked().seed, purpose::evolution);
    auto engine = stream.at(at, 0);
    const auto any_of = [&](std::size_t n) {
      return std::min(n - 1,
                      static_cast<std::size_t>(uniform01<double>(engine) * static_cast<double>(n)));
    };
    const assignment* first = nullptr;
    const assignment* second = nullptr;
    if (turn < seeds_.size() + static_cast<std::size_t>(how_.drawn)) {
      r.origin = "drawn";
    } else {
      const bool crosses = uniform01<double>(engine) < how_.crossover && population.size() > 1;
      const std::size_t i = any_of(population.size());
      first = &population[i].sizes;
      if (crosses)
        second = &population[(i + 1 + any_of(population.size() - 1)) % population.size()].sizes;
      r.origin = crosses ? "crossed" : "redrawn";
    }
    proposal p;
    for (std::size_t t = 0; t < trials_.shapes().size(); ++t) {
      const auto rows = stream.child(t + 1);
      auto& sizes = p.emplace_back();
      for (index_t row = 0; row < trials_.shapes()[t].rows; ++row) {
        auto own = rows.at(at, static_cast<std::uint64_t>(row));
        const double u = uniform01<double>(own);
        int size = 0;
        if (second)
          size = (*(u < 0.5 ? first : second))[t][row];
        else if (first && u >= how_.redrawn)
          size = (*first)[t][row];
        else
          size = laws_[b].draw(t, uniform01<double>(own));
        sizes.push_back(static_cast<float>(size));
      }
    }
    return project(trials_.shapes(), p, limit);
  }

  evolution how_;
  table_facts facts_;
  std::vector<seed> seeds_;
  std::vector<length_law> laws_;  // [budgets]
  best_memory population_;
  best_memory best_seed_;
  int total_;
};

}  // namespace ciess
