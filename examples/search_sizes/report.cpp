// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <cstdio>
#include <filesystem>

#include <ciess/core/byte_count.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/text.hpp>
#include <ciess/study/draw_study.hpp>
#include <ciess/study/result_table.hpp>
#include <ciess/study/save_sizes.hpp>
#include <ciess/study/study_files.hpp>
#include <ciess/study/summary.hpp>

#include "serving.hpp"

namespace example {

ciess::results_folder folder_of(const std::string& path) {
  return ciess::results_folder(path, {.folder = "--out", .force = "--force", .go_on = "--resume"});
}

std::string begun_with(const settings& s, const input& in) {
  return ciess::settings_text(kept_settings(s), fingerprints(in));
}

/// Which share is which of the bytes that were asked for; empty if shares were.
std::string bytes_text(const settings& s, const std::vector<double>& asked) {
  std::string text;
  for (std::size_t b = 0; b < s.bytes.size(); ++b)
    text += ciess::joined(b == 0 ? "\n" : "", ciess::budget_name(asked[b]), " removed: --bytes ",
                          s.bytes[b], '\n');
  return text;
}

void say_drawn(const settings& s, const ciess::drawn_pictures& drawn) {
  if (drawn.status == 127 && !s.quiet)
    std::printf("for pictures install gnuplot and run `gnuplot *.gp` in %s\n", s.out.c_str());
  if (drawn.status != 0 && drawn.status != 127)
    std::fprintf(
        stderr,
        "search_sizes: gnuplot could not draw %s.gp (exit status %d); see `gnuplot *.gp` in %s\n",
        drawn.failed.c_str(), drawn.status, s.out.c_str());
}

void report(const settings& s, const input& in, const std::vector<std::string>& tables,
            const std::vector<double>& asked, const ciess::study_result& r) {
  const std::filesystem::path dir = s.out;
  json about{{"data", ciess::parts_json(in.data)}};
  about["data"]["read"] = in.read;
  about["data"]["split"] = s.data.split_at.empty() ? s.data.split : "temporal";
  if (!s.data.split_at.empty()) about["data"]["split_at"] = s.data.split_at;
  about["seed"] = s.seed;
  about["threads"] = ciess::concurrency();
  about["preset"] = s.preset;
  about["backbone"] = s.backbone;
  if (s.loss != "bpr" || s.backbone == "ials") about["loss"] = loss_json(s, in.data.all);
  if (s.updates) about["updates"] = *s.updates;
  if (s.rate_factor) about["rate_factor"] = *s.rate_factor;
  about["dim"] = s.dim;
  if (s.per != "row") about["sizes_per"] = "table";
  about["at"] = s.at;
  for (std::size_t b = 0; b < s.bytes.size(); ++b)
    about["bytes"][ciess::budget_name(asked[b])] = ciess::parse_byte_count(s.bytes[b], "--bytes");
  std::vector<double> budgets;
  for (const auto& row : r.budgets) budgets.push_back(row.budget);
  const json serving = serving_reports(s, budgets);
  if (!serving.empty()) about["serving"] = serving;
  ciess::save_sizes(dir, r, tables);
  ciess::save_summary(dir / ciess::summary_file, r, about);
  std::printf("%s%s%s%s%s", s.quiet ? "" : "\n",
              ciess::result_table(r, "what the files hold",
                                  "hit rate, MRR, MAP and coverage are in summary.json")
                  .c_str(),
              bytes_text(s, asked).c_str(), serving_text(serving, r.full.mean).c_str(),
              layers_text(s, r.other_numbers).c_str());
  const auto data = std::filesystem::path(s.data.data).filename().string();
  say_drawn(s, ciess::draw_study(dir, r, in.data.parts.train, tables,
                                 s.backbone + ", " + (data.empty() ? "made-up data" : data)));
}

}  // namespace example
