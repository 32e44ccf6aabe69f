// SPDX-License-Identifier: MIT
// One update of TD3 and DDPG at the paper's sizes, beside the matrix products in it alone.
#include <ciess/rl/td3.hpp>

#include <benchmark/benchmark.h>

#include <vector>

#include <ciess/core/threads.hpp>
#include <ciess/nn/detail/product.hpp>
#include <ciess/rl/ddpg.hpp>

namespace {

constexpr ciess::index batch = 4096;
constexpr ciess::index hidden = 256;
// Forward passes of a batch that an update costs on average (a backward pass counts two, for the
// inputs only one): two targets and the actor's, two critics; every second time the actor through
// the critic.
constexpr double td3_passes = 3 + 2 * 3 + (1 + 1 + 1 + 2) / 2.0;
constexpr double ddpg_passes = 2 + 3 + (1 + 1 + 1 + 2);

ciess::matrix drawn(ciess::index rows, ciess::index columns) {
  ciess::matrix m(rows, columns);
  auto engine = ciess::random_stream(1, ciess::purpose::user).at(0);
  for (float& x : m.reshaped()) x = ciess::uniform(engine, -1.0F, 1.0F);
  return m;
}

void count(benchmark::State& state, double passes) {
  const double pass = 2.0 * batch * (4 * hidden + hidden * hidden + hidden);
  state.counters["GFLOP/s"] =
      benchmark::Counter(1e-9 * passes * pass, benchmark::Counter::kIsIterationInvariantRate);
}

template <class Policy>
void update(benchmark::State& state, double passes) {
  const ciess::threads pool(static_cast<int>(state.range(0)));
  constexpr ciess::index rows = 10'000;
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

void td3_two_updates(benchmark::State& state) { update<ciess::td3>(state, td3_passes); }
void ddpg_two_updates(benchmark::State& state) { update<ciess::ddpg>(state, ddpg_passes); }

void products_alone(benchmark::State& state) {
  const ciess::threads pool(static_cast<int>(state.range(0)));
  constexpr ciess::index block = 256;
  const auto blocks = static_cast<ciess::index>(2 * td3_passes * batch / block);
  const ciess::matrix x = drawn(8 * block, hidden);
  const ciess::matrix w = drawn(hidden, hidden);
  ciess::detail::packed_factor<float> packed;
  packed.pack(w.data(), hidden, hidden, hidden, 1);
  ciess::matrix y(8 * block, hidden);
  for (auto _ : state) {
    ciess::parallel_for(8, 1, [&](ciess::index lane, ciess::index) {
      for (ciess::index b = lane; b < blocks; b += 8) {
        packed.multiply<false>(x.row(lane * block).data(), block, hidden, 1,
                               y.row(lane * block).data(), hidden);
        benchmark::ClobberMemory();
      }
    });
  }
  count(state, 2 * td3_passes);
}

void threads(benchmark::internal::Benchmark* b) {
  b->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime()->MeasureProcessCPUTime();
  b->Unit(benchmark::kMillisecond);
}

BENCHMARK(td3_two_updates)->Apply(threads);
BENCHMARK(ddpg_two_updates)->Apply(threads);
BENCHMARK(products_alone)->Apply(threads);

}  // namespace
