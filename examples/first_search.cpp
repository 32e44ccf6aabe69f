// SPDX-License-Identifier: MIT
// From a file of ratings to a table a tenth of the size: the program of the README.
//   first_search ratings.csv small.safetensors
// [readme]
#include <cstdio>

#include <ciess/ciess.hpp>
#include <ciess/study/save_tables.hpp>

int main(int count, char** files) try {
  if (count != 3) throw ciess::argument_error("usage: first_search RATINGS SMALL.safetensors");
  ciess::ranking_task<ciess::lightgcn> task(ciess::load_dataset(files[1]), {.dim = 64});
  const auto found = ciess::search(task.environment(), {.budgets = {0.9}});
  const auto small = task.finish(found.sizes(0.9));  // a size for each user and each item
  ciess::save_tables(files[2], task.model(), task.data().users, task.data().items);
  std::printf("quality on test: %.4f with a tenth of the numbers, %.4f with all of them\n",
              small.mean, task.full().mean);
} catch (const std::exception& e) {
  std::fprintf(stderr, "first_search: %s\n", e.what());
  return 1;
}
// [/readme]
