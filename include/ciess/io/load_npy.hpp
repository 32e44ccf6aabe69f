// SPDX-License-Identifier: MIT
/// @file
/// Tables and sizes from NumPy arrays. Files are taken for hostile: what they claim is checked
/// against their length before memory is asked for.
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <ciess/core/detail/open_file.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/sizes.hpp>
#include <ciess/embedding/table_view.hpp>
#include <ciess/io/detail/npy_header.hpp>

namespace ciess {
namespace detail {

/// An .npy file whose header has been read.
class npy_reader {
 public:
  /// @param dimensions  that the array must have
  /// @throws io_error if the file cannot be read; data_error if its header is not as it must be
  npy_reader(const std::filesystem::path& path, std::size_t dimensions)
      : name_{path.string()}, in_{open_regular(path)} {
    in_.seekg(0, std::ios::end);
    length_ = static_cast<std::uint64_t>(std::streamoff{in_.tellg()});
    in_.seekg(0);
    if (!in_) throw_error<io_error>(name_, ": cannot tell its length");
    header_ = read_npy_header(
        name_, [this](std::uint64_t count, std::string_view what) { return take(count, what); });
    if (header_.shape.size() != dimensions)
      fail("expected an array of ", dimensions, " dimensions, got ", header_.shape.size());
  }

  [[nodiscard]] const npy_header& header() const noexcept { return header_; }

  /// @throws data_error "name: ..."
  template <class... Parts>
  [[noreturn]] void fail(const Parts&... parts) const {
    throw_error<data_error>(name_, ": ", parts...);
  }

  /// Calls `use(N{})` for the one type N of `Numbers` that the array has.
  /// @throws data_error if it has none of them, or if the numbers do not end where the file ends
  template <class... Numbers, class Use>
  void with_type(Use use) {
    const auto try_type = [&]<class N>(N number) {
      if (header_.type != npy_type<N>()) return false;
      check_npy_length(name_, header_, sizeof(N), at_, length_ - at_);
      use(number);
      return true;
    };
    if (!(try_type(Numbers{}) || ...))
      fail("expected numbers of one of the types", ((" " + npy_type<Numbers>()) + ...), ", got ",
           shown(header_.type));
  }

  /// The next numbers.
  template <class N>
  void read(std::span<N> numbers) {
    read_bytes(reinterpret_cast<char*>(numbers.data()), numbers.size_bytes());
  }

 private:
  /// Opening a pipe would wait for somebody to write to it.
  static std::ifstream open_regular(const std::filesystem::path& path) {
    std::error_code ignored;
    if (std::filesystem::is_other(path, ignored))
      throw_error<io_error>(path.string(), ": expected a regular file, got a pipe or a device");
    return open_file(path);
  }

  /// The next `count` bytes of the header.
  std::string take(std::uint64_t count, std::string_view what) {
    if (count > length_ - at_)
      fail("byte ", at_, ": expected ", count, " bytes of ", what, ", got ", length_ - at_);
    std::string bytes(static_cast<std::size_t>(count), '\0');
    read_bytes(bytes.data(), bytes.size());
    return bytes;
  }

  void read_bytes(char* to, std::size_t count) {
    in_.read(to, static_cast<std::streamsize>(count));
    const auto got = static_cast<std::size_t>(in_.gcount());
    if (got != count)
      throw_error<io_error>(name_, ": byte ", at_, ": expected to read ", count, " bytes, got ",
                            got);
    at_ += count;
  }

  std::string name_;
  std::ifstream in_;
  std::uint64_t length_ = 0;  // of the file
  std::uint64_t at_ = 0;
  npy_header header_;
};

/// A number as the language knows it.
template <std::floating_point N>
N plain(N x) noexcept {
  return x;
}
inline float plain(float16 x) noexcept { return to_float(x); }

}  // namespace detail

/// Reads an array of two dimensions, float16, float32 or float64, row- or column-major ("Fortran
/// order"), in the byte order of this machine. Numbers are rounded to T; infinities and NaN pass,
/// because they may be past the size of a row. A table of it, without a copy:
/// `adopt_table(load_npy<float>("weights.npy"), sizes)`.
/// @throws io_error if the file cannot be read; data_error, naming the byte or the row and column,
///         if it is not such an array, or if a finite number is beyond the largest of T
/// Memory: the matrix, and one of its rows (or columns, as the file has them).
template <std::floating_point T>
[[nodiscard]] basic_matrix<T> load_npy(const std::filesystem::path& path) {
  detail::npy_reader file(path, 2);
  const auto& header = file.header();
  basic_matrix<T> values;
  file.template with_type<float, double, float16>([&]<class N>(N) {
    values.resize(header.shape[0], header.shape[1]);
    if (values.size() == 0) return;  // [0, n] and [n, 0] may have any n
    const table_view table(values);
    const auto lines = header.column_major ? table.transposed() : table;
    std::vector<N> line(static_cast<std::size_t>(lines.columns()));
    for (index_t i = 0; i < lines.rows(); ++i) {
      file.read(std::span(line));
      for (index_t j = 0; j < lines.columns(); ++j) {
        const auto x = detail::plain(line[static_cast<std::size_t>(j)]);
        if (std::isfinite(x) && std::abs(x) > std::numeric_limits<T>::max())
          file.fail("row ", header.column_major ? j : i, ", column ", header.column_major ? i : j,
                    ": expected a number of at most ", std::numeric_limits<T>::max(), ", got ", x);
        lines(i, j) = static_cast<T>(x);
      }
    }
  });
  return values;
}

/// Reads one size per row from an array of one dimension of any integer type.
/// @throws argument_error if the range is not valid; io_error if the file cannot be read;
///         data_error, naming the byte or the row, if it is not such an array, or if a size is
///         outside the range
[[nodiscard]] inline sizes load_npy_sizes(const std::filesystem::path& path, size_range range) {
  detail::check_range("load_npy_sizes", range);
  detail::npy_reader file(path, 1);
  std::vector<int> values;
  file.with_type<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t, std::int8_t,
                 std::int16_t, std::int32_t, std::int64_t>([&]<class N>(N) {
    std::vector<N> numbers(static_cast<std::size_t>(file.header().shape[0]));
    file.read(std::span(numbers));
    values.reserve(numbers.size());
    for (const N x : numbers) {
      if (!std::in_range<int>(x) || !range.contains(static_cast<int>(x)))
        file.fail("row ", values.size(), ": expected a size in [", range.min, ", ", range.max,
                  "], got ", std::to_string(x));
      values.push_back(static_cast<int>(x));
    }
  });
  return {values, range};
}

}  // namespace ciess
