// SPDX-License-Identifier: MIT
#include <ciess/io/packed_file.hpp>
// its own header first
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include <ciess/core/random.hpp>
#include <ciess/io/npy.hpp>
#include <ciess/ranking/rank_packed.hpp>

#include "support/catch.hpp"
#include "support/coded_tables.hpp"
#include "support/file_text.hpp"
#include "support/python.hpp"
#include "support/random_tables.hpp"
#include "support/temporary_directory.hpp"
#include "support/test_files.hpp"

#if __has_include(<sys/mman.h>)
#include <sys/wait.h>
#include <unistd.h>
#endif

namespace {

static_assert(!std::is_copy_constructible_v<ciess::packed_file>);
static_assert(std::is_move_constructible_v<ciess::packed_file>);

/// Memory as a mapped file has it; it ends where the file does, for sanitizers.
struct mapped {
  explicit mapped(const std::string& text) : memory(text.size()) {
    if (!text.empty()) std::memcpy(memory.data(), text.data(), text.size());
  }
  operator std::span<const std::byte>() const { return memory; }
  ciess::aligned_vector<std::byte> memory;
};

const std::vector<std::string> names{"b", "", std::string("\0\xff\n\"", 4), "a"};

/// What a reader of a file called "f" says that opens it and looks at all of it.
std::string complaint_of(const std::string& bytes) {
  const mapped memory(bytes);
  try {
    const ciess::packed_file f(memory, "f");
    f.check();
    return "none";
  } catch (const ciess::data_error& e) {
    return e.what();
  }
}

/// The parts of a file with one table of four rows, of sizes 1, 2, 1 and 3, to be spoilt.
struct parts {
  std::map<std::string, std::string> metadata{{"format", "ciess packed tables 1"},
                                              {"library", "9.8.7"},
                                              {"backbone", "mf"},
                                              {"budget", "0.5"},
                                              {"seed", "3"},
                                              {"tables", "t"},
                                              {"t.rows", "4"},
                                              {"t.min", "1"},
                                              {"t.max", "3"}};
  std::vector<std::int8_t> values{1, 2, 3, 4, 5, 6, 127};
  std::vector<std::uint8_t> codes = first_codes({0, 1, 0, 2});
  std::vector<std::uint64_t> starts{0, 7};
  std::vector<float> scales{1, 2, 3, 4};
  std::vector<std::uint8_t> bytes{'b', 'a'};
  std::vector<std::uint64_t> ends{1, 1, 2, 2};
  std::vector<std::int32_t> order{};
  std::string without{};

  static std::vector<std::uint8_t> first_codes(std::vector<std::uint8_t> codes) {
    codes.resize(64);
    return codes;
  }
  std::string file() const {
    ciess::safetensors_writer w;
    for (const auto& [key, value] : metadata) w.metadata(key, value);
    const auto add = [&](const std::string& name, const auto& numbers) {
      if (name != without) w.add(name, {std::ssize(numbers)}, numbers);
    };
    add("t.values", values);
    add("t.codes", codes);
    add("t.starts", starts);
    add("t.scales", scales);
    if (order.empty()) return w.bytes();
    add("t.ids.bytes", bytes);
    add("t.ids.ends", ends);
    add("t.ids.order", order);
    return w.bytes();
  }
  /// What a reader says that opens the file and looks at all of it.
  std::string complaint() const {
    const std::string text = complaint_of(file());
    if (text == "none") return text;
    return text.starts_with("f: ") ? text.substr(3) : "names no file: " + text;
  }
};

/// Every byte of a file is spoilt in four ways, one after the other.
/// @returns how often `read(file)` refuses it with an error of ours
template <class Read>
int refusals(const std::string& file, Read&& read) {
  int refused = 0;
  for (std::size_t n = 0; n < file.size(); ++n)
    for (const char c : {'\0', '\1', '9', '\xff'}) {
      auto spoilt = file;
      spoilt[n] = c;
      try {
        read(spoilt);
      } catch (const ciess::error&) {
        ++refused;
      }
    }
  return refused;
}

}  // namespace

TEMPLATE_TEST_CASE("tables of any numbers come back with ids and what they were made of", "[io]",
                   float, ciess::bfloat16, ciess::float16, std::int8_t, ciess::bits<4>,
                   ciess::bits<3>, ciess::bits<2>) {
  const temporary_directory dir;
  const auto path = dir.path() / "a.safetensors";
  const auto table = random_table(300, {1, 40}), wide = random_table(4, {1, 300});
  const auto users = ciess::pack<TestType>(table);
  const auto items = ciess::pack(wide);
  const auto user_ids = ciess::id_map::identity(300);
  const ciess::id_map item_ids(names);
  ciess::save_packed(path, {.backbone = "lightgcn \"x\"", .budget = 0.1, .seed = ~std::uint64_t{0}},
                     ciess::named_table{"users", users, &user_ids},
                     ciess::named_table{"items", items, &item_ids},
                     ciess::named_table{"plain", items.view()});
  ciess::packed_file opened(path);
  const auto file = std::move(opened);
  file.check();
  CHECK(file.info().backbone == "lightgcn \"x\"");
  CHECK(file.info().budget == 0.1);
  CHECK(file.info().seed == ~std::uint64_t{0});
  CHECK(file.info().library == ciess::version);
  CHECK(file.names() == std::vector<std::string>{"users", "items", "plain"});
  CHECK(file.contains("plain"));
  CHECK_FALSE(file.contains("plane"));
  CHECK(file.type("users") == ciess::tensor_type_of<TestType>);
  const auto& again = file.table<TestType>("users");
  CHECK(again.range() == ciess::size_range{1, 40});
  CHECK(again.row_sizes() == table.row_sizes());
  CHECK(again.dense() == users.view().dense());
  CHECK(file.table<float>("items").dense() == wide.values());
  CHECK(file.visit("plain", [](const auto& view) { return view.rows(); }) == 4);

  REQUIRE(file.ids("users"));
  CHECK(file.ids("users")->numeric());
  CHECK(file.ids("users")->find("299") == 299);
  REQUIRE(file.ids("items"));
  for (ciess::row_id r = 0; r < 4; ++r) {
    CHECK(file.ids("items")->text(r) == names[static_cast<std::size_t>(r)]);
    CHECK(file.ids("items")->find(names[static_cast<std::size_t>(r)]) == r);
  }
  CHECK_FALSE(file.ids("plain"));
}

TEMPLATE_TEST_CASE("rows of one size come back from a file without codes and an index", "[io]",
                   float, ciess::bfloat16, ciess::float16, std::int8_t, ciess::bits<4>,
                   ciess::bits<3>, ciess::bits<2>) {
  const int d_max = GENERATE(8, 300);
  ciess::masked_table table(ciess::sizes(70, {1, d_max}, 7));
  table.draw(ciess::normal_rows{.stddev = 1}, ciess::random_stream(1, ciess::purpose::user));
  const auto packed = ciess::pack<TestType>(table);
  ciess::packed_writer w;
  w.add("t", packed);
  const mapped memory(w.bytes());
  const ciess::packed_file file(memory, "f");
  file.check();
  CHECK(file.tensors().text("t.size") == "7");
  CHECK_FALSE(file.tensors().contains("t.codes"));
  CHECK_FALSE(file.tensors().contains("t.starts"));
  const auto& again = file.table<TestType>("t");
  CHECK(again.row_sizes() == table.row_sizes());
  CHECK(again.dense() == packed.view().dense());
  CHECK(again.memory().total() == packed.view().memory().total());
}

TEST_CASE("tables without rows are tables", "[io]") {
  const bool wide = GENERATE(false, true);
  const auto none = ciess::pack(random_table(0, {1, wide ? 300 : 8}));
  const ciess::id_map numbers, texts(std::vector<std::string>{});
  ciess::packed_writer w;
  w.add("a", none, &numbers);
  w.add("b", none, &texts);
  const mapped memory(w.bytes());
  const ciess::packed_file file(memory, "f");
  file.check();
  CHECK(file.table<float>("a").rows() == 0);
  CHECK(file.ids("a")->numeric());
  CHECK_FALSE(file.ids("b")->numeric());
  const mapped nothing(ciess::packed_writer().bytes());
  CHECK(ciess::packed_file(nothing, "f").names().empty());
}

TEST_CASE("90 % removed takes at most 11 % of the dense table as .npy", "[io]") {
  std::vector<int> all;
  for (int r = 0; r < 4000; ++r) all.push_back(r % 10 < 2 ? 12 : 13);
  const ciess::sizes sizes(std::span<const int>(all), {1, 128});
  REQUIRE(sizes.total() * 10 == 4000 * 128);
  const ciess::masked_table table(sizes);
  const auto packed = ciess::pack(table);
  ciess::packed_writer w;
  w.add("users", packed);
  const auto bytes = w.bytes().size(), dense = ciess::npy_bytes(table).size();
  CHECK(bytes * 100 <= dense * 11);
  CHECK(bytes * 10 > dense);
}

TEST_CASE("numbers go from the table to the system without a copy", "[io]") {
  const auto packed = ciess::pack(random_table(1000, {1, 40}));
  const auto ids = ciess::id_map::identity(1000);
  ciess::packed_writer w;
  w.add("users", packed, &ids);
  struct {
    std::vector<const std::byte*> pieces{};
    std::size_t header = 0;
    void write(std::span<const std::byte> bytes) {
      if (pieces.empty()) header = bytes.size();
      pieces.push_back(bytes.data());
    }
  } sink;
  w.write(sink);
  const auto& p = packed.view().parts();
  const auto is_piece = [&](const auto& part) {
    return std::ranges::count(sink.pieces, std::as_bytes(part).data()) == 1;
  };
  CHECK(is_piece(p.values));
  CHECK(is_piece(p.narrow));
  CHECK(is_piece(p.starts));
  CHECK(is_piece(ids.view().parts().numbers));
  CHECK(is_piece(ids.view().parts().order));
  CHECK(sink.pieces.size() == 6);
  CHECK(sink.header < 2000);
}

TEST_CASE("codes begin at a line of 64 bytes in a mapped file", "[io]") {
  const temporary_directory dir;
  const auto packed = ciess::pack<std::int8_t>(random_table(1001, {1, 40}));
  ciess::save_packed(dir.path() / "a", {}, ciess::named_table{"a", packed},
                     ciess::named_table{"b", packed});
  const ciess::packed_file file(dir.path() / "a");
  for (const auto& name : file.names()) {
    const auto& codes = file.table<std::int8_t>(name).parts().narrow;
    CHECK(reinterpret_cast<std::uintptr_t>(codes.data()) % 64 == 0);
  }
}

TEST_CASE("a file that misses something is refused", "[io]") {
  parts good;
  REQUIRE(good.complaint() == "none");
  good.order = {1, 3, 2, 0};
  for (const std::string key :
       {"format", "library", "backbone", "budget", "seed", "tables", "t.rows", "t.min", "t.max"}) {
    parts bad;
    bad.metadata.erase(key);
    const std::string table = key.starts_with("t.") ? "table 't': " : "";
    CHECK(bad.complaint() == table + "expected a text '" + key + "' in __metadata__, got none");
  }
  for (const std::string tensor :
       {"values", "codes", "starts", "scales", "ids.bytes", "ids.order"}) {
    parts bad = good;
    bad.without = "t." + tensor;
    CHECK_THAT(bad.complaint(), ContainsSubstring("table 't': expected a tensor 't." + tensor +
                                                  "', the file has 't."));
  }
}

TEST_CASE("a file that says of itself what cannot be is refused", "[io]") {
  const auto with = [](const std::string& key, const std::string& value) {
    parts bad;
    bad.metadata[key] = value;
    return bad.complaint();
  };
  CHECK(with("seed", "7") == "none");
  CHECK(with("format", "ciess packed tables 2") ==
        "expected the format 'ciess packed tables 1', got 'ciess packed tables 2'");
  for (const std::string bad : {"", " 1", "1 ", "0x1", "-1", "1.5", "18446744073709551616"})
    CHECK(with("seed", bad) == "expected a number as 'seed', got '" + bad + "'");
  for (const std::string bad : {"", "inf", "nan", "1e999", "x"})
    CHECK(with("budget", bad) == "expected a number as 'budget', got '" + bad + "'");
  for (const std::string good : {"none", "principal", "balanced"})
    CHECK(with("axes", good) == "none");
  for (const std::string good : {"products", "cosines"}) CHECK(with("scores", good) == "none");
  for (const std::string bad : {"", "Balanced", "balanced "}) {
    CHECK(with("axes", bad) == "expected none, principal or balanced as 'axes', got '" + bad + "'");
    CHECK(with("scores", bad) == "expected products or cosines as 'scores', got '" + bad + "'");
  }
  CHECK(with("tables", "t t") == "expected every table once, got 't' again");
  CHECK_THAT(with("tables", "t u"),
             ContainsSubstring("table 'u': expected a tensor 'u.values', the file has 't.codes'"));
  CHECK_THAT(with("tables", " t"), ContainsSubstring("table '': expected a tensor '.values'"));
  CHECK_THAT(with("t.rows", "-1"), ContainsSubstring("table 't': packed_view: rows must be in"));
  CHECK(with("t.rows", "9223372036854775808") ==
        "table 't': expected a number as 't.rows', got '9223372036854775808'");
  CHECK_THAT(with("t.rows", "9223372036854775807"), ContainsSubstring("rows must be in"));
  CHECK_THAT(with("t.rows", "65"), ContainsSubstring("expected 128 codes of one byte, got 64"));
  CHECK_THAT(with("t.rows", "5"), ContainsSubstring("expected 5 scales, got 4"));
  CHECK_THAT(with("t.min", "0"), ContainsSubstring("sizes must satisfy 1 <= min <= max"));
  CHECK_THAT(with("t.max", "0"), ContainsSubstring("sizes must satisfy 1 <= min <= max"));
  CHECK_THAT(with("t.max", "257"),
             ContainsSubstring("tensor 't.codes': expected numbers U16, got U8"));
}

TEST_CASE("a file says its axes and scores where they are known, and nothing else of them",
          "[io]") {
  const auto packed = ciess::pack(random_table(3, {1, 9}));
  const auto read = [&](const ciess::packed_info& info) {
    ciess::packed_writer w(info);
    w.add("t", packed);
    const mapped memory(w.bytes());
    const ciess::packed_file file(memory, "f");
    CHECK(file.tensors().metadata().contains("axes") != info.axes.empty());
    CHECK(file.tensors().metadata().contains("scores") != info.scores.empty());
    return file.info();
  };
  CHECK(read({.axes = "balanced", .scores = "cosines"}).axes == "balanced");
  CHECK(read({.axes = "none", .scores = "cosines"}).scores == "cosines");
  CHECK(read({}).axes.empty());
  CHECK(read({}).scores.empty());
}

TEST_CASE("a file whose parts do not fit each other is refused", "[io]") {
  parts bad;
  bad.values.pop_back();
  CHECK(bad.complaint() == "table 't': packed_view: expected 7 values, got 6");
  bad = {};
  bad.starts = {0};
  CHECK_THAT(bad.complaint(), ContainsSubstring("expected 2 beginnings of blocks, got 1"));
  bad = {};
  bad.order = {1, 3, 2};
  CHECK_THAT(bad.complaint(), ContainsSubstring("table 't': id_view: 3 rows in order"));
  bad.order = {0, 1, 2};
  bad.ends = {1, 1, 2};
  CHECK(bad.complaint() == "table 't': expected ids of 4 rows, got 3");

  const parts good;
  ciess::safetensors_writer w;
  for (const auto& [key, value] : good.metadata) w.metadata(key, value);
  const std::vector<double> doubles(7);
  w.add("t.values", {7}, doubles);
  const mapped memory(w.bytes());
  CHECK_THROWS_WITH(ciess::packed_file(memory, "f"),
                    "f: table 't': expected numbers F32, BF16, F16, I8 or U8, got F64");
}

TEST_CASE("a file of rows of one size whose values do not fit it is refused", "[io]") {
  const auto with = [](const std::string& size, std::size_t values) {
    parts p;
    p.metadata["t.size"] = size;
    p.values.resize(values, 5);
    p.without = "t.codes";
    return p.complaint();
  };
  CHECK(with("2", 8) == "none");
  CHECK(with("1", 4) == "none");
  CHECK(with("2", 7) == "table 't': packed_view: expected 8 values, got 7");
  CHECK(with("2", 9) == "table 't': packed_view: expected 8 values, got 9");
  CHECK(with("4", 16) == "table 't': packed_view: every row has size 4, expected one in [1, 3]");
  CHECK(with("-1", 7) == "table 't': packed_view: every row has size -1, expected one in [1, 3]");
  CHECK(with("x", 8) == "table 't': expected a number as 't.size', got 'x'");
  // 0 says that rows differ.
  CHECK_THAT(with("0", 7), ContainsSubstring("table 't': expected a tensor 't.codes'"));
  parts differ;
  differ.metadata["t.size"] = "0";
  CHECK(differ.complaint() == "none");
  // Codes may say the same of all rows.
  differ.codes = parts::first_codes({1, 1, 1, 1});
  differ.values.push_back(8);
  differ.starts = {0, 8};
  CHECK(differ.complaint() == "none");
  parts many;
  many.metadata["t.size"] = "3";
  many.metadata["t.rows"] = "2147483647";
  CHECK(many.complaint() == "table 't': packed_view: expected 2147483647 scales, got 4");
}

TEST_CASE("a file of few bits says its bits and the octave of its scales", "[io]") {
  const auto complaint = [](const std::map<std::string, std::string>& more, auto scales) {
    parts p;
    p.metadata["t.size"] = "2";
    p.metadata.insert(more.begin(), more.end());
    ciess::safetensors_writer w;
    for (const auto& [key, value] : p.metadata) w.metadata(key, value);
    const std::vector<ciess::bits<4>> values(4);
    w.add("t.values", {4}, values);
    w.add("t.scales", {std::ssize(scales)}, scales);
    return complaint_of(w.bytes());
  };
  using bytes = std::vector<std::uint8_t>;
  const bytes scales{0, 1, 100, 255};
  CHECK(complaint({{"t.bits", "4"}, {"t.octave", "100"}}, scales) == "none");
  CHECK(complaint({{"t.bits", "4"}}, scales) ==
        "f: table 't': expected a text 't.octave' in __metadata__, got none");
  CHECK(complaint({{"t.bits", "4"}, {"t.octave", "240"}}, scales) ==
        "f: table 't': packed_view: the octave of scales must be in [0, 239], got 240");
  CHECK(complaint({{"t.bits", "4"}, {"t.octave", "100"}}, bytes(3)) ==
        "f: table 't': packed_view: expected 4 scales, got 3");
  CHECK(complaint({{"t.bits", "3"}, {"t.octave", "100"}}, scales) == "none");
  CHECK(complaint({{"t.bits", "5"}, {"t.octave", "100"}}, scales) ==
        "f: table 't': expected numbers of 4, 3 or 2 bits, or with a book, got '5'");
  CHECK(complaint({{"t.bits", "4"}}, std::vector<ciess::bfloat16>(4)) ==
        "f: table 't': its scales are BF16, as an earlier version of the library wrote them: write "
        "the file anew");
  CHECK_THAT(complaint({{"t.bits", "4"}, {"t.octave", "100"}}, std::vector<float>(4)),
             ContainsSubstring("tensor 't.scales': expected numbers U8, got F32"));
}

TEST_CASE("check finds what is wrong in rows, codes and ids", "[io]") {
  parts bad;
  bad.codes[1] = 0;
  CHECK(bad.complaint() == "table 't': packed_view: rows keep 6 values, but there are 7");
  bad = {};
  bad.codes[63] = 1;
  CHECK(bad.complaint() == "table 't': expected zeros behind the 4 codes of rows, got 1");
  bad = {};
  bad.scales[2] = std::numeric_limits<float>::infinity();
  CHECK(bad.complaint() == "table 't': packed_view: row 2, column 0 is inf");
  bad = {};
  bad.order = {1, 0, 2, 3};
  bad.ends = {1, 1, 2, 2};  // rows 1 and 3 are both called ""
  CHECK_THAT(bad.complaint(), ContainsSubstring("table 't': id_view: the id of row "));
}

TEST_CASE("tables are given as what they are only", "[io]") {
  const mapped memory(parts{}.file());
  const ciess::packed_file file(memory, "f");
  CHECK(file.info().library == "9.8.7");
  CHECK(file.table<std::int8_t>("t")[3][2] == 4 * 127);
  CHECK_THROWS_WITH(file.table<float>("t"), "f: table 't': expected numbers F32, got I8");
  CHECK_THROWS_WITH(file.table<float>("u"), "f: expected a table 'u', the file has 't'");
  CHECK_THROWS_AS(file.ids("u"), ciess::data_error);
  CHECK_THROWS_AS(ciess::packed_file("/no/such/file"), ciess::io_error);
}

TEST_CASE("a packed file cut anywhere is refused, and read nowhere but in itself when spoilt",
          "[io]") {
  parts good;
  good.order = {1, 0, 2, 3};
  good.ends = {1, 1, 2, 2};
  const auto whole = good.file();
  const auto read_all = [](const std::string& bytes) {
    const mapped memory(bytes);
    const ciess::packed_file file(memory, "f");
    for (const auto& name : file.names()) {
      file.visit(name, [](const auto& view) { static_cast<void>(view.dense()); });
      if (file.ids(name))
        for (ciess::row_id r = 0; r < file.ids(name)->size(); ++r)
          static_cast<void>(file.ids(name)->find(file.ids(name)->text(r)));
    }
  };
  CHECK_NOTHROW(read_all(whole));
  for (std::size_t n = 0; n < whole.size(); ++n)
    CHECK_THROWS_AS(read_all(whole.substr(0, n)), ciess::data_error);
  CHECK(refusals(whole, read_all) > 1000);
}

TEST_CASE("a dozen lines of NumPy in the manual read a packed table", "[io]") {
  const auto manual = file_text(test_files() + "/../examples/README.md");
  const std::string fence = "```python\n";
  const auto begin = manual.find(fence) + fence.size();
  REQUIRE(begin > fence.size());
  const auto lines = manual.substr(begin, manual.find("```", begin) - begin);
  CHECK(std::ranges::count(lines, '\n') == 12);
  const auto begin_bits = manual.find(fence, begin) + fence.size();
  const auto bits = manual.substr(begin_bits, manual.find("```", begin_bits) - begin_bits);
  REQUIRE_THAT(bits, ContainsSubstring("bits = "));
  const auto begin_own = manual.find(fence, begin_bits) + fence.size();
  const auto own = manual.substr(begin_own, manual.find("```", begin_own) - begin_own);
  REQUIRE_THAT(own, ContainsSubstring("book.bits"));

  const auto begin_ids = manual.find(fence, begin_own) + fence.size();
  const auto texts = manual.substr(begin_ids, manual.find("```", begin_ids) - begin_ids);
  REQUIRE_THAT(texts, ContainsSubstring("ids.ends"));

  const temporary_directory dir;
  const ciess::id_map words(std::vector<std::string>{"b", "", "a c", "d\xc3\xa4"});
  const auto four = ciess::pack(random_table(4, {1, 3}));
  ciess::save_packed(dir.path() / "tables.safetensors", {},
                     ciess::named_table{"users", four, &words});
  if (const auto printed = python_output(dir.path(), lines + texts + "print(ascii(ids))\n"))
    CHECK(*printed == "['b', '', 'a c', 'd\\xe4']\n");
  const auto check = [&](const auto& packed, const std::string& scaled,
                         const std::string& more = "", const std::string& size = "sizes[r]") {
    const auto ids = ciess::id_map::identity(packed.view().rows());
    ciess::save_packed(dir.path() / "tables.safetensors", {},
                       ciess::named_table{"users", packed, &ids});
    const auto printed = python_output(dir.path(), lines + more + R"(
width = max()" + size + R"( for r in range(len(sizes)))
dense = np.array([np.pad(row(r))" + scaled + ", (0, width - " +
                                                       size + R"()) for r in range(len(sizes))])
dense.astype('<f4').tofile('dense')
print(part('users.ids')[-1], width, int(header['__metadata__']['users.max']))
)");
    if (!printed) return;
    const auto& view = packed.view();
    const std::string most = std::to_string(view.columns());
    CHECK(*printed == std::to_string(view.rows() - 1) + " " + most + " " + most + "\n");
    const ciess::matrix dense = view.dense();
    const auto bytes =
        std::as_bytes(std::span(dense.data(), static_cast<std::size_t>(dense.size())));
    CHECK(file_text(dir.path() / "dense") ==
          std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  };
  const auto table = random_table(500, {1, 20}), wide = random_table(2000, {1, 300});
  check(ciess::pack(table), "");
  check(ciess::pack(wide), "");
  check(ciess::pack<ciess::float16>(table), "");
  check(ciess::pack<std::int8_t>(table), " * part('users.scales')[r]");
  check(ciess::pack<ciess::bits<4>>(table), " * scale[r]", bits);
  check(ciess::pack<ciess::bits<3>>(table), " * scale[r]", bits);
  check(ciess::pack<ciess::bits<2>>(wide), " * scale[r]", bits);
  const auto equal = random_table(100, {13, 13});
  check(ciess::pack(equal), "");
  check(ciess::pack<std::int8_t>(equal), " * part('users.scales')[r]");
  check(ciess::pack<ciess::bits<4>>(equal), " * scale[r]", bits);
  check(ciess::pack<ciess::bits<3>>(equal), " * scale[r]", bits);
  check(coded_table(300, 9), "", own, "len(row(r))");
  check(coded_table(ciess::sizes(100, {1, 4}, 4)), "", own, "len(row(r))");
  const auto scales = bits.substr(bits.find("scales = "));
  check(scaled_rows_table(random_sizes(300, {1, 9}, 1)).packed, " * scale[r]", own + scales,
        "len(row(r))");
}

#if __has_include(<sys/mman.h>)

TEST_CASE("two processes read the same file", "[io]") {
  const temporary_directory dir;
  const auto path = dir.path() / "a";
  const auto table = random_table(500, {1, 30});
  ciess::save_packed(path, {}, ciess::named_table{"users", ciess::pack(table)});
  const auto reads_the_same = [&] {
    const ciess::packed_file file(path);
    return file.table<float>("users").dense() == table.values();
  };
  const ciess::packed_file mapped_before(path);
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0)
    ::_exit(reads_the_same() && mapped_before.table<float>("users").dense() == table.values() ? 0
                                                                                              : 1);
  CHECK(reads_the_same());
  int status = 1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}

#endif

TEST_CASE("many read one packed file at once without a lock", "[io][threads]") {
  const temporary_directory dir;
  const auto path = dir.path() / "t.safetensors";
  const auto items = random_table(500, {1, 24}, 3);
  const auto packed = ciess::pack(items);
  const ciess::id_map ids = ciess::id_map::identity(500);
  ciess::save_packed(path, {}, ciess::named_table{"items", packed, &ids});
  const ciess::packed_file file(path);
  const auto& view = file.table<float>("items");
  std::vector<std::string> answers(4);
  const auto work = [&](std::string& answer) {
    for (ciess::index_t r = 0; r < 500; r += 50) {
      const ciess::matrix query = items.values().row(r);
      ciess::rank_packed(query, view, {}, 5,
                         [&](ciess::index_t, std::span<const ciess::scored_item> best) {
                           for (const auto& b : best)
                             answer += file.ids("items")->text(b.item) + ' ' +
                                       std::to_string(view[b.item].dot(view[r])) + '\n';
                         });
    }
  };
  std::vector<std::thread> readers;
  for (auto& answer : answers) readers.emplace_back(work, std::ref(answer));
  for (auto& reader : readers) reader.join();
  CHECK(std::ranges::count(answers[0], '\n') == 50);
  for (const auto& answer : answers) CHECK(answer == answers[0]);
}

namespace {

/// Spoilt anywhere a file with table "t" is refused, or read nowhere but in itself.
void check_spoilt(const std::string& bytes) {
  const auto read_all = [](const std::string& all) {
    const mapped copy(all);
    const ciess::packed_file f(copy, "f");
    f.visit("t", [](const auto& view) { static_cast<void>(view.dense()); });
  };
  CHECK_NOTHROW(read_all(bytes));
  for (std::size_t n = 0; n < bytes.size(); n += 7)
    CHECK_THROWS_AS(read_all(bytes.substr(0, n)), ciess::data_error);
  CHECK(refusals(bytes, read_all) > 300);
}

}  // namespace

TEST_CASE("bytes of columns come back from a file with their book", "[io]") {
  const bool ragged = GENERATE(false, true);
  const auto packed = ragged ? coded_table(300, 7) : coded_table(ciess::sizes(300, {1, 7}, 7));
  ciess::packed_writer w;
  w.add("t", packed);
  const auto bytes = w.bytes();
  const mapped memory(bytes);
  ciess::packed_file opened(memory, "f");
  const auto file = std::move(opened);
  file.check();
  const auto& again = file.table<ciess::code_byte>("t");
  CHECK(again.dense() == packed.view().dense());
  CHECK(again.range() == packed.view().range());
  CHECK(again.memory().total() == packed.view().memory().total());
  CHECK(file.tensors().contains("t.codes") == ragged);
  CHECK(file.type("t") == ciess::tensor_type::u8);
  CHECK_THROWS_WITH(file.table<ciess::bits<4>>("t"),
                    ContainsSubstring("expected numbers of 4 bits, got of bits by columns"));
  check_spoilt(bytes);
}

TEST_CASE("bytes of columns come back with the scales of their rows", "[io]") {
  const bool ragged = GENERATE(false, true);
  const scaled_rows_table t(ragged ? random_sizes(300, {1, 7}, 1) : ciess::sizes(300, {1, 7}, 7));
  ciess::packed_writer w;
  w.add("t", t.packed);
  const auto bytes = w.bytes();
  const mapped memory(bytes);
  const ciess::packed_file file(memory, "f");
  file.check();
  const auto& again = file.table<ciess::code_byte>("t");
  CHECK(again.dense() == t.packed.view().dense());
  CHECK(again.memory().total() == t.packed.view().memory().total());
  CHECK(again.parts().octave == t.packed.view().parts().octave);
  check_spoilt(bytes);
}

TEST_CASE("rows of few bytes may have many columns", "[io]") {
  // 40 bytes a row at most, but 320 columns.
  const std::vector<std::uint8_t> bits(320, 1);
  const std::vector<ciess::bfloat16> steps(320, ciess::to_bfloat16(1));
  const std::vector<float> row(320, 0.5F);
  const ciess::packed_table<ciess::code_byte> packed(
      random_sizes(100, {1, 40}, 1), [&](ciess::index_t) { return std::span<const float>(row); },
      ciess::code_book(bits, steps));
  ciess::packed_writer w;
  w.add("t", packed);
  const mapped memory(w.bytes());
  const ciess::packed_file file(memory, "f");
  file.check();
  CHECK(file.table<ciess::code_byte>("t").dense() == packed.view().dense());
  CHECK(file.table<ciess::code_byte>("t").row_sizes() == packed.view().row_sizes());

  const ciess::packed_table<ciess::code_byte> nothing;
  CHECK_THROWS_AS(w.add("n", nothing), ciess::argument_error);
}

TEST_CASE("many large books in a small file are refused", "[io]") {
  const std::vector<std::uint8_t> bits(2048, 1);
  const std::vector<ciess::bfloat16> steps(2048, ciess::to_bfloat16(1));
  const ciess::packed_table<ciess::code_byte> packed(
      ciess::sizes(0, {1, 256}), [](ciess::index_t) { return std::span<const float>(); },
      ciess::code_book(bits, steps));
  ciess::packed_writer w;
  for (int t = 0; t < 32; ++t) w.add("t" + std::to_string(t), packed);
  CHECK_THROWS_WITH(w.add("t", packed), ContainsSubstring("expected at most 65536"));
  const mapped most(w.bytes());
  CHECK_NOTHROW(ciess::packed_file(most, "f"));
  // As somebody else might write it.
  ciess::safetensors_writer other;
  std::string tables;
  for (const auto& [key, value] : parts().metadata)
    if (key != "tables" && !key.starts_with("t.")) other.metadata(key, value);
  const std::vector<ciess::code_byte> none;
  for (int t = 0; t < 33; ++t) {
    const std::string name = "t" + std::to_string(t);
    other.add(name + ".values", {0}, none);
    other.add(name + ".book.bits", {2048}, bits);
    other.add(name + ".book.steps", {2048}, steps);
    for (const auto& [key, value] : {std::pair{".rows", "0"}, std::pair{".min", "8"},
                                     std::pair{".max", "2048"}, std::pair{".size", "1"}})
      other.metadata(name + key, value);
    tables += (t == 0 ? "" : " ") + name;
  }
  other.metadata("tables", tables);
  const mapped many(other.bytes());
  CHECK_THROWS_WITH(ciess::packed_file(many, "f"), ContainsSubstring("more than 65536 columns"));
}

TEST_CASE("a file with a book that cannot be is refused", "[io]") {
  const auto complaint = [](const std::vector<std::uint8_t>& bits, const auto& steps,
                            const std::string& min = "1", const std::string& max = "3") {
    parts p;
    p.metadata["t.size"] = "2";
    p.metadata["t.min"] = min;
    p.metadata["t.max"] = max;
    ciess::safetensors_writer w;
    for (const auto& [key, value] : p.metadata) w.metadata(key, value);
    const std::vector<ciess::code_byte> values(8);
    w.add("t.values", {8}, values);
    w.add("t.book.bits", {std::ssize(bits)}, bits);
    w.add("t.book.steps", {std::ssize(steps)}, steps);
    return complaint_of(w.bytes());
  };
  const std::vector<ciess::bfloat16> steps(3, ciess::to_bfloat16(1));
  CHECK(complaint({8, 4, 4}, steps) == "none");
  CHECK(complaint({8, 4, 3}, steps) ==
        "f: table 't': code_book: the last columns take 7 bits of a byte, expected 8");
  CHECK(complaint({8, 8}, steps) == "f: table 't': code_book: expected steps of 2 columns, got 3");
  CHECK(complaint({8, 4, 4}, steps, "1", "4") ==
        "f: table 't': packed_view: rows keep 1 to 4 columns, expected 1 to 3, as their book has");
  CHECK(complaint({4, 4, 8}, steps) ==
        "f: table 't': packed_view: rows keep 1 to 3 columns, expected 2 to 3, as their book has");
  CHECK_THAT(complaint({8, 4, 4}, std::vector<float>(3)),
             ContainsSubstring("tensor 't.book.steps': expected numbers BF16, got F32"));
}

TEST_CASE("scales of bytes that cannot be are refused", "[io]") {
  const auto complaint = [](std::size_t scales, const std::string& octave) {
    parts p;
    p.metadata["t.size"] = "2";
    p.metadata["t.min"] = "1";
    p.metadata["t.max"] = "3";
    ciess::safetensors_writer w;
    for (const auto& [key, value] : p.metadata) w.metadata(key, value);
    if (!octave.empty()) w.metadata("t.octave", octave);
    const std::vector<std::uint8_t> bits{8, 4, 4}, of_rows(scales, 7);
    const std::vector<ciess::bfloat16> steps(3, ciess::to_bfloat16(1));
    const std::vector<ciess::code_byte> values(8);
    w.add("t.values", {8}, values);
    w.add("t.book.bits", {3}, bits);
    w.add("t.book.steps", {3}, steps);
    w.add("t.scales", {std::ssize(of_rows)}, of_rows);
    return complaint_of(w.bytes());
  };
  CHECK(complaint(4, "120") == "none");
  CHECK_THAT(complaint(3, "120"), ContainsSubstring("expected scales of 4 rows, got 3"));
  CHECK_THAT(complaint(0, "120"), ContainsSubstring("expected scales of 4 rows, got 0"));
  CHECK_THAT(complaint(4, "300"), ContainsSubstring("the octave of scales must be in [0, "));
  CHECK_THAT(complaint(4, ""), ContainsSubstring("octave"));
}

TEST_CASE("layers come back from a file beside its tables", "[io]") {
  const auto packed = ciess::pack<ciess::bits<4>>(random_table(70, {1, 9}));
  const std::vector<float> weights{1, -2, 3.5F, 0, -0.0F, 1e-40F}, bias{7};
  ciess::packed_writer without({.backbone = "ncf"});
  without.add("t", packed);
  CHECK(complaint_of(without.bytes()) == "none");
  CHECK_THAT(without.bytes(), !ContainsSubstring("layers"));  // old files and new ones are alike
  ciess::packed_writer w({.backbone = "ncf"});
  w.add("t", packed);
  w.add({.name = "first", .shape = {2, 3}, .numbers = weights});
  w.add({.name = "t-bias", .shape = {1}, .numbers = bias});
  w.add({.name = "none", .shape = {0, 4}, .numbers = {}});
  const mapped memory(w.bytes());
  ciess::packed_file opened(memory, "f");
  const auto file = std::move(opened);
  file.check();
  REQUIRE(file.layers().size() == 3);
  CHECK(file.layers()[0].name == "first");
  CHECK(file.layers()[0].shape == std::vector<ciess::index_t>{2, 3});
  CHECK(std::ranges::equal(std::as_bytes(file.layers()[0].numbers),
                           std::as_bytes(std::span(weights))));
  CHECK(file.layers()[1].name == "t-bias");
  CHECK(file.layers()[2].numbers.empty());
  CHECK(std::get<ciess::packed_view<ciess::bits<4>>>(file.view("t")).dense() ==
        packed.view().dense());
  CHECK_THROWS_AS(file.view("u"), ciess::data_error);
  const mapped old(without.bytes());
  CHECK(ciess::packed_file(old, "f").layers().empty());
}

TEST_CASE("a file with layers that cannot be is refused", "[io]") {
  const auto complaint = [](const std::string& layers, const auto& numbers) {
    ciess::safetensors_writer w;
    for (const auto& [key, value] : parts().metadata)
      if (!key.starts_with("t.")) w.metadata(key, key == "tables" ? "" : value);
    w.metadata("layers", layers);
    w.add("a", {std::ssize(numbers)}, numbers);
    return complaint_of(w.bytes());
  };
  std::vector<float> numbers{1, 2, 3};
  CHECK(complaint("a", numbers) == "none");
  CHECK(complaint("", numbers) == "none");
  CHECK(complaint("a a", numbers) == "f: expected every layer once, got 'a' again");
  CHECK(complaint("a b", numbers) == "f: layer 'b': expected a tensor 'b', the file has 'a'");
  CHECK(complaint(" a", numbers) == "f: layer '': expected a tensor '', the file has 'a'");
  CHECK(complaint("a", std::vector<ciess::bfloat16>(3)) ==
        "f: layer 'a': tensor 'a': expected numbers F32, got BF16");
  CHECK(complaint("a", std::vector<double>(3)) ==
        "f: layer 'a': tensor 'a': expected numbers F32, got F64");
  for (const float bad :
       {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    numbers[1] = bad;
    CHECK(complaint("a", numbers) ==
          (std::isnan(bad) ? "f: layer 'a': number 1 is nan" : "f: layer 'a': number 1 is inf"));
  }
}
