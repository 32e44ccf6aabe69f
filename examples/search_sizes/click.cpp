// SPDX-License-Identifier: MIT
#include "run_click.hpp"

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <ciess/backbone/chosen_click_network.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/text.hpp>
#include <ciess/data/click_schema.hpp>
#include <ciess/data/id_text.hpp>
#include <ciess/io/write_file.hpp>
#include <ciess/search/observers/history.hpp>
#include <ciess/study/click_preset.hpp>
#include <ciess/study/click_study.hpp>
#include <ciess/study/draw_study.hpp>
#include <ciess/study/result_table.hpp>
#include <ciess/study/results_folder.hpp>
#include <ciess/study/save_clicks.hpp>
#include <ciess/study/save_policies.hpp>
#include <ciess/study/save_sizes.hpp>
#include <ciess/study/study_files.hpp>
#include <ciess/study/summary.hpp>

#include "report.hpp"
#include "run_common.hpp"

namespace example {
namespace {

using model = ciess::chosen_click_model;
using plan_type = ciess::preset<model, ciess::click_environment<model>>;

/// Writes what the agents have learnt, and the small tables with all that a server needs, as files.
struct click_writer {
  std::filesystem::path folder;
  const settings& s;
  std::vector<std::string> tables;
  std::vector<const ciess::id_map*> ids;
  const ciess::click_schema& schema;

  template <class Run>
  void operator()(const ciess::search_end<Run>& end) const {
    if constexpr (requires { end.run.policy(0); }) ciess::save_policies(folder, end.run, tables);
  }
  void operator()(const ciess::best_trained<model>& best) const {
    ciess::save_click_model(folder / ciess::tables_file(best.budget), best.model, ids, schema,
                            {.budget = best.of_budget, .seed = s.seed}, tables);
  }
};

void report_clicks(const settings& s, const click_input& in, const plan_type& plan,
                   const std::vector<std::string>& tables,
                   const ciess::basic_study_result<ciess::click_evaluation>& r) {
  const std::filesystem::path dir = s.out;
  json about{{"task", "click"}, {"data", {{"read", in.read}}}};
  about["data"]["split"] = in.data.split_by_time ? "temporal" : "random";
  about["seed"] = s.seed;
  about["threads"] = ciess::concurrency();
  about["model"] = s.clicks.model;
  about["maximised"] = s.clicks.maximise;
  if (s.updates) about["updates"] = *s.updates;
  if (s.rate_factor) about["rate_factor"] = *s.rate_factor;
  about["dim"] = s.dim;
  if (s.per != "row") about["sizes_per"] = "table";
  about["batch"] = plan.model.batch;
  for (std::size_t b = 0; b < s.bytes.size(); ++b)
    about["bytes"][ciess::budget_name(plan.asked.budgets[b])] =
        ciess::parse_byte_count(s.bytes[b], "--bytes");
  ciess::save_sizes(dir, r, tables);
  ciess::save_summary(dir / ciess::summary_file, r, about);
  std::printf("%s%s%s", s.quiet ? "" : "\n", ciess::result_table(r, "what the files hold").c_str(),
              bytes_text(s, plan.asked.budgets).c_str());
  std::vector<std::vector<double>> frequency;
  for (std::size_t k = 0; k < in.data.train.fields().size(); ++k)
    frequency.push_back(in.data.train.frequency(k));
  if (frequency.size() < tables.size())
    frequency.emplace_back(in.data.train.features().size(),
                           static_cast<double>(in.data.train.size()));
  const auto name = std::filesystem::path(s.data.data).filename().string();
  say_drawn(s, ciess::draw_study(dir, r, frequency, tables,
                                 s.clicks.model + ", " + (name.empty() ? "made-up data" : name)));
}

plan_type plan_for(const settings& s, const click_input& in) {
  auto p = ciess::click_preset<model>({.min = 1, .max = s.dim}, in.data.train, s.seed);
  p.model.network.kind = ciess::parse_click_network(s.clicks.model);
  if (s.updates || s.rate_factor) {
    p.model.every_row = s.updates == "all";
    p.model.updates = updates_of(s).value_or(ciess::row_update_options{});
  }
  p.environment.maximise =
      s.clicks.maximise == "auc" ? ciess::click_quality::auc : ciess::click_quality::likelihood;
  return p;
}

/// Of all tables, as the model makes them.
std::vector<ciess::table_shape> shapes_of(const plan_type& plan, const settings& s,
                                          const click_input& in) {
  const model first(in.data.train, plan.model, s.seed);
  return {first.shapes().begin(), first.shapes().end()};
}

/// What so many tables are called.
std::vector<std::string> named(std::size_t tables, const click_input& in) {
  std::vector<std::string> names = in.fields;
  if (tables > names.size()) names.emplace_back("features");
  return names;
}

}  // namespace

std::vector<std::string> click_tables(const settings& s, const click_input& in) {
  return named(shapes_of(plan_for(s, in), s, in).size(), in);
}

int run_click(const settings& s, const click_input& in) {
  in.data.schema.check("search_sizes");  // which is written once all is searched
  plan_type plan = plan_for(s, in);
  const auto make = [&](const ciess::impressions& train) {
    return model(train, plan.model, s.seed);
  };
  const auto& parts = in.data;
  const std::vector<ciess::table_shape> shapes = shapes_of(plan, s, in);
  const std::vector<std::string> tables = named(shapes.size(), in);
  std::vector<const ciess::id_map*> ids;
  for (const ciess::id_map& values : parts.values) ids.push_back(&values);
  if (tables.size() > in.fields.size()) ids.push_back(&in.features);
  plan.kinds = tables.size();
  plan.environment.stored_as = formats_of(s, tables);
  plan.asked = asked_for(s, shapes);
  tell_preset(plan, s);
  check_asked(s, plan.asked, shapes, plan.environment.stored_as);
  ciess::click_study task(make, parts.train, parts.validation, parts.test, plan.environment);
  task.check();
  const auto methods = methods_of(plan);

  const ciess::results_folder::run begun{ciess::study_files(plan.asked.budgets, tables, tables),
                                         {s.data.data, s.data.test, s.clicks.validation},
                                         s.force};
  if (s.only_check) return check_begin(s, begun);
  output out(s, begun, [&] { return ciess::settings_text(kept_settings(s), fingerprints(in)); });
  for (std::size_t t = 0; out.store && t < tables.size(); ++t)
    ciess::write_file(out.store->path() / ciess::ids_file(tables[t]), ciess::ids_tsv(*ids[t]));

  const auto result = ciess::run_study(task, plan.asked, methods, plan.study, out.states(),
                                       teller{s}, ciess::history(out.history, method_of_history(s)),
                                       click_writer{s.out, s, tables, ids, parts.schema});

  if (!out.store) return 0;
  report_clicks(s, in, plan, tables, result);
  out.store->end();
  if (!s.quiet)
    std::printf("%s in all; sizes, summary.json and history.tsv are in %s\n",
                ciess::readable_seconds(result.seconds.total).c_str(), s.out.c_str());
  say_exchanged(s, *s.processes);
  return 0;
}

}  // namespace example
