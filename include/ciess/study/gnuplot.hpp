// SPDX-License-Identifier: MIT
/// @file
/// Text for gnuplot: quoted names, numbers, colours, the first lines of a script, and a picture as
/// the files that make it. Nothing here runs gnuplot.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include <ciess/core/text.hpp>
#include <ciess/io/write_file.hpp>

namespace ciess {

/// What gnuplot needs to draw one picture: `name`.gp reads `name`.tsv, or what it names itself if
/// `data` is empty, and writes `name`.svg; all in the folder of the script, wherever gnuplot is
/// started.
struct gnuplot_picture {
  std::string name;
  std::string script;
  std::string data;
};

/// A text that gnuplot takes as it is: in single quotes, within which only the quote itself means
/// something. Control bytes become question marks (a line break would end the command). Labels need
/// `noenhanced` as well, or `_`, `@`, `{` and `^` would be markup: `gnuplot_head` sets it.
[[nodiscard]] inline std::string gnuplot_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += '\'';
    out += static_cast<unsigned char>(c) < 32 || c == 127 ? '?' : c;
  }
  return out + "'";
}

/// Nine significant digits; empty, which gnuplot reads as missing, unless the number is finite.
[[nodiscard]] inline std::string gnuplot_number(double x) {
  return std::isfinite(x) ? significant_text(x, 9) : std::string();
}

/// A name as a field of a file with tabs: control bytes become spaces.
[[nodiscard]] inline std::string tsv_field(std::string text) {
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 32; }, ' ');
  return text;
}

/// Colours that people with any kind of colour vision tell apart on white; from the seventh on they
/// come again. Source: Okabe and Ito, Color Universal Design (2008), without its black and yellow.
[[nodiscard]] constexpr std::string_view gnuplot_colour(std::size_t n) noexcept {
  constexpr std::array<std::string_view, 6> colours{"#D55E00", "#0072B2", "#009E73",
                                                    "#CC79A7", "#E69F00", "#56B4E9"};
  return colours[n % colours.size()];
}

/// The first lines of a script that writes `name`.svg: a state that nothing before can have
/// changed, `here` (the folder of the script with a slash at its end, empty if gnuplot was started
/// there), and the terminal.
/// @param width, height  in pixels
[[nodiscard]] inline std::string gnuplot_head(std::string_view name, int width, int height) {
  std::string out = "# Draws ";
  out += name;
  out += ".svg beside this script, from any folder: gnuplot ";
  out += name;
  out +=
      ".gp\n"
      "reset\n"
      "here = ARG0\n"
      "while (strlen(here) > 0 && here[strlen(here):*] ne '/') { here = here[1:strlen(here) - 1] "
      "}\n"
      "set encoding utf8\n"
      "set terminal svg noenhanced size ";
  out += std::to_string(width) + "," + std::to_string(height);
  out += " font 'sans-serif,14' background rgb 'white'\nset output here.";
  out += gnuplot_quoted(std::string(name) + ".svg");
  out +=
      "\n"
      "set datafile separator tab\n"
      "set tics nomirror\n"
      "set grid lc rgb '#dddddd' lt 1 lw 0.5\n"
      "set border 3 lc rgb '#555555'\n";
  return out;
}

/// A script that says in its picture why there is nothing in it.
[[nodiscard]] inline std::string gnuplot_nothing(std::string_view name, std::string_view why) {
  return gnuplot_head(name, 640, 120) + "unset border\nunset tics\nset label 1 " +
         gnuplot_quoted(why) +
         " at graph 0.5,0.5 center\nplot [0:1] [0:1] 2 notitle\nunset output\n";
}

/// Writes the script and the data into a folder, and removes the picture of an earlier run, which
/// would be taken for theirs until gnuplot has drawn them.
/// @throws io_error as `write_file`
inline void save_picture(const std::filesystem::path& folder, const gnuplot_picture& picture) {
  std::error_code ignored;
  std::filesystem::remove(folder / (picture.name + ".svg"), ignored);
  if (!picture.data.empty()) write_file(folder / (picture.name + ".tsv"), picture.data);
  write_file(folder / (picture.name + ".gp"), picture.script);
}

}  // namespace ciess
