// SPDX-License-Identifier: MIT
// One training step of each backbone, and one propagation, at the shape of MovieLens-1M: 6,040
// users, 3,706 items, half a million training pairs, d = 128, batch 10,000. CIESS_DATA=FILE
// measures on interactions of your own.
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/backbone/mf.hpp>
#include <ciess/backbone/neumf.hpp>
#include <ciess/backbone/ngcf.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/nn/propagation.hpp>
#include <ciess/search/rules/simple.hpp>

#include <cstddef>
#include <vector>

#include <benchmark/benchmark.h>

#include "support/ceilings.hpp"
#include "support/training_pairs.hpp"

namespace {

using ciess_bench::training_pairs;

/// @param removed  share of numbers removed, in percent; equal sizes
template <class Model>
void step(benchmark::State& state, const typename Model::options& o = {}) {
  const ciess::threads pool(static_cast<int>(state.range(0)));
  Model model(training_pairs(), o, 1);
  if (state.range(1) > 0) {
    const auto limit =
        ciess::budget::from_sparsity(static_cast<double>(state.range(1)) / 100, model.shapes());
    model.resize(ciess::project(model.shapes(), ciess::equal_proposal(model.shapes()), limit));
  }
  model.train(2);
  for (auto _ : state) benchmark::DoNotOptimize(model.train(1));
  state.counters["edges"] = static_cast<double>(training_pairs().size());
}
void mf_step(benchmark::State& state) { step<ciess::mf>(state); }
void lightgcn_step(benchmark::State& state) { step<ciess::lightgcn>(state); }
void lightgcn_bfloat16_step(benchmark::State& state) {
  ciess::lightgcn::options o;
  o.network.storage = ciess::gathered::bfloat16;
  step<ciess::lightgcn>(state, o);
}
void ngcf_step(benchmark::State& state) { step<ciess::ngcf>(state); }
void neumf_step(benchmark::State& state) { step<ciess::neumf>(state); }

void arguments(benchmark::internal::Benchmark* b) {
  b->ArgNames({"threads", "removed"})->Unit(benchmark::kMillisecond)->UseRealTime();
  for (const int threads : {1, 2})
    for (const int removed : {0, 80, 90, 95}) b->Args({threads, removed});
}
BENCHMARK(mf_step)->Apply(arguments);
BENCHMARK(lightgcn_step)->Apply(arguments);
BENCHMARK(lightgcn_bfloat16_step)->Apply(arguments);
BENCHMARK(ngcf_step)->Apply(arguments);
BENCHMARK(neumf_step)->Apply(arguments);

/// Three products of the graph with a table, what a step does twice. `read` counts a row of 128
/// numbers for each edge.
void propagation(benchmark::State& state) {
  const ciess::threads pool(static_cast<int>(state.range(0)));
  ciess::propagation<float> propagate(ciess::bipartite_graph(training_pairs()), 3);
  const ciess::matrix users = ciess::matrix::Random(training_pairs().users(), 128);
  const ciess::matrix items = ciess::matrix::Random(training_pairs().items(), 128);
  ciess::matrix user_vectors = users;
  ciess::matrix item_vectors = items;
  for (auto _ : state) {
    propagate({&users, &items}, {&user_vectors, &item_vectors}, 128);
    benchmark::ClobberMemory();
  }
  const auto bytes = static_cast<double>(3 * 2 * training_pairs().size() * 128 * 4);
  state.counters["read"] = benchmark::Counter(bytes, benchmark::Counter::kIsIterationInvariantRate,
                                              benchmark::Counter::kIs1024);
}
BENCHMARK(propagation)
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(2)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

/// The ceiling beside it: reading memory in order, 1 MiB a thread, from each core's own L2.
void read_ceiling(benchmark::State& state) {
  const ciess::threads pool(static_cast<int>(state.range(0)));
  ciess_bench::reader read(std::size_t{1} << 20, state.range(0),
                           static_cast<int>(64 / state.range(0)));
  for (auto _ : state) {
    read();
    benchmark::DoNotOptimize(read.sums().data());
    benchmark::ClobberMemory();
  }
  state.counters["read"] = benchmark::Counter(
      read.bytes(), benchmark::Counter::kIsIterationInvariantRate, benchmark::Counter::kIs1024);
}
BENCHMARK(read_ceiling)
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(2)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
