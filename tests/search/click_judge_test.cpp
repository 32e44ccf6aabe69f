// SPDX-License-Identifier: MIT
#include <ciess/search/click_judge.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/memory_fields.hpp"
#include "support/small_click_model.hpp"

namespace {

using ciess::click_judge;
using ciess::click_quality;
using ciess::impressions;
using support::small_fm;

static_assert(ciess::judge<click_judge, small_fm>);
static_assert(ciess::detail::explain_judge<click_judge, small_fm>::value);
static_assert(ciess::detail::explain_judged_model<click_judge, small_fm>::value);
/// Can be trained, and predicts nothing.
struct silent {
  std::vector<ciess::table_shape> tables;
  [[nodiscard]] const std::vector<ciess::table_shape>& shapes() const { return tables; }
  void reset(std::uint64_t) {}
  void resize(const ciess::assignment&) {}
  double train(int) { return 0; }
};
static_assert(ciess::sized_model<silent> && !ciess::predicts_clicks<silent>);
// What is held out must outlive it.
static_assert(std::is_constructible_v<click_judge, const impressions&, const impressions&>);
static_assert(!std::is_constructible_v<click_judge, const impressions&, impressions>);

/// Two fields of the same rows, one of them pooled, and perhaps a feature.
impressions::parts two_fields(bool feature) {
  impressions::parts p;
  p.fields = {{"user", 3, false}, {"likes", 3, true}};
  p.single = {0, 0, 2};
  p.pooled = {{{0, 2, 2, 3}, {0, 1, 1}}};
  p.labels = {1, 0, 1};
  if (feature) {
    p.features = {"age", "price"};
    p.numbers.setOnes(3, 2);
  }
  return p;
}

/// Says the same of all, or what the first field says.
struct constant : silent {
  float slope = 0;
  void predict(const impressions& shown, std::span<float> log_odds) const {
    for (ciess::index_t i = 0; i < shown.size(); ++i)
      log_odds[static_cast<std::size_t>(i)] = slope * static_cast<float>(shown.values(i, 0)[0]);
  }
};

}  // namespace

TEST_CASE("a click judge has a table of its own kind for each field", "[search]") {
  const impressions train(two_fields(false)), with_features(two_fields(true));
  const click_judge judge(train, train);
  CHECK(judge.kinds() == 2);
  CHECK(judge.kind(0) == 0);
  CHECK(judge.kind(1) == 1);
  CHECK(judge.name(0) == "user");
  CHECK(judge.name(1) == "likes");
  CHECK(std::ranges::equal(judge.frequency(0), std::vector<double>{2, 0, 1}));
  CHECK(std::ranges::equal(judge.frequency(1), std::vector<double>{1, 2, 0}));

  const click_judge more(with_features, with_features);
  CHECK(more.kinds() == 3);
  CHECK(more.name(2) == "features");
  CHECK(std::ranges::equal(more.frequency(2), std::vector<double>{3, 3}));
}

TEST_CASE("a click judge gives the figures of an evaluation", "[search]") {
  const impressions data(two_fields(true));
  constant model;
  model.slope = 1;
  const click_judge by_auc(data, data), by_likelihood(data, data, click_quality::likelihood);
  const auto e = by_auc.judge(model);
  CHECK(e.auc == 0.75);
  CHECK(e.log_loss == ciess::evaluate_clicks(model, data).log_loss);
  CHECK(by_auc.quality(e) == 0.75);
  CHECK(by_likelihood.quality(e) == std::exp(-e.log_loss));
  CHECK(by_auc.maximised() == click_quality::auc);
  CHECK(by_auc.row_quality(e, 1).data() == e.likelihood_of(1).data());
  const auto m = measurement_of(by_auc, e, 3);
  CHECK(m.rows[0].size() == 3);
  CHECK(m.rows[2] == std::vector<double>(2, e.mean_likelihood()));
  const std::vector<ciess::table_shape> shapes{{3, {1, 4}}, {3, {1, 4}}, {2, {1, 4}}};
  CHECK_NOTHROW(ciess::detail::check_measurement("test", shapes, m));
  // Where all is wrong beyond what doubles can say, a quality is 0 and still one.
  model.slope = -1e30F;
  CHECK(by_likelihood.quality(by_likelihood.judge(model)) == 0);
  CHECK_NOTHROW(ciess::detail::check_measurement(
      "test", shapes, measurement_of(by_likelihood, by_likelihood.judge(model), 3)));
}

TEST_CASE("frequencies stay where they are when a click judge is moved", "[search]") {
  const impressions data(two_fields(false));
  click_judge judge(data, data);
  const auto before = judge.frequency(1);
  const click_judge moved(std::move(judge));
  CHECK(moved.frequency(1).data() == before.data());
}

TEST_CASE("a click judge refuses models of other tables", "[search]") {
  const impressions data(two_fields(false)), with_features(two_fields(true));
  const click_judge judge(data, data), more(with_features, with_features);
  silent model{{{3, {1, 4}}, {3, {1, 2}}}};
  CHECK_NOTHROW(judge.check(model));
  CHECK_NOTHROW(more.check(model));  // one that does not look at features, or not by rows
  model.tables.push_back({2, {1, 4}});
  CHECK_NOTHROW(more.check(model));
  CHECK_THROWS_WITH(judge.check(model), ContainsSubstring("each of 2 fields, got 3"));
  model.tables[2].rows = 5;
  CHECK_THROWS_WITH(more.check(model), ContainsSubstring("table 2 has 5 rows, features has 2"));
  model.tables = {{3, {1, 4}}};
  CHECK_THROWS_WITH(more.check(model), ContainsSubstring("perhaps one of the features, got 1"));
  model.tables = {{3, {1, 4}}, {4, {1, 4}}};
  CHECK_THROWS_WITH(judge.check(model), ContainsSubstring("table 1 has 4 rows, likes has 3"));
  CHECK_THROWS_AS(judge.check(model), ciess::argument_error);

  auto p = two_fields(true);
  p.fields[0].name = "features";
  const impressions twice(p);
  model.tables = {{3, {1, 4}}, {3, {1, 4}}, {2, {1, 4}}};
  CHECK_THROWS_WITH(click_judge(twice, twice).check(model), ContainsSubstring("both called"));
  p.fields[0].name = "a/b";
  const impressions path(p);
  CHECK_THROWS_WITH(click_judge(path, path).check(model), ContainsSubstring("a file can have"));
}

TEST_CASE("a click judge refuses parts that do not go together", "[search]") {
  const impressions train(two_fields(true));
  const auto refused = [&](auto&& change, const char* expected) {
    auto p = two_fields(true);
    change(p);
    const impressions held_out(std::move(p));
    CHECK_THROWS_WITH(click_judge(train, held_out), ContainsSubstring(expected));
  };
  refused([](auto& p) { p.fields[0].rows = 4; }, "of training is user of 3 rows, of held-out user");
  refused([](auto& p) { p.fields[1].name = "x"; }, "likes of 3 rows, pooled, of held-out x");
  refused([](auto& p) { p.features[0] = "x"; }, "not the same features");
  refused(
      [](auto& p) {
        p.fields.pop_back();
        p.pooled.clear();
      },
      "training has 2 fields, held-out 1");
  refused([](auto& p) { p.labels = {1, 1, 1}; }, "of 3 held-out impressions 3 were clicked");
  refused([](auto& p) { p.labels = {0, 0, 0}; }, "of 3 held-out impressions 0 were clicked");
}

TEST_CASE("conditions of clicks are their data and what is maximised", "[search]") {
  const impressions train(two_fields(true));
  auto p = two_fields(true);
  p.labels = {1, 0, 0};
  const impressions other(p);
  const auto conditions = [](const impressions& a, const impressions& b, click_quality q) {
    fields_writer all;
    click_judge(a, b, q).visit_conditions(all);
    return all.saved;
  };
  const auto usual = conditions(train, other, click_quality::auc);
  CHECK(usual == conditions(train, other, click_quality::auc));
  CHECK(usual != conditions(other, train, click_quality::auc));
  CHECK(usual != conditions(train, train, click_quality::auc));
  CHECK(usual != conditions(train, other, click_quality::likelihood));
}
