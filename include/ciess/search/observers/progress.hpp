// SPDX-License-Identifier: MIT
/// @file
/// Shows people how far a search or a training is.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <ostream>
#include <string>
#include <string_view>

#include <ciess/backbone/training_report.hpp>
#include <ciess/core/text.hpp>
#include <ciess/search/observer.hpp>

namespace ciess {
namespace detail {

/// Writes bytes, in one piece: neither the stream's locale nor its width has a say.
inline void write_text(std::ostream& out, std::string_view text) {
  out.write(text.data(), static_cast<std::streamsize>(text.size())).flush();
}

}  // namespace detail

/// Shows where a search or a training is and how long it will take. On a terminal one line that is
/// written over; otherwise plain lines: the first step, and one for each twentieth of the way, five
/// seconds apart at least; of a training, which may end long before its last step, also what it
/// reports half a minute after the line before. What is done within a second shows nothing.
class progress {
 public:
  progress(std::ostream& out, bool terminal) : out_{&out}, terminal_{terminal} {}

  /// A training may end before its last step, which only a report with `last` says.
  void operator()(const training_report& t) {
    const double left = t.step > 0 ? t.seconds / t.step * (t.most_steps - t.step) : 0;
    std::string line = joined(t.what, " ", t.step, '/', t.most_steps, " steps at most");
    if (!std::isnan(t.quality))
      line += joined(": quality ", fixed_text(t.quality, 4), " (best ", fixed_text(t.best, 4),
                     " after ", t.best_step, ")");
    show(t.step == 0, t.last, 30, t.seconds, t.step, t.most_steps,
         line + joined("  ", readable_seconds(left), " left at most"));
  }

  void operator()(const step_report& s) {
    const int done = s.number + 1;
    const double left = s.seconds / done * (s.total - done);
    const double price = s.noted("price");
    show(s.number == 0, done == s.total, std::numeric_limits<double>::infinity(), s.seconds, done,
         s.total,
         joined(s.method, " ", done, '/', s.total, "  ", joined(100 * s.budget),
                "% removed: quality ", fixed_text(s.quality, 4), " (best ", fixed_text(s.best, 4),
                ")", std::isnan(price) ? std::string() : "  price " + significant_text(price, 3),
                "  ", readable_seconds(left), " left"));
  }

  /// Ends a line that is written over: a search may end before its last step.
  void end_line() {
    if (open_) detail::write_text(*out_, "\n");
    open_ = false;
  }

 private:
  /// @param longest  seconds after a line after which another one is due
  void show(bool first, bool last, double longest, double seconds, int done, int total,
            const std::string& line) {
    if (first) {
      open_ = false;
      shown_ = -1;
    }
    const int part = static_cast<int>(std::int64_t{done} * 20 / std::max(total, 1));
    if (terminal_) {
      if (seconds >= 1) {
        detail::write_text(*out_, joined('\r', line, "\033[K"));
        open_ = true;
      }
      if (last) end_line();
    } else if (seconds >= 1 &&
               (last || shown_ < 0 || (part != shown_ && seconds - shown_at_ >= 5) ||
                seconds - shown_at_ >= longest)) {
      detail::write_text(*out_, line + '\n');
      shown_ = part;
      shown_at_ = seconds;
    }
  }

  std::ostream* out_;
  bool terminal_;
  bool open_ = false;  ///< a line that is written over is not ended
  int shown_ = -1;
  double shown_at_ = 0;
};
static_assert(observer<progress>);

}  // namespace ciess
