// SPDX-License-Identifier: MIT
#include <ciess/embedding/exchange.hpp>

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include <ciess/core/threads.hpp>

#include "support/catch.hpp"
#include "support/strided_tables.hpp"

namespace {

using ciess::sizes;

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

sizes of(const std::vector<int>& values, ciess::size_range range = {1, 4}) {
  return {values, range};
}

/// Different for every entry, exact in float.
double entry(ciess::index_t r, ciess::index_t c) {
  return static_cast<double>(10 * (r + 1) + c) + 0.5;
}

template <class T>
bool is_zero(T x) {
  return x == T{0} && !std::signbit(x);
}

template <class M>
concept adopted = requires(M&& m, const sizes& s) { ciess::adopt_table(std::forward<M>(m), s); };
static_assert(adopted<ciess::matrix> && adopted<ciess::basic_matrix<double>>);
static_assert(!adopted<ciess::matrix&>);   // not without std::move
static_assert(!adopted<Eigen::MatrixXf>);  // column-major

}  // namespace

TEMPLATE_TEST_CASE("every kind of memory becomes a table, and a table is written to it",
                   "[embedding]", float, double) {
  const sizes s = of({1, 4, 2});
  int kinds = 0;
  const auto check = [&]<class T>(T, auto&& memory, auto at) {
    INFO("kind " << ++kinds);
    for (ciess::index_t r = 0; r < 3; ++r)
      for (ciess::index_t c = 0; c < 4; ++c) at(r, c) = static_cast<TestType>(entry(r, c));
    const auto table = ciess::copy_table<T>(memory, s);
    CHECK(table.row_sizes() == s);
    for (ciess::index_t r = 0; r < 3; ++r)
      for (ciess::index_t c = 0; c < 4; ++c) {
        if (c < s[r])
          CHECK(table.values()(r, c) == static_cast<T>(entry(r, c)));
        else
          CHECK(is_zero(table.values()(r, c)));
        at(r, c) = -1;
      }
    ciess::copy_out(table, memory);
    for (ciess::index_t r = 0; r < 3; ++r)
      for (ciess::index_t c = 0; c < 4; ++c) {
        if (c < s[r])
          CHECK(at(r, c) == static_cast<TestType>(entry(r, c)));
        else
          CHECK(is_zero(at(r, c)));
      }
  };
  support::for_each_strided_table<TestType>([&](auto&& memory, auto at) {
    check(float{}, memory, at);
    check(double{}, memory, at);
  });
  CHECK(kinds == 38);
}

TEST_CASE("nothing beside the table is written", "[embedding]") {
  std::vector<float> memory(14, -1);
  const ciess::masked_table table(of({1, 2}, {1, 2}));
  ciess::copy_out(table, ciess::table_view(memory.data() + 2, 2, 2, 7, 3));
  const std::vector<float> expected{-1, -1, 0, -1, -1, 0, -1, -1, -1, 0, -1, -1, 0, -1};
  CHECK(memory == expected);

  ciess::matrix big = ciess::matrix::Constant(4, 4, -1);
  ciess::copy_out(table, big.block(1, 1, 2, 2));  // a temporary of Eigen's writes through
  CHECK(big.sum() == -12);
  CHECK(big.block(1, 1, 2, 2).isZero(0));
}

TEST_CASE("copies are rounded to the type of the table", "[embedding]") {
  const Eigen::Matrix<double, 1, 2> third{1.0 / 3, 1e-300};
  const auto table = ciess::copy_table<float>(third, of({2}, {1, 2}));
  CHECK(table.values()(0, 0) == static_cast<float>(1.0 / 3));
  CHECK(table.values()(0, 1) == 0);
  ciess::basic_matrix<double> out(1, 2);
  ciess::copy_out(table, out);
  CHECK(out(0, 0) == static_cast<double>(static_cast<float>(1.0 / 3)));
}

TEST_CASE("a range in place of sizes keeps every number", "[embedding]") {
  ciess::matrix m = ciess::matrix::Constant(3, 4, 2);
  CHECK(ciess::copy_table<double>(m, {1, 4}).row_sizes() == sizes(3, {1, 4}));
  CHECK(ciess::copy_table<float>(m, {2, 4}).values() == m);
  CHECK_THROWS_AS(ciess::copy_table<float>(m, {1, 5}), ciess::argument_error);
  CHECK_THROWS_AS(ciess::adopt_table(std::move(m), {1, 3}), ciess::argument_error);
  CHECK(ciess::adopt_table(std::move(m), {1, 4}).values() == ciess::matrix::Constant(3, 4, 2));
}

TEST_CASE("tables without rows go in and out", "[embedding]") {
  ciess::matrix none(0, 4);
  CHECK(ciess::copy_table<float>(none, of({})).rows() == 0);
  const auto table = ciess::adopt_table(std::move(none), of({}));
  CHECK(table.rows() == 0);
  CHECK(table.columns() == 4);
  xt::xtensor<double, 2> out({0, 4});
  CHECK_NOTHROW(ciess::copy_out(table, out));
  ciess::matrix nothing;
  CHECK_NOTHROW(ciess::copy_out(ciess::masked_table(), nothing));
}

TEST_CASE("a table adopts memory without copying it", "[embedding]") {
  ciess::matrix m = ciess::matrix::Constant(3, 4, 2);
  m(0, 1) = not_a_number;  // past the size
  m(2, 3) = -5;
  const float* const memory = m.data();
  const auto table = ciess::adopt_table(std::move(m), of({1, 4, 3}));
  CHECK(table.values().data() == memory);
  CHECK(m.size() == 0);  // NOLINT(bugprone-use-after-move): stated
  for (ciess::index_t r = 0; r < 3; ++r)
    for (ciess::index_t c = 0; c < 4; ++c) {
      if (c < table.row_sizes()[r])
        CHECK(table.values()(r, c) == 2);
      else
        CHECK(is_zero(table.values()(r, c)));
    }
}

TEST_CASE("only finite numbers that fit are kept, what is dropped may be anything", "[embedding]") {
  const sizes s = of({1, 4, 2});
  constexpr double largest = std::numeric_limits<float>::max();
  const double bad =
      GENERATE(as<double>{}, infinity, -infinity, std::numeric_limits<double>::quiet_NaN(), 1e39,
               -1e39, largest * (1 + 1e-15));
  ciess::basic_matrix<double> m(3, 4);
  for (ciess::index_t r = 0; r < 3; ++r)
    for (ciess::index_t c = 0; c < 4; ++c) {
      m.setConstant(largest);
      m(r, c) = bad;
      INFO("row " << r << ", column " << c << ": " << bad);
      if (c >= s[r]) {
        const auto table = ciess::copy_table<float>(m, s);
        CHECK(is_zero(table.values()(r, c)));
        CHECK(table.values()(0, 0) == std::numeric_limits<float>::max());
        continue;
      }
      CHECK_THROWS_AS(ciess::copy_table<float>(m, s), ciess::numeric_error);
      CHECK_THROWS_WITH(ciess::copy_table<float>(m, s),
                        ContainsSubstring("row " + std::to_string(r) + ", column " +
                                          std::to_string(c) + ": expected a finite number"));
      if (std::isfinite(bad)) {
        CHECK_NOTHROW(ciess::copy_table<double>(m, s));
      } else {
        CHECK_THROWS_AS(ciess::copy_table<double>(m, s), ciess::numeric_error);
      }
    }
}

TEST_CASE("adoption that fails leaves the matrix as it was", "[embedding]") {
  ciess::matrix m = ciess::matrix::Constant(3, 4, 2);
  const float* const memory = m.data();
  CHECK_THROWS_AS(ciess::adopt_table(std::move(m), of({1, 4})), ciess::argument_error);
  CHECK_THROWS_AS(ciess::adopt_table(std::move(m), of({1, 4, 2}, {1, 5})), ciess::argument_error);
  CHECK_THROWS_AS(ciess::masked_table(of({1, 4, 2}, {1, 5}), std::move(m)), ciess::argument_error);
  CHECK(m == ciess::matrix::Constant(3, 4, 2));
  m(1, 3) = not_a_number;
  CHECK_THROWS_WITH(ciess::adopt_table(std::move(m), of({1, 4, 2})),
                    ContainsSubstring("adopt_table: row 1, column 3"));
  CHECK(m.data() == memory);
  CHECK(m(0, 3) == 2);
  CHECK(m(2, 2) == 2);
}

TEST_CASE("shapes that differ are refused in both directions", "[embedding]") {
  const xt::xtensor<float, 2> x({3, 4});
  CHECK_THROWS_WITH(ciess::copy_table<float>(x, of({1, 4})),
                    ContainsSubstring("expected a table [2, 4]") && ContainsSubstring("[3, 4]"));
  CHECK_THROWS_AS(ciess::copy_table<float>(x, of({1, 1, 1}, {1, 3})), ciess::argument_error);
  CHECK_THROWS_AS(ciess::copy_table<float>(x, of({1, 1, 1}, {1, 5})), ciess::argument_error);

  const ciess::masked_table table(of({1, 4, 2}));
  ciess::matrix low(2, 4);
  CHECK_THROWS_WITH(ciess::copy_out(table, low),
                    ContainsSubstring("[3, 4]") && ContainsSubstring("[2, 4]"));
  Eigen::MatrixXd turned(4, 3);
  CHECK_THROWS_AS(ciess::copy_out(table, turned), ciess::argument_error);
}

TEST_CASE("numbers that the memory cannot hold are not written out", "[embedding]") {
  ciess::basic_masked_table<double> table(of({1, 4, 2}));
  table[0][0] = 1;
  table[2][1] = 1e39;
  ciess::matrix out = ciess::matrix::Constant(3, 4, -1);
  CHECK_THROWS_WITH(ciess::copy_out(table, out),
                    ContainsSubstring("copy_out: row 2, column 1: expected a finite number"));
  CHECK(out == ciess::matrix::Constant(3, 4, -1));
  ciess::basic_matrix<double> wide(3, 4);
  ciess::copy_out(table, wide);
  CHECK(wide(2, 1) == 1e39);
}

TEST_CASE("exchange: same tables and same errors at 1 and 2 threads", "[embedding][threads]") {
  constexpr ciess::index_t rows = 1000;
  Eigen::MatrixXd m(rows, 5);
  std::vector<int> values;
  for (ciess::index_t r = 0; r < rows; ++r) {
    values.push_back(static_cast<int>(r % 5) + 1);
    for (ciess::index_t c = 0; c < 5; ++c) m(r, c) = entry(r, c);
  }
  const sizes s(values, {1, 5});
  const auto run = [&] { return ciess::copy_table<float>(m, s).values(); };
  const auto complaint = [&] {
    auto broken = m;
    broken(904, 0) = broken(303, 2) = broken(303, 3) = infinity;
    try {
      return ciess::copy_table<float>(broken, s).rows() > 0 ? std::string("none") : "";
    } catch (const ciess::numeric_error& e) {
      return std::string(e.what());
    }
  };
  const auto out = [&] {
    ciess::basic_matrix<double> x(rows, 5);
    ciess::copy_out(ciess::copy_table<float>(m, s), x);
    return x;
  };
  const ciess::matrix serial = run();
  const ciess::basic_matrix<double> serial_out = out();
  CHECK_THAT(complaint(), ContainsSubstring("row 303, column 2:"));
  const ciess::threads pool{2};
  CHECK(run() == serial);
  CHECK(out() == serial_out);
  CHECK_THAT(complaint(), ContainsSubstring("row 303, column 2:"));
}
