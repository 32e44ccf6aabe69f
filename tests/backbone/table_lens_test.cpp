// SPDX-License-Identifier: MIT
#include <ciess/backbone/table_lens.hpp>
// its own header first
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/backbone/mf.hpp>

#include <cmath>

#include "support/catch.hpp"
#include "support/small_recommender.hpp"

namespace {

using tables = std::vector<ciess::basic_masked_table<double>>;
using slopes = std::vector<ciess::basic_matrix<double>>;

/// The least that is a lens: changes nothing.
struct archetype {
  void look(std::int64_t, tables&) {}
  void back(const tables&, slopes&) {}
  void learn(std::int64_t) {}
};
struct never_learns {
  void look(std::int64_t, tables&) {}
  void back(const tables&, slopes&) {}
};
struct looks_at_copies : archetype {
  void back(tables&, slopes&) {}  // the model's own tables cannot be changed here
};
static_assert(ciess::table_lens<archetype, double>);
static_assert(!ciess::table_lens<never_learns, double>);
static_assert(!ciess::table_lens<looks_at_copies, double>);

/// What the network reads is s times a table; s is the lens's own number.
struct scales {
  double s = 1;
  double slope = 0;      ///< of the loss, by s
  slopes by_table = {};  ///< by the model's tables
  int learnt = 0;
  void look(std::int64_t, tables& all) const {
    for (auto& t : all)
      for (ciess::index_t r = 0; r < t.rows(); ++r)
        for (double& x : t[r]) x *= s;
  }
  void back(const tables& all, slopes& of) {
    slope = 0;
    for (std::size_t t = 0; t < all.size(); ++t) {
      for (ciess::index_t r = 0; r < all[t].rows(); ++r) {
        const auto row = all[t][r];
        for (std::size_t j = 0; j < row.size(); ++j)
          slope += row[j] * of[t](r, static_cast<ciess::index_t>(j));
      }
      of[t] *= s;
    }
    by_table = of;
  }
  void learn(std::int64_t) { ++learnt; }
};

using support::mixed_sizes;
using support::small_model;
using every_model = std::tuple<ciess::basic_mf<double>, ciess::basic_lightgcn<double>>;

}  // namespace

TEMPLATE_LIST_TEST_CASE("a lens that changes nothing leaves a training as it is", "[backbone]",
                        every_model) {
  auto through = small_model<TestType>();
  auto plain = small_model<TestType>();
  const auto sizes = mixed_sizes(plain);
  through.resize(sizes);
  plain.resize(sizes);
  archetype lens;
  CHECK(through.train_through(5, lens) == plain.train(5));
  for (std::size_t t = 0; t < 2; ++t) CHECK(through.table(t).values() == plain.table(t).values());
  CHECK(through.train_through(0, lens) == 0);
  CHECK_THROWS_AS(through.train_through(-1, lens), ciess::argument_error);
}

TEMPLATE_LIST_TEST_CASE("slopes come back through a lens as central differences say", "[backbone]",
                        every_model) {
  const auto model = small_model<TestType>();
  // The loss of the next batch, seen at scale s, with one number of a table moved.
  const auto loss = [&](double s, double moved, scales* keep = nullptr) {
    auto copy = model;
    auto state = copy.snapshot();
    state.weights.tables[1][3][2] += moved;
    copy.restore(state);
    scales lens{.s = s};
    const double all = copy.train_through(1, lens);
    if (keep) *keep = lens;
    CHECK(lens.learnt == 1);
    return all;
  };
  // The penalty is a part of the slope, but not of the mean loss alone: both count it alike.
  scales lens;
  constexpr double h = 1e-5;
  loss(1.5, 0, &lens);
  CHECK(lens.slope ==
        Approx((loss(1.5 + h, 0) - loss(1.5 - h, 0)) / (2 * h)).epsilon(1e-6).margin(1e-8));
  CHECK(lens.by_table[1](3, 2) ==
        Approx((loss(1.5, h) - loss(1.5, -h)) / (2 * h)).epsilon(1e-6).margin(1e-8));
}

TEST_CASE("a lens that throws leaves the model as it was before the step", "[backbone]") {
  struct breaks : archetype {
    void back(const tables&, slopes&) { throw ciess::numeric_error("broken lens"); }
  } lens;
  auto model = small_model<ciess::basic_mf<double>>();
  const ciess::basic_matrix<double> before = model.table(0).values();
  CHECK_THROWS_WITH(model.train_through(3, lens), "broken lens");
  CHECK(model.table(0).values() == before);
  CHECK(model.train(1) > 0);
}
