// SPDX-License-Identifier: MIT
#include <ciess/backbone/recommender.hpp>
// its own header first
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/backbone/mf.hpp>
#include <ciess/backbone/neumf.hpp>
#include <ciess/backbone/ngcf.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/nn/gradient_check.hpp>
#include <limits>
#include <tuple>

#include "support/catch.hpp"
#include "support/memory_fields.hpp"
#include "support/small_recommender.hpp"

namespace {

using row_index = ciess::index_t;
using std::size_t;
using support::mixed_sizes;
using support::small_batch;
using support::small_data;
using support::small_model;

static_assert(ciess::inner_product_backbone<ciess::mf>);
static_assert(ciess::inner_product_backbone<ciess::lightgcn>);
static_assert(ciess::inner_product_backbone<ciess::ngcf>);
static_assert(ciess::backbone<ciess::neumf> && !ciess::inner_product_backbone<ciess::neumf>);
template <class M>
constexpr bool does_everything = ciess::restorable_backbone<M> && ciess::rotatable_backbone<M> &&
                                 ciess::fine_tunable_backbone<M> && ciess::nestable_backbone<M>;
static_assert(does_everything<ciess::mf> && does_everything<ciess::lightgcn>);
static_assert(does_everything<ciess::ngcf> && does_everything<ciess::neumf>);
// A model must not outlive the interactions it looks at.
template <class Model, class Data>
concept is_made_of = std::is_constructible_v<Model, Data, typename Model::options, std::uint64_t>;
template <class Model>
concept refuses_temporaries =
    is_made_of<Model, ciess::interactions&> && is_made_of<Model, const ciess::interactions&> &&
    !is_made_of<Model, ciess::interactions> && !is_made_of<Model, const ciess::interactions>;
static_assert(refuses_temporaries<ciess::mf> && refuses_temporaries<ciess::lightgcn>);
static_assert(refuses_temporaries<ciess::ngcf> && refuses_temporaries<ciess::neumf>);

static_assert(ciess::differentiable<ciess::basic_mf<double>>);
static_assert(!ciess::differentiable<ciess::mf>);  // differences need double

/// What a model says of everybody.
ciess::matrix all_scores(auto& model) {
  ciess::matrix scores(model.users(), model.items());
  model.score(0, scores);
  return scores;
}
ciess::basic_matrix<double> exact_scores(auto& model) {
  ciess::basic_matrix<double> scores(model.users(), model.items());
  model.score(0, scores);
  return scores;
}

using every_model = std::tuple<ciess::mf, ciess::lightgcn, ciess::ngcf, ciess::neumf>;
using every_exact_model = std::tuple<ciess::basic_mf<double>, ciess::basic_lightgcn<double>,
                                     ciess::basic_ngcf<double>, ciess::basic_neumf<double>>;
using vector_model = std::tuple<ciess::mf, ciess::lightgcn, ciess::ngcf>;
using exact_vector_model =
    std::tuple<ciess::basic_mf<double>, ciess::basic_lightgcn<double>, ciess::basic_ngcf<double>>;
using exact_linear_model = std::tuple<ciess::basic_mf<double>, ciess::basic_lightgcn<double>>;

/// One of each kind but BPR, with as many options as may be.
ciess::loss_options other_loss(int which) {
  const ciess::softmax_options cosine{.by = ciess::similarity::cosine, .temperature = 0.3};
  ciess::loss_options o;
  if (which == 0) o.kind = ciess::loss_kind::softmax;
  if (which == 1) o = {.kind = ciess::loss_kind::sampled_softmax, .sampled = {.softmax = cosine}};
  if (which == 2)
    o = {.kind = ciess::loss_kind::sampled_softmax, .sampled = {.candidates = 12, .correct = true}};
  if (which == 3)
    o = {.kind = ciess::loss_kind::sce,
         .scalable = {.buckets = 5, .examples = 20, .candidates = 9}};
  return o;
}

/// A lens that keeps the slopes it is given.
struct keeps_slopes {
  std::vector<ciess::matrix> of;
  void look(std::int64_t, auto&) {}
  void back(const auto&, auto& slopes) { of = slopes; }
  void learn(std::int64_t) {}
};

template <class Model>
Model model_of_loss(int which, int d_max = 6, const ciess::interactions& data = small_data()) {
  auto o = small_model<Model>(d_max, 3, data).settings();
  o.loss = other_loss(which);
  return Model(data, o, 3);
}

}  // namespace

// Central differences with h = 1e-6 in double are good to about h^2 + 1e-16 / h = 1e-10; gradients
// count as at least 1e-3, so errors up to 1e-6 are rounding.
TEMPLATE_LIST_TEST_CASE("gradients of every number agree with central differences", "[backbone]",
                        every_exact_model) {
  const int d_max = GENERATE(1, 6);
  const int kept = GENERATE(0, 1, 2);  // full size, mixed sizes, all of size 1
  auto model = small_model<TestType>(d_max);
  auto sizes = mixed_sizes(model, kept == 1);
  if (kept == 2)
    for (size_t t = 0; t < sizes.size(); ++t)
      sizes[t] = ciess::sizes(sizes[t].rows(), sizes[t].range(), 1);
  model.resize(sizes);
  model.train(2);  // another dropout, and parameters away from their symmetries
  const auto found = ciess::check_gradients(model);
  CAPTURE(d_max, kept, found.where, found.gradient, found.difference);
  CHECK(static_cast<row_index>(found.checked) ==
        static_cast<row_index>(sizes.total()) + model.other_numbers());
  CHECK(found.largest > 1e-3);
  CHECK(found.worst < 2e-6);
}

// Rows enough for several blocks of every kernel: their seams are where a small model shows
// nothing.
TEMPLATE_LIST_TEST_CASE("gradients across blocks agree with central differences", "[backbone]",
                        every_exact_model) {
  auto model = small_model<TestType>(5, 3, support::larger_data());
  model.resize(mixed_sizes(model));
  model.train(2);
  const auto found = ciess::check_gradients(model, {.step = 1e-5, .most = 150});
  CAPTURE(found.where, found.gradient, found.difference);
  CHECK(found.checked == 150);
  CHECK(found.largest > 1e-4);
  CHECK(found.worst < 2e-6);
}

TEMPLATE_LIST_TEST_CASE("tails stay exactly zero through training, shrinking and growing",
                        "[backbone]", every_model) {
  auto model = small_model<TestType>(20);
  const auto fresh = model.snapshot().weights;
  const auto fits = [&] {
    for (size_t t = 0; t < model.shapes().size(); ++t)
      for (row_index r = 0; r < model.table(t).rows(); ++r) {
        const auto& table = model.table(t);
        for (row_index j = table.row_sizes()[r]; j < table.columns(); ++j)
          REQUIRE(table.values()(r, j) == 0);
        REQUIRE(table.values()(r, 0) != 0);
      }
  };
  model.train(5);
  model.resize(mixed_sizes(model));
  fits();
  model.train(5);
  fits();
  // What a row gains is what a fresh table has there; what it had stays.
  const auto before = model.snapshot().weights;
  model.resize(mixed_sizes(model, false));
  for (size_t t = 0; t < model.shapes().size(); ++t) {
    const auto& old = before.tables[t].values();
    const auto& begin = fresh.tables[t].values();
    for (row_index r = 0; r < old.rows(); ++r)
      for (row_index j = 0; j < old.cols(); ++j)
        REQUIRE(model.table(t).values()(r, j) == (old(r, j) != 0 ? old(r, j) : begin(r, j)));
  }
}

// Columns that no row keeps are left out of every product: what is left behind there must not
// count.
TEMPLATE_LIST_TEST_CASE("sizes met on the way leave no trace in scores and gradients", "[backbone]",
                        every_exact_model) {
  auto model = small_model<TestType>(24);
  model.train(3);
  auto sizes = mixed_sizes(model, false);
  for (size_t t = 0; t < sizes.size(); ++t)
    sizes[t] = ciess::sizes(sizes[t].rows(), sizes[t].range(), 3 + 2 * static_cast<int>(t));
  model.resize(sizes);
  const auto narrow = exact_scores(model);
  const double loss = model.train(2);
  model.resize(mixed_sizes(model));
  model.resize(mixed_sizes(model, false));
  model.differentiate();
  auto direct = small_model<TestType>(24);  // has never been narrow
  direct.restore(model.snapshot());
  CHECK(exact_scores(model) == exact_scores(direct));
  const auto batch = small_batch();
  const auto mine = model.loss_and_gradient(batch);
  const auto other = direct.loss_and_gradient(batch);
  CHECK(mine.loss == other.loss);
  CHECK(mine.of.parameters == other.of.parameters);
  for (size_t t = 0; t < sizes.size(); ++t) CHECK(mine.of.tables[t] == other.of.tables[t]);
  // And the narrow one is what a model has whose rows hold zeros there.
  auto again = small_model<TestType>(24);
  again.train(3);
  auto state = again.snapshot();
  for (size_t t = 0; t < sizes.size(); ++t) {
    state.weights.tables[t].resize(sizes[t]);
    state.weights.tables[t].resize(mixed_sizes(again, false)[t]);  // back, with zeros
  }
  again.restore(state);
  CHECK(exact_scores(again).isApprox(narrow, 1e-13));
  CHECK(std::isfinite(loss));
}

TEMPLATE_LIST_TEST_CASE("a table that is allowed few columns is one that keeps few", "[backbone]",
                        exact_linear_model) {
  auto model = small_model<TestType>(24);
  model.train(3);
  model.resize(ciess::assignment({ciess::sizes(40, {1, 24}, 5), ciess::sizes(30, {1, 24}, 2)}));
  CHECK(model.user_vectors().cols() == 5);
  auto narrow = small_model<TestType>(5);
  auto state = narrow.snapshot();
  for (size_t s = 0; s < 2; ++s) {
    auto& table = state.weights.tables[s];
    table.resize(ciess::sizes(table.rows(), {1, 5}, s == 0 ? 5 : 2));
    for (row_index r = 0; r < table.rows(); ++r)
      std::ranges::copy(model.table(s)[r], table[r].begin());
  }
  narrow.restore(state);
  CHECK(model.user_vectors().isApprox(narrow.user_vectors(), 1e-14));
  CHECK(exact_scores(model).isApprox(exact_scores(narrow), 1e-14));
}

TEMPLATE_LIST_TEST_CASE("scores are those of the vectors, block by block", "[backbone]",
                        vector_model) {
  auto model = small_model<TestType>(20);
  model.train(3);
  const auto all = all_scores(model);
  CHECK(all(5, 4) ==
        Approx(model.user_vectors().row(5).dot(model.item_vectors().row(4))).epsilon(1e-4));
  ciess::matrix some(7, 30);
  model.score(3, some);
  CHECK(some.isApprox(all.middleRows(3, 7), 1e-5F));
}

TEMPLATE_LIST_TEST_CASE("same seed, same bytes, at one and two threads", "[backbone][threads]",
                        every_model) {
  const auto run = [](std::uint64_t seed) {
    auto model = small_model<TestType>(18, seed, support::larger_data());
    model.train(4);
    model.resize(mixed_sizes(model));
    model.train(4);
    return all_scores(model);
  };
  const ciess::matrix serial = run(1);
  CHECK(run(2) != serial);
  const ciess::threads pool{2};
  CHECK(run(1) == serial);
}

TEMPLATE_LIST_TEST_CASE("a snapshot taken in the middle continues as if nothing had happened",
                        "[backbone]", every_model) {
  auto model = small_model<TestType>();
  model.train(3);
  const auto state = model.snapshot();
  const double loss = model.train(4);
  const auto scores = all_scores(model);
  model.resize(mixed_sizes(model));
  model.restart({.first = 0.5});
  model.train(2);
  model.restore(state);
  (void)all_scores(model);  // ranking in between changes nothing
  CHECK(model.train(4) == loss);
  CHECK(all_scores(model) == scores);
  model.reset(3);
  auto fresh = small_model<TestType>();
  CHECK(all_scores(model) == all_scores(fresh));
}

TEMPLATE_LIST_TEST_CASE("new axes leave scores alone and gather energy in front", "[backbone]",
                        every_exact_model) {
  auto model = small_model<TestType>(12);
  model.train(30);
  const auto before = exact_scores(model);
  model.rotate_to_principal_axes();
  CHECK(exact_scores(model).isApprox(before, 1e-10));
  CHECK(model.train(1) > 0);  // and goes on
  model.resize(mixed_sizes(model));
  CHECK_THROWS_AS(model.rotate_to_principal_axes(), ciess::argument_error);
}

TEMPLATE_LIST_TEST_CASE("a table put in from outside counts, and the optimiser knows nothing of it",
                        "[backbone]", every_model) {
  auto model = small_model<TestType>(8);
  model.train(3);
  const auto before = all_scores(model);
  auto state = model.snapshot();
  const ciess::index_t rows = state.weights.tables[0].rows();
  ciess::basic_masked_table<float> table(ciess::sizes(rows, {1, 8}, 2));
  table.draw(ciess::normal_rows{0.5}, ciess::random_stream(9, ciess::purpose::user));
  state.weights.tables[0] = table;
  model.restore(state);
  CHECK(model.table(0).values() == table.values());
  CHECK(all_scores(model) != before);
  const auto now = model.snapshot();
  for (const auto* moments : {&now.first, &now.second})
    CHECK(moments->tables[0].rightCols(6).isZero(0));
  CHECK_FALSE(now.second.tables[0].leftCols(2).isZero(0));
}

TEMPLATE_LIST_TEST_CASE("weights that are no numbers are not turned", "[backbone]", every_model) {
  auto model = small_model<TestType>();
  auto state = model.snapshot();
  state.weights.tables[1][3][2] = std::numeric_limits<float>::quiet_NaN();
  model.restore(state);
  CHECK_THROWS_WITH(model.rotate_to_principal_axes(), ContainsSubstring("table 1"));
  CHECK(model.table(0).values() == state.weights.tables[0].values());
}

TEMPLATE_LIST_TEST_CASE("training prefixes trains what a model cut to them would train",
                        "[backbone]", every_model) {
  auto nested = small_model<TestType>();
  const auto before = nested.snapshot();
  const auto sizes = mixed_sizes(nested);
  std::vector<std::int64_t> asked;
  const double loss = nested.train_nested(5, [&](std::int64_t step) -> const ciess::assignment& {
    asked.push_back(step);
    return sizes;
  });
  CHECK(asked == std::vector<std::int64_t>{0, 1, 2, 3, 4});
  auto cut = small_model<TestType>();
  cut.resize(sizes);
  CHECK(cut.train(5) == loss);
  for (size_t t = 0; t < sizes.size(); ++t) {
    CHECK(nested.table(t).row_sizes().total() == nested.table(t).row_sizes().dense());
    for (row_index r = 0; r < sizes[t].rows(); ++r) {
      const row_index kept = sizes[t][r];
      const row_index rest = nested.table(t).columns() - kept;
      const auto row = nested.table(t).values().row(r);
      REQUIRE(row.head(kept) == cut.table(t).values().row(r).head(kept));
      REQUIRE(row.tail(rest) == before.weights.tables[t].values().row(r).tail(rest));
    }
  }
  nested.resize(sizes);
  CHECK(all_scores(nested) == all_scores(cut));

  // A row that has less than is drawn trains what it has.
  auto small = small_model<TestType>();
  small.resize(sizes);
  const ciess::assignment full(small.shapes());
  CHECK(small.train_nested(5, [&](std::int64_t) -> const ciess::assignment& { return full; }) ==
        loss);
  CHECK(all_scores(small) == all_scores(cut));

  const auto untouched = nested.snapshot();
  const ciess::assignment none;
  CHECK_THROWS_AS(
      nested.train_nested(1, [&](std::int64_t) -> const ciess::assignment& { return none; }),
      ciess::argument_error);
  CHECK_THROWS_AS(
      nested.train_nested(-1, [&](std::int64_t) -> const ciess::assignment& { return full; }),
      ciess::argument_error);
  CHECK(nested.train_nested(0, [&](std::int64_t) -> const ciess::assignment& { return none; }) ==
        0);
  CHECK(untouched.weights.tables[0].values() == nested.snapshot().weights.tables[0].values());

  // A failure in the second step leaves a whole model after the first.
  auto broken = small_model<TestType>();
  auto whole = small_model<TestType>();
  ciess::assignment ones(broken.shapes());
  for (size_t t = 0; t < ones.size(); ++t)
    ones[t] = ciess::sizes(ones[t].rows(), ones[t].range(), 1);
  (void)whole.train_nested(1, [&](std::int64_t) -> const ciess::assignment& { return ones; });
  CHECK_THROWS_AS(broken.train_nested(2,
                                      [&](std::int64_t step) -> const ciess::assignment& {
                                        return step == 0 ? ones : none;
                                      }),
                  ciess::argument_error);
  CHECK(all_scores(broken) == all_scores(whole));
}

TEST_CASE("rows gathered in two bytes: same bytes at 1 and 2 threads, and a snapshot goes on",
          "[backbone][threads]") {
  ciess::lightgcn::options o;
  o.range = {1, GENERATE(24, 40, 100)};
  o.batch = 2000;
  o.network.storage = ciess::gathered::bfloat16;
  const auto trained = [&](bool masked) {
    ciess::lightgcn model(support::larger_data(), o, 1);
    model.train(2);
    model.resize(mixed_sizes(model, masked));
    model.train(2);
    const auto middle = model.snapshot();
    model.train(2);
    const ciess::matrix scores = all_scores(model);
    model.restore(middle);
    model.train(2);
    CHECK(all_scores(model) == scores);
    return scores;
  };
  for (const bool masked : {false, true}) {
    const ciess::matrix serial = trained(masked);
    CHECK(serial.allFinite());
    const ciess::threads pool(2);
    CHECK(trained(masked) == serial);
  }
}

TEMPLATE_LIST_TEST_CASE("a small data set is learnt by heart", "[backbone]", every_model) {
  typename TestType::options o;
  o.range = {1, 24};
  o.batch = 256;
  o.penalty = 0;
  TestType model(small_data(), o, 1);
  const double first = model.train(1);
  CHECK(first > 0.4);
  model.train(300);
  CHECK(model.train(20) < 0.15 * first);
}

TEMPLATE_LIST_TEST_CASE("models refuse what they cannot mean", "[backbone]", every_model) {
  auto model = small_model<TestType>();
  ciess::matrix out(5, 30);
  CHECK_THROWS_AS(model.score(36, out), ciess::argument_error);
  CHECK_THROWS_AS(model.score(-1, out), ciess::argument_error);
  ciess::matrix narrow(5, 29);
  CHECK_THROWS_AS(model.score(0, narrow), ciess::argument_error);
  CHECK_THROWS_AS(model.train(-1), ciess::argument_error);
  CHECK(model.train(0) == 0);
  CHECK_THROWS_AS(model.resize(ciess::assignment()), ciess::argument_error);
  CHECK_THROWS_AS(model.restart({.first = 0}), ciess::argument_error);
  CHECK_THROWS_AS(model.restore(small_model<TestType>(7).snapshot()), ciess::argument_error);
  CHECK_THROWS_AS(model.step({}), ciess::argument_error);
  const auto tampered = [&](auto change) {
    auto s = model.snapshot();
    change(s);
    const auto before = all_scores(model);
    CHECK_THROWS_AS(model.restore(s), ciess::argument_error);
    CHECK(all_scores(model) == before);
  };
  tampered([](auto& s) { s.first.tables[1].resize(2, 2); });
  tampered([](auto& s) { s.second.tables.clear(); });
  tampered([](auto& s) { s.first.parameters.resize(s.first.parameters.size() + 1); });
  tampered([](auto& s) { s.rate.every = 0; });
  tampered([](auto& s) { s.steps = -1; });
  auto less = model.snapshot();
  less.weights.tables.pop_back();
  CHECK_THROWS_AS(model.restore(less), ciess::argument_error);
  auto batch = small_batch();
  batch.users[7] = 40;
  CHECK_THROWS_WITH(model.step(batch), ContainsSubstring("triple 7"));
  batch = small_batch();
  batch.negatives[3] = -1;
  CHECK_THROWS_AS(model.step(batch), ciess::argument_error);
  batch.negatives.pop_back();
  CHECK_THROWS_AS(model.step(batch), ciess::argument_error);
  using options = typename TestType::options;
  const auto refused = [](auto change) {
    options o;
    change(o);
    CHECK_THROWS_AS(TestType(small_data(), o, 1), ciess::argument_error);
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  refused([](options& o) { o.batch = 0; });
  refused([&](options& o) { o.penalty = nan; });
  refused([](options& o) { o.range = {2, 1}; });
  refused([](options& o) { o.rate.factor = 2; });
  const ciess::interactions empty(3, 4, {});
  CHECK_THROWS_AS(TestType(empty, options{}, 1), ciess::data_error);
}

TEMPLATE_LIST_TEST_CASE("rows that nobody has met take part", "[backbone]", every_model) {
  // User 2 and item 3 have no interaction; d_max is 1.
  const ciess::interactions data(3, 4, {{0, 0}, {0, 1}, {1, 1}, {1, 2}});
  typename TestType::options o;
  o.range = {1, 1};
  o.batch = 8;
  TestType model(data, o, 1);
  CHECK(std::isfinite(model.train(20)));
  CHECK(all_scores(model).allFinite());
}

TEST_CASE("a loss that is no number stops training before the update, and is named", "[backbone]") {
  ciess::mf::options o;
  o.range = {1, 4};
  o.batch = 32;
  o.network.deviation = 1e30;  // squared lengths overflow
  ciess::mf model(small_data(), o, 1);
  const ciess::matrix before = model.table(0).values();
  CHECK_THROWS_WITH(model.train(3), ContainsSubstring("step 0"));
  CHECK(model.table(0).values() == before);
}

TEMPLATE_LIST_TEST_CASE("gradients of other losses agree with central differences", "[backbone]",
                        exact_vector_model) {
  auto model = model_of_loss<TestType>(GENERATE(0, 1, 2, 3));
  model.resize(mixed_sizes(model));
  model.train(2);
  const auto found = ciess::check_gradients(model, {.step = 1e-5});
  CAPTURE(found.where, found.gradient, found.difference);
  CHECK(found.largest > 1e-3);
  CHECK(found.worst < 2e-6);
}

TEMPLATE_LIST_TEST_CASE("other losses: same bytes at one and two threads, and a snapshot goes on",
                        "[backbone][threads]", vector_model) {
  const int which = GENERATE(0, 1, 2, 3);
  const auto run = [&] {
    auto model = model_of_loss<TestType>(which, 18, support::larger_data());
    model.train(2);
    model.resize(mixed_sizes(model));
    const auto middle = model.snapshot();
    const double loss = model.train(3);
    const ciess::matrix scores = all_scores(model);
    model.restore(middle);
    CHECK(model.train(3) == loss);
    CHECK(all_scores(model) == scores);
    return scores;
  };
  const ciess::matrix serial = run();
  CHECK(serial.allFinite());
  const ciess::threads pool(2);
  CHECK(run() == serial);
}

TEMPLATE_LIST_TEST_CASE(
    "other losses learn, through lenses too, and learn nothing from what is held out", "[backbone]",
    vector_model) {
  const int which = GENERATE(0, 1, 2, 3);
  auto model = model_of_loss<TestType>(which);
  auto o = model.settings();
  o.penalty = 0;
  o.batch = 256;
  o.network = {};
  TestType learns(small_data(), o, 1);
  const double first = learns.train(1);
  learns.train(300);
  CHECK(learns.train(20) < 0.9 * first);

  const auto sizes = mixed_sizes(model);
  auto cut = model;
  cut.resize(sizes);
  CHECK(model.train_nested(4, [&](std::int64_t) -> const ciess::assignment& { return sizes; }) ==
        cut.train(4));
  model.resize(sizes);
  CHECK(all_scores(model) == all_scores(cut));

  // A batch of items that nobody has in training, as if they were held out.
  ciess::triples batch;
  for (ciess::row_id u = 0; u < 20; ++u) {
    ciess::row_id i = 0;
    while (small_data().contains(u, i)) ++i;
    batch.users.push_back(u);
    batch.positives.push_back(i);
    batch.negatives.push_back(i == 0 ? 1 : 0);
  }
  keeps_slopes lens;
  const ciess::matrix before = model.table(0).values();
  const double held_out = model.slopes_through(batch, lens);
  CHECK(std::isfinite(held_out));
  CHECK(held_out > 0);
  CHECK(lens.of[0].allFinite());
  CHECK_FALSE(lens.of[1].isZero(0));
  CHECK(model.table(0).values() == before);
}

TEST_CASE("states know the loss that they were trained with, BPR's are as they were",
          "[backbone]") {
  const auto saved = [](const auto& model) {
    fields_writer f;
    model.visit_options(f);
    return f.saved;
  };
  const auto usual = saved(small_model<ciess::mf>());
  std::vector<std::string> names;
  for (const auto& [name, bytes] : usual) names.push_back(name);
  CHECK(std::ranges::none_of(names, [](const auto& n) { return n.starts_with("loss"); }));
  for (const int which : {0, 1, 2, 3}) {
    const auto model = model_of_loss<ciess::mf>(which);
    fields_reader as_bpr(usual);
    CHECK_THROWS_WITH(model.visit_options(as_bpr), ContainsSubstring("loss.kind"));
    const auto own = saved(model);
    CHECK(own.size() > usual.size());  // fields that nobody asks for are refused
    fields_reader same(own);
    CHECK_NOTHROW(model.visit_options(same));
    fields_reader other(own);
    CHECK_THROWS_AS(model_of_loss<ciess::mf>((which + 1) % 4).visit_options(other),
                    ciess::data_error);
  }
}

TEST_CASE("a network without vectors learns by BPR alone", "[backbone]") {
  auto o = small_model<ciess::neumf>().settings();
  o.loss = other_loss(GENERATE(0, 1));
  CHECK_THROWS_WITH(
      ciess::neumf(small_data(), o, 1),
      ContainsSubstring("this network learns by bpr alone") && ContainsSubstring("softmax"));
  o.loss = {.full = {.softmax = {.temperature = 0.5}}};
  CHECK_THROWS_AS(ciess::neumf(small_data(), o, 1), ciess::argument_error);
}

TEMPLATE_LIST_TEST_CASE("losses that cannot be are refused", "[backbone]", vector_model) {
  auto o = small_model<TestType>().settings();
  o.loss.kind = ciess::loss_kind::softmax;
  o.loss.full.softmax.temperature = GENERATE(0.0, std::numeric_limits<double>::quiet_NaN());
  CHECK_THROWS_WITH(TestType(small_data(), o, 1), ContainsSubstring("temperature"));
  o.loss = {.kind = ciess::loss_kind::sampled_softmax, .sampled = {.candidates = 0}};
  CHECK_THROWS_WITH(TestType(small_data(), o, 1),
                    ContainsSubstring("candidates must be in [1, 30"));
}
