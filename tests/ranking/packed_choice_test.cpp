// SPDX-License-Identifier: MIT
#include <ciess/ranking/packed_choice.hpp>

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include <ciess/core/random.hpp>
#include <ciess/embedding/packed_table.hpp>
#include <ciess/ranking/rank_packed.hpp>

#include "support/catch.hpp"

namespace {

using ciess::row_id;

ciess::masked_table some_rows(ciess::index_t rows, int columns) {
  std::vector<int> all(static_cast<std::size_t>(rows));
  for (std::size_t r = 0; r < all.size(); ++r) all[r] = 1 + static_cast<int>(r * 7) % columns;
  ciess::masked_table table(ciess::sizes(std::span<const int>(all), ciess::size_range{1, columns}));
  table.draw(ciess::normal_rows{.stddev = 1}, ciess::random_stream(1, ciess::purpose::user));
  return table;
}

}  // namespace

TEMPLATE_TEST_CASE("inverse_lengths makes rows of the length 1", "[ranking]", float,
                   ciess::bfloat16, std::int8_t, ciess::bits<4>, ciess::bits<3>, ciess::bits<2>) {
  const auto table = ciess::pack<TestType>(some_rows(9000, 20));
  const auto factors = ciess::inverse_lengths(table.view());
  const ciess::matrix dense = table.view().dense();
  REQUIRE(factors.size() == 9000);
  for (row_id r = 0; r < 9000; r += 13)
    CHECK(static_cast<double>(factors[static_cast<std::size_t>(r)]) *
              dense.row(r).cast<double>().norm() ==
          Approx(1).epsilon(1e-6));
}

TEST_CASE("inverse_length of a row without a direction is 0, and finite of any other",
          "[ranking]") {
  const std::vector<float> zeros(3), tiny{1e-39F, 0, 0}, small{0, 2e-38F, 0}, large{3e38F, 3e38F};
  const auto of = [](const std::vector<float>& row) {
    return ciess::inverse_length(
        ciess::packed_row<float>(row, static_cast<ciess::index_t>(row.size()), 1.0F));
  };
  CHECK(of(zeros) == 0);
  CHECK(of(tiny) == 0);
  CHECK(of(small) == Approx(0.5e38));
  CHECK(of(large) == Approx(1 / (std::sqrt(2.0) * 3e38)));
}

TEST_CASE("With inverse lengths as factors, rank_packed ranks by cosines", "[ranking]") {
  const auto items = ciess::pack<ciess::bits<4>>(some_rows(3000, 16));
  const auto factors = ciess::inverse_lengths(items.view());
  const ciess::matrix dense = items.view().dense();
  ciess::matrix query = dense.row(77);
  query /= query.norm();
  std::vector<ciess::scored_item> best;
  ciess::rank_packed(query, items.view(), {}, 20,
                     [&](ciess::index_t, std::span<const ciess::scored_item> found) {
                       best.assign(found.begin(), found.end());
                     },
                     {.factors = factors});
  REQUIRE(best.size() == 20);
  int better = 0;
  for (row_id i = 0; i < 3000; ++i) {
    const double cosine = dense.row(i).cast<double>().normalized().dot(query.row(0).cast<double>());
    better += cosine > static_cast<double>(best.back().score) + 1e-5 ? 1 : 0;
    for (const auto& b : best)
      if (b.item == i) CHECK(static_cast<double>(b.score) == Approx(cosine).margin(1e-5));
  }
  CHECK(better <= 20);
  CHECK(static_cast<double>(best.front().score) == Approx(1).margin(1e-5));
}
