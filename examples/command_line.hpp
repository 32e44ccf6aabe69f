// SPDX-License-Identifier: MIT
// What the programs of this folder have in common at the command line: one line says what is wrong
// with it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

namespace command_line {

/// An option whose value is one of some names.
template <class T>
CLI::Option* add_choice(CLI::App& app, const std::string& name, T& value,
                        const std::vector<std::pair<std::string, T>>& of, const std::string& what) {
  const auto find = [of](const std::string& text) {
    return std::ranges::find(of, text, &std::pair<std::string, T>::first) - of.begin();
  };
  const auto check = [of, find](const std::string& text) {
    if (find(text) < std::ssize(of)) return std::string();
    std::string names;
    for (std::size_t k = 0; k < of.size(); ++k)
      names += (k == 0 ? "" : k + 1 < of.size() ? ", " : " or ") + of[k].first;
    return "expected " + names + ", got '" + text + "'";
  };
  return app
      .add_option_function<std::string>(
          name,
          [&value, of, find](const std::string& text) {
            value = of[static_cast<std::size_t>(find(text))].second;
          },
          what)
      ->check(check);
}

/// What is wrong with the value of an option, by the kind that CLI11 names; nothing: empty.
inline std::string fault_of(const std::string& kind, const std::string& text) {
  using CLI::detail::lexical_cast;
  if (text.empty()) return "expected a value, got an empty one";
  double number = 0;
  std::int64_t whole = 0;
  if (kind.starts_with("FLOAT") && !lexical_cast(text, number))
    return "expected a number, got '" + text + "'";
  if (kind.starts_with("INT") && !lexical_cast(text, whole))
    return "expected a whole number, got '" + text + "'";
  return {};
}

/// Lets every option refuse a value that is empty, as of a variable that is not set, or that is no
/// number where it has numbers.
inline void check_values(CLI::App& app) {
  for (CLI::Option* o : app.get_options())
    if (o->get_items_expected_max() > 0)  // no flag
      o->transform(CLI::Validator(        // which comes before what is checked already
          [kind = o->get_type_name()](std::string& text) { return fault_of(kind, text); }, ""));
  for (CLI::App* command : app.get_subcommands({})) check_values(*command);
}

/// Parses what a program was told.
/// @throws CLI::Success if it was to say something of itself, CLI::ParseError naming the option;
///         one that there is not before those that are missing, for it may be meant for them
inline void parse(CLI::App& app, int argc, const char* const* argv) {
  check_values(app);
  const auto name_unknown = [&app] {
    const auto words = app.remaining(true);
    if (words.empty()) return;
    const auto option =
        std::ranges::find_if(words, [](const std::string& w) { return w.starts_with('-'); });
    throw CLI::ParseError(option == words.end()
                              ? "'" + words.front() + "' belongs to no option; see --help"
                              : *option + ": there is no such option; see --help",
                          CLI::ExitCodes::ExtrasError);
  };
  try {
    app.parse(argc, argv);
  } catch (const CLI::RequiredError&) {
    name_unknown();
    throw;
  } catch (const CLI::ExtrasError&) {
    name_unknown();
    throw;
  }
}

}  // namespace command_line
