// SPDX-License-Identifier: MIT
/// @file
/// How many of all others stand before an item, told by how many of a few drawn ones do.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
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

/// The distribution of positions among `population` others: of each it is known how many of `drawn`
/// others stand before them, and of a few where they are. A prior of positions is fitted, by
/// expectation and maximisation, first to these few, then to all, and gives each the distribution
/// of its own position. Without the few nothing would tell positions apart before which less than
/// one of those drawn is to be expected: on a large table these are the whole list.
///
/// Positions are single up to a bound and come in groups, whose widths grow by a twentieth, behind
/// it.
/// Source: Li, Jin, Gao, Liu, "On estimating recommendation evaluation metrics under sampling",
/// AAAI 2021, there for draws with putting back and without the few.
class position_estimate {
 public:
  /// @param single  positions below it are told apart
  position_estimate(index_t population, index_t drawn, index_t single)
      : population_{population}, drawn_{std::min(drawn, population)} {
    for (index_t at = 0; at <= population_;) {
      const index_t width = at < std::max<index_t>(single, 20) ? 1 : at / 20;
      const index_t last = std::min(population_, at + width - 1);
      begins_.push_back(at);
      middles_.push_back((at + last) / 2);
      prior_.push_back(std::log((static_cast<double>(last) + 2) / (static_cast<double>(at) + 1)));
      at = last + 1;
    }
    normalise(prior_);
    exact_.assign(prior_.size(), 0.0);
  }

  /// Of each group the position that stands for it, rising.
  [[nodiscard]] std::span<const index_t> positions() const noexcept { return middles_; }
  [[nodiscard]] std::span<const double> prior() const noexcept { return prior_; }

  /// One of the few has this position.
  void add_exact(index_t position, double weight) noexcept { exact_[group_of(position)] += weight; }
  /// One of the few has so many drawn ones before it, and a position of at least `least`.
  void add_behind(index_t before, index_t least, double weight) {
    behind_[{before, least}] += weight;
  }
  /// One of the others has so many drawn ones before it.
  void add(index_t before, double weight) { seen_[{before, 0}] += weight; }

  /// Fits the prior. Costs, for each round, the positions times different things that were seen.
  void fit() {
    constexpr int rounds_of_few = 50;
    constexpr int rounds_of_all = 20;
    const std::vector<double> exact = exact_;
    for (std::size_t b = 0; b < exact_.size(); ++b) exact_[b] += prior_[b];  // as much as one pair
    fit(behind_, rounds_of_few);
    exact_ = exact;
    behind_.insert(seen_.begin(), seen_.end());  // `least` tells them apart
    fit(behind_, rounds_of_all);
  }

  /// The distribution over `positions` of somebody who saw `before` of `drawn` of `population`,
  /// numbers of their own, before them.
  [[nodiscard]] std::vector<double> posterior(index_t before, index_t population,
                                              index_t drawn) const {
    std::vector<double> p = likelihood(before, population, drawn);
    for (std::size_t b = 0; b < p.size(); ++b) p[b] *= prior_[b];
    normalise(p);
    return p;
  }
  [[nodiscard]] std::vector<double> posterior(index_t before) const {
    return posterior(before, population_, drawn_);
  }

 private:
  using sightings = std::map<std::pair<index_t, index_t>, double>;  ///< (before, least): weight

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

  void fit(const sightings& seen, int rounds) {
    struct sighting {
      double weight;
      std::vector<double> likelihoods;
    };
    std::vector<sighting> of;
    for (const auto& [what, weight] : seen) {
      of.push_back({weight, likelihood(what.first, population_, drawn_)});
      for (std::size_t b = 0; b < prior_.size() && middles_[b] < what.second; ++b)
        of.back().likelihoods[b] = 0.0;
    }
    std::vector<double> next(prior_.size());
    for (int round = 0; round < rounds; ++round) {
      next = exact_;
      for (const sighting& s : of) {
        double sum = 0.0;
        for (std::size_t b = 0; b < prior_.size(); ++b) sum += prior_[b] * s.likelihoods[b];
        if (!(sum > 0)) continue;
        for (std::size_t b = 0; b < prior_.size(); ++b)
          next[b] += s.weight / sum * prior_[b] * s.likelihoods[b];
      }
      normalise(next);
      prior_.swap(next);
    }
  }

  /// Up to a factor: the largest is 1, so that none is lost below the least double.
  [[nodiscard]] std::vector<double> likelihood(index_t before, index_t population,
                                               index_t drawn) const {
    std::vector<double> p(middles_.size());
    double most = -std::numeric_limits<double>::infinity();
    for (std::size_t b = 0; b < p.size(); ++b) {
      p[b] = log_hypergeometric(before, population, std::min(middles_[b], population), drawn);
      most = std::max(most, p[b]);
    }
    const bool possible = most > -std::numeric_limits<double>::infinity();
    for (double& x : p) x = possible ? std::exp(x - most) : 0.0;
    return p;
  }

  index_t population_, drawn_;
  std::vector<index_t> begins_, middles_;  ///< [groups]
  std::vector<double> prior_;              ///< [groups]
  std::vector<double> exact_;              ///< [groups] weight of those who are known to be there
  sightings behind_, seen_;
};

}  // namespace ciess::detail
