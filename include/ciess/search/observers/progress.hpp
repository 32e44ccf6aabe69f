// SPDX-License-Identifier: MIT
/// @file
/// Shows people how far a search is.
#pragma once

#include <algorithm>
#include <cmath>
#include <ostream>
#include <string>
#include <string_view>

#include <ciess/core/text.hpp>
#include <ciess/search/observer.hpp>

namespace ciess {
namespace detail {

/// Writes bytes, in one piece: neither the stream's locale nor its width has a say.
inline void write_text(std::ostream& out, std::string_view text) {
  out.write(text.data(), static_cast<std::streamsize>(text.size())).flush();
}

}  // namespace detail

/// Shows where a search is and how long it will take. On a terminal one line that is written over;
/// otherwise plain lines: the first step, and one for each twentieth of the way.
class progress {
 public:
  progress(std::ostream& out, bool terminal) : out_{&out}, terminal_{terminal} {}

  void operator()(const step_report& s) {
    const int done = s.number + 1;
    const bool last = done == s.total;
    if (s.number == 0) shown_ = -1;  // another method begins
    if (!terminal_ && !last && done * 20 / std::max(s.total, 1) == shown_) return;
    shown_ = done * 20 / std::max(s.total, 1);
    const double left = s.seconds / done * (s.total - done);
    const double price = s.noted("price");
    const std::string line = joined(
        s.method, " ", done, '/', s.total, "  ", fixed_text(100 * s.budget, 0),
        "% removed: quality ", fixed_text(s.quality, 4), " (best ", fixed_text(s.best, 4), ")",
        std::isnan(price) ? std::string() : joined("  price ", significant_text(price, 3)), "  ",
        readable_seconds(left), " left");
    detail::write_text(*out_,
                       terminal_ ? joined('\r', line, "\033[K", last ? "\n" : "") : line + '\n');
  }

 private:
  std::ostream* out_;
  bool terminal_;
  int shown_ = -1;
};
static_assert(observer<progress>);

}  // namespace ciess
