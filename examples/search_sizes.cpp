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
#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <concepts>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <optional>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <ciess/ciess.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/io/checkpoints.hpp>
#include <ciess/io/packed_file.hpp>
#include <ciess/io/policy_file.hpp>

#include "data_options.hpp"

namespace {

using json = nlohmann::ordered_json;
namespace fs = std::filesystem;

std::atomic<bool> asked_to_stop{false};

struct settings {
  example::data_options data;
  bool inspect = false;
  std::vector<int> at{5, 10, 20};
  std::string backbone = "lightgcn";
  std::vector<double> budgets{0.8, 0.9, 0.95};
  int dim = 128;
  std::string preset = "warm";
  std::uint64_t seed = 1;
  int threads = 0;
  std::optional<int> episodes;
  std::string out = "found";
  bool force = false;
  std::string resume;
  bool report = false;
  double save_every = 30;
};

using example::input;

/// An option that a search cannot change on its way.
struct kept_option {
  const char* name;
  std::function<json()> get;
  std::function<void(const json&)> set;
};

/// Any bytes as JSON, which has none but UTF-8: others as a list of numbers.
json as_json(const std::string& text) {
  const json plain(text);
  try {
    (void)plain.dump();
    return plain;
  } catch (const json::type_error&) {
    return json(std::vector<unsigned char>(text.begin(), text.end()));
  }
}
template <class T>
json as_json(const T& value) {
  return json(value);
}
template <class T>
json as_json(const std::optional<T>& value) {
  return value ? as_json(*value) : json();
}

void from_json(const json& saved, std::string& value) {
  if (saved.is_array()) {
    const auto bytes = saved.get<std::vector<unsigned char>>();
    value.assign(bytes.begin(), bytes.end());
  } else {
    value = saved.get<std::string>();
  }
}
template <class T>
void from_json(const json& saved, T& value) {
  value = saved.get<T>();
}
template <class T>
void from_json(const json& saved, std::optional<T>& value) {
  value.reset();
  if (!saved.is_null()) from_json(saved, value.emplace());
}

template <class T>
kept_option kept(const char* name, T& value) {
  return {name, [&value] { return as_json(value); },
          [&value](const json& saved) { from_json(saved, value); }};
}

std::vector<kept_option> kept_options(settings& s) {
  std::vector<kept_option> all;
  s.data.visit([&all](const char* name, auto& value) { all.push_back(kept(name, value)); });
  all.insert(all.end(),
             {kept("--at", s.at), kept("--backbone", s.backbone), kept("--budget", s.budgets),
              kept("--dim", s.dim), kept("--preset", s.preset), kept("--seed", s.seed),
              kept("--episodes", s.episodes)});
  return all;
}

fs::path checkpoint_folder(const fs::path& out) { return out / "ciess-checkpoint"; }
fs::path settings_file(const fs::path& out) { return checkpoint_folder(out) / "settings.json"; }

void add_options(CLI::App& app, settings& s);

/// What a search was begun with, from its folder.
json saved_settings(const std::string& out) {
  const fs::path file = settings_file(out);
  if (!fs::exists(file))
    throw ciess::argument_error("--resume: there is no search to go on with in " + out +
                                " (it has ended, or never begun)");
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  try {
    return json::parse(text.str());
  } catch (const json::exception& e) {
    throw ciess::data_error(file.string() + ": " + e.what());
  }
}

/// Takes the options that a search was begun with, through the checks that those of a command line
/// go through.
/// @param given  whether an option is on the command line
void resume(settings& s, const json& saved, const std::function<bool(const char*)>& given) {
  if (given("--out")) throw ciess::argument_error("--out: --resume says where the results go");
  const std::string file = settings_file(s.resume).string();
  settings before;
  std::vector<std::string> words;
  const auto add = [&](const json& value) {
    words.push_back(value.is_string() ? value.get<std::string>() : value.dump());
  };
  try {
    const std::set<std::string> several{"--budget", "--at", "--split-at"};
    for (const auto& option : kept_options(before)) {
      const json& value = saved.at(option.name);
      if (value.is_null() || value == "" || value == json::array()) continue;
      words.emplace_back(option.name);
      if (several.contains(option.name)) {
        for (const json& one : value) add(one);
      } else if (value.is_array()) {
        from_json(value, words.emplace_back());
      } else {
        add(value);
      }
    }
    CLI::App app;
    add_options(app, before);
    std::ranges::reverse(words);  // as CLI11 wants them
    app.parse(words);
  } catch (const CLI::ParseError& e) {
    throw ciess::data_error(file + ": " + e.what());
  } catch (const json::exception& e) {
    throw ciess::data_error(file + ": " + e.what());
  }
  const auto now = kept_options(s);
  const auto then = kept_options(before);
  for (std::size_t i = 0; i < now.size(); ++i) {
    const std::string name = now[i].name;
    // Files may have moved; what is in them is compared when they are read.
    const bool may_differ = name == "--data" || name == "--test";
    if (given(now[i].name) && may_differ) continue;
    if (given(now[i].name) && now[i].get() != then[i].get())
      throw ciess::argument_error(name + ": the search in " + s.resume + " was begun with " +
                                  then[i].get().dump() + ", got " + now[i].get().dump());
    now[i].set(then[i].get());
  }
  s.out = s.resume;
}

/// Numbers that stand for what was read, by the option that says where from.
json fingerprints(const input& in) {
  const auto of = [](const ciess::interactions& data) {
    std::uint64_t all = ciess::fingerprint(
        std::span<const ciess::index>(std::array{data.users(), data.items(), data.size()}));
    for (ciess::row_id u = 0; u < data.users(); ++u) {
      const std::array length{static_cast<ciess::index>(data.items_of(u).size())};
      all = ciess::fingerprint(std::span<const ciess::index>(length), all);
      all = ciess::fingerprint(data.items_of(u), all);
    }
    return ciess::fingerprint(data.weights(), ciess::fingerprint(data.times(), all));
  };
  std::uint64_t rows = of(in.data.all);
  for (const auto* ids : {&in.data.users, &in.data.items}) {
    const std::string text = ciess::ids_tsv(*ids);
    rows = ciess::fingerprint(std::span<const char>(text), rows);
  }
  return {{"--data", rows}, {"--test", of(in.data.parts.test)}};
}

void compare(const settings& s, const json& saved, const input& in) {
  const json now = fingerprints(in);
  for (const auto& [option, value] : now.items())
    if (!saved.contains("fingerprints") || saved["fingerprints"][option] != value)
      throw ciess::data_error(option + ": not what the search in " + s.out + " was begun with");
}

constexpr std::string_view state_names[] = {"peak", "search", "trainings", "last-peak"};

/// Leaves what a new search is begun with.
void begin(const ciess::checkpoints& store, settings s, const input& in) {
  store.forget(state_names);  // of one that was ended while it cleaned up
  for (auto* file : {&s.data.data, &s.data.test})
    if (!file->empty() && *file != "-") *file = fs::absolute(*file).string();
  json saved;
  for (const auto& option : kept_options(s)) saved[option.name] = option.get();
  saved["fingerprints"] = fingerprints(in);
  ciess::write_file(settings_file(s.out), saved.dump(2) + "\n");
}

void end(const ciess::checkpoints& store) {
  std::error_code ignored;  // the results are there; a rest of this folder is in nobody's way
  fs::remove(store.folder() / "settings.json", ignored);
  store.remove(state_names);
}

std::string budget_name(double budget) { return ciess::joined(budget); }

/// Whether a run leaves a file of this name in its folder, for tables of these names.
bool is_result(std::string_view file, const std::vector<std::string>& tables) {
  static const std::set<std::string_view> names{
      "summary.json", "history.tsv", "history.gp", "history.svg", "quality.tsv",   "quality.gp",
      "quality.svg",  "sizes.tsv",   "sizes.gp",   "sizes.svg",   "ids-users.tsv", "ids-items.tsv"};
  const auto between = [file](std::string_view begin, std::string_view end) -> std::string_view {
    if (file.size() < begin.size() + end.size() || !file.starts_with(begin) || !file.ends_with(end))
      return {};
    return file.substr(begin.size(), file.size() - begin.size() - end.size());
  };
  const auto is_budget = [](std::string_view text) {
    const auto number = ciess::parse_number<double>(text);
    return number && *number > 0 && *number < 1;
  };
  if (names.contains(file) || is_budget(between("tables-", ".safetensors"))) return true;
  return std::ranges::any_of(tables, [&](const std::string& table) {
    return between("policy-", ".safetensors") == table ||
           is_budget(between("sizes-", "-" + table + ".npy"));
  });
}

/// Files of an earlier run: nothing of them may lie beside what this one writes.
/// @throws argument_error if there are some and they are not to be removed, or are read
std::vector<fs::path> earlier_results(const settings& s) {
  // Of any backbone.
  const std::vector<std::string> tables{"users",     "items",     "users-mlp",
                                        "items-mlp", "users-gmf", "items-gmf"};
  std::vector<fs::path> there;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(s.out, code))
    if (is_result(entry.path().filename().string(), tables) && !entry.is_directory(code))
      there.push_back(entry.path());
  std::ranges::sort(there);
  for (const auto& file : there)
    for (const auto* input : {&s.data.data, &s.data.test})
      if (!input->empty() && fs::equivalent(file, *input, code))
        throw ciess::argument_error("--out: " + file.string() +
                                    " is read, and would be written: name another folder");
  if (!there.empty() && !s.force)
    throw ciess::argument_error(
        ciess::joined("--out: ", s.out, " has the results of another run, ", there.size(),
                      " files such as ", there.front().filename().string(),
                      ": name another folder, or let them be removed by --force"));
  return there;
}

/// Removes them.  @pre the folder is this process's
/// @throws io_error if that cannot be done
void clear_results(const settings& s) {
  auto there = earlier_results(s);
  // What says that they are results goes first.
  std::ranges::partition(there,
                         [](const fs::path& file) { return file.filename() == "summary.json"; });
  std::error_code code;
  for (const auto& file : there)
    if (!fs::remove(file, code) && code)
      throw ciess::io_error(file.string() + ": cannot remove: " + code.message());
}

/// Checkpoints; what the agents have learnt, and the small tables, as files of their own.
class study_store : public ciess::checkpoints {
 public:
  study_store(const settings& s, const input& in, std::vector<std::string> tables)
      : ciess::checkpoints(checkpoint_folder(s.out),
                           {.every = std::chrono::duration<double>(s.save_every)}),
        settings_{&s},
        input_{&in},
        out_{s.out},
        tables_{std::move(tables)} {}

  template <class Process>
  void searched(const Process& process) const {
    for (std::size_t t = 0; t < tables_.size(); ++t)
      ciess::save_policy(out_ / ("policy-" + tables_[t] + ".safetensors"),
                         {process.policy(t), ciess::frequency_range::of(process.frequency(t)),
                          process.options().state.settings().log_frequency});
  }

  template <class Model>
  void trained(double budget, const Model& model) const {
    std::vector<ciess::packed_table<float>> packed;
    for (std::size_t t = 0; t < tables_.size(); ++t) packed.push_back(ciess::pack(model.table(t)));
    ciess::packed_writer file(
        {.backbone = settings_->backbone, .budget = budget, .seed = settings_->seed});
    for (std::size_t t = 0; t < tables_.size(); ++t)
      file.add(tables_[t], packed[t].view(),
               t % 2 == 0 ? &input_->data.users : &input_->data.items);
    file.save(out_ / ("tables-" + budget_name(budget) + ".safetensors"));
  }

 private:
  const settings* settings_;
  const input* input_;
  fs::path out_;
  std::vector<std::string> tables_;
};

template <class Model>
ciess::preset<Model> preset_for(const settings& s, const input& in) {
  const auto& data = in.data.all;
  const ciess::size_range range{.min = 1, .max = s.dim};
  auto p = s.preset == "paper" ? ciess::paper_preset<Model>(range, data, s.seed)
                               : ciess::warm_preset<Model>(range, data, s.seed);
  p.search.budgets = s.budgets;
  p.environment.evaluation.cutoffs = s.at;
  p.environment.evaluation.known_only = in.data.split_by_time;
  if (s.episodes) p.search.episodes = *s.episodes;
  return p;
}

template <class Model>
std::vector<std::string> table_names() {
  if constexpr (std::same_as<Model, ciess::neumf>)
    return {"users-mlp", "items-mlp", "users-gmf", "items-gmf"};
  else
    return {"users", "items"};
}

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
    out["budgets"].push_back({{"budget", row.budget}, {"methods", methods}});
  }
  return out;
}

/// What a figure is in percent of another one, less 100; a dash where that is nothing.
std::string against(double figure, double full) {
  if (!(full > 0)) return "-";
  const std::string text = ciess::fixed_text(100 * (figure / full - 1), 1) + "%";
  return text.front() == '-' ? text : "+" + text;
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
      left("removed", 9) + left("method", 20) + right("numbers", 12) + right("bytes", 13);
  for (const char* name : {"Recall@", "NDCG@"})
    for (const auto c : lists) head += right(ciess::joined(name, r.full.cutoffs[c]), 11);
  std::printf("\n%s\n", (head + right("vs. full", 11)).c_str());
  const auto line = [&](const std::string& removed, const std::string& method, std::int64_t numbers,
                        const ciess::evaluation& e) {
    std::string text = left(removed, 9) + left(method, 20) +
                       right(numbers < 0 ? "-" : std::to_string(numbers), 12) +
                       right(numbers < 0 ? "-" : std::to_string(numbers * 4), 13);
    for (const auto* values : {&e.recall, &e.ndcg})
      for (const auto c : lists) text += right(ciess::fixed_text((*values)[c], 4), 11);
    std::printf("%s\n", (text + right(against(e.mean, r.full.mean), 11)).c_str());
  };
  line("-", "popularity", -1, r.popularity);
  line("-", "full", r.full_numbers, r.full);
  for (const auto& row : r.budgets)
    for (const auto& m : row.methods)
      line(ciess::joined(100 * row.budget, '%'), ciess::label(row, m), m.sizes.total(), m.test);
  if (r.other_numbers > 0)
    std::printf("\nbeside the tables, in every row: %lld numbers of layers\n",
                static_cast<long long>(r.other_numbers));
  std::string cutoffs;
  for (std::size_t c = 0; c <= last; ++c)
    cutoffs += ciess::joined(c == 0 ? "" : c == last ? " and " : ", ", r.full.cutoffs[c]);
  std::printf(
      "\ntest set; \"vs. full\" compares the mean of Recall and NDCG at %s; hit rate, MRR, "
      "MAP and coverage are in summary.json\n",
      cutoffs.c_str());
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

/// Writes the pictures of a study as scripts and data, and draws them if gnuplot is there.
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

template <class Model>
int run(const settings& s, const input& in) {
  auto plan = preset_for<Model>(s, in);
  plan.study.stopping = [&] { return s.report || asked_to_stop.load(); };
  plan.study.leave_when_stopped = !s.report;
  const auto make = [&](const ciess::interactions& train) {
    return Model(train, plan.model, s.seed);
  };
  const auto& parts = in.data.parts;
  std::set<std::string> budget_names;
  for (const double b : s.budgets)
    if (!budget_names.insert(budget_name(b)).second)
      throw ciess::argument_error("--budget: " + budget_name(b) + " is given twice");
  // Refuses bad budgets before anything is written; all tables have the same range of sizes.
  const std::vector<ciess::table_shape> shapes{{in.data.all.users(), {1, s.dim}},
                                               {in.data.all.items(), {1, s.dim}}};
  const auto limits = ciess::budgets_of(s.budgets, shapes);
  for (std::size_t b = 1; b < limits.size(); ++b)
    if (const auto same =
            std::ranges::find(limits.begin(), limits.begin() + std::ptrdiff_t(b), limits[b]);
        same != limits.begin() + std::ptrdiff_t(b))
      throw ciess::argument_error("--budget: two of them keep the same number of numbers, " +
                                  std::to_string(limits[b].numbers));
  (void)ciess::triple_sampler(parts.train);  // and data that nothing can be learnt from
  ciess::check_parts(parts);                 // or judged by
  ciess::check_judged(parts, plan.environment.evaluation);

  const fs::path dir = s.out;
  if (s.resume.empty() && fs::exists(settings_file(dir)))
    throw ciess::argument_error("--out: " + s.out +
                                " has a search that has not ended: go on with --resume " + s.out +
                                ", or remove " + checkpoint_folder(dir).string());
  if (s.resume.empty()) (void)earlier_results(s);
  std::error_code code;
  fs::create_directories(dir, code);
  if (code) throw ciess::io_error(dir.string() + ": cannot create: " + code.message());
  study_store store(s, in, table_names<Model>());  // has the folder for itself from here on
  if (s.resume.empty()) {
    clear_results(s);
    begin(store, s, in);
  }
  ciess::write_file(dir / "ids-users.tsv", ciess::ids_tsv(in.data.users));
  ciess::write_file(dir / "ids-items.tsv", ciess::ids_tsv(in.data.items));
  std::ofstream history_file(dir / "history.tsv", std::ios::trunc);
  if (!history_file) throw ciess::io_error((dir / "history.tsv").string() + ": cannot create");

  const auto say = [](const std::string& what) {
    std::printf("%s ...\n", what.c_str());
    std::fflush(stdout);
  };
  ciess::progress progress(std::cout, ::isatty(STDOUT_FILENO) == 1);
  ciess::history history(history_file);
  ciess::stop_when stop(asked_to_stop);
  const auto result = ciess::run_study(make, parts, plan.environment, plan.search, plan.study, say,
                                       store, progress, history, stop);

  for (const auto& row : result.budgets)
    for (const auto& m : row.methods)
      if (m.method == "ciess") {
        const auto name = "sizes-" + budget_name(row.budget);
        const auto names = table_names<Model>();
        for (std::size_t t = 0; t < m.sizes.size(); ++t)
          ciess::save_npy(dir / (name + "-" + names[t] + ".npy"), m.sizes[t]);
      }
  ciess::write_file(
      dir / "summary.json",
      summary(s, in, result).dump(2, ' ', false, json::error_handler_t::replace) + "\n");
  print_table(result);
  draw(dir, s, parts.train, table_names<Model>(), result);
  end(store);
  std::printf("%s in all; sizes, summary.json and history.tsv are in %s\n",
              ciess::readable_seconds(result.seconds.total).c_str(), dir.c_str());
  return 0;
}

/// @throws argument_error before anything is read
void check_at(const std::vector<int>& at) {
  for (std::size_t k = 0; k < at.size(); ++k)
    if (at[k] < 1 || (k > 0 && at[k] <= at[k - 1]))
      throw ciess::argument_error(
          ciess::joined("--at: expected lengths of lists that rise from 1 on, got ", at[k],
                        k > 0 ? ciess::joined(" after ", at[k - 1]) : std::string()));
}

/// One line, whatever the text.
int refuse(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  std::fprintf(stderr, "search_sizes: %s\n", text.c_str());
  return 2;
}

void add_options(CLI::App& app, settings& s) {
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  example::add_data_options(app, s.data);
  app.add_flag("--inspect", s.inspect,
               "reads --data, prints as JSON what it is, and stops: status 0 if it can be used as "
               "it is, else 2");
  app.add_option("--at", s.at, "lengths of the lists that are judged, rising")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->capture_default_str();
  app.add_option("--backbone", s.backbone, "model whose tables are sized")
      ->check(CLI::IsMember({"mf", "ncf", "ngcf", "lightgcn"}))
      ->capture_default_str();
  app.add_option("--budget", s.budgets, "shares of numbers to remove, each above 0 and below 1")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->capture_default_str();
  app.add_option("--dim", s.dim, "size of a full row")
      ->check(CLI::Range(1, ciess::size_range::limit))
      ->capture_default_str();
  app.add_option("--preset", s.preset,
                 "warm: cuts of one trained model, minutes; paper: the paper's settings, days")
      ->check(CLI::IsMember({"warm", "paper"}))
      ->capture_default_str();
  app.add_option("--seed", s.seed, "same seed, same result: in [0, 2^64)")
      ->check([](const std::string& text) {
        return ciess::parse_number<std::uint64_t>(text)
                   ? std::string()
                   : "expected a whole number in [0, 18446744073709551615], got " + text;
      })
      ->capture_default_str();
  app.add_option("--threads", s.threads, "threads, 0 for all processors")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_option("--episodes", s.episodes, "episodes of the search, instead of the preset's")
      ->check(CLI::Range(0, 1'000'000));
  app.add_option("--out", s.out, "folder for the results")->capture_default_str();
  app.add_flag("--force", s.force, "removes the results of another run from --out first");
  app.add_option("--resume", s.resume,
                 "goes on with the search in this folder, with the options it was begun with");
  app.add_flag("--report", s.report,
               "with --resume: searches no further, reports what there is as soon as may be");
  app.add_option("--save-every", s.save_every,
                 "seconds between two checkpoints of the search, 0: after each step")
      ->check(CLI::Range(0.0, 1e9))
      ->capture_default_str();
}

}  // namespace

int main(int argc, char** argv) {
  settings s;
  CLI::App app{
      "Searches embedding sizes for a recommender under memory budgets (CIESS, SIGIR 2023)."};
  add_options(app, s);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);
    return refuse(e.what());
  }
  try {
    std::signal(SIGINT, [](int) {
      if (asked_to_stop.exchange(true)) std::_Exit(130);  // the second Ctrl-C does not wait
      constexpr std::string_view text = "\nstopping after this step or training; Ctrl-C: now\n";
      if (::write(STDERR_FILENO, text.data(), text.size()) < 0) return;
    });
    if (s.report && s.resume.empty()) throw ciess::argument_error("--report needs --resume");
    json saved;
    if (!s.resume.empty()) {
      saved = saved_settings(s.resume);
      resume(s, saved, [&](const char* name) { return app.count(name) > 0; });
    }
    const ciess::threads pool(s.threads);
    if (s.inspect) return example::inspect(s.data);
    check_at(s.at);
    const input in = example::read_input(s.data, s.seed);
    if (!s.resume.empty()) compare(s, saved, in);
    const auto& parts = in.data.parts;
    std::printf(
        "%lld users, %lld items; %lld interactions to train on, %lld to choose by, %lld to "
        "report on\n",
        static_cast<long long>(parts.train.users()), static_cast<long long>(parts.train.items()),
        static_cast<long long>(parts.train.size()), static_cast<long long>(parts.validation.size()),
        static_cast<long long>(parts.test.size()));
    if (s.backbone == "mf") return run<ciess::mf>(s, in);
    if (s.backbone == "ncf") return run<ciess::neumf>(s, in);
    if (s.backbone == "ngcf") return run<ciess::ngcf>(s, in);
    return run<ciess::lightgcn>(s, in);
  } catch (const ciess::interrupted&) {
    std::printf("stopped; to go on: search_sizes --resume %s\n", s.out.c_str());
    return 130;
  } catch (const std::exception& e) {
    return refuse(e.what());
  }
}
