// SPDX-License-Identifier: MIT
#include "serving.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/data/split.hpp>
#include <ciess/io/load_vectors.hpp>
#include <ciess/io/mapped_file.hpp>
#include <ciess/io/safetensors.hpp>
#include <ciess/io/write_file.hpp>
#include <ciess/study/save_serving.hpp>
#include <ciess/study/study_files.hpp>
#include <ciess/study/summary.hpp>

namespace example {

namespace {

/// The vectors that are served, and of which model they are.
struct served {
  std::string of;  ///< "0.9 by 0.2034"
  double budget = 0, quality = 0;
  ciess::matrix users, items;

  static std::string name(double budget, double quality) {
    return ciess::joined(ciess::budget_name(budget), " by ", ciess::shortest_text(quality));
  }
  /// None if there is no such file, or it is not ours.
  static std::optional<served> load(const std::filesystem::path& path) {
    if (!std::filesystem::exists(path)) return std::nullopt;
    try {
      const ciess::mapped_file bytes(path);
      const ciess::safetensors_view file(bytes.bytes(), path.string());
      const auto budget = ciess::parse_number<double>(file.text("budget"));
      const auto quality = ciess::parse_number<double>(file.text("quality"));
      if (!budget || !quality) return std::nullopt;
      return served{name(*budget, *quality), *budget, *quality,
                    ciess::load_vectors(path.string() + ":users"),
                    ciess::load_vectors(path.string() + ":items")};
    } catch (const ciess::data_error&) {
      return std::nullopt;
    }
  }
  void save(const std::filesystem::path& path) const {
    ciess::safetensors_writer file;
    file.metadata("budget", ciess::shortest_text(budget));
    file.metadata("quality", ciess::shortest_text(quality));
    for (const auto& [tensor, m] : {std::pair{"users", &users}, std::pair{"items", &items}})
      file.add(tensor, {m->rows(), m->cols()},
               std::span<const float>(m->data(), static_cast<std::size_t>(m->size())));
    file.save(path);
  }
};

/// @throws ciess::data_error if the file is not as it was written
std::optional<json> report_of(const settings& s, double budget) {
  const auto file = std::filesystem::path(s.out) / ciess::serving_report_file(budget);
  std::ifstream in(file);
  if (!in) return std::nullopt;
  try {
    return json::parse(in);
  } catch (const json::exception& e) {
    throw ciess::data_error(file.string() + ": " + e.what());
  }
}

/// Packs vectors into so many bytes.
void pack(const settings& s, const input& in, const served& best, double budget,
          std::int64_t bytes) {
  const std::filesystem::path folder = s.out;
  const auto& parts = in.data.parts;
  const auto known = ciess::merge(parts.train, parts.validation);
  ciess::evaluation_options judged;
  judged.cutoffs = s.at;
  // Another model may have been the best before.
  for (const auto& file : {ciess::serving_report_file(budget), ciess::serving_file(budget)})
    std::filesystem::remove(folder / file);
  try {
    const auto told = ciess::save_serving(
        folder / ciess::serving_file(budget), best.users, best.items, known, parts.test, bytes,
        in.data.users, in.data.items, {.budget = budget, .seed = s.seed}, judged);
    if (!told) {
      if (!s.quiet)
        std::printf("final vectors: %lld bytes do not hold a byte a row\n",
                    static_cast<long long>(bytes));
      return;
    }
    ciess::write_file(folder / ciess::serving_report_file(budget),
                      ciess::json_text({{"of", best.of},
                                        {"way", told->way},
                                        {"bytes", told->bytes},
                                        {"allowed", bytes},
                                        {"same_of_best", told->same},
                                        {"test", ciess::figures_json(told->figures)}}));
  } catch (const ciess::numeric_error& e) {
    std::fprintf(stderr, "search_sizes: final vectors are not packed: %s\n", e.what());
  }
}

}  // namespace

void write_serving(const settings& s, const input& in, const won_budget& won, ciess::matrix users,
                   ciess::matrix items) {
  const auto kept = std::filesystem::path(s.out) / ciess::serving_vectors_file;
  std::optional<served> best = served::load(kept);
  if (!best || won.quality > best->quality || won.budget == best->budget) {
    best = served{served::name(won.budget, won.quality), won.budget, won.quality, std::move(users),
                  std::move(items)};
    best->save(kept);
  }
  // Bytes of budgets that others won are in their reports; also of those that an interruption has
  // left with other vectors.
  std::vector<std::pair<double, std::int64_t>> all{{won.budget, won.bytes}};
  for (const auto& entry : std::filesystem::directory_iterator(s.out)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("serving-") || !name.ends_with(".json")) continue;
    const auto budget = ciess::parse_number<double>(name.substr(8, name.size() - 13));
    if (!budget || *budget == won.budget) continue;
    const auto report = report_of(s, *budget);
    if (report && report->value("of", "") != best->of)
      all.emplace_back(*budget, report->value("allowed", std::int64_t{0}));
  }
  std::ranges::sort(all);
  for (const auto& [budget, bytes] : all) pack(s, in, *best, budget, bytes);
}

json serving_reports(const settings& s, const std::vector<double>& budgets) {
  json all = json::object();
  for (const double budget : budgets)
    if (auto report = report_of(s, budget)) all[ciess::budget_name(budget)] = std::move(*report);
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
  // All are of one model, that of the best quality on validation.
  const auto of = reports.begin()->at("of").get<std::string>();
  return "\nserving-*.safetensors, final vectors of the model of " + of.substr(0, of.find(' ')) +
         " in the bytes of the tables, not trained:\n" + text;
}

}  // namespace example
