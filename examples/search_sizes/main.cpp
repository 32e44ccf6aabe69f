// SPDX-License-Identifier: MIT
// The main job: read ratings, search a size for every user and item under memory budgets, and
// report what that costs.
//
//   search_sizes --data ratings.dat --budget 0.9 --out found
//   search_sizes --data train.txt --test test.txt
//   search_sizes --data ratings.csv.gz --inspect
//   search_sizes --resume found
//
// Without --data it makes a data set of its own. The summary, the sizes and the history of the
// search go into --out, with pictures of them: scripts and data, drawn if gnuplot is there. Until
// they are, checkpoints are in --out/ciess-checkpoint: whatever ends the program, --resume goes on.
//
// Several processes share the work, and only the first one of them prints and writes:
//
//   mpirun -n 4 search_sizes --data ratings.dat
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include <unistd.h>

#include <CLI/CLI.hpp>

#include <ciess/core/error.hpp>
#include <ciess/core/process_group.hpp>
#include <ciess/core/threads.hpp>

#include "../command_line.hpp"
#include "backbones.hpp"
#include "click_options.hpp"
#include "formats.hpp"
#include "processes.hpp"
#include "report.hpp"
#include "run_click.hpp"

namespace {

/// One line, whatever the text; all processes come here.
int refuse(const ciess::process_group* processes, std::string text) {
  if (processes && !processes->is_root()) return 2;
  std::ranges::replace(text, '\n', ' ');
  std::fprintf(stderr, "search_sizes: %s\n", text.c_str());
  return 2;
}

void check_place(const example::settings& s) {
  if (s.processes->is_root()) example::folder_of(s.out).check_place();
}

/// Whether all processes have read the same, and the same as before.
void check_data(const example::settings& s, const example::json& saved,
                const ciess::named_fingerprints& data) {
  if (!s.resume.empty()) ciess::check_fingerprints(example::folder_of(s.out), saved, data);
  for (const auto& [name, number] : data) s.processes->agree(name, number);
}

int search(example::settings& s, const CLI::App& app) {
  std::signal(SIGINT, [](int) {
    if (example::asked_to_stop.exchange(true)) std::_Exit(130);  // the second Ctrl-C does not wait
    constexpr std::string_view text = "\nstopping after this step or training; Ctrl-C: now\n";
    if (::write(STDERR_FILENO, text.data(), text.size()) < 0) return;
  });
  if (s.report && s.resume.empty()) throw ciess::argument_error("--report needs --resume");
  example::json saved;
  if (!s.resume.empty()) {
    const auto text = s.processes->from_root(
        "--resume", [&] { return ciess::saved_settings(example::folder_of(s.resume)).dump(); });
    saved = example::json::parse(text);
    example::resume(s, saved, app);
  }
  example::check_readable(s, *s.processes);
  const ciess::threads pool(example::threads_of(s, *s.processes));
  const bool clicks = s.task == "click";
  example::refuse_options_of(clicks ? "ranking" : "click", app);
  (void)example::updates_of(s);  // refused before anything is read
  if (clicks) {
    if (s.resume.empty()) {
      if (app.count("--dim") == 0) s.dim = 16;
      if (app.count("--budget") == 0) s.budgets = {0.5, 0.8, 0.9};  // a number a row stays
    }
    if (s.inspect) return s.processes->is_root() ? example::inspect_clicks(s) : 0;
    check_place(s);
    const example::click_input in = example::read_click_input(s);
    check_data(s, saved, example::fingerprints(in));
    const auto run = [&](const example::settings& one) { return example::run_click(one, in); };
    if (s.stored_as.size() == 1) return run(s);
    return example::run_formats(
        s, example::click_tables(s, in),
        ciess::settings_text(example::kept_settings(s), example::fingerprints(in)), run);
  }
  const ciess::loss_options loss = example::loss_of(s);
  loss.check("loss");
  if (s.inspect) return s.processes->is_root() ? example::inspect(s.data) : 0;
  example::check_at(s.at);
  check_place(s);
  const example::input in = example::read_input(s);
  check_data(s, saved, example::fingerprints(in));
  const auto backbone = example::backbones().find(s.backbone);
  if (backbone == example::backbones().end())
    throw ciess::argument_error("--backbone: this program was built without " + s.backbone);
  if (s.stored_as.size() == 1) return backbone->second(s, in);
  return example::run_formats(
      s, example::table_names(s.backbone), example::begun_with(s, in),
      [&](const example::settings& one) { return backbone->second(one, in); });
}

}  // namespace

int main(int argc, char** argv) {
  std::unique_ptr<ciess::process_group> processes;
  try {
    processes = example::begin_processes();
  } catch (const std::exception& e) {
    return refuse(nullptr, e.what());
  }
  example::settings s;
  s.processes = processes.get();
  CLI::App app{
      "Searches embedding sizes for a recommender under memory budgets (CIESS, SIGIR 2023)."};
  example::add_options(app, s);
  try {
    command_line::parse(app, argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);
    return refuse(processes.get(), e.what());
  }
  try {
    return processes->run([&] { return search(s, app); });
  } catch (const ciess::interrupted&) {
    std::printf("stopped; to go on: search_sizes --resume %s\n", s.out.c_str());
    return 130;
  } catch (const std::exception& e) {
    return refuse(processes.get(), e.what());
  }
}
