// SPDX-License-Identifier: MIT
/// @file
/// Settings for a whole study, by backbone: quick and measured, or the paper's.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/backbone/ials.hpp>
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/backbone/mf.hpp>
#include <ciess/backbone/neumf.hpp>
#include <ciess/backbone/ngcf.hpp>
#include <ciess/nn/chosen_loss.hpp>
#include <ciess/nn/loss_options.hpp>
#include <ciess/search/find_sizes.hpp>
#include <ciess/search/recommender_environment.hpp>
#include <ciess/search/rules/frequency.hpp>
#include <ciess/search/rules/tail_energy.hpp>
#include <ciess/study/method_names.hpp>
#include <ciess/study/named_rules.hpp>
#include <ciess/study/run_study.hpp>

namespace ciess {
/// Everything a study needs to be told: see `run_study`.
/// @tparam Environment  what measures the model
template <class Model, class Environment = recommender_environment<Model>>
struct preset {
  typename Model::options model;
  typename Environment::options environment;
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
  int measurements = 150;  ///< of each method that searches beside CIESS, for each budget
  std::size_t kinds = 2;   ///< of tables: users and items

  /// Gives each method that searches n measurements for each budget of `asked`, those of its seeds,
  /// too. A rule has as many as it offers assignments, and never more than these. CIESS has as many
  /// episodes for each budget, of about the usual steps; where these do not divide what its seeds
  /// leave, a few measurements less. Call it when budgets, seeds and `compared` are set.
  /// @throws argument_error unless n is in [1, 1000000] and, if CIESS is compared, not below the
  ///         number of its seeds
  void allow(int n) {
    if (n < 1 || n > 1'000'000)
      detail::throw_error<argument_error>("measurements must be in [1, 1000000], got ", n);
    measurements = n;
    const auto budgets = std::max<std::int64_t>(std::ssize(asked.budgets), 1);
    const std::int64_t all = budgets * n;
    table_facts facts;
    for (std::size_t k = 0; k < kinds; ++k) facts.kind.push_back(k);
    const auto seeds = static_cast<std::int64_t>(shapes().count(facts));
    if (n < seeds && detail::method_list(compared).asks_for("ciess"))
      detail::throw_error<argument_error>("measurements must be at least ", seeds,
                                          ", which the seeds of ciess take, got ", n);
    const int searched = static_cast<int>(std::max<std::int64_t>(n - seeds, 0));
    detail::allow_measurements(ciess, searched, static_cast<int>(budgets));
    constexpr std::int64_t most = std::numeric_limits<int>::max();
    study.most.steps = static_cast<int>(std::min(all, most));
  }
  /// Trains with another loss than BPR, in batches and at rates that suit it: of the warm preset
  /// those that did best in a few trials on MovieLens-1M. Penalty: none for cosines, which leave
  /// lengths alone. What the loss itself is told stays as it is; BPR changes nothing. Call it last
  /// of what changes the model; the settings of another preset are overwritten, too.
  /// @param data  all interactions, for the size of a batch
  /// @throws argument_error if the model cannot be trained with it, or an option is out of range
  void train_with(const loss_options& loss, const interactions& data)
    requires requires(typename Model::options& o) { o.loss = loss; }
  {
    loss.check("loss");
    if (loss.kind == loss_kind::bpr) return;
    if constexpr (!inner_product_backbone<Model>)
      detail::throw_error<argument_error>("loss: ", name_of(loss.kind),
                                          " compares vectors, and the scores of this model are no "
                                          "inner products of vectors: it learns by bpr alone");
    (void)chosen_loss<float>(data, loss);
    model.loss = loss;
    const bool all = loss.kind == loss_kind::softmax;
    model.batch = static_cast<int>(std::clamp<index_t>(data.size() / 8, 256, all ? 2'048 : 4'096));
    model.rate = {.first = 0.01, .factor = 0.9, .every = 100, .least = 1e-3};
    environment.tune_rate = {.first = 5e-3, .factor = 0.9, .every = 100, .least = 5e-4};
    // Rows that begin small are slow to come apart.
    if constexpr (requires { model.network.deviation; }) model.network.deviation = 0.1;
    const softmax_options& compared_by = all                           ? loss.full.softmax
                                         : loss.kind == loss_kind::sce ? loss.scalable.softmax
                                                                       : loss.sampled.softmax;
    if (compared_by.by == similarity::cosine) {
      // Cosines give a vector no slope along itself: a penalty alone would move its length, and
      // wear down rows of one number, which have nothing else.
      model.penalty = 0;
    } else if constexpr (std::same_as<Model, mf>) {
      model.penalty = 0.1;  // without, it learns by heart
    }
  }
  /// Assignments that seed searches.
  [[nodiscard]] frequency_rule shapes() const { return frequency_rule(exponents, weights); }

  /// The rules among those that are compared, and CIESS: what it has measured is known when the
  /// rules' turn comes. All that there are: `all_methods`.
  /// @throws argument_error if a name is unknown, or others are asked for by name
  [[nodiscard]] auto methods() const {
    const detail::method_list names(compared);
    auto all = study_methods(rules(names), ciess_method(names));
    names.check();
    return all;
  }

  /// Those of `names`, each with `rule_starts`.
  [[nodiscard]] std::vector<study_method<rule>> rules(const detail::method_list& names) const {
    std::vector<study_method<rule>> all;
    const auto add = [&](const char* name) {
      if (names.asks_for(name))
        all.push_back({*named_rule(name, {exponents, weights, tail_energy}), 1, rule_starts});
    };
    add("equal");
    add("random");
    add("frequency");
    if (!weights.empty()) add("weighted-frequency");
    add("mde");
    if constexpr (shows_tables<Model>) {
      if (!tail_energy.empty()) add("tail-energy");
      add("magnitude");
    }
    return all;
  }
  /// CIESS with its seeds, if it is among `names`.
  [[nodiscard]] std::vector<study_method<ciess_sizer<>>> ciess_method(
      const detail::method_list& names) const {
    if (!names.asks_for("ciess")) return {};
    ciess_sizer<> seeded = ciess;
    seeded.seeds.insert(seeded.seeds.begin(), shapes());
    return {{std::move(seeded), keep, {}}};
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
  if constexpr (requires { p.model.batch; })
    p.model.batch = static_cast<int>(std::clamp<index_t>(data.size() / 8, 256, 10'000));
  p.environment.seed = seed;
  p.asked.seed = seed;
  return p;
}

}  // namespace detail

/// The paper's settings: every step of the search trains from scratch for as long as the reference
/// program does, lambda is 0.4, chosen by hand. Days for MovieLens-1M on two cores.
/// Not of `ials`, which the paper does not know.
/// @param range  of sizes, d_min and d_max
/// @param data   all interactions, for the size of a batch
template <class Model>
  requires(!std::same_as<Model, ials>)
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
  if constexpr (std::same_as<Model, ials>) {  // a step is a sweep
    p.model.unobserved = usual_unobserved(data);
    p.environment.full = {.every = 1, .patience = 2, .max_steps = 30};
    p.environment.steps = 1;
    p.environment.tune = {.every = 1, .patience = 2, .max_steps = 15};
  }
  learn_quickly(p.ciess, std::max(data.users(), data.items()));
  return p;
}

}  // namespace ciess
