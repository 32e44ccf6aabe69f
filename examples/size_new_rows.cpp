// New users or items have come: what a search has learnt gives them sizes, inside what is left of
// the budget, without a search.
//
//   size_new_rows found/policy-items.safetensors --numbers 5000 < new.txt
//
// A line of input is a row's id and how often it occurs, or is expected to; a line of output is the
// id and the size. All rows together keep at most --numbers numbers.
#include <cstdio>
#include <exception>
#include <iostream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <ciess/ciess.hpp>
#include <ciess/io/policy_file.hpp>

namespace {

struct new_rows {
  std::vector<std::string> ids;
  std::vector<double> frequency;
};

new_rows read_rows(std::istream& in) {
  new_rows rows;
  std::set<std::string> known;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    std::istringstream words(line);
    std::string id, rest;
    if (!(words >> id)) continue;
    double frequency = 0;
    if (!(words >> frequency) || words >> rest || !(frequency >= 0))
      throw ciess::data_error("line " + std::to_string(number) +
                              ": expected an id and a number >= 0");
    if (!known.insert(id).second)
      throw ciess::data_error("line " + std::to_string(number) + ": id " + id +
                              " is there already");
    rows.ids.push_back(id);
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
    app.parse(argc, argv);
    const auto policy = ciess::load_policy(file);
    const auto rows = read_rows(std::cin);
    const ciess::sizes sizes = policy(rows.frequency, {numbers});
    for (std::size_t r = 0; r < rows.ids.size(); ++r)
      std::cout << rows.ids[r] << ' ' << sizes[static_cast<ciess::index>(r)] << '\n';
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
