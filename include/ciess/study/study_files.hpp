// SPDX-License-Identifier: MIT
/// @file
/// What the files of a study are called.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/table_formats.hpp>
#include <ciess/search/result.hpp>
#include <ciess/search/sizing_request.hpp>

namespace ciess {

/// A budget in names of files: 0.9, in six significant digits.
[[nodiscard]] inline std::string budget_name(double budget) { return joined(budget); }

/// uint16, one for each row of the table.
[[nodiscard]] inline std::string sizes_file(double budget, std::string_view table) {
  return joined("sizes-", budget, '-', table, ".npy");
}
/// The tables of the model that won a budget.
[[nodiscard]] inline std::string tables_file(double budget) {
  return joined("tables-", budget, ".safetensors");
}
/// The final vectors of that model, as floats: what an inner product ranks by.
[[nodiscard]] inline std::string vectors_file(double budget) {
  return joined("vectors-", budget, ".safetensors");
}
/// Final vectors packed for a server, and what is known of that.
[[nodiscard]] inline std::string serving_file(double budget) {
  return joined("serving-", budget, ".safetensors");
}
[[nodiscard]] inline std::string serving_report_file(double budget) {
  return joined("serving-", budget, ".json");
}
/// The final vectors that all of these are made of: those of the best model that won a budget.
inline constexpr std::string_view serving_vectors_file = "serving-vectors.safetensors";
/// What a search has learnt for a table.
[[nodiscard]] inline std::string policy_file(std::string_view table) {
  return joined("policy-", table, ".safetensors");
}

/// Row and id.
/// @param rows  what they are of: "users", a field
[[nodiscard]] inline std::string ids_file(std::string_view rows) {
  return joined("ids-", rows, ".tsv");
}

inline constexpr std::string_view summary_file = "summary.json", history_file = "history.tsv";

/// What has ids where things are ranked.
inline const std::array<std::string, 2> users_and_items{"users", "items"};

/// All files that a study leaves, pictures that are drawn later among them; first the summary,
/// which says that the others are whole.
/// @param ids  what has ids: users and items, or the fields of impressions
[[nodiscard]] inline std::vector<std::string> study_files(
    std::span<const double> budgets, std::span<const std::string> tables,
    std::span<const std::string> ids = users_and_items) {
  std::vector<std::string> files{std::string(summary_file), std::string(history_file)};
  for (const auto& rows : ids) files.push_back(ids_file(rows));
  for (const std::string picture : {"history", "quality", "sizes", "shares"})
    for (const char* ending : {".tsv", ".gp", ".svg"})
      if (picture + ending != history_file) files.push_back(picture + ending);
  for (const double budget : budgets) {
    files.push_back(tables_file(budget));
    files.push_back(vectors_file(budget));
    files.push_back(serving_file(budget));
    files.push_back(serving_report_file(budget));
    for (const auto& table : tables) files.push_back(sizes_file(budget, table));
  }
  files.emplace_back(serving_vectors_file);
  for (const auto& table : tables) files.push_back(policy_file(table));
  return files;
}

/// Whether budgets can be told apart, by their files and by what they keep.
/// @param stored_as  how the tables will be stored
/// @param who        what the caller calls budgets
/// @throws argument_error if not, or as `limits_of`
inline void check_budgets(const sizing_request& asked, std::span<const table_shape> shapes,
                          const table_formats& stored_as = number_format::float32,
                          std::string_view who = "budgets") {
  const auto& budgets = asked.budgets;
  for (std::size_t b = 0; b < budgets.size(); ++b)
    for (std::size_t before = 0; before < b; ++before)
      if (budget_name(budgets[before]) == budget_name(budgets[b]))
        detail::throw_error<argument_error>(who, ": ", budget_name(budgets[b]), " is given twice");
  const auto limits = limits_of(asked, shapes, stored_as);
  const auto refuse_equal = [&](const budget& limit) {
    if (asked.of == budget_of::bytes)
      detail::throw_error<argument_error>(who, ": two of them leave the same");
    detail::throw_error<argument_error>(who, ": two of them keep the same number of numbers, ",
                                        limit.whole_numbers(shapes));
  };
  for (auto limit = limits.begin(); limit != limits.end(); ++limit)
    if (std::find(limits.begin(), limit, *limit) != limit) refuse_equal(*limit);
}

}  // namespace ciess
