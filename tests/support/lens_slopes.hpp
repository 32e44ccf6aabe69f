// SPDX-License-Identifier: MIT
/// @file
/// Checks the slopes of a lens, those by the tables and by its own numbers, against central
/// differences of a loss.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <ciess/core/types.hpp>
#include <ciess/embedding/masked_table.hpp>

#include "support/catch.hpp"
#include "support/small_recommender.hpp"

namespace support {

/// A lens that remembers the slopes that it gives the tables, and never learns.
template <class Lens>
struct recorded {
  Lens* of;
  std::vector<ciess::basic_matrix<double>> by_table = {};
  void look(std::int64_t step, std::vector<ciess::basic_masked_table<double>>& tables) {
    of->look(step, tables);
  }
  void back(const std::vector<ciess::basic_masked_table<double>>& tables,
            std::vector<ciess::basic_matrix<double>>& slopes) {
    of->back(tables, slopes);
    by_table = slopes;
  }
  void learn(std::int64_t) {}
};

/// Of a held-out batch, and of a training step with its penalty.
/// @param own   callable (Lens&) -> std::vector<double*>, numbers of the lens
/// @param said  callable (const Lens&) -> std::vector<double>, their slopes
/// @param used  callable (table, row, column) -> bool: whether a number takes part, so that its
///              slope is said
template <class Model, class Lens, class Own, class Said, class Used>
void check_lens_slopes(const Model& model, const Lens& lens, Own&& own, Said&& said, Used&& used) {
  constexpr double h = 1e-5;
  const auto batch = small_batch();
  for (const bool trains : {false, true}) {
    const auto loss = [&](Lens& through, auto&& move, auto&& keep) {
      Model copy = model;
      auto state = copy.snapshot();
      move(state);
      copy.restore(state);
      recorded<Lens> record{&through};
      const double value =
          trains ? copy.train_through(1, record) : copy.slopes_through(batch, record);
      keep(record);
      return value;
    };
    const auto nothing = [](auto&) {};
    std::vector<ciess::basic_matrix<double>> by_table;
    Lens through = lens;
    loss(through, nothing, [&](auto& record) { by_table = record.by_table; });
    const std::vector<double> by_own = said(through);
    REQUIRE(by_own.size() == own(through).size());
    double largest = 0;
    for (std::size_t i = 0; i < by_own.size(); ++i) {
      CAPTURE(trains, i);
      const auto at = [&](double moved) {
        Lens other = lens;
        *own(other)[i] += moved;
        return loss(other, nothing, nothing);
      };
      CHECK(by_own[i] == Approx((at(h) - at(-h)) / (2 * h)).epsilon(1e-5).margin(1e-8));
      largest = std::max(largest, std::abs(by_own[i]));
    }
    CHECK(largest > 1e-4);
    largest = 0;
    for (std::size_t t = 0; t < by_table.size(); ++t)
      for (ciess::index_t r = 0; r < by_table[t].rows(); r += 5)
        for (ciess::index_t j = 0; j < by_table[t].cols(); ++j) {
          if (!used(t, r, j)) continue;
          CAPTURE(trains, t, r, j);
          const auto at = [&](double moved) {
            Lens other = lens;
            return loss(
                other,
                [&](auto& state) {
                  state.weights.tables[t][r][static_cast<std::size_t>(j)] += moved;
                },
                nothing);
          };
          CHECK(by_table[t](r, j) == Approx((at(h) - at(-h)) / (2 * h)).epsilon(1e-5).margin(1e-8));
          largest = std::max(largest, std::abs(by_table[t](r, j)));
        }
    CHECK(largest > 1e-4);
  }
}

}  // namespace support
