// SPDX-License-Identifier: MIT
#include <ciess/nn/propagation.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#include <ciess/core/random.hpp>
#include <ciess/core/threads.hpp>

#include "support/catch.hpp"

namespace {

using ciess::basic_matrix;
using ciess::interaction;
using ciess::interactions;
using ciess::row_id;

template <class T>
using pair_of_tables = std::array<basic_matrix<T>, 2>;

/// About a share of all pairs; the last user and the last item have none, user 0 has all others.
interactions some_pairs(row_id users, row_id items, std::uint32_t one_in) {
  auto engine = ciess::random_stream(7, ciess::purpose::user).at(0);
  std::vector<interaction> pairs;
  for (row_id u = 0; u + 1 < users; ++u)
    for (row_id i = 0; i + 1 < items; ++i)
      if (u == 0 || ciess::bounded(engine, one_in) == 0) pairs.push_back({u, i});
  return {users, items, pairs};
}

template <class T>
pair_of_tables<T> random_tables(const interactions& data, ciess::index_t d) {
  auto engine = ciess::random_stream(8, ciess::purpose::user).at(0);
  pair_of_tables<T> tables{basic_matrix<T>(data.users(), d), basic_matrix<T>(data.items(), d)};
  for (auto& table : tables)
    for (T& x : table.reshaped()) x = ciess::uniform<T>(engine, T(-1), T(1));
  return tables;
}

/// The judge: the layers one after the other, edge by edge, in double.
template <class T>
pair_of_tables<double> by_layers(const interactions& data, const pair_of_tables<T>& in,
                                 int layers) {
  pair_of_tables<double> x{in[0].template cast<double>(), in[1].template cast<double>()};
  pair_of_tables<double> sum = x;
  for (int l = 0; l < layers; ++l) {
    pair_of_tables<double> y{basic_matrix<double>::Zero(x[0].rows(), x[0].cols()),
                             basic_matrix<double>::Zero(x[1].rows(), x[1].cols())};
    for (row_id u = 0; u < data.users(); ++u)
      for (const row_id i : data.items_of(u)) {
        const double weight = 1 / std::sqrt(static_cast<double>(data.items_of(u).size()) *
                                            static_cast<double>(data.users_of(i).size()));
        y[0].row(u) += weight * x[1].row(i);
        y[1].row(i) += weight * x[0].row(u);
      }
    x = y;
    for (std::size_t t = 0; t < 2; ++t) sum[t] += x[t];
  }
  for (auto& table : sum) table /= layers + 1;
  return sum;
}

template <class T>
pair_of_tables<T> propagate(const interactions& data, const pair_of_tables<T>& in, int layers) {
  ciess::propagation<T> run(ciess::bipartite_graph(data), layers);
  pair_of_tables<T> out{basic_matrix<T>(in[0].rows(), in[0].cols()),
                        basic_matrix<T>(in[1].rows(), in[1].cols())};
  run({&in[0], &in[1]}, {&out[0], &out[1]}, in[0].cols());
  return out;
}

// A graph must not outlive its interactions.
static_assert(!std::is_constructible_v<ciess::bipartite_graph, interactions&&>);
static_assert(std::is_constructible_v<ciess::bipartite_graph, const interactions&>);

}  // namespace

TEST_CASE("propagation agrees with values worked by hand", "[nn]") {
  // u0 - i0, u0 - i1, u1 - i1; u2 and i2 alone.
  const interactions data(3, 3, {{0, 0}, {0, 1}, {1, 1}});
  const pair_of_tables<double> in{basic_matrix<double>{{1.0}, {2.0}, {3.0}},
                                  basic_matrix<double>{{5.0}, {7.0}, {11.0}}};
  const auto out = propagate(data, in, 1);
  CHECK(out[0](0, 0) == Approx((1 + 5 / std::sqrt(2.0) + 7 / 2.0) / 2));
  CHECK(out[0](1, 0) == Approx((2 + 7 / std::sqrt(2.0)) / 2));
  CHECK(out[0](2, 0) == Approx(1.5));
  CHECK(out[1](0, 0) == Approx((5 + 1 / std::sqrt(2.0)) / 2));
  CHECK(out[1](1, 0) == Approx((7 + 1 / 2.0 + 2 / std::sqrt(2.0)) / 2));
  CHECK(out[1](2, 0) == Approx(5.5));
}

TEMPLATE_TEST_CASE("propagation agrees with a plain loop over layers", "[nn]", float, double) {
  const auto d = GENERATE(1, 3, 8, 15, 16, 17, 37, 64, 128);
  const auto layers = GENERATE(0, 1, 2, 3, 4);
  const auto data = some_pairs(41, 29, 6);
  const auto in = random_tables<TestType>(data, d);
  const auto wanted = by_layers(data, in, layers);
  const auto out = propagate(data, in, layers);
  for (std::size_t t = 0; t < 2; ++t)
    CHECK((out[t].template cast<double>() - wanted[t]).cwiseAbs().maxCoeff() <
          8 * static_cast<double>(std::numeric_limits<TestType>::epsilon()));
}

TEST_CASE("propagation of many edges, in several chunks", "[nn]") {
  const auto data = some_pairs(500, 400, 2);
  const ciess::bipartite_graph graph(data);
  CHECK(graph[0].chunks() > 2);
  CHECK(graph[1].chunks() > 2);
  CHECK(graph[0].cuts.back() == 500);
  CHECK(graph[1].cuts.back() == 400);
  const auto in = random_tables<double>(data, 5);
  const auto wanted = by_layers(data, in, 3);
  const auto out = propagate(data, in, 3);
  for (std::size_t t = 0; t < 2; ++t) CHECK((out[t] - wanted[t]).cwiseAbs().maxCoeff() < 1e-14);
}

TEST_CASE("propagation is symmetric: <x, P y> = <P x, y>", "[nn]") {
  const auto data = some_pairs(30, 50, 4);
  const auto x = random_tables<double>(data, 6);
  auto y = random_tables<double>(data, 6);
  for (auto& table : y) table = table.reverse().eval();
  const auto px = propagate(data, x, 3);
  const auto py = propagate(data, y, 3);
  double one = 0, other = 0;
  for (std::size_t t = 0; t < 2; ++t) {
    one += x[t].cwiseProduct(py[t]).sum();
    other += px[t].cwiseProduct(y[t]).sum();
  }
  CHECK(one == Approx(other).epsilon(1e-12));
}

TEST_CASE("propagation touches the asked columns only, and may work in place", "[nn]") {
  const auto layers = GENERATE(0, 1, 3);
  const auto columns = GENERATE(0, 1, 16, 19, 40);
  const auto data = some_pairs(20, 30, 3);
  const auto in = random_tables<float>(data, 40);
  const auto whole = propagate(data, in, layers);
  auto tables = in;
  ciess::propagation<float> run(ciess::bipartite_graph(data), layers);
  for (const ciess::index_t c : {40, columns}) {  // what a wider call left behind does no harm
    tables = in;
    run({&tables[0], &tables[1]}, {&tables[0], &tables[1]}, c);
    for (std::size_t t = 0; t < 2; ++t) {
      // narrow tables are gathered by other registers: another order of the same sums
      CHECK((tables[t].leftCols(c) - whole[t].leftCols(c)).cwiseAbs().sum() <=
            1e-6F * static_cast<float>(1 + tables[t].size()));
      CHECK(tables[t].rightCols(40 - c) == in[t].rightCols(40 - c));
    }
  }
}

TEST_CASE("propagation without edges, without rows", "[nn]") {
  const interactions none(3, 2, {});
  const auto in = random_tables<float>(none, 4);
  const auto out = propagate(none, in, 3);
  for (std::size_t t = 0; t < 2; ++t) CHECK(out[t] == in[t] / 4);
  const interactions nobody(0, 2, {});
  CHECK(propagate(nobody, random_tables<float>(nobody, 4), 2)[1].rows() == 2);
  const interactions nothing;
  CHECK_NOTHROW(propagate(nothing, random_tables<float>(nothing, 4), 2));
}

TEST_CASE("propagation refuses what does not fit", "[nn]") {
  const interactions data(3, 2, {{0, 0}});
  const ciess::bipartite_graph graph(data);
  CHECK_THROWS_AS(ciess::propagation<float>(graph, -1), ciess::argument_error);
  ciess::propagation<float> run(graph, 1);
  ciess::matrix users(3, 4), items(2, 4), narrow(3, 3), more(4, 4);
  CHECK_NOTHROW(run({&users, &items}, {&users, &items}, 4));
  CHECK_THROWS_AS(run({&items, &users}, {&items, &users}, 4), ciess::argument_error);
  CHECK_THROWS_AS(run({&users, &items}, {&narrow, &items}, 3), ciess::argument_error);
  CHECK_THROWS_AS(run({&users, &items}, {&more, &items}, 4), ciess::argument_error);
  CHECK_THROWS_AS(run({&users, &items}, {&users, &items}, 5), ciess::argument_error);
  CHECK_THROWS_AS(run({&users, &items}, {&users, &items}, -1), ciess::argument_error);
  const std::vector<std::uint16_t> three(3, 4), two(2, 4);
  CHECK_NOTHROW(run({&users, &items}, {&users, &items}, 4, {three, two}, {three, two}));
  CHECK_THROWS_AS(run({&users, &items}, {&users, &items}, 4, {two, two}), ciess::argument_error);
  CHECK_THROWS_AS(run({&users, &items}, {&users, &items}, 4, {}, {three, three}),
                  ciess::argument_error);
}

namespace {

/// Sizes between 0 and d, many of them small.
std::vector<std::uint16_t> some_sizes(ciess::index_t rows, ciess::index_t d, std::uint64_t seed) {
  auto engine = ciess::random_stream(seed, ciess::purpose::user).at(0);
  std::vector<std::uint16_t> all;
  for (ciess::index_t r = 0; r < rows; ++r) {
    const auto most = static_cast<std::uint32_t>(d) + 1;
    all.push_back(static_cast<std::uint16_t>(
        std::min(ciess::bounded(engine, most), ciess::bounded(engine, most))));
  }
  return all;
}

template <class T>
void cut(pair_of_tables<T>& tables, const ciess::row_prefixes& sizes) {
  for (std::size_t t = 0; t < 2; ++t)
    for (ciess::index_t r = 0; r < tables[t].rows(); ++r)
      tables[t].row(r).tail(tables[t].cols() - sizes[t][static_cast<std::size_t>(r)]).setZero();
}

}  // namespace

TEMPLATE_TEST_CASE("propagation leaves out what is zero or not wanted", "[nn]", float, double) {
  const auto d = GENERATE(1, 16, 37, 128);
  const auto layers = GENERATE(0, 1, 2, 3);
  const auto storage = std::is_same_v<TestType, float>
                           ? GENERATE(ciess::gathered::exact, ciess::gathered::bfloat16)
                           : ciess::gathered::exact;
  const auto data = some_pairs(300, 200, 4);
  auto in = random_tables<TestType>(data, d);
  const std::vector<std::uint16_t> given[] = {some_sizes(300, d, 1), some_sizes(200, d, 2)};
  const std::vector<std::uint16_t> wanted[] = {some_sizes(300, d, 3), some_sizes(200, d, 4)};
  cut(in, {given[0], given[1]});

  ciess::propagation<TestType> run(ciess::bipartite_graph(data), layers, storage);
  auto whole = in;
  run({&in[0], &in[1]}, {&whole[0], &whole[1]}, d);
  auto out = in;
  for (const bool sized : {true, false, true}) {  // what an earlier call knew of does no harm
    ciess::row_prefixes known{};
    if (sized) known = {given[0], given[1]};
    run({&in[0], &in[1]}, {&out[0], &out[1]}, d, known, {wanted[0], wanted[1]});
    // The order of a sum may differ, and with it what is rounded to two bytes.
    const double tolerance =
        storage == ciess::gathered::exact
            ? 16 * static_cast<double>(std::numeric_limits<TestType>::epsilon())
            : 1.0 / 128;
    for (std::size_t t = 0; t < 2; ++t)
      for (ciess::index_t r = 0; r < out[t].rows(); ++r) {
        const ciess::index_t n = wanted[t][static_cast<std::size_t>(r)];
        if (n == 0) continue;
        REQUIRE((out[t].row(r).head(n) - whole[t].row(r).head(n)).cwiseAbs().maxCoeff() <=
                static_cast<TestType>(tolerance));
      }
  }
  // In place, and rows wanted whole or not at all.
  std::vector<std::uint16_t> rows[] = {std::vector<std::uint16_t>(300, 0),
                                       std::vector<std::uint16_t>(200, 0)};
  rows[0][3] = rows[0][299] = rows[1][0] = 0xffff;
  auto tables = in;
  run({&tables[0], &tables[1]}, {&tables[0], &tables[1]}, d, {}, {rows[0], rows[1]});
  CHECK(tables[0].row(3) == whole[0].row(3));
  CHECK(tables[0].row(299) == whole[0].row(299));
  CHECK(tables[1].row(0) == whole[1].row(0));
}

TEST_CASE("propagation with rows in two bytes: near, and exact where two bytes hold all", "[nn]") {
  const auto layers = GENERATE(1, 2, 3);
  const auto d = GENERATE(16, 17, 32, 40, 128);
  const auto data = some_pairs(90, 70, 3);
  const auto in = random_tables<float>(data, d);
  const auto wanted = by_layers(data, in, layers);
  ciess::propagation<float> run(ciess::bipartite_graph(data), layers, ciess::gathered::bfloat16);
  auto out = in;
  run({&in[0], &in[1]}, {&out[0], &out[1]}, d);
  // A neighbour is at most 1 and off by 2^-9; the errors of a row's neighbours are averaged.
  for (std::size_t t = 0; t < 2; ++t)
    CHECK((out[t].cast<double>() - wanted[t]).cwiseAbs().maxCoeff() < 1.0 / 256);
  if (d == 16) {  // one panel: nothing to gain, so nothing is rounded
    CHECK(propagate(data, in, layers) == out);
  } else {
    CHECK(propagate(data, in, layers) != out);
  }
  CHECK_THROWS_AS(
      ciess::propagation<double>(ciess::bipartite_graph(data), 3, ciess::gathered::bfloat16),
      ciess::argument_error);
}

TEST_CASE("a line of two-byte numbers rounds to the nearest, ties to even, and keeps NaN", "[nn]") {
  using half_line = ciess::detail::half_lines<2>;
  using line = ciess::detail::cache_line<float>;
  const auto round_trip = [](float x) {
    half_line::sum numbers{};
    float values[16];
    std::fill_n(values, 16, x);
    numbers[0].load(values, 16, 1.0F);
    numbers[1].load(values, 16, -1.0F);
    numbers[2] = numbers[1];
    numbers[3] = numbers[0];
    const half_line h = half_line::of(numbers);
    half_line::sum back{};
    h.add_to(back);
    float low[16], high[16];
    back[0].store(low, 16, 1.0F);
    back[1].store(high, 16, -1.0F);
    for (int k = 0; k < 2; ++k) {
      float again[16];
      back[static_cast<std::size_t>(2 + k)].store(again, 16, k == 0 ? -1.0F : 1.0F);
      const bool same = again[3] == low[3] || (std::isnan(again[3]) && std::isnan(low[3]));
      REQUIRE(same);
    }
    for (int k = 0; k < 16; ++k) {
      const bool same = low[k] == high[k] || (std::isnan(low[k]) && std::isnan(high[k]));
      REQUIRE(same);
    }
    return low[15];
  };
  static_assert(sizeof(half_line) == 2 * sizeof(line));
  const float ulp = std::ldexp(1.0F, -7);  // of two-byte numbers at 1
  CHECK(round_trip(1.0F) == 1.0F);
  CHECK(round_trip(1.0F + 0.49F * ulp) == 1.0F);
  CHECK(round_trip(1.0F + 0.5F * ulp) == 1.0F);
  CHECK(round_trip(1.0F + 0.51F * ulp) == 1.0F + ulp);
  CHECK(round_trip(1.0F + 1.5F * ulp) == 1.0F + 2 * ulp);
  CHECK(round_trip(std::numeric_limits<float>::infinity()) ==
        std::numeric_limits<float>::infinity());
  CHECK(std::isnan(round_trip(std::numeric_limits<float>::quiet_NaN())));
  CHECK(std::isnan(round_trip(std::bit_cast<float>(0x7fffffffU))));
  CHECK(std::isnan(round_trip(std::bit_cast<float>(0x7f800001U))));
}

TEST_CASE("propagation: same bytes at 1 and 2 threads", "[nn][threads]") {
  const auto data = some_pairs(500, 400, 3);
  auto in = random_tables<float>(data, 40);
  const auto storage = GENERATE(ciess::gathered::exact, ciess::gathered::bfloat16);
  const std::vector<std::uint16_t> given[] = {some_sizes(500, 40, 1), some_sizes(400, 40, 2)};
  cut(in, {given[0], given[1]});
  const auto both = [&] {
    ciess::propagation<float> run(ciess::bipartite_graph(data), 3, storage);
    auto out = in;
    run({&out[0], &out[1]}, {&out[0], &out[1]}, 40, {given[0], given[1]}, {given[0], given[1]});
    run({&out[0], &out[1]}, {&out[0], &out[1]}, 40);
    return out;
  };
  const auto serial = both();
  const ciess::threads pool{2};
  CHECK(both() == serial);
}
