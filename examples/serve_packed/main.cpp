// SPDX-License-Identifier: MIT
// A server's part of the job: opens packed tables and answers, for users given on standard input,
// which items score best, or, for impressions, how likely each is to be clicked.
//
//   search_sizes --backbone mf --data ratings.csv --budget 0.9 --out found
//   serve_packed found/tables-0.9.safetensors --seen ratings.csv --k 5 < users.txt
//   serve_packed found/tables-0.9.safetensors --similar --cosine < items.txt
//   serve_packed found/tables-0.9.safetensors --seen ratings.csv --all --out lists.tsv
//   search_sizes --task click --data clicks.csv --budget 0.8 --out clicks
//   serve_packed clicks/tables-0.8.safetensors --batch 256 < impressions.csv
//
// or, for any backbone, serving-0.9.safetensors (of NeuMF that has its tables and layers, which
// judge pairs: there are no similar items), and for vectors of other programs, what
// compress_vectors wrote.
//
// A line of input is a user's id (with --similar an item's), and after it, if there are any, ids of
// items that are not to be recommended. Between them are tabs; in the ids, backslash, tab, line
// feed and carriage return are written as `\\`, `\t`, `\n` and `\r`, as in the ids-*.tsv of a
// search. A line without a tab is one id, or, if nobody is called so, words between blanks; one
// that can be read in two ways is refused. `--separator tab` takes no line for words, `--separator
// blank` each.
//
// For each line of input that is not blank there is one of output,
// `user<TAB>item<TAB>score<TAB>...` with the k best items, ids written as above. It is the user
// alone if nobody is called so, the whole line as one field if it was refused, or may be an id with
// blanks that nobody has; the error stream
// then says why, with the line's number, and it names items that are none. Latencies follow there
// at the end. With --batch, up to so many lines are read before they are answered together, which
// is quicker for each; answers are the same. The exit status is 1 if a line was refused, and 2 if
// nothing can be served. The file is mapped, not read: as many servers as there are processes share
// its pages. Of NeuMF each also keeps what items bring to its layers: up to 8 d bytes an item.
//
// Tables of a click model are known by their file. The first line of input then names columns, in
// any order, others are passed over; with --no-header lines have the columns that the error stream
// names, in that order. Lines are cut as those of the data that the model was trained on, unless
// --delimiter or --quote say otherwise. For each line that is not blank there is one of output: the
// chance of a click, or nothing if the line was refused.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <ciess/backbone/click_file.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/io/packed_file.hpp>

#include "../command_line.hpp"
#include "clicks.hpp"
#include "serve.hpp"
#include "server.hpp"
#include "settings.hpp"
#include "write_all.hpp"

namespace {

using serving::settings;

void add_options(CLI::App& app, settings& s) {
  app.add_option("tables", s.file,
                 "what search_sizes wrote, serving-*.safetensors or tables-*.safetensors, or "
                 "compress_vectors")
      ->required();
  app.add_option("--k", s.k, "items for each user; if there are fewer, all of them")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  auto* similar =
      app.add_flag("--similar", s.similar,
                   "a line names an item, and the answer are those most like it; by the "
                   "vectors' own lengths and angles if their axes are principal or none");
  app.add_flag("--cosine", s.cosine,
               "scores are cosines, not inner products; not of what compress_vectors --cosine "
               "wrote, whose products are cosines already");
  app.add_option("--seen", s.seen,
                 "interactions that are known, in any format of search_sizes, also gzip or zstd: "
                 "left out for each "
                 "user")
      ->excludes(similar);
  app.add_option("--only", s.only,
                 "items that may be recommended, an id a line or an ids-*.tsv: no others are");
  app.add_option("--except", s.except, "items that are never recommended, in the same way");
  auto* all = app.add_flag("--all", s.all, "reads no lines: lists of all users go into --out");
  auto* out = app.add_option("--out", s.out, "file to write with --all");
  all->needs(out);
  out->needs(all);
  app.add_option("--batch", s.batch,
                 "lines that are read before they are answered together; the last may be fewer")
      ->check(CLI::Range(1, 65'536))
      ->capture_default_str()
      ->excludes(all);
  app.add_option("--threads", s.threads, "threads for one request, 0 for all processors")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  command_line::add_choice<serving::separator>(
      app, "--separator", s.between,
      {{"auto", serving::separator::automatic},
       {"tab", serving::separator::tab},
       {"blank", serving::separator::blank}},
      "of ids in a line of input: tab, blank, or auto: tabs if it has one, else it is "
      "one id or words between blanks, whichever user is known")
      ->default_str("auto");
  app.add_flag(
      "--no-header", s.no_header,
      "of a click model: no line names columns, lines have those of the file in its order");
  app.add_option("--delimiter", s.delimiter,
                 "of a click model, between columns: tab, blank, comma, semicolon, bar or the "
                 "characters; unless given, as in its data");
  app.add_option("--quote", s.quote, "of a click model, around fields: one character or none");
  app.add_option("--users", s.users, "table of the users, of NeuMF without its -mlp and -gmf")
      ->capture_default_str();
  app.add_option("--items", s.items, "table of the items, of NeuMF without its -mlp and -gmf")
      ->capture_default_str();
}

/// One line, whatever the text.
int refuse(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  std::fprintf(stderr, "serve_packed: %s\n", text.c_str());
  return 2;
}

/// Options that the other kind of file has.
/// @throws ciess::argument_error naming one that was given
void refuse_options(const CLI::App& app, const settings& s, bool clicks) {
  const std::vector<std::string> of_clicks{"--no-header", "--delimiter", "--quote"};
  const std::vector<std::string> of_items{"--k",     "--similar", "--cosine",   "--seen",
                                          "--only",  "--except",  "--all",      "--out",
                                          "--users", "--items",   "--separator"};
  for (const auto& name : clicks ? of_items : of_clicks)
    if (app.count(name) > 0)
      throw ciess::argument_error(clicks ? name + ": " + s.file +
                                               " has a click model, which scores impressions and "
                                               "recommends no items"
                                         : name + ": of a click model, whose tables " + s.file +
                                               " does not have");
}

void tell_opened(const settings& s, std::chrono::steady_clock::time_point begin) {
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  std::fprintf(stderr, "%s opened and checked in %.1f ms\n", s.file.c_str(), took.count());
}

int run(const CLI::App& app, const settings& s) {
  if (s.all) serving::check_out(s);  // before anything is read
  const auto begin = std::chrono::steady_clock::now();
  ciess::packed_file file(s.file);
  const bool clicks = ciess::is_click_model(file.info());
  refuse_options(app, s, clicks);
  if (clicks) {
    const ciess::click_file model(std::move(file));
    tell_opened(s, begin);
    return serving::serve_clicks(s, model);
  }
  serving::server tables(s, std::move(file));
  tell_opened(s, begin);
  for (const auto& note : tables.notes()) std::fprintf(stderr, "%s\n", note.c_str());
  return s.all ? serving::write_all(s, tables) : serving::serve(s, tables);
}

}  // namespace

int main(int argc, char** argv) {
  settings s;
  CLI::App app{
      "Answers top-k queries from packed embedding tables, or scores impressions by a click "
      "model."};
  add_options(app, s);
  try {
    command_line::parse(app, argc, argv);
    const ciess::threads pool(s.threads);
    return run(app, s);
  } catch (const CLI::Success& e) {
    return app.exit(e);
  } catch (const std::exception& e) {
    return refuse(e.what());
  }
}
