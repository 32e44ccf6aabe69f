// SPDX-License-Identifier: MIT
/// @file
/// How far a training is.
#pragma once

#include <limits>
#include <string>

namespace ciess {

/// A training after one of its judgements.
struct training_report {
  std::string what;    ///< is trained, in a few words; empty from `train_until` itself
  int step = 0;        ///< steps taken
  int most_steps = 0;  ///< never more steps than this
  double quality = 0;  ///< as just judged; NaN if this training is not judged on its way
  double best = 0;     ///< of this training so far; NaN alike
  int best_step = 0;   ///< after so many steps
  double seconds = 0;  ///< since this training began
  bool last = false;   ///< it ends here

  /// Of a training of `steps` steps that nobody judges.
  static training_report unjudged(int step, int steps, double seconds) {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    return {.what = {},
            .step = step,
            .most_steps = steps,
            .quality = none,
            .best = none,
            .best_step = 0,
            .seconds = seconds,
            .last = step == steps};
  }
};

}  // namespace ciess
