// SPDX-License-Identifier: MIT
// AUC and log-loss of ten million impressions, and all figures of a click model with those of the
// rows of 26 fields, beside the plain way of the first: sort all with std::sort and count.
#include <ciess/ranking/evaluate_clicks.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include <ciess/core/random.hpp>
#include <ciess/core/threads.hpp>

namespace {

struct predictions {
  std::vector<float> log_odds;
  std::vector<std::uint8_t> labels;
};

/// Of a normal law, a third of them clicked, those with larger log odds more often.
const predictions& data(std::int64_t n) {
  static std::map<std::int64_t, predictions> made;
  predictions& p = made[n];
  if (!p.labels.empty()) return p;
  auto engine = ciess::random_stream(1, ciess::purpose::user).at(0);
  for (std::int64_t i = 0; i < n; ++i) {
    const float x = ciess::normal(engine);
    p.log_odds.push_back(2 * x - 1);
    p.labels.push_back(x + ciess::normal(engine) > 0.6F ? 1 : 0);
  }
  return p;
}

const ciess::impressions& shown(std::int64_t n) {
  static std::map<std::int64_t, ciess::impressions> made;
  const auto found = made.find(n);
  if (found != made.end()) return found->second;
  auto engine = ciess::random_stream(2, ciess::purpose::user).at(0);
  ciess::impressions::parts p;
  for (int k = 0; k < 26; ++k) p.fields.push_back({"field", 10 << (k % 15), false});
  for (std::int64_t i = 0; i < n; ++i)
    for (const auto& f : p.fields) {
      const float u = ciess::uniform01(engine);
      p.single.push_back(static_cast<ciess::row_id>(u * u * static_cast<float>(f.rows - 1)));
    }
  p.labels = data(n).labels;
  return made.emplace(n, ciess::impressions(std::move(p))).first->second;
}

// Arguments: threads, impressions.
void auc(benchmark::State& state) {
  const auto& p = data(state.range(1));
  const ciess::threads pool(static_cast<int>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(ciess::auc(p.log_odds, p.labels));
}
BENCHMARK(auc)
    ->ArgNames({"threads", "n"})
    ->ArgsProduct({{1, 2}, {10'000, 50'000, 10'000'000}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void auc_sorted(benchmark::State& state) {
  const auto& p = data(state.range(1));
  for (auto _ : state)
    benchmark::DoNotOptimize(ciess::detail::count_pairs_of_few(p.log_odds, p.labels));
}
BENCHMARK(auc_sorted)
    ->ArgNames({"threads", "n"})
    ->ArgsProduct({{1}, {10'000, 50'000, 10'000'000}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void log_loss(benchmark::State& state) {
  const auto& p = data(state.range(1));
  const ciess::threads pool(static_cast<int>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(ciess::log_loss(p.log_odds, p.labels));
}
BENCHMARK(log_loss)
    ->ArgNames({"threads", "n"})
    ->ArgsProduct({{1, 2}, {10'000'000}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void click_figures(benchmark::State& state) {
  const auto& part = shown(state.range(1));
  const auto& p = data(state.range(1));
  const ciess::threads pool(static_cast<int>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(ciess::evaluate_log_odds(part, p.log_odds).auc);
}
BENCHMARK(click_figures)
    ->ArgNames({"threads", "n"})
    ->ArgsProduct({{1, 2}, {1'000'000}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
