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
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/backbone/mf.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/io/write_file.hpp>
#include <ciess/rl/ddpg.hpp>
#include <ciess/search/baselines.hpp>
#include <ciess/search/observers.hpp>
#include <ciess/search/presets.hpp>
#include <ciess/search/recommender_environment.hpp>
#include <ciess/search/search.hpp>
#include <ciess/search/tail_energy.hpp>

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
  int episodes = ciess::search_options<>{}.episodes;
  int steps = ciess::search_options<>{}.steps;
  int keep = ciess::search_options<>{}.keep;
  std::vector<double> exponents{0, 0.5, 1};  // of the given shapes, and these weights on the
  std::vector<double> weights{1, 0.25, 4, 16, 256};  // users' tables, as `study_options` has them
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
  undecided(ciess::index features, ciess::size_range range, const options& o, std::uint64_t seed)
      : td3(features, range, o, seed), draws_{seed, ciess::purpose::user} {}

  void value(const ciess::matrix_view&, std::span<const float>, std::span<float> out) const {
    auto engine = draws_.at(calls_++);
    for (float& v : out) v = ciess::uniform01(engine);
  }

 private:
  ciess::random_stream draws_;
  mutable std::uint64_t calls_ = 0;  // `choose_sizes` asks one call at a time, in order
};
static_assert(ciess::searchable_policy<undecided>);

/// The environment without its warm start: every measurement trains new weights.
template <class Model>
struct from_scratch {
  ciess::recommender_environment<Model>* env;
  int steps;

  [[nodiscard]] std::span<const ciess::table_shape> shapes() const { return env->shapes(); }
  [[nodiscard]] std::span<const double> frequency(std::size_t t) const { return env->frequency(t); }
  [[nodiscard]] const ciess::measurement& peak() { return env->peak(); }
  [[nodiscard]] ciess::measurement measure(const ciess::assignment& sizes) {
    const ciess::evaluation e = env->train_by({ciess::start::scratch, steps}, sizes);
    ciess::measurement m{e.mean, {}};
    for (std::size_t t = 0; t < shapes().size(); ++t)
      m.rows.push_back(t % 2 == 0 ? e.user_quality : e.item_quality);
    return m;
  }
};

/// The same for all variants.
struct plan {
  std::vector<double> budgets;
  std::vector<ciess::named_proposal> shapes;
  int episodes, steps, keep;

  ciess::search_options<> preset;

  /// Options of a search, as the warm preset has them.
  template <class Options = ciess::search_options<>>
  [[nodiscard]] Options options(std::uint64_t seed) const {
    Options o;
    ciess_bench::search_as(preset, o);
    o.budgets = budgets;
    o.episodes = episodes;
    o.steps = steps;
    o.keep = keep;
    o.seed = seed;
    o.shapes = shapes;
    return o;
  }
};

/// Given shapes, then steps from the best so far by the search's random tilt alone, budgets in
/// turn as in the search: what is left of the search without a policy.
template <class Env>
ciess::search_result local_search(Env& env, const plan& p, std::uint64_t seed) {
  const auto limits = ciess::budgets_of(p.budgets, env.shapes());
  auto result = ciess::search_shapes(env, p.budgets, p.shapes, p.keep);
  ciess::best_memory memory(limits, p.keep);
  for (const auto& list : result.best)
    for (const auto& c : list) memory.offer(c);
  std::vector<std::vector<float>> axes;
  for (std::size_t t = 0; t < env.shapes().size(); ++t)
    axes.push_back(ciess::detail::standard_log_frequency(env.frequency(t)));
  const double tilt = p.options(seed).guide.tilt;
  const ciess::random_stream stream(seed, ciess::purpose::blend);
  for (int n = 0; n < p.episodes * p.steps; ++n) {
    const auto b = static_cast<std::size_t>(n / p.steps) % limits.size();
    auto asked = ciess::equal_proposal(env.shapes());
    auto engine = stream.at(static_cast<std::uint64_t>(n));
    for (std::size_t t = 0; t < asked.size(); ++t) {
      const auto [shift, slope] = ciess::normal_pair<double>(engine);
      for (std::size_t r = 0; r < asked[t].size(); ++r) {
        const double from =
            memory.best(b).empty() ? 1 : memory.best(b)[0].sizes[t][static_cast<ciess::index>(r)];
        asked[t][r] = static_cast<float>(from * std::exp(tilt * (shift + slope * axes[t][r])));
      }
    }
    auto chosen = ciess::project(env.shapes(), asked, limits[b]);
    const double quality = env.measure(chosen).quality;
    memory.offer({std::move(chosen), quality, {}, "tilt", result.steps++});
  }
  result.best = std::move(memory).take();
  return result;
}

/// Given shapes, then frequency powers with exponents and weights drawn at random, from somewhat
/// wider ranges than those of the given ones: a search that learns nothing.
template <class Env>
ciess::search_result random_powers(Env& env, const plan& p, std::uint64_t seed) {
  std::vector<std::span<const double>> frequency;
  for (std::size_t t = 0; t < env.shapes().size(); ++t) frequency.push_back(env.frequency(t));
  auto shapes = p.shapes;
  const ciess::random_stream stream(seed, ciess::purpose::baseline);
  const auto budgets = static_cast<int>(p.budgets.size());
  const int count = (p.episodes * p.steps + budgets - 1) / budgets;
  for (int n = 0; n < count; ++n) {
    auto engine = stream.at(static_cast<std::uint64_t>(n));
    std::vector<double> alpha, weight(frequency.size(), 1.0);
    for (std::size_t t = 0; t < frequency.size(); ++t)
      alpha.push_back(ciess::uniform(engine, 0.0, 1.25));
    weight[0] = std::exp2(ciess::uniform(engine, -3.0, 9.0));
    shapes.push_back(
        {"random power " + std::to_string(n), ciess::power_proposal(frequency, alpha, weight)});
  }
  return ciess::search_shapes(env, p.budgets, std::move(shapes), p.keep);
}

/// Sizes by tail energy, no search.
template <class Env>
ciess::search_result tail_energy_rule(Env& env, const plan& p) {
  const auto limits = ciess::budgets_of(p.budgets, env.shapes());
  ciess::best_memory memory(limits, p.keep);
  ciess::search_result result;
  result.budgets = p.budgets;
  result.peak = env.peak();
  for (const auto& limit : limits)
    for (const auto& exponents : ciess::study_options{}.tail_energy) {
      auto sizes = ciess::tail_energy_sizes(env, limit, exponents);
      const double quality = env.measure(sizes).quality;
      memory.offer({std::move(sizes), quality, {}, "tail energy", result.steps++});
    }
  result.best = std::move(memory).take();
  return result;
}

struct variant {
  std::string name, what;
  std::function<ciess::search_result(std::uint64_t seed)> search;
};

/// All variants of the search. `env` and `p` must outlive them.
/// @param cold_steps  of a measurement from scratch
template <class Model>
std::vector<variant> variants_of(ciess::recommender_environment<Model>& env, const plan& p,
                                 int cold_steps) {
  using ciess::search_options;
  // A search with other options; without given shapes it takes as many steps more.
  const auto with = [&env, &p]<class Options = search_options<>>(auto change, Options = {}) {
    return [&env, &p, change](std::uint64_t seed) {
      auto o = p.options<Options>(seed);
      change(o);
      if (o.shapes.empty())
        o.episodes += static_cast<int>(
            (p.shapes.size() * p.budgets.size() + static_cast<std::size_t>(p.steps) - 1) /
            static_cast<std::size_t>(p.steps));
      return ciess::search(env, o);
    };
  };
  const auto as_it_is = [](auto&) {};
  std::vector<variant> list;
  list.push_back({"default", "the warm preset", with(as_it_is)});
  list.push_back({"no-walk", "the only candidate is the policy's own size",
                  with(as_it_is, search_options<ciess::td3, ciess::no_walk>{})});
  list.push_back({"no-critic-choice", "a random candidate of the walk",
                  with(as_it_is, search_options<undecided>{})});
  list.push_back({"no-shapes", "no given shapes and no blend, as many steps", with([](auto& o) {
                    o.shapes.clear();
                    o.guide = {};
                  })});
  list.push_back({"no-blend", "given shapes, but no step leans on the best so far",
                  with([](auto& o) { o.guide = {}; })});
  list.push_back({"no-learning", "policies and critics stay as they were drawn",
                  with([](auto& o) { o.updates = 0; })});
  list.push_back({"shapes-only", "the given shapes and nothing else", [&env, &p](std::uint64_t) {
                    return ciess::search_shapes(env, p.budgets, p.shapes, p.keep);
                  }});
  list.push_back({"random-powers", "given shapes, then random powers and weights",
                  [&env, &p](std::uint64_t seed) { return random_powers(env, p, seed); }});
  list.push_back({"local-search", "given shapes, then random tilts of the best so far, no policy",
                  [&env, &p](std::uint64_t seed) { return local_search(env, p, seed); }});
  list.push_back({"no-warm-start",
                  "each measurement trains " + std::to_string(cold_steps) + " steps from scratch",
                  [&env, &p, cold_steps](std::uint64_t seed) {
                    from_scratch<Model> cold{&env, cold_steps};
                    return ciess::search(cold, p.options(seed));
                  }});
  list.push_back({"ddpg", "DDPG in place of TD3", with(as_it_is, search_options<ciess::ddpg>{})});
  list.push_back({"shared-noise", "one draw of noise for all rows", with([](auto& o) {
                    o.noise =
                        ciess::gaussian_noise({.deviation = 2, .which = ciess::draws::shared});
                  })});
  list.push_back({"tail-energy-state", "the state also tells the energy past a row's size",
                  with([](auto& o) { o.state = ciess::tail_energy_state({.log_frequency = true}); },
                       search_options<ciess::td3, ciess::random_walk, ciess::gaussian_noise,
                                      ciess::tail_energy_state>{})});
  list.push_back(
      {"by-value", "budgets are met along each row's tail-energy curve",
       [&env, &p](std::uint64_t seed) {
         auto o =
             p.options<search_options<ciess::td3, ciess::random_walk, ciess::gaussian_noise,
                                      ciess::paper_state, ciess::quadratic_price, ciess::by_value>>(
                 seed);
         o.controller.curves =
             std::make_shared<const ciess::value_curves>(ciess::tail_energy_curves(env));
         return ciess::search(env, o);
       }});
  list.push_back({"tail-energy-rule", "sizes by tail energy in one shot, the best exponents",
                  [&env, &p](std::uint64_t) { return tail_energy_rule(env, p); }});
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
int steps_of_equal_time(ciess::recommender_environment<Model>& env, double target) {
  const auto sizes = ciess::project(env.shapes(), ciess::equal_proposal(env.shapes()),
                                    ciess::budget::from_sparsity(target, env.shapes()));
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
  (void)ciess::budgets_of(s.budgets, env.shapes());
  const plan p{s.budgets,  ciess::power_sweep(env, s.exponents, s.weights, 2),
               s.episodes, s.steps,
               s.keep,     preset.search};
  (void)chosen(variants_of(env, p, 1), s.variants);  // refuses wrong names before the training
  const std::filesystem::path out = s.out;
  std::filesystem::create_directories(out);

  std::printf("training the full-size model ...\n");
  std::fflush(stdout);
  const double full_seconds = seconds_of([&] { (void)env.peak(); });
  const double full = env.peak().quality;
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
                   {"shapes", p.shapes.size()},
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
  app.add_option("--exponents", s.exponents, "of the given shapes")->capture_default_str();
  app.add_option("--weights", s.weights, "of the users' tables in the given shapes")
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
