// SPDX-License-Identifier: MIT
// Packed tables with 90 % removed (rows of 1 to 25 of 128 numbers) beside the dense table: rows
// gathered, inner products of pairs of rows, and the 20 best items for one user and for 1,000. Of
// the three sizes, the dense table fits an L2 of 1 MB (1,500 rows), an L3 of 32 MB (40,000) and
// neither (100,000), where the packed one, of 5 MB, still fits the L3. Where there is hnswlib, its
// inner product and its search through all rows stand beside, on the dense table. One thread.
#include <ciess/embedding/packed_table.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <span>
#include <stdexcept>
#include <tuple>
#include <vector>

#if __has_include(<hnswlib/hnswlib.h>)
#include <hnswlib/hnswlib.h>
#endif

#include <ciess/core/random.hpp>
#include <ciess/embedding/bit_allocation.hpp>
#include <ciess/embedding/fit_code_book.hpp>
#include <ciess/ranking/rank.hpp>
#include <ciess/ranking/rank_packed.hpp>

namespace {

using ciess::bfloat16;
using four_bits = ciess::bits<4>;
using three_bits = ciess::bits<3>;
using two_bits = ciess::bits<2>;
using ciess::float16;
using ciess::matrix;
using ciess::row_id;

constexpr int columns = 128;
constexpr int best = 20;

ciess::masked_table drawn(ciess::index_t rows, std::uint64_t seed) {
  auto engine = ciess::random_stream(seed, ciess::purpose::user).at(0);
  std::vector<int> sizes(static_cast<std::size_t>(rows));
  for (int& s : sizes) s = 1 + static_cast<int>(ciess::bounded(engine, 25));
  ciess::masked_table table(
      ciess::sizes(std::span<const int>(sizes), ciess::size_range{1, columns}));
  table.draw(ciess::normal_rows{.stddev = 1}, ciess::random_stream(seed, ciess::purpose::user));
  return table;
}

struct setting {
  ciess::masked_table items;
  matrix users = drawn(1000, 2).values();
  std::vector<row_id> rows;  ///< to look up: so many that hardly any is still in a cache
  std::tuple<ciess::packed_table<float>, ciess::packed_table<bfloat16>,
             ciess::packed_table<float16>, ciess::packed_table<std::int8_t>,
             ciess::packed_table<four_bits>, ciess::packed_table<three_bits>,
             ciess::packed_table<two_bits>>
      formats{ciess::pack<float>(items),     ciess::pack<bfloat16>(items),
              ciess::pack<float16>(items),   ciess::pack<std::int8_t>(items),
              ciess::pack<four_bits>(items), ciess::pack<three_bits>(items),
              ciess::pack<two_bits>(items)};

  explicit setting(ciess::index_t count) : items{drawn(count, 1)}, rows(std::size_t{1} << 18) {
    auto engine = ciess::random_stream(3, ciess::purpose::user).at(0);
    for (row_id& r : rows)
      r = static_cast<row_id>(ciess::bounded(engine, static_cast<std::uint32_t>(count)));
  }

  template <class N>
  [[nodiscard]] const ciess::packed_view<N>& packed() const {
    return std::get<ciess::packed_table<N>>(formats).view();
  }
};

/// The argument is the number of rows; one setting is kept at a time.
const setting& data(const benchmark::State& state) {
  static std::unique_ptr<setting> made;
  if (!made || made->items.row_sizes().rows() != state.range(0)) {
    made.reset();
    made = std::make_unique<setting>(state.range(0));
  }
  return *made;
}

void in_and_out_of_cache(benchmark::internal::Benchmark* b) {
  b->ArgName("rows")->Arg(1'500)->Arg(40'000)->Arg(100'000);
}

/// Calls `look_up(std::span<const row_id>)` with other 512 rows each time.
/// @param row_bytes  of the table, that one row needs on average
template <class LookUp>
void look_up_batches(benchmark::State& state, const setting& s, double row_bytes,
                     LookUp&& look_up) {
  constexpr std::size_t batch = 512;
  std::size_t at = 0;
  for (auto _ : state) {
    look_up(std::span<const row_id>(s.rows).subspan(at, batch));
    at = (at + batch) % s.rows.size();
    benchmark::ClobberMemory();
  }
  const auto rows = static_cast<double>(state.iterations()) * batch;
  state.SetItemsProcessed(static_cast<std::int64_t>(rows));
  state.SetBytesProcessed(static_cast<std::int64_t>(rows * row_bytes));
}

template <class N>
double row_bytes(const ciess::packed_view<N>& view) {
  return static_cast<double>(view.memory().total()) / static_cast<double>(view.rows());
}

void gather_dense(benchmark::State& state) {
  const setting& s = data(state);
  const matrix& table = s.items.values();
  matrix out(512, columns);
  look_up_batches(state, s, columns * sizeof(float), [&](std::span<const row_id> which) {
    for (std::size_t k = 0; k < which.size(); ++k)
      out.row(static_cast<ciess::index_t>(k)) = table.row(which[k]);
    benchmark::DoNotOptimize(out.data());
  });
}
BENCHMARK(gather_dense)->Apply(in_and_out_of_cache);

template <class N>
void gather_packed(benchmark::State& state) {
  const setting& s = data(state);
  const auto& view = s.packed<N>();
  matrix out(512, columns);
  look_up_batches(state, s, row_bytes(view), [&](std::span<const row_id> which) {
    view.gather(which, out);
    benchmark::DoNotOptimize(out.data());
  });
}
BENCHMARK_TEMPLATE(gather_packed, float)->Apply(in_and_out_of_cache);
BENCHMARK_TEMPLATE(gather_packed, bfloat16)->Apply(in_and_out_of_cache);
BENCHMARK_TEMPLATE(gather_packed, float16)->Apply(in_and_out_of_cache);
BENCHMARK_TEMPLATE(gather_packed, std::int8_t)->Apply(in_and_out_of_cache);
BENCHMARK_TEMPLATE(gather_packed, four_bits)->Apply(in_and_out_of_cache);
BENCHMARK_TEMPLATE(gather_packed, three_bits)->Apply(in_and_out_of_cache);
BENCHMARK_TEMPLATE(gather_packed, two_bits)->Apply(in_and_out_of_cache);

/// Inner products of pairs of random rows.
template <class Dot>
void dots(benchmark::State& state, const setting& s, double bytes, Dot&& dot) {
  look_up_batches(state, s, bytes, [&](std::span<const row_id> which) {
    float sum = 0;
    for (std::size_t k = 0; k < which.size(); k += 2) sum += dot(which[k], which[k + 1]);
    benchmark::DoNotOptimize(sum);
  });
}

void dot_dense(benchmark::State& state) {
  const setting& s = data(state);
  const matrix& table = s.items.values();
  dots(state, s, columns * sizeof(float),
       [&](row_id a, row_id b) { return table.row(a).dot(table.row(b)); });
}
BENCHMARK(dot_dense)->Apply(in_and_out_of_cache);

template <class N>
void dot_packed(benchmark::State& state) {
  const setting& s = data(state);
  const auto& view = s.packed<N>();
  dots(state, s, row_bytes(view), [&](row_id a, row_id b) { return view[a].dot(view[b]); });
}
BENCHMARK_TEMPLATE(dot_packed, float)->Apply(in_and_out_of_cache);
BENCHMARK_TEMPLATE(dot_packed, bfloat16)->Apply(in_and_out_of_cache);
BENCHMARK_TEMPLATE(dot_packed, float16)->Apply(in_and_out_of_cache);
BENCHMARK_TEMPLATE(dot_packed, std::int8_t)->Apply(in_and_out_of_cache);
BENCHMARK_TEMPLATE(dot_packed, four_bits)->Apply(in_and_out_of_cache);
BENCHMARK_TEMPLATE(dot_packed, three_bits)->Apply(in_and_out_of_cache);
BENCHMARK_TEMPLATE(dot_packed, two_bits)->Apply(in_and_out_of_cache);

/// Items are scores here.
void count_scores(benchmark::State& state, const setting& s, ciess::index_t users) {
  state.SetItemsProcessed(state.iterations() * users * s.items.row_sizes().rows());
}

template <class N>
void best_of_one(benchmark::State& state) {
  const setting& s = data(state);
  ciess::index_t user = 0;
  for (auto _ : state) {
    ciess::rank_packed(s.users.middleRows(user, 1), s.packed<N>(), {}, best,
                       [](ciess::index_t, auto list) { benchmark::DoNotOptimize(list.data()); });
    user = (user + 1) % s.users.rows();
  }
  count_scores(state, s, 1);
}
BENCHMARK_TEMPLATE(best_of_one, float)->Apply(in_and_out_of_cache)->Unit(benchmark::kMicrosecond);
BENCHMARK_TEMPLATE(best_of_one, bfloat16)
    ->Apply(in_and_out_of_cache)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_TEMPLATE(best_of_one, float16)->Apply(in_and_out_of_cache)->Unit(benchmark::kMicrosecond);
BENCHMARK_TEMPLATE(best_of_one, std::int8_t)
    ->Apply(in_and_out_of_cache)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_TEMPLATE(best_of_one, four_bits)
    ->Apply(in_and_out_of_cache)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_TEMPLATE(best_of_one, three_bits)
    ->Apply(in_and_out_of_cache)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_TEMPLATE(best_of_one, two_bits)
    ->Apply(in_and_out_of_cache)
    ->Unit(benchmark::kMicrosecond);

/// Rows of so many bytes whose columns have bits of their own, as vectors that fall by a tenth a
/// column would get them: 8 bytes are 25 columns.
void best_of_one_own_bits(benchmark::State& state) {
  const setting& s = data(state);
  const int bytes = static_cast<int>(state.range(1));
  std::vector<double> worth(columns);
  for (std::size_t c = 0; c < worth.size(); ++c)
    worth[c] = std::pow(0.9, 4 * static_cast<double>(c));
  const auto bits = ciess::bit_allocation(worth, bytes).bits(bytes);
  const matrix& items = s.items.values();
  const auto row = [&](ciess::index_t r) { return std::span(items.row(r).data(), bits.size()); };
  const ciess::packed_table<ciess::code_byte> packed(ciess::sizes(items.rows(), {1, bytes}, bytes),
                                                     row,
                                                     ciess::fit_code_book(items.rows(), row, bits));
  const matrix users = s.users.leftCols(packed.view().columns());
  ciess::index_t user = 0;
  for (auto _ : state) {
    ciess::rank_packed(users.middleRows(user, 1), packed.view(), {}, best,
                       [](ciess::index_t, auto list) { benchmark::DoNotOptimize(list.data()); });
    user = (user + 1) % users.rows();
  }
  state.counters["columns"] = static_cast<double>(packed.view().columns());
  count_scores(state, s, 1);
}
BENCHMARK(best_of_one_own_bits)
    ->ArgsProduct({{1500, 40'000, 100'000}, {5, 8, 16}})
    ->Unit(benchmark::kMicrosecond);

/// The plain way: all scores, then std::partial_sort.
void best_of_one_plain(benchmark::State& state) {
  const setting& s = data(state);
  Eigen::VectorXf scores(s.items.row_sizes().rows());
  std::vector<row_id> order(static_cast<std::size_t>(scores.size()));
  ciess::index_t user = 0;
  for (auto _ : state) {
    scores.noalias() = s.items.values() * s.users.row(user).transpose();
    std::iota(order.begin(), order.end(), row_id{0});
    std::partial_sort(order.begin(), order.begin() + best, order.end(),
                      [&](row_id a, row_id b) { return scores[a] > scores[b]; });
    benchmark::DoNotOptimize(order.data());
    user = (user + 1) % s.users.rows();
  }
  count_scores(state, s, 1);
}
BENCHMARK(best_of_one_plain)->Apply(in_and_out_of_cache)->Unit(benchmark::kMicrosecond);

template <class N>
void best_of_many(benchmark::State& state) {
  const setting& s = data(state);
  for (auto _ : state)
    ciess::rank_packed(s.users, s.packed<N>(), {}, best,
                       [](ciess::index_t, auto list) { benchmark::DoNotOptimize(list.data()); });
  count_scores(state, s, s.users.rows());
}
BENCHMARK_TEMPLATE(best_of_many, float)->Apply(in_and_out_of_cache)->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(best_of_many, bfloat16)
    ->Apply(in_and_out_of_cache)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(best_of_many, float16)
    ->Apply(in_and_out_of_cache)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(best_of_many, std::int8_t)
    ->Apply(in_and_out_of_cache)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(best_of_many, four_bits)
    ->Apply(in_and_out_of_cache)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(best_of_many, three_bits)
    ->Apply(in_and_out_of_cache)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(best_of_many, two_bits)
    ->Apply(in_and_out_of_cache)
    ->Unit(benchmark::kMillisecond);

void best_of_many_dense(benchmark::State& state) {
  const setting& s = data(state);
  const ciess::interactions none(s.users.rows(), s.items.row_sizes().rows(), {});
  std::vector<row_id> who(static_cast<std::size_t>(s.users.rows()));
  std::iota(who.begin(), who.end(), row_id{0});
  for (auto _ : state)
    ciess::rank_products(s.users, s.items.values(), none, who, best,
                         [](ciess::index_t, auto list) { benchmark::DoNotOptimize(list.data()); });
  count_scores(state, s, s.users.rows());
}
BENCHMARK(best_of_many_dense)->Apply(in_and_out_of_cache)->Unit(benchmark::kMillisecond);

#if __has_include(<hnswlib/hnswlib.h>)

void dot_hnswlib(benchmark::State& state) {
  const setting& s = data(state);
  const matrix& table = s.items.values();
  hnswlib::InnerProductSpace space(columns);
  const auto distance = space.get_dist_func();
  dots(state, s, columns * sizeof(float), [&](row_id a, row_id b) {
    return distance(table.row(a).data(), table.row(b).data(), space.get_dist_func_param());
  });
}
BENCHMARK(dot_hnswlib)->Apply(in_and_out_of_cache);

void best_of_one_hnswlib(benchmark::State& state) {
  const setting& s = data(state);
  hnswlib::InnerProductSpace space(columns);
  const auto rows = static_cast<std::size_t>(s.items.row_sizes().rows());
  hnswlib::BruteforceSearch<float> all(&space, rows);
  for (std::size_t r = 0; r < rows; ++r)
    all.addPoint(s.items[static_cast<ciess::index_t>(r)].data(), r);
  ciess::index_t user = 0;
  for (auto _ : state) {
    auto list = all.searchKnn(s.users.row(user).data(), best);
    benchmark::DoNotOptimize(&list);
    user = (user + 1) % s.users.rows();
  }
  count_scores(state, s, 1);
}
BENCHMARK(best_of_one_hnswlib)->Apply(in_and_out_of_cache)->Unit(benchmark::kMicrosecond);

#endif

}  // namespace
