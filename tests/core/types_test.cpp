// SPDX-License-Identifier: MIT
#include <ciess/core/types.hpp>

#include <type_traits>

#include "support/catch.hpp"

TEST_CASE("matrices lie row by row, and views of whole rows copy nothing", "[core]") {
  ciess::matrix m(3, 2);
  m << 1, 2, 3, 4, 5, 6;
  CHECK(m.data()[1] == 2.0F);
  const ciess::matrix_view read = m.middleRows(1, 2);
  CHECK(read.data() == m.data() + 2);
  ciess::matrix_span write = m.bottomRows(1);
  write(0, 1) = 7;
  CHECK(m(2, 1) == 7.0F);
  static_assert(std::is_signed_v<ciess::index_t> && std::is_signed_v<ciess::row_id>);
}
