// SPDX-License-Identifier: MIT
#include <ciess/nn/dense.hpp>

#include <array>
#include <limits>
#include <vector>

#include "support/catch.hpp"

namespace {

using ciess::activation;
using ciess::dense;
using ciess::dense_shape;
using matrix = ciess::basic_matrix<double>;

std::vector<double> drawn(dense_shape shape) {
  std::vector<double> p(static_cast<std::size_t>(shape.parameters()));
  ciess::draw_dense<double>(shape, p, {7, ciess::purpose::weights}, 0);
  return p;
}

matrix drawn(ciess::index_t rows, ciess::index_t columns, std::uint64_t seed) {
  matrix m(rows, columns);
  auto engine = ciess::random_stream(seed, ciess::purpose::user).at(0);
  for (double& x : m.reshaped()) x = ciess::uniform(engine, -1.0, 1.0);
  return m;
}

/// A layer packed for both ways, and its scratch.
struct packed_both {
  ciess::packed_dense<double> weights;
  ciess::detail::packed_factor<double> rows;

  explicit packed_both(const dense<double>& layer) { layer.pack(weights, true); }
};

}  // namespace

TEST_CASE("dense agrees with values worked by hand", "[nn]") {
  // W = [1 2; 3 4; 5 6], b = [10, -40]
  const std::array<double, 8> p{1, 2, 3, 4, 5, 6, 10, -40};
  const dense<double> layer({3, 2}, p);
  packed_both packed(layer);
  matrix x(2, 3);
  x << 1, 1, 1, 0, 2, -1;
  matrix y(2, 2);
  layer.forward(packed.weights, x, y, activation::linear);
  CHECK(y == (matrix(2, 2) << 19, -28, 11, -38).finished());
  layer.forward(packed.weights, x, y, activation::relu);
  CHECK(y == (matrix(2, 2) << 19, 0, 11, 0).finished());

  matrix dy = matrix::Ones(2, 2);
  matrix dx(2, 3);
  std::vector<double> g(8, 99.0);
  ciess::basic_matrix_span<double> dx_span = dx;
  layer.backward(packed.weights, packed.rows, x, y, dy, activation::relu, g, false, &dx_span);
  CHECK(g == std::vector<double>{1, 0, 3, 0, 0, 0, 2, 0});  // the second output is off
  CHECK(dx == (matrix(2, 3) << 1, 3, 5, 1, 3, 5).finished());

  dy.setOnes();
  layer.backward(packed.weights, packed.rows, x, y, dy, activation::relu, g, true, nullptr);
  CHECK(g == std::vector<double>{2, 0, 6, 0, 0, 0, 4, 0});
}

TEST_CASE("dense has the gradient of central differences", "[nn]") {
  const auto act = GENERATE(activation::linear, activation::relu, activation::tanh);
  // one output is computed in a way of its own
  const auto shape =
      GENERATE(dense_shape{3, 5}, dense_shape{11, 4}, dense_shape{11, 1}, dense_shape{2, 1});
  const ciess::index_t n = 6;
  auto p = drawn(shape);
  matrix x = drawn(n, shape.inputs, 1);
  const matrix weight = drawn(n, shape.outputs, 2);  // L = sum(weight .* y)
  matrix y(n, shape.outputs);
  const auto loss = [&] {
    const dense<double> layer(shape, p);
    layer.forward(packed_both(layer).weights, x, y, act);
    return (weight.array() * y.array()).sum();
  };
  loss();
  matrix dy = weight;
  matrix dx(n, shape.inputs);
  ciess::basic_matrix_span<double> dx_span = dx;
  std::vector<double> g(p.size());
  const dense<double> layer(shape, p);
  packed_both packed(layer);
  layer.backward(packed.weights, packed.rows, x, y, dy, act, g, false, &dx_span);

  const double h = 1e-6;
  const auto slope = [&](double& at) {
    const double was = at;
    at = was + h;
    const double above = loss();
    at = was - h;
    const double below = loss();
    at = was;
    return (above - below) / (2 * h);
  };
  for (std::size_t i = 0; i < p.size(); ++i) CHECK(g[i] == Approx(slope(p[i])).margin(1e-7));
  for (ciess::index_t r = 0; r < n; ++r)
    for (ciess::index_t c = 0; c < shape.inputs; ++c)
      CHECK(dx(r, c) == Approx(slope(x(r, c))).margin(1e-7));
}

TEST_CASE("draw_dense fills the interval it states and is addressed by layer", "[nn]") {
  const dense_shape shape{64, 32};
  const auto p = drawn(shape);
  double sum = 0;
  double largest = 0;
  for (const double w : p) {
    sum += w;
    largest = std::max(largest, std::abs(w));
  }
  CHECK(largest <= 1.0 / 8);
  CHECK(largest > 0.12);
  CHECK(std::abs(sum / static_cast<double>(p.size())) < 0.006);  // four standard errors
  auto other = p;
  ciess::draw_dense<double>(shape, other, {7, ciess::purpose::weights}, 1);
  CHECK(other != p);
  ciess::draw_dense<double>(shape, other, {7, ciess::purpose::weights}, 0, 3e-3);
  for (const double w : other) CHECK(std::abs(w) <= 3e-3);
}

TEST_CASE("dense refuses shapes that do not fit", "[nn]") {
  const std::vector<double> p(8);
  CHECK_THROWS_AS(dense<double>({3, 3}, p), ciess::argument_error);
  CHECK_THROWS_AS(dense<double>({0, 8}, p), ciess::argument_error);
  const dense<double> layer({3, 2}, p);
  packed_both packed(layer);
  matrix x(4, 3);
  matrix y(4, 2);
  matrix thin(4, 1);
  matrix low(3, 2);
  CHECK_THROWS_WITH(layer.forward(packed.weights, y, y, activation::relu),
                    ContainsSubstring("[4, 2]"));
  CHECK_THROWS_AS(layer.forward(packed.weights, x, thin, activation::relu), ciess::argument_error);
  CHECK_THROWS_AS(layer.forward(packed.weights, x, low, activation::relu), ciess::argument_error);
  std::vector<double> g(7);
  matrix dy(4, 2);
  CHECK_THROWS_AS(
      layer.backward(packed.weights, packed.rows, x, y, dy, activation::relu, g, false, nullptr),
      ciess::argument_error);
  CHECK_THROWS_AS(
      layer.backward(packed.weights, packed.rows, x, y, thin, activation::relu, {}, false, nullptr),
      ciess::argument_error);
  CHECK_THROWS_WITH(layer.forward({}, x, y, activation::relu), ContainsSubstring("packed weights"));
  ciess::packed_dense<double> forward_only;
  layer.pack(forward_only, false);
  matrix dx(4, 3);
  ciess::basic_matrix_span<double> dx_span = dx;
  CHECK_THROWS_WITH(
      layer.backward(forward_only, packed.rows, x, y, dy, activation::relu, {}, false, &dx_span),
      ContainsSubstring("packed weights [0, 0]"));
  ciess::basic_matrix_span<double> thin_span = thin;
  CHECK_THROWS_AS(layer.backward(packed.weights, packed.rows, x, y, dy, activation::relu, {}, false,
                                 &thin_span),
                  ciess::argument_error);

  const ciess::random_stream stream(1, ciess::purpose::weights);
  CHECK_THROWS_AS(ciess::draw_dense<double>({3, 2}, g, stream, 0), ciess::argument_error);
  std::vector<double> right(8);
  const double bound = GENERATE(-1.0, std::numeric_limits<double>::quiet_NaN(),
                                std::numeric_limits<double>::infinity());
  CHECK_THROWS_AS(ciess::draw_dense<double>({3, 2}, right, stream, 0, bound),
                  ciess::argument_error);
}
