// SPDX-License-Identifier: MIT
#include <ciess/backbone/packed_click_model.hpp>
// its own header first
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ciess/core/threads.hpp>
#include <ciess/embedding/number_format.hpp>
#include <ciess/embedding/packed_table.hpp>

#include "support/catch.hpp"
#include "support/small_clicks.hpp"
#include "support/small_recommender.hpp"

namespace {

using ciess::index_t;
using ciess::packed_click_model;
using ciess::packed_click_parts;
using support::larger_clicks;
using support::predictions;
using support::small_click_options;

/// The tables of a model as they are stored, and all that refers to them.
template <class N, class Model>
struct packed_parts_of {
  std::vector<ciess::packed_table<N>> tables;
  packed_click_parts parts;

  explicit packed_parts_of(const Model& model) {
    const auto& data = model.trained_on();
    for (std::size_t t = 0; t < model.shapes().size(); ++t)
      tables.push_back(ciess::pack<N>(model.table(t)));
    for (const auto& t : tables) parts.tables.emplace_back(t.view());
    parts.fields.assign(data.fields().begin(), data.fields().end());
    parts.features.assign(data.features().begin(), data.features().end());
    parts.layers = model.layers();
    parts.network = decltype(parts.network)::of(model.settings().network);
  }
};

std::vector<float> scores(const packed_click_model& served, const ciess::impressions& shown) {
  std::vector<float> odds(static_cast<std::size_t>(shown.size()));
  served.predict(shown, odds);
  return odds;
}

/// The same impressions as a batch.
ciess::click_batch batch_of(const ciess::impressions& shown, index_t first, index_t last) {
  ciess::click_batch b(shown.fields().size(), shown.features().size());
  for (index_t i = first; i < last; ++i) {
    b.begin();
    for (std::size_t k = 0; k < shown.fields().size(); ++k)
      for (const auto r : shown.values(i, k)) b.add(k, r);
    for (std::size_t f = 0; f < shown.features().size(); ++f)
      b.set(f, shown.numbers()(i, static_cast<index_t>(f)));
    b.keep();
  }
  return b;
}

template <class Model>
void check_same(const typename Model::options& o, ciess::number_format format,
                const ciess::impressions& data, const ciess::impressions& shown) {
  Model model(data, o, 3);
  model.train(3);
  model.resize(support::mixed_sizes(model));
  model.store_as(format);
  model.train(4);
  const auto wanted = predictions(model, shown);
  ciess::with_number(format, [&]<class N>() {
    const packed_parts_of<N, Model> own(model);
    const packed_click_model served(own.parts);
    CHECK(scores(served, shown) == wanted);
  });
}
template <class Model>
void check_same(const typename Model::options& o, ciess::number_format format) {
  check_same<Model>(o, format, support::small_clicks(), larger_clicks());
}

/// Parts whose tables live as long as the test.
template <class Model>
const packed_parts_of<float, Model>& small_parts() {
  static const ciess::impressions& data = support::small_clicks();
  static Model model(data, small_click_options<Model>(), 5);
  static const packed_parts_of<float, Model> parts(model);
  return parts;
}

}  // namespace

// The same kernels run on the same numbers, so nothing but equality to the bit is asked for.
TEMPLATE_TEST_CASE("what is scored from packed tables is what the model predicts", "[backbone]",
                   ciess::fm, ciess::deep_fm, ciess::dcn, ciess::dlrm) {
  using enum ciess::number_format;
  for (const auto format : {float32, bfloat16, eight_bits, four_bits, two_bits})
    check_same<TestType>(small_click_options<TestType>(), format);
  const auto bare = support::made_clicks({.impressions = 700, .features = false});
  check_same<TestType>(small_click_options<TestType>(6, bare), four_bits, bare, bare);
}

TEST_CASE("networks with other options are scored, too", "[backbone]") {
  auto crossed = small_click_options<ciess::dcn>();
  crossed.network.structure = ciess::dcn_structure::stacked;
  crossed.network.rank = 4;
  crossed.network.cross_layers = 2;
  check_same<ciess::dcn>(crossed, ciess::number_format::four_bits);
  crossed.network.hidden = {};
  check_same<ciess::dcn>(crossed, ciess::number_format::float32);
  auto relu = small_click_options<ciess::dlrm>();
  relu.network.bottom_relu = true;
  relu.network.bottom = {};
  check_same<ciess::dlrm>(relu, ciess::number_format::four_bits);
  auto ranges = small_click_options<ciess::fm>();
  ranges.ranges = {{1, 8}, {1, 4}, {1, 3}, {1, 1}, {1, 5}};
  check_same<ciess::fm>(ranges, ciess::number_format::three_bits);
}

TEMPLATE_TEST_CASE("a score depends neither on its neighbours nor on threads",
                   "[backbone][threads]", ciess::fm, ciess::deep_fm, ciess::dcn, ciess::dlrm) {
  const packed_click_model served(small_parts<TestType>().parts);
  const auto& shown = larger_clicks();
  const auto all = scores(served, shown);
  for (const int n : {1, 2, 3}) {
    const ciess::threads pool(n);
    CHECK(scores(served, shown) == all);
  }
  bool same = true;
  for (const index_t length : {1, 2, 3, 7, 200, 300})
    for (index_t first = 0; first + length <= shown.size(); first += 97 * length) {
      const auto some = batch_of(shown, first, first + length);
      std::vector<float> odds(static_cast<std::size_t>(length));
      served.predict(some, odds);
      for (index_t i = 0; i < length; ++i)
        same &= odds[static_cast<std::size_t>(i)] == all[static_cast<std::size_t>(first + i)];
    }
  CHECK(same);
}

TEST_CASE("tables and layers that are not those of the network are refused", "[backbone]") {
  const auto refused = [](packed_click_parts parts, const char* why) {
    CHECK_THROWS_WITH(packed_click_model(std::move(parts)), ContainsSubstring(why));
  };
  const packed_click_parts& good = small_parts<ciess::deep_fm>().parts;
  packed_click_parts p = good;
  p.tables.pop_back();
  refused(p, "packed_click_model: expected 5 tables, got 4");
  p = good;
  std::swap(p.tables[0], p.tables[1]);
  refused(p, "expected table 0 to have 30 rows, as field user, got 20");
  p = good;
  p.features.pop_back();
  refused(p, "expected table 4 to have 1 rows, as features, got 2");
  p = good;
  p.fields.clear();
  refused(p, "expected at least one field");
  p = good;
  p.layers.pop_back();
  refused(p, "expected a layer 'first-order-4', it is not among the 11 that there are");
  p = good;
  p.layers.push_back({.name = "more", .shape = {0}, .numbers = {}});
  refused(p, "expected 12 layers, got 13");
  p = good;
  p.network.for_deep_fm.hidden = {9, 8};
  refused(p, "layer 'deep-1-weights': expected shape [9, 8], got [9, 7]");
  p = good;
  p.network.kind = ciess::click_network_kind::fm_net;
  refused(p, "expected 6 layers, got 12");
  p.network.kind = ciess::click_network_kind::dlrm_net;
  refused(p, "expected 4 tables, got 5");
  p = good;
  p.layers[0].numbers = p.layers[0].numbers.first(3);
  refused(p, "layer 'deep-0-weights': expected 324 numbers, got 3");
  p = good;
  std::vector<float> numbers(p.layers[0].numbers.begin(), p.layers[0].numbers.end());
  numbers[5] = std::numeric_limits<float>::infinity();
  p.layers[0].numbers = numbers;
  refused(p, "layer 'deep-0-weights': number 5 is inf");
  CHECK_THROWS_AS(packed_click_model(p), ciess::numeric_error);
  // One table of rows that may have 65,535 numbers: a slot of each is as wide.
  const std::vector<float> one{1};
  const ciess::packed_table<float> wide(ciess::sizes(30, {1, 65'535}, [](index_t) { return 1; }),
                                        [&](index_t) { return std::span(one); });
  p = good;
  p.network.kind = ciess::click_network_kind::fm_net;
  p.tables[0] = wide.view();
  refused(p, "expected impressions of at most 262144 numbers, got 393210");
}

TEST_CASE("impressions that do not fit are refused before anything is scored", "[backbone]") {
  const packed_click_model served(small_parts<ciess::dlrm>().parts);
  CHECK(served.fields().size() == 4);
  CHECK(served.features().size() == 2);
  std::vector<float> odds(2, 7.0F);
  CHECK_THROWS_WITH(
      served.predict(support::made_clicks({.impressions = 2, .features = false}), odds),
      ContainsSubstring("the model was made for 2 features, the impressions have 0"));
  CHECK_THROWS_WITH(served.predict(support::made_clicks({.impressions = 3}), odds),
                    "packed_click_model: expected room for 3 log odds, got 2");
  const auto batch = [&](auto change) {
    ciess::click_batch b(4, 2);
    b.begin();
    for (std::size_t k : {0U, 1U, 3U}) b.add(k, 0);
    change(b);
    b.keep();
    return b;
  };
  std::vector<float> one(1);
  CHECK_NOTHROW(served.predict(batch([](auto&) {}), one));
  CHECK_THROWS_WITH(served.predict(batch([](auto& b) { b.add(0, 1); }), one),
                    "packed_click_model: expected one value of field user in impression 0, got 2");
  CHECK_THROWS_WITH(served.predict(batch([](auto& b) { b.add(2, 6); }), one),
                    "packed_click_model: field genres of impression 0 is row 6 of 6");
  CHECK_THROWS_WITH(served.predict(batch([](auto& b) { b.add(2, -1); }), one),
                    ContainsSubstring("is row -1 of 6"));
  CHECK_THROWS_WITH(served.predict(ciess::click_batch(4, 1), one),
                    "packed_click_model: expected 4 fields and 2 features, got 4 and 1");
}

TEST_CASE("log odds are chances", "[backbone]") {
  CHECK(ciess::click_probability(0) == 0.5F);
  CHECK(ciess::click_probability(200) == 1);
  CHECK(ciess::click_probability(-200) == 0);
  CHECK(ciess::click_probability(-50) > 0);
  CHECK(ciess::click_probability(std::log(3.0F)) == Approx(0.75).epsilon(1e-7));
  CHECK(ciess::click_probability(-std::log(3.0F)) == Approx(0.25).epsilon(1e-7));
  CHECK(std::isnan(ciess::click_probability(std::numeric_limits<float>::quiet_NaN())));
}
