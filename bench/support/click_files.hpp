// SPDX-License-Identifier: MIT
/// @file
/// A click model and what it is trained on as files, for peers/click_models.py.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <ciess/backbone/dcn.hpp>
#include <ciess/backbone/deep_fm.hpp>
#include <ciess/backbone/dlrm.hpp>
#include <ciess/backbone/fm.hpp>
#include <ciess/data/impressions.hpp>
#include <ciess/io/npy.hpp>
#include <ciess/io/write_file.hpp>

/// As the script calls it.
template <class Model>
constexpr std::string_view click_model_name() {
  using T = typename Model::value_type;
  if constexpr (std::is_same_v<Model, ciess::basic_fm<T>>) return "fm";
  if constexpr (std::is_same_v<Model, ciess::basic_deep_fm<T>>) return "deep_fm";
  if constexpr (std::is_same_v<Model, ciess::basic_dcn<T>>) return "dcn";
  if constexpr (std::is_same_v<Model, ciess::basic_dlrm<T>>) return "dlrm";
}

namespace click_files {

template <class T>
void save(const std::filesystem::path& path, std::span<const T> numbers) {
  ciess::write_file(path, [&](auto& sink) {
    ciess::detail::write_npy(sink, numbers.data(), std::array{std::ssize(numbers)});
  });
}

inline std::string quoted(const std::string& text) {
  std::string all = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') all += '\\';
    all += c;
  }
  return all + '"';
}

/// "[...]" of what `say(k)` says for k < n.
template <class Say>
std::string list(std::size_t n, Say&& say) {
  std::string all = "[";
  for (std::size_t k = 0; k < n; ++k) all += (k ? ", " : "") + std::string(say(k));
  return all + "]";
}

/// Values of all fields, lists of a pooled field with their offsets, labels and numbers, as .npy
/// files.
inline void save_impressions(const std::filesystem::path& to, const ciess::impressions& shown) {
  std::filesystem::create_directories(to);
  for (std::size_t k = 0; k < shown.fields().size(); ++k) {
    std::vector<std::int32_t> values;
    std::vector<std::int64_t> offsets{0};
    for (ciess::index_t i = 0; i < shown.size(); ++i) {
      const auto own = shown.values(i, k);
      values.insert(values.end(), own.begin(), own.end());
      offsets.push_back(std::ssize(values));
    }
    const std::string field = std::to_string(k) + ".npy";
    save<std::int32_t>(to / ("values" + field), values);
    if (shown.fields()[k].pooled) save<std::int64_t>(to / ("offsets" + field), offsets);
  }
  save<std::uint8_t>(to / "labels.npy", shown.labels());
  const ciess::matrix& numbers = shown.numbers();
  ciess::write_file(to / "numbers.npy", [&](auto& sink) {
    ciess::detail::write_npy(sink, numbers.data(), std::array{numbers.rows(), numbers.cols()});
  });
}

}  // namespace click_files

/// Writes the impressions, the first weights, the batches of the next steps, and what a dense Adam
/// makes of them: log odds of all impressions before and after the steps, which are taken.
/// @param model  for `check` with `every_row`, without penalty and dropout, which that leaves out
/// @param limit  the largest difference by the largest log odds that is still the same
template <class Model>
void save_click_model(const std::filesystem::path& to, Model& model, int steps, double limit) {
  using T = typename Model::value_type;
  using click_files::list, click_files::quoted, click_files::save;
  const ciess::impressions& data = model.trained_on();
  const auto& o = model.settings();
  click_files::save_impressions(to, data);
  const auto numbered = [&](const char* name, std::size_t k) {
    return to / (name + std::to_string(k) + ".npy");
  };
  const auto start = model.snapshot();
  for (std::size_t t = 0; t < model.shapes().size(); ++t)
    ciess::save_npy(numbered("table", t), start.weights.tables[t]);
  const std::vector<ciess::click_layer> layers = model.parameter_shapes();
  ciess::index_t at = 0;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const auto n = static_cast<std::size_t>(layers[l].numbers());
    save<T>(numbered("layer", l), std::span(start.weights.parameters.data() + at, n));
    at += layers[l].numbers();
  }
  std::vector<T> odds(static_cast<std::size_t>(data.size()));
  model.predict(data, odds);
  save<T>(to / "odds-before.npy", odds);
  ciess::impression_sampler sampler(data.size());
  std::vector<ciess::index_t> drawn;
  for (int s = 0; s < steps; ++s) {
    sampler.draw(start.seed, start.steps + s, o.batch, drawn);
    const std::vector<std::int64_t> which(drawn.begin(), drawn.end());
    save<std::int64_t>(numbered("batch", static_cast<std::size_t>(s)), which);
  }
  model.train(steps);
  model.predict(data, odds);
  save<T>(to / "odds-after.npy", odds);

  std::string about = "{\"model\": \"" + std::string(click_model_name<Model>()) + "\"";
  const auto add = [&](const std::string& name, const std::string& value) {
    about += ", \"" + name + "\": " + value;
  };
  const auto flag = [](bool yes) { return std::string(yes ? "true" : "false"); };
  add("double", flag(std::is_same_v<T, double>));
  add("tables",
      list(model.shapes().size(), [&](std::size_t t) { return quoted(model.table_names()[t]); }));
  add("pooled",
      list(data.fields().size(), [&](std::size_t k) { return flag(data.fields()[k].pooled); }));
  add("features", std::to_string(data.features().size()));
  add("first_order", flag(model.first_order()));
  add("layers", list(layers.size(), [&](std::size_t l) {
        return "[" + quoted(layers[l].name) + ", " +
               list(layers[l].shape.size(),
                    [&](std::size_t d) { return std::to_string(layers[l].shape[d]); }) +
               "]";
      }));
  add("steps", std::to_string(steps));
  const auto number = [](double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.17g", value);
    return std::string(text);
  };
  add("rate", number(o.rate.first));
  add("batch", std::to_string(o.batch));
  add("penalty", number(o.penalty));
  if constexpr (requires { o.network.dropout; }) add("dropout", number(o.network.dropout));
  if constexpr (requires { o.network.rank; }) {
    add("cross_layers", std::to_string(o.network.cross_layers));
    add("rank", std::to_string(o.network.rank));
    add("stacked", flag(o.network.structure == ciess::dcn_structure::stacked));
  }
  if constexpr (requires { o.network.bottom_relu; })
    add("bottom_relu", flag(o.network.bottom_relu));
  add("limit", number(limit));
  ciess::write_file(to / "model.json", about + "}\n");
}
