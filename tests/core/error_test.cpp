#include <ciess/core/error.hpp>
// its own header first
#include <type_traits>

#include "support/catch.hpp"

namespace {

template <class E>
constexpr bool is_one_of_ours =
    std::is_base_of_v<ciess::error, E> && std::is_base_of_v<std::runtime_error, E>;
static_assert(is_one_of_ours<ciess::argument_error> && is_one_of_ours<ciess::data_error>);
static_assert(is_one_of_ours<ciess::io_error> && is_one_of_ours<ciess::numeric_error>);
static_assert(!std::is_base_of_v<ciess::argument_error, ciess::data_error>);

}  // namespace

TEST_CASE("throw_error streams its parts into one text", "[core]") {
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
