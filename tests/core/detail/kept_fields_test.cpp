// SPDX-License-Identifier: MIT
#include <ciess/core/detail/kept_fields.hpp>

#include <ciess/core/error.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

namespace {

struct part {
  std::vector<double> list{1, 2};
  template <class F>
  void visit(F& f) {
    f("list", list);
  }
};

struct state {
  int number = 3;
  std::string text = "before";
  std::vector<std::uint16_t> list{1, 2, 3};
  std::vector<float> fixed{0.5F, 0.25F};
  part inner;
  int option = 7;
  int extra = 0;

  template <class F>
  void visit(F& f) {
    f("number", number);
    f("text", text);
    f("list", list);
    f("fixed", std::span<float>(fixed));
    ciess::visit_part(f, "inner", inner);
    f.same("option", std::int64_t{option});
    f.check("number", true, "anything");
    if (extra > 0) f("extra", extra);
  }
};

}  // namespace

TEST_CASE("a state is put back as it was kept", "[core]") {
  state s;
  const ciess::detail::kept_fields kept(s);
  s = {.number = 9,
       .text = "",
       .list = {},
       .fixed = {7, 8},
       .inner = {{5}},
       .option = 1,
       .extra = 0};
  kept.put_into(s);
  CHECK(s.number == 3);
  CHECK(s.text == "before");
  CHECK(s.list == std::vector<std::uint16_t>{1, 2, 3});
  CHECK(s.fixed == std::vector<float>{0.5F, 0.25F});
  CHECK(s.inner.list == std::vector<double>{1, 2});
  CHECK(s.option == 1);
}

TEST_CASE("a state of other fields does not take what was kept", "[core]") {
  state s;
  const ciess::detail::kept_fields kept(s);
  state other;
  other.extra = 1;
  CHECK_THROWS_WITH(kept.put_into(other), ContainsSubstring("extra"));
  other = {};
  other.fixed = {1};
  CHECK_THROWS_WITH(kept.put_into(other), ContainsSubstring("fixed: expected 4 bytes, got 8"));
}

TEST_CASE("what was kept is the same from its bytes, and others are refused", "[core]") {
  state s;
  const std::string bytes = ciess::detail::kept_fields(s).packed();
  s.text = "after";
  s.list = {};
  ciess::detail::kept_fields(std::string_view(bytes)).put_into(s);
  CHECK(s.text == "before");
  CHECK(s.list == std::vector<std::uint16_t>{1, 2, 3});
  for (std::size_t n = 0; n < bytes.size(); ++n)
    CHECK_THROWS_AS(ciess::detail::kept_fields(std::string_view(bytes).substr(0, n)),
                    ciess::data_error);
  CHECK_THROWS_WITH(ciess::detail::kept_fields(std::string_view(bytes + "x")),
                    ContainsSubstring("1 bytes too many"));
}
