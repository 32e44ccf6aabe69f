// SPDX-License-Identifier: MIT
// How time and memory grow: a LightGCN step, full ranking, projection and choosing sizes against
// rows, edges, columns and threads. Writes growth.tsv and growth.gp; `gnuplot growth.gp` in that
// folder makes growth.svg.
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/ranking/evaluate.hpp>
#include <ciess/rl/choose.hpp>
#include <ciess/rl/noise.hpp>
#include <ciess/rl/random_walk.hpp>
#include <ciess/rl/td3.hpp>
#include <ciess/search/budget/projection.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/study/gnuplot.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "support/ceilings.hpp"
#include "support/measure.hpp"

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
  double ms = 0;    ///< median
  double held = 0;  ///< bytes that the work holds: tables and buffers, not its input
  double peak = 0;  ///< bytes of the process at its largest, input and program included
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
  CLI11_PARSE(app, argc, argv);
  try {
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
