// SPDX-License-Identifier: MIT
#include <ciess/search/budget/bytes.hpp>
// its own header first
#include <ciess/core/random.hpp>
#include <ciess/core/text.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/embedding/packed_table.hpp>
#include <ciess/search/budget/projection.hpp>
#include <ciess/search/budget/value_curves.hpp>
#include <ciess/search/rules/simple.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace {

using ciess::assignment;
using ciess::budget;
using ciess::number_format;

const std::vector<ciess::table_shape> shapes{{200, {1, 20}}, {70, {2, 21}}};

/// Unequal sizes that add up to the budget.
assignment drawn_sizes(budget limit) {
  return ciess::project(shapes, ciess::random_proposal(shapes, 3), limit);
}

/// Bytes of so many numbers of a row.
std::int64_t bytes_of(number_format format, std::int64_t numbers) {
  return ciess::with_number(format, [&]<class N>() -> std::int64_t {
    return ciess::stored_in<N>(numbers) * std::int64_t{sizeof(N)};
  });
}

bool fills_portions(const budget& limit, int size) {
  return limit.of(0).largest(limit.of(0).of(size)) == size;
}

}  // namespace

TEST_CASE("bytes of an assignment are those of its packed tables", "[search]") {
  const assignment a = drawn_sizes({1500});
  for (const auto format : ciess::number_formats) {
    const auto packed = ciess::with_number(format, [&]<class N>() {
      return ciess::pack<N>(ciess::masked_table(a[0])).view().memory().total() +
             ciess::pack<N>(ciess::masked_table(a[1])).view().memory().total();
    });
    CHECK(ciess::packed_bytes(a, format) == packed);
  }
}

TEST_CASE("a budget in bytes is used up and never exceeded, in every format and any portions",
          "[search]") {
  for (const auto format : ciess::number_formats)
    for (const int multiple : {1, 3, 4}) {
      const auto all = ciess::packed_bytes(assignment(shapes), format);
      std::int64_t least = 0;  // as the refusal says it
      try {
        (void)ciess::budget_in_bytes(shapes, format, std::int64_t{0}, multiple);
        FAIL("0 bytes hold no row");
      } catch (const ciess::argument_error& e) {
        const std::string text = e.what();
        least = std::stoll(text.substr(text.rfind(' ') + 1));
      }
      CHECK_THROWS_AS(ciess::budget_in_bytes(shapes, format, least - 1, multiple),
                      ciess::argument_error);
      CHECK(least == ciess::least_bytes(shapes, format, multiple));
      // With an index: see below for less.
      for (std::int64_t bytes = ciess::least_unequal_bytes(shapes, format, multiple);
           bytes <= all + 9; bytes += 83) {
        CAPTURE(ciess::name_of(format), multiple, bytes);
        const budget limit = ciess::budget_in_bytes(shapes, format, bytes, multiple);
        CHECK(limit.multiple % multiple == 0);
        const assignment a = drawn_sizes(limit);
        const std::int64_t used = ciess::packed_bytes(a, format);
        CHECK(used <= bytes);
        if (a == assignment(shapes)) continue;
        // A portion that d_max does not fill may have saved up to a portion in each row at d_max,
        // and a table of one size needs no index.
        std::int64_t saved = 0;
        for (std::size_t t = 0; t < a.size(); ++t) {
          if (std::ranges::adjacent_find(a[t].values(), std::ranges::not_equal_to{}) ==
              a[t].values().end())
            saved += ciess::with_number(format, [&]<class N>() {
              return ciess::detail::packed_memory_beside<N>(shapes[t].rows, shapes[t].range, true)
                         .total() -
                     ciess::detail::packed_memory_beside<N>(shapes[t].rows, shapes[t].range, false)
                         .total();
            });
          for (const auto size : a[t].values()) {
            CHECK((size == shapes[t].range.max || fills_portions(limit, size)));
            saved += bytes_of(format, limit.of(0).largest(limit.of(0).of(size))) -
                     bytes_of(format, size);
          }
        }
        CHECK(used + saved > bytes - bytes_of(format, limit.of(0).largest(1)));
      }
    }
}

TEST_CASE("shares of bytes are those of the full tables as floats", "[search]") {
  const std::int64_t dense = 4 * (200 * 20 + 70 * 21);
  for (const double removed : {0.5, 0.75, 0.875}) {
    const auto bytes = static_cast<std::int64_t>((1 - removed) * static_cast<double>(dense));
    CHECK(ciess::budget_in_bytes(shapes, number_format::eight_bits, removed) ==
          ciess::budget_in_bytes(shapes, number_format::eight_bits, bytes));
  }
  for (const double removed : {0.0, 1.0, -1.0, std::numeric_limits<double>::quiet_NaN()})
    CHECK_THROWS_WITH(ciess::budget_in_bytes(shapes, number_format::float32, removed),
                      ContainsSubstring("share of bytes to remove"));
  CHECK_THROWS_WITH(ciess::budget_in_bytes(shapes, number_format::float32, 0.5, 0),
                    ContainsSubstring("multiples of 1 to 65535, got 0"));
}

TEST_CASE("without rows nothing is needed", "[search]") {
  const std::vector<ciess::table_shape> none{{0, {1, 4}}};
  CHECK(ciess::budget_in_bytes(none, number_format::four_bits, std::int64_t{8}).numbers == 0);
  CHECK(ciess::budget_in_bytes(none, number_format::four_bits, std::int64_t{0})
            .met_by(assignment(none)));
  CHECK(ciess::packed_bytes(assignment(none), number_format::four_bits) <= 8);
}

TEST_CASE("tables of one size each may have what their index would take", "[search]") {
  int of_one_size = 0;
  for (const auto format : ciess::number_formats)
    for (const int multiple : {1, 4}) {
      const auto all = ciess::packed_bytes(assignment(shapes), format);
      for (std::int64_t bytes = ciess::least_bytes(shapes, format, multiple); bytes < all;
           bytes += 131)
        for (const float users : {-1.0F, 0.1F, 1.0F, 3.0F, 16.0F}) {
          CAPTURE(ciess::name_of(format), multiple, bytes, users);
          const budget limit = ciess::budget_in_bytes(shapes, format, bytes, multiple);
          const ciess::proposal wanted{
              std::vector<float>(static_cast<std::size_t>(shapes[0].rows), users),
              std::vector<float>(static_cast<std::size_t>(shapes[1].rows), 1.0F)};
          const assignment a = ciess::project(shapes, wanted, limit);
          CHECK(limit.met_by(a));
          CHECK(ciess::packed_bytes(a, format) <= bytes);
          // Never fewer numbers than sizes that differ would keep.
          if (bytes < ciess::least_unequal_bytes(shapes, format, multiple)) continue;
          budget without = limit;
          without.one_size.clear();
          // Where d_max fills no whole portion, as their portions count.
          const auto portions = [&](const assignment& of) {
            std::int64_t sum = 0;
            for (const auto& table : of)
              for (const auto size : table.values()) sum += limit.of(0).cost(size);
            return sum;
          };
          CHECK(portions(a) >= portions(ciess::project(shapes, wanted, without)));
          if (ciess::only_size(a[0]) == 0 || ciess::only_size(a[1]) == 0) continue;
          ++of_one_size;
          for (std::size_t t = 0; t < 2; ++t) {
            const int size = ciess::only_size(a[t]), most = shapes[t].range.max;
            CHECK((size == most || fills_portions(limit, size)));
            if (size == most) continue;
            // Neither table could have a portion more.
            std::vector<ciess::sizes> more{a[0], a[1]};
            const auto next = static_cast<int>(limit.of(0).largest(limit.of(0).of(size) + 1));
            more[t] = ciess::sizes(shapes[t].rows, shapes[t].range, std::min(next, most));
            CHECK_FALSE(limit.met_by(assignment(more)));
            // A portion that d_max does not fill counts whole; numbers of four bytes may leave
            // three of them.
            if (fills_portions(limit, ciess::only_size(more[0])) &&
                fills_portions(limit, ciess::only_size(more[1])))
              CHECK(ciess::packed_bytes(assignment(more), format) > bytes - 8);
          }
        }
    }
  CHECK(of_one_size > 500);
  // Nobody asks for anything: as if all asked for the same.
  const budget limit = ciess::budget_in_bytes(shapes, number_format::four_bits, std::int64_t{2000});
  const auto of = [&](float asked) {
    return ciess::project(shapes,
                          {std::vector<float>(static_cast<std::size_t>(shapes[0].rows), asked),
                           std::vector<float>(static_cast<std::size_t>(shapes[1].rows), asked)},
                          limit);
  };
  CHECK(of(0) == of(1));
  CHECK(of(-3) == of(1));
  // Numbers are no bytes: there the same proposals meet a budget exactly.
  const budget numbers{1500};
  const ciess::proposal wanted{std::vector<float>(static_cast<std::size_t>(shapes[0].rows), 1.0F),
                               std::vector<float>(static_cast<std::size_t>(shapes[1].rows), 1.0F)};
  CHECK(ciess::project(shapes, wanted, numbers).total() == 1500);
}

TEST_CASE("bytes that hold no index hold rows of one size, down to the smallest", "[search]") {
  for (const auto format : ciess::number_formats)
    for (const int multiple : {1, 4}) {
      const std::int64_t least = ciess::least_bytes(shapes, format, multiple);
      const std::int64_t unequal = ciess::least_unequal_bytes(shapes, format, multiple);
      CAPTURE(ciess::name_of(format), multiple, least, unequal);
      // The sizes that the first portion holds take what the smallest budget says.
      const budget smallest = ciess::budget_in_bytes(shapes, format, least, multiple);
      std::vector<ciess::sizes> first;
      for (const auto& s : shapes)
        first.emplace_back(
            s.rows, s.range,
            static_cast<int>(smallest.of(0).largest(smallest.of(0).of(s.range.min))));
      CHECK(ciess::packed_bytes(assignment(first), format) == least);
      if (multiple == 1 && format < number_format::four_bits)
        CHECK((ciess::only_size(first[0]) == 1 && ciess::only_size(first[1]) == 2));
      REQUIRE(unequal > least + 300);  // 270 rows, a byte for the size of each and an index
      CHECK_THROWS_WITH(
          ciess::budget_in_bytes(shapes, format, least - 1, multiple),
          ContainsSubstring("do not hold the smallest sizes, which take " + std::to_string(least)));
      std::vector<ciess::proposal> wanted{
          ciess::equal_proposal(shapes),
          ciess::random_proposal(shapes, 3),
          {std::vector<float>(200, 1e30F), std::vector<float>(70, -5.0F)},
          {std::vector<float>(200, 0.0F), std::vector<float>(70, 1e30F)}};
      wanted[3][1][0] = 1;
      std::vector<ciess::matrix> values;
      for (const auto& s : shapes) values.push_back(ciess::matrix::Ones(s.rows, s.range.max));
      const ciess::value_curves curves(std::move(values));
      // With room for the indices and nothing beside them, rows keep no less than without.
      const budget last_equal = ciess::budget_in_bytes(shapes, format, unequal - 1, multiple);
      const budget first_unequal = ciess::budget_in_bytes(shapes, format, unequal, multiple);
      CHECK(first_unequal.numbers >= first_unequal.least(shapes));
      for (const auto& p : wanted)
        CHECK(ciess::project(shapes, p, first_unequal).total() >=
              ciess::project(shapes, p, last_equal).total());
      CHECK(ciess::project_by_value(shapes, curves, first_unequal).total() >=
            ciess::project_by_value(shapes, curves, last_equal).total());
      for (const std::int64_t bytes : {least, least + 1, least + 200, unequal - 1}) {
        CAPTURE(bytes);
        const budget limit = ciess::budget_in_bytes(shapes, format, bytes, multiple);
        CHECK_FALSE(limit.numbers >= limit.least(shapes));
        const auto check = [&](const assignment& a) {
          CHECK(limit.met_by(a));
          CHECK(ciess::packed_bytes(a, format) <= bytes);
          for (std::size_t t = 0; t < 2; ++t) {
            REQUIRE(ciess::only_size(a[t]) != 0);
            // No table could have a portion more.
            std::vector<ciess::sizes> more{a[0], a[1]};
            const auto next = limit.of(t).largest(limit.of(t).of(ciess::only_size(a[t])) + 1);
            if (next > shapes[t].range.max) continue;
            more[t] = ciess::sizes(shapes[t].rows, shapes[t].range, static_cast<int>(next));
            CHECK_FALSE(limit.met_by(assignment(more)));
          }
        };
        for (const auto& p : wanted) check(ciess::project(shapes, p, limit));
        check(ciess::project_by_value(shapes, curves, limit));
        if (bytes == least) CHECK(ciess::project(shapes, wanted[1], limit) == assignment(first));
      }
      // And from there on rows may differ.
      const budget limit = ciess::budget_in_bytes(shapes, format, unequal, multiple);
      CHECK(limit.numbers >= limit.least(shapes));
    }
  // Too few numbers without bytes to save are refused as ever.
  CHECK_THROWS_WITH(
      ciess::project(shapes, ciess::equal_proposal(shapes), budget{300}),
      ContainsSubstring("budget of 300 numbers, but the smallest sizes alone need 340"));
  CHECK_THROWS_WITH(
      ciess::project(shapes, ciess::equal_proposal(shapes),
                     budget{.numbers = -400, .one_size = {300, 300}}),
      ContainsSubstring("budget of 200 numbers, but the smallest sizes alone need 340"));
}
