// SPDX-License-Identifier: MIT
#include <ciess/search/vector_ways.hpp>
// its own header first
#include <ciess/search/kept_lists.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "support/catch.hpp"
#include "support/random_tables.hpp"
#include "support/small_recommender.hpp"

namespace {

/// Vectors of 40 users and 30 items.
ciess::vector_environment drawn_environment() {
  const auto drawn = [](ciess::index_t rows, std::uint64_t seed) {
    ciess::masked_table table(ciess::sizes(rows, {1, 16}));
    table.draw(ciess::normal_rows{1.0}, ciess::random_stream(seed, ciess::purpose::user));
    return ciess::matrix(table.values());
  };
  static const ciess::interactions none(40, 30, std::span<const ciess::interaction>());
  return {drawn(40, 1), drawn(30, 2), support::small_data(), none};
}

}  // namespace

TEST_CASE("every way to store vectors fits, has a name of its own, and is what is packed",
          "[search]") {
  const auto env = drawn_environment();
  for (const auto sides : {ciess::stored_sides::both, ciess::stored_sides::items})
    for (const std::int64_t bytes : {118, 160, 400, 700, 1500, 5000}) {
      std::set<std::string> names;
      for (const auto& way : ciess::ways_to_store(env, bytes, sides)) {
        CAPTURE(bytes, way.name);
        CHECK(names.insert(way.name).second);
        const auto packed = ciess::with_stored(env, way, [&](const auto& u, const auto& i) {
          return i.memory().total() + (sides == ciess::stored_sides::both ? u.memory().total() : 0);
        });
        CHECK(packed <= bytes);
        CHECK(packed == ciess::stored_bytes(env, way, sides));
      }
      CHECK_FALSE(names.empty());
    }
  // A byte a row and a book for eight columns of each table, or less.
  const std::int64_t least = ciess::least_stored_bytes(env, ciess::stored_sides::both);
  CHECK(least <= 70 + 2 * 3 * 8);
  CHECK(least > 70);
  CHECK(ciess::ways_to_store(env, least - 1, ciess::stored_sides::both).empty());
  CHECK_FALSE(ciess::ways_to_store(env, least, ciess::stored_sides::both).empty());
  CHECK(ciess::ways_to_store(env, 0, ciess::stored_sides::both).empty());
}

TEST_CASE("bytes of columns are shared as scores lose least", "[search]") {
  const auto env = drawn_environment();
  const ciess::bit_allocation bits(env.worth(), 16);
  for (std::int64_t budget = 120; budget < 1300; budget += 37) {
    const auto way = ciess::best_own_bits(env, budget, ciess::stored_sides::both);
    REQUIRE(way);
    double found = 0, least = std::numeric_limits<double>::infinity();
    for (int u = 1; u <= 16; ++u)
      for (int i = 1; i <= 16; ++i) {
        if (u > 8 * i || i > 8 * u) continue;  // no columns suit both
        const auto columns = bits.best_columns(u, i);
        const double lost = bits.lost(u, columns) + bits.lost(i, columns);
        const auto other = ciess::own_bits(env, u, i);
        if (ciess::stored_bytes(env, other, ciess::stored_sides::both) <= budget)
          least = std::min(least, lost);
        if (other.sizes == way->sizes) found = lost;
      }
    CHECK(found == least);
  }
}

TEST_CASE("bytes of rows may differ, and refuse what cannot be", "[search]") {
  const auto env = drawn_environment();
  const auto bytes = [](ciess::index_t rows, int most, std::uint64_t seed) {
    return random_sizes(rows, {1, most}, seed);
  };
  const ciess::vector_way ragged{"",
                                 {},
                                 ciess::stored_columns::own_bits,
                                 ciess::assignment({bytes(40, 3, 1), bytes(30, 5, 2)})};
  const auto packed = ciess::with_stored(env, ragged, [&](const auto& u, const auto& i) {
    CHECK(u.columns() == i.columns());
    CHECK(u.row_sizes().range() == u.range());
    return u.memory().total() + i.memory().total();
  });
  CHECK(packed == ciess::stored_bytes(env, ragged, ciess::stored_sides::both));
  const auto refused = [&](ciess::assignment a, const char* what) {
    const ciess::vector_way way{"", {}, ciess::stored_columns::own_bits, std::move(a)};
    CHECK_THROWS_AS(ciess::judge_stored(env, way), ciess::argument_error);
    CHECK_THROWS_WITH(ciess::judge_stored(env, way), ContainsSubstring(what));
  };
  refused(ciess::assignment({bytes(40, 3, 1)}), "of 2 tables, got 1");
  refused(ciess::assignment({bytes(40, 1, 1), bytes(30, 9, 1)}), "from 1 to at most 8, got");
  refused(ciess::assignment({bytes(40, 3, 1), bytes(29, 3, 1)}), "30 rows of table 1");
  refused(ciess::assignment({bytes(40, 17, 1), bytes(30, 3, 1)}), "at most 16");
  refused(ciess::assignment({random_sizes(40, {2, 3}, 1), bytes(30, 3, 1)}), "from 1");
}

TEST_CASE("the largest size fits, and one more does not", "[search]") {
  const auto env = drawn_environment();
  for (const auto format : ciess::number_formats)
    for (std::int64_t bytes = 0; bytes < 5000; bytes += 53) {
      const int size = ciess::largest_size(env, format, bytes, ciess::stored_sides::both);
      const auto takes = [&](int of) {
        return ciess::stored_bytes(ciess::same_size(env, of), format, ciess::stored_sides::both);
      };
      if (size > 0) CHECK(takes(size) <= bytes);
      if (size < 16) CHECK(takes(size + 1) > bytes);
    }
}
