// SPDX-License-Identifier: MIT
// Which method finds the best sizes, over several seeds? Reads what runs of `search_sizes` have
// measured, of one experiment and some seeds, and puts the methods side by side: quality on test,
// its range over the seeds, the change against the full model of the same seed, what is kept, and
// what the search took.
//
//   for s in 1 2 3; do
//     search_sizes --data ml-1m.txt --budget 0.8 0.9 0.95 --methods all --seed $s --out run$s
//   done
//   ciess_methods --runs run1 run2 run3 --out methods
//
// Runs of one seed add methods and budgets to each other, if nothing is there twice.
//
// On standard output: a table in Markdown, and a sentence for each budget that claims no more than
// the figures. In --out: methods.json, with the figures of every seed, methods.tsv, methods.gp and
// methods.svg. Only methods that have a quality in every seed of a budget are compared there; cells
// of fewer seeds say of how many they are.
//
// --published names a file of figures that others have published, in lines of name, share that is
// removed and quality, with tabs between them: rows of their own that are compared with nothing.
#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/io/write_file.hpp>
#include <ciess/study/draw_study.hpp>
#include <ciess/study/summary.hpp>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "../support/run_summary.hpp"
#include "check_runs.hpp"
#include "compare_methods.hpp"
#include "join_runs.hpp"
#include "methods_json.hpp"
#include "methods_picture.hpp"
#include "methods_text.hpp"
#include "published.hpp"

namespace {

struct settings {
  std::vector<std::string> runs;
  std::string out = "methods", published;
  bool allow_interrupted = false;
};

void make_folder(const std::filesystem::path& folder) {
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (code || !std::filesystem::is_directory(folder, code))
    ciess::detail::throw_error<ciess::io_error>(
        folder.string(),
        ": expected a folder, or none yet, got: ", code ? code.message() : "no folder");
}

void run(const settings& s) {
  std::vector<ciess_bench::run_summary> runs;
  for (const auto& folder : s.runs) runs.push_back(ciess_bench::read_run_summary(folder));
  ciess_bench::check_runs(runs, s.allow_interrupted);
  runs = ciess_bench::join_runs(std::move(runs));
  std::vector<ciess_bench::published_row> published;
  if (!s.published.empty()) published = ciess_bench::read_published(s.published);
  const auto compared = ciess_bench::compare_methods(runs);
  const std::filesystem::path out = s.out;
  make_folder(out);
  ciess::write_file(out / "methods.json",
                    ciess::json_text(ciess_bench::methods_json(compared, runs, published)));
  ciess::save_picture(out, ciess_bench::methods_picture(compared, runs, published));
  std::cout << ciess_bench::methods_text(compared, runs, published);
  if (const int status = ciess::run_gnuplot(out / "methods.gp"); status != 0)
    std::cout << ciess::joined("\nmethods.svg is not drawn (gnuplot ended with ", status,
                               "; 127: it is not there)\n");
  if (!std::cout.flush())
    throw ciess::io_error("standard output: expected to write the table, got an error");
}

}  // namespace

int main(int argc, char** argv) {
  settings s;
  CLI::App app{"Methods that choose sizes, side by side over the seeds of runs of search_sizes"};
  app.add_option(
         "--runs", s.runs,
         "folders of runs of one experiment; those of a seed add methods and budgets to each other")
      ->required();
  app.add_option("--published", s.published,
                 "figures of others: lines of name, share removed and mean, with tabs");
  app.add_flag("--allow-interrupted", s.allow_interrupted, "take runs that were stopped, too");
  app.add_option("--out", s.out, "folder for the figures and the picture")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    run(s);
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "ciess_methods: " << e.what() << '\n';
  }
  return 1;
}
