// SPDX-License-Identifier: MIT
#include <ciess/search/bet/size_sets.hpp>
// its own header first
#include <string>

#include <ciess/search/rules/simple.hpp>

#include "support/analytic_environment.hpp"
#include "support/catch.hpp"
#include "support/memory_fields.hpp"

namespace {

/// What was tried, as a state.
struct tried {
  const ciess::row_ranks* ranks;
  std::vector<ciess::size_sets> all{};
  template <class F>
  void visit(F& f) {
    visit_sets(f, *ranks, all);
  }
};

}  // namespace

TEST_CASE("sets are rows of one size, in the order of sizes", "[search]") {
  const std::vector<double> users{3, 7, 3, 0}, items{1, 2};
  const std::vector<ciess::table_shape> shapes{{.rows = 4, .range = {1, 8}},
                                               {.rows = 2, .range = {1, 8}}};
  const ciess::row_ranks ranks(
      ciess::table_facts{.shapes = shapes, .frequency = {users, items}, .kind = {0, 1}});
  ciess::assignment a(shapes);
  for (const auto& [row, size] : {std::pair{0, 3}, {1, 8}, {2, 1}, {3, 1}}) a[0].set(row, size);
  for (const auto& [row, size] : {std::pair{0, 1}, {1, 3}}) a[1].set(row, size);
  // groups: user 1 | users 0, 2 | user 3 | item 1 | item 0
  CHECK(ciess::sets_of(ranks, a) ==
        ciess::size_sets{{1, 1, 1}, {1, 2, 1}, {1, 4, 1}, {3, 1, 1}, {3, 3, 1}, {8, 0, 1}});
}

TEST_CASE("what was tried is saved and loaded, and refused if it cannot be", "[search]") {
  const analytic_environment env(1, {30, 20}, {1, 16});
  const auto facts = ciess::facts_of(env);
  const ciess::row_ranks ranks(facts);
  tried before{&ranks};
  for (const std::uint64_t seed : {1U, 2U})
    before.all.push_back(ciess::sets_of(
        ranks, ciess::project(env.shapes(), ciess::random_proposal(env.shapes(), seed), {300})));
  before.all.push_back(ciess::sets_of(ranks, ciess::assignment(env.shapes())));
  const auto saved = save_fields(before);
  tried after{&ranks};
  load_fields(saved, after);
  CHECK((before.all == after.all));

  const auto refused = [&](const char* field, std::uint32_t first, const char* what) {
    auto bad = saved;
    bad.at(field).replace(0, sizeof first, reinterpret_cast<const char*>(&first), sizeof first);
    tried other{&ranks};
    CHECK_THROWS_WITH(load_fields(bad, other), ContainsSubstring(what));
  };
  refused("lengths", 0, "lengths: expected");
  refused("sizes", 0, "sizes: expected");
  refused("sizes", 17, "sizes: expected");
  refused("groups", 1000, "sizes: expected");
  refused("rows", 0, "sizes: expected");
  refused("rows", 99, "sizes: expected");
  auto shorter = saved;
  shorter.at("rows").resize(4);
  tried other{&ranks};
  CHECK_THROWS_WITH(load_fields(shorter, other), ContainsSubstring("rows: expected"));
}
