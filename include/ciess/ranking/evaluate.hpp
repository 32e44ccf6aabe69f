// SPDX-License-Identifier: MIT
/// @file
/// Full-ranking evaluation: Recall and NDCG over all items, quality of every user and every item.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include <ciess/backbone/concept.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/ranking/metrics.hpp>
#include <ciess/ranking/rank.hpp>

namespace ciess {

/// What is measured, and on whom.
struct evaluation_options {
  std::vector<int> cutoffs = {5, 10, 20};  ///< list lengths, rising, >= 1 (paper: 5, 10, 20)
  std::vector<row_id> users = {};          ///< only these, in rising order; empty: everybody
  double share = 1;               ///< of them, how many are ranked, in (0, 1]: see `sample_users`
  std::uint64_t sample_seed = 1;  ///< which: the same ones at every evaluation
};

/// The outcome of a full ranking. Users with nothing held out have quality 0 and stay out of every
/// mean over users.
///
/// On a share of the users all figures come from the sample alone. A user with something held out
/// who is not in it reports the mean of the sample, and so does an item that was trained on by
/// users asked for, none of them in the sample: a search compares each row's quality with the one
/// at the peak, where the same rows reported the mean, so such a row follows the average. With 0 it
/// would look like a row that no size can help.
struct evaluation {
  std::vector<int> cutoffs;
  std::vector<double> recall;  ///< [cutoffs], mean over the evaluated users
  std::vector<double> ndcg;    ///< [cutoffs], mean over the evaluated users
  double mean = 0.0;           ///< mean user quality of the evaluated users
  index evaluated_users = 0;   ///< users asked for who have something held out; of the sample
  std::vector<double>
      user_quality;  ///< [users]: mean of Recall and NDCG over the cutoffs; 0 if not evaluated
  std::vector<double>
      item_quality;  ///< [items]: mean quality of the users asked for who have the item in training

  /// @throws argument_error if k is not one of the cutoffs
  [[nodiscard]] double recall_at(int k) const { return recall[position(k)]; }
  [[nodiscard]] double ndcg_at(int k) const { return ndcg[position(k)]; }

  /// See `field_visitor`.
  template <class F>
  void visit(F& f) {
    f("cutoffs", cutoffs);
    f("recall", recall);
    f("ndcg", ndcg);
    f("mean", mean);
    f("evaluated_users", evaluated_users);
    f("user_quality", user_quality);
    f("item_quality", item_quality);
    f.check("recall", recall.size() == cutoffs.size() && ndcg.size() == cutoffs.size(),
            "one figure for each cutoff");
    for (const auto* figures : {&recall, &ndcg, &user_quality, &item_quality})
      f.check("recall", detail::all_finite(*figures), "finite figures");
    f.check("mean", std::isfinite(mean), "a finite number");
  }

 private:
  [[nodiscard]] std::size_t position(int k) const {
    const auto found = std::find(cutoffs.begin(), cutoffs.end(), k);
    if (found == cutoffs.end())
      detail::throw_error<argument_error>("evaluation: ", k, " is not one of the cutoffs measured");
    return static_cast<std::size_t>(found - cutoffs.begin());
  }
};

/// Users first, first + n, first + 2n, ...: a sample for `evaluation_options::users` when an exact
/// figure costs too much. Empty if there is none.
/// @throws argument_error if n < 1 or first < 0
[[nodiscard]] inline std::vector<row_id> every_nth_user(index users, index n, index first = 0) {
  if (n < 1 || first < 0)
    detail::throw_error<argument_error>("every_nth_user: needs n >= 1 and first >= 0, got n ", n,
                                        " and first ", first);
  std::vector<row_id> chosen;
  for (index u = first; u < users; u += n) chosen.push_back(static_cast<row_id>(u));
  return chosen;
}

/// A share of some users, at least one if there is any: round(share * users) of them, in the order
/// given. Each user draws a number from (seed, purpose::sample, user) and the smallest ones are
/// taken; so it is the same users every time, and a larger share keeps those of a smaller one.
/// @param users  ids >= 0, none twice
/// @param share  in (0, 1]
/// @throws argument_error if share is out of range
[[nodiscard]] inline std::vector<row_id> sample_users(std::span<const row_id> users, double share,
                                                      std::uint64_t seed) {
  if (!(share > 0.0 && share <= 1.0))
    detail::throw_error<argument_error>("sample_users: share must be in (0, 1], got ", share);
  if (share == 1.0 || users.empty()) return {users.begin(), users.end()};
  const random_stream stream{seed, purpose::sample};
  std::vector<std::pair<std::uint64_t, row_id>> drawn;
  for (const row_id u : users) {
    random_engine engine = stream.at(0, static_cast<std::uint64_t>(u));
    const std::uint64_t high = engine();
    drawn.emplace_back(high << 32 | engine(), u);
  }
  auto order = drawn;
  const auto count = std::max(1.0, std::round(share * static_cast<double>(users.size())));
  const auto last = order.begin() + static_cast<std::ptrdiff_t>(count) - 1;
  std::nth_element(order.begin(), last, order.end());
  std::vector<row_id> chosen;
  for (const auto& d : drawn)
    if (d <= *last) chosen.push_back(d.second);
  return chosen;
}

namespace detail {

/// Checks the question, collects the answers of the users, folds them in the order of the users.
class evaluator {
 public:
  evaluator(const interactions& train, const interactions& held_out,
            const evaluation_options& options)
      : train_{train}, held_out_{held_out}, metrics_{options.cutoffs, train.items()} {
    check_shape("evaluate", train.users(), train.items(), held_out);
    check_users(options.users, train.users());
    std::vector<row_id> asked = options.users;
    if (asked.empty()) {
      asked.resize(static_cast<std::size_t>(train.users()));
      std::iota(asked.begin(), asked.end(), row_id{0});
    }
    std::vector<row_id> idle;
    for (const row_id u : asked) (held_out.items_of(u).empty() ? idle : judged_).push_back(u);
    who_ = sample_users(judged_, options.share, options.sample_seed);
    // Items count users with nothing held out, too: as many of them as of the others.
    standing_.assign(static_cast<std::size_t>(train.users()), standing::not_asked);
    for (const row_id u : asked) standing_[static_cast<std::size_t>(u)] = standing::left_out;
    for (const auto& sample : {who_, sample_users(idle, options.share, options.sample_seed)})
      for (const row_id u : sample) standing_[static_cast<std::size_t>(u)] = standing::sampled;
    values_.resize(who_.size() * 2 * options.cutoffs.size());
  }

  [[nodiscard]] std::span<const row_id> who() const noexcept { return who_; }
  [[nodiscard]] int k() const noexcept { return std::max(metrics_.longest(), 1); }

  /// May run for several positions at once.
  void operator()(index position, std::span<const scored_item> best) noexcept {
    const std::size_t c = metrics_.cutoffs().size();
    const auto p = static_cast<std::size_t>(position);
    const std::span<double> row{values_.data() + p * 2 * c, 2 * c};
    metrics_(
        best, [](const scored_item& s) { return s.item; }, held_out_.items_of(who_[p]),
        row.first(c), row.last(c));
  }

  [[nodiscard]] evaluation finish() const {
    const std::size_t c = metrics_.cutoffs().size();
    evaluation result;
    result.cutoffs = metrics_.cutoffs();
    result.recall.assign(c, 0.0);
    result.ndcg.assign(c, 0.0);
    result.user_quality.assign(static_cast<std::size_t>(train_.users()), 0.0);
    result.evaluated_users = static_cast<index>(who_.size());
    for (std::size_t p = 0; p < who_.size(); ++p) {
      const double* const row = values_.data() + p * 2 * c;
      const double quality = std::accumulate(row, row + 2 * c, 0.0) / static_cast<double>(2 * c);
      result.user_quality[static_cast<std::size_t>(who_[p])] = quality;
      result.mean += quality;
      for (std::size_t j = 0; j < c; ++j) {
        result.recall[j] += row[j];
        result.ndcg[j] += row[c + j];
      }
    }
    const double share = who_.empty() ? 0.0 : 1.0 / static_cast<double>(who_.size());
    result.mean *= share;
    for (std::size_t j = 0; j < c; ++j) {
      result.recall[j] *= share;
      result.ndcg[j] *= share;
    }
    result.item_quality = item_quality(result.user_quality, result.mean);
    for (const row_id u : judged_)
      if (standing_[static_cast<std::size_t>(u)] == standing::left_out)
        result.user_quality[static_cast<std::size_t>(u)] = result.mean;
    return result;
  }

 private:
  enum class standing : char { not_asked, left_out, sampled };

  [[nodiscard]] std::vector<double> item_quality(const std::vector<double>& user_quality,
                                                 double mean) const {
    std::vector<double> quality(static_cast<std::size_t>(train_.items()), 0.0);
    parallel_for(train_.items(), 256, [&](index first, index last) {
      for (index i = first; i < last; ++i) {
        double sum = 0.0;
        index sampled = 0, left_out = 0;
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
  cutoff_metrics metrics_;
  std::vector<row_id> judged_;      ///< users asked for with something held out
  std::vector<row_id> who_;         ///< the sample of them
  std::vector<standing> standing_;  ///< [users]
  std::vector<double> values_;      ///< [who, 2 cutoffs]: Recall, then NDCG
};

}  // namespace detail

/// Evaluates inner products of vectors: every item ranked for every user, training items left out.
/// Takes little longer than the matrix product, see `rank_products`.
/// @param users, items  vectors, shapes [users, d] and [items, d]
/// @param train, held_out  interactions of the same users and items
/// @throws argument_error if shapes do not fit or an option is out of range
/// @throws numeric_error if a score is NaN, naming user and item
[[nodiscard]] inline evaluation evaluate_vectors(const matrix_view& users, const matrix_view& items,
                                                 const interactions& train,
                                                 const interactions& held_out,
                                                 const evaluation_options& options = {}) {
  detail::evaluator run{train, held_out, options};
  rank_products(users, items, train, run.who(), run.k(), run);
  return run.finish();
}

/// Evaluates scores of any origin, see `rank_scores` for `score(first_user, out)`.
/// @throws argument_error, numeric_error as above
template <class Score>
  requires std::invocable<Score&, index, matrix_span>
[[nodiscard]] evaluation evaluate_scores(Score&& score, const interactions& train,
                                         const interactions& held_out,
                                         const evaluation_options& options = {}) {
  detail::evaluator run{train, held_out, options};
  rank_scores(score, train, run.who(), run.k(), run);
  return run.finish();
}

/// Evaluates a model: by its vectors if it has them, else by its scores.
/// @throws argument_error, numeric_error as above
/// @tparam Model  a `backbone`
template <class Model>
[[nodiscard]] evaluation evaluate(Model& model, const interactions& train,
                                  const interactions& held_out,
                                  const evaluation_options& options = {}) {
  static_assert(detail::explain_backbone<Model>::value);
  detail::check_shape("evaluate", model.users(), model.items(), train);
  if constexpr (inner_product_backbone<Model>) {
    auto&& users = model.user_vectors();  // may be temporaries: they live to the end
    auto&& items = model.item_vectors();
    return evaluate_vectors(users, items, train, held_out, options);
  } else {
    return evaluate_scores(
        [&model](index first_user, matrix_span out) { model.score(first_user, out); }, train,
        held_out, options);
  }
}

/// The k best items of one user, best first, those in `seen` left out.
/// @throws argument_error if shapes do not fit, the user does not exist or k < 1
/// @throws numeric_error if a score is NaN
/// @tparam Model  a `backbone`
template <class Model>
[[nodiscard]] std::vector<scored_item> recommend(Model& model, row_id user,
                                                 const interactions& seen, int k) {
  static_assert(detail::explain_backbone<Model>::value);
  detail::check_shape("recommend", model.users(), model.items(), seen);
  std::vector<scored_item> result;
  rank_scores(
      [&model](index first_user, matrix_span out) { model.score(first_user, out); }, seen,
      std::span<const row_id>{&user, 1}, k,
      [&](index, std::span<const scored_item> best) { result.assign(best.begin(), best.end()); });
  return result;
}

}  // namespace ciess
