// SPDX-License-Identifier: MIT
// The backbones that this program was built with. Each is a source of its own, for they take long
// to compile, and adds itself here.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "input.hpp"

namespace example {

/// The whole run for one backbone: searches, reports, writes the results.
/// @returns the status that the program ends with
using run_function = int (*)(const settings& s, const input& in);

inline std::map<std::string, run_function>& backbones() {
  static std::map<std::string, run_function> all;
  return all;
}

/// What the tables of a backbone are called, in their order.
inline std::vector<std::string> table_names(const std::string& backbone) {
  if (backbone == "ncf") return {"users-mlp", "items-mlp", "users-gmf", "items-gmf"};
  return {"users", "items"};
}

struct added_backbone {
  added_backbone(const char* name, run_function run) { backbones()[name] = run; }
};

}  // namespace example
