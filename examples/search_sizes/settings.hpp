// SPDX-License-Identifier: MIT
// What the program was told.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <ciess/core/error.hpp>
#include <ciess/core/process_group.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/embedding/table_formats.hpp>
#include <ciess/nn/loss_options.hpp>
#include <ciess/nn/row_update_options.hpp>
#include <ciess/study/results_folder.hpp>

#include "click_options.hpp"
#include "data_options.hpp"

namespace CLI {
class App;
}

namespace example {

using json = nlohmann::ordered_json;

inline std::atomic<bool> asked_to_stop{false};

struct settings {
  example::data_options data;
  std::string task = "ranking";
  click_options clicks;
  bool inspect = false;
  std::vector<int> at{5, 10, 20};
  std::string backbone = "lightgcn";
  std::vector<double> budgets{0.8, 0.9, 0.95};
  std::vector<std::string> bytes;
  std::string of = "numbers";
  std::vector<std::string> stored_as{
      "float"};  ///< each of all tables; of several a run each: see formats.hpp
  int multiple = 1;
  std::string per = "row";
  int dim = 128;
  std::string preset = "warm";
  std::string loss = "bpr";
  std::optional<double> temperature;
  std::optional<std::string> similarity;
  std::optional<int> candidates;
  std::optional<std::string> correct;
  std::optional<double> unobserved;
  std::optional<double> penalty;
  std::optional<std::string> updates;
  std::optional<double> rate_factor;
  std::uint64_t seed = 1;
  int threads = 0;
  std::vector<std::string> methods;
  std::optional<int> measurements;
  std::optional<int> episodes;
  std::optional<int> keep;
  std::optional<std::int64_t> replay;
  std::vector<std::string> rule_starts;
  std::string out = "found";
  bool force = false;
  std::string resume;
  bool report = false;
  bool quiet = false;
  bool vectors = false;
  double save_every = 30;
  /// Of runs that differ in the format alone: who keeps the full-size models for all of them.
  ciess::results_store* shared = nullptr;
  bool only_check = false;                    ///< a run ends before it writes anything
  ciess::process_group* processes = nullptr;  ///< set by main
};

void add_options(CLI::App& app, settings& s);

/// The options that a search cannot change on its way, by name.
json kept_settings(settings s);

/// Takes the options that a search was begun with, through the checks that those of a command line
/// go through.
/// @param given  the command line that says --resume, parsed
void resume(settings& s, const json& saved, const CLI::App& given);

/// What --loss and its options say.
/// @throws argument_error if a loss is told what it does not have
ciess::loss_options loss_of(const settings& s);
/// The same for a summary, with what was not told; of iALS its squares.
json loss_json(const settings& s, const ciess::interactions& data);

/// What --updates and --rate-factor say; nothing: all rows by Adam.
/// @throws argument_error if a rate is missing, or given for what has none
std::optional<ciess::row_update_options> updates_of(const settings& s);

/// Of a run that has one for each table.
/// @param tables  what they are called
/// @throws ciess::argument_error if they are no formats of these
inline ciess::table_formats formats_of(const settings& s, const std::vector<std::string>& tables) {
  try {
    return ciess::parse_table_formats(s.stored_as.front(), tables);
  } catch (const ciess::argument_error& e) {
    throw ciess::argument_error(std::string("--stored-as: ") + e.what());
  }
}

/// @throws argument_error before anything is read
void check_at(const std::vector<int>& at);

}  // namespace example
