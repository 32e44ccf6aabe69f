// SPDX-License-Identifier: MIT
// How time and memory grow: a LightGCN step, full ranking, projection and choosing sizes against
// rows, edges, columns and threads. Writes growth.tsv and growth.gp; `gnuplot growth.gp` in that
// folder makes growth.svg. With --steps: a training step of MF against rows, for each way to update
// them, on dense tables and on ragged ones of which 90 % is removed, beside the bytes that it must
// move.
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/backbone/mf.hpp>
#include <ciess/backbone/ragged_mf.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/nn/touched_rows.hpp>
#include <ciess/ranking/evaluate.hpp>
#include <ciess/rl/choose.hpp>
#include <ciess/rl/noise.hpp>
#include <ciess/rl/random_walk.hpp>
#include <ciess/rl/td3.hpp>
#include <ciess/search/budget/projection.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/study/gnuplot.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <iostream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "support/ceilings.hpp"
#include "support/measure.hpp"
#include "support/power_law_pairs.hpp"

namespace {

using ciess::index_t;

/// Bytes that the program holds on its heap.
double live_bytes() {
  const auto heap = ::mallinfo2();
  return static_cast<double>(heap.uordblks + heap.hblkhd);
}

/// Pairs of users and items of which few are popular: item ~ items * u^3. Duplicates are dropped,
/// so there are a few less than asked for.
ciess::interactions pairs_of(index_t users, index_t items, index_t edges) {
  std::vector<ciess::interaction> pairs(static_cast<std::size_t>(edges));
  const ciess::random_stream stream(1, ciess::purpose::user);
  for (std::size_t p = 0; p < pairs.size(); ++p) {
    auto engine = stream.at(0, p);
    const double u = ciess::uniform(engine, 0.0F, 1.0F);
    pairs[p] = {static_cast<ciess::row_id>(static_cast<index_t>(p) % users),
                static_cast<ciess::row_id>(static_cast<double>(items) * u * u * u)};
  }
  return {users, items, pairs};
}

struct result {
  double ms = 0;       ///< median
  double held = 0;     ///< bytes that the work holds: tables and buffers, not its input
  double peak = 0;     ///< bytes of the process at its largest, input and program included
  double core_ms = 0;  ///< median that the cores have worked, if it was measured
  double moved = 0;    ///< bytes that the work must move, if it was counted
};

/// Prepares, keeps what it has prepared, and runs it.
using work = std::function<result(int rounds)>;

/// In a process of its own, so that memory is that of this work alone.
result apart(const work& run, int threads, int rounds) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("growth: cannot make a pipe");
  const ::pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("growth: cannot fork");
  if (child == 0) {
    int status = 1;
    try {
      const ciess::threads pool(threads);
      result r = run(rounds);
      ::rusage usage{};
      ::getrusage(RUSAGE_SELF, &usage);
      r.peak = static_cast<double>(usage.ru_maxrss) * 1024;
      status = ::write(ends[1], &r, sizeof r) == static_cast<::ssize_t>(sizeof r) ? 0 : 1;
    } catch (const std::exception& e) {
      std::cerr << "ciess_growth: " << e.what() << '\n';
    }
    ::_exit(status);
  }
  ::close(ends[1]);
  result r;
  const bool whole = ::read(ends[0], &r, sizeof r) == static_cast<::ssize_t>(sizeof r);
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!whole || status != 0) throw std::runtime_error("growth: a measurement has failed");
  return r;
}

/// @param once  is run twice before it is measured
template <class Once>
result timed(int rounds, double before, Once&& once) {
  once();
  once();
  result r;
  r.ms = ciess_bench::median(ciess_bench::measure(rounds, once));
  r.held = live_bytes() - before;
  return r;
}

constexpr int step_columns = 64;
constexpr int step_batch = 10'000;
constexpr double step_removed = 0.9;  ///< of ragged tables
using updates = std::optional<ciess::row_update_options>;

/// Tables as large as the model's that there are for a way to update, the model's among them.
double tables_of(const updates& by) {
  if (!by) return 4;  // two of moments, one of the gradient
  return by->kind == ciess::row_update_kind::lazy_adam ? 3 : 1;
}

/// Training steps, by the clock and by the time that cores have worked.
result timed_steps(int rounds, double before, auto& model) {
  std::vector<double> core;
  result r = timed(rounds, before, [&] {
    const double start = ciess_bench::core_seconds();
    model.train(1);
    core.push_back(1e3 * (ciess_bench::core_seconds() - start));
  });
  core.erase(core.begin(), core.begin() + 2);
  r.core_ms = ciess_bench::median(core);
  return r;
}

/// The same on ragged tables of which 90 % is removed by frequency. Bytes that it must move: of the
/// rows that are named, what they keep; a batch counts as one of average rows.
work ragged_step(index_t rows, const ciess::row_update_options& by) {
  return [=](int rounds) {
    const ciess::interactions data = pairs_of(rows, rows, 2 * rows);
    auto sizes =
        ciess_bench::sizes_by_frequency(data, {.min = 1, .max = step_columns}, step_removed);
    const double before = live_bytes();
    ciess::ragged_mf model(data, {.range = {1, step_columns}, .batch = step_batch, .updates = by},
                           sizes, 1);
    sizes = {};
    result r = timed_steps(rounds, before, model);
    ciess::triple_sampler sampler(data);
    ciess::triples batch;
    sampler.draw({1, ciess::purpose::batches}, 0, step_batch, batch);
    for (const auto* list : {&batch.users, &batch.positives, &batch.negatives}) {
      const auto& kept = model.table(list == &batch.users ? 0 : 1).row_sizes();
      std::vector<ciess::row_id> named = *list;
      std::ranges::sort(named);
      named.erase(std::ranges::unique(named).begin(), named.end());
      for (const ciess::row_id row : named)
        r.moved += 4.0 * kept[row] * (3 + 2 * ciess::numbers_beside(by.kind));
    }
    return r;
  };
}

/// A training step of MF, with as many users as items and two pairs a user. Bytes that it must
/// move: a row that is named is read, for the gradient and once more for the update, and written;
/// of each moment it is read and written. Where all rows are updated, this holds for all, and their
/// gradient is written and read.
work mf_step(index_t rows, const updates& by) {
  return [=](int rounds) {
    const ciess::interactions data = pairs_of(rows, rows, 2 * rows);
    const double before = live_bytes();
    ciess::mf model(data, {.range = {1, step_columns}, .batch = step_batch, .updates = by}, 1);
    result r = timed_steps(rounds, before, model);
    ciess::triple_sampler sampler(data);
    ciess::triples batch;
    sampler.draw({1, ciess::purpose::batches}, 0, step_batch, batch);
    ciess::touched_rows users;
    ciess::touched_rows items;
    users.assign(batch.users);
    items.assign(batch.positives, batch.negatives);
    const auto row = static_cast<double>(step_columns * sizeof(float));
    const auto named = static_cast<double>(users.size() + items.size());
    r.moved = by ? named * row * (3 + 2 * (tables_of(by) - 1))
                 : static_cast<double>(2 * rows) * row * (2 + 4 + 2) + named * row;
    return r;
  };
}

/// Prints a table of steps; those that would take more memory than allowed are left out.
void print_steps(const std::vector<index_t>& sizes, const std::vector<int>& threads, int rounds,
                 double most_bytes) {
  for (const int n : threads) {
    const ciess::threads pool(n);
    ciess_bench::reader memory(std::size_t{256} << 20, n, 1);
    const double bytes_a_ms =
        memory.bytes() / ciess_bench::median(ciess_bench::measure(2 * rounds, memory));
    std::printf("memory read by %d thread(s): %.1f GB/s\n", n, bytes_a_ms * 1e-6);
  }
  std::puts("rows\tupdates\tthreads\tms\tcore_ms\tmoved_mb\tgb_a_core_s\tpeak_mb");
  const std::vector<std::pair<std::string_view, updates>> ways{
      {"dense", {}},
      {"lazy-adam", ciess::row_update_options{}},
      {"rowwise-adagrad",
       ciess::row_update_options{.kind = ciess::row_update_kind::rowwise_adagrad}},
      {"sgd", ciess::row_update_options{.kind = ciess::row_update_kind::sgd}}};
  const auto print = [&](index_t rows, const std::string& name, double tables, const work& step) {
    // Beside the tables: the pairs while they are sorted, and what is worked out of them.
    if (static_cast<double>(rows) * (2.0 * step_columns * sizeof(float) * tables + 100) >
        most_bytes)
      return;
    for (const int n : threads) {
      const result r = apart(step, n, rounds);
      std::printf("%td\t%s\t%d\t%.2f\t%.2f\t%.1f\t%.2f\t%.0f\n", rows, name.data(), n, r.ms,
                  r.core_ms, r.moved * 1e-6, r.moved / r.core_ms * 1e-6, r.peak * 1e-6);
      std::fflush(stdout);
    }
  };
  for (const index_t rows : sizes)
    for (const auto& [name, by] : ways) {
      print(rows, std::string(name), tables_of(by), mf_step(rows, by));
      if (by)
        print(rows, "ragged " + std::string(name), (1 - step_removed) * tables_of(by),
              ragged_step(rows, *by));
    }
}

work lightgcn_step(index_t rows, index_t edges, int d) {
  return [=](int rounds) {
    const ciess::interactions data = pairs_of(rows / 2, rows - rows / 2, edges);
    const double before = live_bytes();
    ciess::lightgcn model(data, {.range = {1, d}}, 1);
    return timed(rounds, before, [&] { model.train(1); });
  };
}

work ranking(index_t rows, int d) {
  return [=](int rounds) {
    const ciess::interactions train = pairs_of(rows / 2, rows - rows / 2, 20 * rows);
    const ciess::interactions held_out = pairs_of(rows / 2, rows - rows / 2, 5 * rows);
    const ciess::matrix users = ciess_bench::drawn(train.users(), d);
    const ciess::matrix items = ciess_bench::drawn(train.items(), d, 2);
    const double before = live_bytes();
    ciess::evaluation found;
    return timed(rounds, before,
                 [&] { found = ciess::evaluate_vectors(users, items, train, held_out); });
  };
}

work projection(index_t rows) {
  return [=](int rounds) {
    const std::vector<ciess::table_shape> shapes{{rows / 2, {1, 128}}, {rows - rows / 2, {1, 128}}};
    const auto proposal = ciess::random_proposal(shapes, 1);
    const auto limit = ciess::budget::from_sparsity(0.9, shapes);
    const double before = live_bytes();
    ciess::assignment sizes(shapes);
    return timed(rounds, before, [&] { sizes = ciess::project(shapes, proposal, limit); });
  };
}

work choosing(index_t rows) {
  return [=](int rounds) {
    const ciess::matrix states = ciess_bench::drawn(rows, 3);
    const double before = live_bytes();
    const ciess::td3 policy(3, {}, {}, 1);
    ciess::gaussian_noise noise;
    const ciess::random_walk walk;
    std::vector<int> out(static_cast<std::size_t>(rows));
    std::uint64_t step = 0;
    return timed(rounds, before, [&] {
      ciess::choose_sizes(policy, noise, walk, states, {}, {1, ciess::purpose::walk}, step++, out);
    });
  };
}

struct point {
  std::string curve;  ///< work and what grows
  double value;       ///< of what grows
  work run;
};

/// Everything else stays as it is: 8,192 rows with 50 pairs a row, 128 columns.
std::vector<point> points(int largest) {
  constexpr index_t rows = 8192, degree = 50;
  constexpr int d = 128;
  std::vector<point> list;
  const auto add = [&](const char* curve, index_t value, work run) {
    list.push_back({curve, static_cast<double>(value), std::move(run)});
  };
  for (int k = 10; k <= largest; ++k) {
    const index_t n = index_t{1} << k;
    add("LightGCN step / rows", n, lightgcn_step(n, degree * n, d));
  }
  for (int k = 16; k <= largest + 5; ++k)
    add("LightGCN step / edges", index_t{1} << k, lightgcn_step(rows, index_t{1} << k, d));
  for (int columns = 8; columns <= 256; columns *= 2)
    add("LightGCN step / columns", columns, lightgcn_step(rows, degree * rows, columns));
  for (int k = 10; k < largest; ++k)
    add("full ranking / rows", index_t{1} << k, ranking(index_t{1} << k, d));
  for (int columns = 8; columns <= 256; columns *= 2)
    add("full ranking / columns", columns, ranking(rows, columns));
  for (int k = 10; k <= largest + 4; ++k)
    add("projection / rows", index_t{1} << k, projection(index_t{1} << k));
  for (int k = 10; k <= largest; ++k)
    add("choosing sizes / rows", index_t{1} << k, choosing(index_t{1} << k));
  return list;
}

/// Four pictures: time against rows, against columns, against edges; memory against rows.
std::string gnuplot_script(const std::vector<int>& threads) {
  std::ostringstream s;
  s << ciess::gnuplot_head("growth", 900, 700)
    << "set datafile missing NaN\n"
       "set logscale x 2\nset logscale y 10\nset format x '2^%L'\nset format y '%g'\n"
       "set key tmargin center horizontal samplen 2\n"
       "set multiplot layout 2,2\n";
  struct curve {
    const char *name, *title;
  };
  const auto picture = [&](const char* x, const char* y, int column, double scale,
                           std::vector<curve> curves, const std::vector<int>& shown) {
    s << "set xlabel '" << x << "'\nset ylabel '" << y << "'\nplot";
    const char* between = " \\\n  ";
    for (std::size_t colour = 0; colour < curves.size(); ++colour) {
      const auto& c = curves[colour];
      for (const int n : shown) {
        s << between << "here.'growth.tsv' using (strcol(1) eq '" << c.name << "' && $3 == " << n
          << " ? $2 : NaN):($" << column << "*" << scale
          << ") with linespoints pt 7 ps 0.5 lw 2 dt " << (n == shown.back() ? 1 : 2) << " lc rgb '"
          << ciess::gnuplot_colour(colour) << "' title '" << c.title
          << (shown.size() > 1 ? ", " + std::to_string(n) + (n == 1 ? " thread" : " threads") : "")
          << "'";
        between = ", \\\n  ";
      }
    }
    s << '\n';
  };
  const std::vector<curve> by_rows{{"LightGCN step / rows", "LightGCN step"},
                                   {"full ranking / rows", "full ranking"},
                                   {"projection / rows", "projection"},
                                   {"choosing sizes / rows", "choosing sizes"}};
  const std::vector<int> last{threads.back()};
  picture("rows (50 pairs a row, 128 columns)", "ms", 4, 1, by_rows, last);
  picture("rows", "MiB held between calls", 5, 1.0 / (1 << 20), by_rows, last);
  picture(
      "columns (8,192 rows, 50 pairs a row)", "ms", 4, 1,
      {{"LightGCN step / columns", "LightGCN step"}, {"full ranking / columns", "full ranking"}},
      threads);
  picture("edges (8,192 rows, 128 columns)", "ms", 4, 1,
          {{"LightGCN step / edges", "LightGCN step"}}, threads);
  s << "unset multiplot\nunset output\n";
  return s.str();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Measures how time and memory grow with rows, edges, columns and threads"};
  std::string out = ".";
  std::vector<int> threads{1, 2};
  int rounds = 7;
  int largest = 16;
  app.add_option("--out", out, "folder for growth.tsv and growth.gp");
  app.add_option("--threads", threads, "in rising order")->check(CLI::Range(1, 1024));
  app.add_option("--rounds", rounds, "of each, the median counts")->check(CLI::Range(1, 1000));
  app.add_option("--largest", largest, "log2 of the most rows of a recommender")
      ->check(CLI::Range(11, 22));
  std::vector<index_t> steps;
  double most_gb = 10;
  app.add_option("--steps", steps,
                 "only steps of MF, with tables of so many users and as many items")
      ->check(CLI::Range(1'000, 100'000'000));
  app.add_option("--most-gb", most_gb, "of memory, for a step; larger ones are left out");
  CLI11_PARSE(app, argc, argv);
  try {
    if (!steps.empty()) {
      print_steps(steps, threads, rounds, 1e9 * most_gb);
      return 0;
    }
    std::filesystem::create_directories(out);
    std::ostringstream table;
    table << "curve\tvalue\tthreads\tms\theld_bytes\tpeak_rss_bytes\n";
    for (const auto& p : points(largest))
      for (const int n : threads) {
        const result r = apart(p.run, n, rounds);
        char line[256];
        std::snprintf(line, sizeof line, "%s\t%.0f\t%d\t%.4g\t%.0f\t%.0f\n", p.curve.c_str(),
                      p.value, n, r.ms, r.held, r.peak);
        table << line;
        std::cout << line << std::flush;
      }
    ciess::save_picture(out, {"growth", gnuplot_script(threads), table.str()});
  } catch (const std::exception& e) {
    std::cerr << "ciess_growth: " << e.what() << '\n';
    return 1;
  }
  return 0;
}
