// SPDX-License-Identifier: MIT
// Click models beside PyTorch's of click_models.py: writes what the script needs, and times steps
// on made-up impressions of Frappe's shape; or trains to the end on Frappe itself.
//   ciess_click_peers save --model dcn --out FOLDER
//   python3 bench/peers/click_models.py check FOLDER
//   ciess_click_peers time --model dcn
//   python3 bench/peers/click_models.py time FOLDER
//   ciess_click_peers fit --model dcn --every-row --frappe frappe.csv --out FOLDER
//   python3 bench/peers/click_models.py fit FOLDER
#include <ciess/backbone/trainer.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/data/click_dataset.hpp>
#include <ciess/data/read_impressions.hpp>
#include <ciess/ranking/evaluate_clicks.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <exception>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "../support/click_files.hpp"

namespace {

struct arguments {
  std::string model = "fm", out, frappe;
  int threads = 0, batch = 4096, columns = 10, rounds = 5, steps = 10, patience = 3, epochs = 60;
  double rate = 1e-3, penalty = 0, dropout = 0;
  std::uint64_t seed = 1;
  ciess::index_t impressions = 200'000;
  bool every_row = false;
};

/// Rows of Frappe's fields, drawn so that few of them are shown often.
ciess::impressions made_clicks(ciess::index_t n) {
  constexpr std::array<std::pair<const char*, ciess::index_t>, 10> fields{{{"user", 957},
                                                                           {"item", 4082},
                                                                           {"daytime", 7},
                                                                           {"weekday", 7},
                                                                           {"isweekend", 2},
                                                                           {"homework", 3},
                                                                           {"cost", 2},
                                                                           {"weather", 9},
                                                                           {"country", 80},
                                                                           {"city", 233}}};
  ciess::impressions::parts p;
  for (const auto& [name, rows] : fields) p.fields.push_back({name, rows});
  const ciess::random_stream stream(1, ciess::purpose::data);
  for (ciess::index_t i = 0; i < n; ++i) {
    auto engine = stream.at(0, static_cast<std::uint64_t>(i));
    ciess::row_id sum = 0;
    for (const auto& [name, rows] : fields) {
      const double u = ciess::uniform01<double>(engine);
      const auto row = static_cast<ciess::row_id>(static_cast<double>(rows) * u * u);
      p.single.push_back(row);
      sum += row;
    }
    p.labels.push_back(sum % 3 == 0 ? 1 : 0);
  }
  return ciess::impressions(std::move(p));
}

template <class Model>
typename Model::options options_of(const arguments& a) {
  typename Model::options o;
  o.range = {1, a.columns};
  o.batch = a.batch;
  o.every_row = a.every_row;
  o.rate.first = a.rate;
  o.penalty = a.penalty;
  if constexpr (requires { o.network.dropout; }) o.network.dropout = a.dropout;
  return o;
}

/// In double: in float Adam makes much of the rounding of a gradient near 0.
template <class Model>
int write(arguments a) {
  const auto data = made_clicks(a.impressions);
  a.every_row = true;
  Model model(data, options_of<Model>(a), 1);
  save_click_model(a.out, model, a.steps, 1e-5);
  return 0;
}

template <class Model>
int measure(const arguments& a) {
  const auto data = made_clicks(a.impressions);
  Model model(data, options_of<Model>(a), 1);
  model.train(3);
  std::vector<double> ms;
  std::vector<double> cpu;  // of all threads: what does not mind others on the machine
  for (int r = 0; r < a.rounds; ++r) {
    const std::clock_t used = std::clock();
    const auto begin = std::chrono::steady_clock::now();
    model.train(a.steps);
    ms.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
                     .count() /
                 a.steps);
    cpu.push_back(1e3 * static_cast<double>(std::clock() - used) / CLOCKS_PER_SEC / a.steps);
  }
  std::ranges::sort(ms);
  std::ranges::sort(cpu);
  std::cout << nlohmann::json{{"model", a.model},
                              {"ms", ms.front()},
                              {"median", ms[ms.size() / 2]},
                              {"cpu_ms", cpu.front()}}
            << '\n';
  return 0;
}

/// Trains until two looks an epoch at the AUC of validation find nothing better, then measures on
/// test. The script has the same parts, settings, first weights and rule, batches of its own, and
/// Adam on dense tables.
template <class Model>
int fit(const arguments& a) {
  ciess::click_read_options how;
  how.label = ciess::column::none();
  how.ignored = {{"cnt"}};
  const ciess::click_dataset all = ciess::make_click_dataset(
      ciess::read_impressions(a.frappe, how),
      {.shares = {.train = 0.7, .validation = 0.2},
       .negatives = {.per_positive = 2, .field = "item", .along = {"cost"}},
       .seed = a.seed});
  Model model(all.train, options_of<Model>(a), a.seed);
  const int every = std::max(1, static_cast<int>((all.train.size() + a.batch - 1) / a.batch) / 2);
  const ciess::train_until_options until{
      .every = every, .patience = a.patience, .max_steps = 2 * every * a.epochs};
  save_click_model(a.out, model, 0, 0);
  click_files::save_impressions(a.out + "/validation", all.validation);
  click_files::save_impressions(a.out + "/test", all.test);
  ciess::write_file(a.out + "/fit.json", nlohmann::json{{"every", until.every},
                                                        {"patience", until.patience},
                                                        {"max_steps", until.max_steps}}
                                             .dump());
  const std::clock_t used = std::clock();
  const auto outcome = ciess::train_until(
      model, [&] { return ciess::evaluate_clicks(model, all.validation).auc; }, until);
  const double seconds = static_cast<double>(std::clock() - used) / CLOCKS_PER_SEC;
  const auto test = ciess::evaluate_clicks(model, all.test);
  std::cout << nlohmann::json{{"model", a.model},       {"best_step", outcome.best_step},
                              {"steps", outcome.steps}, {"validation", outcome.best},
                              {"auc", test.auc},        {"log_loss", test.log_loss},
                              {"cpu_seconds", seconds}}
            << '\n';
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  arguments a;
  CLI::App app{"Click models, for click_models.py"};
  app.require_subcommand(1);
  auto* save = app.add_subcommand("save", "Write a model, its batches and what it makes of them");
  auto* time = app.add_subcommand("time", "Milliseconds of a step");
  auto* fits = app.add_subcommand("fit", "Train on Frappe until validation rises no more");
  for (auto* sub : {save, time, fits}) {
    sub->add_option("--model", a.model)->check(CLI::IsMember({"fm", "deep_fm", "dcn", "dlrm"}));
    sub->add_option("--threads", a.threads, "0: as many as there are")
        ->check(CLI::NonNegativeNumber);
    sub->add_option("--batch", a.batch)->check(CLI::PositiveNumber);
    sub->add_option("--columns", a.columns, "d_max of every table")->check(CLI::PositiveNumber);
  }
  for (auto* sub : {save, time}) {
    sub->add_option("--steps", a.steps)->check(CLI::PositiveNumber);
    sub->add_option("--impressions", a.impressions)->check(CLI::PositiveNumber);
  }
  for (auto* sub : {save, fits}) sub->add_option("--out", a.out, "folder")->required();
  fits->add_option("--frappe", a.frappe, "file")->required();
  fits->add_option("--rate", a.rate, "of Adam")->check(CLI::PositiveNumber);
  fits->add_option("--penalty", a.penalty, "of the rows of a batch")->check(CLI::NonNegativeNumber);
  fits->add_option("--dropout", a.dropout, "after hidden layers; fm has none")
      ->check(CLI::Range(0.0, 0.99));
  fits->add_option("--patience", a.patience, "looks")->check(CLI::PositiveNumber);
  fits->add_option("--epochs", a.epochs, "at most")->check(CLI::Range(1, 10'000));
  fits->add_option("--seed", a.seed);
  fits->add_flag("--every-row", a.every_row, "Adam on dense tables, as PyTorch's; else lazy Adam");
  time->add_option("--rounds", a.rounds)->check(CLI::PositiveNumber);
  time->add_flag("--every-row", a.every_row, "Adam on dense tables, as PyTorch's; else lazy Adam");
  CLI11_PARSE(app, argc, argv);
  try {
    const ciess::threads pool{a.threads};
    const bool saves = save->parsed();
    if (fits->parsed()) {
      if (a.model == "fm" && a.dropout > 0)
        throw ciess::argument_error("fm has no layers to drop out of: expected --dropout 0");
      if (a.model == "fm") return fit<ciess::fm>(a);
      if (a.model == "deep_fm") return fit<ciess::deep_fm>(a);
      return a.model == "dcn" ? fit<ciess::dcn>(a) : fit<ciess::dlrm>(a);
    }
    if (a.model == "fm") return saves ? write<ciess::basic_fm<double>>(a) : measure<ciess::fm>(a);
    if (a.model == "deep_fm")
      return saves ? write<ciess::basic_deep_fm<double>>(a) : measure<ciess::deep_fm>(a);
    if (a.model == "dcn")
      return saves ? write<ciess::basic_dcn<double>>(a) : measure<ciess::dcn>(a);
    return saves ? write<ciess::basic_dlrm<double>>(a) : measure<ciess::dlrm>(a);
  } catch (const std::exception& e) {
    std::cerr << "ciess_click_peers: " << e.what() << '\n';
    return 1;
  }
}
