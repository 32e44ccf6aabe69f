// SPDX-License-Identifier: MIT
#include <ciess/data/describe_dataset.hpp>
// its own header first
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

using lines = std::vector<std::string>;

/// What a program says that has a test part of its own.
const ciess::dataset_words given{"--min-user", "--min-item", "--data", "--test"};

}  // namespace

TEST_CASE("of a data set whose interactions are all in a part nothing is said", "[data]") {
  CHECK(ciess::describe({}, {}).empty());
  ciess::dataset d;
  d.split_by_time = true;
  d.parts.train = ciess::interactions(2, 2, {{0, 0}, {1, 1}});
  CHECK(ciess::describe(d, {}).empty());
}

TEST_CASE("what a core has left out is said, and of which pairs it is the core", "[data]") {
  ciess::dataset d;
  d.few_users = 1;
  d.few_items = 2;
  d.few_pairs = 3;
  CHECK(ciess::describe(d, {}) ==
        lines{"left out by core_options::min_user and core_options::min_item: 1 users, 2 items, 3 "
              "pairs"});
  CHECK(ciess::describe(d, {.at = {{.share = 0.5}}}, {.min_user = "-u", .min_item = "-i"}) ==
        lines{"left out by -u and -i, with too few pairs before the test part: 1 users, 2 items, 3 "
              "pairs"});
}

TEST_CASE("a test part of its own is counted, with what is not in it", "[data]") {
  ciess::dataset d;
  d.parts.test = ciess::interactions(2, 3, {{0, 1}, {1, 2}});
  d.unknown_test_pairs = 4;
  d.repeated_test_pairs = 5;
  const std::string counted =
      "2 pairs to report on; left out: 4 of users or items that are not in --data, 5 that are in "
      "it";
  CHECK(ciess::describe(d, {}, given) == lines{counted});
  CHECK(ciess::describe(d, {}).empty());  // split off: it has no such pairs
  d.split_by_time = true;
  CHECK(ciess::describe(d, {}, given) ==
        lines{"note: the pairs of --test are reported on whenever they happened: their times are "
              "not looked at",
              counted});
}

TEST_CASE("what only the test part knows counts at random, and is left out by time", "[data]") {
  ciess::dataset d;
  d.future_users = 1;
  d.future_items = 0;
  d.future_pairs = 6;
  CHECK(ciess::describe(d, {}) ==
        lines{"only the test part knows 1 users and 0 items (6 pairs): they count, though nothing "
              "is learnt of them"});
  d.split_by_time = true;
  CHECK(ciess::describe(d, {}) == lines{"only the test part knows 1 users and 0 items: they and "
                                        "their 6 pairs are left out"});
}

TEST_CASE("validation's strangers are left out of its figures by time alone", "[data]") {
  ciess::dataset d;
  d.unknown_validation_pairs = 7;
  CHECK(ciess::describe(d, {}).empty());
  d.split_by_time = true;
  CHECK(ciess::describe(d, {}) ==
        lines{"7 pairs of validation are of users or items that training does not know: left out "
              "of its figures"});
}

TEST_CASE("all that there is to say of a data set comes in the order of its making", "[data]") {
  ciess::dataset d;
  d.few_pairs = d.future_pairs = d.unknown_validation_pairs = 1;
  d.split_by_time = true;
  const auto said = ciess::describe(d, {}, given);
  REQUIRE(said.size() == 5);
  const lines begin{"note: the pairs of --test",
                    "left out by --min-user and --min-item: ", "0 pairs to report on",
                    "only the test part knows", "1 pairs of validation"};
  for (std::size_t k = 0; k < said.size(); ++k) CHECK(said[k].starts_with(begin[k]));
}
