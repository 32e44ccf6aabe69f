// SPDX-License-Identifier: MIT
/// @file
/// Writes what each step of a search was, for programs.
#pragma once

#include <cmath>
#include <ostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/search/observer.hpp>
#include <ciess/search/observers/progress.hpp>

namespace ciess {

/// Writes a line of tab-separated values for each step of one search, a header first, and flushes
/// each line. What the first step notes are columns of their names; empty where there is no number.
/// Of a search by several methods, as `portfolio` is, a column `method` says which made the step.
class history {
 public:
  /// @param method  whose steps, those of its parts among them; empty: those of the first search
  ///                that it hears of
  explicit history(std::ostream& out, std::string method = {})
      : out_{&out}, method_{std::move(method)} {}

  /// @throws io_error if the stream refuses
  void operator()(const step_report& s) {
    if (method_.empty()) method_ = s.search();
    if (s.search() != method_) return;
    std::string text;
    if (!begun_) {
      text = "number\tbudget\tsparsity\tquality\tbest\torigin";
      parts_ = !s.within.empty();
      if (parts_) text += "\tmethod";
      for (const auto& n : s.notes) {
        noted_.push_back(n.name);
        text += '\t' + n.name;
      }
      text += "\tseconds\n";
      begun_ = true;
    }
    const auto number = [](double x) {
      return std::isnan(x) ? std::string() : significant_text(x, 9);
    };
    text += joined(s.number);
    for (const double x : {s.budget, s.sparsity, s.quality, s.best}) text += '\t' + number(x);
    text += '\t' + s.origin;
    if (parts_) text += '\t' + s.method;
    for (const std::string& name : noted_) text += '\t' + number(s.noted(name));
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
  std::string method_;
  std::vector<std::string> noted_;  ///< columns of notes
  bool parts_ = false;              ///< there is a column of methods
  bool begun_ = false;
};
static_assert(observer<history>);

}  // namespace ciess
