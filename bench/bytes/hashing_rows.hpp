// SPDX-License-Identifier: MIT
/// @file
/// Rows of hashed tables, trained from scratch.
#pragma once

#include <ciess/core/text.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/embedding/number_format.hpp>
#include <ciess/embedding/sizes.hpp>
#include <ciess/ranking/evaluate.hpp>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "formats.hpp"
#include "report.hpp"
#include "shared_rows_lens.hpp"
#include "table_rows.hpp"
#include "trained.hpp"

namespace ciess_bench {

/// The most buckets with which at most a share of the rows is left to store.
/// @returns 0 if there is no such number
inline ciess::index_t buckets_for(ciess::index_t rows, double share, sharing how) {
  const auto room = static_cast<ciess::index_t>(share * static_cast<double>(rows));
  if (how == sharing::modulo) return room;
  for (ciess::index_t m = room; m >= 1; --m)
    if (m + (rows + m - 1) / m <= room) return m;
  return 0;
}

/// A model whose tables are made of shared rows.
template <class Model>
class hashed {
 public:
  hashed(const ciess::interactions& train, const typename Model::options& how, sharing kind,
         std::span<const ciess::index_t> buckets, std::uint64_t seed)
      : model_(train, how, seed),
        lens_(model_.shapes(), kind, buckets, how.network.deviation, how.rate, seed) {}

  void train(int steps) { model_.train_through(steps, lens_); }

  /// Mean of Recall and NDCG at 5, 10, 20.
  [[nodiscard]] double judge(const ciess::interactions& train, const ciess::interactions& test) {
    // The model's own numbers play no part in its training: the rows take their place.
    auto state = model_.snapshot();
    lens_.look(0, state.weights.tables);
    model_.restore(state);
    return ciess::evaluate(model_, train, test).mean;
  }

  /// The shared rows rounded; they are put back.
  [[nodiscard]] rounded judge_rounded(const ciess::interactions& train,
                                      const ciess::interactions& test,
                                      ciess::number_format format) {
    const auto own = lens_.weights();
    rounded r;
    for (auto& shared : lens_.weights())
      for (ciess::matrix* m : {&shared.quotients, &shared.remainders}) {
        if (m->rows() == 0) continue;
        const int columns = static_cast<int>(m->cols());
        ciess::masked_table table(ciess::sizes(m->rows(), {columns, columns}), ciess::matrix(*m));
        r.bytes += round_to(format, table);
        *m = table.values();
      }
    r.quality = judge(train, test);
    lens_.weights() = own;
    return r;
  }

 private:
  Model model_;
  shared_rows_lens lens_;
};

/// Tables of both kinds that keep some shares of the rows: how long they train is found on the
/// validation part, as it is for the full table, then they are trained anew with it.
template <class Model>
void add_hashing(bytes_report& report, trained<Model>& by, std::span<const double> shares) {
  const auto& how = by.settings().environment.full;
  std::vector<ciess::number_format> formats = coarse_formats();
  formats.insert(formats.begin(), ciess::number_format::float32);
  for (const auto kind : {sharing::quotient_remainder, sharing::modulo})
    for (const double share : shares) {
      // One of them stands for its kind.
      if (kind == sharing::modulo && share != shares[shares.size() / 2]) continue;
      std::vector<ciess::index_t> buckets;
      for (const auto& s : by.shapes()) buckets.push_back(buckets_for(s.rows, share, kind));
      if (std::ranges::find(buckets, 0) != buckets.end()) continue;
      const auto made = [&](const ciess::interactions& train) {
        return hashed<Model>(train, by.settings().model, kind, buckets, by.seed());
      };
      int best_step = 0;
      {
        hashed<Model> first = made(by.train());
        double best = first.judge(by.train(), by.validation());
        for (int step = 0, misses = 0; step < how.max_steps && misses < how.patience;) {
          const int block = std::min(how.every, how.max_steps - step);
          first.train(block);
          step += block;
          const double quality = first.judge(by.train(), by.validation());
          misses = quality > best ? 0 : misses + 1;
          if (quality > best) best_step = step;
          best = std::max(best, quality);
        }
      }
      hashed<Model> last = made(by.known());
      last.train(best_step);
      const std::string name =
          ciess::joined(kind == sharing::modulo ? "modulo " : "quotient and remainder ", buckets[0],
                        " + ", buckets[1], " buckets, ", best_step, " steps, ");
      for (const auto f : formats) {
        const rounded r = last.judge_rounded(by.known(), by.test(), f);
        report.add("hashing, trained", name + ciess::format_text(f), r.bytes, r.quality);
      }
    }
}

}  // namespace ciess_bench
