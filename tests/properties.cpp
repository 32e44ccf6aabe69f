// SPDX-License-Identifier: MIT
// Properties that hold for any input, tried by RapidCheck on inputs that it makes up and, where one
// fails, makes small. RC_PARAMS="seed=..." repeats a run.
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <numeric>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <ciess/backbone/prefix_draw.hpp>
#include <ciess/embedding/packed_table.hpp>
#include <ciess/io/npz.hpp>
#include <ciess/io/packed_file.hpp>
#include <ciess/io/safetensors.hpp>
#include <ciess/ranking/top_k.hpp>
#include <ciess/search/budget/projection.hpp>

#include "support/catch.hpp"

namespace {

int between(int least, int most) { return *rc::gen::inRange(least, most + 1); }

ciess::size_range any_range(int most) {
  const int low = between(1, most);
  return {low, between(low, most)};
}

std::vector<ciess::table_shape> any_shapes() {
  std::vector<ciess::table_shape> shapes(static_cast<std::size_t>(between(1, 3)));
  for (auto& s : shapes) s = {between(0, 40), any_range(70)};
  return shapes;
}

/// Finite, of any magnitude, often the same.
float any_float() {
  switch (between(0, 5)) {
    case 0:
      return static_cast<float>(between(-3, 3));
    case 1:
      return static_cast<float>(between(-1000, 1000)) * 0.037F;
    case 2:
      return std::ldexp(static_cast<float>(between(-99, 99)), between(-140, 110));
    case 3:
      return -0.0F;
    default:
      return static_cast<float>(between(1, 128));
  }
}

ciess::sizes any_sizes(ciess::index_t rows, ciess::size_range range) {
  std::vector<int> all(static_cast<std::size_t>(rows));
  for (int& s : all) s = between(range.min, range.max);
  return {all, range};
}

ciess::masked_table any_table(ciess::index_t rows, ciess::size_range range, float most) {
  ciess::masked_table t(any_sizes(rows, range));
  for (ciess::index_t r = 0; r < rows; ++r)
    for (float& x : t[r]) x = std::clamp(any_float(), -most, most);
  return t;
}

std::string any_text(char least, char most) {
  std::string text(static_cast<std::size_t>(between(1, 12)), ' ');
  for (char& c : text) c = static_cast<char>(between(least, most));
  return text;
}

template <class T>
bool same_bytes(std::span<const T> a, std::span<const T> b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
}

ciess::aligned_vector<std::byte> as_mapped(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

}  // namespace

TEST_CASE("a projection meets any budget to the number, in order, and once is enough",
          "[properties]") {
  CHECK(rc::check([] {
    const auto shapes = any_shapes();
    std::int64_t least = 0, most = 0;
    ciess::proposal p;
    for (const auto& s : shapes) {
      least += s.rows * s.range.min;
      most += s.rows * s.range.max;
      auto& table = p.emplace_back();
      for (ciess::index_t r = 0; r < s.rows; ++r) table.push_back(any_float());
    }
    const ciess::budget limit{least + between(0, static_cast<int>(most - least) + 3)};
    const auto a = ciess::project(shapes, p, limit);
    RC_ASSERT(a.total() == std::min(limit.numbers, most));
    for (std::size_t t = 0; t < shapes.size(); ++t)
      for (ciess::index_t r = 0; r < shapes[t].rows; ++r)
        for (ciess::index_t s = 0; s < shapes[t].rows; ++s)
          if (p[t][static_cast<std::size_t>(r)] > p[t][static_cast<std::size_t>(s)])
            RC_ASSERT(a[t][r] >= a[t][s]);
    ciess::proposal again;
    for (std::size_t t = 0; t < shapes.size(); ++t)
      again.emplace_back(a[t].values().begin(), a[t].values().end());
    RC_ASSERT(ciess::project(shapes, again, limit) == a);
  }));
}

TEMPLATE_TEST_CASE("any packed table is what it was packed from, also from a file", "[properties]",
                   float, ciess::bfloat16, ciess::float16, std::int8_t, ciess::bits<4>,
                   ciess::bits<3>, ciess::bits<2>) {
  CHECK(rc::check([] {
    const auto range = any_range(*rc::gen::element(1, 5, 256, 300));
    constexpr float most = std::same_as<TestType, ciess::float16> ? 65'504.0F : 3e38F;
    const auto table = any_table(between(0, 140), range, most);
    const auto packed = ciess::pack<TestType>(table);
    packed.view().check();
    const auto unpacked = packed.view().unpack();
    RC_ASSERT(unpacked.row_sizes() == table.row_sizes());
    for (ciess::index_t r = 0; r < table.rows(); ++r) {
      const auto from = table[r];
      float largest = 0;
      for (const float x : from) largest = std::max(largest, std::abs(x));
      // Half a step of each format: at the number, but below 2^-14 and for eight bits at a fixed
      // one.
      for (std::size_t c = 0; c < from.size(); ++c) {
        const double error = std::abs(double{unpacked[r][c]} - double{from[c]});
        const double x = std::abs(from[c]);
        if constexpr (std::same_as<TestType, float>)
          RC_ASSERT(error == 0);
        else if constexpr (std::same_as<TestType, ciess::bfloat16>)
          RC_ASSERT(error <= x * 0x1p-8 + 0x1p-133);
        else if constexpr (std::same_as<TestType, ciess::float16>)
          RC_ASSERT(error <= std::max(x * 0x1p-11, 0x1p-25));
        else if constexpr (std::same_as<TestType, std::int8_t>)
          RC_ASSERT(error <= double{largest} / 127 * 0.5001 + 0x1p-148 * 127);
        else  // what few bits cut off is bounded for the row as a whole only
          RC_ASSERT(error <= largest);
      }
    }
    // Packed again, the bytes are the same (but where a scale may be another's neighbour).
    if constexpr (!ciess::scaled_number<TestType>)
      RC_ASSERT(same_bytes(ciess::pack<TestType>(unpacked).view().parts().values,
                           packed.view().parts().values));

    std::set<std::string> names;
    while (std::ssize(names) < table.rows())
      names.insert(any_text('\0', '\x7f') + std::to_string(names.size()));
    const ciess::id_map ids(std::vector<std::string>(names.rbegin(), names.rend()));
    ciess::packed_writer writer({.backbone = any_text(' ', '~'), .seed = 7});
    writer.add("a-table", packed, &ids);
    const auto bytes = as_mapped(writer.bytes());
    const ciess::packed_file file(bytes, "file");
    file.check();
    const auto& view = file.table<TestType>("a-table");
    RC_ASSERT(view.row_sizes() == table.row_sizes());
    RC_ASSERT(same_bytes(view.parts().values, packed.view().parts().values));
    for (ciess::row_id r = 0; r < ids.size(); ++r)
      RC_ASSERT(file.ids("a-table")->find(ids.text(r)) == r);
  }));
}

TEST_CASE("tensors of any names and shapes come back from a file", "[properties]") {
  CHECK(rc::check([] {
    const auto whole = *rc::gen::arbitrary<std::vector<std::int64_t>>();
    const auto small = *rc::gen::arbitrary<std::vector<std::uint8_t>>();
    const auto real = *rc::gen::arbitrary<std::vector<double>>();
    const auto shape = [](std::size_t numbers) {
      const auto n = static_cast<ciess::index_t>(numbers);
      return *rc::gen::element(std::vector<ciess::index_t>{n}, std::vector<ciess::index_t>{1, n, 1},
                               std::vector<ciess::index_t>{n, 1});
    };
    const std::string name = any_text('\1', '\x7f'), key = any_text('\1', '\x7f');
    ciess::safetensors_writer w;
    w.metadata(key, name + "\"\\/");
    const std::vector shapes{shape(whole.size()), shape(small.size()), shape(real.size())};
    w.add(name + "0", shapes[0], whole);
    w.add(name + "1", shapes[1], small);
    w.add(name + "2", shapes[2], real);
    const auto bytes = as_mapped(w.bytes());
    const ciess::safetensors_view file(bytes, "file");
    RC_ASSERT(file.text(key) == name + "\"\\/");
    RC_ASSERT(same_bytes(file.numbers<std::int64_t>(name + "0", shapes[0]), std::span(whole)));
    RC_ASSERT(same_bytes(file.numbers<std::uint8_t>(name + "1", shapes[1]), std::span(small)));
    RC_ASSERT(same_bytes(file.numbers<double>(name + "2", shapes[2]), std::span(real)));
  }));
}

TEST_CASE("arrays of any names and shapes come back from an npz", "[properties]") {
  CHECK(rc::check([] {
    const std::array<std::size_t, 3> shape{static_cast<std::size_t>(between(0, 4)),
                                           static_cast<std::size_t>(between(0, 5)),
                                           static_cast<std::size_t>(between(1, 3))};
    xt::xtensor<float, 3> a(shape);
    for (float& x : a) x = any_float();
    const auto name = any_text('0', 'Z');
    ciess::npz_writer w(between(0, 1) == 0 ? 0 : 1 << 20);
    w.add(name, a);
    w.add(name + "-too", a);
    const auto bytes = as_mapped(w.bytes());
    const ciess::npz_view file(bytes, "file");
    file.check();
    for (const auto& n : {name, name + "-too"}) {
      const auto got = file.load<float, 3>(n);
      RC_ASSERT(std::ranges::equal(got.shape(), shape));
      RC_ASSERT(same_bytes(std::span<const float>(got.data(), got.size()),
                           std::span<const float>(a.data(), a.size())));
    }
  }));
}

TEST_CASE("sizes know their sum whatever becomes of them", "[properties]") {
  CHECK(rc::check([] {
    const auto range = any_range(*rc::gen::element(1, 8, 65'535));
    auto s = any_sizes(between(0, 50), range);
    for (int k = 0; k < 20 && s.rows() > 0; ++k)
      s.set(between(0, static_cast<int>(s.rows()) - 1), between(range.min, range.max));
    RC_ASSERT(s.total() == std::accumulate(s.values().begin(), s.values().end(), std::int64_t{0}));
    RC_ASSERT(s.total() <= s.dense());
    const ciess::sizes other = any_sizes(s.rows(), range);
    const auto least = smaller(s, other);
    for (ciess::index_t r = 0; r < s.rows(); ++r) RC_ASSERT(least[r] == std::min(s[r], other[r]));
  }));
}

TEST_CASE("drawn prefixes are in their ranges and the same for the same step", "[properties]") {
  CHECK(rc::check([] {
    const auto shapes = any_shapes();
    std::vector<std::vector<double>> frequency;
    for (const auto& s : shapes) {
      auto& table = frequency.emplace_back();
      for (ciess::index_t r = 0; r < s.rows; ++r)
        table.push_back(*rc::gen::element(0.0, 1.0, 7.0, 1e300));
    }
    const std::vector<std::span<const double>> views(frequency.begin(), frequency.end());
    const auto law = *rc::gen::element(ciess::prefix_law::uniform, ciess::prefix_law::log_uniform,
                                       ciess::prefix_law::frequency);
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    const std::int64_t step = between(0, 1'000'000);
    ciess::prefix_draw one(shapes, views, law, seed), two(shapes, views, law, seed);
    two(step + 1);
    const auto drawn = one(step);
    RC_ASSERT(drawn == two(step));
    for (std::size_t t = 0; t < shapes.size(); ++t)
      for (ciess::index_t r = 0; r < shapes[t].rows; ++r)
        RC_ASSERT(shapes[t].range.contains(drawn[t][r]));
  }));
}

TEST_CASE("the k best are those of a sort", "[properties]") {
  CHECK(rc::check([] {
    std::vector<float> scores(static_cast<std::size_t>(between(0, 300)));
    for (float& x : scores) x = any_float();
    const int k = between(1, 40);
    ciess::top_k best(k);
    std::vector<std::size_t> order(scores.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
      return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
    });
    auto copy = scores;
    const auto cut = static_cast<std::size_t>(between(0, static_cast<int>(scores.size())));
    const auto offer = [&](std::size_t from, std::size_t count) {
      static_cast<void>(best.offer(0, std::span(copy).subspan(from, count),
                                   static_cast<ciess::row_id>(from), {}));
    };
    offer(0, cut);
    offer(cut, scores.size() - cut);
    const auto found = best.best(0);
    RC_ASSERT(found.size() == std::min(scores.size(), static_cast<std::size_t>(k)));
    for (std::size_t i = 0; i < found.size(); ++i) {
      RC_ASSERT(found[i].item == static_cast<ciess::row_id>(order[i]));
      RC_ASSERT(found[i].score == scores[order[i]]);
    }
  }));
}
