// SPDX-License-Identifier: MIT
#include <ciess/backbone/dlrm.hpp>
// its own header first
#include <cstddef>
#include <vector>

#include <ciess/nn/gradient_check.hpp>

#include "support/catch.hpp"
#include "support/small_clicks.hpp"
#include "support/small_recommender.hpp"

namespace {

using model = ciess::basic_dlrm<double>;

}  // namespace

TEST_CASE("every form of DLRM has right gradients, with rows of any size", "[backbone]") {
  const bool features = GENERATE(false, true), relu = GENERATE(false, true);
  const auto data = support::made_clicks({.features = features});
  auto o = support::small_click_options<model>(5);
  o.network.bottom_relu = relu;
  if (relu) o.network.bottom.clear();
  model m(data, o, 3);
  CHECK(m.shapes().size() == 4);  // features have no rows
  m.resize(support::mixed_sizes(m));
  m.train(2);
  const auto found = ciess::check_gradients(m);
  CAPTURE(features, relu, found.where, found.gradient, found.difference);
  CHECK(found.worst < 2e-6);
  CHECK(found.largest > 1e-3);
}

TEST_CASE("a DLRM with ReLU at its bottom keeps its predictions where columns change places",
          "[backbone]") {
  auto o = support::small_click_options<model>(6);
  o.network.bottom_relu = GENERATE(false, true);
  model m(support::small_clicks(), o, 3);
  m.train(30);
  const auto before = support::predictions(m);
  const auto tables = m.snapshot().weights.tables;
  m.rotate_to_principal_axes();
  const auto after = support::predictions(m);
  for (std::size_t i = 0; i < before.size(); ++i)
    REQUIRE(after[i] == Approx(before[i]).margin(1e-11));
  bool moved = true;  // whether each column of a table is one that was there
  for (ciess::index_t j = 0; j < 6; ++j) {
    bool found = false;
    for (ciess::index_t k = 0; k < 6; ++k)
      found = found || m.table(0).values().col(j) == tables[0].values().col(k);
    moved = moved && found;
  }
  CHECK(moved == o.network.bottom_relu);
}

TEST_CASE("a DLRM needs two vectors that it can multiply", "[backbone]") {
  ciess::impressions::parts p;
  p.fields = {{"user", 4}};
  p.single = {1, 2, 3};
  p.labels = {0, 1, 0};
  const ciess::impressions lonely(p);
  CHECK_THROWS_WITH(ciess::dlrm(lonely, {}, 1), ContainsSubstring("two fields"));
  p.features = {"price"};
  p.numbers = ciess::matrix::Ones(3, 1);
  const ciess::impressions priced(p);
  ciess::dlrm model(priced, {}, 1);
  CHECK(model.train(3) > 0);
}
