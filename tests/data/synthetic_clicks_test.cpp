// SPDX-License-Identifier: MIT
#include <ciess/data/synthetic_clicks.hpp>
// its own header first
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <ciess/data/click_dataset.hpp>

#include "support/catch.hpp"

namespace {

using ciess::impressions;
using ciess::index_t;
using ciess::make_impressions;

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// A factorisation machine of a few lines, trained impression by impression.
struct machine {
  machine(const impressions& data, int size) : sum(static_cast<std::size_t>(size)) {
    const ciess::random_stream stream(1, ciess::purpose::user);
    for (std::size_t k = 0; k < data.fields().size(); ++k) {
      auto engine = stream.at(k);
      const index_t rows = data.fields()[k].rows;
      alone.emplace_back(static_cast<std::size_t>(rows));
      tables.emplace_back(rows, size);
      for (index_t r = 0; r < rows; ++r)
        for (int d = 0; d < size; ++d) tables.back()(r, d) = 0.1F * ciess::normal(engine);
    }
  }
  double odds(const impressions& data, index_t i) {
    double all = bias;
    std::ranges::fill(sum, 0.0F);
    for (std::size_t k = 0; k < tables.size(); ++k) {
      const auto r = data.values(i, k)[0];
      all += alone[k][static_cast<std::size_t>(r)];
      for (std::size_t d = 0; d < sum.size(); ++d) {
        const float x = tables[k](r, static_cast<index_t>(d));
        all += double{x} * sum[d];
        sum[d] += x;
      }
    }
    return all;
  }
  void train(const impressions& data, int epochs) {
    for (int e = 0; e < epochs; ++e)
      for (index_t i = 0; i < data.size(); ++i) {
        const auto step = static_cast<float>(
            0.05 * (data.labels()[static_cast<std::size_t>(i)] - sigmoid(odds(data, i))));
        bias += 0.1 * double{step};
        for (std::size_t k = 0; k < tables.size(); ++k) {
          const auto r = data.values(i, k)[0];
          alone[k][static_cast<std::size_t>(r)] += step;
          for (std::size_t d = 0; d < sum.size(); ++d) {
            float& x = tables[k](r, static_cast<index_t>(d));
            x += step * (sum[d] - x) - 0.0005F * x;
          }
        }
      }
  }
  double auc(const impressions& data) {
    std::vector<std::pair<double, bool>> all;
    for (index_t i = 0; i < data.size(); ++i)
      all.emplace_back(odds(data, i), data.labels()[static_cast<std::size_t>(i)] == 1);
    std::ranges::sort(all);
    double below = 0, pairs = 0, clicks = 0;
    for (const auto& [score, click] : all) {
      below += click ? 0 : 1;
      clicks += click ? 1 : 0;
      pairs += click ? below : 0;
    }
    return pairs / (clicks * below);
  }
  double bias = 0;
  std::vector<std::vector<float>> alone;
  std::vector<ciess::matrix> tables;
  std::vector<float> sum;
};

}  // namespace

TEST_CASE("products of rows tell more of made-up clicks than rows alone", "[data]") {
  const auto d = make_click_dataset(make_impressions().loaded);
  CHECK(d.train.size() == 48'000);
  const auto auc = [&](int size) {
    machine m(d.train, size);
    m.train(d.train, 4);
    return m.auc(d.test);
  };
  const double alone = auc(0), one = auc(1), full = auc(16);
  INFO(alone << ' ' << one << ' ' << full);
  CHECK(alone > 0.58);
  CHECK(one > alone + 0.1);
  CHECK(full > one + 0.03);
}

TEST_CASE("the defaults have fields of very different kinds", "[data]") {
  const auto made = make_impressions();
  const impressions& data = made.loaded.data;
  CHECK(data.size() == 60'000);
  REQUIRE(data.fields().size() == 6);
  CHECK(data.fields()[0].rows == 2000);
  CHECK(data.fields()[5].rows == 3);
  const double share = static_cast<double>(data.clicks()) / 60'000;
  CHECK(share > 0.2);
  CHECK(share < 0.5);
  for (std::size_t k = 0; k < 6; ++k) {
    const auto frequency = data.frequency(k);
    const auto& dimension = made.dimensions[k];
    REQUIRE(dimension.size() == frequency.size());
    // The most frequent row has all factors of its field, and more than the rarest.
    const auto most = std::ranges::max_element(frequency) - frequency.begin();
    const auto least = std::ranges::min_element(frequency) - frequency.begin();
    const int largest = std::ranges::max(dimension);
    CHECK(dimension[static_cast<std::size_t>(most)] >= largest - 1);
    CHECK(dimension[static_cast<std::size_t>(least)] <= dimension[static_cast<std::size_t>(most)]);
    if (k < 2) CHECK(dimension[static_cast<std::size_t>(least)] <= 2);
    CHECK(made.loaded.values[k][1] == "1");
  }
  CHECK(std::ranges::is_sorted(data.times()));
  CHECK(make_impressions({.seed = 1}).loaded.data == data);
  CHECK(make_impressions({.seed = 2}).loaded.data != data);
}

TEST_CASE("fields may be pooled, and there may be features, some missing", "[data]") {
  const auto made =
      make_impressions({.fields = {{.name = "user", .rows = 50, .factors = 4},
                                   {.name = "tags", .rows = 12, .factors = 4, .most_values = 3},
                                   {.name = "hour", .rows = 24}},
                        .impressions = 6000,
                        .features = 2,
                        .missing = 0.25});
  const impressions& data = made.loaded.data;
  CHECK(data.fields()[1].pooled);
  std::vector<int> lengths(4);
  for (index_t i = 0; i < data.size(); ++i) ++lengths.at(data.values(i, 1).size());
  CHECK(lengths[0] == 0);
  for (std::size_t k = 1; k < 4; ++k) CHECK(std::abs(lengths[k] - 2000) < 200);
  REQUIRE(made.loaded.numbers.size() == 2);
  const auto missing =
      std::ranges::count_if(made.loaded.numbers[1], [](double x) { return std::isnan(x); });
  CHECK(std::abs(missing - 1500) < 150);
  const auto d = make_click_dataset(made.loaded, {.kind = ciess::split_kind::temporal});
  CHECK(d.split_by_time);
  CHECK(std::abs(d.means[0]) < 0.1);
  CHECK(std::abs(d.deviations[0] - 1) < 0.1);
}

TEST_CASE("options of made-up clicks are checked", "[data]") {
  const auto refuses = [](const ciess::synthetic_click_options& o, const char* because) {
    CHECK_THROWS_WITH(make_impressions(o), ContainsSubstring(because));
    CHECK_THROWS_AS(make_impressions(o), ciess::argument_error);
  };
  refuses({.fields = {}}, "at least one field");
  refuses({.fields = {{.name = ""}}}, "expected a name");
  refuses({.fields = {{.name = "a"}, {.name = "a"}}}, "two fields are named a");
  refuses({.fields = {{.name = "a", .rows = 0}}}, "rows of field a");
  refuses({.fields = {{.name = "a", .factors = 0}}}, "factors of field a");
  refuses({.fields = {{.name = "a", .exponent = -1}}}, "exponent of field a");
  refuses({.fields = {{.name = "a", .most_values = 0}}}, "values of field a");
  refuses({.impressions = 1}, "impressions must be");
  refuses({.taste = -1}, "taste");
  refuses({.odds = 1000}, "odds");
  refuses({.features = -1}, "features must be");
  refuses({.missing = 1}, "missing must be");
}
