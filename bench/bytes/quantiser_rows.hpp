// SPDX-License-Identifier: MIT
/// @file
/// Rows of final vectors as codes of a product quantiser.
#pragma once

#include <ciess/core/text.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/ranking/evaluate.hpp>
#include <ciess/search/vector_environment.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>

#include "product_quantiser.hpp"
#include "report.hpp"
#include "vector_rows.hpp"

namespace ciess_bench {

/// Adds rows of one model's vectors. What is counted: codes, centroids, and where each side has a
/// rotation of its own one matrix [d, d] of floats that leads from one to the other. Where both
/// sides share a rotation nothing of it is stored: scores are the same in its axes.
class quantiser_rows {
 public:
  quantiser_rows(bytes_report& report, const ciess::interactions& known,
                 const ciess::interactions& test, std::string group, std::string prefix)
      : report_{&report},
        known_{&known},
        test_{&test},
        group_{std::move(group)},
        prefix_{std::move(prefix)} {}

  /// @param plain     the vectors as the model has them
  /// @param balanced  the same on balanced axes, whose first columns give the best scores
  /// @param each      whether also with a quantiser for each side
  void add_all(const final_vectors& plain, const ciess::vector_environment& balanced, bool each) {
    for (const int bits : {8, 4})
      for (const int bytes : {4, 8, 16, 32}) {
        const quantiser_options o{bytes, bits};
        if (parts_of(o) > plain.users.cols()) continue;
        if (each) add_each(plain, o);
        const ciess::index_t all = balanced.full_table(0).cols();
        for (const ciess::index_t first : {all, all / 4})
          if (parts_of(o) <= first) add_both(balanced, first, o);
      }
  }

 private:
  [[nodiscard]] static std::string name_of(const quantiser_options& o) {
    return ciess::joined(o.bytes, " bytes, codes of ", o.bits, " bits");
  }
  void add(const std::string& name, const ciess::matrix_view& users,
           const ciess::matrix_view& items, std::int64_t codes, std::int64_t books) {
    report_->add({group_, prefix_ + name, codes + books, codes,
                  ciess::evaluate_vectors(users, items, *known_, *test_).mean});
  }

  void add_each(const final_vectors& v, const quantiser_options& o) {
    if (std::min(v.users.rows(), v.items.rows()) < (1 << o.bits)) {
      std::fprintf(stderr, "too few rows for a quantiser of %d bits for each side\n", o.bits);
      return;
    }
    const quantised users = quantise(v.users, o), items = quantise(v.items, o);
    const std::int64_t between = 4 * std::int64_t{v.users.cols()} * v.users.cols();
    add("a quantiser for each side, " + name_of(o), users.plain.rows, items.plain.rows,
        users.codes + items.codes, users.plain.centroids + items.plain.centroids + between);
  }

  void add_both(const ciess::vector_environment& balanced, ciess::index_t first,
                const quantiser_options& o) {
    const ciess::matrix_view users = balanced.full_table(0), items = balanced.full_table(1);
    ciess::matrix rows(users.rows() + items.rows(), first);
    rows.topRows(users.rows()) = users.leftCols(first);
    rows.bottomRows(items.rows()) = items.leftCols(first);
    if (rows.rows() < (1 << o.bits)) {
      std::fprintf(stderr, "too few rows for a quantiser of %d bits\n", o.bits);
      return;
    }
    const quantised q = quantise(rows, o);
    std::string name = "one for both, ";
    if (first < users.cols()) name += ciess::joined("first ", first, ", ");
    name += name_of(o);
    for (const auto* decoded : {&q.plain, &q.rounded})
      add(decoded == &q.plain ? name : name + ", centroids of bytes",
          decoded->rows.topRows(users.rows()), decoded->rows.bottomRows(items.rows()), q.codes,
          decoded->centroids);
  }

  bytes_report* report_;
  const ciess::interactions* known_;
  const ciess::interactions* test_;
  std::string group_, prefix_;
};

}  // namespace ciess_bench
