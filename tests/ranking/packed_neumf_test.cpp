// SPDX-License-Identifier: MIT
#include <ciess/ranking/packed_neumf.hpp>
// its own header first
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <ciess/backbone/neumf.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/data/synthetic.hpp>
#include <ciess/embedding/number_format.hpp>
#include <ciess/embedding/packed_table.hpp>

#include "support/catch.hpp"
#include "support/coded_tables.hpp"
#include "support/small_recommender.hpp"

namespace {

using ciess::index_t;
using ciess::row_id;
using lists = std::vector<std::vector<ciess::scored_item>>;

/// 70 users, and more items than are scored at a time.
const ciess::interactions& wide_data() {
  static const auto made =
      ciess::make_synthetic(
          {.users = 70, .items = 2500, .interactions = 4000, .factors = 4, .seed = 7})
          .data;
  return made;
}

/// A trained model whose rows keep 1 to d_max numbers, with biases that are not zero.
ciess::neumf trained(const ciess::interactions& data, int d_max, bool masked = true) {
  ciess::neumf::options o;
  o.range = {1, d_max};
  o.batch = 500;
  ciess::neumf model(data, o, 3);
  model.train(20);
  model.resize(support::mixed_sizes(model, masked));
  auto s = model.snapshot();
  s.weights.parameters[s.weights.parameters.size() - 1] = 0.25F;
  model.restore(s);
  return model;
}

/// The four tables of a model, packed, and views of them.
struct packed {
  template <class N>
  static std::pair<std::shared_ptr<const void>, ciess::any_packed_view> of(
      const ciess::masked_table& table) {
    auto made = std::make_shared<const ciess::packed_table<N>>(ciess::pack<N>(table));
    return {made, made->view()};
  }
  packed(const ciess::neumf& model, const std::array<ciess::number_format, 4>& formats) {
    for (std::size_t t = 0; t < 4; ++t)
      ciess::with_number(formats[t],
                         [&]<class N>() { std::tie(owned[t], views[t]) = of<N>(model.table(t)); });
  }
  packed(const ciess::neumf& model, ciess::number_format format)
      : packed(model, {format, format, format, format}) {}

  std::array<std::shared_ptr<const void>, 4> owned;
  std::array<ciess::any_packed_view, 4> views;
};

/// The formula for one pair, in double, from the tables as they are packed.
double plain(const packed& p, std::span<const ciess::layer_view> layers, row_id u, row_id i) {
  const auto row = [&](std::size_t t, row_id r) {
    return std::visit(
        [&](const auto& table) {
          std::vector<double> all(static_cast<std::size_t>(table.columns()));
          const auto packed_row = table[r];
          for (index_t c = 0; c < packed_row.size(); ++c)
            all[static_cast<std::size_t>(c)] =
                double{packed_row.number(c)} * double{packed_row.scale()};
          return all;
        },
        p.views[t]);
  };
  const auto mu = row(0, u), mi = row(1, i), gu = row(2, u), gi = row(3, i);
  const std::size_t d = mu.size();
  const auto of = [&](std::size_t layer, std::size_t k) {
    return double{layers[layer].numbers[k]};
  };
  double score = of(5, 0);
  for (std::size_t j = 0; j < d; ++j) {
    double hidden = of(2, j);
    for (std::size_t k = 0; k < d; ++k)
      hidden += mu[k] * of(0, k * d + j) + mi[k] * of(1, k * d + j);
    score += of(3, j) * std::max(hidden, 0.0) + of(4, j) * gu[j] * gi[j];
  }
  return score;
}

lists ranked(const ciess::packed_neumf& server, std::span<const row_id> who, int k,
             std::span<const std::span<const row_id>> excluded = {}) {
  lists found(who.size());
  server.rank(who, excluded, k, [&](index_t p, std::span<const ciess::scored_item> best) {
    auto& list = found[static_cast<std::size_t>(p)];
    list.insert(list.end(), best.begin(), best.end());  // a second call would show
  });
  return found;
}

std::vector<row_id> everybody(index_t users) {
  std::vector<row_id> all(static_cast<std::size_t>(users));
  std::iota(all.begin(), all.end(), row_id{0});
  return all;
}

/// What the model itself ranks.
lists by_model(ciess::neumf& model, int k) {
  lists found(static_cast<std::size_t>(model.users()));
  const ciess::interactions nothing(model.users(), model.items(), {});
  const auto who = everybody(model.users());
  ciess::rank_scores([&](index_t first, ciess::matrix_span out) { model.score(first, out); },
                     nothing, who, k,
                     [&](index_t p, std::span<const ciess::scored_item> best) {
                       found[static_cast<std::size_t>(p)].assign(best.begin(), best.end());
                     });
  return found;
}

constexpr std::array<ciess::number_format, 4> mixed{
    ciess::number_format::four_bits, ciess::number_format::float32, ciess::number_format::bfloat16,
    ciess::number_format::eight_bits};

}  // namespace

TEST_CASE("a server of NeuMF gives the lists of the model, to the last bit", "[ranking][threads]") {
  const auto format = GENERATE(ciess::number_format::float32, ciess::number_format::float16,
                               ciess::number_format::eight_bits, ciess::number_format::two_bits);
  auto model = trained(wide_data(), 20, GENERATE(false, true));
  // From now on the model's own scores are those of the rounded rows.
  model.store_as(format);
  const packed tables(model, format);
  const auto layers = model.layers();
  const ciess::packed_neumf server(tables.views, layers);
  CHECK(server.users() == 70);
  CHECK(server.items() == 2500);
  const auto who = everybody(70);
  CHECK(ranked(server, who, 10) == by_model(model, 10));
  CHECK(ranked(server, who, 2500) == by_model(model, 2500));
}

// Floats: 2 * 20 products and as many sums, each off by 6e-8 of the largest part, which is below 1.
TEST_CASE("scores of a server of NeuMF are those of the formula, whatever the formats",
          "[ranking]") {
  const int d = GENERATE(1, 7, 20);
  const auto model = trained(support::small_data(), d);
  const packed tables(model, mixed);
  const auto layers = model.layers();
  const ciess::packed_neumf server(tables.views, layers);
  const auto found = ranked(server, everybody(40), 1000);
  double largest = 0;
  for (row_id u = 0; u < 40; ++u) {
    const auto& list = found[static_cast<std::size_t>(u)];
    REQUIRE(list.size() == 30);  // k beyond the items
    for (std::size_t n = 0; n < list.size(); ++n) {
      const double wanted = plain(tables, layers, u, list[n].item);
      largest = std::max(largest, std::abs(wanted));
      CHECK(std::abs(double{list[n].score} - wanted) < 2e-6 * (1 + std::abs(wanted)));
      if (n > 0) CHECK(list[n - 1].score >= list[n].score);
    }
  }
  CHECK(largest > 0.2);  // something was compared
}

TEST_CASE("a user of NeuMF gets the same list alone, with others and at any number of threads",
          "[ranking][threads]") {
  // More items than one range of a request has.
  const auto data =
      ciess::make_synthetic(
          {.users = 50, .items = 9000, .interactions = 20000, .factors = 4, .seed = 9})
          .data;
  auto model = trained(data, 6);
  const packed tables(model, mixed);
  const ciess::packed_neumf server(tables.views, model.layers());
  const auto who = everybody(50);
  const lists wanted = ranked(server, who, 20);
  for (const int threads : {1, 2, 5}) {
    const ciess::threads pool{threads};
    CHECK(ranked(server, who, 20) == wanted);
    for (const row_id u : {0, 31, 32, 49})
      CHECK(ranked(server, std::vector<row_id>{u}, 20).front() ==
            wanted[static_cast<std::size_t>(u)]);
    const std::vector<row_id> some{7, 3, 7, 49, 0};  // in any order, and twice
    const auto again = ranked(server, some, 20);
    for (std::size_t p = 0; p < some.size(); ++p)
      CHECK(again[p] == wanted[static_cast<std::size_t>(some[p])]);
  }
  const ciess::packed_neumf opened_by_many = [&] {
    const ciess::threads pool{4};
    return ciess::packed_neumf(tables.views, model.layers());
  }();
  CHECK(ranked(opened_by_many, who, 20) == wanted);
}

TEST_CASE("excluded items and those that are not among the allowed are left out",
          "[ranking][threads]") {
  // More items than are scored at a time, and than a range of a request has.
  constexpr row_id count = 9000;
  const auto data =
      ciess::make_synthetic(
          {.users = 70, .items = count, .interactions = 20000, .factors = 4, .seed = 9})
          .data;
  const auto model = trained(data, 8);
  const ciess::threads pool{GENERATE(1, 5)};
  const packed tables(model, ciess::number_format::float32);
  const auto layers = model.layers();
  const ciess::packed_neumf server(tables.views, layers);
  const auto who = everybody(70);
  const lists all = ranked(server, who, count);
  std::vector<row_id> allowed;
  for (row_id i = 0; i < count; ++i)
    if (i % 3 == 0 || (i > 2000 && i % 2 == 0)) allowed.push_back(i);
  const ciess::packed_neumf some(tables.views, layers, allowed);
  CHECK(some.items() == count);
  const bool few = GENERATE(false, true);
  const ciess::packed_neumf& asked = few ? some : server;
  std::vector<std::vector<row_id>> without(70);
  for (row_id u = 0; u < 70; ++u)
    for (row_id i = u % 5; i < count; i += 1 + u % 11)
      without[static_cast<std::size_t>(u)].push_back(i);
  without[3] = {};
  without[4] = everybody(count);  // nothing is left
  const std::vector<std::span<const row_id>> excluded(without.begin(), without.end());
  const auto got = ranked(asked, who, 40, excluded);
  for (std::size_t u = 0; u < 70; ++u) {
    std::vector<ciess::scored_item> wanted;
    for (const auto& one : all[u])
      if (wanted.size() < 40 && !std::ranges::binary_search(without[u], one.item) &&
          (!few || std::ranges::binary_search(allowed, one.item)))
        wanted.push_back(one);
    CHECK(got[u] == wanted);
  }
  CHECK(got[4].empty());
  const ciess::packed_neumf none(tables.views, layers, std::vector<row_id>{});
  CHECK(ranked(none, who, 3) == lists(70));
}

TEST_CASE("one user, one item", "[ranking]") {
  ciess::neumf::options o;
  o.range = {1, 3};
  const ciess::interactions two(1, 2, {{0, 0}});
  ciess::neumf made(two, o, 1);
  const auto layers = made.layers();
  const packed whole(made, ciess::number_format::float32);
  // Of two items, one of which must be left to draw, the first alone.
  const ciess::packed_neumf pair(whole.views, layers);
  ciess::packed_table<float> item_mlp = ciess::pack<float>(ciess::masked_table(
      ciess::sizes(1, {1, 3}), ciess::matrix(made.table(1).values().topRows(1))));
  ciess::packed_table<float> item_gmf = ciess::pack<float>(ciess::masked_table(
      ciess::sizes(1, {1, 3}), ciess::matrix(made.table(3).values().topRows(1))));
  const ciess::packed_neumf server(
      {whole.views[0], item_mlp.view(), whole.views[2], item_gmf.view()}, layers);
  const auto one = ranked(server, std::vector<row_id>{0}, 10);
  REQUIRE(one.front().size() == 1);
  const auto both = ranked(pair, std::vector<row_id>{0}, 10);
  CHECK(std::ranges::count(both.front(), one.front().front()) == 1);
  CHECK(ranked(server, {}, 10).empty());
}

TEST_CASE("rows with bits by columns are served, too", "[ranking]") {
  const auto coded = coded_table(30, 3);
  const auto columns = static_cast<int>(coded.view().columns());
  REQUIRE(columns > 3);
  const auto model = trained(support::small_data(), columns);
  packed tables(model, ciess::number_format::float32);
  tables.views[3] = coded.view();
  const auto layers = model.layers();
  const auto found = ranked(ciess::packed_neumf(tables.views, layers), everybody(40), 5);
  for (row_id u = 0; u < 40; ++u)
    for (const auto& one : found[static_cast<std::size_t>(u)]) {
      const double wanted = plain(tables, layers, u, one.item);
      CHECK(std::abs(double{one.score} - wanted) < 1e-5 * (1 + std::abs(wanted)));
    }
}

TEST_CASE("layers and tables that do not fit each other are refused", "[ranking]") {
  const auto model = trained(support::small_data(), 4);
  const packed tables(model, ciess::number_format::float32);
  const auto layers = model.layers();
  const auto refusal = [&](auto&& change) {
    auto views = tables.views;
    auto changed = layers;
    change(views, changed);
    try {
      const ciess::packed_neumf server(views, changed);
      return std::string("none");
    } catch (const ciess::error& e) {
      return std::string(e.what());
    }
  };
  using all_layers = std::vector<ciess::layer_view>;
  CHECK(refusal([](auto&, all_layers& l) { std::ranges::reverse(l); }) == "none");
  CHECK(refusal([](auto&, all_layers& l) { l.clear(); }) ==
        "packed_neumf: expected a layer 'first-users', it is not among the 0 that there are");
  for (std::size_t gone = 0; gone < 6; ++gone) {
    const std::string name = layers[gone].name;
    CHECK(refusal([&](auto&, all_layers& l) {
            l.erase(l.begin() + static_cast<std::ptrdiff_t>(gone));
          }) ==
          "packed_neumf: expected a layer '" + name + "', it is not among the 5 that there are");
  }
  CHECK(refusal([](auto&, all_layers& l) { l.push_back(l[2]); }) ==
        "packed_neumf: expected 6 layers, got 7");
  CHECK(refusal([](auto&, all_layers& l) { l[0].shape = {16}; }) ==
        "packed_neumf: layer 'first-users': expected shape [4, 4], got [16]");
  CHECK(refusal([](auto&, all_layers& l) { std::swap(l[2].numbers, l[5].numbers); }) ==
        "packed_neumf: layer 'first-bias': expected 4 numbers, got 1");
  const std::vector<float> bad{1, 2, std::numeric_limits<float>::quiet_NaN(), 4};
  for (std::size_t p = 2; p < 5; ++p)
    CHECK_THAT(refusal([&](auto&, all_layers& l) { l[p].numbers = bad; }),
               ContainsSubstring("': number 2 is nan"));
  const auto other = ciess::pack<float>(ciess::masked_table(ciess::sizes(30, {1, 5})));
  const auto fewer = ciess::pack<float>(ciess::masked_table(ciess::sizes(29, {1, 4})));
  for (std::size_t t = 1; t < 4; ++t)
    CHECK(refusal([&](auto& v, all_layers&) { v[t] = other.view(); }) ==
          "packed_neumf: table " + std::to_string(t) + " has 5 columns, table 0 4");
  CHECK(refusal([&](auto& v, all_layers&) { v[3] = fewer.view(); }) ==
        "packed_neumf: table 3 has 29 rows, table 1 30");
  CHECK(refusal([&](auto& v, all_layers&) { v[2] = fewer.view(); }) ==
        "packed_neumf: table 2 has 29 rows, table 0 40");
}

TEST_CASE("requests that cannot be are refused before anything is given", "[ranking]") {
  const auto model = trained(support::small_data(), 4);
  const packed tables(model, ciess::number_format::float32);
  const auto layers = model.layers();
  const ciess::packed_neumf server(tables.views, layers);
  using rows = std::vector<row_id>;
  const auto refuse = [&](const rows& who, int k, const std::vector<rows>& without,
                          const std::string& words) {
    const std::vector<std::span<const row_id>> excluded(without.begin(), without.end());
    int given = 0;
    CHECK_THROWS_WITH(server.rank(who, excluded, k,
                                  [&](index_t, std::span<const ciess::scored_item>) { ++given; }),
                      words);
    CHECK(given == 0);
  };
  refuse({0}, 0, {}, "packed_neumf: k must be at least 1, got 0");
  refuse({0, 40}, 1, {}, "packed_neumf: user 40 is outside [0, 40)");
  refuse({-1}, 1, {}, "packed_neumf: user -1 is outside [0, 40)");
  refuse({0, 1}, 1, {{}}, "packed_neumf: expected excluded items of 2 queries, got 1");
  refuse({0}, 1, {{3, 3}}, "packed_neumf: excluded items of query 0 must rise in [0, 30), got 3");
  refuse({0}, 1, {{30}}, "packed_neumf: excluded items of query 0 must rise in [0, 30), got 30");
  for (const rows& among : {rows{1, 1}, rows{-1}, rows{30}})
    CHECK_THROWS_WITH(ciess::packed_neumf(tables.views, layers, among),
                      ContainsSubstring("packed_neumf: items to choose from must rise in [0, 30)"));
}

TEST_CASE("a score that is no number is told with user and item", "[ranking][threads]") {
  auto model = trained(support::small_data(), 4);
  auto s = model.snapshot();
  const auto huge = std::numeric_limits<float>::max();
  s.weights.tables[2][5][0] = huge;
  s.weights.tables[3][7][0] = huge;
  s.weights.parameters.segment(2 * 16 + 2 * 4, 4).setOnes();
  // Infinite by the GMF tower, and minus infinite by the other.
  s.weights.parameters.segment(2 * 16, 4).setConstant(huge);
  s.weights.parameters.segment(2 * 16 + 4, 4).setConstant(-huge);
  model.restore(s);
  const packed tables(model, ciess::number_format::float32);
  const ciess::packed_neumf server(tables.views, model.layers());
  const ciess::threads pool{2};
  CHECK_THROWS_WITH(ranked(server, std::vector<row_id>{0, 9, 5}, 3),
                    "ranking: the score of user 5 for item 7 is NaN");
  // It does not matter where the item is not to be given.
  const std::vector<row_id> seventh{7};
  const std::vector<std::span<const row_id>> excluded(3, seventh);
  CHECK_NOTHROW(ranked(server, std::vector<row_id>{0, 9, 5}, 3, excluded));
}

TEST_CASE("a damaged table is refused where its row is read", "[ranking]") {
  const auto model = trained(support::small_data(), 4);
  const packed whole(model, ciess::number_format::float32);
  const auto layers = model.layers();
  for (const std::size_t t : {0U, 1U, 2U, 3U}) {
    auto parts = std::get<ciess::packed_view<float>>(whole.views[t]).parts();
    std::vector<std::uint8_t> codes(parts.narrow.begin(), parts.narrow.end());
    for (auto& c : codes) c = 3;  // every row as long as can be
    parts.narrow = codes;
    auto views = whole.views;
    views[t] = ciess::packed_view<float>(t % 2 == 0 ? 40 : 30, {1, 4}, parts);
    if (t % 2 == 1) {
      CHECK_THROWS_AS(ciess::packed_neumf(views, layers), ciess::data_error);
    } else {
      const ciess::packed_neumf server(views, layers);
      CHECK_NOTHROW(ranked(server, std::vector<row_id>{0}, 3));
      CHECK_THROWS_AS(ranked(server, std::vector<row_id>{39}, 3), ciess::data_error);
    }
  }
}

TEST_CASE("rows that say they are too long are refused before anything is read", "[ranking]") {
  const auto model = trained(support::small_data(), 4);
  const packed whole(model, ciess::number_format::float32);
  const auto layers = model.layers();
  auto views = whole.views;
  std::vector<std::vector<std::uint8_t>> damaged;
  for (const std::size_t t : {2U, 3U}) {
    auto parts = std::get<ciess::packed_view<float>>(whole.views[t]).parts();
    damaged.emplace_back(parts.narrow.begin(), parts.narrow.end())[5] = 255;
    parts.narrow = damaged.back();
    views[t] = ciess::packed_view<float>(t % 2 == 0 ? 40 : 30, {1, 4}, parts);
  }
  const std::vector<row_id> others{0, 1};  // that leave the damaged item out
  const std::string words = "packed_neumf: table 2, row 5 has size 256, expected at most 4";
  CHECK_THROWS_WITH(ciess::packed_neumf(views, layers), words);
  CHECK_THROWS_WITH(ciess::packed_neumf(views, layers, others), words);
}
