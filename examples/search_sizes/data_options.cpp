// SPDX-License-Identifier: MIT
#include "data_options.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>

#include <ciess/core/text.hpp>
#include <ciess/data/describe.hpp>
#include <ciess/data/read.hpp>
#include <ciess/data/synthetic.hpp>
#include <ciess/data/time.hpp>
#ifdef CIESS_COMPRESSED  // without zlib and zstd, compressed files are refused by name
#include <ciess/data/decompress.hpp>
#endif

namespace example {

void add_data_options(CLI::App& app, data_options& o) {
  const std::string which = ": its number, from 1, or its name";
  app.add_option("--data", o.data,
                 "ratings or interactions, also gzip or zstd, - for standard input; without it a "
                 "synthetic set is made");
  app.add_option("--test", o.test,
                 "interactions to report on; without it a quarter of --data, by user");
  std::vector<std::string> formats(ciess::data_format_names.begin(),
                                   ciess::data_format_names.end());
  app.add_option("--format", o.format, "format of --data and --test")
      ->check(CLI::IsMember(formats))
      ->capture_default_str();
  app.add_option("--user", o.user, "column of users" + which);
  app.add_option("--item", o.item, "column of items" + which);
  app.add_option("--rating", o.rating, "column of ratings" + which + ", or none");
  app.add_option("--label", o.label, "column of labels, 1 for what happened" + which + ", or none");
  app.add_option("--time", o.time, "column of times" + which + ", or none");
  app.add_option(
      "--weight", o.weight,
      "column of counts or weights, in proportion to which a user's positives are drawn" + which);
  app.add_option("--header", o.header, "whether the first line names the columns")
      ->check(CLI::IsMember({"auto", "yes", "no"}))
      ->capture_default_str();
  app.add_option("--delimiter", o.delimiter,
                 "between fields: tab, blank, comma, semicolon, bar, or the characters themselves");
  app.add_option("--quote", o.quote, "around fields: a character, or none");
  app.add_option("--comment", o.comment, "what lines that are no data begin with, or none");
  app.add_option("--positive-label", o.positive_label, "the label of what happened, in place of 1");
  app.add_option("--min-rating", o.min_rating, "keep what was rated at least this");
  app.add_option("--min-user", o.min_user, "keep users with at least so many pairs left (core)")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 31))
      ->capture_default_str();
  app.add_option("--min-item", o.min_item, "keep items with at least so many pairs left (core)")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 31))
      ->capture_default_str();
  app.add_option("--split", o.split,
                 "how parts to train on, to choose by and to report on are split: random, "
                 "temporal, leave-one-out or last:N, each user's own")
      ->capture_default_str();
  app.add_option("--split-at", o.split_at,
                 "split all interactions where the test part begins, or the validation and the "
                 "test part: dates or times, or shares of the interactions before them")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

namespace {

ciess::column column_of(const char* option, const std::string& text) {
  if (text.empty()) return {};
  if (text == "none") return ciess::column::none();
  if (const auto number = ciess::parse_number<int>(text)) {
    if (*number < 1)
      throw ciess::argument_error(ciess::joined(option, ": columns count from 1, got ", text));
    return {*number - 1};
  }
  return {text};
}

/// One character, or none.
std::optional<char> sign_of(const char* option, const std::string& text) {
  if (text.empty()) return std::nullopt;
  if (text == "none") return '\0';
  if (text.size() != 1)
    throw ciess::argument_error(
        ciess::joined(option, ": expected one character or none, got ", text));
  return text[0];
}

ciess::read_options read_options_of(const data_options& o) {
  std::string delimiter = o.delimiter;
  for (const auto& [name, sign] : {std::pair{"tab", "\t"},
                                   {"\\t", "\t"},
                                   {"blank", " "},
                                   {"comma", ","},
                                   {"semicolon", ";"},
                                   {"bar", "|"}})
    if (o.delimiter == name) delimiter = sign;
  ciess::read_options read{.format = ciess::parse_data_format(o.format),
                           .min_rating = o.min_rating,
                           .user = column_of("--user", o.user),
                           .item = column_of("--item", o.item),
                           .rating = column_of("--rating", o.rating),
                           .label = column_of("--label", o.label),
                           .time = column_of("--time", o.time),
                           .positive_label = o.positive_label,
                           .header = o.header == "yes"  ? ciess::header_line::yes
                                     : o.header == "no" ? ciess::header_line::no
                                                        : ciess::header_line::automatic,
                           .delimiter = delimiter,
                           .quote = sign_of("--quote", o.quote),
                           .comment = sign_of("--comment", o.comment)};
  if (!o.weight.empty()) read.weight = column_of("--weight", o.weight);
  return read;
}

ciess::dataset_options dataset_options_of(const data_options& o, std::uint64_t seed) {
  ciess::dataset_options d{.core = {o.min_user, o.min_item}, .seed = seed};
  if (o.split == "temporal" || !o.split_at.empty()) {
    d.kind = ciess::split_kind::temporal;
    if (o.split != "temporal" && o.split != "random")
      throw ciess::argument_error("--split-at: goes with --split temporal, got " + o.split);
  } else if (o.split == "leave-one-out") {
    d.kind = ciess::split_kind::last;
  } else if (o.split.starts_with("last:")) {
    d.kind = ciess::split_kind::last;
    const auto n = ciess::parse_number<std::int32_t>(std::string_view(o.split).substr(5));
    if (!n || *n < 1)
      throw ciess::argument_error("--split: expected last:N with N at least 1, got " + o.split);
    d.last = *n;
  } else if (o.split != "random") {
    throw ciess::argument_error(
        "--split: expected random, temporal, leave-one-out or last:N, got " + o.split);
  }
  for (const auto& text : o.split_at) {
    const auto number = ciess::parse_number<double>(text);
    const auto time = ciess::parse_time(text);
    const bool date = time && time->unit == ciess::time_unit::date;
    if (number && *number > 0 && *number < 1)
      d.at.push_back({.share = *number});
    else if (time && (date || std::abs(*number) >= 10'000))  // 2012 is no second of 1970
      d.at.push_back({.time = time->milliseconds});
    else
      throw ciess::argument_error(
          "--split-at: expected a share between 0 and 1, or a time such as 2012-03-04, got " +
          text);
  }
  if (d.at.size() == 2 && d.at[0].time && d.at[1].time && *d.at[0].time > *d.at[1].time)
    throw ciess::argument_error("--split-at: " + o.split_at[0] + " is after " + o.split_at[1]);
  if (d.at.size() == 2 && !d.at[0].time && !d.at[1].time && d.at[0].share > d.at[1].share)
    throw ciess::argument_error("--split-at: " + o.split_at[0] + " is above " + o.split_at[1]);
  return d;
}

/// A file; - is standard input.
std::string name_of(const std::string& file) { return file == "-" ? "standard input" : file; }

/// What a file holds, decompressed.
std::string text_of(const std::string& file) {
  std::string bytes = file == "-" ? ciess::text_of(std::cin, name_of(file)) : ciess::text_of(file);
#ifdef CIESS_COMPRESSED
  bytes = ciess::decompressed(std::move(bytes), name_of(file));
#endif
  return bytes;
}

/// How --data is read, and how --test is: its pairs are what they are, whenever they happened and
/// however much they count.
ciess::read_options options_for(const data_options& o, const std::string& file,
                                const ciess::dataset_options& split) {
  auto options = read_options_of(o);
  if (&file == &o.data) {
    options.times = split.kind != ciess::split_kind::random;
  } else {
    options.time = options.weight = ciess::column::none();
  }
  return options;
}

void check_files(const data_options& o) {
  if (o.data.empty() && !o.test.empty()) throw ciess::argument_error("--test needs --data");
  if (o.data == "-" && o.test == "-")
    throw ciess::argument_error("--test: standard input is --data already");
}

/// What was read, for programs.
json account(const ciess::read_account& a, ciess::index users, ciess::index items) {
  json out;
  out["format"] = ciess::to_string(a.format);
  json columns = json::object();
  for (std::size_t r = 0; r < a.columns.size(); ++r)
    if (const auto& c = a.columns[r]) {
      json one{{"column", c->position + 1}};
      if (!c->name.empty()) one["name"] = c->name;
      one["needed"] = c->used;
      columns[std::string(ciess::column_role_names[r])] = one;
    }
  out["columns"] = columns;
  out["header"] = a.header;
  out["delimiter"] = a.delimiter;
  out["users"] = users;
  out["items"] = items;
  out["interactions"] = a.kept;
  out["lines"] = a.lines;
  json reasons = json::object();
  for (const auto& [reason, n] : ciess::left_out(a)) reasons[reason] = n;
  out["left_out"] = reasons;
  constexpr std::size_t most = 24;  // lists may be long
  out["first_record"] = std::vector<std::string>(
      a.first_record.begin(),
      a.first_record.begin() + static_cast<std::ptrdiff_t>(std::min(a.first_record.size(), most)));
  if (a.time_range)
    out["time"] = {{"from", ciess::iso_time(a.time_range->first)},
                   {"to", ciess::iso_time(a.time_range->second)}};
  out["notes"] = a.notes;
  return out;
}

void tell(const std::string& file, const ciess::read_account& a) {
  std::printf("read %s as %s\n", file.c_str(), ciess::describe(a).c_str());
  for (const auto& note : a.notes) std::printf("note: %s\n", note.c_str());
}

long long shown(ciess::index n) { return static_cast<long long>(n); }

/// What became of the interactions on their way into parts.
void tell(const data_options& o, const ciess::dataset& d) {
  if (!o.test.empty() && d.split_by_time)
    std::printf(
        "note: the pairs of %s are reported on whenever they happened: their times are not "
        "looked at\n",
        o.test.c_str());
  if (d.few_pairs > 0)
    std::printf("left out by --min-user and --min-item%s: %lld users, %lld items, %lld pairs\n",
                o.split_at.empty() ? "" : ", with too few pairs before the test part",
                shown(d.few_users), shown(d.few_items), shown(d.few_pairs));
  if (!o.test.empty())
    std::printf(
        "%lld pairs to report on; left out: %lld of users or items that are not in %s, "
        "%lld that are in it\n",
        shown(d.parts.test.size()), shown(d.unknown_test_pairs), o.data.c_str(),
        shown(d.repeated_test_pairs));
  if (d.future_pairs > 0)
    std::printf(
        d.split_by_time
            ? "only the test part knows %lld users and %lld items: they and their %lld "
              "pairs are left out\n"
            : "only the test part knows %lld users and %lld items (%lld pairs): they count, "
              "though nothing is learnt of them\n",
        shown(d.future_users), shown(d.future_items), shown(d.future_pairs));
  if (d.unknown_validation_pairs > 0 && d.split_by_time)
    std::printf(
        "%lld pairs of validation are of users or items that training does not know: left "
        "out of its figures\n",
        shown(d.unknown_validation_pairs));
}

json account(const ciess::dataset& d) {
  return {{"left_out",
           {{"users below --min-user", d.few_users},
            {"items below --min-item", d.few_items},
            {"pairs of those", d.few_pairs},
            {"test pairs not in training", d.unknown_test_pairs},
            {"test pairs repeated", d.repeated_test_pairs}}},
          {"only_in_test",
           {{"users", d.future_users}, {"items", d.future_items}, {"pairs", d.future_pairs}}},
          {"only_in_validation", {{"pairs", d.unknown_validation_pairs}}},
          {"split_by_time", d.split_by_time}};
}

}  // namespace

input read_input(const data_options& o, std::uint64_t seed) {
  check_files(o);
  const auto split = dataset_options_of(o, seed);
  if (o.data.empty()) {
    std::printf("no --data: making a data set of our own\n");
    ciess::loaded made;
    made.data = ciess::make_synthetic({.seed = seed}).data;
    made.users = ciess::id_map::identity(made.data.users());
    made.items = ciess::id_map::identity(made.data.items());
    return {ciess::make_dataset(std::move(made), nullptr, split), {{"format", "made"}}};
  }
  const auto read_file = [&](const std::string& file) {
    return ciess::parse_interactions(text_of(file), name_of(file), options_for(o, file, split));
  };
  auto whole = read_file(o.data);
  tell(o.data, whole);
  json read = account(whole, whole.users.size(), whole.items.size());
  std::optional<ciess::loaded> test;
  if (!o.test.empty()) {
    test = read_file(o.test);
    tell(o.test, *test);
    read["test"] = account(*test, test->users.size(), test->items.size());
  }
  input in{ciess::make_dataset(std::move(whole), test ? &*test : nullptr, split), std::move(read)};
  if (test && in.data.parts.test.empty())
    throw ciess::data_error(ciess::joined(o.test, ": none of its ",
                                          in.data.unknown_test_pairs + in.data.repeated_test_pairs,
                                          " pairs is a new one of users and items in ", o.data));
  tell(o, in.data);
  in.read["parts"] = account(in.data);
  return in;
}

int inspect(const data_options& o) {
  json out;
  int status = 0;
  try {
    if (o.data.empty()) throw ciess::argument_error("--inspect needs --data");
    check_files(o);
    const auto split = dataset_options_of(o, 1);
    const auto look = [&](const std::string& file) {
      const auto text = text_of(file);
      const auto name = name_of(file);
      const auto options = options_for(o, file, split);
      auto found = ciess::parse_interactions(text, name, options);
      if (const auto& time = found.column(ciess::column_role::time); time && !time->used) {
        auto with_times = options;
        with_times.times = true;
        try {
          found.time_range = ciess::parse_interactions(text, name, with_times).time_range;
        } catch (const ciess::data_error& e) {
          found.notes.push_back(ciess::joined("times cannot be used: ", e.what()));
        }
      }
      return account(found, found.users.size(), found.items.size());
    };
    out = look(o.data);
    if (!o.test.empty()) out["test"] = look(o.test);
    out["usable"] = true;
  } catch (const ciess::error& e) {
    out["usable"] = false;
    out["reason"] = e.what();
    status = 2;
  }
  std::printf("%s\n", out.dump(2, ' ', false, json::error_handler_t::replace).c_str());
  if (std::fflush(stdout) != 0) throw ciess::io_error("cannot write to standard output");
  if (status != 0) std::fprintf(stderr, "search_sizes: %s\n", std::string(out["reason"]).c_str());
  return status;
}

}  // namespace example
