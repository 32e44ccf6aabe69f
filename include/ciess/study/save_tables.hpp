// SPDX-License-Identifier: MIT
/// @file
/// The tables of a trained recommender, packed into one file with the ids of their rows; its
/// layers, too, if a server is to do what it does.
#pragma once

#include <concepts>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/backbone/sized_model.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/layer_view.hpp>
#include <ciess/data/id_map.hpp>
#include <ciess/embedding/number_format.hpp>
#include <ciess/embedding/packed_table.hpp>
#include <ciess/embedding/table_formats.hpp>
#include <ciess/io/packed_writer.hpp>
#include <ciess/search/ranking_judge.hpp>

namespace ciess {
namespace detail {

/// @param also  callable (packed_writer&), for what else the file is to have
template <class Model, class Also>
void save_model(const std::filesystem::path& path, const Model& model,
                std::span<const layer_view> layers, std::span<const id_map* const> ids,
                const packed_info& info, std::vector<std::string> names, Also&& also) {
  const std::size_t tables = model.shapes().size();
  if (ids.size() != tables)
    throw_error<argument_error>("save_tables: ids of ", ids.size(), " tables, expected ", tables);
  if (names.empty())
    for (std::size_t t = 0; t < tables; ++t) {
      if constexpr (named_tables<Model>)
        names.emplace_back(model.table_names()[t]);
      else
        names.push_back(ranking_judge::name(t));
    }
  if (names.size() != tables)
    throw_error<argument_error>("save_tables: ", names.size(), " names for ", tables, " tables");
  table_formats formats;
  if constexpr (requires {
                  { model.stored_as() } -> std::convertible_to<table_formats>;
                })
    formats = model.stored_as();
  formats.check("save_tables", tables);
  packed_writer file(info);
  std::vector<std::shared_ptr<const void>> packed;  // the file refers to them
  for (std::size_t t = 0; t < tables; ++t)
    with_number(formats.of(t), [&]<class N>() {
      const auto table = std::make_shared<const packed_table<N>>(pack<N>(model.table(t)));
      file.add(names[t], table->view(), ids[t]);
      packed.push_back(table);
    });
  for (const auto& layer : layers) file.add(layer);
  also(file);
  file.save(path);
}

/// Of users' and items' tables in turn.
template <class Model>
std::vector<const id_map*> ids_in_turn(const Model& model, const id_map& users,
                                       const id_map& items) {
  std::vector<const id_map*> ids;
  for (std::size_t t = 0; t < model.shapes().size(); ++t)
    ids.push_back(ranking_judge::kind(t) == 0 ? &users : &items);
  return ids;
}

}  // namespace detail

/// Packs every table of a model, users' and items' in turn, and writes them into one file: in the
/// formats that it says by a `stored_as()`, so that what is written is what it was judged as; else
/// as floats.
/// @param model  shows `shapes()` and masked tables `table(t)`
/// @param names  of the tables; empty: what the model calls them, else users, items, and users-2,
/// items-2
///               ... if there are more
/// @throws argument_error if there is not a name a table or not an id a row; io_error as
///         `save_packed`
template <class Model>
void save_tables(const std::filesystem::path& path, const Model& model, const id_map& users,
                 const id_map& items, const packed_info& info = {},
                 std::vector<std::string> names = {}) {
  detail::save_model(path, model, {}, detail::ids_in_turn(model, users, items), info,
                     std::move(names), [](packed_writer&) {});
}

/// The same with the layers of the model behind them, as floats: all that a server of it needs, see
/// `packed_neumf`.
/// @throws as `save_tables`; numeric_error if a number of a layer is not finite
template <layered_model Model>
void save_with_layers(const std::filesystem::path& path, const Model& model, const id_map& users,
                      const id_map& items, const packed_info& info = {},
                      std::vector<std::string> names = {}) {
  detail::save_model(path, model, model.layers(), detail::ids_in_turn(model, users, items), info,
                     std::move(names), [](packed_writer&) {});
}

/// The same of a model with tables of any rows.
/// @param ids  [tables] of the rows of each; null: it has none
template <layered_model Model>
void save_with_layers(const std::filesystem::path& path, const Model& model,
                      std::span<const id_map* const> ids, const packed_info& info = {},
                      std::vector<std::string> names = {}) {
  detail::save_model(path, model, model.layers(), ids, info, std::move(names),
                     [](packed_writer&) {});
}

}  // namespace ciess
