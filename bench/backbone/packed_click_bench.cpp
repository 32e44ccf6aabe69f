// SPDX-License-Identifier: MIT
// Impressions that are scored a second from packed tables, as floats and in 4 bits, beside the
// trained model with its dense tables in the same run: 8 fields of 3 to 200,000 rows, one of them a
// list, two numbers, d = 32, of which rows keep a number to all. The last argument is how many
// impressions are scored together. `impressions` of dense / `impressions` of packed is what
// unpacking costs.
#include <ciess/backbone/deep_fm.hpp>
#include <ciess/backbone/fm.hpp>
#include <ciess/backbone/packed_click_model.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/embedding/packed_table.hpp>

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

namespace {

using ciess::index_t;

constexpr index_t impressions = 1 << 14;
constexpr int d = 32;

const ciess::impressions& data() {
  static const ciess::impressions made = [] {
    ciess::impressions::parts p;
    p.fields = {{"user", 200'000}, {"item", 50'000}, {"genres", 20, true}, {"city", 5'000},
                {"shop", 1'000},   {"hour", 24},     {"device", 3},        {"page", 20'000}};
    p.features = {"price", "age"};
    p.pooled.resize(1);
    p.numbers.resize(impressions, 2);
    auto engine = ciess::random_stream(1, ciess::purpose::user).at(0);
    for (index_t i = 0; i < impressions; ++i) {
      for (const auto& f : p.fields) {
        const auto row = [&] {
          const float u = ciess::uniform01(engine);
          return static_cast<ciess::row_id>(u * u * static_cast<float>(f.rows - 1));
        };
        if (!f.pooled)
          p.single.push_back(row());
        else
          for (auto left = 1 + ciess::bounded(engine, 3); left > 0; --left)
            p.pooled[0].values.push_back(row());
      }
      p.pooled[0].offsets.push_back(std::ssize(p.pooled[0].values));
      for (index_t f = 0; f < 2; ++f) p.numbers(i, f) = ciess::normal(engine);
      p.labels.push_back(ciess::bounded(engine, 2) == 0 ? 1 : 0);
    }
    return ciess::impressions(std::move(p));
  }();
  return made;
}

template <class Model>
Model& model() {
  static Model made = [] {
    Model m(data(), {.range = {1, d}}, 1);
    ciess::assignment sizes(m.shapes());
    for (std::size_t t = 0; t < sizes.size(); ++t)
      for (index_t r = 0; r < sizes[t].rows(); ++r) sizes[t].set(r, 1 + static_cast<int>(r % d));
    m.resize(sizes);
    return m;
  }();
  return made;
}

/// The tables of a model, packed, and what scores from them.
template <class Model, class N>
const ciess::packed_click_model& served() {
  static const std::vector<ciess::packed_table<N>> tables = [] {
    std::vector<ciess::packed_table<N>> all;
    for (std::size_t t = 0; t < model<Model>().shapes().size(); ++t)
      all.push_back(ciess::pack<N>(model<Model>().table(t)));
    return all;
  }();
  static const ciess::packed_click_model made = [] {
    ciess::packed_click_parts parts;
    parts.fields.assign(data().fields().begin(), data().fields().end());
    parts.features.assign(data().features().begin(), data().features().end());
    for (const auto& t : tables) parts.tables.emplace_back(t.view());
    parts.layers = model<Model>().layers();
    parts.network = decltype(parts.network)::of(model<Model>().settings().network);
    return ciess::packed_click_model(std::move(parts));
  }();
  return made;
}

/// Parts of so many impressions.
const std::vector<ciess::impressions>& pieces(index_t length) {
  static std::vector<std::pair<index_t, std::vector<ciess::impressions>>> made;
  for (const auto& [of, all] : made)
    if (of == length) return all;
  std::vector<ciess::impressions> all;
  for (index_t first = 0; first + length <= impressions && all.size() < 256; first += length) {
    std::vector<index_t> which(static_cast<std::size_t>(length));
    std::iota(which.begin(), which.end(), first);
    all.push_back(data().subset(which));
  }
  return made.emplace_back(length, std::move(all)).second;
}

template <class Scorer>
void score(benchmark::State& state, Scorer& scorer) {
  const ciess::threads pool(1);
  const auto& all = pieces(state.range(0));
  std::vector<float> odds(static_cast<std::size_t>(state.range(0)));
  std::size_t next = 0;
  for (auto _ : state) {
    scorer.predict(all[next], odds);
    benchmark::DoNotOptimize(odds.data());
    next = next + 1 == all.size() ? 0 : next + 1;
  }
  state.counters["impressions"] = benchmark::Counter(static_cast<double>(state.range(0)),
                                                     benchmark::Counter::kIsIterationInvariantRate);
}

template <class Model>
void clicks_dense(benchmark::State& state) {
  score(state, model<Model>());
}
template <class Model, class N>
void clicks_packed(benchmark::State& state) {
  score(state, served<Model, N>());
}

BENCHMARK_TEMPLATE(clicks_dense, ciess::fm)->Arg(1)->Arg(256)->Arg(impressions);
BENCHMARK_TEMPLATE(clicks_packed, ciess::fm, float)->Arg(1)->Arg(256)->Arg(impressions);
BENCHMARK_TEMPLATE(clicks_packed, ciess::fm, ciess::bits<4>)->Arg(1)->Arg(256)->Arg(impressions);
BENCHMARK_TEMPLATE(clicks_dense, ciess::deep_fm)->Arg(1)->Arg(256)->Arg(impressions);
BENCHMARK_TEMPLATE(clicks_packed, ciess::deep_fm, float)->Arg(1)->Arg(256)->Arg(impressions);
BENCHMARK_TEMPLATE(clicks_packed, ciess::deep_fm, ciess::bits<4>)
    ->Arg(1)
    ->Arg(256)
    ->Arg(impressions);

}  // namespace
