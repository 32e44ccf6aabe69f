// SPDX-License-Identifier: MIT
#include <ciess/backbone/ragged_recommender.hpp>
// its own header first
#include <ciess/backbone/concept.hpp>
#include <ciess/backbone/mf.hpp>
#include <ciess/backbone/neumf.hpp>
#include <ciess/backbone/ragged_mf.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/ranking/evaluate.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/memory_fields.hpp"
#include "support/small_recommender.hpp"

namespace {

using ciess::index_t;
using ciess::row_update_kind;
using ciess::row_update_options;
using support::larger_data;
using support::mixed_sizes;

static_assert(ciess::backbone<ciess::ragged_mf>);
static_assert(ciess::weighted_backbone<ciess::ragged_mf>);
static_assert(ciess::restorable_backbone<ciess::ragged_mf>);
static_assert(ciess::fine_tunable_backbone<ciess::ragged_mf>);
static_assert(ciess::visitable<ciess::ragged_mf>);
static_assert(!ciess::inner_product_backbone<ciess::ragged_mf>);  // vectors would be dense
static_assert(!std::copyable<ciess::ragged_mf> && std::movable<ciess::ragged_mf>);

using ragged_neumf = ciess::ragged_recommender<ciess::neumf_network<float>>;
static_assert(ciess::sized_model<ragged_neumf> && !ciess::backbone<ragged_neumf>);

/// A ragged model and the dense one that it must agree with.
using pair_of_models =
    std::tuple<std::pair<ciess::ragged_mf, ciess::mf>,
               std::pair<ciess::basic_ragged_mf<double>, ciess::basic_mf<double>>,
               std::pair<ragged_neumf, ciess::neumf>>;

const row_update_options every_way[] = {
    {},
    {.kind = row_update_kind::rowwise_adagrad, .adagrad = {.first = 0.1}},
    {.kind = row_update_kind::sgd, .rate_factor = 30}};

template <class Dense>
typename Dense::options options_of(const row_update_options& by) {
  auto o = support::small_model<Dense>(18, 3, larger_data()).settings();
  o.updates = by;
  return o;
}

/// Every number that training changes, as bytes.
template <class State>
saved_fields all_of(State s) {
  return save_fields(s);
}
template <class Ragged, class Dense>
bool agree(const Ragged& ragged, const Dense& dense) {
  return all_of(ragged.snapshot()) == all_of(typename Ragged::state(dense.snapshot()));
}

/// About half of the sizes by `mixed_sizes`, others small: no row is full.
template <class Model>
ciess::assignment other_sizes(const Model& model) {
  auto all = mixed_sizes(model);
  for (std::size_t t = 0; t < all.size(); ++t)
    for (index_t r = 0; r < all[t].rows(); ++r)
      if (all[t].range().min < all[t].range().max) all[t].set(r, 1 + static_cast<int>(r * r % 11));
  return all;
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("ragged tables train to the bit as dense ones do", "[backbone][threads]",
                        pair_of_models) {
  using ragged_model = typename TestType::first_type;
  using dense_model = typename TestType::second_type;
  const auto by = every_way[GENERATE(0U, 1U, 2U)];
  CAPTURE(ciess::name_of(by.kind));
  const auto o = options_of<dense_model>(by);
  const int threads = GENERATE(1, 2);
  const ciess::threads pool(threads);
  dense_model dense(larger_data(), o, 3);
  const auto sizes = mixed_sizes(dense);
  dense.resize(sizes);
  ragged_model ragged(larger_data(), o, sizes, 3);
  CHECK(agree(ragged, dense));
  const auto first = all_of(ragged.snapshot());
  CHECK(ragged.train(8) == dense.train(8));
  CHECK(agree(ragged, dense));
  CHECK(all_of(ragged.snapshot()) != first);
  // Sizes change on the way: moments of what is cut are forgotten, what grows begins anew.
  ragged.resize(other_sizes(ragged));
  dense.resize(other_sizes(dense));
  CHECK(agree(ragged, dense));
  CHECK(ragged.train(5) == dense.train(5));
  CHECK(agree(ragged, dense));
  ragged.restart({.first = 0.05});
  dense.restart({.first = 0.05});
  CHECK(ragged.train(3) == dense.train(3));
  CHECK(agree(ragged, dense));
  ragged.reset(9);
  dense.reset(9);
  CHECK(ragged.train(2) == dense.train(2));
  CHECK(agree(ragged, dense));
}

TEMPLATE_LIST_TEST_CASE("a ragged model: same bytes at 1 and 2 threads", "[backbone][threads]",
                        pair_of_models) {
  using ragged_model = typename TestType::first_type;
  using dense_model = typename TestType::second_type;
  using number = typename ragged_model::value_type;
  const auto by = every_way[GENERATE(0U, 1U, 2U)];
  CAPTURE(ciess::name_of(by.kind));
  const auto o = options_of<dense_model>(by);
  const dense_model shapes(larger_data(), o, 3);
  const auto run = [&](int threads) {
    const ciess::threads pool(threads);
    ragged_model model(larger_data(), o, mixed_sizes(shapes), 3);
    const double first = model.train(6);
    model.resize(other_sizes(model));
    model.resize(0, 17, 18);
    const double second = model.train(6);
    ciess::basic_matrix<number> scores(70, 200);
    scores.setZero();
    if constexpr (requires { model.score(100, scores); }) model.score(100, scores);
    return std::tuple(first, second, all_of(model.snapshot()),
                      std::vector(scores.data(), scores.data() + scores.size()));
  };
  CHECK(run(1) == run(2));
}

TEST_CASE("one row of a ragged model takes a new size as all do", "[backbone]") {
  const auto o = options_of<ciess::mf>({});
  ciess::mf dense(larger_data(), o, 3);
  auto sizes = mixed_sizes(dense);
  ciess::ragged_mf ragged(larger_data(), o, sizes, 3);
  dense.resize(sizes);
  CHECK(ragged.train(3) == dense.train(3));
  for (const auto& [t, row, size] : {std::tuple(0U, 299, 18), std::tuple(1U, 17, 1)}) {
    sizes[t].set(row, size);
    ragged.resize(t, row, size);
  }
  dense.resize(sizes);
  CHECK(agree(ragged, dense));
  CHECK(ragged.train(3) == dense.train(3));
  CHECK(agree(ragged, dense));
  CHECK_THROWS_WITH(ragged.resize(2, 0, 1), ContainsSubstring("table 2 of 2"));
  CHECK_THROWS_WITH(ragged.resize(0, 300, 1), ContainsSubstring("row 300 of 300"));
  CHECK_THROWS_WITH(ragged.resize(0, 3, 19), ContainsSubstring("in [1, 18]"));
  CHECK(agree(ragged, dense));
}

TEST_CASE("a ragged model goes on from its state to the same bytes", "[backbone]") {
  for (const auto& by : every_way) {
    CAPTURE(ciess::name_of(by.kind));
    const auto o = options_of<ciess::mf>(by);
    const ciess::assignment full(
        std::vector{ciess::sizes(300, o.range), ciess::sizes(200, o.range)});
    ciess::ragged_mf model(larger_data(), o, full, 3);
    model.resize(mixed_sizes(model));
    model.train(4);
    const auto middle = model.snapshot();
    const auto saved = save_fields(model);  // without a copy
    CHECK(saved == all_of(middle));
    const double loss = model.train(3);
    const auto end = all_of(model.snapshot());

    // A process of its own: other sizes and another seed, all of which the file knows better.
    ciess::ragged_mf again(larger_data(), o, full, 77);
    load_fields(saved, again);
    CHECK(again.train(3) == loss);
    CHECK(all_of(again.snapshot()) == end);
    again.restore(middle);
    CHECK(again.train(3) == loss);
    CHECK(all_of(again.snapshot()) == end);
    auto moved = std::move(again);
    moved.restore(middle);
    moved.train(3);
    CHECK(all_of(moved.snapshot()) == end);
    // And from a dense model's, which goes on alike.
    ciess::mf dense(larger_data(), o, 5);
    dense.resize(other_sizes(dense));
    dense.train(2);
    moved.restore(ciess::ragged_state<float>(dense.snapshot()));
    CHECK(moved.train(2) == dense.train(2));
    CHECK(agree(moved, dense));
  }
}

TEST_CASE("scores of a ragged model are those of the dense one", "[backbone]") {
  const auto o = options_of<ciess::mf>({});
  ciess::mf dense(larger_data(), o, 3);
  dense.resize(mixed_sizes(dense));
  ciess::ragged_mf ragged(larger_data(), o, mixed_sizes(dense), 3);
  dense.train(20);
  ragged.train(20);
  ciess::matrix mine(70, 200);
  ciess::matrix other(70, 200);
  ragged.score(230, mine);
  dense.score(230, other);
  // Products of other shapes may be summed in another order: some units in the last place.
  CHECK((mine - other).cwiseAbs().maxCoeff() < 1e-5F);
  // Memory is kept between calls: of fewer users, and with other sizes.
  const auto agrees = [&](index_t first, index_t users) {
    ciess::matrix some(users, 200);
    ciess::matrix same(users, 200);
    ragged.score(first, some);
    dense.score(first, same);
    CHECK((some - same).cwiseAbs().maxCoeff() < 1e-5F);
  };
  agrees(3, 9);
  // Users have 5 columns, items 2.
  const ciess::assignment small(
      std::vector{smaller(mixed_sizes(dense)[0], ciess::sizes(300, o.range, 5)),
                  ciess::sizes(200, o.range, 2)});
  for (const auto& sizes : {small, other_sizes(dense)}) {
    ragged.resize(sizes);
    dense.resize(sizes);
    agrees(100, 20);
  }
  CHECK(other.cwiseAbs().maxCoeff() > 0.1F);
  CHECK_THROWS_AS(ragged.score(231, mine), ciess::argument_error);
  CHECK_THROWS_AS(ragged.score(-1, mine), ciess::argument_error);
  ciess::matrix narrow(70, 199);
  CHECK_THROWS_WITH(ragged.score(0, narrow), ContainsSubstring("199 columns for 200 items"));
  const ciess::interactions held_out(300, 200, {{0, 1}, {5, 9}, {7, 120}, {200, 44}});
  CHECK(ciess::evaluate(ragged, larger_data(), held_out).recall ==
        ciess::evaluate(dense, larger_data(), held_out).recall);
}

TEST_CASE("a ragged model refuses what it cannot mean and stays as it was", "[backbone]") {
  auto o = options_of<ciess::mf>({});
  const ciess::assignment full(std::vector{ciess::sizes(300, o.range), ciess::sizes(200, o.range)});
  ciess::ragged_mf model(larger_data(), o, full, 3);
  model.train(1);
  const auto before = all_of(model.snapshot());
  const ciess::assignment fewer(
      std::vector{ciess::sizes(299, o.range), ciess::sizes(200, o.range)});
  CHECK_THROWS_WITH(model.resize(fewer), ContainsSubstring("table 0 has 300 rows"));
  CHECK_THROWS_WITH(ciess::ragged_mf(larger_data(), o, fewer, 3),
                    ContainsSubstring("ragged_recommender: table 0"));
  CHECK_THROWS_AS(model.train(-1), ciess::argument_error);
  CHECK_THROWS_AS(model.step({}), ciess::argument_error);
  CHECK_THROWS_WITH(model.step({{300}, {0}, {1}}), ContainsSubstring("triple 0 is user 300"));
  auto wrong = model.snapshot();
  wrong.tables[1] = ciess::ragged_table(ciess::sizes(200, o.range), 1);
  CHECK_THROWS_WITH(model.restore(wrong), ContainsSubstring("expected 2 numbers beside each"));
  wrong = model.snapshot();
  wrong.tables.pop_back();
  CHECK_THROWS_WITH(model.restore(wrong), ContainsSubstring("expected 2 tables, got 1"));
  wrong = model.snapshot();
  wrong.steps = -1;
  CHECK_THROWS_WITH(model.restore(wrong), ContainsSubstring("steps must be >= 0"));
  wrong = model.snapshot();
  wrong.squares.emplace_back();
  CHECK_THROWS_WITH(model.restore(wrong), ContainsSubstring("expected 0 tables of sums"));
  CHECK(all_of(model.snapshot()) == before);
  o.updates.reset();
  CHECK_THROWS_WITH(ciess::ragged_mf(larger_data(), o, full, 3),
                    ContainsSubstring("got none: Adam on all rows needs dense tables"));
  o.updates = row_update_options{};
  o.loss.kind = ciess::loss_kind::softmax;
  CHECK_THROWS_WITH(ciess::ragged_mf(larger_data(), o, full, 3),
                    ContainsSubstring("looks at its batch's rows alone"));
}

TEST_CASE("a ragged model whose loss is no number stops before the update", "[backbone]") {
  auto o = options_of<ciess::mf>({.kind = row_update_kind::rowwise_adagrad});
  o.network.deviation = 1e30;  // squared lengths overflow
  const ciess::assignment full(std::vector{ciess::sizes(300, o.range), ciess::sizes(200, o.range)});
  ciess::ragged_mf model(larger_data(), o, full, 3);
  const auto before = all_of(model.snapshot());
  CHECK_THROWS_WITH(model.train(3), ContainsSubstring("at step 0"));
  CHECK(all_of(model.snapshot()) == before);
}
