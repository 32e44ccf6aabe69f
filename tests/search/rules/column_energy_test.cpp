// SPDX-License-Identifier: MIT
#include <ciess/search/rules/column_energy.hpp>
// its own header first
#include <ciess/core/random.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/search/rules/table_facts.hpp>

#include "support/catch.hpp"
#include "support/energetic_environment.hpp"

namespace {
using ciess::matrix;
using ciess::matrix_view;

matrix random_table(ciess::index_t rows, ciess::index_t columns, std::uint64_t seed) {
  const ciess::random_stream stream(seed, ciess::purpose::user);
  matrix m(rows, columns);
  for (ciess::index_t r = 0; r < rows; ++r) {
    auto engine = stream.at(0, static_cast<std::uint64_t>(r));
    for (ciess::index_t j = 0; j < columns; ++j)
      m(r, j) = r % 9 == 4 ? 0.0F : static_cast<float>(ciess::normal(engine)) / float(j + 1);
  }
  return m;
}

struct grouped {
  std::vector<ciess::table_shape> tables{{.rows = 1, .range = {1, 2}},
                                         {.rows = 1, .range = {1, 2}}};
  std::vector<matrix> whole{matrix{{1, 2}}, matrix{{3, 1}}};
  std::span<const ciess::table_shape> shapes() const { return tables; }
  std::vector<double> often{1};
  std::span<const double> frequency(std::size_t) const { return often; }
  ciess::measurement full() { return {}; }
  ciess::measurement measure(const ciess::assignment&) { return {}; }
  matrix_view full_table(std::size_t t) const { return whole[t]; }
};
struct grouped_by_name : grouped {
  std::size_t axes_group(std::size_t) const { return 7; }
};
static_assert(ciess::energetic_environment<grouped>);
}  // namespace

TEST_CASE("energies of columns by hand", "[search]") {
  const matrix a{{3, 4, 0}, {0, 0, 0}, {1, -1, 2}};
  const matrix b{{2, 1}};
  const std::vector<matrix_view> views{a, b};
  const auto alone = ciess::column_energies(views);
  REQUIRE(alone.size() == 2);
  CHECK(alone[0] == Eigen::Vector3d(10, 17, 4));
  CHECK(alone[1] == Eigen::Vector2d(4, 1));
  const std::vector<std::size_t> axes{5, 5};
  const auto shared = ciess::column_energies(views, axes);
  CHECK(shared[0] == Eigen::Vector3d(14, 18, 4));
  CHECK(shared[1] == Eigen::Vector2d(14, 18));
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

TEST_CASE("energies have the same bytes at any number of threads", "[search][threads]") {
  const matrix m = random_table(20'000, 24, 5);
  const auto serial = ciess::column_energy(m);
  const ciess::threads pool{2};
  CHECK(ciess::column_energy(m) == serial);
}

TEST_CASE("energies refuse axes that are not one a table", "[search]") {
  const matrix a{{1, 2}};
  const std::vector<matrix_view> views{a};
  const std::vector<std::size_t> axes{1, 2};
  CHECK_THROWS_AS(ciess::column_energies(views, axes), ciess::argument_error);
}

TEST_CASE("facts of an environment have its tables and their axes", "[search]") {
  const grouped own;
  const auto facts = ciess::full_facts_of(own);
  REQUIRE(facts.full.size() == 2);
  CHECK(facts.full[1] == own.whole[1]);
  CHECK(facts.axes == std::vector<std::size_t>{0, 1});
  CHECK(ciess::full_facts_of(grouped_by_name()).axes == std::vector<std::size_t>{7, 7});
  CHECK(ciess::facts_of(own).full.empty());
  CHECK(ciess::facts_of(own).shows_full);
  grouped wrong;
  wrong.whole[1] = matrix{{1, 2, 3}};
  CHECK_THROWS_WITH(ciess::full_facts_of(wrong), ContainsSubstring("full_table(1) is [1, 3]"));
}
