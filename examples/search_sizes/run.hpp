// SPDX-License-Identifier: MIT
// The whole run for a backbone: see backbones.hpp.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <ciess/backbone/triple_sampler.hpp>
#include <ciess/search/observers/history.hpp>
#include <ciess/study/presets.hpp>
#include <ciess/study/results_folder.hpp>
#include <ciess/study/run_study.hpp>
#include <ciess/study/save_policies.hpp>
#include <ciess/study/save_sizes.hpp>
#include <ciess/study/save_tables.hpp>
#include <ciess/study/save_vectors.hpp>
#include <ciess/study/study_files.hpp>

#include "backbones.hpp"
#include "report.hpp"
#include "run_common.hpp"
#include "serving.hpp"

namespace example {

/// Writes what the agents have learnt, and the small tables, as files.
struct writer {
  std::filesystem::path folder;
  const settings& s;
  const input& in;
  std::vector<std::string> tables;

  template <class Run>
  void operator()(const ciess::search_end<Run>& end) const {
    if constexpr (requires { end.run.policy(0); }) ciess::save_policies(folder, end.run, tables);
  }
  template <class Model>
  void operator()(const ciess::best_trained<Model>& best) const {
    ciess::save_tables(folder / ciess::tables_file(best.budget), best.model, in.data.users,
                       in.data.items,
                       {.backbone = s.backbone, .budget = best.of_budget, .seed = s.seed}, tables);
    if constexpr (ciess::layered_model<Model>)  // for a server, which judges pairs by them
      ciess::save_with_layers(
          folder / ciess::serving_file(best.budget), best.model, in.data.users, in.data.items,
          {.backbone = s.backbone, .budget = best.of_budget, .seed = s.seed}, tables);
    if constexpr (ciess::inner_product_backbone<Model>) {
      Model model = best.model;  // to ask for vectors fills caches
      if (s.vectors) ciess::save_vectors(folder / ciess::vectors_file(best.budget), model);
      write_serving(s, in, {best.budget, best.bytes, best.validation, best.of_budget},
                    model.user_vectors(), model.item_vectors());
    }
  }
};

/// Of all tables, which have one range of sizes.
inline std::vector<ciess::table_shape> shapes_of(const std::vector<std::string>& tables,
                                                 const ciess::interactions& data, int dim) {
  std::vector<ciess::table_shape> all;
  for (std::size_t t = 0; t < tables.size(); ++t)
    all.push_back({ciess::ranking_judge::kind(t) == 0 ? data.users() : data.items(), {1, dim}});
  return all;
}

template <class Model>
ciess::preset<Model> preset_for(const settings& s, const input& in) {
  const auto& data = in.data.all;
  const ciess::size_range range{.min = 1, .max = s.dim};
  auto p = ciess::warm_preset<Model>(range, data, s.seed);
  if constexpr (requires { ciess::paper_preset<Model>(range, data, s.seed); }) {
    if (s.preset == "paper") p = ciess::paper_preset<Model>(range, data, s.seed);
  } else if (s.preset == "paper") {
    throw ciess::argument_error("--preset paper: the paper has no " + s.backbone);
  }
  const auto tables = table_names(s.backbone);
  p.environment.stored_as = formats_of(s, tables);
  p.asked = asked_for(s, shapes_of(tables, data, s.dim));
  p.environment.evaluation.cutoffs = s.at;
  p.environment.evaluation.known_only = in.data.split_by_time;
  if constexpr (requires { p.train_with(loss_of(s), data); }) p.train_with(loss_of(s), data);
  if (s.updates) {
    const auto updates = updates_of(s);
    const std::string who = "--updates " + *s.updates;
    if constexpr (requires { p.model.updates; }) {
      p.model.updates = updates;
      p.model.check(who.c_str());
    } else {
      throw ciess::argument_error(who + ": " + s.backbone +
                                  " solves for its rows, and takes no steps");
    }
  }
  if constexpr (std::same_as<Model, ciess::ials>) {
    p.model.unobserved = s.unobserved.value_or(p.model.unobserved);
    p.model.penalty = s.penalty.value_or(p.model.penalty);
  }
  tell_preset(p, s);
  return p;
}

template <class Model>
int run(const settings& s, const input& in) {
  const auto plan = preset_for<Model>(s, in);
  const auto tables = table_names(s.backbone);
  const auto& parts = in.data.parts;
  // Refuses bad budgets before anything is written.
  check_asked(s, plan.asked, shapes_of(tables, in.data.all, s.dim), plan.environment.stored_as);
  if constexpr (requires { plan.model.check(); }) plan.model.check();
  if constexpr (requires { plan.model.batch; })
    (void)ciess::triple_sampler(parts.train);  // and data that nothing can be learnt from
  ciess::check_parts(parts);                   // or judged by
  ciess::check_judged(parts, plan.environment.evaluation);

  const auto methods = methods_of(plan);
  if (s.vectors && !ciess::inner_product_backbone<Model>)
    throw ciess::argument_error("--vectors: scores of " + s.backbone +
                                " are no inner products of vectors");

  const ciess::results_folder::run begun{
      ciess::study_files(plan.asked.budgets, tables), {s.data.data, s.data.test}, s.force};
  if (s.only_check) return check_begin(s, begun);
  output out(s, begun, [&] { return begun_with(s, in); });
  if (out.store) ciess::save_ids(out.store->path(), in.data.users, in.data.items);

  const auto result = ciess::run_study(
      [&](const ciess::interactions& train) { return Model(train, plan.model, s.seed); }, parts,
      plan.environment, plan.asked, methods, plan.study, out.states(), teller{s},
      ciess::history(out.history, method_of_history(s)), writer{s.out, s, in, tables});

  if (!out.store) return 0;
  report(s, in, tables, plan.asked.budgets, result);
  out.store->end();
  if (!s.quiet)
    std::printf("%s in all; sizes, summary.json and history.tsv are in %s\n",
                ciess::readable_seconds(result.seconds.total).c_str(), s.out.c_str());
  say_exchanged(s, *s.processes);
  return 0;
}

}  // namespace example
