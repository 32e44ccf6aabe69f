// SPDX-License-Identifier: MIT
/// @file
/// The whole job: search sizes for a recommender and measure, on data the search never saw, what
/// they cost beside simple rules.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <ciess/data/split.hpp>
#include <ciess/ranking/evaluation.hpp>
#include <ciess/ranking/popularity.hpp>
#include <ciess/search/baselines.hpp>
#include <ciess/search/detail/study_memory.hpp>
#include <ciess/search/projection.hpp>
#include <ciess/search/recommender_environment.hpp>
#include <ciess/search/search_cost.hpp>
#include <ciess/search/search_process.hpp>
#include <ciess/search/shapes.hpp>
#include <ciess/search/state_store.hpp>
#include <ciess/search/tail_energy.hpp>

namespace ciess {

/// What one method found for one budget and what it is worth.
struct method_result {
  /// "equal", "random", "frequency", "weighted-frequency", "tail-energy", "ciess"
  std::string method;
  std::string origin;  ///< what proposed the sizes
  assignment sizes;
  double validation = 0;   ///< mean quality after full training, on validation
  training_recipe recipe;  ///< how it was trained
  evaluation test;         ///< trained by the recipe on train + validation, measured on test
};

/// Figures of a study.
struct study_result {
  /// All methods under one budget.
  struct row {
    double budget = 0;  ///< share of numbers to remove
    std::vector<method_result> methods;
    std::size_t best = 0;  ///< which of them is best on validation: what to take in the end

    [[nodiscard]] const method_result& best_of_all() const { return methods.at(best); }
  };
  struct {
    double pretrain = 0, search = 0, retrain = 0, total = 0;
  } seconds;
  std::int64_t full_numbers = 0;   ///< numbers of the full-size tables
  std::int64_t other_numbers = 0;  ///< numbers of the model that are in no table and have no size
  double full_validation = 0;
  evaluation full;  ///< of the full-size model, on test
  /// Mean quality of `evaluate_popularity` on train, on validation.
  double popularity_validation = 0;
  evaluation popularity;  ///< the same of train + validation, on test: what a model has to beat
  std::vector<row> budgets;
  bool stopped = false;
};

/// What a study does beside the search itself.
struct study_options {
  /// Exponents of the frequency baseline, swept for users and items independently; the best on
  /// validation is reported.
  std::vector<double> exponents{0, 0.5, 1};
  /// Further shapes for the search: the sweep again, with these weights on the users' tables.
  std::vector<double> weights{0.25, 4, 16, 256};
  /// How many shapes of the sweep are trained to the end before the best on validation is taken.
  int frequency_keep = 1;
  /// Exponents p and q of the tail-energy rule; the best pair as measured in the search is
  /// reported. None: no such row; nor is there one if the model does not show its tables.
  std::vector<tail_energy_options> tail_energy{{0, 1}, {0, 2}, {0.25, 2}, {0.5, 1}, {0.5, 2}};
  /// Starts of the simple rules, each a row of its own: what the sizes bring and what the start
  /// brings can then be told apart. No start twice, the quickest last: after a stop it is the only
  /// one. Empty: the better one of the environment's.
  std::vector<start> rule_starts{};
  /// Asked before the search and before each training after it: true ends the study, as a stopped
  /// search does.
  std::function<bool()> stopping{};
  /// What a study does that is to end: report what there is, as quickly as may be, or leave it for
  /// later, by throwing `interrupted`.
  bool leave_when_stopped = false;
  std::uint64_t seed = 1;  ///< of the random sizes
};

namespace detail {

/// Quality of a given shape under a budget, as measured during a search.
struct shape_score {
  double budget;
  std::size_t shape;
  double quality;
};

/// The shapes with the best scores for a budget, best first; ties: the first measured.
inline std::vector<std::size_t> best_shapes(std::vector<shape_score> scores, double budget,
                                            int keep) {
  std::erase_if(scores, [=](const shape_score& s) { return s.budget != budget; });
  std::ranges::sort(scores, [](const shape_score& a, const shape_score& b) {
    return a.quality != b.quality ? a.quality > b.quality : a.shape < b.shape;
  });
  std::vector<std::size_t> best;
  for (const auto& s : scores)
    if (std::ssize(best) < keep) best.push_back(s.shape);
  return best;
}

/// What names the start of a method beside its others.
inline const char* start_suffix(start from) noexcept {
  return from == start::warm ? ", warm" : ", scratch";
}

}  // namespace detail

/// A method as a table names it: with its start, if it was tried from several.
[[nodiscard]] inline std::string label(const study_result::row& row, const method_result& m) {
  const bool several = std::ranges::any_of(row.methods, [&](const method_result& other) {
    return other.method == m.method && other.recipe.from != m.recipe.from;
  });
  if (!several) return m.method;
  return m.method + detail::start_suffix(m.recipe.from);
}

/// Whether the parts can be studied: of the same users and items, with pairs in each, and all or
/// none of train and validation with times and weights, for the last training is on both.
/// @throws argument_error naming the part
inline void check_parts(const split& parts) {
  for (const auto& [name, part] :
       {std::pair{"train", &parts.train}, std::pair{"validation", &parts.validation},
        std::pair{"test", &parts.test}}) {
    if (part->users() != parts.train.users() || part->items() != parts.train.items())
      detail::throw_error<argument_error>("study: train has ", parts.train.users(), " users and ",
                                          parts.train.items(), " items, ", name, " has ",
                                          part->users(), " and ", part->items());
    if (part->empty())
      detail::throw_error<argument_error>(
          "study: no pair in ", name,
          ": users need at least one each to train on, to choose by and to report on");
  }
  detail::check_details_alike("study", parts.train, parts.validation);
}

/// Whether somebody is judged in validation and in test: with `known_only` all may be strangers.
/// @throws argument_error naming the part
inline void check_judged(const split& parts, const evaluation_options& judge) {
  const auto check = [&](const char* name, const interactions& known, const interactions& part) {
    if (evaluate_popularity(known, part, judge).evaluated_users == 0)
      detail::throw_error<argument_error>("study: no user has a pair that counts in ", name,
                                          ", so there is nothing to choose by or to report on");
  };
  check("validation", parts.train, parts.validation);
  check("test", merge(parts.train, parts.validation), parts.test);
}

/// Searches with `o` and reports, for each budget: equal sizes, mixed random sizes, the best
/// frequency power, sizes by tail energy, and what CIESS found; each trained to the end (validation
/// decides when to stop and which candidate to take), then trained anew on train + validation and
/// measured on test.
///
/// Each row is its own method's: "ciess" is the best of what its search has measured, which its
/// given shapes are part of (`origin` says so). What is best on validation among all rows is
/// `row::best`.
///
/// @param make_model  callable (const interactions& train) -> Model
/// @param parts       train, validation, test
/// @param environment_options  of `recommender_environment<Model>`
/// @param say         told in a few words what begins now
/// @param store        a `state_store`: the full-size model once it is trained, the search when it
///                     is due and at its end, each training after it. What is there already is not
///                     done again: the same bytes come out as without an interruption. If it has a
///                     `searched(process)`, that is called with the `search_process` at its end;
///                     if it has a `trained(budget, model)`, that is called for each budget with
///                     the model of its best row, trained on train + validation, before the store
///                     is told that it was
/// @param observers  of the search; these and the store are not kept, so they may be temporary
/// @throws argument_error before anything is trained if parts, options or budgets do not fit;
///         data_error if what the store holds belongs to another study; `interrupted`, see
///         `study_options::leave_when_stopped`
template <class MakeModel, class EnvironmentOptions, class SearchOptions, state_store Store,
          observer... Observers>
study_result run_study(MakeModel make_model, const split& parts,
                       const EnvironmentOptions& environment_options, SearchOptions o,
                       const study_options& study,
                       const std::function<void(const std::string&)>& say, Store&& store,
                       Observers&&... observers) {
  using model = std::invoke_result_t<MakeModel&, const interactions&>;
  using clock = std::chrono::steady_clock;
  auto lap = clock::now();
  const auto seconds = [&] {
    const auto now = clock::now();
    const double s = std::chrono::duration<double>(now - lap).count();
    lap = now;
    return s;
  };

  check_parts(parts);
  if (study.rule_starts.size() > 2 ||
      (study.rule_starts.size() == 2 && study.rule_starts[0] == study.rule_starts[1]))
    detail::throw_error<argument_error>("run_study: a start of the rules is given twice");
  if (!warm_startable<model> && std::ranges::count(study.rule_starts, start::warm))
    detail::throw_error<argument_error>(
        "run_study: rules cannot start warm with a backbone that is not warm_startable");
  for (const auto& e : study.tail_energy)
    if (!(e.p >= 0 && std::isfinite(e.p) && e.q >= 0 && std::isfinite(e.q)))
      detail::throw_error<argument_error>(
          "run_study: exponents of tail energy must be finite and >= 0, got ", e.p, " and ", e.q);

  study_result result;
  recommender_environment<model> env(make_model(parts.train), parts.train, parts.validation,
                                     environment_options);
  const auto powers = power_sweep(env, study.exponents, {}, 2);
  o.shapes.insert(o.shapes.begin(), powers.begin(), powers.end());
  std::vector<named_proposal> weighted;
  if (!study.weights.empty()) weighted = power_sweep(env, study.exponents, study.weights, 2);
  o.shapes.insert(o.shapes.end(), weighted.begin(), weighted.end());
  check_search_options(env, o);

  const auto& judge = environment_options.evaluation;
  check_judged(parts, judge);
  result.popularity_validation = evaluate_popularity(parts.train, parts.validation, judge).mean;
  result.popularity = evaluate_popularity(merge(parts.train, parts.validation), parts.test, judge);

  detail::study_memory memory(env.shapes(),
                              {environment_options.seed, environment_options.full,
                               environment_options.tune, environment_options.tune_rate},
                              o.budgets.size());
  (void)store.load("trainings", memory);
  const auto stopped = [&] {
    if (!result.stopped && study.stopping && study.stopping()) result.stopped = true;
    if (result.stopped && study.leave_when_stopped) throw interrupted("the study was stopped");
    return result.stopped;
  };

  if (!store.load("peak", env)) {
    say("training the full-size model");
    env.peak();
    store.save("peak", env);
    memory.pretrain_seconds += seconds();
    store.save("trainings", memory);
  }
  result.full_validation = env.peak_evaluation().mean;
  result.full_numbers = assignment(env.shapes()).total();
  if constexpr (requires { env.model().other_numbers(); })
    result.other_numbers = env.model().other_numbers();

  search_process process(env, o);
  if (store.load("search", process)) detail::notify_resumed(process.history(), observers...);
  if (!process.done()) {
    say("searching: " + readable_cost({env, o}));
    bool go_on = !stopped();
    while (go_on) {
      go_on = process.step(observers...);
      if (!go_on || store.due()) store.save("search", process);
    }
    result.stopped = !process.done();
  }
  (void)stopped();
  if constexpr (requires { store.searched(process); }) store.searched(process);
  const auto found = process.result();
  // The given shapes come first, budget by budget; of those the sweep without weights, and last the
  // one with weights.
  std::vector<detail::shape_score> scores, weighted_scores;
  for (const step_report& s : process.history()) {
    if (s.episode >= 0) break;
    const auto shape = static_cast<std::size_t>(s.step);
    const bool plain = shape < powers.size();
    if (plain) scores.push_back({s.target, shape, s.quality});
    if (plain || shape + weighted.size() >= o.shapes.size())
      weighted_scores.push_back({s.target, shape, s.quality});
  }
  (void)seconds();

  const std::vector<start> usual = environment_options.retrain_from.empty()
                                       ? std::vector{environment_options.from}
                                       : environment_options.retrain_from;
  const auto done = [&] {
    memory.retrain_seconds += seconds();
    store.save("trainings", memory);
  };
  // Rules may agree, and the search may come to what a rule says: nothing is trained twice.
  const auto retrain = [&](const assignment& sizes, std::span<const start> starts) {
    std::vector<int> from;
    for (const start s : starts) from.push_back(static_cast<int>(s));
    if (const auto* known = memory.find(sizes, from))
      return std::pair{known->quality, known->recipe};
    const measurement m = env.retrain(sizes, starts);
    memory.trained.push_back({sizes, from, m.quality, env.last_recipe()});
    done();
    return std::pair{m.quality, env.last_recipe()};
  };
  // Trains the candidates of one method to the end and takes the best on validation.
  const auto finish = [&](const std::string& method, std::span<const candidate> candidates,
                          std::span<const start> starts) {
    method_result best;
    for (const auto& c : candidates) {
      // What was stopped is brought to its end quickly: one candidate for each method.
      if (stopped() && !best.method.empty()) break;
      const auto [quality, recipe] = retrain(c.sizes, starts);
      if (best.method.empty() || quality > best.validation)
        best = {method, c.origin, c.sizes, quality, recipe, {}};
    }
    return best;
  };
  for (std::size_t b = 0; b < o.budgets.size(); ++b) {
    say(joined("training the candidates at ", 100 * o.budgets[b], '%'));
    auto& row = result.budgets.emplace_back();
    row.budget = o.budgets[b];
    const auto limit = budget::from_sparsity(row.budget, env.shapes());
    const auto rule = [&](const proposal& p, const std::string& name) {
      return candidate{project(env.shapes(), p, limit), 0, {}, name, 0};
    };
    struct simple_rule {
      std::string method;
      std::vector<candidate> candidates;
    };
    std::vector<simple_rule> rules{
        {"equal", {rule(equal_proposal(env.shapes()), "equal")}},
        {"random", {rule(random_proposal(env.shapes(), study.seed), "random")}},
        {"frequency", {}},
        {"weighted-frequency", {}},
        {"tail-energy", {}}};
    const auto take_best = [&](simple_rule& r, const std::vector<detail::shape_score>& of) {
      for (const auto shape : detail::best_shapes(of, row.budget, study.frequency_keep))
        r.candidates.push_back(rule(o.shapes[shape].sizes, o.shapes[shape].name));
    };
    take_best(rules[2], scores);
    if (!study.weights.empty()) take_best(rules[3], weighted_scores);
    if constexpr (energetic_environment<recommender_environment<model>>) {
      std::optional<double> best;
      for (const auto& exponents : study.tail_energy) {
        // One pair has nobody to be compared with; nor is there time to after a stop.
        const bool choose = study.tail_energy.size() > 1 && !stopped();
        if (best && !choose) break;
        auto sizes = tail_energy_sizes(env, limit, exponents);
        const double quality = choose ? env.measure(sizes).quality : 0;
        if (best && quality <= *best) continue;
        best = quality;
        auto name = joined("tail energy (", exponents.p, ", ", exponents.q, ')');
        rules[4].candidates = {candidate{std::move(sizes), quality, {}, std::move(name), 0}};
      }
    }
    for (const auto& r : rules) {
      if (r.candidates.empty()) continue;
      if (study.rule_starts.empty()) {
        row.methods.push_back(finish(r.method, r.candidates, usual));
        continue;
      }
      // After a stop, the start that is quicker: the last one.
      for (const start from :
           std::span(study.rule_starts).last(stopped() ? 1 : study.rule_starts.size()))
        row.methods.push_back(finish(r.method, r.candidates, std::span(&from, 1)));
    }
    // Nothing of its own if a price by hand has missed the budget.
    if (auto ours = finish("ciess", found.best[b], usual); !ours.method.empty())
      row.methods.push_back(std::move(ours));
    const auto best = std::ranges::max_element(row.methods, {}, &method_result::validation);
    row.best = static_cast<std::size_t>(best - row.methods.begin());
  }

  say("last training on train + validation, measured on test");
  const interactions known = merge(parts.train, parts.validation);
  recommender_environment<model> last(make_model(known), known, parts.test, environment_options);
  if (!store.load("last-peak", last)) {
    last.peak_after(env.peak_steps());
    store.save("last-peak", last);
  }
  result.full = last.peak_evaluation();
  auto at_hand = detail::study_memory::none;  // the test whose model `last` has
  const auto test = [&](method_result& m) {
    const auto* before = memory.find(m.sizes, m.recipe);
    if (!before) {
      memory.tested.push_back({m.sizes, m.recipe, last.train_by(m.recipe, m.sizes)});
      at_hand = std::ssize(memory.tested) - 1;
      done();
      before = &memory.tested.back();
    }
    m.test = before->figures;
    return static_cast<std::int64_t>(before - memory.tested.data());
  };
  // One training may win several budgets, or be known from before an interruption.
  const auto hand_over = [&](std::size_t b, const method_result& m, std::int64_t tested) {
    if constexpr (requires { store.trained(double{}, last.model()); }) {
      auto& handed = memory.handed[b];
      if (handed == tested) return;
      if (handed != memory.none) {  // what is to be replaced no longer counts
        handed = memory.none;
        done();
      }
      if (at_hand != tested) (void)last.train_by(m.recipe, m.sizes);
      at_hand = tested;
      store.trained(result.budgets[b].budget, last.model());
      handed = tested;
      done();
    }
  };
  // What is to be taken and the search's own first: after a stop the others, if not measured yet,
  // are left out.
  for (std::size_t b = 0; b < result.budgets.size(); ++b) {
    (void)stopped();
    auto& row = result.budgets[b];
    hand_over(b, row.methods[row.best], test(row.methods[row.best]));
    if (row.methods.back().method == "ciess") (void)test(row.methods.back());
  }
  for (auto& row : result.budgets) {
    std::vector<method_result> measured;
    for (std::size_t i = 0; i < row.methods.size(); ++i) {
      auto& m = row.methods[i];
      if (!memory.find(m.sizes, m.recipe) && stopped()) continue;
      (void)test(m);
      if (i == row.best) row.best = measured.size();
      measured.push_back(std::move(m));
    }
    row.methods = std::move(measured);
  }
  memory.retrain_seconds += seconds();
  auto& took = result.seconds;
  took.pretrain = memory.pretrain_seconds;
  took.search = process.history().empty() ? 0 : process.history().back().seconds;
  took.retrain = memory.retrain_seconds;
  took.total = took.pretrain + took.search + took.retrain;
  return result;
}

/// The same without a store.
template <class MakeModel, class EnvironmentOptions, class SearchOptions, observer... Observers>
study_result run_study(MakeModel make_model, const split& parts,
                       const EnvironmentOptions& environment_options, SearchOptions o,
                       const study_options& study,
                       const std::function<void(const std::string&)>& say,
                       Observers&&... observers) {
  return run_study(std::move(make_model), parts, environment_options, std::move(o), study, say,
                   no_store{}, observers...);
}

}  // namespace ciess
