// SPDX-License-Identifier: MIT
/// @file
/// From the lists of the users to the figures of an evaluation.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/ranking/evaluation.hpp>
#include <ciess/ranking/metrics.hpp>
#include <ciess/ranking/rank.hpp>
#include <ciess/ranking/sample_users.hpp>
#include <ciess/ranking/top_k.hpp>

namespace ciess::detail {

/// @throws argument_error if candidates are asked for that cannot be
inline void check_candidates(const char* who, const evaluation_options& o) {
  if (o.candidates != 0 && !(o.share < 1))
    throw_error<argument_error>(who,
                                ": candidates judge the users whom share leaves out: expected a "
                                "share below 1, got ",
                                o.share);
  if (o.candidates < 0 || o.candidates == 1)
    throw_error<argument_error>(who, ": expected 0 or at least 2 candidates, got ", o.candidates);
}

/// What a way to evaluate can judge users by.
enum class judged_by : char { lists, candidates };

/// Checks the question, collects the answers of the users, folds them in the order of the users.
class evaluator {
 public:
  /// @param able  `candidates` if users can be judged by some
  evaluator(const interactions& train, const interactions& held_out,
            const evaluation_options& options, judged_by able = judged_by::lists)
      : train_{train},
        held_out_{held_out},
        known_only_{options.known_only},
        metrics_{options.cutoffs, train.items()} {
    check_shape("evaluate", train.users(), train.items(), held_out);
    if (options.candidates != 0 && able != judged_by::candidates)
      throw_error<argument_error>(
          "evaluate: candidates are for dense vectors in one process: expected 0, got ",
          options.candidates);
    check_candidates("evaluate", options);
    check_users(options.users, train.users());
    std::vector<row_id> asked = options.users;
    if (asked.empty()) {
      asked.resize(static_cast<std::size_t>(train.users()));
      std::iota(asked.begin(), asked.end(), row_id{0});
    }
    if (known_only_) {
      for (row_id i = 0; i < train.items(); ++i)
        if (!known(i)) barred_.push_back(i);
      std::erase_if(asked, [&](row_id u) { return leave_out(u); });
    }
    std::vector<row_id> idle;
    for (const row_id u : asked) (has_wanted(u) ? judged_ : idle).push_back(u);
    who_ = sample_users(judged_, options.share, options.sample_seed);
    std::vector<row_id> idle_sample = sample_users(idle, options.share, options.sample_seed);
    if (options.candidates != 0) {  // those whom the share leaves out are judged, too
      estimates_ = options.candidates < rankable();
      for (std::size_t p = 0, r = 0; estimates_ && r < who_.size(); ++p)
        if (judged_[p] == who_[r]) {
          ranked_.push_back(p);
          ++r;
        }
      who_ = judged_;
      idle_sample = idle;
    }
    // Items count users with nothing held out, too: as many of them as of the others.
    standing_.assign(static_cast<std::size_t>(train.users()), standing::not_asked);
    for (const row_id u : asked) standing_[static_cast<std::size_t>(u)] = standing::left_out;
    for (const auto* sample : {&who_, &idle_sample})
      for (const row_id u : *sample) standing_[static_cast<std::size_t>(u)] = standing::sampled;
    if (left_out_pairs_ > 0) keep_wanted();
    values_.resize(who_.size() * 3 * options.cutoffs.size());
    first_hits_.resize(who_.size());
    shown_.assign(static_cast<std::size_t>(train.items()), static_cast<int>(cutoffs()));
  }

  /// Whether some users are judged by candidates, fewer than there are items.
  [[nodiscard]] bool estimates() const noexcept { return estimates_; }
  /// Positions in `who` of the others, if so, in rising order.
  [[nodiscard]] std::span<const std::size_t> ranked() const noexcept { return ranked_; }

  [[nodiscard]] std::span<const row_id> who() const noexcept { return who_; }
  [[nodiscard]] int k() const noexcept { return std::max(metrics_.longest(), 1); }
  /// Items that are in nobody's list, in rising order.
  [[nodiscard]] std::span<const row_id> barred() const noexcept { return barred_; }

  /// May run for several positions at once.
  void operator()(index_t position, std::span<const scored_item> best) noexcept {
    const std::size_t c = cutoffs();
    const auto p = static_cast<std::size_t>(position);
    const std::span<double> row{values_.data() + p * 3 * c, 3 * c};
    first_hits_[p] = metrics_(
        best, [](const scored_item& s) { return s.item; }, wanted(p),
        {.recall = row.first(c), .ndcg = row.subspan(c, c), .average_precision = row.last(c)});
    note_shown(best);
  }

  /// Held-out items of a position that count, in rising order.
  [[nodiscard]] std::span<const row_id> wanted(std::size_t p) const noexcept {
    if (wanted_begins_.empty()) return held_out_.items_of(who_[p]);
    return std::span(wanted_).subspan(wanted_begins_[p], wanted_begins_[p + 1] - wanted_begins_[p]);
  }

  /// A held-out item of a position has this rank, 1 to k() with 1 at the top, with some chance:
  /// what that adds to Recall and NDCG. Chances of an item add up to 1 at most.
  void add_chance(std::size_t p, index_t rank, double chance) noexcept {
    const std::size_t c = cutoffs();
    const std::size_t held = wanted(p).size();
    double* const row = values_.data() + p * 3 * c;
    for (std::size_t i = 0; i < c; ++i) {
      const int k = metrics_.cutoffs()[i];
      if (rank > k) continue;
      row[i] += chance / static_cast<double>(held);
      row[c + i] += chance * metrics_.discount(static_cast<std::size_t>(rank - 1)) /
                    metrics_.ideal_gain(k, held);
    }
  }

  /// What came of the positions from `first` to before `last`, for the evaluator of the same
  /// question in another process; and what was shown in their lists.
  [[nodiscard]] std::string answers(std::size_t first, std::size_t last) const {
    const std::size_t width = 3 * cutoffs();
    return bytes_of(std::span(values_).subspan(first * width, (last - first) * width)) +
           bytes_of(std::span(first_hits_).subspan(first, last - first)) +
           bytes_of(std::span(shown_));
  }
  /// Takes them over.
  /// @throws data_error if these are not the answers of so many positions
  void take(std::string_view answers, std::size_t first, std::size_t last) {
    const std::size_t width = 3 * cutoffs();
    const auto values = std::span(values_).subspan(first * width, (last - first) * width);
    const auto hits = std::span(first_hits_).subspan(first, last - first);
    std::vector<int> shown(shown_.size());
    const std::size_t bytes = values.size_bytes() + hits.size_bytes() + sizeof(int) * shown.size();
    if (answers.size() != bytes)
      throw_error<data_error>("evaluate: expected ", bytes, " bytes of another process, got ",
                              answers.size());
    const auto read = [&answers](auto to) {
      if (!to.empty()) std::memcpy(to.data(), answers.data(), to.size_bytes());
      answers.remove_prefix(to.size_bytes());
    };
    read(values);
    read(hits);
    read(std::span(shown));
    for (std::size_t i = 0; i < shown.size(); ++i) shown_[i] = std::min(shown_[i], shown[i]);
  }

  [[nodiscard]] evaluation finish() const {
    const std::size_t c = cutoffs();
    evaluation result;
    result.cutoffs = metrics_.cutoffs();
    const auto figures = {&result.recall, &result.ndcg, &result.hit_rate, &result.mrr, &result.map};
    for (auto* f : figures) f->assign(c, 0.0);
    result.user_quality.assign(static_cast<std::size_t>(train_.users()), 0.0);
    result.evaluated_users = static_cast<index_t>(who_.size());
    for (std::size_t p = 0; p < who_.size(); ++p) {
      const double* const row = values_.data() + p * 3 * c;
      const double quality = std::accumulate(row, row + 2 * c, 0.0) / static_cast<double>(2 * c);
      result.user_quality[static_cast<std::size_t>(who_[p])] = quality;
      result.mean += quality;
      for (std::size_t j = 0; j < c; ++j) {
        result.recall[j] += row[j];
        result.ndcg[j] += row[c + j];
        result.map[j] += row[2 * c + j];
        if (first_hits_[p] == 0 || first_hits_[p] > result.cutoffs[j]) continue;
        result.hit_rate[j] += 1.0;
        result.mrr[j] += 1.0 / first_hits_[p];
      }
    }
    const double share = who_.empty() ? 0.0 : 1.0 / static_cast<double>(who_.size());
    const double share_of_lists =  // what candidates do not tell is of those who were ranked
        ranked_.empty() ? share : 1.0 / static_cast<double>(ranked_.size());
    result.mean *= share;
    for (auto* f : {&result.recall, &result.ndcg})
      for (double& x : *f) x *= share;
    for (auto* f : {&result.hit_rate, &result.mrr, &result.map})
      for (double& x : *f) x *= share_of_lists;
    result.coverage = coverage();
    result.left_out_pairs = left_out_pairs_;
    result.left_out_users = left_out_users_;
    result.left_out_items = std::ssize(barred_);
    result.item_quality = item_quality(result.user_quality, result.mean);
    for (const row_id u : judged_)
      if (standing_[static_cast<std::size_t>(u)] == standing::left_out)
        result.user_quality[static_cast<std::size_t>(u)] = result.mean;
    return result;
  }

 private:
  enum class standing : char { not_asked, left_out, sampled };

  template <class T>
  [[nodiscard]] static std::string bytes_of(std::span<const T> numbers) {
    return {reinterpret_cast<const char*>(numbers.data()), numbers.size_bytes()};
  }

  [[nodiscard]] std::size_t cutoffs() const noexcept { return metrics_.cutoffs().size(); }
  [[nodiscard]] index_t rankable() const noexcept { return train_.items() - std::ssize(barred_); }
  [[nodiscard]] bool known(row_id item) const noexcept { return train_.item_frequency(item) > 0; }

  /// Whether a user asked for does not take part; counts what that and unknown items leave out.
  [[nodiscard]] bool leave_out(row_id u) {
    const auto all = held_out_.items_of(u);
    const bool stranger = train_.items_of(u).empty();
    const auto kept = stranger ? 0 : std::ranges::count_if(all, [&](row_id i) { return known(i); });
    left_out_pairs_ += std::ssize(all) - kept;
    if (kept == 0 && !all.empty()) ++left_out_users_;
    return stranger;
  }

  [[nodiscard]] bool has_wanted(row_id u) const {
    const auto all = held_out_.items_of(u);
    return known_only_ ? std::ranges::any_of(all, [&](row_id i) { return known(i); })
                       : !all.empty();
  }

  /// Copies what counts of the held-out items.
  void keep_wanted() {
    wanted_begins_.reserve(who_.size() + 1);
    for (const row_id u : who_) {
      wanted_begins_.push_back(wanted_.size());
      for (const row_id i : held_out_.items_of(u))
        if (known(i)) wanted_.push_back(i);
    }
    wanted_begins_.push_back(wanted_.size());
  }

  /// Lowers the first cutoff at which each item of a list was shown. An item that many are given is
  /// soon as low as it gets: then this only reads.
  void note_shown(std::span<const scored_item> best) noexcept {
    std::size_t p = 0;
    for (int c = 0; c < static_cast<int>(cutoffs()); ++c) {
      const auto k = static_cast<std::size_t>(metrics_.cutoffs()[static_cast<std::size_t>(c)]);
      for (; p < std::min(k, best.size()); ++p) {
        const std::atomic_ref<int> least{shown_[static_cast<std::size_t>(best[p].item)]};
        int known_least = least.load(std::memory_order_relaxed);
        while (c < known_least &&
               !least.compare_exchange_weak(known_least, c, std::memory_order_relaxed)) {
        }
      }
    }
  }

  [[nodiscard]] std::vector<double> coverage() const {
    std::vector<index_t> first_shown(cutoffs() + 1, 0);
    for (const int c : shown_) ++first_shown[static_cast<std::size_t>(c)];
    std::vector<double> shares(cutoffs(), 0.0);
    index_t shown = 0;
    for (std::size_t c = 0; c < cutoffs(); ++c) {
      shown += first_shown[c];
      if (rankable() > 0) shares[c] = static_cast<double>(shown) / static_cast<double>(rankable());
    }
    return shares;
  }

  [[nodiscard]] std::vector<double> item_quality(const std::vector<double>& user_quality,
                                                 double mean) const {
    std::vector<double> quality(static_cast<std::size_t>(train_.items()), 0.0);
    parallel_for(train_.items(), 256, [&](index_t first, index_t last) {
      for (index_t i = first; i < last; ++i) {
        double sum = 0.0;
        index_t sampled = 0, left_out = 0;
        for (const row_id u : train_.users_of(static_cast<row_id>(i))) {
          const standing s = standing_[static_cast<std::size_t>(u)];
          sum += user_quality[static_cast<std::size_t>(u)];  // 0 for all but the sampled
          sampled += s == standing::sampled ? 1 : 0;
          left_out += s == standing::left_out ? 1 : 0;
        }
        if (sampled > 0)
          quality[static_cast<std::size_t>(i)] = sum / static_cast<double>(sampled);
        else if (left_out > 0)
          quality[static_cast<std::size_t>(i)] = mean;
      }
    });
    return quality;
  }

  const interactions& train_;
  const interactions& held_out_;
  bool known_only_;
  bool estimates_ = false;
  cutoff_metrics metrics_;
  std::vector<row_id> barred_;       ///< items that are not ranked
  std::vector<row_id> judged_;       ///< users asked for with something held out
  std::vector<row_id> who_;          ///< the sample of them, or all where candidates are judges
  std::vector<std::size_t> ranked_;  ///< of these the positions of the sample
  std::vector<standing> standing_;   ///< [users]
  index_t left_out_pairs_ = 0, left_out_users_ = 0;
  /// Held-out items that count and where those of each position begin, [who + 1]; empty if all do.
  std::vector<row_id> wanted_;
  std::vector<std::size_t> wanted_begins_;
  std::vector<double> values_;   ///< [who, 3 cutoffs]: Recall, NDCG, then average precision
  std::vector<int> first_hits_;  ///< [who]: rank of the first hit, 0 without one
  std::vector<int> shown_;  ///< [items]: first cutoff at which one was in a list, by its number
};

}  // namespace ciess::detail
