// SPDX-License-Identifier: MIT
#include <ciess/study/result_table.hpp>
// its own header first
#include <ciess/search/budget/bytes.hpp>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

ciess::evaluation figures(std::vector<int> cutoffs, std::vector<double> recall,
                          std::vector<double> ndcg, double mean) {
  ciess::evaluation e;
  e.cutoffs = std::move(cutoffs);
  e.recall = std::move(recall);
  e.ndcg = std::move(ndcg);
  e.mean = mean;
  return e;
}

/// Two tables of two rows, of sizes up to 8.
ciess::method_result method(const std::string& name, int size, ciess::evaluation test,
                            ciess::start from = ciess::start::scratch) {
  ciess::method_result m;
  m.method = name;
  m.sizes = ciess::assignment({ciess::sizes(2, {1, 8}, size), ciess::sizes(2, {1, 8}, size)});
  m.recipe.from = from;
  m.test = std::move(test);
  return m;
}

ciess::study_result study(std::vector<ciess::study_result::row> rows) {
  ciess::study_result r;
  r.full_numbers = 32;
  r.full = figures({5, 10, 20}, {0.125, 0.25, 0.5}, {0.0625, 0.125, 0.25}, 0.25);
  r.baseline = figures({5, 10, 20}, {0.03125, 0.0625, 0.125}, {0.5, 0.75, 1}, 0.125);
  r.budgets = std::move(rows);
  return r;
}

/// Bytes of tables whose rows have this size, as a table prints them.
std::string bytes_of(int size) {
  const auto text = std::to_string(
      ciess::packed_bytes(method("", size, {}).sizes, ciess::number_format::float32));
  return std::string(13 - text.size(), ' ') + text;
}

const std::string first_lines =
    "removed  method                             numbers        bytes   Recall@5  Recall@20     "
    "NDCG@5    NDCG@20   vs. full\n"
    "-        popularity                               -            -     0.0312     0.1250     "
    "0.5000     1.0000     -50.0%\n"
    "-        full                                    32          128     0.1250     0.5000     "
    "0.0625     0.2500      +0.0%\n";

}  // namespace

TEST_CASE("a table has what every method is worth, and with a star what to take", "[study]") {
  using ciess::start;
  const auto low = figures({5, 10, 20}, {0.1, 0.2, 0.3}, {0.4, 0.5, 0.6}, 0.125);
  const auto high = figures({5, 10, 20}, {0.2, 0.3, 0.4}, {0.5, 0.6, 0.7}, 0.375);
  auto r = study(
      {{0.5, {method("equal", 4, low)}},
       {0.875,
        {method("equal", 1, low), method("ciess", 1, high), method("ciess", 1, low, start::warm)},
        1}});
  r.other_numbers = 7;
  CHECK(ciess::result_table(r) ==
        first_lines + "50%      equal                                   16" + bytes_of(4) +
            "     0.1000     "
            "0.3000     0.4000     0.6000     -50.0%\n"
            "50%      * equal                                 16" +
            bytes_of(4) +
            "     0.1000     "
            "0.3000     0.4000     0.6000     -50.0%\n"
            "87.5%    equal                                    4" +
            bytes_of(1) +
            "     0.1000     "
            "0.3000     0.4000     0.6000     -50.0%\n"
            "87.5%    ciess, scratch                           4" +
            bytes_of(1) +
            "     0.2000     "
            "0.4000     0.5000     0.7000     +50.0%\n"
            "87.5%    ciess, warm                              4" +
            bytes_of(1) +
            "     0.1000     "
            "0.3000     0.4000     0.6000     -50.0%\n"
            "87.5%    * ciess, scratch                         4" +
            bytes_of(1) +
            "     0.2000     "
            "0.4000     0.5000     0.7000     +50.0%\n"
            "\nbytes: packed as float, with scales, sizes and index, without ids; full: floats"
            "\nbeside the tables, in every row: 7 numbers of layers\n"
            "\n* the best of all that was tried, chosen on validation\n"
            "test set; \"vs. full\" compares the mean of Recall and NDCG at 5, 10 and 20\n");
}

TEST_CASE("what the caller has to say stands below the table", "[study]") {
  CHECK(ciess::result_table(study({}), "in the files", "more in the summary") ==
        first_lines +
            "\nbytes: packed as float, with scales, sizes and index, without ids; full: floats"
            "\n* the best of all that was tried, chosen on validation: in the files\n"
            "test set; \"vs. full\" compares the mean of Recall and NDCG at 5, 10 and 20; more in "
            "the summary\n");
}

TEST_CASE("a budget that no method has met has a line that says so", "[study]") {
  CHECK_THAT(ciess::result_table(study({{0.9, {}}})),
             ContainsSubstring("\n90%      no sizes were found\n\nbytes: "));
}

TEST_CASE("the best of a smaller budget is named with it, and that is explained", "[study]") {
  auto r = study({{0.5, {method("equal", 4, {})}}});
  CHECK_THAT(ciess::result_table(r), !ContainsSubstring("a smaller one, whose best"));
  r.budgets[0].smaller = method("ciess", 4, {});
  r.budgets[0].smaller_budget = 0.75;
  const auto table = ciess::result_table(r);
  CHECK_THAT(table, ContainsSubstring("50%      * ciess, of 75%  "));
  CHECK_THAT(table, ContainsSubstring("\n\"of\" another budget: a smaller one, whose best fits"));
}

TEST_CASE("what was not measured is a dash, what is no number shows", "[study]") {
  const auto one_list = figures({20}, {0.3}, {0.6}, 0.25);
  const auto none = figures({5, 10, 20}, {not_a_number, 0, 0}, {0, 0, 0}, not_a_number);
  auto r = study({{0.5, {method("one", 4, one_list), method("", 4, none)}}});
  const auto table = ciess::result_table(r);
  CHECK_THAT(table,
             ContainsSubstring("50%      one                                     16" + bytes_of(4) +
                               "          -     0.3000          -     0.6000      +0.0%\n"));
  CHECK_THAT(table,
             ContainsSubstring("50%                                              16" + bytes_of(4) +
                               "        nan     0.0000     0.0000     0.0000          -\n"));
  r.full.mean = 0;  // nothing can be compared with that
  r.baseline = {};
  CHECK_THAT(ciess::result_table(r),
             ContainsSubstring("popularity                               -            -          - "
                               "         -          -          -          -\n"));
}

TEST_CASE("a study of one list has one column of each kind", "[study]") {
  auto r = study({{0.5, {method("a name of more than thirty letters", 4, {})}}});
  r.full = figures({10}, {0.25}, {0.125}, 0.25);
  const auto table = ciess::result_table(r);
  CHECK_THAT(table, ContainsSubstring("bytes  Recall@10    NDCG@10   vs. full\n"));
  CHECK_THAT(table, ContainsSubstring("a name of more than thirty letters           16"));
  CHECK_THAT(table, ContainsSubstring("Recall and NDCG at 10\n"));
  CHECK_THAT(ciess::result_table(ciess::study_result{}), ContainsSubstring("bytes   vs. full\n"));
}

TEST_CASE("bytes are those of the format that was stored, and of what shares are", "[study]") {
  auto r = study({{0.5, {method("equal", 4, {})}}});
  r.stored_as = ciess::number_format::four_bits;
  r.of = ciess::budget_of::bytes;
  const auto table = ciess::result_table(r);
  CHECK_THAT(table, ContainsSubstring("\nbytes: packed as 4 bits, with"));
  CHECK_THAT(table, ContainsSubstring("; removed are shares of the bytes of the full size\n"));
  CHECK_THAT(table, ContainsSubstring(std::to_string(ciess::packed_bytes(
                        r.budgets[0].methods[0].sizes, ciess::number_format::four_bits))));
}
