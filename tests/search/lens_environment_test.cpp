// SPDX-License-Identifier: MIT
#include <ciess/search/lens_environment.hpp>
// its own header first
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/backbone/mf.hpp>
#include <ciess/backbone/neumf.hpp>
#include <ciess/backbone/ngcf.hpp>
#include <ciess/search/recommender_environment.hpp>

#include <tuple>
#include <type_traits>

#include "support/analytic_environment.hpp"
#include "support/catch.hpp"
#include "support/small_lens_environment.hpp"
#include "support/small_recommender.hpp"

namespace {

using every_model = std::tuple<ciess::mf, ciess::lightgcn, ciess::ngcf, ciess::neumf>;

static_assert(!ciess::lens_environment<analytic_environment>);
static_assert(
    ciess::held_out_lens_environment<ciess::recommender_environment<ciess::basic_mf<float>>>);

/// Nothing that could be trained through a lens.
struct plain {
  ciess::mf of;
  ciess::index_t users() const { return of.users(); }
  ciess::index_t items() const { return of.items(); }
  auto shapes() const { return of.shapes(); }
  void reset(std::uint64_t seed) { of.reset(seed); }
  void resize(const ciess::assignment& a) { of.resize(a); }
  double train(int steps) { return of.train(steps); }
  void score(ciess::index_t first, ciess::matrix_span out) { of.score(first, out); }
};
static_assert(ciess::environment<ciess::recommender_environment<plain>>);
static_assert(!ciess::lens_environment<ciess::recommender_environment<plain>>);

struct unchanged {
  std::vector<ciess::matrix> slopes = {};
  void look(std::int64_t, auto&) {}
  void back(const auto&, auto& of) { slopes = of; }
  void learn(std::int64_t) {}
};

/// Shows the network zeros, then breaks.
struct breaks : unchanged {
  void look(std::int64_t, auto& tables) {
    for (auto& t : tables)
      for (ciess::index_t r = 0; r < t.rows(); ++r)
        for (float& x : t[r]) x = 0;
  }
  void back(const auto&, auto&) { throw ciess::numeric_error("broken lens"); }
};

}  // namespace

TEMPLATE_LIST_TEST_CASE("a warm copy is the full-size model, whatever came before", "[search]",
                        every_model) {
  static_assert(ciess::held_out_lens_environment<ciess::recommender_environment<TestType>>);
  auto env = support::lens_environment<TestType>(support::small_parts(), 6, 20);
  const TestType first = env.warm_copy();
  CHECK(env.has_full());
  for (std::size_t t = 0; t < env.shapes().size(); ++t) {
    CHECK(first.table(t).row_sizes().total() == first.table(t).row_sizes().dense());
    CHECK(first.table(t).values() == env.full_table(t));
  }
  // Its training is its own.
  TestType trained = first;
  unchanged lens;
  trained.train_through(3, lens);
  CHECK(trained.table(0).values() != env.full_table(0));
  const auto sizes = support::mixed_sizes(first);
  const double quality = env.measure(sizes).quality;
  TestType second = env.warm_copy();
  CHECK(second.table(0).values() == first.table(0).values());
  CHECK(env.measure(sizes).quality == quality);
  CHECK(second.train(2) == TestType(first).train(2));
}

TEMPLATE_LIST_TEST_CASE("held-out slopes are those of the loss without the penalty", "[search]",
                        every_model) {
  auto env = support::lens_environment<TestType>(support::small_parts(), 6, 20);
  TestType model = env.warm_copy();
  auto batches = env.held_out_batches(1);
  const ciess::triples batch = batches(0, 50);
  unchanged lens;
  const double loss = model.slopes_through(batch, lens);
  CHECK(loss > 0);
  CHECK(model.table(0).values() == env.full_table(0));
  typename TestType::options o = model.settings();
  o.penalty = 0;
  TestType without(support::small_parts().train, o, 1);
  without.restore(model.snapshot());
  const auto expected = without.loss_and_gradient(batch);
  CHECK(loss == expected.loss);
  for (std::size_t t = 0; t < env.shapes().size(); ++t)
    CHECK(lens.slopes[t] == expected.of.tables[t]);
  CHECK(model.slopes_through(batch, lens) == loss);
}

TEST_CASE("slopes through a lens that throws leave the model as it was", "[search]") {
  breaks lens;
  auto env = support::lens_environment<ciess::mf>(support::small_parts(), 6, 20);
  ciess::mf model = env.warm_copy();
  const ciess::matrix before = model.user_vectors();
  CHECK_THROWS_WITH(model.slopes_through(env.held_out_batches(1)(0, 50), lens), "broken lens");
  CHECK(model.user_vectors() == before);
  unchanged other;
  CHECK_THROWS_AS(model.slopes_through({{0}, {0}, {99}}, other), ciess::argument_error);
  CHECK(model.user_vectors() == before);
}

TEST_CASE("a held-out loss that is not finite is named before a lens learns of it", "[search]") {
  const auto parts = support::small_parts();
  ciess::mf model(parts.train, {.range = {1, 4}}, 1);
  auto state = model.snapshot();
  for (auto& table : state.weights.tables)
    for (ciess::index_t r = 0; r < table.rows(); ++r)
      for (float& x : table[r]) x = 1e30F;
  model.restore(state);
  ciess::held_out_triples batches(parts.train, parts.validation, 1);
  unchanged lens;
  CHECK_THROWS_AS(model.slopes_through(batches(0, 16), lens), ciess::numeric_error);
  CHECK(lens.slopes.empty());
}
