// SPDX-License-Identifier: MIT
#include "data_options.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <ciess/data/click_read_options.hpp>
#include <ciess/data/parse_options.hpp>

namespace example {

void add_data_options(CLI::App& app, data_options& o) {
  const std::string which = ": its number, from 1, or its name";
  app.add_option("--data", o.data,
                 "ratings or interactions, also gzip or zstd, - for standard input; without it a "
                 "synthetic set is made");
  app.add_option("--test", o.test,
                 "what to report on; without it a part of --data: a quarter of each user's, or of "
                 "--task click "
                 "what --parts says");
  std::vector<std::string> formats(ciess::data_format_names.begin(),
                                   ciess::data_format_names.end());
  for (const auto name : ciess::click_format_names)
    if (std::ranges::count(formats, name) == 0) formats.emplace_back(name);
  app.add_option(
         "--format", o.format,
         "format of --data and --test; delimited, criteo, libffm and libsvm of --task click")
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
                 "temporal, leave-one-out or last:N, each user's own; of --task click random or "
                 "temporal, all together")
      ->capture_default_str();
  app.add_option("--split-at", o.split_at,
                 "split all interactions where the test part begins, or the validation and the "
                 "test part: dates or times, or shares of the interactions before them")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

ciess::read_options read_options_of(const data_options& o) {
  ciess::read_options read{.format = ciess::parse_data_format(o.format),
                           .min_rating = o.min_rating,
                           .user = ciess::parse_column(o.user, "--user"),
                           .item = ciess::parse_column(o.item, "--item"),
                           .rating = ciess::parse_column(o.rating, "--rating"),
                           .label = ciess::parse_column(o.label, "--label"),
                           .time = ciess::parse_column(o.time, "--time"),
                           .positive_label = o.positive_label,
                           .header = o.header == "yes"  ? ciess::header_line::yes
                                     : o.header == "no" ? ciess::header_line::no
                                                        : ciess::header_line::automatic,
                           .delimiter = ciess::parse_delimiter(o.delimiter),
                           .quote = ciess::parse_sign(o.quote, "--quote"),
                           .comment = ciess::parse_sign(o.comment, "--comment")};
  if (!o.weight.empty()) read.weight = ciess::parse_column(o.weight, "--weight");
  return read;
}

ciess::dataset_options dataset_options_of(const data_options& o, std::uint64_t seed) {
  ciess::dataset_options d{.core = {o.min_user, o.min_item}, .seed = seed};
  ciess::parse_split(o.split, o.split_at, d, "--split", "--split-at");
  return d;
}

}  // namespace example
