// SPDX-License-Identifier: MIT
// Arrays: io/load_npy.hpp. The first byte says what is wanted.
#include <ciess/io/load_npy.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <ciess/embedding/masked_table.hpp>
#include <ciess/io/npy.hpp>

#include "fuzz/target.hpp"

namespace {

using fuzz::require;

/// A table of which every row keeps all of its numbers.
template <class T>
ciess::basic_masked_table<T> full_table(ciess::basic_matrix<T> numbers) {
  const ciess::sizes sizes(numbers.rows(), {1, static_cast<int>(numbers.cols())});
  return {sizes, std::move(numbers)};
}

template <class T>
bool table(std::string_view input) {
  const auto got = fuzz::accepted([&] { return ciess::load_npy<T>(fuzz::file_of(input)); });
  if (!got) return false;
  // A shape without numbers may say anything of its other length.
  if (got->size() == 0 || got->cols() > ciess::size_range::limit) return true;
  require(static_cast<std::size_t>(got->size()) <= input.size(), "numbers come from the file");
  const auto masked = full_table(*got);
  const auto again = ciess::load_npy<T>(fuzz::file_of(ciess::npy_bytes(masked), "again"));
  const auto same = [](T a, T b) { return a == b || (std::isnan(a) && std::isnan(b)); };
  require(again.rows() == got->rows() && again.cols() == got->cols() &&
              std::equal(again.data(), again.data() + again.size(), got->data(), same),
          "a table comes back from its file");
  return true;
}

bool sizes(std::string_view input) {
  const ciess::size_range range{2, 300};
  const auto got =
      fuzz::accepted([&] { return ciess::load_npy_sizes(fuzz::file_of(input), range); });
  if (!got) return false;
  require(std::ranges::all_of(got->values(), [&](int s) { return range.contains(s); }),
          "sizes are in the range");
  require(ciess::load_npy_sizes(fuzz::file_of(ciess::npy_bytes(*got), "again"), range) == *got,
          "sizes come back from their file");
  return true;
}

bool feed(std::string_view input) {
  if (input.empty()) return false;
  const auto file = input.substr(1);
  if (input[0] == 'f') return table<float>(file);
  if (input[0] == 'd') return table<double>(file);
  return sizes(file);
}

std::vector<fuzz::seed> seeds() {
  const ciess::matrix numbers{{1.5F, -2}, {0, 3e38F}, {-0.0F, 1e-40F}};
  const ciess::basic_matrix<double> doubles{{1e300, 2, 3}};
  const ciess::sizes some(std::vector<int>{2, 300, 7}, {2, 300});
  std::string turned = ciess::npy_bytes(full_table(numbers));
  turned.replace(turned.find("False"), 5, "True ");
  std::string signed_sizes = ciess::npy_bytes(some);
  signed_sizes.replace(signed_sizes.find("<u2"), 3, "<i2");
  return {
      {"float", "f" + ciess::npy_bytes(full_table(numbers))},
      {"column-major", "f" + turned},
      {"double", "d" + ciess::npy_bytes(full_table(doubles))},
      {"sizes", "s" + ciess::npy_bytes(some)},
      {"sizes-signed", "s" + signed_sizes},
      {"none", "s" + ciess::npy_bytes(ciess::sizes(0, {2, 300}))},
      {"version-2", std::string("f\x93NUMPY\2\0\x37\0\0\0", 13) +
                        "{'descr':'<f4','fortran_order':False,'shape':(0,9),}  \n"},
  };
}

[[maybe_unused]] const bool added = fuzz::add({"npy", feed, seeds});

}  // namespace
