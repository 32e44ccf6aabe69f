// SPDX-License-Identifier: MIT
// The whole run for a backbone: see backbones.hpp.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

#include <ciess/backbone/triple_sampler.hpp>
#include <ciess/core/text.hpp>
#include <ciess/data/id_text.hpp>
#include <ciess/io/checkpoints.hpp>
#include <ciess/io/npy.hpp>
#include <ciess/io/policy_file.hpp>
#include <ciess/io/write_file.hpp>
#include <ciess/search/observers.hpp>
#include <ciess/search/presets.hpp>
#include <ciess/search/study.hpp>
#include <ciess/study/save_tables.hpp>

#include "backbones.hpp"
#include "folder.hpp"
#include "report.hpp"
#include "settings.hpp"

namespace example {

/// Checkpoints; what the agents have learnt, and the small tables, as files of their own.
class study_store : public ciess::checkpoints {
 public:
  study_store(const settings& s, const input& in, std::vector<std::string> tables)
      : ciess::checkpoints(checkpoint_folder(s.out),
                           {.every = std::chrono::duration<double>(s.save_every)}),
        settings_{&s},
        input_{&in},
        out_{s.out},
        tables_{std::move(tables)} {}

  template <class Process>
  void searched(const Process& process) const {
    for (std::size_t t = 0; t < tables_.size(); ++t)
      ciess::save_policy(out_ / ("policy-" + tables_[t] + ".safetensors"),
                         {process.policy(t), ciess::frequency_range::of(process.frequency(t)),
                          process.options().state.settings().log_frequency});
  }

  template <class Model>
  void trained(double budget, const Model& model) const {
    ciess::save_tables(out_ / ("tables-" + budget_name(budget) + ".safetensors"), model,
                       input_->data.users, input_->data.items,
                       {.backbone = settings_->backbone, .budget = budget, .seed = settings_->seed},
                       tables_);
  }

 private:
  const settings* settings_;
  const input* input_;
  fs::path out_;
  std::vector<std::string> tables_;
};

template <class Model>
ciess::preset<Model> preset_for(const settings& s, const input& in) {
  const auto& data = in.data.all;
  const ciess::size_range range{.min = 1, .max = s.dim};
  auto p = s.preset == "paper" ? ciess::paper_preset<Model>(range, data, s.seed)
                               : ciess::warm_preset<Model>(range, data, s.seed);
  p.search.budgets = s.budgets;
  p.environment.evaluation.cutoffs = s.at;
  p.environment.evaluation.known_only = in.data.split_by_time;
  if (s.episodes) p.search.episodes = *s.episodes;
  return p;
}

template <class Model>
std::vector<std::string> table_names() {
  if constexpr (std::same_as<Model, ciess::neumf>)
    return {"users-mlp", "items-mlp", "users-gmf", "items-gmf"};
  else
    return {"users", "items"};
}

template <class Model>
int run(const settings& s, const input& in) {
  auto plan = preset_for<Model>(s, in);
  plan.study.stopping = [&] { return s.report || asked_to_stop.load(); };
  plan.study.leave_when_stopped = !s.report;
  const auto make = [&](const ciess::interactions& train) {
    return Model(train, plan.model, s.seed);
  };
  const auto& parts = in.data.parts;
  std::set<std::string> budget_names;
  for (const double b : s.budgets)
    if (!budget_names.insert(budget_name(b)).second)
      throw ciess::argument_error("--budget: " + budget_name(b) + " is given twice");
  // Refuses bad budgets before anything is written; all tables have the same range of sizes.
  const std::vector<ciess::table_shape> shapes{{in.data.all.users(), {1, s.dim}},
                                               {in.data.all.items(), {1, s.dim}}};
  const auto limits = ciess::budgets_of(s.budgets, shapes);
  for (std::size_t b = 1; b < limits.size(); ++b)
    if (const auto same =
            std::ranges::find(limits.begin(), limits.begin() + std::ptrdiff_t(b), limits[b]);
        same != limits.begin() + std::ptrdiff_t(b))
      throw ciess::argument_error("--budget: two of them keep the same number of numbers, " +
                                  std::to_string(limits[b].numbers));
  (void)ciess::triple_sampler(parts.train);  // and data that nothing can be learnt from
  ciess::check_parts(parts);                 // or judged by
  ciess::check_judged(parts, plan.environment.evaluation);

  const fs::path dir = s.out;
  if (s.resume.empty() && fs::exists(settings_file(dir)))
    throw ciess::argument_error("--out: " + s.out +
                                " has a search that has not ended: go on with --resume " + s.out +
                                ", or remove " + checkpoint_folder(dir).string());
  if (s.resume.empty()) (void)earlier_results(s);
  std::error_code code;
  fs::create_directories(dir, code);
  if (code) throw ciess::io_error(dir.string() + ": cannot create: " + code.message());
  study_store store(s, in, table_names<Model>());  // has the folder for itself from here on
  if (s.resume.empty()) {
    clear_results(s);
    begin(store, s, in);
  }
  ciess::write_file(dir / "ids-users.tsv", ciess::ids_tsv(in.data.users));
  ciess::write_file(dir / "ids-items.tsv", ciess::ids_tsv(in.data.items));
  std::ofstream history_file(dir / "history.tsv", std::ios::trunc);
  if (!history_file) throw ciess::io_error((dir / "history.tsv").string() + ": cannot create");

  const auto say = [](const std::string& what) {
    std::printf("%s ...\n", what.c_str());
    std::fflush(stdout);
  };
  ciess::progress progress(std::cout, ::isatty(STDOUT_FILENO) == 1);
  ciess::history history(history_file);
  ciess::stop_when stop(asked_to_stop);
  const auto result = ciess::run_study(make, parts, plan.environment, plan.search, plan.study, say,
                                       store, progress, history, stop);

  const auto names = table_names<Model>();
  for (const auto& row : result.budgets)
    for (std::size_t t = 0; t < names.size(); ++t)
      ciess::save_npy(dir / ("sizes-" + budget_name(row.budget) + "-" + names[t] + ".npy"),
                      row.best_of_all().sizes[t]);
  ciess::write_file(
      dir / "summary.json",
      summary(s, in, result).dump(2, ' ', false, json::error_handler_t::replace) + "\n");
  print_table(result);
  draw(dir, s, parts.train, names, result);
  end(store);
  std::printf("%s in all; sizes, summary.json and history.tsv are in %s\n",
              ciess::readable_seconds(result.seconds.total).c_str(), dir.c_str());
  return 0;
}

}  // namespace example
