// SPDX-License-Identifier: MIT
#include <ciess/core/aligned.hpp>

#include <cstdint>
#include <utility>

#include "support/catch.hpp"

TEST_CASE("aligned vectors begin at cache lines, whatever their length", "[core]") {
  for (std::size_t n = 1; n < 200; ++n) {
    ciess::aligned_vector<char> v(n, 'x');
    v.push_back('y');
    REQUIRE(reinterpret_cast<std::uintptr_t>(v.data()) % 64 == 0);
    REQUIRE(v.front() == 'x');
    REQUIRE(v.back() == 'y');
  }
  ciess::aligned_vector<double> a(3, 1.5);
  const double* const before = a.data();
  const auto b = std::move(a);
  CHECK(b.data() == before);
}
