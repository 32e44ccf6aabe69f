// SPDX-License-Identifier: MIT
// Full ranking with metrics on the shapes of MovieLens-1M (6,040 users, 3,706 items) and Yelp2018
// (31,668 users, 38,048 items) with 128 columns and with the 26 or 12 that are left when 80 or 90 %
// are removed, beside the matrix product alone (Eigen's, and the tiles that the ranking is made of:
// its ceiling) and beside the plain way: the product, then std::partial_sort.
#include <ciess/ranking/evaluate.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include <ciess/core/random.hpp>
#include <ciess/core/threads.hpp>

namespace {

using ciess::matrix;
using ciess::row_id;

struct setting {
  matrix users, items;
  ciess::interactions train, held_out;

  /// Normal vectors; `seen` and `held` interactions a user.
  setting(ciess::index_t user_count, ciess::index_t item_count, ciess::index_t columns, int seen,
          int held)
      : users(user_count, columns),
        items(item_count, columns),
        train{draw(user_count, item_count, seen, 3)},
        held_out{draw(user_count, item_count, held, 4)} {
    const ciess::random_stream stream{1, ciess::purpose::user};
    for (auto [table, row] : {std::pair{&users, 0U}, std::pair{&items, 1U}}) {
      auto engine = stream.at(0, row);
      for (float& x : table->reshaped()) x = ciess::normal(engine);
    }
  }

  static ciess::interactions draw(ciess::index_t user_count, ciess::index_t item_count, int n,
                                  std::uint64_t seed) {
    const ciess::random_stream stream{seed, ciess::purpose::user};
    std::vector<ciess::interaction> pairs;
    for (row_id u = 0; u < user_count; ++u) {
      auto engine = stream.at(0, static_cast<std::uint64_t>(u));
      for (int i = 0; i < n; ++i)
        pairs.push_back({u, static_cast<row_id>(
                                ciess::bounded(engine, static_cast<std::uint32_t>(item_count)))});
    }
    return ciess::interactions(user_count, item_count, pairs);
  }
};

/// Arguments of a benchmark: threads, shape (0: MovieLens-1M, 1: Yelp2018), columns.
const setting& data(const benchmark::State& state) {
  static std::pair<std::pair<long, long>, std::unique_ptr<setting>> made;  // one at a time
  const std::pair<long, long> wanted{state.range(1), state.range(2)};
  if (!made.second || made.first != wanted) {
    made.second.reset();
    made.second = wanted.first == 0
                      ? std::make_unique<setting>(6040, 3706, wanted.second, 82, 41)
                      : std::make_unique<setting>(31668, 38048, wanted.second, 39, 10);
    made.first = wanted;
  }
  return *made.second;
}

void count_flops(benchmark::State& state, const setting& s) {
  const double products = static_cast<double>(s.users.rows()) *
                          static_cast<double>(s.items.rows()) * static_cast<double>(s.users.cols());
  state.counters["GFLOP/s"] =
      benchmark::Counter(2e-9 * products, benchmark::Counter::kIsIterationInvariantRate);
}

void shapes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"threads", "yelp", "columns"})->UseRealTime()->Unit(benchmark::kMillisecond);
  for (const long shape : {0, 1})
    for (const long columns : {128, 26, 12})
      for (const long threads : {1, 2}) b->Args({threads, shape, columns});
}

/// The floor: all scores, nothing chosen. Blocks large enough for Eigen to run at its best.
void product_alone(benchmark::State& state) {
  const setting& s = data(state);
  const ciess::threads pool{static_cast<int>(state.range(0))};
  constexpr ciess::index_t rows = 256, width = 1024;
  const ciess::index_t users = s.users.rows(), items = s.items.rows();
  std::vector<matrix> tiles(static_cast<std::size_t>((users + rows - 1) / rows),
                            matrix(rows, width));
  for (auto _ : state) {
    ciess::parallel_for(users, rows, [&](ciess::index_t first, ciess::index_t last) {
      matrix& tile = tiles[static_cast<std::size_t>(first / rows)];
      for (ciess::index_t i = 0; i < items; i += width) {
        const ciess::index_t n = std::min(width, items - i);
        tile.topLeftCorner(last - first, n).noalias() =
            s.users.middleRows(first, last - first) * s.items.middleRows(i, n).transpose();
        benchmark::DoNotOptimize(tile.data());
      }
    });
  }
  count_flops(state, s);
}
BENCHMARK(product_alone)->Apply(shapes);

/// The ceiling of the ranking: its own tiles, with thresholds that nothing reaches.
void tiles_alone(benchmark::State& state) {
  namespace detail = ciess::detail;
  const setting& s = data(state);
  const ciess::threads pool{static_cast<int>(state.range(0))};
  const detail::item_panels panels{s.items};
  constexpr ciess::index_t block = 96;
  const matrix users = s.users.topRows(block);  // which ones does not matter to the time
  const std::vector<float> thresholds(detail::tile_users, 1e30F);
  for (auto _ : state) {
    ciess::parallel_for(s.users.rows(), block, [&](ciess::index_t first, ciess::index_t last) {
      matrix scores(detail::tile_users, detail::panel_items);
      bool hit = false;
      for (ciess::index_t p = 0; p < panels.count(); ++p)
        for (ciess::index_t u = 0; u < last - first; u += detail::tile_users)
          hit |= detail::score_tile(panels[p], users.data() + u * users.cols(), users.cols(),
                                    thresholds.data(), scores.data(), detail::panel_items);
      benchmark::DoNotOptimize(hit);
    });
  }
  count_flops(state, s);
}
BENCHMARK(tiles_alone)->Apply(shapes);

/// The plain way with the same product and the same threads.
void product_and_partial_sort(benchmark::State& state) {
  const setting& s = data(state);
  const ciess::threads pool{static_cast<int>(state.range(0))};
  const ciess::index_t items = s.items.rows();
  std::vector<row_id> top(static_cast<std::size_t>(s.users.rows()) * 20);
  for (auto _ : state) {
    ciess::parallel_for(s.users.rows(), 256, [&](ciess::index_t first, ciess::index_t last) {
      matrix scores = s.users.middleRows(first, last - first) * s.items.transpose();
      std::vector<row_id> order(static_cast<std::size_t>(items));
      for (ciess::index_t u = first; u < last; ++u) {
        float* const row = scores.row(u - first).data();
        for (const row_id i : s.train.items_of(static_cast<row_id>(u))) row[i] = -1e30F;
        std::iota(order.begin(), order.end(), 0);
        std::partial_sort(
            order.begin(), order.begin() + 20, order.end(),
            [row](row_id a, row_id b) { return row[a] != row[b] ? row[a] > row[b] : a < b; });
        std::copy_n(order.begin(), 20, top.begin() + u * 20);
      }
    });
    benchmark::DoNotOptimize(top.data());
  }
  count_flops(state, s);
}
BENCHMARK(product_and_partial_sort)->Apply(shapes);

void evaluate_vectors(benchmark::State& state) {
  const setting& s = data(state);
  const ciess::threads pool{static_cast<int>(state.range(0))};
  for (auto _ : state) {
    auto found = ciess::evaluate_vectors(s.users, s.items, s.train, s.held_out, {.cutoffs = {20}});
    benchmark::DoNotOptimize(found.mean);
  }
  count_flops(state, s);
}
BENCHMARK(evaluate_vectors)->Apply(shapes);

/// A model without vectors: the callback's product runs on one thread, the choice on all.
void evaluate_scores(benchmark::State& state) {
  const setting& s = data(state);
  const ciess::threads pool{static_cast<int>(state.range(0))};
  const auto score = [&](ciess::index_t first, ciess::matrix_span out) {
    out.noalias() = s.users.middleRows(first, out.rows()) * s.items.transpose();
  };
  for (auto _ : state) {
    auto found = ciess::evaluate_scores(score, s.train, s.held_out, {.cutoffs = {20}});
    benchmark::DoNotOptimize(found.mean);
  }
  count_flops(state, s);
}
BENCHMARK(evaluate_scores)->Apply(shapes);

}  // namespace
