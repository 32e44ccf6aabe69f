// SPDX-License-Identifier: MIT
#include "input.hpp"

#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include <ciess/core/text.hpp>
#include <ciess/data/account_json.hpp>
#include <ciess/data/describe.hpp>
#include <ciess/data/describe_dataset.hpp>
#include <ciess/data/fingerprint.hpp>
#include <ciess/data/read.hpp>
#include <ciess/data/synthetic.hpp>
#include <ciess/study/summary.hpp>

#include "../data_file.hpp"

namespace example {
namespace {

using data_file::name_of;
using data_file::text_of;

/// How --data is read, and how --test is: its pairs are what they are, whenever they happened and
/// however much they count.
ciess::read_options options_for(const data_options& o, const std::string& file,
                                const ciess::dataset_options& split) {
  auto options = read_options_of(o);
  if (&file == &o.data)
    options.times = split.kind != ciess::split_kind::random;
  else
    options.time = options.weight = ciess::column::none();
  return options;
}

void check_files(const data_options& o) {
  if (o.data.empty() && !o.test.empty()) throw ciess::argument_error("--test needs --data");
  if (o.data == "-" && o.test == "-")
    throw ciess::argument_error("--test: standard input is --data already");
}

}  // namespace

input read_input(const settings& s) {
  const data_options& o = s.data;
  check_files(o);
  const auto split = dataset_options_of(o, s.seed);
  const auto say = [&](const std::string& line) {
    if (!s.quiet) std::printf("%s\n", line.c_str());
  };
  input in;
  std::optional<ciess::loaded> test;
  const auto read_file = [&](const std::string& file) {
    auto found =
        ciess::parse_interactions(text_of(file), name_of(file), options_for(o, file, split));
    say("read " + file + " as " + ciess::describe(found));
    for (const auto& note : found.notes) say("note: " + note);
    return found;
  };
  if (o.data.empty()) {
    say("no --data: making a data set of our own");
    ciess::loaded made;
    made.data = ciess::make_synthetic({.seed = s.seed}).data;
    made.users = ciess::id_map::identity(made.data.users());
    made.items = ciess::id_map::identity(made.data.items());
    in = {ciess::make_dataset(std::move(made), nullptr, split), {{"format", "made"}}};
  } else {
    auto whole = read_file(o.data);
    in.read = ciess::account_json(whole);
    if (!o.test.empty()) in.read["test"] = ciess::account_json(test.emplace(read_file(o.test)));
    in.data = ciess::make_dataset(std::move(whole), test ? &*test : nullptr, split);
    if (test && in.data.parts.test.empty())
      throw ciess::data_error(ciess::joined(
          o.test, ": none of its ", in.data.unknown_test_pairs + in.data.repeated_test_pairs,
          " pairs is a new one of users and items in ", o.data));
    const ciess::dataset_words words{"--min-user", "--min-item", o.data, o.test};
    for (const auto& line : ciess::describe(in.data, split, words)) say(line);
    in.read["parts"] = ciess::account_json(in.data, words);
  }
  const auto& parts = in.data.parts;
  say(ciess::joined(parts.train.users(), " users, ", parts.train.items(), " items; ",
                    parts.train.size(), " interactions to train on, ", parts.validation.size(),
                    " to choose by, ", parts.test.size(), " to report on"));
  return in;
}

int inspect(const data_options& o) {
  json out;
  try {
    if (o.data.empty()) throw ciess::argument_error("--inspect needs --data");
    check_files(o);
    const auto split = dataset_options_of(o, 1);
    const auto look = [&](const std::string& file) {
      return ciess::inspect_json(text_of(file), name_of(file), options_for(o, file, split));
    };
    out = look(o.data);
    if (!o.test.empty()) out["test"] = look(o.test);
    out["usable"] = true;
  } catch (const ciess::error& e) {
    out["usable"] = false;
    out["reason"] = e.what();
  }
  return print_inspected(out);
}

int print_inspected(const json& out) {
  std::printf("%s", ciess::json_text(out).c_str());
  if (std::fflush(stdout) != 0) throw ciess::io_error("cannot write to standard output");
  if (out.at("usable")) return 0;
  std::fprintf(stderr, "search_sizes: %s\n", std::string(out.at("reason")).c_str());
  return 2;
}

ciess::named_fingerprints fingerprints(const input& in) {
  return {{"--data",
           ciess::fingerprint(in.data.items,
                              ciess::fingerprint(in.data.users, ciess::fingerprint(in.data.all)))},
          {"--test", ciess::fingerprint(in.data.parts.test)}};
}

}  // namespace example
