// SPDX-License-Identifier: MIT
#include <ciess/backbone/ragged_mf.hpp>

#include <algorithm>

#include "support/catch.hpp"
#include "support/small_recommender.hpp"

TEST_CASE("ragged matrix factorisation learns a small data set by heart", "[backbone]") {
  ciess::ragged_mf::options o;
  o.range = {1, 24};
  o.batch = 256;
  o.penalty = 0;
  o.rate.factor = 1;
  o.updates = ciess::row_update_options{};
  const ciess::assignment sizes(
      std::vector{ciess::sizes(40, o.range, 20), ciess::sizes(30, o.range)});
  ciess::ragged_mf model(support::small_data(), o, sizes, 1);
  CHECK(model.train(1) > 0.4);
  model.train(400);
  CHECK(model.train(20) < 0.15);
  // The score is the inner product of the numbers that both rows have.
  ciess::matrix scores(1, 30);
  model.score(7, scores);
  double expected = 0;
  for (std::size_t j = 0; j < 20; ++j)
    expected +=
        static_cast<double>(model.table(0)[7][j]) * static_cast<double>(model.table(1)[4][j]);
  CHECK(static_cast<double>(scores(0, 4)) == Approx(expected).epsilon(1e-4));
}
