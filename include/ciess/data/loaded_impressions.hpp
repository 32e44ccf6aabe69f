// SPDX-License-Identifier: MIT
/// @file
/// What came of reading a file of impressions, before it is split.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ciess/core/index.hpp>
#include <ciess/data/click_read_options.hpp>
#include <ciess/data/impressions.hpp>
#include <ciess/data/text_list.hpp>

namespace ciess {

/// Impressions from a file. Each different value of a field has a row of its own, in the order in
/// which values first appear; which of them keep one is decided by the training part
/// (`make_click_dataset`). A missing value is the empty text.
struct loaded_impressions {
  impressions data;               ///< without features
  std::vector<text_list> values;  ///< of each field: what its rows stand for
  std::vector<std::string> features;
  /// Of each feature a number for each impression; NaN where it is missing.
  std::vector<std::vector<double>> numbers;

  index_t lines = 0;                 ///< with data: without header, comments and blank lines
  index_t comments = 0;              ///< lines that were taken for comments
  click_format format{};             ///< as given
  std::string delimiter;             ///< as given, or as decided; " " stands for any blanks
  bool header = false;               ///< whether the first line was taken as names
  std::string label;                 ///< the column of labels; empty if there is none
  std::string time;                  ///< the column of times; empty if there is none
  std::vector<std::string> ignored;  ///< columns that are not read
  index_t drawn = 0;                 ///< impressions that were not in the file (`draw_negatives`)
  std::vector<std::string> notes;    ///< what a person should look at, a sentence each
};

}  // namespace ciess
