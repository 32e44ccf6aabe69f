// SPDX-License-Identifier: MIT
#include <ciess/embedding/number_format.hpp>
// its own header first
#include <ciess/core/random.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/embedding/packed_table.hpp>

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"

using ciess::number_format;

TEST_CASE("every number format has a name of its own, by which it is found", "[embedding]") {
  std::set<std::string> names;
  for (const auto format : ciess::number_formats) {
    names.insert(std::string(ciess::name_of(format)));
    CHECK(ciess::parse_number_format(ciess::name_of(format)) == format);
  }
  CHECK(names.size() == ciess::number_formats.size());
  CHECK_THROWS_WITH(
      ciess::parse_number_format("float64"),
      "number format: expected float, bfloat16, float16, 8, 4, 3 or 2, got 'float64'");
  CHECK_THROWS_AS(ciess::parse_number_format(""), ciess::argument_error);
}

TEST_CASE("a format is turned into the type of its numbers", "[embedding]") {
  std::vector<bool> right;
  const auto is = [&]<class Expected>(number_format format) {
    ciess::with_number(format, [&]<class N>() { right.push_back(std::is_same_v<N, Expected>); });
  };
  is.operator()<float>(number_format::float32);
  is.operator()<ciess::bfloat16>(number_format::bfloat16);
  is.operator()<ciess::float16>(number_format::float16);
  is.operator()<std::int8_t>(number_format::eight_bits);
  is.operator()<ciess::bits<4>>(number_format::four_bits);
  is.operator()<ciess::bits<3>>(number_format::three_bits);
  is.operator()<ciess::bits<2>>(number_format::two_bits);
  CHECK(right == std::vector<bool>(ciess::number_formats.size(), true));
}

TEST_CASE("what a table will take is what it takes, part by part", "[embedding]") {
  const int most = GENERATE(1, 9, 256, 257);
  const ciess::index_t rows = GENERATE(0, 1, 64, 65, 200);
  auto engine = ciess::random_stream(1, ciess::purpose::user).at(0);
  std::vector<int> each(static_cast<std::size_t>(rows));
  for (int& s : each)
    s = 1 + static_cast<int>(ciess::bounded(engine, static_cast<std::uint32_t>(most)));
  const bool one_size = GENERATE(false, true);
  if (one_size) each.assign(each.size(), most);
  const ciess::sizes sizes(std::span<const int>(each), {1, most});
  const ciess::masked_table table(sizes);
  for (const auto format : ciess::number_formats) {
    const auto said = ciess::packed_memory_of(sizes, format);
    const auto is = ciess::with_number(
        format, [&]<class N>() { return ciess::pack<N>(table).view().memory(); });
    CHECK(said.values == is.values);
    CHECK(said.scales == is.scales);
    CHECK(said.book == is.book);
    CHECK(said.sizes == is.sizes);
    CHECK(said.index == is.index);
    CHECK(said.padding == is.padding);
  }
}
