// SPDX-License-Identifier: MIT
/// @file
/// Packed tables in a file that several processes map: with the ids of their rows, what they were
/// made of, and the layers of their model if it has some. Any program that reads safetensors reads
/// it; files are taken for hostile.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
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
#include <ciess/core/version.hpp>
#include <ciess/data/id_map.hpp>
#include <ciess/data/id_view.hpp>
#include <ciess/embedding/any_packed_view.hpp>
#include <ciess/embedding/code_book.hpp>
#include <ciess/embedding/packed_row.hpp>
#include <ciess/embedding/packed_table.hpp>
#include <ciess/embedding/packed_view.hpp>
#include <ciess/io/mapped_file.hpp>
#include <ciess/io/safetensors.hpp>

namespace ciess {

/// Where tables come from.
struct packed_info {
  std::string backbone{};               ///< "lightgcn"
  double budget = 0;                    ///< share that was removed, of numbers or of bytes
  std::uint64_t seed = 0;               ///< of the search
  std::string library{ciess::version};  ///< that wrote the file; a writer writes its own
};

namespace detail {

inline constexpr std::string_view packed_format = "ciess packed tables 1";

/// Of the books of a file: a column takes a thousand times its bytes once it is open.
inline constexpr std::size_t most_book_columns = 1 << 16;

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

/// Collects packed tables and writes them into one file; copies no numbers, which must live until
/// then. The same input makes the same bytes.
///
/// The file: safetensors. For a table called `t`, `t.values` has the numbers of all rows, row after
/// row, F32, BF16, F16, I8, or U8 for `bits` and `code_byte`, each row from a byte of its own. If
/// rows differ in size, `t.codes` has the sizes less one (of `code_byte` the bytes less one), U8 up
/// to 256, else U16, with zeros up to a
/// multiple of 64, and `t.starts` (U64) where every 64th row begins, and the number of values; if
/// not, the metadata say the one size. `t.scales`: what each row's numbers are multiplied by, F32
/// for I8, U8 for `bits`, codes of `scale_value`. For `code_byte`, `t.book.bits` (U8) and
/// `t.book.steps` (BF16) have those of each column, see `code_book`. Ids are `t.ids` (I64), or
/// texts `t.ids.bytes` (U8) and `t.ids.ends` (U64); `t.ids.order` (I32) has the rows by ascending
/// id. A layer is a tensor of its name, F32. Metadata: format, library, backbone, budget, seed, the
/// names of the tables with blanks between, those of the layers if there are any, of each table its
/// rows, min and max, size if all rows have one, and for `bits` how many and the octave of their
/// scales.
class packed_writer {
 public:
  explicit packed_writer(const packed_info& info = {}) {
    writer_.metadata("format", std::string(detail::packed_format));
    writer_.metadata("library", std::string(version));
    writer_.metadata("backbone", info.backbone);
    writer_.metadata("budget", shortest_text(info.budget));
    writer_.metadata("seed", shortest_text(info.seed));
  }

  /// @param name  of letters, digits, '-' and '_'
  /// @param ids   of the rows, if they have some; must live until the file is written
  /// @throws argument_error if the name is not one or is taken, there are not as many ids as rows,
  ///         or books have more than 65,536 columns in all
  template <packed_number N>
  void add(const std::string& name, const packed_view<N>& table, const id_map* ids = nullptr) {
    check_name(name);
    if (ids && ids->size() != table.rows())
      detail::throw_error<argument_error>("packed_writer: table ", detail::shown(name), " has ",
                                          table.rows(), " rows and ", ids->size(), " ids");
    if constexpr (booked_number<N>)
      if (!table.parts().book)
        detail::throw_error<argument_error>("packed_writer: table ", detail::shown(name),
                                            " has no book");
    if constexpr (booked_number<N>) {
      const std::size_t all = book_columns_ + table.parts().book->bits().size();
      if (all > detail::most_book_columns)
        detail::throw_error<argument_error>("packed_writer: the books of all tables have ", all,
                                            " columns, expected at most ",
                                            detail::most_book_columns);
      book_columns_ = all;
    }
    const auto tensor = [&]<class T>(const char* part, std::span<const T> numbers) {
      writer_.add(name + part, {std::ssize(numbers)}, numbers);
    };
    const auto& parts = table.parts();
    tensor(".values", parts.values);
    if (parts.size == 0) {
      parts.wide.empty() ? tensor(".codes", parts.narrow) : tensor(".codes", parts.wide);
      tensor(".starts", parts.starts);
    }
    if constexpr (scaled_number<N>) tensor(".scales", parts.scales);
    if constexpr (booked_number<N>) {
      tensor(".book.bits", parts.book->bits());
      tensor(".book.steps", parts.book->steps());
    }
    if (ids) {
      const id_parts all = ids->view().parts();
      if (all.numeric) {
        tensor(".ids", all.numbers);
      } else {
        tensor(".ids.bytes", all.bytes);
        tensor(".ids.ends", all.ends);
      }
      tensor(".ids.order", all.order);
    }
    writer_.metadata(name + ".rows", std::to_string(table.rows()));
    writer_.metadata(name + ".min", std::to_string(table.range().min));
    writer_.metadata(name + ".max", std::to_string(table.range().max));
    if (parts.size != 0) writer_.metadata(name + ".size", std::to_string(parts.size));
    if constexpr (is_bits<N>) {
      writer_.metadata(name + ".bits", std::to_string(N::width));
      writer_.metadata(name + ".octave", std::to_string(parts.octave));
    }
    names_ += (names_.empty() ? "" : " ") + name;
  }
  template <packed_number N>
  void add(const std::string& name, const packed_table<N>& table, const id_map* ids = nullptr) {
    add(name, table.view(), ids);
  }
  template <packed_number N>
  void add(const std::string& name, packed_table<N>&&, const id_map* = nullptr) = delete;

  /// What the model has beside its tables.
  /// @throws argument_error if the name is not one or is taken, or there are not as many numbers as
  ///         the shape says; numeric_error if one is not finite
  void add(const layer_view& layer) {
    check_name(layer.name);
    for (std::size_t k = 0; k < layer.numbers.size(); ++k)
      if (!std::isfinite(layer.numbers[k]))
        detail::throw_error<numeric_error>("packed_writer: layer ", detail::shown(layer.name),
                                           ": number ", k, " is ", layer.numbers[k]);
    writer_.add(layer.name, layer.shape, layer.numbers);
    layers_ += (layers_.empty() ? "" : " ") + layer.name;
  }

  /// Gives the file to a sink, such as `write_file` has, piece by piece.
  template <class Sink>
  void write(Sink& sink) const {
    finished().write(sink);
  }
  /// @throws io_error as `write_file`
  void save(const std::filesystem::path& path, bool keep_previous = false) const {
    finished().save(path, keep_previous);
  }
  /// The file as it would be written.
  [[nodiscard]] std::string bytes() const { return finished().bytes(); }

 private:
  static void check_name(const std::string& name) {
    constexpr std::string_view allowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    if (name.empty() || name.find_first_not_of(allowed) != name.npos)
      detail::throw_error<argument_error>(
          "packed_writer: expected a name of letters, digits, '-' and '_', got ",
          detail::shown(name));
  }
  [[nodiscard]] safetensors_writer finished() const {
    auto writer = writer_;
    writer.metadata("tables", names_);
    if (!layers_.empty()) writer.metadata("layers", layers_);
    return writer;
  }

  safetensors_writer writer_;
  std::string names_, layers_;
  std::size_t book_columns_ = 0;  ///< of all tables
};

/// A table with its name, for `save_packed`.
template <packed_number N>
struct named_table {
  std::string name;
  packed_view<N> table;
  const id_map* ids = nullptr;
};
template <packed_number N>
named_table(std::string, packed_view<N>) -> named_table<N>;
template <packed_number N>
named_table(std::string, packed_view<N>, const id_map*) -> named_table<N>;
template <packed_number N>
named_table(std::string, const packed_table<N>&) -> named_table<N>;
template <packed_number N>
named_table(std::string, const packed_table<N>&, const id_map*) -> named_table<N>;

/// Writes tables into one file: `save_packed(path, info, named_table{"users", users, &ids}, ...)`.
/// @throws argument_error as `packed_writer`, io_error as `write_file`
/// No memory to speak of: numbers go from where they are to the system.
template <packed_number... N>
void save_packed(const std::filesystem::path& path, const packed_info& info,
                 const named_table<N>&... tables) {
  packed_writer writer(info);
  (writer.add(tables.name, tables.table, tables.ids), ...);
  writer.save(path);
}

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
    info_ = {file_.text("backbone"), number<double>("budget"), number<std::uint64_t>("seed"),
             file_.text("library")};
    for_each_name(file_.text("tables"), [this](const std::string& table) { add(table); });
    if (file_.metadata().contains("layers"))
      for_each_name(file_.text("layers"), [this](const std::string& layer) { add_layer(layer); });
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
    if constexpr (scaled_number<N>) parts.scales = list<scale_of<N>>(name + ".scales");
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
