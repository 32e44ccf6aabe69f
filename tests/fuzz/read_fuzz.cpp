// Files of interactions: data/read.hpp. The first two bytes are options.
#include <ciess/data/read.hpp>

#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "fuzz/target.hpp"

namespace {

using fuzz::require;

/// The defaults for 'A' and '@'.
ciess::read_options options_of(unsigned format, unsigned rest) {
  ciess::read_options o;
  format = (format + 256 - 'A') % 256;
  o.format = static_cast<ciess::data_format>(format % 5);
  o.numeric_ids = (rest & 1) != 0;
  if ((rest & 2) != 0) o.min_rating = 3;
  o.header = static_cast<ciess::header_line>((rest >> 2) % 4 % 3);
  o.delimiter = std::string_view("\0,;|\0\t \0", 8)[(rest >> 4) % 8];
  if ((rest & 128) != 0) o.quote = '\0';
  if (format / 5 % 4 == 1) o.rating = ciess::column::none();
  if (format / 5 % 4 == 2) o.user = 1, o.item = 0;
  if (format / 5 % 4 == 3) o.item = "item";
  return o;
}

std::string quoted(const std::string& id) {
  std::string text = "\"";
  for (const char c : id) text += c == '"' ? "\"\"" : std::string(1, c);
  return text + '"';
}

std::set<std::pair<std::string, std::string>> pairs_of(const ciess::loaded& l) {
  std::set<std::pair<std::string, std::string>> pairs;
  for (ciess::row_id u = 0; u < l.data.users(); ++u)
    for (const auto i : l.data.items_of(u)) pairs.emplace(l.users.text(u), l.items.text(i));
  return pairs;
}

bool feed(std::string_view input) {
  if (input.size() < 2) return false;
  const auto byte = [&](std::size_t k) { return unsigned{static_cast<unsigned char>(input[k])}; };
  const auto options = options_of(byte(0), byte(1));
  const auto path = fuzz::file_of(input.substr(2), "input.txt");
  const auto got = fuzz::accepted([&] { return ciess::load_interactions(path, options); });
  if (!got) return false;
  require(got->kept == got->data.size() && got->kept > 0, "interactions are counted");
  require(got->data.users() == got->users.size() && got->data.items() == got->items.size(),
          "each row has an id");
  for (ciess::row_id u = 0; u < got->data.users(); ++u)
    require(got->data.user_frequency(u) > 0 && got->users.find(got->users.text(u)) == u,
            "each user has an item, and is found by its id");
  for (ciess::row_id i = 0; i < got->data.items(); ++i)
    require(got->data.item_frequency(i) > 0 && got->items.find(got->items.text(i)) == i,
            "each item has a user, and is found by its id");
  const auto pairs = pairs_of(*got);
  require(std::ssize(pairs) == got->kept, "pairs differ by their ids");
  std::string again;
  for (const auto& [user, item] : pairs) again += quoted(user) + ',' + quoted(item) + '\n';
  const auto second = ciess::load_interactions(fuzz::file_of(again, "again.csv"),
                                               {.format = ciess::data_format::delimited,
                                                .rating = ciess::column::none(),
                                                .header = ciess::header_line::no,
                                                .delimiter = ','});
  require(second.duplicates == 0 && pairs_of(second) == pairs, "pairs come back from a file");
  return true;
}

std::vector<fuzz::seed> seeds() {
  return {
      {"movielens", "A@1::10::5::978300760\n1::20::3::978302109\n2::10::4::978301968\n"},
      {"csv-header", "A@userId,movieId,rating,timestamp\n1,10,4.5,1\n2,20,3.0,2\n2,10,5,3\n"},
      {"csv-quotes", "A@\"a,1\",\"x \"\"y\"\"\"\r\n\"b\n2\",z\r\n"},
      {"tsv-ratings", "AB196\t242\t3\t881250949\n186\t302\t1\t891717742\n22\t377\t4\t878887116\n"},
      {"lists", "A@0 10 20 30\n1 20\n2\n3 10 40 50 60\n"},
      {"inter", "A@user_id:token\titem_id:token\trating:float\nu1\ti1\t4\nu2\ti2\t5\n"},
      {"semicolons", "A@\xEF\xBB\xBFname;item\r\nanna;7\r\nbert;-9223372036854775808\r\n"},
      {"numbers-far", "CA9223372036854775807 -9223372036854775808\n+7 007\n"},
      {"by-column", "M@item|user\n1|2\n3|4\n"},
  };
}

[[maybe_unused]] const bool added = fuzz::add({"read", feed, seeds});

}  // namespace
