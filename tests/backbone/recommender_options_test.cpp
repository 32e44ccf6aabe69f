// SPDX-License-Identifier: MIT
// Recommenders that update the rows of a batch alone.
#include <ciess/backbone/recommender_options.hpp>
// its own header first
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/backbone/mf.hpp>
#include <ciess/backbone/neumf.hpp>
#include <ciess/backbone/ngcf.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/nn/gradient_check.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "support/catch.hpp"
#include "support/memory_fields.hpp"
#include "support/small_recommender.hpp"

namespace {

using ciess::index_t;
using ciess::row_update_kind;
using ciess::row_update_options;
using std::size_t;
using support::mixed_sizes;
using support::small_batch;
using support::small_data;

using row_model = std::tuple<ciess::mf, ciess::neumf>;
using exact_row_model = std::tuple<ciess::basic_mf<double>, ciess::basic_neumf<double>>;
using other_model = std::tuple<ciess::lightgcn, ciess::ngcf>;
static_assert(ciess::row_network<ciess::neumf_network<float>>);
static_assert(ciess::restorable_backbone<ciess::mf>);

/// As `small_model`, with updates of rows.
template <class Model>
Model row_model_of(row_update_kind kind, int d_max = 6,
                   const ciess::interactions& data = small_data()) {
  auto o = support::small_model<Model>(d_max, 3, data).settings();
  o.updates = row_update_options{.kind = kind};
  // A step of the gradient itself moves hardly anything at the rate of the others.
  if (kind == row_update_kind::sgd) o.updates->rate_factor = 30;
  return Model(data, o, 3);
}

auto any_kind() {
  return GENERATE(row_update_kind::lazy_adam, row_update_kind::rowwise_adagrad,
                  row_update_kind::sgd);
}

auto all_scores(auto& model) {
  ciess::basic_matrix<typename std::remove_reference_t<decltype(model)>::value_type> scores(
      model.users(), model.items());
  model.score(0, scores);
  return scores;
}

/// A few users and items, several times each: rows 0 to 4 and 0 to 8.
ciess::triples few_rows() {
  ciess::triples t;
  for (int b = 0; b < 20; ++b) {
    t.users.push_back(b % 5);
    t.positives.push_back(b % 4);
    t.negatives.push_back(4 + b % 5);
  }
  return t;
}

/// A lens that keeps the slopes it is given.
struct keeps_slopes {
  std::vector<ciess::matrix> of;
  void look(std::int64_t, auto&) {}
  void back(const auto&, auto& slopes) { of = slopes; }
  void learn(std::int64_t) {}
};

}  // namespace

TEMPLATE_LIST_TEST_CASE("gradients of updated rows agree with central differences", "[backbone]",
                        exact_row_model) {
  const int d_max = GENERATE(1, 6);
  const bool masked = GENERATE(false, true);
  auto model = row_model_of<TestType>(any_kind(), d_max);
  model.resize(mixed_sizes(model, masked));
  // Before the first batch there is none.
  model.visit_parameters([](std::string_view, auto, auto gradient) {
    REQUIRE(std::ranges::all_of(gradient, [](double x) { return x == 0; }));
  });
  model.train(2);
  const auto found = ciess::check_gradients(model);
  CAPTURE(d_max, masked, found.where, found.gradient, found.difference);
  CHECK(static_cast<index_t>(found.checked) ==
        static_cast<index_t>(mixed_sizes(model, masked).total()) + model.other_numbers());
  CHECK(found.largest > 1e-3);
  CHECK(found.worst < 2e-6);
}

TEMPLATE_LIST_TEST_CASE("a gradient of updated rows is that of all rows", "[backbone]",
                        exact_row_model) {
  auto model = row_model_of<TestType>(any_kind());
  auto all = support::small_model<TestType>();
  const auto format = GENERATE(ciess::number_format::float32, ciess::number_format::four_bits);
  model.store_as(format);
  all.store_as(format);
  model.resize(mixed_sizes(model));
  all.resize(mixed_sizes(all));
  for (const auto& batch : {small_batch(), few_rows(), small_batch()}) {
    const auto mine = model.loss_and_gradient(batch);
    const auto other = all.loss_and_gradient(batch);
    CHECK(mine.loss == Approx(other.loss).epsilon(1e-13));
    for (size_t t = 0; t < model.shapes().size(); ++t)
      for (index_t r = 0; r < model.table(t).rows(); ++r)
        for (index_t j = 0; j < model.table(t).row_sizes()[r]; ++j)
          REQUIRE(mine.of.tables[t](r, j) == Approx(other.of.tables[t](r, j)).margin(1e-15));
    CHECK(mine.of.parameters.isApprox(other.of.parameters, 1e-13));
  }
  CHECK((all_scores(model) - all_scores(all)).cwiseAbs().maxCoeff() == 0);
}

TEMPLATE_LIST_TEST_CASE("where every batch names every row, lazy adam trains as adam does",
                        "[backbone]", exact_row_model) {
  const auto& data = support::larger_data();
  auto o = support::small_model<TestType>(6, 3, data).settings();
  o.batch = 20'000;
  TestType all(data, o, 3);
  o.updates = row_update_options{};
  TestType model(data, o, 3);
  CHECK(model.train(4) == Approx(all.train(4)).epsilon(1e-12));
  model.resize(mixed_sizes(model));
  all.resize(mixed_sizes(all));
  CHECK(model.train(4) == Approx(all.train(4)).epsilon(1e-12));
  for (size_t t = 0; t < model.shapes().size(); ++t) {
    const auto& rows = model.table(t).values();
    CHECK((rows - all.table(t).values()).cwiseAbs().maxCoeff() < 1e-10);
    CHECK(model.snapshot().first.tables[t].rowwise().norm().minCoeff() > 0);  // every row
  }
}

TEMPLATE_LIST_TEST_CASE("a step moves the rows that its batch names and no other", "[backbone]",
                        row_model) {
  auto model = row_model_of<TestType>(any_kind());
  model.train(3);
  const auto before = model.snapshot();
  model.step(few_rows());
  const auto after = model.snapshot();
  for (size_t t = 0; t < model.shapes().size(); ++t)
    for (index_t r = 0; r < model.table(t).rows(); ++r) {
      const bool named = r < (t % 2 == 0 ? 5 : 9);
      const auto differ = [&](const auto& a, const auto& b) { return a.row(r) != b.row(r); };
      REQUIRE(differ(after.weights.tables[t].values(), before.weights.tables[t].values()) == named);
      if (!after.second.tables.empty())
        REQUIRE(differ(after.second.tables[t], before.second.tables[t]) == named);
      if (!after.squares.empty()) REQUIRE(differ(after.squares[t], before.squares[t]) == named);
    }
}

TEMPLATE_LIST_TEST_CASE("updated rows: tails stay exactly zero", "[backbone]", row_model) {
  auto model = row_model_of<TestType>(any_kind(), 20);
  const auto fits = [&] {
    for (size_t t = 0; t < model.shapes().size(); ++t)
      for (index_t r = 0; r < model.table(t).rows(); ++r) {
        const index_t kept = model.table(t).row_sizes()[r];
        const auto state = model.snapshot();
        REQUIRE(model.table(t).values().row(r).tail(20 - kept).isZero(0));
        if (!state.first.tables.empty())
          REQUIRE(state.first.tables[t].row(r).tail(20 - kept).isZero(0));
      }
  };
  model.train(4);
  model.resize(mixed_sizes(model));
  fits();
  model.train(4);
  fits();
  model.resize(mixed_sizes(model, false));
  model.train(4);
  CHECK(all_scores(model).allFinite());
}

TEMPLATE_LIST_TEST_CASE("updated rows: same bytes at one and two threads, and a snapshot goes on",
                        "[backbone][threads]", row_model) {
  const auto kind = any_kind();
  const auto format = GENERATE(ciess::number_format::float32, ciess::number_format::eight_bits);
  const auto run = [&] {
    auto model = row_model_of<TestType>(kind, 18, support::larger_data());
    model.store_as(format);
    model.train(3);
    model.resize(mixed_sizes(model));
    const auto middle = model.snapshot();
    const double loss = model.train(3);
    const auto scores = all_scores(model);
    model.step(few_rows());
    model.restart({.first = 0.5});
    model.resize(mixed_sizes(model, false));
    model.train(2);
    model.restore(middle);
    (void)all_scores(model);  // ranking in between changes nothing
    CHECK(model.train(3) == loss);
    CHECK(all_scores(model) == scores);
    return scores;
  };
  const auto serial = run();
  CHECK(serial.allFinite());
  const ciess::threads pool(2);
  CHECK(run() == serial);
}

TEMPLATE_LIST_TEST_CASE("updated rows: training prefixes trains what a model cut to them would",
                        "[backbone]", row_model) {
  const auto kind = any_kind();
  auto nested = row_model_of<TestType>(kind);
  const auto before = nested.snapshot();
  const auto sizes = mixed_sizes(nested);
  const double loss =
      nested.train_nested(5, [&](std::int64_t) -> const ciess::assignment& { return sizes; });
  auto cut = row_model_of<TestType>(kind);
  cut.resize(sizes);
  CHECK(cut.train(5) == loss);
  for (size_t t = 0; t < sizes.size(); ++t)
    for (index_t r = 0; r < sizes[t].rows(); ++r) {
      const index_t kept = sizes[t][r];
      const auto row = nested.table(t).values().row(r);
      REQUIRE(row.head(kept) == cut.table(t).values().row(r).head(kept));
      REQUIRE(row.tail(6 - kept) == before.weights.tables[t].values().row(r).tail(6 - kept));
    }
  nested.resize(sizes);
  CHECK(all_scores(nested) == all_scores(cut));
}

TEMPLATE_LIST_TEST_CASE("updated rows: a lens is given slopes of all rows", "[backbone]",
                        row_model) {
  auto model = row_model_of<TestType>(any_kind());
  auto all = support::small_model<TestType>();
  keeps_slopes mine;
  keeps_slopes other;
  const auto batch = small_batch();
  CHECK(model.slopes_through(batch, mine) == all.slopes_through(batch, other));
  for (size_t t = 0; t < model.shapes().size(); ++t) CHECK(mine.of[t] == other.of[t]);
  const double loss = model.train_through(1, mine);
  CHECK(loss == Approx(all.train_through(1, other)).epsilon(1e-5));
  for (size_t t = 0; t < model.shapes().size(); ++t) {
    CHECK(mine.of[t].isApprox(other.of[t], 1e-4F));
    CHECK_FALSE(mine.of[t].isZero(0));
  }
}

TEMPLATE_LIST_TEST_CASE("updated rows learn a small data set by heart", "[backbone]", row_model) {
  const auto kind = any_kind();
  typename TestType::options o;
  o.range = {1, 24};
  o.batch = 256;
  o.penalty = 0;
  o.updates = row_update_options{.kind = kind};
  o.rate.factor = 1;
  if (kind == row_update_kind::rowwise_adagrad) o.updates->rate_factor = 3;
  if (kind == row_update_kind::sgd) o.updates->rate_factor = 200;
  TestType model(small_data(), o, 1);
  const double first = model.train(1);
  CHECK(first > 0.4);
  model.train(kind == row_update_kind::sgd ? 2'000 : 400);
  CHECK(model.train(20) < 0.3 * first);
}

TEMPLATE_LIST_TEST_CASE("a state of updated rows carries what its kind needs and no more",
                        "[backbone]", row_model) {
  const auto kind = any_kind();
  auto model = row_model_of<TestType>(kind);
  model.train(2);
  auto state = model.snapshot();
  const size_t tables = model.shapes().size();
  CHECK(state.first.tables.size() == (kind == row_update_kind::lazy_adam ? tables : 0));
  CHECK(state.second.tables.size() == (kind == row_update_kind::lazy_adam ? tables : 0));
  CHECK(state.squares.size() == (kind == row_update_kind::rowwise_adagrad ? tables : 0));
  const auto saved = save_fields(state);
  auto fresh = row_model_of<TestType>(kind).snapshot();
  load_fields(saved, fresh);
  auto again = row_model_of<TestType>(kind);
  again.restore(fresh);
  CHECK(again.train(2) == model.train(2));
  CHECK(all_scores(again) == all_scores(model));
  for (const auto other : ciess::row_update_kinds)
    if (other != kind) {
      auto foreign = row_model_of<TestType>(other);
      CHECK_THROWS_AS(foreign.restore(state), ciess::argument_error);
      auto shape = foreign.snapshot();
      CHECK_THROWS(load_fields(saved, shape));
    }
  auto all = support::small_model<TestType>();
  if (kind != row_update_kind::lazy_adam)
    CHECK_THROWS_AS(all.restore(state), ciess::argument_error);
  if (kind == row_update_kind::rowwise_adagrad) {
    auto wrong = state;
    wrong.squares[1].resize(3);
    CHECK_THROWS_WITH(model.restore(wrong),
                      ContainsSubstring("table 1 has 3 sums of squares, expected 30"));
    wrong = state;
    wrong.squares[0][2] = -1;
    CHECK_THROWS_WITH(load_fields(save_fields(wrong), fresh), ContainsSubstring("no number < 0"));
  }
}

TEST_CASE("states know how rows are updated, those of all rows are as they were", "[backbone]") {
  const auto saved = [](const auto& model) {
    fields_writer f;
    model.visit_options(f);
    return f.saved;
  };
  const auto usual = saved(support::small_model<ciess::mf>());
  CHECK(std::ranges::none_of(usual, [](const auto& f) { return f.first.starts_with("updates"); }));
  for (const auto kind : ciess::row_update_kinds) {
    const auto model = row_model_of<ciess::mf>(kind);
    fields_reader as_all(usual);
    CHECK_THROWS_AS(model.visit_options(as_all), ciess::data_error);
    const auto own = saved(model);
    fields_reader same(own);
    CHECK_NOTHROW(model.visit_options(same));
    for (const auto other : ciess::row_update_kinds)
      if (other != kind) {
        fields_reader reads(own);
        auto o = model.settings();
        o.updates = row_update_options{.kind = other};
        CHECK_THROWS_WITH(ciess::mf(small_data(), o, 3).visit_options(reads),
                          ContainsSubstring("updates.kind"));
      }
  }
}

TEMPLATE_LIST_TEST_CASE("networks that touch every row refuse updates of rows", "[backbone]",
                        other_model) {
  auto o = support::small_model<TestType>().settings();
  o.updates = row_update_options{.kind = any_kind()};
  CHECK_THROWS_WITH(TestType(small_data(), o, 1),
                    ContainsSubstring("gradient of this network touches every row") &&
                        ContainsSubstring(std::string(ciess::name_of(o.updates->kind))));
  CHECK_THROWS_AS(TestType(small_data(), o, 1), ciess::argument_error);
}

TEST_CASE("losses that look at other rows refuse updates of rows", "[backbone]") {
  auto o = row_model_of<ciess::mf>(row_update_kind::lazy_adam).settings();
  o.loss.kind =
      GENERATE(ciess::loss_kind::softmax, ciess::loss_kind::sampled_softmax, ciess::loss_kind::sce);
  CHECK_THROWS_WITH(ciess::mf(small_data(), o, 1),
                    ContainsSubstring("looks at its batch's rows alone") &&
                        ContainsSubstring(std::string(ciess::name_of(o.loss.kind))));
}

TEMPLATE_LIST_TEST_CASE("updates of rows that cannot be are refused", "[backbone]", row_model) {
  auto o = support::small_model<TestType>().settings();
  o.updates = row_update_options{.adam = {.beta1 = 2}};
  CHECK_THROWS_AS(TestType(small_data(), o, 1), ciess::argument_error);
  auto model = row_model_of<TestType>(any_kind());
  const auto before = all_scores(model);
  auto batch = small_batch();
  batch.users[7] = 40;
  CHECK_THROWS_WITH(model.step(batch), ContainsSubstring("triple 7"));
  batch = small_batch();
  batch.negatives[3] = -1;
  CHECK_THROWS_AS(model.step(batch), ciess::argument_error);
  CHECK_THROWS_AS(model.step({}), ciess::argument_error);
  CHECK(all_scores(model) == before);
}

TEST_CASE("updated rows: a loss that is no number stops training before the update", "[backbone]") {
  auto o = row_model_of<ciess::mf>(row_update_kind::rowwise_adagrad).settings();
  o.network.deviation = 1e30;  // squared lengths overflow
  ciess::mf model(small_data(), o, 1);
  const ciess::matrix before = model.table(0).values();
  CHECK_THROWS_WITH(model.train(3), ContainsSubstring("step 0"));
  CHECK(model.table(0).values() == before);
  CHECK(model.snapshot().squares[0].isZero(0));
}
