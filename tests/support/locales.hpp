// SPDX-License-Identifier: MIT
/// @file
/// Locales in which text must look as in the classic one. Each is undone at the end of its scope.
#pragma once

#include <clocale>
#include <cstdlib>
#include <cstring>
#include <locale>
#include <optional>
#include <string>

#include "support/catch.hpp"

/// C++'s global locale groups digits by three with points, has a comma before decimals, calls true
/// "wahr", and turns capital letters of files into small ones. Needs nothing of the system.
class strange_global_locale {
 public:
  strange_global_locale()
      : before_{std::locale::global(
            std::locale(std::locale(std::locale::classic(), new numbers), new small_letters))} {}
  ~strange_global_locale() { std::locale::global(before_); }
  strange_global_locale(const strange_global_locale&) = delete;
  strange_global_locale& operator=(const strange_global_locale&) = delete;

 private:
  struct numbers : std::numpunct<char> {
    char do_thousands_sep() const override { return '.'; }
    char do_decimal_point() const override { return ','; }
    std::string do_grouping() const override { return "\3"; }
    std::string do_truename() const override { return "wahr"; }
    std::string do_falsename() const override { return "falsch"; }
  };
  /// Capital letters become small ones on their way from and to a file.
  struct small_letters : std::codecvt<char, char, std::mbstate_t> {
    static char small(char c) { return 'A' <= c && c <= 'Z' ? static_cast<char>(c + 32) : c; }
    static result convert(const char* from, const char* from_end, const char*& from_next, char* to,
                          char* to_end, char*& to_next) {
      while (from != from_end && to != to_end) *to++ = small(*from++);
      from_next = from;
      to_next = to;
      return from == from_end ? ok : partial;
    }
    result do_in(std::mbstate_t&, const char* from, const char* from_end, const char*& from_next,
                 char* to, char* to_end, char*& to_next) const override {
      return convert(from, from_end, from_next, to, to_end, to_next);
    }
    result do_out(std::mbstate_t&, const char* from, const char* from_end, const char*& from_next,
                  char* to, char* to_end, char*& to_next) const override {
      return convert(from, from_end, from_next, to, to_end, to_next);
    }
    bool do_always_noconv() const noexcept override { return false; }
    int do_encoding() const noexcept override { return 1; }
  };

  std::locale before_;
};

/// A locale of C with a comma before decimals: the one that CIESS_COMMA_LOCALE names, else the
/// first of some that the system has.
class comma_c_locale {
 public:
  comma_c_locale() : before_{std::setlocale(LC_ALL, nullptr)} {
    const char* const named = std::getenv("CIESS_COMMA_LOCALE");
    for (const char* name : {named, "de_DE.UTF-8", "de_DE.utf8", "de_DE", "fr_FR.UTF-8",
                             "fr_FR.utf8", "es_ES.UTF-8", "pl_PL.UTF-8", "ru_RU.UTF-8"}) {
      if (name && std::setlocale(LC_ALL, name) &&
          std::strcmp(std::localeconv()->decimal_point, ",") == 0) {
        found_ = true;
        return;
      }
      if (name && name == named) break;  // asked for, so no other will do
    }
    std::setlocale(LC_ALL, before_.c_str());
  }
  ~comma_c_locale() { std::setlocale(LC_ALL, before_.c_str()); }
  comma_c_locale(const comma_c_locale&) = delete;
  comma_c_locale& operator=(const comma_c_locale&) = delete;

  /// Whether there is one. False is an error if CIESS_COMMA_LOCALE is set.
  [[nodiscard]] bool found() const { return found_; }
  [[nodiscard]] static bool needed() { return std::getenv("CIESS_COMMA_LOCALE") != nullptr; }

 private:
  std::string before_;
  bool found_ = false;
};

/// Empty if two texts are the same, else where they part.
inline std::string difference(const std::string& got, const std::string& expected) {
  if (got == expected) return {};
  std::size_t at = 0;
  while (at < got.size() && at < expected.size() && got[at] == expected[at]) ++at;
  const auto from = at < 40 ? 0 : at - 40;
  return "byte " + std::to_string(at) + ": got ..." + got.substr(from, 80) + "..., expected ..." +
         expected.substr(from, 80) + "...";
}

/// Checks that `text()` returns the same in all of them as in the classic locale.
template <class Text>
void check_in_every_locale(Text&& text) {
  const std::string classic = text();
  {
    const strange_global_locale strange;
    const auto apart = difference(text(), classic);
    CHECK(apart == "");
  }
  {
    const comma_c_locale comma;
    if (!comma.found()) {
      CHECK_FALSE(comma_c_locale::needed());
      return;  // the test `comma_locale` makes one where it can
    }
    const auto apart = difference(text(), classic);
    CHECK(apart == "");
    const strange_global_locale both;
    const auto apart_in_both = difference(text(), classic);
    CHECK(apart_in_both == "");
  }
}
