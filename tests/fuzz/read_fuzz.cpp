// SPDX-License-Identifier: MIT
// Files of interactions: data/read.hpp. The first four bytes are options.
#include <ciess/data/describe.hpp>
#include <ciess/data/read.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "fuzz/target.hpp"

namespace {

using fuzz::require;

/// The defaults for "@@@@".
struct chosen {
  ciess::read_options options;
  std::string name = "input.txt";
};

chosen options_of(std::string_view bytes) {
  const auto digits = [&](std::size_t k) {
    return (unsigned{static_cast<unsigned char>(bytes[k])} + 256U - '@') % 256;
  };
  chosen c;
  auto& o = c.options;
  const unsigned format = digits(0), table = digits(1), signs = digits(2), columns = digits(3);
  o.format = static_cast<ciess::data_format>(format % 6);
  switch (format / 6 % 5) {
    case 1:
      o.rating = ciess::column::none();
      break;
    case 2:
      o.user = 1, o.item = 0;
      break;
    case 3:
      o.item = "item";
      break;
    case 4:
      o.rating = 2;
      break;
    default:
      break;
  }
  o.numeric_ids = (table & 1) != 0;
  if ((table & 2) != 0) o.min_rating = 3;
  o.header = static_cast<ciess::header_line>((table >> 2) % 4 % 3);
  o.delimiter = std::array{"", ",", ";", "|", "::", "\t", " ", ""}[(table >> 4) % 8];
  const char comments[] = {'#', '/', '\0'}, quotes[] = {'\0', '"', '\''};
  if (signs % 4 > 0) o.comment = comments[signs % 4 - 1];
  if (signs / 4 % 4 > 0) o.quote = quotes[signs / 4 % 4 - 1];
  if (signs / 16 % 4 == 1) o.label = ciess::column::none();
  if (signs / 16 % 4 == 2) o.label = 2;
  if (signs / 16 % 4 == 3) o.label = "label";
  if (signs / 64 == 1) c.name = "input.inter";
  if (columns % 4 > 0) o.positive_label = std::array{"1", "buy", "2.0"}[columns % 4 - 1];
  o.times = (columns & 4) != 0;
  if (columns / 8 % 4 == 1) o.time = 3;
  if (columns / 8 % 4 == 2) o.time = "time";
  if (columns / 8 % 4 == 3) o.time = ciess::column::none();
  if (columns / 32 % 4 == 1) o.weight = 2;
  if (columns / 32 % 4 == 2) o.weight = "w";
  return c;
}

std::string quoted(const std::string& id) {
  std::string text = "\"";
  for (const char c : id) text += c == '"' ? "\"\"" : std::string(1, c);
  return text + '"';
}

using pair_set = std::set<std::pair<std::string, std::string>>;

pair_set pairs_of(const ciess::loaded& l) {
  pair_set all;
  for (ciess::row_id u = 0; u < l.data.users(); ++u)
    for (const auto i : l.data.items_of(u)) all.emplace(l.users.text(u), l.items.text(i));
  return all;
}

void check_rows(const ciess::loaded& l) {
  require(l.data.users() == l.users.size() && l.data.items() == l.items.size(),
          "each row has an id");
  for (ciess::row_id u = 0; u < l.data.users(); ++u)
    require(l.data.user_frequency(u) > 0 && l.users.find(l.users.text(u)) == u,
            "each user has an item, and is found by its id");
  for (ciess::row_id i = 0; i < l.data.items(); ++i)
    require(l.data.item_frequency(i) > 0 && l.items.find(l.items.text(i)) == i,
            "each item has a user, and is found by its id");
}

void check_account(const ciess::loaded& l, const ciess::read_options& o) {
  require(l.kept == l.data.size() && l.kept > 0, "interactions are counted");
  if (l.format == ciess::data_format::adjacency)
    require(l.empty_lists < l.lines && l.below_threshold + l.negatives == 0, "lists are counted");
  else
    require(l.lines == l.kept + l.duplicates + l.below_threshold + l.negatives && !l.empty_lists,
            "lines are counted");
  require(l.format != ciess::data_format::automatic, "the format is known");
  require(l.data.has_times() == o.times && l.time_range.has_value() == o.times,
          "there are times if they are asked for");
  if (o.times) {
    require(std::ssize(l.data.times()) == l.kept, "each pair has a time");
    for (const auto t : l.data.times())
      require(t >= l.time_range->first && t <= l.time_range->second, "times are in their range");
  }
  require(l.data.has_weights() == o.weight.is_given(), "there are weights if they are asked for");
  if (o.weight.is_given()) {
    require(std::ssize(l.data.weights()) == l.kept, "each pair has a weight");
    for (const auto w : l.data.weights()) require(w > 0, "weights are above 0");
  }
  const auto line = ciess::describe(l);
  require(std::ranges::none_of(line, [](char c) { return static_cast<unsigned char>(c) < 0x20; }),
          "what was read is said without control characters");
}

/// What was found out says the same when it is told.
void check_told(std::string_view text, const ciess::loaded& l, ciess::read_options o) {
  const auto first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (l.comments > 0 || (first != std::string_view::npos && text.find_first_of("#%") == first))
    return;  // whose header may stand in a comment
  using role = ciess::column_role;
  o.format = l.format;
  if (l.format != ciess::data_format::matrix_market) o.delimiter = l.delimiter;
  if (l.format != ciess::data_format::adjacency) {
    o.header = l.header ? ciess::header_line::yes : ciess::header_line::no;
    o.user = static_cast<int>(l.column(role::user)->position);
    o.item = static_cast<int>(l.column(role::item)->position);
    const auto tell = [&](ciess::column& c, role r) {
      c = l.column(r) ? ciess::column(static_cast<int>(l.column(r)->position))
                      : ciess::column::none();
    };
    tell(o.rating, role::rating);
    tell(o.label, role::label);
    tell(o.time, role::time);
    tell(o.weight, role::weight);
  }
  const auto again = ciess::parse_interactions(std::string(text), "told.txt", o);
  require(again.data == l.data && again.users == l.users && again.items == l.items,
          "what was found out is the same when it is told");
}

bool feed(std::string_view input) {
  if (input.size() < 4) return false;
  const auto [options, name] = options_of(input);
  const auto text = input.substr(4);
  const auto got = fuzz::accepted(
      [&, &o = options, &n = name] { return ciess::parse_interactions(std::string(text), n, o); });
  if (!got) return false;
  check_account(*got, options);
  check_rows(*got);
  check_told(text, *got, options);
  const auto pairs = pairs_of(*got);
  require(std::ssize(pairs) == got->kept, "pairs differ by their ids");
  std::string again;
  for (const auto& [user, item] : pairs) again += quoted(user) + ',' + quoted(item) + '\n';
  const auto second = ciess::load_interactions(fuzz::file_of(again, "again.csv"),
                                               {.format = ciess::data_format::delimited,
                                                .user = 0,
                                                .item = 1,
                                                .rating = ciess::column::none(),
                                                .header = ciess::header_line::no,
                                                .delimiter = ",",
                                                .quote = '"',
                                                .comment = '\0'});
  require(second.duplicates == 0 && pairs_of(second) == pairs, "pairs come back from a file");
  return true;
}

std::vector<fuzz::seed> seeds() {
  return {
      {"movielens", "@@@@1::10::5::978300760\n1::20::3::978302109\n2::10::4::978301968\n"},
      {"csv-header", "@@@@userId,movieId,rating,timestamp\n1,10,4.5,1\n2,20,3.0,2\n2,10,5,3\n"},
      {"csv-quotes", "@@@@\"a,1\",\"x \"\"y\"\"\"\r\n\"b\n2\",z\r\n"},
      {"tsv-ratings",
       "@B@@196\t242\t3\t881250949\n186\t302\t1\t891717742\n22\t377\t4\t878887116\n"},
      {"lists", "@@@@0 10 20 30\n1 20\n2\n3 10 40 50 60\n"},
      {"inter", "@@@@user_id:token\titem_id:token\trating:float\nu1\ti1\t4\nu2\ti2\t5\n"},
      {"inter-plain", "@@\x80@user_id\titem_id\trating\nu1\ti1\t4\nu2\ti2\t5\n"},
      {"semicolons", "@@@@\xEF\xBB\xBFname;item\r\nanna;7\r\nbert;-9223372036854775808\r\n"},
      {"semicolons-named", "R@@@\xEF\xBB\xBFuser;item\r\nanna;7\r\nbert;-9223372036854775808\r\n"},
      {"numbers-far", "BA@@9223372036854775807 -9223372036854775808\n7 007\n"},
      {"by-column", "L@@@1|2\n3|4\n"},
      {"matrix",
       "@@@@%%MatrixMarket matrix coordinate integer general\n% x\n2 9 3\n1 7 4\n1 9 1\n"
       "2 7 5\n"},
      {"matrix-rated", "EB@@%%MatrixMarket matrix coordinate real general\n2 9 2\n1 7 4\n2 7 1\n"},
      {"comments", "@@@@# made by hand\n%% twice\n# item_id user_id\n10 1\n11 1\n"},
      {"comments-given", "@@A@#ann,2\nbob,3\n#x,y\ncy,3\n"},
      {"ids-like-comments", "@@C@#ann,2\nbob,3\n"},
      {"labels", "@@@@user_id,item_id,label\n1,10,1\n1,11,0\n2,10,0.0\n2,12,1\n"},
      {"labels-given", "@@`B1,10,buy\n1,11,view\n2,10,buy\n"},
      {"iso-times",
       "@@@Duser,item,time\n1,10,2012-03-04T05:06:07.089Z\n1,11,2012-03-04\n"
       "2,10,2012-03-05 01:02+01:00\n"},
      {"times", "@@@D1,10,5,881250949\n1,11,4,881250950\n1,10,3,881250948\n"},
      {"times-milliseconds", "@@@Luser,item,x,y\n1,10,5,1588687728923\n2,11,4,1588687728999\n"},
      {"days", "@@@Tuser,item,time\n1,10,20200705\n2,11,20191231\n"},
      {"weights", "@@@`1,10,2.5\n1,11,1\n1,10,0.5\n"},
      {"weights-named", "@@@\x80user,item,w\n1,10,2.5\n1,11,1\n"},
      {"quotes-over-lines", "@@@@user,item,text\n1,2,\"a\nb\n\nc\"\n1,3,\"d\"\n"},
      {"quotes-trusted", "@@H@1,10,\"x\n1,11,y\"\n2,10,z\n"},
      {"quotes-none", "@@D@1,\"Weird\" Al\n2,\"x\n"},
      {"quotes-single", "@@L@'1','1''0'\n'2','11'\n"},
      {"addresses", "@@@@2001:db8::1,a\n2001:db8::2,b\n"},
      {"colons", "@@@@a::b\na::c\nd::b\n"},
      {"tabs-with-quotes", "@@@@1\t\"Weird\" Al\n2\t\"b\"\n3\t\"c\"\"d\"\n4\t\"\n"},
      {"blanks-with-quotes", "@@@@\"1\" \"2 x\"\n\"1\" 4\n"},
      {"told-delimiter", "@@@@sep=;\nuser;item\n1;10\n2;11\n"},
      {"row-numbers", "@@@@,user,item\n0,1,10\n1,1,11\n"},
      {"json", "@@@@{\"user\": 1, \"item\": 2}\n{\"user\": 1, \"item\": 3}\n"},
      {"features", "@@@@1 2:1 3:0.5\n0 4:1\n"},
      {"lists-in-fields", "@@@@user,items\n0,\"[1, 2]\"\n1,3|4\n"},
      {"totals", "@@@@user,item\n1,10\n2,11\nTotal,2\n"},
  };
}

[[maybe_unused]] const bool added = fuzz::add({"read", feed, seeds});

}  // namespace
