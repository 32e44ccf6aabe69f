// SPDX-License-Identifier: MIT
/// @file
/// Reads what make_fixtures.py writes; the format is explained there.
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <istream>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/nn/bpr.hpp>

namespace parity {

/// Interactions, batches, and named numbers and arrays.
struct fixture {
  std::vector<ciess::interaction> pairs;
  std::vector<ciess::triples> steps;
  std::map<std::string, double> values;
  std::map<std::string, ciess::basic_matrix<double>> arrays;

  /// @throws data_error if there is none of this name
  [[nodiscard]] double value(const std::string& name) const { return find(values, name); }
  [[nodiscard]] const ciess::basic_matrix<double>& array(const std::string& name) const {
    return find(arrays, name);
  }
  /// A value that is a whole number.
  [[nodiscard]] int integer(const std::string& name) const {
    const double x = value(name);
    if (!(x >= -1e9 && x <= 1e9) || x != static_cast<int>(x))
      ciess::detail::throw_error<ciess::data_error>("fixture: ", name, " is ", x,
                                                    ", expected a whole number");
    return static_cast<int>(x);
  }

 private:
  template <class Map>
  static const typename Map::mapped_type& find(const Map& map, const std::string& name) {
    const auto found = map.find(name);
    if (found == map.end())
      ciess::detail::throw_error<ciess::data_error>("fixture: nothing is called ", name);
    return found->second;
  }
};

/// One pass over a text; errors name its line.
class fixture_reader {
 public:
  /// @param name  of the text, for errors
  fixture_reader(std::istream& in, std::string name) : in_{in}, name_{std::move(name)} {}

  /// @throws data_error if the text is not as make_fixtures.py writes it
  fixture read() {
    fixture f;
    while (next_line()) {
      const auto kind = word<std::string>("a word");
      if (kind == "value") {
        const auto name = new_name(f.values);
        f.values[name] = word<double>("a number");
        end_line();
      } else if (kind == "interactions") {
        if (!f.pairs.empty()) fail("interactions come once");
        f.pairs.resize(count());
        end_line();
        for (auto& pair : f.pairs) read_line(pair.user, pair.item);
      } else if (kind == "triples") {
        if (count() != f.steps.size()) fail("expected the triples of step ", f.steps.size());
        auto& batch = f.steps.emplace_back();
        batch.resize(count());
        end_line();
        for (std::size_t t = 0; t < batch.size(); ++t)
          read_line(batch.users[t], batch.positives[t], batch.negatives[t]);
      } else if (kind == "array") {
        const auto name = new_name(f.arrays);
        const auto rows = static_cast<ciess::index_t>(count());
        const auto columns = static_cast<ciess::index_t>(count());
        end_line();
        auto& array = f.arrays[name];
        array.resize(rows, columns);
        for (ciess::index_t r = 0; r < rows; ++r) {
          need_line();
          for (ciess::index_t c = 0; c < columns; ++c) array(r, c) = word<double>("a number");
          end_line();
        }
      } else {
        fail("unknown word ", kind);
      }
    }
    return f;
  }

 private:
  template <class... Parts>
  [[noreturn]] void fail(const Parts&... parts) const {
    ciess::detail::throw_error<ciess::data_error>(name_, ":", line_, ": ", parts...);
  }

  /// The next line that is not a comment; false at the end.
  bool next_line() {
    std::string text;
    while (std::getline(in_, text)) {
      ++line_;
      if (text.empty() || text.front() == '#') continue;
      words_ = std::istringstream(text);
      return true;
    }
    return false;
  }
  void need_line() {
    if (!next_line()) fail("the text ends too early");
  }
  void end_line() {
    if (std::string rest; words_ >> rest) fail("expected the end of the line, got ", rest);
  }

  template <class T>
  T word(const char* expected) {
    T x{};
    if (!(words_ >> x)) fail("expected ", expected);
    return x;
  }
  std::size_t count() {
    const auto n = word<long>("a count");
    if (n < 0 || n > 1'000) fail("expected a count in [0, 1000], got ", n);
    return static_cast<std::size_t>(n);
  }
  template <class... Integers>
  void read_line(Integers&... integers) {
    need_line();
    ((integers = word<Integers>("an integer")), ...);
    end_line();
  }
  template <class Map>
  std::string new_name(const Map& map) {
    auto name = word<std::string>("a name");
    if (map.contains(name)) fail("a second ", name);
    return name;
  }

  std::istream& in_;
  std::string name_;
  std::istringstream words_;
  long line_ = 0;
};

/// @throws io_error if there is no such file; data_error as `fixture_reader::read`
inline fixture read_fixture(const std::filesystem::path& path) {
  std::ifstream in(path);
  if (!in) ciess::detail::throw_error<ciess::io_error>(path.string(), ": cannot be opened");
  return fixture_reader(in, path.filename().string()).read();
}

}  // namespace parity
