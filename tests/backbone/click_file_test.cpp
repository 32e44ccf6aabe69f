// SPDX-License-Identifier: MIT
#include <ciess/backbone/click_file.hpp>
// its own header first
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <ciess/core/aligned.hpp>
#include <ciess/data/id_map.hpp>
#include <ciess/embedding/packed_table.hpp>
#include <ciess/io/safetensors.hpp>

#include "support/catch.hpp"
#include "support/random_tables.hpp"

namespace {

using ciess::click_file;
using ciess::column_use;

/// Memory as a mapped file has it; it ends where the file does, for sanitizers.
struct mapped {
  explicit mapped(const std::string& text) : memory(text.size()) {
    if (!text.empty()) std::memcpy(memory.data(), text.data(), text.size());
  }
  operator std::span<const std::byte>() const { return memory; }
  ciess::aligned_vector<std::byte> memory;
};

/// A model of two fields, one of them pooled, and a feature, to be spoilt.
struct model_parts {
  ciess::click_schema schema{.columns = {{"The user", column_use::single},
                                         {"age", column_use::standardised, 30, 10},
                                         {"genres", column_use::pooled}}};
  ciess::click_network_options network;
  ciess::packed_info info;
  std::vector<ciess::id_map> ids;
  std::vector<ciess::packed_table<ciess::bits<4>>> tables;
  std::vector<std::vector<float>> numbers;
  std::vector<std::string> names{"The_user", "genres"};

  explicit model_parts(ciess::click_network_kind kind) {
    network.kind = kind;
    network.for_deep_fm.hidden = {3};
    network.for_dcn.hidden = {3, 2};
    network.for_dcn.cross_layers = 1;
    network.for_dcn.rank = 2;
    network.for_dlrm.bottom = {};
    network.for_dlrm.hidden = {};
    info.backbone = ciess::name_of(kind);
    using list = std::vector<std::string_view>;
    ids.emplace_back(list{"<rare>", "ann", "bob"});
    ids.emplace_back(list{"<rare>", "a", "b", ""});
    tables.push_back(ciess::pack<ciess::bits<4>>(random_table(3, {1, 4})));
    tables.push_back(ciess::pack<ciess::bits<4>>(random_table(4, {1, 4})));
    if (!ciess::chosen_click_network<float>::features_are_rows(network)) return;
    names.emplace_back("features");
    ids.emplace_back(list{"age"});
    tables.push_back(ciess::pack<ciess::bits<4>>(random_table(1, {1, 4})));
  }

  [[nodiscard]] ciess::packed_click_parts parts() const {
    ciess::packed_click_parts p;
    p.fields = {{"The_user", 3}, {"genres", 4, true}};
    p.features = {"age"};
    for (const auto& t : tables) p.tables.emplace_back(t.view());
    p.network = network;
    return p;
  }
  /// Layers of numbers that rise, as the network has them.
  [[nodiscard]] std::vector<ciess::layer_view> layers() {
    const auto tables_of = static_cast<std::size_t>(names.size());
    const ciess::click_layout layout({{"The_user", 3}, {"genres", 4, true}}, {"age"}, {1, 4}, {},
                                     tables_of == 3);
    auto shapes = ciess::chosen_click_network<float>(layout.input, network).layers();
    if (ciess::chosen_click_network<float>::first_order(network)) {
      shapes.push_back({"bias", {1}});
      for (std::size_t t = 0; t < tables_of; ++t)
        shapes.push_back({"first-order-" + std::to_string(t), {layout.shapes[t].rows}});
    }
    numbers.clear();
    std::vector<ciess::layer_view> all;
    float next = -0.3F;
    for (const auto& s : shapes) {
      auto& own = numbers.emplace_back(static_cast<std::size_t>(s.numbers()));
      for (float& x : own) x = next = next > 0.5F ? -0.4F : next + 0.07F;
    }
    for (std::size_t l = 0; l < shapes.size(); ++l)
      all.push_back({.name = shapes[l].name, .shape = shapes[l].shape, .numbers = numbers[l]});
    return all;
  }
  /// @param described  whether the file says what its columns mean
  [[nodiscard]] std::string bytes(bool described = true) {
    ciess::packed_writer file(info);
    for (std::size_t t = 0; t < tables.size(); ++t) file.add(names[t], tables[t], &ids[t]);
    const auto all = layers();
    for (const auto& l : all) file.add(l);
    if (described) ciess::describe_click_model(file, schema, network);
    return file.bytes();
  }
};

/// The file again, with other texts and tensors.
struct spoilt {
  std::map<std::string, std::string> metadata;
  std::set<std::string> left_out;
  std::map<std::string, std::string> other;  ///< tensors of bytes

  explicit spoilt(const ciess::safetensors_view& file) : metadata{file.metadata()} {}
  [[nodiscard]] std::string bytes(const ciess::safetensors_view& file) const {
    ciess::safetensors_writer w;
    for (const auto& [key, text] : metadata) w.metadata(key, text);
    for (const auto& t : file.tensors()) {
      if (left_out.contains(t.name)) continue;
      if (const auto o = other.find(t.name); o != other.end()) {
        w.add(t.name, {std::ssize(o->second)},
              std::span(reinterpret_cast<const std::uint8_t*>(o->second.data()), o->second.size()));
        continue;
      }
      add(w, t);
    }
    return w.bytes();
  }

 private:
  static void add(ciess::safetensors_writer& w, const ciess::tensor_view& t) {
    const auto as = [&]<class T>(T) {
      w.add(t.name, t.shape,
            std::span(reinterpret_cast<const T*>(t.bytes.data()), t.bytes.size() / sizeof(T)));
    };
    using enum ciess::tensor_type;
    if (t.type == f32) as(0.0F);
    if (t.type == u8) as(std::uint8_t{0});
    if (t.type == i32) as(std::int32_t{0});
    if (t.type == u64) as(std::uint64_t{0});
  }
};

/// What an opener of a file says that somebody has changed.
std::string complaint_of(ciess::click_network_kind kind,
                         const std::function<void(spoilt&)>& change) {
  model_parts model(kind);
  const mapped good(model.bytes());
  const ciess::safetensors_view view(good, "good");
  spoilt other(view);
  change(other);
  const mapped memory(other.bytes(view));
  try {
    const click_file file(ciess::packed_file(memory, "f"));
    return "none";
  } catch (const ciess::data_error& e) {
    return e.what();
  }
}

constexpr auto fm = ciess::click_network_kind::fm_net;
constexpr auto deep_fm = ciess::click_network_kind::deep_fm_net;
constexpr auto dcn = ciess::click_network_kind::dcn_net;
constexpr auto dlrm = ciess::click_network_kind::dlrm_net;

}  // namespace

TEST_CASE("a file of a click model is all that lines need to be scored", "[backbone]") {
  for (const auto kind : {fm, deep_fm, dcn, dlrm}) {
    model_parts model(kind);
    if (kind == dcn) model.network.for_dcn.structure = ciess::dcn_structure::stacked;
    if (kind == dlrm) model.network.for_dlrm.bottom_relu = true;
    const mapped memory(model.bytes());
    const click_file file(ciess::packed_file(memory, "f"));
    CHECK(ciess::is_click_model(file.file().info()));
    CHECK(file.schema() == model.schema);
    auto parts = model.parts();
    parts.layers = model.layers();
    const ciess::packed_click_model wanted(parts);

    auto reader = file.reader("lines");
    auto batch = file.batch();
    REQUIRE(reader.read_header("genres,age,x,The user", 1));
    REQUIRE(reader.read("b|a|zz,45,,bob", 2, batch));
    REQUIRE(reader.read(",,1,eve", 3, batch));
    auto same = file.batch();
    for (const auto& [user, age, genres] :
         {std::tuple(2, 1.5F, std::vector{2, 1, 0}), {0, 0.0F, std::vector{3}}}) {
      same.begin();
      same.add(0, user);
      for (const int g : genres) same.add(1, g);
      same.set(0, age);
      same.keep();
    }
    std::vector<float> odds(2), expected(2);
    file.model().predict(batch, odds);
    wanted.predict(same, expected);
    CHECK(odds == expected);
    CHECK(odds[0] != odds[1]);
  }
}

TEST_CASE("a file that does not say all of a click model is refused", "[backbone]") {
  const auto refused = [](const char* why, ciess::click_network_kind kind, auto change) {
    CHECK_THAT(complaint_of(kind, change), ContainsSubstring(why));
  };
  CHECK(complaint_of(deep_fm, [](spoilt&) {}) == "none");
  refused("f: expected tables of a click model, fm, deepfm, dcn or dlrm, got those of 'mf'", fm,
          [](spoilt& s) { s.metadata["backbone"] = "mf"; });
  refused("f: it does not say what its columns mean (tensor click.columns)", fm,
          [](spoilt& s) { s.left_out.insert("click.columns"); });
  refused("f: click.columns:1: expected 'ciess click columns 1', got 'x'", fm,
          [](spoilt& s) { s.other["click.columns"] = "x\n"; });
  refused("f: expected the kind of the tables, 'dcn' as 'network.kind', got 'fm'", fm,
          [](spoilt& s) { s.metadata["backbone"] = "dcn"; });
  refused("f: expected a text 'network.kind' in __metadata__, got none", fm,
          [](spoilt& s) { s.metadata.erase("network.kind"); });
  refused("f: expected a text 'network.hidden'", deep_fm,
          [](spoilt& s) { s.metadata.erase("network.hidden"); });
  for (const char* bad : {"0", "-3", "x", "3 ", "3  3", "1.5", "99999999", "1 1 1 1 1 1 1 1 1"})
    refused("numbers from 1 to 262144 with blanks between as 'network.hidden', got '", deep_fm,
            [&](spoilt& s) { s.metadata["network.hidden"] = bad; });
  refused("layer 'deep-0-weights': expected shape [12, 4], got [12, 3]", deep_fm,
          [](spoilt& s) { s.metadata["network.hidden"] = "4"; });
  refused("expected a layer 'deep-2-weights', it is not among", deep_fm,
          [](spoilt& s) { s.metadata["network.hidden"] = "3 1"; });
  refused("f: expected a share below 1 as 'network.dropout', got '1'", deep_fm,
          [](spoilt& s) { s.metadata["network.dropout"] = "1"; });
  refused("expected parallel or stacked as 'network.structure', got 'both'", dcn,
          [](spoilt& s) { s.metadata["network.structure"] = "both"; });
  refused("as 'network.cross_layers', got '2000000000'", dcn,
          [](spoilt& s) { s.metadata["network.cross_layers"] = "2000000000"; });
  refused("expected a number from 0 to 262144 as 'network.rank', got '-1'", dcn,
          [](spoilt& s) { s.metadata["network.rank"] = "-1"; });
  refused("expected a number from 0 to 1 as 'network.bottom_relu', got 'yes'", dlrm,
          [](spoilt& s) { s.metadata["network.bottom_relu"] = "yes"; });
  // The layers that the list of them leaves out are missing to the network.
  refused("expected a layer 'bias', it is not among the 3 that there are", fm,
          [](spoilt& s) { s.metadata["layers"] = "first-order-0 first-order-1 first-order-2"; });
  refused("expected a tensor 'bias'", fm, [](spoilt& s) { s.left_out.insert("bias"); });
}

TEST_CASE("tables that are not those of the columns are refused", "[backbone]") {
  const auto refused = [](const char* why, model_parts& model) {
    const mapped memory(model.bytes());
    CHECK_THROWS_WITH(click_file(ciess::packed_file(memory, "f")), ContainsSubstring(why));
    CHECK_THROWS_AS(click_file(ciess::packed_file(memory, "f")), ciess::data_error);
  };
  model_parts model(fm);
  model.schema.columns.push_back({"shop", column_use::single});
  refused("f: table 'features': expected ids, the first '<rare>', got 'age'", model);
  model = model_parts(dlrm);
  model.schema.columns.push_back({"shop", column_use::single});
  refused("f: expected a table for each of 3 fields, got 2", model);
  model = model_parts(fm);
  model.schema.columns.erase(model.schema.columns.begin() + 1);
  refused("f: packed_click_model: expected 2 tables, got 3", model);
  model = model_parts(fm);
  using list = std::vector<std::string_view>;
  model.ids[0] = ciess::id_map(list{"zoe", "ann", "bob"});
  refused("f: table 'The_user': expected ids, the first '<rare>', got 'zoe'", model);
  model.ids[0] = ciess::id_map(std::vector<std::int64_t>{1, 2, 3});
  refused("f: table 'The_user': expected ids, the first '<rare>', got '1'", model);
  model = model_parts(fm);
  const mapped plain(model.bytes(false));
  CHECK_THROWS_WITH(click_file(ciess::packed_file(plain, "f")),
                    ContainsSubstring("f: it does not say what its columns mean"));
}

TEST_CASE("a file is described once, by a schema that can be", "[backbone]") {
  ciess::packed_writer file;
  model_parts model(fm);
  auto schema = model.schema;
  schema.columns.clear();
  CHECK_THROWS_AS(ciess::describe_click_model(file, schema, model.network), ciess::argument_error);
  ciess::describe_click_model(file, model.schema, model.network);
  CHECK_THROWS_AS(ciess::describe_click_model(file, model.schema, model.network),
                  ciess::argument_error);
}
