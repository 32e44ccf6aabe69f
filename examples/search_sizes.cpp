// The main job: read ratings, search a size for every user and item under memory budgets, and
// report what that costs.
//
//   search_sizes --data ratings.dat --budget 0.9 --out found
//   search_sizes --data train.txt --test test.txt
//   search_sizes --resume found
//
// Without --data it makes a data set of its own. The summary, the sizes and the history of the
// search go into --out, with pictures of them: scripts and data, drawn if gnuplot is there. Until
// they are, checkpoints are in --out/checkpoint: whatever ends the program, --resume goes on.
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

namespace {

using json = nlohmann::ordered_json;
namespace fs = std::filesystem;

std::atomic<bool> asked_to_stop{false};

struct settings {
  std::string data;
  std::string test;
  std::string format = "auto";
  std::optional<double> min_rating;
  std::string backbone = "lightgcn";
  std::vector<double> budgets{0.8, 0.9, 0.95};
  int dim = 128;
  std::string preset = "warm";
  std::uint64_t seed = 1;
  int threads = 0;
  std::optional<int> episodes;
  std::string out = "found";
  std::string resume;
  bool report = false;
  double save_every = 30;
};

/// The interactions with the names of their rows, from a file or made up.
struct input {
  ciess::interactions data;
  ciess::id_map users, items;
  std::optional<ciess::interactions> test = {};  ///< given, not split off
};

/// An option that a search cannot change on its way.
struct kept_option {
  const char* name;
  std::function<json()> get;
  std::function<void(const json&)> set;
};

template <class T>
kept_option kept(const char* name, T& value) {
  return {name, [&value] { return json(value); },
          [&value](const json& saved) { value = saved.get<T>(); }};
}
template <class T>
kept_option kept(const char* name, std::optional<T>& value) {
  return {name, [&value] { return value ? json(*value) : json(); },
          [&value](const json& saved) {
            value.reset();
            if (!saved.is_null()) value = saved.get<T>();
          }};
}

std::vector<kept_option> kept_options(settings& s) {
  return {kept("--data", s.data),         kept("--test", s.test),
          kept("--format", s.format),     kept("--min-rating", s.min_rating),
          kept("--backbone", s.backbone), kept("--budget", s.budgets),
          kept("--dim", s.dim),           kept("--preset", s.preset),
          kept("--seed", s.seed),         kept("--episodes", s.episodes)};
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
    for (const auto& option : kept_options(before)) {
      const json& value = saved.at(option.name);
      if (value.is_null() || value == "") continue;
      words.emplace_back(option.name);
      if (value.is_array())
        for (const json& one : value) add(one);
      else
        add(value);
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
    return all;
  };
  std::uint64_t rows = of(in.data);
  for (const auto* ids : {&in.users, &in.items}) {
    const std::string text = ciess::ids_tsv(*ids);
    rows = ciess::fingerprint(std::span<const char>(text), rows);
  }
  return {{"--data", rows}, {"--test", in.test ? of(*in.test) : 0}};
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
  for (auto* file : {&s.data, &s.test})
    if (!file->empty()) *file = fs::absolute(*file).string();
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

std::string budget_name(double budget) {
  std::ostringstream name;
  name << budget;
  return name.str();
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
      file.add(tables_[t], packed[t].view(), t % 2 == 0 ? &input_->users : &input_->items);
    file.save(out_ / ("tables-" + budget_name(budget) + ".safetensors"));
  }

 private:
  const settings* settings_;
  const input* input_;
  fs::path out_;
  std::vector<std::string> tables_;
};

/// Pairs to report on, in a file of their own.
ciess::interactions read_test(const settings& s, const ciess::read_options& options,
                              const ciess::loaded& train) {
  const auto loaded = ciess::load_interactions(s.test, options);
  auto test = ciess::align(loaded, train);
  if (test.data.empty())
    throw ciess::data_error(s.test + ": none of its " +
                            std::to_string(test.unknown + test.repeated) +
                            " pairs is a new one of users and items in " + s.data);
  std::printf(
      "read %s: %lld pairs to report on; left out: %lld of users or items that are not in "
      "%s, %lld that are in it, %lld duplicates, %lld rated below --min-rating\n",
      s.test.c_str(), static_cast<long long>(test.data.size()),
      static_cast<long long>(test.unknown), s.data.c_str(), static_cast<long long>(test.repeated),
      static_cast<long long>(loaded.duplicates), static_cast<long long>(loaded.below_threshold));
  return std::move(test.data);
}

input read_input(const settings& s) {
  if (s.data.empty()) {
    if (!s.test.empty()) throw ciess::argument_error("--test needs --data");
    std::printf("no --data: making a data set of our own\n");
    auto made = ciess::make_synthetic({.seed = s.seed});
    auto users = ciess::id_map::identity(made.data.users());
    auto items = ciess::id_map::identity(made.data.items());
    return {std::move(made.data), std::move(users), std::move(items)};
  }
  const ciess::read_options options{.format = ciess::parse_data_format(s.format),
                                    .min_rating = s.min_rating};
  auto loaded = ciess::load_interactions(s.data, options);
  std::printf("read %s as %s: %lld lines, %lld duplicates merged\n", s.data.c_str(),
              std::string(ciess::to_string(loaded.format)).c_str(),
              static_cast<long long>(loaded.lines), static_cast<long long>(loaded.duplicates));
  std::optional<ciess::interactions> test;
  if (!s.test.empty()) test = read_test(s, options, loaded);
  return {std::move(loaded.data), std::move(loaded.users), std::move(loaded.items),
          std::move(test)};
}

/// Half to train on and a quarter each to choose by and to report on; if the last is given, four
/// fifths and a fifth.
ciess::split parts_of(const settings& s, const input& in) {
  if (!in.test) return ciess::split_interactions(in.data, {}, s.seed);
  auto parts = ciess::split_interactions(in.data, {.train = 0.8, .validation = 0.2}, s.seed);
  parts.test = *in.test;
  return parts;
}

template <class Model>
ciess::preset<Model> preset_for(const settings& s, const ciess::interactions& data) {
  const ciess::size_range range{.min = 1, .max = s.dim};
  auto p = s.preset == "paper" ? ciess::paper_preset<Model>(range, data, s.seed)
                               : ciess::warm_preset<Model>(range, data, s.seed);
  p.search.budgets = s.budgets;
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
  return {{"recall@5", e.recall_at(5)},
          {"recall@20", e.recall_at(20)},
          {"ndcg@5", e.ndcg_at(5)},
          {"ndcg@20", e.ndcg_at(20)},
          {"mean", e.mean}};
}

json summary(const settings& s, const ciess::interactions& data, const ciess::split& parts,
             const ciess::study_result& r) {
  json out;
  out["data"] = {{"users", data.users()}, {"items", data.items()}, {"interactions", data.size()}};
  out["data"]["parts"] = {{"train", parts.train.size()},
                          {"validation", parts.validation.size()},
                          {"test", parts.test.size()}};
  out["seed"] = s.seed;
  out["threads"] = ciess::concurrency();
  out["preset"] = s.preset;
  out["backbone"] = s.backbone;
  out["dim"] = s.dim;
  out["interrupted"] = r.stopped;
  out["seconds"] = {{"pretrain", r.seconds.pretrain},
                    {"search", r.seconds.search},
                    {"retrain", r.seconds.retrain},
                    {"total", r.seconds.total}};
  out["other_parameters"] = r.other_numbers;  // layers: in no table, never removed
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

void print_table(const ciess::study_result& r) {
  std::printf("\n%-8s %-20s %12s %12s  %8s %9s %7s %8s  %9s\n", "removed", "method", "numbers",
              "bytes", "Recall@5", "Recall@20", "NDCG@5", "NDCG@20", "vs. full");
  const auto line = [&](const std::string& removed, const std::string& method, std::int64_t numbers,
                        const ciess::evaluation& e) {
    std::printf("%-8s %-20s %12lld %12lld  %8.4f %9.4f %7.4f %8.4f  %+8.1f%%\n", removed.c_str(),
                method.c_str(), static_cast<long long>(numbers),
                static_cast<long long>(numbers * std::int64_t{sizeof(float)}), e.recall_at(5),
                e.recall_at(20), e.ndcg_at(5), e.ndcg_at(20), 100 * (e.mean / r.full.mean - 1));
  };
  line("-", "full", r.full_numbers, r.full);
  for (const auto& row : r.budgets)
    for (const auto& m : row.methods) {
      char removed[16];
      std::snprintf(removed, sizeof removed, "%g%%", 100 * row.budget);
      line(removed, ciess::label(row, m), m.sizes.total(), m.test);
    }
  if (r.other_numbers > 0)
    std::printf("\nbeside the tables, in every row: %lld numbers of layers\n",
                static_cast<long long>(r.other_numbers));
  std::printf("\ntest set; \"vs. full\" compares the mean of Recall and NDCG at 5, 10 and 20\n");
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
      s.backbone + ", " + (s.data.empty() ? "made-up data" : fs::path(s.data).filename().string());
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
  auto plan = preset_for<Model>(s, in.data);
  plan.study.stopping = [&] { return s.report || asked_to_stop.load(); };
  plan.study.leave_when_stopped = !s.report;
  const auto make = [&](const ciess::interactions& train) {
    return Model(train, plan.model, s.seed);
  };
  const auto parts = parts_of(s, in);
  std::set<std::string> budget_names;
  for (const double b : s.budgets)
    if (!budget_names.insert(budget_name(b)).second)
      throw ciess::argument_error("--budget: " + budget_name(b) + " is given twice");
  // Refuses bad budgets before anything is written; all tables have the same range of sizes.
  const std::vector<ciess::table_shape> shapes{{in.data.users(), {1, s.dim}},
                                               {in.data.items(), {1, s.dim}}};
  const auto limits = ciess::budgets_of(s.budgets, shapes);
  for (std::size_t b = 1; b < limits.size(); ++b)
    if (const auto same =
            std::ranges::find(limits.begin(), limits.begin() + std::ptrdiff_t(b), limits[b]);
        same != limits.begin() + std::ptrdiff_t(b))
      throw ciess::argument_error("--budget: two of them keep the same number of numbers, " +
                                  std::to_string(limits[b].numbers));
  (void)ciess::triple_sampler(parts.train);  // and data that nothing can be learnt from
  ciess::check_parts(parts);                 // or judged by

  const fs::path dir = s.out;
  if (s.resume.empty() && fs::exists(settings_file(dir)))
    throw ciess::argument_error("--out: " + s.out +
                                " has a search that has not ended: go on with --resume " + s.out +
                                ", or remove " + checkpoint_folder(dir).string());
  std::error_code code;
  fs::create_directories(dir, code);
  if (code) throw ciess::io_error(dir.string() + ": cannot create: " + code.message());
  study_store store(s, in, table_names<Model>());
  if (s.resume.empty()) begin(store, s, in);
  ciess::write_file(dir / "ids-users.tsv", ciess::ids_tsv(in.users));
  ciess::write_file(dir / "ids-items.tsv", ciess::ids_tsv(in.items));
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
  ciess::write_file(dir / "summary.json", summary(s, in.data, parts, result).dump(2) + "\n");
  print_table(result);
  draw(dir, s, parts.train, table_names<Model>(), result);
  end(store);
  std::printf("%s in all; sizes, summary.json and history.tsv are in %s\n",
              ciess::readable_seconds(result.seconds.total).c_str(), dir.c_str());
  return 0;
}

/// One line, whatever the text.
int refuse(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  std::fprintf(stderr, "search_sizes: %s\n", text.c_str());
  return 2;
}

void add_options(CLI::App& app, settings& s) {
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.add_option("--data", s.data, "ratings or interactions; without it a synthetic set is made");
  app.add_option("--test", s.test,
                 "interactions to report on; without it a quarter of --data, by user");
  app.add_option("--format", s.format, "format of --data and --test")
      ->check(CLI::IsMember({"auto", "movielens", "delimited", "adjacency", "inter"}))
      ->capture_default_str();
  app.add_option("--min-rating", s.min_rating, "keep what was rated at least this");
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
  app.add_option("--seed", s.seed, "same seed, same result")->capture_default_str();
  app.add_option("--threads", s.threads, "threads, 0 for all processors")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_option("--episodes", s.episodes, "episodes of the search, instead of the preset's")
      ->check(CLI::Range(0, 1'000'000));
  app.add_option("--out", s.out, "folder for the results")->capture_default_str();
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
    const input in = read_input(s);
    if (!s.resume.empty()) compare(s, saved, in);
    std::printf("%lld users, %lld items, %lld interactions\n",
                static_cast<long long>(in.data.users()), static_cast<long long>(in.data.items()),
                static_cast<long long>(in.data.size()));
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
