// SPDX-License-Identifier: MIT
#include "folder.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <set>
#include <span>
#include <sstream>
#include <string_view>
#include <system_error>

#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/text.hpp>
#include <ciess/data/id_text.hpp>
#include <ciess/io/write_file.hpp>

namespace example {

fs::path checkpoint_folder(const fs::path& out) { return out / "ciess-checkpoint"; }
fs::path settings_file(const fs::path& out) { return checkpoint_folder(out) / "settings.json"; }
std::string budget_name(double budget) { return ciess::joined(budget); }

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

namespace {

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

constexpr std::string_view state_names[] = {"peak", "search", "trainings", "last-peak"};

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

}  // namespace

void compare(const settings& s, const json& saved, const input& in) {
  const json now = fingerprints(in);
  for (const auto& [option, value] : now.items())
    if (!saved.contains("fingerprints") || saved["fingerprints"][option] != value)
      throw ciess::data_error(option + ": not what the search in " + s.out + " was begun with");
}

void begin(const ciess::checkpoints& store, settings s, const input& in) {
  store.forget(state_names);  // of one that was ended while it cleaned up
  for (auto* file : {&s.data.data, &s.data.test})
    if (!file->empty() && *file != "-") *file = fs::absolute(*file).string();
  json saved = kept_settings(s);
  saved["fingerprints"] = fingerprints(in);
  ciess::write_file(settings_file(s.out), saved.dump(2) + "\n");
}

void end(const ciess::checkpoints& store) {
  std::error_code ignored;  // the results are there; a rest of this folder is in nobody's way
  fs::remove(store.folder() / "settings.json", ignored);
  store.remove(state_names);
}

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

}  // namespace example
