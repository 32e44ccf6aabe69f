// SPDX-License-Identifier: MIT
/// @file
/// What a run of `search_sizes` has measured, read from its `summary.json` by programs that compare
/// runs.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/study/study_files.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace ciess_bench {

/// One method under one budget.
struct run_method {
  std::string label;                ///< as the summary calls it: with its start if it has several
  std::string method;               ///< its name alone, by which `run_summary::searches` know it
  std::string start;                ///< of its last training: "warm" or "scratch"
  std::int64_t numbers = 0;         ///< that are kept
  std::int64_t bytes = 0;           ///< that these take once they are packed
  std::optional<double> quality{};  ///< on test; nothing if it was no finite number
};

struct run_budget {
  double removed = 0;                 ///< share of `run_summary::budgets_of`, 0 <= removed < 1
  std::vector<run_method> methods{};  ///< in the order of the summary
};

/// What the search of a method took, for all budgets.
struct run_search {
  std::string method;
  std::int64_t measurements = 0;
  std::optional<std::int64_t> training_steps{};
  double seconds = 0;
};

/// What was kept of final vectors for one budget.
struct run_vectors {
  std::string budget;               ///< as the summary calls it
  std::optional<std::string> of{};  ///< whose vectors they are; summaries did not always say
  std::string way;
  std::int64_t bytes = 0;
  std::optional<double> quality{};  ///< on test
};

/// A summary, less the figures that nobody compares.
struct run_summary {
  std::filesystem::path file;
  std::string backbone, preset, split;
  int dim = 0;
  std::vector<int> at;  ///< lengths of the lists that quality is the mean over
  std::int64_t users = 0, items = 0, interactions = 0;
  std::int64_t train = 0, validation = 0, test = 0;  ///< pairs of the parts
  std::string budgets_of;                            ///< "numbers" or "bytes"
  std::string stored_as;
  std::string loss = R"({"kind":"bpr"})";  ///< as JSON; summaries did not always say
  std::int64_t full_numbers = 0;           ///< of the tables at full size
  std::int64_t other_numbers = 0;          ///< of layers
  std::uint64_t seed = 0;
  bool interrupted = false;
  std::optional<double> full{}, popularity{};  ///< quality on test
  /// If runs were joined, the summaries of those that were interrupted.
  std::vector<std::filesystem::path> stopped{};
  std::vector<run_search> searches{};
  std::vector<run_budget> budgets{};
  std::vector<run_vectors> serving{};
};

namespace detail {

/// A value of a summary that knows its name: what is refused is said with file and place.
/// Everything here throws `ciess::data_error` for what is not as expected.
class summary_value {
 public:
  using json = nlohmann::ordered_json;

  summary_value(const std::filesystem::path& file, const json& value, std::string name = {})
      : file_{file}, value_{value}, name_{std::move(name)} {}

  [[nodiscard]] bool has(const char* key) const {
    return value_.is_object() && value_.contains(key);
  }
  [[nodiscard]] summary_value at(const std::string& key) const {
    if (!value_.is_object()) refuse("an object");
    const auto found = value_.find(key);
    if (found == value_.end())
      ciess::detail::throw_error<ciess::data_error>(file_.string(), ": expected ", within(key),
                                                    ", got none");
    return {file_, *found, within(key)};
  }
  /// Calls `f(key, value)` for each member, in the order of the file.
  void for_each_member(auto&& f) const {
    if (!value_.is_object()) refuse("an object");
    for (const auto& [key, value] : value_.items())
      f(key, summary_value(file_, value, within(key)));
  }
  void for_each_element(auto&& f) const {
    if (!value_.is_array()) refuse("a list");
    std::size_t n = 0;
    for (const auto& value : value_)
      f(summary_value(file_, value, ciess::joined(name_, '[', n++, ']')));
  }

  [[nodiscard]] std::string dump() const { return value_.dump(); }
  [[nodiscard]] std::string text() const {
    if (!value_.is_string()) refuse("a text");
    return value_.get<std::string>();
  }
  [[nodiscard]] std::string one_of(std::string_view first, std::string_view second) const {
    if (value_ != first && value_ != second)
      refuse(ciess::joined(ciess::detail::shown(first), " or ", ciess::detail::shown(second)));
    return value_.get<std::string>();
  }
  [[nodiscard]] bool truth() const {
    if (!value_.is_boolean()) refuse("true or false");
    return value_.get<bool>();
  }
  [[nodiscard]] std::uint64_t seed() const {
    if (!value_.is_number_unsigned()) refuse("a whole number that is not negative");
    return value_.get<std::uint64_t>();
  }
  template <class Count = std::int64_t>
  [[nodiscard]] Count count(Count least = 0) const {
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<Count>::max());
    if (!value_.is_number_unsigned() || value_.get<std::uint64_t>() > most ||
        value_.get<std::uint64_t>() < static_cast<std::uint64_t>(least))
      refuse(ciess::joined("a whole number from ", least, " to ", most));
    return value_.get<Count>();
  }
  [[nodiscard]] std::optional<std::int64_t> count_or_null() const {
    if (value_.is_null()) return std::nullopt;
    return count();
  }
  [[nodiscard]] double number_from_0() const {
    if (!value_.is_number() || !(value_.get<double>() >= 0))
      refuse("a number that is not negative");
    return value_.get<double>();
  }
  [[nodiscard]] double share() const {
    if (!value_.is_number() || !(value_.get<double>() >= 0 && value_.get<double>() < 1))
      refuse("a share from 0 to less than 1");
    return value_.get<double>();
  }
  /// Null, as which summaries have what is no finite number, is nothing.
  [[nodiscard]] std::optional<double> quality() const {
    if (value_.is_null()) return std::nullopt;
    if (!value_.is_number() || !(value_.get<double>() >= 0 && value_.get<double>() <= 1))
      refuse("a quality from 0 to 1, or null");
    return value_.get<double>();
  }

  [[noreturn]] void refuse(std::string_view expected) const {
    ciess::detail::throw_error<ciess::data_error>(
        file_.string(), ": ", name_.empty() ? "" : name_ + ": ", "expected ", expected, ", got ",
        ciess::detail::shown(value_.dump(-1, ' ', false, json::error_handler_t::replace)));
  }

 private:
  [[nodiscard]] std::string within(const std::string& key) const {
    return name_.empty() ? key : name_ + "." + key;
  }

  const std::filesystem::path& file_;
  const json& value_;
  std::string name_;
};

inline nlohmann::ordered_json parsed_summary(const std::filesystem::path& file) {
  std::error_code ignored;
  std::ifstream in;
  // A folder can be opened, and a pipe may never end.
  if (std::filesystem::is_regular_file(file, ignored)) in.open(file, std::ios::binary);
  if (!in.is_open())
    ciess::detail::throw_error<ciess::io_error>(
        file.string(),
        ": expected the summary of a run of search_sizes, got no file that can be read");
  try {
    return nlohmann::ordered_json::parse(in);
  } catch (const nlohmann::ordered_json::exception& e) {
    ciess::detail::throw_error<ciess::data_error>(file.string(),
                                                  ": expected whole JSON, got: ", e.what());
  }
}

/// What is best of a smaller budget stands under that one, too.
inline bool is_of_another_budget(const summary_value& from) { return from.has("of_budget"); }

inline run_method method_of(const std::string& label, const summary_value& from) {
  run_method m{.label = label,
               .method = from.at("method").text(),
               .start = from.at("start").one_of("warm", "scratch"),
               .numbers = from.at("parameters").count(),
               .bytes = from.at("bytes").count(),
               .quality = from.at("test").at("mean").quality()};
  if (label != m.method && label != m.method + ", " + m.start)
    from.at("method").refuse("the method that " + ciess::detail::shown(label) + " is named after");
  return m;
}

}  // namespace detail

/// Reads `summary.json` in the folder of a run.
/// @throws ciess::io_error if it cannot be read; ciess::data_error, saying where, what was expected
///         and what is there, if it is damaged or no summary of `search_sizes`
inline run_summary read_run_summary(const std::filesystem::path& folder) {
  run_summary out;
  out.file = folder / ciess::summary_file;
  const auto json = detail::parsed_summary(out.file);
  const detail::summary_value all(out.file, json);
  out.backbone = all.at("backbone").text();
  out.preset = all.at("preset").text();
  out.dim = all.at("dim").count<int>(1);
  all.at("at").for_each_element([&](const auto& k) { out.at.push_back(k.template count<int>(1)); });
  const auto data = all.at("data"), parts = data.at("parts");
  out.split = data.at("split").text();
  out.users = data.at("users").count();
  out.items = data.at("items").count();
  out.interactions = data.at("interactions").count();
  out.train = parts.at("train").count();
  out.validation = parts.at("validation").count();
  out.test = parts.at("test").count();
  out.budgets_of = all.at("budgets_of").one_of("numbers", "bytes");
  out.stored_as = all.at("stored_as").text();
  if (all.has("loss")) out.loss = all.at("loss").dump();
  out.full_numbers = all.at("full").at("parameters").count();
  out.other_numbers = all.at("other_parameters").count();
  out.seed = all.at("seed").seed();
  out.interrupted = all.at("interrupted").truth();
  out.full = all.at("full").at("test").at("mean").quality();
  out.popularity = all.at("popularity").at("test").at("mean").quality();
  all.at("searches").for_each_member([&](const std::string& method, const auto& effort) {
    out.searches.push_back({.method = method,
                            .measurements = effort.at("measurements").count(),
                            .training_steps = effort.at("training_steps").count_or_null(),
                            .seconds = effort.at("seconds").number_from_0()});
  });
  all.at("budgets").for_each_element([&](const auto& row) {
    run_budget b{.removed = row.at("budget").share()};
    for (const auto& before : out.budgets)
      if (ciess::budget_name(before.removed) == ciess::budget_name(b.removed))
        row.at("budget").refuse("a budget that is not there twice");
    row.at("methods").for_each_member([&](const std::string& label, const auto& figures) {
      if (detail::is_of_another_budget(figures)) return;
      b.methods.push_back(detail::method_of(label, figures));
      if (std::ranges::find(out.searches, b.methods.back().method, &run_search::method) ==
          out.searches.end())
        figures.at("method").refuse("one of the methods in searches");
    });
    out.budgets.push_back(std::move(b));
  });
  if (all.has("serving"))
    all.at("serving").for_each_member([&](const std::string& budget, const auto& row) {
      run_vectors v;
      v.budget = budget;
      if (row.has("of")) v.of = row.at("of").text();
      v.way = row.at("way").text();
      v.bytes = row.at("bytes").count();
      v.quality = row.at("test").at("mean").quality();
      out.serving.push_back(std::move(v));
    });
  return out;
}

}  // namespace ciess_bench
