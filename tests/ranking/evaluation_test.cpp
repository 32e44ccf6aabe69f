// SPDX-License-Identifier: MIT
#include <ciess/ranking/evaluation.hpp>

#include <limits>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/memory_fields.hpp"

namespace {

ciess::evaluation some() {
  ciess::evaluation e;
  e.cutoffs = {3, 7};
  e.recall = {0.125, 0.25};
  e.ndcg = {0.375, 0.5};
  e.hit_rate = {0.625, 0.75};
  e.mrr = {0.0625, 0.1875};
  e.map = {0.3125, 0.4375};
  e.coverage = {0.5625, 0.6875};
  e.mean = 0.3125;
  e.evaluated_users = 2;
  e.left_out_pairs = 5;
  e.left_out_users = 3;
  e.left_out_items = 1;
  e.user_quality = {0.5, 0.125, 0};
  e.item_quality = {0.25};
  return e;
}

}  // namespace

TEST_CASE("an evaluation gives its figures by their cutoff, whichever these are", "[ranking]") {
  const auto e = some();
  CHECK(e.recall_at(3) == 0.125);
  CHECK(e.ndcg_at(7) == 0.5);
  CHECK(e.hit_rate_at(3) == 0.625);
  CHECK(e.mrr_at(7) == 0.1875);
  CHECK(e.map_at(3) == 0.3125);
  CHECK(e.coverage_at(7) == 0.6875);
  CHECK_THROWS_WITH(e.map_at(5), ContainsSubstring("5 is not one of the cutoffs"));
  CHECK_THROWS_WITH(e.coverage_at(10), ContainsSubstring("10 is not one of the cutoffs"));
}

TEST_CASE("an evaluation comes back from its fields", "[ranking]") {
  auto e = some();
  ciess::evaluation back;
  load_fields(save_fields(e), back);
  CHECK(save_fields(back) == save_fields(e));
  CHECK(back.hit_rate == e.hit_rate);
  CHECK(back.mrr == e.mrr);
  CHECK(back.map == e.map);
  CHECK(back.coverage == e.coverage);
  CHECK(back.left_out_pairs == 5);
  CHECK(back.left_out_users == 3);
  CHECK(back.left_out_items == 1);
}

TEST_CASE("an evaluation refuses fields that belong to none", "[ranking]") {
  const auto refused = [](const std::string& field, auto change) {
    auto e = some();
    change(e);
    const auto saved = save_fields(e);
    ciess::evaluation back;
    CHECK_THROWS_WITH(load_fields(saved, back), ContainsSubstring(field + ": expected"));
  };
  using figures = std::vector<double> ciess::evaluation::*;
  using of = ciess::evaluation;
  const std::vector<std::pair<std::string, figures>> all{
      {"recall", &of::recall}, {"ndcg", &of::ndcg}, {"hit_rate", &of::hit_rate},
      {"mrr", &of::mrr},       {"map", &of::map},   {"coverage", &of::coverage}};
  constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
  for (const auto& [name, member] : all) {
    refused(name, [&](of& e) { (e.*member)[1] = not_a_number; });
    refused(name, [&](of& e) { (e.*member).pop_back(); });
    refused(name, [&](of& e) { (e.*member).push_back(0); });
  }
  refused("user_quality", [](of& e) { e.user_quality[0] = not_a_number; });
  refused("item_quality", [](of& e) { e.item_quality[0] = not_a_number; });
  refused("mean", [](of& e) { e.mean = not_a_number; });
  refused("evaluated_users", [](of& e) { e.evaluated_users = -1; });
  refused("left_out_pairs", [](of& e) { e.left_out_pairs = -1; });
  refused("left_out_users", [](of& e) { e.left_out_users = -1; });
  refused("left_out_items", [](of& e) { e.left_out_items = -1; });
}
