// SPDX-License-Identifier: MIT
// A file of ratings becomes parts.
#include <cstdio>

#include <ciess/data/load_dataset.hpp>

int main(int count, char** files) {
  if (count != 2) return 2;
  const auto data = ciess::load_dataset(files[1]);
  std::printf("%d users\n", static_cast<int>(data.all.users()));
}
