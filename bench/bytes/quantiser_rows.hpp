// SPDX-License-Identifier: MIT
/// @file
/// Rows of final vectors, and of tables, as codes of a product quantiser.
#pragma once

#include <ciess/core/text.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/ranking/evaluate.hpp>
#include <ciess/search/vector_environment.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "product_quantiser.hpp"
#include "report.hpp"
#include "trained.hpp"
#include "vector_rows.hpp"

namespace ciess_bench {

/// What is tried: codes of every number of bits for every number of bytes a vector.
inline std::vector<quantiser_options> quantisers_of(std::span<const int> bits,
                                                    std::span<const int> bytes) {
  std::vector<quantiser_options> all;
  for (const int b : bits)
    for (const int n : bytes) all.push_back({n, b});
  return all;
}

inline std::string name_of(const quantiser_options& o) {
  return ciess::joined(o.bytes, " bytes, codes of ", o.bits, " bits");
}

/// Whether so many rows can be quantised; says so on standard error if not.
inline bool are_enough(ciess::index_t rows, const quantiser_options& o) {
  if (rows >= (1 << o.bits)) return true;
  std::fprintf(stderr, "%lld rows are too few for codes of %d bits: left out\n",
               static_cast<long long>(rows), o.bits);
  return false;
}

/// Quantises both sides by one quantiser: all columns, and the first quarter and eighth alone.
/// Nothing of its rotation is stored: scores are the same in its axes.
/// @param use  called with (name, rows of users and then of items, bytes of codes, of centroids)
template <class Use>
void for_both(const ciess::matrix_view& users, const ciess::matrix_view& items,
              const quantiser_options& o, Use&& use) {
  const ciess::index_t all = users.cols();
  if (!are_enough(users.rows() + items.rows(), o)) return;
  for (const ciess::index_t first : {all, all / 4, all / 8}) {
    if (parts_of(o) > first) continue;
    ciess::matrix rows(users.rows() + items.rows(), first);
    rows.topRows(users.rows()) = users.leftCols(first);
    rows.bottomRows(items.rows()) = items.leftCols(first);
    const quantised q = quantise(rows, o);
    std::string name = "one for both, ";
    if (first < all) name += ciess::joined("first ", first, ", ");
    name += name_of(o);
    use(name, q.plain.rows, q.codes, q.plain.centroids);
    use(name + ", centroids of bytes", q.rounded.rows, q.codes, q.rounded.centroids);
  }
}

/// Adds rows of one model's final vectors. What is counted: codes, centroids, and where each side
/// has a rotation of its own one matrix [d, d] of floats that leads from one to the other.
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
  /// @param tried     each of these
  /// @param each      whether also with a quantiser for each side
  void add_all(const final_vectors& plain, const ciess::vector_environment& balanced,
               std::span<const quantiser_options> tried, bool each) {
    const ciess::matrix_view users = balanced.full_table(0), items = balanced.full_table(1);
    for (const auto& o : tried) {
      if (each) add_each(plain, o);
      for_both(users, items, o,
               [&](const std::string& name, const ciess::matrix& rows, std::int64_t codes,
                   std::int64_t centroids) {
                 add(name, rows.topRows(users.rows()), rows.bottomRows(items.rows()), codes,
                     centroids);
               });
    }
  }

 private:
  void add(const std::string& name, const ciess::matrix_view& users,
           const ciess::matrix_view& items, std::int64_t codes, std::int64_t books) {
    report_->add({group_, prefix_ + name, codes + books, codes,
                  ciess::evaluate_vectors(users, items, *known_, *test_).mean});
  }

  void add_each(const final_vectors& v, const quantiser_options& o) {
    if (parts_of(o) > v.users.cols() || !are_enough(std::min(v.users.rows(), v.items.rows()), o))
      return;
    const quantised users = quantise(v.users, o), items = quantise(v.items, o);
    const std::int64_t between = 4 * std::int64_t{v.users.cols()} * v.users.cols();
    add("a quantiser for each side, " + name_of(o), users.plain.rows, items.plain.rows,
        users.codes + items.codes, users.plain.centroids + items.plain.centroids + between);
  }

  bytes_report* report_;
  const ciess::interactions* known_;
  const ciess::interactions* test_;
  std::string group_, prefix_;
};

/// Adds rows of the full table on its principal axes: what a graph propagates may be coarser than
/// what it makes, since it takes means of rows.
template <class Model>
void add_table_codes(bytes_report& report, const trained<Model>& by, Model full,
                     std::span<const quantiser_options> tried) {
  full.rotate_to_principal_axes();
  const auto own = full.snapshot();
  const ciess::matrix users = own.weights.tables[0].values();
  const ciess::matrix items = own.weights.tables[1].values();
  for (const auto& o : tried)
    for_both(users, items, o,
             [&](const std::string& name, const ciess::matrix& rows, std::int64_t codes,
                 std::int64_t centroids) {
               auto state = own;
               std::array<ciess::index_t, 2> next{0, users.rows()};
               for (std::size_t t = 0; t < 2; ++t) {
                 ciess::matrix values = ciess::matrix::Zero(own.weights.tables[t].rows(),
                                                            own.weights.tables[t].columns());
                 values.leftCols(rows.cols()) = rows.middleRows(next[t], values.rows());
                 state.weights.tables[t] =
                     ciess::masked_table(own.weights.tables[t].row_sizes(), std::move(values));
               }
               full.restore(state);
               report.add({"product quantisation of the table", name, codes + centroids, codes,
                           by.judge(full)});
             });
}

}  // namespace ciess_bench
