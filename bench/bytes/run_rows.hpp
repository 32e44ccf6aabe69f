// SPDX-License-Identifier: MIT
/// @file
/// Rows of runs of `search_sizes`: tables that were tuned as they are
/// stored, and the vectors that a server multiplies of them.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/embedding/table_formats.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../support/run_summary.hpp"
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
/// @throws ciess::io_error, ciess::data_error as `read_run_summary`; the latter also if a figure is
///         missing
/// @throws ciess::argument_error if the run was of another backbone, dim or seed
inline run_result load_run(const std::filesystem::path& folder, const compared_run& expected) {
  run_summary summary = read_run_summary(folder);
  const auto same = [&](const char* name, const auto& got, const auto& wanted) {
    if (got != wanted)
      ciess::detail::throw_error<ciess::argument_error>(summary.file.string(), ": its ", name,
                                                        " is ", got, ", expected ", wanted);
  };
  same("backbone", summary.backbone, expected.backbone);
  same("dim", summary.dim, expected.dim);
  same("seed", summary.seed, expected.seed);
  const auto figure = [&](const std::optional<double>& quality, const std::string& of) {
    if (!quality)
      ciess::detail::throw_error<ciess::data_error>(
          summary.file.string(), ": expected the quality of ", of, " on test, got null");
    return *quality;
  };
  run_result out;
  out.full = figure(summary.full, "the full model");
  const std::string stored_as = ciess::format_text(ciess::parse_table_formats(summary.stored_as));
  for (auto& budget : summary.budgets) {
    const std::string removed = ciess::joined(100 * budget.removed, " % removed, ");
    std::ranges::sort(budget.methods, {}, &run_method::label);
    for (const auto& m : budget.methods) {
      const bool equal = m.label.rfind("equal", 0) == 0;
      const std::string name = removed + m.label;
      out.rows.push_back({equal ? "equal sizes, tuned as stored" : "unequal sizes, tuned as stored",
                          stored_as + ", " + name, m.bytes, m.bytes, figure(m.quality, name)});
    }
  }
  std::ranges::sort(summary.serving, {}, &run_vectors::budget);
  for (const auto& v : summary.serving) {
    if (!v.of)
      ciess::detail::throw_error<ciess::data_error>(summary.file.string(), ": expected serving.",
                                                    v.budget,
                                                    ".of, whose vectors were kept, got none");
    out.rows.push_back({"final vectors of small models",
                        ciess::joined("of ", v.of->substr(0, v.of->find(' ')), ", ", v.way),
                        v.bytes, v.bytes, figure(v.quality, "vectors for " + v.budget)});
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
