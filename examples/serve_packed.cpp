// A server's part of the job: opens packed tables and answers, for users given on standard input,
// which items score best.
//
//   search_sizes --backbone mf --data ratings.csv --budget 0.9 --out found
//   serve_packed found/tables-0.9.safetensors --k 5 < users.txt
//
// A line of input is a user's id, and after it, if there are any, ids of items that are not to be
// recommended, all separated by tabs if the line has one, else by blanks. A line of output is the
// id and the k best items with their scores. Latencies go to the error stream at the end. The file
// is mapped, not read: as many servers as there are processes share its pages.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <iostream>
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

struct settings {
  std::string file;
  std::string users = "users";
  std::string items = "items";
  int k = 10;
  int threads = 1;
};

/// The words of a line: between tabs if it has one, else between blanks.
std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  std::istringstream in(line);
  std::string word;
  if (line.find('\t') == std::string::npos)
    while (in >> word) words.push_back(word);
  else
    while (std::getline(in, word, '\t')) words.push_back(word);
  return words;
}

/// Answers one user at a time from two tables of one file.
class server {
 public:
  explicit server(const settings& s) : settings_{&s}, file_{s.file} {
    if (file_.info().backbone != "mf")
      throw ciess::argument_error(s.file + ": scores of `" + file_.info().backbone +
                                  "` are not products of its rows; expected tables of `mf`");
    if (!file_.ids(s.users) || !file_.ids(s.items))
      throw ciess::argument_error(s.file + ": the tables have no ids");
    file_.visit(s.users, [&](const auto& users) { query_.resize(1, users.columns()); });
    file_.check();  // what comes from elsewhere is looked at once, before it is trusted
  }

  /// @returns a line of output, or nothing if the user is not in the table
  std::optional<std::string> answer(const std::string& user,
                                    const std::vector<std::string>& not_these) {
    const auto row = file_.ids(settings_->users)->find(user);
    if (!row) return std::nullopt;
    file_.visit(settings_->users, [&](const auto& users) {
      users[*row].copy_to({query_.data(), static_cast<std::size_t>(query_.cols())});
    });
    excluded_.clear();
    const auto& ids = *file_.ids(settings_->items);
    for (const auto& id : not_these)
      if (const auto item = ids.find(id))
        excluded_.push_back(*item);
      else
        ++unknown_items_;
    std::ranges::sort(excluded_);
    excluded_.erase(std::ranges::unique(excluded_).begin(), excluded_.end());
    const std::span<const ciess::row_id> seen(excluded_);
    std::ostringstream line;
    line << user;
    file_.visit(settings_->items, [&](const auto& items) {
      ciess::rank_packed(query_, items, std::span(&seen, 1), settings_->k,
                         [&](ciess::index, std::span<const ciess::scored_item> best) {
                           for (const auto& b : best)
                             line << ' ' << ids.text(b.item) << ' ' << b.score;
                         });
    });
    return line.str();
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

void print_latencies(std::vector<double> seconds, int unknown) {
  std::fprintf(stderr, "%zu users answered, %d unknown", seconds.size(), unknown);
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
  int unknown = 0;
  std::string line;
  while (std::getline(std::cin, line)) {
    std::vector<std::string> not_these = words_of(line);
    if (not_these.empty()) continue;
    const std::string user = not_these.front();
    not_these.erase(not_these.begin());
    const auto asked = std::chrono::steady_clock::now();
    const auto found = answers.answer(user, not_these);
    if (found) seconds.push_back(since(asked));
    unknown += found ? 0 : 1;
    std::cout << (found ? *found : user + " is not known") << '\n' << std::flush;
    if (!std::cout) throw ciess::io_error("cannot write to standard output");
  }
  print_latencies(std::move(seconds), unknown);
  if (answers.unknown_items() > 0)
    std::fprintf(stderr, "%d ids of items to leave out are not known\n", answers.unknown_items());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  settings s;
  CLI::App app{"Answers top-k queries from packed embedding tables."};
  app.add_option("tables", s.file, "what search_sizes wrote, tables-*.safetensors")->required();
  app.add_option("--k", s.k, "items for each user")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  app.add_option("--threads", s.threads, "threads for one answer, 0 for all processors")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
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
