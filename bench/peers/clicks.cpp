// SPDX-License-Identifier: MIT
// Click models beside PyTorch's of click_models.py, on made-up impressions of Frappe's shape:
// writes what the script needs, and times steps.
//   ciess_click_peers save --model dcn --out FOLDER && /usr/bin/python3 bench/peers/click_models.py
//   check FOLDER ciess_click_peers time --model dcn            && /usr/bin/python3
//   bench/peers/click_models.py time FOLDER
#include <ciess/core/threads.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
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
int run(const arguments& a, bool saves) {
  const auto data = made_clicks(a.impressions);
  typename Model::options o;
  o.range = {1, a.columns};
  o.batch = a.batch;
  o.every_row = saves || a.every_row;
  Model model(data, o, 1);
  if (saves) {
    save_click_model(a.out, model, a.steps, 1e-5);
    return 0;
  }
  model.train(3);
  std::vector<double> ms;
  for (int r = 0; r < a.rounds; ++r) {
    const auto begin = std::chrono::steady_clock::now();
    model.train(a.steps);
    ms.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
                     .count() /
                 a.steps);
  }
  std::ranges::sort(ms);
  std::cout << nlohmann::json{{"model", a.model}, {"ms", ms.front()}, {"median", ms[ms.size() / 2]}}
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
    if (a.model == "fm") return run<ciess::fm>(a, saves);
    if (a.model == "deep_fm") return run<ciess::deep_fm>(a, saves);
    if (a.model == "dcn") return run<ciess::dcn>(a, saves);
    return run<ciess::dlrm>(a, saves);
  } catch (const std::exception& e) {
    std::cerr << "ciess_click_peers: " << e.what() << '\n';
    return 1;
  }
}
