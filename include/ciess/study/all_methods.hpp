// SPDX-License-Identifier: MIT
/// @file
/// Every method of the library side by side, with the same effort.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/search/bet/bet.hpp>
#include <ciess/search/dnis/dnis.hpp>
#include <ciess/search/evolution/evolution.hpp>
#include <ciess/search/lens_environment.hpp>
#include <ciess/search/pep/pep.hpp>
#include <ciess/search/portfolio.hpp>
#include <ciess/study/method_names.hpp>
#include <ciess/study/named_methods.hpp>
#include <ciess/study/presets.hpp>
#include <ciess/study/study_method.hpp>

namespace ciess {

/// What methods beside CIESS are told, but for their effort, which is the preset's.
struct searcher_settings {
  ciess::bet bet{};              ///< with its predictor, and without
  ciess::evolution evolution{};  ///< without seeds, as published, and with those of CIESS
  ciess::dnis dnis{};
  ciess::pep pep{};
};

/// All methods that a preset compares, see `preset::compared`: rules, BET, evolution, DNIS, PEP,
/// CIESS, and a portfolio of BET and evolution. Each that searches has `measurements` of the preset
/// for each budget; those that train beside them, as many training steps as these measurements are.
/// DNIS and PEP need a model that trains through a lens.
/// @throws argument_error if a name is unknown, a method is asked for that this preset has not, or
///         there are too few measurements for one
/// Compiling it takes a minute more than `preset::methods` for each model.
template <class Model, class Environment>
[[nodiscard]] auto all_methods(const preset<Model, Environment>& p,
                               const searcher_settings& o = {}) {
  const detail::method_list names(p.compared);
  std::vector<study_method<bet>> drawn;
  for (const bool predictor : {false, true})
    if (names.asks_for(predictor ? "bet" : "random-bet")) {
      drawn.push_back({bet_of(o.bet, p.measurements, predictor), p.keep, {}});
    }
  std::vector<study_method<evolution>> evolved;
  for (const std::string_view name : {"optembed", "evolution"})
    if (names.asks_for(name)) {
      evolution how = evolution_of(o.evolution, p.measurements);
      if (name == "evolution") how.seeds.insert(how.seeds.begin(), p.shapes());
      evolved.push_back({std::move(how), p.keep, {}});
    }
  std::vector<study_method<portfolio<bet, evolution>>> several;
  if (names.asks_for("portfolio"))
    several.push_back({portfolio_of(o.bet, o.evolution, p.measurements), p.keep, {}});
  const auto with = [&](auto... learnt) {
    auto all = study_methods(p.rules(names), std::move(drawn), std::move(evolved),
                             std::move(learnt)..., std::move(several), p.ciess_method(names));
    names.check();
    return all;
  };
  if constexpr (detail::trains_through<Model>) {
    // Stretches, each of so many training steps and a measurement.
    const auto stretches = [&](int trained) {
      const std::int64_t of_measurements = std::int64_t{p.measurements} * p.environment.steps;
      return static_cast<int>(std::max<std::int64_t>(
          of_measurements / (std::int64_t{p.environment.steps} + trained), 1));
    };
    std::vector<study_method<dnis>> gated;
    if (names.asks_for("dnis")) {
      dnis how = o.dnis;
      how.steps = stretches(how.steps_of_pair() * how.pairs);
      gated.push_back({std::move(how), p.keep, {}});
    }
    std::vector<study_method<pep>> thresholds;
    if (names.asks_for("pep")) {
      if (p.measurements < 2)
        detail::throw_error<argument_error>(
            "measurements must be at least 2 for pep, which measures random sizes first, got ",
            p.measurements);
      pep how = o.pep;
      how.steps = std::max(stretches(how.stretch) - 1, 1);  // and those random sizes
      thresholds.push_back({how, p.keep, {}});
    }
    return with(std::move(gated), std::move(thresholds));
  } else {
    return with();
  }
}

}  // namespace ciess
