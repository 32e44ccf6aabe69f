// SPDX-License-Identifier: MIT
/// @file
/// A click model in a file, with all that a server of it has to know: packed tables with ids,
/// layers, the network's options, what columns mean. Files are taken for hostile.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/backbone/chosen_click_network.hpp>
#include <ciess/backbone/dcn.hpp>
#include <ciess/backbone/deep_fm.hpp>
#include <ciess/backbone/dlrm.hpp>
#include <ciess/backbone/packed_click_model.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/data/click_dataset.hpp>
#include <ciess/data/click_line_reader.hpp>
#include <ciess/data/click_schema.hpp>
#include <ciess/io/packed_file.hpp>
#include <ciess/io/packed_writer.hpp>

namespace ciess {

/// Options of a click network whose kind is known at run time.
using click_network_options = chosen_click_network<float>::options;

namespace detail {

/// The tensor with the text of a schema.
inline constexpr const char* click_columns_tensor = "click.columns";

/// Options of a network as texts by their names, as they show them.
struct network_texts {
  std::map<std::string, std::string> all{};

  void same(std::string_view name, std::string_view text) { all.emplace(name, text); }
  void same(std::string_view name, std::int64_t x) { all.emplace(name, shortest_text(x)); }
  void same(std::string_view name, double x) { all.emplace(name, shortest_text(x)); }
  void same(std::string_view name, std::span<const double> list) {
    std::string text;
    for (const double x : list) text += (text.empty() ? "" : " ") + shortest_text(x);
    all.emplace(name, std::move(text));
  }
};

/// The other way. Counts and widths are limited, so that no shape that follows from them overflows.
class network_reader {
 public:
  explicit network_reader(const packed_file& file) : file_{&file} {}

  [[nodiscard]] click_network_options read() const {
    click_network_options o;
    const auto& kind = text("kind");
    const auto known = std::ranges::find(click_network_names, kind);
    if (known == click_network_names.end() || kind != file_->info().backbone)
      refuse("kind", "the kind of the tables, " + shown(file_->info().backbone));
    o.kind = parse_click_network(kind);
    switch (o.kind) {
      case click_network_kind::fm_net:
        break;  // has none
      case click_network_kind::deep_fm_net:
        read(o.for_deep_fm);
        break;
      case click_network_kind::dcn_net:
        read(o.for_dcn);
        break;
      case click_network_kind::dlrm_net:
        read(o.for_dlrm);
        break;
    }
    return o;
  }

 private:
  static constexpr index_t most_width = index_t{1} << 18;

  void read(deep_fm_network<float>::options& o) const {
    o.hidden = widths("hidden");
    o.dropout = share("dropout");
  }
  void read(dcn_network<float>::options& o) const {
    const auto& structure = text("structure");
    if (structure != "parallel" && structure != "stacked")
      refuse("structure", "parallel or stacked");
    o.structure = structure == "parallel" ? dcn_structure::parallel : dcn_structure::stacked;
    o.cross_layers = static_cast<int>(count("cross_layers", most_layers()));
    o.rank = static_cast<int>(count("rank", most_width));
    o.hidden = widths("hidden");
    o.dropout = share("dropout");
  }
  void read(dlrm_network<float>::options& o) const {
    o.bottom = widths("bottom");
    o.bottom_relu = count("bottom_relu", 1) == 1;
    o.hidden = widths("hidden");
    o.dropout = share("dropout");
  }

  [[nodiscard]] const std::string& text(const std::string& name) const {
    return file_->tensors().text("network." + name);
  }
  [[nodiscard]] index_t most_layers() const { return std::ssize(file_->layers()); }

  [[noreturn]] void refuse(const std::string& name, const std::string& expected) const {
    throw_error<data_error>(file_->tensors().name(), ": expected ", expected, " as ",
                            shown("network." + name), ", got ", shown(text(name)));
  }
  [[nodiscard]] index_t count(const std::string& name, index_t most) const {
    const auto n = parse_number<index_t>(text(name));
    if (!n || *n < 0 || *n > most) refuse(name, joined("a number from 0 to ", most));
    return *n;
  }
  [[nodiscard]] double share(const std::string& name) const {
    const auto x = parse_number<double>(text(name));
    if (!x || !(*x >= 0 && *x < 1)) refuse(name, "a share below 1");
    return *x;
  }
  [[nodiscard]] std::vector<index_t> widths(const std::string& name) const {
    std::vector<index_t> all;
    for (std::string_view rest = text(name); !rest.empty();) {
      const auto end = std::min(rest.find(' '), rest.size());
      // Written as any number, 100000 is 1e+05.
      const auto n = parse_number<double>(rest.substr(0, end));
      if (!n || !(*n >= 1) || *n > static_cast<double>(most_width) || *n != std::floor(*n) ||
          std::ssize(all) == most_layers() || end + 1 == rest.size())
        refuse(name, joined("at most ", most_layers(), " numbers from 1 to ", most_width,
                            " with blanks between"));
      all.push_back(static_cast<index_t>(*n));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return all;
  }

  const packed_file* file_;
};

}  // namespace detail

/// Adds what `click_file` needs beside tables and layers: the options of the network as metadata
/// whose names begin with "network.", and a tensor "click.columns" (U8) with the text of the schema
/// (`click_schema_text`). Tables must be added in the order of the fields, then perhaps "features".
/// @throws argument_error as `click_schema::check`, or if the file has been described before
inline void describe_click_model(packed_writer& file, const click_schema& schema,
                                 const click_network_options& network) {
  schema.check("describe_click_model");
  detail::network_texts texts;
  network.visit(texts);
  for (auto& [name, text] : texts.all) file.add_metadata("network." + name, std::move(text));
  file.add_bytes(detail::click_columns_tensor, click_schema_text(schema));
}

/// Whether a file says that its tables are those of a click model.
[[nodiscard]] inline bool is_click_model(const packed_info& info) noexcept {
  return std::ranges::find(click_network_names, info.backbone) != click_network_names.end();
}

/// A click model that `save_click_model` wrote, mapped. All that is in the file is checked when it
/// is opened.
class click_file {
 public:
  /// @throws io_error as `mapped_file`; data_error naming the file and what is wrong with it
  explicit click_file(const std::filesystem::path& path) : click_file(packed_file(path)) {}
  /// The same of one that is open.  O(bytes)
  explicit click_file(packed_file file)
      : file_{std::move(file)}, schema_{schema_of(file_)}, model_{model_of(file_, schema_)} {}

  [[nodiscard]] const packed_file& file() const noexcept { return file_; }
  [[nodiscard]] const click_schema& schema() const noexcept { return schema_; }
  [[nodiscard]] const packed_click_model& model() const noexcept { return model_; }

  /// A reader of lines for this model, which must live as long.
  /// @param schema  that of the file, perhaps with another delimiter or quote
  /// @param name    of the lines, for messages
  [[nodiscard]] click_line_reader reader(click_schema schema, std::string name) const {
    std::vector<id_view> ids;
    for (std::size_t k = 0; k < schema_.fields(); ++k) ids.push_back(*file_.ids(file_.names()[k]));
    return click_line_reader(std::move(schema), std::move(ids), std::move(name));
  }
  [[nodiscard]] click_line_reader reader(std::string name) const {
    return reader(schema_, std::move(name));
  }
  /// An empty batch for lines of such a reader.
  [[nodiscard]] click_batch batch() const { return {schema_.fields(), schema_.features()}; }

 private:
  template <class... Parts>
  [[noreturn]] static void fail(const packed_file& file, const Parts&... parts) {
    detail::throw_error<data_error>(file.tensors().name(), ": ", parts...);
  }

  static click_schema schema_of(const packed_file& file) {
    if (!is_click_model(file.info()))
      fail(file, "expected tables of a click model, fm, deepfm, dcn or dlrm, got those of ",
           detail::shown(file.info().backbone));
    const char* const tensor = detail::click_columns_tensor;
    if (!file.tensors().contains(tensor))
      fail(file, "it does not say what its columns mean (tensor ", tensor,
           "), as files of an earlier version do not: expected one that search_sizes writes now");
    const auto length = static_cast<index_t>(file.tensors().at(tensor).bytes.size());
    const auto bytes = file.tensors().numbers<std::uint8_t>(tensor, std::span(&length, 1));
    const std::string text(bytes.begin(), bytes.end());
    return parse_click_schema(text, file.tensors().name() + ": " + tensor);
  }

  static packed_click_model model_of(const packed_file& file, const click_schema& schema) {
    file.check();
    packed_click_parts parts;
    parts.network = detail::network_reader(file).read();
    const auto& names = file.names();
    for (const click_column& c : schema.columns) {
      if (c.use == column_use::standardised) {
        parts.features.push_back(c.name);
        continue;
      }
      const std::size_t k = parts.fields.size();
      if (k == names.size())
        fail(file, "expected a table for each of ", schema.fields(), " fields, got ", k);
      const auto& ids = file.ids(names[k]);
      if (!ids || ids->size() == 0 || ids->numeric() || ids->bytes(0) != rare_name)
        fail(file, "table ", detail::shown(names[k]), ": expected ids, the first ",
             detail::shown(rare_name), ", got ",
             ids && ids->size() > 0 ? detail::shown(ids->text(0)) : std::string("none"));
      parts.fields.push_back(
          {.name = names[k], .rows = ids->size(), .pooled = c.use == column_use::pooled});
    }
    for (const std::string& name : names) parts.tables.push_back(file.view(name));
    parts.layers = file.layers();
    try {
      return packed_click_model(std::move(parts));
    } catch (const error& e) {
      fail(file, e.what());
    }
  }

  packed_file file_;
  click_schema schema_;
  packed_click_model model_;
};

}  // namespace ciess
