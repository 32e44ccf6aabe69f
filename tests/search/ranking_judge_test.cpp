// SPDX-License-Identifier: MIT
#include <ciess/search/ranking_judge.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/memory_fields.hpp"

namespace {

using ciess::interactions;
using ciess::ranking_judge;

/// Ranks items in their order for everybody.
struct in_order {
  std::vector<ciess::table_shape> tables{{3, {1, 4}}, {4, {1, 4}}};
  [[nodiscard]] ciess::index_t users() const { return 3; }
  [[nodiscard]] ciess::index_t items() const { return 4; }
  [[nodiscard]] std::vector<ciess::table_shape> shapes() const { return tables; }
  void reset(std::uint64_t) {}
  void resize(const ciess::assignment&) {}
  double train(int) { return 0; }
  void score(ciess::index_t, ciess::matrix_span out) {
    for (ciess::index_t u = 0; u < out.rows(); ++u)
      for (ciess::index_t i = 0; i < out.cols(); ++i) out(u, i) = static_cast<float>(-i);
  }
};
static_assert(ciess::judge<ranking_judge, in_order>);
static_assert(!std::is_constructible_v<ranking_judge, interactions, const interactions&,
                                       ciess::evaluation_options>);
static_assert(!std::is_constructible_v<ranking_judge, const interactions&, interactions,
                                       ciess::evaluation_options>);
static_assert(
    !std::is_constructible_v<ranking_judge, interactions, interactions, ciess::evaluation_options>);

const interactions train(3, 4, {{0, 0}, {0, 1}, {1, 1}});
const interactions held_out(3, 4, {{0, 2}, {1, 3}});

}  // namespace

TEST_CASE("tables of users and of items alternate", "[search]") {
  const ranking_judge judge(train, held_out, {});
  CHECK(judge.kinds() == 2);
  const std::vector<std::string> names{"users", "items", "users-2", "items-2", "users-3"};
  for (std::size_t t = 0; t < names.size(); ++t) {
    CHECK(judge.kind(t) == (names[t].starts_with("users") ? 0 : 1));
    CHECK(judge.name(t) == names[t]);
  }
  CHECK(judge.axes_group(0) == judge.axes_group(1));
  CHECK(judge.axes_group(1) != judge.axes_group(2));
  CHECK(judge.axes_group(2) == judge.axes_group(3));
  CHECK(std::ranges::equal(judge.frequency(0), std::vector<double>{2, 1, 0}));
  CHECK(std::ranges::equal(judge.frequency(3), std::vector<double>{1, 2, 0, 0}));
}

TEST_CASE("a ranking judge gives the figures of an evaluation", "[search]") {
  const ciess::evaluation_options o{.cutoffs = {1}};
  const ranking_judge judge(train, held_out, o);
  in_order model;
  const auto figures = judge.judge(model);
  // Of user 0 items 0 and 1 are left out, so 2 is first; of user 1 item 0 comes first, not 3.
  CHECK(figures.mean == 0.5);
  CHECK(figures.mean == ciess::evaluate(model, train, held_out, o).mean);
  CHECK(judge.quality(figures) == 0.5);
  CHECK(judge.row_quality(figures, 2) == std::vector<double>{1, 0, 0});
  CHECK(judge.row_quality(figures, 1) == figures.item_quality);
}

TEST_CASE("frequencies stay where they are when a judge is moved", "[search]") {
  ranking_judge judge(train, held_out, {});
  const auto before = judge.frequency(1);
  const ranking_judge moved(std::move(judge));
  CHECK(moved.frequency(1).data() == before.data());
}

TEST_CASE("a ranking judge refuses models of other users and items", "[search]") {
  const ranking_judge judge(train, held_out, {});
  in_order model;
  CHECK_NOTHROW(judge.check(model));
  model.tables.push_back(model.tables[0]);
  CHECK_THROWS_WITH(judge.check(model), ContainsSubstring("got 3 tables"));
  model.tables = {};
  CHECK_THROWS_WITH(judge.check(model), ContainsSubstring("got 0 tables"));
  model.tables = {{3, {1, 4}}, {5, {1, 4}}};
  CHECK_THROWS_WITH(judge.check(model),
                    ContainsSubstring("table 1 has 5 rows, but there are 4 it"));
  const interactions more(3, 5, {{0, 4}});
  model = {};
  CHECK_THROWS_AS(ranking_judge(train, more, {}).check(model), ciess::argument_error);
  CHECK_THROWS_WITH(
      ranking_judge(train, held_out, {.share = 0.5, .candidates = 9}).check(in_order{}),
      ContainsSubstring("candidates are for models with vectors: expected 0, got 9"));
  CHECK_THROWS_WITH(ranking_judge(more, held_out, {}).check(model),
                    ContainsSubstring("training has 3 and 5"));
}

TEST_CASE("conditions of a ranking are its data and what is asked of it", "[search]") {
  const auto conditions = [](const interactions& a, const interactions& b,
                             const ciess::evaluation_options& o) {
    fields_writer all;
    ranking_judge(a, b, o).visit_conditions(all);
    return all.saved;
  };
  const auto usual = conditions(train, held_out, {});
  CHECK(usual == conditions(train, held_out, {}));
  CHECK(usual != conditions(held_out, train, {}));
  CHECK(usual != conditions(train, train, {}));
  CHECK(usual != conditions(train, held_out, {.cutoffs = {5}}));
  CHECK(usual != conditions(train, held_out, {.users = {1}}));
  CHECK(usual != conditions(train, held_out, {.share = 0.5}));
  CHECK(usual != conditions(train, held_out, {.sample_seed = 2}));
  CHECK(usual != conditions(train, held_out, {.known_only = true}));
  // Times decide who is in which part, and then nothing; weights are learnt from.
  const std::vector<ciess::interaction> pairs{{0, 0}, {0, 1}, {1, 1}};
  const std::vector<std::int64_t> times{5, 6, 7};
  const std::vector<float> weights{1, 2, 3};
  CHECK(usual == conditions({3, 4, pairs, {.times = times}}, held_out, {}));
  CHECK(usual != conditions({3, 4, pairs, {.weights = weights}}, held_out, {}));
}
