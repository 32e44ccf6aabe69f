// SPDX-License-Identifier: MIT
#include "clicks.hpp"

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/backbone/packed_click_model.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/data/click_batch.hpp>
#include <ciess/data/click_line_reader.hpp>
#include <ciess/data/id_lines.hpp>
#include <ciess/data/parse_options.hpp>

#include "input.hpp"
#include "latencies.hpp"
#include "question.hpp"

namespace serving {
namespace {

constexpr const char* input_name = "standard input";

/// What becomes of lines that are read together.
class impressions_in {
 public:
  impressions_in(const settings& s, const ciess::click_file& file)
      : settings_{&s}, file_{&file}, reader_{reader_of(s, file)}, batch_{file.batch()} {}

  /// Takes the first line that has something in it for the names of the columns.
  void read_header(ciess::id_lines& lines) {
    try {
      while (lines.next())
        if (reader_.read_header(lines.line(), lines.number())) return;
    } catch (const ciess::data_error& e) {
      throw ciess::data_error(std::string(e.what()) +
                              "; lines without names before them are read with --no-header");
    }
    throw ciess::data_error(std::string(input_name) +
                            ": expected a line with the names of columns, got none");
  }

  /// @returns the chances of lines that are not blank, a line each; it is empty if theirs was
  /// refused
  std::string answer(const std::vector<input_line>& lines) {
    const auto begin = std::chrono::steady_clock::now();
    batch_.clear();
    answers_.clear();
    for (const auto& line : lines) read(line);
    odds_.resize(static_cast<std::size_t>(batch_.size()));
    file_->model().predict(batch_, odds_);
    std::string all;
    std::size_t answered = 0;
    for (const auto& [number, place] : answers_) {
      if (place >= 0) {
        const float odds = odds_[static_cast<std::size_t>(place)];
        if (std::isfinite(odds)) {
          all += ciess::shortest_text(ciess::click_probability(odds));
          ++answered;
        } else {
          refuse(number, "the score is not a number: there are numbers too large to multiply");
        }
      }
      all += '\n';
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    if (answered > 0) taken_.add(took.count(), answered);
    return all;
  }

  [[nodiscard]] int refused() const noexcept { return refused_; }

  void tell() const {
    std::fprintf(stderr, "%zu impressions scored", taken_.answered());
    if (settings_->batch > 1) std::fprintf(stderr, " in %zu requests", taken_.requests());
    if (refused_ > 0) std::fprintf(stderr, ", %d lines refused", refused_);
    taken_.tell(settings_->batch > 1, "impression");
    std::fprintf(stderr, "\n");
    tell_unknown();
  }

 private:
  static ciess::click_line_reader reader_of(const settings& s, const ciess::click_file& file) {
    auto schema = file.schema();
    if (!s.delimiter.empty()) schema.delimiter = ciess::parse_delimiter(s.delimiter);
    if (const auto quote = ciess::parse_sign(s.quote, "--quote")) schema.quote = quote;
    return file.reader(std::move(schema), input_name);
  }

  void read(const input_line& line) {
    try {
      if (reader_.read(line.text, line.number, batch_))
        answers_.emplace_back(line.number, batch_.size() - 1);
    } catch (const ciess::data_error& e) {
      std::string_view what = e.what();  // names the line, as `complain` does
      const auto before = ciess::joined(input_name, ':', line.number, ": ");
      if (what.starts_with(before)) what.remove_prefix(before.size());
      refuse(line.number, std::string(what));
      answers_.emplace_back(line.number, -1);
    }
  }
  void refuse(std::int64_t number, const std::string& why) {
    ++refused_;
    complain(number, why);
  }

  void tell_unknown() const {
    std::string text;
    std::size_t field = 0;
    for (const auto& column : reader_.schema().columns) {
      if (column.use == ciess::column_use::standardised) continue;
      if (const auto unknown = reader_.unknown()[field++]; unknown > 0)
        text += ciess::joined(text.empty() ? "" : ", ", shown(column.name), " ", unknown);
    }
    if (!text.empty())
      std::fprintf(stderr, "values without a row of their own, which took row 0: %s\n",
                   text.c_str());
  }

  const settings* settings_;
  const ciess::click_file* file_;
  ciess::click_line_reader reader_;
  ciess::click_batch batch_;
  std::vector<float> odds_;  ///< [batch_]
  /// Of lines that are not blank their number and their place in the batch, or -1.
  std::vector<std::pair<std::int64_t, ciess::index_t>> answers_;
  latencies taken_;
  int refused_ = 0;
};

}  // namespace

int serve_clicks(const settings& s, const ciess::click_file& file) {
  impressions_in all(s, file);
  std::string names;
  for (const auto& column : file.schema().columns)
    names += (names.empty() ? "" : ", ") + shown(column.name);
  std::fprintf(stderr, "columns: %s\n", names.c_str());
  ciess::id_lines lines(std::cin);
  if (!s.no_header) all.read_header(lines);
  answer_input(lines, s.batch, all);
  all.tell();
  return all.refused() > 0 ? 1 : 0;
}

}  // namespace serving
