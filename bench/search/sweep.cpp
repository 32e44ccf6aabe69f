// SPDX-License-Identifier: MIT
// Which settings does a full-size model want? Begins with those of the preset and goes up and down
// in one setting after the other, as long as the validation part is better for it. Each trial
// trains from scratch until it stops improving, so that a comparison of sizes begins with a model
// that deserves to be full-size.
//
//   ciess_sweep --data ml-1m.txt --backbone ials --out sweep
//   ciess_sweep --data ml-1m.txt --backbone lightgcn --trials 12
//
// On standard output, and in sweep.tsv of --out, written anew after every trial: the settings,
// validation, steps and seconds. Last comes the best on training and validation part together,
// judged on the test part.
#include <ciess/backbone/ials.hpp>
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/backbone/mf.hpp>
#include <ciess/backbone/neumf.hpp>
#include <ciess/backbone/ngcf.hpp>
#include <ciess/backbone/trainer.hpp>
#include <ciess/core/text.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/data/load_dataset.hpp>
#include <ciess/io/check_output.hpp>
#include <ciess/ranking/evaluate.hpp>
#include <ciess/study/presets.hpp>

#include <concepts>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace {

struct settings {
  std::string data, backbone = "lightgcn", out = "sweep";
  int dim = 128, trials = 30, threads = 0;
  std::uint64_t seed = 1;
};

/// A setting, and by which factor a step up multiplies it.
struct knob {
  const char* name;
  double* value;
  double factor;
};

template <class Options>
std::vector<knob> knobs_of(Options& o) {
  if constexpr (std::same_as<Options, ciess::ials::options>) {
    return {{"unobserved", &o.unobserved, 2}, {"penalty", &o.penalty, 1.5}};
  } else {
    std::vector<knob> all{{"rate", &o.rate.first, 2}, {"penalty", &o.penalty, 3}};
    if constexpr (requires { o.network.deviation; })
      all.push_back({"deviation", &o.network.deviation, 3});
    return all;
  }
}

struct trial {
  double validation = 0;
  int steps = 0;
};

template <class Model>
class sweep {
 public:
  explicit sweep(const settings& s)
      : settings_{s},
        parts_{ciess::load_dataset(s.data, {}, {.seed = s.seed}).parts},
        preset_{ciess::warm_preset<Model>(
            {.min = 1, .max = s.dim},
            ciess::merge(ciess::merge(parts_.train, parts_.validation), parts_.test), s.seed)} {
    file_.open(std::filesystem::path(s.out) / "sweep.tsv", std::ios::trunc);
    if (!file_) throw ciess::io_error(s.out + "/sweep.tsv: cannot create");
    file_ << "settings\tvalidation\tsteps\tseconds\n";
  }

  void run() {
    auto best = preset_.model;
    trial found = tried(best);
    for (bool better = true; better;) {
      better = false;
      for (std::size_t k = 0; k < knobs_of(best).size(); ++k)
        for (const bool up : {true, false})
          for (bool on = true; on && left_ > 0;) {
            auto next = best;
            const knob turned = knobs_of(next)[k];
            *turned.value *= up ? turned.factor : 1 / turned.factor;
            const trial seen = tried(next);
            on = seen.validation > found.validation;
            if (!on) continue;
            best = next;
            found = seen;
            better = true;
          }
      if (left_ == 0) break;
    }
    if (left_ == 0)
      std::printf("stopped after %d trials: more might be better\n", settings_.trials);
    const auto known = ciess::merge(parts_.train, parts_.validation);
    Model model(known, best, settings_.seed);
    model.train(found.steps);
    const auto test = ciess::evaluate(model, known, parts_.test);
    std::printf("best: %s: validation %.4f, test %.4f after %d steps\n", text(best).c_str(),
                found.validation, test.mean, found.steps);
  }

 private:
  using options = typename Model::options;

  static std::string text(options o) {
    std::string all;
    for (const auto& k : knobs_of(o))
      all += ciess::joined(all.empty() ? "" : ", ", k.name, ' ', *k.value);
    return all;
  }

  /// Of settings that were tried before, what was found then.
  trial tried(const options& o) {
    const std::string name = text(o);
    if (const auto known = known_.find(name); known != known_.end()) return known->second;
    --left_;
    const ciess::detail::stop_clock clock;
    Model model(parts_.train, o, settings_.seed);
    const auto outcome = ciess::train_until(
        model, [&] { return ciess::evaluate(model, parts_.train, parts_.validation).mean; },
        preset_.environment.full);
    const trial t{outcome.best, outcome.best_step};
    std::printf("%-60s validation %.4f after %d steps, %.0f s\n", name.c_str(), t.validation,
                t.steps, clock.seconds());
    std::fflush(stdout);
    file_ << name << '\t' << t.validation << '\t' << t.steps << '\t' << clock.seconds() << '\n'
          << std::flush;
    return known_[name] = t;
  }

  settings settings_;
  ciess::split parts_;
  ciess::preset<Model> preset_;
  std::ofstream file_;
  std::map<std::string, trial> known_;
  int left_ = settings_.trials;
};

}  // namespace

int main(int argc, char** argv) {
  settings s;
  CLI::App app{"Settings of a full-size model, by its validation part"};
  app.add_option("--data", s.data,
                 "pairs: half is trained on, a quarter each to choose and to test")
      ->required();
  app.add_option("--backbone", s.backbone, "model")
      ->check(CLI::IsMember({"lightgcn", "mf", "ials", "ncf", "ngcf"}))
      ->capture_default_str();
  app.add_option("--dim", s.dim, "size of a row")
      ->check(CLI::Range(1, ciess::size_range::limit))
      ->capture_default_str();
  app.add_option("--trials", s.trials, "trainings at most")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  app.add_option("--seed", s.seed, "of the split and of all weights")->capture_default_str();
  app.add_option("--out", s.out, "folder for sweep.tsv")->capture_default_str();
  app.add_option("--threads", s.threads, "0 for all processors")->check(CLI::Range(0, 1024));
  CLI11_PARSE(app, argc, argv);
  try {
    const ciess::threads pool(s.threads);
    std::filesystem::create_directories(s.out);
    ciess::check_output("--out", std::filesystem::path(s.out) / "sweep.tsv",
                        std::vector<std::string>{s.data});  // before data are read
    if (s.backbone == "mf")
      sweep<ciess::mf>(s).run();
    else if (s.backbone == "ials")
      sweep<ciess::ials>(s).run();
    else if (s.backbone == "ncf")
      sweep<ciess::neumf>(s).run();
    else if (s.backbone == "ngcf")
      sweep<ciess::ngcf>(s).run();
    else
      sweep<ciess::lightgcn>(s).run();
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "ciess_sweep: " << e.what() << '\n';
  }
  return 1;
}
