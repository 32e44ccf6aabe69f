// SPDX-License-Identifier: MIT
// What the rules for new rows are worth: a share of the rows of an assignment that a search has
// found is taken for new, each rule sizes them with as many numbers as they had, and the whole is
// measured as a step of a search measures.
//
//   search_sizes --data ml-1m.txt --out found
//   ciess_new_rows --data ml-1m.txt --found found --budgets 0.8 0.9 0.95
#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <ciess/ciess.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/search/ciess/policy_file.hpp>

#include "../support/study_data.hpp"

namespace {

struct settings {
  ciess_bench::data_options data;
  std::string backbone = "lightgcn";
  int dim = 128;
  std::uint64_t seed = 1;
  int threads = 0;
  std::vector<double> budgets{0.8, 0.9, 0.95};
  int full_steps = 0;
  std::string found = "found";
  double share = 0.2;
};

/// The rows of a table that are new, and those that are known.
struct parted_rows {
  std::vector<ciess::index_t> fresh, known;
};

parted_rows part(ciess::index_t rows, double share, const ciess::random_stream& stream) {
  parted_rows p;
  for (ciess::index_t r = 0; r < rows; ++r) {
    auto engine = stream.at(0, static_cast<std::uint64_t>(r));
    (ciess::uniform01<double>(engine) < share ? p.fresh : p.known).push_back(r);
  }
  return p;
}

template <class T, class Of>
std::vector<T> picked(const std::vector<ciess::index_t>& rows, Of&& of) {
  std::vector<T> all;
  for (const auto r : rows) all.push_back(static_cast<T>(of(r)));
  return all;
}

template <class Model>
void run(const settings& s) {
  const auto parts = s.data.read(s.seed);
  auto preset = ciess::warm_preset<Model>({1, s.dim}, parts.train, s.seed);
  if (s.full_steps > 0) preset.environment.full.max_steps = s.full_steps;
  ciess::recommender_environment<Model> env(Model(parts.train, preset.model, s.seed), parts.train,
                                            parts.held_out, preset.environment);
  const char* names[] = {"users", "items"};
  env.full();
  std::printf("quality of the full-size model: %.4f; %g %% of the rows are new\n\n",
              env.full_evaluation().mean, 100 * s.share);
  std::printf("%-8s %10s %10s %10s %10s\n", "removed", "as found", "like known", "policy", "equal");
  for (const double b : s.budgets) {
    std::ostringstream prefix;
    prefix << s.found << "/sizes-" << b << "-";
    std::vector<ciess::sizes> found;
    for (std::size_t t = 0; t < 2; ++t)
      found.push_back(
          ciess::load_npy_sizes(prefix.str() + names[t] + ".npy", env.shapes()[t].range));
    const ciess::assignment all(found);
    ciess::check_shapes("--found", env.shapes(), all);
    std::vector<ciess::assignment> by_rule(3, all);
    for (std::size_t t = 0; t < 2; ++t) {
      const auto rows =
          part(all[t].rows(), s.share, ciess::random_stream(s.seed, ciess::purpose::user).child(t));
      const auto frequency = [&](ciess::index_t r) {
        return env.frequency(t)[static_cast<std::size_t>(r)];
      };
      const auto size = [&](ciess::index_t r) { return all[t][r]; };
      const auto fresh_frequency = picked<double>(rows.fresh, frequency);
      const auto known_frequency = picked<double>(rows.known, frequency);
      ciess::budget limit;
      for (const auto r : rows.fresh) limit.numbers += all[t][r];
      const ciess::sizes known(picked<int>(rows.known, size), all[t].range());
      const auto policy = ciess::load_policy(s.found + "/policy-" + names[t] + ".safetensors");
      const ciess::table_shape shape{std::ssize(rows.fresh), all[t].range()};
      const ciess::sizes sized[] = {
          ciess::size_like_known(known, known_frequency, fresh_frequency, limit),
          policy(fresh_frequency, limit),
          ciess::project(std::span(&shape, 1), ciess::equal_proposal(std::span(&shape, 1)),
                         limit)[0]};
      for (std::size_t rule = 0; rule < 3; ++rule)
        for (std::size_t i = 0; i < rows.fresh.size(); ++i)
          by_rule[rule][t].set(rows.fresh[i], sized[rule][static_cast<ciess::index_t>(i)]);
    }
    std::printf("%6.1f %% %10.4f", 100 * b, env.measure(all).quality);
    for (const auto& a : by_rule) std::printf(" %10.4f", env.measure(a).quality);
    std::printf("\n");
    std::fflush(stdout);
  }
}

}  // namespace

int main(int argc, char** argv) {
  settings s;
  CLI::App app{"Measures what the rules for the sizes of new rows are worth"};
  ciess_bench::add_common_options(app, s);
  app.add_option("--found", s.found, "folder that search_sizes wrote")->capture_default_str();
  app.add_option("--share", s.share, "of the rows of each table that are new")
      ->check(CLI::Range(0.01, 0.9))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    const ciess::threads pool(s.threads);
    if (s.backbone == "mf")
      run<ciess::mf>(s);
    else
      run<ciess::lightgcn>(s);
  } catch (const std::exception& e) {
    std::cerr << "ciess_new_rows: " << e.what() << '\n';
    return 1;
  }
  return 0;
}
