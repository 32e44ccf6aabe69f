// SPDX-License-Identifier: MIT
/// @file
/// Sizes by how often a row occurs: what a search must beat, and what seeds one.
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
#include <ciess/core/text.hpp>
#include <ciess/search/budget/projection.hpp>
#include <ciess/search/rules/table_facts.hpp>

namespace ciess {

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

/// A `size_rule`: powers of frequency, with each combination of exponents, one for each kind of
/// tables, first with all tables sharing the budget evenly, then each combination with each weight
/// of the first kind. Exponents [0, 0] are equal sizes. Of more than three kinds all have one
/// exponent: combinations would be too many to measure.
class frequency_rule {
 public:
  /// @param weights  the share of a table of the first kind, where one of another kind has 1
  explicit frequency_rule(std::vector<double> exponents = {0, 0.5, 1},
                          std::vector<double> weights = {})
      : exponents_{std::move(exponents)}, weights_{std::move(weights)} {}

  [[nodiscard]] std::string name() const {
    return weights_.empty() ? "frequency" : "weighted-frequency";
  }
  /// @throws argument_error unless exponents are finite, weights finite and > 0
  void check(const table_facts&) const {
    for (const double e : exponents_)
      if (!std::isfinite(e)) detail::throw_error<argument_error>(name(), ": an exponent is ", e);
    for (const double w : weights_)
      if (!(w > 0 && std::isfinite(w)))
        detail::throw_error<argument_error>(name(), ": a weight is ", w, ", expected one above 0");
  }
  [[nodiscard]] std::size_t count(const table_facts& facts) const {
    return combinations(facts) * (1 + weights_of(facts).size());
  }
  /// "freq^(0.5, 1)", or with a weight "freq^(0.5, 1) x4".
  [[nodiscard]] std::string title(const table_facts& facts, std::size_t i) const {
    const choice c = chosen(facts, i);
    std::string text = "freq^(";
    for (std::size_t k = 0; k < exponents_of(facts); ++k)
      text += joined(k > 0 ? ", " : "", c.exponents[k]);
    text += ')';
    if (c.weight != 1) text += joined(" x", c.weight);
    return text;
  }
  [[nodiscard]] assignment sizes(const table_facts& facts, const budget& limit, std::uint64_t,
                                 std::size_t i) const {
    const choice c = chosen(facts, i);
    std::vector<double> alpha, weight;
    for (const std::size_t k : facts.kind) {
      alpha.push_back(c.exponents[k]);
      weight.push_back(k == 0 ? c.weight : 1.0);
    }
    return project(facts.shapes, power_proposal(facts.frequency, alpha, weight), limit);
  }

 private:
  struct choice {
    std::vector<double> exponents;  ///< [kinds]
    double weight = 1;
  };

  /// Where all tables are of one kind a weight would change nothing.
  [[nodiscard]] std::span<const double> weights_of(const table_facts& facts) const {
    return facts.kinds() < 2 ? std::span<const double>() : weights_;
  }
  /// Exponents that are chosen each for itself.
  [[nodiscard]] static std::size_t exponents_of(const table_facts& facts) {
    return facts.kinds() > 3 ? 1 : facts.kinds();
  }
  [[nodiscard]] std::size_t combinations(const table_facts& facts) const {
    std::size_t n = 1;
    for (std::size_t k = 0; k < exponents_of(facts); ++k) n *= exponents_.size();
    return n;
  }
  [[nodiscard]] choice chosen(const table_facts& facts, std::size_t i) const {
    const auto weights = weights_of(facts);
    choice c;
    std::size_t digits = i;
    if (const std::size_t plain = combinations(facts); i >= plain) {
      digits = (i - plain) / weights.size();
      c.weight = weights[(i - plain) % weights.size()];
    }
    for (std::size_t k = 0; k < exponents_of(facts); ++k) {
      c.exponents.push_back(exponents_[digits % exponents_.size()]);
      digits /= exponents_.size();
    }
    if (!c.exponents.empty()) c.exponents.resize(facts.kinds(), c.exponents.front());
    return c;
  }

  std::vector<double> exponents_, weights_;
};

}  // namespace ciess
