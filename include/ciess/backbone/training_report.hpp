// SPDX-License-Identifier: MIT
/// @file
/// How far a training is.
#pragma once

#include <string>

namespace ciess {

/// A training after one of its judgements.
struct training_report {
  std::string what;    ///< what is trained, in a few words
  int step = 0;        ///< steps taken
  int most_steps = 0;  ///< never more than these
  double quality = 0;  ///< now; NaN if it was not judged
  double best = 0;     ///< so far
  int best_step = 0;   ///< where that was
  double seconds = 0;  ///< since the training began
};

}  // namespace ciess
