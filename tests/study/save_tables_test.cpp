// SPDX-License-Identifier: MIT
#include <ciess/study/save_tables.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/table_formats.hpp>
#include <ciess/io/packed_file.hpp>
#include <ciess/search/budget/bytes.hpp>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

namespace {

struct two_tables {
  std::vector<ciess::table_shape> shape{{3, {1, 2}}, {2, {1, 2}}};
  std::vector<ciess::masked_table> tables;
  two_tables() {
    for (const auto& s : shape) {
      tables.emplace_back(ciess::sizes(s.rows, s.range));
      tables.back().draw(ciess::normal_rows{1.0}, ciess::random_stream(1, ciess::purpose::user));
    }
  }
  [[nodiscard]] std::span<const ciess::table_shape> shapes() const { return shape; }
  [[nodiscard]] const ciess::masked_table& table(std::size_t t) const { return tables[t]; }
};

/// The same, to be stored in four bits.
struct few_bits : two_tables {
  [[nodiscard]] ciess::number_format stored_as() const { return ciess::number_format::four_bits; }
};

/// Each in a format of its own.
struct stored_apart : two_tables {
  ciess::table_formats formats{ciess::number_format::three_bits, ciess::number_format::bfloat16};
  [[nodiscard]] const ciess::table_formats& stored_as() const { return formats; }
};

}  // namespace

TEST_CASE("tables are written in formats of their own", "[study]") {
  const temporary_directory dir;
  const ciess::id_map users(std::vector<std::int64_t>{7, 5, 9});
  const ciess::id_map items(std::vector<std::int64_t>{1, 2});
  stored_apart model;
  const auto path = dir.path() / "t.safetensors";
  ciess::save_tables(path, model, users, items);
  const ciess::packed_file file(path);
  file.check();
  CHECK(file.table<ciess::bits<3>>("users").dense() ==
        ciess::pack<ciess::bits<3>>(model.table(0)).view().dense());
  CHECK(file.table<ciess::bfloat16>("items").dense() ==
        ciess::pack<ciess::bfloat16>(model.table(1)).view().dense());
  CHECK(file.ids("items")->find("2") == 1);
  std::vector<ciess::sizes> sizes;
  for (const auto& table : model.tables) sizes.push_back(table.row_sizes());
  CHECK(file.table<ciess::bits<3>>("users").memory().total() +
            file.table<ciess::bfloat16>("items").memory().total() ==
        ciess::packed_bytes(ciess::assignment(sizes), model.stored_as()));
  model.formats = {ciess::number_format::float32, ciess::number_format::bfloat16,
                   ciess::number_format::float16};
  CHECK_THROWS_WITH(ciess::save_tables(path, model, users, items),
                    ContainsSubstring("save_tables: number formats for 3 tables, expected 2"));
}

TEST_CASE("tables are written in the format that the model was judged in", "[study]") {
  const temporary_directory dir;
  const ciess::id_map users(std::vector<std::int64_t>{7, 5, 9});
  const ciess::id_map items(std::vector<std::int64_t>{1, 2});
  const few_bits model;
  const auto path = dir.path() / "t.safetensors";
  ciess::save_tables(path, model, users, items);
  const ciess::packed_file file(path);
  const auto packed = ciess::pack<ciess::bits<4>>(model.table(0));
  const auto read = file.table<ciess::bits<4>>("users");
  for (ciess::index_t r = 0; r < 3; ++r)
    for (ciess::index_t c = 0; c < 2; ++c) CHECK(read[r][c] == packed.view()[r][c]);
}

TEST_CASE("tables are packed with the ids of their rows, users' and items' in turn", "[study]") {
  const temporary_directory dir;
  const two_tables model;
  const ciess::id_map users(std::vector<std::int64_t>{7, 5, 9});
  const ciess::id_map items(std::vector<std::int64_t>{1, 2});
  const auto path = dir.path() / "t.safetensors";
  ciess::save_tables(path, model, users, items, {.backbone = "two"});
  const ciess::packed_file file(path);
  CHECK(file.info().backbone == "two");
  const auto row = file.table<float>("users")[1];
  CHECK(row.size() == 2);
  CHECK(file.ids("users")->find("5") == 1);
  CHECK(file.ids("items")->find("2") == 1);
  CHECK_THROWS_AS(ciess::save_tables(path, model, items, items), ciess::argument_error);
  CHECK_THROWS_AS(ciess::save_tables(path, model, users, items, {}, {"one"}),
                  ciess::argument_error);
}

namespace {

/// A table of users and one of items, and layers behind them.
struct two_tables_and_layers : few_bits {
  std::vector<float> first{1, 2, 3, 4}, bias{5};
  [[nodiscard]] std::vector<ciess::layer_view> layers() const {
    return {{.name = "first", .shape = {2, 2}, .numbers = first},
            {.name = "bias", .shape = {1}, .numbers = bias}};
  }
};

}  // namespace

TEST_CASE("tables are written with the layers of the model where a server needs them", "[study]") {
  const temporary_directory dir;
  const ciess::id_map users(std::vector<std::int64_t>{7, 5, 9});
  const ciess::id_map items(std::vector<std::int64_t>{1, 2});
  two_tables_and_layers model;
  const auto path = dir.path() / "t.safetensors", alone = dir.path() / "a.safetensors";
  ciess::save_tables(alone, model, users, items, {.backbone = "two"});
  ciess::save_with_layers(path, model, users, items, {.backbone = "two"});
  const ciess::packed_file file(path), tables(alone);
  file.check();
  CHECK(file.info().backbone == "two");
  CHECK(file.names() == tables.names());
  for (const auto& name : file.names()) {
    const auto& a = file.table<ciess::bits<4>>(name);
    const auto& b = tables.table<ciess::bits<4>>(name);
    CHECK(a.dense() == b.dense());
    CHECK(a.memory().total() == b.memory().total());
    CHECK(file.ids(name)->parts().numbers[0] == tables.ids(name)->parts().numbers[0]);
  }
  CHECK(tables.layers().empty());
  REQUIRE(file.layers().size() == 2);
  CHECK(file.layers()[0].name == "first");
  CHECK(file.layers()[0].shape == std::vector<ciess::index_t>{2, 2});
  CHECK(std::ranges::equal(file.layers()[0].numbers, model.first));
  CHECK(std::ranges::equal(file.layers()[1].numbers, model.bias));
  model.bias[0] = std::numeric_limits<float>::infinity();
  CHECK_THROWS_AS(ciess::save_with_layers(path, model, users, items), ciess::numeric_error);
  CHECK(ciess::packed_file(path).layers().size() == 2);  // the file is as it was
}
