#include <ciess/data/detail/names.hpp>
// its own header first
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

using ciess::data_format;
using ciess::detail::record;
using ciess::detail::usual_rank;
using role = ciess::column_role;
using columns = std::vector<std::size_t>;

columns usual(const record& header, role r, data_format format = data_format::delimited) {
  return ciess::detail::usual_columns(header, r, format);
}

}  // namespace

TEST_CASE("the very word and an id is the best name", "[data]") {
  CHECK(usual_rank("user_id", role::user) == 0);
  CHECK(usual_rank("userId", role::user) == 0);
  CHECK(usual_rank("USER-ID", role::user) == 0);
  CHECK(usual_rank("user.idx", role::user) == 0);
  CHECK(usual_rank("user", role::user) == 1);
  CHECK(usual_rank("visitorid", role::user) == 2);
  CHECK(usual_rank("Reviewer", role::user) == 3);
  CHECK(usual_rank("user_name", role::user) == 4);
  CHECK(usual_rank("Users", role::user) == 4);
  CHECK(usual_rank("artist name", role::item) == 6);
  CHECK(usual_rank("asin", role::item) == 3);
  CHECK(usual_rank("parent_asin", role::item) == 6);
  CHECK(usual_rank("rating", role::rating) == 0);
  CHECK(usual_rank("Stars", role::rating) == 2);
  CHECK(usual_rank("Book-Rating", role::rating) == 2);
  CHECK(usual_rank("clicks", role::label) == 2);
  CHECK(usual_rank("unixReviewTime", role::time) == 2);
  CHECK_FALSE(usual_rank("weight", role::weight));  // only what is named
}

TEST_CASE("what only resembles a name is none", "[data]") {
  for (const char* none :
       {"u7", "user1", "userfriend", "id", "", "_", "username2", "who", "name", "{\"user\":", "|u",
        "user:", "[user]", "<user>", "user=", "\"user\"", "user\\"})
    CHECK_FALSE(usual_rank(none, role::user));
  for (const char* none : {"user", "category_id", "title", "price", "iteml"})
    CHECK_FALSE(usual_rank(none, role::item));
  CHECK_FALSE(usual_rank("ratings count", role::rating));
  CHECK_FALSE(usual_rank("timezone", role::time));
}

TEST_CASE("the best names win, and equal ones stay several", "[data]") {
  CHECK(usual({"visitor", "user", "user_id"}, role::user) == columns{2});
  CHECK(usual({"user_name", "user"}, role::user) == columns{1});
  CHECK(usual({"song_id", "x", "artist_id"}, role::item) == columns{0, 2});
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
