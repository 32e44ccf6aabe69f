// SPDX-License-Identifier: MIT
#include <ciess/nn/scalable_softmax.hpp>
// its own header first
#include <ciess/nn/softmax.hpp>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/loss_laws.hpp"

namespace {

using ciess::index_t;
using ciess::row_id;
using ciess::similarity;
using sce = ciess::scalable_softmax<double>;
using full = ciess::full_softmax<double>;
using support::small_data;
using support::vectors_under_loss;

/// The mean loss by plain loops over vectors of 4 numbers: buckets by sorting, each example's
/// largest loss.
double plain(const auto& model, std::size_t buckets, std::size_t examples, std::size_t candidates,
             double temperature) {
  const std::size_t n = model.batch.size();
  const ciess::random_stream stream(6, ciess::purpose::candidates);
  Eigen::MatrixXd users(n, 4);
  for (std::size_t b = 0; b < n; ++b)
    users.row(static_cast<index_t>(b)) =
        model.vectors[0].row(model.batch.users[b]).head(4) / temperature;
  const Eigen::MatrixXd items = model.vectors[1].leftCols(4);
  std::vector<double> worst(n, -1);
  for (std::size_t k = 0; k < buckets; ++k) {
    auto engine = stream.at(model.step, k);
    Eigen::VectorXd centre = Eigen::VectorXd::Zero(4);
    for (std::size_t b = 0; b < n; b += 2) {
      const auto two = ciess::normal_pair<double>(engine);
      centre += two[0] * users.row(static_cast<index_t>(b)).transpose();
      if (b + 1 < n) centre += two[1] * users.row(static_cast<index_t>(b + 1)).transpose();
    }
    const auto best = [&](const Eigen::MatrixXd& of, std::size_t count) {
      const Eigen::VectorXd near = of * centre;
      std::vector<index_t> order(static_cast<std::size_t>(of.rows()));
      for (std::size_t r = 0; r < order.size(); ++r) order[r] = static_cast<index_t>(r);
      std::ranges::sort(order, [&](index_t a, index_t b) {
        return near[a] != near[b] ? near[a] > near[b] : a < b;
      });
      order.resize(count);
      return order;
    };
    const auto in = best(items, candidates);
    for (const index_t b : best(users, examples)) {
      const row_id p = model.batch.positives[static_cast<std::size_t>(b)];
      const double own = users.row(b).dot(items.row(p));
      double z = std::exp(own);
      for (const index_t i : in)
        if (i != p) z += std::exp(users.row(b).dot(items.row(i)));
      auto& most = worst[static_cast<std::size_t>(b)];
      most = std::max(most, std::log(z) - own);
    }
  }
  double sum = 0;
  index_t count = 0;
  for (const double loss : worst)
    if (loss >= 0) {
      sum += loss;
      ++count;
    }
  CHECK(count == model.loss.learning());
  return sum / static_cast<double>(count);
}

}  // namespace

TEST_CASE("what is asked of a loss holds of scalable cross-entropy", "[nn][threads]") {
  support::check_loss<sce>({});
  support::check_loss<sce>({.buckets = 5, .examples = 40, .candidates = 7});
  support::check_loss<sce>({.softmax = {.by = similarity::cosine, .temperature = 0.3},
                            .leave_out_known = true,
                            .buckets = 20,
                            .candidates = 12});
}

TEST_CASE("one bucket of all examples and all items is softmax over all items", "[nn]") {
  const ciess::softmax_options o{.by = GENERATE(similarity::inner_product, similarity::cosine),
                                 .temperature = 0.6};
  const bool leave_out = GENERATE(false, true);
  const auto batch = support::batch_of(small_data(), 60);
  vectors_under_loss<full> whole(small_data(), {.softmax = o, .leave_out_known = leave_out}, batch,
                                 4);
  const int buckets = GENERATE(1, 3);  // the same in each
  vectors_under_loss<sce> one(small_data(),
                              {.softmax = o,
                               .leave_out_known = leave_out,
                               .buckets = buckets,
                               .examples = 60,
                               .candidates = 30},
                              batch, 4);
  CHECK(one.differentiate() == Approx(whole.differentiate()).epsilon(1e-13));
  CHECK(one.loss.learning() == 60);
  for (std::size_t t = 0; t < 2; ++t)
    CHECK(one.slopes[t].leftCols(4).isApprox(whole.slopes[t].leftCols(4), 1e-12));
}

TEST_CASE("buckets hold what is nearest to their directions, an example has its largest loss",
          "[nn]") {
  const ciess::scalable_softmax_options o{
      .softmax = {.temperature = 0.8}, .buckets = 3, .examples = 13, .candidates = 9};
  vectors_under_loss<sce> model(small_data(), o, support::batch_of(small_data(), 55), 4);
  for (model.step = 0; model.step < 5; ++model.step) {
    const double loss = model.differentiate();
    CHECK(model.loss.learning() < 55);
    CHECK(loss == Approx(plain(model, 3, 13, 9, 0.8)).epsilon(1e-12));
  }
}

TEST_CASE("who is not finite is told by the loss, in a bucket or not", "[nn]") {
  const double wrong =
      GENERATE(std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
               -std::numeric_limits<double>::infinity());
  const ciess::scalable_softmax_options o{
      .softmax = {.by = GENERATE(similarity::inner_product, similarity::cosine)},
      .buckets = 2,
      .examples = 3,
      .candidates = 4};
  vectors_under_loss<sce> model(small_data(), o, support::batch_of(small_data(), 55), 4);
  CHECK(std::isfinite(model.differentiate()));
  for (std::size_t t = 0; t < 2; ++t)
    for (index_t r = 0; r < model.vectors[t].rows(); ++r) {
      const double kept = std::exchange(model.vectors[t](r, 2), wrong);
      CHECK(std::isfinite(model.differentiate()) == (model.loss.count(t, r) == 0 && t == 0));
      model.vectors[t](r, 2) = kept;
    }
  CHECK(std::isfinite(model.differentiate()));
}

TEST_CASE("more buckets than a product takes at a time", "[nn]") {
  const auto& data = support::larger_data();
  vectors_under_loss<sce> model(data, {.buckets = 37, .examples = 21, .candidates = 50},
                                support::batch_of(data, 333), 4);
  const double loss = model.differentiate();
  CHECK(loss == Approx(plain(model, 37, 21, 50, 1)).epsilon(1e-12));
  // Unless told otherwise: 2 sqrt(333) buckets of as many, 200 candidates are all.
  vectors_under_loss<sce> usual(data, {}, model.batch, 4);
  const double all = usual.differentiate();
  CHECK(all == Approx(plain(usual, 37, 37, 200, 1)).epsilon(1e-12));
}

TEST_CASE("items are the nearest also where a sample of them misleads", "[nn]") {
  const ciess::interactions data(3, 100'000, {{0, 5}, {1, 70}, {2, 99'999}});
  const bool mislead = GENERATE(false, true);
  vectors_under_loss<sce> model(data, {.buckets = 2, .examples = 3, .candidates = 300},
                                {{0, 1, 2}, {5, 70, 99'999}, {1, 1, 1}}, 4);
  // All that are sampled, each 97th, lie further out than any other; of these many are alike.
  if (mislead)
    for (index_t i = 0; i < 100'000; ++i)
      model.vectors[1].row(i).head(4) =
          model.vectors[0].row(i % 3).head(4) *
          (i % 97 == 0 ? 3 + 1e-5 * static_cast<double>(i) : 0.01 * static_cast<double>(i % 50));
  const double loss = model.differentiate();
  CHECK(loss == Approx(plain(model, 2, 3, 300, 1)).epsilon(1e-12));
}

TEST_CASE("scalable cross-entropy refuses what it cannot mean", "[nn]") {
  CHECK_THROWS_WITH(sce(small_data(), {.buckets = 0}),
                    ContainsSubstring("scalable_softmax: buckets must be >= 1, got 0"));
  CHECK_THROWS_WITH(sce(small_data(), {.examples = -2}),
                    ContainsSubstring("examples must be >= 1, got -2"));
  CHECK_THROWS_WITH(sce(small_data(), {.candidates = GENERATE(0, 31)}),
                    ContainsSubstring("candidates must be in [1, 30], the number of items"));
  CHECK_THROWS_AS(sce(small_data(), {.softmax = {.temperature = 0}}), ciess::argument_error);
}
