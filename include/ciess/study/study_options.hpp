// SPDX-License-Identifier: MIT
/// @file
/// What a study does beside the searches themselves.
#pragma once

#include <ciess/core/process_group.hpp>
#include <ciess/search/observers/limits.hpp>

namespace ciess {

/// What a study does beside the searches themselves.
struct study_options {
  effort most{};  ///< of each search
  /// What a study does that is to end, because an observer asked it to: report what there is, as
  /// quickly as may be, or leave it for later, by throwing `interrupted`.
  bool leave_when_stopped = false;
  /// Those who work on it together, see `run_study`; null: this process alone. Referred to.
  process_group* processes = nullptr;
};

}  // namespace ciess
