// SPDX-License-Identifier: MIT
/// @file
/// Ready-made observers: progress for people, history for programs, ways to stop.
#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <ostream>
#include <span>
#include <string>
#include <string_view>

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/search/observer.hpp>

namespace ciess {
namespace detail {

/// Writes bytes, in one piece: neither the stream's locale nor its width has a say.
inline void write_text(std::ostream& out, std::string_view text) {
  out.write(text.data(), static_cast<std::streamsize>(text.size())).flush();
}

}  // namespace detail

/// Seconds as people read them: "41 s", "12 min 05 s", "3 h 07 min".
[[nodiscard]] inline std::string readable_seconds(double seconds) {
  const auto s = static_cast<long long>(std::max(0.0, std::ceil(seconds)));
  const auto two = [](long long n) { return joined(n < 10 ? "0" : "", n); };
  if (s < 60) return joined(s, " s");
  if (s < 3600) return joined(s / 60, " min ", two(s % 60), " s");
  return joined(s / 3600, " h ", two(s % 3600 / 60), " min");
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
    const std::string line =
        joined("step ", done, '/', s.total, "  ", fixed_text(100 * s.target, 0),
               "% removed: quality ", fixed_text(s.quality, 4), " (best ", fixed_text(s.best, 4),
               ")  price ", significant_text(s.price, 3), "  ", readable_seconds(left), " left");
    detail::write_text(*out_,
                       terminal_ ? joined('\r', line, "\033[K", last ? "\n" : "") : line + '\n');
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
    std::string text;
    if (!begun_) {
      text =
          "number\tepisode\tstep\ttarget\tlambda\tasked_"
          "sparsity\tsparsity\tquality\tbest\torigin";
      for (std::size_t t = 0; t < s.reward.size(); ++t)
        text += joined("\treward_", t, "\tcritic_loss_", t, "\tactor_loss_", t);
      text += "\tseconds\n";
      begun_ = true;
    }
    const auto number = [](double x) {
      return std::isnan(x) ? std::string() : significant_text(x, 9);  // NaN: no update took place
    };
    text += joined(s.number, '\t', s.episode, '\t', s.step);
    for (const double x : {s.target, s.price, s.asked_sparsity, s.sparsity, s.quality, s.best})
      text += '\t' + number(x);
    text += '\t' + s.origin;
    for (std::size_t t = 0; t < s.reward.size(); ++t)
      for (const double x : {s.reward[t], s.critic_loss[t], s.actor_loss[t]})
        text += '\t' + number(x);
    text += '\t' + fixed_text(s.seconds, 3) + '\n';
    detail::write_text(*out_, text);
    if (!*out_) throw io_error("history: cannot write step " + std::to_string(s.number));
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
  explicit stop_when(const std::atomic<bool>&&) = delete;  // would outlive what it asks
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
