// SPDX-License-Identifier: MIT
// Projection of a million proposed sizes onto a budget, beside what it cannot do without: one pass
// that scales, clips and sums them.
#include <ciess/core/threads.hpp>
#include <ciess/search/budget/projection.hpp>
#include <ciess/search/rules/simple.hpp>

#include <numeric>
#include <vector>

#include <benchmark/benchmark.h>

namespace {

std::vector<ciess::table_shape> shapes_of(ciess::index_t rows) {
  return {{rows / 2, {1, 128}}, {rows - rows / 2, {1, 128}}};
}

void project(benchmark::State& state) {
  const ciess::threads pool(static_cast<int>(state.range(1)));
  const auto shapes = shapes_of(state.range(0));
  const auto proposal = ciess::random_proposal(shapes, 1);
  const auto limit = ciess::budget::from_sparsity(0.9, shapes);
  for (auto _ : state) benchmark::DoNotOptimize(ciess::project(shapes, proposal, limit));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(project)
    ->ArgNames({"rows", "threads"})
    ->Args({10'000, 2})
    ->Args({1'000'000, 1})
    ->Args({1'000'000, 2})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void one_pass(benchmark::State& state) {
  const auto shapes = shapes_of(state.range(0));
  const auto proposal = ciess::random_proposal(shapes, 1);
  double scale = 0.2;
  benchmark::DoNotOptimize(scale);
  for (auto _ : state) {
    double sum = 0;
    for (const auto& table : proposal)
      for (const float p : table) sum += std::clamp(scale * double{p}, 1.0, 128.0);
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(one_pass)
    ->ArgName("rows")
    ->Arg(10'000)
    ->Arg(1'000'000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
