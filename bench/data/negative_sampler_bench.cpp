// SPDX-License-Identifier: MIT
// Drawing negatives, beside the usual rejection (draw until the item is new), for users who have
// seen a twenty-fifth, half and nearly all of the items.
#include <ciess/data/negative_sampler.hpp>

#include <vector>

#include <benchmark/benchmark.h>

namespace {

constexpr ciess::row_id users = 1000;
constexpr ciess::row_id items = 4000;

/// Every user has seen `state.range(0)` thousandths of the items.
ciess::interactions seen(const benchmark::State& state) {
  const auto stream = ciess::random_stream(1, ciess::purpose::user);
  std::vector<ciess::interaction> pairs;
  for (ciess::row_id u = 0; u < users; ++u) {
    auto engine = stream.at(0, static_cast<std::uint64_t>(u));
    for (ciess::row_id i = 0; i < items; ++i)
      if (bounded(engine, 1000) < static_cast<std::uint32_t>(state.range(0)))
        pairs.push_back({u, i});
  }
  return {users, items, pairs};
}

template <class Draw>
void run(benchmark::State& state, Draw draw) {
  auto engine = ciess::random_stream(1, ciess::purpose::batches).at(0);
  for (auto _ : state)
    for (ciess::row_id u = 0; u < users; ++u) benchmark::DoNotOptimize(draw(u, engine));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * users);
}

void by_rejection(benchmark::State& state) {  // the floor where little has been seen
  const auto data = seen(state);
  run(state, [&](ciess::row_id u, ciess::random_engine& engine) {
    for (;;) {
      const auto i = static_cast<ciess::row_id>(bounded(engine, items));
      if (!data.contains(u, i)) return i;
    }
  });
}
BENCHMARK(by_rejection)->Arg(40)->Arg(500)->Arg(980);

void negative_sampler(benchmark::State& state) {
  const auto data = seen(state);
  run(state, ciess::negative_sampler(data));
}
BENCHMARK(negative_sampler)->Arg(40)->Arg(500)->Arg(980);

}  // namespace
