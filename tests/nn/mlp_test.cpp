// SPDX-License-Identifier: MIT
#include <ciess/nn/mlp.hpp>

#include <array>
#include <cstring>
#include <limits>
#include <type_traits>
#include <vector>

#include <ciess/core/threads.hpp>

#include "support/catch.hpp"

namespace {

using ciess::activation;
template <class T>
using net = ciess::mlp<T>;

const ciess::random_stream stream(3, ciess::purpose::weights);

template <class T>
ciess::basic_matrix<T> drawn(ciess::index_t rows, ciess::index_t columns, std::uint64_t seed) {
  ciess::basic_matrix<T> m(rows, columns);
  for (ciess::index_t r = 0; r < rows; ++r) {
    auto engine =
        ciess::random_stream(seed, ciess::purpose::user).at(0, static_cast<std::uint64_t>(r));
    for (ciess::index_t c = 0; c < columns; ++c) m(r, c) = ciess::uniform<T>(engine, -1, 1);
  }
  return m;
}

template <class T>
auto reader(const ciess::basic_matrix<T>& x) {
  return [&x](ciess::index_t first, ciess::basic_matrix_span<T> in) {
    in = x.middleRows(first, in.rows());
  };
}

/// L = sum over rows of |y - target|^2.
template <class T>
auto squares(const ciess::basic_matrix<T>& target) {
  return [&target](ciess::index_t first, const ciess::basic_matrix_view<T>& y,
                   ciess::basic_matrix_span<T> dy) {
    dy = T{2} * (y - target.middleRows(first, y.rows()));
    return static_cast<double>(dy.squaredNorm()) / 4;
  };
}

}  // namespace

// its numbers are its state
static_assert(std::copyable<net<float>> && std::copyable<net<double>>);

TEST_CASE("mlp computes its layers", "[nn]") {
  net<double> n({.widths = {2, 2, 1}, .output = activation::tanh}, stream);
  // hidden: relu(x0 - x1 + 0.5), relu(2 x1 - 1); output: tanh(0.5 h0 - h1 + 0.25)
  const std::array<double, 9> p{1, 0, -1, 2, 0.5, -1, 0.5, -1, 0.25};
  std::ranges::copy(p, n.parameters().begin());
  ciess::basic_matrix<double> x(3, 2);
  x << 1, 0, 0, 2, 1, 1;
  ciess::basic_matrix<double> y(3, 1);
  net<double>::workspace memory;
  n.forward(x, y, memory);
  CHECK(y(0, 0) == Approx(std::tanh(0.5 * 1.5 + 0.25)));
  CHECK(y(1, 0) == Approx(std::tanh(-3 + 0.25)));
  CHECK(y(2, 0) == Approx(std::tanh(0.25 - 1 + 0.25)));
}

TEST_CASE("mlp has the gradient of central differences", "[nn]") {
  const auto output = GENERATE(activation::linear, activation::tanh);
  net<double> n({.widths = {3, 12, 10, 2}, .output = output}, stream);
  const ciess::index_t rows = 2 * net<double>::block + 3;  // three blocks, one of them cut
  auto x = drawn<double>(rows, 3, 1);
  const auto target = drawn<double>(rows, 2, 2);
  net<double>::workspace memory;
  std::vector<double> g(n.parameters().size());
  std::vector<double> other(g.size());
  const auto loss = [&] {
    return n.gradient(rows, reader(x), squares(target), std::span(other), memory);
  };
  n.gradient(rows, reader(x), squares(target), std::span(g), memory);

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
  for (std::size_t i = 0; i < g.size(); i += 3)
    CHECK(g[i] == Approx(slope(n.parameters()[i])).epsilon(1e-5).margin(1e-5));

  net<double>::lease tape(memory);
  net<double>::packed_lease packed(memory.packed);
  n.pack(*packed, true);
  const ciess::index_t some = 5;
  n.input(*tape, some) = x.topRows(some);
  const ciess::basic_matrix<double> y = n.forward(*packed, *tape, some);
  n.output_gradient(*tape, some) = 2 * (y - target.topRows(some));
  n.backward(*packed, *tape, some, {}, false, true);
  for (ciess::index_t r = 0; r < some; ++r)
    for (ciess::index_t c = 0; c < 3; ++c)
      CHECK(tape->input_gradient(r, c) == Approx(slope(x(r, c))).epsilon(1e-5).margin(1e-6));
}

TEST_CASE("mlp sums many blocks as a plain loop over rows", "[nn]") {
  const net<double> n({.widths = {3, 9, 1}}, stream);
  const ciess::index_t rows = 40 * net<double>::block + 17;  // more blocks than shares
  const auto x = drawn<double>(rows, 3, 1);
  const auto target = drawn<double>(rows, 1, 2);
  net<double>::workspace memory;
  std::vector<double> g(n.parameters().size());
  const double loss = n.gradient(rows, reader(x), squares(target), std::span(g), memory);

  ciess::basic_matrix<double> y(rows, 1);
  n.forward(x, y, memory);
  CHECK(loss == Approx((y - target).squaredNorm()));
  CHECK(g.back() == Approx(2 * (y - target).sum()));  // bias of the output
  std::vector<double> sum(g.size());
  std::vector<double> part(g.size());
  for (ciess::index_t first = 0; first < rows; first += 100) {
    const ciess::index_t count = std::min<ciess::index_t>(100, rows - first);
    const ciess::basic_matrix<double> some = x.middleRows(first, count);
    const ciess::basic_matrix<double> wanted = target.middleRows(first, count);
    n.gradient(count, reader(some), squares(wanted), std::span(part), memory);
    for (std::size_t i = 0; i < g.size(); ++i) sum[i] += part[i];
  }
  for (std::size_t i = 0; i < g.size(); ++i) CHECK(g[i] == Approx(sum[i]).margin(1e-9));
}

TEST_CASE("mlp gives the same bytes at 1 and 2 threads", "[nn]") {
  const net<float> n({.widths = {3, 20, 20, 1}, .output = activation::tanh}, stream);
  const ciess::index_t rows = 9 * net<float>::block + 5;
  const auto x = drawn<float>(rows, 3, 1);
  const auto target = drawn<float>(rows, 1, 2);
  const auto run = [&] {
    net<float>::workspace memory;
    std::vector<float> result(n.parameters().size());
    n.gradient(rows, reader(x), squares(target), std::span(result), memory);
    ciess::matrix y(rows, 1);
    n.forward(x, y, memory);
    result.insert(result.end(), y.data(), y.data() + rows);
    return result;
  };
  const auto serial = run();
  const ciess::threads pool{2};
  for (int i = 0; i < 3; ++i) {
    const auto parallel = run();
    CHECK(std::memcmp(serial.data(), parallel.data(), serial.size() * sizeof(float)) == 0);
  }
}

TEST_CASE("mlp works on no rows, on copies of its memory, and learns", "[nn]") {
  net<float> n({.widths = {2, 16, 1}}, stream);
  net<float>::workspace memory;
  std::vector<float> g(n.parameters().size(), 1.0F);
  const auto none = drawn<float>(0, 2, 1);
  CHECK(n.gradient(0, reader(none), squares(none), std::span(g), memory) == 0);
  CHECK(std::ranges::all_of(g, [](float v) { return v == 0; }));

  const auto x = drawn<float>(64, 2, 1);
  const ciess::matrix target = x.col(0).cwiseProduct(x.col(1));
  double first = 0;
  double last = 0;
  for (int i = 0; i < 400; ++i) {
    auto copy = memory;
    last = n.gradient(64, reader(x), squares(target), std::span(g), i % 2 ? copy : memory);
    if (i == 0) first = last;
    for (std::size_t k = 0; k < g.size(); ++k) n.parameters()[k] -= 0.002F * g[k];
  }
  CHECK(last < 0.1 * first);
}

TEST_CASE("mlp draws the last layer as it is told", "[nn]") {
  const net<float> n({.widths = {3, 8, 1}, .last_layer = 3e-3}, stream);
  const auto last = n.parameters().last(9);
  CHECK(std::ranges::all_of(last, [](float w) { return std::abs(w) <= 3e-3F; }));
  CHECK(std::ranges::any_of(last, [](float w) { return std::abs(w) > 1e-3F; }));
  CHECK(std::ranges::any_of(n.parameters().first(24), [](float w) { return std::abs(w) > 0.3F; }));
}

TEST_CASE("clip_norm scales what is too long", "[nn]") {
  std::vector<double> g{3, -4};
  CHECK(ciess::clip_norm(std::span(g), 10.0) == 5);
  CHECK(g == std::vector<double>{3, -4});
  CHECK(ciess::clip_norm(std::span(g), 2.5) == 5);
  CHECK(g == std::vector<double>{1.5, -2});
  std::vector<float> many(10001, 0.5F);  // more than one piece
  CHECK(ciess::clip_norm(std::span(many), 1.0) == Approx(0.5 * std::sqrt(10001.0)));
  CHECK(many.back() == Approx(1 / std::sqrt(10001.0)));
  std::vector<float> moved(many.size() + 3, 0.3F);  // the same norm at any alignment
  const double norm = ciess::clip_norm(std::span(moved).first(many.size()), 1e9);
  CHECK(ciess::clip_norm(std::span(moved).last(many.size()), 1e9) == norm);
  g[0] = std::numeric_limits<double>::quiet_NaN();
  CHECK(!std::isfinite(ciess::clip_norm(std::span(g), 1.0)));
  CHECK(g[1] == -2);
  const double limit = GENERATE(0.0, -1.0, std::numeric_limits<double>::quiet_NaN());
  CHECK_THROWS_AS(ciess::clip_norm(std::span(g), limit), ciess::argument_error);
}

TEST_CASE("mlp refuses widths and shapes that do not fit", "[nn]") {
  CHECK_THROWS_AS(net<float>({.widths = {3}}, stream), ciess::argument_error);
  CHECK_THROWS_AS(net<float>({.widths = {3, 0, 1}}, stream), ciess::argument_error);
  CHECK_THROWS_AS(net<float>({.widths = {3, 1}, .last_layer = -1.0}, stream),
                  ciess::argument_error);
  const net<float> n({.widths = {3, 4, 1}}, stream);
  net<float>::workspace memory;
  ciess::matrix x(5, 3);
  ciess::matrix y(5, 1);
  ciess::matrix low(4, 1);
  CHECK_THROWS_WITH(n.forward(y, y, memory), ContainsSubstring("[5, 1]"));
  CHECK_THROWS_AS(n.forward(x, x, memory), ciess::argument_error);
  CHECK_THROWS_AS(n.forward(x, low, memory), ciess::argument_error);
  std::vector<float> g(3);
  CHECK_THROWS_AS(n.gradient(5, reader(x), squares(y), std::span(g), memory),
                  ciess::argument_error);
}
