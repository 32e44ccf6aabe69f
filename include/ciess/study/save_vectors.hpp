// SPDX-License-Identifier: MIT
/// @file
/// The final vectors of a trained recommender in a file, as floats.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <utility>

#include <ciess/backbone/concept.hpp>
#include <ciess/core/types.hpp>
#include <ciess/io/safetensors.hpp>

namespace ciess {

/// Writes what a model ranks by: tensors `users` [users, d] and `items` [items, d], F32. Of a graph
/// model these are dense whatever the sizes of its rows are; `load_vectors` reads them.
/// @tparam Model  an `inner_product_backbone`
/// @throws io_error as `safetensors_writer::save`
/// Memory: both matrices once more.
template <inner_product_backbone Model>
void save_vectors(const std::filesystem::path& path, Model& model) {
  const matrix users = model.user_vectors(), items = model.item_vectors();
  safetensors_writer file;
  for (const auto& [name, m] : {std::pair{"users", &users}, std::pair{"items", &items}})
    file.add(name, {m->rows(), m->cols()},
             std::span<const float>(m->data(), static_cast<std::size_t>(m->size())));
  file.save(path);
}

}  // namespace ciess
