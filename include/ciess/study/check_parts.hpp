// SPDX-License-Identifier: MIT
/// @file
/// Whether train, validation and test can be studied.
#pragma once

#include <utility>

#include <ciess/core/error.hpp>
#include <ciess/data/split.hpp>
#include <ciess/ranking/evaluation.hpp>
#include <ciess/ranking/popularity.hpp>

namespace ciess {

/// Whether the parts can be studied: of the same users and items, with pairs in each, and all or
/// none of train and validation with times and weights, for the last training is on both.
/// @throws argument_error naming the part
inline void check_parts(const split& parts) {
  for (const auto& [name, part] :
       {std::pair{"train", &parts.train}, std::pair{"validation", &parts.validation},
        std::pair{"test", &parts.test}}) {
    if (part->users() != parts.train.users() || part->items() != parts.train.items())
      detail::throw_error<argument_error>("study: train has ", parts.train.users(), " users and ",
                                          parts.train.items(), " items, ", name, " has ",
                                          part->users(), " and ", part->items());
    if (part->empty())
      detail::throw_error<argument_error>(
          "study: no pair in ", name,
          ": users need at least one each to train on, to choose by and to report on");
  }
  detail::check_details_alike("study", parts.train, parts.validation);
}

/// Whether somebody is judged in validation and in test: with `known_only` all may be strangers.
/// @throws argument_error naming the part
inline void check_judged(const split& parts, const evaluation_options& judge) {
  const auto check = [&](const char* name, const interactions& known, const interactions& part) {
    if (evaluate_popularity(known, part, judge).evaluated_users == 0)
      detail::throw_error<argument_error>("study: no user has a pair that counts in ", name,
                                          ", so there is nothing to choose by or to report on");
  };
  check("validation", parts.train, parts.validation);
  check("test", merge(parts.train, parts.validation), parts.test);
}

}  // namespace ciess
