// SPDX-License-Identifier: MIT
#include <ciess/embedding/table_view.hpp>

#include <limits>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"
#include "support/strided_tables.hpp"

namespace {

using ciess::table_sink;
using ciess::table_source;
using ciess::table_view;

using tensor = xt::xtensor<double, 2>;
using const_adaptor = decltype(xt::adapt(std::declval<const std::vector<float>&>(),
                                         std::declval<std::array<std::size_t, 2>>()));

static_assert(table_sink<ciess::matrix> && table_sink<Eigen::MatrixXd>);
static_assert(table_sink<tensor> && table_sink<table_view<float>>);
static_assert(table_source<const ciess::matrix> && !table_sink<const ciess::matrix>);
static_assert(table_source<ciess::matrix_view> && !table_sink<ciess::matrix_view>);
static_assert(table_source<const tensor> && !table_sink<const tensor>);
static_assert(table_source<const_adaptor> && !table_sink<const_adaptor>);
static_assert(table_source<table_view<const float>> && !table_sink<table_view<const float>>);

// Not in memory, not floating-point, not of two dimensions, not a table at all.
static_assert(!table_source<decltype(std::declval<ciess::matrix&>() * 2.0F)>);
static_assert(!table_source<decltype(std::declval<tensor&>() + std::declval<tensor&>())>);
static_assert(!table_source<Eigen::MatrixXi> && !table_source<xt::xtensor<int, 2>>);
static_assert(!table_source<xt::xtensor<float, 1>> && !table_source<xt::xtensor<float, 3>>);
static_assert(!table_source<std::vector<float>> && !table_source<float*>);

// Writable becomes read-only, never the other way, and numbers keep their type.
static_assert(std::is_convertible_v<table_view<float>, table_view<const float>>);
static_assert(!std::is_constructible_v<table_view<float>, table_view<const float>>);
static_assert(!std::is_constructible_v<table_view<float>, const ciess::matrix&>);
static_assert(!std::is_constructible_v<table_view<const float>, table_view<double>>);
static_assert(!std::is_constructible_v<table_view<const float>, Eigen::MatrixXd&>);
static_assert(std::is_convertible_v<ciess::matrix&, table_view<const float>>);

}  // namespace

TEMPLATE_TEST_CASE("a view finds every number of every kind of memory", "[embedding]", float,
                   double) {
  int kinds = 0;
  support::for_each_strided_table<TestType>([&](auto&& source, auto at) {
    INFO("kind " << ++kinds);
    const table_view view(source);
    static_assert(std::is_same_v<decltype(view), const table_view<TestType>>);
    const table_view<const TestType> reading = view;
    const auto turned = view.transposed();
    REQUIRE(view.rows() == support::table_rows);
    REQUIRE(view.columns() == support::table_columns);
    REQUIRE(turned.rows() == support::table_columns);
    REQUIRE(turned.columns() == support::table_rows);
    for (ciess::index_t r = 0; r < view.rows(); ++r)
      for (ciess::index_t c = 0; c < view.columns(); ++c) {
        CHECK(&view(r, c) == &at(r, c));
        CHECK(&reading(r, c) == &at(r, c));
        CHECK(&turned(c, r) == &at(r, c));
      }
  });
  CHECK(kinds == 19);
}

TEST_CASE("a view of a const vector's adaptor, of a vector, of one row", "[embedding]") {
  const std::vector<float> memory{1, 2, 3, 4, 5, 6};
  auto adaptor = xt::adapt(memory, std::array<std::size_t, 2>{2, 3});
  CHECK(table_view(adaptor)(1, 0) == 4);

  const Eigen::VectorXf column = Eigen::VectorXf::LinSpaced(3, 0, 2);
  CHECK(table_view(column).columns() == 1);
  CHECK(table_view(column)(2, 0) == 2);

  tensor t({4, 3});
  t(2, 1) = 9;
  auto row = xt::view(t, xt::range(2, 3), xt::all());  // xtensor gives it row stride 0
  const table_view view(row);
  CHECK(view.rows() == 1);
  CHECK(view(0, 1) == 9);
}

TEST_CASE("a view without entries needs no memory", "[embedding]") {
  CHECK(table_view<float>().rows() == 0);
  CHECK(table_view<float>(nullptr, 0, 8).columns() == 8);
  CHECK(table_view<float>(nullptr, 8, 0).rows() == 8);
  ciess::matrix none(0, 8);
  CHECK(table_view(none).columns() == 8);
  tensor empty({0, 8});
  CHECK(table_view(empty).columns() == 8);
}

TEST_CASE("a view refuses what cannot be memory", "[embedding]") {
  using view = table_view<const double>;
  constexpr auto far = std::numeric_limits<ciess::index_t>::max();
  double x = 0;
  CHECK_THROWS_WITH(view(nullptr, 2, 3), ContainsSubstring("[2, 3]") && ContainsSubstring("null"));
  CHECK_THROWS_AS(view(&x, -1, 3, 3), ciess::argument_error);
  CHECK_THROWS_AS(view(&x, 3, -1, 3), ciess::argument_error);
  CHECK_THROWS_WITH(view(&x, 2, 1, far), ContainsSubstring("do not fit into memory"));
  CHECK_THROWS_AS(view(&x, 2, 1, std::numeric_limits<ciess::index_t>::min()),
                  ciess::argument_error);
  CHECK_THROWS_AS(view(&x, far, far, far, 1), ciess::argument_error);
  CHECK_THROWS_AS(view(&x, far, far, 1, 1), ciess::argument_error);
  CHECK_THROWS_AS(view(&x, 1, 2, 1, far), ciess::argument_error);
  CHECK_THROWS_AS(view(&x, 2, 2, far / 16 + 1, far / 16 + 1), ciess::argument_error);  // the sum
  CHECK_NOTHROW(view(&x, 2, 2, far / 16 - 1, far / 16 - 1));
  CHECK_NOTHROW(view(&x, 1, 1, far, far));  // strides that lead nowhere
}

TEST_CASE("entries that can be written have addresses of their own", "[embedding]") {
  using reading = table_view<const float>;
  using writing = table_view<float>;
  std::vector<float> memory(64);
  const auto check = [&](ciess::index_t rows, ciess::index_t columns, ciess::index_t down,
                         ciess::index_t across, bool ok) {
    CHECK_NOTHROW(reading(memory.data() + 32, rows, columns, down, across));
    if (ok)
      CHECK_NOTHROW(writing(memory.data() + 32, rows, columns, down, across));
    else
      CHECK_THROWS_WITH(writing(memory.data() + 32, rows, columns, down, across),
                        ContainsSubstring("share addresses"));
  };
  check(3, 4, 4, 1, true);
  check(3, 4, 3, 1, false);  // the end of a row is the start of the next
  check(3, 4, -4, 1, true);
  check(3, 4, -3, 1, false);
  check(3, 4, 1, 3, true);
  check(3, 4, 1, 2, false);
  check(3, 4, 1, -3, true);
  check(3, 4, 0, 1, false);  // one row thrice
  check(3, 4, 4, 0, false);
  check(1, 4, 0, 1, true);
  check(1, 4, 5, 0, false);
  check(3, 1, 1, 0, true);
  check(3, 1, 0, 5, false);
  check(1, 1, 0, 0, true);
}
