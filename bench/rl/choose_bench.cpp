// SPDX-License-Identifier: MIT
// Choosing sizes for 10 thousand to 10 million rows, all in different states, beside what the plain
// way would take at least: its products alone, with nothing but registers and the L1 at work.
#include <ciess/rl/choose.hpp>

#include <benchmark/benchmark.h>

#include <fstream>
#include <string>
#include <vector>

#include <ciess/core/threads.hpp>
#include <ciess/rl/noise.hpp>
#include <ciess/rl/random_walk.hpp>
#include <ciess/rl/td3.hpp>

#include "support/ceilings.hpp"

namespace {

using ciess_bench::drawn;

// The most memory that the process has held since `forget_peak`, in bytes; 0 where there is no
// /proc.
void forget_peak() { std::ofstream("/proc/self/clear_refs") << 5; }
double peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (double kib = 0; word == "VmHWM:" && status >> kib) return 1024 * kib;
  return 0;
}

// The flops of the plain way.
void count(benchmark::State& state) {
  const double flops = ciess_bench::choosing_flops() * static_cast<double>(state.range(0));
  state.counters["GFLOP/s"] =
      benchmark::Counter(1e-9 * flops, benchmark::Counter::kIsIterationInvariantRate);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void choose_sizes(benchmark::State& state) {
  const ciess::threads pool(static_cast<int>(state.range(1)));
  const ciess::index_t rows = state.range(0);
  const ciess::matrix states = drawn(rows, 3);
  const ciess::td3 policy(3, {}, {}, 1);
  ciess::gaussian_noise noise;
  const ciess::random_walk walk;
  const ciess::random_stream stream(1, ciess::purpose::walk);
  std::vector<int> out(static_cast<std::size_t>(rows));
  std::uint64_t step = 0;
  forget_peak();
  const double before = peak_memory();
  for (auto _ : state) {
    ciess::choose_sizes(policy, noise, walk, states, ciess::size_range{}, stream, step++, out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  state.counters["scratch_MiB"] = (peak_memory() - before) / (1 << 20);
  count(state);
}

// The products of the plain way.
void products_alone(benchmark::State& state) {
  const ciess::threads pool(static_cast<int>(state.range(1)));
  ciess_bench::block_products multiply(
      (1 + ciess_bench::different_candidates) * static_cast<double>(state.range(0)), 256);
  for (auto _ : state) {
    multiply();
    benchmark::ClobberMemory();
  }
  count(state);
}

void sizes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"rows", "threads"})->UseRealTime()->MeasureProcessCPUTime();
  b->Unit(benchmark::kMillisecond);
  for (const int rows : {10'000, 100'000, 1'000'000, 10'000'000})
    for (const int threads : {1, 2}) b->Args({rows, threads});
}

BENCHMARK(choose_sizes)->Apply(sizes);
BENCHMARK(products_alone)->Apply(sizes);

}  // namespace
