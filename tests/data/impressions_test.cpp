// SPDX-License-Identifier: MIT
#include <ciess/data/impressions.hpp>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace {

using ciess::impressions;
using ciess::index_t;

/// Three impressions of a user, genres (pooled) and an item.
impressions::parts some() {
  impressions::parts p;
  p.fields = {{"user", 3, false}, {"genres", 4, true}, {"item", 2, false}};
  p.single = {0, 1, 2, 0, 2, 1};
  p.pooled = {{{0, 2, 2, 3}, {3, 1, 0}}};
  p.features = {"age"};
  p.numbers.resize(3, 1);
  p.numbers << 1, -2, 0.5;
  p.labels = {1, 0, 1};
  p.times = {30, 10, 20};
  return p;
}

std::vector<ciess::row_id> values(const impressions& shown, index_t i, std::size_t k) {
  const auto all = shown.values(i, k);
  return {all.begin(), all.end()};
}

}  // namespace

TEST_CASE("impressions hand out what each shows", "[data]") {
  const impressions shown(some());
  REQUIRE(shown.size() == 3);
  CHECK(shown.clicks() == 2);
  CHECK(values(shown, 0, 0) == std::vector<ciess::row_id>{0});
  CHECK(values(shown, 0, 1) == std::vector<ciess::row_id>{3, 1});
  CHECK(values(shown, 0, 2) == std::vector<ciess::row_id>{1});
  CHECK(values(shown, 1, 1).empty());
  CHECK(values(shown, 2, 1) == std::vector<ciess::row_id>{0});
  CHECK(values(shown, 2, 2) == std::vector<ciess::row_id>{1});
  CHECK(shown.frequency(0) == std::vector<double>{1, 0, 2});
  CHECK(shown.frequency(1) == std::vector<double>{1, 1, 0, 1});
}

TEST_CASE("a subset of impressions keeps fields, order and everything of an impression", "[data]") {
  const impressions shown(some());
  const impressions two = shown.subset(std::vector<index_t>{2, 0});
  REQUIRE(two.size() == 2);
  CHECK(two.fields().size() == 3);
  CHECK(two.fields()[1].rows == 4);
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(values(two, 0, k) == values(shown, 2, k));
    CHECK(values(two, 1, k) == values(shown, 0, k));
  }
  CHECK(two.times()[0] == 20);
  CHECK(two.numbers()(0, 0) == 0.5F);
  CHECK(two.clicks() == 2);
  CHECK(shown.subset(std::vector<index_t>{0, 1, 2}) == shown);
  CHECK_FALSE(two == shown);
  CHECK(shown.subset({}).size() == 0);
  CHECK_THROWS_AS(shown.subset(std::vector<index_t>{3}), ciess::argument_error);
  CHECK_THROWS_AS(shown.subset(std::vector<index_t>{-1}), ciess::argument_error);
}

TEST_CASE("impressions refuse what does not fit together", "[data]") {
  const auto refused = [](auto change, const char* says) {
    auto p = some();
    change(p);
    try {
      const impressions made(std::move(p));
    } catch (const ciess::error& e) {
      INFO(e.what());
      return std::string(e.what()).find(says) != std::string::npos;
    }
    return false;
  };
  CHECK(refused([](auto& p) { p.fields.clear(); }, "at least one field"));
  CHECK(refused([](auto& p) { p.fields[0].rows = 0; }, "field user to have rows, got 0"));
  CHECK(refused([](auto& p) { p.fields[0].rows = index_t{1} << 40; }, "that can be numbered"));
  CHECK(refused([](auto& p) { p.single.pop_back(); }, "expected 6 values of single fields"));
  CHECK(refused([](auto& p) { p.single[2] = 3; }, "field user of impression 1 is row 3 of 3"));
  CHECK(refused([](auto& p) { p.single[2] = -1; }, "is row -1 of 3"));
  CHECK(refused([](auto& p) { p.pooled[0].values[0] = 4; },
                "field genres of impression 0 is row 4 of 4"));
  CHECK(refused([](auto& p) { p.pooled[0].offsets[1] = 4; }, "rising offsets"));
  CHECK(refused([](auto& p) { p.pooled[0].offsets.pop_back(); }, "rising offsets"));
  CHECK(refused([](auto& p) { p.pooled[0].values.push_back(0); }, "rising offsets"));
  CHECK(refused([](auto& p) { p.pooled.clear(); }, "1 lists of pooled fields"));
  CHECK(refused([](auto& p) { p.labels[1] = 2; }, "label 1 to be 0 or 1, got 2"));
  CHECK(refused([](auto& p) { p.labels.push_back(1); }, "for 4 labels"));
  CHECK(refused([](auto& p) { p.features.clear(); }, "0 features"));
  CHECK(refused([](auto& p) { p.numbers.resize(2, 1); }, "3 rows of features"));
  CHECK(refused([](auto& p) { p.numbers(1, 0) = std::numeric_limits<float>::quiet_NaN(); },
                "feature age of impression 1"));
  CHECK(refused([](auto& p) { p.times.pop_back(); }, "3 times"));
}

TEST_CASE("merged impressions are those of both, in their order", "[data]") {
  const impressions shown(some());
  const impressions first = shown.subset(std::vector<index_t>{0, 1});
  const impressions last = shown.subset(std::vector<index_t>{2});
  CHECK(ciess::merge(first, last) == shown);
  CHECK(ciess::merge(last, first) == shown.subset(std::vector<index_t>{2, 0, 1}));
  CHECK(ciess::merge(shown.subset({}), shown) == shown);
  CHECK(ciess::merge(shown, shown.subset({})) == shown);
  CHECK(ciess::same_fields(first, last));
  auto other = some();
  other.fields[0].rows = 4;
  CHECK_FALSE(ciess::same_fields(shown, impressions(other)));
  CHECK_THROWS_WITH(ciess::merge(shown, impressions(other)), ContainsSubstring("same fields"));
  auto timeless = some();
  timeless.times.clear();
  CHECK_THROWS_WITH(ciess::merge(shown, impressions(timeless)), ContainsSubstring("times"));
}
