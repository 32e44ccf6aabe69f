// SPDX-License-Identifier: MIT
// Choosing sizes for 10 thousand and 1 million rows, beside the matrix products in it alone: the
// machine's ceiling.
#include <ciess/rl/choose.hpp>

#include <benchmark/benchmark.h>

#include <vector>

#include <ciess/core/threads.hpp>
#include <ciess/rl/noise.hpp>
#include <ciess/rl/random_walk.hpp>
#include <ciess/rl/td3.hpp>

#include "../support/ceilings.hpp"

namespace {

using ciess_bench::drawn;

void count(benchmark::State& state) {
  const double flops = ciess_bench::choosing_flops() * static_cast<double>(state.range(0));
  state.counters["GFLOP/s"] =
      benchmark::Counter(1e-9 * flops, benchmark::Counter::kIsIterationInvariantRate);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void choose_sizes(benchmark::State& state) {
  const ciess::threads pool(static_cast<int>(state.range(1)));
  const ciess::index rows = state.range(0);
  const ciess::matrix states = drawn(rows, 3);
  const ciess::td3 policy(3, {}, {}, 1);
  ciess::gaussian_noise noise;
  const ciess::random_walk walk;
  const ciess::random_stream stream(1, ciess::purpose::walk);
  std::vector<int> out(static_cast<std::size_t>(rows));
  std::uint64_t step = 0;
  for (auto _ : state) {
    ciess::choose_sizes(policy, noise, walk, states, ciess::size_range{}, stream, step++, out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  count(state);
}

// The ceiling: as many rows times [256, 256], seven times for the actor and six candidates.
void products_alone(benchmark::State& state) {
  const ciess::threads pool(static_cast<int>(state.range(1)));
  ciess_bench::block_products multiply(7 * static_cast<double>(state.range(0)), 256);
  for (auto _ : state) {
    multiply();
    benchmark::ClobberMemory();
  }
  count(state);
}

void sizes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"rows", "threads"})->UseRealTime()->MeasureProcessCPUTime();
  b->Unit(benchmark::kMillisecond);
  for (const int rows : {10'000, 1'000'000})
    for (const int threads : {1, 2}) b->Args({rows, threads});
}

BENCHMARK(choose_sizes)->Apply(sizes);
BENCHMARK(products_alone)->Apply(sizes);

}  // namespace
