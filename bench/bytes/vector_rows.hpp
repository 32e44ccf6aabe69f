// SPDX-License-Identifier: MIT
/// @file
/// Rows of final vectors: what a server multiplies, turned, cut, rounded and fitted to lists
/// without training.
#pragma once

#include <ciess/core/types.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/search/list_fit.hpp>
#include <ciess/search/vector_environment.hpp>
#include <ciess/search/vector_ways.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

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

/// Adds rows of one model's vectors.
class vector_rows {
 public:
  /// @param prefix  of the names of rows, such as "sizes-0.9: "
  /// @param known  what lists leave out that vectors are fitted to
  vector_rows(bytes_report& report, const ciess::vector_environment& env,
              const ciess::interactions& known, std::string group, std::string prefix)
      : report_{&report},
        env_{&env},
        fit_{env, known},
        group_{std::move(group)},
        prefix_{std::move(prefix)} {}

  void add_all() {
    for (const auto f : coarse_formats()) {
      const auto whole = ciess::same_size(*env_, env_->shapes()[0].range.max);
      add({"all columns, " + ciess::format_text(f), f, ciess::stored_columns::first, whole});
      if (has_few_bits(f))
        add({"all columns, mixed, " + ciess::format_text(f), f, ciess::stored_columns::mixed,
             whole});
    }
    for (const double share : {0.1, 0.05, 0.03, 0.02, 0.015, 0.01}) {
      const auto bytes =
          static_cast<std::int64_t>(share * static_cast<double>(report_->dense_bytes()));
      for (const auto& way : ciess::ways_to_store(*env_, bytes, ciess::stored_sides::both, &fit_))
        if (way.columns == ciess::stored_columns::own_bits ||
            std::ranges::count(coarse_formats(), way.format) > 0)
          add(way);
    }
  }

 private:
  void add(const ciess::vector_way& way) {
    report_->add(group_, prefix_ + way.name,
                 ciess::stored_bytes(*env_, way, ciess::stored_sides::both),
                 ciess::judge_stored(*env_, way).mean);
  }

  bytes_report* report_;
  const ciess::vector_environment* env_;
  ciess::list_fit fit_;
  std::string group_, prefix_;
};

}  // namespace ciess_bench
