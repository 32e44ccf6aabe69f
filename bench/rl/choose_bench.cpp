// SPDX-License-Identifier: MIT
// Choosing sizes for 10 thousand to 10 million rows, all in different states, beside what the plain
// way would take at least: its products alone, with nothing but registers and the L1 at work.
#include <ciess/rl/choose.hpp>

#include <benchmark/benchmark.h>

#include <fstream>
#include <string>
#include <vector>

#include <ciess/core/threads.hpp>
#include <ciess/nn/detail/product.hpp>
#include <ciess/rl/noise.hpp>
#include <ciess/rl/random_walk.hpp>
#include <ciess/rl/td3.hpp>

namespace {

constexpr ciess::index hidden = 256;
constexpr double candidates = 4.4;  // different ones of a row, of 6

// The most memory that the process has held since `forget_peak`, in bytes; 0 where there is no
// /proc.
void forget_peak() { std::ofstream("/proc/self/clear_refs") << 5; }
double peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (double kib = 0; word == "VmHWM:" && status >> kib) return 1024 * kib;
  return 0;
}

ciess::matrix drawn(ciess::index rows, ciess::index columns) {
  ciess::matrix m(rows, columns);
  auto engine = ciess::random_stream(1, ciess::purpose::user).at(0);
  for (float& x : m.reshaped()) x = ciess::uniform(engine, -1.0F, 1.0F);
  return m;
}

// The flops of the plain way: the actor once and the critic for every different candidate.
void count(benchmark::State& state) {
  const double row = 2 * (3 * hidden + hidden * hidden + hidden) +
                     candidates * 2 * (4 * hidden + hidden * hidden + hidden);
  state.counters["GFLOP/s"] = benchmark::Counter(1e-9 * row * static_cast<double>(state.range(0)),
                                                 benchmark::Counter::kIsIterationInvariantRate);
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

// The plain way's products, as fast as they are here: blocks of rows times [256, 256], from and
// into memory that stays in cache.
void products_alone(benchmark::State& state) {
  const ciess::threads pool(static_cast<int>(state.range(1)));
  constexpr ciess::index block = 256;
  const auto blocks =
      static_cast<ciess::index>((1 + candidates) * static_cast<double>(state.range(0)) / block) + 1;
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
