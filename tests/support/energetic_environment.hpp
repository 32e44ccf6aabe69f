// SPDX-License-Identifier: MIT
/// @file
/// The analytic environment with full-size tables whose rows lose energy as fast as their quality
/// curves bend: sizes by tail energy are good there.
#pragma once

#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>

#include "support/analytic_environment.hpp"

#include <cmath>
#include <vector>

class energetic_analytic_environment : public analytic_environment {
 public:
  explicit energetic_analytic_environment(std::uint64_t seed,
                                          std::vector<ciess::index_t> rows = {600, 400},
                                          ciess::size_range range = {1, 128})
      : analytic_environment(seed, std::move(rows), range) {
    for (std::size_t t = 0; t < shapes().size(); ++t) {
      ciess::assignment sizes(shapes());
      ciess::matrix table(shapes()[t].rows, range.max);
      double before = 0;
      for (int d = 1; d <= range.max; ++d) {
        for (ciess::index_t r = 0; r < table.rows(); ++r) sizes[t].set(r, std::max(d, range.min));
        const auto quality = measure(sizes).rows[t];
        for (ciess::index_t r = 0; r < table.rows(); ++r) {
          const double now = quality[static_cast<std::size_t>(r)];
          table(r, d - 1) = static_cast<float>(now);
        }
      }
      // gains of quality to numbers whose squares they are
      for (ciess::index_t r = 0; r < table.rows(); ++r) {
        before = 0;
        for (ciess::index_t j = 0; j < table.cols(); ++j) {
          const double now = table(r, j);
          table(r, j) =
              static_cast<float>((j % 2 ? -1 : 1) * std::sqrt(std::max(0.0, now - before)));
          before = now;
        }
      }
      tables_.push_back(std::move(table));
    }
  }

  const ciess::matrix& full_table(std::size_t t) const { return tables_[t]; }

 private:
  std::vector<ciess::matrix> tables_;
};
static_assert(ciess::energetic_environment<energetic_analytic_environment>);
