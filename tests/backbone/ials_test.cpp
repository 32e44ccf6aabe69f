// SPDX-License-Identifier: MIT
#include <ciess/backbone/ials.hpp>
// its own header first
#include <ciess/backbone/concept.hpp>
#include <ciess/backbone/storable_model.hpp>
#include <ciess/backbone/warm_start.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/data/synthetic.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/small_recommender.hpp"

namespace {

using ciess::index_t;
using ciess::row_id;
using support::larger_data;
using support::mixed_sizes;
using support::small_data;

static_assert(ciess::inner_product_backbone<ciess::ials> && ciess::weighted_backbone<ciess::ials>);
static_assert(ciess::restorable_backbone<ciess::ials> && ciess::storable_model<ciess::ials>);
static_assert(ciess::rotatable_backbone<ciess::ials> && ciess::turnable_tables<ciess::ials> &&
              ciess::shows_tables<ciess::ials>);
static_assert(ciess::spreadable_backbone<ciess::ials>);
static_assert(!ciess::fine_tunable_backbone<ciess::ials>);  // it has no learning rate

template <class T>
ciess::basic_ials<T> made(const ciess::interactions& data, int d_max = 6, std::uint64_t seed = 3) {
  typename ciess::basic_ials<T>::options o;
  o.range = {1, d_max};
  o.penalty = 0.05;
  return ciess::basic_ials<T>(data, o, seed);
}

/// 60 users, 40 items, weights between a quarter and 4.
const ciess::interactions& weighted_data() {
  static const ciess::interactions all = [] {
    const auto made =
        ciess::make_synthetic({.users = 60, .items = 40, .interactions = 600, .factors = 4}).data;
    std::vector<ciess::interaction> pairs;
    std::vector<float> weights;
    for (row_id u = 0; u < made.users(); ++u)
      for (const row_id i : made.items_of(u)) {
        pairs.push_back({u, i});
        weights.push_back(0.25F * static_cast<float>(1 + (u * 7 + i * 3) % 16));
      }
    return ciess::interactions(made.users(), made.items(), pairs,
                               {.times = {}, .weights = weights});
  }();
  return all;
}

/// What is least, by its definition: pair by pair, in double.
template <class T>
double objective(const ciess::basic_ials<T>& model, const ciess::interactions& data) {
  const auto& o = model.settings();
  const Eigen::MatrixXd u = model.table(0).values().template cast<double>();
  const Eigen::MatrixXd v = model.table(1).values().template cast<double>();
  double sum = o.unobserved * (u * v.transpose()).squaredNorm();
  for (row_id r = 0; r < data.users(); ++r)
    for (std::size_t k = 0; k < data.items_of(r).size(); ++k) {
      const double missed = 1 - u.row(r).dot(v.row(data.items_of(r)[k]));
      const double weight = data.has_weights() ? static_cast<double>(data.weights_of(r)[k]) : 1.0;
      sum += weight * missed * missed;
    }
  const auto penalty = [&](index_t own, index_t others) {
    return o.penalty *
           std::pow(static_cast<double>(own) + o.unobserved * static_cast<double>(others),
                    o.exponent);
  };
  for (row_id r = 0; r < data.users(); ++r)
    sum += penalty(data.user_frequency(r), data.items()) * u.row(r).squaredNorm();
  for (row_id i = 0; i < data.items(); ++i)
    sum += penalty(data.item_frequency(i), data.users()) * v.row(i).squaredNorm();
  return sum;
}

}  // namespace

TEST_CASE("a sweep ends where no number of a user's row could be better", "[backbone]") {
  for (const auto* data : {&small_data(), &weighted_data()})
    for (const double exponent : {0.0, 0.5, 1.0}) {
      ciess::basic_ials<double>::options o;
      o.range = {1, 6};
      o.penalty = 0.05;
      o.exponent = exponent;
      ciess::basic_ials<double> model(*data, o, 3);
      model.resize(mixed_sizes(model));
      model.train(2);
      // Slopes by central differences: 0 for users, who come last. An error of 1e-6 is that of
      // values of about 100 over steps of 1e-5.
      const auto at = [&](std::size_t t, index_t r, int j, double step) {
        auto state = model.snapshot();
        state.weights.tables[t][r][static_cast<std::size_t>(j)] += step;
        auto moved = model;
        moved.restore(state);
        return objective(moved, *data);
      };
      double items = 0;
      for (std::size_t t = 0; t < 2; ++t)
        for (index_t r = 0; r < model.shapes()[t].rows; r += 3)
          for (int j = 0; j < model.table(t).row_sizes()[r]; ++j) {
            const double slope = (at(t, r, j, 1e-5) - at(t, r, j, -1e-5)) / 2e-5;
            if (t == 0) CHECK(std::abs(slope) < 1e-6);
            items = std::max(items, t == 1 ? std::abs(slope) : 0.0);
          }
      CHECK(items > 1e-3);  // so the check can fail
    }
}

TEMPLATE_TEST_CASE("what is told of a sweep is what is least, and never grows", "[backbone]", float,
                   double) {
  for (const auto* data : {&small_data(), &weighted_data()}) {
    auto model = made<TestType>(*data);
    model.resize(mixed_sizes(model));
    double before = std::numeric_limits<double>::infinity();
    for (int sweep = 0; sweep < 8; ++sweep) {
      const double told = model.train(1) * static_cast<double>(data->size());
      const double all = objective(model, *data);
      CHECK(told == Approx(all).epsilon(1e-5));
      CHECK(all < before * (1 + 1e-6));
      before = all;
    }
    CHECK(model.train(0) == 0);
  }
}

TEST_CASE("a pair that counts twice is a pair of weight two", "[backbone]") {
  // A user and their twin with the same pairs each are one user of weight two to the items, if
  // penalties do not count pairs.
  const ciess::interactions twins(2, 3, {{0, 0}, {0, 2}, {1, 0}, {1, 2}});
  const std::vector<ciess::interaction> pairs{{0, 0}, {0, 2}};
  const std::vector<float> twice{2.0F, 2.0F};
  const ciess::interactions one(1, 3, pairs, {.times = {}, .weights = twice});
  ciess::basic_ials<double>::options o;
  o.range = {1, 2};
  o.exponent = 0;
  o.unobserved = 0;
  ciess::basic_ials<double> two_users(twins, o, 1);
  ciess::basic_ials<double> one_user(one, o, 1);
  ciess::basic_matrix<double> same(2, 2);
  same.row(0) = one_user.table(0).values().row(0);
  same.row(1) = same.row(0);
  two_users.set_rows(0, same);
  two_users.train(1);
  one_user.train(1);
  CHECK(two_users.table(1).values().isApprox(one_user.table(1).values(), 1e-12));
}

TEST_CASE("least squares find the pairs of a small data set", "[backbone]") {
  auto model = made<float>(small_data(), 16);
  model.train(10);
  ciess::matrix scores(model.users(), model.items());
  model.score(0, scores);
  double in = 0;
  double out = 0;
  for (row_id u = 0; u < small_data().users(); ++u)
    for (row_id i = 0; i < small_data().items(); ++i)
      (small_data().contains(u, i) ? in : out) += static_cast<double>(scores(u, i));
  const auto pairs = static_cast<double>(small_data().size());
  CHECK(in / pairs > 0.6);
  CHECK(out / (40.0 * 30.0 - pairs) < 0.2);
}

TEST_CASE("iALS keeps what a sized model promises", "[backbone]") {
  auto model = made<float>(larger_data(), 8);
  const auto sized = mixed_sizes(model);
  model.train(2);
  const auto full = model.table(1).values();
  model.resize(sized);
  for (std::size_t t = 0; t < 2; ++t)
    for (index_t r = 0; r < model.shapes()[t].rows; ++r) {
      const index_t size = sized[t][r];
      if (t == 1) CHECK(model.table(1).values().row(r).head(size) == full.row(r).head(size));
      CHECK((model.table(t).values().row(r).tail(8 - size).array() == 0).all());
    }
  model.train(1);
  for (index_t r = 0; r < model.users(); ++r)
    CHECK((model.table(0).values().row(r).tail(8 - sized[0][r]).array() == 0).all());

  // As if it had had these sizes from the beginning, and the same seed the same bytes.
  model.reset(5);
  model.train(3);
  auto other = made<float>(larger_data(), 8, 5);
  other.resize(sized);
  other.train(3);
  CHECK(model.table(0).values() == other.table(0).values());
  auto third = made<float>(larger_data(), 8, 6);
  third.resize(sized);
  third.train(3);
  CHECK(third.table(0).values() != other.table(0).values());

  // A snapshot in the middle goes on as if nothing had happened.
  const auto middle = model.snapshot();
  model.train(2);
  const auto after = model.table(1).values();
  model.resize(ciess::assignment(model.shapes()));
  model.restore(middle);
  model.train(2);
  CHECK(model.table(1).values() == after);

  // Rows that are put in from outside are those that it goes on from.
  auto taken = made<float>(larger_data(), 8, 9);
  taken.resize(sized);
  for (std::size_t t = 0; t < 2; ++t) taken.set_rows(t, other.rows_of(t));
  taken.train(1);
  other.train(1);
  CHECK(taken.table(0).values() == other.table(0).values());
}

TEST_CASE("iALS: same bytes at one and two threads", "[backbone][threads]") {
  std::vector<ciess::matrix> rows;
  for (const int threads : {1, 2}) {
    const ciess::threads pool(threads);
    auto model = made<float>(larger_data(), 8);
    model.train(2);
    model.resize(mixed_sizes(model));
    model.train(2);
    rows.push_back(model.table(0).values());
    rows.push_back(model.table(1).values());
  }
  CHECK(rows[0] == rows[2]);
  CHECK(rows[1] == rows[3]);
}

TEST_CASE("scores are inner products of the vectors, and of rounded rows as they will be stored",
          "[backbone]") {
  auto model = made<float>(small_data());
  model.resize(mixed_sizes(model));
  model.train(2);
  const auto all = [&] {
    ciess::matrix scores(model.users(), model.items());
    model.score(0, scores);
    return scores;
  };
  const ciess::matrix exact = all();
  CHECK(exact.isApprox(ciess::matrix(model.table(0).values() * model.table(1).values().transpose()),
                       1e-6F));
  const auto users = model.table(0).values();
  for (const auto format : {ciess::number_format::two_bits, ciess::number_format::eight_bits}) {
    model.store_as(format);
    auto rounded = model;
    auto state = rounded.snapshot();
    for (auto& table : state.weights.tables) ciess::round_as(table, format);
    rounded.store_as(ciess::number_format::float32);
    rounded.restore(state);
    CHECK(ciess::matrix(model.user_vectors()) == ciess::matrix(rounded.user_vectors()));
    CHECK(ciess::matrix(model.item_vectors()) == ciess::matrix(rounded.item_vectors()));
    CHECK(all() != exact);
    CHECK(model.table(0).values() == users);  // it shows the exact numbers
  }
  model.store_as(ciess::number_format::float32);
  CHECK(all() == exact);
}

TEST_CASE("rounded rows are those of the rows as they are, whatever has changed them",
          "[backbone]") {
  const auto scores_of = [](ciess::ials& model) {
    ciess::matrix scores(model.users(), model.items());
    model.score(0, scores);
    return scores;
  };
  auto model = made<float>(small_data());
  model.store_as(ciess::number_format::two_bits);
  const auto other = made<float>(small_data(), 6, 9);
  // Each is asked for scores before, so that rounded rows are at hand.
  const auto check = [&](auto&& change) {
    (void)scores_of(model);
    change();
    auto fresh = made<float>(small_data());
    fresh.store_as(ciess::number_format::two_bits);
    fresh.restore(model.snapshot());
    CHECK(scores_of(model) == scores_of(fresh));
    CHECK(ciess::matrix(model.item_vectors()) == ciess::matrix(fresh.item_vectors()));
  };
  check([&] { model.train(1); });
  check([&] { model.rotate_to_principal_axes(); });
  check([&] { model.set_rows(0, other.table(0).values()); });
  check([&] { model.set_rows(1, other.table(1).values()); });
  check([&] { model.restore(other.snapshot()); });
  check([&] { model.resize(mixed_sizes(model)); });
  check([&] { model.reset(4); });
  // Two sweeps are a sweep and a sweep.
  auto twice = model;
  twice.train(2);
  model.train(1);
  auto again = made<float>(small_data());
  again.store_as(ciess::number_format::two_bits);
  again.restore(model.snapshot());
  again.train(1);
  CHECK(twice.table(0).values() == again.table(0).values());
}

TEST_CASE("with few bits a row makes up for how the others are rounded", "[backbone]") {
  auto model = made<double>(larger_data(), 8);
  model.train(6);
  model.store_as(ciess::number_format::two_bits);
  const auto missed = [&](const ciess::basic_matrix<double>& users) {
    // Exact users' rows with the items as they will be stored.
    auto judged = model;
    auto state = judged.snapshot();
    state.weights.tables[0] = ciess::basic_masked_table<double>(state.weights.tables[0].row_sizes(),
                                                                ciess::basic_matrix<double>(users));
    ciess::round_as(state.weights.tables[1], ciess::number_format::two_bits);
    judged.store_as(ciess::number_format::float32);
    judged.restore(state);
    return objective(judged, larger_data());
  };
  const ciess::basic_matrix<double> before = model.table(0).values();
  model.train(1);
  const ciess::basic_matrix<double> found = model.table(0).values();
  for (const auto& others : {before, ciess::basic_matrix<double>(found * 1.01),
                             ciess::basic_matrix<double>(found * 0.99)})
    CHECK(missed(found) < missed(others));
}

TEST_CASE("new axes leave the scores of iALS alone and gather energy in front", "[backbone]") {
  auto model = made<double>(larger_data(), 12);
  model.train(4);
  const auto all = [](auto& of) {
    ciess::basic_matrix<double> scores(of.users(), of.items());
    of.score(0, scores);
    return scores;
  };
  const auto before = all(model);
  auto unturned = model;
  model.rotate_to_principal_axes();
  CHECK(all(model).isApprox(before, 1e-12));
  double last = std::numeric_limits<double>::infinity();
  for (int j = 0; j < 12; ++j) {
    const double energy =
        model.table(0).values().col(j).squaredNorm() + model.table(1).values().col(j).squaredNorm();
    CHECK(energy <= last * (1 + 1e-12));
    last = energy;
  }
  // Least squares do not care how rows are turned: training goes on as if nothing had happened.
  model.train(1);
  unturned.train(1);
  CHECK(all(model).isApprox(all(unturned), 1e-10));
  model.resize(mixed_sizes(model));
  CHECK_THROWS_WITH(model.rotate_to_principal_axes(), ContainsSubstring("needs full size"));
  auto state = unturned.snapshot();
  state.weights.tables[1][3][2] = std::nan("");
  unturned.restore(state);
  CHECK_THROWS_AS(unturned.rotate_to_principal_axes(), ciess::numeric_error);
}

TEST_CASE("the usual weight of all pairs follows from how many of them are there", "[backbone]") {
  const ciess::interactions sparse(100, 50, {{0, 0}, {3, 2}});
  CHECK(ciess::usual_unobserved(sparse) == Approx(0.0026));
  const ciess::interactions dense(2, 2, {{0, 0}, {0, 1}, {1, 0}});
  CHECK(ciess::usual_unobserved(dense) == 1.0);
  CHECK(ciess::usual_unobserved(ciess::interactions()) == 1.0);
}

TEST_CASE("columns of iALS that are mixed evenly lose less to few bits", "[backbone]") {
  auto model = made<float>(larger_data(), 16);
  model.train(8);
  model.rotate_to_principal_axes();
  const auto all = [](ciess::ials of) {
    ciess::matrix scores(of.users(), of.items());
    of.score(0, scores);
    return scores;
  };
  ciess::assignment sizes(model.shapes());
  for (std::size_t t = 0; t < 2; ++t)
    for (index_t r = 0; r < sizes[t].rows(); ++r) sizes[t].set(r, r % 2 == 0 ? 8 : 11);
  model.resize(sizes);
  const auto exact = all(model);
  const auto error = [&](ciess::ials of) {
    of.store_as(ciess::number_format::three_bits);
    return static_cast<double>((all(of) - exact).norm());
  };
  const double before = error(model);
  const ciess::matrix tail = model.table(0).values().rightCols(8);
  model.spread_columns(8);
  CHECK(all(model).isApprox(exact, 1e-4F));
  CHECK(model.table(0).values().rightCols(8) == tail);
  CHECK(error(model) < 0.9 * before);  // 0.82: a small model's columns are rather even already
  const auto mixed = model.table(1).values();
  CHECK_THROWS_WITH(model.spread_columns(9), ContainsSubstring("expected 9 at least"));
  CHECK(model.table(1).values() == mixed);
}

TEST_CASE("iALS refuses what it cannot mean", "[backbone]") {
  const ciess::ials::options good{.range = {1, 4}};
  const auto refused = [&](auto&& change, const char* words) {
    auto o = good;
    change(o);
    CHECK_THROWS_WITH(ciess::ials(small_data(), o, 1), ContainsSubstring(words));
  };
  refused([](auto& o) { o.penalty = 0; }, "penalty must be > 0, got 0");
  refused([](auto& o) { o.penalty = std::nan(""); }, "penalty");
  refused([](auto& o) { o.unobserved = -1; }, "unobserved must be >= 0, got -1");
  refused([](auto& o) { o.exponent = -0.5; }, "exponent must be >= 0");
  refused([](auto& o) { o.deviation = 0; }, "deviation must be > 0");
  refused([](auto& o) { o.range = {0, 4}; }, "ials");
  const ciess::interactions none(3, 4, std::vector<ciess::interaction>{});
  CHECK_THROWS_AS(ciess::ials(none, good, 1), ciess::data_error);

  ciess::ials model(small_data(), good, 1);
  const auto before = model.table(0).values();
  CHECK_THROWS_AS(model.train(-1), ciess::argument_error);
  CHECK_THROWS_AS(model.set_rows(0, ciess::matrix::Zero(3, 4)), ciess::argument_error);
  auto wrong = model.snapshot();
  wrong.weights.tables.pop_back();
  CHECK_THROWS_WITH(model.restore(wrong), ContainsSubstring("expected 2 tables"));
  wrong = ciess::ials(larger_data(), good, 1).snapshot();
  CHECK_THROWS_WITH(model.restore(wrong), ContainsSubstring("table 0 has 300 rows"));
  wrong = model.snapshot();
  wrong.steps = -1;
  CHECK_THROWS_WITH(model.restore(wrong), ContainsSubstring("steps"));
  ciess::matrix scores(1, 3);
  CHECK_THROWS_WITH(model.score(0, scores), ContainsSubstring("3 columns for 30 items"));
  CHECK(model.table(0).values() == before);
}
