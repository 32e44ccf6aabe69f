// SPDX-License-Identifier: MIT
// Files of click models, backbone/click_file.hpp, and lines that are read and scored by them. An
// input is a file, or after 'L' lines for a good one, after 'S' the text of a schema.
#include <ciess/backbone/click_file.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/target.hpp"

namespace {

using fuzz::require;

/// Three users, a list and a number, of each kind of network.
std::string good_file(ciess::click_network_kind kind) {
  using list = std::vector<std::string_view>;
  ciess::click_network_options network;
  network.kind = kind;
  network.for_deep_fm.hidden = {2};
  network.for_dcn.hidden = {2};
  network.for_dcn.cross_layers = 1;
  network.for_dlrm.bottom = {};
  network.for_dlrm.hidden = {2};
  const bool rows = ciess::chosen_click_network<float>::features_are_rows(network);
  const std::vector<ciess::id_map> ids{
      ciess::id_map(list{"<rare>", "ann", "bob"}), ciess::id_map(list{"<rare>", "", "a"}),
      ciess::id_map(list{"<rare>", "squared log 1"}), ciess::id_map(list{"age"})};
  const std::vector<std::string> names{"user", "tags", "price", "features"};
  std::vector<ciess::packed_table<float>> tables;
  std::vector<ciess::table_shape> shapes;
  for (std::size_t t = 0; t < (rows ? 4U : 3U); ++t) {
    const ciess::sizes sizes(ids[t].size(), {1, 2},
                             [](ciess::index_t r) { return r == 0 ? 1 : 2; });
    const std::vector<float> row{0.5F, -0.25F};
    tables.emplace_back(sizes, [&](ciess::index_t r) {
      return std::span(row).first(static_cast<std::size_t>(sizes[r]));
    });
    shapes.push_back({ids[t].size(), {1, 2}});
  }
  const ciess::click_layout layout({{"user", 3}, {"tags", 3, true}, {"price", 2}}, {"age"}, {1, 2},
                                   {}, rows);
  auto layers = ciess::chosen_click_network<float>(layout.input, network).layers();
  if (ciess::chosen_click_network<float>::first_order(network)) {
    layers.push_back({"bias", {1}});
    for (std::size_t t = 0; t < shapes.size(); ++t)
      layers.push_back({"first-order-" + std::to_string(t), {shapes[t].rows}});
  }
  const std::vector<float> numbers(64, 0.125F);
  ciess::packed_writer w({.backbone = std::string(ciess::name_of(kind))});
  for (std::size_t t = 0; t < tables.size(); ++t) w.add(names[t], tables[t], &ids[t]);
  for (const auto& l : layers)
    w.add({.name = l.name,
           .shape = l.shape,
           .numbers = std::span(numbers).first(static_cast<std::size_t>(l.numbers()))});
  ciess::describe_click_model(w,
                              {.columns = {{"user", ciess::column_use::single},
                                           {"tags", ciess::column_use::pooled},
                                           {"age", ciess::column_use::standardised, 30, 10},
                                           {"price", ciess::column_use::log_buckets}}},
                              network);
  return w.bytes();
}

/// Scores what can be read of some lines.
void score(const ciess::click_file& file, std::string_view lines, bool header) {
  auto reader = file.reader("lines");
  auto batch = file.batch();
  std::int64_t number = 0;
  for (std::size_t at = 0; at < lines.size(); header = false) {
    const auto end = std::min(lines.find('\n', at), lines.size());
    const auto line = lines.substr(at, end - at);
    at = end + 1;
    const auto before = batch.size();
    bool read = false;
    const bool taken = fuzz::attempt([&] {
      if (header)
        static_cast<void>(reader.read_header(line, ++number));
      else
        read = reader.read(line, ++number, batch);
    });
    require(batch.size() == before + (taken && read ? 1 : 0), "a line is one impression or none");
  }
  for (ciess::index_t i = 0; i < batch.size(); ++i)
    for (ciess::index_t f = 0; f < batch.features(); ++f)
      require(std::isfinite(batch.numbers()(i, f)), "features are finite");
  std::vector<float> odds(static_cast<std::size_t>(batch.size()));
  file.model().predict(batch, odds);  // throws nothing: rows are those of the tables
}

bool feed_schema(std::string_view text) {
  const auto schema = fuzz::accepted([&] { return ciess::parse_click_schema(text, "input"); });
  if (!schema) return false;
  schema->check("input");
  require(ciess::parse_click_schema(ciess::click_schema_text(*schema), "again") == *schema,
          "a schema comes back from its text");
  return true;
}

bool feed(std::string_view input) {
  if (input.starts_with('S')) return feed_schema(input.substr(1));
  if (input.starts_with('L')) {
    static const auto memory = fuzz::as_mapped(good_file(ciess::click_network_kind::fm_net));
    static const ciess::click_file good(ciess::packed_file(memory, "good"));
    score(good, input.substr(1), false);
    score(good, input.substr(1), true);
    return true;
  }
  const auto memory = fuzz::as_mapped(input);
  auto packed = fuzz::accepted([&] { return ciess::packed_file(memory, "input"); });
  if (!packed) return false;
  for (const auto& name : packed->names())  // blocks of wide rows would be most of the work
    if (packed->visit(name, [](const auto& v) { return v.columns() > 64; })) return false;
  const auto file = fuzz::accepted([&] { return ciess::click_file(std::move(*packed)); });
  if (!file) return false;
  score(*file, "ann,a|b,4,1\n,,,\nbob,,1e30,-3\n", false);
  return true;
}

std::vector<fuzz::seed> seeds() {
  using enum ciess::click_network_kind;
  return {{"fm", good_file(fm_net)},
          {"deepfm", good_file(deep_fm_net)},
          {"dcn", good_file(dcn_net)},
          {"dlrm", good_file(dlrm_net)},
          {"lines", "Lprice,user,x,tags,age\n3,ann,,a|b,4\n\"3\",,,,\nbob,x,y,z\n"},
          {"schema", "S" + ciess::click_schema_text(
                               {.columns = {{"a\tb", ciess::column_use::single},
                                            {"x", ciess::column_use::standardised, 0.5, 2}},
                                .quote = '\''})}};
}

[[maybe_unused]] const bool added = fuzz::add({"click_file", feed, seeds});

}  // namespace
