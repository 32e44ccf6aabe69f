// SPDX-License-Identifier: MIT
#include <ciess/search/pep/soft_threshold_lens.hpp>
// its own header first
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/backbone/mf.hpp>
#include <ciess/backbone/table_lens.hpp>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <vector>

#include "support/catch.hpp"
#include "support/lens_slopes.hpp"
#include "support/memory_fields.hpp"
#include "support/small_recommender.hpp"

namespace {

using ciess::threshold_of;
using lens_type = ciess::basic_soft_threshold_lens<double>;
static_assert(ciess::table_lens<ciess::soft_threshold_lens, float>);
static_assert(ciess::table_lens<lens_type, double>);

using every_model = std::tuple<ciess::basic_mf<double>, ciess::basic_lightgcn<double>>;
using tables = std::vector<ciess::basic_masked_table<double>>;

const auto every_kind = {threshold_of::table, threshold_of::row, threshold_of::number};

template <class Model>
tables tables_of(const Model& model) {
  return {model.table(0), model.table(1)};
}

/// After its first look.
template <class Model>
lens_type begun(const Model& model, threshold_of own, double removed = 0.8, int steps = 300) {
  lens_type lens(model.shapes(), own, removed, steps);
  auto all = tables_of(model);
  lens.look(0, all);
  return lens;
}

}  // namespace

TEST_CASE("a soft threshold takes from all and leaves nothing of the small", "[search]") {
  CHECK(ciess::soft_threshold(0.5, 0.125) == 0.375);
  CHECK(ciess::soft_threshold(-0.5, 0.125) == -0.375);
  CHECK(ciess::soft_threshold(0.125, 0.125) == 0);
  CHECK(ciess::soft_threshold(-0.1, 0.125) == 0);
  CHECK(ciess::soft_threshold(0.0, 0.0) == 0);
}

TEST_CASE("the network reads numbers less their thresholds", "[search]") {
  const auto model = support::small_model<ciess::basic_mf<double>>(6);
  for (const auto own : every_kind) {
    lens_type lens = begun(model, own);
    REQUIRE(lens.s(0).size() == (own == threshold_of::table ? 1U
                                 : own == threshold_of::row ? 40U
                                                            : 240U));
    for (std::size_t t = 0; t < 2; ++t)
      for (std::size_t i = 0; i < lens.s(t).size(); ++i)
        lens.s(t)[i] = -3.5 + 0.5 * std::sin(static_cast<double>(i));
    auto seen = tables_of(model);
    lens.look(1, seen);
    std::int64_t left = 0;
    for (std::size_t t = 0; t < 2; ++t)
      for (ciess::index_t r = 0; r < seen[t].rows(); ++r) {
        int of_row = 0;
        for (ciess::index_t j = 0; j < 6; ++j) {
          const ciess::index_t at = own == threshold_of::table ? 0
                                    : own == threshold_of::row ? r
                                                               : 6 * r + j;
          const double s = lens.s(t)[static_cast<std::size_t>(at)];
          const double threshold = lens.scale(t) / (1 + std::exp(-s));
          const double read = ciess::soft_threshold(model.table(t).values()(r, j), threshold);
          CHECK(seen[t].values()(r, j) == Approx(read));
          of_row += read != 0;
        }
        CHECK(lens.left(t)[static_cast<std::size_t>(r)] == of_row);
        left += of_row;
      }
    CHECK(lens.left() == left);
    CHECK(lens.kept() >= left);
    CHECK((left > 50 && left < 370));
  }
}

TEST_CASE("the masks of a lens are what is not zero after its look", "[search]") {
  auto model = support::small_model<ciess::basic_mf<double>>(6);
  for (const bool cut : {false, true}) {
    if (cut) model.resize(support::mixed_sizes(model));
    for (const auto own : every_kind) {
      lens_type lens(model.shapes(), own, 0.8, 300);
      CHECK(lens.masks()[0].count() == 0);
      // Before the second look masks have what the first has left.
      for (const double s : {-6.0, -3.0}) {
        auto seen = tables_of(model);
        lens.look(0, seen);
        for (std::size_t t = 0; t < 2; ++t) {
          const auto& mask = lens.masks()[t];
          REQUIRE((mask.rows() == seen[t].rows() && mask.columns() == 6));
          for (ciess::index_t r = 0; r < seen[t].rows(); ++r) {
            for (int j = 0; j < 6; ++j) CHECK(mask(r, j) == (seen[t].values()(r, j) != 0));
            CHECK(mask.count(r) == lens.left(t)[static_cast<std::size_t>(r)]);
          }
          for (double& x : lens.s(t)) x = s;
        }
        CHECK(lens.masks()[0].count() + lens.masks()[1].count() == lens.left());
        CHECK((lens.left() > 0 && lens.left() < 420));
      }
    }
  }
}

TEST_CASE("masked tables are read without notice of the lens", "[search]") {
  const auto model = support::small_model<ciess::basic_mf<double>>(6);
  for (const auto own : every_kind) {
    lens_type lens = begun(model, own);
    auto seen = tables_of(model);
    lens.look(0, seen);
    std::vector<ciess::number_mask> masks(lens.masks().begin(), lens.masks().end());
    auto read = tables_of(model);
    lens.read(masks, read);
    for (std::size_t t = 0; t < 2; ++t) CHECK(read[t].values() == seen[t].values());
    masks[0].clear(3);
    const auto left = lens.left();
    for (double& x : lens.s(1)) x += 1;
    read = tables_of(model);
    lens.read(masks, read);
    CHECK(read[0].values().row(3).isZero(0));
    CHECK(read[0].values().row(4) == seen[0].values().row(4));
    CHECK(read[1].values().cwiseAbs().sum() < seen[1].values().cwiseAbs().sum());
    CHECK(lens.left() == left);
    CHECK(lens.masks()[0].count(3) > 0);
  }
}

TEST_CASE(
    "thresholds begin low, and the decay alone takes what is to be removed in a third of "
    "the steps",
    "[search]") {
  const auto model = support::small_model<ciess::basic_mf<double>>(6);
  for (const auto own : every_kind) {
    lens_type lens = begun(model, own, 0.8, 300);
    CHECK(static_cast<double>(lens.left()) == Approx(0.9 * 420).margin(3));
    const auto look = [&] {
      auto all = tables_of(model);
      lens.look(0, all);
    };
    // The rate grows from step to step as nothing else does: that of a third of the steps.
    lens.want(0);
    int taken = 0;
    while (lens.left() > 84 && taken < 300) {
      lens.learn(taken++);
      look();
    }
    CHECK((taken > 20 && taken <= 100));
    lens.want(1e9);  // enough is gone: thresholds come to a stop
    for (int i = 0; i < 100; ++i) lens.learn(i);
    look();
    const auto stopped = lens.left();
    for (int i = 0; i < 10; ++i) lens.learn(i);
    look();
    CHECK(lens.left() == stopped);
    lens.want(0);
    for (int i = 0; i < 300; ++i) lens.learn(i);
    look();
    CHECK(lens.left() == 0);
    CHECK(lens.kept() == 70);  // d_min
    // Where tables have portions of their own, what these take is wanted: of 70 rows of d_min.
    const std::vector<ciess::row_portions> portions{{2, 1, 1}, {1, 1, 12}};
    const auto counted = static_cast<double>(model.shapes()[0].rows + 12 * model.shapes()[1].rows);
    const auto pulls = [&](double wanted) {
      auto one = lens, other = lens;
      one.want(wanted, portions);
      other.want(0);  // always
      one.learn(700);
      other.learn(700);
      return std::ranges::equal(one.s(0), other.s(0));
    };
    CHECK(pulls(counted * 0.999));
    CHECK_FALSE(pulls(counted * 1.001));
  }
}

TEST_CASE("rows that the loss needs give way last", "[search]") {
  const auto model = support::small_model<ciess::basic_mf<double>>(6);
  lens_type lens = begun(model, threshold_of::row);
  lens.want(0);
  for (int i = 0; i < 30; ++i) {
    auto seen = tables_of(model);
    lens.look(i, seen);
    // The loss would fall if the first ten users' numbers were larger.
    std::vector<ciess::basic_matrix<double>> slopes;
    for (std::size_t t = 0; t < 2; ++t)
      slopes.push_back(ciess::basic_matrix<double>::Zero(seen[t].rows(), 6));
    for (ciess::index_t r = 0; r < 10; ++r)
      for (ciess::index_t j = 0; j < 6; ++j)
        slopes[0](r, j) = -std::copysign(1.0, model.table(0).values()(r, j));
    lens.back(tables_of(model), slopes);
    lens.learn(i);
  }
  for (std::size_t r = 0; r < 10; ++r) CHECK(lens.s(0)[r] < lens.s(0)[20] - 0.1);
}

TEMPLATE_LIST_TEST_CASE("slopes by thresholds and by tables are those of central differences",
                        "[search]", every_model) {
  auto model = support::small_model<TestType>(6);
  for (const auto own : every_kind) {
    lens_type lens = begun(model, own);
    for (std::size_t t = 0; t < 2; ++t)
      for (std::size_t i = 0; i < lens.s(t).size(); ++i)
        lens.s(t)[i] = -3.5 + 0.5 * std::sin(static_cast<double>(i));
    const auto check = [&] {
      support::check_lens_slopes(
          model, lens,
          [](lens_type& l) {
            std::vector<double*> all;
            for (std::size_t t = 0; t < 2; ++t)
              for (double& s : l.s(t)) all.push_back(&s);
            return all;
          },
          [](const lens_type& l) {
            std::vector<double> all;
            for (std::size_t t = 0; t < 2; ++t)
              for (const double s : l.slope(t)) all.push_back(s);
            return all;
          },
          [&](std::size_t t, ciess::index_t r, ciess::index_t j) {
            return j < model.table(t).row_sizes()[r];
          });
    };
    check();
    auto full = model;
    model.resize(support::mixed_sizes(model));
    check();
    model = full;
  }
}

TEST_CASE("the state of thresholds is saved, and what cannot be one is refused", "[search]") {
  auto model = support::small_model<ciess::basic_mf<double>>(6);
  for (const auto own : every_kind) {
    lens_type lens(model.shapes(), own, 0.8, 50);
    lens.want(100);
    auto trained = model;
    trained.train_through(5, lens);
    auto saved = save_fields(lens);
    lens_type loaded(model.shapes(), own, 0.8, 50);
    load_fields(saved, loaded);
    loaded.want(100);
    auto other = trained;
    trained.train_through(5, lens);
    other.train_through(5, loaded);
    CHECK(save_fields(lens) == save_fields(loaded));
    CHECK(trained.table(0).values() == other.table(0).values());
    for (const auto* name : {"pull", "scale", "table1.m"}) {
      auto broken = saved;
      const double nan = std::nan("");
      broken.at(name).replace(0, sizeof nan, reinterpret_cast<const char*>(&nan), sizeof nan);
      CHECK_THROWS_AS(load_fields(broken, loaded), ciess::data_error);
    }
  }
}
