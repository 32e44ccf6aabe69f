// SPDX-License-Identifier: MIT
// Click models against bench/peers/click_models.py, which was written from the papers' formulas:
// the same first weights and batches, ten steps of dense Adam, the same log odds.
#include "../bench/support/click_files.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>

#include "support/catch.hpp"
#include "support/file_text.hpp"
#include "support/small_clicks.hpp"
#include "support/temporary_directory.hpp"
#include "support/test_files.hpp"

namespace {

/// A Python that has PyTorch; empty if there is none.
const std::string& python_with_torch() {
  static const std::string found = [] {
    for (const std::string python : {"/usr/bin/python3", "python3"})
      if (std::system((python + " -c 'import torch' > /dev/null 2>&1").c_str()) == 0) return python;
    return std::string();
  }();
  return found;
}

/// @param change  of the options
template <class Model, class Change>
void compare(const ciess::impressions& data, Change&& change) {
  if (python_with_torch().empty()) {
    WARN("there is no python3 with torch: click models are not held against PyTorch");
    return;
  }
  auto o = support::small_click_options<Model>(7, data);
  o.penalty = 0;
  o.every_row = true;
  if constexpr (requires { o.network.dropout; }) o.network.dropout = 0;
  change(o);
  Model model(data, o, 5);
  const temporary_directory folder;
  // Asked for is 1e-5. In double rounding takes part after 1e-13.
  save_click_model(folder.path() / "model", model, 10, 1e-9);
  const std::string command = python_with_torch() + " '" + test_files() +
                              "/../bench/peers/click_models.py' check '" +
                              (folder.path() / "model").string() + "' --threads 1 > '" +
                              (folder.path() / "said").string() + "' 2>&1";
  const int status = std::system(command.c_str());
  INFO(file_text(folder.path() / "said"));
  CHECK(status == 0);
}

}  // namespace

TEST_CASE("click models train as PyTorch does", "[parity][long]") {
  const auto same = [](auto&) {};
  compare<ciess::basic_fm<double>>(support::small_clicks(), same);
  compare<ciess::basic_deep_fm<double>>(support::small_clicks(), same);
  compare<ciess::basic_dcn<double>>(support::small_clicks(), same);
  compare<ciess::basic_dcn<double>>(support::small_clicks(), [](auto& o) {
    o.network.structure = ciess::dcn_structure::stacked;
    o.network.rank = 3;
  });
  compare<ciess::basic_dlrm<double>>(support::small_clicks(), same);
  compare<ciess::basic_dlrm<double>>(support::small_clicks(),
                                     [](auto& o) { o.network.bottom_relu = true; });
  const auto no_features = support::made_clicks({.features = false, .pooled = false});
  compare<ciess::basic_dlrm<double>>(no_features, same);
}
