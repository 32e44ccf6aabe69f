// SPDX-License-Identifier: MIT
#include <ciess/backbone/storable_model.hpp>
// its own header first
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/backbone/mf.hpp>
#include <ciess/backbone/neumf.hpp>
#include <ciess/backbone/ngcf.hpp>
#include <ciess/backbone/table_lens.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/embedding/round_as.hpp>

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <vector>

#include "support/catch.hpp"
#include "support/small_recommender.hpp"

namespace {

using ciess::number_format;
using support::mixed_sizes;
using support::small_batch;
using support::small_model;

using every_model = std::tuple<ciess::mf, ciess::lightgcn, ciess::ngcf, ciess::neumf>;

static_assert(ciess::storable_model<ciess::mf> && ciess::storable_model<ciess::lightgcn>);
static_assert(ciess::storable_model<ciess::ngcf> && ciess::storable_model<ciess::neumf>);
struct without_format {
  void store_as();
  [[nodiscard]] number_format stored_as() const;
};
struct without_answer {  // its file would be one of floats
  void store_as(number_format);
};
struct of_one_format {  // of which a table cannot have its own
  void store_as(number_format);
  [[nodiscard]] number_format stored_as() const;
};
static_assert(!ciess::storable_model<without_format> && !ciess::storable_model<without_answer> &&
              !ciess::storable_model<of_one_format>);

ciess::matrix all_scores(auto& model) {
  ciess::matrix scores(model.users(), model.items());
  model.score(0, scores);
  return scores;
}

/// The same model with its tables rounded for good.
template <class Model>
Model rounded(const Model& model, number_format format) {
  Model copy = model;
  auto state = copy.snapshot();
  for (auto& table : state.weights.tables) ciess::round_as(table, format);
  copy.store_as(number_format::float32);
  copy.restore(state);
  return copy;
}

/// A lens that nothing changes.
struct plain_lens {
  void look(std::int64_t, auto&) {}
  void back(const auto&, auto&) {}
  void learn(std::int64_t) {}
};

}  // namespace

TEMPLATE_LIST_TEST_CASE("a model that is stored in few bits scores as its rounded tables do",
                        "[backbone]", every_model) {
  auto model = small_model<TestType>();
  model.train(5);
  model.resize(mixed_sizes(model));
  const auto exact = all_scores(model);
  const auto table = model.table(0).values();
  for (const auto format : {number_format::four_bits, number_format::two_bits,
                            number_format::eight_bits, number_format::float16}) {
    model.store_as(format);
    auto expected = rounded(model, format);
    CHECK(all_scores(model) == all_scores(expected));
    CHECK(all_scores(model) != exact);
    CHECK(model.table(0).values() == table);  // it shows the exact numbers
    if constexpr (ciess::inner_product_backbone<TestType>) {
      CHECK(model.item_vectors() == expected.item_vectors());
      CHECK(model.user_vectors() == expected.user_vectors());
    }
  }
  model.store_as(number_format::float32);
  CHECK(all_scores(model) == exact);
}

TEMPLATE_LIST_TEST_CASE("a model whose tables are stored in formats of their own scores so",
                        "[backbone]", every_model) {
  auto model = small_model<TestType>();
  model.train(5);
  model.resize(mixed_sizes(model));
  std::vector<number_format> each{number_format::three_bits, number_format::float32};
  for (std::size_t t = 2; t < model.shapes().size(); ++t)
    each.push_back(t % 2 == 0 ? number_format::two_bits : number_format::bfloat16);
  for (int turned = 0; turned < 2; ++turned, std::ranges::reverse(each)) {
    const ciess::table_formats formats(each);
    model.store_as(formats);
    CHECK(model.stored_as() == formats);
    auto expected = model;
    auto state = expected.snapshot();
    for (std::size_t t = 0; t < each.size(); ++t) ciess::round_as(state.weights.tables[t], each[t]);
    expected.store_as(number_format::float32);
    expected.restore(state);
    CHECK(all_scores(model) == all_scores(expected));
    CHECK(model.loss_and_gradient(small_batch()).loss ==
          expected.loss_and_gradient(small_batch()).loss);
  }
  CHECK_THROWS_WITH(model.store_as(ciess::table_formats(std::vector{
                        number_format::two_bits, number_format::three_bits, number_format::float16,
                        number_format::float32, number_format::two_bits})),
                    ContainsSubstring("store_as: number formats for 5 tables, expected"));
  CHECK(model.stored_as() != number_format::two_bits);  // as it was
}

TEMPLATE_LIST_TEST_CASE("steps learn exact numbers from the slopes at rounded ones", "[backbone]",
                        every_model) {
  auto model = small_model<TestType>();
  model.train(5);
  model.resize(mixed_sizes(model));
  model.store_as(number_format::four_bits);
  auto at_rounded = rounded(model, number_format::four_bits);
  const auto slopes = at_rounded.loss_and_gradient(small_batch());
  const auto found = model.loss_and_gradient(small_batch());
  CHECK(found.loss == slopes.loss);
  for (std::size_t t = 0; t < model.shapes().size(); ++t)
    CHECK(found.of.tables[t] == slopes.of.tables[t]);

  // Both take the same step of the optimiser, from the exact and from the rounded numbers.
  const ciess::matrix exact = model.table(0).values();
  const ciess::matrix nearest = at_rounded.table(0).values();
  REQUIRE(exact != nearest);
  CHECK(model.step(small_batch()) == at_rounded.step(small_batch()));
  CHECK((model.table(0).values() - exact)
            .isApprox(at_rounded.table(0).values() - nearest, 1e-4F));  // floats of size 1

  // Through a lens that changes nothing, the same as without one.
  auto through = model;
  plain_lens lens;
  CHECK(through.train_through(3, lens) == model.train(3));
  CHECK(all_scores(through) == all_scores(model));
}

TEMPLATE_LIST_TEST_CASE("how a model is stored survives a restore, and is no part of a snapshot",
                        "[backbone]", every_model) {
  auto model = small_model<TestType>();
  model.store_as(number_format::four_bits);
  model.train(2);
  const auto state = model.snapshot();
  const double loss = model.train(3);
  const auto scores = all_scores(model);
  model.train(2);
  model.restore(state);
  CHECK(model.stored_as() == number_format::four_bits);
  (void)all_scores(model);
  CHECK(model.train(3) == loss);
  CHECK(all_scores(model) == scores);
}

TEMPLATE_LIST_TEST_CASE("rounded steps have the same bytes at one and two threads",
                        "[backbone][threads]", every_model) {
  const auto run = [] {
    auto model = small_model<TestType>(18, 1, support::larger_data());
    model.store_as(number_format::two_bits);
    model.train(4);
    model.resize(mixed_sizes(model));
    model.train(4);
    return all_scores(model);
  };
  const ciess::matrix serial = run();
  const ciess::threads pool{2};
  CHECK(run() == serial);
}

TEST_CASE("few bits that are trained through lose less than bits that come afterwards",
          "[backbone]") {
  // The mean over batches that are the same for both.
  const auto loss_in_two_bits = [](bool through) {
    ciess::mf model(support::larger_data(),
                    {.range = {1, 12}, .batch = 2000, .penalty = 1e-3, .rate = {.first = 0.05}}, 3);
    model.train(150);
    if (through) model.store_as(number_format::two_bits);
    model.restart({.first = 0.005});
    model.train(60);
    model.store_as(number_format::two_bits);
    model.restart({.first = 1e-9, .least = 0});
    return model.train(20);
  };
  CHECK(loss_in_two_bits(true) < loss_in_two_bits(false));
}
