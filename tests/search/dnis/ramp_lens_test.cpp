// SPDX-License-Identifier: MIT
#include <ciess/search/dnis/ramp_lens.hpp>
// its own header first
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/backbone/mf.hpp>
#include <ciess/backbone/table_lens.hpp>

#include <tuple>

#include "support/catch.hpp"
#include "support/lens_slopes.hpp"
#include "support/small_recommender.hpp"

namespace {

static_assert(ciess::table_lens<ciess::ramp_lens, float>);
static_assert(ciess::table_lens<ciess::ramp_lens, double>);

using every_model = std::tuple<ciess::basic_mf<double>, ciess::basic_lightgcn<double>>;

/// Three blocks a table, the first rows being the most frequent.
template <class Model>
ciess::ramp_lens lens_of(const Model& model) {
  std::vector<ciess::frequency_blocks> blocks;
  for (const auto& s : model.shapes()) {
    std::vector<double> falling;
    for (ciess::index_t r = 0; r < s.rows; ++r) falling.push_back(static_cast<double>(s.rows - r));
    blocks.emplace_back(falling, std::vector<double>{1, 2, 3});
  }
  return {model.shapes(), std::move(blocks)};
}

void set(ciess::ramp_lens& lens, std::size_t t, double a, double b, double c) {
  lens.alpha(t)[0] = a;
  lens.alpha(t)[1] = b;
  lens.alpha(t)[2] = c;
}

}  // namespace

TEST_CASE("columns open one after the other", "[search]") {
  CHECK(ciess::ramp_gate(2.25, 0) == 1);
  CHECK(ciess::ramp_gate(2.25, 1) == 1);
  CHECK(ciess::ramp_gate(2.25, 2) == 0.25);
  CHECK(ciess::ramp_gate(2.25, 3) == 0);
  CHECK(ciess::snapped(3.89) == 3.89);
  CHECK(ciess::snapped(3.91) == 4);
  CHECK(ciess::snapped(4) == 4);
  CHECK(ciess::snapped(4.01) == 4.01);
}

TEST_CASE("the network reads rows by the lengths of their blocks", "[search]") {
  const auto model = support::small_model<ciess::basic_mf<double>>(6);
  auto lens = lens_of(model);
  CHECK(lens.kept() == (40 + 30) * 6);
  set(lens, 0, 6, 2.5, 1);
  set(lens, 1, 3.95, 3, 1.25);
  CHECK(lens.kept() == Approx(7 * 6 + 13 * 2.5 + 20 * 1 + 5 * 3.95 + 10 * 3 + 15 * 1.25));
  std::vector<ciess::basic_masked_table<double>> tables{model.table(0), model.table(1)};
  const auto before = tables;
  lens.look(0, tables);
  for (std::size_t t = 0; t < 2; ++t)
    for (ciess::index_t r = 0; r < tables[t].rows(); ++r)
      for (int j = 0; j < 6; ++j) {
        CAPTURE(t, r, j);
        const double alpha = lens.alpha(t)[lens.blocks(t)[r]];
        CHECK(tables[t].values()(r, j) ==
              before[t].values()(r, j) * ciess::ramp_gate(ciess::snapped(alpha), j));
      }
  // What is cut learns nothing; the column that a length may open next is not cut.
  CHECK(tables[0].row_sizes()[0] == 6);
  CHECK(tables[0].row_sizes()[7] == 3);
  CHECK(tables[0].row_sizes()[39] == 2);
  CHECK(tables[1].row_sizes()[0] == 4);
  CHECK(tables[1].row_sizes()[5] == 4);
}

TEST_CASE("at full length the lens changes nothing", "[search]") {
  auto through = support::small_model<ciess::basic_mf<double>>(6);
  auto plain = through;
  auto lens = lens_of(through);
  CHECK(through.train_through(5, lens) == plain.train(5));
  for (std::size_t t = 0; t < 2; ++t) CHECK(through.table(t).values() == plain.table(t).values());
}

TEMPLATE_LIST_TEST_CASE("slopes by lengths and by tables are those of central differences",
                        "[search]", every_model) {
  auto model = support::small_model<TestType>(6);
  auto lens = lens_of(model);
  set(lens, 0, 5.5, 2.25, 1.5);
  set(lens, 1, 4.75, 3.0001, 1.125);  // an open column that has just begun
  const auto check = [&] {
    support::check_lens_slopes(
        model, lens,
        [](ciess::ramp_lens& l) {
          std::vector<double*> all;
          for (std::size_t t = 0; t < 2; ++t)
            for (double& a : l.alpha(t)) all.push_back(&a);
          return all;
        },
        [](const ciess::ramp_lens& l) {
          std::vector<double> all;
          for (std::size_t t = 0; t < 2; ++t)
            for (const double s : l.slope(t)) all.push_back(s);
          return all;
        },
        [&](std::size_t t, ciess::index_t r, ciess::index_t j) {
          const double alpha = lens.alpha(t)[lens.blocks(t)[r]];
          return j < model.table(t).row_sizes()[r] && ciess::ramp_gate(alpha, int(j)) > 0;
        });
  };
  check();
  model.resize(support::mixed_sizes(model));  // rows that have less than their length
  check();
}
