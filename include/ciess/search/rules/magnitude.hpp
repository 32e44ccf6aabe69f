// SPDX-License-Identifier: MIT
/// @file
/// Sizes in one shot from the full-size tables: each row keeps as many numbers as it has among the
/// largest.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/text.hpp>
#include <ciess/search/budget/projection.hpp>
#include <ciess/search/rules/column_energy.hpp>
#include <ciess/search/rules/table_facts.hpp>

namespace ciess {

/// How numbers compete for their places.
struct magnitude_options {
  bool joint = false;  ///< those of all tables; else each table keeps the same share of its numbers
  /// Of the mean size under the budget, in [0, 1]: the largest numbers of each row that stay
  /// whatever they are.
  double protect = 0;
};

namespace detail {

/// Magnitudes of a table, each row's largest first; counts what each keeps.
struct ranked_rows {
  matrix values;              // [rows, d_max]
  std::vector<index_t> kept;  // [rows]
};

/// Adds to `kept`, past the first `protect` numbers of each row, the `places` largest of all rows
/// together; of equal ones those of the first table and row.
inline void keep_largest(std::span<ranked_rows> tables, index_t protect, index_t places) {
  std::vector<float> pool;
  for (auto& t : tables) {
    const index_t kept = std::min(protect, t.values.cols());
    std::ranges::fill(t.kept, kept);
    for (index_t r = 0; r < t.values.rows(); ++r)
      pool.insert(pool.end(), t.values.row(r).data() + kept,
                  t.values.row(r).data() + t.values.cols());
  }
  places = std::min(places, static_cast<index_t>(pool.size()));
  if (places <= 0) return;
  const auto last = pool.begin() + (places - 1);
  std::ranges::nth_element(pool, last, std::greater<>{});
  const float least = *last;
  const auto above = std::ranges::count_if(pool, [&](float x) { return x > least; });
  index_t equal = places - static_cast<index_t>(above);
  for (auto& t : tables)
    for (index_t r = 0; r < t.values.rows(); ++r) {
      index_t& kept = t.kept[static_cast<std::size_t>(r)];
      while (kept < t.values.cols() && t.values(r, kept) > least) ++kept;
      for (; equal > 0 && kept < t.values.cols() && t.values(r, kept) == least; --equal) ++kept;
    }
}

}  // namespace detail

/// How many numbers each row keeps when those smallest in magnitude are removed, whatever their
/// columns: [tables][rows], together what the budget allows, unless the protected numbers of tables
/// of unlike widths are more.
/// Source: "MagPrune", the baseline of L. Tran et al., "A Thorough Performance Benchmarking on
/// Lightweight Embedding-based Recommender Systems", 2024. There they keep their places; as sizes
/// they are counts, which suit tables on their principal axes, where magnitude sits in front.
/// @param tables  [rows, d_max] each
/// @throws argument_error if `protect` is out of range, or numbers of tables, rows or columns
///         differ, or the budget is of other tables; numeric_error if a number is not finite
/// Cost: O(numbers log d_max); allocates twice the tables. Same bytes at any number of threads.
[[nodiscard]] inline proposal magnitude_proposal(std::span<const table_shape> shapes,
                                                 std::span<const matrix_view> tables,
                                                 const budget& limit,
                                                 const magnitude_options& o = {}) {
  const char* const who = "magnitude";
  limit.check(who, shapes);
  if (!(o.protect >= 0 && o.protect <= 1))
    detail::throw_error<argument_error>(who, ": protect must be in [0, 1], got ", o.protect);
  if (tables.size() != shapes.size())
    detail::throw_error<argument_error>(who, ": expected ", shapes.size(), " tables, got ",
                                        tables.size());
  std::vector<detail::ranked_rows> ranked;
  double all = 0;
  index_t rows = 0;
  for (std::size_t t = 0; t < tables.size(); ++t) {
    detail::check_full_table(who, t, shapes[t], tables[t]);
    detail::check_finite(who, t, tables[t]);
    auto& r = ranked.emplace_back();
    r.values = tables[t].cwiseAbs();
    r.kept.resize(static_cast<std::size_t>(tables[t].rows()));
    parallel_for(r.values.rows(), 256, [&](index_t first, index_t last) {
      for (index_t i = first; i < last; ++i)
        std::sort(r.values.row(i).data(), r.values.row(i).data() + r.values.cols(),
                  std::greater<>{});
    });
    all += static_cast<double>(r.values.size());
    rows += r.values.rows();
  }
  const auto keep = [&](std::span<detail::ranked_rows> group, double numbers, index_t count) {
    const double mean = count > 0 ? numbers / static_cast<double>(count) : 0;
    const auto protect = static_cast<index_t>(std::floor(o.protect * mean));
    index_t protected_numbers = 0;
    for (const auto& t : group)
      protected_numbers += t.values.rows() * std::min(protect, t.values.cols());
    detail::keep_largest(group, protect,
                         static_cast<index_t>(std::llround(numbers)) - protected_numbers);
  };
  const auto numbers = static_cast<double>(limit.whole_numbers(shapes));
  if (o.joint) {
    keep(ranked, numbers, rows);
  } else {
    for (auto& t : ranked)
      keep({&t, 1}, all > 0 ? numbers * (static_cast<double>(t.values.size()) / all) : 0,
           t.values.rows());
  }
  proposal p;
  for (const auto& t : ranked) p.emplace_back(t.kept.begin(), t.kept.end());
  return p;
}

/// A `size_rule`: sizes by magnitude, with each of the options. Needs an environment that shows its
/// full-size tables.
class magnitude_rule {
 public:
  explicit magnitude_rule(std::vector<magnitude_options> options = {{false, 0},
                                                                    {false, 0.25},
                                                                    {false, 0.5},
                                                                    {false, 0.75},
                                                                    {true, 0},
                                                                    {true, 0.25},
                                                                    {true, 0.5},
                                                                    {true, 0.75}})
      : options_{std::move(options)} {}

  [[nodiscard]] std::string name() const { return "magnitude"; }
  /// @throws argument_error unless shares are in [0, 1], and tables are shown
  void check(const table_facts& facts) const {
    for (const auto& o : options_)
      if (!(o.protect >= 0 && o.protect <= 1))
        detail::throw_error<argument_error>("magnitude: protect must be in [0, 1], got ",
                                            o.protect);
    if (!facts.shows_full)
      detail::throw_error<argument_error>(
          "magnitude: the environment does not show its full-size tables: see "
          "energetic_environment");
  }
  [[nodiscard]] std::size_t count(const table_facts&) const { return options_.size(); }
  [[nodiscard]] std::string title(const table_facts&, std::size_t i) const {
    return joined("magnitude (", options_[i].joint ? "all tables" : "each table", ", ",
                  options_[i].protect, " protected)");
  }
  [[nodiscard]] assignment sizes(const table_facts& facts, const budget& limit, std::uint64_t,
                                 std::size_t i) const {
    return project(facts.shapes, magnitude_proposal(facts.shapes, facts.full, limit, options_[i]),
                   limit);
  }

 private:
  std::vector<magnitude_options> options_;
};

}  // namespace ciess
