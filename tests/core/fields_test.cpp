// SPDX-License-Identifier: MIT
#include <ciess/core/fields.hpp>
// its own header first
#include <array>

#include "support/catch.hpp"
#include "support/memory_fields.hpp"

namespace {

struct engine_state {
  float heat = 0.5F;
  std::vector<std::uint16_t> gears{1, 2};
  template <class F>
  void visit(F& f) {
    f("heat", heat);
    f("gears", gears);
    f.check("heat", heat >= 0, "a number >= 0");
  }
};

struct car {
  int wheels = 4;
  std::string name = "first";
  std::array<double, 2> place{1, 2};
  engine_state engine;
  struct {
  } radio;
  template <class F>
  void visit(F& f) {
    f.same("wheels", std::int64_t{wheels});
    f("name", name);
    f("place", std::span<double>(place));
    ciess::visit_part(f, "engine", engine);
    ciess::visit_part(f, "radio", radio);
  }
};
static_assert(ciess::visitable<car> && ciess::visitable<engine_state>);
static_assert(!ciess::visitable<std::string>);

// A visitor that cannot read text is none.
struct no_text {
  static constexpr bool reads = false;
  void operator()(std::string_view, std::int64_t&) {}
};
static_assert(!ciess::field_visitor<no_text>);

}  // namespace

TEST_CASE("one list of fields saves and loads a state with its parts", "[core]") {
  car from;
  from.name = "second";
  from.place = {3, 4};
  from.engine = {2.5F, {7, 8, 9}};
  const auto saved = save_fields(from);
  CHECK(saved.size() == 5);
  CHECK(saved.contains("engine.gears"));
  car to;
  load_fields(saved, to);
  CHECK(to.name == "second");
  CHECK(to.place == from.place);
  CHECK(to.engine.heat == 2.5F);
  CHECK(to.engine.gears == from.engine.gears);
  CHECK(save_fields(to) == saved);
}

TEST_CASE("what differs, lacks or is wrong is refused by name", "[core]") {
  car from;
  auto saved = save_fields(from);
  car other;
  other.wheels = 3;
  CHECK_THROWS_WITH(load_fields(saved, other), "wheels: another value");
  saved.erase("engine.heat");
  CHECK_THROWS_WITH(load_fields(saved, from), "engine.heat: missing");
  from.engine.heat = -1;
  CHECK_THROWS_WITH(load_fields(save_fields(from), other = car{}),
                    "engine.heat: expected a number >= 0");
}

TEST_CASE("a look sees names and fields and nothing else", "[core]") {
  car c;
  std::string names;
  ciess::field_look look{[&](std::string_view name, auto&&) { names += std::string(name) + ' '; }};
  c.visit(look);
  CHECK(names == "name place engine.heat engine.gears ");
}

TEST_CASE("fingerprints tell numbers, their order and their count apart", "[core]") {
  const auto of = [](std::vector<double> x) {
    return ciess::fingerprint(std::span<const double>(x));
  };
  CHECK(of({1, 2}) == of({1, 2}));
  CHECK(of({1, 2}) != of({2, 1}));
  CHECK(of({1, 2}) != of({1, 2, 0}));
  CHECK(of({}) != of({0}));
  CHECK(of({0.0}) != of({-0.0}));
  // The reference value of FNV-1a for the text "a".
  CHECK(ciess::fingerprint(std::span<const char>("a", 1)) == 0xAF63DC4C8601EC8CULL);
}
