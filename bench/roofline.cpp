// SPDX-License-Identifier: MIT
// What this machine can do at best, and how much of it the library's kernels reach: reading from
// each level of memory, products in registers, by Eigen and by our own kernel; then each kernel's
// time, bytes or flops, and share of the ceiling that binds it.
#include <ciess/core/threads.hpp>
#include <ciess/data/synthetic.hpp>
#include <ciess/nn/adam.hpp>
#include <ciess/nn/propagation.hpp>
#include <ciess/ranking/evaluate.hpp>
#include <ciess/rl/choose.hpp>
#include <ciess/rl/noise.hpp>
#include <ciess/rl/random_walk.hpp>
#include <ciess/rl/td3.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "support/ceilings.hpp"
#include "support/measure.hpp"
#include "support/pairs_file.hpp"

namespace {

using ciess::index_t;
using ciess::matrix;
using nlohmann::json;

constexpr index_t columns = 128;

/// What a program that is not disturbed takes: the least of some rounds, which is what a ceiling is
/// compared with.
template <class Work>
double least_ms(int rounds, Work&& work) {
  work();
  const auto ms = ciess_bench::measure(rounds, work);
  return *std::min_element(ms.begin(), ms.end());
}

struct ceilings {
  double l1, l2, l3, memory;  // GB/s
  double fma;                 // GFLOP/s
  double gemm_layer, gemm_ranking, gemm_square;
};

double read_speed(std::size_t bytes, int threads, int rounds) {
  const int passes = static_cast<int>(std::max<std::size_t>(1, (std::size_t{64} << 20) / bytes));
  ciess_bench::reader read(bytes, threads, passes);
  return read.bytes() / least_ms(rounds, read) * 1e-6;
}

/// Blocks of 256 rows of a [m, k] times [k, n], each thread its own.
double product_speed(index_t m, index_t n, index_t k, int rounds) {
  const matrix a = ciess_bench::drawn(m, k), b = ciess_bench::drawn(n, k, 2);
  constexpr index_t rows = 256, width = 1024;
  std::vector<matrix> tiles(static_cast<std::size_t>((m + rows - 1) / rows), matrix(rows, width));
  const double ms = least_ms(rounds, [&] {
    ciess::parallel_for(m, rows, [&](index_t first, index_t last) {
      matrix& tile = tiles[static_cast<std::size_t>(first / rows)];
      for (index_t i = 0; i < n; i += width) {
        const index_t some = std::min(width, n - i);
        tile.topLeftCorner(last - first, some).noalias() =
            a.middleRows(first, last - first) * b.middleRows(i, some).transpose();
      }
    });
  });
  return 2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k) / ms * 1e-6;
}

ceilings measure_ceilings(int threads, int rounds) {
  constexpr std::size_t kib = 1024, mib = 1024 * kib;
  ceilings c{};
  c.l1 = read_speed(16 * kib, threads, rounds);
  c.l2 = read_speed(512 * kib, threads, rounds);
  c.l3 = read_speed(6 * mib, threads, rounds);
  c.memory = read_speed(128 * mib, threads, rounds);
  ciess_bench::multiplier fma(threads);
  c.fma = fma.flops() / least_ms(rounds, fma) * 1e-6;
  ciess_bench::block_products layer(30'000, 256);
  c.gemm_layer = layer.flops() / least_ms(rounds, layer) * 1e-6;
  c.gemm_ranking = product_speed(6040, 3706, columns, rounds);
  c.gemm_square = product_speed(2048, 2048, 2048, rounds);
  return c;
}

struct kernel {
  std::string name;
  double ms, bytes, flops;  // one of the last two is 0
  std::string ceiling;
  double limit;  // GB/s or GFLOP/s
};

/// One backward or forward pass of LightGCN's three layers.
kernel measure_propagation(const std::string& name, const ciess::interactions& train,
                           ciess::gathered storage, const std::string& ceiling, double limit,
                           int rounds) {
  ciess::propagation<float> propagate(ciess::bipartite_graph(train), 3, storage);
  const matrix user_table = ciess_bench::drawn(train.users(), columns);
  const matrix item_table = ciess_bench::drawn(train.items(), columns, 2);
  matrix u = user_table, i = item_table;
  const double ms =
      least_ms(rounds, [&] { propagate({&user_table, &item_table}, {&u, &i}, columns); });
  const double number = storage == ciess::gathered::exact ? 4 : 2;
  return {name, ms,      3 * 2 * static_cast<double>(train.size()) * columns * number,
          0,    ceiling, limit};
}

std::vector<kernel> measure_kernels(const ciess_bench::parts& data, const ciess::interactions* yelp,
                                    const ceilings& c, int rounds) {
  std::vector<kernel> list;
  const index_t users = data.train.users(), items = data.train.items();
  const matrix user_table = ciess_bench::drawn(users, columns);
  const matrix item_table = ciess_bench::drawn(items, columns, 2);
  // Of MovieLens-1M a panel of the gathered table fits L2; of Yelp2018 it does not.
  for (const auto& [suffix, storage] : {std::pair{"", ciess::gathered::exact},
                                        std::pair{", bfloat16", ciess::gathered::bfloat16}}) {
    list.push_back(measure_propagation(std::string("3 products with the graph") + suffix,
                                       data.train, storage, "reading from L2", c.l2, rounds));
    if (yelp != nullptr)
      list.push_back(measure_propagation(std::string("the same, Yelp2018") + suffix, *yelp, storage,
                                         "reading from L3", c.l3, rounds));
  }
  {
    const double ms = least_ms(rounds, [&] {
      return ciess::evaluate_vectors(user_table, item_table, data.train, data.held_out);
    });
    list.push_back({"full ranking with metrics", ms, 0,
                    2.0 * static_cast<double>(users) * static_cast<double>(items) * columns,
                    "Eigen, 6,040 x 3,706 x 128", c.gemm_ranking});
  }
  {
    const auto n = static_cast<std::size_t>((users + items) * columns);
    std::vector<float> weight(n, 0.01F), gradient(n, 1e-3F), m(n), v(n);
    std::int64_t t = 0;
    const double ms = least_ms(rounds, [&] {
      const ciess::adam_step<float> step({}, 1e-3, ++t);
      ciess::parallel_for(static_cast<index_t>(n), 32'768, [&](index_t first, index_t last) {
        step(weight.data() + first, gradient.data() + first, m.data() + first, v.data() + first,
             static_cast<std::size_t>(last - first));
      });
    });
    // Four arrays are read and three written: 28 bytes a number.
    list.push_back(
        {"Adam step on both tables", ms, 28 * static_cast<double>(n), 0, "reading from L3", c.l3});
  }
  {
    constexpr index_t rows = 6040;
    ciess::replay_buffer replay(3, 100 * rows);
    const std::vector<float> size(rows, 30.0F), reward(rows, 0.5F);
    for (std::uint64_t i = 0; i < 100; ++i)
      replay.push(ciess_bench::drawn(rows, 3, i), size, reward,
                  ciess_bench::drawn(rows, 3, i + 100));
    ciess::td3 agent(3, {}, {}, 1);
    std::uint64_t step = 0;
    const double ms = least_ms(rounds, [&] {
      agent.update(replay, step);
      agent.update(replay, step + 1);
      step += 2;
    });
    list.push_back({"TD3 update, batch 4,096", ms / 2, 0,
                    ciess_bench::td3_passes * 4096 * ciess_bench::network_flops(4),
                    "own product, blocks of 256^3", c.gemm_layer});
  }
  {
    constexpr index_t rows = 6040;
    const matrix states = ciess_bench::drawn(rows, 3);
    const ciess::td3 policy(3, {}, {}, 1);
    ciess::gaussian_noise noise;
    const ciess::random_walk walk;
    std::vector<int> out(rows);
    std::uint64_t step = 0;
    const double ms = least_ms(rounds, [&] {
      ciess::choose_sizes(policy, noise, walk, states, {}, {1, ciess::purpose::walk}, step++, out);
    });
    list.push_back({"choosing sizes, 6,040 rows, plain flops", ms, 0,
                    rows * ciess_bench::choosing_flops(), "own product, blocks of 256^3",
                    c.gemm_layer});
  }
  return list;
}

json to_json(int threads, const ceilings& c, const std::vector<kernel>& kernels) {
  json list;
  for (const auto& k : kernels)
    list.push_back({{"name", k.name},
                    {"ms", k.ms},
                    {"bytes", k.bytes},
                    {"flops", k.flops},
                    {"ceiling", k.ceiling},
                    {"limit", k.limit}});
  return {{"threads", threads},
          {"read_gb_per_s", {{"l1", c.l1}, {"l2", c.l2}, {"l3", c.l3}, {"memory", c.memory}}},
          {"gflop_per_s",
           {{"fma", c.fma},
            {"layer_product", c.gemm_layer},
            {"eigen_ranking", c.gemm_ranking},
            {"eigen_square", c.gemm_square}}},
          {"kernels", list}};
}

void print(int threads, const ceilings& c, const std::vector<kernel>& kernels) {
  std::printf("\n%d thread%s\n", threads, threads == 1 ? "" : "s");
  std::printf("  reading, GB/s: L1 %.0f, L2 %.0f, L3 %.0f, memory %.0f\n", c.l1, c.l2, c.l3,
              c.memory);
  std::printf(
      "  fp32, GFLOP/s: registers %.0f; own product, 256^3 blocks %.0f; Eigen 6040x3706x128 %.0f, "
      "2048^3 %.0f\n",
      c.fma, c.gemm_layer, c.gemm_ranking, c.gemm_square);
  std::printf("  %-40s %9s %14s %7s  %s\n", "kernel", "ms", "speed", "share", "of");
  for (const auto& k : kernels) {
    const double speed = (k.bytes > 0 ? k.bytes : k.flops) / k.ms * 1e-6;
    std::printf("  %-40s %9.2f %7.0f %s %6.0f%%  %s", k.name.c_str(), k.ms, speed,
                k.bytes > 0 ? "GB/s  " : "GFLOP/s", 100 * speed / k.limit, k.ceiling.c_str());
    if (k.flops > 0) std::printf("; %.0f%% of the registers", 100 * speed / c.fma);
    std::printf("\n");
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Measures the machine's ceilings and the share of them that each kernel reaches"};
  std::vector<int> threads{1, 2};
  int rounds = 10;
  std::string ml_1m, out;
  std::vector<std::string> yelp;
  app.add_option("--threads", threads)->check(CLI::Range(1, 1024));
  app.add_option("--rounds", rounds, "of each, the least counts")->check(CLI::Range(1, 1000));
  app.add_option("--ml-1m", ml_1m, "ratings of MovieLens-1M; none: made up")
      ->check(CLI::ExistingFile);
  app.add_option("--yelp", yelp, "Yelp2018's training and test lists; none: left out")
      ->expected(2)
      ->check(CLI::ExistingFile);
  app.add_option("--out", out, "JSON to write");
  CLI11_PARSE(app, argc, argv);
  try {
    const ciess_bench::parts data = ml_1m.empty()
                                        ? ciess_bench::made_up_ml_1m()
                                        : ciess_bench::halved(ciess::load_interactions(ml_1m).data);
    std::printf("%td users, %td items, %td training pairs, %td columns\n", data.train.users(),
                data.train.items(), data.train.size(), columns);
    std::optional<ciess_bench::parts> second;
    if (!yelp.empty()) second = ciess_bench::read_split(yelp[0], yelp[1]);
    json all;
    for (const int n : threads) {
      const ciess::threads pool(n);
      const ceilings c = measure_ceilings(n, rounds);
      const auto kernels = measure_kernels(data, second ? &second->train : nullptr, c, rounds);
      print(n, c, kernels);
      all.push_back(to_json(n, c, kernels));
    }
    if (!out.empty()) ciess::write_file(out, all.dump(1) + "\n");
  } catch (const std::exception& e) {
    std::cerr << "ciess_roofline: " << e.what() << '\n';
    return 1;
  }
  return 0;
}
