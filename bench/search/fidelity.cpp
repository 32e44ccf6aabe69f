// SPDX-License-Identifier: MIT
// How well does a cheap judgement rank assignments? A search judges sizes by a short measurement:
// the full-size model, turned onto its principal axes, cut to the sizes and tuned for a few steps.
// This program measures many assignments both ways, cheaply and by training to the end (from
// scratch, and warm), and reports Kendall's tau between the two. Long training is worth what it
// reaches at its best, the start included: where tuning cannot improve a cut, "warm" and "0 steps"
// agree by themselves (assignments.tsv tells after how many steps it was best).
//
// The full run, for each backbone (lightgcn, mf):
//   ciess_fidelity --data ml-1m.txt --backbone lightgcn --out fidelity-ml-1m --repeat
//   ciess_fidelity --train yelp2018.train.txt --test yelp2018.test.txt --out fidelity-yelp --repeat
// A quick trial:
//   ciess_fidelity --data ml-1m.txt --dim 32 --count 12 --scratch-steps 200 --warm-steps 100 --out
//   .
//
// assignments.tsv has what was measured, taus.tsv how the judgements agree; both are written anew
// after every assignment, so an interrupted run keeps what it has.
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/backbone/mf.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/io/load_npy.hpp>
#include <ciess/io/write_file.hpp>
#include <ciess/ranking/evaluate.hpp>
#include <ciess/ranking/kendall.hpp>
#include <ciess/search/budget/projection.hpp>
#include <ciess/search/rules/frequency.hpp>
#include <ciess/search/rules/rule.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/rules/tail_energy.hpp>
#include <ciess/study/presets.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <iostream>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "../support/measure.hpp"
#include "../support/study_data.hpp"

namespace {

using ciess::index_t;

struct settings {
  ciess_bench::data_options data;
  std::string backbone = "lightgcn";
  int dim = 128;
  std::uint64_t seed = 1;
  int threads = 0;
  std::vector<double> budgets{0.8, 0.9, 0.95};
  std::vector<int> steps{0, 10, 20, 50, 100};
  std::vector<double> judge_rates;
  std::vector<double> shares{1, 0.2};
  int full_steps = 0;
  int scratch_steps = 2000;
  int warm_steps = 800;
  int nested_steps = 300;  // of each law, beside the plain axes
  int patience = 5;        // more than a search's: a training that ends on a plateau is no truth
  bool repeat = false;
  std::vector<std::string> sizes;
  int count = 0;
  std::string out = ".";
};

double seconds_of(const auto& work) { return ciess_bench::milliseconds(work) / 1000; }

/// Sizes whose quality is measured every way.
struct subject {
  std::size_t budget;  ///< place in `settings::budgets`
  std::string name;
  ciess::assignment sizes;
};

/// What one way of judging said of one assignment.
struct verdict {
  double quality = 0;
  double seconds = 0;
  int steps = 0;  ///< after which that was the quality
};

/// The frequencies of the rows of both tables.
struct frequencies {
  std::vector<double> users, items;
  explicit frequencies(const ciess::interactions& train) {
    for (ciess::row_id u = 0; u < train.users(); ++u)
      users.push_back(static_cast<double>(train.user_frequency(u)));
    for (ciess::row_id i = 0; i < train.items(); ++i)
      items.push_back(static_cast<double>(train.item_frequency(i)));
  }
};

/// Multiplies sizes by log-normal factors: one for each table, one that grows with the logarithm of
/// a row's frequency (the tilt of a search), and one for each row (the noise of a search).
void perturb(ciess::proposal& p, const ciess::table_facts& facts, double tilt, double rows,
             std::uint64_t seed) {
  const ciess::random_stream stream(seed, ciess::purpose::blend);
  for (std::size_t t = 0; t < p.size(); ++t) {
    const ciess::detail::standard_log_frequency axis(facts.frequency[t]);
    const auto own = stream.child(t);
    auto engine = own.at(0);
    const auto [shift, slope] = ciess::normal_pair<double>(engine);
    for (std::size_t r = 0; r < p[t].size(); ++r) {
      auto noise = own.at(1, r);
      p[t][r] *= static_cast<float>(std::exp(tilt * (shift + slope * axis(facts.frequency[t][r])) +
                                             rows * ciess::normal<double>(noise)));
    }
  }
}

/// Sizes of many kinds. Near ones and far ones come in turn, so that any first few are a mixture.
std::vector<ciess::rule> rules_of(std::uint64_t seed) {
  std::vector<ciess::rule> list;
  const auto power = [&](double users, double items, double weight = 1, double tilt = 0,
                         double rows = 0) {
    std::string name = ciess::joined("freq^(", users, ", ", items, ")");
    if (weight != 1) name += ciess::joined(" x", weight);
    if (tilt > 0) name += ciess::joined(" tilt ", tilt);
    if (rows > 0) name += ciess::joined(" noise ", rows);
    // Each perturbation has draws of its own, whatever the seed.
    const std::uint64_t draws = seed * 1000 + list.size();
    list.push_back(ciess::formula(
        name, [=](const ciess::table_facts& facts, ciess::budget limit, std::uint64_t) {
          const double alpha[] = {users, items}, weights[] = {weight, 1};
          auto p = ciess::power_proposal(facts.frequency, alpha, weights);
          if (tilt > 0 || rows > 0) perturb(p, facts, tilt, rows, draws);
          return ciess::project(facts.shapes, p, limit);
        }));
  };
  const auto random = [&](std::uint64_t n) {
    list.push_back(ciess::formula(
        "random " + std::to_string(n),
        [n](const ciess::table_facts& facts, ciess::budget limit, std::uint64_t of) {
          return ciess::project(facts.shapes, ciess::random_proposal(facts.shapes, of + n), limit);
        }));
  };
  power(0, 0);
  power(0.5, 0.5);
  random(1);
  power(0.5, 0.5, 1, 0.2);
  power(0.5, 0.5, 4);
  power(0, 0, 1, 0.2);
  power(1, 1);
  power(0.5, 0.5, 4, 0.2, 0.3);
  power(0, 0.5);
  power(0.5, 0);
  power(0.25, 0.25);
  power(0, 0, 1, 0, 0.3);
  random(2);
  power(0.5, 0.5, 16);
  power(0.5, 0.5, 1, 0.4);
  power(1, 0.5, 4);
  power(0.5, 0.5, 0.25);
  power(0.5, 0.5, 1, 0.2, 0.3);
  random(3);
  power(0, 0.5, 4, 0.2);
  list.insert(list.begin() + 2, ciess::tail_energy_rule({{0, 2}, {0.5, 1}}));
  return list;
}

/// Sizes of an earlier run, PREFIX-users.npy and PREFIX-items.npy, under the tightest budget that
/// they meet.
subject loaded(const std::string& prefix, std::span<const ciess::table_shape> shapes,
               const std::vector<double>& budgets) {
  ciess::assignment a({ciess::load_npy_sizes(prefix + "-users.npy", shapes[0].range),
                       ciess::load_npy_sizes(prefix + "-items.npy", shapes[1].range)});
  ciess::check_shapes(("--sizes " + prefix).c_str(), shapes, a);
  std::optional<std::size_t> best;
  for (std::size_t b = 0; b < budgets.size(); ++b)
    if (ciess::budget::from_sparsity(budgets[b], shapes).met_by(a) &&
        (!best || budgets[b] > budgets[*best]))
      best = b;
  if (!best)
    ciess::detail::throw_error<ciess::argument_error>("--sizes ", prefix, ": removes ",
                                                      a.sparsity(), ", which meets no budget");
  return {*best, std::filesystem::path(prefix).filename().string(), std::move(a)};
}

/// What is asked for, then what the rules offer.
/// @param facts  with both tables as cuts find them
std::vector<subject> subjects_of(const settings& s, std::vector<subject> list,
                                 const ciess::table_facts& facts) {
  const auto limits = ciess::budgets_of(s.budgets, facts.shapes);
  for (const ciess::rule& r : rules_of(s.seed))
    for (std::size_t i = 0; i < r.count(facts); ++i)
      for (std::size_t b = 0; b < limits.size(); ++b)
        list.push_back({b, r.title(facts, i), r.sizes(facts, limits[b], s.seed, i)});
  if (s.count > 0 && static_cast<std::size_t>(s.count) < list.size())
    list.erase(list.begin() + s.count, list.end());
  return list;
}

/// A way of judging, as the tables of the output name it.
struct judgement {
  std::string name;
  std::vector<verdict> of = {};  ///< [assignments so far]
};

/// Everything that was measured, and how far it agrees.
class findings {
 public:
  findings(const settings& s, const std::vector<subject>& subjects, double full)
      : settings_{&s}, subjects_{&subjects}, full_{full} {}

  /// In the order in which judgements first come.
  void add(const std::string& name, verdict v) {
    auto found = std::ranges::find(judgements_, name, &judgement::name);
    if (found == judgements_.end()) found = judgements_.insert(judgements_.end(), judgement{name});
    found->of.push_back(v);
  }

  [[nodiscard]] std::string assignments_tsv() const {
    std::ostringstream s;
    s.precision(6);
    s << "budget\tshape\tnumbers\tusers_numbers";
    for (const auto& j : judgements_)
      s << '\t' << j.name << "\tseconds of " << j.name << "\tsteps of " << j.name;
    s << '\n';
    for (std::size_t a = 0; a < done(); ++a) {
      const auto& x = (*subjects_)[a];
      s << settings_->budgets[x.budget] << '\t' << x.name << '\t' << x.sizes.total() << '\t'
        << x.sizes[0].total();
      for (const auto& j : judgements_)
        s << '\t' << j.of[a].quality << '\t' << j.of[a].seconds << '\t' << j.of[a].steps;
      s << '\n';
    }
    return s.str();
  }

  /// How one judgement agrees with one truth. NaN where there is no order.
  struct agreement {
    std::string truth, name;
    double seconds = 0;          ///< median of a judgement
    std::vector<double> within;  ///< tau [budgets]
    double mean = 0;             ///< of `within`
    double all = 0;              ///< tau over all budgets at once: easier, as budgets differ most
    double regret = 0;  ///< what following the judgement costs: 1 - truth of its favourite / best
                        ///< truth, mean over budgets
  };

  [[nodiscard]] std::vector<agreement> agreements() const {
    std::vector<agreement> list;
    const auto& scratch = named("scratch");
    const auto& warm = named("warm");
    std::vector<double> s = qualities(scratch), w = qualities(warm), best(s.size());
    std::ranges::transform(s, w, best.begin(), [](double a, double b) { return std::max(a, b); });
    const std::pair<const char*, const std::vector<double>&> truths[] = {
        {"scratch", s}, {"warm", w}, {"better of both", best}};
    for (const auto& [truth, of] : truths)
      for (const auto& j : judgements_)
        if (j.name != truth) list.push_back(agree(truth, of, j));
    return list;
  }

  [[nodiscard]] std::string taus_tsv() const {
    std::ostringstream s;
    s.precision(6);
    s << "truth\tjudgement\tassignments\tseconds";
    for (const double b : settings_->budgets) s << "\ttau at " << b;
    s << "\tmean tau\ttau over all\tregret\n";
    for (const auto& a : agreements()) {
      s << a.truth << '\t' << a.name << '\t' << done() << '\t' << a.seconds;
      for (const double t : a.within) s << '\t' << t;
      s << '\t' << a.mean << '\t' << a.all << '\t' << a.regret << '\n';
    }
    return s.str();
  }

  void print() const {
    std::string truth;
    for (const auto& a : agreements()) {
      if (a.truth != truth) {
        truth = a.truth;
        std::printf("\nKendall's tau with long training (%s), %zu assignments\n%-40s %9s",
                    truth.c_str(), done(), "judgement", "seconds");
        for (const double b : settings_->budgets) std::printf("  %5.1f%%", 100 * b);
        std::printf("    mean     all  regret\n");
      }
      std::printf("%-40s %9.3f", a.name.c_str(), a.seconds);
      for (const double t : a.within) std::printf("  %6.3f", t);
      std::printf("  %6.3f  %6.3f  %5.1f%%\n", a.mean, a.all, 100 * a.regret);
    }
    std::printf(
        "\nquality of the full-size model: %.4f; seconds are medians, long training "
        "included where it judges another\n",
        full_);
  }

  [[nodiscard]] std::size_t done() const noexcept {
    return judgements_.empty() ? 0 : judgements_.back().of.size();
  }

 private:
  [[nodiscard]] const judgement& named(const std::string& name) const {
    return *std::ranges::find(judgements_, name, &judgement::name);
  }
  static std::vector<double> qualities(const judgement& j) {
    std::vector<double> q;
    for (const auto& v : j.of) q.push_back(v.quality);
    return q;
  }

  [[nodiscard]] agreement agree(const std::string& truth, const std::vector<double>& of,
                                const judgement& j) const {
    const std::vector<double> judged = qualities(j);
    agreement a;
    a.truth = truth;
    a.name = j.name;
    std::vector<double> seconds;
    for (const auto& v : j.of) seconds.push_back(v.seconds);
    a.seconds = ciess_bench::median(seconds);
    double taus = 0, regrets = 0;
    int with_order = 0, with_any = 0;
    for (std::size_t b = 0; b < settings_->budgets.size(); ++b) {
      std::vector<double> x, y;
      for (std::size_t n = 0; n < judged.size(); ++n)
        if ((*subjects_)[n].budget == b) {
          x.push_back(judged[n]);
          y.push_back(of[n]);
        }
      a.within.push_back(ciess::kendall_tau(x, y));
      if (!std::isnan(a.within.back())) {
        taus += a.within.back();
        ++with_order;
      }
      if (!x.empty()) {
        const auto favourite = std::ranges::max_element(x) - x.begin();
        const double best = std::ranges::max(y);
        regrets += best > 0 ? 1 - y[static_cast<std::size_t>(favourite)] / best : 0;
        ++with_any;
      }
    }
    a.mean = with_order > 0 ? taus / with_order : std::numeric_limits<double>::quiet_NaN();
    a.all = ciess::kendall_tau(judged, of);
    a.regret = with_any > 0 ? regrets / with_any : 0;
    return a;
  }

  const settings* settings_;
  const std::vector<subject>* subjects_;
  double full_;
  std::vector<judgement> judgements_;
};

std::string judged_name(int steps, double rate, double share) {
  std::ostringstream name;
  name << steps << " steps";
  if (steps > 0) name << " at " << rate;
  if (share < 1) name << ", " << 100 * share << "% of the users";
  return name.str();
}

/// Two judgements of one name would be taken for one.
void refuse_repeats(const char* option, const auto& values) {
  std::set<std::string> texts;
  for (const auto& v : values) {
    std::ostringstream text;
    text << v;
    if (!texts.insert(text.str()).second)
      ciess::detail::throw_error<ciess::argument_error>(option, ": ", text.str(),
                                                        " is given twice");
  }
}

template <class Model>
void run(const settings& s) {
  const auto parts = s.data.read(s.seed);
  std::printf(
      "%lld users, %lld items, %lld pairs to train on, %lld to judge by\n",
      static_cast<long long>(parts.train.users()), static_cast<long long>(parts.train.items()),
      static_cast<long long>(parts.train.size()), static_cast<long long>(parts.held_out.size()));
  const auto preset = ciess::warm_preset<Model>({1, s.dim}, parts.train, s.seed);
  const auto& usual_training = preset.environment;
  Model model(parts.train, preset.model, s.seed);
  const std::vector<ciess::table_shape> shapes(model.shapes().begin(), model.shapes().end());
  // Refuses before anything is trained.
  (void)ciess::budgets_of(s.budgets, shapes);
  std::vector<subject> asked_for;
  for (const auto& prefix : s.sizes) asked_for.push_back(loaded(prefix, shapes, s.budgets));
  std::vector<double> rates = s.judge_rates;
  const double usual = usual_training.tune_rate.first;
  if (rates.empty()) rates = {usual / 2, usual, 2 * usual};
  auto steps = s.steps;
  std::ranges::sort(steps);
  refuse_repeats("--judge-steps", steps);
  refuse_repeats("--judge-rate", rates);
  refuse_repeats("--share", s.shares);
  const std::filesystem::path out = s.out;
  std::filesystem::create_directories(out);

  const auto quality = [&](double share = 1) {
    ciess::evaluation_options o;
    o.share = share;
    return ciess::evaluate(model, parts.train, parts.held_out, o).mean;
  };
  std::printf("training the full-size model ...\n");
  std::fflush(stdout);
  auto long_training = usual_training.full;
  if (s.full_steps > 0) long_training.max_steps = s.full_steps;
  double full = 0;
  const double full_seconds = seconds_of([&] {
    full = ciess::train_until(model, quality, long_training).best;
    model.rotate_to_principal_axes();
  });
  std::vector<std::pair<std::string, decltype(model.snapshot())>> starts;
  starts.emplace_back("", model.snapshot());
  const frequencies often(parts.train);
  const std::span<const double> frequency[] = {often.users, often.items};
  for (const auto& [name, law] : {std::pair{"uniform", ciess::prefix_law::uniform},
                                  std::pair{"log-uniform", ciess::prefix_law::log_uniform},
                                  std::pair{"frequency", ciess::prefix_law::frequency}}) {
    if (s.nested_steps == 0) break;
    model.restore(starts.front().second);
    model.restart(usual_training.nested_rate);
    ciess::prefix_draw draw(shapes, frequency, law, s.seed);
    const double seconds = seconds_of([&] { model.train_nested(s.nested_steps, draw); });
    std::printf("%d nested steps, %s: full size %.4f, %s\n", s.nested_steps, name, quality(),
                ciess::readable_seconds(seconds).c_str());
    starts.emplace_back(std::string(", nested ") + name, model.snapshot());
  }
  const auto& tables = starts.back().second.weights.tables;
  const ciess::table_facts facts{.shapes = shapes,
                                 .frequency = {often.users, often.items},
                                 .kind = {0, 1},
                                 .shows_full = true,
                                 .full = {tables[0].values(), tables[1].values()},
                                 .axes = {0, 0}};
  const auto subjects = subjects_of(s, std::move(asked_for), facts);
  std::printf("quality %.4f after %s; %zu assignments\n", full,
              ciess::readable_seconds(full_seconds).c_str(), subjects.size());
  std::fflush(stdout);

  findings found(s, subjects, full);
  double spent = 0;
  for (std::size_t a = 0; a < subjects.size(); ++a) {
    const ciess::assignment& sizes = subjects[a].sizes;
    const auto cut = [&](double rate, const auto& from) {
      auto r = usual_training.tune_rate;
      r.first = rate;
      r.least = std::min(r.least, rate);
      model.restore(from);
      model.resize(sizes);
      model.restart(r);
    };
    const auto judge = [&](const std::string& start, const auto& from) {
      for (std::size_t k = 0; k < rates.size(); ++k) {
        double before = seconds_of([&] { cut(rates[k], from); });
        int trained = 0;
        for (const int until : steps) {
          if (until == 0 && k > 0) continue;  // no rate has been used yet
          before += seconds_of([&] {
            if (until > trained) model.train(until - trained);
          });
          trained = until;
          // Vectors are made at the first need and kept: every share pays for them.
          const double vectors = seconds_of([&] {
            (void)model.user_vectors();
            (void)model.item_vectors();
          });
          for (const double share : s.shares) {
            verdict v;
            v.steps = until;
            v.seconds = before + vectors + seconds_of([&] { v.quality = quality(share); });
            found.add(judged_name(until, rates[k], share) + start, v);
          }
        }
      }
    };
    const auto train_long = [&](const char* name, const auto& begin,
                                const ciess::train_until_options& o) {
      verdict v;
      v.seconds = seconds_of([&] {
        begin();
        const auto outcome = ciess::train_until(model, quality, o);
        v.quality = outcome.best;
        v.steps = outcome.best_step;
      });
      found.add(name, v);
      return v.quality;
    };
    const auto anew = [&](std::uint64_t seed) {
      return [&model, &sizes, seed] {
        model.resize(sizes);
        model.reset(seed);
      };
    };
    double warm = 0, scratch = 0;
    spent += seconds_of([&] {
      for (const auto& [name, from] : starts) judge(name, from);
      auto o = usual_training.tune;
      o.max_steps = s.warm_steps;
      o.patience = s.patience;
      warm = train_long("warm", [&] { cut(usual, starts.back().second); }, o);
      o = usual_training.full;
      o.max_steps = s.scratch_steps;
      o.patience = s.patience;
      scratch = train_long("scratch", anew(s.seed), o);
      if (s.repeat) (void)train_long("scratch, another seed", anew(s.seed + 1), o);
    });
    ciess::write_file(out / "assignments.tsv", found.assignments_tsv());
    ciess::write_file(out / "taus.tsv", found.taus_tsv());
    const auto done = static_cast<double>(a + 1);
    std::printf("%zu of %zu: %g%% %s: warm %.4f, scratch %.4f; about %s left\n", a + 1,
                subjects.size(), 100 * s.budgets[subjects[a].budget], subjects[a].name.c_str(),
                warm, scratch,
                ciess::readable_seconds(spent / done * static_cast<double>(subjects.size() - a - 1))
                    .c_str());
    std::fflush(stdout);
  }
  found.print();
}

}  // namespace

int main(int argc, char** argv) {
  settings s;
  CLI::App app{"Measures how well short training ranks size assignments"};
  ciess_bench::add_common_options(app, s);
  app.add_option("--judge-steps", s.steps, "tuning steps before a judgement")
      ->check(CLI::Range(0, 100'000))
      ->capture_default_str();
  app.add_option("--nested-steps", s.nested_steps, "of nested training, 0: judge plain axes only")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  app.add_option("--judge-rate", s.judge_rates,
                 "learning rates of that tuning; else half, once and twice the preset's")
      ->check(CLI::PositiveNumber);
  app.add_option("--share", s.shares, "of the users who are ranked for a judgement")
      ->check(CLI::Range(1e-6, 1.0))
      ->capture_default_str();
  app.add_option("--scratch-steps", s.scratch_steps, "most steps of a long training from scratch")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  app.add_option("--warm-steps", s.warm_steps, "most steps of a long training after a warm start")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  app.add_option("--patience", s.patience,
                 "looks without improvement, 100 steps apart, that end a long training")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_flag("--repeat", s.repeat,
               "train from scratch with another seed, too: how far long training agrees with "
               "itself, the most that can be asked of a judgement");
  app.add_option("--sizes", s.sizes, "sizes of earlier runs: PREFIX of PREFIX-{users,items}.npy");
  app.add_option("--count", s.count, "only so many assignments, 0 for all")
      ->check(CLI::Range(0, 1'000'000));
  app.add_option("--out", s.out, "folder for assignments.tsv and taus.tsv")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    const ciess::threads pool(s.threads);
    if (s.backbone == "mf")
      run<ciess::mf>(s);
    else
      run<ciess::lightgcn>(s);
  } catch (const std::exception& e) {
    std::cerr << "ciess_fidelity: " << e.what() << '\n';
    return 1;
  }
  return 0;
}
