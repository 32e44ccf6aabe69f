// SPDX-License-Identifier: MIT
// What a stranger writes first: with everything, or with one component and no more than it needs.
// Exit code 0 = it works.
#include <span>
#include <string>
#include <vector>

#include <ciess/core/parallel.hpp>
#if defined(PARALLEL) || defined(FILES) || defined(COMPRESSED) || defined(PROCESSES)
#define ONE_COMPONENT
#else
#include <ciess/ciess.hpp>
#endif
#ifdef PARALLEL
#include <ciess/core/threads.hpp>
#endif
#ifdef FILES
#include <array>
#include <ciess/io/safetensors.hpp>
#endif
#ifdef COMPRESSED
#include <ciess/data/decompress.hpp>
#endif
#ifdef PROCESSES
#include <ciess/core/mpi_group.hpp>
#endif

#ifndef ONE_COMPONENT
namespace {

/// Six rows that are as good as they are long.
struct rows_of_numbers {
  std::vector<ciess::table_shape> tables{{.rows = 6, .range = {1, 8}}};
  std::vector<double> often = std::vector<double>(6, 1.0);
  std::span<const ciess::table_shape> shapes() const { return tables; }
  std::span<const double> frequency(std::size_t) const { return often; }
  ciess::measurement full() const { return measure(ciess::assignment(tables)); }
  ciess::measurement measure(const ciess::assignment& a) const {
    ciess::measurement m{1 - a.sparsity(), {{}}};
    for (const auto size : a[0].values()) m.rows[0].push_back(size / 8.0);
    return m;
  }
};

/// Whether a search finds sizes, and tells of its steps.
bool search_works() {
  rows_of_numbers environment;
  const ciess::ciess_sizer<> how{.episodes = 2, .steps = 2, .agent = {.hidden = {4}, .batch = 8}};
  int told = 0;
  const auto found = ciess::search(environment, how, {.budgets = {0.5}},
                                   [&](const ciess::step_report&) { ++told; });
  return told == 4 && found.sizes(0.5).total() == 24;
}

}  // namespace
#endif

int main() {
#ifndef ONE_COMPONENT
  if (!search_works()) return 1;
#endif
#ifdef FILES
  const std::array<float, 1> one{1.0F};
  ciess::safetensors_writer file;
  file.add("one", {1}, one);
  const std::string bytes = file.bytes();
  if (!ciess::safetensors_view(std::as_bytes(std::span(bytes)), "memory").contains("one")) return 1;
#endif
#ifdef COMPRESSED
  const std::string gzip_of_x("\x1F\x8B\x08\0\0\0\0\0\0\x03\xAB\0\0\x83\x16\xDC\x8C\1\0\0\0", 21);
  const std::string zstd_of_x("\x28\xB5\x2F\xFD\x20\1\x09\0\0x", 10);
  if (ciess::decompressed(gzip_of_x, "memory") != "x" ||
      ciess::decompressed(zstd_of_x, "memory") != "x")
    return 1;
#endif
#ifdef PROCESSES
  ciess::mpi_group processes;
  if (processes.size() != 1 || processes.from_root("x", [] { return std::string("x"); }) != "x")
    return 1;
#endif
#ifdef PARALLEL
  const ciess::threads pool{2};
  if (ciess::concurrency() != 2) return 1;
#endif
  const int counted = ciess::parallel_reduce(
      1000, 10, 0,
      [](ciess::index_t first, ciess::index_t last) { return static_cast<int>(last - first); },
      [](int a, int b) { return a + b; });
  return counted == 1000 ? 0 : 1;
}
