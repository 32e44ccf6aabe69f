// SPDX-License-Identifier: MIT
/// @file
/// Figures of full lists, estimated from the scores of some candidates.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include <ciess/core/index.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/ranking/detail/candidate_ranker.hpp>
#include <ciess/ranking/detail/evaluator.hpp>
#include <ciess/ranking/detail/position_estimate.hpp>
#include <ciess/ranking/evaluation.hpp>
#include <ciess/ranking/metrics.hpp>
#include <ciess/ranking/rank.hpp>
#include <ciess/ranking/top_k.hpp>

namespace ciess::detail {

/// What candidates say of the lists of all users of an evaluation, some of whom were ranked against
/// all items.
///
/// Of a held-out item it is known how many other held-out ones and how many of the head stand
/// before it; the tail's share is estimated. An item with more known ones before it than the
/// longest list has counts nothing, whatever the tail does. The others come in groups by how many
/// these are, and each group has a prior of its own: whoever is behind many of the head is behind
/// many of the tail, too. Each counts what its list is worth in the mean of its position's
/// distribution.
class candidate_figures {
 public:
  candidate_figures(evaluator& run, const candidate_items& of)
      : run_{&run}, of_{&of}, who_(run.who().size()), in_head_(of.in_tail.size(), 0) {
    for (const row_id i : of.head) in_head_[static_cast<std::size_t>(i)] = 1;
    for (const std::size_t p : run.ranked()) who_[p].is_ranked = true;
    std::size_t pairs = 0;
    for (std::size_t p = 0; p < who_.size(); ++p) {
      who_[p].begin = pairs;
      pairs += run.wanted(p).size();
    }
    ranks_.resize(pairs);
  }

  /// The list of a user who is ranked against all items. May run for several positions at once.
  void add_list(std::size_t position, std::span<const scored_item> best) {
    one& mine = who_[position];
    const std::span<const row_id> wanted = run_->wanted(position);
    std::int32_t known = 1;
    std::int32_t before = 0;
    for (const scored_item& s : best) {
      const bool is_wanted = holds(wanted, s.item);
      if (is_wanted) mine.exact.push_back({known, before});
      if (is_wanted || in_head_[static_cast<std::size_t>(s.item)] != 0)
        ++known;
      else
        ++before;
    }
  }

  /// What the candidates say of a user. May run for several positions at once.
  void add(std::size_t position, std::span<const sampled_rank> ranks, index_t population,
           index_t drawn) {
    one& mine = who_[position];
    mine.population = population;
    mine.drawn = drawn;
    mine.count = ranks.size();
    std::ranges::copy(ranks, ranks_.begin() + static_cast<std::ptrdiff_t>(mine.begin));
  }

  /// Gives all users but the ranked ones their figures. By one thread, in the order of the users.
  void finish() {
    const std::vector<position_estimate> priors = fitted();
    std::vector<std::map<sighting, std::vector<double>>> posteriors(priors.size());
    for (std::size_t p = 0; p < who_.size(); ++p) {
      const one& u = who_[p];
      if (u.is_ranked) continue;
      for (const sampled_rank& r : ranks_of(u)) {
        if (u.drawn == u.population) {  // all of them: nothing to estimate
          if (r.known + r.before <= run_->k()) run_->add_chance(p, r.known + r.before, 1.0);
          continue;
        }
        const std::size_t g = group(r.known);
        const sighting told = told_of(u, r);
        auto& chances = posteriors[g][told];
        if (chances.empty()) chances = priors[g].posterior(told);
        for (std::size_t b = 0; b < chances.size(); ++b) {
          const index_t rank = r.known + priors[g].positions()[b];
          if (rank > run_->k()) break;
          run_->add_chance(p, rank, chances[b]);
        }
      }
    }
  }

 private:
  struct one {
    bool is_ranked = false;
    index_t population = 0, drawn = 0;
    std::size_t begin = 0, count = 0;  ///< of its entries of `ranks_`
    std::vector<sampled_rank> exact;   ///< of a ranked user: all of the tail, for those in the list
  };

  [[nodiscard]] static std::size_t group(index_t known) noexcept {
    return static_cast<std::size_t>(std::bit_width(static_cast<std::size_t>(known)) - 1);
  }
  [[nodiscard]] std::span<const sampled_rank> ranks_of(const one& u) const noexcept {
    return std::span(ranks_).subspan(u.begin, u.count);
  }

  /// Users whose populations differ by a thirtieth at most are told the same: there are few
  /// different things to compute with, then.
  [[nodiscard]] static sighting told_of(const one& u, const sampled_rank& r) noexcept {
    const int spare =
        std::max(0, static_cast<int>(std::bit_width(static_cast<std::size_t>(u.population))) - 6);
    const index_t step = index_t{1} << spare;
    const index_t near = u.population / step * step + step / 2;
    return {r.before, near > u.drawn ? near : u.population, u.drawn, 0};
  }

  [[nodiscard]] std::vector<position_estimate> fitted() const {
    const index_t most = std::ssize(of_->tail) + std::ssize(of_->tail) / 32;  // see `told_of`
    std::vector<position_estimate> priors(
        group(run_->k()) + 1, position_estimate{most, std::min<index_t>(run_->k(), 64)});
    for (std::size_t p = 0; p < who_.size(); ++p) {
      const one& u = who_[p];
      if (u.drawn == u.population) continue;
      const double weight = 1.0 / static_cast<double>(run_->wanted(p).size());
      for (const sampled_rank& r : u.exact)
        priors[group(r.known)].add_exact(std::min<index_t>(r.before, most), weight);
      const auto ranks = ranks_of(u);
      for (std::size_t j = u.exact.size(); j < ranks.size(); ++j) {
        sighting told = told_of(u, ranks[j]);
        position_estimate& prior = priors[group(ranks[j].known)];
        if (!u.is_ranked) {
          prior.add(told, weight);
          continue;
        }
        told.least = run_->k() - ranks[j].known + 1;
        prior.add_of_few(told, weight);
      }
    }
    for (position_estimate& prior : priors) prior.fit();
    return priors;
  }

  evaluator* run_;
  const candidate_items* of_;
  std::vector<one> who_;
  std::vector<sampled_rank> ranks_;  ///< of all users, as many places as held-out items
  std::vector<char> in_head_;        ///< [items]
};

/// Ranks some users against all items, judges all others by candidates.
/// @pre run.estimates()
inline void evaluate_candidates(evaluator& run, const matrix_view& users, const matrix_view& items,
                                const interactions& train, const evaluation_options& options) {
  check_products("evaluate", users, items, train);
  const candidate_items candidates{train, run.barred(), options.candidates};
  matrix head(std::ssize(candidates.head), items.cols());
  for (index_t h = 0; h < head.rows(); ++h)
    head.row(h) = items.row(candidates.head[static_cast<std::size_t>(h)]);
  candidate_figures figures{run, candidates};
  const std::span<const row_id> who = run.who();
  const std::span<const std::size_t> ranked = run.ranked();
  std::vector<row_id> in_full;
  for (const std::size_t p : ranked) in_full.push_back(who[p]);
  rank_products(
      users, items, train, in_full, run.k(),
      [&](index_t position, std::span<const scored_item> best) {
        const std::size_t p = ranked[static_cast<std::size_t>(position)];
        run(static_cast<index_t>(p), best);
        figures.add_list(p, best);
      },
      run.barred());
  constexpr index_t n = candidate_ranker::users;
  const index_t blocks = (std::ssize(who) + n - 1) / n;
  const index_t workers = std::clamp<index_t>(blocks, 1, concurrency());
  std::vector<candidate_ranker> rankers(static_cast<std::size_t>(workers),
                                        candidate_ranker{candidates, head, items.rows(), run.k()});
  const random_stream stream{options.sample_seed, purpose::judged};
  nan_report nans{workers};
  parallel_workers(workers, blocks, [&](index_t worker, index_t block) {
    const index_t first = block * n;
    const auto at = [&](index_t r) { return static_cast<std::size_t>(first + r); };
    rankers[static_cast<std::size_t>(worker)](
        users, items, train, stream.at(0, static_cast<std::uint64_t>(block)),
        std::min(n, std::ssize(who) - first), [&](index_t r) { return who[at(r)]; },
        [&](index_t r) { return run.wanted(at(r)); },
        [&](index_t r, std::span<const sampled_rank> ranks, index_t population, index_t drawn) {
          figures.add(at(r), ranks, population, drawn);
        },
        [&](row_id user, row_id item) { nans.add(worker, user, item); });
  });
  nans.check();
  figures.finish();
}

}  // namespace ciess::detail
