// SPDX-License-Identifier: MIT
/// @file
/// Full-ranking evaluation: figures of lists over all items, quality of every user and every item.
#pragma once

#include <concepts>
#include <span>
#include <vector>

#include <ciess/backbone/concept.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/ranking/detail/evaluate_candidates.hpp>
#include <ciess/ranking/detail/evaluator.hpp>
#include <ciess/ranking/evaluation.hpp>
#include <ciess/ranking/rank.hpp>
#include <ciess/ranking/sample_users.hpp>
#include <ciess/ranking/top_k.hpp>

namespace ciess {

/// Evaluates inner products of vectors: every item ranked for every user, training items left out.
/// Takes little longer than the matrix product, see `rank_products`. With `options.candidates` the
/// users of the share cost that, and each other one as many products as there are candidates, with
/// a few more in place of those that the user knows; 8 bytes a held-out pair and 40 a user. A
/// score that is NaN is then found only if it is looked at.
/// @param users, items  vectors, shapes [users, d] and [items, d]
/// @param train, held_out  interactions of the same users and items
/// @throws argument_error if shapes do not fit or an option is out of range
/// @throws numeric_error if a score is NaN, naming user and item
[[nodiscard]] inline evaluation evaluate_vectors(const matrix_view& users, const matrix_view& items,
                                                 const interactions& train,
                                                 const interactions& held_out,
                                                 const evaluation_options& options = {}) {
  detail::evaluator run{train, held_out, options, detail::judged_by::candidates};
  if (run.estimates()) {
    detail::evaluate_candidates(run, users, items, train, options);
    return run.finish();
  }
  rank_products(users, items, train, run.who(), run.k(), run, run.barred());
  return run.finish();
}

/// Evaluates scores of any origin, see `rank_scores` for `score(first_user, out)`.
/// @throws argument_error, numeric_error as above
template <class Score>
  requires std::invocable<Score&, index_t, matrix_span>
[[nodiscard]] evaluation evaluate_scores(Score&& score, const interactions& train,
                                         const interactions& held_out,
                                         const evaluation_options& options = {}) {
  detail::evaluator run{train, held_out, options};
  rank_scores(score, train, run.who(), run.k(), run, run.barred());
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
        [&model](index_t first_user, matrix_span out) { model.score(first_user, out); }, train,
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
      [&model](index_t first_user, matrix_span out) { model.score(first_user, out); }, seen,
      std::span<const row_id>{&user, 1}, k,
      [&](index_t, std::span<const scored_item> best) { result.assign(best.begin(), best.end()); });
  return result;
}

}  // namespace ciess
