// SPDX-License-Identifier: MIT
#include "click_options.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/data/dataset.hpp>
#include <ciess/data/parse_options.hpp>

namespace example {
namespace {

using names = std::vector<const char*>;

const names& options_of(const std::string& task) {
  static const names click{"--model",          "--fields",     "--pooled",    "--numeric",
                           "--ignore",         "--numbers",    "--separator", "--positive-from",
                           "--borders",        "--min-count",  "--negatives", "--negative-field",
                           "--negative-along", "--validation", "--parts",     "--maximise"};
  static const names ranking{
      "--backbone",   "--user",       "--item",    "--rating",     "--weight",  "--min-rating",
      "--min-user",   "--min-item",   "--at",      "--preset",     "--loss",    "--temperature",
      "--similarity", "--candidates", "--correct", "--unobserved", "--penalty", "--vectors"};
  return task == "click" ? click : ranking;
}

std::vector<ciess::column> columns(const std::vector<std::string>& texts, const char* option) {
  std::vector<ciess::column> all;
  for (const auto& text : texts) {
    all.push_back(ciess::parse_column(text, option));
    if (!all.back().is_given())
      throw ciess::argument_error(
          ciess::joined(option, ": expected a column's name or its number, from 1, got ", text));
  }
  return all;
}

}  // namespace

void add_click_options(CLI::App& app, click_options& o) {
  const auto list = [&](const char* name, std::vector<std::string>& value, const char* what) {
    app.add_option(name, value, what)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  };
  app.add_option("--model", o.model, "click model whose tables are sized")
      ->check(CLI::IsMember({"fm", "deepfm", "dcn", "dlrm"}))
      ->capture_default_str();
  list("--fields", o.fields,
       "categorical columns, by name or number, from 1; without it all that are nothing else");
  list("--pooled", o.pooled, "columns of several values each, such as genres");
  app.add_option("--separator", o.separator, "between the values of a pooled column")
      ->capture_default_str();
  list("--numeric", o.numeric, "columns of numbers");
  app.add_option("--numbers", o.numbers,
                 "what becomes of numbers: log-buckets, a field of its own each, or standardised, "
                 "a feature each")
      ->check(CLI::IsMember({"log-buckets", "standardised"}))
      ->capture_default_str();
  list("--ignore", o.ignored, "columns that are not read");
  app.add_option("--positive-from", o.positive_from,
                 "labels are numbers, and those from this on are clicks");
  app.add_option("--borders", o.borders,
                 "of a libsvm file: the first index of each field, ascending")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--min-count", o.min_count, "values that come fewer times in training share a row")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 31))
      ->capture_default_str();
  app.add_option("--negatives", o.negatives,
                 "impressions that were not clicked, drawn for each that was: another value of "
                 "--negative-field beside the same rest. --label none: all were clicked")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1000}))
      ->capture_default_str();
  app.add_option("--negative-field", o.negative_field, "whose values are drawn")
      ->capture_default_str();
  list("--negative-along", o.negative_along,
       "columns that belong to these values: an item's genres");
  app.add_option("--validation", o.validation,
                 "impressions to choose by, with --test; without both, parts of --data");
  app.add_option("--parts", o.parts,
                 "shares to train on, to choose by and to report on, 8 1 1 unless "
                 "given; with a --test alone the first two count")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--maximise", o.maximise,
                 "what is searched for, and trained until: auc or log-loss")
      ->check(CLI::IsMember({"auc", "log-loss"}))
      ->capture_default_str();
}

void refuse_options_of(const std::string& task, const CLI::App& app) {
  for (const char* name : options_of(task))
    if (app.count(name) > 0)
      throw ciess::argument_error(ciess::joined(name, ": of --task ", task, " alone"));
}

ciess::click_read_options click_read_options_of(const data_options& d, const click_options& o) {
  ciess::click_read_options read;
  if (d.format != "auto") read.format = ciess::parse_click_format(d.format);
  read.label = ciess::parse_column(d.label, "--label");
  read.positive_from = o.positive_from;
  read.positive_label = d.positive_label;
  read.fields = columns(o.fields, "--fields");
  read.pooled = columns(o.pooled, "--pooled");
  read.numeric = columns(o.numeric, "--numeric");
  read.ignored = columns(o.ignored, "--ignore");
  read.separator = o.separator;
  read.numbers = o.numbers == "standardised" ? ciess::number_use::standardised
                                             : ciess::number_use::log_buckets;
  read.time = ciess::parse_column(d.time, "--time");
  read.borders = o.borders;
  read.header = d.header == "yes"  ? ciess::header_line::yes
                : d.header == "no" ? ciess::header_line::no
                                   : ciess::header_line::automatic;
  read.delimiter = ciess::parse_delimiter(d.delimiter);
  read.quote = ciess::parse_sign(d.quote, "--quote");
  read.comment = ciess::parse_sign(d.comment, "--comment");
  return read;
}

ciess::click_dataset_options click_dataset_options_of(const data_options& d, const click_options& o,
                                                      std::uint64_t seed) {
  ciess::click_dataset_options split{.min_count = o.min_count, .seed = seed};
  ciess::dataset_options how;
  ciess::parse_split(d.split, d.split_at, how, "--split", "--split-at");
  if (how.kind == ciess::split_kind::last)
    throw ciess::argument_error("--split " + d.split +
                                ": impressions are split at random or by time");
  split.kind = how.kind;
  split.at = how.at;
  if (!o.validation.empty() && (!o.parts.empty() || split.kind != ciess::split_kind::random))
    throw ciess::argument_error(
        "--validation: parts of their own are not split: --parts, --split and --split-at have no "
        "meaning beside it");
  const std::vector<double> parts = o.parts.empty() ? std::vector<double>{8, 1, 1} : o.parts;
  if (parts.size() != 3)
    throw ciess::argument_error(
        ciess::joined("--parts: expected three shares, got ", parts.size()));
  const double sum = parts[0] + parts[1] + parts[2];
  for (const double share : parts)
    if (!(share > 0 && std::isfinite(sum)))
      throw ciess::argument_error(
          ciess::joined("--parts: expected three shares above 0, got ", share));
  split.shares = {.train = parts[0] / sum, .validation = parts[1] / sum};
  split.negatives.per_positive = o.negatives;
  split.negatives.field = o.negative_field;
  split.negatives.along = o.negative_along;
  return split;
}

}  // namespace example
