// SPDX-License-Identifier: MIT
/// @file
/// What a judge and a model say of tables must be something that a search can use.
#pragma once

#include <cstddef>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/search/environment.hpp>

namespace ciess::detail {

/// @throws argument_error if frequencies do not fit the rows, or there is a kind too many
template <class Judge>
void check_judged_tables(std::span<const table_shape> shapes, const Judge& judge) {
  for (std::size_t t = 0; t < shapes.size(); ++t) {
    check_frequency(t, shapes[t], judge.frequency(t));
    if (judge.kind(t) >= judge.kinds())
      throw_error<argument_error>("environment: table ", t, " is of kind ", judge.kind(t),
                                  ", expected one below ", judge.kinds());
  }
}

/// Names of tables become names of files.
/// @throws argument_error if there is not one for each table, two are the same, or a file cannot be
///         called so
template <class Names>
void check_table_names(std::span<const table_shape> shapes, const Names& names) {
  if (std::size(names) != shapes.size())
    throw_error<argument_error>("environment: the model has ", shapes.size(), " tables and ",
                                std::size(names), " names for them");
  std::vector<std::string> before;  // a name may be one that is made when it is asked for
  for (std::size_t t = 0; t < shapes.size(); ++t) {
    const std::string name{std::string_view(names[t])};
    if (name.empty() || name.find_first_of("/\\\t\n\r") != std::string::npos)
      throw_error<argument_error>("environment: the name of table ", t,
                                  " must be one that a file can have, got ", shown(name));
    for (std::size_t other = 0; other < t; ++other)
      if (name == before[other])
        throw_error<argument_error>("environment: tables ", other, " and ", t, " are both called ",
                                    shown(name));
    before.push_back(name);
  }
}

}  // namespace ciess::detail
