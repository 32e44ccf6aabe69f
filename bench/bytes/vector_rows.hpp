// SPDX-License-Identifier: MIT
/// @file
/// Rows of final vectors: what a server multiplies, turned, cut and rounded without training.
#pragma once

#include <ciess/core/text.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/number_format.hpp>
#include <ciess/search/budget/bytes.hpp>
#include <ciess/search/budget/value_curves.hpp>
#include <ciess/search/rules/rule.hpp>
#include <ciess/search/rules/tail_energy.hpp>
#include <ciess/search/vector_environment.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "formats.hpp"
#include "report.hpp"

namespace ciess_bench {

/// The final vectors of a model, [users, d] and [items, d].
struct final_vectors {
  ciess::matrix users, items;

  template <class Model>
  static final_vectors of(Model& model) {
    return {model.user_vectors(), model.item_vectors()};
  }
};

/// The same size for all rows of both sides.
inline ciess::assignment same_size(const ciess::vector_environment& env, int size) {
  std::vector<ciess::sizes> tables;
  for (const auto& s : env.shapes()) tables.emplace_back(s.rows, s.range, size);
  return ciess::assignment(std::move(tables));
}

/// The largest size that fits if all rows have it; 0 if none does.
inline int largest_size(const ciess::vector_environment& env, ciess::number_format format,
                        std::int64_t bytes) {
  int fits = 0, too_large = env.shapes()[0].range.max + 1;
  while (fits + 1 < too_large) {
    const int middle = fits + (too_large - fits) / 2;
    (ciess::packed_bytes(same_size(env, middle), format) <= bytes ? fits : too_large) = middle;
  }
  return fits;
}

/// Adds rows of one model's vectors.
class vector_rows {
 public:
  /// @param prefix  of the names of rows, such as "sizes-0.9: "
  vector_rows(bytes_report& report, const ciess::vector_environment& env, std::string group,
              std::string prefix)
      : report_{&report}, env_{&env}, group_{std::move(group)}, prefix_{std::move(prefix)} {}

  void add_all() {
    for (const auto f : coarse_formats())
      add_first("all columns, ", env_->shapes()[0].range.max, f);
    const auto facts = ciess::full_facts_of(*env_);
    for (const double share : {0.1, 0.05, 0.03, 0.02, 0.01}) {
      const auto bytes =
          static_cast<std::int64_t>(share * static_cast<double>(report_->dense_bytes()));
      for (const auto f : coarse_formats())
        if (const int size = largest_size(*env_, f, bytes); size > 0)
          add_first(ciess::joined("first ", size, ", "), size, f);
      add_by_energy(facts, bytes);
    }
  }

 private:
  void add(const std::string& name, const ciess::assignment& sizes, ciess::number_format f,
           bool spread) {
    report_->add(group_, prefix_ + name, ciess::packed_bytes(sizes, f),
                 env_->judge(sizes, f, spread).mean);
  }
  void add_first(const std::string& name, int size, ciess::number_format f) {
    const auto sizes = same_size(*env_, size);
    add(name + in_format(f), sizes, f, false);
    if (has_few_bits(f) && size > 1) add(name + "mixed, " + in_format(f), sizes, f, true);
  }
  void add_by_energy(const ciess::table_facts& facts, std::int64_t bytes) {
    const auto f = ciess::number_format::four_bits;
    const int size = largest_size(*env_, f, bytes);
    if (size == 0 || size == env_->shapes()[0].range.max) return;  // nothing to choose
    constexpr std::array<ciess::tail_energy_options, 3> exponents{{{0, 1}, {0, 2}, {0.25, 2}}};
    for (const auto& e : exponents) {
      const auto curves =
          ciess::tail_energy_curves(facts.shapes, facts.full, facts.frequency, facts.axes, e);
      add(ciess::joined("tail energy (", e.p, ", ", e.q, "), ", in_format(f)),
          ciess::sizes_in_bytes(env_->shapes(), f, bytes,
                                [&](ciess::budget limit) {
                                  return ciess::project_by_value(env_->shapes(), curves, limit);
                                }),
          f, false);
    }
  }

  bytes_report* report_;
  const ciess::vector_environment* env_;
  std::string group_, prefix_;
};

}  // namespace ciess_bench
