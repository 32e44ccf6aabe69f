// SPDX-License-Identifier: MIT
#include <ciess/search/vector_ways.hpp>
// its own header first
#include <ciess/search/kept_lists.hpp>

#include <cstdint>
#include <set>
#include <span>
#include <string>

#include "support/catch.hpp"
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
    for (const std::int64_t bytes : {160, 400, 700, 1500, 5000}) {
      std::set<std::string> names;
      for (const auto& way : ciess::ways_to_store(env, bytes, sides)) {
        CAPTURE(bytes, way.name);
        CHECK(names.insert(way.name).second);
        const auto packed =
            env.with_packed(way.sizes, way.format, way.spread, [&](const auto& u, const auto& i) {
              return i.memory().total() +
                     (sides == ciess::stored_sides::both ? u.memory().total() : 0);
            });
        CHECK(packed <= bytes);
        CHECK(packed == ciess::stored_bytes(way.sizes, way.format, sides));
      }
      CHECK_FALSE(names.empty());
    }
  // A byte of numbers and one of scale are the least of a row.
  CHECK(ciess::ways_to_store(env, 139, ciess::stored_sides::both).empty());
  CHECK_FALSE(ciess::ways_to_store(env, 140, ciess::stored_sides::both).empty());
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
