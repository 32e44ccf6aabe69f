// SPDX-License-Identifier: MIT
// Files of many shapes, made up by addressed draws: each is read right, or refused. What the
// options say is read right without exception.
#include <ciess/data/read.hpp>

#include <ciess/core/random.hpp>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace {

using pairs = std::set<std::pair<std::string, std::string>>;

pairs pairs_of(const ciess::loaded& l) {
  pairs all;
  for (ciess::row_id u = 0; u < l.data.users(); ++u)
    for (const auto i : l.data.items_of(u)) all.emplace(l.users.text(u), l.items.text(i));
  return all;
}

std::string shown(const pairs& all) {
  std::string text;
  for (const auto& [user, item] : all) text += "[" + user + "|" + item + "] ";
  return text;
}

class maker {
 public:
  explicit maker(std::uint64_t number)
      : engine_{ciess::random_stream(17, ciess::purpose::user).at(number)} {}

  std::uint32_t below(std::uint32_t n) { return ciess::bounded(engine_, n); }
  bool maybe(std::uint32_t percent) { return below(100) < percent; }
  template <class T>
  const T& one_of(const std::vector<T>& all) {
    return all[below(static_cast<std::uint32_t>(all.size()))];
  }

 private:
  ciess::random_engine engine_;
};

/// A file and what is right.
struct file {
  std::string text;
  pairs right;
  ciess::read_options options;  ///< that leave nothing to be found out
  bool damaged = false;
  bool unknown_names = false;  ///< a header without usual names
};

enum class kind { user, item, rating, time, number, word, price };

std::string value_of(maker& m, kind k, bool text_ids) {
  const auto number = [&](std::uint32_t n) { return std::to_string(m.below(n)); };
  switch (k) {
    case kind::user:
      return text_ids ? "u" + number(8) + (m.maybe(20) ? " x" : "") : number(9);
    case kind::item:
      return text_ids ? (m.maybe(30) ? "The " : "i") + number(12) + (m.maybe(20) ? "; b" : "")
                      : std::to_string(100 + m.below(14));
    case kind::rating:
      return std::to_string(1 + m.below(5)) + (m.maybe(30) ? ".5" : "");
    case kind::time:
      return std::to_string(1'500'000'000 + m.below(99'999'999));
    case kind::number:
      return number(50);
    case kind::word:
      return m.one_of<std::string>({"red", "green", "blue, light", "none"});
    default:
      return m.maybe(20) ? "" : number(99) + "." + number(10);
  }
}

std::string name_of(maker& m, kind k, int column) {
  switch (k) {
    case kind::user:
      return m.one_of<std::string>(
          {"user_id", "userId", "User", "visitorid", "customer_id", "uid"});
    case kind::item:
      return m.one_of<std::string>({"item_id", "movieId", "ITEM", "product_id", "asin", "sku"});
    case kind::rating:
      return m.one_of<std::string>({"rating", "Stars", "score"});
    case kind::time:
      return m.one_of<std::string>({"timestamp", "time", "date"});
    default:
      return "col" + std::to_string(column) + "x";
  }
}

/// A table of 2 to 12 columns.
file make_table(maker& m) {
  file made;
  const bool header = m.maybe(50);
  const std::string d = m.one_of<std::string>({"\t", "\t", ",", ",", ";", "|", " ", "::"});
  const bool text_ids = m.maybe(40);
  made.unknown_names = header && m.maybe(15);
  std::vector<kind> columns{kind::user, kind::item};
  const auto more = m.below(11);
  bool rating = false, time = false;
  for (std::uint32_t c = 0; c < more; ++c) {
    const auto k =
        m.one_of<kind>({kind::rating, kind::time, kind::number, kind::word, kind::price});
    if ((k == kind::rating && std::exchange(rating, true)) ||
        (k == kind::time && std::exchange(time, true)))
      columns.push_back(kind::number);
    else
      columns.push_back(k);
  }
  if (header)
    for (std::size_t k = columns.size(); k > 1; --k)
      std::swap(columns[k - 1], columns[m.below(static_cast<std::uint32_t>(k))]);
  const auto records = 1 + m.below(m.maybe(70) ? 30 : 4);

  // Quotes: none, where they are needed, or around everything. Only comma files and their kin have
  // quoted delimiters.
  const bool quotes_hold_delimiters = d == "," || d == ";" || d == "|";
  const bool all_quoted = d != "::" && m.maybe(20);
  const auto written = [&](std::string text) {
    if (d == " ") std::ranges::replace(text, ' ', '_');
    if (d == " " && text.empty()) text = "-";
    const bool needs = quotes_hold_delimiters && text.find(d) != std::string::npos;
    if (!needs && !quotes_hold_delimiters)
      for (auto at = text.find(d); d != " " && at != std::string::npos; at = text.find(d))
        text.replace(at, d.size(), "_");
    if (needs || (all_quoted && !text.empty())) return "\"" + text + "\"";
    return text;
  };
  const std::string end = m.maybe(30) ? "\r\n" : "\n";
  if (m.maybe(10)) made.text += "\xEF\xBB\xBF";
  if (m.maybe(10)) made.text += "# made up" + end;
  const auto add_line = [&](std::vector<std::string> all) {
    for (std::size_t c = 0; c < all.size(); ++c) made.text += (c > 0 ? d : "") + written(all[c]);
    made.text += end;
  };
  if (header) {
    std::vector<std::string> names;
    for (std::size_t c = 0; c < columns.size(); ++c)
      names.push_back(made.unknown_names ? "col" + std::to_string(c) + "x"
                                         : name_of(m, columns[c], static_cast<int>(c)));
    add_line(names);
  }
  const auto user = std::ranges::find(columns, kind::user) - columns.begin();
  const auto item = std::ranges::find(columns, kind::item) - columns.begin();
  const bool damage = m.maybe(30) && (records > 1 || header);
  const auto damaged_record = m.below(records);
  for (std::uint32_t r = 0; r < records; ++r) {
    std::vector<std::string> values;
    for (const kind k : columns) values.push_back(value_of(m, k, text_ids));
    const auto plain = [&](std::ptrdiff_t c) {
      std::string text = written(values[static_cast<std::size_t>(c)]);
      if (text.starts_with('"')) text = text.substr(1, text.size() - 2);
      return text;
    };
    made.right.emplace(plain(user), plain(item));
    if (damage && r == damaged_record) {
      made.damaged = true;
      if (m.maybe(60))
        values.pop_back();
      else
        values.emplace_back("x");
    }
    add_line(values);
  }
  if (m.maybe(20)) made.text.resize(made.text.size() - end.size());
  made.options = {.format = ciess::data_format::delimited,
                  .user = static_cast<int>(user),
                  .item = static_cast<int>(item),
                  .header = header ? ciess::header_line::yes : ciess::header_line::no,
                  .delimiter = d};
  return made;
}

/// Lists of items, of any lengths.
file make_lists(maker& m) {
  file made;
  const auto lines = 1 + m.below(14);
  const bool text_ids = m.maybe(20), one_length = m.maybe(20), again = m.maybe(20);
  const std::string after_user = m.maybe(20) ? "\t" : " ";
  const auto length = m.below(6);
  for (std::uint32_t r = 0; r < lines; ++r) {
    const std::string user = (text_ids ? "u" : "") + std::to_string(again ? m.below(9) : r);
    made.text += user;
    const auto items = one_length ? length : m.below(9);
    for (std::uint32_t k = 0; k < items; ++k) {
      const std::string item = (text_ids ? "i" : "") + std::to_string(m.below(40));
      made.text += (k == 0 ? after_user : " ") + item;
      made.right.emplace(user, item);
    }
    made.text += '\n';
  }
  made.options = {.format = ciess::data_format::adjacency};
  return made;
}

struct outcome {
  int right = 0, refused = 0, told = 0;
};

/// Reads a file as it is, then with all that can be said about it.
void try_file(const file& made, outcome& seen) {
  INFO(made.text);
  try {
    const auto l = ciess::parse_interactions(made.text, "file");
    if (made.damaged) FAIL("a damaged file was read");
    pairs read = pairs_of(l);
    // Text above text is data, and told.
    if (made.unknown_names && l.notes.size() == 1 &&
        l.notes[0].find("is read as data") != std::string::npos) {
      ++seen.told;
      return;
    }
    if (read != made.right)
      FAIL("read as something else: " << shown(read) << "\ninstead of " << shown(made.right));
    ++seen.right;
  } catch (const ciess::data_error& e) {
    ++seen.refused;
  }
  try {
    const auto l = ciess::parse_interactions(made.text, "file", made.options);
    if (made.damaged) FAIL("a damaged file was read, with options");
    if (pairs_of(l) != made.right) FAIL("read as something else, with options");
  } catch (const ciess::data_error& e) {
    if (!made.damaged && !made.right.empty()) FAIL("refused with all options: " << e.what());
  }
}

}  // namespace

TEST_CASE("tables of any shape are read right or refused", "[data]") {
  outcome sound, damaged;
  int unknown_read = 0;
  for (std::uint64_t number = 0; number < 10'000; ++number) {
    maker m(number);
    const file made = make_table(m);
    const int before = sound.right;
    try_file(made, made.damaged ? damaged : sound);
    unknown_read += made.unknown_names && sound.right > before ? 1 : 0;
  }
  CHECK(sound.right + sound.refused > 6000);
  CHECK(sound.right * 10 > (sound.right + sound.refused) * 6);  // most, without any option
  CHECK(damaged.refused > 2000);
  CHECK(damaged.right == 0);
  CHECK(unknown_read == 0);
  CHECK(sound.told > 0);
}

TEST_CASE("lists of any lengths are read right or refused", "[data]") {
  outcome seen;
  for (std::uint64_t number = 0; number < 10'000; ++number) {
    maker m(1'000'000 + number);
    try_file(make_lists(m), seen);
  }
  CHECK(seen.right > 4000);
}
