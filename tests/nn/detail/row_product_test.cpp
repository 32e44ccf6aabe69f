// SPDX-License-Identifier: MIT
#include <ciess/nn/detail/row_product.hpp>
// its own header first
#include <algorithm>
#include <cstddef>
#include <vector>

#include "support/catch.hpp"

using ciess::detail::row_product;

TEMPLATE_TEST_CASE("a product of lists of any length is right", "[nn]", float, double) {
  for (std::size_t n = 0; n < 150; ++n) {
    std::vector<TestType> a(n), b(n);
    double wanted = 0;  // of small whole numbers, which sum exactly in any order
    for (std::size_t j = 0; j < n; ++j) {
      a[j] = static_cast<TestType>(static_cast<int>(j % 7) - 3);
      b[j] = static_cast<TestType>(static_cast<int>(j % 11) - 4);
      wanted += static_cast<double>(a[j]) * static_cast<double>(b[j]);
    }
    CHECK(static_cast<double>(row_product(a.data(), b.data(), static_cast<ciess::index_t>(n))) ==
          wanted);
  }
}

TEST_CASE("a product of lists does not depend on where they lie", "[nn]") {
  std::vector<float> a(200), b(200);
  for (std::size_t j = 0; j < 100; ++j) {
    a[j] = 1.0F / static_cast<float>(j + 3);
    b[j] = 1.0F / static_cast<float>(2 * j + 1);
  }
  const float wanted = row_product(a.data(), b.data(), 100);
  for (std::size_t at = 1; at < 20; ++at) {
    std::vector<float> c(200, 9.0F);
    std::copy_n(a.begin(), 100, c.begin() + static_cast<std::ptrdiff_t>(at));
    CHECK(row_product(c.data() + at, b.data(), 100) == wanted);
  }
}
