// SPDX-License-Identifier: MIT
/// @file
/// A trained click model as a file that a server opens.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ciess/backbone/click_file.hpp>
#include <ciess/data/click_schema.hpp>
#include <ciess/data/id_map.hpp>
#include <ciess/io/packed_writer.hpp>
#include <ciess/study/save_tables.hpp>

namespace ciess {

/// Writes tables and layers as `save_with_layers` does, with all that `click_file` needs to score
/// lines of text: the options of the network and what columns mean.
/// @param model   a click model of the library: `fm`, `deep_fm`, `dcn`, `dlrm` or
///                `chosen_click_model`
/// @param ids     of the fields' rows, and of the features' if they have a table
/// @param schema  `click_dataset::schema` of the data that it was trained on
/// @param info    its `backbone` becomes the name of the network
/// @param names   of the tables in the file; empty: those of the model. Whoever names them may have
///                other names for the model's fields than the schema has for columns, so these are
///                then compared by their order alone
/// @throws as `save_with_layers` and `describe_click_model`; argument_error if the schema does not
///         have the fields or features of the model
template <layered_model Model>
void save_click_model(const std::filesystem::path& path, const Model& model,
                      std::span<const id_map* const> ids, const click_schema& schema,
                      packed_info info = {}, std::vector<std::string> names = {}) {
  const auto network = click_network_options::of(model.settings().network);
  const auto fields = model.trained_on().fields();
  const auto features = model.trained_on().features();
  std::size_t field = 0, feature = 0;
  for (const click_column& c : schema.columns) {
    const bool number = c.use == column_use::standardised;
    const auto same = [&](const std::string& name) { return !names.empty() || name == c.name; };
    const bool fits = number ? feature < features.size() && same(features[feature])
                             : field < fields.size() && same(fields[field].name) &&
                                   fields[field].pooled == (c.use == column_use::pooled);
    if (!fits)
      detail::throw_error<argument_error>(
          "save_click_model: expected a schema of the fields and features that the model was "
          "trained on, in their order and pooled as they are, got ",
          detail::shown(c.name), " as ", number ? "feature " : "field ", number ? feature : field);
    ++(number ? feature : field);
  }
  if (field != fields.size() || feature != features.size())
    detail::throw_error<argument_error>("save_click_model: expected a schema of ", fields.size(),
                                        " fields and ", features.size(), " features, got ", field,
                                        " and ", feature);
  info.backbone = name_of(network.kind);
  detail::save_model(path, model, model.layers(), ids, info, std::move(names),
                     [&](packed_writer& file) { describe_click_model(file, schema, network); });
}

}  // namespace ciess
