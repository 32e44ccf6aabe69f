// SPDX-License-Identifier: MIT
// Reading ratings: a million MovieLens lines from memory, beside the floor of finding the line ends
// and reading the numbers of lines whose form is known.
#include <ciess/core/random.hpp>
#include <ciess/data/read.hpp>

#include <charconv>
#include <cstdint>
#include <cstring>
#include <istream>
#include <streambuf>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

namespace {

/// Ratings in the form and of the size of MovieLens-1M: 6040 users, 3706 items.
const std::string& ratings() {
  static const std::string text = [] {
    std::string out;
    auto engine = ciess::random_stream(1, ciess::purpose::user).at(0);
    for (int line = 0; line < 1'000'000; ++line)
      out += std::to_string(1 + line / 166) + "::" + std::to_string(1 + bounded(engine, 3706)) +
             "::" + std::to_string(1 + bounded(engine, 5)) + "::978300760\n";
    return out;
  }();
  return text;
}

/// The same bytes as a stream, without another copy.
struct view_buffer : std::streambuf {
  explicit view_buffer(const std::string& text) {
    char* first = const_cast<char*>(text.data());  // only read
    setg(first, first, first + text.size());
  }
};

void count(benchmark::State& state) {
  const auto bytes = static_cast<std::int64_t>(ratings().size());
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * bytes);
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * 1'000'000);
}

void parse_by_hand(benchmark::State& state) {  // the floor: no checks, no ids, no lists
  const std::string& text = ratings();
  for (auto _ : state) {
    std::vector<std::pair<std::int32_t, std::int32_t>> pairs;
    const char* last = text.data() + text.size();
    for (const char* at = text.data(); at != last;) {
      auto& [user, item] = pairs.emplace_back();
      at = std::from_chars(at, last, user).ptr + 2;
      at = std::from_chars(at, last, item).ptr + 2;
      int rating = 0;
      at = std::from_chars(at, last, rating).ptr;
      benchmark::DoNotOptimize(rating);
      at = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(last - at))) + 1;
    }
    benchmark::DoNotOptimize(pairs.data());
  }
  count(state);
}
BENCHMARK(parse_by_hand)->Unit(benchmark::kMillisecond);

void read_interactions(benchmark::State& state) {
  for (auto _ : state) {
    view_buffer buffer(ratings());
    std::istream in(&buffer);
    benchmark::DoNotOptimize(ciess::read_interactions(in, "ratings"));
  }
  count(state);
}
BENCHMARK(read_interactions)->Unit(benchmark::kMillisecond);

}  // namespace
