// SPDX-License-Identifier: MIT
#include <ciess/study/summary.hpp>
// its own header first
#include <ciess/search/budget/bytes.hpp>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/file_text.hpp"
#include "support/temporary_directory.hpp"

namespace {

using json = nlohmann::ordered_json;

ciess::evaluation figures(double first) {
  ciess::evaluation e;
  e.cutoffs = {5, 20};
  double next = first;
  for (auto* list : {&e.recall, &e.ndcg, &e.hit_rate, &e.mrr, &e.map, &e.coverage})
    for (int k = 0; k < 2; ++k) list->push_back(next++);
  e.mean = next;
  e.evaluated_users = 3;
  return e;
}

ciess::method_result method(const std::string& name, ciess::start from = ciess::start::scratch) {
  ciess::method_result m;
  m.method = name;
  m.origin = "by hand";
  m.sizes = ciess::assignment({ciess::sizes(3, {1, 8}, 2), ciess::sizes(1, {1, 8}, 8)});
  m.validation = 0.5;
  m.recipe = {from, 40};
  m.test = figures(1);
  return m;
}

}  // namespace

TEST_CASE("figures are named by measure and length of the list", "[study]") {
  auto e = figures(1);
  const std::string text =
      R"({"recall@5":1.0,"recall@20":2.0,"ndcg@5":3.0,"ndcg@20":4.0,"hit_rate@5":5.0,)"
      R"("hit_rate@20":6.0,"mrr@5":7.0,"mrr@20":8.0,"map@5":9.0,"map@20":10.0,"coverage@5":11.0,)"
      R"("coverage@20":12.0,"mean":13.0,"users":3)";
  CHECK(ciess::figures_json(e).dump() == text + "}");
  e.left_out_items = 2;  // one of the three is enough
  CHECK(ciess::figures_json(e).dump() ==
        text + R"(,"not_known_in_training":{"pairs":0,"users":0,"items":2}})");
  CHECK(ciess::figures_json(ciess::evaluation{}).dump() == R"({"mean":0.0,"users":0})");
}

TEST_CASE("parts are counted", "[study]") {
  ciess::dataset d;
  d.all = ciess::interactions(2, 4, {{0, 0}});
  d.parts.train = ciess::interactions(2, 4, {{0, 0}, {0, 1}, {1, 0}});
  d.parts.validation = ciess::interactions(2, 4, {{0, 2}, {1, 2}});
  d.parts.test = ciess::interactions(2, 4, {{0, 3}});
  CHECK(ciess::parts_json(d).dump() ==
        R"({"users":2,"items":4,"interactions":6,"parts":{"train":3,"validation":2,"test":1}})");
  CHECK(ciess::parts_json({}).dump() ==
        R"({"users":0,"items":0,"interactions":0,"parts":{"train":0,"validation":0,"test":0}})");
}

TEST_CASE("a summary has all figures of a study, after what the caller says", "[study]") {
  ciess::study_result r;
  r.seconds.pretrain = 1;
  r.seconds.search = 2;
  r.seconds.retrain = 4;
  r.seconds.total = 7;
  r.of = ciess::budget_of::bytes;
  r.stored_as = ciess::number_format::two_bits;
  r.full_numbers = 32;
  r.other_numbers = 5;
  r.full_validation = 0.75;
  r.full = figures(2);
  r.baseline_validation = 0.125;
  r.baseline = figures(3);
  r.budgets = {{0.5, {method("equal"), method("ciess"), method("ciess", ciess::start::warm)}, 2}};
  r.stopped = true;
  const json about{{"seed", 9}, {"interrupted", "is said below"}};
  const json out = ciess::summary_json(r, about);
  CHECK(out["seed"] == 9);
  CHECK(out["interrupted"] == true);
  CHECK(out["seconds"].dump() == R"({"pretrain":1.0,"search":2.0,"retrain":4.0,"total":7.0})");
  CHECK(out["stored_as"] == "2");
  CHECK(out["budgets_of"] == "bytes");
  CHECK(out["other_parameters"] == 5);
  CHECK(out["popularity"] ==
        json{{"validation", 0.125}, {"test", ciess::figures_json(figures(3))}});
  CHECK(out["full"] ==
        json{{"parameters", 32}, {"validation", 0.75}, {"test", ciess::figures_json(figures(2))}});
  REQUIRE(out["budgets"].size() == 1);
  const json& row = out["budgets"][0];
  CHECK(row["budget"] == 0.5);
  CHECK(row["best"] == "ciess, warm");
  std::vector<std::string> names;
  for (const auto& [name, figures] : row["methods"].items()) names.push_back(name);
  CHECK(names == std::vector<std::string>{"equal", "ciess, scratch", "ciess, warm"});
  CHECK(row["methods"]["ciess, warm"] ==  // 3 rows of 2 and one of 8: 14 of 32
        json{{"method", "ciess"},
             {"origin", "by hand"},
             {"start", "warm"},
             {"steps", 40},
             {"sparsity", 0.5625},
             {"parameters", 14},
             {"bytes", ciess::packed_bytes(method("ciess").sizes, ciess::number_format::two_bits)},
             {"validation", 0.5},
             {"test", ciess::figures_json(figures(1))}});
  CHECK(row["methods"]["equal"]["start"] == "scratch");
  r.budgets[0].smaller = method("ciess");
  r.budgets[0].smaller_budget = 0.75;
  const json smaller = ciess::summary_json(r)["budgets"][0];
  CHECK(smaller["best"] == "ciess, of 75%");
  CHECK(smaller["methods"].size() == 4);
  CHECK(smaller["methods"]["ciess, of 75%"]["of_budget"] == 0.75);
  CHECK_FALSE(smaller["methods"]["equal"].contains("of_budget"));
}

TEST_CASE("a summary of a budget that no method has met, and of no budget", "[study]") {
  ciess::study_result r;
  CHECK(ciess::summary_json(r)["budgets"].dump() == "[]");
  r.budgets = {{0.9, {}}};
  CHECK(ciess::summary_json(r)["budgets"].dump() == R"([{"budget":0.9,"best":null,"methods":{}}])");
}

TEST_CASE("a summary is JSON, whatever the figures and names are", "[study]") {
  const temporary_directory dir;
  ciess::study_result r;
  r.full_validation = std::numeric_limits<double>::quiet_NaN();
  r.budgets = {{0.5, {method("a\xFF\"b")}}};
  const auto path = dir.path() / "summary.json";
  ciess::save_summary(path, r, {{"data", "\xC3"}});
  const std::string text = file_text(path);
  CHECK(text.ends_with("}\n"));
  const json back = json::parse(text);
  CHECK(back["data"] == "\xEF\xBF\xBD");
  CHECK(back["full"]["validation"].is_null());
  CHECK(back["budgets"][0]["best"] == "a\xEF\xBF\xBD\"b");
  CHECK(back["budgets"][0]["methods"].contains("a\xEF\xBF\xBD\"b"));
  CHECK(ciess::json_text({{"a", {1}}}) == "{\n  \"a\": [\n    1\n  ]\n}\n");
  CHECK_THROWS_AS(ciess::save_summary(dir.path() / "none" / "summary.json", r), ciess::io_error);
}
