// SPDX-License-Identifier: MIT
#include "write_all.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include <unistd.h>

#include <ciess/core/error.hpp>
#include <ciess/core/state_store.hpp>
#include <ciess/core/text.hpp>
#include <ciess/data/id_text.hpp>
#include <ciess/io/check_output.hpp>
#include <ciess/io/write_file.hpp>

#include "question.hpp"

namespace serving {
namespace {

using ciess::index_t;

volatile std::sig_atomic_t stopped_by = 0;

/// Signals that end a program are noted while this lives; those that are ignored stay so.
class noted_signals {
 public:
  noted_signals() {
    for (std::size_t s = 0; s < 3; ++s) {
      before_[s] = std::signal(signals[s], [](int signal) { stopped_by = signal; });
      if (before_[s] == SIG_IGN) std::signal(signals[s], SIG_IGN);
    }
  }
  ~noted_signals() {
    for (std::size_t s = 0; s < 3; ++s) std::signal(signals[s], before_[s]);
  }
  noted_signals(const noted_signals&) = delete;
  noted_signals& operator=(const noted_signals&) = delete;

 private:
  static constexpr int signals[] = {SIGINT, SIGTERM, SIGHUP};
  void (*before_[3])(int);
};

/// How far it is: on a terminal one line that is written over, else a line every few seconds.
class shown_progress {
 public:
  shown_progress(index_t all, const char* kind) : all_{all}, kind_{kind} {}
  ~shown_progress() {
    if (open_) std::fputc('\n', stderr);
  }
  shown_progress(const shown_progress&) = delete;
  shown_progress& operator=(const shown_progress&) = delete;

  void operator()(index_t done) {
    const double now = seconds();
    if (now - shown_at_ < (terminal_ ? 1 : 5)) return;
    shown_at_ = now;
    const double left = now / static_cast<double>(done) * static_cast<double>(all_ - done);
    std::fprintf(stderr, "%s%s of %s %ss, %s left%s", terminal_ ? "\r" : "",
                 ciess::grouped_text(done).c_str(), ciess::grouped_text(all_).c_str(), kind_,
                 ciess::readable_seconds(left).c_str(), terminal_ ? "\033[K" : "\n");
    open_ = terminal_;
  }
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  index_t all_;
  const char* kind_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  bool terminal_ = ::isatty(STDERR_FILENO) == 1;
  bool open_ = false;
  double shown_at_ = 0;
};

}  // namespace

void check_out(const settings& s) {
  ciess::check_output("--out", s.out, std::vector<std::string>{s.file, s.seen, s.only, s.except});
}

int write_all(const settings& s, server& tables) {
  const ciess::id_view& askers = tables.askers();
  const index_t all = askers.size();
  // As many as are ranked together in about a second: so long a signal waits.
  const index_t block = std::clamp<index_t>(
      (index_t{1} << 27) / std::max<index_t>(tables.items().size(), 1), 384, 8192);
  const noted_signals noted;
  shown_progress progress(all, tables.kind());
  std::vector<query> queries;
  std::vector<std::string> lines;
  std::string text;
  std::int64_t bytes = 0;
  try {
    ciess::write_file(s.out, [&](auto& sink) {
      for (index_t first = 0; first < all; first += block) {
        queries.clear();
        lines.clear();
        for (index_t r = first; r < std::min(all, first + block); ++r) {
          const auto row = static_cast<ciess::row_id>(r);
          queries.push_back({row, {}});
          lines.push_back(ciess::escaped_id(askers.text(row)));
        }
        const auto failed = tables.rank(queries, lines);
        if (!failed.empty())
          throw ciess::numeric_error(
              ciess::joined(s.file, ": a score of ", tables.kind(), " ",
                            shown(askers.text(queries[failed.front()].who)),
                            " is not a number: there are vectors too large to multiply"));
        text.clear();
        for (const auto& line : lines) (text += line) += '\n';
        sink.write(text);
        bytes += std::ssize(text);
        progress(std::min(all, first + block));
        if (stopped_by != 0) throw ciess::interrupted("stopped");
      }
    });
  } catch (const ciess::interrupted&) {
    std::fprintf(stderr, "serve_packed: stopped; %s is not written\n", s.out.c_str());
    return 128 + stopped_by;
  }
  std::fprintf(stderr, "%s: lists of %lld %ss, %s bytes, %.1f s\n", s.out.c_str(),
               static_cast<long long>(all), tables.kind(), ciess::grouped_text(bytes).c_str(),
               progress.seconds());
  return 0;
}

}  // namespace serving
