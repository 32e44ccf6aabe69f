// SPDX-License-Identifier: MIT
#include <ciess/search/recommender_environment.hpp>
// its own header first
#include <ciess/backbone/ials.hpp>
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/backbone/mf.hpp>
#include <ciess/backbone/neumf.hpp>
#include <ciess/backbone/ngcf.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/data/split.hpp>
#include <ciess/data/synthetic.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/embedding/packed_table.hpp>
#include <ciess/embedding/round_as.hpp>
#include <ciess/embedding/table_formats.hpp>
#include <ciess/search/budget/bytes.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/search.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/asked_ciess.hpp"
#include "support/catch.hpp"
#include "support/memory_fields.hpp"
#include "support/memory_store.hpp"

namespace {

const ciess::split& parts() {
  static const ciess::split made = ciess::split_interactions(
      ciess::make_synthetic(
          {.users = 90, .items = 60, .interactions = 1500, .factors = 6, .seed = 3})
          .data,
      {}, 1);
  return made;
}

template <class Model>
Model make(const ciess::interactions& train) {
  typename Model::options o;
  o.range = {1, 12};
  if constexpr (requires { o.batch; }) o.batch = 300;
  return Model(train, o, 1);
}

template <class Model>
typename ciess::recommender_environment<Model>::options quick() {
  typename ciess::recommender_environment<Model>::options o;
  o.full = {.every = 20, .patience = 2, .max_steps = 120};
  o.tune = {.every = 10, .patience = 1, .max_steps = 30};
  o.steps = 15;
  return o;
}

/// The least a backbone must offer: it cannot be put back, turned or tuned.
class plain {
 public:
  explicit plain(const ciess::interactions& train)
      : shapes_{{train.users(), {1, 4}}, {train.items(), {1, 4}}}, sizes_{shapes_} {}
  ciess::index_t users() const { return shapes_[0].rows; }
  ciess::index_t items() const { return shapes_[1].rows; }
  const std::vector<ciess::table_shape>& shapes() const { return shapes_; }
  void reset(std::uint64_t) { steps_ = 0; }
  void resize(const ciess::assignment& a) { sizes_ = a; }
  double train(int steps) {
    steps_ += steps;
    return 0;
  }
  /// Items in their order, all the better the more steps: quality is best after 20.
  void score(ciess::index_t first, ciess::matrix_span out) {
    for (ciess::index_t u = 0; u < out.rows(); ++u)
      for (ciess::index_t i = 0; i < out.cols(); ++i)
        out(u, i) = static_cast<float>((i * 7 + (first + u) + (steps_ == 20 ? 0 : 31)) % 60);
  }

 private:
  std::vector<ciess::table_shape> shapes_;
  ciess::assignment sizes_;
  int steps_ = 0;
};
static_assert(ciess::backbone<plain> && !ciess::warm_startable<plain>);
// An environment must not outlive the interactions it looks at.
template <class Train, class HeldOut>
constexpr bool is_made_of =
    std::is_constructible_v<ciess::recommender_environment<plain>, plain, Train, HeldOut,
                            ciess::recommender_environment<plain>::options>;
using a_part = ciess::interactions;
static_assert(is_made_of<const a_part&, const a_part&> && is_made_of<a_part&, a_part&>);
static_assert(!is_made_of<a_part, const a_part&> && !is_made_of<const a_part, a_part&>);
static_assert(!is_made_of<const a_part&, a_part> && !is_made_of<a_part&, const a_part>);
static_assert(!is_made_of<a_part, a_part> && !is_made_of<const a_part, const a_part>);

static_assert(ciess::retrainable_environment<ciess::recommender_environment<plain>>);
static_assert(ciess::retrainable_environment<ciess::recommender_environment<ciess::lightgcn>>);
static_assert(ciess::warm_startable<ciess::mf> && ciess::warm_startable<ciess::lightgcn>);
static_assert(ciess::warm_startable<ciess::ngcf> && ciess::warm_startable<ciess::neumf>);

static_assert(!ciess::energetic_environment<ciess::recommender_environment<plain>>);
static_assert(ciess::energetic_environment<ciess::recommender_environment<ciess::mf>>);
static_assert(ciess::energetic_environment<ciess::recommender_environment<ciess::ngcf>>);

static_assert(ciess::weighted_backbone<ciess::mf> && ciess::weighted_backbone<ciess::lightgcn>);
static_assert(ciess::weighted_backbone<ciess::ngcf> && ciess::weighted_backbone<ciess::neumf>);

/// Says that it uses weights, or that it does not.
template <bool Uses>
struct weighing : plain {
  using plain::plain;
  static constexpr bool uses_weights = Uses;
};

/// The same pairs with a weight each: that of the seed.
ciess::interactions with_weights(const ciess::interactions& data, std::uint64_t seed) {
  auto engine = ciess::random_stream(seed, ciess::purpose::user).at(0);
  std::vector<ciess::interaction> pairs;
  std::vector<float> weights;
  for (ciess::row_id u = 0; u < data.users(); ++u)
    for (const auto i : data.items_of(u)) {
      pairs.push_back({u, i});
      weights.push_back(0.1F + 10 * ciess::uniform01(engine));
    }
  return {data.users(), data.items(), pairs, {.weights = weights}};
}

/// Says that it has other tables.
struct odd_tables : plain {
  using plain::plain;
  std::vector<ciess::table_shape> tables;
  const std::vector<ciess::table_shape>& shapes() const { return tables; }
};

}  // namespace

TEMPLATE_TEST_CASE("an environment measures the same sizes the same, whatever came before",
                   "[search]", ciess::mf, ciess::ials, ciess::lightgcn, ciess::ngcf, ciess::neumf) {
  auto o = quick<TestType>();
  o.from = GENERATE(ciess::start::scratch, ciess::start::warm);
  ciess::recommender_environment env(make<TestType>(parts().train), parts().train,
                                     parts().validation, o);
  const auto limit = ciess::budget::from_sparsity(0.7, env.shapes());
  const auto a = ciess::project(env.shapes(), ciess::equal_proposal(env.shapes()), limit);
  const auto b = ciess::project(env.shapes(), ciess::random_proposal(env.shapes(), 1), limit);
  const auto full = env.full();
  const auto first = env.measure(a);
  const auto other = env.measure(b);
  CHECK(env.measure(a).rows == first.rows);
  CHECK(env.measure(b).quality == other.quality);
  CHECK(first.quality != other.quality);
  CHECK(env.full().rows == full.rows);
  CHECK(full.quality > 0);
  CHECK(first.rows[0].size() == 90);
  CHECK(first.rows[1].size() == 60);
  CHECK(env.model().table(0).row_sizes() == b[0]);
}

TEST_CASE("frequencies are those of training", "[search]") {
  const ciess::recommender_environment env(make<ciess::mf>(parts().train), parts().train,
                                           parts().validation, quick<ciess::mf>());
  for (ciess::row_id u = 0; u < 90; ++u)
    CHECK(env.frequency(0)[static_cast<std::size_t>(u)] ==
          static_cast<double>(parts().train.items_of(u).size()));
  for (ciess::row_id i = 0; i < 60; ++i)
    CHECK(env.frequency(1)[static_cast<std::size_t>(i)] ==
          static_cast<double>(parts().train.users_of(i).size()));
}

TEST_CASE("rows of every table have the frequency and quality of their user or item", "[search]") {
  ciess::recommender_environment env(make<ciess::neumf>(parts().train), parts().train,
                                     parts().validation, quick<ciess::neumf>());
  REQUIRE(env.shapes().size() == 4);
  const auto full = env.full();
  REQUIRE(full.rows.size() == 4);
  for (std::size_t s = 0; s < 2; ++s) {
    CHECK(full.rows[s] == full.rows[s + 2]);
    CHECK(std::ranges::equal(env.frequency(s), env.frequency(s + 2)));
  }
  CHECK(full.rows[0] != full.rows[1]);
  odd_tables odd(parts().train);
  odd.tables = {{90, {1, 4}}, {60, {1, 4}}, {90, {1, 4}}};
  CHECK_THROWS_WITH((ciess::recommender_environment(odd, parts().train, parts().validation, {})),
                    ContainsSubstring("3 tables"));
  odd.tables = {{90, {1, 4}}, {61, {1, 4}}};
  CHECK_THROWS_WITH((ciess::recommender_environment(odd, parts().train, parts().validation, {})),
                    ContainsSubstring("table 1 has 61 rows"));
}

TEST_CASE("retraining keeps the better start and says how to repeat it", "[search]") {
  auto o = quick<ciess::lightgcn>();
  if (GENERATE(false, true))
    o.retrain_from = {ciess::start::scratch, ciess::start::warm};
  else
    o.retrain_from = {ciess::start::warm, ciess::start::scratch};
  ciess::recommender_environment env(make<ciess::lightgcn>(parts().train), parts().train,
                                     parts().validation, o);
  const auto limit = ciess::budget::from_sparsity(0.7, env.shapes());
  const auto a = ciess::project(env.shapes(), ciess::equal_proposal(env.shapes()), limit);
  const auto both = env.retrain(a);
  const auto recipe = env.last_recipe();
  // The model is the one that was measured, whichever start was tried last.
  CHECK(ciess::evaluate(env.model(), parts().train, parts().validation).mean == both.quality);
  CHECK(env.train_by(recipe, a).mean == Approx(both.quality).epsilon(1e-12));
  for (const auto from : {ciess::start::scratch, ciess::start::warm}) {
    auto one = o;
    one.retrain_from = {from};
    ciess::recommender_environment alone(make<ciess::lightgcn>(parts().train), parts().train,
                                         parts().validation, one);
    CHECK(both.quality >= alone.retrain(a).quality);
  }
}

TEMPLATE_TEST_CASE(
    "trained prefixes are worth more than cut ones and leave the full-size model alone", "[search]",
    ciess::lightgcn, ciess::ngcf) {
  auto o = quick<TestType>();
  o.from = ciess::start::warm;
  o.steps = 0;
  const auto law = GENERATE(ciess::prefix_law::uniform, ciess::prefix_law::log_uniform,
                            ciess::prefix_law::frequency);
  const auto quality = [&](int nested_steps) {
    o.nested_steps = nested_steps;
    o.nested_law = law;
    ciess::recommender_environment<TestType> env(make<TestType>(parts().train), parts().train,
                                                 parts().validation, o);
    const double full = env.full().quality;
    CHECK(ciess::evaluate(env.model(), parts().train, parts().validation).mean ==
          Approx(full).epsilon(1e-6));
    double sum = 0;
    for (const int size : {2, 3, 4}) {
      ciess::assignment a(env.shapes());
      for (std::size_t t = 0; t < a.size(); ++t)
        a[t] = ciess::sizes(a[t].rows(), a[t].range(), size);
      const double q = env.measure(a).quality;
      CHECK(env.measure(a).quality == q);
      sum += q;
    }
    return std::pair{full, sum};
  };
  const auto plain = quality(0);
  const auto nested = quality(100);
  CHECK(nested.first == plain.first);
  CHECK(nested.second != plain.second);
  // LightGCN's principal axes leave a model this small nothing to gain.
  if constexpr (std::is_same_v<TestType, ciess::ngcf>) CHECK(nested.second > plain.second);
}

TEST_CASE("a backbone that cannot be put back is trained again up to its best step", "[search]") {
  ciess::recommender_environment<plain>::options o;
  o.full = {.every = 10, .patience = 3, .max_steps = 60};
  ciess::recommender_environment env(plain(parts().train), parts().train, parts().validation, o);
  const ciess::assignment full(env.shapes());
  const auto m = env.retrain(full);
  const auto recipe = env.last_recipe();
  CHECK(m.quality == env.train_by(recipe, full).mean);
  CHECK(env.full().quality == m.quality);
  CHECK(env.full_steps() == recipe.steps);
  o.from = ciess::start::warm;
  CHECK_THROWS_WITH(
      (ciess::recommender_environment(plain(parts().train), parts().train, parts().validation, o)),
      ContainsSubstring("cannot start warm"));
}

TEST_CASE("tables that a model turns together share their axes", "[search]") {
  ciess::recommender_environment<ciess::neumf> towers(
      make<ciess::neumf>(parts().train), parts().train, parts().validation, quick<ciess::neumf>());
  const std::size_t groups[] = {0, 1, 2, 2};
  for (std::size_t t = 0; t < 4; ++t) CHECK(towers.axes_group(t) == groups[t]);
  ciess::recommender_environment<ciess::mf> both(make<ciess::mf>(parts().train), parts().train,
                                                 parts().validation, quick<ciess::mf>());
  CHECK(both.axes_group(0) == both.axes_group(1));
}

TEST_CASE("an environment refuses options that mean nothing", "[search]") {
  const auto made = [](auto model, auto change) {
    typename ciess::recommender_environment<decltype(model)>::options o;
    change(o);
    return ciess::recommender_environment(std::move(model), parts().train, parts().validation, o);
  };
  const auto mf = [] { return make<ciess::mf>(parts().train); };
  CHECK_NOTHROW(made(mf(), [](auto&) {}));
  CHECK_THROWS_AS(made(mf(), [](auto& o) { o.nested_steps = -1; }), ciess::argument_error);
  CHECK_THROWS_AS(made(mf(), [](auto& o) { o.nested_rate.first = -1; }), ciess::argument_error);
  CHECK_THROWS_AS(made(mf(), [](auto& o) { o.tune_rate.first = 0; }), ciess::argument_error);
  CHECK_THROWS_WITH(made(mf(), [](auto& o) { o.full.every = 0; }),
                    ContainsSubstring("environment: full: a training needs every >= 1"));
  CHECK_THROWS_WITH(made(mf(), [](auto& o) { o.tune.patience = 0; }),
                    ContainsSubstring("environment: tune: a training needs"));
  CHECK_THROWS_AS(made(mf(), [](auto& o) { o.tune.max_steps = -1; }), ciess::argument_error);
  CHECK_THROWS_AS(made(plain(parts().train), [](auto& o) { o.nested_steps = 1; }),
                  ciess::argument_error);
}

TEST_CASE("an environment refuses data that do not belong together", "[search]") {
  const ciess::interactions other(3, 2, {{0, 1}, {1, 0}});
  CHECK_THROWS_WITH((ciess::recommender_environment(make<ciess::mf>(parts().train), other, other,
                                                    quick<ciess::mf>())),
                    ContainsSubstring("90 users"));
  auto o = quick<ciess::mf>();
  o.steps = -1;
  CHECK_THROWS_AS((ciess::recommender_environment(make<ciess::mf>(parts().train), parts().train,
                                                  parts().validation, o)),
                  ciess::argument_error);
  ciess::recommender_environment env(make<ciess::mf>(parts().train), parts().train,
                                     parts().validation, quick<ciess::mf>());
  CHECK_THROWS_AS(env.measure(ciess::assignment()), ciess::argument_error);
}

TEST_CASE("tables whose rows have one size count in the budget and stay whole", "[search]") {
  ciess::neumf::options mo;
  mo.range = {1, 12};
  mo.batch = 300;
  mo.network.mask_gmf = false;
  auto eo = quick<ciess::neumf>();
  eo.from = ciess::start::warm;
  ciess::recommender_environment env(ciess::neumf(parts().train, mo, 1), parts().train,
                                     parts().validation, eo);
  asked_ciess<> o;
  o.budgets = {0.4};
  o.episodes = 1;
  o.steps = 3;
  o.agent.hidden = {16};
  o.agent.batch = 64;
  const auto found = ciess::search(env, o, o.asked());
  const auto& sizes = found.sizes(0.4);
  CHECK(sizes.sparsity() >= 0.4);
  for (const std::size_t t : {2U, 3U}) CHECK(sizes[t].total() == sizes[t].dense());
  CHECK(sizes[0].total() < sizes[0].dense());
  o.budgets = {0.8};
  CHECK_THROWS_WITH(ciess::search(env, o, o.asked()),
                    ContainsSubstring("smallest sizes alone need"));
}

TEST_CASE("a whole search on a small recommender beats as many random sizes, and equal ones",
          "[search]") {
  const auto data = ciess::split_interactions(
      ciess::make_synthetic(
          {.users = 90, .items = 60, .interactions = 2500, .factors = 6, .seed = 3})
          .data,
      {}, 1);
  ciess::lightgcn::options mo;
  mo.range = {1, 24};
  mo.batch = 300;
  auto eo = quick<ciess::lightgcn>();
  eo.from = ciess::start::warm;
  eo.steps = 5;
  ciess::recommender_environment env(ciess::lightgcn(data.train, mo, 1), data.train,
                                     data.validation, eo);
  const auto quality = [&](const ciess::proposal& p) {
    const auto limit = ciess::budget::from_sparsity(0.9, env.shapes());
    return env.measure(ciess::project(env.shapes(), p, limit)).quality;
  };
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    asked_ciess<> o;  // nothing is given: what it measures is its own
    o.budgets = {0.9};
    o.episodes = 4;
    o.steps = 5;
    o.seed = seed;
    o.agent.hidden = {16};
    o.agent.batch = 64;
    o.agent.gamma = 0;
    o.state = ciess::paper_state({.log_frequency = true});
    o.guide = {.blend = 0.8, .tilt = 0.2};
    const auto found = ciess::search(env, o, o.asked());
    double random = 0;
    for (int k = 0; k < found.steps; ++k)
      random = std::max(random, quality(ciess::random_proposal(
                                    env.shapes(), 100 * seed + static_cast<std::uint64_t>(k))));
    CAPTURE(seed, random);
    CHECK(found.best_of(0.9).quality > random);
    CHECK(found.best_of(0.9).quality > quality(ciess::equal_proposal(env.shapes())));
  }
}

TEMPLATE_TEST_CASE("the full-size tables are those that a warm start cuts", "[search]", ciess::ials,
                   ciess::lightgcn, ciess::neumf) {
  ciess::recommender_environment<TestType> env(make<TestType>(parts().train), parts().train,
                                               parts().validation, quick<TestType>());
  CHECK_THROWS_AS(env.full_table(0), ciess::argument_error);
  env.full_after(20);
  REQUIRE(env.shapes().size() == (std::is_same_v<TestType, ciess::neumf> ? 4 : 2));
  for (std::size_t t = 0; t < env.shapes().size(); ++t) {
    REQUIRE(env.full_table(t).rows() == env.shapes()[t].rows);
    CHECK(env.full_table(t) == env.model().table(t).values());
  }
  // other sizes and trainings leave them alone
  const ciess::matrix before = env.full_table(1);
  env.measure(ciess::assignment(env.shapes()));
  CHECK(env.full_table(1) == before);
  CHECK(env.model().table(1).values() != before);
}

TEST_CASE("columns of few bits are mixed after a cut, where a model can", "[search]") {
  auto o = quick<ciess::ials>();
  o.from = ciess::start::warm;
  o.steps = 0;
  const auto unevenness = [&](ciess::number_format format) {
    o.stored_as = format;
    ciess::recommender_environment<ciess::ials> env(make<ciess::ials>(parts().train), parts().train,
                                                    parts().validation, o);
    env.measure(ciess::project(env.shapes(), ciess::equal_proposal(env.shapes()),
                               ciess::budget::from_sparsity(0.5, env.shapes())));
    Eigen::VectorXf energy = Eigen::VectorXf::Zero(6);
    for (std::size_t t = 0; t < 2; ++t)
      energy += env.model().table(t).values().leftCols(6).colwise().squaredNorm().transpose();
    return energy.maxCoeff() / energy.mean();
  };
  const float as_cut = unevenness(ciess::number_format::eight_bits);
  CHECK(as_cut > 1.6F);  // principal axes
  CHECK(unevenness(ciess::number_format::three_bits) < 0.85F * as_cut);
}

TEST_CASE("weights are refused by a backbone that does not say that it uses them", "[search]") {
  const auto weighted = with_weights(parts().train, 1);
  const auto& bare = parts().train;
  const auto& held_out = parts().validation;
  const auto refusal = ContainsSubstring("training data have weights, and this backbone does not");
  CHECK_THROWS_AS((ciess::recommender_environment(plain(weighted), weighted, held_out, {})),
                  ciess::argument_error);
  CHECK_THROWS_WITH((ciess::recommender_environment(plain(weighted), weighted, held_out, {})),
                    refusal);
  CHECK_THROWS_WITH(
      (ciess::recommender_environment(weighing<false>(weighted), weighted, held_out, {})), refusal);
  CHECK_NOTHROW(ciess::recommender_environment(weighing<true>(weighted), weighted, held_out, {}));
  CHECK_NOTHROW(ciess::recommender_environment(plain(bare), bare, held_out, {}));
  // A ranking takes no notice of held-out weights.
  const auto asked = with_weights(held_out, 1);
  CHECK_NOTHROW(ciess::recommender_environment(plain(bare), bare, asked, {}));
}

TEST_CASE("weights change what is trained, and a state of other weights is refused", "[search]") {
  const auto one = with_weights(parts().train, 1);
  const auto two = with_weights(parts().train, 2);
  const auto asked = with_weights(parts().validation, 1);
  const auto environment = [](const ciess::interactions& train,
                              const ciess::interactions& held_out) {
    return ciess::recommender_environment(make<ciess::mf>(train), train, held_out,
                                          quick<ciess::mf>());
  };
  auto first = environment(one, parts().validation);
  auto again = environment(one, parts().validation);
  auto other = environment(two, parts().validation);
  auto bare = environment(parts().train, parts().validation);
  auto weighted_validation = environment(one, asked);
  for (auto* env : {&first, &again, &other, &bare}) env->full_after(20);
  CHECK(first.full_table(0) == again.full_table(0));
  CHECK(first.full_table(0) != other.full_table(0));
  CHECK(first.full_table(0) != bare.full_table(0));
  const auto conditions = [](auto& env) {
    fields_writer all;
    env.visit_conditions(all);
    return all.saved;
  };
  CHECK(conditions(first) == conditions(again));
  CHECK(conditions(first) != conditions(other));
  CHECK(conditions(first) != conditions(bare));
  CHECK(conditions(first) != conditions(weighted_validation));
}

TEMPLATE_TEST_CASE("sized tables are measured as they will be stored, the full ones are not",
                   "[search]", ciess::mf, ciess::ials, ciess::lightgcn, ciess::neumf) {
  auto options = quick<TestType>();
  ciess::recommender_environment<TestType> exact(make<TestType>(parts().train), parts().train,
                                                 parts().validation, options);
  options.stored_as = ciess::number_format::two_bits;
  options.from = ciess::start::warm;
  options.steps = 3;
  if (!ciess::rotatable_backbone<TestType> && ciess::nestable_backbone<TestType>)
    options.nested_steps = 5;
  ciess::recommender_environment<TestType> env(make<TestType>(parts().train), parts().train,
                                               parts().validation, options);
  CHECK(env.stored_as() == ciess::number_format::two_bits);
  CHECK(exact.stored_as() == ciess::number_format::float32);
  CHECK(env.full().quality == exact.full().quality);
  const auto sizes = ciess::project(env.shapes(), ciess::equal_proposal(env.shapes()),
                                    ciess::budget_in_bytes(env.shapes(), env.stored_as(), 0.9));
  const double measured = env.measure(sizes).quality;
  // What the model holds, rounded and judged as floats, is what was measured.
  auto model = env.model();
  auto state = model.snapshot();
  for (auto& table : state.weights.tables) ciess::round_as(table, env.stored_as().of(0));
  model.store_as(ciess::number_format::float32);
  model.restore(state);
  CHECK(env.judged_by().quality(ciess::ranking_judge(env.judged_by()).judge(model)) == measured);

  (void)env.retrain(sizes);
  CHECK(env.model().stored_as() == ciess::number_format::two_bits);
  CHECK(env.measure(sizes).quality == measured);  // the same every time
  CHECK(env.warm_copy().stored_as() == ciess::number_format::float32);
  (void)env.full_after(3);
  CHECK(env.model().stored_as() == ciess::number_format::float32);
}

TEMPLATE_TEST_CASE("tables are measured in formats of their own", "[search]", ciess::mf,
                   ciess::ials, ciess::neumf) {
  auto options = quick<TestType>();
  std::vector<ciess::number_format> each{ciess::number_format::three_bits,
                                         ciess::number_format::two_bits};
  if (make<TestType>(parts().train).shapes().size() == 4)
    each = {ciess::number_format::three_bits, ciess::number_format::two_bits,
            ciess::number_format::float32, ciess::number_format::four_bits};
  options.stored_as = ciess::table_formats(each);
  options.from = ciess::start::warm;
  options.steps = 3;
  if (!ciess::rotatable_backbone<TestType> && ciess::nestable_backbone<TestType>)
    options.nested_steps = 5;
  const auto environment = [&] {
    return ciess::recommender_environment<TestType>(make<TestType>(parts().train), parts().train,
                                                    parts().validation, options);
  };
  auto env = environment();
  CHECK(env.stored_as() == options.stored_as);
  const std::int64_t bytes = ciess::least_unequal_bytes(env.shapes(), env.stored_as()) + 70;
  const auto sizes = ciess::project(env.shapes(), ciess::random_proposal(env.shapes(), 1),
                                    ciess::budget_in_bytes(env.shapes(), env.stored_as(), bytes));
  const double measured = env.measure(sizes).quality;
  // What is packed and unpacked is what was scored with, and takes what was counted.
  auto model = env.model();
  auto state = model.snapshot();
  std::int64_t packed_bytes = 0;
  for (std::size_t t = 0; t < each.size(); ++t)
    ciess::with_number(each[t], [&]<class N>() {
      const auto packed = ciess::pack<N>(env.model().table(t));
      packed_bytes += packed.view().memory().total();
      state.weights.tables[t] = ciess::masked_table(sizes[t], packed.view().dense());
    });
  CHECK(packed_bytes == ciess::packed_bytes(sizes, env.stored_as()));
  CHECK(packed_bytes <= bytes);
  model.store_as(ciess::number_format::float32);
  model.restore(state);
  CHECK(env.judged_by().quality(ciess::ranking_judge(env.judged_by()).judge(model)) == measured);
  // The full-size model is one of floats, and shared; what measurements depend on is the formats.
  memory_store store;
  store.save("full", env);
  auto again = environment();
  REQUIRE(store.load("full", again));
  CHECK(again.measure(sizes).quality == measured);
  auto before = environment();
  CHECK(before.full().quality == env.full().quality);
  const ciess::threads pool(2);
  CHECK(before.measure(sizes).quality == measured);

  options.stored_as = {ciess::number_format::three_bits, ciess::number_format::two_bits,
                       ciess::number_format::two_bits};
  CHECK_THROWS_WITH(environment(),
                    ContainsSubstring("environment: number formats for 3 tables, expected"));
}

TEST_CASE("environments of several formats can share a full-size model", "[search]") {
  auto options = quick<ciess::mf>();
  options.from = ciess::start::warm;
  options.steps = 3;
  const auto of = [&](ciess::number_format format) {
    options.stored_as = format;
    return ciess::recommender_environment<ciess::mf>(make<ciess::mf>(parts().train), parts().train,
                                                     parts().validation, options);
  };
  auto floats = of(ciess::number_format::float32);
  memory_store store;
  store.save("full", floats);
  auto alone = of(ciess::number_format::three_bits), shared = of(ciess::number_format::three_bits);
  REQUIRE(store.load("full", shared));
  const auto sizes =
      ciess::project(shared.shapes(), ciess::equal_proposal(shared.shapes()),
                     ciess::budget_in_bytes(shared.shapes(), shared.stored_as(), 0.9));
  CHECK(shared.measure(sizes).quality == alone.measure(sizes).quality);
  CHECK(shared.measure(sizes).quality != floats.measure(sizes).quality);
  // What it does depend on is still compared.
  ++options.seed;
  auto other = of(ciess::number_format::float32);
  CHECK_THROWS_AS(store.load("full", other), ciess::data_error);
}

TEST_CASE("a backbone that cannot round is not judged as it will be stored", "[search]") {
  auto options = quick<plain>();
  options.stored_as = ciess::number_format::eight_bits;
  CHECK_THROWS_WITH(ciess::recommender_environment<plain>(plain(parts().train), parts().train,
                                                          parts().validation, options),
                    ContainsSubstring("store_as(formats)"));
}

TEST_CASE("a search for bytes uses them, in whole bytes of few bits", "[search]") {
  auto options = quick<ciess::mf>();
  options.from = ciess::start::warm;
  options.steps = 2;
  options.stored_as = ciess::number_format::four_bits;
  ciess::recommender_environment<ciess::mf> env(make<ciess::mf>(parts().train), parts().train,
                                                parts().validation, options);
  const double removed = 0.88;
  ciess::ciess_sizer<> how;
  how.episodes = 2;
  how.steps = 6;
  how.agent.hidden = {16, 8};  // what the sizes are is all the same here
  how.agent.batch = 64;
  const auto found = ciess::search(env, how, {.budgets = {removed}, .of = ciess::budget_of::bytes});
  const auto& sizes = found.sizes(removed);
  const std::int64_t allowed = 4 * 12 * 150 * 12 / 100;
  CHECK(ciess::packed_bytes(sizes, env.stored_as()) <= allowed);
  CHECK(ciess::packed_bytes(sizes, env.stored_as()) > allowed - 2);
  for (std::size_t t = 0; t < 2; ++t)
    for (const int size : sizes[t].values()) CHECK(size % 2 == 0);
}
