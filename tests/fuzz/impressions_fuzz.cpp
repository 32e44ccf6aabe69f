// SPDX-License-Identifier: MIT
// Files of impressions: data/read_impressions.hpp, and what becomes of them:
// data/click_dataset.hpp. The first four bytes are options.
#include <ciess/data/describe_click_dataset.hpp>
#include <ciess/data/load_click_dataset.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/target.hpp"

namespace {

using fuzz::require;

struct chosen {
  ciess::click_read_options read;
  ciess::click_dataset_options split;
};

/// The defaults for "@@@@".
chosen options_of(std::string_view bytes) {
  const auto digits = [&](std::size_t k) {
    return (unsigned{static_cast<unsigned char>(bytes[k])} + 256U - '@') % 256;
  };
  chosen c;
  auto& [o, s] = c;
  const unsigned format = digits(0), columns = digits(1), signs = digits(2), split = digits(3);
  o.format = static_cast<ciess::click_format>(format % 4);
  if (o.format == ciess::click_format::libsvm) o.borders = {0, 3, 1000};
  if ((format & 4) != 0) o.numbers = ciess::number_use::standardised;
  const bool lines = format % 4 >= 2;
  if ((format & 8) != 0) o.numeric = {lines ? ciess::column("field1") : ciess::column(1)};
  if ((format & 16) != 0) o.pooled = {lines ? ciess::column("field2") : ciess::column(2)};
  if ((format & 32) != 0) o.ignored = {0};
  if ((format & 64) != 0) o.fields = {0};
  if (columns % 4 == 1) o.label = 0;
  if (columns % 4 == 2) o.label = "y";
  if (columns % 4 == 3) o.label = ciess::column::none();
  if (columns / 4 % 4 == 1) o.positive_from = 3;
  if (columns / 4 % 4 == 2) o.positive_label = "buy";
  if (columns / 16 % 4 == 1) o.time = ciess::column::none();
  if (columns / 16 % 4 == 2) o.time = 3;
  o.header = static_cast<ciess::header_line>(columns / 64 % 3);
  o.delimiter = std::array{"", ",", ";", "\t", " ", "::", "|", ""}[signs % 8];
  o.separator = std::array{"|", ",", "--", " "}[signs / 8 % 4];
  const char quotes[] = {'\0', '"', '\''};
  if (signs / 32 % 4 > 0) o.quote = quotes[signs / 32 % 4 - 1];
  if ((signs & 128) != 0) o.comment = '#';
  s.min_count = 1 + split % 4;
  s.shares = {.train = 0.5, .validation = 0.25};
  if ((split & 4) != 0) s.kind = ciess::split_kind::temporal;
  if ((split & 8) != 0) s.negatives = {.per_positive = 1 + split / 16 % 4};
  return c;
}

std::string_view value(const ciess::loaded_impressions& l, std::size_t k, ciess::row_id r) {
  return l.values[k][static_cast<std::size_t>(r)];
}

void check_said(std::string_view line) {
  require(std::ranges::none_of(line, [](char c) { return static_cast<unsigned char>(c) < 0x20; }),
          "what was read is said without control characters");
}

void check_read(const ciess::loaded_impressions& l) {
  const auto n = static_cast<std::size_t>(l.data.size());
  require(l.lines == l.data.size() && l.lines > 0, "lines are counted");
  require(l.values.size() == l.data.fields().size() && !l.values.empty(), "fields have values");
  require(l.numbers.size() == l.features.size(), "features have numbers");
  for (const auto& column : l.numbers) {
    require(column.size() == n, "each impression has a number");
    for (const double x : column)
      require(std::isnan(x) || std::abs(x) < 3.5e38, "numbers fit a feature");
  }
  for (std::size_t k = 0; k < l.values.size(); ++k) {
    require(std::ssize(l.values[k]) == l.data.fields()[k].rows, "rows have names");
    for (const double count : l.data.frequency(k)) require(count > 0, "each value is shown");
    std::vector<std::string_view> names;
    for (std::size_t v = 0; v < l.values[k].size(); ++v) names.push_back(l.values[k][v]);
    std::ranges::sort(names);
    require(std::ranges::adjacent_find(names) == names.end(), "values differ");
  }
  if (!l.label.empty())
    require(l.data.clicks() > 0 && l.data.clicks() < l.data.size(), "there are both labels");
  for (const auto& said : describe(l)) check_said(said);
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + '"';
}

/// Fields of one value come back from a table with quotes around everything.
void check_again(const ciess::loaded_impressions& l) {
  if (l.data.clicks() == 0 || l.data.clicks() == l.data.size()) return;
  std::vector<std::size_t> fields;
  for (std::size_t k = 0; k < l.values.size(); ++k)
    if (!l.data.fields()[k].pooled) fields.push_back(k);
  if (fields.empty()) return;
  std::string text;
  for (ciess::index_t i = 0; i < l.data.size(); ++i) {
    text += std::to_string(l.data.labels()[static_cast<std::size_t>(i)]);
    for (const auto k : fields) text += ',' + quoted(value(l, k, l.data.values(i, k)[0]));
    text += '\n';
  }
  const auto second =
      ciess::read_impressions(fuzz::file_of(text, "again.csv"), {.label = 0,
                                                                 .header = ciess::header_line::no,
                                                                 .delimiter = ",",
                                                                 .quote = '"',
                                                                 .comment = '\0'});
  require(second.data.size() == l.data.size(), "impressions come back from a file");
  for (ciess::index_t i = 0; i < l.data.size(); ++i)
    for (std::size_t j = 0; j < fields.size(); ++j)
      require(value(second, j, second.data.values(i, j)[0]) ==
                  value(l, fields[j], l.data.values(i, fields[j])[0]),
              "values come back from a file");
}

void check_parts(const ciess::loaded_impressions& l, const ciess::click_dataset& d,
                 const ciess::click_dataset_options& o) {
  require(d.train.size() + d.validation.size() + d.test.size() == l.data.size() + d.drawn,
          "each impression is in a part");
  for (std::size_t k = 0; k < d.values.size(); ++k) {
    require(d.values[k].size() == d.train.fields()[k].rows && d.values[k].text(0) == "<rare>",
            "rows have names");
    const auto counts = d.train.frequency(k);
    require(counts[0] == static_cast<double>(d.fields[k].rare_shown), "rare values are counted");
    for (std::size_t r = 1; r < counts.size(); ++r)
      require(counts[r] >= static_cast<double>(o.min_count), "rows are frequent enough");
    require(d.fields[k].values == d.values[k].size() - 1 + d.fields[k].rare + d.fields[k].unseen,
            "values are counted");
  }
  for (const auto& said : describe(d)) check_said(said);
}

bool feed(std::string_view input) {
  if (input.size() < 4) return false;
  const auto [read, split] = options_of(input);
  const auto got = fuzz::accepted([&, &o = read] {
    return ciess::parse_impressions(std::string(input.substr(4)), "input", o);
  });
  if (!got) return false;
  check_read(*got);
  check_again(*got);
  const auto parts = fuzz::accepted([&, &o = split] { return ciess::make_click_dataset(*got, o); });
  if (parts) check_parts(*got, *parts, split);
  return true;
}

std::vector<fuzz::seed> seeds() {
  std::string criteo;
  for (int label = 0; label < 8; ++label) {
    criteo += std::to_string(label % 2);
    for (int k = 1; k <= 13; ++k) criteo += k == 2 ? "\t" : "\t" + std::to_string(label * k);
    for (int k = 1; k <= 26; ++k) criteo += k == 26 ? "\t" : "\t68fd1e6" + std::to_string(k % 9);
    criteo += '\n';
  }
  const std::string rows =
      "1,10,a|b,x\n0,11,,y\n1,10,b,x\n0,12,c,y\n1,3e4,a|c,x\n0,-7,a,z\n1,1,b,z\n0,2,b,y\n";
  const std::string positives =
      "user,item\nu1,i1\nu1,i2\nu2,i1\nu2,i3\nu3,i4\nu3,i5\nu4,i1\nu4,i5\n";
  return {
      {"csv", "@@@@label,age,tags,site\n" + rows},
      {"csv-pooled", "P@@@label,age,tags,site\n" + rows},
      {"csv-numeric", "X@@@label,age,tags,site\n" + rows},
      {"csv-features", "\\@@A" + ("label,age,tags,site\n" + rows)},
      {"csv-without-header", "TA@@" + rows},
      {"csv-semicolons", "@@@@label;a\r\n1;x\r\n0;\"y;\"\"z\"\"\"\r\n1;x\r\n0;y\r\n1;x\r\n0;w"},
      {"labels-true", "@@@@label,a\ntrue,x\nfalse,y\nTrue,x\nFALSE,y\ntrue,z\nfalse,z\n"},
      {"labels-minus", "@@@@label,a\n1,x\n-1,y\n1,x\n-1,y\n1,z\n-1,z\n"},
      {"labels-from", "@F@@y,a\n5,x\n1,y\n4,x\n2,y\n3,z\n2.5,z\n"},
      {"labels-given", "@J@@y,a\nbuy,x\nview,y\nbuy,x\nview,y\nbuy,z\nview,z\n"},
      {"times",
       "@@@Dlabel,a,time\n1,x,2020-01-01\n0,y,2020-01-02\n1,x,2020-01-03\n0,y,2020-01-04\n"
       "1,z,2020-01-05\n0,x,2020-01-06\n1,z,2020-01-07\n0,x,2020-01-08\n"},
      {"clicks", "@\x83@H" + positives},
      {"clicks-two", "@\x83@X" + positives},
      {"criteo", "A@@@" + criteo},
      {"criteo-features", "E@@B" + criteo},
      {"libffm",
       "B@@@1 0:7:1 2:30:1\n0 2:31:1 0:7:1 # note\n1 0:8:1\n0 0:7:1\n1 0:8:1 2:1:1\n0 0:9:1\n"},
      {"libffm-rich",
       "^@@@1 0:7:1 1:5:0.5 2:1:0.5 2:2:0.5\n0 0:8:1 1:6:1 2:3:1\n1 0:8:1\n0 0:7:1\n"},
      {"libsvm", "C@@@1 1:1 4:1 2000:1\n0 2:1 5:1\n1 1:1 5:1\n0 2:1 4:1 1001:1\n"},
      {"blanks", "@@D@label a b\n1 x y\n0 z \"w v\"\n1 x y\n0 z y\n"},
      {"quotes-over-lines", "@@@@label,a\n1,\"x\ny\"\n0,z\n1,\"x\n\n\"\n0,z\n"},
      {"comments", "@@@@# made by hand\nlabel,a\n1,x\n0,y\n"},
      {"comments-given", "@@\xC0@label,a\n#1,x\n0,y\n1,z\n"},
  };
}

[[maybe_unused]] const bool added = fuzz::add({"impressions", feed, seeds});

}  // namespace
