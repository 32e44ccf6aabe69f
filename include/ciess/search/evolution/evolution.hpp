// SPDX-License-Identifier: MIT
/// @file
/// Evolution of sizes: the best so far are crossed and changed.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
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
/// replaces the parents once a generation, this one after each measurement; `seeds` are ours, and
/// so is `bent`: a child that is its parent but for the shares of the tables and how steeply sizes
/// rise with frequency.
struct evolution {
  int steps = 200;            ///< measurements for each budget, those of seeds and drawn sizes, too
  int drawn = 20;             ///< of these, sizes drawn by `length_law`
  int parents = 15;           ///< so many of the best for a budget have children
  double crossover = 0.5;     ///< share of the children that have two parents
  double redrawn = 0.1;       ///< share of a single parent's rows that are drawn anew
  double bent = 0;            ///< share of the children that are a single parent's, bent: ours
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
    for (const auto& [what, share] : {std::pair{"crossover", crossover},
                                      std::pair{"redrawn", redrawn}, std::pair{"bent", bent}})
      if (!(share >= 0 && share <= 1))
        detail::throw_error<argument_error>("evolution: ", what, " must be in [0, 1], got ", share);
    if (crossover + bent > 1)
      detail::throw_error<argument_error>(
          "evolution: crossover and bent must be at most 1 in all, got ", crossover, " and ", bent);
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
    const auto [sizes, origin] = trials_.plan(known(at), [&](int step) { return next(step); });
    r.origin = origin;
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
    if (how_.bent > 0) f.same("bent", how_.bent);  // states of before know none
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

  /// Steps that can be planned before step `at` is measured: seeds and drawn sizes, then one child
  /// for each budget, since each has a population of its own.
  [[nodiscard]] int known(std::size_t at) const noexcept {
    const std::size_t budgets = trials_.limits().size();
    const std::size_t turns =
        std::max(seeds_.size() + static_cast<std::size_t>(how_.drawn), at / budgets + 1);
    return static_cast<int>(std::min(static_cast<std::size_t>(total_), turns * budgets));
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
    const auto population = population_.best(b);
    const random_stream stream(trials_.asked().seed, purpose::evolution);
    auto engine = stream.at(at, 0);
    const auto any_of = [&](std::size_t n) {
      return std::min(n - 1,
                      static_cast<std::size_t>(uniform01<double>(engine) * static_cast<double>(n)));
    };
    const assignment* first = nullptr;
    const assignment* second = nullptr;
    if (turn >= seeds_.size() + static_cast<std::size_t>(how_.drawn)) {
      const double u = uniform01<double>(engine);
      const bool crosses = u < how_.crossover && population.size() > 1;
      const std::size_t i = any_of(population.size());
      first = &population[i].sizes;
      if (!crosses && u >= 1 - how_.bent) {
        return {bend(*first, engine, limit), "bent"};
      }
      if (crosses)
        second = &population[(i + 1 + any_of(population.size() - 1)) % population.size()].sizes;
      origin = crosses ? "crossed" : "redrawn";
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
    return {project(trials_.shapes(), p, limit), origin};
  }

  /// Sizes times a number and a power of the frequency, one each for each kind of tables, or for
  /// each table where all are of one kind. Bends further until a size is another.
  [[nodiscard]] assignment bend(const assignment& sizes, random_engine& engine,
                                const budget& limit) const {
    // Far steps find the valley, near ones its floor: from a half down to a hundredth.
    double width = 0.5 * std::pow(50.0, -uniform01<double>(engine));
    const bool kinds = facts_.kinds() > 1;
    std::vector<std::array<double, 2>> drawn(kinds ? facts_.kinds() : facts_.shapes.size());
    for (auto& d : drawn) d = normal_pair<double>(engine);
    for (; width < 8; width *= 2) {
      assignment child = project(trials_.shapes(), bent(sizes, drawn, kinds, width), limit);
      if (child != sizes) return child;
    }
    return sizes;  // there may be no other
  }

  [[nodiscard]] proposal bent(const assignment& sizes, std::span<const std::array<double, 2>> drawn,
                              bool kinds, double width) const {
    proposal p;
    for (std::size_t t = 0; t < facts_.shapes.size(); ++t) {
      const auto [number, power] = drawn[kinds ? facts_.kind[t] : t];
      const auto frequency = facts_.frequency[t];
      double mean = 0;
      for (const double f : frequency) mean += std::log1p(f);
      mean /= static_cast<double>(std::max<std::size_t>(frequency.size(), 1));
      auto& wanted = p.emplace_back();
      for (std::size_t r = 0; r < frequency.size(); ++r) {
        const double by = width * (number + power * (std::log1p(frequency[r]) - mean));
        wanted.push_back(static_cast<float>(sizes[t][static_cast<index_t>(r)] *
                                            std::exp(std::clamp(by, -40.0, 40.0))));
      }
    }
    return p;
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
