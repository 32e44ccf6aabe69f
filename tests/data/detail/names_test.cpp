// SPDX-License-Identifier: MIT
#include <ciess/data/detail/names.hpp>
// its own header first
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

using ciess::data_format;
using ciess::detail::record;
using ciess::detail::usual_name_of;
using role = ciess::column_role;
using columns = std::vector<std::size_t>;

columns usual(const record& header, role r, data_format format = data_format::delimited) {
  return ciess::detail::usual_columns(header, r, format);
}

/// Whether a name is the very word of its role, and its form.
std::string form(std::string_view name, role r) {
  const auto found = usual_name_of(name, r);
  if (!found) return "none";
  return (found->word == 0 ? "very " : "") + std::to_string(found->form);
}

}  // namespace

TEST_CASE("a name is a word for its role, with an id, alone, or in another form", "[data]") {
  CHECK(form("user_id", role::user) == "very 0");
  CHECK(form("userId", role::user) == "very 0");
  CHECK(form("USER-ID", role::user) == "very 0");
  CHECK(form("user.idx", role::user) == "very 0");
  CHECK(form("user", role::user) == "very 1");
  CHECK(form("user_name", role::user) == "very 2");
  CHECK(form("Users", role::user) == "very 2");
  CHECK(form("visitorid", role::user) == "0");
  CHECK(form("Reviewer", role::user) == "1");
  CHECK(form("artist name", role::item) == "2");
  CHECK(form("asin", role::item) == "1");
  CHECK(form("parent_asin", role::item) == "2");
  CHECK(usual_name_of("parent_asin", role::item)->word == usual_name_of("asin", role::item)->word);
  CHECK(form("rating", role::rating) == "very 0");
  CHECK(form("Stars", role::rating) == "0");
  CHECK(form("Book-Rating", role::rating) == "0");
  CHECK(form("clicks", role::label) == "0");
  CHECK(form("unixReviewTime", role::time) == "0");
  CHECK_FALSE(usual_name_of("weight", role::weight));  // only what is named
}

TEST_CASE("what only resembles a name is none", "[data]") {
  for (const char* none :
       {"u7", "user1", "userfriend", "id", "", "_", "username2", "who", "name", "{\"user\":", "|u",
        "user:", "[user]", "<user>", "user=", "\"user\"", "user\\"})
    CHECK_FALSE(usual_name_of(none, role::user));
  for (const char* none : {"user", "category_id", "title", "price", "iteml"})
    CHECK_FALSE(usual_name_of(none, role::item));
  CHECK_FALSE(usual_name_of("ratings count", role::rating));
  CHECK_FALSE(usual_name_of("timezone", role::time));
}

TEST_CASE("the very word wins, then the form of one word, and different words stay several",
          "[data]") {
  CHECK(usual({"visitor", "user", "user_id"}, role::user) == columns{2});
  CHECK(usual({"user", "visitor_id"}, role::user) == columns{0});
  CHECK(usual({"user_name", "user"}, role::user) == columns{1});
  CHECK(usual({"song_id", "x", "artist_id"}, role::item) == columns{0, 2});
  CHECK(usual({"artist_id", "track"}, role::item) == columns{0, 1});
  CHECK(usual({"session_id", "customer"}, role::user) == columns{0, 1});
  CHECK(usual({"track", "track_name", "track_id"}, role::item) == columns{2});
  CHECK(usual({"parent_asin", "asin"}, role::item) == columns{1});
  CHECK(usual({"parent_asin", "x"}, role::item) == columns{0});
  CHECK(usual({"user_name", "customer_id"}, role::user) == columns{0, 1});
  CHECK(usual({"user_id", "x", "userId"}, role::user) == columns{0, 2});
  CHECK(usual({"date", "timestamp"}, role::time) == columns{1});
  CHECK(usual({"x", "y"}, role::item).empty());
  CHECK(usual({"user_id:token", "x"}, role::user).empty());
  CHECK(usual({"x", "user_id:token"}, role::user, data_format::inter) == columns{1});
  CHECK(ciess::detail::names_pairs({"when", "item", "user"}, data_format::delimited));
  CHECK_FALSE(ciess::detail::names_pairs({"when", "item", "who"}, data_format::delimited));
  CHECK_FALSE(ciess::detail::names_pairs({}, data_format::delimited));
}

TEST_CASE("a header of RecBole has a type in each field", "[data]") {
  using ciess::detail::is_typed_header;
  CHECK(is_typed_header({"a:token", "b:token_seq", "c:float", "d:float_seq"}));
  CHECK_FALSE(is_typed_header({"a:token"}));
  CHECK_FALSE(is_typed_header({"a:token", "b"}));
  CHECK_FALSE(is_typed_header({"a:token", ":token"}));
  CHECK_FALSE(is_typed_header({"a:token", "b:int"}));
  CHECK_FALSE(is_typed_header({"a:token", "b:token:x"}));
  CHECK(ciess::detail::name_of("a:token", data_format::inter) == "a");
  CHECK(ciess::detail::name_of("a", data_format::inter) == "a");
  CHECK(ciess::detail::name_of("a:token", data_format::delimited) == "a:token");
}
