// SPDX-License-Identifier: MIT
/// @file
/// Rows of runs of `search_sizes`: tables that were tuned as they are
/// stored, and the vectors that a server multiplies of them.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/embedding/number_format.hpp>
#include <ciess/study/study_files.hpp>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "report.hpp"

namespace ciess_bench {

/// What a run of `search_sizes` must have in common with the models that it is compared with.
struct compared_run {
  std::string backbone;
  int dim = 0;
  std::uint64_t seed = 0;
};

/// What a run of `search_sizes` has measured, by its `summary.json`.
struct run_result {
  double full = 0;  ///< quality of its full float model
  std::vector<kept> rows;
};

/// Reads the rows of a run: one for each budget and method, and one for each budget's vectors.
/// @throws ciess::io_error if there is no summary, or it is none of `search_sizes`
/// @throws ciess::argument_error if the run was of another backbone, dim or seed
inline run_result load_run(const std::filesystem::path& folder, const compared_run& expected) {
  using nlohmann::json;
  const auto path = folder / ciess::summary_file;
  std::ifstream in(path, std::ios::binary);
  if (!in) ciess::detail::throw_error<ciess::io_error>(path.string(), ": cannot be read");
  run_result out;
  try {
    const json summary = json::parse(in);
    const auto same = [&](const char* name, const auto& got, const auto& wanted) {
      if (got != wanted)
        ciess::detail::throw_error<ciess::argument_error>(path.string(), ": its ", name, " is ",
                                                          got, ", expected ", wanted);
    };
    same("backbone", summary.at("backbone").get<std::string>(), expected.backbone);
    same("dim", summary.at("dim").get<int>(), expected.dim);
    same("seed", summary.at("seed").get<std::uint64_t>(), expected.seed);
    out.full = summary.at("full").at("test").at("mean").get<double>();
    const std::string stored_as =
        ciess::format_text(ciess::parse_number_format(summary.at("stored_as").get<std::string>()));
    for (const auto& budget : summary.at("budgets")) {
      const std::string removed =
          ciess::joined(100 * budget.at("budget").get<double>(), " % removed, ");
      for (const auto& [method, row] : budget.at("methods").items()) {
        const auto bytes = row.at("bytes").get<std::int64_t>();
        const bool equal = method.rfind("equal", 0) == 0;
        out.rows.push_back(
            {equal ? "equal sizes, tuned as stored" : "unequal sizes, tuned as stored",
             stored_as + ", " + removed + method, bytes, bytes,
             row.at("test").at("mean").get<double>()});
      }
    }
    if (summary.contains("serving"))
      for (const auto& row : summary["serving"]) {
        const auto bytes = row.at("bytes").get<std::int64_t>();
        out.rows.push_back({"final vectors of unequal sizes",
                            ciess::joined("of ", row.at("of").get<std::string>(), ", ",
                                          row.at("way").get<std::string>()),
                            bytes, bytes, row.at("test").at("mean").get<double>()});
      }
  } catch (const json::exception& e) {
    ciess::detail::throw_error<ciess::io_error>(path.string(), ": ", e.what());
  }
  return out;
}

/// Adds what runs have measured.
/// @throws ciess::argument_error if a run's full model is not the one of the report: it had other
///         data, another split or another program
inline void add_runs(bytes_report& report, const std::vector<std::string>& folders,
                     std::vector<run_result>&& runs) {
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (std::abs(runs[i].full - report.full_quality()) > 1e-6)
      ciess::detail::throw_error<ciess::argument_error>(folders[i], ": its full model has quality ",
                                                        runs[i].full, ", expected ",
                                                        report.full_quality(), ", as here");
    for (auto& row : runs[i].rows) report.add(std::move(row));
  }
}

}  // namespace ciess_bench
