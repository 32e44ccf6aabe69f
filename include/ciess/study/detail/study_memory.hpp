// SPDX-License-Identifier: MIT
/// @file
/// What a study remembers, so that it can go on.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/backbone/trainer.hpp>
#include <ciess/backbone/warm_start.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/table_formats.hpp>
#include <ciess/nn/learning_rate.hpp>
#include <ciess/study/detail/remembering_environment.hpp>

namespace ciess::detail {

/// What a training to the end depends on, beside the model and the data.
struct training_conditions {
  std::uint64_t seed = 0;
  train_until_options full{}, tune{};
  learning_rate tune_rate{};
  table_formats stored_as{};

  /// See `field_visitor::same`.
  template <class F>
  void visit(F& f) const {
    f.same("seed", seed);
    visit_part(f, "full", full);
    visit_part(f, "tune", tune);
    visit_part(f, "tune_rate", tune_rate);
    f.same("stored_as", std::string_view(name_of(stored_as)));
  }
};

/// What a study has trained so far: nothing of it is trained again.
template <class Figures>
class study_memory {
 public:
  struct training {
    assignment sizes;
    std::vector<int> starts;
    double quality = 0;
    training_recipe recipe;
  };
  struct test {
    assignment sizes;
    training_recipe recipe;
    Figures figures{};
  };

  static constexpr std::int64_t none = -1;

  /// A model that was handed over, and what was said of it.
  struct handed_model {
    std::int64_t test = none;  ///< by its number
    double of_budget = 0;
    std::int64_t bytes = 0;
    friend bool operator==(const handed_model&, const handed_model&) = default;
  };

  /// @param conditions  a memory of others is refused
  /// @param budgets     how many there are
  study_memory(std::span<const table_shape> shapes, const training_conditions& conditions,
               std::size_t budgets)
      : handed(budgets), shapes_(shapes.begin(), shapes.end()), conditions_{conditions} {}

  std::vector<training> trained;     ///< to the end, judged on validation
  std::vector<test> tested;          ///< on train + validation, measured on test
  std::vector<handed_model> handed;  ///< [budgets] last
  measured_qualities measured;       ///< in searches
  double pretrain_seconds = 0, retrain_seconds = 0;

  [[nodiscard]] training* find(const assignment& sizes, std::span<const int> starts) {
    const auto at = std::ranges::find_if(trained, [&](const training& k) {
      return k.sizes == sizes && std::ranges::equal(k.starts, starts);
    });
    return at == trained.end() ? nullptr : &*at;
  }
  [[nodiscard]] test* find(const assignment& sizes, const training_recipe& recipe) {
    const auto at = std::ranges::find_if(
        tested, [&](const test& k) { return k.sizes == sizes && k.recipe == recipe; });
    return at == tested.end() ? nullptr : &*at;
  }

  /// See `field_visitor`.
  template <class F>
  void visit(F& f) {
    visit_part(f, "trainings", conditions_);
    f("pretrain_seconds", pretrain_seconds);
    f("retrain_seconds", retrain_seconds);
    each(f, "trained", trained, [](auto& one, training& t) {
      one("starts", t.starts);
      one("quality", t.quality);
      one.check("quality", std::isfinite(t.quality), "a finite number");
    });
    each(f, "tested", tested, [](auto& one, test& t) { visit_part(one, "figures", t.figures); });
    std::vector<std::uint64_t> sizes;
    std::vector<double> qualities;
    for (const auto& [s, q] : measured) sizes.push_back(s), qualities.push_back(q);
    f("measured", sizes);
    f("qualities", qualities);
    f.check("qualities", sizes.size() == qualities.size() && all_finite(qualities),
            "a finite number for each assignment measured");
    if constexpr (F::reads) {
      measured.clear();
      for (std::size_t i = 0; i < sizes.size(); ++i) measured[sizes[i]] = qualities[i];
    }
    for (std::size_t b = 0; b < handed.size(); ++b) {
      field_group<F> one(f, "handed" + std::to_string(b));
      one("test", handed[b].test);
      one.check("test", handed[b].test >= none && handed[b].test < std::ssize(tested),
                "a test, or -1");
      one("of_budget", handed[b].of_budget);
      one("bytes", handed[b].bytes);
    }
  }

 private:
  template <class F, class T, class Rest>
  void each(F& f, const std::string& name, std::vector<T>& list, Rest rest) {
    auto count = static_cast<std::uint64_t>(list.size());
    f(name, count);
    f.check(name, count < 1'000'000, "fewer than a million trainings");
    if constexpr (F::reads) list.resize(count);
    for (std::size_t i = 0; i < list.size(); ++i) {
      field_group<F> one(f, name + std::to_string(i));
      T& item = list[i];
      if constexpr (F::reads) item.sizes = assignment(shapes_);
      for (std::size_t t = 0; t < shapes_.size(); ++t)
        visit_part(one, "table" + std::to_string(t), item.sizes[t]);
      auto from = static_cast<std::uint8_t>(item.recipe.from);
      one("from", from);
      one.check("from", from <= static_cast<std::uint8_t>(start::warm), "0 or 1");
      item.recipe.from = static_cast<start>(from);
      one("steps", item.recipe.steps);
      one.check("steps", item.recipe.steps >= 0, "a number >= 0");
      rest(one, item);
    }
  }

  std::vector<table_shape> shapes_;
  training_conditions conditions_;
};

}  // namespace ciess::detail
