// SPDX-License-Identifier: MIT
#include "formats.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/process_group.hpp>
#include <ciess/core/text.hpp>
#include <ciess/embedding/number_format.hpp>
#include <ciess/embedding/table_formats.hpp>
#include <ciess/io/write_file.hpp>
#include <ciess/study/results_folder.hpp>
#include <ciess/study/study_files.hpp>
#include <ciess/study/summary.hpp>

#include "report.hpp"

namespace example {
namespace {

namespace fs = std::filesystem;

constexpr const char* formats_file = "formats.json";

/// What one format's run has found for a budget.
struct found_row {
  double budget = 0;
  std::string method;  ///< empty: no sizes
  std::int64_t numbers = 0, bytes = 0;
  double validation = 0, test = 0;
};

/// What is left of one format's run.
struct format_run {
  ciess::table_formats formats{};
  std::string figure;    ///< on test: "mean" of a ranking's figures, or "auc"
  bool stopped = false;  ///< of a search that was stopped: a report of what there was
  double full = 0;
  std::vector<found_row> rows;
};

/// @throws ciess::data_error if the file is no summary of such a run
format_run load_run(const settings& s, const ciess::table_formats& formats) {
  const fs::path file = fs::path(s.out) / format_folder(formats) / ciess::summary_file;
  std::ifstream in(file, std::ios::binary);
  format_run r{.formats = formats, .figure = "", .stopped = false, .full = 0, .rows = {}};
  try {
    const json all = json::parse(in);
    if (all.at("stored_as") != ciess::name_of(formats) || all.at("seed") != s.seed)
      throw ciess::data_error(file.string() + ": is of another run: expected seed " +
                              std::to_string(s.seed) + ", stored as " +
                              ciess::format_text(formats));
    r.stopped = all.at("interrupted");
    if (r.stopped && !s.report)
      throw ciess::data_error(file.string() +
                              ": is a report of a search that was stopped, and stays one: expected "
                              "--report again, or a new search (--force)");
    const json& full = all.at("full").at("test");
    r.figure = full.contains("mean") ? "mean" : "auc";
    r.full = full.at(r.figure);
    for (const json& b : all.at("budgets")) {
      found_row& row = r.rows.emplace_back();
      row.budget = b.at("budget");
      if (b.at("best").is_null()) continue;
      row.method = b.at("best");
      const json& best = b.at("methods").at(row.method);
      row.numbers = best.at("parameters");
      row.bytes = best.at("bytes");
      row.validation = best.at("validation");
      row.test = best.at("test").at(r.figure);
    }
  } catch (const json::exception& e) {
    throw ciess::data_error(file.string() + ": " + e.what());
  }
  return r;
}

/// Of the run of one format: "results", "a part", which it can go on from, or "nothing".
std::string state_of(const std::string& out) {
  const auto place = folder_of(out);
  if (place.unfinished()) return "a part";
  return fs::exists(place.path() / ciess::summary_file) ? "results" : "nothing";
}

/// Whether `format_folder` makes this name of some formats.
bool names_formats(const std::string& name) {
  std::vector<ciess::number_format> each;
  for (std::size_t from = 0; from <= name.size();) {
    const std::size_t end = std::min(name.find('-', from), name.size());
    const std::string word = name.substr(from, end - from);
    const auto known = std::ranges::find(ciess::number_formats, word,
                                         [](auto format) { return ciess::name_of(format); });
    if (known != ciess::number_formats.end())
      each.push_back(*known);
    else if (word != "bits")
      return false;
    from = end + 1;
  }
  return !each.empty() && format_folder(ciess::table_formats(std::move(each))) == name;
}

/// Where the results of formats are: of these, and of what else there is in the folder.
std::set<std::string> places_of_formats(const std::string& out,
                                        const std::vector<ciess::table_formats>& formats) {
  std::set<std::string> places;
  for (const auto& f : formats) places.insert((fs::path(out) / format_folder(f)).string());
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(out, none))
    if (names_formats(entry.path().filename().string())) places.insert(entry.path().string());
  return places;
}

/// @throws ciess::io_error if one cannot be
void remove_all(const std::vector<fs::path>& files) {
  std::error_code code;
  for (const auto& file : files)
    if (!fs::remove(file, code) && code)
      throw ciess::io_error(file.string() + ": cannot remove: " + code.message());
}

std::string padded(const std::string& text, std::size_t width, bool right) {
  const std::string gap(std::max(width, text.size() + 1) - text.size(), ' ');
  return right ? gap + text : text + gap;
}

/// Tells and writes what is best of each format and of all.
void join(const settings& s, const std::vector<format_run>& runs) {
  std::size_t wide = 11;
  for (const format_run& run : runs)
    wide = std::max(wide, ciess::format_text(run.formats).size() + 2);
  std::string text = padded("removed", 9, false) + padded("stored as", wide, false) +
                     padded("method", 30, false) + padded("numbers", 12, true) +
                     padded("bytes", 13, true) + padded("validation", 12, true) +
                     padded("test", 10, true) + padded("vs. full", 11, true) + '\n';
  json all;
  all["seed"] = s.seed;
  all["figure"] = runs.front().figure;
  all["full"] = {{"test", runs.front().full}};
  all["budgets"] = json::array();
  for (std::size_t b = 0; b < runs.front().rows.size(); ++b) {
    const format_run* best = nullptr;
    json formats = json::object();
    const std::string removed = ciess::joined(100 * runs.front().rows[b].budget, '%');
    const auto line = [&](const format_run& run, const char* star) {
      const found_row& row = run.rows[b];
      text += padded(removed, 9, false) + padded(ciess::format_text(run.formats), wide, false);
      if (run.stopped && *star == '\0') star = "stopped: ";
      if (row.method.empty()) {
        text += "no sizes were found\n";
        return;
      }
      const double change =
          run.figure == "mean" ? 100 * (row.test / run.full - 1) : row.test - run.full;
      text += padded(star + row.method, 30, false) + padded(std::to_string(row.numbers), 12, true) +
              padded(std::to_string(row.bytes), 13, true) +
              padded(ciess::fixed_text(row.validation, 4), 12, true) +
              padded(ciess::fixed_text(row.test, 4), 10, true) +
              padded((change < 0 ? "" : "+") + (run.figure == "mean"
                                                    ? ciess::fixed_text(change, 1) + '%'
                                                    : ciess::fixed_text(change, 4)),
                     11, true) +
              '\n';
    };
    for (const format_run& run : runs) {
      const found_row& row = run.rows.at(b);
      line(run, "");
      if (row.method.empty()) continue;
      formats[ciess::name_of(run.formats)] = {{"folder", format_folder(run.formats)},
                                              {"method", row.method},
                                              {"parameters", row.numbers},
                                              {"bytes", row.bytes},
                                              {"validation", row.validation},
                                              {"test", row.test},
                                              {"interrupted", run.stopped}};
      if (!best || row.validation > best->rows[b].validation) best = &run;
    }
    if (best) line(*best, "* ");
    json entry;
    entry["budget"] = runs.front().rows[b].budget;
    entry["best"] = best ? json(ciess::name_of(best->formats)) : json();
    if (best)
      entry["tables"] =
          format_folder(best->formats) + '/' + ciess::tables_file(runs.front().rows[b].budget);
    entry["formats"] = std::move(formats);
    all["budgets"].push_back(std::move(entry));
  }
  ciess::write_file(fs::path(s.out) / formats_file, ciess::json_text(all));
  std::printf("%ssizes and formats together: what is best of each format\n\n%s",
              s.quiet ? "" : "\n", text.c_str());
  std::printf(
      "\n* the best of all, chosen on validation; each format's files are in a folder of its own, "
      "such as %s\ntest: %s\n",
      (fs::path(s.out) / format_folder(runs.front().formats)).string().c_str(),
      runs.front().figure == "mean" ? "mean of Recall and NDCG at all lengths" : "AUC");
}

}  // namespace

std::string format_folder(const ciess::table_formats& formats) {
  std::string name = ciess::format_text(formats);
  std::ranges::replace_if(name, [](char c) { return c == ' ' || c == '/'; }, '-');
  return name;
}

int run_formats(const settings& s, const std::vector<std::string>& tables, const std::string& begun,
                const std::function<int(const settings&)>& run) {
  if (s.bytes.empty() && s.of != "bytes")
    throw ciess::argument_error(
        "--stored-as: several formats are compared at the same bytes: expected --bytes or --of "
        "bytes beside them");
  std::vector<ciess::table_formats> formats;
  for (const auto& name : s.stored_as) {
    settings one = s;
    one.stored_as = {name};
    formats.push_back(formats_of(one, tables));
    if (std::ranges::count(formats, formats.back()) > 1)
      throw ciess::argument_error("--stored-as: " + name + " is given twice");
  }
  constexpr std::size_t longest = 200;  // file systems take 255, and some of that is for what saves
  for (std::size_t i = 0; i < formats.size(); ++i)
    if (const std::size_t length = format_folder(formats[i]).size(); length > longest)
      throw ciess::argument_error(
          "--stored-as " + s.stored_as[i] + ": its results would be in a folder with a name of " +
          std::to_string(length) + " bytes, expected " + std::to_string(longest) +
          " at most: run it alone, in a folder of its own (one --stored-as, --out)");
  const auto of_format = [&](const ciess::table_formats& format) {
    settings one = s;
    one.stored_as = {ciess::name_of(format)};
    one.out = (fs::path(s.out) / format_folder(format)).string();
    one.resume.clear();
    return one;
  };

  // Folders are the root's: it looks, writes and decides, the others are told.
  ciess::process_group& processes = *s.processes;
  const auto folder = folder_of(s.out);
  const ciess::results_folder::run leaves{
      {formats_file}, {s.data.data, s.data.test, s.clicks.validation}, s.force};
  std::vector<fs::path> earlier;
  if (s.resume.empty()) {
    if (processes.is_root()) earlier = folder.check(leaves);
    for (const auto& format : formats) {
      settings one = of_format(format);
      one.only_check = true;
      try {
        if (const int status = run(one); status != 0) return status;
      } catch (const ciess::argument_error& e) {
        throw ciess::argument_error("--stored-as " + one.stored_as.front() + ": " + e.what());
      }
    }
  }
  std::optional<ciess::results_store> store;
  if (processes.is_root()) {
    store.emplace(folder, ciess::results_store::options{
                              .every = std::chrono::duration<double>(s.save_every)});
    if (s.resume.empty()) {
      // What earlier runs have left goes before this one can be gone on with: it would be taken for
      // this one's.
      for (const auto& place : places_of_formats(s.out, formats))
        for (auto& file : folder_of(place).check({.force = s.force}))
          earlier.push_back(std::move(file));
      remove_all(earlier);
      store->begin(leaves, begun);
    }
  }

  std::vector<format_run> runs;
  for (const auto& format : formats) {
    settings one = of_format(format);
    one.force = false;
    one.shared = store ? &*store : nullptr;
    const std::string text = ciess::format_text(format);
    const std::string there =
        processes.from_root("what there is of " + text, [&] { return state_of(one.out); });
    if (there == "nothing" && s.report) {
      std::printf("stored as %s: not begun\n", text.c_str());
      continue;
    }
    if (there != "results") {
      if (there == "a part") one.resume = one.out;
      if (!s.quiet) std::printf("\nstored as %s, in %s\n", text.c_str(), one.out.c_str());
      if (const int status = run(one); status != 0) return status;
    }
    if (processes.is_root()) runs.push_back(load_run(s, format));
  }
  if (!store) return 0;
  if (runs.empty()) throw ciess::argument_error("--report: no format has anything to report yet");
  join(s, runs);
  store->end();
  return 0;
}

}  // namespace example
