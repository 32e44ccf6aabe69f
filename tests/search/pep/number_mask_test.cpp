// SPDX-License-Identifier: MIT
#include <ciess/search/pep/number_mask.hpp>
// its own header first

#include <cstdint>

#include "support/catch.hpp"
#include "support/memory_fields.hpp"

TEST_CASE("a mask knows what is kept of each row", "[search]") {
  for (const int columns : {1, 5, 63, 64, 65, 130}) {
    CAPTURE(columns);
    ciess::number_mask mask(4, columns);
    CHECK(mask.count() == 0);
    mask.keep(0, columns - 1);
    for (int j = 0; j < columns; j += 2) mask.keep(2, j);
    for (int j = 0; j < columns; ++j) {
      CHECK(mask(0, j) == (j == columns - 1));
      CHECK(!mask(1, j));
      CHECK(mask(2, j) == (j % 2 == 0));
    }
    CHECK(mask.count(0) == 1);
    CHECK(mask.count(1) == 0);
    CHECK(mask.count(2) == (columns + 1) / 2);
    CHECK(mask.count() == 1 + (columns + 1) / 2);
    mask.clear(2);
    CHECK(mask.count() == 1);
    CHECK(mask(0, columns - 1));
  }
  CHECK(ciess::number_mask(0, 8).count() == 0);
  CHECK_THROWS_AS(ciess::number_mask(-1, 8), ciess::argument_error);
  CHECK_THROWS_AS(ciess::number_mask(1, -8), ciess::argument_error);
}

TEST_CASE("the bytes of a mask are those of a list of columns, or of a bit a number", "[search]") {
  // Ten rows of a hundred columns, of which seven numbers are kept.
  ciess::number_mask few(10, 100);
  for (int j = 0; j < 7; ++j) few.keep(j, 10 * j);
  CHECK(few.list_bytes() == 7 * 4 + 7 * 2 + 11 * 4);
  CHECK(few.bitmap_bytes() == 7 * 4 + 125);
  CHECK(few.bytes() == 86);
  // Three rows of nine columns, all of them: 27 bits are four bytes.
  ciess::number_mask all(3, 9);
  for (ciess::index_t r = 0; r < 3; ++r)
    for (int j = 0; j < 9; ++j) all.keep(r, j);
  CHECK(all.list_bytes() == 27 * 6 + 4 * 4);
  CHECK(all.bitmap_bytes() == 27 * 4 + 4);
  CHECK(all.bytes() == 112);
  // Nothing kept has an index all the same.
  CHECK(ciess::number_mask(2, 640).bytes() == 12);
  CHECK(ciess::number_mask(2, 8).bytes() == 2);
}

TEST_CASE("a mask is saved, and bits beyond its columns are refused", "[search]") {
  ciess::number_mask mask(3, 70), other(3, 70);
  mask.keep(1, 69);
  mask.keep(2, 3);
  auto saved = save_fields(mask);
  load_fields(saved, other);
  CHECK(other == mask);
  saved.at("bits").back() = 1;  // bit 120 of the last row
  CHECK_THROWS_WITH(load_fields(saved, other), ContainsSubstring("no bits beyond the columns"));
  ciess::number_mask whole(3, 64), again(3, 64);
  whole.keep(0, 63);
  load_fields(save_fields(whole), again);
  CHECK(again == whole);
}
