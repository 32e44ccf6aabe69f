// SPDX-License-Identifier: MIT
#include <ciess/ranking/evaluate_clicks.hpp>
// its own header first
#include <ciess/core/random.hpp>
#include <ciess/core/threads.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/memory_fields.hpp"

namespace {

using ciess::impressions;

/// Says what it was told to say.
struct says {
  std::vector<float> log_odds;
  void predict(const impressions&, std::span<float> out) const {
    std::ranges::copy(log_odds, out.begin());
  }
};
static_assert(ciess::predicts_clicks<says>);
static_assert(!ciess::predicts_clicks<int>);

/// Two fields, the second one pooled, and perhaps a feature.
impressions four(bool with_feature) {
  impressions::parts p;
  p.fields = {{"user", 3, false}, {"genres", 4, true}};
  p.single = {0, 0, 1, 1};
  p.pooled = {{{0, 2, 2, 3, 6}, {0, 1, 1, 1, 1, 2}}};  // the last one names row 1 twice
  p.labels = {1, 0, 1, 0};
  if (with_feature) {
    p.features = {"age", "price"};
    p.numbers.setOnes(4, 2);
  }
  return impressions(std::move(p));
}

impressions many(std::size_t n) {
  auto engine = ciess::random_stream(3, ciess::purpose::user).at(0);
  impressions::parts p;
  p.fields = {{"a", 50, false}, {"b", 7, false}, {"c", 900, false}};
  for (std::size_t i = 0; i < n; ++i) {
    for (const auto& f : p.fields)
      p.single.push_back(
          static_cast<ciess::row_id>(ciess::bounded(engine, static_cast<std::uint32_t>(f.rows))));
    p.labels.push_back(ciess::uniform01(engine) < 0.4F ? 1 : 0);
  }
  return impressions(std::move(p));
}

}  // namespace

TEST_CASE("a click evaluation measures the whole and each row", "[ranking]") {
  const bool with_feature = GENERATE(false, true);
  const auto shown = four(with_feature);
  const says model{{2, 1, -1, -3}};
  const auto e = ciess::evaluate_clicks(model, shown);
  CHECK(e.impressions == 4);
  CHECK(e.clicks == 2);
  CHECK(e.auc == ciess::auc(model.log_odds, shown.labels()));
  CHECK(e.auc == 0.75);
  CHECK(e.log_loss == ciess::log_loss(model.log_odds, shown.labels()));
  const auto l = [&](std::size_t i) {
    return ciess::log_likelihood(model.log_odds[i], shown.labels()[i] == 1);
  };
  const double all = std::exp((l(0) + l(1) + l(2) + l(3)) / 4);
  CHECK(e.mean_likelihood() == Approx(all));
  REQUIRE(e.tables() == (with_feature ? 3 : 2));
  REQUIRE(e.likelihood_of(0).size() == 3);
  CHECK(e.likelihood_of(0)[0] == Approx(std::exp((l(0) + l(1)) / 2)));
  CHECK(e.likelihood_of(0)[1] == Approx(std::exp((l(2) + l(3)) / 2)));
  CHECK(e.likelihood_of(0)[2] == e.mean_likelihood());  // nobody shows it
  CHECK(std::ranges::equal(e.shown_of(0), std::vector<ciess::index_t>{2, 2, 0}));
  CHECK(e.likelihood_of(1)[0] == Approx(std::exp(l(0))));
  CHECK(e.likelihood_of(1)[1] == Approx(std::exp((l(0) + l(2) + l(3)) / 3)));
  CHECK(e.likelihood_of(1)[2] == Approx(std::exp(l(3))));
  CHECK(std::ranges::equal(e.shown_of(1), std::vector<ciess::index_t>{1, 3, 1, 0}));
  if (with_feature) {
    CHECK(std::ranges::equal(e.likelihood_of(2), std::vector(2, e.mean_likelihood())));
    CHECK(std::ranges::equal(e.shown_of(2), std::vector<ciess::index_t>{4, 4}));
  }
}

TEST_CASE("a click evaluation has the same bytes at any number of threads", "[ranking]") {
  const auto shown = many(40'000);
  says model;
  auto engine = ciess::random_stream(4, ciess::purpose::user).at(0);
  for (ciess::index_t i = 0; i < shown.size(); ++i)
    model.log_odds.push_back(2 * ciess::normal(engine));
  const auto at = [&](int threads) {
    const ciess::threads pool(threads);
    auto e = ciess::evaluate_clicks(model, shown);
    return save_fields(e);
  };
  CHECK((at(1) == at(2)));
  CHECK((at(1) == at(4)));
}

TEST_CASE("a click evaluation refuses what cannot be measured", "[ranking]") {
  const auto shown = four(false);
  const says model{{2, std::numeric_limits<float>::quiet_NaN(), -1, -3}};
  CHECK_THROWS_WITH(ciess::evaluate_clicks(model, shown),
                    ContainsSubstring("evaluate_clicks: the log odds of impression 1 are nan"));
  CHECK_THROWS_AS(ciess::evaluate_log_odds(shown, std::vector<float>(3)), ciess::argument_error);
  const auto alike = shown.subset(std::vector<ciess::index_t>{0, 2});
  CHECK_THROWS_WITH(ciess::evaluate_log_odds(alike, std::vector<float>(2)),
                    ContainsSubstring("of 2 impressions 2 were clicked"));
}
