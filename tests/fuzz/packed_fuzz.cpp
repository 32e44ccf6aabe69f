// SPDX-License-Identifier: MIT
// Packed tables: io/packed_file.hpp, and what reads rows of them before anybody has checked.
#include <ciess/io/packed_file.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/data/interactions.hpp>
#include <ciess/ranking/packed_neumf.hpp>
#include <ciess/ranking/rank_packed.hpp>

#include "fuzz/target.hpp"

namespace {

using ciess::index_t;
using ciess::row_id;
using fuzz::require;

/// All that one can ask of a view whose parts may be wrong.
template <class View>
void use(const View& view) {
  if (view.columns() > 2048) return;  // a dense row would be most of the work
  std::vector<row_id> all;
  for (index_t r = view.rows(); r-- > 0;) all.push_back(static_cast<row_id>(r));
  for (const row_id r : all) fuzz::attempt([&] { static_cast<void>(view[r].dot(view[r])); });
  ciess::matrix out(view.rows(), view.columns());
  fuzz::attempt([&] { view.gather(all, out); });
  fuzz::attempt([&] { static_cast<void>(view.by_size()); });
  fuzz::attempt([&] { static_cast<void>(view.unpack()); });
  std::ranges::reverse(all);
  fuzz::attempt([&] {
    const ciess::interactions seen(view.rows(), view.rows(), {});
    ciess::rank_packed(view, view, seen, all, 3, [](index_t, auto best) {
      for (const auto& one : best) require(!std::isnan(one.score), "scores are numbers");
    });
  });
}

/// All that must hold once `check` has found nothing wrong.
template <class View>
void use_checked(const View& view) {
  index_t kept = 0;
  for (index_t r = 0; r < view.rows(); ++r) {
    const auto row = view[r];
    require(view.range().contains(static_cast<int>(row.size())), "sizes are in the range");
    for (index_t c = 0; c < row.size(); ++c) require(std::isfinite(row[c]), "numbers are finite");
    kept += row.size();
  }
  require(kept == view.total(), "rows keep all numbers");
  if (view.columns() > 2048) return;
  const auto dense = view.dense();
  require(dense.rows() == view.rows() && dense.allFinite(), "a dense table can be made");
  require(view.unpack().row_sizes() == view.row_sizes(), "a table can be unpacked");
}

std::optional<ciess::id_map> ids_of(const ciess::packed_file& file, const std::string& table) {
  const auto& ids = file.ids(table);
  if (!ids) return std::nullopt;
  std::vector<std::string> texts;
  std::vector<std::int64_t> numbers;
  for (row_id r = 0; r < ids->size(); ++r) {
    require(ids->find(ids->text(r)) == r, "a row is found by its id");
    ids->numeric() ? numbers.push_back(ids->number(r)) : texts.push_back(ids->text(r));
  }
  return ids->numeric() ? ciess::id_map(numbers) : ciess::id_map(texts);
}

/// Writes a file again that has been checked; nothing if a name could not be written.
void write_again(const ciess::packed_file& file) {
  std::vector<std::optional<ciess::id_map>> ids;
  for (const auto& name : file.names()) ids.push_back(ids_of(file, name));
  ciess::packed_writer writer(file.info());
  for (std::size_t t = 0; t < ids.size(); ++t) {
    const auto& name = file.names()[t];
    if (!fuzz::attempt([&] {
          file.visit(name,
                     [&](const auto& v) { writer.add(name, v, ids[t] ? &*ids[t] : nullptr); });
        }))
      return;
  }
  for (const auto& layer : file.layers())
    if (!fuzz::attempt([&] { writer.add(layer); })) return;
  const std::string bytes = writer.bytes();
  const auto memory = fuzz::as_mapped(bytes);
  const ciess::packed_file again(memory, "again");
  again.check();
  require(again.names() == file.names(), "names come back from a file");
  require(std::ranges::equal(again.layers(), file.layers(),
                             [](const ciess::layer_view& a, const ciess::layer_view& b) {
                               return a.name == b.name && a.shape == b.shape &&
                                      std::ranges::equal(a.numbers, b.numbers);
                             }),
          "layers come back from a file");
  for (const auto& name : file.names())
    file.visit(name, [&]<class N>(const ciess::packed_view<N>& v) {
      const auto& w = again.table<N>(name);
      require(w.range() == v.range() && w.rows() == v.rows() && w.parts().size == v.parts().size &&
                  std::ranges::equal(std::as_bytes(w.parts().values),
                                     std::as_bytes(v.parts().values)) &&
                  w.row_sizes() == v.row_sizes(),
              "tables come back from a file");
      if constexpr (ciess::booked_number<N>)
        require(std::ranges::equal(w.parts().book->bits(), v.parts().book->bits()) &&
                    std::ranges::equal(w.parts().book->steps(), v.parts().book->steps()),
                "books come back from a file");
    });
}

/// A server of NeuMF on whatever the file has; finite layers give lists, or a number that is none.
void serve(const ciess::packed_file& file) {
  const auto& names = file.names();
  if (names.size() < 4 || file.layers().empty()) return;
  for (std::size_t t = 0; t < 4; ++t)
    if (file.visit(names[t], [](const auto& v) { return v.columns() > 2048 || v.rows() > 4096; }))
      return;
  fuzz::attempt([&] {
    const ciess::packed_neumf server(
        {file.view(names[0]), file.view(names[1]), file.view(names[2]), file.view(names[3])},
        file.layers());
    std::vector<row_id> who;
    for (index_t u = server.users(); u-- > 0;) who.push_back(static_cast<row_id>(u));
    server.rank(who, {}, 3, [&](index_t, auto best) {
      require(std::ssize(best) <= std::min<index_t>(3, server.items()), "lists are no longer");
      for (const auto& one : best) require(!std::isnan(one.score), "scores are numbers");
    });
  });
}

bool feed(std::string_view input) {
  const auto memory = fuzz::as_mapped(input);
  const auto file = fuzz::accepted([&] { return ciess::packed_file(memory, "input"); });
  if (!file) return false;
  for (const auto& name : file->names()) {
    file->visit(name, [](const auto& view) { use(view); });
    if (const auto& ids = file->ids(name)) {
      for (row_id r = 0; r < ids->size(); ++r)
        fuzz::attempt([&] { static_cast<void>(ids->find(ids->text(r))); });
      fuzz::attempt([&] { static_cast<void>(ids->find("7")); });
    }
  }
  serve(*file);
  if (!fuzz::attempt([&] { file->check(); })) return true;
  for (const auto& layer : file->layers())
    for (const float x : layer.numbers) require(std::isfinite(x), "layers are finite");
  for (const auto& name : file->names())
    file->visit(name, [](const auto& view) { use_checked(view); });
  write_again(*file);
  return true;
}

template <class N>
std::string one_table(std::vector<int> kept, ciess::size_range range, const ciess::id_map* ids) {
  const ciess::sizes sizes(kept, range);
  ciess::matrix numbers(sizes.rows(), range.max);
  for (index_t k = 0; k < numbers.size(); ++k)
    numbers.data()[k] = 0.25F * static_cast<float>(k - 3);
  const auto table = ciess::pack<N>(ciess::masked_table(sizes, std::move(numbers)));
  ciess::packed_writer w;
  w.add("t", table, ids);
  return w.bytes();
}

/// Rows of so many bytes, of columns with 8, 4 and 4, and 1 x 8 bits.
std::string own_bits(const std::vector<int>& bytes,
                     ciess::scaled_rows scales = ciess::scaled_rows::no) {
  const std::vector<std::uint8_t> bits{8, 4, 4, 1, 1, 1, 1, 1, 1, 1, 1};
  const std::vector<ciess::bfloat16> steps(bits.size(), ciess::to_bfloat16(0.5F));
  const std::vector<float> row(bits.size(), 1.5F);
  const ciess::packed_table<ciess::code_byte> table(
      ciess::sizes(bytes, {1, 3}), [&](index_t) { return std::span<const float>(row); },
      ciess::code_book(bits, steps), scales);
  ciess::packed_writer w;
  w.add("t", table);
  return w.bytes();
}

/// Two users and three items of NeuMF, d = 2.
std::string neumf() {
  const auto table = [](index_t rows, std::vector<int> kept) {
    ciess::matrix numbers(rows, 2);
    for (index_t k = 0; k < numbers.size(); ++k)
      numbers.data()[k] = 0.5F * static_cast<float>(k) - 1;
    return ciess::masked_table(ciess::sizes(kept, {1, 2}), std::move(numbers));
  };
  const auto users = ciess::pack<float>(table(2, {1, 2}));
  const auto items = ciess::pack<ciess::bits<4>>(table(3, {2, 2, 2}));
  const std::vector<float> numbers{1, -1, 0.5F, 2};
  ciess::packed_writer w({.backbone = "ncf"});
  for (const char* tower : {"mlp", "gmf"}) {
    w.add(std::string("users-") + tower, users);
    w.add(std::string("items-") + tower, items);
  }
  for (std::size_t p = 0; p < ciess::detail::neumf_layers.size(); ++p) {
    const auto shape = ciess::detail::neumf_shape(p, 2);
    w.add({.name = std::string(ciess::detail::neumf_layers[p]),
           .shape = shape,
           .numbers = std::span(numbers).first(p < 2   ? 4
                                               : p < 5 ? 2
                                                       : 1)});
  }
  return w.bytes();
}

std::vector<fuzz::seed> seeds() {
  const ciess::id_map numbers(std::vector<std::int64_t>{7, -1, 3});
  const ciess::id_map texts(std::vector<std::string>{"b", "", "a"});
  return {{"float", one_table<float>({1, 3, 2}, {1, 3}, &numbers)},
          {"bfloat16", one_table<ciess::bfloat16>({2, 2, 4}, {2, 4}, &texts)},
          {"float16", one_table<ciess::float16>({1}, {1, 1}, nullptr)},
          {"int8", one_table<std::int8_t>({4, 1, 4}, {1, 4}, nullptr)},
          {"bits4", one_table<ciess::bits<4>>({4, 1, 3}, {1, 4}, nullptr)},
          {"bits3", one_table<ciess::bits<3>>({3, 1, 8}, {1, 9}, nullptr)},
          {"bits2", one_table<ciess::bits<2>>({1, 5, 8}, {1, 300}, nullptr)},
          {"one-size", one_table<float>({3, 3, 3}, {1, 4}, &numbers)},
          {"one-size-bits4", one_table<ciess::bits<4>>({3, 3, 3}, {3, 3}, nullptr)},
          {"one-size-wide", one_table<std::int8_t>({5, 5}, {1, 300}, nullptr)},
          {"own-bits", own_bits({1, 3, 2, 2})},
          {"one-size-own-bits", own_bits({3, 3})},
          {"scaled-own-bits", own_bits({1, 3, 2, 2}, ciess::scaled_rows::yes)},
          {"wide", one_table<float>({1, 5}, {1, 300}, nullptr)},
          {"neumf", neumf()},
          {"no-rows", one_table<float>({}, {1, 3}, nullptr)},
          {"no-tables", ciess::packed_writer().bytes()}};
}

[[maybe_unused]] const bool added = fuzz::add({"packed", feed, seeds});

}  // namespace
