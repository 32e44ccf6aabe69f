// SPDX-License-Identifier: MIT
// Are the defaults any good on a model that they were not made on? Two recommenders are plugged in
// as a stranger would, and asked for sizes by `search(env, {.budgets = ...})` and nothing else:
// fastText, which is somebody else's, and iALS, a plain re-implementation. Printed is the test mean
// of six (Recall and NDCG at 5, 10, 20) of full size, equal sizes, the best rules and what was
// found, each finished alike: from scratch, and cut from the full size on its principal axes.
//
//   ciess_foreign --data ml-1m.txt --model ials --seed 1
//   ciess_foreign --data ml-1m.txt --model ials --dim 64 --cut --seed 1
//   ciess_foreign --data ml-1m.txt --model fasttext --seed 1
#include <ciess/core/threads.hpp>
#include <ciess/data/load_dataset.hpp>
#include <ciess/search/find_sizes.hpp>
#include <ciess/search/observers/history.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/rules/tail_energy.hpp>
#include <ciess/study/ranking_task.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <functional>
#include <iostream>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "../support/measure.hpp"
#include "cut_environment.hpp"
#include "ials.hpp"
#ifdef CIESS_FOREIGN_FASTTEXT
#include "fasttext.hpp"
#endif

namespace {

struct settings {
  std::string data, model = "ials", history;
  int dim = 32, threads = 0, steps = -1;
  bool cut = false, scratch = false;
  double budget = 0.9;
  std::uint64_t seed = 1;
};

/// What a search came to, and the rules that it had measured first.
struct asked {
  std::vector<ciess::candidate> rules;  ///< best first, as measured
  ciess::search_result found;
  double seconds = 0;
};

/// What a user writes is the one call; that the rules are listed is for the table.
template <class E>
asked ask(E& env, const settings& s) {
  asked a;
  const ciess::rule seeds = ciess::rule_seeds();
  const ciess::table_facts facts = ciess::facts_of(env);
  const auto limit = ciess::budget::from_sparsity(s.budget, env.shapes());
  const auto note = [&](const ciess::step_report& r) {
    if (r.noted("episode") >= 0) return;
    const auto i = std::size_t(r.noted("step"));
    a.rules.push_back({seeds.sizes(facts, limit, s.seed, i), r.quality, {}, r.origin, r.number});
  };
  std::ofstream file;
  if (!s.history.empty()) file.open(s.history);
  ciess::history lines(file);
  const auto write = [&](const ciess::step_report& r) {
    if (file.is_open()) lines(r);
  };
  a.seconds = ciess_bench::milliseconds(
                  [&] { a.found = ciess::search(env, {.budgets = {s.budget}}, note, write); }) /
              1000;
  std::ranges::stable_sort(a.rules, std::greater{}, &ciess::candidate::quality);
  return a;
}

void print_header() {
  std::printf("%-40s %8s %10s %10s %10s %7s  %s\n", "sizes", "numbers", "validation", "same, test",
              "test mean", "users", "items");
}
/// @param same  of the vectors that validation has judged, on test
void print(const std::string& what, const ciess::assignment& sizes, double validation, double same,
           const ciess::evaluation& test) {
  std::printf("%-40s %8lld %10.4f %10.4f %10.4f %7.2f  %.2f\n", what.c_str(),
              static_cast<long long>(sizes.total()), validation, same, test.mean,
              double(sizes[0].total()) / double(sizes[0].rows()),
              double(sizes[1].total()) / double(sizes[1].rows()));
  std::fflush(stdout);
}

/// Each size is the mean of those of a twentieth of the rows, those of most like frequency: what is
/// left of a search's choice when what it knows of single rows is taken away.
template <class E>
ciess::assignment smoothed(const E& env, const ciess::assignment& sizes, ciess::budget limit) {
  ciess::proposal p;
  for (std::size_t t = 0; t < env.shapes().size(); ++t) {
    const auto n = std::size_t(env.shapes()[t].rows);
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t r) { return env.frequency(t)[r]; });
    std::vector<double> sum{0};
    for (const std::size_t r : order) sum.push_back(sum.back() + sizes[t][ciess::row_id(r)]);
    auto& out = p.emplace_back(n);
    for (std::size_t k = 0; k < n; ++k) {
      const std::size_t from = k - std::min(k, n / 40), to = std::min(n, k + n / 40 + 1);
      out[order[k]] = float((sum[to] - sum[from]) / double(to - from));
    }
  }
  return ciess::project(env.shapes(), p, limit);
}

/// Seven members, and two that open the tables: each measurement trains `steps` steps of a cut of
/// the full size, each row of the table is trained to the end, then anew on train + validation.
template <class Model>
void trained(ciess::dataset data, typename Model::options how, int steps,
             const ciess::train_until_options& full, const settings& s) {
  static_assert(ciess::turnable_tables<Model>);
  ciess::preset<Model> p;
  p.model = how;
  p.environment.seed = s.seed;
  p.environment.from = s.scratch ? ciess::start::scratch : ciess::start::warm;
  p.environment.steps = s.steps >= 0 ? s.steps : steps;
  p.environment.full = full;
  p.environment.tune = full;
  ciess::ranking_task<Model> task(std::move(data), p, s.seed);
  auto& env = task.environment();
  const auto& [train, validation, test] = task.data().parts;
  const ciess::interactions known = ciess::merge(train, validation);

  const double full_seconds = ciess_bench::milliseconds([&] { (void)env.full(); }) / 1000;
  std::printf("full size after %d steps, %.0f s\n", env.full_steps(), full_seconds);
  print_header();
  const auto same = [&] { return ciess::evaluate(env.model(), known, test).mean; };
  print("full", ciess::assignment(env.shapes()), env.full_evaluation().mean, same(), task.full());

  const auto finish = [&](const std::string& what, const ciess::assignment& sizes) {
    // As `task.finish` does where models start from scratch.
    const double scratch = env.retrain(sizes, std::array{ciess::start::scratch}).quality;
    const double scratch_same = same();
    const int scratch_steps = env.last_recipe().steps;
    Model last(known, how, s.seed);
    last.resize(sizes);
    last.reset(s.seed);
    if (scratch_steps > 0) (void)last.train(scratch_steps);
    print(what + ", scratch " + std::to_string(scratch_steps), sizes, scratch, scratch_same,
          ciess::evaluate(last, known, test));
    if (s.scratch) return;
    const auto figures = task.finish(sizes);
    // `finish` leaves the one that it chose by validation there.
    const double warm = ciess::evaluate(env.model(), train, validation).mean;
    print(what + ", warm " + std::to_string(env.last_recipe().steps), sizes, warm, same(), figures);
  };
  const auto limit = ciess::budget::from_sparsity(s.budget, env.shapes());
  finish("equal", ciess::project(env.shapes(), ciess::equal_proposal(env.shapes()), limit));
  const asked a = ask(env, s);
  for (std::size_t n = 0; n < 3; ++n) {
    const auto& rule = a.rules[n];
    finish("rule " + std::to_string(n + 1) + " " + rule.origin, rule.sizes);
  }
  const auto energy = ciess::search(env, ciess::rule(ciess::tail_energy_rule()),
                                    {.budgets = {s.budget}, .seed = s.seed});
  finish("not asked: " + energy.best_of(s.budget).origin, energy.sizes(s.budget));
  const auto& best = a.found.best_of(s.budget);
  finish("found: " + best.origin, best.sizes);
  finish("found, smoothed", smoothed(env, best.sizes, limit));
  std::printf("search with its trainings: %d measurements, %.0f s\n", a.found.steps, a.seconds);
  std::printf("best rule measured %.4f\n", a.rules.front().quality);
  for (const auto& c : a.found.best[0])
    std::printf("  kept: %s, step %d, measured %.4f, trained %.4f\n", c.origin.c_str(), c.step,
                c.quality, c.retrained.value_or(0));
}

/// Four members: the full-size vectors are turned onto principal axes, cut and judged. In the end
/// those of a model that was trained as long on train + validation are cut alike.
template <class Model>
void cut(const ciess::dataset& data, typename Model::options how,
         const ciess::train_until_options& full, const settings& s) {
  const auto& [train, validation, test] = data.parts;
  const auto vectors_of = [](const Model& m) {
    return foreign::vectors{m.user_vectors(), m.item_vectors()};
  };
  typename ciess::recommender_environment<Model>::options o;
  o.full = full;
  o.seed = s.seed;
  ciess::recommender_environment<Model> trainer(Model(train, how, s.seed), train, validation, o);
  (void)trainer.full();
  // The environment has turned its own model, for warm starts.
  Model first(train, how, s.seed);
  (void)first.train(trainer.full_steps());
  const auto ours = vectors_of(first);
  const ciess::interactions known = ciess::merge(train, validation);
  Model last(known, how, s.seed);
  (void)last.train(trainer.full_steps());
  const auto last_ours = vectors_of(last);

  foreign::cut_environment raw(ours, train, validation),
      env(foreign::turned(ours), train, validation);
  const foreign::cut_environment raw_same(ours, known, test),
      same(foreign::turned(ours), known, test), raw_end(last_ours, known, test),
      end(foreign::turned(last_ours), known, test);
  std::printf("full size after %d steps\n", trainer.full_steps());
  print_header();
  const auto limit = ciess::budget::from_sparsity(s.budget, env.shapes());
  const auto equal = ciess::project(env.shapes(), ciess::equal_proposal(env.shapes()), limit);
  print("equal, axes as they are", equal, raw.measure(equal).quality, raw_same.evaluate(equal).mean,
        raw_end.evaluate(equal));
  const auto row = [&](const std::string& what, const ciess::assignment& sizes) {
    print(what, sizes, env.evaluate(sizes).mean, same.evaluate(sizes).mean, end.evaluate(sizes));
  };
  row("full", ciess::assignment(env.shapes()));
  row("equal, principal axes", equal);
  const asked a = ask(env, s);
  for (std::size_t n = 0; n < 3; ++n)
    row("rule " + std::to_string(n + 1) + " " + a.rules[n].origin, a.rules[n].sizes);
  const auto energy = ciess::search(env, ciess::rule(ciess::tail_energy_rule()),
                                    {.budgets = {s.budget}, .seed = s.seed});
  row("not asked: " + energy.best_of(s.budget).origin, energy.sizes(s.budget));
  for (const auto& c : a.found.best[0]) row("found: " + c.origin, c.sizes);
  row("found, smoothed", smoothed(env, a.found.sizes(s.budget), limit));
  std::printf("search: %d measurements, %.0f s\n", a.found.steps, a.seconds);
}

template <class Model>
void run(typename Model::options how, int steps, const ciess::train_until_options& full,
         const settings& s) {
  how.factors = s.dim;
  ciess::dataset data = ciess::load_dataset(s.data, {}, {.seed = s.seed});
  if (s.cut)
    cut<Model>(data, how, full, s);
  else
    trained<Model>(std::move(data), how, steps, full, s);
}

}  // namespace

int main(int argc, char** argv) {
  settings s;
  foreign::sized_ials::options ials;
#ifdef CIESS_FOREIGN_FASTTEXT
  foreign::sized_fasttext::options fasttext;
#endif
  CLI::App app{"Sizes for recommenders of other people, by the search's own defaults"};
  app.add_option("--data", s.data,
                 "pairs: half is trained on, a quarter each to choose and to test")
      ->required();
  app.add_option("--model", s.model)->check(CLI::IsMember({"ials", "fasttext"}));
  app.add_option("--dim", s.dim, "size of a full row")->capture_default_str();
  app.add_flag("--cut", s.cut, "cut and judge without training");
  app.add_flag("--scratch", s.scratch, "no warm starts: as a model that does not open its tables");
  app.add_option("--steps", s.steps, "training steps of a measurement, -1: the model's");
  app.add_option("--budget", s.budget, "share of numbers to remove")->capture_default_str();
  app.add_option("--seed", s.seed, "of the split and of all weights")->capture_default_str();
  app.add_option("--threads", s.threads, "0 for all processors")->check(CLI::Range(0, 1024));
  app.add_option("--history", s.history, "file for each step of the search");
  app.add_option("--alpha", ials.alpha, "iALS: weight of a pair that was seen")
      ->capture_default_str();
  app.add_option("--lambda", ials.lambda, "iALS: penalty")->capture_default_str();
#ifdef CIESS_FOREIGN_FASTTEXT
  app.add_option("--rate", fasttext.rate, "fastText: learning rate")->capture_default_str();
  app.add_option("--negatives", fasttext.negatives, "fastText: items drawn for each pair")
      ->capture_default_str();
#endif
  CLI11_PARSE(app, argc, argv);
  try {
    const ciess::threads pool(s.threads);
    if (s.model == "ials") {
      run<foreign::sized_ials>(ials, 2, {.every = 2, .patience = 2, .max_steps = 20}, s);
      return 0;
    }
#ifdef CIESS_FOREIGN_FASTTEXT
    run<foreign::sized_fasttext>(fasttext, 5, {.every = 5, .patience = 2, .max_steps = 150}, s);
    return 0;
#else
    std::cerr << "ciess_foreign: was built without fastText (Debian: libfasttext-dev)\n";
#endif
  } catch (const std::exception& e) {
    std::cerr << "ciess_foreign: " << e.what() << '\n';
  }
  return 1;
}
