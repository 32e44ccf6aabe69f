// SPDX-License-Identifier: MIT
/// @file
/// What was kept, what it takes and what is left of the quality: tables of rows in groups, a file
/// and a picture.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/io/write_file.hpp>
#include <ciess/study/draw_study.hpp>
#include <ciess/study/gnuplot.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace ciess_bench {

/// One way to keep a recommender.
struct kept {
  std::string group;
  std::string name;
  std::int64_t bytes = 0;              ///< everything that is needed, but ids
  std::int64_t without_codebooks = 0;  ///< the same less centroids and rotations
  double quality = 0;                  ///< on the test part
};

/// Collects rows, and keeps the file of those that there are up to date: a run that is stopped
/// leaves what it has.
class bytes_report {
 public:
  /// @param folder  is made; `bytes.tsv`, `bytes.gp` and `bytes.svg` are written there
  /// @param dense   bytes of the float table
  /// @param full    quality of the full float model
  bytes_report(std::filesystem::path folder, std::int64_t dense, double full)
      : folder_{std::move(folder)}, dense_{dense}, full_{full} {
    std::filesystem::create_directories(folder_);
  }

  /// @throws ciess::io_error as `write_file`
  void add(kept row) {
    std::fprintf(stderr, "%-24s %-44s %10lld bytes  %.4f\n", row.group.c_str(), row.name.c_str(),
                 static_cast<long long>(row.bytes), row.quality);
    rows_.push_back(std::move(row));
    ciess::write_file(folder_ / "bytes.tsv", tsv());
  }
  /// A row without codebooks.
  void add(std::string group, std::string name, std::int64_t bytes, double quality) {
    add({std::move(group), std::move(name), bytes, bytes, quality});
  }

  /// Adds the rows of an earlier run, of which `bytes.tsv` is left: with the same models.
  /// @throws ciess::io_error naming file and line that are not as `add` writes them, or are of
  ///         another float table
  void add_file(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) ciess::detail::throw_error<ciess::io_error>(file.string(), ": cannot be read");
    std::string line;
    int number = 0;
    while (std::getline(in, line)) {
      ++number;
      if (line.starts_with('#')) continue;
      std::vector<std::string> fields(1);
      for (const char c : line)
        if (c == '\t')
          fields.emplace_back();
        else
          fields.back() += c;
      const auto refuse = [&](const char* expected) {
        ciess::detail::throw_error<ciess::io_error>(file.string(), ": line ", number, ": expected ",
                                                    expected);
      };
      if (fields.size() != 6) refuse("6 columns");
      const auto bytes = ciess::parse_number<std::int64_t>(fields[2]);
      const auto without = ciess::parse_number<std::int64_t>(fields[3]);
      const auto of_float = ciess::parse_number<double>(fields[4]);
      const auto quality = ciess::parse_number<double>(fields[5]);
      if (!bytes || !without || !of_float || !quality) refuse("numbers in the last four columns");
      if (!(std::abs(*of_float - share(*bytes)) < 1e-6)) refuse("a share of this float table");
      add({fields[0], fields[1], *bytes, *without, *quality});
    }
  }

  [[nodiscard]] std::int64_t dense_bytes() const noexcept { return dense_; }
  [[nodiscard]] double full_quality() const noexcept { return full_; }

  /// A Markdown table for each group, on standard output.
  void print() const {
    for (const auto& group : groups()) {
      const auto rows = of(group);
      const bool books =
          std::ranges::any_of(rows, [](const kept* r) { return r->bytes != r->without_codebooks; });
      std::printf(
          "\n### %s\n\n| what | bytes |%s of float | quality | change |\n|---|---:|%s---:|"
          "---:|---:|\n",
          group.c_str(), books ? " without codebooks |" : "", books ? "---:|" : "");
      for (const kept* r : rows) {
        std::printf("| %s | %lld |", r->name.c_str(), static_cast<long long>(r->bytes));
        if (books) std::printf(" %lld |", static_cast<long long>(r->without_codebooks));
        std::printf(" %.2f %% | %.4f | %+.1f %% |\n", 100 * share(r->bytes), r->quality,
                    full_ > 0 ? 100 * (r->quality / full_ - 1) : 0.0);
      }
    }
  }

  /// Writes script and data of the picture, and has gnuplot draw it.
  /// @returns what gnuplot ended with; 127 if it is not there
  /// @throws ciess::io_error as `save_picture`
  int draw(const std::string& title) const {
    ciess::save_picture(folder_, {"bytes", script(title), tsv()});
    return ciess::run_gnuplot(folder_ / "bytes.gp");
  }

 private:
  [[nodiscard]] double share(std::int64_t bytes) const {
    return static_cast<double>(bytes) / static_cast<double>(dense_);
  }
  [[nodiscard]] std::vector<std::string> groups() const {
    std::vector<std::string> all;
    for (const kept& r : rows_)
      if (std::ranges::find(all, r.group) == all.end()) all.push_back(r.group);
    return all;
  }
  [[nodiscard]] std::vector<const kept*> of(const std::string& group) const {
    std::vector<const kept*> all;
    for (const kept& r : rows_)
      if (r.group == group) all.push_back(&r);
    return all;
  }

  [[nodiscard]] std::string tsv() const {
    std::string out = "# group\tname\tbytes\tbytes_without_codebooks\tshare_of_float\tquality\n";
    for (const kept& r : rows_)
      out += ciess::joined(ciess::tsv_field(r.group), '\t', ciess::tsv_field(r.name), '\t', r.bytes,
                           '\t', r.without_codebooks, '\t', ciess::gnuplot_number(share(r.bytes)),
                           '\t', ciess::gnuplot_number(r.quality), '\n');
    return out;
  }

  /// The best of a group that so many bytes or less buy: a block of data for gnuplot.
  template <class Bytes>
  static std::string envelope(const std::string& name, std::vector<const kept*> rows,
                              Bytes&& bytes) {
    std::ranges::sort(rows, {}, [&](const kept* r) { return std::pair(bytes(r), -r->quality); });
    std::string out = "$" + name + " << END\n";
    double best = -1;
    for (const kept* r : rows) {
      if (r->quality <= best) continue;
      best = r->quality;
      out += ciess::joined(bytes(r), '\t', ciess::gnuplot_number(best), '\n');
    }
    return out + "END\n";
  }

  /// The least quality that the picture shows: nobody wants less, and it would press the rest flat.
  [[nodiscard]] double lowest() const { return 0.75 * full_; }

  [[nodiscard]] std::string script(const std::string& title) const {
    std::string blocks, plots;
    std::size_t n = 0;
    for (const auto& group : groups()) {
      const auto rows = of(group);
      const double best = std::ranges::max(rows, {}, &kept::quality)->quality;
      const std::string name =
          best < lowest() ? ciess::joined(group, " (", ciess::gnuplot_number(best), " at most)")
                          : group;
      const std::string block = "group" + std::to_string(n);
      const std::string colour(ciess::gnuplot_colour(n));
      const std::string line = " using ($1/1000):2 with linespoints lw 2 ps 0.6 pt " +
                               std::to_string(4 + n) + " lc rgb '" + colour + "'" +
                               (n >= 6 ? " dt 4" : "") + " title ";
      blocks += envelope(block, rows, [](const kept* r) { return r->bytes; });
      plots += ", \\\n  $" + block + line + ciess::gnuplot_quoted(name);
      if (std::ranges::any_of(rows,
                              [](const kept* r) { return r->bytes != r->without_codebooks; })) {
        blocks +=
            envelope(block + "codes", rows, [](const kept* r) { return r->without_codebooks; });
        plots += ", \\\n  $" + block + "codes using ($1/1000):2 with lines dt 2 lw 1 lc rgb '" +
                 colour + "' title " + ciess::gnuplot_quoted(group + ", codes alone");
      }
      ++n;
    }
    std::int64_t fewest = dense_, most = 0;
    for (const kept& r : rows_) {
      if (r.quality >= lowest()) fewest = std::min({fewest, r.bytes, r.without_codebooks});
      most = std::max(most, r.bytes);
    }
    return ciess::gnuplot_head("bytes", 1100, 500) + blocks + "set logscale x\nset xrange [" +
           ciess::gnuplot_number(0.9e-3 * static_cast<double>(fewest)) + ":" +
           ciess::gnuplot_number(1.1e-3 * static_cast<double>(most)) + "]\nset title " +
           ciess::gnuplot_quoted(title) +
           "\n"
           "set xlabel 'kB that are kept, without ids'\n"
           "set ylabel 'mean of Recall and NDCG at 5, 10, 20 (test)'\n"
           "set yrange [" +
           ciess::gnuplot_number(lowest()) +
           ":]\n"
           "set key outside right center Left reverse samplen 2 spacing 1.2 width -6 font ',11'\n"
           "plot " +
           ciess::gnuplot_number(full_) +
           " with lines lw 2 dt 2 lc rgb 'black' title 'full tables, float'" + plots +
           "\nunset output\n";
  }

  std::filesystem::path folder_;
  std::int64_t dense_;
  double full_;
  std::vector<kept> rows_;
};

}  // namespace ciess_bench
