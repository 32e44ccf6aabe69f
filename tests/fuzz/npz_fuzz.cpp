// SPDX-License-Identifier: MIT
// Several arrays in a file: io/npz.hpp.
#include <ciess/io/npz.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/target.hpp"

namespace {

using ciess::index_t;
using fuzz::require;

template <class T, std::size_t N>
void load(const ciess::npz_view& file, const ciess::npz_array& a) {
  const auto got = fuzz::accepted([&] { return file.load<T, N>(a.name); });
  if (!got) return;
  require(got->size() * sizeof(T) == a.bytes.size(), "numbers come from the file");
  const xt::xtensor<T, N> numbers = *got;
  ciess::npz_writer writer;
  writer.add("x", numbers);
  const std::string bytes = writer.bytes();
  const auto memory = fuzz::as_mapped(bytes);
  const auto again = ciess::npz_view(memory, "again").load<T, N>("x");
  require(std::ranges::equal(again.shape(), numbers.shape()) &&
              (numbers.size() == 0 ||
               std::memcmp(again.data(), numbers.data(), numbers.size() * sizeof(T)) == 0),
          "an array comes back from its file");
}

template <class T>
void load(const ciess::npz_view& file, const ciess::npz_array& a) {
  load<T, 0>(file, a);
  load<T, 1>(file, a);
  load<T, 2>(file, a);
  load<T, 3>(file, a);
}

bool feed(std::string_view input) {
  const auto memory = fuzz::as_mapped(input);
  const auto file = fuzz::accepted([&] { return ciess::npz_view(memory, "input"); });
  if (!file) return false;
  for (const auto& a : file->arrays()) {
    require(file->contains(a.name) && &file->at(a.name) == &a, "an array is found by its name");
    load<float>(*file, a);
    load<double>(*file, a);
    load<std::uint8_t>(*file, a);
    load<std::uint16_t>(*file, a);
    load<std::int64_t>(*file, a);
  }
  fuzz::attempt([&] { file->check(); });
  return true;
}

std::vector<fuzz::seed> seeds() {
  const std::vector<float> f{1, 2, 3, 4, 5, 6};
  const std::vector<double> d{-1e300};
  const std::vector<std::uint8_t> none;
  const std::vector<std::int64_t> whole{1, -1};
  const auto file = [&](std::uint64_t wide_from) {
    ciess::npz_writer w(wide_from);
    w.add("users", std::array<index_t, 2>{3, 2}, std::span<const float>(f));
    w.add("scalar", std::span<const index_t>{}, std::span<const double>(d));
    return w.bytes();
  };
  ciess::npz_writer one;
  one.add("a", std::array<index_t, 1>{2}, std::span<const std::int64_t>(whole));
  ciess::npz_writer empty;
  empty.add("none", std::array<index_t, 3>{2, 0, 3}, std::span<const std::uint8_t>(none));
  return {{"two", file(1U << 30)},
          {"wide", file(0)},
          {"one", one.bytes()},
          {"none", empty.bytes()},
          {"no-arrays", ciess::npz_writer().bytes()}};
}

[[maybe_unused]] const bool added = fuzz::add({"npz", feed, seeds});

}  // namespace
