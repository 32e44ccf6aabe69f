// SPDX-License-Identifier: MIT
/// @file
/// The comparison of methods as programs read it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "../support/run_summary.hpp"
#include "compare_methods.hpp"
#include "methods_text.hpp"
#include "published.hpp"

namespace ciess_bench {
namespace detail {

template <class T>
nlohmann::ordered_json json_or_null(const std::optional<T>& x) {
  return x ? nlohmann::ordered_json(*x) : nlohmann::ordered_json(nullptr);
}

/// Null for what no seed has; `each` is by the seeds of the runs.
inline nlohmann::ordered_json seeds_json(const over_seeds& figure) {
  nlohmann::ordered_json out{{"seeds", figure.seeds}, {"mean", nullptr}, {"range", nullptr}};
  if (figure.seeds > 0) {
    out["mean"] = figure.mean;
    out["range"] = {figure.low, figure.high};
  }
  out["each"] = nlohmann::ordered_json::array();
  for (const auto& x : figure.each) out["each"].push_back(json_or_null(x));
  return out;
}

inline nlohmann::ordered_json standing_json(const comparison& c, std::size_t budget) {
  const standing& s = c.standings[budget];
  const auto names = [&](const std::vector<std::size_t>& of) {
    auto all = nlohmann::ordered_json::array();
    for (const std::size_t m : of) all.push_back(c.methods[m].name);
    return all;
  };
  nlohmann::ordered_json out{{"budget", c.budgets[budget]},
                             {"seeds", s.seeds},
                             {"best", names(s.best)},
                             {"next", nullptr}};
  if (s.next) {
    const auto& next = c.methods[*s.next];
    out["next"] = next.name;
    out["gap"] = s.gap;
    out["seeds_ahead"] = s.ahead;
    out["range_of_best"] = c.methods[s.best.front()].budgets[budget].quality.spread();
    out["range_of_next"] = next.budgets[budget].quality.spread();
  }
  out["not_compared"] = names(s.left_out);
  out["compared_with_random"] = s.beside_random;
  out["not_above_random"] = names(s.not_above_random);
  out["sentence"] = standing_text(c, budget) + rest_of_standing_text(c, budget);
  return out;
}

}  // namespace detail

/// All of the table and what is said below it, with the figures of every seed.
[[nodiscard]] inline nlohmann::ordered_json methods_json(
    const comparison& c, const std::vector<run_summary>& runs,
    const std::vector<published_row>& published) {
  using json = nlohmann::ordered_json;
  json out;
  const auto& about = runs.front();
  out["experiment"] = {
      {"backbone", about.backbone},
      {"dim", about.dim},
      {"preset", about.preset},
      {"at", about.at},
      {"data",
       {{"users", about.users},
        {"items", about.items},
        {"interactions", about.interactions},
        {"parts", {{"train", about.train}, {"validation", about.validation}, {"test", about.test}}},
        {"split", about.split}}},
      {"budgets_of", about.budgets_of},
      {"stored_as", about.stored_as},
      {"other_parameters", about.other_numbers}};
  for (const auto& run : runs)
    out["runs"].push_back({{"folder", run.file.parent_path().string()},
                           {"seed", run.seed},
                           {"interrupted", run.interrupted}});
  out["popularity"] = detail::seeds_json(c.popularity);
  out["popularity"]["change"] = detail::seeds_json(c.popularity_change);
  out["full"] = detail::seeds_json(c.full);
  out["full"]["numbers"] = about.full_numbers;
  out["full"]["bytes"] = 4 * about.full_numbers;
  out["methods"] = json::array();
  for (const auto& m : c.methods) {
    json row{{"name", m.name}, {"method", m.method}, {"start", m.start}, {"seeds", m.seeds}};
    row["search"] = {{"measurements", detail::seeds_json(m.measurements)},
                     {"training_steps", detail::seeds_json(m.training_steps)},
                     {"seconds", detail::seeds_json(m.seconds)}};
    row["budgets"] = json::array();
    for (std::size_t b = 0; b < c.budgets.size(); ++b)
      row["budgets"].push_back({{"budget", c.budgets[b]},
                                {"quality", detail::seeds_json(m.budgets[b].quality)},
                                {"change", detail::seeds_json(m.budgets[b].change)},
                                {"numbers", detail::json_or_null(m.budgets[b].numbers)},
                                {"bytes", detail::json_or_null(m.budgets[b].bytes)}});
    out["methods"].push_back(std::move(row));
  }
  out["budgets"] = json::array();
  for (std::size_t b = 0; b < c.budgets.size(); ++b)
    out["budgets"].push_back(detail::standing_json(c, b));
  out["published"] = json::array();
  for (const auto& row : published)
    for (const auto& [removed, quality] : row.figures)
      out["published"].push_back({{"name", row.name}, {"budget", removed}, {"quality", quality}});
  return out;
}

}  // namespace ciess_bench
