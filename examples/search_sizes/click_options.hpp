// SPDX-License-Identifier: MIT
// The part of a command line that says what impressions and click models are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <ciess/data/click_dataset.hpp>
#include <ciess/data/click_read_options.hpp>

#include "data_options.hpp"

namespace CLI {
class App;
}

namespace example {

/// As they stand on the command line.
struct click_options {
  std::string model = "deepfm";
  std::vector<std::string> fields, pooled, numeric, ignored;
  std::string numbers = "log-buckets";
  std::string separator = "|";
  std::optional<double> positive_from;
  std::vector<std::int64_t> borders;
  std::int64_t min_count = 1;
  std::int64_t negatives = 0;
  std::string negative_field = "item";
  std::vector<std::string> negative_along;
  std::string validation;
  std::vector<double> parts;  ///< none: 8 to 1 to 1
  std::string maximise = "auc";

  /// All of them by name, for a file that remembers what a run was begun with.
  template <class Visit>
  void visit(Visit&& f) {
    f("--model", model);
    f("--fields", fields);
    f("--pooled", pooled);
    f("--numeric", numeric);
    f("--ignore", ignored);
    f("--numbers", numbers);
    f("--separator", separator);
    f("--positive-from", positive_from);
    f("--borders", borders);
    f("--min-count", min_count);
    f("--negatives", negatives);
    f("--negative-field", negative_field);
    f("--negative-along", negative_along);
    f("--validation", validation);
    f("--parts", parts);
    f("--maximise", maximise);
  }
};

void add_click_options(CLI::App& app, click_options& o);

/// Options that only one of the tasks has.
/// @param task  whose options are to be refused
/// @throws argument_error naming one that was given, and its task
void refuse_options_of(const std::string& task, const CLI::App& app);

/// @throws argument_error naming the option
ciess::click_read_options click_read_options_of(const data_options& d, const click_options& o);
ciess::click_dataset_options click_dataset_options_of(const data_options& d, const click_options& o,
                                                      std::uint64_t seed);

}  // namespace example
