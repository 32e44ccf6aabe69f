// SPDX-License-Identifier: MIT
#include <ciess/io/safetensors.hpp>
// its own header first
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/file_text.hpp"
#include "support/temporary_directory.hpp"

namespace {

using shape = std::vector<ciess::index_t>;

/// Memory as a file has it when it is mapped: a whole number of lines before the first byte.
struct mapped {
  explicit mapped(const std::string& text) : memory(text.size() + 64) {
    const auto address = reinterpret_cast<std::uintptr_t>(memory.data());
    bytes = std::span(memory).subspan((64 - address % 64) % 64, text.size());
    if (!text.empty()) std::memcpy(bytes.data(), text.data(), text.size());
  }
  std::vector<std::byte> memory;
  std::span<std::byte> bytes;
};

/// A file by hand.
std::string file_of(const std::string& header, const std::string& data) {
  std::string bytes;
  for (std::size_t n = header.size(); bytes.size() < 8; n /= 256)
    bytes += static_cast<char>(n % 256);
  return bytes + header + data;
}

/// What the reader says against a file. The file ends where its memory does, for sanitizers.
std::string complaint(const std::string& file) {
  const std::vector<char> exact(file.begin(), file.end());
  try {
    const ciess::safetensors_view view(std::as_bytes(std::span(exact)), "f");
    return "none";
  } catch (const ciess::data_error& e) {
    const std::string text = e.what();
    return text.starts_with("f: ") ? text.substr(3) : "names no file: " + text;
  }
}
std::string complaint(const std::string& header, std::size_t data) {
  return complaint(file_of(header, std::string(data, '\0')));
}

/// A header with one tensor.
std::string one(const std::string& dtype, const std::string& lengths, const std::string& offsets) {
  return R"({"x":{"dtype":)" + dtype + R"(,"shape":)" + lengths + R"(,"data_offsets":)" + offsets +
         "}}";
}
/// One tensor of bytes.
std::string part(const std::string& name, int begin, int end) {
  return "\"" + name + R"(":{"dtype":"U8","shape":[)" + std::to_string(end - begin) +
         R"(],"data_offsets":[)" + std::to_string(begin) + "," + std::to_string(end) + "]}";
}

const std::vector<float> six{1, 2, 3, 4, 5, 6};
const std::vector<std::int64_t> two{-1, 7};
const std::vector<std::uint8_t> line(64, 9);

std::string good_file() {
  ciess::safetensors_writer w;
  w.add("six", {2, 3}, six);
  w.add("two", {2}, two);
  w.add("line", {64}, line);
  w.add("none", {0, 5}, std::span<const double>{});
  w.metadata("name", "a \"b\"\n\xc3\xa4");
  w.metadata("empty", "");
  return w.bytes();
}

}  // namespace

TEST_CASE("what is written is read again", "[io]") {
  const mapped file(good_file());
  const ciess::safetensors_view view(file.bytes, "f");
  CHECK(view.name() == "f");
  CHECK(view.text("name") == "a \"b\"\n\xc3\xa4");
  CHECK(view.text("empty").empty());
  CHECK(view.metadata().size() == 2);
  CHECK(view.contains("six"));
  CHECK_FALSE(view.contains("seven"));
  const auto read = view.numbers<float>("six", shape{2, 3});
  CHECK(std::vector(read.begin(), read.end()) == six);
  const auto integers = view.numbers<std::int64_t>("two", shape{2});
  CHECK(std::vector(integers.begin(), integers.end()) == two);
  CHECK(view.numbers<double>("none", shape{0, 5}).empty());
  CHECK(view.at("line").type == ciess::tensor_type::u8);
  CHECK(view.at("line").shape == shape{64});
  CHECK(view.numbers<std::byte>("line", shape{64}).back() == std::byte{9});

  std::vector<std::string> order;
  for (const auto& t : view.tensors()) order.push_back(t.name);
  CHECK(order == std::vector<std::string>{"line", "none", "two", "six"});
  CHECK(reinterpret_cast<std::uintptr_t>(view.at("line").bytes.data()) % 64 == 0);
}

TEST_CASE("a file of known tensors has known bytes", "[io]") {
  const std::vector<std::uint16_t> b{0x4241, 0x4443};
  const std::vector<std::int8_t> a{'x'};
  ciess::safetensors_writer w;
  w.add("a", {1}, a);
  w.add("b", {2, 1}, b);
  w.metadata("z", "1");
  w.metadata("y", "2");
  const std::string header =
      R"({"__metadata__":{"y":"2","z":"1"},"b":{"dtype":"U16","shape":[2,1],"data_offsets":[0,4]},)"
      R"("a":{"dtype":"I8","shape":[1],"data_offsets":[4,5]}})";
  CHECK(w.bytes() == file_of(header + std::string(184 - header.size(), ' '), "ABCDx"));
}

TEST_CASE("a file is saved as it is in memory, and the one before it kept", "[io]") {
  const temporary_directory dir;
  const auto path = dir.path() / "a.safetensors";
  ciess::safetensors_writer w;
  w.add("six", {6}, six);
  w.save(path);
  CHECK(file_text(path) == w.bytes());
  w.metadata("more", "text");
  w.save(path, true);
  CHECK(file_text(path) == w.bytes());
  CHECK(names_in(dir.path()) == std::set<std::string>{"a.safetensors", "a.safetensors.previous"});
}

TEST_CASE("a file without tensors and one with a single number are files", "[io]") {
  const ciess::safetensors_writer none;
  CHECK(none.bytes() == file_of("{}" + std::string(54, ' '), ""));
  CHECK(complaint(none.bytes()) == "none");
  ciess::safetensors_writer single;
  single.add("x", {}, std::span<const float>(six).first(1));
  const mapped file(single.bytes());
  CHECK(ciess::safetensors_view(file.bytes, "f").numbers<float>("x", {})[0] == 1);
}

TEST_CASE("tensors may be named in any order, and headers be padded or not", "[io]") {
  CHECK(complaint("{" + part("b", 2, 4) + "," + part("a", 0, 2) + "}", 4) == "none");
  CHECK(complaint("{" + part("b", 0, 4) + "}   ", 4) == "none");
  CHECK(complaint("{" + part("b", 0, 4) + " , \n\t" + part("c", 4, 4) + "}", 4) == "none");
  CHECK(complaint(R"({"__metadata__":{},)" + part("b", 0, 4) + "}", 4) == "none");
  for (const std::string type : {"BOOL", "I8", "F8_E5M2", "F8_E4M3"})
    CHECK(complaint(one('"' + type + '"', "[2,2]", "[0,4]"), 4) == "none");
}

TEST_CASE("a header whose length is not right is refused", "[io]") {
  CHECK(complaint("") == "byte 0: expected 8 bytes of header length, got 0");
  CHECK(complaint("1234567") == "byte 0: expected 8 bytes of header length, got 7");
  CHECK(complaint(std::string(8, '\0')) ==
        "byte 8: expected a header that begins with '{', got ''");
  CHECK(complaint(std::string(8, '\xff')) ==
        "byte 0: expected a header of at most 0 bytes, got 18446744073709551615: no safetensors "
        "file, or not all of one");
  CHECK(complaint(file_of("{}", "").substr(0, 9)) ==
        "byte 0: expected a header of at most 1 bytes, got 2: no safetensors file, or not all of "
        "one");
  const std::string large(100'000'001, ' ');
  CHECK(complaint(file_of(large, "")) ==
        "byte 0: expected a header of at most 100000000 bytes, got 100000001: no safetensors file, "
        "or not all of one");
}

TEST_CASE("a header that is not JSON of the format is refused", "[io]") {
  CHECK(complaint(" {}", 0) == "byte 8: expected a header that begins with '{', got ' {}'");
  CHECK(complaint("[]", 0) == "byte 8: expected a header that begins with '{', got '[]'");
  CHECK(complaint("{} \n", 0) ==
        "byte 11: expected a header that ends with '}' and spaces, got '?'");
  CHECK(complaint("{", 0) == "byte 8: expected a header that ends with '}' and spaces, got '{'");
  CHECK(complaint("{}{}", 0) == "byte 10: expected JSON, got '{}{'");
  CHECK(complaint(std::string("{}\0{}", 5), 0) == "byte 10: expected JSON, got a NUL");
  CHECK(complaint("{,}", 0) == "byte 9: expected JSON, got '{,'");
  CHECK(complaint("{/**/}", 0) == "byte 9: expected JSON, got '{/'");
  CHECK_THAT(complaint("{\"\xff\":{}}", 0), ContainsSubstring("byte 10: expected JSON, got"));
  CHECK_THAT(complaint(R"({"\ud800":{}})", 0), ContainsSubstring("expected JSON, got"));
  CHECK_THAT(complaint(one("\"F32\"", "[1e999]", "[0,4]"), 4),
             ContainsSubstring("expected JSON, got '1e999'"));
}

TEST_CASE("a header that is deeper than the format is refused, not followed", "[io]") {
  std::string deep = one("\"F32\"", std::string(1000000, '['), "[0,4]");
  CHECK(complaint(deep, 4) ==
        "header: 'x': 'shape': expected a list of at most 64 lengths from 0 "
        "to 2^63 - 1, got a list");
  deep.clear();
  for (int k = 0; k < 100000; ++k) deep += R"({"x":)";
  CHECK(complaint(deep + "}", 4) ==
        "header: 'x': expected 'dtype', 'shape' or 'data_offsets', got 'x'");
}

TEST_CASE("a tensor that is not as the format says is refused", "[io]") {
  const std::string lengths = "expected a list of at most 64 lengths from 0 to 2^63 - 1, got ";
  const std::string offsets = "expected a list of two numbers from 0 to 2^63 - 1, got ";
  const auto tensor = [](const std::string& text) { return complaint(R"({"x":)" + text + "}", 4); };
  const auto type = [](const std::string& text) { return complaint(one(text, "[1]", "[0,4]"), 4); };
  const auto size = [](const std::string& text) {
    return complaint(one("\"F32\"", text, "[0,4]"), 4);
  };
  const auto place = [](const std::string& text) {
    return complaint(one("\"F32\"", "[1]", text), 4);
  };
  CHECK(type("\"F32\"") == "none");
  CHECK(tensor("3") == "header: 'x': expected an object, got 3");
  CHECK(tensor("null") == "header: 'x': expected an object, got null");
  CHECK(tensor("[]") == "header: 'x': expected an object, got a list");
  CHECK(tensor("{}") == "header: 'x': expected 'dtype', got the end of the tensor");
  CHECK(tensor(R"({"dtype":"F32"})") == "header: 'x': expected 'shape', got the end of the tensor");
  CHECK(tensor(R"({"dtype":"F32","shape":[1]})") ==
        "header: 'x': expected 'data_offsets', got the end of the tensor");
  CHECK_THAT(tensor(R"({"dtype":"F32","extra":1})"),
             ContainsSubstring("expected 'dtype', 'shape' or 'data_offsets', got 'extra'"));

  CHECK(type("\"F33\"") == "header: 'x': 'dtype': expected the name of a type, got 'F33'");
  CHECK(type("1") == "header: 'x': 'dtype': expected the name of a type, got 1");
  CHECK(type("[\"F32\"]") == "header: 'x': 'dtype': expected the name of a type, got a list");
  CHECK(type("{\"F32\":1}") == "header: 'x': 'dtype': expected the name of a type, got an object");

  for (const std::string bad :
       {"-1", "1.0", "1e0", "9223372036854775808", "99999999999999999999", "true", "null"})
    CHECK(size("[" + bad + "]") == "header: 'x': 'shape': " + lengths + bad);
  CHECK(size("[-0]") == "header: 'x': 'shape': " + lengths + "0");
  CHECK(size("[\"1\"]") == "header: 'x': 'shape': " + lengths + "the text '1'");
  CHECK(size("[[1]]") == "header: 'x': 'shape': " + lengths + "a list");
  CHECK(size("[{}]") == "header: 'x': 'shape': " + lengths + "an object");
  CHECK(size("1") == "header: 'x': 'shape': " + lengths + "1");
  std::string many = "[1";
  for (int k = 1; k < 64; ++k) many += ",1";
  CHECK(size(many + "]") == "none");
  CHECK(size(many + ",1]") == "header: 'x': 'shape': " + lengths + "one more");

  CHECK(place("[0]") == "header: 'x': 'data_offsets': " + offsets + "the end of the list");
  CHECK(place("[]") == "header: 'x': 'data_offsets': " + offsets + "the end of the list");
  CHECK(place("[0,4,4]") == "header: 'x': 'data_offsets': " + offsets + "one more");
  CHECK(place("[0,-4]") == "header: 'x': 'data_offsets': " + offsets + "-4");
  CHECK(place("{}") == "header: 'x': 'data_offsets': " + offsets + "an object");
  CHECK(place("[0,18446744073709551615]") ==
        "header: 'x': 'data_offsets': " + offsets + "18446744073709551615");
}

TEST_CASE("keys that come twice are refused", "[io]") {
  const std::string fields = R"("dtype":"U8","shape":[4],"data_offsets":[0,4])";
  const auto twice = [&](const std::string& more) {
    return complaint(R"({"x":{)" + fields + "," + more + "}}", 4);
  };
  CHECK(twice(R"("dtype":"I8")") ==
        "header: 'x': 'dtype': expected every key once, got 'dtype' again");
  CHECK(twice(R"("shape":[4])") ==
        "header: 'x': 'shape': expected every key once, got 'shape' again");
  CHECK(twice(R"("data_offsets":[0,4])") ==
        "header: 'x': 'data_offsets': expected every key once, got 'data_offsets' again");
  CHECK(complaint("{" + part("x", 0, 2) + "," + part("x", 2, 4) + "}", 4) ==
        "tensor 'x': expected every name once, got it again");
  CHECK(complaint("{" + part("x", 0, 2) + "," + part("\\u0078", 2, 4) + "}", 4) ==
        "tensor 'x': expected every name once, got it again");
  CHECK(complaint(R"({"__metadata__":{},"__metadata__":{}})", 0) ==
        "header: '__metadata__': expected every key once, got '__metadata__' again");
  CHECK(complaint(R"({"__metadata__":{"a":"","a":""}})", 0) ==
        "header: '__metadata__': 'a': expected every key once, got 'a' again");
}

TEST_CASE("metadata that are not texts are refused", "[io]") {
  CHECK(complaint(R"({"__metadata__":"a"})", 0) ==
        "header: '__metadata__': expected an object, got the text 'a'");
  CHECK(complaint(R"({"__metadata__":{"a":1}})", 0) ==
        "header: '__metadata__': 'a': expected a text, got 1");
  CHECK(complaint(R"({"__metadata__":{"a":[]}})", 0) ==
        "header: '__metadata__': 'a': expected a text, got a list");
  CHECK(complaint(R"({"__metadata__":{"a":{}}})", 0) ==
        "header: '__metadata__': 'a': expected a text, got an object");
  CHECK(complaint(R"({"__metadata__":{"a":null}})", 0) ==
        "header: '__metadata__': 'a': expected a text, got null");
}

TEST_CASE("tensors that do not fill the data one behind the other are refused", "[io]") {
  const auto two_parts = [](int begin, int end) {
    return "{" + part("x", 0, 4) + "," + part("y", begin, end) + "}";
  };
  CHECK(complaint(two_parts(4, 8), 8) == "none");
  CHECK(complaint(two_parts(3, 8), 8) ==
        "tensor 'y': expected to begin at byte 4 of the data, got 3");
  CHECK(complaint(two_parts(0, 4), 4) ==
        "tensor 'y': expected to begin at byte 4 of the data, got 0");
  CHECK(complaint(two_parts(5, 8), 8) ==
        "tensor 'y': expected to begin at byte 4 of the data, got 5");
  CHECK(complaint("{" + part("x", 1, 4) + "}", 4) ==
        "tensor 'x': expected to begin at byte 0 of the data, got 1");
  CHECK(complaint(two_parts(4, 9), 8) ==
        "tensor 'y': expected to end at a byte of the data from 4 to 8, got 9");
  CHECK(complaint(two_parts(4, 8), 9) == "expected 8 bytes of data, as tensors have, got 9");
  CHECK(complaint("{}", 1) == "expected 0 bytes of data, as tensors have, got 1");
  CHECK(complaint("{" + part("x", 0, 4) + R"(,"y":{"dtype":"U8","shape":[0],)" +
                      R"("data_offsets":[4,3]}})",
                  4) == "tensor 'y': expected to end at a byte of the data from 4 to 4, got 3");
  CHECK(complaint(one("\"U8\"", "[0]", "[9223372036854775807,0]"), 0) ==
        "tensor 'x': expected to begin at byte 0 of the data, got 9223372036854775807");
}

TEST_CASE("tensors whose bytes are not as many as their shape says are refused", "[io]") {
  CHECK(complaint(one("\"F32\"", "[1]", "[0,3]"), 3) ==
        "tensor 'x': expected 4 bytes for shape [1] of F32, got 3");
  CHECK(complaint(one("\"U8\"", "[2,3]", "[0,5]"), 5) ==
        "tensor 'x': expected 6 bytes for shape [2, 3] of U8, got 5");
  CHECK(complaint(one("\"U8\"", "[]", "[0,0]"), 0) ==
        "tensor 'x': expected 1 bytes for shape [] of U8, got 0");
  // 2^32 * 2^32 is 0 in 64 bits.
  CHECK(complaint(one("\"U8\"", "[4294967296,4294967296]", "[0,0]"), 0) ==
        "tensor 'x': shape [4294967296, 4294967296] of U8 has more bytes than a file can have");
  CHECK(complaint(one("\"F64\"", "[2305843009213693952]", "[0,0]"), 0) ==
        "tensor 'x': shape [2305843009213693952] of F64 has more bytes than a file can have");
}

TEST_CASE("a file cut anywhere is refused", "[io]") {
  const auto whole = good_file();
  REQUIRE(complaint(whole) == "none");
  for (std::size_t n = 0; n < whole.size(); ++n) CHECK(complaint(whole.substr(0, n)) != "none");
  CHECK(complaint(whole + "x") != "none");
}

TEST_CASE("a file with any byte of its header changed is refused or read", "[io]") {
  const auto whole = good_file();
  const auto header = whole.find("   ");
  int refused = 0;
  for (std::size_t n = 0; n < header; ++n)
    for (const char c : {'\0', '"', '{', '}', '[', '0', '9', ',', 'F', '\xff'}) {
      auto changed = whole;
      changed[n] = c;
      refused += complaint(changed) != "none";
    }
  CHECK(refused > 1000);
}

TEST_CASE("numbers are given as what they are only", "[io]") {
  const mapped file(good_file());
  const ciess::safetensors_view view(file.bytes, "f");
  CHECK_THROWS_WITH(view.numbers<double>("six", shape{2, 3}),
                    "f: tensor 'six': expected numbers F64, got F32");
  CHECK_THROWS_WITH(view.numbers<float>("six", shape{3, 2}),
                    "f: tensor 'six': expected shape [3, 2], got [2, 3]");
  CHECK_THROWS_WITH(view.numbers<float>("six", shape{6}),
                    "f: tensor 'six': expected shape [6], got [2, 3]");
  CHECK_THROWS_WITH(view.at("seven"),
                    "f: expected a tensor 'seven', the file has 'line', 'none', "
                    "'six', 'two'");
  CHECK_THROWS_WITH(view.text("seven"), "f: expected a text 'seven' in __metadata__, got none");
  const mapped none(file_of("{}", ""));
  CHECK_THROWS_WITH(ciess::safetensors_view(none.bytes, "f").at("x"),
                    "f: expected a tensor 'x', the file has none");

  const mapped odd(file_of("{" + part("a", 0, 1) + R"(,"x":{"dtype":"F32","shape":[1],)" +
                               R"("data_offsets":[1,5]}}   )",
                           "12345"));
  CHECK_THROWS_WITH(ciess::safetensors_view(odd.bytes, "f").numbers<float>("x", shape{1}),
                    "f: tensor 'x': expected to begin at a multiple of 4 bytes in memory");
}

TEST_CASE("a writer refuses what is no file", "[io]") {
  ciess::safetensors_writer w;
  w.add("x", {2, 3}, six);
  w.metadata("k", "v");
  CHECK_THROWS_AS(w.add("x", {2, 3}, six), ciess::argument_error);
  CHECK_THROWS_WITH(w.add("__metadata__", {2, 3}, six),
                    "safetensors_writer: name '__metadata__' is taken");
  CHECK_THROWS_WITH(w.add("y", {2, 2}, six),
                    "safetensors_writer: tensor 'y' of shape [2, 2] has 6 numbers");
  CHECK_THROWS_AS(w.add("y", {-2, -3}, six), ciess::argument_error);
  CHECK_THROWS_AS(w.add("y", {shape::value_type{1} << 62, 4}, std::span<const float>{}),
                  ciess::argument_error);
  CHECK_THROWS_WITH(w.add("\xff", {6}, six),
                    ContainsSubstring("name of a tensor '\xff' is not UTF-8"));
  CHECK_THROWS_WITH(w.metadata("k", "w"), "safetensors_writer: metadata 'k' is there already");
  CHECK_THROWS_AS(w.metadata("\xff", "w"), ciess::argument_error);
  CHECK_THROWS_AS(w.metadata("l", "\xc3"), ciess::argument_error);
  const mapped file(w.bytes());
  const ciess::safetensors_view view(file.bytes, "f");
  CHECK(view.tensors().size() == 1);
  CHECK(view.metadata() == std::map<std::string, std::string>{{"k", "v"}});
  w.metadata("long", std::string(100'000'000, 'x'));
  CHECK_THROWS_WITH(w.bytes(), ContainsSubstring("a header of at most 100000000 bytes, got"));
}
