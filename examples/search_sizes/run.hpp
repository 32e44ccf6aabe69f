// SPDX-License-Identifier: MIT
// The whole run for a backbone: see backbones.hpp.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

#include <ciess/backbone/triple_sampler.hpp>
#include <ciess/search/observers.hpp>
#include <ciess/search/presets.hpp>
#include <ciess/search/study.hpp>
#include <ciess/study/results_folder.hpp>
#include <ciess/study/save_policies.hpp>
#include <ciess/study/save_sizes.hpp>
#include <ciess/study/save_tables.hpp>
#include <ciess/study/study_files.hpp>

#include "backbones.hpp"
#include "report.hpp"

namespace example {

/// Checkpoints; what the agents have learnt, and the small tables, as files of their own.
struct study_store : ciess::results_store {
  const settings& s;
  const input& in;
  std::vector<std::string> tables;

  template <class Process>
  void searched(const Process& process) const {
    ciess::save_policies(path(), process, tables);
  }

  template <class Model>
  void trained(double budget, const Model& model) const {
    ciess::save_tables(path() / ciess::tables_file(budget), model, in.data.users, in.data.items,
                       {.backbone = s.backbone, .budget = budget, .seed = s.seed}, tables);
  }
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
  p.study.stopping = [&s] { return s.report || asked_to_stop.load(); };
  p.study.leave_when_stopped = !s.report;
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
  const auto plan = preset_for<Model>(s, in);
  const auto tables = table_names<Model>();
  const auto& parts = in.data.parts;
  // Refuses bad budgets before anything is written; all tables have the same range of sizes.
  ciess::check_budgets(s.budgets,
                       std::vector<ciess::table_shape>{{in.data.all.users(), {1, s.dim}},
                                                       {in.data.all.items(), {1, s.dim}}},
                       "--budget");
  (void)ciess::triple_sampler(parts.train);  // and data that nothing can be learnt from
  ciess::check_parts(parts);                 // or judged by
  ciess::check_judged(parts, plan.environment.evaluation);

  const auto folder = folder_of(s.out);
  const ciess::results_folder::run begun{
      ciess::study_files(s.budgets, tables), {s.data.data, s.data.test}, s.force};
  if (s.resume.empty()) (void)folder.check(begun);
  study_store store{
      {folder, {.every = std::chrono::duration<double>(s.save_every)}}, s, in, tables};
  if (s.resume.empty()) store.begin(begun, begun_with(s, in));
  ciess::save_ids(store.path(), in.data.users, in.data.items);
  std::ofstream history_file(store.path() / ciess::history_file, std::ios::trunc);
  if (!history_file)
    throw ciess::io_error((store.path() / ciess::history_file).string() + ": cannot create");

  const auto say = [&s](const std::string& what) {
    if (!s.quiet) std::printf("%s ...\n", what.c_str());
    std::fflush(stdout);
  };
  ciess::progress shown(std::cout, ::isatty(STDOUT_FILENO) == 1);
  const auto progress = [&](const ciess::step_report& step) {
    if (!s.quiet) shown(step);
  };
  ciess::history history(history_file);
  ciess::stop_when stop(asked_to_stop);
  const auto result = ciess::run_study(
      [&](const ciess::interactions& train) { return Model(train, plan.model, s.seed); }, parts,
      plan.environment, plan.search, plan.study, say, store, progress, history, stop);

  report(s, in, tables, result);
  store.end();
  if (!s.quiet)
    std::printf("%s in all; sizes, summary.json and history.tsv are in %s\n",
                ciess::readable_seconds(result.seconds.total).c_str(), s.out.c_str());
  return 0;
}

}  // namespace example
