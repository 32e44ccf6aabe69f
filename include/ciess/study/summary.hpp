// SPDX-License-Identifier: MIT
/// @file
/// The result of a study as programs read it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include <ciess/core/text.hpp>
#include <ciess/data/dataset.hpp>
#include <ciess/io/write_file.hpp>
#include <ciess/ranking/click_evaluation.hpp>
#include <ciess/ranking/evaluation.hpp>
#include <ciess/search/budget/bytes.hpp>
#include <ciess/study/study_result.hpp>

namespace ciess {

/// All figures of an evaluation, by name: "recall@5", ..., "mean", "users".
[[nodiscard]] inline nlohmann::ordered_json figures_json(const evaluation& e) {
  nlohmann::ordered_json all;
  for (const auto& [name, values] : {std::pair{"recall", &e.recall},
                                     {"ndcg", &e.ndcg},
                                     {"hit_rate", &e.hit_rate},
                                     {"mrr", &e.mrr},
                                     {"map", &e.map},
                                     {"coverage", &e.coverage}})
    for (std::size_t c = 0; c < e.cutoffs.size(); ++c)
      all[joined(name, '@', e.cutoffs[c])] = (*values)[c];
  all["mean"] = e.mean;
  all["users"] = e.evaluated_users;
  if (e.left_out_pairs + e.left_out_users + e.left_out_items > 0)
    all["not_known_in_training"] = {
        {"pairs", e.left_out_pairs}, {"users", e.left_out_users}, {"items", e.left_out_items}};
  return all;
}

/// The same of predicted clicks: "auc", "log_loss", "impressions", "clicks".
[[nodiscard]] inline nlohmann::ordered_json figures_json(const click_evaluation& e) {
  return {{"auc", e.auc},
          {"log_loss", e.log_loss},
          {"impressions", e.impressions},
          {"clicks", e.clicks}};
}

/// How many rows and pairs there are, and how they are shared out.
[[nodiscard]] inline nlohmann::ordered_json parts_json(const dataset& d) {
  const auto train = d.parts.train.size(), validation = d.parts.validation.size(),
             test = d.parts.test.size();
  return {{"users", d.all.users()},
          {"items", d.all.items()},
          {"interactions", train + validation + test},
          {"parts", {{"train", train}, {"validation", validation}, {"test", test}}}};
}

/// All figures of a study; null for those that are no finite numbers, and for the best method of a
/// budget that none has met.
/// @param about  an object that they are added to: what the caller has to say of his run
template <class Figures>
[[nodiscard]] nlohmann::ordered_json summary_json(
    const basic_study_result<Figures>& r,
    nlohmann::ordered_json about = nlohmann::ordered_json::object()) {
  auto out = std::move(about);
  out["interrupted"] = r.stopped;
  out["seconds"] = {{"pretrain", r.seconds.pretrain},
                    {"search", r.seconds.search},
                    {"retrain", r.seconds.retrain},
                    {"total", r.seconds.total}};
  out["stored_as"] = name_of(r.stored_as);
  out["budgets_of"] = r.of == budget_of::bytes ? "bytes" : "numbers";
  out["other_parameters"] = r.other_numbers;  // layers: in no table, never removed
  out[r.baseline_name] = {{"validation", r.baseline_validation},
                          {"test", figures_json(r.baseline)}};
  out["full"] = {{"parameters", r.full_numbers},
                 {"validation", r.full_validation},
                 {"test", figures_json(r.full)}};
  out["searches"] = nlohmann::ordered_json::object();
  for (const auto& e : r.searches) {
    auto& effort = out["searches"][e.method];
    effort["measurements"] = e.measurements;
    effort["training_steps"] = nullptr;
    if (e.training_steps) effort["training_steps"] = *e.training_steps;
    effort["seconds"] = e.seconds;
  }
  out["budgets"] = nlohmann::ordered_json::array();
  for (const auto& row : r.budgets) {
    auto methods = nlohmann::ordered_json::object();
    const auto add = [&](const basic_method_result<Figures>& m) {
      methods[label(row, m)] = {{"method", m.method},
                                {"origin", m.origin},
                                {"start", m.recipe.from == start::warm ? "warm" : "scratch"},
                                {"steps", m.recipe.steps},
                                {"sparsity", m.sizes.sparsity()},
                                {"parameters", m.sizes.total()},
                                {"bytes", packed_bytes(m.sizes, r.stored_as)},
                                {"validation", m.validation},
                                {"test", figures_json(m.test)}};
    };
    for (const auto& m : row.methods) add(m);
    if (row.smaller) {
      add(*row.smaller);
      methods[label(row, *row.smaller)]["of_budget"] = row.smaller_budget;
    }
    nlohmann::ordered_json best;
    if (!row.methods.empty()) best = label(row, row.best_of_all());
    out["budgets"].push_back(
        {{"budget", row.budget}, {"best", std::move(best)}, {"methods", std::move(methods)}});
  }
  return out;
}

/// JSON as text with indentation. Bytes that are no UTF-8 become U+FFFD: names of files may have
/// some.
[[nodiscard]] inline std::string json_text(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

/// @throws io_error as `write_file`
template <class Figures>
void save_summary(const std::filesystem::path& path, const basic_study_result<Figures>& r,
                  nlohmann::ordered_json about = nlohmann::ordered_json::object()) {
  write_file(path, json_text(summary_json(r, std::move(about))));
}

}  // namespace ciess
