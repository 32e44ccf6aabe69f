// SPDX-License-Identifier: MIT
#include <ciess/data/click_dataset.hpp>
// its own header first
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <ciess/data/read_impressions.hpp>

#include "support/catch.hpp"

namespace {

using ciess::click_dataset;
using ciess::click_dataset_options;
using ciess::impressions;
using ciess::index_t;
using ciess::loaded_impressions;
using ciess::make_click_dataset;
using ciess::split_kind;

/// Lines `id,label,a,tags,x,time`; ids tell impressions apart.
loaded_impressions made(int n, int first = 0) {
  std::string text = "id,label,a,tags,x,time\n";
  for (int k = first; k < first + n; ++k) {
    const std::string a = k % 10 == 9 ? "" : "a" + std::to_string(k * k % 17);
    const std::string tags = k % 7 == 0 ? "" : k % 2 == 0 ? "t" + std::to_string(k % 5) : "t1|t2";
    text += std::to_string(k) + ',' + std::to_string(k * 13 % 3 == 0) + ',' + a + ',' + tags + ',' +
            (k % 11 == 3 ? "" : std::to_string(k % 6)) + ',' +
            std::to_string(1'600'000'000 + 100 * (k / 2)) + '\n';
  }
  return ciess::parse_impressions(
      text, "made",
      {.pooled = {"tags"}, .numeric = {"x"}, .numbers = ciess::number_use::standardised});
}

std::string name(const click_dataset& d, std::size_t k, ciess::row_id r) {
  return d.values[k].text(r);
}

using parts = std::vector<std::pair<const impressions*, const char*>>;
parts parts_of(const click_dataset& d) {
  return {{&d.train, "train"}, {&d.validation, "validation"}, {&d.test, "test"}};
}

void refuses(const loaded_impressions& l, const click_dataset_options& o, const char* because) {
  CHECK_THROWS_WITH(make_click_dataset(l, o), ContainsSubstring(because));
  CHECK_THROWS_AS(make_click_dataset(l, o), ciess::error);
}

}  // namespace

TEST_CASE("a random split has exact shares, keeps the order and every value", "[data]") {
  const auto l = made(1000);
  const auto d = make_click_dataset(l);
  CHECK(d.train.size() == 800);
  CHECK(d.validation.size() == 100);
  CHECK(d.test.size() == 100);
  CHECK_FALSE(d.split_by_time);
  // Times tell pairs of impressions, labels and x the rest.
  index_t clicks = 0;
  for (const auto& [part, what] : parts_of(d)) {
    INFO(what);
    clicks += part->clicks();
    CHECK(std::ranges::is_sorted(part->times()));
    CHECK(part->fields()[1].rows == d.values[1].size());
  }
  CHECK(clicks == l.data.clicks());
  CHECK(make_click_dataset(l, {.seed = 1}).test == d.test);
  CHECK(make_click_dataset(l, {.seed = 2}).test != d.test);
  const auto seven = make_click_dataset(l, {.shares = {.train = 0.7, .validation = 0.2}});
  CHECK(seven.train.size() == 700);
  CHECK(seven.validation.size() == 200);
}

TEST_CASE("values rare in training share row 0 with those it never shows", "[data]") {
  const auto l = made(500);
  for (const index_t min_count : {1, 5, 20}) {
    const auto d = make_click_dataset(l, {.min_count = min_count, .kind = split_kind::temporal});
    CHECK(d.split_by_time);
    // By time, train is what comes first: all can be counted anew from the file.
    for (std::size_t k = 0; k < 3; ++k) {
      std::map<ciess::row_id, index_t> count, later;
      for (index_t i = 0; i < l.data.size(); ++i)
        for (const auto v : l.data.values(i, k)) ++(i < d.train.size() ? count : later)[v];
      index_t kept = 0, rare = 0, rare_shown = 0, unseen = 0, unseen_shown = 0;
      for (std::size_t v = 0; v < l.values[k].size(); ++v) {
        const auto value = static_cast<ciess::row_id>(v);
        const index_t shown = count[value];
        (shown == 0 ? unseen : shown < min_count ? rare : kept) += 1;
        if (shown == 0) unseen_shown += later[value];
        if (shown > 0 && shown < min_count) rare_shown += shown;
        CHECK(d.values[k].find(l.values[k][v]).has_value() == (shown >= min_count));
      }
      CHECK(d.values[k].size() == kept + 1);
      CHECK(d.train.fields()[k].rows == kept + 1);
      CHECK(name(d, k, 0) == "<rare>");
      CHECK(d.fields[k] == ciess::click_field_account{.values = kept + rare + unseen,
                                                      .rare = rare,
                                                      .rare_shown = rare_shown,
                                                      .unseen = unseen,
                                                      .unseen_shown = unseen_shown});
      index_t from = 0;
      for (const auto& [part, what] : parts_of(d)) {
        INFO(what);
        for (index_t i = 0; i < part->size(); ++i) {
          const auto was = l.data.values(from + i, k), is = part->values(i, k);
          REQUIRE(was.size() == is.size());
          for (std::size_t j = 0; j < was.size(); ++j)
            CHECK(name(d, k, is[j]) == (count[was[j]] >= min_count
                                            ? l.values[k][static_cast<std::size_t>(was[j])]
                                            : "<rare>"));
        }
        from += part->size();
      }
    }
    CHECK(d.train.frequency(0)[0] == (min_count == 1 ? 0 : static_cast<double>(d.train.size())));
    CHECK(d.test.frequency(0)[0] == static_cast<double>(d.test.size()));  // all ids are new
  }
}

TEST_CASE("features are scaled by the training part, and missing ones are its mean", "[data]") {
  const auto l = made(600);
  const auto d = make_click_dataset(l, {.kind = split_kind::temporal});
  REQUIRE(d.means.size() == 1);
  double sum = 0, squares = 0, count = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(d.train.size()); ++i) {
    const double x = l.numbers[0][i];
    if (std::isnan(x)) continue;
    sum += x;
    squares += x * x;
    ++count;
  }
  const double mean = sum / count;
  CHECK(d.means[0] == Approx(mean));
  CHECK(d.deviations[0] == Approx(std::sqrt(squares / count - mean * mean)));
  index_t i = 0;
  for (const auto& [part, what] : parts_of(d))
    for (index_t j = 0; j < part->size(); ++j, ++i) {
      const double x = l.numbers[0][static_cast<std::size_t>(i)];
      const double expected = std::isnan(x) ? 0 : (x - mean) / d.deviations[0];
      CHECK(std::abs(part->numbers()(j, 0) - expected) < 1e-5);
    }
  auto same = l;
  std::ranges::fill(same.numbers[0], 7.0);
  const auto flat = make_click_dataset(same);
  CHECK(flat.means[0] == 7);
  CHECK(flat.deviations[0] == 1);
  CHECK(flat.train.numbers().isZero());
  std::ranges::fill(same.numbers[0], std::nan(""));
  CHECK(make_click_dataset(same).test.numbers().isZero());
}

TEST_CASE("a split by time does not tear a moment apart", "[data]") {
  const auto l = made(1000);  // two impressions a moment, 100 seconds apart
  const auto d = make_click_dataset(l, {.kind = split_kind::temporal});
  CHECK(d.train.size() == 800);
  CHECK(d.validation.size() == 100);
  CHECK(d.train.times().back() < d.validation.times().front());
  CHECK(d.validation.times().back() < d.test.times().front());
  const auto odd = make_click_dataset(
      l, {.kind = split_kind::temporal, .shares = {.train = 0.801, .validation = 0.1}});
  CHECK(odd.train.size() == 802);
  const std::int64_t start = 1'600'000'000;
  const auto two = make_click_dataset(
      l, {.kind = split_kind::temporal, .at = {{.time = (start + 30'000) * 1000}, {.share = 0.9}}});
  CHECK(two.train.size() == 600);
  CHECK(two.validation.size() == 300);
  CHECK(two.validation.times().front() == start + 30'000);
  const auto between =
      make_click_dataset(l, {.kind = split_kind::temporal,
                             .at = {{.time = (start + 30'000) * 1000 + 1}, {.share = 0.9}}});
  CHECK(between.train.size() == 602);  // a millisecond later
  const auto one = make_click_dataset(
      l, {.kind = split_kind::temporal, .at = {{.time = (start + 30'000) * 1000}}});
  CHECK(one.test.size() == 400);
  CHECK(one.train.size() == 400);
  CHECK(one.validation.size() == 200);
}

TEST_CASE("parts may have files of their own", "[data]") {
  const auto train = made(300), validation = made(100, 250), test = made(100, 350);
  const auto d =
      make_click_dataset(train, {.min_count = 3}, {.validation = &validation, .test = &test});
  CHECK(d.train.size() == 300);
  CHECK(d.validation.size() == 100);
  CHECK(d.test.size() == 100);
  for (const auto& [part, from] : {std::pair(&d.validation, &validation), {&d.test, &test}})
    for (index_t i = 0; i < part->size(); ++i) {
      const auto was = from->data.values(i, 1)[0];
      const auto text = from->values[1][static_cast<std::size_t>(was)];
      CHECK(name(d, 1, part->values(i, 1)[0]) == (d.values[1].find(text) ? text : "<rare>"));
    }
  // Of 200 ids in the other files 150 are not in training; each is shown once.
  CHECK(d.fields[0].unseen == 150);
  CHECK(d.fields[0].unseen_shown == 150);
  CHECK(d.fields[0].rare == 300);
  CHECK(d.fields[0].values == 450);
  CHECK(d.fields[1].unseen == 0);
  const auto half = make_click_dataset(train, {}, {.test = &test});
  CHECK(half.train.size() == 267);  // 8 to 1
  CHECK(half.validation.size() == 33);
  CHECK(half.test.size() == 100);
  const auto timed = make_click_dataset(train, {.kind = split_kind::temporal}, {.test = &test});
  CHECK(timed.train.size() + timed.validation.size() == 300);
  CHECK(timed.train.times().back() < timed.validation.times().front());

  auto other = test;
  ciess::impressions::parts p = other.data.all_parts();
  p.fields[1].name = "b";
  other.data = impressions(p);
  CHECK_THROWS_WITH(make_click_dataset(train, {}, {.test = &other}),
                    ContainsSubstring("expected column 'a' of the training file in the file of "
                                      "part test, got no such field"));
  other = test;
  other.features = {"y"};
  CHECK_THROWS_WITH(make_click_dataset(train, {}, {.test = &other}),
                    ContainsSubstring("expected column 'x'"));
  CHECK_THROWS_AS(make_click_dataset(train, {}, {.validation = &test}), ciess::argument_error);
  CHECK_THROWS_WITH(
      make_click_dataset(train, {.negatives = {.per_positive = 1, .field = "a"}}, {.test = &test}),
      ContainsSubstring("negatives are drawn of one file"));
}

TEST_CASE("files of clicks alone get negatives before they are split", "[data]") {
  std::string text = "user,item\n";
  for (int u = 0; u < 40; ++u)
    for (int k = 0; k < 5; ++k)
      text += std::to_string(u) + ',' + std::to_string((u * 7 + k * 3) % 30) + '\n';
  const auto l = ciess::parse_impressions(
      text, "f", {.label = ciess::column::none(), .header = ciess::header_line::yes});
  const auto d = make_click_dataset(
      l, {.shares = {.train = 0.7, .validation = 0.2}, .negatives = {.per_positive = 2}});
  CHECK(d.drawn == 400);
  CHECK(d.train.size() == 420);
  CHECK(d.validation.size() == 120);
  std::set<std::pair<std::string, std::string>> yes, no;
  index_t clicks = 0;
  for (const auto& [part, what] : parts_of(d))
    for (index_t i = 0; i < part->size(); ++i) {
      const std::pair pair{name(d, 0, part->values(i, 0)[0]), name(d, 1, part->values(i, 1)[0])};
      const bool click = part->labels()[static_cast<std::size_t>(i)] == 1;
      (click ? yes : no).insert(pair);
      clicks += click ? 1 : 0;
    }
  CHECK(clicks == 200);
  for (const auto& pair : no) CHECK(!yes.contains(pair));  // in whatever part
  refuses(l, {}, "without column of labels negatives are to be drawn");
}

TEST_CASE("splits and parts that make no sense are refused", "[data]") {
  const auto l = made(100);
  refuses(l, {.min_count = 0}, "min_count must be at least 1");
  refuses(l, {.kind = split_kind::last}, "at random or by time");
  refuses(l, {.at = {{.share = 0.5}}}, "moments to split at need a split by time");
  refuses(l, {.shares = {.train = 0, .validation = 0.1}}, "share for training");
  refuses(l, {.shares = {.train = 0.9, .validation = 0.2}}, "share for validation");
  refuses(l, {.shares = {.train = 0.9, .validation = 0}}, "got none of 100 in validation");
  refuses(l, {.shares = {.train = 0.9, .validation = 0.1}}, "got none of 100 in test");
  refuses(l, {.kind = split_kind::temporal, .at = {{.share = 0.5}, {.share = 0.6}, {.share = 0.7}}},
          "at most 2 moments");
  refuses(l, {.kind = split_kind::temporal, .at = {{.share = 0.6}, {.share = 0.5}}},
          "before validation");
  refuses(l, {.kind = split_kind::temporal, .at = {{.share = 1.5}}}, "a share to split at");
  refuses(l, {.kind = split_kind::temporal, .at = {{.time = 5}}}, "no impression lies before");
  auto p = l.data.all_parts();
  p.times.clear();
  auto timeless = l;
  timeless.data = impressions(p);
  refuses(timeless, {.kind = split_kind::temporal}, "needs times");
  const auto named = ciess::parse_impressions("label,a\n1,x\n0,<rare>\n1,x\n0,y\n", "f");
  refuses(named, {}, "has a value '<rare>', the name of the shared row");
  const auto few = ciess::parse_impressions("label,a\n1,x\n0,z\n1,x\n0,y\n", "f");
  refuses(few, {.shares = {.train = 0.5, .validation = 0.25}},
          "expected labels of 0 and of 1 in part");
}

TEST_CASE("a feature that is constant in training is divided by one, whatever its digits",
          "[data]") {
  for (const double constant : {0.1, 0.3, 19.99, -1e-9, 7.0}) {
    loaded_impressions l = made(900);
    for (std::size_t i = 0; i < l.numbers[0].size(); ++i)
      l.numbers[0][i] = i < 720 ? constant : constant + 0.5;  // another one later
    const auto d = make_click_dataset(l, {.kind = split_kind::temporal});
    CHECK(d.deviations[0] == 1);
    CHECK(d.means[0] == Approx(constant));
    CHECK(std::abs(d.train.numbers()(0, 0)) < 1e-6F);
    CHECK(d.test.numbers()(d.test.size() - 1, 0) == Approx(0.5).epsilon(1e-5));
  }
}
