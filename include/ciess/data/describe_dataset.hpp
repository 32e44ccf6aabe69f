// SPDX-License-Identifier: MIT
/// @file
/// What became of interactions on their way into parts, in sentences for people.
#pragma once

#include <string>
#include <vector>

#include <ciess/core/text.hpp>
#include <ciess/data/dataset.hpp>

namespace ciess {

/// What a program calls its options and its files.
struct dataset_words {
  std::string min_user = "core_options::min_user";
  std::string min_item = "core_options::min_item";
  std::string data = "the data";
  std::string test{};  ///< a test part of its own; empty if it was split off
};

/// A sentence for each thing that a person should know; none if all interactions are in a part.
/// @param o  what the data set was made with
[[nodiscard]] inline std::vector<std::string> describe(const dataset& d, const dataset_options& o,
                                                       const dataset_words& words = {}) {
  std::vector<std::string> said;
  const bool given = !words.test.empty();
  if (given && d.split_by_time)
    said.push_back("note: the pairs of " + words.test +
                   " are reported on whenever they happened: their times are not looked at");
  if (d.few_pairs > 0)
    said.push_back(joined("left out by ", words.min_user, " and ", words.min_item,
                          o.at.empty() ? "" : ", with too few pairs before the test part", ": ",
                          d.few_users, " users, ", d.few_items, " items, ", d.few_pairs, " pairs"));
  if (given)
    said.push_back(joined(d.parts.test.size(), " pairs to report on; left out: ",
                          d.unknown_test_pairs, " of users or items that are not in ", words.data,
                          ", ", d.repeated_test_pairs, " that are in it"));
  if (d.future_pairs > 0) {
    const auto who = joined("only the test part knows ", d.future_users, " users and ",
                            d.future_items, " items");
    said.push_back(d.split_by_time
                       ? joined(who, ": they and their ", d.future_pairs, " pairs are left out")
                       : joined(who, " (", d.future_pairs,
                                " pairs): they count, though nothing is learnt of them"));
  }
  if (d.unknown_validation_pairs > 0 && d.split_by_time)
    said.push_back(joined(d.unknown_validation_pairs,
                          " pairs of validation are of users or items that training does not "
                          "know: left out of its figures"));
  return said;
}

}  // namespace ciess
