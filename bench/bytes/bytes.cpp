// SPDX-License-Identifier: MIT
// What can one keep of a recommender, how many bytes does it take, and what is left of the quality?
// Rows of tables (what a trainer keeps) and of final vectors (what a server multiplies): rounded,
// cut, with sizes that a search has found, as codes of faiss's product quantiser, and hashed. All
// models are trained alike, from one seed, and judged on the test part: the mean of Recall and NDCG
// at 5, 10, 20. Bytes are everything that is needed but ids.
//
//   ciess_bytes --data ml-1m.txt --out bytes --sizes found/sizes-0.8 found/sizes-0.9
//
// Sizes are those of `search_sizes --data ml-1m.txt --seed 1`, which has split the same data by the
// same seed: its search has not seen the test part. --runs names folders of `search_sizes --of
// bytes --stored-as 4 --vectors` with the same data, seed and backbone: what they have measured is
// put beside the rest. On standard output: a table for each group.
// In --out: bytes.tsv, written anew after every row, and bytes.svg, which shows for each group the
// best that so many bytes buy. The best of many rows is chosen by the test part there: too good an
// estimate by a little, and by more for groups of many rows.
//
// Of one core, MF on MovieLens-1M takes seven minutes and LightGCN without hashing sixteen; sizes
// come on top. --rows names some of the rows, --add takes those that a run before has made, and
// --full-model the model that it has trained.
#include <ciess/backbone/ials.hpp>
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/backbone/mf.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/data/load_dataset.hpp>
#include <ciess/io/load_npy.hpp>
#include <ciess/search/lens_environment.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "hashing_rows.hpp"
#include "report.hpp"
#include "run_rows.hpp"
#include "table_rows.hpp"
#include "trained.hpp"
#include "vector_rows.hpp"
#ifdef CIESS_BYTES_FAISS
#include "quantiser_rows.hpp"
#endif

namespace {

struct settings {
  std::string data, backbone = "lightgcn", out = "bytes", full_model;
  std::vector<std::string> sizes, runs, added;
  std::vector<std::string> rows = all_rows();
  std::vector<int> code_bytes{4, 8, 16, 32}, code_bits{8, 4};
  std::vector<double> shares{0.2, 0.1, 0.05};
  int dim = 128, threads = 0;
  std::uint64_t seed = 1;

  static std::vector<std::string> all_rows() {
    return {"table", "cut", "vectors", "codes", "table-codes", "hashing", "equal", "found"};
  }
  [[nodiscard]] bool asks_for(const char* what) const {
    return std::ranges::find(rows, what) != rows.end();
  }
};

/// Sizes of an earlier run, PREFIX-users.npy and PREFIX-items.npy.
struct found {
  std::string name;
  ciess::assignment sizes;
};

template <class Model>
std::vector<found> load_sizes(const settings& s, ciess_bench::trained<Model>& by) {
  std::vector<found> all;
  for (const auto& prefix : s.sizes) {
    ciess::assignment a({ciess::load_npy_sizes(prefix + "-users.npy", by.shapes()[0].range),
                         ciess::load_npy_sizes(prefix + "-items.npy", by.shapes()[1].range)});
    ciess::check_shapes(("--sizes " + prefix).c_str(), by.shapes(), a);
    all.push_back({std::filesystem::path(prefix).filename().string(), std::move(a)});
  }
  return all;
}

/// Rows of what a server multiplies.
/// @param prefix  of the names of rows; empty for the full model
template <class Model>
void add_vectors(ciess_bench::bytes_report& report, const settings& s,
                 const ciess_bench::trained<Model>& by, Model& model, const std::string& prefix) {
  const bool full = prefix.empty();
  const auto plain = ciess_bench::final_vectors::of(model);
  const ciess::vector_environment turned(plain.users, plain.items, by.known(), by.test());
  if (s.asks_for("vectors"))
    ciess_bench::vector_rows(report, turned, by.known(),
                             full ? "vectors" : "vectors of found sizes", prefix)
        .add_all();
#ifdef CIESS_BYTES_FAISS
  if (s.asks_for("codes"))
    ciess_bench::quantiser_rows(report, by.known(), by.test(),
                                full ? "product quantisation" : "product quantisation, found sizes",
                                prefix)
        .add_all(plain, turned, ciess_bench::quantisers_of(s.code_bits, s.code_bytes), full);
#endif
}

template <class Model>
void run(const settings& s) {
  ciess_bench::trained<Model> by(ciess::load_dataset(s.data, {}, {.seed = s.seed}), s.dim, s.seed);
  const std::vector<found> sizes = load_sizes(s, by);  // refused before anything is trained
  if (!ciess::detail::trains_through<Model> && s.rows != settings::all_rows() &&
      s.asks_for("hashing"))
    throw ciess::argument_error("--rows hashing: " + s.backbone + " learns by no slopes");
  std::vector<ciess_bench::run_result> runs;
  for (const auto& folder : s.runs)
    runs.push_back(ciess_bench::load_run(folder, {s.backbone, s.dim, s.seed}));
  Model full = by.full(s.full_model);
  std::int64_t dense = 0;
  for (const auto& shape : by.shapes()) dense += 4 * std::int64_t{shape.rows} * shape.range.max;
  ciess_bench::bytes_report report(s.out, dense, by.judge(full));
  std::printf(
      "%s of %d numbers, seed %llu: %lld users, %lld items, %d steps; float table %lld "
      "bytes, quality %.4f\n",
      s.backbone.c_str(), s.dim, static_cast<unsigned long long>(s.seed),
      static_cast<long long>(full.users()), static_cast<long long>(full.items()), by.full_steps(),
      static_cast<long long>(dense), report.full_quality());
#ifndef CIESS_BYTES_FAISS
  std::printf("built without faiss (Debian: libfaiss-dev): no rows of product quantisation\n");
#endif
  std::fflush(stdout);
  ciess_bench::add_runs(report, s.runs, std::move(runs));
  for (const auto& file : s.added) report.add_file(file);
  if (s.asks_for("table")) ciess_bench::add_tables(report, by, full);
  if (s.asks_for("cut")) ciess_bench::add_cut_tables(report, by, full);
  add_vectors(report, s, by, full, "");
#ifdef CIESS_BYTES_FAISS
  if (s.asks_for("table-codes"))
    ciess_bench::add_table_codes(report, by, full,
                                 ciess_bench::quantisers_of(s.code_bits, s.code_bytes));
#endif
  if constexpr (ciess::detail::trains_through<Model>) {  // iALS does not: it has no such rows
    if (s.asks_for("hashing")) ciess_bench::add_hashing(report, by, s.shares);
  }
  if (s.asks_for("equal")) ciess_bench::add_equal_sizes(report, by);
  for (const auto& f : sizes) {
    if (!s.asks_for("found")) break;
    Model model = by.sized(f.sizes);
    ciess_bench::add_formats(report, by, model, "found sizes, trained", f.name + ", ",
                             ciess::number_formats);
    add_vectors(report, s, by, model, f.name + ": ");
  }
  report.print();
  const int status =
      report.draw(s.backbone + ", " + std::filesystem::path(s.data).filename().string());
  if (status != 0)
    std::printf("\nbytes.svg is not drawn (gnuplot ended with %d; 127: it is not there)\n", status);
}

}  // namespace

int main(int argc, char** argv) {
  settings s;
  CLI::App app{"What one can keep of a recommender, by bytes and by what is left of the quality"};
  app.add_option("--data", s.data,
                 "pairs: half is trained on, a quarter each to choose and to test")
      ->required();
  app.add_option("--backbone", s.backbone, "model that is kept")
      ->check(CLI::IsMember({"lightgcn", "mf", "ials"}))
      ->capture_default_str();
  app.add_option("--dim", s.dim, "size of a full row: of 20, 95 % can be removed")
      ->check(CLI::Range(20, ciess::size_range::limit))
      ->capture_default_str();
  app.add_option("--seed", s.seed, "of the split and of all weights")->capture_default_str();
  app.add_option("--sizes", s.sizes,
                 "PREFIX of PREFIX-users.npy and PREFIX-items.npy, of a search");
  app.add_option("--runs", s.runs, "folders of runs of search_sizes whose rows are put beside");
  app.add_option("--add", s.added,
                 "bytes.tsv of earlier runs with the same data, backbone and seed");
  app.add_option("--rows", s.rows, "which, of these")
      ->check(CLI::IsMember(settings::all_rows()))
      ->capture_default_str();
  app.add_option("--code-bytes", s.code_bytes,
                 "of rows \"codes\" and \"table-codes\": bytes a vector")
      ->check(CLI::Range(1, 512))
      ->capture_default_str();
  app.add_option("--code-bits", s.code_bits,
                 "of rows \"codes\" and \"table-codes\": bits of a part's code")
      ->check(CLI::IsMember({4, 8}))
      ->capture_default_str();
  app.add_option("--shares", s.shares,
                 "of rows \"hashing\": of the rows so many are left; modulo hashing has the "
                 "middle one")
      ->check(CLI::Range(0.001, 1.0))
      ->capture_default_str();
  app.add_option("--full-model", s.full_model,
                 "file that the full-size model is taken from, if it is there, and else written "
                 "to: its training is the longest part on large data");
  app.add_option("--out", s.out, "folder for the figures and the picture")->capture_default_str();
  app.add_option("--threads", s.threads, "0 for all processors")->check(CLI::Range(0, 1024));
  CLI11_PARSE(app, argc, argv);
  try {
    const ciess::threads pool(s.threads);
    if (s.backbone == "mf")
      run<ciess::mf>(s);
    else if (s.backbone == "ials")
      run<ciess::ials>(s);
    else
      run<ciess::lightgcn>(s);
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "ciess_bytes: " << e.what() << '\n';
  }
  return 1;
}
