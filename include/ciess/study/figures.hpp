// SPDX-License-Identifier: MIT
/// @file
/// What tables, pictures and summaries of a study show of the figures of a judge: of rankings and
/// of predicted clicks.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <ciess/core/text.hpp>
#include <ciess/ranking/click_evaluation.hpp>
#include <ciess/ranking/evaluation.hpp>

namespace ciess {
namespace detail {

/// What a figure is in percent of another one, less 100; a dash where that is no number.
inline std::string against(double figure, double full) {
  if (!(full > 0) || !std::isfinite(figure / full)) return "-";
  const std::string text = fixed_text(100 * (figure / full - 1), 1) + "%";
  return text.front() == '-' ? text : "+" + text;
}

/// Positions of the shortest and the longest list.
inline std::vector<std::size_t> shown_lists(const evaluation& e) {
  std::vector<std::size_t> lists;
  if (!e.cutoffs.empty()) lists.push_back(0);
  if (e.cutoffs.size() > 1) lists.push_back(e.cutoffs.size() - 1);
  return lists;
}

}  // namespace detail

// The figures of another judge have functions of these names beside them.

/// The one that "vs. full" and pictures show.
[[nodiscard]] inline double main_figure(const evaluation& e) noexcept { return e.mean; }
/// What it is, in words.
/// @param full  figures of the full-size model, whose lists are the ones that count
/// @param last  between the last two lengths
[[nodiscard]] inline std::string main_figure_name(const evaluation& full,
                                                  const char* last = " and ") {
  std::string text = "mean of Recall and NDCG at ";
  for (std::size_t c = 0; c < full.cutoffs.size(); ++c)
    text += joined(c == 0 ? "" : c + 1 == full.cutoffs.size() ? last : ", ", full.cutoffs[c]);
  return text;
}
/// What a model is worth beside the full-size one: percent more or less.
[[nodiscard]] inline std::string against_full(const evaluation& e, const evaluation& full) {
  return detail::against(e.mean, full.mean);
}

/// Columns of a table: Recall and NDCG of the shortest and of the longest list.
[[nodiscard]] inline std::vector<std::string> figure_names(const evaluation& full) {
  std::vector<std::string> names;
  for (const char* name : {"Recall@", "NDCG@"})
    for (const auto c : detail::shown_lists(full)) names.push_back(joined(name, full.cutoffs[c]));
  return names;
}
/// [columns], nothing for what was not measured.
[[nodiscard]] inline std::vector<std::optional<double>> shown_figures(const evaluation& e,
                                                                      const evaluation& full) {
  std::vector<std::optional<double>> all;
  for (const auto* values : {&e.recall, &e.ndcg})
    for (const auto c : detail::shown_lists(full)) {
      const auto at = std::ranges::find(e.cutoffs, full.cutoffs[c]) - e.cutoffs.begin();
      if (at < std::ssize(*values))
        all.emplace_back((*values)[static_cast<std::size_t>(at)]);
      else
        all.emplace_back(std::nullopt);
    }
  return all;
}

/// AUC, whatever a search maximised.
[[nodiscard]] inline double main_figure(const click_evaluation& e) noexcept { return e.auc; }
[[nodiscard]] inline std::string main_figure_name(const click_evaluation&, const char* = "") {
  return "AUC";
}
/// What AUC gains or loses: a difference, for a share of it says little.
[[nodiscard]] inline std::string against_full(const click_evaluation& e,
                                              const click_evaluation& full) {
  if (full.impressions == 0 || e.impressions == 0) return "-";
  const std::string text = fixed_text(e.auc - full.auc, 4);
  return text.front() == '-' ? text : "+" + text;
}
[[nodiscard]] inline std::vector<std::string> figure_names(const click_evaluation&) {
  return {"AUC", "log-loss"};
}
[[nodiscard]] inline std::vector<std::optional<double>> shown_figures(const click_evaluation& e,
                                                                      const click_evaluation&) {
  if (e.impressions == 0) return {std::nullopt, std::nullopt};
  return {e.auc, e.log_loss};
}

}  // namespace ciess
