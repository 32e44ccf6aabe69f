// SPDX-License-Identifier: MIT
// Budgets spent by value, beside what needs no threshold search: one pass that counts the numbers
// that reach a given value.
#include <ciess/core/random.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/search/budget/value_curves.hpp>

#include <cmath>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

namespace {

std::vector<ciess::table_shape> shapes_of(ciess::index_t rows) { return {{rows, {1, 128}}}; }

/// Rows that differ in height and in how fast they fall.
ciess::value_curves curves_of(ciess::index_t rows) {
  const ciess::random_stream stream(1, ciess::purpose::user);
  ciess::matrix m(rows, 128);
  for (ciess::index_t r = 0; r < rows; ++r) {
    auto engine = stream.at(0, static_cast<std::uint64_t>(r));
    const auto [a, b] = ciess::normal_pair<double>(engine);
    const double fall = std::exp(-std::exp(b) / 16);
    double v = std::exp(a);
    for (ciess::index_t j = 0; j < 128; ++j, v *= fall) m(r, j) = static_cast<float>(v);
  }
  std::vector<ciess::matrix> values;
  values.push_back(std::move(m));
  return ciess::value_curves(std::move(values));
}

void project_by_value(benchmark::State& state) {
  const ciess::threads pool(static_cast<int>(state.range(1)));
  const auto shapes = shapes_of(state.range(0));
  const auto curves = curves_of(state.range(0));
  const auto limit = ciess::budget::from_sparsity(0.9, shapes);
  for (auto _ : state) benchmark::DoNotOptimize(ciess::project_by_value(shapes, curves, limit));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(project_by_value)
    ->ArgNames({"rows", "threads"})
    ->Args({70'000, 1})
    ->Args({70'000, 2})
    ->Args({1'000'000, 1})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void one_pass(benchmark::State& state) {
  const auto curves = curves_of(state.range(0));
  float threshold = 1;
  benchmark::DoNotOptimize(threshold);
  for (auto _ : state) benchmark::DoNotOptimize((curves[0].array() >= threshold).count());
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(one_pass)
    ->ArgName("rows")
    ->Arg(70'000)
    ->Arg(1'000'000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
