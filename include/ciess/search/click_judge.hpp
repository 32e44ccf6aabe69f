// SPDX-License-Identifier: MIT
/// @file
/// Judges click models by what they predict of impressions they were not trained on.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>

#include <utility>
#include <vector>

#include <ciess/backbone/held_out_impressions.hpp>
#include <ciess/backbone/sized_model.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/data/impressions.hpp>
#include <ciess/data/impressions_fingerprint.hpp>
#include <ciess/ranking/evaluate_clicks.hpp>
#include <ciess/search/detail/check_tables.hpp>
#include <ciess/search/judge.hpp>

namespace ciess {

/// What is maximised of a click model.
enum class click_quality : std::uint8_t {
  auc,        ///< in [0, 1]
  likelihood  ///< exp(-log_loss), in (0, 1]: it orders models as minus log-loss does, and is
              ///< positive, as qualities of rows have to be; gains of it are relative ones: a
              ///< log-loss less by 0.001 is 0.1 % more
};

namespace detail {

/// See `explain_backbone`.
template <class M>
struct explain_predicting_model : explain_sized_model<M> {
  static_assert(predicts_clicks<M>,
                "ciess: a click model needs `void predict(const ciess::impressions& shown, "
                "std::span<float> log_odds)`: log odds of each impression");
};

}  // namespace detail

/// Satisfies `judge` for a `sized_model` that predicts clicks. Tables are those of the fields, in
/// their order and by their names, each of a kind of its own; a row has the frequency that its
/// value has in training, and the quality of the held-out impressions that show it
/// (`click_evaluation`). A model may have one table more if there are numeric features,
/// "features", a row for each: every impression shows them all.
///
/// Holds a reference to the held-out impressions: they must outlive it. Memory: 8 bytes a row.
class click_judge {
 public:
  using figures = click_evaluation;
  template <class Model>
  using requirements = detail::explain_predicting_model<Model>;

  /// O(values)
  /// @param train     what models are made for: counted
  /// @param held_out  what predictions are measured on
  /// @throws argument_error if these have not the same fields and features; data_error if the
  ///         labels of held-out impressions are all alike
  click_judge(const impressions& train, const impressions& held_out,
              click_quality maximised = click_quality::auc)
      : held_out_{&held_out},
        maximised_{maximised},
        prints_{checked(train, held_out), fingerprint_without_times(held_out)} {
    const auto fields = train.fields();
    frequency_.resize(fields.size());
    parallel_chunks(std::ssize(fields), [&](index_t k) {
      frequency_[static_cast<std::size_t>(k)] = train.frequency(static_cast<std::size_t>(k));
    });
    if (const std::size_t features = train.features().size(); features > 0)
      frequency_.emplace_back(features, static_cast<double>(train.size()));
  }
  // What is gone after the call cannot be referred to.
  click_judge(const impressions&, const impressions&&, click_quality = click_quality::auc) = delete;

  /// Tables that a model can have.
  [[nodiscard]] std::size_t kinds() const noexcept { return frequency_.size(); }
  [[nodiscard]] static constexpr std::size_t kind(std::size_t table) noexcept { return table; }
  /// That of the field, or "features".
  [[nodiscard]] std::string name(std::size_t table) const {
    const auto fields = held_out_->fields();
    return table < fields.size() ? fields[table].name : "features";
  }
  [[nodiscard]] std::span<const double> frequency(std::size_t table) const noexcept {
    return frequency_[table];
  }
  [[nodiscard]] click_quality maximised() const noexcept { return maximised_; }

  /// Held-out impressions, for methods that learn from slopes on held-out data.
  [[nodiscard]] held_out_impressions held_out_batches(std::uint64_t seed) const {
    return {*held_out_, seed};
  }

  /// @throws argument_error unless the tables are those of the fields, and perhaps that of the
  ///         features; or if no file could be called as a field is
  template <class Model>
  void check(const Model& model) const {
    const auto& lasting = model.shapes();  // may be a temporary: it lives to the end
    const std::span<const table_shape> shapes(lasting);
    const std::size_t fields = held_out_->fields().size();
    if (shapes.size() != fields && shapes.size() != kinds())
      detail::throw_error<argument_error>(
          "click_judge: expected a table for each of ", fields, " fields",
          kinds() > fields ? ", and perhaps one of the features" : "", ", got ", shapes.size());
    std::vector<std::string> names;
    for (std::size_t t = 0; t < shapes.size(); ++t) {
      names.push_back(name(t));
      if (shapes[t].rows != std::ssize(frequency(t)))
        detail::throw_error<argument_error>("click_judge: table ", t, " has ", shapes[t].rows,
                                            " rows, ", names.back(), " has ", frequency(t).size());
    }
    detail::check_table_names(shapes, names);
  }

  /// @throws as `evaluate_clicks`
  template <class Model>
  [[nodiscard]] click_evaluation judge(Model& model) const {
    return evaluate_clicks(model, *held_out_);
  }
  [[nodiscard]] double quality(const click_evaluation& e) const noexcept {
    return maximised_ == click_quality::auc ? e.auc : e.mean_likelihood();
  }
  [[nodiscard]] static std::span<const double> row_quality(const click_evaluation& e,
                                                           std::size_t table) noexcept {
    return e.likelihood_of(table);
  }

  template <class F>
  void visit_conditions(F& f) const {
    f.same("train.fingerprint", prints_.first);
    f.same("held_out.fingerprint", prints_.second);
    f.same("maximised", static_cast<std::int64_t>(maximised_));
  }

 private:
  /// @returns the fingerprint of the training part
  static std::uint64_t checked(const impressions& train, const impressions& held_out) {
    const auto a = train.fields(), b = held_out.fields();
    if (a.size() != b.size())
      detail::throw_error<argument_error>("click_judge: training has ", a.size(),
                                          " fields, held-out ", b.size());
    const auto said = [](const click_field& f) {
      return f.name + " of " + std::to_string(f.rows) + (f.pooled ? " rows, pooled" : " rows");
    };
    for (std::size_t k = 0; k < a.size(); ++k)
      if (a[k] != b[k])
        detail::throw_error<argument_error>("click_judge: field ", k, " of training is ",
                                            said(a[k]), ", of held-out ", said(b[k]));
    if (!std::ranges::equal(train.features(), held_out.features()))
      detail::throw_error<argument_error>(
          "click_judge: training and held-out have not the same features");
    if (const index_t clicks = held_out.clicks(); clicks == 0 || clicks == held_out.size())
      detail::throw_error<data_error>("click_judge: of ", held_out.size(), " held-out impressions ",
                                      clicks,
                                      " were clicked: an AUC needs some that were and some that "
                                      "were not");
    return fingerprint_without_times(train);
  }

  const impressions* held_out_;
  click_quality maximised_;
  std::pair<std::uint64_t, std::uint64_t> prints_;  ///< of training, and of what is held out
  std::vector<std::vector<double>> frequency_;      ///< [tables][rows]
};

}  // namespace ciess
