// SPDX-License-Identifier: MIT
#include <ciess/ranking/evaluate_packed.hpp>
// its own header first
#include <ciess/core/threads.hpp>
#include <ciess/embedding/packed_table.hpp>
#include <ciess/ranking/evaluate.hpp>

#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/ranking_data.hpp"

namespace {

ciess::masked_table whole(ciess::matrix m) {
  return {ciess::sizes(m.rows(), {1, static_cast<int>(m.cols())}), std::move(m)};
}

}  // namespace

TEST_CASE("packed tables have the figures of their dense selves", "[ranking][threads]") {
  const ciess::threads pool(GENERATE(1, 2));
  const auto train = testing_support::random_interactions(50, 70, 6, 1);
  const auto held_out = testing_support::random_interactions(50, 70, 9, 2);
  const auto users = ciess::pack<ciess::bits<4>>(whole(testing_support::small_integers(50, 9, 3)));
  const auto items = ciess::pack<ciess::bfloat16>(whole(testing_support::small_integers(70, 9, 4)));
  for (const double share : {1.0, 0.3}) {
    const ciess::evaluation_options o{.cutoffs = {3, 10}, .share = share};
    const auto packed = ciess::evaluate_packed(users.view(), items.view(), train, held_out, o);
    const auto dense =
        ciess::evaluate_vectors(users.view().dense(), items.view().dense(), train, held_out, o);
    CHECK(packed.mean == dense.mean);
    CHECK(packed.recall == dense.recall);
    CHECK(packed.ndcg == dense.ndcg);
    CHECK(packed.coverage == dense.coverage);
    CHECK(packed.user_quality == dense.user_quality);
    CHECK(packed.item_quality == dense.item_quality);
    CHECK(packed.evaluated_users == dense.evaluated_users);
    CHECK(packed.mean > 0);
  }
}

TEST_CASE("packed tables are ranked whole: items that are to be left out are refused",
          "[ranking]") {
  const ciess::interactions train(2, 3, {{0, 1}, {1, 0}}), held_out(2, 3, {{0, 2}, {1, 1}});
  const auto users = ciess::pack(whole(testing_support::small_integers(2, 4, 1)));
  const auto items = ciess::pack(whole(testing_support::small_integers(3, 4, 2)));
  CHECK_THROWS_WITH(
      ciess::evaluate_packed(users.view(), items.view(), train, held_out, {.known_only = true}),
      "evaluate_packed: expected no items to leave out, got 1 by known_only");
  const auto narrow = ciess::pack(whole(testing_support::small_integers(3, 3, 2)));
  CHECK_THROWS_AS(ciess::evaluate_packed(users.view(), narrow.view(), train, held_out),
                  ciess::argument_error);
}
