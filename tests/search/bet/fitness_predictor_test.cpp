// SPDX-License-Identifier: MIT
#include <ciess/search/bet/fitness_predictor.hpp>
// its own header first
#include <map>

#include <ciess/nn/gradient_check.hpp>
#include <ciess/search/rules/simple.hpp>

#include "support/analytic_environment.hpp"
#include "support/catch.hpp"

namespace {

const ciess::random_stream stream(3, ciess::purpose::fitness);

struct five_kinds : analytic_environment {
  five_kinds() : analytic_environment(2, {9, 2, 1, 14, 5}, {1, 12}) {}
  std::size_t kind(std::size_t t) const { return t; }
};

ciess::assignment some_sizes(const auto& env, std::uint64_t seed) {
  const auto limit = ciess::budget::from_sparsity(0.6, env.shapes());
  return ciess::project(env.shapes(), ciess::random_proposal(env.shapes(), seed), limit);
}

std::vector<double> dense_layer(std::span<const double>& parameters, const std::vector<double>& x,
                                std::size_t outputs) {
  std::vector<double> y(outputs);
  for (std::size_t j = 0; j < outputs; ++j) {
    for (std::size_t i = 0; i < x.size(); ++i) y[j] += x[i] * parameters[i * outputs + j];
    y[j] += parameters[x.size() * outputs + j];
    if (y[j] < 0) y[j] *= 0.01;
  }
  parameters = parameters.subspan((x.size() + 1) * outputs);
  return y;
}

/// The predictor row by row, as the paper tells it.
double plain(std::span<const double> parameters, const analytic_environment& env,
             const ciess::assignment& sizes, std::size_t kinds) {
  const auto encode = [&](std::size_t kind, double f) {
    auto p = parameters.subspan(kind * 304);
    return dense_layer(p, dense_layer(p, {f}, 16), 16);
  };
  std::map<int, std::vector<std::vector<double>>> sets;
  for (std::size_t t = 0; t < sizes.size(); ++t) {
    const auto f = env.frequency(t);
    const double most = *std::ranges::max_element(f);
    for (ciess::index_t r = 0; r < sizes[t].rows(); ++r)
      sets[sizes[t][r]].push_back(encode(t, f[static_cast<std::size_t>(r)] / most));
  }
  std::vector<double> action(64);
  for (const auto& [size, codes] : sets) {
    std::vector<double> x(17);
    for (const auto& c : codes)
      for (std::size_t i = 0; i < 16; ++i) x[i] += c[i] / static_cast<double>(codes.size());
    x[16] = size / static_cast<double>(env.shapes()[0].range.max);
    auto p = parameters.subspan(kinds * 304);
    const auto vector = dense_layer(p, dense_layer(p, x, 64), 64);
    for (std::size_t i = 0; i < 64; ++i) action[i] += vector[i] / static_cast<double>(sets.size());
  }
  auto p = parameters.subspan(kinds * 304 + 5312);
  return dense_layer(p, dense_layer(p, action, 64), 1)[0];
}

struct learner {
  ciess::fitness_predictor<double> predictor;
  ciess::size_sets sets;
  std::vector<double> gradient = std::vector<double>(predictor.parameters().size());
  double differentiate() {
    predictor.learn_rows();
    return predictor.gradient(sets, 0.8, gradient);
  }
  template <class V>
  void visit_parameters(V&& visitor) {
    visitor("predictor", predictor.parameters(), std::span<const double>(gradient));
  }
};

}  // namespace

TEST_CASE("the predictor has the published number of parameters", "[search]") {
  const analytic_environment two(1, {4, 3}, {1, 128});
  const auto facts = ciess::facts_of(two);
  const ciess::row_ranks ranks(facts);
  CHECK(ciess::fitness_predictor<float>(ranks, stream).parameters().size() == 10'145);
  const five_kinds five;
  const auto more = ciess::facts_of(five);
  const ciess::row_ranks more_ranks(more);
  CHECK(ciess::fitness_predictor<float>(more_ranks, stream).parameters().size() ==
        10'145 + 3 * 304);
}

TEST_CASE("the predictor computes what it says, row by row", "[search]") {
  const five_kinds five;
  const analytic_environment two(1, {14, 11}, {1, 16});
  const auto check = [&](const auto& env, std::size_t kinds) {
    const auto facts = ciess::facts_of(env);
    const ciess::row_ranks ranks(facts);
    const ciess::fitness_predictor<double> predictor(ranks, stream);
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
      const auto sizes = some_sizes(env, seed);
      // Frequencies are whole numbers, of which few are nearly the same.
      CHECK(predictor.look(ciess::sets_of(ranks, sizes)).fitness ==
            Approx(plain(predictor.parameters(), env, sizes, kinds)).epsilon(1e-3));
    }
  };
  check(two, 2);
  check(five, 5);
}

TEST_CASE("the predictor's gradient is that of its error", "[search]") {
  const five_kinds five;
  const analytic_environment two(1, {90, 70}, {1, 8});
  const auto check = [&](const auto& env, std::uint64_t seed) {
    const auto facts = ciess::facts_of(env);
    const ciess::row_ranks ranks(facts);
    learner l{ciess::fitness_predictor<double>(ranks, stream.child(seed)),
              ciess::sets_of(ranks, some_sizes(env, seed))};
    l.predictor.parameters().back() = 1.5;  // a guess above 0, where nothing leaks
    const auto found = ciess::check_gradients(l, {.most = 1500});
    CAPTURE(found.where, found.gradient, found.difference);
    CHECK(found.largest > 0.01);
    CHECK(found.worst < 1e-5);
  };
  check(two, 1);
  check(five, 2);
}

TEST_CASE("the predictor learns what it is told", "[search]") {
  const analytic_environment env(1, {60, 40}, {1, 16});
  const auto facts = ciess::facts_of(env);
  const ciess::row_ranks ranks(facts);
  ciess::fitness_predictor<float> predictor(ranks, stream);
  std::vector<float> gradient(predictor.parameters().size());
  ciess::adam_moments<float> moments(gradient.size());
  const auto a = ciess::sets_of(ranks, some_sizes(env, 1));
  const auto b = ciess::sets_of(ranks, ciess::assignment(env.shapes()));
  for (int i = 1; i <= 400; ++i) {
    predictor.gradient(i % 2 ? a : b, i % 2 ? 0.7 : 0.9, gradient);
    moments.update({ciess::adam{}, 0.002, i}, predictor.parameters(), gradient);
    predictor.learn_rows();
  }
  CHECK(predictor.look(a).fitness == Approx(0.7).margin(0.02));
  CHECK(predictor.look(b).fitness == Approx(0.9).margin(0.02));
}
