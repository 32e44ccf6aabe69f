// SPDX-License-Identifier: MIT
/// @file
/// One step of a recommender's optimiser.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include <ciess/backbone/detail/batch_rows.hpp>
#include <ciess/backbone/network.hpp>
#include <ciess/backbone/recommender_state.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/nn/adam.hpp>
#include <ciess/nn/row_updates.hpp>

namespace ciess::detail {

/// Adam on the numbers that the rows of `kept` have.
template <class T>
void update_all_rows(const adam_step<T>& step, const model_weights<T>& kept,
                     const model_gradient<T>& slopes, recommender_state<T>& state) {
  for (std::size_t t = 0; t < kept.tables.size(); ++t)
    parallel_for(kept.tables[t].rows(), 256, [&](index_t begin, index_t end) {
      for (index_t r = begin; r < end; ++r)
        step(state.weights.tables[t][r].data(), slopes.tables[t].row(r).data(),
             state.first.tables[t].row(r).data(), state.second.tables[t].row(r).data(),
             kept.tables[t][r].size());
    });
}

/// The rows that a batch names, by the numbers that the rows of `kept` have.
/// @param slopes  of all rows; null: those of the batch have theirs
template <class T>
void update_batch_rows(const row_update_step<T>& step, const model_weights<T>& kept,
                       const batch_rows<T>& batch, const model_gradient<T>* slopes,
                       recommender_state<T>& state) {
  for (std::size_t t = 0; t < kept.tables.size(); ++t) {
    const auto named = batch.of(t).rows();
    const auto& own = batch.gradient().tables[t];
    update_rows(
        step, state.weights.tables[t][0].data(), kept.tables[t].columns(), named, state.memory(t),
        [&](index_t k) {
          return slopes ? slopes->tables[t].row(named[static_cast<std::size_t>(k)]).data()
                        : own.row(k).data();
        },
        [&](row_id row) { return kept.tables[t].row_sizes()[row]; });
  }
}

/// Adam on what is in no table.
/// @param first, second  its moments
template <class T>
void update_parameters(const adam_step<T>& step, const basic_vector<T>& slopes,
                       basic_vector<T>& parameters, basic_vector<T>& first,
                       basic_vector<T>& second) {
  parallel_for(slopes.size(), 16384, [&](index_t begin, index_t end) {
    step(parameters.data() + begin, slopes.data() + begin, first.data() + begin,
         second.data() + begin, static_cast<std::size_t>(end - begin));
  });
}

}  // namespace ciess::detail
