// SPDX-License-Identifier: MIT
/// @file
/// What the names of rules stand for, and how many measurements CIESS takes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/search/ciess/ciess_sizer.hpp>
#include <ciess/search/rules/frequency.hpp>
#include <ciess/search/rules/magnitude.hpp>
#include <ciess/search/rules/mixed_dimensions.hpp>
#include <ciess/search/rules/rule.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/rules/table_facts.hpp>
#include <ciess/search/rules/tail_energy.hpp>

namespace ciess {
namespace detail {

/// The number nearest to `wanted`, within half and twice of it, that divides `whole`; if there is
/// none, `wanted` or what there is.
[[nodiscard]] constexpr int even_part(int whole, int wanted) noexcept {
  for (int off = 0; off <= wanted; ++off)
    for (const int part : {wanted - off, wanted + off})
      if (2 * part >= wanted && part >= 1 && whole % part == 0) return part;
  return std::clamp(wanted, 1, std::max(whole, 1));
}

/// Gives CIESS n measurements for each budget beside those of its seeds: as many episodes for each
/// budget, of about the usual steps; where these do not divide n, a few measurements less.
inline void allow_measurements(ciess_sizer<>& how, int n, int budgets) noexcept {
  how.steps = even_part(n, ciess_sizer<>{}.steps);
  how.episodes = budgets * (n / how.steps);
}

}  // namespace detail

/// What rules are told.
struct rule_settings {
  std::vector<double> exponents{0, 0.5, 1};       ///< of the frequency rules
  std::vector<double> weights{0.25, 4, 16, 256};  ///< of the weighted one, on the first kind
  std::vector<tail_energy_options> tail_energy{{0, 1}, {0, 2}, {0.25, 2}, {0.5, 1}, {0.5, 2}};
};

/// The rule of that name, if it is one of `method_names`.
[[nodiscard]] inline std::optional<rule> named_rule(std::string_view name,
                                                    const rule_settings& o = {}) {
  if (name == "equal") return equal_rule();
  if (name == "random") return random_rule();
  if (name == "frequency") return frequency_rule(o.exponents);
  if (name == "weighted-frequency") return frequency_rule(o.exponents, o.weights);
  if (name == "mde") return mixed_dimension_rule();
  if (name == "tail-energy") return tail_energy_rule(o.tail_energy);
  if (name == "magnitude") return magnitude_rule();
  return std::nullopt;
}

/// Several rules as one, called as they are, joined by "+".
class rule_list {
 public:
  explicit rule_list(std::vector<rule> rules) : rules_{std::move(rules)} {}

  [[nodiscard]] std::string name() const {
    std::string all;
    for (const rule& r : rules_) all += (all.empty() ? "" : "+") + r.name();
    return all;
  }
  void check(const table_facts& facts) const {
    for (const rule& r : rules_) r.check(facts);
  }
  [[nodiscard]] std::size_t count(const table_facts& facts) const {
    std::size_t n = 0;
    for (const rule& r : rules_) n += r.count(facts);
    return n;
  }
  [[nodiscard]] std::string title(const table_facts& facts, std::size_t i) const {
    const rule& r = of(facts, i);
    return r.title(facts, i);
  }
  [[nodiscard]] assignment sizes(const table_facts& facts, const budget& limit, std::uint64_t seed,
                                 std::size_t i) const {
    const rule& r = of(facts, i);
    return r.sizes(facts, limit, seed, i);
  }

 private:
  /// The rule that offers assignment i, which becomes a number of its own.
  const rule& of(const table_facts& facts, std::size_t& i) const {
    std::size_t r = 0;
    for (; i >= rules_[r].count(facts); ++r) i -= rules_[r].count(facts);
    return rules_[r];
  }
  std::vector<rule> rules_;
};

}  // namespace ciess
