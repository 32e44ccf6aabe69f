// SPDX-License-Identifier: MIT
#include <ciess/search/dnis/look_ahead.hpp>
// its own header first
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/backbone/mf.hpp>
#include <ciess/backbone/neumf.hpp>
#include <ciess/backbone/ngcf.hpp>
#include <ciess/backbone/table_lens.hpp>

#include <cmath>
#include <tuple>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/small_recommender.hpp"

namespace {

using exact = ciess::basic_look_ahead<double>;
constexpr auto nothing = [](const auto&...) {};
template <class Move>
using moved = ciess::detail::moved_lens<ciess::ramp_lens, Move, decltype(nothing)>;
static_assert(ciess::table_lens<moved<ciess::detail::unmoved>, double>);
static_assert(ciess::table_lens<moved<decltype(nothing)>, float>);

template <class T>
using every_backbone = std::tuple<ciess::basic_mf<T>, ciess::basic_lightgcn<T>,
                                  ciess::basic_ngcf<T>, ciess::basic_neumf<T>>;

/// One row w of two columns; losses are half the squared distance of what is read to a target, and
/// a training step is a long one of its own kind.
struct quadratic {
  struct state {
    std::vector<ciess::basic_masked_table<double>> tables;
    int steps = 0;
  };
  state now;
  double target = 0;
  int trained = 0, looked = 0;

  quadratic(double first, double second, double goal) : target{goal} {
    now.tables.emplace_back(ciess::sizes(1, {1, 2}));
    now.tables[0][0][0] = first;
    now.tables[0][0][1] = second;
  }
  double w(std::size_t j) const { return now.tables[0][0][j]; }
  state snapshot() const { return now; }
  void restore(const state& s) { now = s; }

  template <class Lens>
  double look(double goal, Lens& lens, std::vector<ciess::basic_matrix<double>>& slopes) {
    auto seen = now.tables;
    lens.look(now.steps, seen);
    slopes.assign(1, seen[0].values().array() - goal);
    const double loss = 0.5 * slopes[0].squaredNorm();
    lens.back(now.tables, slopes);
    return loss;
  }
  template <class Lens>
  double train_through(int, Lens& lens) {
    std::vector<ciess::basic_matrix<double>> slopes;
    const double loss = look(target, lens, slopes);
    for (std::size_t j = 0; j < 2; ++j)
      now.tables[0][0][j] -= 0.5 * slopes[0](0, static_cast<ciess::index_t>(j));
    lens.learn(now.steps++);
    ++trained;
    return loss;
  }
  template <class Lens>
  double slopes_through(double goal, Lens& lens) {
    std::vector<ciess::basic_matrix<double>> slopes;
    ++looked;
    return look(goal, lens, slopes);
  }
};

/// One block, whose length is alpha.
ciess::ramp_lens one_length(double alpha) {
  const std::vector<ciess::table_shape> shapes{{1, {1, 2}}};
  std::vector<ciess::frequency_blocks> blocks;
  blocks.emplace_back(std::vector<double>{1.0}, std::vector<double>{1});
  ciess::ramp_lens lens(shapes, std::move(blocks));
  lens.alpha(0)[0] = alpha;
  return lens;
}

/// Two blocks in each table, whose lengths are on their way, none where a gate has a corner.
template <class Model>
ciess::ramp_lens lens_of(const Model& model) {
  std::vector<ciess::frequency_blocks> blocks;
  for (const auto& s : model.shapes()) {
    std::vector<double> frequency(static_cast<std::size_t>(s.rows));
    for (std::size_t r = 0; r < frequency.size(); ++r)
      frequency[r] = static_cast<double>((r * 7) % frequency.size());
    blocks.emplace_back(frequency, std::vector<double>{1, 2});
  }
  ciess::ramp_lens lens(model.shapes(), std::move(blocks));
  for (std::size_t t = 0; t < lens.tables(); ++t) {
    lens.alpha(t)[0] = 2.4 + 0.1 * static_cast<double>(t);
    lens.alpha(t)[1] = 1.3 + 0.1 * static_cast<double>(t);
  }
  return lens;
}

std::vector<double> slopes_of(const ciess::ramp_lens& lens) {
  std::vector<double> all;
  for (std::size_t t = 0; t < lens.tables(); ++t)
    for (const double s : lens.slope(t)) all.push_back(s);
  return all;
}

/// Notes the slopes that come back to the tables.
struct noting {
  ciess::ramp_lens* of;
  std::vector<ciess::basic_matrix<double>> by_table = {};
  void look(std::int64_t step, auto& tables) { of->look(step, tables); }
  void back(const auto& tables, std::vector<ciess::basic_matrix<double>>& slopes) {
    of->back(tables, slopes);
    by_table = slopes;
  }
  void learn(std::int64_t) {}
};

/// The held-out loss after a plain step of the tables: what the slopes are of.
/// @param after  what the model has beside its tables is as there
template <class Model>
double after_a_step(const Model& model, const Model& after, ciess::ramp_lens lens,
                    const ciess::triples& batch, double rate) {
  noting slopes{&lens};
  Model(model).train_through(1, slopes);
  auto state = after.snapshot();
  for (std::size_t t = 0; t < lens.tables(); ++t)
    for (ciess::index_t r = 0; r < model.shapes()[t].rows; ++r)
      for (ciess::index_t j = 0; j < model.shapes()[t].range.max; ++j) {
        // The column that the length is in, and those before it.
        const bool seen = j <= static_cast<int>(lens.alpha(t)[lens.blocks(t)[r]]);
        state.weights.tables[t][r][static_cast<std::size_t>(j)] =
            model.table(t).values()(r, j) - (seen ? rate * slopes.by_table[t](r, j) : 0);
      }
  Model moved = after;
  moved.restore(state);
  return moved.slopes_through(batch, lens);
}

}  // namespace

TEST_CASE("slopes that look ahead are those that can be worked out, and may have the other sign",
          "[search]") {
  // What is read of the second column is g w. The step: w' = w - rate g (g w - a), so
  // d/dg half (g w' - b)^2 = (g w' - b) (w' - rate g (2 g w - a)).
  const double g = 0.5;
  bool turned = false;
  for (const double w : {1.0, -0.7})
    for (const double a : {-1.0, 0.4})
      for (const double b : {3.0, -2.0})
        for (const double rate : {0.05, 1.0}) {
          CAPTURE(w, a, b, rate);
          quadratic model(0.3, w, a);
          auto lens = one_length(1 + g);
          const auto said = exact()(model, lens, [&] { return b; }, rate);
          const double moved = w - rate * g * (g * w - a);
          const double first = (g * moved - b) * moved;
          const double second = -(g * moved - b) * rate * g * (2 * g * w - a);
          CHECK(lens.slope(0)[0] == Approx(first + second).epsilon(1e-9));
          CHECK(said.correction == Approx(std::abs(second / first)).epsilon(1e-9));
          const double other = 0.3 - rate * (0.3 - a);
          CHECK(said.held_out ==
                Approx(0.5 * (std::pow(g * moved - b, 2) + std::pow(other - b, 2))));
          CHECK(said.trained == Approx(0.5 * (std::pow(g * w - a, 2) + std::pow(0.3 - a, 2))));
          turned = turned || (first + second) * first < 0;
          // What the model keeps is its own step, and one.
          CHECK(model.w(1) == Approx(w - 0.5 * g * (g * w - a)));
          CHECK(model.now.steps == 1);
          CHECK((model.trained == 3 && model.looked == 1));
        }
  CHECK(turned);
}

TEST_CASE("where the held-out loss does not ask for the tables there is nothing to look at",
          "[search]") {
  // After the step both columns are read as the held-out target has them.
  quadratic model(0.25, 0.5, 0.25);
  auto lens = one_length(1.5);
  const auto said = exact()(model, lens, [] { return 0.25; }, 0.5);
  CHECK(said.held_out == 0);
  CHECK(said.correction == 0);
  CHECK(lens.slope(0)[0] == 0);
  CHECK(model.trained == 1);
}

TEMPLATE_LIST_TEST_CASE("slopes that look ahead are those of central differences through the step",
                        "[search]", every_backbone<double>) {
  const auto model = support::small_model<TestType>(3);
  const auto batch = support::small_batch();
  const auto lens = lens_of(model);
  auto first = lens;
  {
    TestType moved = model;
    moved.slopes_through(batch, first);
  }
  auto second = lens;
  TestType trained = model;
  // A short difference: the usual one passes corners of NGCF in a model as small as this.
  const auto said = exact(1e-6)(trained, second, [&]() -> const auto& { return batch; });
  const double rate = said.rate;
  CHECK(said.held_out == Approx(after_a_step(model, trained, lens, batch, rate)).epsilon(1e-12));
  CHECK(said.correction > 0.005);
  double farthest = 0;
  std::size_t i = 0;
  for (std::size_t t = 0; t < lens.tables(); ++t)
    for (std::size_t b = 0; b < 2; ++b, ++i) {
      CAPTURE(t, b);
      const auto at = [&](double by) {
        auto moved = lens;
        moved.alpha(t)[b] += by;
        return after_a_step(model, trained, moved, batch, rate);
      };
      constexpr double h = 1e-5;
      const double exactly = (at(h) - at(-h)) / (2 * h);
      CHECK(slopes_of(second)[i] == Approx(exactly).epsilon(1e-4).margin(1e-8));
      farthest = std::max(farthest, std::abs(slopes_of(first)[i] / exactly - 1));
    }
  CHECK(farthest > 0.02);  // to first order they are others
}

TEST_CASE("the usual length of the difference is short enough where nothing has corners",
          "[search]") {
  const auto model = support::small_model<ciess::basic_mf<double>>(3);
  auto usual = lens_of(model), shorter = lens_of(model);
  auto one = model, other = model;
  exact()(one, usual, [] { return support::small_batch(); }, 0.5);
  exact(1e-6)(other, shorter, [] { return support::small_batch(); }, 0.5);
  for (std::size_t i = 0; i < 4; ++i)
    CHECK(slopes_of(usual)[i] == Approx(slopes_of(shorter)[i]).epsilon(1e-4));
}

TEST_CASE("the step that is looked through is as long as the model's own unless its rate is told",
          "[search]") {
  // The model's own step is a plain one at a rate of 0.5.
  quadratic model(0.3, 1, -1);
  auto lens = one_length(1.5);
  CHECK(exact()(model, lens, [] { return 3.0; }).rate == Approx(0.5));
  quadratic other(0.3, 1, -1);
  CHECK(exact()(other, lens, [] { return 3.0; }, 0.125).rate == 0.125);
  // Adam's is that of a much larger rate.
  auto adam = support::small_model<ciess::basic_mf<double>>(3);
  const auto before = adam;
  auto gates = lens_of(adam);
  noting slopes{&gates};
  ciess::basic_mf<double>(adam).train_through(1, slopes);
  const auto said = exact()(adam, gates, [] { return support::small_batch(); });
  double moved = 0, slope = 0;
  for (std::size_t t = 0; t < 2; ++t)
    for (ciess::index_t r = 0; r < adam.shapes()[t].rows; ++r)
      for (ciess::index_t j = 0; j < 3; ++j) {
        moved += std::pow(adam.table(t).values()(r, j) - before.table(t).values()(r, j), 2);
        if (j <= static_cast<int>(gates.alpha(t)[gates.blocks(t)[r]]))
          slope += std::pow(slopes.by_table[t](r, j), 2);
      }
  CHECK(said.rate == Approx(std::sqrt(moved / slope)).epsilon(1e-9));
}

TEMPLATE_LIST_TEST_CASE("a look ahead leaves the model where a training step does", "[search]",
                        every_backbone<double>) {
  const auto model = support::small_model<TestType>(3);
  auto lens = lens_of(model), other = lens_of(model);
  TestType looked = model, trained = model;
  const auto batch = support::small_batch();
  exact pairs;
  for (int i = 0; i < 3; ++i) {
    const auto said = pairs(looked, lens, [&]() -> const auto& { return batch; }, 0.5);
    CHECK(said.trained == trained.train_through(1, other));
  }
  for (std::size_t t = 0; t < lens.tables(); ++t)
    CHECK(looked.table(t).values() == trained.table(t).values());
  CHECK(looked.train(2) == trained.train(2));
}

// In floats the difference of two slopes is rounded: a thousandth of the correction was lost here.
TEST_CASE("floats are enough to look ahead", "[search]") {
  const auto& data = support::larger_data();
  const auto whole = support::small_model<ciess::basic_mf<double>>(6, 3, data);
  auto rounded = support::small_model<ciess::basic_mf<float>>(6, 3, data);
  {
    auto state = rounded.snapshot();
    for (std::size_t t = 0; t < 2; ++t)
      for (ciess::index_t r = 0; r < state.weights.tables[t].rows(); ++r)
        for (std::size_t j = 0; j < 6; ++j)
          state.weights.tables[t][r][j] = static_cast<float>(whole.table(t)[r][j]);
    rounded.restore(state);
  }
  ciess::triple_sampler sampler(data);
  ciess::triples batch;
  sampler.draw(ciess::random_stream(5, ciess::purpose::batches), 0, 500, batch);
  auto model = whole;
  auto lens = lens_of(whole), by_floats = lens_of(whole);
  const auto said = exact()(model, lens, [&]() -> const auto& { return batch; }, 0.5);
  const auto also =
      ciess::look_ahead()(rounded, by_floats, [&]() -> const auto& { return batch; }, 0.5);
  CHECK(also.correction == Approx(said.correction).epsilon(0.02));
  for (std::size_t i = 0; i < 4; ++i)
    CHECK(slopes_of(by_floats)[i] == Approx(slopes_of(lens)[i]).epsilon(0.01));
}
