// SPDX-License-Identifier: MIT
// New users or items have come: what a search has learnt gives them sizes, inside what is left of
// the budget, without a search.
//
//   size_new_rows found/policy-items.safetensors --numbers 5000 < new.txt
//
// A line of input is a row's id and how often it occurs, or is expected to, with a tab or, if the
// id has none itself, blanks between them. A line of output is `id<TAB>size`. Where there are tabs,
// backslash, tab, line feed and carriage return in ids are written as `\\`, `\t`, `\n` and `\r`, as
// in the ids-*.tsv of a search. All rows together keep at most --numbers numbers.
#include <cstdio>
#include <exception>
#include <iostream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <ciess/ciess.hpp>
#include <ciess/search/ciess/policy_file.hpp>

#include "command_line.hpp"

namespace {

struct new_rows {
  std::vector<std::string> ids;
  std::vector<double> frequency;
};

std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  std::istringstream in(line);
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

/// The frequency that a text says, with blanks around it; -1 if it says none.
double frequency_of(const std::string& text) {
  const auto words = words_of(text);
  if (words.size() != 1) return -1;
  return ciess::parse_number<double>(words[0].starts_with('+') ? words[0].substr(1) : words[0])
      .value_or(-1);
}

new_rows read_rows(std::istream& in) {
  new_rows rows;
  std::set<std::string> known;
  ciess::id_lines lines(in);
  while (lines.next()) {
    const std::string& line = lines.line();
    const auto refuse = [&](const std::string& why) {
      throw ciess::data_error("line " + std::to_string(lines.number()) + ": " + why);
    };
    if (words_of(line).empty()) continue;
    std::vector<std::string> fields;
    try {
      fields = line.find('\t') == line.npos ? words_of(line) : ciess::id_fields(line);
    } catch (const ciess::data_error& e) {
      refuse(e.what());
    }
    const double frequency = fields.size() == 2 ? frequency_of(fields[1]) : -1;
    if (!(frequency >= 0))
      refuse("expected an id and a number >= 0, a tab between them if the id has blanks, got '" +
             ciess::escaped_id(line) + "'");
    if (!known.insert(fields[0]).second)
      refuse("id " + ciess::escaped_id(fields[0]) + " is there already");
    rows.ids.push_back(fields[0]);
    rows.frequency.push_back(frequency);
  }
  return rows;
}

}  // namespace

int main(int argc, char** argv) {
  std::string file;
  std::int64_t numbers = 0;
  CLI::App app{"Sizes rows that a search never saw, by what it has learnt."};
  app.add_option("policy", file, "what search_sizes wrote, policy-*.safetensors")->required();
  app.add_option("--numbers", numbers, "that all rows may keep together")->required();
  try {
    command_line::parse(app, argc, argv);
    const auto policy = ciess::load_policy(file);
    const auto rows = read_rows(std::cin);
    const ciess::sizes sizes = policy(rows.frequency, {numbers});
    for (std::size_t r = 0; r < rows.ids.size(); ++r)
      std::cout << ciess::escaped_id(rows.ids[r]) << '\t' << sizes[static_cast<ciess::index_t>(r)]
                << '\n';
    std::fprintf(stderr, "%zu rows keep %lld of at most %lld numbers\n", rows.ids.size(),
                 static_cast<long long>(sizes.total()), static_cast<long long>(numbers));
    if (!std::cout) throw ciess::io_error("cannot write to standard output");
    return 0;
  } catch (const CLI::Success& e) {
    return app.exit(e);
  } catch (const ciess::argument_error& e) {
    std::fprintf(stderr, "%s\n", e.what());  // says who it is of
    return 2;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "size_new_rows: %s\n", e.what());
    return 2;
  }
}
