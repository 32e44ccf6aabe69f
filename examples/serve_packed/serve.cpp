// SPDX-License-Identifier: MIT
#include "serve.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/data/id_lines.hpp>
#include <ciess/data/id_text.hpp>

#include "input.hpp"
#include "latencies.hpp"
#include "question.hpp"

namespace serving {
namespace {

/// What becomes of lines that are read together.
class requests {
 public:
  requests(const settings& s, server& tables) : settings_{&s}, tables_{&tables} {}

  /// @returns their answers, a line each
  std::string answer(const std::vector<input_line>& lines) {
    const auto begin = std::chrono::steady_clock::now();
    answers_.clear();
    queries_.clear();
    numbers_.clear();
    places_.clear();
    for (const auto& line : lines) read(line);
    // The lines of those who are ranked for, next to each other.
    ranked_.clear();
    for (const std::size_t place : places_) ranked_.push_back(std::move(answers_[place]));
    const auto failed = tables_->rank(queries_, ranked_);
    for (std::size_t q = 0; q < places_.size(); ++q) answers_[places_[q]] = std::move(ranked_[q]);
    for (const std::size_t q : failed)
      refuse(numbers_[q], "a score is not a number: there are vectors too large to multiply");
    std::string all;
    for (const auto& answer : answers_) (all += answer) += '\n';
    if (const std::size_t answered = queries_.size() - failed.size(); answered > 0) {
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
      taken_.add(took.count(), answered);
    }
    return all;
  }

  [[nodiscard]] int refused() const noexcept { return refused_; }

  void tell() const {
    std::fprintf(stderr, "%zu %ss answered", taken_.answered(), tables_->kind());
    if (settings_->batch > 1) std::fprintf(stderr, " in %zu requests", taken_.requests());
    std::fprintf(stderr, ", %d unknown", unknown_);
    if (refused_ > 0) std::fprintf(stderr, ", %d lines refused", refused_);
    taken_.tell(settings_->batch > 1, tables_->kind());
    std::fprintf(stderr, "\n");
    if (unknown_items_ > 0)
      std::fprintf(stderr, "%d ids of items to leave out are not known\n", unknown_items_);
  }

 private:
  /// Of somebody unknown whose id may be one with blanks, or was meant to be without.
  [[nodiscard]] std::string how_it_was_read(const question& q, const std::string& line) const {
    const auto blank = line.find(' ');
    if (blank == line.npos || line.find('\t') != line.npos) return {};
    if (settings_->between == separator::blank)
      return "; --separator tab takes a line for one id, with its blanks";
    if (settings_->between == separator::automatic && q.who == line)
      return ", nor by its first word; --separator tab takes each line for one id";
    return {};
  }

  void refuse(std::int64_t number, const std::string& why) {
    ++refused_;
    complain(number, why);
  }

  /// Makes a query of a line, or the answer to one that is none.
  void read(const input_line& line) {
    const ciess::id_view& askers = tables_->askers();
    std::optional<question> q;
    try {
      q = read_question(line.text, settings_->between,
                        [&](const std::string& id) { return askers.find(id).has_value(); });
    } catch (const ciess::data_error& e) {
      refuse(line.number, e.what());
      answers_.push_back(ciess::escaped_id(line.text));
      return;
    }
    if (!q) return;
    answers_.push_back(ciess::escaped_id(q->who));
    const auto row = askers.find(q->who);
    if (!row) {
      ++unknown_;
      complain(line.number, std::string("no ") + tables_->kind() + " is called " + shown(q->who) +
                                how_it_was_read(*q, line.text));
      return;
    }
    query asked{*row, {}};
    for (const auto& id : q->not_these)
      if (const auto item = tables_->items().find(id)) {
        asked.not_these.push_back(*item);
      } else if (!id.empty()) {  // nothing between tabs, or behind the last
        ++unknown_items_;
        complain(line.number, "no item is called " + shown(id) + ", so it is not left out");
      }
    places_.push_back(answers_.size() - 1);
    numbers_.push_back(line.number);
    queries_.push_back(std::move(asked));
  }

  const settings* settings_;
  server* tables_;
  std::vector<std::string> answers_;   ///< of lines that ask something
  std::vector<query> queries_;         ///< of those who are known
  std::vector<std::int64_t> numbers_;  ///< [queries] of their lines
  std::vector<std::size_t> places_;    ///< [queries] in the answers
  std::vector<std::string> ranked_;    ///< [queries]
  latencies taken_;                    ///< of requests in which somebody was answered
  int unknown_ = 0, refused_ = 0, unknown_items_ = 0;
};

}  // namespace

int serve(const settings& s, server& tables) {
  requests all(s, tables);
  ciess::id_lines lines(std::cin);
  answer_input(lines, s.batch, all);
  all.tell();
  return all.refused() > 0 ? 1 : 0;
}

}  // namespace serving
