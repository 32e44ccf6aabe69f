// SPDX-License-Identifier: MIT
#include "click_input.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/data/describe_click_dataset.hpp>
#include <ciess/data/fingerprint.hpp>
#include <ciess/data/impressions_fingerprint.hpp>
#include <ciess/data/read_impressions.hpp>
#include <ciess/data/synthetic_clicks.hpp>

#include "../data_file.hpp"
#include "click_options.hpp"
#include "input.hpp"

namespace example {
namespace {

/// A field's name as a file, and a table in a file, can have it.
std::string plain(std::string_view name) {
  std::string text;
  for (const char c : name) {
    const bool usual = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_';
    text += usual ? c : '_';
  }
  return text;
}

std::vector<std::string> plain_names(const ciess::impressions& shown) {
  std::vector<std::string> names;
  for (const ciess::click_field& f : shown.fields()) {
    std::string name = plain(f.name);
    if (name.empty() || (name == "features" && !shown.features().empty()))
      throw ciess::data_error(ciess::joined("a column is called '", f.name,
                                            "', and a table of it would be '", name,
                                            "': expected another name"));
    if (std::ranges::count(names, name) > 0)
      throw ciess::data_error(ciess::joined("two columns would both have a table '", name,
                                            "', one of them '", f.name,
                                            "': expected names that differ in letters and digits"));
    names.push_back(std::move(name));
  }
  return names;
}

/// The same impressions with other names of fields.
ciess::impressions renamed(const ciess::impressions& part, const std::vector<std::string>& names) {
  ciess::impressions::parts p = part.all_parts();
  for (std::size_t k = 0; k < names.size(); ++k) p.fields[k].name = names[k];
  return ciess::impressions(std::move(p));
}

json part_json(const ciess::impressions& part) {
  return {{"impressions", part.size()}, {"clicks", part.clicks()}};
}

/// What is known when it throws stays in `in`.
void read_into(click_input& in, const settings& s) {
  const data_options& d = s.data;
  const click_options& o = s.clicks;
  if (d.data.empty() && !(d.test.empty() && o.validation.empty()))
    throw ciess::argument_error("--test needs --data");
  if (!o.validation.empty() && d.test.empty())
    throw ciess::argument_error("--validation needs --test: parts of their own");
  const auto how = click_read_options_of(d, o);
  const auto split = click_dataset_options_of(d, o, s.seed);
  const auto say = [&](const std::string& line) {
    if (!s.quiet) std::printf("%s\n", line.c_str());
  };
  const auto read = [&](const std::string& file) {
    auto found = ciess::parse_impressions(data_file::text_of(file), data_file::name_of(file), how);
    say("read " + file);
    for (const auto& line : ciess::describe(found)) say(line);
    return found;
  };
  if (d.data.empty()) {
    say("no --data: making impressions of our own");
    in.read = {{"format", "made"}};
    in.data = ciess::make_click_dataset(ciess::make_impressions({.seed = s.seed}).loaded, split);
  } else {
    ciess::loaded_impressions whole = read(d.data);
    in.read = {{"format", ciess::to_string(whole.format)}, {"lines", whole.lines}};
    if (whole.format == ciess::click_format::delimited) in.read["header"] = whole.header;
    if (whole.comments > 0) in.read["comments"] = whole.comments;
    if (!whole.time.empty()) in.read["time"] = whole.time;
    if (!whole.notes.empty()) in.read["notes"] = whole.notes;
    if (!whole.label.empty()) in.read["label"] = whole.label;
    if (!whole.ignored.empty()) in.read["ignored"] = whole.ignored;
    std::optional<ciess::loaded_impressions> validation, test;
    if (!o.validation.empty()) validation = read(o.validation);
    if (!d.test.empty()) test = read(d.test);
    in.data = ciess::make_click_dataset(
        std::move(whole), split,
        {.validation = validation ? &*validation : nullptr, .test = test ? &*test : nullptr});
  }
  const ciess::click_dataset& all = in.data;
  const std::vector<std::string_view> features(all.train.features().begin(),
                                               all.train.features().end());
  in.features = ciess::id_map(features);
  for (const auto& line : ciess::describe(all)) say(line);
  in.read["drawn"] = all.drawn;
  in.read["parts"] = {{"train", part_json(all.train)},
                      {"validation", part_json(all.validation)},
                      {"test", part_json(all.test)}};
  in.fields = plain_names(all.train);
  for (std::size_t k = 0; k < in.fields.size(); ++k) {
    const ciess::click_field& f = all.train.fields()[k];
    const ciess::click_field_account& a = all.fields[k];
    in.read["fields"].push_back({{"name", f.name},
                                 {"table", in.fields[k]},
                                 {"rows", f.rows},
                                 {"pooled", f.pooled},
                                 {"rare_values", a.rare},
                                 {"unseen_values", a.unseen}});
  }
  for (std::size_t f = 0; f < features.size(); ++f)
    in.read["features"].push_back(
        {{"name", features[f]}, {"mean", all.means[f]}, {"deviation", all.deviations[f]}});
  for (ciess::impressions* part : {&in.data.train, &in.data.validation, &in.data.test})
    *part = renamed(*part, in.fields);
}

}  // namespace

click_input read_click_input(const settings& s) {
  click_input in;
  read_into(in, s);
  return in;
}

int inspect_clicks(settings s) {
  s.quiet = true;
  click_input in;
  json& out = in.read;
  try {
    if (s.data.data.empty()) throw ciess::argument_error("--inspect needs --data");
    read_into(in, s);
    out["usable"] = true;
  } catch (const ciess::error& e) {
    out["usable"] = false;
    out["reason"] = e.what();
  }
  if (in.data.train.size() > 0) out["said"] = ciess::describe(in.data);
  return print_inspected(out);
}

ciess::named_fingerprints fingerprints(const click_input& in) {
  const ciess::click_dataset& all = in.data;
  std::uint64_t ids = ciess::fingerprint(std::span<const float>());
  for (const ciess::id_map& values : all.values) ids = ciess::fingerprint(values, ids);
  ciess::named_fingerprints prints{{"--data", ids}};
  for (const auto& [name, part] : {std::pair("--data, to train on", &all.train),
                                   {"--data or --validation, to choose by", &all.validation},
                                   {"--data or --test, to report on", &all.test}})
    prints.emplace_back(name, ciess::fingerprint_without_times(*part));
  return prints;
}

}  // namespace example
