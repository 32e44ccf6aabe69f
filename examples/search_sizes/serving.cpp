// SPDX-License-Identifier: MIT
#include "serving.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <utility>

#include <ciess/data/split.hpp>
#include <ciess/io/write_file.hpp>
#include <ciess/study/save_serving.hpp>
#include <ciess/study/study_files.hpp>
#include <ciess/study/summary.hpp>

namespace example {

void write_serving(const settings& s, const input& in, double budget, std::int64_t bytes,
                   ciess::matrix users, ciess::matrix items) {
  const std::filesystem::path folder = s.out;
  const auto& parts = in.data.parts;
  const auto known = ciess::merge(parts.train, parts.validation);
  ciess::evaluation_options judged;
  judged.cutoffs = s.at;
  // Another model may have won this budget before an interruption.
  for (const auto& file : {ciess::serving_report_file(budget), ciess::serving_file(budget)})
    std::filesystem::remove(folder / file);
  try {
    const auto told = ciess::save_serving(
        folder / ciess::serving_file(budget), std::move(users), std::move(items), known, parts.test,
        bytes, in.data.users, in.data.items, {.budget = budget, .seed = s.seed}, judged);
    if (!told) {
      if (!s.quiet)
        std::printf("final vectors: %lld bytes do not hold a number a row\n",
                    static_cast<long long>(bytes));
      return;
    }
    ciess::write_file(folder / ciess::serving_report_file(budget),
                      ciess::json_text({{"way", told->way},
                                        {"bytes", told->bytes},
                                        {"same_of_best", told->same},
                                        {"test", ciess::figures_json(told->figures)}}));
  } catch (const ciess::numeric_error& e) {
    std::fprintf(stderr, "search_sizes: final vectors are not packed: %s\n", e.what());
  }
}

json serving_reports(const settings& s, const std::vector<double>& budgets) {
  json all = json::object();
  for (const double budget : budgets) {
    const auto file = std::filesystem::path(s.out) / ciess::serving_report_file(budget);
    std::ifstream in(file);
    if (!in) continue;
    try {
      all[ciess::budget_name(budget)] = json::parse(in);
    } catch (const json::exception& e) {
      throw ciess::data_error(file.string() + ": " + e.what());
    }
  }
  return all;
}

std::string serving_text(const json& reports, double full_mean) {
  std::string text;
  for (const auto& [budget, r] : reports.items()) {
    const double mean = r.at("test").at("mean").get<double>();
    text += ciess::joined(
        budget, ": ", r.at("way").get<std::string>(), ", ", r.at("bytes").get<std::int64_t>(),
        " bytes, ", ciess::fixed_text(100 * r.at("same_of_best").get<double>(), 1),
        " % of the best stay, vs. full ",
        full_mean > 0 ? ciess::fixed_text(100 * (mean / full_mean - 1), 1) + "%" : "-", '\n');
  }
  if (text.empty()) return text;
  return "\nserving-*.safetensors, the final vectors in the bytes of the tables, not trained:\n" +
         text;
}

}  // namespace example
