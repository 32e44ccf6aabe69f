// SPDX-License-Identifier: MIT
/// @file
/// Rows of tables: what a trainer keeps, rounded, cut, with sizes.
#pragma once

#include <ciess/backbone/axes.hpp>
#include <ciess/core/text.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/embedding/number_format.hpp>
#include <ciess/search/budget/projection.hpp>
#include <ciess/search/rules/simple.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "formats.hpp"
#include "report.hpp"
#include "trained.hpp"

namespace ciess_bench {

/// What the tables of a model take in a format, and what the model is worth with the rounded ones.
struct rounded {
  std::int64_t bytes = 0;
  double quality = 0;
};

/// Puts rounded rows in the place of a model's, judges it, and puts its own back.
template <class Model>
rounded judge_rounded(const trained<Model>& by, Model& model, ciess::number_format format) {
  const auto own = model.snapshot();
  auto state = own;
  // The networks of the models that are compared have no numbers beside their tables.
  rounded r{.bytes = 4 * static_cast<std::int64_t>(model.other_numbers())};
  for (auto& table : state.weights.tables) r.bytes += round_to(format, table);
  model.restore(state);
  r.quality = by.judge(model);
  model.restore(own);
  return r;
}

/// Mixes the first `size` columns of all tables: scores stay, and few bits lose less.
/// @pre every row has this size
template <class Model>
void mix_columns(Model& model, int size) {
  auto state = model.snapshot();
  const auto axes = ciess::spread_axes(size, size);
  for (auto& table : state.weights.tables)
    for (ciess::index_t r = 0; r < table.rows(); ++r) {
      const std::span<float> row = table[r];
      std::vector<double> mixed(row.size());
      for (std::size_t k = 0; k < row.size(); ++k)
        for (std::size_t j = 0; j < row.size(); ++j)
          mixed[j] +=
              double{row[k]} * axes(static_cast<ciess::index_t>(k), static_cast<ciess::index_t>(j));
      for (std::size_t j = 0; j < row.size(); ++j) row[j] = static_cast<float>(mixed[j]);
    }
  model.restore(state);
}

/// A model in each of the formats.
template <class Model>
void add_formats(bytes_report& report, const trained<Model>& by, Model& model,
                 const std::string& group, const std::string& name,
                 std::span<const ciess::number_format> formats) {
  for (const auto f : formats) {
    const rounded r = judge_rounded(by, model, f);
    report.add(group, name + ciess::format_text(f), r.bytes, r.quality);
  }
}

/// The full table as it was trained, in every format.
template <class Model>
void add_tables(bytes_report& report, const trained<Model>& by, Model full) {
  add_formats(report, by, full, "table", "all columns, ", ciess::number_formats);
}

/// The first columns of the full table on its principal axes, without training.
template <class Model>
void add_cut_tables(bytes_report& report, const trained<Model>& by, Model full) {
  full.rotate_to_principal_axes();
  std::vector<ciess::number_format> formats = coarse_formats();
  formats.insert(formats.begin(), ciess::number_format::float32);
  const int dim = full.shapes()[0].range.max;
  for (int size = dim / 2; size >= 2 && size * 64 >= dim; size /= 2) {
    std::vector<ciess::sizes> same;
    for (const auto& s : full.shapes()) same.emplace_back(s.rows, s.range, size);
    Model cut = full;
    cut.resize(ciess::assignment(std::move(same)));
    const std::string name = ciess::joined("first ", size, ", ");
    add_formats(report, by, cut, "rotation and cut", name, formats);
    mix_columns(cut, size);
    for (const auto f : formats)
      if (has_few_bits(f)) {
        const rounded r = judge_rounded(by, cut, f);
        report.add("rotation and cut", name + "mixed, " + ciess::format_text(f), r.bytes,
                   r.quality);
      }
  }
}

/// Equal sizes, cut, trained to the end and rounded.
template <class Model>
void add_equal_sizes(bytes_report& report, trained<Model>& by) {
  std::vector<ciess::number_format> formats = coarse_formats();
  formats.insert(formats.begin(), ciess::number_format::float32);
  for (const double removed : {0.8, 0.9, 0.95}) {
    const auto limit = ciess::budget::from_sparsity(removed, by.shapes());
    Model model = by.sized(ciess::project(by.shapes(), ciess::equal_proposal(by.shapes()), limit));
    add_formats(report, by, model, "equal sizes, trained",
                ciess::joined(100 * removed, " % removed, "), formats);
  }
}

}  // namespace ciess_bench
