// SPDX-License-Identifier: MIT
#include <ciess/data/synthetic.hpp>
// its own header first
#include <ciess/core/threads.hpp>
#include <ciess/data/negative_sampler.hpp>
#include <ciess/data/split.hpp>

#include <limits>

#include "support/catch.hpp"

namespace {

ciess::synthetic_options small(std::uint64_t seed = 1) {
  return {.users = 300, .items = 200, .interactions = 9000, .factors = 16, .seed = seed};
}

/// Share of held-out items of each user that score(u, i) ranks among the 20 best unseen ones.
template <class Score>
double recall(const ciess::split& parts, Score score) {
  double sum = 0;
  int evaluated = 0;
  for (ciess::row_id u = 0; u < parts.train.users(); ++u) {
    if (parts.test.items_of(u).empty()) continue;
    std::vector<std::pair<float, ciess::row_id>> ranked;
    for (ciess::row_id i = 0; i < parts.train.items(); ++i)
      if (!parts.train.contains(u, i)) ranked.emplace_back(-score(u, i), i);
    std::ranges::sort(ranked);
    int hits = 0;
    for (std::size_t k = 0; k < 20; ++k) hits += parts.test.contains(u, ranked[k].second);
    sum += hits / static_cast<double>(parts.test.user_frequency(u));
    ++evaluated;
  }
  return sum / evaluated;
}

/// Matrix factorisation by plain stochastic gradient descent on the BPR loss.
struct factor_model {
  std::size_t dim;
  std::vector<float> users, items;

  factor_model(const ciess::interactions& train, std::size_t d, int epochs)
      : dim{d},
        users(static_cast<std::size_t>(train.users()) * d),
        items(static_cast<std::size_t>(train.items()) * d) {
    auto engine = ciess::random_stream(1, ciess::purpose::weights).at(0);
    for (auto& x : users) x = 0.1F * ciess::normal(engine);
    for (auto& x : items) x = 0.1F * ciess::normal(engine);
    const ciess::negative_sampler negatives(train);
    for (ciess::index_t step = 0; step < epochs * train.size(); ++step) {
      const auto u = static_cast<ciess::row_id>(
          ciess::bounded(engine, static_cast<std::uint32_t>(train.users())));
      const auto seen = train.items_of(u);
      const auto i = seen[ciess::bounded(engine, static_cast<std::uint32_t>(seen.size()))];
      const auto j = negatives(u, engine);
      const float g = 1 / (1 + std::exp(score(u, i) - score(u, j)));
      float* a = row(users, u);
      float* p = row(items, i);
      float* n = row(items, j);
      for (std::size_t k = 0; k < dim; ++k) {
        const float x = a[k];
        a[k] += 0.05F * (g * (p[k] - n[k]) - 0.01F * x);
        p[k] += 0.05F * (g * x - 0.01F * p[k]);
        n[k] -= 0.05F * (g * x + 0.01F * n[k]);
      }
    }
  }
  float* row(std::vector<float>& table, ciess::row_id r) const {
    return table.data() + static_cast<std::size_t>(r) * dim;
  }
  float score(ciess::row_id u, ciess::row_id i) {
    const float* a = row(users, u);
    const float* b = row(items, i);
    return std::inner_product(a, a + dim, b, 0.0F);
  }
};

}  // namespace

TEST_CASE("synthetic data has the shape that was asked for", "[data]") {
  const auto made = ciess::make_synthetic(small());
  const auto& data = made.data;
  CHECK(data.users() == 300);
  CHECK(data.items() == 200);
  CHECK(std::abs(data.size() - 9000) < 90);
  REQUIRE(made.user_dimension.size() == 300);
  REQUIRE(made.item_dimension.size() == 200);
  for (ciess::row_id u = 0; u < 300; ++u) {
    CHECK(data.user_frequency(u) >= 1);
    CHECK(data.user_frequency(u) <= 100);
  }
  CHECK(std::ranges::max(made.user_dimension) == 16);
  CHECK(std::ranges::max(made.item_dimension) == 16);
  CHECK(std::ranges::min(made.item_dimension) >= 2);
  CHECK(std::ranges::min(made.item_dimension) <= 4);
}

TEST_CASE("synthetic data has long tails, and popular rows have more factors", "[data]") {
  const auto made = ciess::make_synthetic();
  const auto& data = made.data;
  CHECK(std::abs(data.size() - 100'000) < 1000);

  std::vector<ciess::index_t> users;
  std::vector<ciess::index_t> items;
  for (ciess::row_id u = 0; u < data.users(); ++u) users.push_back(data.user_frequency(u));
  for (ciess::row_id i = 0; i < data.items(); ++i) items.push_back(data.item_frequency(i));
  for (auto* side : {&users, &items}) {
    auto sorted = *side;
    std::ranges::sort(sorted, std::greater<>{});
    const auto tenth = static_cast<std::ptrdiff_t>(sorted.size() / 10);
    const auto head = std::accumulate(sorted.begin(), sorted.begin() + tenth, ciess::index_t{0});
    CHECK(head > data.size() / 4);                          // uniform would be a tenth
    CHECK(sorted.front() > 8 * sorted[sorted.size() / 2]);  // head against median
  }
  // A user's dimension follows from the number of interactions.
  for (std::size_t u = 1; u < users.size(); ++u)
    if (users[u] > users[u - 1] && made.user_dimension[u] < made.user_dimension[u - 1])
      FAIL("user " << u);
  // An item's popularity is drawn, so only on the mean.
  double few = 0;
  double many = 0;
  int few_count = 0;
  int many_count = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const bool rich = made.item_dimension[i] >= 12;
    (rich ? many : few) += static_cast<double>(items[i]);
    ++(rich ? many_count : few_count);
  }
  REQUIRE(few_count > 0);
  REQUIRE(many_count > 0);
  CHECK(many / many_count > 2 * few / few_count);
}

TEST_CASE("synthetic data is learnable, and popularity alone is not enough", "[data]") {
  const auto parts = ciess::split_interactions(ciess::make_synthetic(small()).data, {}, 1);
  const double by_popularity = recall(parts, [&](ciess::row_id, ciess::row_id i) {
    return static_cast<float>(parts.train.item_frequency(i));
  });
  factor_model model(parts.train, 8, 60);
  const double by_factors =
      recall(parts, [&](ciess::row_id u, ciess::row_id i) { return model.score(u, i); });
  CAPTURE(by_popularity, by_factors);
  CHECK(by_factors > 1.3 * by_popularity);
}

TEST_CASE("synthetic data depends on the seed and on nothing else", "[data]") {
  const auto serial = ciess::make_synthetic(small());
  CHECK_FALSE(serial.data == ciess::make_synthetic(small(2)).data);
  const ciess::threads pool{2};
  const auto parallel = ciess::make_synthetic(small());
  CHECK(serial.data == parallel.data);
  CHECK(serial.user_dimension == parallel.user_dimension);
  CHECK(serial.item_dimension == parallel.item_dimension);
}

TEST_CASE("synthetic data without taste follows popularity", "[data]") {
  auto options = small();
  options.taste = 0;
  const auto parts = ciess::split_interactions(ciess::make_synthetic(options).data, {}, 1);
  factor_model model(parts.train, 8, 30);
  const double by_popularity = recall(parts, [&](ciess::row_id, ciess::row_id i) {
    return static_cast<float>(parts.train.item_frequency(i));
  });
  CHECK(recall(parts, [&](ciess::row_id u, ciess::row_id i) { return model.score(u, i); }) <
        1.05 * by_popularity);
}

TEST_CASE("synthetic data: the smallest and the fullest set", "[data]") {
  const auto smallest = ciess::make_synthetic(
      {.users = 1, .items = 2, .interactions = 1, .factors = 1, .fewest_factors = 1});
  CHECK(smallest.data.size() == 1);
  const auto fullest = ciess::make_synthetic({.users = 10, .items = 20, .interactions = 100});
  CHECK(fullest.data.size() == 100);
}

TEST_CASE("synthetic data refuses options that make no sense", "[data]") {
  using ciess::make_synthetic;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH(make_synthetic({.users = 0}), ContainsSubstring("users must be"));
  CHECK_THROWS_WITH(make_synthetic({.items = 1}), ContainsSubstring("items must be"));
  CHECK_THROWS_WITH(make_synthetic({.interactions = 1999}), ContainsSubstring("interactions must"));
  CHECK_THROWS_WITH(make_synthetic({.interactions = 1'500'001}), ContainsSubstring("got 1500001"));
  CHECK_THROWS_WITH(make_synthetic({.factors = 0}), ContainsSubstring("factors must be"));
  CHECK_THROWS_WITH(make_synthetic({.fewest_factors = 49}), ContainsSubstring("fewest_factors"));
  CHECK_THROWS_AS(make_synthetic({.user_exponent = nan}), ciess::argument_error);
  CHECK_THROWS_AS(make_synthetic({.item_exponent = -1}), ciess::argument_error);
  CHECK_THROWS_AS(make_synthetic({.growth = nan}), ciess::argument_error);
  CHECK_THROWS_AS(make_synthetic({.taste = nan}), ciess::argument_error);
}
