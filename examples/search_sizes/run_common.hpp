// SPDX-License-Identifier: MIT
// What the runs of all tasks have in common.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <unistd.h>

#include <ciess/backbone/warm_start.hpp>
#include <ciess/core/byte_count.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/process_group.hpp>
#include <ciess/core/shared_store.hpp>
#include <ciess/core/state_store.hpp>
#include <ciess/core/text.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/search/observers/progress.hpp>
#include <ciess/search/sizing_request.hpp>
#ifdef CIESS_ALL_METHODS
#include <ciess/study/all_methods.hpp>
#endif
#include <ciess/study/method_names.hpp>
#include <ciess/study/results_folder.hpp>
#include <ciess/study/run_study.hpp>
#include <ciess/study/study_files.hpp>

#include "processes.hpp"
#include "report.hpp"
#include "settings.hpp"

namespace example {

/// Tells people how far it is, and asks to stop when they do.
struct teller {
  const settings& s;
  ciess::progress progress{std::cout, ::isatty(STDOUT_FILENO) == 1};

  bool operator()(const ciess::phase_report& phase) {
    progress.end_line();
    if (!s.quiet) std::printf("%s ...\n", phase.text.c_str());
    std::fflush(stdout);
    return go_on();
  }
  bool operator()(const auto& report)
    requires requires { progress(report); }
  {
    if (!s.quiet) progress(report);
    return go_on();
  }
  [[nodiscard]] bool go_on() const { return !s.report && !asked_to_stop.load(); }
};

/// The states of a run, of which the full-size models are kept for other runs, too: what differs
/// between these plays no part in them.
class sharing_store {
 public:
  /// @param all  who keeps these; null: nobody shares them
  sharing_store(ciess::results_store& own, ciess::results_store* all)
      : own_{&own}, all_{all ? all : &own} {}

  template <class S>
  bool load(std::string_view name, S& state) {
    return of(name).load(name, state);
  }
  template <class S>
  void save(std::string_view name, S& state) {
    of(name).save(name, state);
  }
  [[nodiscard]] bool due() const { return own_->due(); }

 private:
  ciess::results_store& of(std::string_view name) {
    return name == "full" || name == "last-full" ? *all_ : *own_;
  }

  ciess::results_store* own_;
  ciess::results_store* all_;
};
static_assert(ciess::state_store<sharing_store>);

/// Whether a run could begin in its folder; for `settings::only_check`.
/// @returns 0
/// @throws as `results_folder::check`
inline int check_begin(const settings& s, const ciess::results_folder::run& begun) {
  if (s.processes->is_root() && s.resume.empty()) (void)folder_of(s.out).check(begun);
  return 0;
}

/// The folder of results, which the root alone has: others keep nothing, and need no disk.
struct output {
  /// Begins a run there, or goes on with it.
  /// @param text  callable () -> std::string, what the run is begun with
  /// @throws ciess::error if that cannot be
  output(const settings& s, const ciess::results_folder::run& begun, auto&& text)
      : processes{s.processes} {
    if (s.processes->is_root()) {
      const auto folder = folder_of(s.out);
      if (s.resume.empty()) (void)folder.check(begun);
      store.emplace(folder, ciess::results_store::options{
                                .every = std::chrono::duration<double>(s.save_every)});
      if (s.resume.empty()) store->begin(begun, text());
      kept.emplace(*store, s.shared);
    }
    const std::filesystem::path file = store ? store->path() / ciess::history_file : "/dev/null";
    history.open(file, std::ios::trunc);
    if (!history) throw ciess::io_error(file.string() + ": cannot create");
  }

  /// What the study keeps its states in.
  [[nodiscard]] ciess::shared_store<sharing_store> states() {
    return {*processes, kept ? &*kept : nullptr};
  }

  ciess::process_group* processes;
  std::optional<ciess::results_store> store;
  std::optional<sharing_store> kept;
  std::ofstream history;
};

/// Whose steps are noted: those of ciess, which is the last of all methods, or of the last one.
inline std::string method_of_history(const settings& s) {
  return std::string(ciess::chosen_methods(s.methods).back());
}

/// What is asked for, and told how: shares of bytes for numbers of bytes.
/// @throws ciess::argument_error if the full size has no more bytes than are given
inline ciess::sizing_request asked_for(const settings& s,
                                       std::span<const ciess::table_shape> shapes) {
  ciess::sizing_request asked{
      .budgets = s.budgets,
      .seed = s.seed,
      .multiple = s.multiple,
      .per = s.per == "row" ? ciess::sizes_per::row : ciess::sizes_per::table};
  if (s.of == "bytes") asked.of = ciess::budget_of::bytes;
  if (s.bytes.empty()) return asked;
  asked.of = ciess::budget_of::bytes;
  asked.budgets.clear();
  const std::int64_t all = 4 * ciess::assignment(shapes).total();
  for (const auto& text : s.bytes) {
    const std::int64_t bytes = ciess::parse_byte_count(text, "--bytes");
    if (bytes >= all)
      throw ciess::argument_error(ciess::joined("--bytes: ", text, " is not less than the ", all,
                                                " bytes of the full size as floats"));
    const double share = 1 - static_cast<double>(bytes) / static_cast<double>(all);
    for (std::size_t b = 0; b < asked.budgets.size(); ++b)  // files are named by shares
      if (ciess::budget_name(asked.budgets[b]) == ciess::budget_name(share))
        throw ciess::argument_error(ciess::joined("--bytes: expected different ones, got ",
                                                  s.bytes[b], " and ", text, ", which both remove ",
                                                  ciess::budget_name(share)));
    asked.budgets.push_back(share);
  }
  return asked;
}

/// @throws ciess::argument_error as `check_budgets`, naming bytes where bytes were given, or what
///         can be removed where that is less
inline void check_asked(const settings& s, const ciess::sizing_request& asked,
                        std::span<const ciess::table_shape> shapes,
                        const ciess::table_formats& stored_as) {
  for (std::size_t b = 0; b < s.bytes.size(); ++b) try {
      ciess::sizing_request one = asked;
      one.budgets = {asked.budgets[b]};
      ciess::check_budgets(one, shapes, stored_as, "--bytes");
    } catch (const ciess::argument_error& e) {
      throw ciess::argument_error("--bytes " + s.bytes[b] + ": " + e.what());
    }
  const char* const what = s.bytes.empty() ? "--budget" : "--bytes";
  const auto least = static_cast<double>(ciess::budget{0, asked.multiple}.least(shapes));
  const double most = 1 - least / static_cast<double>(ciess::dense_numbers(shapes));
  for (const double share : asked.budgets) {
    if (asked.of != ciess::budget_of::numbers || !(0 < most && most < share && share < 1)) continue;
    ciess::sizing_request one = asked;
    one.budgets = {share};
    try {
      ciess::check_budgets(one, shapes, stored_as, what);
    } catch (const ciess::argument_error& e) {
      throw ciess::argument_error(ciess::joined(
          e.what(), ": at --dim ", s.dim,
          asked.multiple > 1 ? ciess::joined(" and --multiple ", asked.multiple) : std::string(),
          " at most ", ciess::fixed_text(std::floor(most * 1000) / 1000, 3), " can be removed"));
    }
  }
  ciess::check_budgets(asked, shapes, stored_as, what);
}

/// What is compared, by how much effort and from which starts.  @pre budgets are set
/// @throws ciess::argument_error as `preset::allow`, or if --replay does not fit
void tell_preset(auto& p, const settings& s) {
  p.compared = s.methods;
  if (s.measurements) p.allow(*s.measurements);
  if (s.episodes) p.ciess.episodes = *s.episodes;
  if (s.keep) p.keep = *s.keep;
  if (s.replay) {
    if (std::ranges::count(ciess::chosen_methods(s.methods), "ciess") == 0)
      throw ciess::argument_error("--replay: of ciess alone, which is not among --methods");
    if (*s.replay < p.ciess.replay_steps)
      throw ciess::argument_error(
          ciess::joined("--replay: expected a transition or more of each of ", p.ciess.replay_steps,
                        " steps, got ", *s.replay));
    p.ciess.replay_capacity = *s.replay;
  }
  if (!s.rule_starts.empty()) p.rule_starts.clear();
  for (const auto& [name, from] : {std::pair("scratch", ciess::start::scratch),
                                   std::pair("warm", ciess::start::warm)})  // the quickest last
    if (std::ranges::count(s.rule_starts, name)) p.rule_starts.push_back(from);
  p.study.leave_when_stopped = !s.report;
  p.study.processes = s.processes;
}

/// Compiling all of them takes a minute more for each backbone.
auto methods_of(const auto& plan) {
#ifdef CIESS_ALL_METHODS
  return ciess::all_methods(plan);
#else
  if (std::ranges::count(plan.compared, "all") > 0)
    throw ciess::argument_error(
        "--methods all: this program was built without some of them, with -DCIESS_ALL_METHODS=OFF");
  return plan.methods();
#endif
}

}  // namespace example
