// SPDX-License-Identifier: MIT
// What the program was told.
#pragma once

#include <string>

namespace serving {

enum class separator { automatic, tab, blank };

struct settings {
  std::string file;
  std::string users = "users";
  std::string items = "items";
  std::string seen, only, except;  // files; empty: none
  separator between = separator::automatic;
  bool similar = false;  // items ask, not users
  bool cosine = false;
  bool all = false;
  std::string out;
  bool no_header = false;        // of clicks: lines have the columns of the file in its order
  std::string delimiter, quote;  // of clicks; empty: those of the data it was trained on
  int k = 10;
  int batch = 1;
  int threads = 1;
};

}  // namespace serving
