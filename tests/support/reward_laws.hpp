// SPDX-License-Identifier: MIT
/// @file
/// The laws that the comment on `ciess::reward_policy` promises.
#pragma once

#include <ciess/search/ciess/reward.hpp>

#include "support/catch.hpp"

template <ciess::reward_policy R>
void check_reward_laws(const R& rule) {
  for (const int size : {1, 2, 64, 127})
    for (const double quality : {0.0, 0.25, 0.9})
      for (const double price : {0.0, 0.4, 10.0}) {
        CAPTURE(size, quality, price);
        const ciess::row_outcome row{.quality = quality, .full = 0.5, .size = size, .d_max = 128};
        auto better = row;
        better.quality += 0.1;
        auto larger = row;
        ++larger.size;
        CHECK(rule(row, price) == rule(row, price));
        CHECK(rule(row, price) <= rule(better, price));
        CHECK(rule(row, price) >= rule(larger, price));
        CHECK(rule(row, price) >= rule(row, price + 0.1));
      }
}
