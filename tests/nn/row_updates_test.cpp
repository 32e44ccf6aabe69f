// SPDX-License-Identifier: MIT
#include <ciess/nn/row_updates.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include <ciess/core/threads.hpp>

#include "support/catch.hpp"
#include "support/memory_fields.hpp"

namespace {

using ciess::index_t;
using ciess::row_update_kind;
using ciess::row_update_options;

constexpr index_t rows = 300;
constexpr int columns = 37;  // no multiple of a register

/// Sizes 1 to 37 in turn.
template <class T>
ciess::basic_masked_table<T> drawn_table() {
  const ciess::sizes sizes(rows, {1, columns},
                           [](index_t r) { return 1 + static_cast<int>(r) % columns; });
  ciess::basic_masked_table<T> table(sizes);
  table.draw(ciess::normal_rows{0.5}, ciess::random_stream(1, ciess::purpose::user));
  return table;
}

/// Rows of step t: about a third, others each time.
std::vector<ciess::row_id> rows_of(int t) {
  std::vector<ciess::row_id> list;
  for (int r = 0; r < rows; ++r)
    if ((r * 7 + t * t * 5) % 11 < 4) list.push_back(r);
  return list;
}

template <class T>
ciess::basic_matrix<T> gradient_of(const std::vector<ciess::row_id>& named, int t) {
  ciess::basic_matrix<T> g(std::ssize(named), columns);
  for (index_t k = 0; k < g.rows(); ++k)
    for (index_t j = 0; j < columns; ++j)
      g(k, j) = static_cast<T>(
          std::sin(0.7 * named[static_cast<std::size_t>(k)] + 1.3 * static_cast<double>(j) + t));
  return g;
}

constexpr double rate = 0.02;

template <class T>
struct trained {
  ciess::basic_masked_table<T> table = drawn_table<T>();
  ciess::row_state<T> state;
  trained(const row_update_options& o, int steps) : state(o, rows, columns) {
    for (int t = 1; t <= steps; ++t) {
      const auto named = rows_of(t);
      const auto g = gradient_of<T>(named, t);
      ciess::update_rows(ciess::row_update_step<T>(o, rate, t), table, named, g, state);
    }
  }
};

/// The formulas of `row_update_options`, number by number, from the first weights in T.
template <class T>
ciess::basic_matrix<double> plain(const row_update_options& o, int steps) {
  const auto table = drawn_table<T>();
  ciess::basic_matrix<double> w = table.values().template cast<double>();
  ciess::basic_matrix<double> m = ciess::basic_matrix<double>::Zero(rows, columns);
  ciess::basic_matrix<double> v = m;
  std::vector<double> s(rows, o.adagrad.first);
  for (int t = 1; t <= steps; ++t) {
    const auto named = rows_of(t);
    const ciess::basic_matrix<double> g = gradient_of<T>(named, t).template cast<double>();
    for (std::size_t k = 0; k < named.size(); ++k) {
      const index_t r = named[k];
      const int n = table.row_sizes()[r];
      const auto at = static_cast<index_t>(k);
      double squares = 0;
      for (int j = 0; j < n; ++j) squares += g(at, j) * g(at, j);
      s[static_cast<std::size_t>(r)] += squares / n;
      for (int j = 0; j < n; ++j) {
        const double x = g(at, j);
        if (o.kind == row_update_kind::lazy_adam) {
          m(r, j) = o.adam.beta1 * m(r, j) + (1 - o.adam.beta1) * x;
          v(r, j) = o.adam.beta2 * v(r, j) + (1 - o.adam.beta2) * x * x;
          const double a = m(r, j) / (1 - std::pow(o.adam.beta1, t));
          const double b = v(r, j) / (1 - std::pow(o.adam.beta2, t));
          w(r, j) -= o.rate_factor * rate * a / (std::sqrt(b) + o.adam.epsilon);
        } else if (o.kind == row_update_kind::rowwise_adagrad) {
          w(r, j) -= o.rate_factor * rate * x /
                     (std::sqrt(s[static_cast<std::size_t>(r)]) + o.adagrad.epsilon);
        } else {
          w(r, j) -= o.rate_factor * rate * x;
        }
      }
    }
  }
  return w;
}

const row_update_options every_way[] = {
    {},
    {.adam = {.beta1 = 0.7, .beta2 = 0.9, .epsilon = 1e-3}},
    {.kind = row_update_kind::rowwise_adagrad},
    {.kind = row_update_kind::rowwise_adagrad, .adagrad = {.first = 0.1, .epsilon = 1e-2}},
    {.kind = row_update_kind::sgd, .rate_factor = 3}};

}  // namespace

TEMPLATE_TEST_CASE("row updates are their formulas, and leave alone what nobody names", "[nn]",
                   float, double) {
  const double tolerance = sizeof(TestType) == 4 ? 3e-6 : 1e-13;
  for (const auto& o : every_way) {
    CAPTURE(ciess::name_of(o.kind));
    const trained<TestType> found(o, 12);
    const auto expected = plain<TestType>(o, 12);
    CHECK((found.table.values().template cast<double>() - expected).cwiseAbs().maxCoeff() <
          tolerance);
    CHECK((expected - plain<TestType>(o, 0)).cwiseAbs().maxCoeff() > 0.05);
    for (index_t r = 0; r < rows; ++r)
      for (index_t j = found.table.row_sizes()[r]; j < columns; ++j)
        REQUIRE(found.table.values()(r, j) == 0);
    // One step: rows that it does not name, and their state, are as they were.
    const trained<TestType> once(o, 1);
    const auto fresh = drawn_table<TestType>();
    const ciess::row_state<TestType> begin(o, rows, columns);
    const auto named = rows_of(1);
    for (index_t r = 0; r < rows; ++r) {
      const bool touched = std::ranges::binary_search(named, static_cast<ciess::row_id>(r));
      REQUIRE((once.table.values().row(r) != fresh.values().row(r)) == touched);
      if (o.kind == row_update_kind::lazy_adam)
        REQUIRE((once.state.second.row(r) != begin.second.row(r)) == touched);
      if (o.kind == row_update_kind::rowwise_adagrad)
        REQUIRE((once.state.squares[r] != begin.squares[r]) == touched);
    }
  }
}

TEMPLATE_TEST_CASE("lazy adam is adam where every step names every row, to the byte", "[nn]", float,
                   double) {
  const row_update_options o;
  auto table = drawn_table<TestType>();
  ciess::row_state<TestType> state(o, rows, columns);
  auto dense = drawn_table<TestType>();
  std::vector<ciess::adam_moments<TestType>> moments;
  for (index_t r = 0; r < rows; ++r) moments.emplace_back(dense[r].size());
  std::vector<ciess::row_id> all(rows);
  std::iota(all.begin(), all.end(), 0);
  for (int t = 1; t <= 6; ++t) {
    const auto g = gradient_of<TestType>(all, t);
    ciess::update_rows(ciess::row_update_step<TestType>(o, rate, t), table, all, g, state);
    const ciess::adam_step<TestType> step(o.adam, rate, t);
    for (index_t r = 0; r < rows; ++r)
      moments[static_cast<std::size_t>(r)].update(
          step, dense[r], std::span<const TestType>(g.row(r).data(), dense[r].size()));
  }
  CHECK(table.values() == dense.values());
  CHECK(table.values() != drawn_table<TestType>().values());
}

TEMPLATE_TEST_CASE("row updates give the same bytes at one and two threads", "[nn][threads]", float,
                   double) {
  for (const auto& o : every_way) {
    const trained<TestType> serial(o, 5);
    const ciess::threads pool(2);
    const trained<TestType> parallel(o, 5);
    CHECK(parallel.table.values() == serial.table.values());
    CHECK(parallel.state.first == serial.state.first);
    CHECK(parallel.state.second == serial.state.second);
    CHECK(parallel.state.squares == serial.state.squares);
  }
}

TEST_CASE("the state of row updates is no larger than it must be, and can be saved", "[nn]") {
  for (const auto& o : every_way) {
    trained<float> model(o, 3);
    const index_t moments = o.kind == row_update_kind::lazy_adam ? rows * columns : 0;
    CHECK(model.state.first.size() == moments);
    CHECK(model.state.second.size() == moments);
    CHECK(model.state.squares.size() == (o.kind == row_update_kind::rowwise_adagrad ? rows : 0));
    ciess::row_state<float> again(o, rows, columns);
    load_fields(save_fields(model.state), again);
    CHECK(again.first == model.state.first);
    CHECK(again.second == model.state.second);
    CHECK(again.squares == model.state.squares);
    again.reset(o);
    CHECK(again.first.isZero(0));
    if (again.squares.size() > 0) {
      CHECK(again.squares[5] == static_cast<float>(o.adagrad.first));
      model.state.squares[3] = -1;
      CHECK_THROWS_WITH(load_fields(save_fields(model.state), again),
                        ContainsSubstring("sums of squares"));
    }
  }
}

TEST_CASE("moments of what a row no longer keeps are forgotten", "[nn]") {
  trained<float> model({}, 3);
  model.table.cut(ciess::sizes(rows, {1, columns}, 2));
  model.state.forget_cut(model.table);
  CHECK(model.state.first.rightCols(columns - 2).isZero(0));
  CHECK(model.state.second.rightCols(columns - 2).isZero(0));
  CHECK_FALSE(model.state.second.leftCols(2).isZero(0));
}

TEST_CASE("row updates refuse what does not fit and change nothing", "[nn]") {
  const row_update_options o;
  trained<float> model(o, 1);
  const ciess::matrix before = model.table.values();
  const auto refused = [&](const row_update_options& by, std::vector<ciess::row_id> named,
                           const ciess::matrix& g, const std::string& why) {
    const ciess::row_update_step<float> step(by, rate, 2);
    CHECK_THROWS_WITH(ciess::update_rows(step, model.table, named, g, model.state),
                      ContainsSubstring("update_rows: ") && ContainsSubstring(why));
    CHECK(model.table.values() == before);
  };
  const ciess::matrix g = ciess::matrix::Ones(2, columns);
  refused(o, {1, 2, 3}, g, "gradient of [3, 37], got [2, 37]");
  refused(o, {1, 2}, ciess::matrix::Ones(2, columns - 1), "got [2, 36]");
  refused(o, {2, 1}, g, "rising rows of 300, got 1 at 1");
  refused(o, {1, 1}, g, "got 1 at 1");
  refused(o, {-1, 1}, g, "got -1 at 0");
  refused(o, {1, 300}, g, "got 300 at 1");
  refused({.kind = row_update_kind::sgd}, {1, 2}, g, "expected moments of 0 rows for sgd");
  model.state = ciess::row_state<float>({.kind = row_update_kind::sgd}, rows, columns);
  refused(o, {1, 2}, g, "expected moments of 300 rows for lazy-adam");
  refused({.kind = row_update_kind::rowwise_adagrad}, {1, 2}, g, "expected 300 sums of squares");
}
