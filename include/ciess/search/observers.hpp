// SPDX-License-Identifier: MIT
/// @file
/// Ready-made observers: progress for people, history for programs, ways to stop.
#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <limits>
#include <ostream>
#include <span>
#include <string>

#include <ciess/core/error.hpp>
#include <ciess/search/observer.hpp>

namespace ciess {

/// Seconds as people read them: "41 s", "12 min 05 s", "3 h 07 min".
[[nodiscard]] inline std::string readable_seconds(double seconds) {
  const auto s = static_cast<long long>(std::max(0.0, std::ceil(seconds)));
  char text[64];
  if (s < 60)
    std::snprintf(text, sizeof text, "%lld s", s);
  else if (s < 3600)
    std::snprintf(text, sizeof text, "%lld min %02lld s", s / 60, s % 60);
  else
    std::snprintf(text, sizeof text, "%lld h %02lld min", s / 3600, s % 3600 / 60);
  return text;
}

/// Shows where the search is and how long it will take. On a terminal one line that is written
/// over; otherwise plain lines: the first step, and one for each twentieth of the way.
class progress {
 public:
  progress(std::ostream& out, bool terminal) : out_{&out}, terminal_{terminal} {}

  void operator()(const step_report& s) {
    const int done = s.number + 1;
    const bool last = done == s.total;
    if (!terminal_ && !last && done * 20 / std::max(s.total, 1) == shown_) return;
    shown_ = done * 20 / std::max(s.total, 1);
    const double left = s.seconds / done * (s.total - done);
    char line[256];
    std::snprintf(line, sizeof line,
                  "step %d/%d  %.0f%% removed: quality %.4f (best %.4f)  price %.3g  %s left", done,
                  s.total, 100 * s.target, s.quality, s.best, s.price,
                  readable_seconds(left).c_str());
    if (terminal_)
      *out_ << '\r' << line << "\033[K" << (last ? "\n" : "") << std::flush;
    else
      *out_ << line << std::endl;
  }

 private:
  std::ostream* out_;
  bool terminal_;
  int shown_ = -1;
};

/// Writes a line of tab-separated values for each step, a header first, and flushes each line.
class history {
 public:
  explicit history(std::ostream& out) : out_{&out} {}

  /// @throws io_error if the stream refuses
  void operator()(const step_report& s) {
    auto& out = *out_;
    if (!begun_) {
      out << "number\tepisode\tstep\ttarget\tlambda\tasked_"
             "sparsity\tsparsity\tquality\tbest\torigin";
      for (std::size_t t = 0; t < s.reward.size(); ++t)
        out << "\treward_" << t << "\tcritic_loss_" << t << "\tactor_loss_" << t;
      out << "\tseconds\n";
      begun_ = true;
    }
    const auto number = [](double x) {
      if (std::isnan(x)) return std::string();  // no update took place
      char text[32];
      std::snprintf(text, sizeof text, "%.9g", x);
      return std::string(text);
    };
    out << s.number << '\t' << s.episode << '\t' << s.step << '\t' << number(s.target) << '\t'
        << number(s.price) << '\t' << number(s.asked_sparsity) << '\t' << number(s.sparsity) << '\t'
        << number(s.quality) << '\t' << number(s.best) << '\t' << s.origin;
    for (std::size_t t = 0; t < s.reward.size(); ++t)
      out << '\t' << number(s.reward[t]) << '\t' << number(s.critic_loss[t]) << '\t'
          << number(s.actor_loss[t]);
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%.3f", s.seconds);
    out << '\t' << seconds << '\n' << std::flush;
    if (!out) throw io_error("history: cannot write step " + std::to_string(s.number));
  }

  /// Writes the steps before, so that the whole search is there.
  void resume(std::span<const step_report> before) {
    for (const auto& s : before) (*this)(s);
  }

 private:
  std::ostream* out_;
  bool begun_ = false;
};

/// Ends the search after the step in which `flag` became true: set it from a signal handler or
/// another thread.
class stop_when {
 public:
  explicit stop_when(const std::atomic<bool>& flag) : flag_{&flag} {}
  [[nodiscard]] bool operator()(const step_report&) const noexcept { return !flag_->load(); }

 private:
  const std::atomic<bool>* flag_;
};

/// Ends the search when none of the last `steps` steps, over all budgets, found a better assignment
/// for its budget.
class stop_without_progress {
 public:
  /// @throws argument_error if steps < 1
  explicit stop_without_progress(int steps) : steps_{steps} {
    if (steps < 1)
      detail::throw_error<argument_error>("stop_without_progress: steps must be >= 1, got ", steps);
  }
  [[nodiscard]] bool operator()(const step_report& s) {
    if (s.quality >= s.best) last_ = s.number;  // `best` knows this step already
    return s.number - last_ < steps_;
  }
  void resume(std::span<const step_report> before) {
    for (const auto& s : before) (void)(*this)(s);
  }

 private:
  int steps_;
  int last_ = 0;
};

static_assert(observer<progress> && observer<history> && observer<stop_when> &&
              observer<stop_without_progress>);

}  // namespace ciess
