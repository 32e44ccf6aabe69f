// SPDX-License-Identifier: MIT
#include <ciess/search/bet/detail/leaky_layers.hpp>
// its own header first
#include <array>

#include "support/catch.hpp"

TEST_CASE("leaky layers leak after every layer", "[nn]") {
  using layers = ciess::detail::leaky_layers<double>;
  const layers net({2, 2, 1});
  REQUIRE(net.parameters() == 9);
  // hidden: leaky(x0 - x1 + 0.5), leaky(2 x1 - 1); output: leaky(3 h0 + 2 h1 - 4)
  const std::array<double, 9> p{1, 0, -1, 2, 0.5, -1, 3, 2, -4};
  ciess::basic_matrix<double> x(2, 2);
  x << 2, 1,    // hidden 1.5, 1; 2.5
      0, 0.25;  // hidden 0.25, -0.005; -3.26
  layers::packed packed;
  net.pack(p, packed, true);
  layers::tape t;
  net.forward(p, packed, x, t);
  CHECK(t.outputs.back()(0, 0) == Approx(2.5));
  CHECK(t.outputs.back()(1, 0) == Approx(-0.0326));

  t.gradients.resize(2);
  t.gradients.back() = ciess::basic_matrix<double>::Constant(2, 1, 1);
  std::array<double, 9> gradient{};
  gradient[0] = 10;  // added to
  ciess::basic_matrix<double> dx;
  net.backward(p, packed, x, t, gradient, &dx);
  // slopes: of the outputs 1 and 0.01; of the hidden (1, 1) and (1, 0.01)
  const std::array<double, 9> expected{10 + 3 * 2, 2 * 2,      3 + 0.03 * 0.25,   2 + 0.0002 * 0.25,
                                       3 + 0.03,   2 + 0.0002, 1.5 + 0.01 * 0.25, 1 + 0.01 * -0.005,
                                       1.01};
  for (std::size_t i = 0; i < p.size(); ++i) {
    CAPTURE(i);
    CHECK(gradient[i] == Approx(expected[i]));
  }
  CHECK(dx(0, 0) == Approx(3));
  CHECK(dx(0, 1) == Approx(-3 + 4));
  CHECK(dx(1, 0) == Approx(0.03));
  CHECK(dx(1, 1) == Approx(-0.03 + 2 * 0.0002));
}
