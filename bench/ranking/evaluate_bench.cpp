// SPDX-License-Identifier: MIT
// Full ranking with metrics on the shape of MovieLens-1M (6,040 users, 3,706 items, 128 columns),
// beside the matrix product alone (the machine's ceiling) and beside the plain way: the product,
// then std::partial_sort.
#include <ciess/ranking/evaluate.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include <ciess/core/random.hpp>
#include <ciess/core/threads.hpp>

namespace {

using ciess::matrix;
using ciess::row_id;

constexpr ciess::index user_count = 6040;
constexpr ciess::index item_count = 3706;
constexpr ciess::index columns = 128;

struct setting {
  matrix users{user_count, columns};
  matrix items{item_count, columns};
  ciess::interactions train = draw(45, 3);     // about 82 a user, as half of MovieLens-1M
  ciess::interactions held_out = draw(90, 4);  // about 41

  setting() {
    const ciess::random_stream stream{1, ciess::purpose::user};
    for (auto [table, row] : {std::pair{&users, 0U}, std::pair{&items, 1U}}) {
      auto engine = stream.at(0, row);
      for (float& x : table->reshaped()) x = ciess::normal(engine);
    }
  }

  static ciess::interactions draw(std::uint32_t n, std::uint64_t seed) {
    const ciess::random_stream stream{seed, ciess::purpose::user};
    std::vector<ciess::interaction> pairs;
    for (row_id u = 0; u < user_count; ++u) {
      auto engine = stream.at(0, static_cast<std::uint64_t>(u));
      for (row_id i = 0; i < item_count; ++i)
        if (ciess::bounded(engine, n) == 0) pairs.push_back({u, i});
    }
    return ciess::interactions(user_count, item_count, pairs);
  }
};

const setting& data() {
  static const setting made;
  return made;
}

void count_flops(benchmark::State& state) {
  state.counters["GFLOP/s"] = benchmark::Counter(2e-9 * user_count * item_count * columns,
                                                 benchmark::Counter::kIsIterationInvariantRate);
}

/// The floor: all scores, nothing chosen. Blocks large enough for Eigen to run at its best.
void product_alone(benchmark::State& state) {
  const auto& [users, items, train, held_out] = data();
  const ciess::threads pool{static_cast<int>(state.range(0))};
  constexpr ciess::index rows = 256, width = 1024;
  std::vector<matrix> tiles((user_count + rows - 1) / rows, matrix(rows, width));
  for (auto _ : state) {
    ciess::parallel_for(user_count, rows, [&](ciess::index first, ciess::index last) {
      matrix& tile = tiles[static_cast<std::size_t>(first / rows)];
      for (ciess::index i = 0; i < item_count; i += width) {
        const ciess::index n = std::min(width, item_count - i);
        tile.topLeftCorner(last - first, n).noalias() =
            users.middleRows(first, last - first) * items.middleRows(i, n).transpose();
        benchmark::DoNotOptimize(tile.data());
      }
    });
  }
  count_flops(state);
}
BENCHMARK(product_alone)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

/// The plain way with the same product and the same threads.
void product_and_partial_sort(benchmark::State& state) {
  const auto& [users, items, train, held_out] = data();
  const ciess::threads pool{static_cast<int>(state.range(0))};
  std::vector<row_id> top(user_count * 20);
  for (auto _ : state) {
    ciess::parallel_for(user_count, 256, [&](ciess::index first, ciess::index last) {
      matrix scores = users.middleRows(first, last - first) * items.transpose();
      std::vector<row_id> order(item_count);
      for (ciess::index u = first; u < last; ++u) {
        float* const row = scores.row(u - first).data();
        for (const row_id i : train.items_of(static_cast<row_id>(u))) row[i] = -1e30F;
        std::iota(order.begin(), order.end(), 0);
        std::partial_sort(
            order.begin(), order.begin() + 20, order.end(),
            [row](row_id a, row_id b) { return row[a] != row[b] ? row[a] > row[b] : a < b; });
        std::copy_n(order.begin(), 20, top.begin() + u * 20);
      }
    });
    benchmark::DoNotOptimize(top.data());
  }
  count_flops(state);
}
BENCHMARK(product_and_partial_sort)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

void evaluate_vectors(benchmark::State& state) {
  const auto& [users, items, train, held_out] = data();
  const ciess::threads pool{static_cast<int>(state.range(0))};
  for (auto _ : state) {
    auto found = ciess::evaluate_vectors(users, items, train, held_out);
    benchmark::DoNotOptimize(found.mean);
  }
  count_flops(state);
}
BENCHMARK(evaluate_vectors)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

/// A model without vectors: the callback's product runs on one thread, the choice on all.
void evaluate_scores(benchmark::State& state) {
  const auto& [users, items, train, held_out] = data();
  const ciess::threads pool{static_cast<int>(state.range(0))};
  const auto score = [&](ciess::index first, ciess::matrix_span out) {
    out.noalias() = users.middleRows(first, out.rows()) * items.transpose();
  };
  for (auto _ : state) {
    auto found = ciess::evaluate_scores(score, train, held_out);
    benchmark::DoNotOptimize(found.mean);
  }
  count_flops(state);
}
BENCHMARK(evaluate_scores)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
