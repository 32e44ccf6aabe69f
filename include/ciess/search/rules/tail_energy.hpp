// SPDX-License-Identifier: MIT
/// @file
/// Sizes in one shot from the full-size tables: keep the numbers that carry the most energy.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/text.hpp>
#include <ciess/search/budget/value_curves.hpp>
#include <ciess/search/rules/column_energy.hpp>
#include <ciess/search/rules/table_facts.hpp>

namespace ciess {

/// Exponents of `tail_energy_curves`, finite and >= 0. The defaults did best among a dozen pairs
/// for LightGCN on MovieLens-1M, cut without training, on the mean of 80, 90 and 95 % removed.
struct tail_energy_options {
  double p = 0;  ///< of a row's frequency in training, plus 1
  double q = 2;  ///< of the energy of a column
};

namespace detail {

/// Makes values non-rising: neighbours that rise share their mean, as if the row could only keep
/// both or none. So a prefix has at each of its steps the sum that it had before, and thresholds
/// keep the most that prefixes can. Allocates nothing after the first row.
/// Source: Ayer et al., "An empirical distribution function for sampling with incomplete
/// information", Annals of Mathematical Statistics 26, 1955 (pool adjacent violators).
class pool_rising {
 public:
  void operator()(std::span<double> values) {
    pools_.clear();
    for (const double v : values) {
      pool next{v, 1};
      while (!pools_.empty() && pools_.back().mean() < next.mean()) {
        next = {pools_.back().sum + next.sum, pools_.back().count + next.count};
        pools_.pop_back();
      }
      pools_.push_back(next);
    }
    auto out = values.begin();
    for (const pool& p : pools_) out = std::fill_n(out, p.count, p.mean());
  }

 private:
  struct pool {
    double sum;
    std::ptrdiff_t count;
    [[nodiscard]] double mean() const noexcept { return sum / static_cast<double>(count); }
  };
  std::vector<pool> pools_;
};

}  // namespace detail

/// The value of number j of row n is
///
///     e_nj^2 * (frequency_n + 1)^p * (energy of column j over all tables with the same axes)^q
///
/// and where that rises along the row, past the d_min numbers that are always kept, the mean of
/// those that rise. Scaled to [0, 1]; what is below 1e-45 of the largest is 0.
/// @param shapes     of the tables
/// @param tables     [rows, d_max] each, columns in the order in which prefixes are kept
/// @param frequency  [tables][rows], >= 0
/// @param axes       as for `column_energies`
/// @throws argument_error naming the option out of range, or if numbers of tables, rows or columns
///         differ, or a frequency is not finite or negative; numeric_error if a number is not
///         finite
/// Cost: O(numbers); allocates the curves, as large as the tables.
[[nodiscard]] inline value_curves tail_energy_curves(
    std::span<const table_shape> shapes, std::span<const matrix_view> tables,
    std::span<const std::span<const double>> frequency, std::span<const std::size_t> axes,
    const tail_energy_options& o = {}) {
  const char* const who = "tail_energy_curves";
  for (const auto& [name, value] : {std::pair{"p", o.p}, std::pair{"q", o.q}})
    if (!(value >= 0 && std::isfinite(value)))
      detail::throw_error<argument_error>(who, ": ", name, " must be finite and >= 0, got ", value);
  if (tables.size() != shapes.size() || frequency.size() != shapes.size())
    detail::throw_error<argument_error>(who, ": expected ", shapes.size(), " tables, got ",
                                        tables.size(), " and frequencies of ", frequency.size());
  double most_frequent = 0;
  double largest = 0;
  for (std::size_t t = 0; t < tables.size(); ++t) {
    detail::check_full_table(who, t, shapes[t], tables[t]);
    if (static_cast<index_t>(frequency[t].size()) != tables[t].rows())
      detail::throw_error<argument_error>(who, ": table ", t, " has ", tables[t].rows(),
                                          " rows, got ", frequency[t].size(), " frequencies");
    for (std::size_t r = 0; r < frequency[t].size(); ++r) {
      if (!(frequency[t][r] >= 0 && std::isfinite(frequency[t][r])))
        detail::throw_error<argument_error>(who, ": table ", t, ", row ", r, ": frequency is ",
                                            frequency[t][r]);
      most_frequent = std::max(most_frequent, frequency[t][r]);
    }
    detail::check_finite(who, t, tables[t]);
    if (tables[t].size() > 0) largest = std::max<double>(largest, tables[t].cwiseAbs().maxCoeff());
  }
  const auto energies = column_energies(tables, axes);
  double most_energy = 0;
  for (const auto& e : energies)
    if (e.size() > 0) most_energy = std::max(most_energy, e.maxCoeff());

  // Each factor is divided by its largest value: no power can overflow.
  std::vector<matrix> values;
  for (std::size_t t = 0; t < tables.size(); ++t) {
    const Eigen::VectorXd column =
        (energies[t] / (most_energy > 0 ? most_energy : 1)).unaryExpr([&](double e) {
          return std::pow(e, o.q);  // Eigen's own pow makes g++ 12 warn of its intrinsics
        });
    auto& out = values.emplace_back(tables[t].rows(), tables[t].cols());
    const auto kept = static_cast<std::size_t>(shapes[t].range.min);
    parallel_for(out.rows(), 256, [&](index_t first, index_t last) {
      detail::pool_rising pool;
      std::vector<double> value(static_cast<std::size_t>(out.cols()));
      for (index_t r = first; r < last; ++r) {
        const double f = frequency[t][static_cast<std::size_t>(r)];
        const double row = std::pow((f + 1) / (most_frequent + 1), o.p);
        for (index_t j = 0; j < out.cols(); ++j) {
          const double x = largest > 0 ? tables[t](r, j) / largest : 0.0;
          value[static_cast<std::size_t>(j)] = x * x * row * column[j];
        }
        pool(std::span(value).subspan(kept));
        for (std::size_t j = std::min(kept, value.size() - 1); j-- > 0;)
          value[j] = std::max(value[j], value[j + 1]);
        for (index_t j = 0; j < out.cols(); ++j)
          out(r, j) = static_cast<float>(value[static_cast<std::size_t>(j)]);
      }
    });
  }
  return value_curves(std::move(values));
}

/// The same for an environment.
/// @pre env.full() was called
/// @throws as above; argument_error if a full-size table is not [rows, d_max]
template <class E>
[[nodiscard]] value_curves tail_energy_curves(const E& env, const tail_energy_options& o = {}) {
  static_assert(detail::explain_energetic_environment<E>::value);
  const table_facts facts = full_facts_of(env);
  return tail_energy_curves(facts.shapes, facts.full, facts.frequency, facts.axes, o);
}

/// Sizes that keep exactly `limit.numbers` numbers: those with the largest values.
/// @pre env.full() was called
/// @throws as `tail_energy_curves` and `project_by_value`
template <class E>
[[nodiscard]] assignment tail_energy_sizes(const E& env, const budget& limit,
                                           const tail_energy_options& o = {}) {
  return project_by_value(env.shapes(), tail_energy_curves(env, o), limit);
}

/// A `size_rule`: sizes by tail energy, with each pair of exponents. Needs an environment that
/// shows its full-size tables.
class tail_energy_rule {
 public:
  explicit tail_energy_rule(
      std::vector<tail_energy_options> exponents = {{0, 1}, {0, 2}, {0.25, 2}, {0.5, 1}, {0.5, 2}})
      : exponents_{std::move(exponents)} {}

  [[nodiscard]] std::string name() const { return "tail-energy"; }
  /// @throws argument_error unless exponents are finite and >= 0, and tables are shown
  void check(const table_facts& facts) const {
    for (const auto& e : exponents_)
      if (!(e.p >= 0 && std::isfinite(e.p) && e.q >= 0 && std::isfinite(e.q)))
        detail::throw_error<argument_error>("tail-energy: exponents must be finite and >= 0, got ",
                                            e.p, " and ", e.q);
    if (!facts.shows_full)
      detail::throw_error<argument_error>(
          "tail-energy: the environment does not show its full-size tables: see "
          "energetic_environment");
  }
  [[nodiscard]] std::size_t count(const table_facts&) const { return exponents_.size(); }
  [[nodiscard]] std::string title(const table_facts&, std::size_t i) const {
    return joined("tail energy (", exponents_[i].p, ", ", exponents_[i].q, ')');
  }
  [[nodiscard]] assignment sizes(const table_facts& facts, const budget& limit, std::uint64_t,
                                 std::size_t i) const {
    return project_by_value(
        facts.shapes,
        tail_energy_curves(facts.shapes, facts.full, facts.frequency, facts.axes, exponents_[i]),
        limit);
  }

 private:
  std::vector<tail_energy_options> exponents_;
};

}  // namespace ciess
