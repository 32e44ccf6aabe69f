// SPDX-License-Identifier: MIT
// How long requests took.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <vector>

namespace serving {

/// Times of requests, and the share of it that each answer has.
class latencies {
 public:
  /// @pre answered > 0
  void add(double seconds, std::size_t answered) {
    seconds_.push_back(seconds);
    shares_.insert(shares_.end(), answered, seconds / static_cast<double>(answered));
  }
  [[nodiscard]] std::size_t requests() const noexcept { return seconds_.size(); }
  [[nodiscard]] std::size_t answered() const noexcept { return shares_.size(); }

  /// Says on the error stream, in the middle of a line, what there is to say.
  /// @param together  whether several are answered in a request
  /// @param kind      what is answered
  void tell(bool together, const char* kind) const {
    if (seconds_.empty()) return;
    std::fprintf(stderr, "; milliseconds%s: ", together ? " a request" : "");
    tell(seconds_);
    if (!together) return;
    std::fprintf(stderr, "; for each %s of it: ", kind);
    tell(shares_);
  }

 private:
  static void tell(std::vector<double> seconds) {
    std::ranges::sort(seconds);
    const auto at = [&](double share) {
      return 1e3 *
             seconds[static_cast<std::size_t>(share * static_cast<double>(seconds.size() - 1))];
    };
    std::fprintf(stderr, "median %.3f, 95 %% %.3f, 99 %% %.3f, longest %.3f", at(0.5), at(0.95),
                 at(0.99), at(1));
  }

  std::vector<double> seconds_;  ///< of requests
  std::vector<double> shares_;   ///< of answers
};

}  // namespace serving
