// SPDX-License-Identifier: MIT
#include <ciess/io/npz.hpp>
// its own header first
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <ciess/core/aligned.hpp>
#include <ciess/core/number_formats.hpp>
#include <ciess/embedding/as_xtensor.hpp>
#include <ciess/embedding/masked_table.hpp>

#include "support/catch.hpp"
#include "support/file_text.hpp"
#include "support/python.hpp"
#include "support/temporary_directory.hpp"

namespace {

using shape = std::vector<ciess::index_t>;

static_assert(ciess::npy_number<float> && ciess::npy_number<double>);
static_assert(ciess::npy_number<std::int8_t> && ciess::npy_number<std::uint64_t>);
static_assert(!ciess::npy_number<bool> && !ciess::npy_number<long double>);
static_assert(!ciess::npy_number<std::complex<float>> && !ciess::npy_number<std::byte>);
static_assert(!ciess::npy_number<ciess::bfloat16> && !ciess::npy_number<float*>);
static_assert(!ciess::npy_number<float&> && !ciess::npy_number<std::string>);

/// Memory that ends where the file does, for sanitizers.
struct exact {
  explicit exact(const std::string& text) : memory(text.size()) {
    if (!text.empty()) std::memcpy(memory.data(), text.data(), text.size());
  }
  operator std::span<const std::byte>() const { return memory; }
  ciess::aligned_vector<std::byte> memory;
};

const std::vector<float> six{1, 2, 3, 4, 5, 6};
const std::vector<std::int64_t> two{-1, 7};

std::string good_file(std::uint64_t wide_from = 1 << 20) {
  ciess::npz_writer w(wide_from);
  w.add("six", shape{2, 3}, std::span(six));
  w.add("two", shape{2}, std::span(two));
  w.add("none", shape{0, 5}, std::span<const double>{});
  return w.bytes();
}

/// What a reader says that opens a file and looks at all of it.
std::string complaint(const std::string& file) {
  const exact memory(file);
  try {
    const ciess::npz_view view(memory, "f");
    view.check();
    return "none";
  } catch (const ciess::data_error& e) {
    const std::string text = e.what();
    return text.starts_with("f: ") ? text.substr(3) : "names no file: " + text;
  }
}

/// A zip whose numbers a test sets one by one.
struct spoilt {
  struct one {
    ciess::detail::zip_member local{}, central{};
    std::string content{};
  };
  std::vector<one> all{};
  std::string before_directory{}, behind{};

  void add(const std::string& name, const std::string& content) {
    ciess::detail::zip_member m;
    m.name = name;
    m.checksum = ciess::detail::crc32(std::as_bytes(std::span(content)));
    m.bytes = m.packed = content.size();
    m.offset = 0;
    for (const auto& a : all) m.offset += whole(a).size();
    all.push_back({m, m, content});
  }
  static std::string whole(const one& a) {
    return ciess::detail::zip_local_header(a.local, false) + a.content;
  }
  std::string file() const {
    std::string bytes;
    std::vector<ciess::detail::zip_member> members;
    for (const auto& a : all) {
      bytes += whole(a);
      members.push_back(a.central);
    }
    bytes += before_directory;
    return bytes + ciess::detail::zip_directory(members, bytes.size(), false) + behind;
  }
};

std::string npy(const std::string& text) {
  return ciess::detail::npy_header_bytes<std::uint8_t>(
             shape{static_cast<ciess::index_t>(text.size())}) +
         text;
}
spoilt two_members() {
  spoilt s;
  s.add("a.npy", npy("abc"));
  s.add("b.npy", npy("defg"));
  return s;
}

template <class T>
void patch(std::string& file, std::size_t at, T value) {
  for (std::size_t k = 0; k < sizeof(T); ++k)
    file.at(at + k) = static_cast<char>(std::uint64_t{value} >> 8 * k & 255);
}

}  // namespace

TEST_CASE("arrays that are written are read again", "[io]") {
  const bool wide = GENERATE(false, true);
  const exact memory(good_file(wide ? 0 : 1 << 20));
  const ciess::npz_view view(memory, "f");
  view.check();
  REQUIRE(view.arrays().size() == 3);
  CHECK(view.arrays()[0].name == "none");
  CHECK(view.contains("six"));
  CHECK_FALSE(view.contains("seven"));
  CHECK(view.at("six").type == "<f4");
  CHECK(view.at("six").shape == shape{2, 3});
  const auto read = view.load<float, 2>("six");
  CHECK(read.shape(0) == 2);
  CHECK(std::vector(read.begin(), read.end()) == six);
  const auto integers = view.load<std::int64_t, 1>("two");
  CHECK(std::vector(integers.begin(), integers.end()) == two);
  CHECK(view.load<double, 2>("none").shape(1) == 5);
  for (const auto& a : view.arrays()) CHECK((a.bytes.data() - memory.memory.data()) % 64 == 0);
}

TEST_CASE("arrays of xtensor are written as they are", "[io]") {
  const temporary_directory dir;
  const std::vector<int> sizes{1, 3, 2};
  ciess::masked_table table(ciess::sizes(sizes, {1, 3}));
  table.draw(ciess::normal_rows{}, {5, ciess::purpose::weights});
  const xt::xtensor<std::int32_t, 3> cube{{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}};
  ciess::npz_writer w;
  w.add("weights", ciess::as_xtensor(table));
  w.add("cube", cube);
  w.save(dir.path() / "a.npz");
  CHECK(file_text(dir.path() / "a.npz") == w.bytes());
  const exact memory(w.bytes());
  const ciess::npz_view view(memory, "f");
  CHECK((view.load<std::int32_t, 3>("cube") == cube));
  CHECK((view.load<float, 2>("weights") == ciess::as_xtensor(table)));
}

TEST_CASE("NumPy reads our files, and we read NumPy's", "[io]") {
  const temporary_directory dir;
  const bool wide = GENERATE(false, true);
  ciess::write_file(dir.path() / "ours.npz", good_file(wide ? 0 : 1 << 20));
  const auto printed = python_output(dir.path(), R"(
import numpy as np
import zipfile
assert zipfile.ZipFile('ours.npz').testzip() is None
ours = np.load('ours.npz')
print(sorted(ours.files), ours['six'].tolist(), ours['two'].tolist(), ours['none'].shape)
np.savez('theirs.npz', m=np.asfortranarray(np.arange(6, dtype='<f4').reshape(2, 3)),
         s=np.array(7, dtype='<u2'), ids=np.array([3, -4]))
np.savez_compressed('packed.npz', m=np.zeros(1000))
np.savez('objects.npz', names=np.array(['a', 'b']))
)");
  if (!printed) return;
  CHECK(*printed == "['none', 'six', 'two'] [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]] [-1, 7] (0, 5)\n");
  const exact memory(file_text(dir.path() / "theirs.npz"));
  const ciess::npz_view view(memory, "f");
  view.check();
  CHECK(view.at("m").column_major);
  CHECK((view.load<float, 2>("m") == xt::xtensor<float, 2>{{0, 1, 2}, {3, 4, 5}}));
  CHECK(view.load<std::uint16_t, 0>("s")() == 7);
  CHECK((view.load<std::int64_t, 1>("ids") == xt::xtensor<std::int64_t, 1>{3, -4}));
  CHECK(complaint(file_text(dir.path() / "packed.npz")) ==
        "member 'm.npy': expected it stored as it is, got compression method 8 (write it with "
        "numpy.savez)");
  const exact texts(file_text(dir.path() / "objects.npz"));
  CHECK_THROWS_WITH((ciess::npz_view(texts, "f").load<float, 1>("names")),
                    "f: array 'names': expected numbers <f4, got '<U1'");
}

TEST_CASE("an array is given as what it is only", "[io]") {
  const exact memory(good_file());
  const ciess::npz_view view(memory, "f");
  CHECK_THROWS_WITH((view.load<double, 2>("six")),
                    "f: array 'six': expected numbers <f8, got '<f4'");
  CHECK_THROWS_WITH((view.load<float, 1>("six")),
                    "f: array 'six': expected an array of 1 dimensions, got 2");
  CHECK_THROWS_WITH((view.load<float, 1>("x")), "f: expected an array 'x', got none");
  spoilt s;
  s.add("a.npy", npy("abc") + "d");
  const exact longer(s.file());
  CHECK_THROWS_WITH((ciess::npz_view(longer, "f").load<std::uint8_t, 1>("a")),
                    ContainsSubstring("f: array 'a': byte 128: expected 3 bytes for shape [3] of "
                                      "|u1, got 4"));
}

TEST_CASE("members that are not as an .npz has them are refused", "[io]") {
  REQUIRE(complaint(two_members().file()) == "none");
  const auto with = [](auto change) {
    auto s = two_members();
    change(s.all[1].local, s.all[1].central);
    return complaint(s.file());
  };
  using member = ciess::detail::zip_member;
  const std::string same = "in its header as in the directory, ";
  CHECK(with([](member& l, member& c) { l.name = c.name = "b.txt"; }) ==
        "expected members called NAME.npy, got 'b.txt'");
  CHECK(with([](member& l, member& c) { l.name = c.name = ".npy"; }) ==
        "expected members called NAME.npy, got '.npy'");
  CHECK(with([](member& l, member& c) { l.name = c.name = "a.npy"; }) ==
        "member 'a.npy': expected every name once, got it again");
  CHECK(with([](member& l, member&) { l.name = "c.npy"; }) ==
        "member 'b.npy': expected the same name " + same + "got 'c.npy'");
  CHECK(with([](member& l, member&) {
          l.checksum = 1;
        }).starts_with("member 'b.npy': expected the same checksum " + same));
  CHECK(with([](member& l, member&) { l.method = 8; }) ==
        "member 'b.npy': expected the same method " + same + "0, got 8");
  CHECK(with([](member& l, member&) { l.flags = 8; }) ==
        "member 'b.npy': expected the same flags " + same + "0, got 8");
  CHECK(with([](member& l, member&) { l.bytes = 3; }) ==
        "member 'b.npy': expected the same size " + same + "132, got 3");
  CHECK_THAT(with([](member& l, member& c) { l.flags = c.flags = 1; }),
             ContainsSubstring("expected no flags but that for UTF-8, got 1 (encrypted"));
  CHECK_THAT(with([](member& l, member& c) { l.flags = c.flags = 8; }),
             ContainsSubstring("sizes behind the member"));
  CHECK(with([](member& l, member& c) { l.flags = c.flags = 1 << 11; }) == "none");
  CHECK_THAT(with([](member& l, member& c) { l.checksum = ++c.checksum; }),
             ContainsSubstring("array 'b': expected bytes with the checksum"));
  CHECK(with([](member&, member& c) { ++c.offset; }) ==
        "member 'b.npy': expected to begin at byte 195, where the one before ends, got 196");
  CHECK_THAT(with([](member&, member& c) { c.offset = 0; }),
             ContainsSubstring("where the one before ends, got 0"));
  CHECK_THAT(with([](member& l, member& c) { l.bytes = c.bytes = 1000; }),
             ContainsSubstring("expected 1000 bytes of a member, got 132"));
  CHECK_THAT(with([](member& l, member& c) { l.bytes = c.bytes = 0xFFFFFFFF; }),
             ContainsSubstring("expected its sizes in 64 bits, got none"));
  CHECK_THAT(with([](member&, member& c) { c.offset = 0xFFFFFFFF; }),
             ContainsSubstring("expected its sizes in 64 bits, got none"));
}

TEST_CASE("a zip with anything beside its members is refused", "[io]") {
  auto s = two_members();
  s.before_directory = "x";
  CHECK_THAT(complaint(s.file()),
             ContainsSubstring("expected the directory where the last member ends"));
  s = two_members();
  s.behind = "x";
  CHECK_THAT(complaint(s.file()),
             ContainsSubstring("expected signature of the end, without a comment, "));
  CHECK(
      complaint("x" + two_members().file()).starts_with("expected a directory that ends at byte"));
  s = two_members();
  s.all.pop_back();
  CHECK(complaint(s.file()) == "none");
  s.before_directory = spoilt::whole(two_members().all[1]);
  CHECK_THAT(complaint(s.file()),
             ContainsSubstring("expected the directory where the last member ends"));
  CHECK(complaint("") == "expected a zip file of at least 22 bytes, got 0");
  CHECK(complaint(ciess::npz_writer().bytes()) == "none");
  CHECK(complaint(ciess::npz_writer(0).bytes()) == "none");
}

TEST_CASE("an end of a zip that is not right is refused", "[io]") {
  const auto good = two_members().file();
  const std::size_t end = good.size() - 22;
  const auto with = [&](std::size_t at, auto value) {
    auto bad = good;
    patch(bad, end + at, value);
    return complaint(bad);
  };
  CHECK_THAT(with(4, std::uint16_t{1}), ContainsSubstring("expected number of this disk 0, got 1"));
  CHECK_THAT(with(6, std::uint16_t{1}),
             ContainsSubstring("expected disk of the directory 0, got 1"));
  CHECK(with(8, std::uint16_t{1}) == "expected all 2 entries on this disk, got 1");
  CHECK_THAT(with(20, std::uint16_t{1}),
             ContainsSubstring("expected length of the comment 0, got 1"));
  CHECK_THAT(with(16, std::uint32_t{0}), ContainsSubstring("expected a directory that ends at"));
  CHECK_THAT(with(16, std::uint32_t{0xFFFFFFF0}),
             ContainsSubstring("expected a directory that ends at"));
  CHECK_THAT(with(16, std::uint32_t{0xFFFFFFFF}),
             ContainsSubstring("expected signature of the end in 64 bits"));
  auto bad = good;
  patch(bad, end + 8, std::uint16_t{1});
  patch(bad, end + 10, std::uint16_t{1});
  CHECK_THAT(complaint(bad),
             ContainsSubstring("expected the end of the directory after 1 entries"));
  patch(bad, end + 8, std::uint16_t{3});
  patch(bad, end + 10, std::uint16_t{3});
  CHECK(complaint(bad) == "byte 490: expected 4 bytes of signature of an entry, got 0");
}

TEST_CASE("arrays whose own header is not right are refused", "[io]") {
  const auto with = [](const std::string& content) {
    spoilt s;
    s.add("a.npy", content);
    return complaint(s.file());
  };
  CHECK(with("") == "array 'a': byte 0: expected 6 bytes of magic bytes, got 0");
  CHECK_THAT(with("something else"), ContainsSubstring("array 'a': expected an .npy file"));
  CHECK_THAT(with(npy("abc").substr(0, 70)), ContainsSubstring("array 'a': byte 10: expected"));
  CHECK_THAT(with("\x93NUMPY\x04" + std::string(20, '\0')),
             ContainsSubstring("array 'a': byte 6: expected version"));
}

TEST_CASE("lengths beside a zero have a limit, too", "[io]") {
  const std::string most = std::to_string(ciess::index_t{1} << 62);
  std::string header = ciess::detail::npy_header_bytes<float>(shape{0, 16, 1});
  const std::string blanks(most.size() - 1, ' ');  // of the padding, which this replaces
  header.replace(header.find(", 1)"), 4, ", " + most + ")");
  header.erase(header.find(blanks), blanks.size());
  spoilt s;
  s.add("a.npy", header);
  const auto file = s.file();
  const exact memory(file);
  const ciess::npz_view view(memory, "f");
  CHECK(view.arrays()[0].shape == std::vector<ciess::index_t>{0, 16, ciess::index_t{1} << 62});
  CHECK_THROWS_WITH((view.load<float, 3>("a")),
                    "f: array 'a': shape has lengths that no array can have");
  ciess::npz_writer w;
  CHECK_THROWS_AS(w.add("b", shape{0, 16, ciess::index_t{1} << 62}, std::span<const float>{}),
                  ciess::argument_error);
}

TEST_CASE("an .npz cut or changed anywhere is refused or read, never more", "[io]") {
  const bool wide = GENERATE(false, true);
  const auto whole = good_file(wide ? 0 : 1 << 20);
  REQUIRE(complaint(whole) == "none");
  for (std::size_t n = 0; n < whole.size(); ++n) CHECK(complaint(whole.substr(0, n)) != "none");
  int refused = 0;
  for (std::size_t n = 0; n < whole.size(); ++n)
    for (const char c : {'\0', '\1', '\xff'}) {
      auto changed = whole;
      changed[n] = c;
      refused += complaint(changed) != "none";
    }
  CHECK(refused > 1000);
}

TEST_CASE("a writer of arrays refuses what NumPy could not read", "[io]") {
  ciess::npz_writer w;
  w.add("a", shape{6}, std::span(six));
  CHECK_THROWS_WITH(w.add("a", shape{6}, std::span(six)), "npz_writer: name 'a' is taken");
  for (const std::string bad : {"", "a/b", "a\\b", "a\n", "\xc3\xa4"})
    CHECK_THROWS_WITH(w.add(bad, shape{6}, std::span(six)),
                      ContainsSubstring("expected a name of printable ASCII"));
  CHECK_THROWS_AS(w.add(std::string(1001, 'a'), shape{6}, std::span(six)), ciess::argument_error);
  CHECK_THROWS_WITH(w.add("b", shape{5}, std::span(six)),
                    "npz_writer: array 'b' has 6 numbers, not as many as its shape says");
  CHECK_THROWS_AS(w.add("b", shape{-2, -3}, std::span(six)), ciess::argument_error);
  const auto large = ciess::index_t{1} << 33;
  CHECK_THROWS_AS(w.add("b", shape{large, large}, std::span<const float>{}), ciess::argument_error);
}
