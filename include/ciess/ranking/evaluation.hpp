// SPDX-License-Identifier: MIT
/// @file
/// The figures of a full ranking, and what they are asked for.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/index.hpp>

namespace ciess {

/// What is measured, and on whom.
struct evaluation_options {
  std::vector<int> cutoffs = {5, 10, 20};  ///< list lengths, rising, >= 1 (paper: 5, 10, 20)
  std::vector<row_id> users = {};          ///< only these, in rising order; empty: everybody
  double share = 1;               ///< of them, how many are ranked, in (0, 1]: see `sample_users`
  std::uint64_t sample_seed = 1;  ///< which: the same ones at every evaluation
  /// Whether only users and items with an interaction in training take part, as is fair where data
  /// are split by time: an item that only the future knows is in no list, and no held-out pair of
  /// such an item or user counts. The figures are those of data without these rows.
  bool known_only = false;
  /// How many items judge each user whom `share`, then below 1, leaves out; 0: none, at least 2.
  /// Half of them are the most popular ones, which fill most lists, and half are drawn from all
  /// others by `sample_seed`, the same ones at every evaluation. Recall, NDCG and quality of these
  /// users are ESTIMATES of those of full lists, not figures of short ones: how many of all others
  /// stand before a held-out item is told by how many drawn ones do, and by where the items of the
  /// users of the share stand, see `detail::position_estimate`. Each row has a quality of its own
  /// then, where it else reports the mean. Models with vectors alone.
  index_t candidates = 0;
};

/// The outcome of a full ranking. Users with nothing held out have quality 0 and stay out of every
/// mean over users.
///
/// On a share of the users all figures come from the sample alone. A user with something held out
/// who is not in it reports the mean of the sample, and so does an item that was trained on by
/// users asked for, none of them in the sample: a search compares each row's quality with the one
/// of the full-size model, where the same rows reported the mean, so such a row follows the
/// average. With 0 it would look like a row that no size can help. Where candidates judge those
/// whom the share leaves out, Recall, NDCG and qualities are of all users, partly estimated, and
/// the other figures of the share alone, as hits and precision say more of a user's best item than
/// its own draws can tell.
struct evaluation {
  std::vector<int> cutoffs;
  std::vector<double> recall;    ///< [cutoffs], mean over the evaluated users
  std::vector<double> ndcg;      ///< [cutoffs], mean over the evaluated users
  std::vector<double> hit_rate;  ///< [cutoffs], share of the evaluated users with a hit
  std::vector<double> mrr;       ///< [cutoffs], mean of 1 / rank of the first hit, 0 without one
  std::vector<double> map;       ///< [cutoffs], mean of the average precision
  /// [cutoffs], share of the items that may be ranked which stand in the list of some evaluated
  /// user. It grows with the number of these users: compare it on the same ones only.
  std::vector<double> coverage;
  double mean = 0.0;            ///< mean user quality of the evaluated users
  index_t evaluated_users = 0;  ///< users asked for who have something held out; of a sample, those
  /// What `evaluation_options::known_only` has left out, of all users asked for: held-out pairs,
  /// users with something held out of which nothing was left, and items that were not ranked. 0
  /// without it.
  index_t left_out_pairs = 0, left_out_users = 0, left_out_items = 0;
  std::vector<double>
      user_quality;  ///< [users]: mean of Recall and NDCG over the cutoffs; 0 if not evaluated
  std::vector<double>
      item_quality;  ///< [items]: mean quality of the users asked for who have the item in training

  /// @throws argument_error if k is not one of the cutoffs
  [[nodiscard]] double recall_at(int k) const { return recall[position(k)]; }
  [[nodiscard]] double ndcg_at(int k) const { return ndcg[position(k)]; }
  [[nodiscard]] double hit_rate_at(int k) const { return hit_rate[position(k)]; }
  [[nodiscard]] double mrr_at(int k) const { return mrr[position(k)]; }
  [[nodiscard]] double map_at(int k) const { return map[position(k)]; }
  [[nodiscard]] double coverage_at(int k) const { return coverage[position(k)]; }

  /// See `field_visitor`.
  template <class F>
  void visit(F& f) {
    f("cutoffs", cutoffs);
    const auto figures = [&](const char* name, std::vector<double>& numbers) {
      f(name, numbers);
      f.check(name, numbers.size() == cutoffs.size() || (&numbers == &coverage && coverage.empty()),
              "one figure for each cutoff");
      f.check(name, detail::all_finite(numbers), "finite figures");
    };
    figures("recall", recall);
    figures("ndcg", ndcg);
    figures("hit_rate", hit_rate);
    figures("mrr", mrr);
    figures("map", map);
    figures("coverage", coverage);
    f("mean", mean);
    f.check("mean", std::isfinite(mean), "a finite number");
    const auto count = [&](const char* name, index_t& number) {
      f(name, number);
      f.check(name, number >= 0, "a count");
    };
    count("evaluated_users", evaluated_users);
    count("left_out_pairs", left_out_pairs);
    count("left_out_users", left_out_users);
    count("left_out_items", left_out_items);
    f("user_quality", user_quality);
    f.check("user_quality", detail::all_finite(user_quality), "finite figures");
    f("item_quality", item_quality);
    f.check("item_quality", detail::all_finite(item_quality), "finite figures");
  }

 private:
  [[nodiscard]] std::size_t position(int k) const {
    const auto found = std::find(cutoffs.begin(), cutoffs.end(), k);
    if (found == cutoffs.end())
      detail::throw_error<argument_error>("evaluation: ", k, " is not one of the cutoffs measured");
    return static_cast<std::size_t>(found - cutoffs.begin());
  }
};

}  // namespace ciess
