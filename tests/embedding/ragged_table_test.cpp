// SPDX-License-Identifier: MIT
#include <ciess/embedding/ragged_table.hpp>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ciess/core/threads.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/embedding/packed_table.hpp>
#include <ciess/embedding/trainable_table.hpp>

#include "support/catch.hpp"
#include "support/memory_fields.hpp"
#include "support/memory_used.hpp"

namespace {

using ciess::index_t;
using ciess::sizes;

constexpr ciess::size_range range{1, 7};
const ciess::random_stream stream{5, ciess::purpose::weights};
const ciess::normal_rows init{.stddev = 0.5};

/// More than two blocks, the last one not full, and no multiple of a group.
constexpr index_t rows = 2 * ciess::ragged_table::block_rows + 1'003;

/// Sizes 1 to 7, in an order that depends on `salt`.
sizes mixed(int salt = 0) {
  return {rows, range, [salt](index_t r) {
            const auto x = static_cast<std::uint32_t>(r + salt) * 2'654'435'761U;
            return 1 + static_cast<int>((x >> 16) % 7);
          }};
}

template <class T>
bool same_numbers(const ciess::basic_ragged_table<T>& a, const ciess::basic_masked_table<T>& b) {
  if (a.row_sizes() != b.row_sizes()) return false;
  for (index_t r = 0; r < a.rows(); ++r)
    if (!std::ranges::equal(a[r], b[r])) return false;
  return true;
}

/// Numbers beside a row: its place, the layer and the column.
template <class T>
void mark(ciess::basic_ragged_table<T>& table) {
  for (index_t r = 0; r < table.rows(); ++r) {
    const std::size_t n = table[r].size();
    const auto all = table.stretch(r);
    for (std::size_t k = n; k < all.size(); ++k)
      all[k] = static_cast<T>(static_cast<index_t>(100 * (k / n) + k % n) + r % 10);
  }
}
/// Whether they are there, in the first `kept(r)` columns, and zeros behind these.
template <class T, class Kept>
bool marked(const ciess::basic_ragged_table<T>& table, Kept&& kept) {
  for (index_t r = 0; r < table.rows(); ++r) {
    const std::size_t n = table[r].size();
    const auto all = table.stretch(r);
    if (all.size() != static_cast<std::size_t>(1 + table.beside()) * n) return false;
    for (std::size_t k = n; k < all.size(); ++k) {
      const auto expected =
          k % n < kept(r) ? static_cast<T>(static_cast<index_t>(100 * (k / n) + k % n) + r % 10)
                          : T{0};
      if (all[k] != expected) return false;
    }
  }
  return true;
}

/// First weights that fail after so many rows.
struct failing_rows {
  std::shared_ptr<std::atomic<int>> left;
  void operator()(ciess::random_engine&, std::span<float> row) const {
    if (--*left < 0) throw std::bad_alloc();
    std::ranges::fill(row, 1.0F);
  }
};

}  // namespace

TEMPLATE_TEST_CASE("a ragged table draws and resizes to the bit as a masked one", "[embedding]",
                   float, double) {
  const int beside = GENERATE(0, 1, 2);
  ciess::basic_ragged_table<TestType> ragged(mixed(), beside);
  ciess::basic_masked_table<TestType> masked(mixed());
  CHECK(ragged.rows() == rows);
  CHECK(ragged.columns() == 7);
  CHECK(ragged.used_columns() == 7);
  CHECK(ragged.beside() == beside);
  CHECK(same_numbers(ragged, masked));  // zeros
  ragged.draw(init, stream);
  masked.draw(init, stream);
  CHECK(same_numbers(ragged, masked));
  CHECK(ragged[rows - 1].front() != 0);
  mark(ragged);
  CHECK(same_numbers(ragged, masked));
  const auto before = mixed();
  ragged.resize(mixed(3), init, stream);
  masked.resize(mixed(3), init, stream);
  CHECK(same_numbers(ragged, masked));
  CHECK(marked(ragged, [&](index_t r) { return static_cast<std::size_t>(before[r]); }));
  const auto now = mixed(3);
  ragged.cut(sizes(rows, range, 4));
  masked.cut(sizes(rows, range, 4));
  CHECK(same_numbers(ragged, masked));
  CHECK(ragged.used_columns() == 4);
  ragged.resize(mixed(5));
  masked.resize(mixed(5));
  CHECK(same_numbers(ragged, masked));
  CHECK(marked(ragged, [&](index_t r) {
    return static_cast<std::size_t>(std::min({before[r], now[r], 4}));
  }));
  CHECK(ragged.masked().values() == masked.values());
  CHECK(ragged.masked().row_sizes() == masked.row_sizes());
  CHECK(same_numbers(ciess::basic_ragged_table<TestType>(masked, beside), masked));
  ragged.clear_beside();
  CHECK(marked(ragged, [](index_t) { return std::size_t{0}; }));
  CHECK(same_numbers(ragged, masked));
}

TEST_CASE("one row of a ragged table takes a new size, and no other row is touched",
          "[embedding]") {
  ciess::ragged_table ragged(mixed(), 2);
  ciess::masked_table masked(mixed());
  ragged.draw(init, stream);
  masked.draw(init, stream);
  mark(ragged);
  auto s = mixed();
  const auto before = s;
  const std::span<const float> far = std::as_const(ragged)[rows - 1];
  for (const auto& [row, size] : {std::pair<index_t, int>{0, 7},
                                  {15, 1},
                                  {16, 7},
                                  {4'095, 2},
                                  {4'095, 6},
                                  {1'000, 3},
                                  {1'000, 3}}) {
    s.set(row, size);
    ragged.resize(row, size, init, stream);
    masked.resize(s, init, stream);
    REQUIRE(same_numbers(ragged, masked));
  }
  const auto smallest = [&](index_t r) {
    return static_cast<std::size_t>(r == 4'095 ? std::min(2, before[r])
                                               : std::min(before[r], s[r]));
  };
  CHECK(marked(ragged, smallest));
  CHECK(std::as_const(ragged)[rows - 1].data() == far.data());  // its block is where it was
  s.set(rows - 1, 1);
  ragged.resize(rows - 1, 1, init, stream);
  masked.resize(s, init, stream);
  CHECK(same_numbers(ragged, masked));
}

TEST_CASE("a ragged table turns its axes as a masked one does", "[embedding]") {
  const sizes full(5'000, range);
  ciess::ragged_table ragged(full, 1);
  ciess::masked_table masked(full);
  ragged.draw(init, stream);
  masked.draw(init, stream);
  mark(ragged);
  ciess::basic_matrix<double> axes(7, 7);
  for (index_t i = 0; i < 7; ++i)
    for (index_t j = 0; j < 7; ++j) axes(i, j) = std::sin(static_cast<double>(3 * i + 5 * j));
  ragged.change_axes(axes);
  masked.change_axes(axes);
  CHECK(same_numbers(ragged, masked));
  CHECK(marked(ragged, [](index_t) { return std::size_t{7}; }));
  ragged.resize(4'321, 5, init, stream);
  CHECK_THROWS_WITH(ragged.change_axes(axes),
                    ContainsSubstring("ragged_table: ") && ContainsSubstring("row 4321 keeps 5"));
  ragged.change_axes(axes.topLeftCorner(5, 5));
  CHECK_THROWS_AS(ragged.change_axes(axes.topLeftCorner(5, 4)), ciess::argument_error);
  CHECK_THROWS_AS(ragged.change_axes(ciess::basic_matrix<double>::Zero(8, 8)),
                  ciess::argument_error);
}

TEST_CASE("a ragged table refuses what does not fit and stays as it was", "[embedding]") {
  ciess::ragged_table table(mixed(), 2);
  table.draw(init, stream);
  const auto before = save_fields(table);
  CHECK_THROWS_WITH(table.resize(sizes(rows - 1, range), init, stream),
                    ContainsSubstring("ragged_table: 9195 rows") && ContainsSubstring("got 9194"));
  CHECK_THROWS_AS(table.resize(sizes(rows, {1, 8})), ciess::argument_error);
  CHECK_THROWS_AS(table.cut(sizes(rows, {1, 8})), ciess::argument_error);
  CHECK_THROWS_WITH(table.resize(rows, 3, init, stream), ContainsSubstring("row 9195 of 9195"));
  CHECK_THROWS_WITH(table.resize(-1, 3, init, stream), ContainsSubstring("row -1"));
  CHECK_THROWS_WITH(table.resize(7, 8, init, stream),
                    ContainsSubstring("row 7 gets size 8, expected one in [1, 7]"));
  CHECK_THROWS_AS(table.resize(7, 0, init, stream), ciess::argument_error);
  CHECK(save_fields(table) == before);
  CHECK_THROWS_WITH(ciess::ragged_table(mixed(), 3), ContainsSubstring("0 to 2, got 3"));
  CHECK_THROWS_AS(ciess::ragged_table(mixed(), -1), ciess::argument_error);
}

TEST_CASE("a ragged table is saved and loaded with its sizes", "[embedding]") {
  ciess::ragged_table table(mixed(), 2);
  table.draw(init, stream);
  mark(table);
  const auto saved = save_fields(table);
  ciess::ragged_table again(sizes(rows, range), 2);  // other sizes: those of the file count
  load_fields(saved, again);
  CHECK(save_fields(again) == saved);
  CHECK(again.row_sizes() == mixed());
  CHECK(again[4'200].front() == table[4'200].front());
  load_fields(saved, again);  // the same sizes
  CHECK(save_fields(again) == saved);
  // Blocks that were written anew, each with other sizes than before.
  ciess::ragged_table resized = table;
  resized.resize(mixed(4), init, stream);
  const auto later = save_fields(resized);
  CHECK(later != saved);
  load_fields(later, again);
  CHECK(save_fields(again) == later);
  const auto old = mixed();
  CHECK(marked(again, [&](index_t r) { return static_cast<std::size_t>(old[r]); }));
  load_fields(saved, again);
  CHECK(save_fields(again) == saved);
  ciess::ragged_table alone(mixed(), 0);
  CHECK_THROWS_WITH(load_fields(saved, alone), ContainsSubstring("beside"));
  ciess::ragged_table fewer(sizes(rows - 1, range), 2);
  CHECK_THROWS(load_fields(saved, fewer));
  auto broken = saved;
  broken["rows.sizes"][0] = 9;
  CHECK_THROWS_WITH(load_fields(broken, again), ContainsSubstring("sizes in the range"));
  broken = saved;
  broken["rows.sizes"][0] = static_cast<char>(table.row_sizes()[0] % 7 + 1);
  CHECK_THROWS_WITH(load_fields(broken, again),
                    ContainsSubstring("block0: expected as many numbers as its rows keep"));
  CHECK(again.rows() == 0);  // not the rows of one file with the sizes of another
  CHECK(again.columns() == 7);
  CHECK(again.memory().total() == 0);
  again = ciess::ragged_table(sizes(rows, range), 2);
  table[1'234].front() = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH(load_fields(save_fields(table), again), ContainsSubstring("finite numbers"));
}

TEST_CASE("a damaged file cannot make a ragged table ask for memory that it does not need",
          "[embedding]") {
  // 2 million rows of 4096 floats are 33 GB, with two moments beside them 98.
  constexpr index_t many = 2'000'000;
  const ciess::size_range wide{1, 4'096};
  ciess::ragged_table table(sizes(many, wide, 1), 2);
  auto saved = save_fields(table);
  const std::uint16_t most = 4'096;
  auto& said = saved["rows.sizes"];
  REQUIRE(said.size() == sizeof most * many);
  for (std::size_t i = 0; i < said.size(); i += sizeof most)
    std::memcpy(said.data() + i, &most, sizeof most);
  const bool empty = GENERATE(false, true);
  if (empty)
    for (auto& [name, bytes] : saved)
      if (name.starts_with("block")) bytes.clear();
  auto other = table;
  CHECK_THROWS_AS(load_fields(saved, other), ciess::data_error);
  CHECK_THROWS_WITH(load_fields(saved, table),
                    ContainsSubstring("block0: expected as many numbers as its rows keep"));
  CHECK(table.rows() == 0);
}

TEST_CASE("a ragged table whose rows cannot be written has none", "[embedding]") {
  ciess::ragged_table table(sizes(rows, range, 3), 2);
  // Some blocks have their new sizes when the last one fails.
  const failing_rows failing{std::make_shared<std::atomic<int>>(8'500)};
  SECTION("of all rows") {
    const ciess::threads pool{1};
    CHECK_THROWS_AS(table.resize(sizes(rows, range, 5), failing, stream), std::bad_alloc);
    CHECK(table.rows() == 0);
    CHECK(table.columns() == 7);
    CHECK(table.used_columns() == 0);
    CHECK(table.memory().total() == 0);
    CHECK(table.masked().rows() == 0);
    table = ciess::ragged_table(mixed(), 1);
    CHECK(table.rows() == rows);
  }
  SECTION("of one row: nothing is changed") {
    const failing_rows never{std::make_shared<std::atomic<int>>(0)};
    const auto before = save_fields(table);
    CHECK_THROWS_AS(table.resize(5'000, 6, never, stream), std::bad_alloc);
    CHECK(save_fields(table) == before);
  }
}

TEST_CASE("rows of a ragged table may be as long as sizes can be", "[embedding]") {
  const ciess::size_range wide{1, 32'767};
  const sizes s(19, wide, [](index_t r) { return r % 3 == 0 ? 32'767 : 1 + static_cast<int>(r); });
  ciess::ragged_table ragged(s, 2);
  ciess::masked_table masked(s);
  ragged.draw(init, stream);
  masked.draw(init, stream);
  mark(ragged);
  CHECK(same_numbers(ragged, masked));
  auto saved = save_fields(ragged);
  ciess::ragged_table again(sizes(19, wide, 1), 2);
  load_fields(saved, again);
  CHECK(save_fields(again) == saved);
  const sizes full(19, wide);
  ragged.resize(full, init, stream);
  masked.resize(full, init, stream);
  CHECK(same_numbers(ragged, masked));
  CHECK(marked(ragged, [&](index_t r) { return static_cast<std::size_t>(s[r]); }));
  // A full block of them has more numbers than 16 or 24 bits count: where its rows begin.
  ciess::ragged_table block(sizes(ciess::ragged_table::block_rows, {1, 32'767},
                                  [](index_t r) { return r < 1'024 ? 32'767 : 1; }));
  block[4'095].front() = 5;
  CHECK(&block[4'095].front() - &block[0].front() == 1'024 * 32'767 + 3'071);
}

TEST_CASE("ragged_table: same bytes at 1 and 2 threads", "[embedding][threads]") {
  const auto run = [] {
    ciess::ragged_table table(mixed(), 1);
    table.draw(init, stream);
    mark(table);
    table.resize(mixed(9), init, stream);
    table.cut(sizes(rows, range, 6));
    table.resize(sizes(rows, range), init, stream);
    table.change_axes(ciess::basic_matrix<double>::Constant(7, 7, 0.25));
    return save_fields(table);
  };
  const auto serial = run();
  const ciess::threads pool{2};
  CHECK(run() == serial);
}

TEST_CASE("packing a ragged table gives the bytes of a masked one", "[embedding]") {
  ciess::ragged_table ragged(mixed(), 2);
  ciess::masked_table masked(mixed());
  ragged.draw(init, stream);
  masked.draw(init, stream);
  mark(ragged);
  const auto same = [](const auto& a, const auto& b) {
    const auto& x = a.view().parts();
    const auto& y = b.view().parts();
    const auto bytes = [](const auto& part) { return std::as_bytes(std::span(part)); };
    const auto equal = [&](const auto& p, const auto& q) {
      return std::ranges::equal(bytes(p), bytes(q));
    };
    return equal(x.values, y.values) && equal(x.narrow, y.narrow) && equal(x.wide, y.wide) &&
           equal(x.starts, y.starts) && equal(x.scales, y.scales) && x.size == y.size &&
           x.octave == y.octave;
  };
  CHECK(same(ciess::pack(ragged), ciess::pack(masked)));
  CHECK(same(ciess::pack<ciess::bfloat16>(ragged), ciess::pack<ciess::bfloat16>(masked)));
  CHECK(same(ciess::pack<std::int8_t>(ragged), ciess::pack<std::int8_t>(masked)));
  CHECK(same(ciess::pack<ciess::bits<4>>(ragged), ciess::pack<ciess::bits<4>>(masked)));
  ragged[8'000].front() += 1;
  CHECK_FALSE(same(ciess::pack(ragged), ciess::pack(masked)));
  ragged.resize(sizes(rows, range, 3), init, stream);
  masked.resize(sizes(rows, range, 3), init, stream);
  ragged[8'000].front() = masked[8'000].front();
  CHECK(same(ciess::pack(ragged), ciess::pack(masked)));
}

TEST_CASE("a ragged table of 90 % removed takes a tenth of a dense one, index included",
          "[embedding]") {
  // 6.4 of 64 numbers a row on average, two moments beside each: against a dense table with dense
  // Adam, 3 * 64 floats a row, at most 15 %.
  constexpr index_t many = 100'000;
  const sizes s(many, {1, 64}, [](index_t r) { return r % 10 == 0 ? 46 : 2; });
  REQUIRE(s.total() == 64 * many / 10);
  const auto before = testing_support::memory_used();
  ciess::ragged_table table(s, 2);
  table.draw(init, stream);
  mark(table);
  const auto after = testing_support::memory_used();
  const auto memory = table.memory();
  CHECK(memory.numbers == 4 * s.total());
  CHECK(memory.beside == 2 * memory.numbers);
  CHECK(memory.index == 2 * many + 4 * many / 16 + 25 * 24);
  const double dense = 3.0 * 64 * 4 * many;
  const double share = static_cast<double>(memory.total()) / dense;
  CAPTURE(share);
  CHECK(share < 0.104);
  CHECK(share > 0.100);
  // And so says the system: whole pages, blocks of some hundred thousand bytes.
  if (before && after) {
    CHECK(static_cast<double>(*after - *before) < 1.05 * static_cast<double>(memory.total()));
    CHECK(static_cast<double>(*after - *before) > 0.95 * static_cast<double>(memory.total()));
  }
}

TEST_CASE("ragged tables of no rows, of one row and of one column are tables", "[embedding]") {
  const index_t count = GENERATE(0, 1, 16, 17, 4'096, 4'097);
  const int d_max = GENERATE(1, 8);
  ciess::ragged_table t(sizes(count, {1, d_max}), 1);
  ciess::masked_table m(sizes(count, {1, d_max}));
  t.draw(init, stream);
  m.draw(init, stream);
  CHECK(same_numbers(t, m));
  CHECK(t.used_columns() == (count == 0 ? 0 : d_max));
  t.resize(sizes(count, {1, d_max}, 1), init, stream);
  CHECK(t.used_columns() == (count == 0 ? 0 : 1));
  t.resize(sizes(count, {1, d_max}), init, stream);
  CHECK(same_numbers(t, m));
  CHECK(ciess::ragged_table().rows() == 0);
  CHECK(ciess::ragged_table().memory().total() == 0);
}
