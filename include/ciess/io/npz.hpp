// SPDX-License-Identifier: MIT
/// @file
/// Several arrays in one file, as `numpy.savez` writes and `numpy.load` reads them. Files are taken
/// for hostile.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <ciess/core/detail/checked.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/xtensor.hpp>
#include <ciess/io/detail/crc32.hpp>
#include <ciess/io/detail/npy_header.hpp>
#include <ciess/io/detail/zip.hpp>
#include <ciess/io/write_file.hpp>

namespace ciess {

namespace detail {

/// Product of the lengths that are not 0, if it is at most `most`: what NumPy limits.
inline std::optional<std::uint64_t> numbers_beside_zeros(std::span<const index_t> shape,
                                                         std::uint64_t most) {
  std::optional<std::uint64_t> count = 1;
  for (const index_t n : shape) {
    if (n < 0) return std::nullopt;
    if (count && n > 0) count = product(*count, static_cast<std::uint64_t>(n), most);
  }
  return count;
}

}  // namespace detail

/// What the numbers of an array can be.
template <class T>
concept npy_number =
    std::is_arithmetic_v<T> && !std::same_as<T, bool> && !std::same_as<T, long double>;

/// An array of a file, in memory that somebody else owns.
struct npz_array {
  std::string name;           ///< without ".npy"
  std::string type;           ///< NumPy's name, "<f4"
  bool column_major = false;  ///< "Fortran order", else row-major
  std::vector<index_t> shape;
  std::span<const std::byte> bytes;  ///< the numbers, anywhere in memory
};

/// Reads an .npz file that is in memory, or mapped. Opening looks at headers only; numbers are
/// checked against their checksum when they are loaded. Compressed files are refused, and those
/// whose parts overlap or leave holes or contradict each other.
class npz_view {
 public:
  /// @param file  must outlive the view
  /// @param name  of the file, for messages
  /// @throws data_error if it is not such a file
  /// O(arrays), whatever the numbers
  npz_view(std::span<const std::byte> file, std::string name) : name_{std::move(name)} {
    for (auto& m : detail::zip_reader(name_, file).read()) {
      constexpr std::string_view suffix = ".npy";
      if (!m.name.ends_with(suffix) || m.name.size() == suffix.size())
        detail::throw_error<data_error>(name_, ": expected members called NAME.npy, got ",
                                        detail::shown(m.name));
      m.name.resize(m.name.size() - suffix.size());
      std::size_t at = 0;
      const auto header =
          detail::read_npy_header(who(m.name), [&](std::uint64_t count, std::string_view what) {
            if (count > m.content.size() - at)
              detail::throw_error<data_error>(who(m.name), ": byte ", at, ": expected ", count,
                                              " bytes of ", what, ", got ", m.content.size() - at);
            const auto from = m.content.subspan(at, static_cast<std::size_t>(count));
            at += from.size();
            return std::string(reinterpret_cast<const char*>(from.data()), from.size());
          });
      arrays_.push_back(
          {m.name, header.type, header.column_major, header.shape, m.content.subspan(at)});
      members_.push_back(std::move(m));
    }
  }

  /// In the order of their names.
  [[nodiscard]] std::span<const npz_array> arrays() const noexcept { return arrays_; }
  [[nodiscard]] bool contains(std::string_view array) const noexcept { return find(array); }

  /// @throws data_error if there is no such array
  [[nodiscard]] const npz_array& at(std::string_view array) const {
    const auto* found = find(array);
    if (!found)
      detail::throw_error<data_error>(name_, ": expected an array ", detail::shown(array),
                                      ", got none");
    return *found;
  }

  /// A copy of an array, row-major.
  /// @throws data_error if there is no such array, or it has another type or number of dimensions,
  ///         or not as many numbers as its shape says, or its checksum is another
  template <npy_number T, std::size_t N>
  [[nodiscard]] xt::xtensor<T, N> load(std::string_view array) const {
    const auto& a = at(array);
    const auto start = members_[position(a)].content.size() - a.bytes.size();
    if (a.type != detail::npy_type<T>())
      detail::throw_error<data_error>(who(array), ": expected numbers ", detail::npy_type<T>(),
                                      ", got ", detail::shown(a.type));
    if (a.shape.size() != N)
      detail::throw_error<data_error>(who(array), ": expected an array of ", N, " dimensions, got ",
                                      a.shape.size());
    detail::check_npy_length(who(array), {a.type, a.column_major, a.shape}, sizeof(T), start,
                             a.bytes.size());
    // xtensor multiplies the lengths, also where there are no numbers.
    if (!detail::numbers_beside_zeros(a.shape, most / sizeof(T)))
      detail::throw_error<data_error>(who(array), ": shape has lengths that no array can have");
    check(position(a));
    std::array<std::size_t, N> shape{};
    std::ranges::transform(a.shape, shape.begin(),
                           [](index_t n) { return static_cast<std::size_t>(n); });
    if (!a.column_major) return filled<xt::layout_type::row_major, T>(shape, a.bytes);
    return filled<xt::layout_type::column_major, T>(shape, a.bytes);
  }

  /// @throws data_error naming the first array whose checksum is not that of its bytes.  O(bytes)
  void check() const {
    for (std::size_t k = 0; k < members_.size(); ++k) check(k);
  }

 private:
  [[nodiscard]] std::string who(std::string_view array) const {
    return name_ + ": array " + detail::shown(array);
  }
  [[nodiscard]] const npz_array* find(std::string_view array) const noexcept {
    const auto found = std::ranges::find(arrays_, array, &npz_array::name);
    return found == arrays_.end() ? nullptr : &*found;
  }
  [[nodiscard]] std::size_t position(const npz_array& a) const noexcept {
    return static_cast<std::size_t>(&a - arrays_.data());
  }

  void check(std::size_t k) const {
    const auto& m = members_[k];
    if (const auto got = detail::crc32(m.content); got != m.checksum)
      detail::throw_error<data_error>(who(m.name), ": expected bytes with the checksum ",
                                      m.checksum, ", got ", got);
  }

  template <xt::layout_type L, class T, std::size_t N>
  static auto filled(const std::array<std::size_t, N>& shape, std::span<const std::byte> bytes) {
    xt::xtensor<T, N, L> tensor(shape);
    if (!bytes.empty()) std::memcpy(tensor.data(), bytes.data(), bytes.size());
    return tensor;
  }

  static constexpr std::uint64_t most = std::uint64_t{1} << 62;
  std::string name_;
  std::vector<npz_array> arrays_;
  std::vector<detail::zip_member> members_;  // of arrays_, one each
};

/// Collects arrays and writes them into an .npz file; copies no numbers, which must live until
/// then. Numbers begin at multiples of 64 bytes. The same input makes the same bytes.
class npz_writer {
 public:
  npz_writer() = default;
  /// @param wide_from  files of so many bytes say their lengths in 64 bits, which old programs do
  ///                   not read
  explicit npz_writer(std::uint64_t wide_from) : wide_from_{wide_from} {}

  /// @param name     of printable ASCII without slashes, at most 1000 bytes
  /// @param numbers  row-major, as many as the shape says
  /// @throws argument_error if they are not, or if the name is not such a name or is taken
  template <npy_number T>
  void add(const std::string& name, std::span<const index_t> shape, std::span<const T> numbers) {
    const bool printable = std::ranges::all_of(
        name, [](char c) { return c >= ' ' && c <= '~' && c != '/' && c != '\\'; });
    if (name.empty() || name.size() > 1000 || !printable)
      detail::throw_error<argument_error>(
          "npz_writer: expected a name of printable ASCII without "
          "slashes, got ",
          detail::shown(name));
    if (std::ranges::find(arrays_, name + ".npy", &array::name) != arrays_.end())
      detail::throw_error<argument_error>("npz_writer: name ", detail::shown(name), " is taken");
    auto count = detail::numbers_beside_zeros(shape, most / sizeof(T));
    if (count && std::ranges::count(shape, index_t{0}) > 0) count = 0;
    if (count != numbers.size())
      detail::throw_error<argument_error>("npz_writer: array ", detail::shown(name), " has ",
                                          numbers.size(),
                                          " numbers, not as many as its shape says");
    arrays_.push_back({name + ".npy", detail::npy_header_bytes<T>(shape), std::as_bytes(numbers)});
  }
  /// An array of xtensor's, row-major; adaptors such as `as_xtensor(table)` are arrays, too.
  template <class Tensor>
    requires npy_number<typename Tensor::value_type> &&
             (Tensor::static_layout == xt::layout_type::row_major)
  void add(const std::string& name, const Tensor& tensor) {
    std::vector<index_t> shape;
    for (const auto n : tensor.shape()) shape.push_back(static_cast<index_t>(n));
    add(name, std::span<const index_t>(shape),
        std::span<const typename Tensor::value_type>(tensor.data(), tensor.size()));
  }
  template <class T, std::size_t N>
  void add(const std::string&, xt::xtensor<T, N>&&) = delete;  // gone before it is written

  /// Gives the file to a sink, such as `write_file` has, piece by piece. Reads all numbers twice,
  /// for a checksum stands before them.
  template <class Sink>
  void write(Sink& sink) const {
    std::uint64_t total = 0;
    for (const auto& a : arrays_)
      total += a.header.size() + a.numbers.size() + std::size_t{2} * 1200 + 200;
    const bool wide = total >= wide_from_ || arrays_.size() >= detail::zip_most16;
    std::vector<detail::zip_member> members;
    std::uint64_t at = 0;
    for (const auto& a : arrays_) {
      detail::zip_member m;
      m.name = a.name;
      m.offset = at;
      m.bytes = m.packed = a.header.size() + a.numbers.size();
      m.checksum = detail::crc32(a.numbers, detail::crc32(std::as_bytes(std::span(a.header))));
      const std::string header = detail::zip_local_header(m, wide) + a.header;
      sink.write(std::as_bytes(std::span(header)));
      sink.write(a.numbers);
      at += header.size() + a.numbers.size();
      members.push_back(std::move(m));
    }
    const std::string directory = detail::zip_directory(members, at, wide);
    sink.write(std::as_bytes(std::span(directory)));
  }

  /// @throws io_error as `write_file`
  void save(const std::filesystem::path& path, bool keep_previous = false) const {
    write_file(path, [&](auto& sink) { write(sink); }, keep_previous);
  }

  /// The file as it would be written.
  [[nodiscard]] std::string bytes() const {
    detail::string_sink sink;
    write(sink);
    return std::move(sink.text);
  }

 private:
  static constexpr std::uint64_t most = std::uint64_t{1} << 62;
  struct array {
    std::string name;
    std::string header;
    std::span<const std::byte> numbers;
  };

  std::uint64_t wide_from_ = detail::zip_most32;
  std::vector<array> arrays_;
};

}  // namespace ciess
