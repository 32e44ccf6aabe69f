// SPDX-License-Identifier: MIT
#include <ciess/nn/detail/exponentials.hpp>
// its own header first
#include <cmath>
#include <limits>
#include <vector>

#include "support/catch.hpp"

namespace {
constexpr float infinity = std::numeric_limits<float>::infinity();
using floats = ciess::detail::exponentials<float>;
}  // namespace

TEST_CASE("exponentials of floats are those of the standard library, in place or not", "[nn]") {
  const auto n = static_cast<std::size_t>(floats::width) * 512;
  std::vector<float> x(n);
  std::vector<float> y(n);
  for (std::size_t j = 0; j < n; ++j)
    x[j] = 3.0F - 86.9F * static_cast<float>(j) / static_cast<float>(n);
  const float sum = floats::shifted(x.data(), std::ssize(x), 3.0F, 0.25F, y.data());
  double exact = 0;
  double worst = 0;
  for (std::size_t j = 0; j < n; ++j) {
    const double e = std::exp(static_cast<double>(x[j] - 3.0F));
    exact += e;
    worst = std::max(worst, std::abs(static_cast<double>(y[j]) / (0.25 * e) - 1));
  }
  CHECK(worst < 2.5e-7);
  CHECK(sum == Approx(exact).epsilon(1e-6));
  floats::shifted(x.data(), std::ssize(x), 3.0F, 0.25F, x.data());
  CHECK(x == y);
}

TEMPLATE_TEST_CASE("exponentials at the ends: 1, 0, and no number", "[nn]", float, double) {
  using all = ciess::detail::exponentials<TestType>;
  constexpr TestType none = -std::numeric_limits<TestType>::infinity();
  const auto n = static_cast<std::size_t>(all::width);
  std::vector<TestType> x(n, TestType{5});
  std::vector<TestType> y(n);
  x[0] = none;
  x[1] = TestType{-2000};
  CHECK(all::shifted(x.data(), all::width, 5, 1, y.data()) == static_cast<TestType>(n - 2));
  CHECK(y[0] == 0);
  CHECK(y[1] == 0);
  x[1] = std::numeric_limits<TestType>::quiet_NaN();
  CHECK(all::largest(x.data(), all::width) == (n > 2 ? TestType{5} : none));
  CHECK(std::isnan(all::shifted(x.data(), all::width, 5, 1, y.data())));
  CHECK(std::isnan(y[1]));
  CHECK(y[0] == 0);
  CHECK(all::largest(x.data(), 0) == none);
}

TEST_CASE("an inner product of any length, wherever it begins", "[nn]") {
  std::vector<float> a(40);
  std::vector<float> b(40);
  for (std::size_t k = 0; k < 40; ++k) {
    a[k] = 0.37F * static_cast<float>(k) - 3;
    b[k] = 2 - 0.11F * static_cast<float>(k);
  }
  for (std::ptrdiff_t n = 0; n <= 37; ++n) {
    double exact = 0;
    for (std::ptrdiff_t k = 0; k < n; ++k)
      exact += static_cast<double>(a[static_cast<std::size_t>(k)]) *
               static_cast<double>(b[static_cast<std::size_t>(k)]);
    CHECK(floats::dot(a.data(), b.data(), n) == Approx(exact).epsilon(1e-5).margin(1e-5));
    std::vector<float> moved(a.size() + 3);
    std::ranges::copy(a, moved.begin() + 3);
    CHECK(floats::dot(moved.data() + 3, b.data(), n) == floats::dot(a.data(), b.data(), n));
  }
  CHECK(floats::largest(b.data(), 32) == 2);
  b[31] = infinity;
  CHECK(floats::largest(b.data(), 32) == infinity);
}
