// SPDX-License-Identifier: MIT
#include <ciess/ranking/detail/score_tile.hpp>

#include <ciess/ranking/detail/item_panels.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/ranking_data.hpp"

namespace {

using ciess::matrix;
using ciess::row_id;
using ciess::detail::panel_items;
using ciess::detail::score_tile;
using ciess::detail::tile_users;
using testing_support::small_integers;

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

}  // namespace

TEST_CASE("score_tile gives the products, wherever it writes them", "[ranking]") {
  const ciess::index_t columns = GENERATE(0, 1, 2, 12, 33);
  const ciess::index_t stride = panel_items + GENERATE(0, 5);
  const matrix items = small_integers(columns, panel_items, 1);
  const matrix users = small_integers(columns, tile_users, 2);
  const std::vector<float> thresholds(tile_users, infinity);
  matrix scores = matrix::Constant(tile_users, stride, 77.0F);
  CHECK_FALSE(
      score_tile(items.data(), users.data(), columns, thresholds.data(), scores.data(), stride));
  CHECK(scores.leftCols(panel_items) == matrix(users.transpose() * items));
  CHECK((scores.rightCols(stride - panel_items).array() == 77.0F).all());

  // One user alone has the same.
  matrix alone = matrix::Constant(1, stride, 77.0F);
  CHECK_FALSE(
      score_tile<1>(items.data(), users.data(), columns, thresholds.data(), alone.data(), stride));
  CHECK(alone == scores.topRows(1));
}

TEST_CASE("score_tile gives one user alone the bytes that a whole tile gives", "[ranking]") {
  constexpr ciess::index_t columns = 37;
  matrix items(columns, panel_items), users(columns, tile_users);
  for (ciess::index_t k = 0; k < items.size(); ++k) items.data()[k] = std::sin(float(k) * 1.7F);
  for (ciess::index_t k = 0; k < users.size(); ++k) users.data()[k] = std::cos(float(k) * 0.3F);
  const std::vector<float> thresholds(tile_users, infinity);
  matrix scores(tile_users, panel_items), alone(1, panel_items);
  static_cast<void>(score_tile(items.data(), users.data(), columns, thresholds.data(),
                               scores.data(), panel_items));
  static_cast<void>(score_tile<1>(items.data(), users.data(), columns, thresholds.data(),
                                  alone.data(), panel_items));
  CHECK(alone == scores.topRows(1));
}

TEST_CASE("score_tile tells whether a score reaches the threshold of its user", "[ranking]") {
  const auto u = static_cast<ciess::index_t>(GENERATE(0, 1, 3, 5));
  const auto i = static_cast<ciess::index_t>(GENERATE(0, 1, 7, 8, 15, 16, 30, 31));
  matrix items = matrix::Zero(1, panel_items);
  matrix users = matrix::Zero(1, tile_users);
  items(0, i) = 3.0F;
  users(0, u) = 2.0F;
  std::vector<float> thresholds(tile_users, 1.0F);
  matrix scores(tile_users, panel_items);
  const auto reached = [&](float threshold) {
    thresholds[static_cast<std::size_t>(u)] = threshold;
    return score_tile(items.data(), users.data(), 1, thresholds.data(), scores.data(), panel_items);
  };
  CHECK(reached(5.0F));
  CHECK(reached(6.0F));
  CHECK_FALSE(reached(std::nextafter(6.0F, 7.0F)));
  if (u == 0) {
    thresholds[0] = 6.0F;
    CHECK(score_tile<1>(items.data(), users.data(), 1, thresholds.data(), scores.data(),
                        panel_items));
    thresholds[0] = std::nextafter(6.0F, 7.0F);
    CHECK_FALSE(score_tile<1>(items.data(), users.data(), 1, thresholds.data(), scores.data(),
                              panel_items));
  }
  users(0, u) = not_a_number;
  CHECK(reached(infinity));
}

TEST_CASE("item_panels holds every item once, the longest first, and zeros behind", "[ranking]") {
  const ciess::index_t n = GENERATE(0, 1, 31, 32, 33, 600);
  const ciess::index_t columns = GENERATE(0, 3);
  matrix items = small_integers(n, columns, 1);
  if (n > 1 && columns > 0) items(1, 0) = not_a_number;
  const ciess::detail::item_panels panels{items};
  REQUIRE(panels.count() == (n + 31) / 32);
  REQUIRE(panels.items() == n);
  const auto at = [&](ciess::index_t position, ciess::index_t c) {
    return panels[position / panel_items][c * panel_items + position % panel_items];
  };
  float before = infinity;
  for (ciess::index_t position = 0; position < n; ++position) {
    const row_id item = panels.item(position);
    REQUIRE(panels.position(item) == position);
    for (ciess::index_t c = 0; c < columns; ++c)
      REQUIRE((at(position, c) == items(item, c) || std::isnan(items(item, c))));
    const float length = items.row(item).squaredNorm();
    if (std::isnan(length)) continue;
    CHECK(length <= before);
    before = length;
  }
  for (ciess::index_t position = n; position < panels.count() * panel_items; ++position)
    for (ciess::index_t c = 0; c < columns; ++c) REQUIRE(at(position, c) == 0.0F);
}
