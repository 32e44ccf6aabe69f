// SPDX-License-Identifier: MIT
#include <ciess/backbone/dcn.hpp>
// its own header first
#include <cstddef>
#include <string>
#include <vector>

#include <ciess/nn/gradient_check.hpp>

#include "support/catch.hpp"
#include "support/small_clicks.hpp"
#include "support/small_recommender.hpp"

namespace {

using model = ciess::basic_dcn<double>;

model::options options_of(ciess::dcn_structure structure, int layers, int rank) {
  auto o = support::small_click_options<model>(5);
  o.network.structure = structure;
  o.network.cross_layers = layers;
  o.network.rank = rank;
  return o;
}

}  // namespace

TEST_CASE("every form of DCN-V2 has right gradients, with rows of any size", "[backbone]") {
  const auto structure = GENERATE(ciess::dcn_structure::parallel, ciess::dcn_structure::stacked);
  const int layers = GENERATE(0, 2), rank = GENERATE(0, 3);
  model m(support::small_clicks(), options_of(structure, layers, rank), 3);
  m.resize(support::mixed_sizes(m));
  m.train(2);
  const auto found = ciess::check_gradients(m, {.most = 300});
  CAPTURE(layers, rank, found.where, found.gradient, found.difference);
  CHECK(found.worst < 2e-6);
  CHECK(found.largest > 1e-3);
}

TEST_CASE("columns of a DCN-V2 come in the order of their energy, whatever its form",
          "[backbone]") {
  const auto structure = GENERATE(ciess::dcn_structure::parallel, ciess::dcn_structure::stacked);
  auto o = options_of(structure, 2, GENERATE(0, 3));
  o.ranges = {{1, 5}, {1, 3}, {1, 5}, {1, 2}, {1, 4}};
  model m(support::small_clicks(), o, 3);
  m.train(30);
  const auto before = support::predictions(m);
  m.rotate_to_principal_axes();
  const auto after = support::predictions(m);
  for (std::size_t i = 0; i < before.size(); ++i)
    REQUIRE(after[i] == Approx(before[i]).margin(1e-11));
  for (std::size_t t = 0; t < m.shapes().size(); ++t) {
    const auto& values = m.table(t).values();
    for (ciess::index_t j = 0; j + 1 < values.cols(); ++j)
      CHECK(values.col(j).squaredNorm() >= values.col(j + 1).squaredNorm());
  }
}

TEST_CASE("a DCN-V2 says what layers it has", "[backbone]") {
  using names = std::vector<std::string>;
  auto o = support::small_click_options<ciess::dcn>(5);
  o.network.cross_layers = 1;
  const auto named = [&] {
    names all;
    const ciess::dcn made(support::small_clicks(), o, 1);
    for (const auto& l : made.layers()) all.push_back(l.name);
    return all;
  };
  o.network.hidden = {4};
  CHECK(named() == names{"cross-0-weights", "cross-0-bias", "cross-top", "deep-0-weights",
                         "deep-0-bias", "deep-1-weights", "deep-1-bias"});
  o.network.structure = ciess::dcn_structure::stacked;
  o.network.rank = 2;
  o.network.hidden = {};
  CHECK(named() ==
        names{"cross-0-down", "cross-0-up", "cross-0-bias", "deep-0-weights", "deep-0-bias"});
  o.network.cross_layers = -1;
  CHECK_THROWS_AS(ciess::dcn(support::small_clicks(), o, 1), ciess::argument_error);
}
