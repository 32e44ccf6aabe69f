// SPDX-License-Identifier: MIT
#include <ciess/nn/detail/relu_walk.hpp>

#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <vector>

#include <ciess/core/threads.hpp>

#include "support/catch.hpp"

namespace {

using ciess::activation;
using ciess::matrix;
using ciess::mlp;

const ciess::random_stream stream(3, ciess::purpose::weights);

matrix drawn(ciess::index_t rows, ciess::index_t columns) {
  matrix m(rows, columns);
  auto engine = ciess::random_stream(1, ciess::purpose::user).at(0);
  for (float& x : m.reshaped()) x = ciess::uniform(engine, -1.0F, 1.0F);
  return m;
}

std::vector<float> walked(const mlp<float>& net, const matrix& x) {
  ciess::relu_walk walk;
  REQUIRE(walk.assign(net));
  std::vector<float> y(static_cast<std::size_t>(x.rows()));
  walk.evaluate(
      x.rows(),
      [&](ciess::index_t first, ciess::matrix_span in) { in = x.middleRows(first, in.rows()); },
      [&](ciess::index_t first, const ciess::matrix_view& out) {
        std::copy_n(out.data(), out.rows(), y.data() + first);
      });
  return y;
}

/// The same network in double, layer after layer.
std::vector<double> plain(const mlp<float>& net, const matrix& x) {
  mlp<double> copy({.widths = {net.inputs(), net.shape(0).outputs, net.shape(1).outputs, 1},
                    .output = net.output_activation()},
                   stream);
  std::ranges::copy(net.parameters(), copy.parameters().begin());
  mlp<double>::workspace memory;
  ciess::basic_matrix<double> y(x.rows(), 1);
  copy.forward(x.cast<double>(), y, memory);
  return {y.data(), y.data() + y.size()};
}

}  // namespace

TEST_CASE("relu_walk agrees with the network", "[nn]") {
  const auto inputs = GENERATE(1, 2, 3, 4, 5, 6, 7, 8);
  const auto [first, second] = GENERATE(std::pair{1, 1}, std::pair{7, 33}, std::pair{300, 65});
  const auto output = GENERATE(activation::linear, activation::relu, activation::tanh);
  const mlp<float> net({.widths = {inputs, first, second, 1}, .output = output}, stream);
  const matrix x = drawn(3000, inputs);  // more than one piece
  const auto y = walked(net, x);
  const auto expected = plain(net, x);
  for (std::size_t r = 0; r < y.size(); ++r)
    REQUIRE(double(y[r]) == Approx(expected[r]).margin(1e-6));
}

TEST_CASE("relu_walk agrees with networks whose weights are of very different sizes", "[nn]") {
  mlp<float> net({.widths = {4, 40, 50, 1}}, stream);
  auto engine = stream.at(7);
  for (float& w : net.parameters()) w *= std::exp(ciess::normal(engine) * 2);
  net.parameters()[3] = 0;
  const matrix x = drawn(2000, 4);
  const auto y = walked(net, x);
  const auto expected = plain(net, x);
  double largest = 0;
  for (const double v : expected) largest = std::max(largest, std::abs(v));
  for (std::size_t r = 0; r < y.size(); ++r)
    REQUIRE(double(y[r]) == Approx(expected[r]).margin(1e-6 * largest));
}

TEST_CASE("relu_walk gives a point the same bytes whatever is asked with it", "[nn][threads]") {
  const mlp<float> net({.widths = {4, 256, 256, 1}}, stream);
  matrix x = drawn(5000, 4);
  x.bottomRows(1000) = x.topRows(1000);  // asked for twice
  const auto together = walked(net, x);
  CHECK(std::equal(together.end() - 1000, together.end(), together.begin()));
  for (ciess::index_t r = 0; r < 200; ++r)
    REQUIRE(walked(net, x.middleRows(r, 1))[0] == together[static_cast<std::size_t>(r)]);
  const auto turned = walked(net, x.colwise().reverse());
  CHECK(std::equal(turned.rbegin(), turned.rend(), together.begin()));
  const ciess::threads pool{2};
  CHECK(walked(net, x) == together);
}

TEST_CASE("relu_walk works on no points, on equal ones and on numbers that are none", "[nn]") {
  const mlp<float> net({.widths = {2, 16, 16, 1}}, stream);
  CHECK(walked(net, matrix(0, 2)).empty());
  const auto same = walked(net, matrix::Constant(5000, 2, 0.25F));
  CHECK(std::ranges::all_of(same, [&](float v) { return v == same[0]; }));
  matrix x = drawn(100, 2);
  const auto before = walked(net, x);
  x(7, 1) = std::numeric_limits<float>::quiet_NaN();
  x(9, 0) = std::numeric_limits<float>::infinity();
  const auto after = walked(net, x);
  for (std::size_t r = 0; r < 100; ++r) {
    if (r == 7 || r == 9)
      CHECK(!std::isfinite(after[r]));
    else
      CHECK(after[r] == before[r]);
  }
}

TEST_CASE("relu_walk says which networks it cannot take", "[nn]") {
  ciess::relu_walk walk;
  CHECK(!ciess::relu_walk::fits(mlp<float>({.widths = {3, 4, 1}}, stream)));
  CHECK(!ciess::relu_walk::fits(mlp<float>({.widths = {3, 4, 4, 2}}, stream)));
  CHECK(!ciess::relu_walk::fits(mlp<float>({.widths = {9, 4, 4, 1}}, stream)));
  CHECK_THROWS_WITH(walk.assign(mlp<float>({.widths = {9, 4, 4, 1}}, stream)),
                    ContainsSubstring("9 inputs"));
  const auto broken = GENERATE(std::numeric_limits<float>::quiet_NaN(),
                               std::numeric_limits<float>::infinity(), 1e38F);
  const mlp<float> whole({.widths = {3, 4, 4, 1}}, stream);
  CHECK(walk.assign(whole));
  // 1e38 alone is fine where its products are
  for (std::size_t i = 0; i < whole.parameters().size(); ++i) {
    mlp<float> net = whole;
    net.parameters()[i] = broken;
    if (!std::isfinite(broken)) CHECK(!walk.assign(net));
  }
  mlp<float> huge = whole;
  for (float& w : huge.parameters()) w *= 1e38F;
  CHECK(!walk.assign(huge));
  mlp<float> zero = whole;
  std::ranges::fill(zero.parameters(), 0.0F);
  CHECK(walked(zero, drawn(10, 3)) == std::vector<float>(10));
}

TEST_CASE("near_order is an order in which neighbours follow each other", "[nn]") {
  const matrix x = drawn(20000, 3);
  ciess::detail::near_order near;
  const std::vector<float> weight{1, 1, 0};  // the third column does not matter
  const auto order = near(x, weight);
  std::vector<int> seen(20000);
  double way = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    ++seen[order[i]];
    if (i > 0) way += (x.row(order[i]) - x.row(order[i - 1])).head(2).norm();
  }
  CHECK(std::ranges::all_of(seen, [](int n) { return n == 1; }));
  CHECK(way / 20000 < 0.03);  // as they come: about 1; on a grid: 2 / sqrt(20000) = 0.014
  CHECK(near(matrix(0, 3), weight).empty());
  CHECK(near(matrix::Constant(3, 3, 1), weight).size() == 3);
  CHECK(near(matrix::Constant(2, 3, std::numeric_limits<float>::quiet_NaN()), weight).size() == 2);
}
