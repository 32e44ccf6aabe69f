// SPDX-License-Identifier: MIT
// A server's part of the job: opens packed tables and answers, for users given on standard input,
// which items score best.
//
//   search_sizes --backbone mf --data ratings.csv --budget 0.9 --out found
//   serve_packed found/tables-0.9.safetensors --k 5 < users.txt
//
// or, for any backbone whose scores are inner products and for vectors of other programs, what
// compress_vectors wrote.
//
// A line of input is a user's id, and after it, if there are any, ids of items that are not to be
// recommended. Between them are tabs; in the ids, backslash, tab, line feed and carriage return are
// written as `\\`, `\t`, `\n` and `\r`, as in the ids-*.tsv of a search. A line without a tab is
// one id, or, if there is no such user, words between blanks; one that can be read in two ways is
// refused. `--separator tab` takes no line for words, `--separator blank` each.
//
// For each line of input that is not blank there is one of output,
// `user<TAB>item<TAB>score<TAB>...` with the k best items, ids written as above. It is the user
// alone if nobody is called so, the whole line as one field if it was refused; the error stream
// then says why, with the line's number, and it names items that are none. Latencies follow there
// at the end. The exit status is 1 if a line was refused, and 2 if nothing can be served. The file
// is mapped, not read: as many servers as there are processes share its pages.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <iostream>
#include <map>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <ciess/ciess.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/io/packed_file.hpp>

namespace {

enum class separator { automatic, tab, blank };

struct settings {
  std::string file;
  std::string users = "users";
  std::string items = "items";
  separator between = separator::automatic;
  int k = 10;
  int threads = 1;
};

/// What a line asks: the best items for a user, except some.
struct question {
  std::string user;
  std::vector<std::string> not_these;
  friend bool operator==(const question&, const question&) = default;
};

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

/// An id for a message, which must not move the cursor of a terminal.
std::string shown(const std::string& id) {
  std::string text = ciess::escaped_id(id);
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; }, '?');
  return "'" + text + "'";
}

void complain(std::int64_t line, const std::string& what) {
  std::fprintf(stderr, "serve_packed: line %lld: %s\n", static_cast<long long>(line), what.c_str());
}

/// What a line without a tab asks, if nobody has said how to read it: the one reading whose user is
/// known, or else its words.
/// @throws ciess::data_error if there are several such readings
template <class Knows>
std::optional<question> guess(const std::string& line, Knows knows) {
  const auto words = question_of(words_of(line));
  std::vector<question> possible;
  const auto consider = [&](question q) {
    if (knows(q.user) && std::ranges::find(possible, q) == possible.end())
      possible.push_back(std::move(q));
  };
  consider({line, {}});
  if (line.find('\\') != line.npos) try {
      consider({ciess::unescaped_id(line), {}});
    } catch (const ciess::data_error&) {  // then it has no escapes
    }
  if (words) consider(*words);
  if (possible.empty()) return words;
  if (possible.size() == 1) return possible.front();
  std::string what = "can be read in several ways; write the one that is meant with tabs:";
  for (const auto& q : possible) {
    what += (q == possible.front() ? " " : " or ") + shown(q.user) + "<TAB>";
    for (std::size_t k = 0; k < q.not_these.size(); ++k)
      what += (k > 0 ? "<TAB>" : "") + shown(q.not_these[k]);
  }
  throw ciess::data_error(what + ", without the quotes");
}

/// @returns nothing for a line with nothing in it
/// @throws ciess::data_error if it cannot be read, or in several ways
template <class Knows>
std::optional<question> read_question(const std::string& line, separator between, Knows knows) {
  if (line.empty()) return std::nullopt;
  if (between == separator::blank) return question_of(words_of(line));
  if (between == separator::tab || line.find('\t') != line.npos)
    return question_of(ciess::id_fields(line));
  return guess(line, knows);
}

/// Answers one user at a time from two tables of one file.
class server {
 public:
  explicit server(const settings& s) : settings_{&s}, file_{s.file} {
    const std::string& of = file_.info().backbone;
    if (of != "mf" && of != "vectors")
      throw ciess::argument_error(s.file + ": scores of `" + of +
                                  "` are not products of its rows; expected tables of `mf`, or "
                                  "`vectors`: see search_sizes --vectors and compress_vectors");
    if (!file_.ids(s.users) || !file_.ids(s.items))
      throw ciess::argument_error(s.file + ": the tables have no ids");
    file_.visit(s.users, [&](const auto& users) { query_.resize(1, users.columns()); });
    file_.check();  // what comes from elsewhere is looked at once, before it is trusted
  }

  [[nodiscard]] bool knows(const std::string& user) const {
    return file_.ids(settings_->users)->find(user).has_value();
  }

  /// @param number  of the line that asks, for messages
  /// @returns a line of output, or nothing if the user is not in the table
  std::optional<std::string> answer(const question& q, std::int64_t number) {
    const auto row = file_.ids(settings_->users)->find(q.user);
    if (!row) return std::nullopt;
    file_.visit(settings_->users, [&](const auto& users) {
      users[*row].copy_to({query_.data(), static_cast<std::size_t>(query_.cols())});
    });
    excluded_.clear();
    const auto& ids = *file_.ids(settings_->items);
    for (const auto& id : q.not_these)
      if (const auto item = ids.find(id)) {
        excluded_.push_back(*item);
      } else if (!id.empty()) {  // nothing between tabs, or behind the last
        ++unknown_items_;
        complain(number, "no item is called " + shown(id) + ", so it is not left out");
      }
    std::ranges::sort(excluded_);
    excluded_.erase(std::ranges::unique(excluded_).begin(), excluded_.end());
    const std::span<const ciess::row_id> seen(excluded_);
    std::string line = ciess::escaped_id(q.user);
    file_.visit(settings_->items, [&](const auto& items) {
      ciess::rank_packed(query_, items, std::span(&seen, 1), settings_->k,
                         [&](ciess::index_t, std::span<const ciess::scored_item> best) {
                           for (const auto& b : best)
                             line += ciess::joined('\t', ciess::escaped_id(ids.text(b.item)), '\t',
                                                   b.score);
                         });
    });
    return line;
  }

  /// Ids of items to leave out that are none.
  [[nodiscard]] int unknown_items() const noexcept { return unknown_items_; }

 private:
  const settings* settings_;
  ciess::packed_file file_;
  ciess::matrix query_;
  std::vector<ciess::row_id> excluded_;
  int unknown_items_ = 0;
};

void print_latencies(std::vector<double> seconds, int unknown, int refused) {
  std::fprintf(stderr, "%zu users answered, %d unknown", seconds.size(), unknown);
  if (refused > 0) std::fprintf(stderr, ", %d lines refused", refused);
  if (!seconds.empty()) {
    std::ranges::sort(seconds);
    const auto at = [&](double share) {
      return 1e3 *
             seconds[static_cast<std::size_t>(share * static_cast<double>(seconds.size() - 1))];
    };
    std::fprintf(stderr, "; milliseconds: median %.3f, 95 %% %.3f, 99 %% %.3f, longest %.3f",
                 at(0.5), at(0.95), at(0.99), at(1));
  }
  std::fprintf(stderr, "\n");
}

int serve(const settings& s) {
  const auto begin = std::chrono::steady_clock::now();
  const auto since = [](std::chrono::steady_clock::time_point t) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - t).count();
  };
  server answers(s);
  std::fprintf(stderr, "%s opened and checked in %.1f ms\n", s.file.c_str(), 1e3 * since(begin));
  std::vector<double> seconds;
  int unknown = 0, refused = 0;
  ciess::id_lines lines(std::cin);
  const auto write = [](const std::string& line) {
    std::cout << line << '\n' << std::flush;
    if (!std::cout) throw ciess::io_error("cannot write to standard output");
  };
  while (lines.next()) {
    const auto asked = std::chrono::steady_clock::now();
    std::optional<question> q;
    try {
      q = read_question(lines.line(), s.between,
                        [&](const std::string& user) { return answers.knows(user); });
    } catch (const ciess::data_error& e) {
      ++refused;
      complain(lines.number(), e.what());
      write(ciess::escaped_id(lines.line()));
      continue;
    }
    if (!q) continue;
    const auto found = answers.answer(*q, lines.number());
    if (found) {
      seconds.push_back(since(asked));
    } else {
      ++unknown;
      complain(lines.number(), "no user is called " + shown(q->user));
    }
    write(found ? *found : ciess::escaped_id(q->user));
  }
  print_latencies(std::move(seconds), unknown, refused);
  if (answers.unknown_items() > 0)
    std::fprintf(stderr, "%d ids of items to leave out are not known\n", answers.unknown_items());
  return refused > 0 ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  settings s;
  CLI::App app{"Answers top-k queries from packed embedding tables."};
  app.add_option("tables", s.file,
                 "what search_sizes wrote, tables-*.safetensors, or compress_vectors")
      ->required();
  app.add_option("--k", s.k, "items for each user")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  app.add_option("--threads", s.threads, "threads for one answer, 0 for all processors")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  const std::map<std::string, separator> separators{
      {"auto", separator::automatic}, {"tab", separator::tab}, {"blank", separator::blank}};
  app.add_option("--separator", s.between,
                 "of ids in a line of input: tab, blank, or auto: tabs if it has one, else it is "
                 "one id or words between blanks, whichever user is known")
      ->transform(CLI::CheckedTransformer(separators).description("auto, tab or blank"))
      ->default_str("auto");
  app.add_option("--users", s.users, "table of the users")->capture_default_str();
  app.add_option("--items", s.items, "table of the items")->capture_default_str();
  try {
    app.parse(argc, argv);
    const ciess::threads pool(s.threads);
    return serve(s);
  } catch (const CLI::Success& e) {
    return app.exit(e);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "serve_packed: %s\n", e.what());
    return 2;
  }
}
