// SPDX-License-Identifier: MIT
#include <ciess/backbone/lightgcn.hpp>
// its own header first
#include "support/catch.hpp"

TEST_CASE("LightGCN's vectors are the mean of the layers, worked by hand", "[backbone]") {
  // One user with both items: A has entries 1/sqrt(2), so A^2 e = e for the user, and the mean of
  // items for each item.
  const ciess::interactions data(2, 3, {{0, 0}, {0, 1}});
  ciess::basic_lightgcn<double>::options o;
  o.range = {1, 1};
  o.batch = 2;
  o.network = {.layers = 2};
  ciess::basic_lightgcn<double> model(data, o, 1);
  const double u = model.table(0).values()(0, 0);
  const double a = model.table(1).values()(0, 0);
  const double b = model.table(1).values()(1, 0);
  const double s = std::sqrt(0.5);
  CHECK(model.user_vectors()(0, 0) == Approx((u + s * (a + b) + u) / 3));
  CHECK(model.item_vectors()(0, 0) == Approx((a + s * u + (a + b) / 2) / 3));
  // Rows without interactions keep a third of themselves and get nothing.
  CHECK(model.user_vectors()(1, 0) == Approx(model.table(0).values()(1, 0) / 3));
  CHECK(model.item_vectors()(2, 0) == Approx(model.table(1).values()(2, 0) / 3));
}

TEST_CASE("LightGCN refuses a number of layers that is none", "[backbone]") {
  const ciess::interactions data(2, 3, {{0, 0}, {0, 1}});
  ciess::lightgcn::options o;
  o.network.layers = GENERATE(-1, 17);
  CHECK_THROWS_AS(ciess::lightgcn(data, o, 1), ciess::argument_error);
}
