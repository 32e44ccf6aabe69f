// SPDX-License-Identifier: MIT
/// @file
/// An environment whose best assignment is known: each row has a concave quality curve q(d) = w (1
/// - exp(-d / tau)).
#pragma once

#include <ciess/core/random.hpp>
#include <ciess/search/environment.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <vector>

/// Weight w and scale tau of a row follow its frequency, with log-normal noise, as they would in a
/// recommender: popular rows matter more and need more columns. The quality of the whole is the
/// mean over all rows.
class analytic_environment {
 public:
  explicit analytic_environment(std::uint64_t seed, std::vector<ciess::index_t> rows = {600, 400},
                                ciess::size_range range = {1, 128}) {
    const ciess::random_stream stream(seed, ciess::purpose::user);
    for (std::size_t t = 0; t < rows.size(); ++t) {
      shapes_.push_back({rows[t], range});
      auto& f = frequency_.emplace_back();
      auto& w = weight_.emplace_back();
      auto& tau = tau_.emplace_back();
      for (ciess::index_t r = 0; r < rows[t]; ++r) {
        auto engine = stream.at(t, static_cast<std::uint64_t>(r));
        const double popularity = std::pow(1 - ciess::uniform01<double>(engine), -0.6);  // Pareto
        f.push_back(std::floor(10 * std::min(popularity, 100.0)));
        const auto [a, b] = ciess::normal_pair<double>(engine);
        w.push_back(0.1 * std::pow(popularity, 0.7) * std::exp(0.4 * a));
        tau.push_back(std::min(60.0, 3 * std::pow(popularity, 0.8) * std::exp(0.5 * b)));
      }
    }
  }

  std::span<const ciess::table_shape> shapes() const { return shapes_; }
  std::span<const double> frequency(std::size_t t) const { return frequency_[t]; }
  ciess::measurement full() const { return measure(ciess::assignment(shapes_)); }
  ciess::measurement measure(const ciess::assignment& a) const {
    ciess::measurement m;
    double sum = 0;
    std::size_t n = 0;
    for (std::size_t t = 0; t < shapes_.size(); ++t) {
      auto& rows = m.rows.emplace_back();
      rows.reserve(weight_[t].size());
      for (std::size_t r = 0; r < weight_[t].size(); ++r)
        rows.push_back(quality(t, r, a[t][static_cast<ciess::index_t>(r)]));
      sum = std::accumulate(rows.begin(), rows.end(), sum);
      n += rows.size();
    }
    m.quality = sum / static_cast<double>(n);
    return m;
  }

  /// The best assignment within a budget, by water-filling: the curves are concave, so giving each
  /// number to the row that gains most from it is optimal.
  ciess::assignment optimum(ciess::budget limit) const {
    struct step {
      double gain;
      std::size_t table;
      ciess::index_t row;
    };
    std::vector<step> gains;
    std::vector<ciess::sizes> tables;
    for (std::size_t t = 0; t < shapes_.size(); ++t) {
      tables.emplace_back(shapes_[t].rows, shapes_[t].range, shapes_[t].range.min);
      for (std::size_t r = 0; r < weight_[t].size(); ++r)
        for (int d = shapes_[t].range.min; d < shapes_[t].range.max; ++d)
          gains.push_back(
              {quality(t, r, d + 1) - quality(t, r, d), t, static_cast<ciess::index_t>(r)});
    }
    ciess::assignment best(std::move(tables));
    const auto count =
        std::min(static_cast<std::size_t>(limit.numbers - best.total()), gains.size());
    std::ranges::nth_element(gains, gains.begin() + static_cast<std::ptrdiff_t>(count) - 1,
                             std::greater<>{}, &step::gain);
    for (std::size_t i = 0; i < count; ++i)
      best[gains[i].table].set(gains[i].row, best[gains[i].table][gains[i].row] + 1);
    return best;
  }

 private:
  double quality(std::size_t t, std::size_t r, int d) const {
    return weight_[t][r] * (1 - std::exp(-d / tau_[t][r]));
  }

  std::vector<ciess::table_shape> shapes_;
  std::vector<std::vector<double>> frequency_, weight_, tau_;
};
static_assert(ciess::environment<analytic_environment>);
