// SPDX-License-Identifier: MIT
#include <ciess/search/row_energy.hpp>
// its own header first
#include <ciess/core/random.hpp>
#include <ciess/core/threads.hpp>
#include <limits>

#include "support/catch.hpp"
#include "support/energetic_environment.hpp"

namespace {
using ciess::matrix;
using ciess::matrix_view;

matrix random_table(ciess::index rows, ciess::index columns, std::uint64_t seed) {
  const ciess::random_stream stream(seed, ciess::purpose::user);
  matrix m(rows, columns);
  for (ciess::index r = 0; r < rows; ++r) {
    auto engine = stream.at(0, static_cast<std::uint64_t>(r));
    for (ciess::index j = 0; j < columns; ++j)
      m(r, j) = r % 9 == 4 ? 0.0F : static_cast<float>(ciess::normal(engine)) / float(j + 1);
  }
  return m;
}

struct grouped {
  std::vector<ciess::table_shape> tables{{.rows = 1, .range = {1, 2}},
                                         {.rows = 1, .range = {1, 2}}};
  std::vector<matrix> full{matrix{{1, 2}}, matrix{{3, 1}}};
  std::span<const ciess::table_shape> shapes() const { return tables; }
  std::span<const double> frequency(std::size_t) const { return {}; }
  ciess::measurement peak() { return {}; }
  ciess::measurement measure(const ciess::assignment&) { return {}; }
  matrix_view full_table(std::size_t t) const { return full[t]; }
};
struct grouped_by_name : grouped {
  std::size_t axes_group(std::size_t) const { return 7; }
};
static_assert(ciess::energetic_environment<grouped>);
}  // namespace

TEST_CASE("energies of rows and columns by hand", "[search]") {
  const matrix a{{3, 4, 0}, {0, 0, 0}, {1, -1, 2}};
  const matrix b{{2, 1}};
  const std::vector<matrix_view> views{a, b};
  const ciess::row_energy alone(views);
  REQUIRE(alone.tables() == 2);
  CHECK(alone.rows(0) == 3);
  CHECK(alone.columns(0) == 3);
  CHECK(alone.columns(1) == 2);
  CHECK(alone.past(0, 0, 0) == 1);
  CHECK(alone.past(0, 0, 1) == Approx(16.0 / 25));
  CHECK(alone.past(0, 0, 2) == 0);
  CHECK(alone.past(0, 1, 0) == 0);  // a row of zeros
  CHECK(alone.past(0, 2, 1) == Approx(5.0 / 6));
  CHECK(alone.past(0, 2, 3) == 0);
  CHECK(alone.energy(0, 0, 1) == 16);
  CHECK(alone.energy(0, 2, 2) == 4);
  CHECK(alone.column_energy(0) == Eigen::Vector3d(10, 17, 4));
  CHECK(alone.column_energy(1) == Eigen::Vector2d(4, 1));

  const std::vector<std::size_t> axes{5, 5};
  const ciess::row_energy shared(views, axes);
  CHECK(shared.column_energy(0) == Eigen::Vector3d(14, 18, 4));
  CHECK(shared.column_energy(1) == Eigen::Vector2d(14, 18));
}

TEST_CASE("only tables with the same axes are added", "[search]") {
  const matrix a{{1, 2}}, b{{3, 4, 5}}, c{{2, 1}};
  const std::vector<matrix_view> views{a, b, c};
  const std::vector<std::size_t> axes{4, 2, 4};
  const auto e = ciess::column_energies(views, axes);
  CHECK(e[0] == Eigen::Vector2d(5, 5));
  CHECK(e[1] == Eigen::Vector3d(9, 16, 25));
  CHECK(e[2] == Eigen::Vector2d(5, 5));
}

TEST_CASE("what is past a size falls from 1 to 0 and is what the squares sum to", "[search]") {
  const matrix m = random_table(100, 37, 3);
  const std::vector<matrix_view> views{m};
  const ciess::row_energy e(views);
  for (ciess::index r = 0; r < m.rows(); ++r) {
    const double all = m.row(r).cast<double>().squaredNorm();
    for (int size = 0; size <= 37; ++size) {
      const double tail = m.row(r).tail(37 - size).cast<double>().squaredNorm();
      REQUIRE(e.past(0, r, size) == Approx(all > 0 ? tail / all : 0).margin(1e-6));
      REQUIRE(e.past(0, r, size) <= (size > 0 ? e.past(0, r, size - 1) : 1.0));
      if (size < 37)
        REQUIRE(e.energy(0, r, size) == Approx(double(m(r, size)) * m(r, size)).margin(1e-6 * all));
    }
  }
  CHECK(e.column_energy(0).isApprox(m.cast<double>().colwise().squaredNorm().transpose().eval(),
                                    1e-12));
}

TEST_CASE("energies have the same bytes at any number of threads", "[search][threads]") {
  const matrix m = random_table(20'000, 16, 5);
  const std::vector<matrix_view> views{m};
  const ciess::row_energy serial(views);
  const ciess::threads pool{2};
  const ciess::row_energy parallel(views);
  CHECK(serial.column_energy(0) == parallel.column_energy(0));
  for (ciess::index r = 0; r < m.rows(); ++r)
    for (int j = 0; j <= 16; ++j) REQUIRE(serial.past(0, r, j) == parallel.past(0, r, j));
}

TEST_CASE("energies of an environment, with and without common axes", "[search]") {
  CHECK(ciess::energies_of(grouped{}).column_energy(0) == Eigen::Vector2d(1, 4));
  CHECK(ciess::energies_of(grouped_by_name{}).column_energy(0) == Eigen::Vector2d(10, 5));
  const energetic_analytic_environment env(1, {12, 9}, {1, 16});
  const auto e = ciess::energies_of(env);
  CHECK(e.rows(0) == 12);
  CHECK(e.past(1, 3, 0) == 1);
  // the squares sum to the quality
  ciess::assignment half(env.shapes());
  for (std::size_t t = 0; t < 2; ++t)
    for (ciess::index r = 0; r < half[t].rows(); ++r) half[t].set(r, 8);
  CHECK(1 - e.past(1, 3, 8) ==
        Approx(env.measure(half).rows[1][3] / env.peak().rows[1][3]).epsilon(1e-4));
}

TEST_CASE("energies refuse what they cannot mean", "[search]") {
  matrix m = random_table(3, 4, 1);
  const std::vector<std::size_t> axes{0, 0};
  {
    const std::vector<matrix_view> views{m};
    CHECK_THROWS_AS(ciess::row_energy(views, axes), ciess::argument_error);
  }
  m(2, 1) = GENERATE(std::numeric_limits<float>::quiet_NaN(),
                     std::numeric_limits<float>::infinity(), 3e38F);
  const std::vector<matrix_view> views{m};
  CHECK_THROWS_WITH(ciess::row_energy(views), ContainsSubstring("table 0, row 2"));
  grouped bad;
  bad.full[1] = matrix::Zero(2, 2);
  CHECK_THROWS_WITH(ciess::energies_of(bad), ContainsSubstring("full_table(1) is [2, 2]"));
}
