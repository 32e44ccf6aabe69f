// SPDX-License-Identifier: MIT
/// @file
/// How many of all others stand before an item, told by how many of a few drawn ones do.
#pragma once

#include <algorithm>
#include <cmath>
#include <compare>
#include <cstddef>
#include <limits>
#include <map>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include <ciess/core/index.hpp>

namespace ciess::detail {

/// log of n!, of whole n >= 0.
[[nodiscard]] inline double log_factorial(index_t n) noexcept {
  if (n < 64) {
    double product = 1.0;
    for (index_t i = 2; i <= n; ++i) product *= static_cast<double>(i);
    return std::log(product);
  }
  // Stirling's series: its next term is below 1e-15 from here on. lgamma writes to a global.
  const double x = static_cast<double>(n) + 1.0;
  const double square = x * x;
  return (x - 0.5) * std::log(x) - x + 0.91893853320467274178 +
         (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / x;
}

/// log of the probability that of `drawn` of `population` things, taken without putting back,
/// `hits` are of the `marked` ones. Minus infinity where that cannot be.
[[nodiscard]] inline double log_hypergeometric(index_t hits, index_t population, index_t marked,
                                               index_t drawn) noexcept {
  if (hits < 0 || hits > marked || drawn - hits > population - marked || hits > drawn)
    return -std::numeric_limits<double>::infinity();
  const auto choose = [](index_t n, index_t k) {
    return log_factorial(n) - log_factorial(k) - log_factorial(n - k);
  };
  return choose(marked, hits) + choose(population - marked, drawn - hits) -
         choose(population, drawn);
}

/// What somebody was told: so many of `drawn` of `population` others, their own, stand before them.
struct sighting {
  index_t before = 0;
  index_t population = 0;
  index_t drawn = 0;
  index_t least = 0;  ///< their position is known to be at least that
  friend auto operator<=>(const sighting&, const sighting&) = default;
};

/// The distribution of positions among others: of each it is known how many of those drawn stand
/// before them, and of a few where they are. A prior of positions is fitted, by expectation and
/// maximisation, first to these few, then to all, and gives each the distribution of its own
/// position. Without the few nothing would tell positions apart before which less than one of those
/// drawn is to be expected: on a large table these are the whole list.
///
/// Positions are single up to a bound and come in groups, whose widths grow by a twentieth, behind
/// it.
/// Source: Li, Jin, Gao, Liu, "On estimating recommendation evaluation metrics under sampling",
/// AAAI 2021, there for draws with putting back and without the few.
class position_estimate {
 public:
  /// @param most    no position is above it
  /// @param single  positions below it are told apart
  position_estimate(index_t most, index_t single) {
    for (index_t at = 0; at <= most;) {
      const index_t width = at < std::max<index_t>(single, 20) ? 1 : at / 20;
      const index_t last = std::min(most, at + width - 1);
      begins_.push_back(at);
      middles_.push_back((at + last) / 2);
      prior_.push_back(std::log((static_cast<double>(last) + 2) / (static_cast<double>(at) + 1)));
      at = last + 1;
    }
    begins_.push_back(most + 1);
    normalise(prior_);
    exact_.assign(prior_.size(), 0.0);
  }

  /// Of each group the position that stands for it, rising.
  [[nodiscard]] std::span<const index_t> positions() const noexcept { return middles_; }
  [[nodiscard]] std::span<const double> prior() const noexcept { return prior_; }

  /// One of the few has this position.
  void add_exact(index_t position, double weight) noexcept { exact_[group_of(position)] += weight; }
  /// One of the few, whose position is not known but for what it was told.
  void add_of_few(const sighting& told, double weight) { few_[told] += weight; }
  /// One of the others.
  void add(const sighting& told, double weight) { others_[told] += weight; }

  /// Fits the prior. Costs, for each round, the positions times different things that were told.
  void fit() {
    constexpr int rounds_of_few = 50;
    constexpr int rounds_of_all = 20;
    const std::vector<double> exact = exact_;
    for (std::size_t b = 0; b < exact_.size(); ++b) exact_[b] += prior_[b];  // as much as one pair
    fit(few_, rounds_of_few);
    exact_ = exact;
    for (const auto& [told, weight] : others_) few_[told] += weight;
    fit(few_, rounds_of_all);
  }

  /// The distribution over `positions` of somebody who was told that.
  [[nodiscard]] std::vector<double> posterior(const sighting& told) const {
    std::vector<double> p = likelihood(told);
    for (std::size_t b = 0; b < p.size(); ++b) p[b] *= prior_[b];
    normalise(p);
    return p;
  }

 private:
  using sightings = std::map<sighting, double>;  ///< and their weights

  static void normalise(std::vector<double>& p) noexcept {
    double sum = 0.0;
    for (const double x : p) sum += x;
    if (!(sum > 0)) return;
    for (double& x : p) x /= sum;
  }

  [[nodiscard]] std::size_t group_of(index_t position) const noexcept {
    const auto behind = std::upper_bound(begins_.begin(), begins_.end(), position);
    return static_cast<std::size_t>(behind - begins_.begin()) - 1;
  }

  void fit(const sightings& told, int rounds) {
    std::vector<std::pair<double, std::vector<double>>> of;  // weights and likelihoods
    of.reserve(told.size());
    for (const auto& [what, weight] : told) of.emplace_back(weight, likelihood(what));
    std::vector<double> next(prior_.size());
    for (int round = 0; round < rounds; ++round) {
      next = exact_;
      double all = std::accumulate(next.begin(), next.end(), 0.0);
      for (const auto& [weight, likelihoods] : of) {
        double sum = 0.0;
        for (std::size_t b = 0; b < prior_.size(); ++b) sum += prior_[b] * likelihoods[b];
        if (!(sum > 0)) continue;
        all += weight;
        for (std::size_t b = 0; b < prior_.size(); ++b)
          next[b] += weight / sum * prior_[b] * likelihoods[b];
      }
      if (!(all > 0)) return;
      normalise(next);
      prior_.swap(next);
    }
  }

  /// Of what was told where the position is in a group: at its middle, or the nearest of its
  /// positions that can be. Up to a factor: the largest is 1, so that none is lost below the least
  /// double.
  [[nodiscard]] std::vector<double> likelihood(const sighting& told) const {
    constexpr double never = -std::numeric_limits<double>::infinity();
    const index_t first = std::max(told.before, told.least);
    const index_t last = told.population - (told.drawn - told.before);
    std::vector<double> p(middles_.size(), never);
    double most = never;
    for (std::size_t b = 0; b < p.size(); ++b) {
      const index_t from = std::max(first, begins_[b]);
      const index_t to = std::min(last, begins_[b + 1] - 1);
      if (from > to) continue;
      p[b] = log_hypergeometric(told.before, told.population, std::clamp(middles_[b], from, to),
                                told.drawn);
      most = std::max(most, p[b]);
    }
    for (double& x : p) x = most > never ? std::exp(x - most) : 0.0;
    return p;
  }

  std::vector<index_t> begins_;   ///< [groups + 1]
  std::vector<index_t> middles_;  ///< [groups]
  std::vector<double> prior_;     ///< [groups]
  std::vector<double> exact_;     ///< [groups] weight of those who are known to be there
  sightings few_, others_;
};

}  // namespace ciess::detail
