// SPDX-License-Identifier: MIT
/// @file
/// Packed tables of a file that `packed_writer` wrote and that several processes map; files are
/// taken for hostile.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/layer_view.hpp>
#include <ciess/core/size_range.hpp>
#include <ciess/core/text.hpp>
#include <ciess/data/id_view.hpp>
#include <ciess/embedding/any_packed_view.hpp>
#include <ciess/embedding/code_book.hpp>
#include <ciess/embedding/packed_row.hpp>
#include <ciess/embedding/packed_view.hpp>
#include <ciess/io/mapped_file.hpp>
#include <ciess/io/packed_writer.hpp>
#include <ciess/io/safetensors.hpp>

namespace ciess {

namespace detail {

/// What a format is called in messages.
template <packed_number N>
inline constexpr std::string_view packed_name = tensor_type_name(ciess::tensor_type_of<N>);
template <>
inline constexpr std::string_view packed_name<bits<4>> = "of 4 bits";
template <>
inline constexpr std::string_view packed_name<bits<3>> = "of 3 bits";
template <>
inline constexpr std::string_view packed_name<bits<2>> = "of 2 bits";
template <>
inline constexpr std::string_view packed_name<code_byte> = "of bits by columns";

}  // namespace detail

/// Tables and layers of a file that `packed_writer` wrote. Opening costs the same for any number of
/// rows. What a file says of itself is checked at once, and what it says of a row when the row is
/// read, as `packed_view` and `id_view` do; `check` looks at everything. Views stay valid as long
/// as the file, and when it is moved.
class packed_file {
 public:
  /// Maps a file.
  /// @throws io_error as `mapped_file`, data_error if it is not such a file
  explicit packed_file(const std::filesystem::path& path, page_access how = page_access::random)
      : packed_file(mapped_file(path, how), {}, path.string()) {}

  /// A file that is in memory.
  /// @param bytes  must outlive this
  /// @param name   for messages
  /// @throws data_error if it is not such a file
  packed_file(std::span<const std::byte> bytes, std::string name)
      : packed_file(mapped_file(), bytes, std::move(name)) {}

  [[nodiscard]] const packed_info& info() const noexcept { return info_; }
  /// In the order in which they were added.
  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }
  /// All that is in the file.
  [[nodiscard]] const safetensors_view& tensors() const noexcept { return file_; }

  [[nodiscard]] bool contains(std::string_view table) const noexcept {
    return tables_.contains(table);
  }
  /// Calls `use(packed_view<N>)` with the type N that the table has, and returns what it returns.
  /// @throws data_error if there is no such table
  template <class Use>
  decltype(auto) visit(std::string_view table, Use&& use) const {
    return std::visit(std::forward<Use>(use), at(table).view);
  }
  /// The type of a table's numbers.
  /// @throws data_error if there is no such table
  [[nodiscard]] tensor_type type(std::string_view table) const {
    return visit(table, []<class N>(const packed_view<N>&) { return tensor_type_of<N>; });
  }
  /// @throws data_error if there is no such table, or if its numbers have another type
  template <packed_number N>
  [[nodiscard]] const packed_view<N>& table(std::string_view name) const {
    const auto& found = at(name);
    if (const auto* view = std::get_if<packed_view<N>>(&found.view)) return *view;
    detail::throw_error<data_error>(
        file_.name(), ": table ", detail::shown(name), ": expected numbers ",
        detail::packed_name<N>, ", got ",
        visit(name, []<class M>(const packed_view<M>&) { return detail::packed_name<M>; }));
  }
  /// The ids of a table's rows, if the file has them.
  /// @throws data_error if there is no such table
  [[nodiscard]] const std::optional<id_view>& ids(std::string_view table) const {
    return at(table).ids;
  }
  /// A table whatever its numbers are.
  /// @throws data_error if there is no such table
  [[nodiscard]] const any_packed_view& view(std::string_view table) const { return at(table).view; }
  /// What the model has beside its tables, in the order in which it was added; of most none.
  /// Numbers are finite once `check` has found nothing wrong.
  [[nodiscard]] const std::vector<layer_view>& layers() const noexcept { return layers_; }

  /// Whether all that the file says of any row holds.  O(bytes)
  /// @throws data_error naming the table and the first row, or the layer, where that is not so
  void check() const {
    for (const auto& [name, found] : tables_)
      naming("table", name, [&, &t = found] {
        std::visit([](const auto& view) { check_table(view); }, t.view);
        if (t.ids) t.ids->check();
      });
    for (const auto& layer : layers_)
      for (std::size_t k = 0; k < layer.numbers.size(); ++k)
        if (!std::isfinite(layer.numbers[k]))
          detail::throw_error<data_error>(file_.name(), ": layer ", detail::shown(layer.name),
                                          ": number ", k, " is ", layer.numbers[k]);
  }

 private:
  struct entry {
    any_packed_view view{};
    std::unique_ptr<const code_book> book{};  ///< the view refers to it
    std::optional<id_view> ids{};
  };

  packed_file(mapped_file mapped, std::span<const std::byte> bytes, std::string name)
      : mapped_{std::move(mapped)},
        file_{mapped_.bytes().empty() ? bytes : mapped_.bytes(), std::move(name)} {
    if (const auto& format = file_.text("format"); format != detail::packed_format)
      detail::throw_error<data_error>(file_.name(), ": expected the format '",
                                      detail::packed_format, "', got ", detail::shown(format));
    info_ = {file_.text("backbone"),
             number<double>("budget"),
             number<std::uint64_t>("seed"),
             file_.text("library"),
             word("axes", detail::packed_axes),
             word("scores", detail::packed_scores)};
    for_each_name(file_.text("tables"), [this](const std::string& table) { add(table); });
    if (file_.metadata().contains("layers"))
      for_each_name(file_.text("layers"), [this](const std::string& layer) { add_layer(layer); });
  }

  /// One of some words; empty if the file does not say it, as earlier ones do not.
  template <std::size_t N>
  [[nodiscard]] std::string word(const std::string& key,
                                 const std::array<std::string_view, N>& allowed) const {
    if (!file_.metadata().contains(key)) return {};
    const std::string& text = file_.text(key);
    if (std::ranges::find(allowed, text) == allowed.end())
      detail::throw_error<data_error>(file_.name(), ": expected ", detail::one_of_text(allowed),
                                      " as ", detail::shown(key), ", got ", detail::shown(text));
    return text;
  }

  /// Calls `use(name)` for names with blanks between.
  template <class Use>
  static void for_each_name(std::string_view names, Use&& use) {
    while (!names.empty()) {
      const auto end = std::min(names.find(' '), names.size());
      use(std::string(names.substr(0, end)));
      names.remove_prefix(std::min(end + 1, names.size()));
    }
  }

  void add_layer(const std::string& name) {
    if (!layer_names_.insert(name).second)
      detail::throw_error<data_error>(file_.name(), ": expected every layer once, got ",
                                      detail::shown(name), " again");
    naming("layer", name, [&] {
      const auto& shape = file_.at(name).shape;
      layers_.push_back({name, shape, file_.numbers<float>(name, shape)});
    });
  }

  void add(const std::string& name) {
    if (contains(name))
      detail::throw_error<data_error>(file_.name(), ": expected every table once, got ",
                                      detail::shown(name), " again");
    naming("table", name, [&] {
      const auto type = file_.at(name + ".values").type;
      entry t{.ids = ids_of(name)};
      if (!read<float>(t, name, type) && !read<bfloat16>(t, name, type) &&
          !read<float16>(t, name, type) && !read<std::int8_t>(t, name, type) &&
          !read<bits<4>>(t, name, type) && !read<bits<3>>(t, name, type) &&
          !read<bits<2>>(t, name, type) && !read<code_byte>(t, name, type))
        refuse(name, type);
      tables_.emplace(name, std::move(t));
    });
    names_.push_back(name);
  }

  [[noreturn]] void refuse(const std::string& name, tensor_type type) const {
    if (type == tensor_type::u8)
      detail::throw_error<data_error>("expected numbers of 4, 3 or 2 bits, or with a book, got ",
                                      detail::shown(file_.text(name + ".bits")));
    detail::throw_error<data_error>("expected numbers F32, BF16, F16, I8 or U8, got ",
                                    tensor_type_name(type));
  }

  template <packed_number N>
  bool read(entry& t, const std::string& name, tensor_type type) {
    if (type != tensor_type_of<N>) return false;
    if constexpr (tensor_type_of<N> == tensor_type::u8)
      if (file_.contains(name + ".book.bits") != booked_number<N>) return false;
    if constexpr (is_bits<N>)
      if (number<int>(name + ".bits") != N::width) return false;
    const auto rows = number<index_t>(name + ".rows");
    const size_range range{number<int>(name + ".min"), number<int>(name + ".max")};
    packed_parts<N> parts;
    parts.values = list<N>(name + ".values");
    int most = range.max;  // NOLINT(misc-const-correctness): of what sizes count
    if constexpr (booked_number<N>) {
      const auto bits = list<std::uint8_t>(name + ".book.bits");
      book_columns_ += bits.size();
      if (book_columns_ > detail::most_book_columns)
        detail::throw_error<data_error>("the books of all tables have more than ",
                                        detail::most_book_columns, " columns");
      t.book = std::make_unique<const code_book>(bits, list<bfloat16>(name + ".book.steps"));
      parts.book = t.book.get();
      most = static_cast<int>(t.book->bytes());
    }
    if (file_.metadata().contains(name + ".size")) parts.size = number<int>(name + ".size");
    if (parts.size == 0) {
      if (most > 256)
        parts.wide = list<std::uint16_t>(name + ".codes");
      else
        parts.narrow = list<std::uint8_t>(name + ".codes");
      parts.starts = list<std::uint64_t>(name + ".starts");
    }
    if constexpr (is_bits<N>) {
      if (file_.at(name + ".scales").type == tensor_type::bf16)
        detail::throw_error<data_error>(
            "its scales are BF16, as an earlier version of the library "
            "wrote them: write the file anew");
      parts.octave = number<int>(name + ".octave");
    }
    const bool scaled = scaled_number<N> || (booked_number<N> && file_.contains(name + ".scales"));
    if constexpr (scaled_number<N> || booked_number<N>)
      if (scaled) parts.scales = list<scale_of<N>>(name + ".scales");
    if constexpr (booked_number<N>)
      if (scaled) {
        parts.octave = number<int>(name + ".octave");
        if (std::ssize(parts.scales) != rows)  // a view takes none for a table without
          detail::throw_error<data_error>("expected scales of ", rows, " rows, got ",
                                          parts.scales.size());
      }
    t.view = packed_view<N>(rows, range, parts);
    if (t.ids && t.ids->size() != rows)
      detail::throw_error<data_error>("expected ids of ", rows, " rows, got ", t.ids->size());
    return true;
  }

  [[nodiscard]] std::optional<id_view> ids_of(const std::string& name) const {
    id_parts parts;
    parts.numeric = file_.contains(name + ".ids");
    if (!parts.numeric && !file_.contains(name + ".ids.ends")) return std::nullopt;
    if (parts.numeric) {
      parts.numbers = list<std::int64_t>(name + ".ids");
    } else {
      parts.bytes = list<std::byte>(name + ".ids.bytes");
      parts.ends = list<std::uint64_t>(name + ".ids.ends");
    }
    parts.order = list<row_id>(name + ".ids.order");
    return id_view(parts);
  }

  template <class T>
  [[nodiscard]] std::span<const T> list(const std::string& tensor) const {
    const index_t length = static_cast<index_t>(file_.at(tensor).bytes.size() / sizeof(T));
    return file_.numbers<T>(tensor, std::span(&length, 1));
  }

  template <class T>
  [[nodiscard]] T number(const std::string& key) const {
    const std::string& text = file_.text(key);
    const auto value = parse_number<T>(text);
    if (!value)
      detail::throw_error<data_error>(file_.name(), ": expected a number as ", detail::shown(key),
                                      ", got ", detail::shown(text));
    return *value;
  }

  template <packed_number N>
  static void check_table(const packed_view<N>& view) {
    view.check();
    const auto unused = [&](const auto& codes) {
      for (auto k = static_cast<std::size_t>(view.rows()); k < codes.size(); ++k)
        if (codes[k] != 0)
          detail::throw_error<data_error>("expected zeros behind the ", view.rows(),
                                          " codes of rows, got ", int{codes[k]});
    };
    unused(view.parts().narrow);
    unused(view.parts().wide);
  }

  /// Does `work`; what it finds wrong gets the names of the file, and of a table or layer.
  template <class Work>
  void naming(const char* kind, const std::string& called, Work&& work) const {
    const auto rethrow = [&](std::string_view what) {
      const std::string before = file_.name() + ": ";
      if (what.starts_with(before)) what.remove_prefix(before.size());
      detail::throw_error<data_error>(before, kind, " ", detail::shown(called), ": ", what);
    };
    try {
      work();
    } catch (const data_error& e) {
      rethrow(e.what());
    } catch (const argument_error& e) {  // of a view, to which rows and range are arguments
      rethrow(e.what());
    }
  }

  [[nodiscard]] const entry& at(std::string_view table) const {
    if (const auto found = tables_.find(table); found != tables_.end()) return found->second;
    detail::throw_error<data_error>(file_.name(), ": expected a table ", detail::shown(table),
                                    ", the file has ", detail::shown(file_.text("tables")));
  }

  mapped_file mapped_;
  safetensors_view file_;
  packed_info info_;
  std::vector<std::string> names_;
  std::size_t book_columns_ = 0;  ///< of all tables
  std::map<std::string, entry, std::less<>> tables_;
  std::vector<layer_view> layers_;
  std::set<std::string> layer_names_;
};

}  // namespace ciess
