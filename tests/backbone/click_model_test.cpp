// SPDX-License-Identifier: MIT
#include <ciess/backbone/click_model.hpp>
// its own header first
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <ciess/backbone/dcn.hpp>
#include <ciess/backbone/deep_fm.hpp>
#include <ciess/backbone/dlrm.hpp>
#include <ciess/backbone/fm.hpp>
#include <ciess/backbone/storable_model.hpp>
#include <ciess/backbone/warm_start.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/nn/gradient_check.hpp>
#include <ciess/search/lens_environment.hpp>

#include "support/catch.hpp"
#include "support/memory_fields.hpp"
#include "support/small_clicks.hpp"
#include "support/small_recommender.hpp"

namespace {

using ciess::assignment;
using ciess::index_t;
using std::size_t;
using support::larger_clicks;
using support::mixed_sizes;
using support::predictions;
using support::small_click_model;
using support::small_click_options;
using support::small_clicks;

using every_model = std::tuple<ciess::fm, ciess::deep_fm, ciess::dcn, ciess::dlrm>;
using every_exact_model = std::tuple<ciess::basic_fm<double>, ciess::basic_deep_fm<double>,
                                     ciess::basic_dcn<double>, ciess::basic_dlrm<double>>;

template <class M>
constexpr bool does_everything =
    ciess::sized_model<M> && ciess::restorable_backbone<M> && ciess::rotatable_backbone<M> &&
    ciess::fine_tunable_backbone<M> && ciess::nestable_backbone<M> && ciess::named_tables<M> &&
    ciess::layered_model<M> && ciess::storable_model<M> && ciess::warm_startable<M> &&
    ciess::shows_tables<M> && ciess::detail::trains_through<M> && ciess::detail::saves_snapshot<M>;
static_assert(does_everything<ciess::fm> && does_everything<ciess::deep_fm>);
static_assert(does_everything<ciess::dcn> && does_everything<ciess::dlrm>);
static_assert(ciess::differentiable<ciess::basic_fm<double>>);
template <class Model, class Data>
concept is_made_of = std::is_constructible_v<Model, Data, typename Model::options, std::uint64_t>;
static_assert(is_made_of<ciess::fm, const ciess::impressions&> &&
              !is_made_of<ciess::fm, ciess::impressions>);  // it would look at what is gone

/// A lens that keeps the slopes it is given.
template <class T>
struct keeps_slopes {
  std::vector<ciess::basic_matrix<T>> of;
  void look(std::int64_t, auto&) {}
  void back(const auto&, auto& slopes) { of = slopes; }
  void learn(std::int64_t) {}
};

std::vector<index_t> first_impressions(index_t n) {
  std::vector<index_t> which(static_cast<size_t>(n));
  std::iota(which.begin(), which.end(), index_t{0});
  return which;
}

}  // namespace

// Central differences with h = 1e-6 in double are good to about h^2 + 1e-16 / h = 1e-10; gradients
// count as at least 1e-3, so errors up to 1e-6 are rounding.
TEMPLATE_LIST_TEST_CASE("gradients of every number of a click model agree with differences",
                        "[backbone]", every_exact_model) {
  const int d_max = GENERATE(1, 6);
  const int kept = GENERATE(0, 1, 2);  // full size, mixed sizes, all of size 1
  auto model = small_click_model<TestType>(d_max);
  auto sizes = mixed_sizes(model, kept == 1);
  if (kept == 2)
    for (size_t t = 0; t < sizes.size(); ++t)
      sizes[t] = ciess::sizes(sizes[t].rows(), sizes[t].range(), 1);
  model.resize(sizes);
  model.train(2);  // another dropout, and parameters away from their symmetries
  const auto found = ciess::check_gradients(model);
  CAPTURE(d_max, kept, found.where, found.gradient, found.difference);
  CHECK(static_cast<index_t>(found.checked) ==
        static_cast<index_t>(sizes.total()) + model.other_numbers());
  CHECK(found.largest > 1e-3);
  CHECK(found.worst < 2e-6);
}

TEMPLATE_LIST_TEST_CASE("gradients of a click model across blocks agree with differences",
                        "[backbone]", every_exact_model) {
  auto model = small_click_model<TestType>(5, 3, larger_clicks());
  model.resize(mixed_sizes(model));
  model.train(2);
  const auto found = ciess::check_gradients(model, {.step = 1e-5, .most = 100});
  CAPTURE(found.where, found.gradient, found.difference);
  CHECK(found.checked == 100);
  CHECK(found.largest > 1e-4);
  CHECK(found.worst < 2e-6);
}

TEMPLATE_LIST_TEST_CASE("rows of tables of different widths have right gradients", "[backbone]",
                        every_exact_model) {
  auto o = small_click_options<TestType>();
  o.ranges.resize(small_click_model<TestType>().shapes().size());
  for (size_t t = 0; t < o.ranges.size(); ++t) o.ranges[t] = {1, 2 + static_cast<int>(t % 4)};
  TestType model(small_clicks(), o, 3);
  model.train(2);
  const auto found = ciess::check_gradients(model);
  CAPTURE(found.where, found.gradient, found.difference);
  CHECK(found.worst < 2e-6);
  const auto before = predictions(model);
  model.rotate_to_principal_axes();
  const auto after = predictions(model);
  for (size_t i = 0; i < before.size(); ++i) REQUIRE(after[i] == Approx(before[i]).margin(1e-9));
}

TEMPLATE_LIST_TEST_CASE("tails of a click model stay exactly zero", "[backbone]", every_model) {
  auto model = small_click_model<TestType>(20);
  const auto fresh = model.snapshot().weights;
  const auto fits = [&] {
    for (size_t t = 0; t < model.shapes().size(); ++t)
      for (index_t r = 0; r < model.table(t).rows(); ++r) {
        const auto& table = model.table(t);
        for (index_t j = table.row_sizes()[r]; j < table.columns(); ++j)
          REQUIRE(table.values()(r, j) == 0);
        REQUIRE(table.values()(r, 0) != 0);
      }
  };
  model.train(5);
  model.resize(mixed_sizes(model));
  fits();
  model.train(5);
  fits();
  const auto before = model.snapshot().weights;
  model.resize(mixed_sizes(model, false));
  for (size_t t = 0; t < model.shapes().size(); ++t) {
    const auto& old = before.tables[t].values();
    const auto& begin = fresh.tables[t].values();
    for (index_t r = 0; r < old.rows(); ++r)
      for (index_t j = 0; j < old.cols(); ++j)
        REQUIRE(model.table(t).values()(r, j) == (old(r, j) != 0 ? old(r, j) : begin(r, j)));
  }
}

TEMPLATE_LIST_TEST_CASE("a click model: same seed, same bytes, at one and two threads",
                        "[backbone][threads]", every_model) {
  const auto run = [](std::uint64_t seed) {
    auto model = small_click_model<TestType>(18, seed, larger_clicks());
    model.train(4);
    model.resize(mixed_sizes(model));
    model.train(4);
    return predictions(model, larger_clicks());
  };
  const auto serial = run(1);
  CHECK(run(2) != serial);
  const ciess::threads pool{2};
  CHECK(run(1) == serial);
}

TEMPLATE_LIST_TEST_CASE("a click model put back goes on as if nothing had happened", "[backbone]",
                        every_model) {
  auto o = small_click_options<TestType>();
  o.updates.kind = GENERATE(ciess::row_update_kind::lazy_adam,
                            ciess::row_update_kind::rowwise_adagrad, ciess::row_update_kind::sgd);
  TestType model(small_clicks(), o, 3);
  model.train(3);
  const auto state = model.snapshot();
  const double loss = model.train(4);  // into the next epoch: 64 of 300 a step
  const auto odds = predictions(model);
  model.resize(mixed_sizes(model));
  model.restart({.first = 0.5});
  model.train(2);
  model.restore(state);
  (void)predictions(model);  // predicting in between changes nothing
  CHECK(model.train(4) == loss);
  CHECK(predictions(model) == odds);
  model.reset(3);
  TestType fresh(small_clicks(), o, 3);
  CHECK(predictions(model) == predictions(fresh));
}

TEMPLATE_LIST_TEST_CASE("the state of a click model is saved and loaded whole", "[backbone]",
                        every_model) {
  auto o = small_click_options<TestType>();
  o.updates.kind =
      GENERATE(ciess::row_update_kind::lazy_adam, ciess::row_update_kind::rowwise_adagrad);
  TestType model(small_clicks(), o, 3);
  model.resize(mixed_sizes(model));
  model.train(3);
  auto state = model.snapshot();
  const auto saved = save_fields(state);
  TestType other(small_clicks(), o, 5);
  auto read = other.snapshot();
  load_fields(saved, read);
  other.restore(read);
  CHECK(other.train(4) == model.train(4));
  CHECK(predictions(other) == predictions(model));
}

TEMPLATE_LIST_TEST_CASE("new axes leave log odds alone and a cut then costs less", "[backbone]",
                        every_exact_model) {
  auto o = small_click_options<TestType>(12, larger_clicks());
  o.penalty = 0;
  TestType model(larger_clicks(), o, 3);
  model.train(60);
  const auto before = predictions(model);
  const auto cut_error = [&](TestType copy) {
    auto sizes = assignment(copy.shapes());
    for (size_t t = 0; t < sizes.size(); ++t)
      sizes[t] = ciess::sizes(sizes[t].rows(), sizes[t].range(), 4);
    copy.resize(sizes);
    const auto after = predictions(copy);
    double sum = 0;
    for (size_t i = 0; i < after.size(); ++i) sum += std::pow(after[i] - before[i], 2);
    return sum;
  };
  const double plain = cut_error(model);
  model.rotate_to_principal_axes();
  const auto after = predictions(model);
  for (size_t i = 0; i < before.size(); ++i) REQUIRE(after[i] == Approx(before[i]).margin(1e-9));
  CHECK(cut_error(model) < plain);
  CHECK(model.train(1) > 0);  // and goes on
  model.resize(mixed_sizes(model));
  CHECK_THROWS_AS(model.rotate_to_principal_axes(), ciess::argument_error);
}

TEMPLATE_LIST_TEST_CASE("click weights that are no numbers are not turned", "[backbone]",
                        every_model) {
  auto model = small_click_model<TestType>();
  auto state = model.snapshot();
  state.weights.tables[1][3][2] = std::numeric_limits<float>::quiet_NaN();
  model.restore(state);
  CHECK_THROWS_WITH(model.rotate_to_principal_axes(), ContainsSubstring("table 1"));
  CHECK(model.table(0).values() == state.weights.tables[0].values());
}

TEMPLATE_LIST_TEST_CASE("training prefixes of a click model trains what one cut to them would",
                        "[backbone]", every_model) {
  auto o = small_click_options<TestType>();
  o.every_row = GENERATE(false, true);
  TestType nested(small_clicks(), o, 3);
  const auto before = nested.snapshot();
  const auto sizes = mixed_sizes(nested);
  std::vector<std::int64_t> asked;
  const double loss = nested.train_nested(6, [&](std::int64_t step) -> const assignment& {
    asked.push_back(step);
    return sizes;
  });
  CHECK(asked == std::vector<std::int64_t>{0, 1, 2, 3, 4, 5});
  TestType cut(small_clicks(), o, 3);
  cut.resize(sizes);
  CHECK(cut.train(6) == loss);
  for (size_t t = 0; t < sizes.size(); ++t) {
    CHECK(nested.table(t).row_sizes().total() == nested.table(t).row_sizes().dense());
    for (index_t r = 0; r < sizes[t].rows(); ++r) {
      const index_t kept = sizes[t][r];
      const index_t rest = nested.table(t).columns() - kept;
      const auto row = nested.table(t).values().row(r);
      REQUIRE(row.head(kept) == cut.table(t).values().row(r).head(kept));
      REQUIRE(row.tail(rest) == before.weights.tables[t].values().row(r).tail(rest));
    }
  }
  nested.resize(sizes);
  CHECK(predictions(nested) == predictions(cut));
  const assignment none;
  CHECK_THROWS_AS(nested.train_nested(1, [&](std::int64_t) -> const assignment& { return none; }),
                  ciess::argument_error);
  CHECK(predictions(nested) == predictions(cut));
  CHECK_THROWS_AS(nested.train_nested(-1, [&](std::int64_t) -> const assignment& { return none; }),
                  ciess::argument_error);
}

TEMPLATE_LIST_TEST_CASE("held-out slopes are those of the loss, and nothing learns", "[backbone]",
                        every_exact_model) {
  auto model = small_click_model<TestType>();
  model.train(2);
  const auto before = predictions(model);
  const auto held_out = support::made_clicks({.impressions = 90}, 11);
  keeps_slopes<double> lens;
  const double loss = model.slopes_through(held_out, lens);
  CHECK(predictions(model) == before);
  const auto state = model.snapshot();
  double largest = 0;
  for (size_t t = 0; t < state.weights.tables.size(); ++t) {
    REQUIRE(lens.of[t].rows() == model.table(t).rows());
    for (index_t r = 0; r < model.table(t).rows(); r += 4) {
      const auto loss_at = [&](double moved) {
        auto other = state;
        other.weights.tables[t][r][1] += moved;
        TestType copy = model;
        copy.restore(other);
        keeps_slopes<double> unused;
        return copy.slopes_through(held_out, unused);
      };
      const double h = 1e-5;
      CHECK(lens.of[t](r, 1) ==
            Approx((loss_at(h) - loss_at(-h)) / (2 * h)).epsilon(1e-5).margin(1e-8));
      largest = std::max(largest, std::abs(lens.of[t](r, 1)));
    }
  }
  CHECK(largest > 1e-3);
  const auto some = first_impressions(40);
  CHECK(model.slopes_through(ciess::impression_batch{&held_out, some}, lens) != loss);
}

TEMPLATE_LIST_TEST_CASE("a click model learns and predicts as its tables will be stored",
                        "[backbone]", every_model) {
  auto model = small_click_model<TestType>(8);
  model.train(10);
  const auto exact = predictions(model);
  model.store_as(ciess::number_format::four_bits);
  const auto rounded = predictions(model);
  CHECK(rounded != exact);
  auto state = model.snapshot();
  for (auto& table : state.weights.tables) ciess::round_as(table, ciess::number_format::four_bits);
  auto other = small_click_model<TestType>(8);
  other.restore(state);
  CHECK(predictions(other) == rounded);
  model.train(5);
  CHECK(predictions(model) != rounded);
  CHECK(model.stored_as() == ciess::number_format::four_bits);
}

TEMPLATE_LIST_TEST_CASE("a small click data set is learnt by heart", "[backbone]", every_model) {
  auto o = small_click_options<TestType>(16);
  o.penalty = 0;
  o.deviation = 0.1;
  if constexpr (requires { o.network.dropout; }) {
    o.network.dropout = 0;
    o.network.hidden = {32, 32};
  }
  TestType model(small_clicks(), o, 1);
  const double first = model.train(1);
  CHECK(first > 0.4);
  model.train(800);
  CHECK(model.train(20) < 0.15 * first);
}

TEMPLATE_LIST_TEST_CASE("rows that a batch does not show stay to the bit, unless every row learns",
                        "[backbone]", every_model) {
  auto o = small_click_options<TestType>();
  o.batch = 4;
  o.every_row = GENERATE(false, true);
  TestType model(small_clicks(), o, 3);
  model.train(1);
  const auto before = model.snapshot().weights;
  const std::vector<index_t> which{5, 9};
  model.step({&small_clicks(), which});
  index_t moved = 0, others = 0;
  for (size_t k = 0; k < small_clicks().fields().size(); ++k)
    for (index_t r = 0; r < model.table(k).rows(); ++r) {
      bool named = false;
      for (const index_t i : which)
        for (const auto v : small_clicks().values(i, k)) named = named || v == r;
      const bool same = model.table(k).values().row(r) == before.tables[k].values().row(r);
      if (named) CHECK_FALSE(same);
      moved += !named && !same;
      others += !named;
    }
  CHECK(others > 20);
  CHECK((moved > 0) == o.every_row);  // those of the step before, by what is left of its moments
}

TEMPLATE_LIST_TEST_CASE("click models refuse what they cannot mean", "[backbone]", every_model) {
  auto model = small_click_model<TestType>();
  std::vector<float> odds(300);
  CHECK_THROWS_WITH(model.predict(small_clicks(), std::span(odds).first(299)),
                    ContainsSubstring("room for 300"));
  const auto no_list = support::made_clicks({.pooled = false});
  CHECK_THROWS_WITH(model.predict(no_list, odds), ContainsSubstring("made for 4 fields"));
  const auto no_features = support::made_clicks({.features = false});
  CHECK_THROWS_WITH(model.predict(no_features, odds), ContainsSubstring("made for 2 features"));
  auto parts = small_clicks().all_parts();
  parts.fields[1].rows = 21;
  const ciess::impressions longer(parts);
  CHECK_THROWS_WITH(model.predict(longer, odds),
                    ContainsSubstring("item of 21 rows, the model was made for item of 20 rows"));
  parts = small_clicks().all_parts();
  parts.features[1] = "weight";
  const ciess::impressions renamed(parts);
  CHECK_THROWS_WITH(model.predict(renamed, odds), ContainsSubstring("feature 1 is weight"));
  CHECK_THROWS_AS(model.step({&renamed, first_impressions(3)}), ciess::argument_error);

  CHECK_THROWS_AS(model.train(-1), ciess::argument_error);
  CHECK(model.train(0) == 0);
  CHECK_THROWS_AS(model.step({}), ciess::argument_error);
  const std::vector<index_t> beyond{300};
  CHECK_THROWS_WITH(model.step({&small_clicks(), beyond}), ContainsSubstring("no impression 300"));
  CHECK_THROWS_AS(model.resize(assignment()), ciess::argument_error);
  CHECK_THROWS_AS(model.restart({.first = 0}), ciess::argument_error);
  CHECK_THROWS_AS(model.restore(small_click_model<TestType>(7).snapshot()), ciess::argument_error);
  const auto tampered = [&](auto change) {
    auto state = model.snapshot();
    change(state);
    CHECK_THROWS_AS(model.restore(state), ciess::argument_error);
  };
  tampered([](auto& s) { s.steps = -1; });
  tampered([](auto& s) { s.rate.first = -1; });
  tampered([](auto& s) { s.weights.tables.pop_back(); });
  tampered([](auto& s) { s.rows.pop_back(); });
  tampered([](auto& s) { s.rows[0].first.resize(1, 6); });
  tampered([](auto& s) { s.weights.parameters.resize(s.weights.parameters.size() + 1); });
  tampered([](auto& s) { s.first.resize(s.first.size() + 1); });

  const auto refuses = [](auto change) {
    auto o = small_click_options<TestType>();
    change(o);
    CHECK_THROWS_AS(TestType(small_clicks(), o, 1), ciess::argument_error);
  };
  refuses([](auto& o) { o.range = {0, 4}; });
  refuses([](auto& o) { o.ranges = {{1, 4}}; });
  refuses([](auto& o) { o.ranges.resize(5, {4, 1}); });
  refuses([](auto& o) { o.batch = 0; });
  refuses([](auto& o) { o.penalty = -1; });
  refuses([](auto& o) { o.deviation = -1; });
  refuses([](auto& o) { o.rate.first = 0; });
  refuses([](auto& o) { o.adam.beta1 = 1; });
  refuses([](auto& o) {
    o.updates.kind = ciess::row_update_kind::sgd;
    o.every_row = true;
  });
  const ciess::impressions none = support::made_clicks({.impressions = 0});
  CHECK_THROWS_AS(TestType(none, small_click_options<TestType>(), 1), ciess::data_error);

  // Weights that overflow stop the training before they spoil anything.
  auto state = model.snapshot();
  for (auto& x : state.weights.tables[0][0]) x = std::numeric_limits<float>::infinity();
  model.restore(state);
  CHECK_THROWS_AS(model.train(20), ciess::numeric_error);
}

TEMPLATE_LIST_TEST_CASE("a click model shows all numbers beside its tables once, by name",
                        "[backbone]", every_model) {
  const auto model = small_click_model<TestType>();
  index_t sum = 0;
  std::vector<std::string> names;
  const auto layers = model.layers();
  const auto parameters = model.snapshot().weights.parameters;
  for (const auto& l : layers) {
    index_t product = 1;
    for (const index_t n : l.shape) product *= n;
    REQUIRE(product == std::ssize(l.numbers));
    for (size_t i = 0; i < l.numbers.size(); ++i)
      REQUIRE(l.numbers[i] == parameters[sum + static_cast<index_t>(i)]);
    sum += product;
    CHECK(std::ranges::find(names, l.name) == names.end());
    names.push_back(l.name);
  }
  CHECK(sum == model.other_numbers());
}

TEST_CASE("tables of a click model are called as their fields", "[backbone]") {
  const auto model = small_click_model<ciess::fm>();
  CHECK(model.table_names() ==
        std::vector<std::string>{"user", "item", "genres", "weekday", "features"});
  CHECK(model.shapes().back().rows == 2);
  auto parts = small_clicks().all_parts();
  parts.fields[0].name = "features";
  const ciess::impressions twice(parts);
  CHECK_THROWS_WITH(ciess::fm(twice, {}, 1), ContainsSubstring("called features"));
  CHECK(model.steps_of_an_epoch() == 5);  // 300 impressions, 64 a step
}

TEMPLATE_LIST_TEST_CASE("parameters can be looked at before a batch was: slopes are zero",
                        "[backbone]", every_model) {
  TestType model = small_click_model<TestType>();
  std::size_t numbers = 0;
  bool zero = true;
  model.visit_parameters(
      [&](std::string_view, std::span<float> values, std::span<const float> slopes) {
        REQUIRE(values.size() == slopes.size());
        numbers += values.size();
        zero = zero && std::ranges::all_of(slopes, [](float g) { return g == 0; });
      });
  CHECK(numbers > 0);
  CHECK(zero);
}
