// SPDX-License-Identifier: MIT
#include <ciess/nn/ragged_updates.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <ciess/core/threads.hpp>
#include <ciess/embedding/masked_table.hpp>

#include "support/catch.hpp"
#include "support/memory_fields.hpp"

namespace {

using ciess::index_t;
using ciess::row_update_kind;
using ciess::row_update_options;
using ciess::sizes;

constexpr index_t rows = 9'000;  // more than two blocks
constexpr int columns = 37;      // no multiple of a register
constexpr double rate = 0.02;

sizes sizes_of_rows() {
  return {rows, {1, columns}, [](index_t r) { return 1 + static_cast<int>(r * 7 % columns); }};
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

const row_update_options every_way[] = {
    {},
    {.adam = {.beta1 = 0.7, .beta2 = 0.9, .epsilon = 1e-3}},
    {.kind = row_update_kind::rowwise_adagrad},
    {.kind = row_update_kind::rowwise_adagrad, .adagrad = {.first = 0.1, .epsilon = 1e-2}},
    {.kind = row_update_kind::sgd, .rate_factor = 3}};

template <class T>
struct trained {
  ciess::basic_ragged_table<T> table;
  std::vector<T> squares;

  trained(const row_update_options& o, int steps)
      : table{sizes_of_rows(), ciess::numbers_beside(o.kind)},
        squares(static_cast<std::size_t>(ciess::numbers_a_row(o.kind) * rows),
                static_cast<T>(o.adagrad.first)) {
    table.draw(ciess::normal_rows{0.5}, ciess::random_stream(1, ciess::purpose::user));
    for (int t = 1; t <= steps; ++t) {
      const auto named = rows_of(t);
      ciess::update_rows(ciess::row_update_step<T>(o, rate, t), table, named,
                         gradient_of<T>(named, t), squares);
    }
  }
};

}  // namespace

TEMPLATE_TEST_CASE("ragged rows learn to the bit as those of a masked table", "[nn][threads]",
                   float, double) {
  const int threads = GENERATE(1, 2);
  const ciess::threads pool(threads);
  for (const auto& o : every_way) {
    CAPTURE(ciess::name_of(o.kind));
    ciess::basic_masked_table<TestType> masked(sizes_of_rows());
    masked.draw(ciess::normal_rows{0.5}, ciess::random_stream(1, ciess::purpose::user));
    ciess::row_state<TestType> state(o, rows, columns);
    for (int t = 1; t <= 2; ++t) {
      const auto named = rows_of(t);
      ciess::update_rows(ciess::row_update_step<TestType>(o, rate, t), masked, named,
                         gradient_of<TestType>(named, t), state);
    }
    const trained<TestType> ragged(o, 2);
    const trained<TestType> fresh(o, 0);
    index_t moved = 0;
    for (index_t r = 0; r < rows; ++r) {
      const auto n = static_cast<index_t>(ragged.table[r].size());
      REQUIRE(std::ranges::equal(ragged.table[r], masked[r]));
      moved += std::ranges::equal(ragged.table[r], fresh.table[r]) ? 0 : 1;
      if (o.kind == row_update_kind::lazy_adam) {
        const auto all = ragged.table.stretch(r);
        REQUIRE(std::equal(all.begin() + n, all.begin() + 2 * n, state.first.row(r).data()));
        REQUIRE(std::equal(all.begin() + 2 * n, all.end(), state.second.row(r).data()));
      }
      if (o.kind == row_update_kind::rowwise_adagrad)
        REQUIRE(ragged.squares[static_cast<std::size_t>(r)] == state.squares[r]);
    }
    CHECK(moved > rows / 2);
    CHECK(moved < rows);  // some are named in no step
  }
}

TEST_CASE("updates of ragged rows refuse what does not fit and change nothing", "[nn]") {
  const row_update_options o;
  trained<float> model(o, 1);
  const auto before = save_fields(model.table);
  const auto refused = [&](const row_update_options& by, std::vector<ciess::row_id> named,
                           const ciess::matrix& g, const std::string& why) {
    const ciess::row_update_step<float> step(by, rate, 2);
    CHECK_THROWS_WITH(ciess::update_rows(step, model.table, named, g, model.squares),
                      ContainsSubstring("update_rows: ") && ContainsSubstring(why));
    CHECK(save_fields(model.table) == before);
  };
  const ciess::matrix g = ciess::matrix::Ones(2, columns);
  refused(o, {1, 2, 3}, g, "gradient of [3, 37], got [2, 37]");
  refused(o, {1, 2}, ciess::matrix::Ones(2, columns - 1), "got [2, 36]");
  refused(o, {2, 1}, g, "rising rows of 9000, got 1 at 1");
  refused(o, {1, rows}, g, "got 9000 at 1");
  refused({.kind = row_update_kind::sgd}, {1, 2}, g,
          "expected 0 numbers beside each number for sgd, got 2");
  model.squares.resize(3);
  refused(o, {1, 2}, g, "expected 0 sums of squares for lazy-adam, got 3");
  model.squares.clear();
  model.table = ciess::ragged_table(sizes_of_rows());
  const ciess::row_update_step<float> adagrad({.kind = row_update_kind::rowwise_adagrad}, rate, 2);
  const std::vector<ciess::row_id> named{1, 2};
  CHECK_THROWS_WITH(ciess::update_rows(adagrad, model.table, named, g),
                    ContainsSubstring("expected 9000 sums of squares"));
}

TEST_CASE("what training takes is what tables and optimiser say", "[nn]") {
  const auto s = sizes_of_rows();
  const ciess::assignment both(std::vector{s, sizes(100, {1, 4})});
  for (const auto kind : ciess::row_update_kinds) {
    CAPTURE(ciess::name_of(kind));
    const ciess::ragged_table table(s, ciess::numbers_beside(kind));
    const ciess::ragged_table other(both[1], ciess::numbers_beside(kind));
    const auto sums = [&](index_t count) { return 4 * ciess::numbers_a_row(kind) * count; };
    CHECK(ciess::training_bytes(s, kind) == table.memory().total() + sums(rows));
    CHECK(ciess::training_bytes(both, kind) ==
          table.memory().total() + other.memory().total() + sums(rows + 100));
    const ciess::basic_ragged_table<double> wide(s, ciess::numbers_beside(kind));
    CHECK(ciess::training_bytes(s, kind, 8) == wide.memory().total() + 2 * sums(rows));
  }
  // 90 % removed of 64 columns by each way, beside a dense table with dense Adam.
  constexpr index_t many = 100'000;
  const sizes small(many, {1, 64}, [](index_t r) { return r % 10 == 0 ? 46 : 2; });
  const double dense = 3.0 * 64 * 4 * many;
  const auto share = [&](row_update_kind kind) {
    return static_cast<double>(ciess::training_bytes(small, kind)) / dense;
  };
  CHECK(share(row_update_kind::lazy_adam) == Approx(0.103).epsilon(0.01));
  CHECK(share(row_update_kind::rowwise_adagrad) == Approx(0.0415).epsilon(0.01));
  CHECK(share(row_update_kind::sgd) == Approx(0.0363).epsilon(0.01));
}
