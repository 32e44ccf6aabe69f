// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <utility>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ciess/core/parallel.hpp>
#include <ciess/core/text.hpp>
#include <ciess/study/gnuplot.hpp>
#include <ciess/study/history_picture.hpp>
#include <ciess/study/quality_picture.hpp>
#include <ciess/study/sizes_picture.hpp>

namespace example {
namespace {

json figures(const ciess::evaluation& e) {
  json all;
  for (const auto& [name, values] : {std::pair{"recall", &e.recall},
                                     {"ndcg", &e.ndcg},
                                     {"hit_rate", &e.hit_rate},
                                     {"mrr", &e.mrr},
                                     {"map", &e.map},
                                     {"coverage", &e.coverage}})
    for (std::size_t c = 0; c < e.cutoffs.size(); ++c)
      all[ciess::joined(name, '@', e.cutoffs[c])] = (*values)[c];
  all["mean"] = e.mean;
  all["users"] = e.evaluated_users;
  if (e.left_out_pairs + e.left_out_users + e.left_out_items > 0)
    all["not_known_in_training"] = {
        {"pairs", e.left_out_pairs}, {"users", e.left_out_users}, {"items", e.left_out_items}};
  return all;
}

/// What a figure is in percent of another one, less 100; a dash where that is nothing.
std::string against(double figure, double full) {
  if (!(full > 0)) return "-";
  const std::string text = ciess::fixed_text(100 * (figure / full - 1), 1) + "%";
  return text.front() == '-' ? text : "+" + text;
}

/// Runs gnuplot on a script without a shell and in silence; its exit status, 127 if it is not
/// there.
int gnuplot(const fs::path& script) {
  std::string command = "gnuplot", defaults = "-d", file = fs::absolute(script).string();
  char* arguments[] = {command.data(), defaults.data(), file.data(), nullptr};
  posix_spawn_file_actions_t quiet;
  posix_spawn_file_actions_init(&quiet);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    posix_spawn_file_actions_addopen(&quiet, stream, "/dev/null", O_RDWR, 0);
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, "gnuplot", &quiet, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&quiet);
  if (failed) return 127;
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return 1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

}  // namespace

json summary(const settings& s, const input& in, const ciess::study_result& r) {
  const auto& parts = in.data.parts;
  json out;
  out["data"] = {
      {"users", in.data.all.users()},
      {"items", in.data.all.items()},
      {"interactions", parts.train.size() + parts.validation.size() + parts.test.size()}};
  out["data"]["parts"] = {{"train", parts.train.size()},
                          {"validation", parts.validation.size()},
                          {"test", parts.test.size()}};
  out["data"]["read"] = in.read;
  out["data"]["split"] = s.data.split_at.empty() ? s.data.split : "temporal";
  if (!s.data.split_at.empty()) out["data"]["split_at"] = s.data.split_at;
  out["seed"] = s.seed;
  out["threads"] = ciess::concurrency();
  out["preset"] = s.preset;
  out["backbone"] = s.backbone;
  out["dim"] = s.dim;
  out["at"] = s.at;
  out["interrupted"] = r.stopped;
  out["seconds"] = {{"pretrain", r.seconds.pretrain},
                    {"search", r.seconds.search},
                    {"retrain", r.seconds.retrain},
                    {"total", r.seconds.total}};
  out["other_parameters"] = r.other_numbers;  // layers: in no table, never removed
  out["popularity"] = {{"validation", r.popularity_validation}, {"test", figures(r.popularity)}};
  out["full"] = {
      {"parameters", r.full_numbers}, {"validation", r.full_validation}, {"test", figures(r.full)}};
  out["budgets"] = json::array();
  for (const auto& row : r.budgets) {
    json methods;
    for (const auto& m : row.methods)
      methods[ciess::label(row, m)] = {
          {"method", m.method},
          {"origin", m.origin},
          {"start", m.recipe.from == ciess::start::warm ? "warm" : "scratch"},
          {"steps", m.recipe.steps},
          {"sparsity", m.sizes.sparsity()},
          {"parameters", m.sizes.total()},
          {"validation", m.validation},
          {"test", figures(m.test)}};
    out["budgets"].push_back({{"budget", row.budget},
                              {"best", ciess::label(row, row.best_of_all())},
                              {"methods", methods}});
  }
  return out;
}

void print_table(const ciess::study_result& r) {
  // The shortest list and the longest.
  const std::size_t last = r.full.cutoffs.size() - 1;
  std::vector<std::size_t> lists{0};
  if (last > 0) lists.push_back(last);
  const auto right = [](const std::string& text, std::size_t width) {
    return std::string(std::max(width, text.size() + 1) - text.size(), ' ') + text;
  };
  const auto left = [](const std::string& text, std::size_t width) {
    return text + std::string(std::max(width, text.size() + 1) - text.size(), ' ');
  };
  std::string head =
      left("removed", 9) + left("method", 30) + right("numbers", 12) + right("bytes", 13);
  for (const char* name : {"Recall@", "NDCG@"})
    for (const auto c : lists) head += right(ciess::joined(name, r.full.cutoffs[c]), 11);
  std::printf("\n%s\n", (head + right("vs. full", 11)).c_str());
  const auto line = [&](const std::string& removed, const std::string& method, std::int64_t numbers,
                        const ciess::evaluation& e) {
    std::string text = left(removed, 9) + left(method, 30) +
                       right(numbers < 0 ? "-" : std::to_string(numbers), 12) +
                       right(numbers < 0 ? "-" : std::to_string(numbers * 4), 13);
    for (const auto* values : {&e.recall, &e.ndcg})
      for (const auto c : lists) text += right(ciess::fixed_text((*values)[c], 4), 11);
    std::printf("%s\n", (text + right(against(e.mean, r.full.mean), 11)).c_str());
  };
  line("-", "popularity", -1, r.popularity);
  line("-", "full", r.full_numbers, r.full);
  for (const auto& row : r.budgets) {
    const std::string removed = ciess::joined(100 * row.budget, '%');
    for (const auto& m : row.methods) line(removed, ciess::label(row, m), m.sizes.total(), m.test);
    const auto& best = row.best_of_all();
    line(removed, "* " + ciess::label(row, best), best.sizes.total(), best.test);
  }
  if (r.other_numbers > 0)
    std::printf("\nbeside the tables, in every row: %lld numbers of layers\n",
                static_cast<long long>(r.other_numbers));
  std::string cutoffs;
  for (std::size_t c = 0; c <= last; ++c)
    cutoffs += ciess::joined(c == 0 ? "" : c == last ? " and " : ", ", r.full.cutoffs[c]);
  std::printf(
      "\n* the best of all that was tried, chosen on validation: what the files hold\n"
      "test set; \"vs. full\" compares the mean of Recall and NDCG at %s; hit rate, MRR, "
      "MAP and coverage are in summary.json\n",
      cutoffs.c_str());
}

void draw(const fs::path& dir, const settings& s, const ciess::interactions& train,
          const std::vector<std::string>& tables, const ciess::study_result& r) {
  std::vector<std::vector<double>> frequency(tables.size());
  for (std::size_t t = 0; t < tables.size(); ++t)
    for (ciess::row_id row = 0; row < (t % 2 == 0 ? train.users() : train.items()); ++row)
      frequency[t].push_back(
          static_cast<double>(t % 2 == 0 ? train.user_frequency(row) : train.item_frequency(row)));
  std::ostringstream history;
  history << std::ifstream(dir / "history.tsv").rdbuf();
  const std::string title =
      s.backbone + ", " +
      (s.data.data.empty() ? "made-up data" : fs::path(s.data.data).filename().string());
  const ciess::gnuplot_picture pictures[] = {ciess::quality_picture(r, title),
                                             ciess::history_picture(history.str(), title),
                                             ciess::sizes_picture(r, frequency, tables, title)};
  for (const auto& p : pictures) ciess::save_picture(dir, p);
  for (const auto& p : pictures) {
    const int status = gnuplot(dir / (p.name + ".gp"));
    if (status == 0) continue;
    if (status == 127)
      std::printf("for pictures install gnuplot and run `gnuplot *.gp` in %s\n", dir.c_str());
    else
      std::fprintf(
          stderr,
          "search_sizes: gnuplot could not draw %s.gp (exit status %d); see `gnuplot *.gp` in %s\n",
          p.name.c_str(), status, dir.c_str());
    return;
  }
}

}  // namespace example
