// SPDX-License-Identifier: MIT
/// @file
/// Packed tables into a file that several processes map: with the ids of their rows, what they were
/// made of, and the layers of their model if it has some. Any program that reads safetensors reads
/// it.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/layer_view.hpp>
#include <ciess/core/number_formats.hpp>
#include <ciess/core/text.hpp>
#include <ciess/core/version.hpp>
#include <ciess/data/id_map.hpp>
#include <ciess/data/id_view.hpp>
#include <ciess/embedding/code_book.hpp>
#include <ciess/embedding/packed_row.hpp>
#include <ciess/embedding/packed_table.hpp>
#include <ciess/embedding/packed_view.hpp>
#include <ciess/io/safetensors.hpp>

namespace ciess {

/// Where tables come from.
struct packed_info {
  std::string backbone{};               ///< "lightgcn"
  double budget = 0;                    ///< share that was removed, of numbers or of bytes
  std::uint64_t seed = 0;               ///< of the search
  std::string library{ciess::version};  ///< that wrote the file; a writer writes its own
  /// Onto which final vectors were turned: "none" (their own), "principal" (a rotation: lengths and
  /// angles are as they were) or "balanced" (only products of a user and an item are); empty: not
  /// known, or not of vectors.
  std::string axes{};
  /// What products of rows are: "products" of what was given, or its "cosines"; empty: not known.
  std::string scores{};
};

namespace detail {

inline constexpr std::string_view packed_format = "ciess packed tables 1";
inline constexpr std::array<std::string_view, 3> packed_axes{"none", "principal", "balanced"};
inline constexpr std::array<std::string_view, 2> packed_scores{"products", "cosines"};

/// @returns "none, principal or balanced"
template <std::size_t N>
std::string one_of_text(const std::array<std::string_view, N>& words) {
  std::string text;
  for (std::size_t k = 0; k < N; ++k) {
    text += k == 0 ? "" : k + 1 < N ? ", " : " or ";
    text += words[k];
  }
  return text;
}

/// Of the books of a file: a column takes a thousand times its bytes once it is open.
inline constexpr std::size_t most_book_columns = 1 << 16;

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
/// for I8, U8 for `bits`, codes of `scale_value`, and so for `code_byte` if its rows are scaled.
/// For `code_byte`, `t.book.bits` (U8) and `t.book.steps` (BF16) have those of each column, see
/// `code_book`. Ids are `t.ids` (I64), or texts `t.ids.bytes` (U8) and `t.ids.ends` (U64);
/// `t.ids.order` (I32) has the rows by ascending id. A layer is a tensor of its name, F32.
/// Metadata: format, library, backbone, budget, seed, axes and scores where they are known, the
/// names of the tables with blanks between, those of the layers if there are any, of each table its
/// rows, min and max, size if all rows have one, for `bits` how many, and the octave of scales in
/// bytes.
class packed_writer {
 public:
  /// @throws argument_error if axes or scores are none of those of `packed_info`
  explicit packed_writer(const packed_info& info = {}) {
    check_word("axes", info.axes, detail::packed_axes);
    check_word("scores", info.scores, detail::packed_scores);
    writer_.metadata("format", std::string(detail::packed_format));
    writer_.metadata("library", std::string(version));
    writer_.metadata("backbone", info.backbone);
    writer_.metadata("budget", shortest_text(info.budget));
    writer_.metadata("seed", shortest_text(info.seed));
    if (!info.axes.empty()) writer_.metadata("axes", info.axes);
    if (!info.scores.empty()) writer_.metadata("scores", info.scores);
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
    const bool scaled = !parts.scales.empty() || scaled_number<N>;
    if (scaled) tensor(".scales", parts.scales);
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
    }
    if constexpr (byte_scaled<N>)
      if (scaled) writer_.metadata(name + ".octave", std::to_string(parts.octave));
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

  /// A text of the metadata beside those that tables have.
  /// @throws argument_error if the key is taken, or one of both is not UTF-8
  void add_metadata(const std::string& key, std::string text) {
    writer_.metadata(key, std::move(text));
  }
  /// Any bytes as a tensor, U8; they are copied. Whoever wants them knows their name: a
  /// `packed_file` does not look at them.
  /// @throws argument_error if the name is taken or not UTF-8
  void add_bytes(const std::string& tensor, std::string_view bytes) {
    const auto& kept = bytes_.emplace_back(
        std::make_shared<const std::vector<std::uint8_t>>(bytes.begin(), bytes.end()));
    writer_.add(tensor, {std::ssize(*kept)}, std::span(*kept));
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
  template <std::size_t N>
  static void check_word(const char* of, const std::string& word,
                         const std::array<std::string_view, N>& allowed) {
    if (!word.empty() && std::ranges::find(allowed, word) == allowed.end())
      detail::throw_error<argument_error>("packed_writer: expected ", of, " ",
                                          detail::one_of_text(allowed), " or nothing, got ",
                                          detail::shown(word));
  }
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
  /// Copied by `add_bytes`; a copy of the writer refers to the same.
  std::vector<std::shared_ptr<const std::vector<std::uint8_t>>> bytes_;
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

}  // namespace ciess
