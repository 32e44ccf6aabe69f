// SPDX-License-Identifier: MIT
#include <ciess/core/index.hpp>

#include <limits>
#include <type_traits>

#include <ciess/core/types.hpp>

#include "support/catch.hpp"

TEST_CASE("counts are signed and Eigen's, rows have four bytes", "[core]") {
  static_assert(std::is_same_v<ciess::index_t, Eigen::Index>);
  static_assert(std::is_signed_v<ciess::row_id> && sizeof(ciess::row_id) == 4);
  CHECK(std::numeric_limits<ciess::index_t>::max() > std::numeric_limits<ciess::row_id>::max());
  CHECK(ciess::index_t{3} - ciess::index_t{5} == -2);
}
