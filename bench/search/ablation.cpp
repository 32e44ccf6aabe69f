// SPDX-License-Identifier: MIT
// What does each ingredient of the search bring? One full-size model, trained once, then one search
// for each variant and seed with the same budgets and as many measurements; the best of each search
// are tuned to the end, and validation says what they are worth.
//
// The full run, for each backbone (lightgcn, mf):
//   ciess_ablation --data ml-1m.txt --backbone lightgcn --seeds 1 2 3 --out ablation-ml-1m
//   ciess_ablation --train yelp2018.train.txt --seeds 1 2 3 --out ablation-yelp
// A quick trial:
//   ciess_ablation --data ml-1m.txt --dim 32 --episodes 3 --steps 2 --exponents 0 0.5 --weights 4
//     --keep 1 --full-steps 300 --tune-steps 100 --seeds 1 --out .
//
// runs.tsv has every search, ablation.tsv and ablation.json their means; all are written anew after
// every search, and seeds come one after the other, so an interrupted run keeps what it has.
//
// Two rows of bench/RESULTS.md have no variant here any more: a state that also tells the energy
// past a row's size, and budgets that are met along each row's tail-energy curve. Neither brought
// anything, so the library has neither.
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/backbone/mf.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/io/write_file.hpp>
#include <ciess/rl/ddpg.hpp>
#include <ciess/search/ciess/ciess_sizer.hpp>
#include <ciess/search/portfolio.hpp>
#include <ciess/search/recommender_environment.hpp>
#include <ciess/search/rules/frequency.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/rules/tail_energy.hpp>
#include <ciess/search/search.hpp>
#include <ciess/study/presets.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <iostream>
#include <iterator>
#include <limits>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "../support/measure.hpp"
#include "../support/study_data.hpp"

namespace {

using json = nlohmann::ordered_json;

struct settings {
  ciess_bench::data_options data;
  std::string backbone = "lightgcn";
  int dim = 128;
  std::uint64_t seed = 1;
  int threads = 0;
  std::vector<double> budgets{0.8, 0.9, 0.95};
  std::vector<std::uint64_t> seeds{1, 2, 3};
  std::vector<std::string> variants;
  int episodes = ciess::ciess_sizer<>{}.episodes;
  int steps = ciess::ciess_sizer<>{}.steps;
  int keep = ciess::sizing_request{}.keep;
  std::vector<double> exponents = ciess::preset<ciess::lightgcn>{}.exponents;  // of the rules
  std::vector<double> weights = ciess::preset<ciess::lightgcn>{}.weights;
  int full_steps = 0;
  int tune_steps = 800;
  int cold_steps = 0;
  std::string out = ".";
};

double seconds_of(const auto& work) { return ciess_bench::milliseconds(work) / 1000; }

/// TD3 whose critic has no say: of the different candidates of a walk each is as likely. (The first
/// candidate would be "no-walk" again: it is the proto size.)
class undecided : public ciess::td3 {
 public:
  undecided(ciess::index_t features, ciess::size_range range, const options& o, std::uint64_t seed)
      : td3(features, range, o, seed), draws_{seed, ciess::purpose::user} {}

  void value(const ciess::matrix_view&, std::span<const float>, std::span<float> out) const {
    auto engine = draws_.at(calls_++);
    for (float& v : out) v = ciess::uniform01(engine);
  }

 private:
  ciess::random_stream draws_;
  mutable std::uint64_t calls_ = 0;  // `choose_sizes` asks one call at a time, in order
};
static_assert(ciess::searchable_agent<undecided>);

// Parts that differ from the paper's.
struct without_walk : ciess::paper_parts {
  using explorer = ciess::no_walk;
};
struct without_choice : ciess::paper_parts {
  using agent = undecided;
};
struct by_ddpg : ciess::paper_parts {
  using agent = ciess::ddpg;
};

/// The environment without its warm start: every measurement trains new weights.
template <class Model>
struct from_scratch {
  ciess::recommender_environment<Model>* env;
  int steps;

  [[nodiscard]] std::span<const ciess::table_shape> shapes() const { return env->shapes(); }
  [[nodiscard]] std::span<const double> frequency(std::size_t t) const { return env->frequency(t); }
  [[nodiscard]] const ciess::measurement& full() { return env->full(); }
  [[nodiscard]] ciess::measurement measure(const ciess::assignment& sizes) {
    const ciess::evaluation e = env->train_by({ciess::start::scratch, steps}, sizes);
    ciess::measurement m{e.mean, {}};
    for (std::size_t t = 0; t < shapes().size(); ++t)
      m.rows.push_back(t % 2 == 0 ? e.user_quality : e.item_quality);
    return m;
  }
};

/// Rules, then steps from the best so far by the search's random tilt alone, budgets in turn as in
/// the search: what is left of the search without a policy. A `sizer`.
struct local_search {
  ciess::ciess_sizer<> of;  ///< its seeds, episodes, steps and tilt

  template <class E>
  class run;

  [[nodiscard]] std::string_view name() const { return "local-search"; }
  template <class E>
  void check(const E& env, const ciess::sizing_request& asked) const {
    of.check(env, asked);
  }
  template <class E>
  [[nodiscard]] run<E> begin(E& env, const ciess::sizing_request& asked) const {
    return {env, of, asked};
  }
};

template <class E>
class local_search::run {
 public:
  run(E& env, ciess::ciess_sizer<> of, const ciess::sizing_request& asked)
      : of_{std::move(of)}, trials_(env, "local-search", asked), facts_{ciess::full_facts_of(env)} {
    for (const ciess::rule& r : of_.seeds)
      for (std::size_t i = 0; i < r.count(facts_); ++i) seeds_.push_back({&r - &of_.seeds[0], i});
    for (std::size_t t = 0; t < facts_.shapes.size(); ++t) axes_.emplace_back(env.frequency(t));
  }

  [[nodiscard]] int total() const { return seed_steps() + of_.episodes * of_.steps; }
  [[nodiscard]] bool done() const { return trials_.steps() >= total(); }
  [[nodiscard]] auto history() const { return trials_.history(); }
  [[nodiscard]] auto best(std::size_t b) const { return trials_.best(b); }
  [[nodiscard]] const ciess::measurement& full() const { return trials_.full(); }

  const ciess::step_report& step() {
    const int number = trials_.steps();
    const auto budgets = trials_.limits().size();
    const bool given = number < seed_steps();
    const auto b = given ? static_cast<std::size_t>(number) / seeds_.size()
                         : static_cast<std::size_t>((number - seed_steps()) / of_.steps) % budgets;
    ciess::step_report report = trials_.begin(b, total());
    if (given) {
      const auto [r, i] = seeds_[static_cast<std::size_t>(number) % seeds_.size()];
      const ciess::rule& from = of_.seeds[static_cast<std::size_t>(r)];
      report.origin = from.title(facts_, i);
      trials_.measure(report, b, from.sizes(facts_, trials_.limits()[b], trials_.asked().seed, i));
    } else {
      report.origin = "tilt";
      trials_.measure(report, b, tilted(number - seed_steps(), b));
    }
    return trials_.end(std::move(report));
  }

  template <class F>
  void visit(F& f) {
    trials_.visit(f, total());
  }

 private:
  [[nodiscard]] int seed_steps() const {
    return static_cast<int>(seeds_.size() * trials_.limits().size());
  }

  [[nodiscard]] ciess::assignment tilted(int n, std::size_t b) const {
    auto asked = ciess::equal_proposal(facts_.shapes);
    auto engine = ciess::random_stream(trials_.asked().seed, ciess::purpose::blend)
                      .at(static_cast<std::uint64_t>(n));
    const auto top = trials_.best(b);
    for (std::size_t t = 0; t < asked.size(); ++t) {
      const auto [shift, slope] = ciess::normal_pair<double>(engine);
      for (std::size_t r = 0; r < asked[t].size(); ++r) {
        const double from = top.empty() ? 1 : top[0].sizes[t][static_cast<ciess::index_t>(r)];
        asked[t][r] = static_cast<float>(
            from * std::exp(of_.guide.tilt * (shift + slope * axes_[t](facts_.frequency[t][r]))));
      }
    }
    return ciess::project(facts_.shapes, asked, trials_.limits()[b]);
  }

  ciess::ciess_sizer<> of_;
  ciess::trials<E> trials_;
  ciess::table_facts facts_;
  std::vector<std::pair<std::ptrdiff_t, std::size_t>> seeds_;  ///< number of a rule, assignment
  std::vector<ciess::detail::standard_log_frequency> axes_;
};

/// Frequency powers with exponents and weights drawn at random, from somewhat wider ranges than
/// those of the rules. A `size_rule`: a search that learns nothing.
struct random_powers {
  std::size_t many = 1;  ///< for each budget

  [[nodiscard]] std::string name() const { return "random-powers"; }
  [[nodiscard]] std::size_t count(const ciess::table_facts&) const { return many; }
  [[nodiscard]] std::string title(const ciess::table_facts&, std::size_t i) const {
    return "random power " + std::to_string(i);
  }
  [[nodiscard]] ciess::assignment sizes(const ciess::table_facts& facts, ciess::budget limit,
                                        std::uint64_t seed, std::size_t i) const {
    auto engine = ciess::random_stream(seed, ciess::purpose::baseline).at(i);
    std::vector<double> alpha, weight(facts.shapes.size(), 1.0);
    for (std::size_t t = 0; t < facts.shapes.size(); ++t)
      alpha.push_back(ciess::uniform(engine, 0.0, 1.25));
    weight[0] = std::exp2(ciess::uniform(engine, -3.0, 9.0));
    return ciess::project(facts.shapes, ciess::power_proposal(facts.frequency, alpha, weight),
                          limit);
  }
};

/// The same for all variants.
struct plan {
  ciess::sizing_request asked;
  ciess::rule rules;             ///< measured first
  ciess::ciess_sizer<> learner;  ///< as the warm preset has it, seeded by them
  std::vector<ciess::tail_energy_options> tail_energy;

  /// Steps of the learner itself, without its seeds.
  [[nodiscard]] std::size_t learnt() const {
    return static_cast<std::size_t>(learner.episodes) * static_cast<std::size_t>(learner.steps);
  }
};

struct variant {
  std::string name, what;
  std::function<ciess::search_result(std::uint64_t seed)> search;
};

/// All variants of the search. `env` and `p` must outlive them.
/// @param cold_steps  of a measurement from scratch
template <class Model>
std::vector<variant> variants_of(ciess::recommender_environment<Model>& env, const plan& p,
                                 int cold_steps) {
  // A method with this run's seed.
  const auto by = [&p](auto& environment, auto how) {
    return [&p, &environment, how](std::uint64_t seed) {
      auto asked = p.asked;
      asked.seed = seed;
      return ciess::search(environment, how, asked);
    };
  };
  const auto changed = [&](auto change) {
    auto how = p.learner;
    change(how);
    return by(env, how);
  };
  const std::size_t budgets = p.asked.budgets.size();
  const auto steps = static_cast<std::size_t>(p.learner.steps);
  const std::size_t given = p.rules.count(ciess::facts_of(env)) * budgets;
  std::vector<variant> list;
  list.push_back({"default", "the warm preset", by(env, p.learner)});
  list.push_back({"no-walk", "the only candidate is the policy's own size",
                  by(env, ciess_bench::with_parts<without_walk>(p.learner))});
  list.push_back({"no-critic-choice", "a random candidate of the walk",
                  by(env, ciess_bench::with_parts<without_choice>(p.learner))});
  list.push_back({"no-rules", "no rules first and no blend, as many steps", changed([&](auto& o) {
                    o.seeds.clear();
                    o.guide = {};
                    o.episodes += static_cast<int>((given + steps - 1) / steps);
                  })});
  list.push_back({"no-blend", "rules first, but no step leans on the best so far",
                  changed([](auto& o) { o.guide = {}; })});
  list.push_back({"no-learning", "policies and critics stay as they were drawn",
                  changed([](auto& o) { o.updates = 0; })});
  list.push_back({"rules-only", "the rules and nothing else", by(env, p.rules)});
  list.push_back({"random-powers", "the rules, then random powers and weights",
                  by(env, ciess::portfolio(p.rules, ciess::rule(random_powers{
                                                        (p.learnt() + budgets - 1) / budgets})))});
  list.push_back({"local-search", "the rules, then random tilts of the best so far, no policy",
                  by(env, local_search{p.learner})});
  list.push_back({"no-warm-start",
                  "each measurement trains " + std::to_string(cold_steps) + " steps from scratch",
                  [&env, &p, cold_steps, by](std::uint64_t seed) {
                    from_scratch<Model> cold{&env, cold_steps};
                    return by(cold, p.learner)(seed);
                  }});
  list.push_back(
      {"ddpg", "DDPG in place of TD3", by(env, ciess_bench::with_parts<by_ddpg>(p.learner))});
  list.push_back({"shared-noise", "one draw of noise for all rows", changed([](auto& o) {
                    o.noise =
                        ciess::gaussian_noise({.deviation = 2, .which = ciess::draws::shared});
                  })});
  list.push_back({"tail-energy-rule", "sizes by tail energy in one shot, the best exponents",
                  by(env, ciess::rule(ciess::tail_energy_rule(p.tail_energy)))});
  return list;
}

/// The variants with these names, or all if there is none.
/// @throws ciess::argument_error if a name is not one of them
std::vector<variant> chosen(std::vector<variant> variants, const std::vector<std::string>& names) {
  for (const auto& name : names)
    if (std::ranges::find(variants, name, &variant::name) == variants.end()) {
      std::string known;
      for (const auto& v : variants) known += " " + v.name;
      ciess::detail::throw_error<ciess::argument_error>("--variants: expected some of", known,
                                                        ", got ", name);
    }
  if (!names.empty())
    std::erase_if(variants, [&](const variant& v) {
      return std::ranges::find(names, v.name) == names.end();
    });
  return variants;
}

/// Training steps from scratch that take as long as a warm measurement, at least one.
template <class Model>
int steps_of_equal_time(ciess::recommender_environment<Model>& env, double removed) {
  const auto sizes = ciess::project(env.shapes(), ciess::equal_proposal(env.shapes()),
                                    ciess::budget::from_sparsity(removed, env.shapes()));
  constexpr int rounds = 5, some = 20;
  const auto ms = [&](const auto& work) {
    return ciess_bench::median(ciess_bench::measure(rounds, work));
  };
  const double warm = ms([&] { (void)env.measure(sizes); });
  const auto cold = [&](int steps) {
    return ms([&] { (void)env.train_by({ciess::start::scratch, steps}, sizes); });
  };
  const double none = cold(0);
  const double each = (cold(some) - none) / some;
  if (!(each > 0)) return some;
  return static_cast<int>(std::clamp((warm - none) / each + 0.5, 1.0, 1e6));
}

/// A search and one of its budgets.
struct outcome {
  std::string variant;
  std::uint64_t seed;
  double budget;
  double found;  ///< best quality met in the search, as the search measured it; NaN: none
  double tuned;  ///< best quality of the kept ones after the last tuning
  std::string origin;
  int steps;
  double search_seconds;  ///< of the whole search, all budgets
  double tune_seconds;    ///< of all that was kept
};

/// Mean and spread (standard deviation of a sample) of numbers, NaN left out.
struct spread {
  double mean = std::numeric_limits<double>::quiet_NaN();
  double deviation = std::numeric_limits<double>::quiet_NaN();

  explicit spread(std::vector<double> x) {
    std::erase_if(x, [](double v) { return std::isnan(v); });
    if (x.empty()) return;
    const auto n = static_cast<double>(x.size());
    double sum = 0, squares = 0;
    for (const double v : x) sum += v;
    mean = sum / n;
    for (const double v : x) squares += (v - mean) * (v - mean);
    if (x.size() > 1) deviation = std::sqrt(squares / (n - 1));
  }
};

/// The runs of one variant for one budget.
struct line {
  std::string variant;
  double budget;
  std::size_t runs;
  spread found, tuned;
  spread gain;  ///< tuned / that of "default" with the same seed - 1
  spread steps, search_seconds, tune_seconds;
};

std::vector<line> summary(const std::vector<outcome>& runs, const std::vector<double>& budgets,
                          const std::vector<variant>& variants) {
  std::vector<line> lines;
  for (const double budget : budgets)
    for (const auto& v : variants) {
      std::vector<double> found, tuned, gain, steps, search, tune;
      for (const auto& r : runs) {
        if (r.variant != v.name || r.budget != budget) continue;
        found.push_back(r.found);
        tuned.push_back(r.tuned);
        steps.push_back(r.steps);
        search.push_back(r.search_seconds);
        tune.push_back(r.tune_seconds);
        for (const auto& d : runs)
          if (d.variant == "default" && d.seed == r.seed && d.budget == budget)
            gain.push_back(r.tuned / d.tuned - 1);
      }
      if (!found.empty())
        lines.push_back({v.name, budget, found.size(), spread(found), spread(tuned), spread(gain),
                         spread(steps), spread(search), spread(tune)});
    }
  return lines;
}

std::string runs_tsv(const std::vector<outcome>& runs) {
  std::ostringstream s;
  s.precision(6);
  s << "variant\tseed\tbudget\tfound\ttuned\torigin\tsteps\tsearch_seconds\ttune_seconds\n";
  for (const auto& r : runs)
    s << r.variant << '\t' << r.seed << '\t' << r.budget << '\t' << r.found << '\t' << r.tuned
      << '\t' << r.origin << '\t' << r.steps << '\t' << r.search_seconds << '\t' << r.tune_seconds
      << '\n';
  return s.str();
}

std::string summary_tsv(const std::vector<line>& lines) {
  std::ostringstream s;
  s.precision(6);
  s << "variant\tbudget\truns";
  for (const char* what :
       {"found", "tuned", "vs_default", "steps", "search_seconds", "tune_seconds"})
    s << '\t' << what << '\t' << what << "_deviation";
  s << '\n';
  for (const auto& l : lines) {
    s << l.variant << '\t' << l.budget << '\t' << l.runs;
    for (const auto& x : {l.found, l.tuned, l.gain, l.steps, l.search_seconds, l.tune_seconds})
      s << '\t' << x.mean << '\t' << x.deviation;
    s << '\n';
  }
  return s.str();
}

json summary_json(const json& about, const std::vector<line>& lines,
                  const std::vector<variant>& variants) {
  json out = about;
  for (const auto& v : variants) {
    json budgets = json::array();
    for (const auto& l : lines) {
      if (l.variant != v.name) continue;
      // What is not a number becomes null.
      const auto both = [](const spread& x) {
        return json{{"mean", x.mean}, {"deviation", x.deviation}};
      };
      budgets.push_back({{"budget", l.budget},
                         {"runs", l.runs},
                         {"found", both(l.found)},
                         {"tuned", both(l.tuned)},
                         {"vs_default", both(l.gain)},
                         {"steps", both(l.steps)},
                         {"search_seconds", both(l.search_seconds)},
                         {"tune_seconds", both(l.tune_seconds)}});
    }
    if (!budgets.empty()) out["variants"][v.name] = {{"what", v.what}, {"budgets", budgets}};
  }
  return out;
}

void print(const std::vector<line>& lines, const std::vector<variant>& variants, double full) {
  double budget = std::numeric_limits<double>::quiet_NaN();
  const auto value = [](const spread& x) {
    char text[48];
    if (std::isnan(x.deviation))
      std::snprintf(text, sizeof text, "%.4f         ", x.mean);
    else
      std::snprintf(text, sizeof text, "%.4f +- %.4f", x.mean, x.deviation);
    return std::string(text);
  };
  for (const auto& l : lines) {
    if (l.budget != budget) {
      budget = l.budget;
      std::printf("\n%g%% removed\n%-18s %-17s %-17s %10s %7s %9s %9s\n", 100 * budget, "variant",
                  "found", "tuned", "vs default", "steps", "search s", "tune s");
    }
    std::printf("%-18s %-17s %-17s %+9.2f%% %7.0f %9.1f %9.1f\n", l.variant.c_str(),
                value(l.found).c_str(), value(l.tuned).c_str(), 100 * l.gain.mean, l.steps.mean,
                l.search_seconds.mean, l.tune_seconds.mean);
  }
  std::printf(
      "\nquality of the full-size model: %.4f. Validation, mean of Recall and NDCG at 5, 10 "
      "and 20; found: as the search\nmeasured it; tuned: the best of what it kept, tuned "
      "to the end; steps and seconds are of all budgets together,\ntuning of one\n",
      full);
  for (const auto& v : variants) std::printf("  %-18s %s\n", v.name.c_str(), v.what.c_str());
}

template <class Model>
void run(const settings& s) {
  const auto parts = s.data.read(s.seed);
  const auto preset = ciess::warm_preset<Model>({1, s.dim}, parts.train, s.seed);
  auto environment = preset.environment;
  if (s.full_steps > 0) environment.full.max_steps = s.full_steps;
  environment.tune.max_steps = s.tune_steps;
  ciess::recommender_environment<Model> env(Model(parts.train, preset.model, s.seed), parts.train,
                                            parts.held_out, environment);
  plan p{.asked = {.budgets = s.budgets, .keep = s.keep},
         .rules = ciess::frequency_rule(s.exponents, s.weights),
         .learner = preset.ciess,
         .tail_energy = preset.tail_energy};
  p.learner.episodes = s.episodes;
  p.learner.steps = s.steps;
  p.learner.seeds = {p.rules};
  p.learner.check(env, p.asked);
  (void)chosen(variants_of(env, p, 1), s.variants);  // refuses wrong names before the training
  const std::filesystem::path out = s.out;
  std::filesystem::create_directories(out);

  std::printf("training the full-size model ...\n");
  std::fflush(stdout);
  const double full_seconds = seconds_of([&] { (void)env.full(); });
  const double full = env.full().quality;
  const int cold = s.cold_steps > 0 ? s.cold_steps : steps_of_equal_time(env, s.budgets.front());
  std::printf("quality %.4f after %s; a warm measurement takes as long as %d steps from scratch\n",
              full, ciess::readable_seconds(full_seconds).c_str(), cold);
  std::fflush(stdout);

  const auto variants = chosen(variants_of(env, p, cold), s.variants);
  const json about{{"backbone", s.backbone},
                   {"dim", s.dim},
                   {"seed", s.seed},
                   {"threads", ciess::concurrency()},
                   {"users", parts.train.users()},
                   {"items", parts.train.items()},
                   {"pairs", parts.train.size()},
                   {"episodes", s.episodes},
                   {"steps", s.steps},
                   {"keep", s.keep},
                   {"rules", p.rules.count(ciess::facts_of(env))},
                   {"seeds", s.seeds},
                   {"steps_from_scratch", cold},
                   {"full", {{"validation", full}, {"seconds", full_seconds}}}};

  // Variants often keep the same sizes, and tuning them gives the same again.
  struct tuning {
    ciess::assignment sizes;
    double quality, seconds;
  };
  std::vector<tuning> tunings;
  const auto tuned = [&](const ciess::assignment& sizes) {
    auto known = std::ranges::find(tunings, sizes, &tuning::sizes);
    if (known == tunings.end()) {
      double quality = 0;
      const double seconds = seconds_of([&] { quality = env.retrain(sizes).quality; });
      known = tunings.insert(tunings.end(), {sizes, quality, seconds});
    }
    return *known;
  };

  std::vector<outcome> runs;
  std::size_t done = 0;
  const std::size_t total = s.seeds.size() * variants.size();
  double spent = 0;
  for (const auto seed : s.seeds)
    for (const auto& v : variants) {
      spent += seconds_of([&] {
        ciess::search_result found;
        const double search_seconds = seconds_of([&] { found = v.search(seed); });
        for (std::size_t b = 0; b < s.budgets.size(); ++b) {
          const double nan = std::numeric_limits<double>::quiet_NaN();
          outcome o{v.name, seed, s.budgets[b], nan, nan, "-", found.steps, search_seconds, 0};
          for (const auto& c : found.best[b]) {
            const auto t = tuned(c.sizes);
            if (std::isnan(o.found)) o.found = c.quality;
            if (!(t.quality <= o.tuned)) {
              o.tuned = t.quality;
              o.origin = c.origin;
            }
            o.tune_seconds += t.seconds;
          }
          runs.push_back(o);
        }
      });
      ++done;
      const auto lines = summary(runs, s.budgets, variants);
      ciess::write_file(out / "runs.tsv", runs_tsv(runs));
      ciess::write_file(out / "ablation.tsv", summary_tsv(lines));
      ciess::write_file(out / "ablation.json", summary_json(about, lines, variants).dump(2) + "\n");
      std::printf("%zu of %zu: seed %llu, %s:", done, total, static_cast<unsigned long long>(seed),
                  v.name.c_str());
      for (auto r = runs.end() - std::ssize(s.budgets); r != runs.end(); ++r)
        std::printf(" %.4f", r->tuned);
      std::printf("; about %s left\n", ciess::readable_seconds(spent / static_cast<double>(done) *
                                                               static_cast<double>(total - done))
                                           .c_str());
      std::fflush(stdout);
    }
  print(summary(runs, s.budgets, variants), variants, full);
}

}  // namespace

int main(int argc, char** argv) {
  settings s;
  CLI::App app{"Measures what each ingredient of the search brings"};
  ciess_bench::add_common_options(app, s);
  app.add_option("--seeds", s.seeds, "of the searches")->capture_default_str();
  app.add_option("--variants", s.variants, "only these, by name");
  app.add_option("--episodes", s.episodes, "of a search")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  app.add_option("--steps", s.steps, "of an episode")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--keep", s.keep, "best of each budget that are tuned to the end")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--exponents", s.exponents, "of the rules")->capture_default_str();
  app.add_option("--weights", s.weights, "of the users' tables in the rules")
      ->capture_default_str();
  app.add_option("--tune-steps", s.tune_steps, "most steps of the last tuning")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  app.add_option("--cold-steps", s.cold_steps,
                 "steps of a measurement without a warm start; 0: as many as take the same time")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  app.add_option("--out", s.out, "folder for runs.tsv, ablation.tsv and ablation.json")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    const ciess::threads pool(s.threads);
    if (s.backbone == "mf")
      run<ciess::mf>(s);
    else
      run<ciess::lightgcn>(s);
  } catch (const std::exception& e) {
    std::cerr << "ciess_ablation: " << e.what() << '\n';
    return 1;
  }
  return 0;
}
