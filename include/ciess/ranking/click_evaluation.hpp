// SPDX-License-Identifier: MIT
/// @file
/// The figures of a click model on a part of the impressions.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <ciess/core/fields.hpp>
#include <ciess/core/index.hpp>

namespace ciess {

/// How good predictions of clicks are. Likelihoods are geometric means of the probabilities that
/// were given to what happened, exp(-log_loss): in (0, 1], larger is better, 1 is certainty (0 only
/// where log-loss is past 745).
///
/// Rows have figures of their own: of the impressions that show them. A row that none shows has the
/// likelihood of all: it follows the average. Tables are the fields in their order and, if the
/// impressions have numeric features, one more with a row a feature: every impression shows it.
struct click_evaluation {
  double auc = 0.0;       ///< in [0, 1], ties count half
  double log_loss = 0.0;  ///< mean, in nats
  index_t impressions = 0;
  index_t clicks = 0;
  std::vector<index_t> first_row{0};  ///< [tables + 1] of each table among all rows, and their end
  std::vector<double> likelihood;     ///< [all rows]
  std::vector<index_t> shown;         ///< [all rows] impressions that show it

  /// What exp(-log_loss) is.
  [[nodiscard]] double mean_likelihood() const noexcept { return std::exp(-log_loss); }
  [[nodiscard]] std::size_t tables() const noexcept { return first_row.size() - 1; }
  /// Of the rows of a table. @pre it is there
  [[nodiscard]] std::span<const double> likelihood_of(std::size_t table) const noexcept {
    return std::span(likelihood).subspan(start(table), start(table + 1) - start(table));
  }
  /// Impressions that show each row of a table. @pre it is there
  [[nodiscard]] std::span<const index_t> shown_of(std::size_t table) const noexcept {
    return std::span(shown).subspan(start(table), start(table + 1) - start(table));
  }

  /// See `field_visitor`.
  template <class F>
  void visit(F& f) {
    f("auc", auc);
    f.check("auc", auc >= 0 && auc <= 1, "in [0, 1]");
    f("log_loss", log_loss);
    f.check("log_loss", log_loss >= 0 && std::isfinite(log_loss), "finite and >= 0");
    f("impressions", impressions);
    f.check("impressions", impressions >= 0, "a count");
    f("clicks", clicks);
    f.check("clicks", clicks >= 0 && clicks <= impressions, "a count of impressions");
    f("first_row", first_row);
    f("likelihood", likelihood);
    f.check("first_row",
            !first_row.empty() && first_row.front() == 0 && std::ranges::is_sorted(first_row) &&
                first_row.back() == std::ssize(likelihood),
            "rising, from 0 to the number of rows");
    f.check("likelihood",
            std::ranges::all_of(likelihood, [](double l) { return l >= 0 && l <= 1; }),
            "in [0, 1]");
    f("shown", shown);
    f.check(
        "shown",
        shown.size() == likelihood.size() &&
            std::ranges::all_of(shown, [this](index_t n) { return n >= 0 && n <= impressions; }),
        "a count of impressions for each row");
  }

 private:
  [[nodiscard]] std::size_t start(std::size_t table) const noexcept {
    return static_cast<std::size_t>(first_row[table]);
  }
};

}  // namespace ciess
