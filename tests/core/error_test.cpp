// SPDX-License-Identifier: MIT
#include <ciess/core/error.hpp>
// its own header first
#include <type_traits>

#include "support/catch.hpp"
#include "support/locales.hpp"

namespace {

template <class E>
constexpr bool is_one_of_ours =
    std::is_base_of_v<ciess::error, E> && std::is_base_of_v<std::runtime_error, E>;
static_assert(is_one_of_ours<ciess::argument_error> && is_one_of_ours<ciess::data_error>);
static_assert(is_one_of_ours<ciess::io_error> && is_one_of_ours<ciess::numeric_error>);
static_assert(!std::is_base_of_v<ciess::argument_error, ciess::data_error>);

}  // namespace

TEST_CASE("throw_error joins its parts to one text", "[core]") {
  CHECK_THROWS_AS((ciess::detail::throw_error<ciess::io_error>("x")), ciess::io_error);
  CHECK_THROWS_WITH((ciess::detail::throw_error<ciess::data_error>("file", ':', 3, ": got ", 0.5)),
                    "file:3: got 0.5");
}

TEST_CASE("what is shown of a file fits into a message", "[core]") {
  using ciess::detail::shown;
  CHECK(shown("x") == "'x'");
  CHECK(shown("a\tb\x1B") == "'a?b?'");
  CHECK(shown("\xC3\xA4") == "'\xC3\xA4'");
  CHECK(shown(std::string(40, 'x')) == "'" + std::string(40, 'x') + "'");
  CHECK(shown(std::string(41, 'x')) == "'" + std::string(40, 'x') + "...'");
}

TEST_CASE("numbers in messages are the same in every locale", "[core][locale]") {
  check_in_every_locale([] {
    try {
      ciess::detail::throw_error<ciess::data_error>("line ", 12345, ": got ", 1234.5, ", not ",
                                                    true);
    } catch (const ciess::error& e) {
      return std::string(e.what());
    }
    return std::string();
  });
  const strange_global_locale strange;
  CHECK_THROWS_WITH(
      (ciess::detail::throw_error<ciess::data_error>(1234567, ' ', 1234.5, ' ', true)),
      "1234567 1234.5 1");
}
