// SPDX-License-Identifier: MIT
// A sweep of iALS at the shape of MovieLens-1M: 6,040 users, 3,706 items, half a million pairs.
// Beside it the same equations by plain loops. `flops`: a pair's square of the sizes, half of a
// symmetric matrix, and a Cholesky decomposition a row. CIESS_DATA=FILE measures on interactions of
// your own.
#include <ciess/backbone/ials.hpp>
#include <ciess/core/threads.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <benchmark/benchmark.h>

#include "support/training_pairs.hpp"

namespace {

using ciess_bench::training_pairs;

/// A pair takes k^2 + k for both sides, and a row k^3 / 3 + 2 k^2.
void count_sweep(benchmark::State& state, double k) {
  const auto& data = training_pairs();
  const auto rows = static_cast<double>(data.users() + data.items());
  const double flops = 2 * static_cast<double>(data.size()) * (k * k + k) +
                       rows * (k * k * k / 3 + 2 * k * k) + rows * k * k;
  state.counters["flops"] =
      benchmark::Counter(flops, benchmark::Counter::kIsIterationInvariantRate);
}

void ials_sweep(benchmark::State& state) {
  const ciess::threads pool(static_cast<int>(state.range(0)));
  const auto d = static_cast<int>(state.range(1));
  ciess::ials::options o;
  o.range = {1, d};
  ciess::ials model(training_pairs(), o, 1);
  for (auto _ : state) benchmark::DoNotOptimize(model.train(1));
  count_sweep(state, d);
}
BENCHMARK(ials_sweep)
    ->ArgNames({"threads", "d"})
    ->ArgsProduct({{1, 2}, {16, 64, 128}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

/// One side, as somebody writes it who has no library: floats, loops that a compiler vectorises.
void solve_by_loops(ciess::matrix& rows, const ciess::matrix& others, bool users) {
  const auto& data = training_pairs();
  const ciess::ials::options o;
  const auto d = static_cast<std::size_t>(rows.cols());
  std::vector<float> gram(d * d, 0.0F);
  const auto add = [d](std::vector<float>& to, const float* h) {
    for (std::size_t i = 0; i < d; ++i)
      for (std::size_t j = 0; j <= i; ++j) to[i * d + j] += h[i] * h[j];
  };
  for (ciess::index_t c = 0; c < others.rows(); ++c) add(gram, others.row(c).data());
  std::vector<float> a(d * d);
  std::vector<float> b(d);
  for (ciess::index_t r = 0; r < rows.rows(); ++r) {
    const auto row = static_cast<ciess::row_id>(r);
    const auto pairs = users ? data.items_of(row) : data.users_of(row);
    for (std::size_t i = 0; i < d * d; ++i) a[i] = static_cast<float>(o.unobserved) * gram[i];
    const double penalty = o.penalty * (static_cast<double>(pairs.size()) +
                                        o.unobserved * static_cast<double>(others.rows()));
    for (std::size_t i = 0; i < d; ++i) a[i * d + i] += static_cast<float>(penalty);
    std::fill(b.begin(), b.end(), 0.0F);
    for (const auto c : pairs) {
      const float* h = others.row(c).data();
      add(a, h);
      for (std::size_t i = 0; i < d; ++i) b[i] += h[i];
    }
    for (std::size_t i = 0; i < d; ++i) {  // Cholesky, and forward
      for (std::size_t j = 0; j <= i; ++j) {
        float sum = a[i * d + j];
        for (std::size_t k = 0; k < j; ++k) sum -= a[i * d + k] * a[j * d + k];
        a[i * d + j] = i == j ? std::sqrt(sum) : sum / a[j * d + j];
      }
      for (std::size_t k = 0; k < i; ++k) b[i] -= a[i * d + k] * b[k];
      b[i] /= a[i * d + i];
    }
    for (std::size_t i = d; i-- > 0;) {
      for (std::size_t k = i + 1; k < d; ++k) b[i] -= a[k * d + i] * b[k];
      b[i] /= a[i * d + i];
    }
    std::copy(b.begin(), b.end(), rows.row(r).data());
  }
}

void ials_sweep_by_loops(benchmark::State& state) {
  const auto& data = training_pairs();
  const auto d = state.range(0);
  ciess::matrix users = 0.01F * ciess::matrix::Random(data.users(), d);
  ciess::matrix items = 0.01F * ciess::matrix::Random(data.items(), d);
  for (auto _ : state) {
    solve_by_loops(items, users, false);
    solve_by_loops(users, items, true);
    benchmark::DoNotOptimize(users.data());
  }
  count_sweep(state, static_cast<double>(d));
}
BENCHMARK(ials_sweep_by_loops)
    ->ArgName("d")
    ->Arg(16)
    ->Arg(64)
    ->Arg(128)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
