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

/// The vectors that are served, of which model they are, and how many bytes they may take for each
/// budget that a model has won.
struct served {
  double budget = 0, quality = -1;  ///< below any: of no model yet
  ciess::matrix users{}, items{};
  json allowed = json::object();  ///< by the name of a budget: the budget, and its bytes

  /// "0.9 by 0.2034".
  [[nodiscard]] std::string of() const {
    return ciess::joined(ciess::budget_name(budget), " by ", ciess::shortest_text(quality));
  }
  /// Nothing yet if there is no such file, or it is not ours.
  static served load(const std::filesystem::path& path) {
    if (!std::filesystem::exists(path)) return {};
    try {
      served kept;
      const ciess::mapped_file bytes(path);
      const ciess::safetensors_view file(bytes.bytes(), path.string());
      const auto budget = ciess::parse_number<double>(file.text("budget"));
      const auto quality = ciess::parse_number<double>(file.text("quality"));
      kept.allowed = json::parse(file.text("allowed"));
      if (!budget || !quality) return {};
      kept.budget = *budget;
      kept.quality = *quality;
      if (*quality < 0) return kept;
      kept.users = ciess::load_vectors(path.string() + ":users");
      kept.items = ciess::load_vectors(path.string() + ":items");
      return kept;
    } catch (const ciess::data_error&) {
      return {};
    } catch (const json::exception&) {
      return {};
    }
  }
  void save(const std::filesystem::path& path) const {
    ciess::safetensors_writer file;
    file.metadata("budget", ciess::shortest_text(budget));
    file.metadata("quality", ciess::shortest_text(quality));
    file.metadata("allowed", allowed.dump());
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

/// Packs vectors into so many bytes, over what was written before; the report comes last.
/// @returns whether they can be packed at all
bool pack(const settings& s, const input& in, const served& best, double budget,
          std::int64_t bytes) {
  const std::filesystem::path folder = s.out;
  const auto& parts = in.data.parts;
  const auto known = ciess::merge(parts.train, parts.validation);
  ciess::evaluation_options judged;
  judged.cutoffs = s.at;
  try {
    const auto told = ciess::save_serving(
        folder / ciess::serving_file(budget), best.users, best.items, known, parts.test, bytes,
        in.data.users, in.data.items,
        {.budget = budget, .seed = s.seed, .axes = "balanced", .scores = "products"}, judged);
    if (!told) {
      for (const auto& file : {ciess::serving_report_file(budget), ciess::serving_file(budget)})
        std::filesystem::remove(folder / file);
      if (!s.quiet)
        std::printf("final vectors: %lld bytes do not hold a byte a row\n",
                    static_cast<long long>(bytes));
      return true;
    }
    ciess::write_file(folder / ciess::serving_report_file(budget),
                      ciess::json_text({{"of", best.of()},
                                        {"way", told->way},
                                        {"bytes", told->bytes},
                                        {"allowed", bytes},
                                        {"same_of_best", told->same},
                                        {"test", ciess::figures_json(told->figures)}}));
    return true;
  } catch (const ciess::numeric_error& e) {
    std::fprintf(stderr, "search_sizes: final vectors are not packed: %s\n", e.what());
    return false;
  }
}

}  // namespace

void write_serving(const settings& s, const input& in, const won_budget& won, ciess::matrix users,
                   ciess::matrix items) {
  const auto kept = std::filesystem::path(s.out) / ciess::serving_vectors_file;
  served best = served::load(kept);
  best.allowed[ciess::budget_name(won.budget)] = {{"budget", won.budget}, {"bytes", won.bytes}};
  if (won.quality > best.quality || won.of == best.budget) {
    served next{won.of, won.quality, std::move(users), std::move(items), best.allowed};
    if (pack(s, in, next, won.budget, won.bytes)) best = std::move(next);
  }
  best.save(kept);
  if (best.quality < 0) return;
  // Also those of other budgets, and what an interruption has left with other vectors.
  for (const auto& [name, one] : best.allowed.items()) {
    const double budget = one.at("budget").get<double>();
    const auto report = report_of(s, budget);
    if (!report || report->value("of", "") != best.of())
      static_cast<void>(pack(s, in, best, budget, one.at("bytes").get<std::int64_t>()));
  }
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
  const auto of = reports.begin()->value("of", std::string("its own"));
  return "\nserving-*.safetensors, final vectors of the model of " + of.substr(0, of.find(' ')) +
         " in the bytes of the tables, not trained:\n" + text;
}

std::string layers_text(const settings& s, std::int64_t numbers) {
  if (s.backbone != "ncf") return {};
  return ciess::joined("\nserving-*.safetensors, the same tables and the layers: ", 4 * numbers,
                       " bytes of floats beside the tables, of every model and in no budget\n");
}

}  // namespace example
