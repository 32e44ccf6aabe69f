// SPDX-License-Identifier: MIT
#include <ciess/embedding/packed_table.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <ciess/core/random.hpp>
#include <ciess/core/threads.hpp>

#include "support/catch.hpp"
#include "support/memory_used.hpp"

namespace {

using ciess::bfloat16;
using ciess::float16;
using ciess::masked_table;
using ciess::matrix;
using ciess::packed_table;
using ciess::row_id;
using ciess::size_range;
using ciess::sizes;

constexpr float infinity = std::numeric_limits<float>::infinity();

sizes random_sizes(ciess::index rows, size_range range, std::uint64_t seed) {
  auto engine = ciess::random_stream(seed, ciess::purpose::user).at(0);
  std::vector<int> all(static_cast<std::size_t>(rows));
  for (int& s : all)
    s = range.min + static_cast<int>(ciess::bounded(
                        engine, static_cast<std::uint32_t>(range.max - range.min + 1)));
  return {std::span<const int>(all), range};
}

masked_table random_table(ciess::index rows, size_range range, std::uint64_t seed = 1) {
  masked_table t(random_sizes(rows, range, seed));
  t.draw(ciess::normal_rows{.stddev = 1}, ciess::random_stream(seed, ciess::purpose::user));
  return t;
}

/// How far a number may move when it is stored, relative to itself and to the largest of its row.
template <class N>
constexpr double own_error = 0;
template <>
inline constexpr double own_error<bfloat16> = 0x1p-8;
template <>
inline constexpr double own_error<float16> = 0x1p-11;
/// Below 2^-14 halves lie 2^-24 apart.
template <class N>
constexpr double least_error = std::is_same_v<N, float16> ? 0x1p-25 : 0;
template <class N>
constexpr double row_error = std::is_same_v<N, std::int8_t> ? 0.5 / 127 * (1 + 1e-5) : 0;

/// The parts of a good table, to be spoilt.
struct spoilt {
  std::vector<float> values;
  std::vector<std::uint8_t> codes;
  std::vector<std::uint64_t> starts;
  ciess::index rows = 0;
  size_range range{1, 8};

  explicit spoilt(ciess::index n) : rows{n} {
    const auto made = ciess::pack(random_table(n, range));
    const auto& p = made.view().parts();
    values.assign(p.values.begin(), p.values.end());
    codes.assign(p.narrow.begin(), p.narrow.end());
    starts.assign(p.starts.begin(), p.starts.end());
  }
  [[nodiscard]] ciess::packed_view<float> view() const {
    return {rows, range, {values, codes, {}, starts, {}}};
  }
};

}  // namespace

TEMPLATE_TEST_CASE("a packed table holds what rows keep, as near as its numbers can", "[embedding]",
                   float, bfloat16, float16, std::int8_t) {
  const ciess::index rows = GENERATE(0, 1, 63, 64, 65, 300);
  const int most = GENERATE(1, 40, 256, 257);
  const masked_table table = random_table(rows, {1, most});
  const packed_table<TestType> packed = ciess::pack<TestType>(table);
  const auto& view = packed.view();
  REQUIRE(view.rows() == rows);
  CHECK(view.columns() == most);
  CHECK(view.total() == table.row_sizes().total());
  CHECK(view.row_sizes() == table.row_sizes());
  CHECK_NOTHROW(view.check());
  const matrix dense = view.dense();
  int wrong = 0;
  for (ciess::index r = 0; r < rows; ++r) {
    const auto row = view[r];
    REQUIRE(row.size() == table.row_sizes()[r]);
    const double largest = table.values().row(r).cwiseAbs().maxCoeff();
    for (ciess::index c = 0; c < most; ++c) {
      const double exact = table.values()(r, c);
      const double allowed = own_error<TestType> * std::abs(exact) + row_error<TestType> * largest +
                             least_error<TestType>;
      wrong += !(std::abs(dense(r, c) - exact) <= allowed);
      if (c < row.size())
        wrong += row[c] != dense(r, c);
      else
        wrong += dense(r, c) != 0.0F;
    }
  }
  CHECK(wrong == 0);
  CHECK(view.unpack().row_sizes() == table.row_sizes());
  CHECK(view.unpack().values() == dense);
}

TEST_CASE("a packed table of floats is exact and gathers rows in any order", "[embedding]") {
  const masked_table table = random_table(200, {1, 24});
  const auto packed = ciess::pack(table);
  CHECK(packed.view().dense() == table.values());
  const std::vector<row_id> which{7, 199, 0, 7, 64, 63};
  matrix batch(6, 24);
  packed.view().gather(which, batch);
  for (ciess::index k = 0; k < 6; ++k)
    CHECK(batch.row(k) == table.values().row(which[static_cast<std::size_t>(k)]));
  matrix wrong(6, 23);
  CHECK_THROWS_WITH(packed.view().gather(which, wrong),
                    ContainsSubstring("expected a batch [6, 24], got [6, 23]"));
  batch.setConstant(5.0F);
  CHECK_THROWS_WITH(packed.view().gather(std::vector<row_id>{1, 2, 3, 4, 5, 200}, batch),
                    ContainsSubstring("row 200 of 200"));
  CHECK_THROWS_AS(packed.view().gather(std::vector<row_id>{1, 2, 3, 4, 5, -1}, batch),
                  ciess::argument_error);
  CHECK(batch == matrix::Constant(6, 24, 5.0F));
}

TEMPLATE_TEST_CASE("rows come one after the other as they come alone", "[embedding]", float,
                   std::int8_t) {
  // Small ones, and ones that are read ahead of.
  const ciess::index rows = GENERATE(200, 30'000);
  const auto packed = ciess::pack<TestType>(random_table(rows, {1, GENERATE(24, 300)}));
  const auto& view = packed.view();
  int wrong = 0;
  const auto compare = [&](const auto& row, ciess::index r) {
    wrong += row.stored().data() != view[r].stored().data() || row.size() != view[r].size() ||
             row.scale() != view[r].scale();
  };
  using range = std::pair<ciess::index, ciess::index>;
  for (const auto& [first, last] :
       {range{0, 200}, range{63, 65}, range{70, 71}, range{100, 100}, range{130, 192}}) {
    ciess::index r = first;
    view.for_each_row(first, last, [&](const auto& row) { compare(row, r++); });
    CHECK(r == last);
  }
  for (const std::size_t count : {0U, 1U, 15U, 16U, 17U, 100U}) {
    std::vector<row_id> which;
    for (std::size_t k = 0; k < count; ++k)
      which.push_back(static_cast<row_id>(rows - 1) - static_cast<row_id>(k * k * 7 % 200));
    std::size_t k = 0;
    view.for_each_row(which, [&](const auto& row) { compare(row, which[k++]); });
    CHECK(k == count);
  }
  CHECK(wrong == 0);
}

TEMPLATE_TEST_CASE("a batch has zeros past the sizes up to the last row", "[embedding]", float,
                   bfloat16, float16, std::int8_t) {
  const auto packed = ciess::pack<TestType>(random_table(90, {1, GENERATE(31, 32, 100)}));
  const matrix dense = packed.view().dense();
  std::vector<row_id> which;
  for (row_id r = 89; r >= 0; --r) which.push_back(r);
  matrix batch = matrix::Constant(90, dense.cols(), 5.0F);
  packed.view().gather(which, batch);
  CHECK(batch == dense.colwise().reverse());
  for (ciess::index r = 0; r < 90; ++r) {
    const auto row = packed.view()[r];
    CHECK(dense.row(r).tail(dense.cols() - row.size()).isZero(0));
    CHECK(dense(r, row.size() - 1) == row[row.size() - 1]);
  }
}

TEMPLATE_TEST_CASE("rows of different sizes multiply by the numbers that both have", "[embedding]",
                   float, bfloat16, float16, std::int8_t) {
  const auto left = ciess::pack<TestType>(random_table(70, {1, 50}, 1));
  const auto right = ciess::pack(random_table(70, {1, 90}, 2));
  const matrix a = left.view().dense();
  const matrix b = right.view().dense();
  double worst = 0;
  for (ciess::index r = 0; r < 70; ++r) {
    const double exact = a.row(r).cast<double>().dot(b.row(r).leftCols(50).cast<double>());
    const double size = a.row(r).norm() * b.row(r).norm();
    worst = std::max(worst, std::abs(left.view()[r].dot(right.view()[r]) - exact) / size);
    CHECK(left.view()[r].dot(right.view()[r]) == right.view()[r].dot(left.view()[r]));
  }
  CHECK(worst < 1e-7);  // summed in double, then rounded to float once
}

TEST_CASE("rows are grouped by size", "[embedding]") {
  const masked_table table = random_table(150, {2, 9});
  const auto groups = ciess::pack(table).view().by_size();
  std::size_t seen = 0;
  for (int d = 0; d <= 9; ++d) {
    std::vector<row_id> expected;
    for (row_id r = 0; r < 150; ++r)
      if (table.row_sizes()[r] == d) expected.push_back(r);
    const auto rows = groups.of_size(d);
    CHECK(std::vector<row_id>(rows.begin(), rows.end()) == expected);
    seen += rows.size();
  }
  CHECK(seen == 150);
}

TEST_CASE("a row costs at most two bytes and a bit beyond its values", "[embedding]") {
  const ciess::index rows = 64 * 100;
  const auto narrow = ciess::pack(masked_table(sizes(rows, {1, 256}, 12))).view().memory();
  CHECK(narrow.values == rows * 12 * 4);
  CHECK(narrow.sizes == rows);
  CHECK(narrow.index == 8 * (100 + 1));
  CHECK(narrow.padding == 0);
  CHECK(narrow.total() == narrow.values + narrow.sizes + narrow.index);
  const auto wide = ciess::pack<std::int8_t>(masked_table(sizes(65, {1, 257}, 3))).view().memory();
  CHECK(wide.values == 65 * 3);
  CHECK(wide.scales == 65 * 4);
  CHECK(wide.sizes == 65 * 2);
  CHECK(wide.index == 8 * 3);
  CHECK(wide.padding == (128 - 65) * 2);
  // 90 % removed: a row of 12.8 of 128 floats.
  const auto tenth = ciess::pack(masked_table(sizes(10'000, {1, 128}, 12))).view().memory();
  CHECK(static_cast<double>(tenth.total()) <= 0.11 * 10'000 * 128 * 4);
}

TEMPLATE_TEST_CASE("a packed table takes the memory that it says", "[embedding]", float,
                   std::int8_t) {
  const sizes kept = random_sizes(400'000, {1, 25}, 1);
  const std::vector<float> numbers(25, 1.0F);  // of every row: no dense table is in the way
  const auto before = testing_support::memory_used();
  if (!before) {
    WARN("not tested: this system does not tell how much memory a process uses");
    return;
  }
  const auto used = [&] { return *testing_support::memory_used() - *before; };
  std::optional<packed_table<TestType>> packed(
      std::in_place, kept, [&](ciess::index) { return std::span<const float>(numbers); });
  const auto says = packed->view().memory();
  // Finer than the smallest part, the index of 50 kB.
  CHECK(std::abs(used() - says.total()) < says.index / 2);
  CHECK(says.index < says.sizes);
  packed.reset();
  CHECK(std::abs(used()) < says.index / 2);
}

TEST_CASE("parts begin at cache lines, and a table that moves leaves its views as they are",
          "[embedding]") {
  auto first = ciess::pack<std::int8_t>(random_table(100, {1, 30}));
  const auto view = first.view();
  const auto at = [](const void* p) { return reinterpret_cast<std::uintptr_t>(p) % 64; };
  CHECK(at(view.parts().values.data()) == 0);
  CHECK(at(view.parts().narrow.data()) == 0);
  CHECK(at(view.parts().starts.data()) == 0);
  CHECK(at(view.parts().scales.data()) == 0);
  const matrix before = view.dense();
  const auto second = std::move(first);
  CHECK(view.dense() == before);
  CHECK(second.view().dense() == before);
  static_assert(!std::is_copy_constructible_v<packed_table<float>>);
}

TEST_CASE("what cannot be stored is refused by row and column", "[embedding]") {
  masked_table table = random_table(130, {3, 8});
  const auto with = [&](float x) -> const masked_table& {
    table[70][1] = x;
    table[129][2] = x;
    return table;
  };
  CHECK_THROWS_WITH(ciess::pack(with(infinity)), ContainsSubstring("row 70, column 1 is inf"));
  CHECK_THROWS_WITH(ciess::pack<std::int8_t>(with(std::nanf(""))),
                    ContainsSubstring("row 70, column 1 is nan"));
  CHECK_THROWS_WITH(ciess::pack<float16>(with(65520.0F)),
                    ContainsSubstring("row 70, column 1 is 65520"));
  CHECK_NOTHROW(ciess::pack<float16>(with(65519.0F)));
  CHECK_THROWS_AS(ciess::pack<bfloat16>(with(std::numeric_limits<float>::max())),
                  ciess::numeric_error);
  CHECK_NOTHROW(ciess::pack<bfloat16>(with(3.3e38F)));
}

TEST_CASE("the smallest and the largest rows survive eight bits", "[embedding]") {
  masked_table table(sizes(4, {1, 3}, 3));
  const float least = std::numeric_limits<float>::denorm_min();
  const float rows[4][3] = {
      {0, 0, 0},
      {200 * least, least, -200 * least},
      {std::numeric_limits<float>::max(), 1, -std::numeric_limits<float>::max()},
      {-127, 64, 1}};
  for (ciess::index r = 0; r < 4; ++r) std::copy_n(rows[r], 3, table[r].begin());
  const auto packed = ciess::pack<std::int8_t>(table);
  const matrix back = packed.view().dense();
  CHECK(back.row(0).isZero(0));
  CHECK(back(1, 0) == -back(1, 2));
  CHECK(back(1, 0) > 100 * least);
  CHECK(back(2, 0) == Approx(std::numeric_limits<float>::max()).epsilon(1e-6));
  CHECK(std::isfinite(back(2, 0)));
  CHECK(back.row(3) == (Eigen::RowVector3f() << -127, 64, 1).finished());
}

TEST_CASE("a view refuses parts of the wrong lengths", "[embedding]") {
  const spoilt good(100);
  CHECK_NOTHROW(good.view().check());
  CHECK_THROWS_AS(ciess::packed_view<float>(-1, {1, 8}, good.view().parts()),
                  ciess::argument_error);
  CHECK_THROWS_AS(ciess::packed_view<float>(std::numeric_limits<ciess::index>::max(), {1, 8},
                                            good.view().parts()),
                  ciess::argument_error);
  CHECK_THROWS_AS(ciess::packed_view<float>(100, {0, 8}, good.view().parts()),
                  ciess::argument_error);
  CHECK_THROWS_WITH(ciess::packed_view<float>(100, {1, 257}, good.view().parts()),
                    ContainsSubstring("expected 0 codes of one byte, got 128"));
  CHECK_THROWS_WITH(ciess::packed_view<float>(129, {1, 8}, good.view().parts()),
                    ContainsSubstring("expected 192 codes of one byte, got 128"));
  auto bad = good;
  bad.values.pop_back();
  CHECK_THROWS_AS(bad.view(), ciess::data_error);
  bad = good;
  bad.starts.pop_back();
  CHECK_THROWS_WITH(bad.view(), ContainsSubstring("expected 3 beginnings of blocks, got 2"));
  const std::vector<float> scales(100, 1.0F);
  CHECK_THROWS_WITH(
      ciess::packed_view<float>(100, {1, 8}, {good.values, good.codes, {}, good.starts, scales}),
      ContainsSubstring("expected 0 scales, got 100"));
}

TEST_CASE("a damaged table is found by check and never read past its end", "[embedding]") {
  const auto read_all = [](const spoilt& s) {
    double sum = 0;
    for (ciess::index r = 0; r < s.rows; ++r) {
      const auto row = s.view()[r];
      for (ciess::index c = 0; c < row.size(); ++c) sum += row[c];
    }
    return sum;
  };
  const spoilt good(100);
  CHECK_NOTHROW(read_all(good));
  auto bad = good;
  bad.codes[99] = 255;
  CHECK_THROWS_WITH(bad.view().check(), ContainsSubstring("row 99 has size 256"));
  CHECK_THROWS_WITH(read_all(bad), ContainsSubstring("row 99 of size 256"));
  CHECK_THROWS_WITH(bad.view().dense(), ContainsSubstring("row 99 of size 256"));
  CHECK_THROWS_AS(bad.view().row_sizes(), ciess::data_error);
  bad = good;
  bad.starts[1] = std::numeric_limits<std::uint64_t>::max() - 3;
  CHECK_THROWS_WITH(bad.view().check(), ContainsSubstring("the block of row 64 should begin at"));
  CHECK_THROWS_AS(read_all(bad), ciess::data_error);
  matrix batch(1, 8);
  CHECK_THROWS_AS(bad.view().gather(std::vector<row_id>{64}, batch), ciess::data_error);
  spoilt large(50'000);
  large.starts[700] = std::numeric_limits<std::uint64_t>::max() - 3;
  CHECK_NOTHROW(large.view().gather(std::vector<row_id>{700 * 64 - 1}, batch));
  CHECK_THROWS_AS(large.view().gather(std::vector<row_id>{700 * 64}, batch), ciess::data_error);
  bad = good;
  bad.codes[5] = static_cast<std::uint8_t>(bad.codes[5] == 0 ? 1 : 0);
  CHECK_THROWS_AS(bad.view().check(), ciess::data_error);
  bad = good;
  bad.values[0] = infinity;
  CHECK_THROWS_WITH(bad.view().check(), ContainsSubstring("row 0, column 0 is inf"));
}

TEST_CASE("packing gives the same bytes at 1 and 2 threads", "[embedding][threads]") {
  const masked_table table = random_table(3000, {1, 40});
  const auto bytes = [&](int threads) {
    const ciess::threads pool(threads);
    const auto packed = ciess::pack<std::int8_t>(table);
    const auto& p = packed.view().parts();
    return std::pair{std::vector<std::int8_t>(p.values.begin(), p.values.end()),
                     std::vector<float>(p.scales.begin(), p.scales.end())};
  };
  CHECK(bytes(1) == bytes(2));
}

TEMPLATE_TEST_CASE("tables of no rows, of one row and of one column can be packed", "[embedding]",
                   float, ciess::bfloat16, ciess::float16, std::int8_t) {
  const ciess::index rows = GENERATE(0, 1);
  const int d_max = GENERATE(1, 300);
  ciess::masked_table t(ciess::sizes(rows, {1, d_max}, 1));
  for (ciess::index r = 0; r < rows; ++r) t[r][0] = -2;
  const auto packed = ciess::pack<TestType>(t);
  packed.view().check();
  CHECK(packed.view().total() == rows);
  CHECK(packed.view().dense() == t.values());
  CHECK(packed.view().by_size().of_size(1).size() == static_cast<std::size_t>(rows));
  ciess::matrix out(2 * rows, d_max);
  packed.view().gather(std::vector<ciess::row_id>(static_cast<std::size_t>(2 * rows), 0), out);
  CHECK(out.sum() == -4.0F * static_cast<float>(rows));
}
