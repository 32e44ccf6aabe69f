// SPDX-License-Identifier: MIT
/// @file
/// Sizes by chance that fall with frequency: what BET proposes for a budget.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ciess/core/parallel.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/text.hpp>
#include <ciess/search/bet/row_ranks.hpp>
#include <ciess/search/bet/share_law.hpp>
#include <ciess/search/bet/size_sets.hpp>
#include <ciess/search/budget/projection.hpp>

namespace ciess {

/// Sizes as they were drawn, before they are made to meet the budget.
struct drawn_sizes {
  /// Of one kind of tables.
  struct kind {
    shaped_law law{};
    double part = 0;             ///< of the budget, in [0, 1]
    std::vector<float> asked{};  ///< sizes, the largest first: of each rank, or of many in a row
  };
  std::vector<kind> kinds;

  /// "power(3.1) 42%, normal(0.2) 58%", one a kind.
  [[nodiscard]] std::string text() const {
    std::string all;
    for (const kind& k : kinds)
      all += joined(all.empty() ? "" : ", ", name_of(k.law.law), '(',
                    significant_text(k.law.beta, 3), ") ", significant_text(100 * k.part, 3), '%');
    return all;
  }
};

/// Draws sizes of all rows: a law for each kind of tables and a part of the budget, shares by the
/// law for its rows, the largest for the most frequent.
///
/// As in BET, but: parts are uniform among those that hold every kind between d_min and d_max (BET:
/// all, so that the smallest sizes alone may exceed a part, and no law may ever fit one that is too
/// large), for any number of kinds. The law of one kind is drawn again until no size exceeds d_max,
/// not both (the same, since each fits by itself), but `redraws` times at most; then the projection
/// clips. Whether the power law is likely to fit is decided before its shares are drawn. More than
/// `draws` rows of a kind share so many draws, by rank, and straight lines between them. The
/// projection spends the budget to the last number and never exceeds it; BET rounds down, which
/// wastes, and lifts to 1, which may exceed.
class law_sampler {
 public:
  static constexpr std::size_t draws = 2048;
  static constexpr int redraws = 20;

  /// @param ranks    must outlive this
  /// @param numbers  of the budget; less than d_min everywhere counts as that
  /// @param costs    [tables] what a number of each counts; none: 1. Of a kind: in the mean of rows
  law_sampler(const row_ranks& ranks, std::int64_t numbers, std::span<const double> costs = {})
      : ranks_{&ranks}, numbers_{static_cast<double>(numbers)} {
    double least = 0;
    double most = 0;
    for (const auto& k : ranks.kinds()) {
      double cost = 0;
      if (!costs.empty())
        for (const ranked_row& row : k.rows) cost += costs[row.table];
      cost_.push_back(cost > 0 ? cost / static_cast<double>(k.rows.size()) : 1.0);
      least += k.least * cost_.back();
      most += k.most * cost_.back();
    }
    numbers_ = std::clamp(numbers_, least, most);
    free_ = most > least ? (numbers_ - least) / (most - least) : 0;
  }

  [[nodiscard]] drawn_sizes draw(random_engine& engine) const {
    drawn_sizes all;
    const std::vector<double> parts = draw_parts(engine);
    for (std::size_t k = 0; k < parts.size(); ++k) {
      auto& one = all.kinds.emplace_back();
      const auto& of = ranks_->kinds()[k];
      const std::size_t n = of.rows.size();
      if (n == 0) continue;
      one.part = numbers_ > 0 ? parts[k] / numbers_ : 0;
      one.asked.resize(std::min(n, draws));
      const double mean = parts[k] / cost_[k] / static_cast<double>(n);
      const double above = of.range.max + 1;  // sizes are rounded down
      for (int again = redraws; again >= 0; --again) {
        one.law = draw_law(engine);
        if (again > 0 && one.law.law == share_law::power &&
            mean * power_peak(one.law.beta, static_cast<double>(one.asked.size())) >= above)
          continue;
        draw_shares(one.law, engine, one.asked);
        if (mean * static_cast<double>(one.asked.front()) < above) break;
      }
      for (float& s : one.asked) s = static_cast<float>(mean * static_cast<double>(s));
    }
    return all;
  }

  /// What `project` makes the sizes of. Cost: O(rows)
  [[nodiscard]] proposal proposed(std::span<const table_shape> shapes,
                                  const drawn_sizes& drawn) const {
    proposal p;
    for (const auto& s : shapes) p.emplace_back(static_cast<std::size_t>(s.rows));
    for (std::size_t k = 0; k < drawn.kinds.size(); ++k) {
      const auto& rows = ranks_->kinds()[k].rows;
      const auto& asked = drawn.kinds[k].asked;
      const double step = static_cast<double>(asked.size()) / static_cast<double>(rows.size());
      parallel_for(static_cast<index_t>(rows.size()), 1 << 14, [&](index_t first, index_t last) {
        for (auto i = static_cast<std::size_t>(first); i < static_cast<std::size_t>(last); ++i)
          p[rows[i].table][rows[i].row] =
              asked.size() == rows.size() ? asked[i]
                                          : between(asked, (static_cast<double>(i) + 0.5) * step);
      });
    }
    return p;
  }

  /// About the `sets_of` what `project` makes of them: each row's size to a number or so, if the
  /// tables of a kind have one range. Cost: that of the draws and of the groups, whatever the rows.
  [[nodiscard]] size_sets sets(const drawn_sizes& drawn) const {
    const std::size_t kinds = drawn.kinds.size();
    std::vector<std::vector<double>> sums(kinds);
    for (std::size_t k = 0; k < kinds; ++k) {
      sums[k].push_back(0);
      for (const float x : drawn.kinds[k].asked)
        sums[k].push_back(sums[k].back() + static_cast<double>(x));
    }
    const auto total = [&](double scale) {
      double sum = 0;
      for (std::size_t k = 0; k < kinds; ++k) {
        const auto& of = ranks_->kinds()[k];
        const auto& asked = drawn.kinds[k].asked;
        if (asked.empty()) continue;
        const std::size_t most = at_least(asked, of.range.max / scale);
        const std::size_t free = std::max(most, at_least(asked, of.range.min / scale));
        const double size = static_cast<double>(most) * of.range.max +
                            scale * (sums[k][free] - sums[k][most]) +
                            static_cast<double>(asked.size() - free) * of.range.min;
        sum += size * static_cast<double>(of.rows.size()) / static_cast<double>(asked.size()) *
               cost_[k];
      }
      return sum;
    };
    double low = 0;
    double high = 1;
    while (total(high) < numbers_ && high < 1e9) high *= 4;
    for (int i = 0; i < 60; ++i) {
      const double middle = 0.5 * (low + high);
      (total(middle) < numbers_ ? low : high) = middle;
    }
    size_sets sets;
    // rows[k]: ranks of kind k that have a larger size than d
    std::vector<index_t> larger(kinds);
    for (int d = ranks_->largest(); d >= 1; --d)
      for (std::size_t k = kinds; k-- > 0;) {
        const auto& of = ranks_->kinds()[k];
        const auto& asked = drawn.kinds[k].asked;
        if (asked.empty() || !of.range.contains(d)) continue;
        const auto n = static_cast<index_t>(of.rows.size());
        index_t last = n;
        if (d > of.range.min) {
          const double share = static_cast<double>(at_least(asked, (d - 0.5) / high)) /
                               static_cast<double>(asked.size());
          const auto rank = static_cast<index_t>(std::llround(share * static_cast<double>(n)));
          last = std::clamp(rank, larger[k], n);
        }
        const std::size_t from = sets.size();
        ranks_->over_groups(k, larger[k], last, [&](std::size_t group, index_t rows) {
          sets.push_back({static_cast<std::uint32_t>(d), static_cast<std::uint32_t>(group),
                          static_cast<std::uint32_t>(rows)});
        });
        std::reverse(sets.begin() + static_cast<std::ptrdiff_t>(from), sets.end());
        larger[k] = last;
      }
    std::ranges::reverse(sets);
    return sets;
  }

 private:
  /// How many of falling numbers are at least x.
  [[nodiscard]] static std::size_t at_least(std::span<const float> falling, double x) noexcept {
    return static_cast<std::size_t>(
        std::ranges::partition_point(falling,
                                     [x](float a) { return static_cast<double>(a) >= x; }) -
        falling.begin());
  }

  /// The number at x, where number j is at j + 1/2; beyond the ends those of the ends.
  [[nodiscard]] static float between(std::span<const float> numbers, double x) noexcept {
    const double at = std::clamp(x - 0.5, 0.0, static_cast<double>(numbers.size() - 1));
    const auto j = static_cast<std::size_t>(at);
    const float next = numbers[std::min(j + 1, numbers.size() - 1)];
    return numbers[j] + static_cast<float>(at - static_cast<double>(j)) * (next - numbers[j]);
  }

  /// How many numbers each kind gets: uniform among all that are possible. Two kinds by one draw;
  /// of more kinds, pairs share anew what they have together, many times.
  [[nodiscard]] std::vector<double> draw_parts(random_engine& engine) const {
    const auto kinds = ranks_->kinds();
    std::vector<double> parts;
    for (std::size_t k = 0; k < kinds.size(); ++k)
      parts.push_back((kinds[k].least + free_ * (kinds[k].most - kinds[k].least)) * cost_[k]);
    const auto n = static_cast<std::uint32_t>(kinds.size());
    const std::uint32_t turns = n < 2 ? 0 : n == 2 ? 1 : 16 * n;
    for (std::uint32_t i = 0; i < turns; ++i) {
      const std::uint32_t a = bounded(engine, n);
      const std::uint32_t b = (a + 1 + bounded(engine, n - 1)) % n;
      const double both = parts[a] + parts[b];
      const double low = std::max(kinds[a].least * cost_[a], both - kinds[b].most * cost_[b]);
      const double high = std::min(kinds[a].most * cost_[a], both - kinds[b].least * cost_[b]);
      parts[a] = std::clamp(uniform(engine, low, std::max(low, high)), 0.0, both);
      parts[b] = both - parts[a];
    }
    return parts;
  }

  const row_ranks* ranks_;
  double numbers_;
  std::vector<double> cost_;  ///< [kinds] of a number
  double free_ = 0;           ///< share of the numbers between all d_min and all d_max
};

}  // namespace ciess
