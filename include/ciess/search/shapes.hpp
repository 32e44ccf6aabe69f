// SPDX-License-Identifier: MIT
/// @file
/// Assignments by rule: the baselines that a search must beat, and shapes that may seed one.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include <ciess/core/random.hpp>
#include <ciess/search/projection.hpp>

namespace ciess {

/// The same size for every row.
[[nodiscard]] inline proposal equal_proposal(std::span<const table_shape> shapes) {
  proposal p;
  for (const auto& s : shapes) p.emplace_back(static_cast<std::size_t>(s.rows), 1.0F);
  return p;
}

/// Sizes drawn uniformly from each table's range, row by row: "mixed random" of the paper.
[[nodiscard]] inline proposal random_proposal(std::span<const table_shape> shapes,
                                              std::uint64_t seed) {
  const random_stream stream(seed, purpose::baseline);
  proposal p;
  for (std::size_t t = 0; t < shapes.size(); ++t) {
    const auto rows = stream.child(t);
    auto& table = p.emplace_back(static_cast<std::size_t>(shapes[t].rows));
    for (std::size_t r = 0; r < table.size(); ++r) {
      auto engine = rows.at(0, r);
      table[r] = uniform(engine, float(shapes[t].range.min), float(shapes[t].range.max) + 1);
    }
  }
  return p;
}

/// Size proportional to weight_t * (frequency + 1)^alpha_t, with an exponent and a weight per
/// table. Each table is first brought to mean 1, so the weights say how the budget is shared
/// between tables whatever the exponents.
/// @param frequency  [tables][rows], >= 0
/// @throws argument_error if the numbers of tables differ or an exponent or weight is not finite,
/// or a weight not > 0
[[nodiscard]] inline proposal power_proposal(std::span<const std::span<const double>> frequency,
                                             std::span<const double> alpha,
                                             std::span<const double> weight = {}) {
  if (alpha.size() != frequency.size() || (!weight.empty() && weight.size() != frequency.size()))
    detail::throw_error<argument_error>("power_proposal: ", frequency.size(), " tables, ",
                                        alpha.size(), " exponents, ", weight.size(), " weights");
  for (std::size_t t = 0; t < alpha.size(); ++t)
    if (!std::isfinite(alpha[t]) ||
        (!weight.empty() && !(weight[t] > 0 && std::isfinite(weight[t]))))
      detail::throw_error<argument_error>("power_proposal: table ", t, ": exponent ", alpha[t],
                                          ", weight ", weight.empty() ? 1.0 : weight[t]);
  proposal p;
  for (std::size_t t = 0; t < frequency.size(); ++t) {
    std::vector<double> size(frequency[t].size());
    double sum = 0;
    for (std::size_t r = 0; r < size.size(); ++r)
      sum += size[r] = std::pow(frequency[t][r] + 1, alpha[t]);
    const double scale =
        sum > 0 ? double(size.size()) / sum * (weight.empty() ? 1.0 : weight[t]) : 1.0;
    auto& table = p.emplace_back(size.size());
    std::transform(size.begin(), size.end(), table.begin(),
                   [scale](double s) { return static_cast<float>(s * scale); });
  }
  return p;
}

}  // namespace ciess
