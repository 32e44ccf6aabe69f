// SPDX-License-Identifier: MIT
#include <ciess/search/dnis/length_mover.hpp>
// its own header first
#include <ciess/core/types.hpp>

#include <vector>

#include "support/catch.hpp"
#include "support/memory_fields.hpp"

namespace {

const std::vector<ciess::table_shape> shapes{{30, {1, 8}}, {10, {2, 8}}};

/// Two blocks of 10 and 20 rows, one of 10.
ciess::ramp_lens small_lens() {
  std::vector<ciess::frequency_blocks> blocks;
  blocks.emplace_back(std::vector<double>(30, 1.0), std::vector<double>{1, 2});
  blocks.emplace_back(std::vector<double>(10, 1.0), std::vector<double>{1});
  ciess::ramp_lens lens(shapes, std::move(blocks));
  lens.alpha(0)[0] = lens.alpha(0)[1] = lens.alpha(1)[0] = 4.5;
  return lens;
}

/// Has the lens see slopes such that each block's is what is given.
void give(ciess::ramp_lens& lens, std::vector<double> first, double second) {
  std::vector<ciess::basic_masked_table<double>> tables;
  std::vector<ciess::basic_matrix<double>> slopes;
  for (std::size_t t = 0; t < 2; ++t) {
    tables.emplace_back(ciess::sizes(shapes[t].rows, shapes[t].range),
                        ciess::basic_matrix<double>::Ones(shapes[t].rows, 8));
    slopes.push_back(ciess::basic_matrix<double>::Zero(shapes[t].rows, 8));
    for (ciess::index_t r = 0; r < shapes[t].rows; ++r) {
      const std::size_t b = lens.blocks(t)[r];
      slopes[t].row(r).setConstant((t == 0 ? first[b] : second) /
                                   static_cast<double>(lens.blocks(t).rows(b)));
    }
  }
  lens.back(tables, slopes);
}

}  // namespace

TEST_CASE("lengths keep what they are wanted to keep", "[search]") {
  auto lens = small_lens();
  ciess::length_mover mover(lens);
  give(lens, {-3e-3, -1e-3}, -2e-3);
  CHECK(lens.slope(0)[1] == Approx(-1e-3));
  for (const double wanted : {179.0, 178.0, 178.0, 180.0}) {
    give(lens, {-3e-3, -1e-3}, -2e-3);
    mover.move(lens, shapes, 0.3, wanted);
    CHECK(lens.kept() == Approx(wanted).epsilon(1e-9));
  }
  // Numbers of the first block are worth the most, those of the second the least.
  CHECK(lens.alpha(0)[0] > lens.alpha(1)[0]);
  CHECK(lens.alpha(1)[0] > lens.alpha(0)[1]);
}

TEST_CASE("numbers that take more count more", "[search]") {
  const std::vector<double> costs{0.5, 2};
  auto lens = small_lens();
  ciess::length_mover mover(lens);
  const auto counted = [&] {
    double sum = 0;
    for (std::size_t t = 0; t < 2; ++t)
      for (std::size_t b = 0; b < lens.alpha(t).size(); ++b)
        sum += costs[t] * static_cast<double>(lens.blocks(t).rows(b)) * lens.alpha(t)[b];
    return sum;
  };
  const double before = counted();
  for (const double wanted : {before - 1, before - 3, before - 2}) {
    give(lens, {-3e-3, -2e-3}, -2e-3);
    mover.move(lens, shapes, 0.3, wanted, costs);
    CHECK(counted() == Approx(wanted).epsilon(1e-9));
  }
  // Worth 3e-4, 1e-4 and 2e-4 a number, and so 6e-4, 2e-4 and 1e-4 for what it takes.
  CHECK(lens.alpha(0)[0] > lens.alpha(0)[1]);
  CHECK(lens.alpha(0)[1] > lens.alpha(1)[0]);
}

TEST_CASE("the price is what a number is worth where a block stays", "[search]") {
  auto lens = small_lens();
  ciess::length_mover mover(lens);
  // Per number 3e-4, 1e-4, 2e-4: at a price of 2e-4 the last one stays, the others move by
  // (-3e-3 + 2e-3) / 3e-3 and (-2e-3 + 4e-3) / 2e-3.
  give(lens, {-3e-3, -2e-3}, -2e-3);
  const double wanted = lens.kept() + 0.1 * (10 * (1.0 / 3) - 20 * 1.0);
  CHECK(mover.move(lens, shapes, 0.1, wanted) == Approx(2e-4).epsilon(1e-9));
  CHECK(lens.alpha(0)[0] == Approx(4.5 + 0.1 / 3));
  CHECK(lens.alpha(0)[1] == Approx(4.4));
  CHECK(lens.alpha(1)[0] == Approx(4.5));
}

TEST_CASE("lengths move as far as the rate lets them, within their range", "[search]") {
  auto lens = small_lens();
  ciess::length_mover mover(lens);
  give(lens, {-3e-3, -1e-3}, -2e-3);
  mover.move(lens, shapes, 0.25, 0);
  for (const double alpha : {lens.alpha(0)[0], lens.alpha(0)[1], lens.alpha(1)[0]})
    CHECK(alpha == Approx(4.25));
  for (int i = 0; i < 40; ++i) mover.move(lens, shapes, 0.25, 0);
  CHECK(lens.alpha(0)[0] == 1);
  CHECK(lens.alpha(0)[1] == 1);
  CHECK(lens.alpha(1)[0] == 2);
  for (int i = 0; i < 40; ++i) mover.move(lens, shapes, 0.25, 1e9);
  CHECK(lens.kept() == 40 * 8);
}

TEST_CASE("without slopes all lengths fall alike, and a block without any falls first",
          "[search]") {
  auto lens = small_lens();
  ciess::length_mover mover(lens);
  mover.move(lens, shapes, 0.1, lens.kept() - 2);
  CHECK(lens.alpha(0)[0] == Approx(4.45));
  CHECK(lens.alpha(0)[1] == Approx(4.45));
  CHECK(lens.alpha(1)[0] == Approx(4.45));
  auto other = small_lens();
  give(other, {-3e-3, -1e-3}, 0);
  ciess::length_mover(other).move(other, shapes, 0.1, other.kept() - 1);
  CHECK(other.alpha(1)[0] == Approx(4.4));
  CHECK(other.alpha(0)[0] > 4.5);
}

TEST_CASE("what a mover remembers is saved", "[search]") {
  auto lens = small_lens();
  ciess::length_mover mover(lens);
  give(lens, {-3e-3, -1e-3}, -2e-3);
  mover.move(lens, shapes, 0.1, 175);
  auto saved = save_fields(mover);
  auto again = lens;
  ciess::length_mover loaded(again);
  load_fields(saved, loaded);
  for (auto* one : {&lens, &again}) give(*one, {1e-3, -2e-3}, -1e-4);
  CHECK(mover.move(lens, shapes, 0.1, 170) == loaded.move(again, shapes, 0.1, 170));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (auto& [name, bytes] : saved)
    bytes.replace(0, sizeof nan, reinterpret_cast<const char*>(&nan), sizeof nan);
  CHECK_THROWS_AS(load_fields(saved, loaded), ciess::data_error);
}
