// SPDX-License-Identifier: MIT
#include <ciess/nn/gradient_check.hpp>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "support/catch.hpp"

namespace {

/// L = sin(x0) + x1^2 |x2|, the least that can be checked.
struct formula {
  std::array<double, 3> x{0.3, -1.5, 2.0};
  std::array<double, 3> gradient{};
  double wrong = 0;  ///< added to the second gradient

  double differentiate() {
    gradient = {std::cos(x[0]), 2 * x[1] * std::abs(x[2]) + wrong,
                x[1] * x[1] * (x[2] > 0 ? 1 : -1)};
    return std::sin(x[0]) + x[1] * x[1] * std::abs(x[2]);
  }
  void visit_parameters(auto&& visitor) {
    visitor(std::string_view("first"), std::span(x).first(1),
            std::span<const double>(gradient).first(1));
    visitor(std::string_view("rest"), std::span(x).last(2),
            std::span<const double>(gradient).last(2));
  }
};
static_assert(ciess::differentiable<formula>);

struct without_loss : formula {
  void differentiate() {}
};
struct without_visit {
  double differentiate() { return 0; }
};
struct shows_no_gradient : formula {
  void visit_parameters(void (*)(std::string_view, std::span<double>)) {}
};
static_assert(!ciess::differentiable<without_loss> && !ciess::differentiable<without_visit>);
static_assert(!ciess::differentiable<shows_no_gradient>);

/// L = x / 10^12 far from 0.
struct far_away {
  double x = 1e12;
  double gradient = 1e-12;
  double differentiate() const { return x * 1e-12; }
  void visit_parameters(auto&& visitor) {
    visitor(std::string_view("x"), std::span(&x, 1), std::span<const double>(&gradient, 1));
  }
};

/// A table of 50 rows of 8 whose gradient is wrong in all columns but the first.
struct wrong_columns {
  std::vector<double> x = std::vector<double>(400, 0.5);
  std::vector<double> gradient = std::vector<double>(400);
  double differentiate() {
    double loss = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      loss += x[i] * x[i];
      gradient[i] = i % 8 == 0 ? 2 * x[i] : 0;
    }
    return loss;
  }
  void visit_parameters(auto&& visitor) {
    visitor(std::string_view("table"), std::span(x), std::span<const double>(gradient));
  }
};

}  // namespace

TEST_CASE("a right gradient passes and leaves the parameters to the bit", "[nn]") {
  formula f;
  const auto x = f.x;
  const auto found = ciess::check_gradients(f);
  CHECK(found.checked == 3);
  CHECK(found.worst < 1e-7);
  CHECK(found.largest == Approx(6));
  CHECK(f.x == x);
}

TEST_CASE("a wrong gradient is found and named", "[nn]") {
  formula f;
  f.wrong = 1e-3;
  const auto found = ciess::check_gradients(f);
  CHECK(found.where == "rest, number 0");
  CHECK(found.worst == Approx(1e-3 / 6).epsilon(0.01));
  CHECK(found.gradient == Approx(-6 + 1e-3));
  CHECK(found.difference == Approx(-6));
}

TEST_CASE("a kink between two points is stepped around", "[nn]") {
  formula f;
  f.x[2] = 5e-7;  // |x2| has its kink inside the first step
  CHECK(ciess::check_gradients(f).worst < 1e-5);
  f.wrong = 1;
  CHECK(ciess::check_gradients(f).worst > 0.1);
}

TEST_CASE("a gradient that is no number is the worst, wherever it stands", "[nn]") {
  struct broken : formula {
    std::size_t at = 0;
    double differentiate() {
      const double loss = formula::differentiate();
      gradient[at] = std::numeric_limits<double>::quiet_NaN();
      return loss;
    }
  } b;
  b.at = GENERATE(0U, 1U, 2U);
  const auto found = ciess::check_gradients(b);
  CHECK(found.worst == std::numeric_limits<double>::infinity());
  CHECK(std::isnan(found.gradient));
  CHECK(found.where == (b.at == 0   ? "first, number 0"
                        : b.at == 1 ? "rest, number 0"
                                    : "rest, number 1"));
  // A step that vanishes beside the number would divide by zero: it grows with the number.
  far_away far;
  CHECK(ciess::check_gradients(far).worst < 1e-6);
  far.gradient = 123;
  CHECK(ciess::check_gradients(far).worst == Approx(1).epsilon(0.01));
}

TEST_CASE("a sample of the numbers is spread over all", "[nn]") {
  // A stride of 8 would not see it.
  wrong_columns t;
  CHECK(ciess::check_gradients(t, {.most = 50}).worst > 0.5);
  formula f;
  CHECK(ciess::check_gradients(f, {.most = 2}).checked == 2);
  CHECK(ciess::check_gradients(f, {.most = 1}).checked == 1);
}

TEST_CASE("what cannot be checked is refused, with the parameters as they were", "[nn]") {
  formula f;
  CHECK_THROWS_AS(ciess::check_gradients(f, {.step = 0}), ciess::argument_error);
  CHECK_THROWS_AS(ciess::check_gradients(f, {.least = 0}), ciess::argument_error);
  CHECK_THROWS_AS(ciess::check_gradients(f, {.least = std::numeric_limits<double>::infinity()}),
                  ciess::argument_error);
  CHECK_THROWS_AS(ciess::check_gradients(f, {.most = 0}), ciess::argument_error);
  f.x[0] = std::numeric_limits<double>::infinity();
  CHECK_THROWS_AS(ciess::check_gradients(f), ciess::numeric_error);
  // Infinite only a step away.
  f.x = {0.3, 1e154, 1.7e0};
  f.x[1] = std::sqrt(std::numeric_limits<double>::max() / 1.7);
  const auto x = f.x;
  CHECK_THROWS_AS(ciess::check_gradients(f, {.step = 0.5}), ciess::numeric_error);
  CHECK(f.x == x);
}
