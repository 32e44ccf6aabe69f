// SPDX-License-Identifier: MIT
#include <ciess/study/save_serving.hpp>
// its own header first
#include <ciess/core/random.hpp>
#include <ciess/data/split.hpp>
#include <ciess/data/synthetic.hpp>
#include <ciess/io/packed_file.hpp>

#include <cstdint>
#include <filesystem>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

namespace {

const ciess::split& parts() {
  static const ciess::split made = ciess::split_interactions(
      ciess::make_synthetic(
          {.users = 90, .items = 60, .interactions = 1500, .factors = 6, .seed = 3})
          .data,
      {}, 1);
  return made;
}

/// Vectors whose later columns matter less and less.
ciess::matrix vectors(ciess::index_t rows, std::uint64_t table) {
  const ciess::random_stream stream(3, ciess::purpose::user);
  ciess::matrix m(rows, 16);
  for (ciess::index_t r = 0; r < rows; ++r) {
    auto engine = stream.at(table, static_cast<std::uint64_t>(r));
    for (ciess::index_t c = 0; c < 16; ++c)
      m(r, c) = ciess::normal(engine) / static_cast<float>(1 + c);
  }
  return m;
}

const ciess::id_map users = ciess::id_map::identity(90), items = ciess::id_map::identity(60);

}  // namespace

TEST_CASE("what a server is given fits, opens, and has the figures that are told", "[study]") {
  const temporary_directory dir;
  const auto path = dir.path() / "serving.safetensors";
  const ciess::matrix u = vectors(90, 0), i = vectors(60, 1);
  double before = 0;
  for (const std::int64_t bytes : {700, 1500, 3000, 9600}) {
    const auto told =
        ciess::save_serving(path, u, i, parts().train, parts().test, bytes, users, items);
    REQUIRE(told);
    CAPTURE(told->way, told->bytes, told->same);
    CHECK(told->bytes <= bytes);
    CHECK(told->same >= before);  // more bytes hold all that fewer do
    before = told->same;
    const ciess::packed_file file(path);
    file.check();
    CHECK(file.info().backbone == "vectors");
    file.visit("users", [&](const auto& packed_users) {
      file.visit("items", [&](const auto& packed_items) {
        CHECK(packed_users.memory().total() + packed_items.memory().total() == told->bytes);
        CHECK(
            ciess::evaluate_packed(packed_users, packed_items, parts().train, parts().test).mean ==
            told->figures.mean);
      });
    });
  }
  CHECK(before > 0.9);
}

TEST_CASE("bytes that hold nothing are told, and nothing is written", "[study]") {
  const temporary_directory dir;
  const auto path = dir.path() / "serving.safetensors";
  CHECK_FALSE(ciess::save_serving(path, vectors(90, 0), vectors(60, 1), parts().train, parts().test,
                                  100, users, items));
  CHECK_FALSE(std::filesystem::exists(path));
}
