// SPDX-License-Identifier: MIT
#include <ciess/embedding/trainable_table.hpp>
// its own header first
#include <ciess/embedding/masked_table.hpp>
#include <ciess/embedding/packed_table.hpp>
#include <ciess/embedding/ragged_table.hpp>

#include <span>

#include "support/catch.hpp"

namespace {

using ciess::index_t;
using ciess::sizes;

/// The least that a table must offer.
struct archetype {
  using value_type = float;
  sizes kept;
  int rows() const { return 0; }
  int columns() const { return 0; }
  int used_columns() const { return 0; }
  const sizes& row_sizes() const { return kept; }
  std::span<float> operator[](index_t) { return {}; }
  std::span<const float> operator[](index_t) const { return {}; }
  template <class Init>
  void draw(const Init&, const ciess::random_stream&) {}
  template <class Init>
  void resize(const sizes&, const Init&, const ciess::random_stream&) {}
  void resize(const sizes&) {}
  void cut(const sizes&) {}
};
static_assert(ciess::trainable_table<archetype>);
static_assert(ciess::trainable_table<ciess::masked_table>);
static_assert(ciess::trainable_table<ciess::basic_masked_table<double>>);
static_assert(ciess::trainable_table<ciess::ragged_table>);
static_assert(ciess::trainable_table<ciess::basic_ragged_table<double>>);
static_assert(!ciess::trainable_table<ciess::packed_view<float>>);
static_assert(!ciess::trainable_table<ciess::packed_table<float>>);
static_assert(!ciess::trainable_table<ciess::matrix>);
static_assert(!ciess::trainable_table<const archetype>);

struct names_no_number : archetype {
 private:
  using archetype::value_type;
};
struct of_other_numbers : archetype {
  using value_type = double;
};
struct not_copyable : archetype {
  not_copyable(const not_copyable&) = delete;
};
struct counts_when_mutable : archetype {
  int rows() { return 0; }
};
struct sizes_made_anew : archetype {
  sizes row_sizes() const { return {}; }
};
struct rows_to_read : archetype {
  std::span<const float> operator[](index_t) const { return {}; }
};
struct rows_to_write_always : archetype {
  std::span<float> operator[](index_t) const { return {}; }
};
struct draws_itself : archetype {
  void draw(const ciess::random_stream&) {}
};
struct changes_the_stream : archetype {
  template <class Init>
  void draw(const Init&, ciess::random_stream&) {}
};
struct resizes_one_row : archetype {
  void resize(index_t, int) {}
};
struct fills_with_zeros_only : archetype {
  void resize(const sizes&) {}
};
struct cuts_nothing : archetype {
 private:
  using archetype::cut;
};
static_assert(!ciess::trainable_table<names_no_number>);
static_assert(!ciess::trainable_table<of_other_numbers>);
static_assert(!ciess::trainable_table<not_copyable>);
static_assert(!ciess::trainable_table<counts_when_mutable>);
static_assert(!ciess::trainable_table<sizes_made_anew>);
static_assert(!ciess::trainable_table<rows_to_read>);
static_assert(!ciess::trainable_table<rows_to_write_always>);
static_assert(!ciess::trainable_table<draws_itself>);
static_assert(!ciess::trainable_table<changes_the_stream>);
static_assert(!ciess::trainable_table<resizes_one_row>);
static_assert(!ciess::trainable_table<fills_with_zeros_only>);
static_assert(!ciess::trainable_table<cuts_nothing>);

}  // namespace

TEMPLATE_TEST_CASE("tables that train draw the same numbers and cut the same rows", "[embedding]",
                   ciess::masked_table, ciess::ragged_table) {
  const ciess::random_stream stream(4, ciess::purpose::weights);
  TestType table(sizes(3, {1, 4}));
  table.draw(ciess::normal_rows{.stddev = 1}, stream);
  auto engine = stream.at(0, 2);
  float expected[4];
  ciess::normal_rows{.stddev = 1}(engine, std::span<float>(expected));
  for (std::size_t j = 0; j < 4; ++j) CHECK(table[2][j] == expected[j]);
  table.cut(sizes(3, {1, 4}, 2));
  CHECK(table[2].size() == 2);
  CHECK(table.used_columns() == 2);
  table.resize(sizes(3, {1, 4}, 3));
  CHECK(table[2][2] == 0);
  table.resize(sizes(3, {1, 4}, 4), ciess::normal_rows{.stddev = 1}, stream);
  CHECK(table[2][2] == 0);
  CHECK(table[2][3] == expected[3]);
}
