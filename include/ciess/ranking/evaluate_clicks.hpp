// SPDX-License-Identifier: MIT
/// @file
/// Measures a click model on impressions.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <span>
#include <vector>

#include <ciess/core/index.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/data/impressions.hpp>
#include <ciess/ranking/auc.hpp>
#include <ciess/ranking/click_evaluation.hpp>
#include <ciess/ranking/detail/check_log_odds.hpp>
#include <ciess/ranking/log_loss.hpp>

namespace ciess {

/// Something that predicts clicks: `predict(shown, log_odds)` writes the log odds of each
/// impression, as many as there are. May change caches.
template <class M>
concept predicts_clicks = requires(M& model, const impressions& shown, std::span<float> log_odds) {
  { model.predict(shown, log_odds) } -> std::same_as<void>;
};

/// The figures of predictions that are there already.  O(values + rows), in parallel over fields;
/// the same bytes at any number of threads. Memory: 12 bytes an impression.
/// @param log_odds  [impressions]
/// @throws argument_error if lengths differ; data_error if all labels are alike; numeric_error
///         naming the first log odds that are not finite
[[nodiscard]] inline click_evaluation evaluate_log_odds(const impressions& shown,
                                                        std::span<const float> log_odds) {
  const char* const who = "evaluate_clicks";
  click_evaluation e;
  e.impressions = shown.size();
  e.clicks = detail::check_log_odds(who, log_odds, shown.labels());
  e.auc = detail::auc_of_checked(who, log_odds, shown.labels(), e.clicks);
  std::vector<double> log_likelihoods(log_odds.size());
  e.log_loss = detail::log_loss_of_checked(
      log_odds, shown.labels(), [&](std::size_t i, double l) { log_likelihoods[i] = l; });
  for (const click_field& field : shown.fields())
    e.first_row.push_back(e.first_row.back() + field.rows);
  const auto rows_of_fields = static_cast<std::size_t>(e.first_row.back());
  if (!shown.features().empty())
    e.first_row.push_back(e.first_row.back() + std::ssize(shown.features()));
  const auto rows = static_cast<std::size_t>(e.first_row.back());
  e.likelihood.resize(rows);
  e.shown.resize(rows);
  parallel_chunks(std::ssize(shown.fields()), [&](index_t field) {
    const auto k = static_cast<std::size_t>(field);
    const auto begin = static_cast<std::size_t>(e.first_row[k]);
    const bool pooled = shown.fields()[k].pooled;
    // An impression counts once for a row, however often a list names it.
    std::vector<index_t> last(pooled ? static_cast<std::size_t>(shown.fields()[k].rows) : 0, -1);
    for (index_t i = 0; i < shown.size(); ++i)
      for (const row_id value : shown.values(i, k)) {
        const auto row = static_cast<std::size_t>(value);
        if (pooled) {
          if (last[row] == i) continue;
          last[row] = i;
        }
        e.likelihood[begin + row] += log_likelihoods[static_cast<std::size_t>(i)];
        ++e.shown[begin + row];
      }
  });
  std::fill(e.shown.begin() + static_cast<std::ptrdiff_t>(rows_of_fields), e.shown.end(),
            e.impressions);
  const double all = e.mean_likelihood();
  for (std::size_t r = 0; r < rows; ++r)
    e.likelihood[r] = r >= rows_of_fields || e.shown[r] == 0
                          ? all
                          : std::exp(e.likelihood[r] / static_cast<double>(e.shown[r]));
  return e;
}

/// Predicts all of these impressions and measures.
/// @throws as `evaluate_log_odds`
template <predicts_clicks Model>
[[nodiscard]] click_evaluation evaluate_clicks(Model& model, const impressions& shown) {
  std::vector<float> log_odds(static_cast<std::size_t>(shown.size()));
  model.predict(shown, log_odds);
  return evaluate_log_odds(shown, log_odds);
}

}  // namespace ciess
