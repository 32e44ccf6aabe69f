// SPDX-License-Identifier: MIT
// Scores of all pairs by NeuMF at the shape of MovieLens-1M: 6,040 users, 3,706 items, d = 128.
// `pairs` counts pairs a second: hold it against the ceiling.
#include <ciess/backbone/neumf.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/data/synthetic.hpp>

#include <algorithm>
#include <array>
#include <vector>

#include <benchmark/benchmark.h>

namespace {

constexpr ciess::index_t d = 128;

ciess::neumf& model() {
  static const auto data =
      ciess::make_synthetic({.users = 6040, .items = 3706, .interactions = 500'000}).data;
  static ciess::neumf made(data, {}, 1);
  return made;
}

void count(benchmark::State& state, ciess::index_t users, ciess::index_t items) {
  state.counters["pairs"] = benchmark::Counter(static_cast<double>(users * items),
                                               benchmark::Counter::kIsIterationInvariantRate);
}

/// Weights have changed each time, so that what is kept between calls is worked out as well.
void neumf_all_pairs(benchmark::State& state) {
  const ciess::threads pool(static_cast<int>(state.range(0)));
  const auto weights = model().snapshot();
  ciess::matrix block(512, model().items());
  for (auto _ : state) {
    model().restore(weights);
    for (ciess::index_t first = 0; first < model().users(); first += block.rows()) {
      const ciess::index_t n = std::min(block.rows(), model().users() - first);
      model().score(first, block.topRows(n));
      benchmark::DoNotOptimize(block.data());
    }
  }
  count(state, model().users(), model().items());
}
BENCHMARK(neumf_all_pairs)
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(2)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

/// The ceiling: an addition, a comparison and a multiplication with addition for each of d numbers
/// of each pair, on numbers that never leave the first cache.
void neumf_ceiling(benchmark::State& state) {
  const ciess::threads pool(static_cast<int>(state.range(0)));
  constexpr std::size_t lanes = 64;
  constexpr ciess::index_t repeats = 64;
  const std::vector<float> items(lanes * 16, 0.5F);
  const std::vector<float> own(d, -0.25F);
  std::vector<float> out(static_cast<std::size_t>(ciess::concurrency()) * 8 * lanes);
  const ciess::index_t chunks = ciess::concurrency() * 8;
  for (auto _ : state) {
    ciess::parallel_chunks(chunks, [&](ciess::index_t c) {
      for (ciess::index_t repeat = 0; repeat < repeats; ++repeat) {
        std::array<float, lanes> sum{};
        for (std::size_t k = 0; k < static_cast<std::size_t>(d); ++k)
          for (std::size_t j = 0; j < lanes; ++j) {
            const float x = own[k] + items[(k % 16) * lanes + j];
            sum[j] += own[k] * (x > 0 ? x : 0);
          }
        std::copy(sum.begin(), sum.end(), out.begin() + c * static_cast<std::ptrdiff_t>(lanes));
        benchmark::ClobberMemory();
      }
    });
  }
  count(state, chunks * repeats, static_cast<ciess::index_t>(lanes));
}
BENCHMARK(neumf_ceiling)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime();

/// The straightforward way on 32 users: both rows of every pair side by side, through the network.
void neumf_pair_by_pair(benchmark::State& state) {
  const ciess::threads pool(static_cast<int>(state.range(0)));
  const auto w = model().snapshot().weights;
  const float* const p = w.parameters.data();
  const Eigen::Map<const ciess::matrix> first(p, 2 * d, d);
  const Eigen::Map<const Eigen::RowVectorXf> bias(p + 2 * d * d, d);
  const Eigen::Map<const Eigen::VectorXf> top(p + 2 * d * d + d, 2 * d);
  const ciess::index_t items = model().items();
  constexpr ciess::index_t users = 32;
  ciess::matrix scores(users, items);
  for (auto _ : state) {
    ciess::parallel_for(users, 1, [&](ciess::index_t u, ciess::index_t) {
      ciess::matrix in(items, 2 * d);
      ciess::matrix out(items, 2 * d);
      in.leftCols(d).rowwise() = w.tables[0].values().row(u);
      in.rightCols(d) = w.tables[1].values();
      out.leftCols(d).noalias() = in * first;
      out.leftCols(d) = (out.leftCols(d).rowwise() + bias).cwiseMax(0);
      out.rightCols(d) =
          w.tables[3].values().array().rowwise() * w.tables[2].values().row(u).array();
      scores.row(u).noalias() = (out * top).transpose();
    });
    benchmark::DoNotOptimize(scores.data());
  }
  count(state, users, items);
}
BENCHMARK(neumf_pair_by_pair)
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(2)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
