// SPDX-License-Identifier: MIT
#include "question.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <sstream>
#include <utility>

#include <ciess/core/error.hpp>
#include <ciess/data/id_text.hpp>

namespace serving {
namespace {

/// @returns nothing if there is no id
std::optional<question> question_of(std::vector<std::string> ids) {
  if (ids.empty()) return std::nullopt;
  question q{std::move(ids.front()), {}};
  ids.erase(ids.begin());
  q.not_these = std::move(ids);
  return q;
}

std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  std::istringstream in(line);
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

/// What a line without a tab asks, if nobody has said how to read it: the one reading in which who
/// asks is known, or else its only word, or the whole line.
/// @throws ciess::data_error if there are several such readings
std::optional<question> guess(const std::string& line,
                              const std::function<bool(const std::string&)>& knows) {
  auto words = question_of(words_of(line));
  std::vector<question> possible;
  const auto consider = [&](question q) {
    if (knows(q.who) && std::ranges::find(possible, q) == possible.end())
      possible.push_back(std::move(q));
  };
  consider({line, {}});
  if (line.find('\\') != line.npos) try {
      consider({ciess::unescaped_id(line), {}});
    } catch (const ciess::data_error&) {  // then it has no escapes
    }
  if (words) consider(*words);
  if (possible.empty())  // nobody, whose id may have blanks
    return words && !words->not_these.empty() ? question{line, {}} : words;
  if (possible.size() == 1) return possible.front();
  std::string what = "can be read in several ways; write the one that is meant with tabs:";
  for (const auto& q : possible) {
    what += (q == possible.front() ? " " : " or ") + shown(q.who) + "<TAB>";
    for (std::size_t k = 0; k < q.not_these.size(); ++k)
      what += (k > 0 ? "<TAB>" : "") + shown(q.not_these[k]);
  }
  throw ciess::data_error(what + ", without the quotes");
}

}  // namespace

std::optional<question> read_question(const std::string& line, separator between,
                                      const std::function<bool(const std::string&)>& knows) {
  if (line.empty()) return std::nullopt;
  if (between == separator::blank) return question_of(words_of(line));
  if (between == separator::tab || line.find('\t') != line.npos)
    return question_of(ciess::id_fields(line));
  return guess(line, knows);
}

std::string shown(const std::string& id) {
  std::string text = ciess::escaped_id(id);
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; }, '?');
  return "'" + text + "'";
}

void complain(std::int64_t line, const std::string& what) {
  std::fprintf(stderr, "serve_packed: line %lld: %s\n", static_cast<long long>(line), what.c_str());
}

}  // namespace serving
