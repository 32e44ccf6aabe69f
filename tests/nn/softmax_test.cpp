// SPDX-License-Identifier: MIT
#include <ciess/nn/softmax.hpp>
// its own header first
#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include "support/catch.hpp"
#include "support/loss_laws.hpp"

namespace {

using ciess::index_t;
using ciess::row_id;
using ciess::similarity;
using ciess::softmax_options;
using full = ciess::full_softmax<double>;
using sampled = ciess::sampled_softmax<double>;
using support::small_data;
using support::vectors_under_loss;

double score(const auto& model, row_id u, row_id i, const softmax_options& o) {
  const Eigen::RowVectorXd a = model.vectors[0].row(u);
  const Eigen::RowVectorXd b = model.vectors[1].row(i);
  const double product = a.dot(b);
  return (o.by == similarity::cosine ? product / a.norm() / b.norm() : product) / o.temperature;
}

/// The mean loss by its formula: candidates with their number and the logarithm taken from each.
double plain(const auto& model, const ciess::interactions& data, const softmax_options& o,
             bool leave_out_known, const std::map<row_id, double>& offsets) {
  double sum = 0;
  for (std::size_t b = 0; b < model.batch.size(); ++b) {
    const row_id u = model.batch.users[b];
    const row_id p = model.batch.positives[b];
    const double own = score(model, u, p, o);
    double z = std::exp(own);
    for (const auto& [i, offset] : offsets)
      if (i != p && !((leave_out_known || !data.contains(u, p)) && data.contains(u, i)))
        z += std::exp(score(model, u, i, o) + offset);
    sum += std::log(z) - own;
  }
  return sum / static_cast<double>(model.batch.size());
}

std::map<row_id, double> everything(const ciess::interactions& data) {
  std::map<row_id, double> all;
  for (row_id i = 0; i < data.items(); ++i) all[i] = 0;
  return all;
}

}  // namespace

TEST_CASE("what is asked of a loss holds of softmax over all items", "[nn][threads]") {
  support::check_loss<full>({});
  support::check_loss<full>({.softmax = {.temperature = 0.4}, .leave_out_known = true});
  support::check_loss<full>({.softmax = {.by = similarity::cosine, .temperature = 0.3}});
}

TEST_CASE("what is asked of a loss holds of softmax over some items", "[nn][threads]") {
  const softmax_options cosine{.by = similarity::cosine, .temperature = 0.2};
  support::check_loss<sampled>({});
  support::check_loss<sampled>({.correct = false});
  support::check_loss<sampled>({.softmax = cosine});
  support::check_loss<sampled>(
      {.softmax = {.temperature = 2}, .leave_out_known = false, .correct = true});
  support::check_loss<sampled>({.softmax = cosine, .candidates = 11});
  support::check_loss<sampled>({.leave_out_known = false, .candidates = 30, .correct = true});
}

TEST_CASE("softmax over all items is its formula", "[nn]") {
  const softmax_options o{.by = GENERATE(similarity::inner_product, similarity::cosine),
                          .temperature = GENERATE(1.0, 0.3)};
  const bool leave_out = GENERATE(false, true);
  vectors_under_loss<full> model(small_data(), {.softmax = o, .leave_out_known = leave_out},
                                 support::batch_of(small_data(), 50), 4);
  CHECK(model.differentiate() ==
        Approx(plain(model, small_data(), o, leave_out, everything(small_data()))).epsilon(1e-12));
}

TEST_CASE("held-out examples are not compared with what the user has in training", "[nn]") {
  const auto& data = small_data();
  const row_id user = 5;
  row_id other = 0;
  while (data.contains(user, other)) ++other;
  vectors_under_loss<full> model(data, {}, {{user, user}, {other, data.items_of(user)[1]}, {0, 0}},
                                 4);
  CHECK(model.differentiate() ==
        Approx(plain(model, data, {}, false, everything(data))).epsilon(1e-12));
  model.batch = {{user}, {other}, {0}};
  model.differentiate();
  for (const row_id i : data.items_of(user)) CHECK(model.slopes[1].row(i).head(4).isZero(0));
  CHECK_FALSE(model.slopes[1].row(other).head(4).isZero(0));
}

TEST_CASE("within a batch the positives are compared with, each as often as it comes", "[nn]") {
  const auto& data = small_data();
  const bool leave_out = GENERATE(false, true);
  const bool correct = GENERATE(false, true);
  vectors_under_loss<sampled> model(data, {.leave_out_known = leave_out, .correct = correct},
                                    support::batch_of(data, 70), 4);
  std::map<row_id, double> offsets;
  for (const row_id i : model.batch.positives) ++offsets[i];
  for (auto& [i, offset] : offsets) {
    double expected = 0;  // of the 69 other examples: a user in 40, an item of theirs
    for (const row_id u : data.users_of(i))
      expected += 69.0 / 40 / static_cast<double>(data.user_frequency(u));
    offset = std::log(offset) - (correct ? std::log(expected) : 0);
  }
  CHECK(model.differentiate() == Approx(plain(model, data, {}, leave_out, offsets)).epsilon(1e-12));
  CHECK(std::ssize(model.loss.candidates()) == std::ssize(offsets));
  CHECK(std::ranges::is_sorted(model.loss.candidates()));
}

TEST_CASE("by weights, an item is expected as often as it is drawn", "[nn]") {
  // Users 0 and 1 can be drawn, user 2 has every item.
  const std::vector<ciess::interaction> pairs{{0, 0}, {0, 1}, {1, 1}, {2, 0}, {2, 1}, {2, 2}};
  const std::vector<float> weights{3, 1, 5, 1, 1, 1};
  const ciess::interactions data(3, 3, pairs, {.weights = weights});
  vectors_under_loss<sampled> model(data, {.leave_out_known = false, .correct = true},
                                    {{0, 1, 0, 2}, {0, 1, 1, 2}, {2, 2, 2, 2}}, 2);
  const double n = 3;  // the others of 4
  const std::map<row_id, double> offsets{{0, std::log(1 / (n * 0.75 / 2))},
                                         {1, std::log(2 / (n * 1.25 / 2))},
                                         // never drawn: as the rarest that is
                                         {2, std::log(1 / (n * 0.75 / 2))}};
  CHECK(model.differentiate() == Approx(plain(model, data, {}, false, offsets)).epsilon(1e-12));
}

TEST_CASE("with all items drawn and none left out, some are all", "[nn]") {
  const auto& data = small_data();
  const auto batch = support::batch_of(data, 60);
  const bool correct = GENERATE(false, true);  // each is expected once
  vectors_under_loss<full> whole(data, {}, batch, 4);
  vectors_under_loss<sampled> some(
      data, {.leave_out_known = false, .candidates = 30, .correct = correct}, batch, 4);
  CHECK(some.differentiate() == Approx(whole.differentiate()).epsilon(1e-13));
  for (std::size_t t = 0; t < 2; ++t) CHECK(some.slopes[t].isApprox(whole.slopes[t], 1e-12));
}

TEST_CASE("drawn candidates are different items, others each step, all as likely", "[nn]") {
  const auto& data = small_data();
  vectors_under_loss<sampled> model(data, {.candidates = 9, .correct = true},
                                    support::batch_of(data, 20), 3);
  std::vector<int> times(30);
  for (model.step = 0; model.step < 2000; ++model.step) {
    model.rows.clear(40, 30);
    model.loss.begin(model.batch, ciess::random_stream(6, ciess::purpose::candidates), model.step,
                     model.rows);
    REQUIRE(model.loss.candidates().size() == 9);
    for (const row_id i : model.loss.candidates()) ++times[static_cast<std::size_t>(i)];
  }
  // 2000 * 9 / 30 = 600, deviation below 21: five of them.
  for (const int n : times) CHECK(std::abs(n - 600) < 105);
  // Without bias: over steps the corrected sum of the others is that over all others.
  double mean = 0;
  model.batch = {{3}, {data.items_of(3)[0]}, {0}};
  for (model.step = 0; model.step < 2000; ++model.step)
    mean += std::expm1(model.differentiate()) / 2000;
  const double exact = std::expm1(plain(model, data, {}, true, everything(data)));
  CHECK(mean == Approx(exact).epsilon(0.03));
}

TEST_CASE("within a small batch the corrected sum of the others has no bias", "[nn]") {
  // User 0 has every item, and is never drawn: of the others users 1 to 3 are, and item 5 is none
  // that they have.
  const std::vector<ciess::interaction> pairs{{0, 0}, {0, 1}, {0, 2}, {0, 3}, {0, 4}, {0, 5},
                                              {1, 1}, {1, 2}, {2, 1}, {2, 3}, {3, 4}};
  const ciess::interactions data(4, 6, pairs);
  const row_id own = GENERATE(1, 4, 5);
  const auto n = GENERATE(std::size_t{1}, std::size_t{2}, std::size_t{5});
  vectors_under_loss<sampled> model(data, {.leave_out_known = false}, {}, 4);
  // The first column is the own positive's alone, so that the slope there tells its share.
  model.vectors[1].col(0).setZero();
  model.vectors[1](own, 0) = 1;
  double exact = 0;  // in parts of the positive's
  for (const row_id i : {1, 2, 3, 4})
    if (i != own && n > 1) exact += std::exp(score(model, 0, i, {}) - score(model, 0, own, {}));
  double mean = 0;
  double total = 0;
  std::size_t outcomes = 1;
  for (std::size_t k = 1; k < n; ++k) outcomes *= 5;
  for (std::size_t outcome = 0; outcome < outcomes; ++outcome) {
    model.batch = {{0}, {own}, {0}};
    double chance = 1;
    for (std::size_t k = 1, rest = outcome; k < n; ++k, rest /= 5) {
      const auto [u, i] = pairs[6 + rest % 5];
      chance /= 3 * static_cast<double>(data.user_frequency(u));
      model.batch.users.push_back(u);
      model.batch.positives.push_back(i);
      model.batch.negatives.push_back(0);
    }
    CHECK(std::isfinite(model.differentiate()));
    const double share = 1 + static_cast<double>(n) * model.slopes[0](0, 0);
    mean += chance * (1 / share - 1);
    total += chance;
  }
  CHECK(total == Approx(1).epsilon(1e-12));  // all that can be
  CHECK(mean == Approx(exact).epsilon(1e-12));
}

TEST_CASE("kept scores and scores made again are the same bytes", "[nn]") {
  const auto& data = support::larger_data();
  const auto batch = support::batch_of(data, 500);
  ciess::full_softmax<float> keeps(data, {});
  ciess::full_softmax<float> forgets(data, {}, 0);
  std::array<ciess::matrix, 2> vectors{ciess::matrix::Random(300, 6),
                                       ciess::matrix::Random(200, 6)};
  const auto run = [&](auto& loss) {
    std::array<ciess::matrix, 3> out{ciess::matrix(300, 6), ciess::matrix(200, 6),
                                     ciess::matrix(1, 1)};
    ciess::named_rows rows;
    rows.clear(300, 200);
    loss.begin(batch, ciess::random_stream(1, ciess::purpose::candidates), 0, rows);
    out[2](0, 0) =
        static_cast<float>(loss(batch, {&vectors[0], &vectors[1]}, {&out[0], &out[1]}, 6));
    return out;
  };
  CHECK(run(keeps) == run(forgets));
}

TEST_CASE("by cosine lengths do not count, and a zero vector learns nothing", "[nn]") {
  const softmax_options o{.by = similarity::cosine, .temperature = 0.5};
  vectors_under_loss<full> model(small_data(), {.softmax = o}, support::batch_of(small_data(), 50),
                                 4);
  const double loss = model.differentiate();
  for (index_t r = 0; r < 40; ++r) {  // slopes turn a vector, they do not stretch it
    CHECK(model.slopes[0].row(r).head(4).dot(model.vectors[0].row(r).head(4)) ==
          Approx(0).margin(1e-15));
    model.vectors[0].row(r) *= 1 + static_cast<double>(r);
  }
  CHECK(model.differentiate() == Approx(loss).epsilon(1e-13));
  const row_id user = model.batch.users[0];
  model.vectors[0].row(user).setZero();
  model.vectors[1].row(2).setZero();
  CHECK(std::isfinite(model.differentiate()));
  CHECK(model.slopes[0].row(user).head(4).isZero(0));
  CHECK(model.slopes[1].row(2).head(4).isZero(0));
}

TEST_CASE("by cosine rows of any length are compared alike", "[nn]") {
  const softmax_options o{.by = similarity::cosine, .temperature = 0.5};
  const auto batch = support::batch_of(small_data(), 50);
  using of_float = ciess::full_softmax<float>;
  vectors_under_loss<of_float> usual(small_data(), {.softmax = o}, batch, 9);
  const double loss = usual.differentiate();
  const float factor = GENERATE(1e-32F, 1e-25F, 1e-21F, 3e-20F, 1e20F, 1e30F);
  const std::size_t table = GENERATE(as<std::size_t>{}, 0, 1);
  vectors_under_loss<of_float> model(small_data(), {.softmax = o}, batch, 9);
  model.vectors[table] *= factor;
  CHECK(model.differentiate() == Approx(loss).epsilon(1e-5));
  for (std::size_t t = 0; t < 2; ++t) {
    const Eigen::MatrixXd slopes = model.slopes[t].leftCols(9).cast<double>() *
                                   static_cast<double>(t == table ? factor : 1.0F);
    CHECK(slopes.isApprox(usual.slopes[t].leftCols(9).cast<double>(), 1e-4));
  }
}

TEST_CASE("by cosine a row whose length is no number has no direction", "[nn]") {
  const softmax_options o{.by = similarity::cosine};
  vectors_under_loss<full> model(small_data(), {.softmax = o}, support::batch_of(small_data(), 50),
                                 4);
  // As much as a double holds, but its square is not, and what is not finite itself.
  const double wrong = GENERATE(1e200, std::numeric_limits<double>::infinity(),
                                std::numeric_limits<double>::quiet_NaN());
  model.vectors[1](2, 1) = wrong;
  CHECK(std::isnan(model.differentiate()));
  // As good as zero: one over their length is more than a float holds.
  vectors_under_loss<ciess::full_softmax<float>> tiny(small_data(), {.softmax = o}, model.batch, 4);
  tiny.vectors[1].row(2).head(4).setConstant(1e-40F);
  CHECK(std::isfinite(tiny.differentiate()));
  CHECK(tiny.slopes[1].row(2).head(4).isZero(0));
}

TEST_CASE("floats hold the loss and its slopes at any temperature there is", "[nn]") {
  const softmax_options o{.by = GENERATE(similarity::inner_product, similarity::cosine),
                          .temperature = GENERATE(1e-6, 1e6)};
  vectors_under_loss<ciess::full_softmax<float>> model(small_data(), {.softmax = o},
                                                       support::batch_of(small_data(), 50), 4);
  CHECK(std::isfinite(model.differentiate()));
  for (std::size_t t = 0; t < 2; ++t) {
    CHECK(model.slopes[t].allFinite());
    CHECK_FALSE(model.slopes[t].leftCols(4).isZero(0));
  }
}

TEST_CASE("a loss is no number if a slope is none, whatever the scores", "[nn]") {
  const ciess::interactions data(2, 3, {{0, 0}, {0, 1}, {1, 0}, {1, 2}});
  // Hidden from both: its score does not count, but 0 times it is a part of their slopes.
  vectors_under_loss<full> hidden(data, {.leave_out_known = true}, {{0, 1}, {1, 2}, {0, 0}}, 3);
  CHECK(std::isfinite(hidden.differentiate()));
  hidden.vectors[1](0, 1) = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(hidden.differentiate()));
  // A positive without end above all others would lose nothing.
  vectors_under_loss<full> above(data, {}, {{0}, {1}, {0}}, 3);
  above.vectors[0].row(0).head(3).setOnes();
  above.vectors[1](1, 1) = std::numeric_limits<double>::infinity();
  CHECK(std::isnan(above.differentiate()));
}

TEST_CASE("where nothing is left to compare with, the loss is 0", "[nn]") {
  const ciess::interactions one(2, 1, {{0, 0}, {1, 0}});
  vectors_under_loss<full> alone(one, {}, {{0, 1}, {0, 0}, {0, 0}}, 3);
  CHECK(alone.differentiate() == 0);
  for (std::size_t t = 0; t < 2; ++t) CHECK(alone.slopes[t].leftCols(3).isZero(0));
  vectors_under_loss<sampled> same(one, {.candidates = 1}, {{0, 1}, {0, 0}, {0, 0}}, 3);
  CHECK(same.differentiate() == 0);
  // Two users who know each other's positives.
  const ciess::interactions both(2, 3, {{0, 0}, {0, 1}, {1, 0}, {1, 1}});
  vectors_under_loss<sampled> known(both, {}, {{0, 1}, {0, 1}, {2, 2}}, 3);
  CHECK(known.differentiate() == 0);
}

TEST_CASE("softmax losses refuse what they cannot mean", "[nn]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH(full(small_data(), {.softmax = {.temperature = 0}}),
                    ContainsSubstring("softmax: temperature must be in [1e-06, 1e+06], got 0"));
  CHECK_THROWS_AS(full(small_data(), {.softmax = {.temperature = nan}}), ciess::argument_error);
  CHECK_THROWS_AS(sampled(small_data(), {.softmax = {.temperature = -1}}), ciess::argument_error);
  CHECK_THROWS_WITH(
      sampled(small_data(), {.candidates = GENERATE(0, -3, 31)}),
      ContainsSubstring("sampled_softmax: candidates must be in [1, 30], the number of items"));
  CHECK_NOTHROW(sampled(small_data(), {.candidates = 30}));
  const ciess::interactions none(3, 0, {});
  CHECK_THROWS_AS(sampled(none, {.candidates = 1}), ciess::argument_error);
  static_assert(!std::is_constructible_v<full, ciess::interactions, full::options>);
}

TEST_CASE("no item and no triple: nothing", "[nn]") {
  const ciess::interactions none(3, 0, {});
  vectors_under_loss<full> whole(none, {}, {}, 2);
  CHECK(whole.differentiate() == 0);
  vectors_under_loss<sampled> some(none, {.correct = true}, {}, 2);
  CHECK(some.differentiate() == 0);
  CHECK(whole.slopes[0].leftCols(2).isZero(0));
}
