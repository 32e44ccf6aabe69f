// SPDX-License-Identifier: MIT
#include <ciess/backbone/chosen_click_network.hpp>
// its own header first
#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <ciess/data/click_dataset.hpp>
#include <ciess/data/synthetic_clicks.hpp>

#include "support/catch.hpp"

namespace {

const ciess::click_dataset& data() {
  static const ciess::click_dataset made = ciess::make_click_dataset(
      ciess::make_impressions({.fields = {{.name = "user", .rows = 60, .factors = 4},
                                          {.name = "item", .rows = 40, .factors = 4},
                                          {.name = "genres", .rows = 8, .most_values = 3}},
                               .impressions = 1500,
                               .features = 2})
          .loaded);
  return made;
}

ciess::chosen_click_model::options options_of(ciess::click_network_kind kind) {
  ciess::chosen_click_model::options o;
  o.range = {1, 6};
  o.batch = 300;
  o.network.kind = kind;
  o.network.for_deep_fm.hidden = {12};
  o.network.for_dcn.hidden = {12};
  o.network.for_dcn.cross_layers = 2;
  o.network.for_dlrm.bottom = {5};
  o.network.for_dlrm.hidden = {12};
  o.network.for_dlrm.dropout = 0.1;
  return o;
}

/// Predictions of both after some steps, before and after the columns are made ready for cuts.
template <class Own>
void check_same(ciess::click_network_kind kind, const typename Own::options& own_options) {
  const auto& d = data();
  ciess::chosen_click_model chosen(d.train, options_of(kind), 3);
  Own own(d.train, own_options, 3);
  CHECK(chosen.first_order() == own.first_order());
  CHECK(std::ranges::equal(chosen.shapes(), own.shapes()));
  CHECK(chosen.other_numbers() == own.other_numbers());
  CHECK(chosen.train(7) == own.train(7));
  const auto same = [&] {
    std::vector<float> a(static_cast<std::size_t>(d.test.size())), b(a.size());
    chosen.predict(d.test, a);
    own.predict(d.test, b);
    return a == b;
  };
  CHECK(same());
  chosen.rotate_to_principal_axes();
  own.rotate_to_principal_axes();
  CHECK(same());
  const auto state = chosen.snapshot();
  chosen.train(3);
  CHECK_FALSE(same());
  chosen.restore(state);
  CHECK(same());
  CHECK(chosen.layers().size() == own.layers().size());
}

template <class Own>
typename Own::options common(ciess::click_network_kind kind) {
  const auto all = options_of(kind);
  typename Own::options o;
  o.range = all.range;
  o.batch = all.batch;
  return o;
}

}  // namespace

TEST_CASE("a chosen click network computes what the network of its name does", "[backbone]") {
  using kind = ciess::click_network_kind;
  check_same<ciess::fm>(kind::fm_net, common<ciess::fm>(kind::fm_net));
  auto deep = common<ciess::deep_fm>(kind::deep_fm_net);
  deep.network = options_of(kind::deep_fm_net).network.for_deep_fm;
  check_same<ciess::deep_fm>(kind::deep_fm_net, deep);
  auto cross = common<ciess::dcn>(kind::dcn_net);
  cross.network = options_of(kind::dcn_net).network.for_dcn;
  check_same<ciess::dcn>(kind::dcn_net, cross);
  auto products = common<ciess::dlrm>(kind::dlrm_net);
  products.network = options_of(kind::dlrm_net).network.for_dlrm;
  check_same<ciess::dlrm>(kind::dlrm_net, products);
}

TEST_CASE("click networks have names", "[backbone]") {
  for (const auto name : ciess::click_network_names)
    CHECK(ciess::name_of(ciess::parse_click_network(name)) == name);
  CHECK_THROWS_WITH(ciess::parse_click_network("lr"),
                    ContainsSubstring("expected fm, deepfm, dcn or dlrm, got lr"));
}

TEST_CASE("options of one network choose it", "[backbone]") {
  using options = ciess::chosen_click_network<float>::options;
  const auto crossed = options::of(ciess::dcn_network<float>::options{.rank = 3});
  CHECK(crossed.kind == ciess::click_network_kind::dcn_net);
  CHECK(crossed.for_dcn.rank == 3);
  CHECK(options::of(ciess::fm_network<float>::options{}).kind == ciess::click_network_kind::fm_net);
  CHECK(options::of(ciess::deep_fm_network<float>::options{.hidden = {2}}).for_deep_fm.hidden ==
        std::vector<ciess::index_t>{2});
  CHECK(options::of(ciess::dlrm_network<float>::options{.bottom_relu = true}).for_dlrm.bottom_relu);
  CHECK(options::of(crossed).kind == crossed.kind);
  CHECK(options::of(crossed).for_dcn.rank == 3);
}
