// SPDX-License-Identifier: MIT
/// @file
/// A data set of impressions in sentences.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/click_dataset.hpp>
#include <ciess/data/impressions.hpp>
#include <ciess/data/loaded_impressions.hpp>

namespace ciess {

/// What was read, a sentence each, its notes at the end.
[[nodiscard]] inline std::vector<std::string> describe(const loaded_impressions& read) {
  std::vector<std::string> said{joined(
      grouped_text(read.lines), " impressions, format ", to_string(read.format),
      read.format == click_format::delimited ? (read.header ? " with header" : " without header")
                                             : "",
      read.label.empty() ? ", all of them clicks"
                         : ", labels in column " + detail::shown(read.label),
      read.time.empty() ? "" : ", times in column " + detail::shown(read.time))};
  if (!read.ignored.empty()) {
    std::string names;
    for (const auto& name : read.ignored)
      names += (names.empty() ? "" : ", ") + detail::shown(name);
    said.push_back("not read: " + names);
  }
  if (read.comments > 0) said.push_back(joined(read.comments, " lines are comments"));
  for (const auto& note : read.notes) said.push_back("note: " + note);
  return said;
}

namespace detail {

/// Whether an impression shows several values of field k. O(impressions)
[[nodiscard]] inline bool shows_several(const impressions& all, std::size_t k) {
  for (index_t i = 0; i < all.size(); ++i)
    if (all.values(i, k).size() > 1) return true;
  return false;
}

}  // namespace detail

/// Parts, then a sentence for each field and feature. What looks like a mistake is asked about: a
/// pooled field of lists of one, and a field of nearly as many values as impressions.
[[nodiscard]] inline std::vector<std::string> describe(const click_dataset& d) {
  std::vector<std::string> said;
  const auto part = [&](const char* name, const impressions& p) {
    return joined(
        name, ' ', grouped_text(p.size()), " (",
        fixed_text(100 * static_cast<double>(p.clicks()) / static_cast<double>(p.size()), 1),
        " % clicks)");
  };
  said.push_back(joined(part("train", d.train), ", ", part("validation", d.validation), ", ",
                        part("test", d.test), d.split_by_time ? ", split by time" : ""));
  if (d.drawn > 0) said.push_back(grouped_text(d.drawn) + " negatives are drawn");
  for (std::size_t k = 0; k < d.fields.size(); ++k) {
    const click_field& f = d.train.fields()[k];
    const click_field_account& a = d.fields[k];
    std::string text = joined("field ", detail::shown(f.name), f.pooled ? ", pooled: " : ": ",
                              grouped_text(f.rows), " rows");
    if (a.rare > 0)
      text += joined(", ", grouped_text(a.rare), " rare values share one (shown ",
                     grouped_text(a.rare_shown), " times in training)");
    if (a.unseen > 0)
      text += joined(", ", grouped_text(a.unseen), " values are not in training (shown ",
                     grouped_text(a.unseen_shown), " times)");
    if (f.pooled && !detail::shows_several(d.train, k))
      text += ", never several values at once: is it a list, and cut at the right separator?";
    else if (f.rows <= 2)
      text += ", too few to tell anything";
    else if (!f.pooled && 2 * (f.rows - 1 + a.rare) > d.train.size())  // row 0 is no value
      text +=
          ", more than half as many values as impressions: is it a number, or a name of the line?";
    said.push_back(std::move(text));
  }
  for (std::size_t f = 0; f < d.means.size(); ++f)
    said.push_back(joined("feature ", detail::shown(d.train.features()[f]), ": mean ", d.means[f],
                          ", deviation ", d.deviations[f]));
  return said;
}

}  // namespace ciess
