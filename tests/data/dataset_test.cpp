// SPDX-License-Identifier: MIT
#include <ciess/data/dataset.hpp>
// its own header first
#include <ciess/data/read.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/timed_data.hpp"

namespace {

using ciess::dataset_options;
using ciess::split_kind;

/// User, item, second of 1970.
ciess::loaded timed(const std::string& text) {
  return ciess::parse_interactions(text, "file",
                                   {.format = ciess::data_format::delimited,
                                    .time = 2,
                                    .times = true,
                                    .header = ciess::header_line::no,
                                    .delimiter = ","});
}

ciess::loaded made_up(std::uint64_t seed, bool times = true) {
  ciess::loaded l;
  l.data = support::timed_data(seed, {.users = 20, .items = 25, .pairs = 260, .times = times});
  std::vector<std::int64_t> users, items;
  for (int k = 0; k < 20; ++k) users.push_back(100 + k);
  for (int k = 0; k < 25; ++k) items.push_back(1000 + 3 * k);
  l.users = ciess::id_map(users);
  l.items = ciess::id_map(items);
  return l;
}

/// "user:item" by external ids, in row order.
std::string pairs(const ciess::dataset& d, const ciess::interactions& part) {
  std::string out;
  for (ciess::row_id u = 0; u < part.users(); ++u)
    for (const auto i : part.items_of(u))
      out += (out.empty() ? "" : " ") + d.users.text(u) + ":" + d.items.text(i);
  return out;
}

std::set<std::string> set_of(const ciess::id_map& users, const ciess::id_map& items,
                             const ciess::interactions& part) {
  std::set<std::string> all;
  for (ciess::row_id u = 0; u < part.users(); ++u)
    for (const auto i : part.items_of(u)) all.insert(users.text(u) + ":" + items.text(i));
  return all;
}

void check_shapes(const ciess::dataset& d) {
  for (const auto* part : {&d.parts.train, &d.parts.validation, &d.parts.test, &d.all}) {
    CHECK(part->users() == d.users.size());
    CHECK(part->items() == d.items.size());
  }
}

constexpr std::int64_t second = 1000;

// Six users' pairs by time; item 50 and user 6 come last of all.
const char* const worked =
    "1,10,1\n2,10,2\n1,20,3\n3,20,4\n2,30,5\n3,10,6\n1,30,7\n4,20,8\n4,10,9\n2,50,10\n6,10,11\n"
    "1,50,12\n";

}  // namespace

TEST_CASE("the default is split_interactions of the data, byte for byte", "[data]") {
  for (std::uint64_t seed = 1; seed < 6; ++seed) {
    const auto l = made_up(seed, seed % 2 == 0);
    const auto d = ciess::make_dataset(l, nullptr, {.seed = seed});
    const auto parts = ciess::split_interactions(l.data, {}, seed);
    CHECK(d.parts.train == parts.train);
    CHECK(d.parts.validation == parts.validation);
    CHECK(d.parts.test == parts.test);
    CHECK(d.all == l.data);
    CHECK(d.users == l.users);
    CHECK(d.items == l.items);
    CHECK_FALSE(d.split_by_time);
    CHECK(d.few_users + d.few_items + d.few_pairs + d.unknown_test_pairs + d.repeated_test_pairs ==
          0);
    check_shapes(d);
  }
}

TEST_CASE("an item that only the test part knows is in no part and has no id", "[data]") {
  // Validation from second 5, test from second 8.
  const auto d = ciess::make_dataset(
      timed(worked), nullptr,
      {.kind = split_kind::temporal, .at = {{.time = 5 * second}, {.time = 8 * second}}});
  CHECK(d.split_by_time);
  CHECK(pairs(d, d.parts.train) == "1:10 1:20 2:10 3:20");
  CHECK(pairs(d, d.parts.validation) == "1:30 2:30 3:10");
  CHECK(pairs(d, d.parts.test).empty());  // all of them have user 4, user 6 or item 50
  CHECK(d.users == ciess::id_map(std::vector<std::int64_t>{1, 2, 3}));
  CHECK(d.items == ciess::id_map(std::vector<std::int64_t>{10, 20, 30}));
  CHECK(d.future_users == 2);  // 4 and 6
  CHECK(d.future_items == 1);  // 50
  CHECK(d.future_pairs == 5);
  CHECK(d.unknown_validation_pairs == 2);  // item 30
  CHECK(d.all == ciess::merge(d.parts.train, d.parts.validation));
  check_shapes(d);

  const auto later = ciess::make_dataset(
      timed(worked), nullptr,
      {.kind = split_kind::temporal, .at = {{.time = 8 * second}, {.time = 9 * second}}});
  CHECK(pairs(later, later.parts.validation) == "4:20");
  CHECK(pairs(later, later.parts.test) == "4:10");
  CHECK(later.future_pairs == 3);
  CHECK(later.unknown_validation_pairs == 1);
}

TEST_CASE("borders are moments or shares of the interactions", "[data]") {
  const auto l = timed(worked);
  // 12 pairs: a half are 6, three quarters 9.
  const auto shares = ciess::make_dataset(
      l, nullptr, {.kind = split_kind::temporal, .at = {{.share = 0.5}, {.share = 0.75}}});
  const auto moments = ciess::make_dataset(
      l, nullptr,
      {.kind = split_kind::temporal,
       .at = {{.time = 6 * second + 1}, {.time = 9 * second + 1, .share = 0.1}}});
  CHECK(pairs(shares, shares.parts.train) == "1:10 1:20 2:10 2:30 3:10 3:20");
  CHECK(pairs(shares, shares.parts.validation) == "1:30 4:10 4:20");
  CHECK(shares.parts.train == moments.parts.train);
  CHECK(shares.parts.validation == moments.parts.validation);
  CHECK(shares.parts.test == moments.parts.test);
  CHECK(shares.future_pairs == 3);
  // One border: of the nine pairs before it the last three are validation.
  const auto one =
      ciess::make_dataset(l, nullptr, {.kind = split_kind::temporal, .at = {{.share = 0.75}}});
  CHECK(one.parts.train == shares.parts.train);
  CHECK(one.parts.validation == shares.parts.validation);
  // A border and a share together.
  const auto both = ciess::make_dataset(
      l, nullptr, {.kind = split_kind::temporal, .at = {{.share = 0.25}, {.time = 7 * second}}});
  CHECK(pairs(both, both.parts.train) == "1:10 1:20 2:10");
  CHECK(pairs(both, both.parts.validation) == "2:30 3:10 3:20");
}

TEST_CASE("splits by each user's time", "[data]") {
  const auto l = timed(worked);
  const auto last = ciess::make_dataset(l, nullptr, {.kind = split_kind::last});
  // Of each user the last is for test, the one before for validation, one at least for training;
  // 1:50 and 2:50 are of test alone, as is user 6's only pair of training.
  CHECK(pairs(last, last.parts.train) == "1:10 1:20 2:10 3:20 4:20 6:10");
  CHECK(pairs(last, last.parts.validation) == "1:30 2:30");
  CHECK(pairs(last, last.parts.test) == "3:10 4:10");
  CHECK(last.future_items == 1);
  CHECK(last.future_users == 0);
  CHECK(last.future_pairs == 2);
  CHECK(last.split_by_time);
  const auto data = made_up(3);
  const auto temporal =
      ciess::make_dataset(data, nullptr, {.kind = split_kind::temporal, .seed = 7});
  const auto expected = ciess::forget_unknown(ciess::split_by_time(data.data, {}, 7));
  CHECK(temporal.parts.train == expected.parts.train);
  CHECK(temporal.parts.validation == expected.parts.validation);
  CHECK(temporal.parts.test == expected.parts.test);
  const auto two = ciess::make_dataset(data, nullptr, {.kind = split_kind::last, .last = 2});
  const auto of_two = ciess::forget_unknown(ciess::split_last(data.data, 2, 1));
  CHECK(two.parts.test == of_two.parts.test);
  CHECK(two.parts.validation == of_two.parts.validation);
}

TEST_CASE("nothing is lost, and nothing twice", "[data]") {
  for (const auto kind : {split_kind::random, split_kind::temporal, split_kind::last})
    for (std::uint64_t seed = 1; seed < 5; ++seed) {
      const auto l = made_up(seed);
      const auto whole = set_of(l.users, l.items, l.data);
      const auto d = ciess::make_dataset(l, nullptr, {.kind = kind, .seed = seed});
      std::set<std::string> seen;
      std::size_t count = 0;
      for (const auto* part : {&d.parts.train, &d.parts.validation, &d.parts.test}) {
        const auto some = set_of(d.users, d.items, *part);
        count += some.size();
        seen.insert(some.begin(), some.end());
      }
      CHECK(count == seen.size());
      for (const auto& pair : seen)
        if (!whole.contains(pair)) FAIL(pair);
      const auto gone = kind == split_kind::random ? 0 : d.future_pairs;
      CHECK(count + static_cast<std::size_t>(gone) == whole.size());
      check_shapes(d);
    }
}

TEST_CASE("rows that come too rarely are left out first", "[data]") {
  auto l = timed(worked);
  const auto d = ciess::make_dataset(
      l, nullptr, {.core = {.min_user = 2, .min_item = 2}, .kind = split_kind::random});
  CHECK(d.users == ciess::id_map(std::vector<std::int64_t>{1, 2, 3, 4}));  // 6 comes once
  CHECK(d.few_users == 1);
  CHECK(d.few_items == 0);
  CHECK(d.few_pairs == 1);
  CHECK(d.all.size() == 11);
  check_shapes(d);
  const auto items = ciess::make_dataset(l, nullptr, {.core = {.min_user = 1, .min_item = 3}});
  CHECK(items.few_items == 2);  // 30 and 50
  CHECK(items.items == ciess::id_map(std::vector<std::int64_t>{10, 20}));
  CHECK_THROWS_AS(ciess::make_dataset(l, nullptr, {.core = {.min_user = 9, .min_item = 9}}),
                  ciess::data_error);
  CHECK_THROWS_AS(ciess::make_dataset(l, nullptr, {.core = {.min_user = 0, .min_item = 1}}),
                  ciess::argument_error);
}

TEST_CASE("a test part of its own stays whole but for what nobody knows", "[data]") {
  const auto l = made_up(4);
  ciess::loaded given = timed("100,1000,5\n100,7777,6\n999,1000,7\n101,1003,8\n119,1072,9\n");
  std::size_t known = 0, repeated = 0;
  const auto whole = set_of(l.users, l.items, l.data);
  for (const char* pair : {"100:1000", "101:1003", "119:1072"})
    ++(whole.contains(pair) ? repeated : known);
  for (const auto kind : {split_kind::random, split_kind::temporal, split_kind::last}) {
    const auto d = ciess::make_dataset(l, &given, {.kind = kind, .seed = 3});
    CHECK(d.unknown_test_pairs == 2);
    CHECK(d.repeated_test_pairs == static_cast<ciess::index_t>(repeated));
    CHECK(d.parts.test.size() + d.future_pairs == static_cast<ciess::index_t>(known));
    CHECK(d.all == ciess::merge(d.parts.train, d.parts.validation));
    CHECK(d.all == l.data);
    check_shapes(d);
  }
  // 4 to 1, or in proportion to the shares.
  const auto d = ciess::make_dataset(l, &given, {.seed = 3});
  const auto parts = ciess::split_interactions(l.data, {.train = 0.8, .validation = 0.2}, 3);
  CHECK(d.parts.train == parts.train);
  CHECK(d.parts.validation == parts.validation);
  const auto halves =
      ciess::make_dataset(l, &given, {.shares = {.train = 0.3, .validation = 0.3}, .seed = 3});
  const auto half = ciess::split_interactions(l.data, {.train = 0.5, .validation = 0.5}, 3);
  CHECK(halves.parts.train == half.train);
  CHECK(halves.parts.validation == half.validation);
  // The last of each user is for validation, everything before for training.
  const auto last = ciess::make_dataset(l, &given, {.kind = split_kind::last, .last = 2});
  const auto cut = ciess::split_last(l.data, 2, 1);
  CHECK(last.parts.validation == cut.test);
  CHECK(last.parts.train == ciess::merge(cut.train, cut.validation));
  // One moment: where validation begins.
  const auto at =
      ciess::make_dataset(l, &given, {.kind = split_kind::temporal, .at = {{.share = 0.6}}});
  const auto border = ciess::time_quantile(l.data, 0.6);
  const auto moments = ciess::split_at(l.data, border, std::numeric_limits<std::int64_t>::max());
  CHECK(at.parts.train == moments.train);
  CHECK(at.parts.validation == moments.validation);
  // Ids whose rows the core takes out are unknown to the test part.
  const auto core = ciess::make_dataset(timed(worked), &given, {});
  CHECK(core.unknown_test_pairs == 5);
  const auto small = timed("6,20,1\n1,20,2\n4,30,3\n");
  const auto without =
      ciess::make_dataset(timed(worked), &small, {.core = {.min_user = 2, .min_item = 1}});
  CHECK(without.unknown_test_pairs == 1);  // user 6
  CHECK(without.repeated_test_pairs == 1);
  CHECK(pairs(without, without.parts.test) == "4:30");
}

TEST_CASE("a data set asks for times and for options in range", "[data]") {
  const auto l = made_up(5), timeless = made_up(5, false);
  const auto refused = [](const ciess::loaded& data, const ciess::loaded* given,
                          const dataset_options& o) {
    CHECK_THROWS_AS(ciess::make_dataset(data, given, o), ciess::argument_error);
  };
  for (const auto* given : {static_cast<const ciess::loaded*>(nullptr), &l}) {
    refused(timeless, given, {.kind = split_kind::temporal});
    refused(timeless, given, {.kind = split_kind::last});
    refused(timeless, given, {.kind = split_kind::temporal, .at = {{.time = 5}}});
    refused(timeless, given, {.kind = split_kind::temporal, .at = {{.share = 0.5}}});
    refused(l, given, {.kind = split_kind::last, .last = 0});
    refused(l, given, {.at = {{.share = 0.5}}});  // a random split has no border
    refused(l, given, {.kind = split_kind::last, .at = {{.share = 0.5}}});
    for (const double share : {0.0, 1.0, -0.5, 2.0, std::nan("")})
      refused(l, given, {.kind = split_kind::temporal, .at = {{.share = share}}});
    refused(l, given,
            {.kind = split_kind::temporal, .at = {{.share = 0.2}, {.share = 0.4}, {.share = 0.6}}});
    for (const double share : {0.0, 1.5, -1.0, std::nan("")}) {
      refused(l, given, {.shares = {.train = share, .validation = 0.25}});
      refused(l, given,
              {.kind = split_kind::temporal, .shares = {.train = share, .validation = 0.25}});
    }
    refused(l, given, {.shares = {.train = 0.5, .validation = -0.1}});
    refused(l, given, {.shares = {.train = 0.9, .validation = 0.9}});
  }
  refused(l, &l, {.kind = split_kind::temporal, .at = {{.share = 0.2}, {.share = 0.4}}});
  refused(l, nullptr, {.kind = split_kind::temporal, .at = {{.share = 0.4}, {.share = 0.2}}});
  CHECK_THROWS_WITH(
      ciess::make_dataset(l, nullptr, {.kind = split_kind::temporal, .at = {{.time = -999'999}}}),
      ContainsSubstring("no interaction lies before the moment"));
  CHECK_THROWS_WITH(
      ciess::make_dataset(l, nullptr, {.kind = split_kind::temporal, .at = {{.share = 7}}}),
      ContainsSubstring("(0, 1), got 7"));
}

TEST_CASE("a core before a moment knows nothing of what comes after it", "[data]") {
  // Item 7 comes once before second 10 and often after it; users 1 and 2 have the others.
  const auto data =
      timed("1,5,1\n2,5,2\n1,6,3\n2,6,4\n1,7,5\n3,5,6\n2,7,11\n3,7,12\n3,6,13\n1,8,14\n4,5,15\n");
  const dataset_options o{.core = {.min_user = 2, .min_item = 2},
                          .kind = split_kind::temporal,
                          .at = {{.time = 4 * second}, {.time = 10 * second}}};
  const auto d = ciess::make_dataset(data, nullptr, o);
  check_shapes(d);
  // Before second 10, item 7 has one pair, so user 1 keeps 5 and 6; user 3 has one pair.
  CHECK(pairs(d, d.parts.train) == "1:5 1:6 2:5");
  CHECK(pairs(d, d.parts.validation) == "2:6");
  CHECK(d.parts.test.empty());
  CHECK(d.few_users == 2);
  CHECK(d.few_items == 2);
  CHECK(d.few_pairs == 7);
  // What happens later changes nothing of what is trained on.
  const auto fewer =
      ciess::make_dataset(timed("1,5,1\n2,5,2\n1,6,3\n2,6,4\n1,7,5\n3,5,6\n2,6,11\n"), nullptr, o);
  CHECK(pairs(fewer, fewer.parts.train) == pairs(d, d.parts.train));
  CHECK(fewer.items == d.items);
}

TEST_CASE("weights that were added up over all times are not split by time", "[data]") {
  const auto weighted = [](const std::string& text) {
    return ciess::parse_interactions(text, "file",
                                     {.user = 0, .item = 1, .time = 2, .weight = 3, .times = true});
  };
  const dataset_options o{.kind = split_kind::temporal, .at = {{.time = 100 * second}}};
  CHECK_THROWS_WITH(
      ciess::make_dataset(weighted("1,2,1,1\n1,3,2,1\n1,2,200,50\n1,4,300,1\n"), nullptr, o),
      ContainsSubstring("1 pairs came before, and their weights, of all times, were added up"));
  const auto once = ciess::make_dataset(weighted("1,2,1,1\n1,3,2,4\n1,3,3,1\n1,4,300,1\n"), nullptr,
                                        {.kind = split_kind::random});
  CHECK(once.all.has_weights());
  const auto by_time =
      ciess::make_dataset(weighted("1,2,1,1\n1,3,2,4\n1,5,3,1\n1,4,300,1\n"), nullptr, o);
  CHECK(by_time.parts.train.has_weights());
}
