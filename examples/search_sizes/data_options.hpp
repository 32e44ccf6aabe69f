// SPDX-License-Identifier: MIT
// The part of a command line that says what the data are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <ciess/data/dataset.hpp>
#include <ciess/data/read_options.hpp>

namespace CLI {
class App;
}

namespace example {

/// As they stand on the command line.
struct data_options {
  std::string data, test, format = "auto";
  std::string user, item, rating, label, time, weight;
  std::string header = "auto", delimiter, quote, comment;
  std::optional<std::string> positive_label;
  std::optional<double> min_rating;
  std::int64_t min_user = 1, min_item = 1;
  std::string split = "random";
  std::vector<std::string> split_at;

  /// All of them by name, for a file that remembers what a run was begun with.
  template <class Visit>
  void visit(Visit&& f) {
    f("--data", data);
    f("--test", test);
    f("--format", format);
    f("--user", user);
    f("--item", item);
    f("--rating", rating);
    f("--label", label);
    f("--time", time);
    f("--weight", weight);
    f("--header", header);
    f("--delimiter", delimiter);
    f("--quote", quote);
    f("--comment", comment);
    f("--positive-label", positive_label);
    f("--min-rating", min_rating);
    f("--min-user", min_user);
    f("--min-item", min_item);
    f("--split", split);
    f("--split-at", split_at);
  }
};

void add_data_options(CLI::App& app, data_options& o);

/// @throws argument_error naming the option
ciess::read_options read_options_of(const data_options& o);
ciess::dataset_options dataset_options_of(const data_options& o, std::uint64_t seed);

}  // namespace example
