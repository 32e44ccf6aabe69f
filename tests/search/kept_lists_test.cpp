// SPDX-License-Identifier: MIT
#include <ciess/search/kept_lists.hpp>
// its own header first
#include <ciess/search/vector_ways.hpp>

#include <algorithm>
#include <cstdint>
#include <span>

#include "support/catch.hpp"
#include "support/small_recommender.hpp"

TEST_CASE("whole vectors keep all of their lists, few numbers fewer", "[search]") {
  const auto drawn = [](ciess::index_t rows, std::uint64_t seed) {
    ciess::masked_table table(ciess::sizes(rows, {1, 16}));
    table.draw(ciess::normal_rows{1.0}, ciess::random_stream(seed, ciess::purpose::user));
    return ciess::matrix(table.values());
  };
  const ciess::interactions none(40, 30, std::span<const ciess::interaction>());
  const auto& known = support::small_data();
  const ciess::vector_environment env(drawn(40, 1), drawn(30, 2), known, none);
  const ciess::kept_lists lists(env, known, ciess::kept_lists::some_of(40), 5);
  const auto share = [&](int size) {
    return env.with_packed(ciess::same_size(env, size), ciess::number_format::float32, false,
                           [&](const auto& u, const auto& i) { return lists.share(u, i); });
  };
  CHECK(share(16) == 1);
  CHECK(share(1) < 0.8);
  CHECK(share(1) > 0);
}

TEST_CASE("who asks is drawn by chance, and the same each time", "[search]") {
  const auto all = ciess::kept_lists::some_of(100);
  CHECK(std::ssize(all) == 100);
  const auto some = ciess::kept_lists::some_of(10'000, 300);
  CHECK(std::ssize(some) == 300);
  CHECK(some == ciess::kept_lists::some_of(10'000, 300));
  CHECK(std::ranges::is_sorted(some));
  CHECK(some.back() > 5000);
}
