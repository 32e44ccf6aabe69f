// SPDX-License-Identifier: MIT
#include <ciess/embedding/packed_view.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ciess/core/random.hpp>
#include <ciess/embedding/packed_table.hpp>

#include "support/catch.hpp"
#include "support/random_tables.hpp"

namespace {

using ciess::bfloat16;
using ciess::float16;
using ciess::masked_table;
using ciess::matrix;
using ciess::row_id;
using ciess::size_range;

/// The parts of a good table, to be spoilt.
struct spoilt {
  std::vector<float> values;
  std::vector<std::uint8_t> codes;
  std::vector<std::uint64_t> starts;
  ciess::index_t rows = 0;
  size_range range{1, 8};

  explicit spoilt(ciess::index_t n) : rows{n} {
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

TEMPLATE_TEST_CASE("rows come one after the other as they come alone", "[embedding]", float,
                   std::int8_t, ciess::bits<4>, ciess::bits<3>) {
  // Small ones, and ones that are read ahead of.
  const ciess::index_t rows = GENERATE(200, 30'000);
  const auto kept = GENERATE(size_range{1, 24}, size_range{1, 300}, size_range{30, 30});
  const auto packed = ciess::pack<TestType>(random_table(rows, kept));
  const auto& view = packed.view();
  int wrong = 0;
  const auto compare = [&](const auto& row, ciess::index_t r) {
    wrong += row.stored().data() != view[r].stored().data() || row.size() != view[r].size() ||
             row.scale() != view[r].scale();
  };
  using range = std::pair<ciess::index_t, ciess::index_t>;
  for (const auto& [first, last] :
       {range{0, 200}, range{63, 65}, range{70, 71}, range{100, 100}, range{130, 192}}) {
    ciess::index_t r = first;
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
                   bfloat16, float16, std::int8_t, ciess::bits<4>, ciess::bits<3>, ciess::bits<2>) {
  const int most = GENERATE(31, 32, 100);
  const auto packed = ciess::pack<TestType>(random_table(90, {GENERATE_COPY(1, most), most}));
  const matrix dense = packed.view().dense();
  std::vector<row_id> which;
  for (row_id r = 89; r >= 0; --r) which.push_back(r);
  matrix batch = matrix::Constant(90, dense.cols(), 5.0F);
  packed.view().gather(which, batch);
  CHECK(batch == dense.colwise().reverse());
  for (ciess::index_t r = 0; r < 90; ++r) {
    const auto row = packed.view()[r];
    CHECK(dense.row(r).tail(dense.cols() - row.size()).isZero(0));
    CHECK(dense(r, row.size() - 1) == row[row.size() - 1]);
  }
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

TEST_CASE("a view refuses parts of the wrong lengths", "[embedding]") {
  const spoilt good(100);
  CHECK_NOTHROW(good.view().check());
  CHECK_THROWS_AS(ciess::packed_view<float>(-1, {1, 8}, good.view().parts()),
                  ciess::argument_error);
  CHECK_THROWS_AS(ciess::packed_view<float>(std::numeric_limits<ciess::index_t>::max(), {1, 8},
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

TEST_CASE("a view of rows of one size refuses what does not fit it", "[embedding]") {
  const std::vector<float> values(12, 1.0F);
  const auto view = [&](int size, size_range range) {
    return ciess::packed_view<float>(4, range, {.values = values, .size = size});
  };
  CHECK_NOTHROW(view(3, {1, 8}).check());
  CHECK(view(3, {1, 300})[3].size() == 3);
  CHECK_THROWS_WITH(view(4, {1, 8}), "packed_view: expected 16 values, got 12");
  CHECK_THROWS_WITH(view(2, {1, 8}), "packed_view: expected 8 values, got 12");
  CHECK_THROWS_WITH(view(3, {4, 8}), "packed_view: every row has size 3, expected one in [4, 8]");
  CHECK_THROWS_WITH(view(-3, {1, 8}), ContainsSubstring("every row has size -3"));
  CHECK_THROWS_WITH(view(0, {1, 8}), ContainsSubstring("expected 64 codes of one byte, got 0"));
  CHECK_THROWS_WITH(ciess::packed_view<ciess::bits<4>>(4, {1, 8}, {.size = 3}),
                    ContainsSubstring("expected 4 scales, got 0"));
  const std::vector<ciess::bits<4>> four(8);
  const std::vector<std::uint8_t> scales(4, 255);
  const auto of_octave = [&](int octave) {
    return ciess::packed_view<ciess::bits<4>>(
        4, {1, 8}, {.values = four, .scales = scales, .size = 4, .octave = octave});
  };
  CHECK(of_octave(127)[0].scale() == 31 * 2048);
  CHECK_THROWS_WITH(of_octave(ciess::most_octave).check(),
                    ContainsSubstring("row 0, column 0 is -inf"));
  for (const int bad : {-1, ciess::most_octave + 1})
    CHECK_THROWS_WITH(of_octave(bad),
                      ContainsSubstring("the octave of scales must be in [0, 239], got "));
  const std::vector<std::uint8_t> codes(64, 2);
  CHECK_THROWS_WITH(
      ciess::packed_view<float>(4, {1, 8}, {.values = values, .narrow = codes, .size = 3}),
      ContainsSubstring("expected 0 codes of one byte, got 64"));
  const std::vector<std::uint64_t> starts{0, 12};
  CHECK_THROWS_WITH(
      ciess::packed_view<float>(4, {1, 8}, {.values = values, .starts = starts, .size = 3}),
      ContainsSubstring("expected 0 beginnings of blocks, got 2"));
}

TEMPLATE_TEST_CASE("rows of few bits have zeros behind their last number", "[embedding]",
                   ciess::bits<4>, ciess::bits<3>, ciess::bits<2>) {
  for (int size = 1; size <= 16; ++size) {
    const auto length = static_cast<std::size_t>(ciess::stored_in<TestType>(size));
    const std::vector<std::uint8_t> scales(2, 16);
    const auto complains = [&](int bit) {
      std::vector<TestType> values(2 * length);
      auto& byte = values[length + static_cast<std::size_t>(bit / 8)].codes;
      byte = static_cast<std::uint8_t>(byte | 1 << bit % 8);
      try {
        ciess::packed_view<TestType>(
            2, {1, 16}, {.values = values, .scales = scales, .size = size, .octave = 127})
            .check();
        return false;
      } catch (const ciess::data_error& e) {
        CHECK(std::string(e.what()) == "packed_view: row 1: expected zeros behind its last number");
        return true;
      }
    };
    for (int bit = 0; bit < 8 * static_cast<int>(length); ++bit)
      CHECK(complains(bit) == (bit >= TestType::width * size));
  }
}

TEST_CASE("a view of nothing is a table without rows", "[embedding]") {
  const ciess::packed_view<ciess::bits<2>> none;
  none.check();
  CHECK(none.rows() == 0);
  CHECK(none.total() == 0);
  CHECK(none.memory().total() == 0);
  CHECK(none.dense().rows() == 0);
}

TEST_CASE("a damaged table is found by check and never read past its end", "[embedding]") {
  const auto read_all = [](const spoilt& s) {
    double sum = 0;
    for (ciess::index_t r = 0; r < s.rows; ++r) {
      const auto row = s.view()[r];
      for (ciess::index_t c = 0; c < row.size(); ++c) sum += row[c];
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
  bad.values[0] = std::numeric_limits<float>::infinity();
  CHECK_THROWS_WITH(bad.view().check(), ContainsSubstring("row 0, column 0 is inf"));
}
