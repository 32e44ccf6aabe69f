// SPDX-License-Identifier: MIT
// Losses of one batch and their slopes, 128 columns: softmax over 3,706 items for 2,048 examples,
// over 4,096 candidates for 4,096, and scalable cross-entropy over a million items. Beside them the
// straightforward way: all scores at once by Eigen. `flops` are those of three products; of the
// scalable one, those of finding the buckets' items.
#include <ciess/core/random.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/nn/detail/softmax_kernel.hpp>
#include <ciess/nn/scalable_softmax.hpp>

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

namespace {

constexpr ciess::index_t d = 128;

void count(benchmark::State& state, double flops) {
  state.counters["flops"] =
      benchmark::Counter(flops, benchmark::Counter::kIsIterationInvariantRate);
}

void arguments(benchmark::internal::Benchmark* b) {
  b->ArgNames({"threads", "examples", "candidates"})->Unit(benchmark::kMillisecond)->UseRealTime();
  for (const int threads : {1, 2})
    for (const auto& [examples, candidates] : {std::pair(2048, 3706), std::pair(4096, 4096)})
      b->Args({threads, examples, candidates});
}

/// @param keep  whether scores are kept for the second sweep
void softmax(benchmark::State& state, bool keep) {
  const ciess::threads pool(static_cast<int>(state.range(0)));
  const ciess::index_t n = state.range(1);
  const ciess::index_t m = state.range(2);
  const ciess::matrix users = 0.1F * ciess::matrix::Random(n, d);
  const ciess::matrix items = 0.1F * ciess::matrix::Random(m, d);
  ciess::matrix user_slopes(n, d);
  ciess::matrix item_slopes(m, d);
  const ciess::detail::softmax_inputs<float> in{.examples = n,
                                                .candidates = m,
                                                .columns = d,
                                                .users = users.data(),
                                                .positives = users.data(),
                                                .items = items.data(),
                                                .stride = d};
  using kernel_type = ciess::detail::softmax_kernel<float>;
  kernel_type kernel(keep ? kernel_type::keep_most : 0);
  const auto nothing = [](auto...) {};
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        kernel.users(in, nothing, 1 / static_cast<float>(n), user_slopes.data()));
    kernel.items(in, nothing, item_slopes.data(), d);
    benchmark::DoNotOptimize(item_slopes.data());
  }
  count(state, 6.0 * static_cast<double>(n * m * d));
}
void softmax_kept(benchmark::State& state) { softmax(state, true); }
void softmax_made_twice(benchmark::State& state) { softmax(state, false); }
BENCHMARK(softmax_kept)->Apply(arguments);
BENCHMARK(softmax_made_twice)->Apply(arguments);

void softmax_at_once(benchmark::State& state) {
  const ciess::index_t n = state.range(1);
  const ciess::index_t m = state.range(2);
  const ciess::matrix users = 0.1F * ciess::matrix::Random(n, d);
  const ciess::matrix items = 0.1F * ciess::matrix::Random(m, d);
  ciess::matrix scores(n, m);
  ciess::matrix user_slopes(n, d);
  ciess::matrix item_slopes(m, d);
  for (auto _ : state) {
    scores.noalias() = users * items.transpose();
    for (ciess::index_t r = 0; r < n; ++r) {
      auto row = scores.row(r).array();
      row = (row - row.maxCoeff()).exp();
      row /= row.sum() * static_cast<float>(n);
    }
    user_slopes.noalias() = scores * items;
    item_slopes.noalias() = scores.transpose() * users;
    benchmark::DoNotOptimize(user_slopes.data());
    benchmark::DoNotOptimize(item_slopes.data());
  }
  count(state, 6.0 * static_cast<double>(n * m * d));
}
BENCHMARK(softmax_at_once)
    ->ArgNames({"threads", "examples", "candidates"})
    ->Args({1, 2048, 3706})
    ->Args({1, 4096, 4096})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void scalable(benchmark::State& state) {
  const ciess::threads pool(static_cast<int>(state.range(0)));
  constexpr ciess::row_id users = 20'000;
  constexpr ciess::row_id items = 1'000'000;
  constexpr std::size_t n = 2048;
  std::vector<ciess::interaction> pairs;
  for (ciess::row_id u = 0; u < users; ++u) pairs.push_back({u, 37 * u});
  const ciess::interactions data(users, items, pairs);
  ciess::triples batch;
  for (ciess::row_id b = 0; b < static_cast<ciess::row_id>(n); ++b) {
    batch.users.push_back(b);
    batch.positives.push_back(37 * b);
    batch.negatives.push_back(37 * b + 1);
  }
  const ciess::matrix user_vectors = 0.1F * ciess::matrix::Random(users, d);
  const ciess::matrix item_vectors = 0.1F * ciess::matrix::Random(items, d);
  ciess::matrix user_slopes(users, d);
  ciess::matrix item_slopes(items, d);
  ciess::scalable_softmax<float> loss(data, {});
  ciess::named_rows rows;
  const ciess::random_stream stream(1, ciess::purpose::candidates);
  for (auto _ : state) {
    rows.clear(users, items);
    loss.begin(batch, stream, 0, rows);
    benchmark::DoNotOptimize(
        loss(batch, {&user_vectors, &item_vectors}, {&user_slopes, &item_slopes}, d));
  }
  count(state, 2.0 * std::ceil(2 * std::sqrt(static_cast<double>(n))) * items * d);
}
BENCHMARK(scalable)
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(2)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
