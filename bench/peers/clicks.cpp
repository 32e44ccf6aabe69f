// SPDX-License-Identifier: MIT
// Click models beside PyTorch's of click_models.py, on made-up impressions of Frappe's shape:
// writes what the script needs, and times steps.
//   ciess_click_peers save --model dcn --out FOLDER
//   python3 bench/peers/click_models.py check FOLDER
//   ciess_click_peers time --model dcn
//   python3 bench/peers/click_models.py time FOLDER
#include <ciess/core/threads.hpp>

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
  std::string model = "fm", out;
  int threads = 0, batch = 4096, columns = 10, rounds = 5, steps = 10;
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

}  // namespace

int main(int argc, char** argv) {
  arguments a;
  CLI::App app{"Click models, for click_models.py"};
  app.require_subcommand(1);
  auto* save = app.add_subcommand("save", "Write a model, its batches and what it makes of them");
  auto* time = app.add_subcommand("time", "Milliseconds of a step");
  for (auto* sub : {save, time}) {
    sub->add_option("--model", a.model)->check(CLI::IsMember({"fm", "deep_fm", "dcn", "dlrm"}));
    sub->add_option("--threads", a.threads, "0: as many as there are")
        ->check(CLI::NonNegativeNumber);
    sub->add_option("--batch", a.batch)->check(CLI::PositiveNumber);
    sub->add_option("--columns", a.columns, "d_max of every table")->check(CLI::PositiveNumber);
    sub->add_option("--steps", a.steps)->check(CLI::PositiveNumber);
    sub->add_option("--impressions", a.impressions)->check(CLI::PositiveNumber);
  }
  save->add_option("--out", a.out, "folder")->required();
  time->add_option("--rounds", a.rounds)->check(CLI::PositiveNumber);
  time->add_flag("--every-row", a.every_row, "Adam on dense tables, as PyTorch's; else lazy Adam");
  CLI11_PARSE(app, argc, argv);
  try {
    const ciess::threads pool{a.threads};
    const bool saves = save->parsed();
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
