// SPDX-License-Identifier: MIT
/// @file
/// Settings for a whole study, by backbone: quick and measured, or the paper's.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/backbone/lightgcn.hpp>
#include <ciess/backbone/mf.hpp>
#include <ciess/backbone/neumf.hpp>
#include <ciess/backbone/ngcf.hpp>
#include <ciess/search/bet/bet.hpp>
#include <ciess/search/dnis/dnis.hpp>
#include <ciess/search/evolution/evolution.hpp>
#include <ciess/search/find_sizes.hpp>
#include <ciess/search/recommender_environment.hpp>
#include <ciess/search/rules/frequency.hpp>
#include <ciess/search/rules/magnitude.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/rules/tail_energy.hpp>
#include <ciess/study/method_names.hpp>
#include <ciess/study/run_study.hpp>

namespace ciess {

/// Everything a study needs to be told: see `run_study`.
template <class Model>
struct preset {
  typename Model::options model;
  typename recommender_environment<Model>::options environment;
  sizing_request asked;
  ciess_sizer<> ciess;
  int keep = 3;  ///< of CIESS's best for each budget are trained to the end
  study_options study{};
  /// Of the frequency rules: exponents, and weights on the users' tables.
  std::vector<double> exponents{0, 0.5, 1};
  std::vector<double> weights{0.25, 4, 16, 256};
  /// Of the tail-energy rule; the best as measured is trained.
  std::vector<tail_energy_options> tail_energy{{0, 1}, {0, 2}, {0.25, 2}, {0.5, 1}, {0.5, 2}};
  std::vector<start> rule_starts{};  ///< see `study_method::starts`
  /// Of these the study consists, see `chosen_methods`; what the model or the preset cannot do
  /// stays away if nobody asked for it by name.
  std::vector<std::string> compared{};
  ciess::bet bet{.steps = 150};  ///< with its predictor and without
  /// With what seeds CIESS, and without, as published.
  ciess::evolution evolution{.steps = 150};
  ciess::dnis dnis{};

  /// Gives each method that searches n measurements for each budget of `asked`, those of its seeds,
  /// too. A rule has as many as it offers assignments, and never more than these; DNIS, which
  /// trains beside them, as many training steps.
  /// @throws argument_error unless n is in [1, 1000000]
  void allow(int n) {
    if (n < 1 || n > 1'000'000)
      detail::throw_error<argument_error>("measurements must be in [1, 1000000], got ", n);
    const auto budgets = std::max<std::int64_t>(std::ssize(asked.budgets), 1);
    const std::int64_t all = budgets * n;
    bet.steps = evolution.steps = n;
    const std::int64_t own = std::int64_t{ciess::dnis::steps_of_pair} * dnis.pairs;
    const std::int64_t each = environment.steps + own;
    dnis.steps = static_cast<int>(std::max<std::int64_t>(n * environment.steps / each, 1));
    table_facts facts;
    facts.kind = {0, 1};  // users and items
    const auto seeds = static_cast<std::int64_t>(shapes().count(facts));
    const std::int64_t searched = std::max<std::int64_t>(all - budgets * seeds, 0);
    ciess.episodes = static_cast<int>((searched + ciess.steps - 1) / ciess.steps);
    constexpr std::int64_t most = std::numeric_limits<int>::max();
    study.most.steps = static_cast<int>(std::min(all, most));
  }
  /// Assignments that seed searches.
  [[nodiscard]] frequency_rule shapes() const { return frequency_rule(exponents, weights); }

  /// What the study compares. Learners stand last: what they have measured is known when the rules'
  /// turn comes.
  /// @throws argument_error if a name is unknown, or more is asked than the model can do
  [[nodiscard]] auto methods() const {
    const auto names = chosen_methods(compared);
    std::vector<std::string_view> there;
    const auto asked_for = [&](std::string_view name) {
      const bool found = std::ranges::count(names, name) > 0;
      if (found) there.push_back(name);
      return found;
    };
    std::vector<study_method<rule>> rules;
    const auto add = [&](const char* name, rule r) {
      if (asked_for(name)) rules.push_back({std::move(r), 1, rule_starts});
    };
    add("equal", equal_rule());
    add("random", random_rule());
    add("frequency", frequency_rule(exponents));
    if (!weights.empty()) add("weighted-frequency", frequency_rule(exponents, weights));
    if constexpr (shows_tables<Model>) {
      if (!tail_energy.empty()) add("tail-energy", tail_energy_rule(tail_energy));
      add("magnitude", magnitude_rule());
    }
    std::vector<study_method<ciess::bet>> drawn;
    for (const bool predictor : {false, true})
      if (asked_for(predictor ? "bet" : "random-bet")) {
        ciess::bet how = bet;
        how.predictor = predictor;
        drawn.push_back({std::move(how), keep, {}});
      }
    std::vector<study_method<ciess::evolution>> evolved;
    for (const char* name : {"optembed", "evolution"})
      if (asked_for(name)) {
        ciess::evolution how = evolution;
        if (name == std::string_view("evolution")) how.seeds.insert(how.seeds.begin(), shapes());
        evolved.push_back({std::move(how), keep, {}});
      }
    std::vector<study_method<ciess::dnis>> gradients;
    if (asked_for("dnis")) gradients.push_back({dnis, keep, {}});
    std::vector<study_method<ciess_sizer<>>> learners;
    if (asked_for("ciess")) {
      ciess_sizer<> seeded = ciess;
      seeded.seeds.insert(seeded.seeds.begin(), shapes());
      learners.push_back({std::move(seeded), keep, {}});
    }
    for (const std::string& name : compared)
      if (name != "all" && std::ranges::count(there, name) == 0)
        detail::throw_error<argument_error>("methods: ", name,
                                            " is not to be had with this model and preset");
    return study_methods(std::move(rules), std::move(drawn), std::move(evolved),
                         std::move(gradients), std::move(learners));
  }
};

namespace detail {

/// Steps of a training from scratch in the reference program, on MovieLens-1M.
template <class Model>
inline constexpr int reference_steps = 2000;
template <>
inline constexpr int reference_steps<ngcf> = 3000;
template <>
inline constexpr int reference_steps<neumf> = 1500;

template <class Model>
preset<Model> preset_for(size_range range, const interactions& data, std::uint64_t seed) {
  preset<Model> p;
  p.model.range = range;
  // The reference's batch, but not many times the whole of a small data set.
  p.model.batch = static_cast<int>(std::clamp<index_t>(data.size() / 8, 256, 10'000));
  p.environment.seed = seed;
  p.asked.seed = seed;
  return p;
}

}  // namespace detail

/// The paper's settings: every step of the search trains from scratch for as long as the reference
/// program does, lambda is 0.4, chosen by hand. Days for MovieLens-1M on two cores.
/// @param range  of sizes, d_min and d_max
/// @param data   all interactions, for the size of a batch
template <class Model>
[[nodiscard]] preset<Model> paper_preset(size_range range, const interactions& data,
                                         std::uint64_t seed) {
  auto p = detail::preset_for<Model>(range, data, seed);
  p.environment.full = {
      .every = 100, .patience = 2, .max_steps = 2 * detail::reference_steps<Model>};
  p.environment.steps = detail::reference_steps<Model>;
  p.ciess.controller.price = {.first = 0.4, .least = 0.4, .most = 0.4};
  p.weights = {};                           // no seeds but those of the frequency rule
  p.tail_energy = {tail_energy_options{}};  // a choice would cost a training each
  return p;
}

/// Minutes instead: one full-size model is trained and made ready for cuts, a step of the search
/// cuts it and tunes it for 10 or 20 steps. The numbers were found on MovieLens-1M.
template <class Model>
[[nodiscard]] preset<Model> warm_preset(size_range range, const interactions& data,
                                        std::uint64_t seed) {
  auto p = detail::preset_for<Model>(range, data, seed);
  p.environment.full = {.every = 100, .patience = 2, .max_steps = 1500};
  p.environment.from = start::warm;
  p.environment.steps = 20;
  p.environment.tune = {.every = 100, .patience = 2, .max_steps = 800};
  p.environment.tune_rate = {.first = 0.02, .factor = 0.9, .every = 100, .least = 1e-3};
  if constexpr (std::same_as<Model, lightgcn>) {
    p.model.rate = {.first = 0.03, .factor = 0.9, .every = 100, .least = 1e-3};
    p.model.network.storage = gathered::bfloat16;
    p.environment.full.max_steps = 3000;  // small tables are slow to come to their end
    p.environment.nested_steps = 300;
    p.rule_starts = {start::scratch, start::warm};
  }
  // With the reference's rates these stay far below what they can do (bench/RESULTS.md).
  if constexpr (std::same_as<Model, mf>) {
    p.model.rate = {.first = 3e-3, .factor = 0.9, .every = 100, .least = 3e-4};
    p.model.penalty = 1e-2;
    p.environment.tune_rate = {.first = 3e-3, .factor = 0.9, .every = 100, .least = 3e-4};
  }
  if constexpr (std::same_as<Model, ngcf>) {
    p.model.rate = {.first = 3e-3, .factor = 0.9, .every = 100, .least = 3e-4};
    p.environment.tune_rate = {.first = 5e-3, .factor = 0.9, .every = 100, .least = 3e-4};
  }
  if constexpr (std::same_as<Model, neumf>) {
    p.model.rate = {.first = 3e-3, .factor = 0.9, .every = 50, .least = 1e-4};
    p.model.penalty = 3e-3;
    p.environment.steps = 10;  // a cut along NeuMF's axes needs hardly any tuning
    p.environment.tune = {.every = 50, .patience = 2, .max_steps = 800};
    p.environment.tune_rate = {.first = 3e-4, .factor = 0.9, .every = 50, .least = 1e-4};
  }
  learn_quickly(p.ciess, std::max(data.users(), data.items()));
  return p;
}

}  // namespace ciess
