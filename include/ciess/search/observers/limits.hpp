// SPDX-License-Identifier: MIT
/// @file
/// Observers that end a search: on demand, after so much effort.
#pragma once

#include <atomic>
#include <limits>
#include <span>

#include <ciess/core/error.hpp>
#include <ciess/search/observer.hpp>

namespace ciess {

/// Ends what it watches when `flag` has become true: set it from a signal handler or another
/// thread. Takes any report.
class stop_when {
 public:
  explicit stop_when(const std::atomic<bool>& flag) : flag_{&flag} {}
  explicit stop_when(const std::atomic<bool>&&) = delete;  // would outlive what it asks
  template <class Report>
  [[nodiscard]] bool operator()(const Report&) const noexcept {
    return !flag_->load();
  }

 private:
  const std::atomic<bool>* flag_;
};

/// What a search may take, whichever method it is.
struct effort {
  int steps = std::numeric_limits<int>::max();
  double seconds = std::numeric_limits<double>::infinity();
};

/// Ends each search after the step that reaches a limit: the same effort for all.
class effort_limit {
 public:
  /// @throws argument_error unless both are above 0
  explicit effort_limit(const effort& most) : most_{most} {
    if (most.steps < 1 || !(most.seconds > 0))
      detail::throw_error<argument_error>("effort_limit: expected steps and seconds above 0, got ",
                                          most.steps, " and ", most.seconds);
  }
  [[nodiscard]] bool operator()(const step_report& s) const noexcept {
    return s.number + 1 < most_.steps && s.seconds < most_.seconds;
  }

 private:
  effort most_;
};

static_assert(observer<stop_when> && observer<effort_limit>);

}  // namespace ciess
