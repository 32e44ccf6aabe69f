// SPDX-License-Identifier: MIT
#include <ciess/nn/bpr.hpp>
// its own header first
#include <ciess/core/random.hpp>
#include <limits>

#include "support/catch.hpp"

namespace {
using table = ciess::basic_matrix<double>;

/// The same with plain loops over the triples.
double plain(const ciess::triples& batch, const table& users, const table& items, table& gu,
             table& gi) {
  gu.setZero();
  gi.setZero();
  double sum = 0;
  const double n = static_cast<double>(batch.size());
  for (std::size_t b = 0; b < batch.size(); ++b) {
    const auto u = batch.users[b];
    const auto p = batch.positives[b];
    const auto q = batch.negatives[b];
    const double x = users.row(u).dot(items.row(p) - items.row(q));
    sum += std::log(1 + std::exp(-x)) / n;
    const double slope = -1 / (1 + std::exp(x)) / n;
    gu.row(u) += slope * (items.row(p) - items.row(q));
    gi.row(p) += slope * users.row(u);
    gi.row(q) -= slope * users.row(u);
  }
  return sum;
}
}  // namespace

TEST_CASE("the loss of a pair: by hand, far out, and for NaN", "[nn]") {
  CHECK(ciess::bpr_loss(0.0) == Approx(std::log(2.0)));
  CHECK(ciess::bpr_slope(0.0) == -0.5);
  CHECK(ciess::bpr_loss(1.5) == Approx(std::log1p(std::exp(-1.5))));
  CHECK(ciess::bpr_slope(1.5) == Approx(-1 / (1 + std::exp(1.5))));
  CHECK(ciess::bpr_loss(-1000.0F) == 1000.0F);
  CHECK(ciess::bpr_slope(-1000.0F) == -1.0F);
  CHECK(ciess::bpr_loss(1000.0F) == 0.0F);
  CHECK(ciess::bpr_slope(1000.0F) == 0.0F);
  CHECK(std::isnan(ciess::bpr_loss(std::numeric_limits<double>::quiet_NaN())));
}

TEST_CASE("grouped gradients are those of a plain loop, repeated rows included", "[nn]") {
  table users(5, 4);
  table items(6, 4);
  const ciess::random_stream stream(1, ciess::purpose::user);
  auto e = stream.at(0);
  for (auto* t : {&users, &items})
    for (ciess::index_t i = 0; i < t->size(); ++i) t->data()[i] = ciess::normal<double>(e);
  ciess::triples batch;
  batch.resize(40);
  for (std::size_t b = 0; b < 40; ++b) {
    batch.users[b] = static_cast<ciess::row_id>(ciess::bounded(e, 3));  // rows 3 and 4 stay out
    batch.positives[b] = static_cast<ciess::row_id>(ciess::bounded(e, 3));
    batch.negatives[b] = static_cast<ciess::row_id>(2 + ciess::bounded(e, 3));
  }
  table gu(5, 4);
  table gi(6, 4);
  table pu(5, 4);
  table pi(6, 4);
  gu.setConstant(9);
  gi.setConstant(9);
  ciess::bpr<double> loss;
  CHECK(loss(batch, {&users, &items}, {&gu, &gi}, 4) ==
        Approx(plain(batch, users, items, pu, pi)).epsilon(1e-14));
  CHECK(gu.isApprox(pu, 1e-13));
  CHECK(gi.isApprox(pi, 1e-13));
  ciess::index_t named = 0;
  for (ciess::index_t r = 0; r < 6; ++r) named += loss.count(1, r);
  CHECK(named == 80);

  ciess::triples none;
  CHECK(loss(none, {&users, &items}, {&gu, &gi}, 4) == 0);
  CHECK(gu.isZero(0));
}

TEST_CASE("the loss refuses triples and shapes that do not fit", "[nn]") {
  table users = table::Ones(2, 3);
  table items = table::Ones(2, 3);
  table gu(2, 3);
  table gi(2, 3);
  ciess::bpr<double> loss;
  ciess::triples batch;
  batch.resize(1);
  batch.negatives[0] = 2;
  CHECK_THROWS_WITH(loss(batch, {&users, &items}, {&gu, &gi}, 3), ContainsSubstring("triple 0"));
  batch.negatives[0] = 1;
  CHECK_THROWS_AS(loss(batch, {&users, &items}, {&gu, &gi}, 4), ciess::argument_error);
  table narrow(2, 2);
  CHECK_THROWS_AS(loss(batch, {&users, &items}, {&narrow, &gi}, 2), ciess::argument_error);
  batch.positives.pop_back();
  CHECK_THROWS_AS(loss(batch, {&users, &items}, {&gu, &gi}, 3), ciess::argument_error);
}
