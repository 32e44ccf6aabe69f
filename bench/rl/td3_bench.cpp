// SPDX-License-Identifier: MIT
// One update of TD3 and DDPG at the paper's sizes, beside the matrix products in it alone.
#include <ciess/rl/td3.hpp>

#include <benchmark/benchmark.h>

#include <vector>

#include <ciess/core/threads.hpp>
#include <ciess/rl/ddpg.hpp>

#include "support/ceilings.hpp"

namespace {

constexpr ciess::index_t batch = 4096;
using ciess_bench::drawn;

void count(benchmark::State& state, double passes) {
  const double pass = batch * ciess_bench::network_flops(4);
  state.counters["GFLOP/s"] =
      benchmark::Counter(1e-9 * passes * pass, benchmark::Counter::kIsIterationInvariantRate);
}

template <class Policy>
void update(benchmark::State& state, double passes) {
  const ciess::threads pool(static_cast<int>(state.range(0)));
  constexpr ciess::index_t rows = 10'000;
  ciess::replay_buffer replay(3, 100 * rows);
  const std::vector<float> sizes(rows, 30.0F);
  const std::vector<float> rewards(rows, 0.5F);
  for (int i = 0; i < 100; ++i) replay.push(drawn(rows, 3), sizes, rewards, drawn(rows, 3));
  Policy policy(3, {}, {}, 1);
  std::uint64_t step = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(policy.update(replay, step));
    benchmark::DoNotOptimize(policy.update(replay, step + 1));
    step += 2;
  }
  count(state, 2 * passes);  // an iteration is two updates: one with the actor, one without
}

void td3_two_updates(benchmark::State& state) {
  update<ciess::td3>(state, ciess_bench::td3_passes);
}
void ddpg_two_updates(benchmark::State& state) {
  update<ciess::ddpg>(state, ciess_bench::ddpg_passes);
}

void products_alone(benchmark::State& state) {
  const ciess::threads pool(static_cast<int>(state.range(0)));
  ciess_bench::block_products multiply(2 * ciess_bench::td3_passes * batch, 256);
  for (auto _ : state) {
    multiply();
    benchmark::ClobberMemory();
  }
  count(state, 2 * ciess_bench::td3_passes);
}

void threads(benchmark::internal::Benchmark* b) {
  b->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime()->MeasureProcessCPUTime();
  b->Unit(benchmark::kMillisecond);
}

BENCHMARK(td3_two_updates)->Apply(threads);
BENCHMARK(ddpg_two_updates)->Apply(threads);
BENCHMARK(products_alone)->Apply(threads);

}  // namespace
