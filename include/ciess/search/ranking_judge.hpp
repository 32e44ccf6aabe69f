// SPDX-License-Identifier: MIT
/// @file
/// Judges recommenders by full rankings. All that a search knows of users and items is here.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ciess/backbone/concept.hpp>
#include <ciess/backbone/held_out_triples.hpp>
#include <ciess/core/error.hpp>
#include <ciess/data/fingerprint.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/ranking/evaluate.hpp>
#include <ciess/search/judge.hpp>

namespace ciess {

/// Satisfies `judge` for a `backbone`. Tables are of users and of items in turn: a row has the
/// frequency, and the quality, of the user or item that it belongs to. Holds references to the
/// interactions: they must outlive it. Memory: 8 bytes a user and an item.
class ranking_judge {
 public:
  using figures = evaluation;
  template <class Model>
  using requirements = detail::explain_backbone<Model>;

  /// @param train     what models are made for: left out of the rankings, and counted
  /// @param held_out  what a ranking should have at its top
  ranking_judge(const interactions& train, const interactions& held_out, evaluation_options o)
      : train_{&train}, held_out_{&held_out}, options_{std::move(o)} {
    for (row_id u = 0; u < train.users(); ++u)
      frequency_[0].push_back(static_cast<double>(train.user_frequency(u)));
    for (row_id i = 0; i < train.items(); ++i)
      frequency_[1].push_back(static_cast<double>(train.item_frequency(i)));
  }
  // What is gone after the call cannot be referred to, such as the parts of `split_interactions()`.
  ranking_judge(const interactions&&, const interactions&, evaluation_options) = delete;
  ranking_judge(const interactions&, const interactions&&, evaluation_options) = delete;
  ranking_judge(const interactions&&, const interactions&&, evaluation_options) = delete;

  /// Kinds of rows: users and items.
  [[nodiscard]] static constexpr std::size_t kinds() noexcept { return 2; }
  [[nodiscard]] static constexpr std::size_t kind(std::size_t table) noexcept { return table % 2; }
  /// "users", "items", then "users-2", "items-2", ...
  [[nodiscard]] static std::string name(std::size_t table) {
    return (kind(table) == 0 ? "users" : "items") +
           (table < 2 ? std::string() : "-" + std::to_string(table / 2 + 1));
  }
  /// A table of users and the table of items after it: their rows are multiplied.
  [[nodiscard]] static constexpr std::size_t axes_group(std::size_t table) noexcept {
    return table / 2;
  }
  [[nodiscard]] std::span<const double> frequency(std::size_t table) const noexcept {
    return frequency_[kind(table)];
  }

  /// Held-out triples, for methods that learn from slopes on held-out data.
  /// @throws data_error if nobody has a held-out item
  [[nodiscard]] held_out_triples held_out_batches(std::uint64_t seed) const {
    return {*train_, *held_out_, seed};
  }

  /// @throws argument_error if the shapes are not those of users and items in turn, as many as both
  ///         parts have, if the training part has weights and the model is no
  ///         `weighted_backbone`, or if there are candidates and the model has no vectors
  template <class Model>
  void check(const Model& model) const {
    if constexpr (!weighted_backbone<Model>)
      if (train_->has_weights())
        detail::throw_error<argument_error>(
            "ranking_judge: the training data have weights, and this backbone does not say that it "
            "uses them: it must satisfy weighted_backbone (static constexpr bool uses_weights = "
            "true), or be given interactions without weights");
    if (!inner_product_backbone<Model> && options_.candidates != 0)
      detail::throw_error<argument_error>(
          "ranking_judge: candidates are for models with vectors: expected 0, got ",
          options_.candidates);
    detail::check_candidates("ranking_judge", options_);
    const index_t users = model.users();
    const index_t items = model.items();
    if (train_->users() != users || train_->items() != items || held_out_->users() != users ||
        held_out_->items() != items)
      detail::throw_error<argument_error>("ranking_judge: the model has ", users, " users and ",
                                          items, " items, training has ", train_->users(), " and ",
                                          train_->items(), ", held-out ", held_out_->users(),
                                          " and ", held_out_->items());
    const auto& lasting = model.shapes();  // may be a temporary: it lives to the end
    const std::span<const table_shape> shapes(lasting);
    if (shapes.empty() || shapes.size() % kinds() != 0)
      detail::throw_error<argument_error>(
          "ranking_judge: expected tables of users and of items in turn, got ", shapes.size(),
          " tables");
    for (std::size_t t = 0; t < shapes.size(); ++t)
      if (shapes[t].rows != std::ssize(frequency(t)))
        detail::throw_error<argument_error>("ranking_judge: table ", t, " has ", shapes[t].rows,
                                            " rows, but there are ", frequency(t).size(),
                                            kind(t) == 0 ? " users" : " items");
  }

  /// @throws as `evaluate`
  template <class Model>
  [[nodiscard]] evaluation judge(Model& model) const {
    return evaluate(model, *train_, *held_out_, options_);
  }
  [[nodiscard]] static double quality(const evaluation& e) noexcept { return e.mean; }
  [[nodiscard]] static const std::vector<double>& row_quality(const evaluation& e,
                                                              std::size_t table) noexcept {
    return kind(table) == 0 ? e.user_quality : e.item_quality;
  }

  template <class F>
  void visit_conditions(F& f) const {
    // Held-out weights count, too: they come into the last training of a study.
    f.same("train.fingerprint", fingerprint_without_times(*train_));
    f.same("held_out.fingerprint", fingerprint_without_times(*held_out_));
    f.same("cutoffs", std::span<const int>(options_.cutoffs));
    f.same("users", std::span<const row_id>(options_.users));
    f.same("share", options_.share);
    f.same("sample_seed", options_.sample_seed);
    f.same("known_only", std::int64_t{options_.known_only});
    if (options_.candidates != 0) f.same("candidates", std::int64_t{options_.candidates});
  }

 private:
  const interactions* train_;
  const interactions* held_out_;
  evaluation_options options_;
  std::array<std::vector<double>, 2> frequency_;  ///< [kinds][rows]
};

}  // namespace ciess
