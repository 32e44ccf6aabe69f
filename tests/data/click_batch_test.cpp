// SPDX-License-Identifier: MIT
#include <ciess/data/click_batch.hpp>

#include <cstddef>
#include <span>
#include <vector>

#include "support/catch.hpp"

using ciess::click_batch;

namespace {

std::vector<ciess::row_id> values_of(const click_batch& b, ciess::index_t i, std::size_t k) {
  const auto v = b.values(i, k);
  return {v.begin(), v.end()};
}

}  // namespace

TEST_CASE("a batch keeps what was kept, and forgets what was begun and left", "[data]") {
  click_batch b(2, 1);
  CHECK(b.size() == 0);
  CHECK(b.fields() == 2);
  CHECK(b.features() == 1);
  b.begin();
  b.add(0, 7);
  b.add(1, 3);
  b.add(1, 4);
  b.set(0, 2.5F);
  b.keep();
  b.begin();
  b.add(0, 9);
  b.add(1, 9);
  b.set(0, 9);
  b.begin();  // the one before is left
  b.add(0, 8);
  b.keep();
  REQUIRE(b.size() == 2);
  CHECK(values_of(b, 0, 0) == std::vector<ciess::row_id>{7});
  CHECK(values_of(b, 0, 1) == std::vector<ciess::row_id>{3, 4});
  CHECK(values_of(b, 1, 0) == std::vector<ciess::row_id>{8});
  CHECK(values_of(b, 1, 1).empty());
  CHECK(b.numbers()(0, 0) == 2.5F);
  CHECK(b.numbers()(1, 0) == 0);
}

TEST_CASE("a batch that is cleared begins anew in the same memory", "[data]") {
  click_batch b(1, 2);
  const auto fill = [&](ciess::row_id first) {
    for (ciess::row_id i = 0; i < 100; ++i) {
      b.begin();
      b.add(0, first + i);
      b.set(1, static_cast<float>(i));
      b.keep();
    }
  };
  fill(0);
  const auto* const values = b.values(0, 0).data();
  const auto* const numbers = b.numbers().data();
  b.clear();
  CHECK(b.size() == 0);
  fill(500);
  CHECK(b.size() == 100);
  CHECK(values_of(b, 99, 0) == std::vector<ciess::row_id>{599});
  CHECK(b.numbers()(99, 0) == 0);
  CHECK(b.numbers()(99, 1) == 99);
  CHECK(b.values(0, 0).data() == values);
  CHECK(b.numbers().data() == numbers);
}
