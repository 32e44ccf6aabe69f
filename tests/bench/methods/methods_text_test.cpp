// SPDX-License-Identifier: MIT
#include "../bench/methods/methods_text.hpp"
// its own header first
#include <optional>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/run_summaries.hpp"

namespace {

using ciess_bench::compare_methods;
using ciess_bench::rest_of_standing_text;
using ciess_bench::standing_text;

/// What is said of a budget of one, two or three seeds.
std::string said(
    const std::vector<std::vector<std::pair<std::string, std::optional<double>>>>& of) {
  std::vector<ciess_bench::run_summary> runs;
  for (std::size_t r = 0; r < of.size(); ++r) {
    runs.push_back(run_of(r + 1, 0.5));
    add_budget(runs.back(), 0.8, of[r]);
  }
  const auto c = compare_methods(runs);
  return standing_text(c, 0) + rest_of_standing_text(c, 0);
}

}  // namespace

TEST_CASE("a table has a row for each method and says of how many seeds its cells are", "[bench]") {
  auto first = run_of(1, 0.5), second = run_of(2, 0.25);
  add_budget(first, 0.9, {{"equal", 0.25}, {"a|b", 0.5}, {"pep", 0.75}});
  add_budget(second, 0.9, {{"equal", 0.125}, {"a|b", 0.25}});
  add_budget(second, 0.8, {{"equal", 0.25}});
  second.searches[1].measurements = 25;
  second.searches[1].training_steps.reset();
  const std::vector runs{first, second};
  CHECK(
      ciess_bench::methods_table(compare_methods(runs), runs, {{"theirs", {{0.9, 0.5}}}}) ==
      "| method | 80 % of numbers removed | numbers | bytes | 90 % of numbers removed | numbers | "
      "bytes | measurements | training steps | seconds | seeds |\n"
      "|---|---|---:|---:|---|---:|---:|---:|---:|---:|---:|\n"
      "| popularity | 0.1250 (0.1250 to 0.1250), -62.5 % | no embeddings |  | "
      "0.1250 (0.1250 to 0.1250), -62.5 % | no embeddings |  | | | | 2 |\n"
      "| full | 0.3750 (0.2500 to 0.5000) | 1,000 | 4,000 | "
      "0.3750 (0.2500 to 0.5000) | 1,000 | 4,000 | | | | 2 |\n"
      "| equal | **0.2500**, 1 of 2 seeds, +0.0 % | 102 | 998 | "
      "0.1875 (0.1250 to 0.2500), -50.0 % | 102 | 999 | 10 | 200 | 1.5 | 2 |\n"
      "| a\\|b |  |  |  | **0.3750** (0.2500 to 0.5000), +0.0 % | 102 | 999 | "
      "17.5 | 200 (1 of 2 seeds) | 1.5 | 2 |\n"
      "| pep |  |  |  | 0.7500, 1 of 2 seeds, +50.0 % | 101 | 999 | "
      "10 (1 of 2 seeds) | 200 (1 of 2 seeds) | 1.5 (1 of 2 seeds) | 1 of 2 |\n"
      "| published: theirs |  | | | 0.5000 | | | | | | one run, another split |\n");
}

TEST_CASE("a change of fewer seeds than the quality says so", "[bench]") {
  auto first = run_of(1, 0.5), second = run_of(2, std::nullopt);
  for (auto* run : {&first, &second}) add_budget(*run, 0.9, {{"a", 0.25}});
  const std::vector runs{first, second};
  const auto table = ciess_bench::methods_table(compare_methods(runs), runs, {});
  CHECK_THAT(table, ContainsSubstring("| **0.2500** (0.2500 to 0.2500), -50.0 % (1 of 2 seeds) |"));
  CHECK_THAT(table, ContainsSubstring("| full | 0.5000, 1 of 2 seeds |"));
}

TEST_CASE("notes name the runs, and what is not in the table", "[bench]") {
  auto first = run_of(1, 0.5), second = run_of(2, 0.5);
  for (auto* run : {&first, &second}) add_budget(*run, 0.9, {{"a", 0.25}});
  std::vector runs{first, second};
  const auto plain = ciess_bench::methods_notes(compare_methods(runs), runs, {});
  CHECK(plain.rfind(
            "mf of 8 numbers, 3 users, 4 items, 12 pairs; seeds 1 and 2. Quality: the mean of "
            "Recall and NDCG at 5 and 10 on test",
            0) == 0);
  CHECK_THAT(plain, ContainsSubstring("packed as 4 bits, full: floats"));
  CHECK_THAT(plain, !ContainsSubstring("Interrupted") && !ContainsSubstring("layers") &&
                        !ContainsSubstring("published"));
  runs[1].interrupted = true;
  for (auto& run : runs) run.other_numbers = 5;
  for (auto& run : runs) run.stored_as = "2-by-column";
  const auto notes = ciess_bench::methods_notes(compare_methods(runs), runs,
                                                {{"theirs", {{0.9, 0.5}, {0.95, 0.25}}}});
  CHECK_THAT(notes,
             ContainsSubstring("Interrupted, so searched less than asked: run2 (seed 2).\n"));
  CHECK_THAT(notes, ContainsSubstring("Beside the tables, in every model: 5 numbers of layers.\n"));
  CHECK_THAT(notes, ContainsSubstring("packed as 2-by-column, full: floats"));
  CHECK_THAT(notes, ContainsSubstring("no run has that budget: published: theirs, 95 % of numbers "
                                      "removed, 0.2500.\n"));
  CHECK_THAT(notes, !ContainsSubstring("90 %"));
}

TEST_CASE("a sentence says who is best and what the gap is beside the seeds", "[bench]") {
  CHECK(
      said({{{"a", 0.5}, {"b", 0.25}}, {{"a", 0.625}, {"b", 0.25}}}) ==
      "a is best on the mean of 2 seeds, 0.5625, by 0.3125 over the next, b, and above it in 2 of "
      "2 seeds; the gap is greater than the seeds' range of a (0.1250) and that of b (0.0000).");
  CHECK(
      said({{{"b", 0.25}, {"a", 0.5}}, {{"b", 0.5}, {"a", 0.5}}}) ==
      "a is best on the mean of 2 seeds, 0.5000, by 0.1250 over the next, b, and above it in 1 of "
      "2 seeds; the gap is greater than the seeds' range of a (0.0000), but not than that of b "
      "(0.2500).");
  CHECK(
      said({{{"a", 0.25}, {"b", 0.25}}, {{"a", 0.75}, {"b", 0.25}}}) ==
      "a is best on the mean of 2 seeds, 0.5000, by 0.2500 over the next, b, and above it in 1 of "
      "2 seeds; the gap is greater than the seeds' range of b (0.0000), but not than that of a "
      "(0.5000).");
  CHECK(
      said({{{"a", 0.25}, {"b", 0.125}}, {{"a", 0.5}, {"b", 0.25}}}) ==
      "a is best on the mean of 2 seeds, 0.3750, by 0.1875 over the next, b, and above it in 2 of "
      "2 seeds; the gap is greater than the seeds' range of b (0.1250), but not than that of a "
      "(0.2500).");
  CHECK(
      said({{{"a", 0.125}, {"b", 0.25}}, {{"a", 0.75}, {"b", 0.5}}}) ==
      "a is best on the mean of 2 seeds, 0.4375, by 0.0625 over the next, b, and above it in 1 of "
      "2 seeds; the gap is not greater than the seeds' range of a (0.6250) or that of b "
      "(0.2500).");
  CHECK(
      said({{{"a", 0.500001}, {"b", 0.5}}}) ==
      "a is best on the mean of 1 seed, 0.5000, by 1e-06 over the next, b, and above it in 1 of 1 "
      "seed; there is one seed, and no range to hold the gap against.");
}

TEST_CASE("a sentence says where there is nobody to compare", "[bench]") {
  CHECK(said({{}}) == "no method has a quality.");
  CHECK(said({{{"a", 0.5}}}) == "a alone has a quality in each of the 1 seed, 0.5000.");
  CHECK(said({{{"a", 0.5}, {"b", 0.25}}, {{"b", 0.25}}}) ==
        "b alone has a quality in each of the 2 seeds, 0.2500. Not compared: a (1 of 2 seeds).");
  CHECK(
      said({{{"a", 0.5}}, {{"b", 0.25}}}) ==
      "no method has a quality in each of the 2 seeds: the means are not compared. Not compared: a "
      "(1 of 2 seeds) and b (1 of 2 seeds).");
  CHECK(said({{{"a", 0.5}, {"b", 0.5}, {"c", 0.25}}}) ==
        "a and b are level on the mean of 1 seed, 0.5000, by 0.2500 over the next, c.");
  CHECK(said({{{"a", 0.5}, {"b", 0.5}, {"c", 0.5}}}) ==
        "a, b and c are level on the mean of 1 seed, 0.5000.");
}

TEST_CASE("methods that are not above random sizes are named", "[bench]") {
  CHECK_THAT(said({{{"random", 0.25}, {"a", 0.5}, {"b", 0.25}, {"c", 0.125}}}),
             ContainsSubstring(" Not above random on the mean: b and c."));
  CHECK_THAT(said({{{"random", 0.25}, {"a", 0.5}, {"b", 0.375}}}),
             ContainsSubstring(" Above random on the mean: all 2 that were compared with it."));
  CHECK_THAT(said({{{"a", 0.5}, {"b", 0.375}}}), !ContainsSubstring("random"));
}

TEST_CASE("a comparison is one text, each budget a line", "[bench]") {
  auto run = run_of(1, 0.5);
  const auto text = [&] {
    return ciess_bench::methods_text(compare_methods({run}), {run}, {{"x\ty", {{0.5, 0.25}}}});
  };
  CHECK_THAT(text(), ContainsSubstring("\n- no run has a budget: there is nothing to compare.\n"));
  CHECK_THAT(text(), ContainsSubstring("| published: x y |"));
  add_budget(run, 0.9, {{"odd\nname", 0.25}});
  add_budget(run, 0.95, {{"odd\nname", 0.5}});
  CHECK_THAT(text(),
             ContainsSubstring("\n\n- 90 % of numbers removed: odd name alone has a quality in "
                               "each of the 1 seed, 0.2500.\n- 95 % of numbers removed: odd "
                               "name alone has a quality in each of the 1 seed, 0.5000.\n"));
}

TEST_CASE("searches of unlike effort are named", "[bench]") {
  auto first = run_of(1, 0.5);
  auto second = run_of(2, 0.5);
  for (auto* run : {&first, &second}) add_budget(*run, 0.9, {{"bet", 0.25}, {"ciess", 0.25}});
  const auto notes = [&] {
    const std::vector runs{first, second};
    return ciess_bench::methods_notes(compare_methods(runs), runs, {});
  };
  CHECK_THAT(notes(), !ContainsSubstring("effort"));
  second.searches[1].measurements = 12;
  CHECK_THAT(notes(), ContainsSubstring("\nNot of one effort: ciess has 10 to 12 measurements in "
                                        "these seeds.\n"));
}
