// SPDX-License-Identifier: MIT
#include <ciess/search/rules/tail_energy.hpp>
// its own header first
#include <ciess/backbone/neumf.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/search/recommender_environment.hpp>
#include <ciess/search/rules/simple.hpp>
#include <limits>

#include "support/catch.hpp"
#include "support/energetic_environment.hpp"
#include "support/small_recommender.hpp"

namespace {
using ciess::matrix;
using ciess::matrix_view;

const matrix users{{2, 1, 2}, {0, 0, 0}};
const matrix items{{1, 3, 0}};
const std::vector<matrix_view> tables{users, items};
const std::vector<ciess::table_shape> shapes{{.rows = 2, .range = {1, 3}},
                                             {.rows = 1, .range = {1, 3}}};

const std::vector<double> user_frequency{3, 8};
const std::vector<double> item_frequency{0};
const std::vector<std::span<const double>> frequency{user_frequency, item_frequency};
const std::vector<std::size_t> common{0, 0};
}  // namespace

TEST_CASE("values of numbers by hand: energy, frequency, column", "[search]") {
  const auto curves = [](const ciess::tail_energy_options& o, std::span<const std::size_t> axes) {
    return ciess::tail_energy_curves(shapes, tables, frequency, axes, o);
  };
  // squares 4 1 4 and 1 9 0, divided by the largest, 9; the first number is always kept, so that
  // rising values are shared from the second on, and the first is no less than that after it
  const auto plain = curves({.p = 0, .q = 0}, common);
  CHECK(plain[0].isApprox(matrix{{4, 2.5, 2.5}, {0, 0, 0}} / 9, 1e-6F));
  CHECK(plain[1].isApprox(matrix{{9, 9, 0}} / 9, 1e-6F));
  // frequency + 1 = 4, 9 and 1, square roots, divided by that of 9
  const auto root = curves({.p = 0.5, .q = 0}, common);
  CHECK(root[0].isApprox(matrix{{8, 5, 5}, {0, 0, 0}} / 27, 1e-6F));
  CHECK(root[1].isApprox(matrix{{9, 9, 0}} / 27, 1e-6F));
  // columns of both tables: 5, 10, 4, divided by 10
  const auto shared = curves({.p = 0, .q = 1}, common);
  CHECK(shared[0].isApprox(matrix{{20, 13, 13}, {0, 0, 0}} / 90, 1e-6F));
  CHECK(shared[1].isApprox(matrix{{90, 90, 0}} / 90, 1e-6F));
  // each for itself: 4 1 4 and 1 9 0, divided by 9
  const auto alone = curves({.p = 0, .q = 1}, {});
  CHECK(alone[0].isApprox(matrix{{16, 8.5, 8.5}, {0, 0, 0}} / 81, 1e-6F));
  CHECK(alone[1].isApprox(matrix{{81, 81, 0}} / 81, 1e-6F));
}

TEST_CASE("values that rise are shared, by hand and in proportion", "[search]") {
  ciess::detail::pool_rising pool;
  const auto pooled = [&](std::vector<double> v) {
    pool(v);
    return v;
  };
  CHECK(pooled({}).empty());
  CHECK(pooled({3}) == std::vector<double>{3});
  CHECK(pooled({3, 2, 2, 1}) == std::vector<double>{3, 2, 2, 1});
  CHECK(pooled({1, 2, 3}) == std::vector<double>{2, 2, 2});
  CHECK(pooled({6, 1, 3, 0, 2}) == std::vector<double>{6, 2, 2, 1, 1});
  CHECK(pooled({0, 0, 9, 1}) == std::vector<double>{3, 3, 3, 1});
}

TEST_CASE("no assignment keeps more energy, unless a threshold cuts what rises", "[search]") {
  const int d_min = GENERATE(1, 2);
  const std::vector<ciess::table_shape> small{{.rows = 2, .range = {d_min, 5}},
                                              {.rows = 2, .range = {1, 3}}};
  const matrix a{{1, 3, 0, 2, 1}, {0, 1, 4, 1, 2}};
  const matrix b{{0, 5, 1}, {2, 0, 3}};
  const std::vector<matrix_view> views{a, b};
  const std::vector<double> two{1, 1};
  const std::vector<std::span<const double>> same{two, two};
  const auto curves = ciess::tail_energy_curves(small, views, same, {}, {.p = 0, .q = 0});
  const auto energy = [&](const ciess::assignment& s) {
    double sum = 0;
    for (std::size_t t = 0; t < 2; ++t)
      for (ciess::index_t r = 0; r < 2; ++r) sum += views[t].row(r).head(s[t][r]).squaredNorm();
    return sum;
  };
  int whole = 0;
  for (int numbers = 2 * d_min + 2; numbers <= 16; ++numbers) {
    const auto ours = ciess::project_by_value(small, curves, {numbers});
    double most = 0;
    for (int w = d_min; w <= 5; ++w)
      for (int x = d_min; x <= 5; ++x)
        for (int y = 1; y <= 3; ++y)
          if (const int z = numbers - w - x - y; z >= 1 && z <= 3) {
            ciess::assignment other(small);
            other[0].set(0, w);
            other[0].set(1, x);
            other[1].set(0, y);
            other[1].set(1, z);
            most = std::max(most, energy(other));
          }
    bool cut = false;
    for (std::size_t t = 0; t < 2; ++t)
      for (ciess::index_t r = 0; r < 2; ++r)
        if (const int s = ours[t][r]; s > small[t].range.min && s < small[t].range.max)
          cut = cut || curves[t](r, s - 1) == curves[t](r, s);
    CAPTURE(d_min, numbers);
    CHECK(energy(ours) <= most);
    if (!cut) CHECK(energy(ours) == most);
    whole += !cut;
  }
  CHECK(whole >= 5);
}

TEST_CASE("tables of zeros get equal sizes", "[search]") {
  const std::vector<matrix> zero{matrix::Zero(2, 3), matrix::Zero(1, 3)};
  const std::vector<matrix_view> views{zero[0], zero[1]};
  const auto curves = ciess::tail_energy_curves(shapes, views, frequency, common);
  const auto a = ciess::project_by_value(shapes, curves, {6});
  for (const auto& t : a)
    for (ciess::index_t r = 0; r < t.rows(); ++r) CHECK(t[r] == 2);
}

TEST_CASE("values do not change with the scale of tables, however large or small", "[search]") {
  const auto plain = ciess::tail_energy_curves(shapes, tables, frequency, common);
  const float scale = GENERATE(1e-18F, 1e18F);
  const matrix u = users * scale;
  const matrix i = items * scale;
  const std::vector<matrix_view> scaled{u, i};
  const auto other = ciess::tail_energy_curves(shapes, scaled, frequency, common);
  for (std::size_t t = 0; t < 2; ++t) CHECK(other[t].isApprox(plain[t], 1e-5F));
}

TEST_CASE("sizes by tail energy are the optimum where energy is what a number adds to quality",
          "[search]") {
  const energetic_analytic_environment env(3);
  for (const double sparsity : {0.8, 0.9, 0.95}) {
    const auto limit = ciess::budget::from_sparsity(sparsity, env.shapes());
    const auto a = ciess::tail_energy_sizes(env, limit, {.p = 0, .q = 0});
    CHECK(a.total() == limit.numbers);
    const double best = env.measure(env.optimum(limit)).quality;
    CHECK(env.measure(a).quality == Approx(best).epsilon(1e-4));
    const auto equal = ciess::project(env.shapes(), ciess::equal_proposal(env.shapes()), limit);
    CHECK(env.measure(equal).quality < best);
  }
}

TEST_CASE("sizes by tail energy of a model with four tables", "[search][threads]") {
  using model = ciess::neumf;
  const auto& data = support::small_data();
  ciess::recommender_environment<model> env(support::small_model<model>(), data, data, {});
  CHECK_THROWS_WITH(ciess::tail_energy_sizes(env, {300}), ContainsSubstring("before full"));
  env.full_after(5);
  REQUIRE(env.shapes().size() == 4);
  const auto a = ciess::tail_energy_sizes(env, {301});
  CHECK(a.total() == 301);
  const ciess::threads pool{2};
  CHECK(ciess::tail_energy_sizes(env, {301}) == a);
}

TEST_CASE("tail energy refuses what it cannot mean", "[search]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto curves = [](const ciess::tail_energy_options& o) {
    return ciess::tail_energy_curves(shapes, tables, frequency, common, o);
  };
  CHECK_THROWS_WITH(curves({.p = -1}), ContainsSubstring("p must be"));
  CHECK_THROWS_WITH(curves({.q = nan}), ContainsSubstring("q must be"));
  CHECK_THROWS_AS(curves({.q = std::numeric_limits<double>::infinity()}), ciess::argument_error);
  const std::vector<std::span<const double>> one{user_frequency};
  CHECK_THROWS_AS(ciess::tail_energy_curves(shapes, tables, one, common), ciess::argument_error);
  const std::vector<std::span<const double>> swapped{item_frequency, user_frequency};
  CHECK_THROWS_AS(ciess::tail_energy_curves(shapes, tables, swapped, common),
                  ciess::argument_error);
  const std::vector<std::size_t> short_axes{0};
  CHECK_THROWS_AS(ciess::tail_energy_curves(shapes, tables, frequency, short_axes),
                  ciess::argument_error);
  auto narrow = shapes;
  narrow[1].range.max = 2;
  CHECK_THROWS_WITH(ciess::tail_energy_curves(narrow, tables, frequency, common),
                    ContainsSubstring("full_table(1) is [1, 3], expected [1, 2]"));
  narrow.pop_back();
  CHECK_THROWS_AS(ciess::tail_energy_curves(narrow, tables, frequency, common),
                  ciess::argument_error);
  const std::vector<double> negative{3, -1};
  const std::vector<std::span<const double>> bad{negative, item_frequency};
  CHECK_THROWS_WITH(ciess::tail_energy_curves(shapes, tables, bad, common),
                    ContainsSubstring("row 1: frequency is -1"));
  const matrix broken{{2, 1, static_cast<float>(nan)}, {0, 0, 0}};
  const std::vector<matrix_view> not_finite{broken, items};
  CHECK_THROWS_AS(ciess::tail_energy_curves(shapes, not_finite, frequency, common),
                  ciess::numeric_error);
}
