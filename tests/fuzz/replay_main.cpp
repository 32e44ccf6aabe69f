// SPDX-License-Identifier: MIT
// Feeds every target with its corpus, for compilers without libFuzzer:
//   replay CORPUS            all files of CORPUS/<target>
//   replay --write CORPUS    writes the seeds there, which the library itself makes
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include <ciess/io/write_file.hpp>

#include "fuzz/target.hpp"

namespace {

void write(const std::filesystem::path& folder, const fuzz::target& t) {
  std::filesystem::create_directories(folder);
  for (const auto& s : t.seeds()) ciess::write_file(folder / s.name, s.bytes);
}

/// @return whether there was something to replay, and some of it was taken
bool replay(const std::filesystem::path& folder, const fuzz::target& t) {
  std::vector<std::filesystem::path> files;
  if (std::filesystem::is_directory(folder))
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      files.push_back(entry.path());
  std::ranges::sort(files);
  int taken = 0;
  for (const auto& file : files) {
    std::printf("%s\n", file.c_str());  // the last one is to blame if the process ends
    std::fflush(stdout);
    taken += t.feed(file_text(file)) ? 1 : 0;
  }
  std::printf("%s: %zu inputs, %d taken\n", std::string(t.name).c_str(), files.size(), taken);
  return taken > 0;
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  const bool writes = words.size() == 2 && words[0] == "--write";
  if (words.size() != (writes ? 2 : 1)) {
    std::fprintf(stderr, "usage: %s [--write] CORPUS\n", arguments[0]);
    return 2;
  }
  bool good = true;
  for (const auto& t : fuzz::targets()) {
    const auto folder = std::filesystem::path(words.back()) / t.name;
    if (writes)
      write(folder, t);
    else
      good = replay(folder, t) && good;
  }
  return good ? 0 : 1;
}
