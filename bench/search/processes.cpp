// SPDX-License-Identifier: MIT
// What several processes bring to a search: how much each measures, sends and waits, and from what
// one process alone takes, what 4 to 64 would bring.
//
//   ciess_processes
//   mpirun -n 2 --bind-to core ciess_processes
//
// Made-up data, matrix factorisation, warm starts; the rule `weighted-frequency`, whose assignments
// are all known ahead, and evolution, which knows one for each budget ahead. Processor time: what
// else a machine does is not in it.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <exception>
#include <map>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <ciess/backbone/mf.hpp>
#include <ciess/core/mpi_group.hpp>
#include <ciess/core/process_group.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/data/split.hpp>
#include <ciess/data/synthetic.hpp>
#include <ciess/search/detail/forwarded_environment.hpp>
#include <ciess/search/evolution/evolution.hpp>
#include <ciess/search/recommender_environment.hpp>
#include <ciess/search/rules/frequency.hpp>
#include <ciess/search/search.hpp>
#include <ciess/search/spread_environment.hpp>

namespace {

/// Seconds of processor time of this process, all of its threads.
double processor_seconds() {
  std::timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

/// Notes what each measurement takes.
template <class E>
class timed : public ciess::detail::forwarded_environment<E> {
 public:
  using ciess::detail::forwarded_environment<E>::forwarded_environment;
  ciess::measurement full() { return this->env_->full(); }
  ciess::measurement measure(const ciess::assignment& sizes) {
    const double begun = processor_seconds();
    auto m = this->env_->measure(sizes);
    took.push_back(processor_seconds() - begun);
    return m;
  }
  std::vector<double> took;
};

/// What one process did in one search.
struct account {
  double seconds = 0;    ///< by the clock
  double processor = 0;  ///< all
  double measuring = 0;  ///< of that, in measurements
  double exchanging = 0;
  std::int64_t measurements = 0, exchanges = 0, bytes = 0;
};

template <class S, class E>
account searched(const S& how, E& env, ciess::process_group& processes,
                 const ciess::sizing_request& asked) {
  env.took.clear();
  ciess::spread_environment<E> shared(env, processes);
  (void)shared.full();  // processes begin together
  const auto before = processes.exchanged();
  const double processor = processor_seconds();
  const auto begun = std::chrono::steady_clock::now();
  (void)ciess::search(shared, how, asked);
  account a;
  a.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  a.processor = processor_seconds() - processor;
  for (const double s : env.took) a.measuring += s;
  a.measurements = std::ssize(env.took);
  a.exchanging = processes.exchanged().seconds - before.seconds;
  a.exchanges = processes.exchanged().exchanges - before.exchanges;
  a.bytes = processes.exchanged().bytes_sent - before.bytes_sent;
  return a;
}

/// Seconds of a search whose steps are measured in rounds: each as long as its slowest one, and an
/// exchange.
/// @param took   of each step's measurement
/// @param known  how many steps can be planned at once from each step on
double modelled(const std::vector<double>& took, const std::vector<std::size_t>& known,
                std::size_t processes, double exchange) {
  double all = 0;
  for (std::size_t at = 0; at < took.size();) {
    const std::size_t n = std::min({processes, known[at], took.size() - at});
    all += *std::max_element(took.begin() + static_cast<std::ptrdiff_t>(at),
                             took.begin() + static_cast<std::ptrdiff_t>(at + n)) +
           (processes > 1 ? exchange : 0);
    at += n;
  }
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  int budgets = 4, steps = 40, measure_steps = 300, users = 6000, items = 3000;
  std::int64_t interactions = 400'000;
  double exchange = 0.002;
  CLI::App app{"What several processes bring to a search."};
  app.add_option("--budgets", budgets)->check(CLI::Range(1, 8));
  app.add_option("--steps", steps, "of evolution, for each budget")->check(CLI::Range(21, 10'000));
  app.add_option("--measure-steps", measure_steps, "training steps of a measurement")
      ->check(CLI::Range(1, 100'000));
  app.add_option("--users", users)->check(CLI::Range(10, 10'000'000));
  app.add_option("--items", items)->check(CLI::Range(10, 10'000'000));
  app.add_option("--interactions", interactions);
  app.add_option("--exchange", exchange, "seconds of an exchange, for the model");
  CLI11_PARSE(app, argc, argv);
  try {
    ciess::mpi_group processes;
    processes.run([&] {
      const ciess::threads pool(1);
      const auto parts = ciess::split_interactions(
          ciess::make_synthetic({.users = users, .items = items, .interactions = interactions})
              .data,
          {}, 1);
      using environment = ciess::recommender_environment<ciess::mf>;
      environment::options o;
      o.from = ciess::start::warm;
      o.steps = measure_steps;
      o.full = {.every = 100, .patience = 2, .max_steps = 600};
      environment inner(ciess::mf(parts.train, {.range = {1, 64}, .batch = 10'000}, 1), parts.train,
                        parts.validation, o);
      timed<environment> env(inner);
      (void)env.full();
      ciess::sizing_request asked{.budgets = {}};
      for (int b = 0; b < budgets; ++b) asked.budgets.push_back(0.9 - 0.08 * b);

      const ciess::rule rule(ciess::frequency_rule({0, 0.5, 1}, {1, 2}));
      const ciess::evolution evolution{.steps = steps};
      const auto tell = [&](const char* name, const account& a,
                            const std::vector<std::size_t>& known) {
        const auto all =
            processes.all_gather("accounts", [&] { return ciess::process_group::bytes_of(a); });
        if (!processes.is_root()) return;
        for (std::size_t r = 0; r < all.size(); ++r) {
          account one;
          std::size_t at = 0;
          ciess::process_group::read(all[r], at, one);
          std::printf("%-20s %4d %4zu %13lld %9.2f %9.2f %9.2f %9lld %9lld %9.2f\n", name,
                      processes.size(), r, static_cast<long long>(one.measurements), one.seconds,
                      one.processor, one.measuring, static_cast<long long>(one.exchanges),
                      static_cast<long long>(one.bytes), one.exchanging);
        }
        if (processes.size() > 1) return;
        const double alone = modelled(env.took, known, 1, exchange);
        for (const std::size_t n : {2U, 4U, 8U, 16U, 32U, 64U}) {
          const double time = modelled(env.took, known, n, exchange);
          std::printf(
              "%-20s model of %2zu processes: %7.2f s, %5.1f times as fast, efficiency %3.0f %%\n",
              name, n, time, alone / time, 100 * alone / time / static_cast<double>(n));
        }
      };
      if (processes.is_root())
        std::printf("%-20s %4s %4s %13s %9s %9s %9s %9s %9s %9s\n", "method", "of", "rank",
                    "measurements", "s", "cpu s", "measuring", "exchanges", "bytes", "in them s");
      const account a = searched(rule, env, processes, asked);
      tell("weighted-frequency", a, std::vector<std::size_t>(env.took.size(), env.took.size()));
      const account b = searched(evolution, env, processes, asked);
      std::vector<std::size_t> known(env.took.size());
      const auto n = static_cast<std::size_t>(budgets);
      const std::size_t drawn = static_cast<std::size_t>(evolution.drawn) * n;
      for (std::size_t at = 0; at < known.size(); ++at)
        known[at] = at < drawn ? drawn - at : n - at % n;
      tell("optembed", b, known);
    });
  } catch (const std::exception& e) {
    std::fprintf(stderr, "ciess_processes: %s\n", e.what());
    return 2;
  }
}
