// SPDX-License-Identifier: MIT
// Reading ratings: a million MovieLens lines from memory, beside the floor of finding the line ends
// and reading the numbers of lines whose form is known. The same lines as impressions, and lines of
// Criteo's form.
#include <ciess/core/random.hpp>
#include <ciess/data/read.hpp>
#include <ciess/data/read_impressions.hpp>

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

void read_impressions(benchmark::State& state) {  // users and items as fields, ratings as labels
  const ciess::click_read_options how{.label = 2,
                                      .positive_from = 4,
                                      .time = 3,
                                      .header = ciess::header_line::no,
                                      .delimiter = "::"};
  for (auto _ : state) {
    view_buffer buffer(ratings());
    std::istream in(&buffer);
    benchmark::DoNotOptimize(ciess::read_impressions(in, "ratings", how));
  }
  count(state);
}
BENCHMARK(read_impressions)->Unit(benchmark::kMillisecond);

/// 100,000 lines of 13 integers and 26 categories, from 10 to 100,000 values each.
const std::string& criteo() {
  static const std::string text = [] {
    std::string out;
    auto engine = ciess::random_stream(2, ciess::purpose::user).at(0);
    constexpr char digits[] = "0123456789abcdef";
    for (int line = 0; line < 100'000; ++line) {
      out += engine() % 4 == 0 ? '1' : '0';
      for (int k = 0; k < 13; ++k) {
        out += '\t';
        if (engine() % 5 > 0) out += std::to_string(bounded(engine, 1000));
      }
      for (std::uint32_t k = 0; k < 26; ++k) {
        std::uint32_t rows = 10;
        for (std::uint32_t power = 0; power < k % 5; ++power) rows *= 10;
        const std::uint32_t value = (bounded(engine, rows) * 26 + k) * 2'654'435'761U;
        out += '\t';
        for (int shift = 28; shift >= 0; shift -= 4) out += digits[value >> shift & 15];
      }
      out += '\n';
    }
    return out;
  }();
  return text;
}

void read_criteo(benchmark::State& state) {
  for (auto _ : state) {
    view_buffer buffer(criteo());
    std::istream in(&buffer);
    benchmark::DoNotOptimize(
        ciess::read_impressions(in, "criteo", {.format = ciess::click_format::criteo}));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(criteo().size()));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * 100'000);
}
BENCHMARK(read_criteo)->Unit(benchmark::kMillisecond);

}  // namespace
