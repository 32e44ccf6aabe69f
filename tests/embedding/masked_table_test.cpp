// SPDX-License-Identifier: MIT
#include <ciess/embedding/masked_table.hpp>

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include <ciess/core/threads.hpp>

#include "support/catch.hpp"

namespace {

using ciess::random_engine;
using ciess::sizes;

struct archetype {
  void operator()(random_engine&, std::span<float>) const {}
};
struct mutates {
  void operator()(random_engine&, std::span<float>) {}
};
struct copies_engine {
  void operator()(random_engine&&, std::span<float>) const {}
};
struct of_doubles {
  void operator()(random_engine&, std::span<double>) const {}
};
struct not_copyable : archetype {
  not_copyable(const not_copyable&) = delete;
};
static_assert(ciess::row_initializer<archetype, float>);
static_assert(!ciess::row_initializer<mutates, float>);
static_assert(!ciess::row_initializer<copies_engine, float>);
static_assert(!ciess::row_initializer<of_doubles, float>);
static_assert(!ciess::row_initializer<not_copyable, float>);
static_assert(ciess::row_initializer<ciess::normal_rows, float>);
static_assert(ciess::row_initializer<ciess::normal_rows, double>);
static_assert(ciess::row_initializer<ciess::xavier_uniform_rows, float>);

constexpr ciess::size_range range{1, 7};
const ciess::random_stream stream{5, ciess::purpose::weights};

sizes of(const std::vector<int>& values) { return {values, range}; }

template <class T>
bool tail_is_zero(const ciess::basic_masked_table<T>& table) {
  for (ciess::index_t r = 0; r < table.rows(); ++r)
    for (ciess::index_t c = table.row_sizes()[r]; c < table.columns(); ++c)
      if (table.values()(r, c) != T{0} || std::signbit(table.values()(r, c))) return false;
  return true;
}

}  // namespace

TEST_CASE("a new table is zero, a drawn one is zero past the sizes only", "[embedding]") {
  ciess::masked_table table(of({3, 7, 1, 4}));
  CHECK(table.rows() == 4);
  CHECK(table.columns() == 7);
  CHECK(table.used_columns() == 7);
  CHECK(table.values().isZero(0));
  table.draw(ciess::normal_rows{.stddev = 1}, stream);
  CHECK(tail_is_zero(table));
  for (ciess::index_t r = 0; r < 4; ++r) {
    CHECK(static_cast<int>(table[r].size()) == table.row_sizes()[r]);
    for (const float x : table[r]) CHECK(x != 0);
  }
  CHECK(ciess::masked_table(of({2, 3})).used_columns() == 3);
  CHECK(ciess::masked_table().rows() == 0);
  CHECK(ciess::masked_table().used_columns() == 0);
}

TEMPLATE_TEST_CASE("what a row holds depends on its size, not on its history", "[embedding]", float,
                   double) {
  using table_type = ciess::basic_masked_table<TestType>;
  const ciess::normal_rows init{.stddev = 0.5};
  table_type full(of({7, 7, 7}));
  full.draw(init, stream);

  table_type walked(of({2, 7, 5}));
  walked.draw(init, stream);
  for (const auto& step : {of({7, 1, 5}), of({1, 6, 6}), of({3, 7, 1}), of({6, 2, 7})}) {
    walked.resize(step, init, stream);
    CHECK(walked.row_sizes() == step);
    CHECK(tail_is_zero(walked));
    for (ciess::index_t r = 0; r < 3; ++r)
      for (int c = 0; c < step[r]; ++c) CHECK(walked.values()(r, c) == full.values()(r, c));
  }
}

TEST_CASE("resize keeps what was trained and fills with zeros without an initializer",
          "[embedding]") {
  ciess::masked_table table(of({4, 4}));
  for (ciess::index_t r = 0; r < 2; ++r)
    for (float& x : table[r]) x = 9;
  table.resize(of({2, 6}));
  CHECK(tail_is_zero(table));
  CHECK(table.values().row(0).head(2).isConstant(9, 0));
  CHECK(table.values().row(1).head(4).isConstant(9, 0));
  CHECK(table.values().row(1).tail(3).isZero(0));
  table.resize(of({4, 4}));  // what was cut does not come back
  CHECK(table.values().row(0).tail(5).isZero(0));
}

TEST_CASE("initializers have the spread they state", "[embedding]") {
  ciess::masked_table table(sizes(400, {1, 101}));
  const auto n = static_cast<float>(table.values().size());
  table.draw(ciess::normal_rows{.stddev = 0.01}, stream);
  CHECK(std::abs(table.values().sum() / n) < 3e-4F);
  CHECK(std::sqrt(table.values().squaredNorm() / n) == Approx(0.01).epsilon(0.02));
  table.draw(ciess::xavier_uniform_rows{.rows = 400, .columns = 101}, stream);
  const float bound = std::sqrt(6.0F / 501);
  CHECK(table.values().maxCoeff() <= bound);
  CHECK(table.values().maxCoeff() > 0.99F * bound);
  CHECK(table.values().minCoeff() >= -bound);
  CHECK(table.values().minCoeff() < -0.99F * bound);
}

TEST_CASE("gradients of the tail are dropped", "[embedding]") {
  const ciess::masked_table table(of({3, 7, 1}));
  ciess::matrix gradient = ciess::matrix::Constant(3, 7, 2);
  table.mask(gradient);
  for (ciess::index_t r = 0; r < 3; ++r)
    for (ciess::index_t c = 0; c < 7; ++c)
      CHECK(gradient(r, c) == (c < table.row_sizes()[r] ? 2.0F : 0.0F));
  ciess::matrix narrow(3, 6);
  CHECK_THROWS_AS(table.mask(narrow), ciess::argument_error);
  ciess::matrix low(2, 7);
  CHECK_THROWS_AS(table.mask(low), ciess::argument_error);
}

TEST_CASE("axes change where every row keeps their columns", "[embedding]") {
  ciess::masked_table table(of({7, 7}));
  table.draw(ciess::normal_rows{.stddev = 1}, stream);
  const ciess::matrix before = table.values();
  const ciess::basic_matrix<double> reverse =
      ciess::basic_matrix<double>::Identity(7, 7).rowwise().reverse();
  table.change_axes(reverse);
  CHECK(table.values() == before.rowwise().reverse());
  for (const auto& wrong : {ciess::basic_matrix<double>(ciess::basic_matrix<double>::Zero(8, 8)),
                            ciess::basic_matrix<double>(ciess::basic_matrix<double>::Zero(6, 7))})
    CHECK_THROWS_AS(table.change_axes(wrong), ciess::argument_error);
  table.resize(of({7, 6}));
  const ciess::matrix cut = table.values();
  CHECK_THROWS_WITH(table.change_axes(reverse), ContainsSubstring("row 1 keeps 6"));
  CHECK(table.values() == cut);
  // Of the first columns alone; the others stay.
  table.change_axes(ciess::basic_matrix<double>(reverse.topRightCorner(5, 5)));
  CHECK(table.values().leftCols(5) == cut.leftCols(5).rowwise().reverse());
  CHECK(table.values().rightCols(2) == cut.rightCols(2));
}

TEST_CASE("masked_table refuses sizes of another table and stays as it was", "[embedding]") {
  ciess::masked_table table(of({4, 4}));
  table.draw(ciess::normal_rows{}, stream);
  const ciess::matrix before = table.values();
  CHECK_THROWS_AS(table.resize(of({4, 4, 4})), ciess::argument_error);
  CHECK_THROWS_AS(table.resize(sizes(2, {1, 8})), ciess::argument_error);
  CHECK(table.values() == before);
  CHECK(table.row_sizes() == of({4, 4}));
}

TEST_CASE("masked_table: same bytes at 1 and 2 threads", "[embedding][threads]") {
  const auto run = [] {
    ciess::masked_table table(sizes(1000, {1, 9}, 4));
    table.draw(ciess::normal_rows{}, stream);
    table.resize(sizes(1000, {1, 9}, 9), ciess::normal_rows{}, stream);
    table.change_axes(ciess::basic_matrix<double>::Constant(9, 9, 0.25));
    return table.values();
  };
  const ciess::matrix serial = run();
  const ciess::threads pool{2};
  CHECK(run() == serial);
}

TEST_CASE("tables of no rows, of one row and of one column are tables", "[embedding]") {
  const ciess::index_t rows = GENERATE(0, 1);
  const int d_max = GENERATE(1, 8);
  ciess::masked_table t(ciess::sizes(rows, {1, d_max}));
  const ciess::random_stream drawn(1, ciess::purpose::user);
  t.draw(ciess::normal_rows{}, drawn);
  CHECK(t.rows() == rows);
  CHECK(t.columns() == d_max);
  CHECK(t.used_columns() == (rows == 0 ? 0 : d_max));
  const auto full = t.values();
  t.resize(ciess::sizes(rows, {1, d_max}, 1), ciess::normal_rows{}, drawn);
  CHECK(t.used_columns() == rows);
  t.resize(ciess::sizes(rows, {1, d_max}), ciess::normal_rows{}, drawn);
  CHECK(t.values() == full);
}
