// SPDX-License-Identifier: MIT
/// @file
/// Tensors and a few texts in one file that Python opens as well: safetensors. Files are taken for
/// hostile.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <ranges>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <ciess/core/detail/checked.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/io/detail/safetensors_header.hpp>
#include <ciess/io/tensor_type.hpp>
#include <ciess/io/write_file.hpp>

namespace ciess {

static_assert(std::endian::native == std::endian::little, "safetensors are little-endian");

/// A tensor in memory that somebody else owns: row-major, nothing between its numbers.
struct tensor_view {
  std::string name;
  tensor_type type{};
  std::vector<index_t> shape;
  std::span<const std::byte> bytes;
};

namespace detail {

/// Bytes that a shape asks for, if a file can have them.
inline std::optional<std::uint64_t> tensor_bytes(tensor_type type, std::span<const index_t> shape) {
  std::optional<std::uint64_t> bytes = tensor_type_bytes(type);
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  for (const index_t n : shape) {
    if (n < 0) return std::nullopt;
    if (bytes) bytes = product(*bytes, static_cast<std::uint64_t>(n), most);
  }
  return bytes;
}

}  // namespace detail

/// Reads a safetensors file that is in memory, or mapped; looks at its header only, and copies no
/// numbers. All that the format forbids is refused: overlaps and holes, numbers that are not as
/// many as the shape says, keys that come twice, an unknown type or field.
class safetensors_view {
 public:
  /// @param file  must outlive the view
  /// @param name  of the file, for messages
  /// @throws data_error "name: ...: expected ..., got ..." if it is not such a file
  /// O(header), whatever the numbers
  safetensors_view(std::span<const std::byte> file, std::string name) : name_{std::move(name)} {
    const auto text = header_text(file);
    detail::safetensors_header_reader header(name_);
    header.read(text.substr(0, text.find_last_not_of(' ') + 1));
    metadata_ = std::move(header.metadata);
    take(std::move(header.tensors), file.subspan(8 + text.size()));
  }

  /// Texts by their keys.
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const noexcept {
    return metadata_;
  }
  /// In the order in which they are in the file.
  [[nodiscard]] std::span<const tensor_view> tensors() const noexcept { return tensors_; }
  [[nodiscard]] bool contains(std::string_view tensor) const noexcept { return find(tensor); }

  /// @throws data_error if there is no such tensor
  [[nodiscard]] const tensor_view& at(std::string_view tensor) const {
    const auto* found = find(tensor);
    if (!found) refuse_missing(tensor);
    return *found;
  }

  /// The numbers of a tensor, row-major, without a copy.
  /// @throws data_error if there is no such tensor, or it has another type or shape, or does not
  ///         begin where numbers of that type may
  template <tensor_number T>
  [[nodiscard]] std::span<const T> numbers(std::string_view tensor,
                                           std::span<const index_t> shape) const {
    const auto& t = at(tensor);
    if (t.type != tensor_type_of<T>)
      fail(t, "expected numbers ", tensor_type_name(tensor_type_of<T>), ", got ",
           tensor_type_name(t.type));
    if (!std::ranges::equal(t.shape, shape))
      fail(t, "expected shape ", detail::shown_shape(shape), ", got ",
           detail::shown_shape(t.shape));
    if (t.bytes.empty()) return {};
    if (reinterpret_cast<std::uintptr_t>(t.bytes.data()) % alignof(T) != 0)
      fail(t, "expected to begin at a multiple of ", alignof(T), " bytes in memory");
    return {reinterpret_cast<const T*>(t.bytes.data()), t.bytes.size() / sizeof(T)};
  }

  /// @throws data_error if there is no text of that key
  [[nodiscard]] const std::string& text(std::string_view key) const {
    const auto found = metadata_.find(std::string(key));
    if (found == metadata_.end())
      detail::throw_error<data_error>(name_, ": expected a text ", detail::shown(key),
                                      " in __metadata__, got none");
    return found->second;
  }

  /// The file's name in messages.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  template <class... Parts>
  [[noreturn]] void fail(const auto& tensor, const Parts&... parts) const {
    detail::throw_error<data_error>(name_, ": tensor ", detail::shown(tensor.name), ": ", parts...);
  }

  [[nodiscard]] std::string_view header_text(std::span<const std::byte> file) const {
    const auto refuse = [&](const auto&... parts) {
      detail::throw_error<data_error>(name_, ": byte ", parts...);
    };
    if (file.size() < 8) refuse("0: expected 8 bytes of header length, got ", file.size());
    std::uint64_t length = 0;
    for (std::size_t k = 8; k-- > 0;) length = 256 * length + std::to_integer<unsigned>(file[k]);
    const auto most = std::min<std::uint64_t>(detail::safetensors_max_header, file.size() - 8);
    if (length > most)
      refuse("0: expected a header of at most ", most, " bytes, got ", length,
             ": no safetensors file, or not all of one");
    const std::string_view text(reinterpret_cast<const char*>(file.data()) + 8,
                                static_cast<std::size_t>(length));
    if (!text.starts_with('{'))
      refuse("8: expected a header that begins with '{', got ", detail::shown(text));
    const auto last = text.find_last_not_of(' ');
    if (text[last] != '}')
      refuse(8 + last, ": expected a header that ends with '}' and spaces, got ",
             detail::shown(text.substr(last)));
    return text;
  }

  [[nodiscard]] auto name_of() const noexcept {
    return [this](std::size_t k) -> std::string_view { return tensors_[k].name; };
  }

  /// Checks that the tensors fill the data, one behind the other.
  void take(std::vector<detail::safetensors_entry> entries, std::span<const std::byte> data) {
    // Not stable_sort: clang 19 warns of what libstdc++'s uses.
    for (std::size_t k = 0; k < entries.size(); ++k) entries[k].number = k;
    std::ranges::sort(entries, {}, [](const detail::safetensors_entry& e) {
      return std::tuple(e.begin, e.end, e.number);
    });
    std::uint64_t at = 0;
    tensors_.reserve(entries.size());
    for (auto& e : entries) {
      if (e.begin != at) fail(e, "expected to begin at byte ", at, " of the data, got ", e.begin);
      if (e.end < e.begin || e.end > data.size())
        fail(e, "expected to end at a byte of the data from ", e.begin, " to ", data.size(),
             ", got ", e.end);
      const auto bytes = detail::tensor_bytes(e.type, e.shape);
      const auto shape = [&] {
        return detail::shown_shape(e.shape) + " of " + std::string(tensor_type_name(e.type));
      };
      if (!bytes) fail(e, "shape ", shape(), " has more bytes than a file can have");
      if (*bytes != e.end - e.begin)
        fail(e, "expected ", *bytes, " bytes for shape ", shape(), ", got ", e.end - e.begin);
      at = e.end;
      tensors_.push_back(
          {std::move(e.name), e.type, std::move(e.shape),
           data.subspan(static_cast<std::size_t>(e.begin), static_cast<std::size_t>(*bytes))});
    }
    if (at != data.size())
      detail::throw_error<data_error>(name_, ": expected ", at,
                                      " bytes of data, as tensors have, got ", data.size());
    by_name_.resize(tensors_.size());
    std::iota(by_name_.begin(), by_name_.end(), std::size_t{0});
    std::ranges::sort(by_name_, {}, name_of());
    const auto twice = std::ranges::adjacent_find(by_name_, {}, name_of());
    if (twice != by_name_.end()) fail(tensors_[*twice], "expected every name once, got it again");
  }

  [[nodiscard]] const tensor_view* find(std::string_view tensor) const noexcept {
    const auto found = std::ranges::lower_bound(by_name_, tensor, {}, name_of());
    return found == by_name_.end() || tensors_[*found].name != tensor ? nullptr : &tensors_[*found];
  }

  [[noreturn]] void refuse_missing(std::string_view tensor) const {
    std::string there;
    for (const auto k : by_name_ | std::views::take(10))
      there += (there.empty() ? "" : ", ") + detail::shown(tensors_[k].name);
    if (by_name_.size() > 10) there += ", ...";
    detail::throw_error<data_error>(name_, ": expected a tensor ", detail::shown(tensor),
                                    ", the file has ", there.empty() ? "none" : there);
  }

  std::string name_;
  std::map<std::string, std::string> metadata_;
  std::vector<tensor_view> tensors_;
  std::vector<std::size_t> by_name_;
};

/// Collects tensors and texts, and writes them; copies no numbers, which must live until then. The
/// same input makes the same bytes.
///
/// Where tensors begin: the format has no room between them, so they are ordered. First those whose
/// length is a multiple of 64 bytes, which all begin at a multiple of 64 in the file, then the
/// others, larger numbers before smaller, so that numbers of b bytes begin at a multiple of b; else
/// as they were added.
class safetensors_writer {
 public:
  /// @throws argument_error if the key was there or one of both is not UTF-8
  void metadata(std::string key, std::string value) {
    check_text("key of metadata", key);
    check_text("metadata", value);
    if (!metadata_.emplace(key, std::move(value)).second)
      detail::throw_error<argument_error>("safetensors_writer: metadata ", detail::shown(key),
                                          " is there already");
  }

  /// @param numbers  row-major, as many as the shape says
  /// @throws argument_error if they are not, or if the name is taken or not UTF-8
  template <tensor_number T>
  void add(std::string name, std::vector<index_t> shape, std::span<const T> numbers) {
    check_text("name of a tensor", name);
    if (name == detail::safetensors_metadata || names_.contains(name))
      detail::throw_error<argument_error>("safetensors_writer: name ", detail::shown(name),
                                          " is taken");
    if (detail::tensor_bytes(tensor_type_of<T>, shape) != numbers.size_bytes())
      detail::throw_error<argument_error>("safetensors_writer: tensor ", detail::shown(name),
                                          " of shape ", detail::shown_shape(shape), " has ",
                                          numbers.size(), " numbers");
    names_.insert(name);
    tensors_.push_back(
        {std::move(name), tensor_type_of<T>, std::move(shape), std::as_bytes(numbers)});
  }
  /// The same for a vector or an array.
  template <std::ranges::contiguous_range Numbers>
    requires std::ranges::borrowed_range<Numbers> && std::ranges::sized_range<Numbers>
  void add(std::string name, std::vector<index_t> shape, Numbers&& numbers) {
    using number = std::ranges::range_value_t<Numbers>;
    add(std::move(name), std::move(shape),
        std::span<const number>(std::ranges::data(numbers), std::ranges::size(numbers)));
  }

  /// Gives the file to a sink, such as `write_file` has, piece by piece.
  /// @throws argument_error if the header would have more than 100,000,000 bytes
  template <class Sink>
  void write(Sink& sink) const {
    const auto order = ordered();
    const std::string header = header_of(order);
    sink.write(std::as_bytes(std::span(header)));
    for (const auto* t : order) sink.write(t->bytes);
  }

  /// @throws io_error as `write_file`, argument_error as `write`
  template <file_system Files = system_files>
  void save(const std::filesystem::path& path, bool keep_previous = false, Files files = {}) const {
    write_file(path, [&](auto& sink) { write(sink); }, keep_previous, std::move(files));
  }

  /// The file as it would be written.
  [[nodiscard]] std::string bytes() const {
    detail::string_sink sink;
    write(sink);
    return std::move(sink.text);
  }

 private:
  static constexpr std::size_t line = 64;

  static std::string quoted(const std::string& text) { return nlohmann::json(text).dump(); }

  static void check_text(std::string_view what, const std::string& text) {
    try {
      static_cast<void>(quoted(text));
    } catch (const nlohmann::json::type_error&) {
      detail::throw_error<argument_error>("safetensors_writer: ", what, " ", detail::shown(text),
                                          " is not UTF-8");
    }
  }

  [[nodiscard]] std::vector<const tensor_view*> ordered() const {
    std::vector<const tensor_view*> order;
    for (const auto& t : tensors_) order.push_back(&t);
    std::ranges::sort(order, {}, [](const tensor_view* t) {
      const bool whole_lines = t->bytes.size() % line == 0;
      return std::pair(whole_lines ? 0 : 16 - static_cast<int>(tensor_type_bytes(t->type)), t);
    });
    return order;
  }

  /// Length and text, so that data begin at a multiple of 64.
  [[nodiscard]] std::string header_of(const std::vector<const tensor_view*>& order) const {
    std::string text = "{";
    const auto begin = [&](const std::string& key) {
      text += (text.size() > 1 ? "," : "") + quoted(key) + ":{";
    };
    if (!metadata_.empty()) {
      begin(std::string(detail::safetensors_metadata));
      for (const auto& [key, value] : metadata_)
        text += (text.back() == '{' ? "" : ",") + quoted(key) + ":" + quoted(value);
      text += '}';
    }
    std::size_t at = 0;
    for (const auto* t : order) {
      begin(t->name);
      text += "\"dtype\":\"";
      text += tensor_type_name(t->type);
      text += "\",\"shape\":[";
      for (const index_t n : t->shape) text += (text.back() == '[' ? "" : ",") + std::to_string(n);
      text += "],\"data_offsets\":[" + std::to_string(at) + ",";
      at += t->bytes.size();
      text += std::to_string(at) + "]}";
    }
    text += '}';
    text.append((line - (8 + text.size()) % line) % line, ' ');
    if (text.size() > detail::safetensors_max_header)
      detail::throw_error<argument_error>("safetensors_writer: expected a header of at most ",
                                          detail::safetensors_max_header, " bytes, got ",
                                          text.size());
    std::string bytes;
    for (std::uint64_t n = text.size(); bytes.size() < 8; n /= 256)
      bytes += static_cast<char>(n % 256);
    return bytes + text;
  }

  std::map<std::string, std::string> metadata_;
  std::set<std::string> names_;
  std::vector<tensor_view> tensors_;
};

}  // namespace ciess
