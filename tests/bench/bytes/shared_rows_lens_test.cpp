// SPDX-License-Identifier: MIT
#include "../bench/bytes/shared_rows_lens.hpp"
// its own header first
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/backbone/mf.hpp>
#include <ciess/backbone/table_lens.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <tuple>
#include <vector>

#include "support/catch.hpp"
#include "support/lens_slopes.hpp"
#include "support/small_recommender.hpp"

namespace {

using ciess_bench::sharing;
using lens_type = ciess_bench::basic_shared_rows_lens<double>;
static_assert(ciess::table_lens<ciess_bench::shared_rows_lens, float>);
static_assert(ciess::table_lens<lens_type, double>);

using every_model = std::tuple<ciess::basic_mf<double>, ciess::basic_lightgcn<double>>;
using tables = std::vector<ciess::basic_masked_table<double>>;

const auto every_kind = {sharing::modulo, sharing::quotient_remainder};
// Of 40 users and 30 items: both with a quotient whose rows are fewer than m.
constexpr std::array<ciess::index_t, 2> buckets{9, 7};

template <class Model>
lens_type lens_of(const Model& model, sharing how) {
  return {model.shapes(), how, buckets, 0.5, {.first = 0.05}, 3};
}

}  // namespace

TEST_CASE("rows are made of shared ones", "[bench]") {
  const auto model = support::small_model<ciess::basic_mf<double>>(6);
  for (const auto how : every_kind) {
    const lens_type lens = lens_of(model, how);
    tables seen{model.table(0), model.table(1)};
    lens.look(0, seen);
    for (std::size_t t = 0; t < 2; ++t) {
      const auto& [q, r] = lens.weights()[t];
      REQUIRE(r.rows() == buckets[t]);
      REQUIRE(q.rows() == (how == sharing::modulo ? 0 : 5));
      for (ciess::index_t row = 0; row < seen[t].rows(); ++row)
        for (ciess::index_t j = 0; j < 6; ++j) {
          const double b = r(row % buckets[t], j);
          const double expected = how == sharing::modulo ? b : q(row / buckets[t], j) * b;
          CHECK(seen[t].values()(row, j) == expected);
        }
    }
  }
}

TEMPLATE_LIST_TEST_CASE("slopes by shared rows are those of central differences", "[bench]",
                        every_model) {
  constexpr double h = 1e-5;
  const auto model = support::small_model<TestType>(6);
  const auto batch = support::small_batch();
  const auto numbers = [](auto& weights) {
    std::vector<decltype(weights[0].remainders.data())> all;
    for (auto& w : weights)
      for (auto* m : {&w.quotients, &w.remainders})
        for (ciess::index_t i = 0; i < m->size(); ++i) all.push_back(m->data() + i);
    return all;
  };
  for (const auto how : every_kind)
    for (const bool trains : {false, true}) {
      const lens_type begun = lens_of(model, how);
      const auto loss = [&](lens_type& lens, std::vector<ciess::basic_matrix<double>>& by_table) {
        auto copy = model;
        support::recorded<lens_type> record{&lens};
        const double value =
            trains ? copy.train_through(1, record) : copy.slopes_through(batch, record);
        by_table = record.by_table;
        // The model's own numbers have no part in it.
        if (trains) CHECK(copy.table(0).values() == model.table(0).values());
        return value;
      };
      lens_type through = begun;
      std::vector<ciess::basic_matrix<double>> by_table;
      loss(through, by_table);
      for (const auto& slopes : by_table) CHECK(slopes.isZero(0));
      const auto said = numbers(through.slopes());
      REQUIRE(said.size() == (how == sharing::modulo ? 16U : 26U) * 6U);
      double largest = 0;
      for (std::size_t i = 0; i < said.size(); ++i) {
        CAPTURE(trains, i);
        const auto at = [&](double moved) {
          lens_type other = begun;
          *numbers(other.weights())[i] += moved;
          return loss(other, by_table);
        };
        CHECK(*said[i] == Approx((at(h) - at(-h)) / (2 * h)).epsilon(1e-5).margin(1e-8));
        largest = std::max(largest, std::abs(*said[i]));
      }
      CHECK(largest > 1e-3);
    }
}

TEST_CASE("shared rows learn, and the loss falls", "[bench]") {
  auto model = support::small_model<ciess::basic_mf<double>>(6);
  for (const auto how : every_kind) {
    lens_type lens = lens_of(model, how);
    const double before = model.train_through(5, lens);
    model.train_through(150, lens);
    CHECK(model.train_through(5, lens) < 0.9 * before);
  }
}

TEST_CASE("shared rows that cannot be are refused", "[bench]") {
  const auto model = support::small_model<ciess::basic_mf<double>>(6);
  const std::array<ciess::index_t, 2> none{9, 0};
  const auto make = [&](std::span<const ciess::index_t> m, double deviation) {
    return lens_type(model.shapes(), sharing::modulo, m, deviation, {}, 1);
  };
  CHECK_THROWS_AS(make(none, 0.1), ciess::argument_error);
  CHECK_THROWS_AS(make(std::span(buckets).first(1), 0.1), ciess::argument_error);
  CHECK_THROWS_AS(make(buckets, 0), ciess::argument_error);
}
