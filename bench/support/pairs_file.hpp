// SPDX-License-Identifier: MIT
/// @file
/// The data that two programs are compared on: training pairs and held-out pairs in one file that
/// any language reads in a line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/data/align.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/data/read.hpp>
#include <ciess/data/split.hpp>
#include <ciess/data/synthetic.hpp>
#include <ciess/io/write_file.hpp>

namespace ciess_bench {

struct parts {
  ciess::interactions train, held_out;
};

/// Half of a user's interactions to train on, a quarter to rank (the other quarter, which a search
/// would choose by, is left out).
inline parts halved(const ciess::interactions& all) {
  ciess::split s = ciess::split_interactions(all, {}, 1);
  return {std::move(s.train), std::move(s.test)};
}

/// Two files with the same ids become rows of the same tables; what the second repeats is left out.
/// @throws ciess::data_error if the test file names somebody who has nothing to train on
inline parts read_split(const std::filesystem::path& train, const std::filesystem::path& test) {
  ciess::loaded a = ciess::load_interactions(train);
  ciess::aligned b = ciess::align(ciess::load_interactions(test), a);
  if (b.unknown > 0)
    ciess::detail::throw_error<ciess::data_error>(test.string(), ": ", b.unknown,
                                                  " pairs have a user or an item that is not in ",
                                                  train.string());
  if (b.repeated > 0)
    std::fprintf(stderr, "%s: %lld pairs are in %s already and left out\n", test.c_str(),
                 static_cast<long long>(b.repeated), train.c_str());
  if (b.data.empty())
    ciess::detail::throw_error<ciess::data_error>(test.string(), ": no pair to judge by");
  return {std::move(a.data), std::move(b.data)};
}

/// Made-up data of the shapes that the comparison is about, with power laws of popularity.
/// Yelp2018 takes half a minute.
inline parts made_up_ml_1m() {
  return halved(
      ciess::make_synthetic({.users = 6040, .items = 3706, .interactions = 1'000'000}).data);
}
inline parts made_up_yelp() {
  const auto all = ciess::make_synthetic(
      {.users = 31'668, .items = 38'048, .interactions = 1'561'406, .factors = 16});
  ciess::split s = ciess::split_interactions(all.data, {.train = 0.8, .validation = 0}, 1);
  return {std::move(s.train), std::move(s.test)};
}

/// 32-bit integers in the machine's order: users, items, number of training pairs, number of
/// held-out pairs, then the pairs.
inline void write_pairs(const std::filesystem::path& path, const parts& p) {
  std::vector<std::int32_t> numbers;
  for (const ciess::index_t n :
       {p.train.users(), p.train.items(), p.train.size(), p.held_out.size()}) {
    if (n > std::numeric_limits<std::int32_t>::max())
      ciess::detail::throw_error<ciess::argument_error>("write_pairs: ", n,
                                                        " does not fit 32 bits");
    numbers.push_back(static_cast<std::int32_t>(n));
  }
  for (const auto* part : {&p.train, &p.held_out})
    for (ciess::row_id u = 0; u < part->users(); ++u)
      for (const ciess::row_id i : part->items_of(u)) numbers.insert(numbers.end(), {u, i});
  ciess::write_file(
      path, {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(std::int32_t)});
}

/// @throws ciess::io_error, ciess::data_error
inline parts read_pairs(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) ciess::detail::throw_error<ciess::io_error>(path.string(), ": cannot open");
  const auto bytes = static_cast<std::size_t>(file.tellg());
  std::vector<std::int32_t> numbers(bytes / sizeof(std::int32_t));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(numbers.data()),
            static_cast<std::streamsize>(numbers.size() * sizeof(std::int32_t)));
  if (!file) ciess::detail::throw_error<ciess::io_error>(path.string(), ": cannot read");
  const auto at = [&](std::size_t n) { return static_cast<std::int64_t>(numbers[n]); };
  if (numbers.size() < 4 || at(2) < 0 || at(3) < 0 ||
      static_cast<std::int64_t>(numbers.size()) != 4 + 2 * (at(2) + at(3)))
    ciess::detail::throw_error<ciess::data_error>(path.string(),
                                                  ": is not a file of `ciess_peers prepare`");
  std::size_t next = 4;
  const auto take = [&](std::int64_t n) {
    std::vector<ciess::interaction> pairs(static_cast<std::size_t>(n));
    for (auto& p : pairs) {
      p = {numbers[next], numbers[next + 1]};
      next += 2;
    }
    return ciess::interactions(at(0), at(1), pairs);
  };
  ciess::interactions train = take(at(2));
  return {std::move(train), take(at(3))};
}

}  // namespace ciess_bench
