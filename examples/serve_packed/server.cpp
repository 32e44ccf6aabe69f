// SPDX-License-Identifier: MIT
#include "server.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <numeric>
#include <optional>
#include <utility>

#include <ciess/core/error.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/text.hpp>
#include <ciess/data/align.hpp>
#include <ciess/data/id_list.hpp>
#include <ciess/data/id_text.hpp>
#include <ciess/ranking/packed_choice.hpp>
#include <ciess/ranking/rank_packed.hpp>

#include "../data_file.hpp"
#include "question.hpp"

namespace serving {
namespace {

using ciess::index_t;
using ciess::joined;
using ciess::row_id;

/// The rows that a file names, in rising order: ids, one a line, or an ids-*.tsv.
/// @throws as `load_id_list`; ciess::data_error if it names none
std::vector<row_id> rows_of(const std::string& path, const ciess::id_view& ids,
                            std::vector<std::string>& notes) {
  std::vector<row_id> rows;
  index_t unknown = 0;
  std::string first_unknown;
  ciess::load_id_list(path, ciess::id_list::some, [&](const std::string& id) {
    if (const auto row = ids.find(id))
      rows.push_back(*row);
    else if (unknown++ == 0)
      first_unknown = shown(id);
  });
  std::ranges::sort(rows);
  rows.erase(std::ranges::unique(rows).begin(), rows.end());
  const std::string others =
      unknown == 0 ? "" : joined("; ids of no item: ", unknown, ", first ", first_unknown);
  if (rows.empty()) throw ciess::data_error(path + ": names no item" + others);
  notes.push_back(joined(path, ": items: ", rows.size(), others));
  return rows;
}

}  // namespace

server::server(const settings& s, ciess::packed_file file) : settings_{&s}, file_{std::move(file)} {
  open();
  if (!s.seen.empty()) leave_out_seen();
  choose();
  if (s.cosine)
    factors_ = file_.visit(items_, [](const auto& items) { return ciess::inverse_lengths(items); });
  if (neumf_) make_network();
}

void server::open() {
  const std::string& of = file_.info().backbone;
  neumf_ = of == "ncf";
  items_ = settings_->items;
  asking_ = settings_->similar ? items_ : settings_->users;
  if (neumf_) {
    check_towers();
    items_ += "-mlp";
    asking_ += "-mlp";
  } else if (of == "mf" || of == "vectors") {
    check_products();
    look_at_axes();
  } else {
    throw ciess::argument_error(
        settings_->file + ": scores of `" + of +
        "` are not products of its rows; expected tables of `mf`, or "
        "`vectors`: serving-*.safetensors of search_sizes, or what compress_vectors wrote");
  }
  file_.check();  // what comes from elsewhere is looked at once, before it is trusted
}

void server::check_products() const {
  if (!settings_->similar && !file_.contains(asking_) && file_.contains(items_))
    throw ciess::argument_error(joined(settings_->file, ": expected a table ", shown(asking_),
                                       "; of items alone --similar finds those like an item"));
  if (!file_.ids(asking_) || !file_.ids(items_))
    throw ciess::argument_error(settings_->file + ": the tables have no ids");
  const auto columns = [&](const std::string& table) {
    return file_.visit(table, [](const auto& rows) { return rows.columns(); });
  };
  if (columns(asking_) != columns(items_))
    throw ciess::argument_error(joined(settings_->file, ": ", shown(asking_), " has rows of ",
                                       columns(asking_), " numbers, ", shown(items_), " of ",
                                       columns(items_)));
}

/// Whether rows still have the lengths and angles that are asked for, as far as the file says it.
void server::look_at_axes() {
  const auto& s = *settings_;
  if (s.cosine && file_.info().scores == "cosines")
    throw ciess::argument_error(
        s.file + ": products of its rows are cosines already: expected no --cosine, got it");
  if ((s.similar || s.cosine) && file_.info().axes == "balanced")
    notes_.push_back(joined(s.file, ": ",
                            s.similar ? "--similar: neighbours are those of the balanced axes"
                                      : "--cosine: lengths are those of the balanced axes",
                            ", which keep products of users and items alone; compress_vectors "
                            "--turn principal keeps the vectors' own"));
}

/// Of NeuMF: each side has a row in either tower, under the same id.
void server::check_towers() const {
  if (settings_->similar || settings_->cosine)
    throw ciess::argument_error(settings_->file + ": " +
                                (settings_->similar ? "--similar" : "--cosine") +
                                " needs scores that are products of rows, those of `ncf` are not");
  if (file_.layers().empty())
    throw ciess::argument_error(settings_->file +
                                ": the layers of `ncf` are not in it; expected "
                                "serving-*.safetensors of search_sizes, which has them");
  for (const auto& side : {settings_->users, settings_->items}) {
    const auto& mlp = file_.ids(side + "-mlp");
    const auto& gmf = file_.ids(side + "-gmf");
    if (!mlp || !gmf) throw ciess::argument_error(settings_->file + ": the tables have no ids");
    const auto a = mlp->parts(), b = gmf->parts();
    if (a.numeric != b.numeric || !std::ranges::equal(a.numbers, b.numbers) ||
        !std::ranges::equal(a.bytes, b.bytes) || !std::ranges::equal(a.ends, b.ends))
      throw ciess::argument_error(joined(settings_->file, ": ", shown(side + "-mlp"), " and ",
                                         shown(side + "-gmf"), " have other ids"));
  }
}

void server::make_network() {
  const auto& s = *settings_;
  std::optional<std::span<const row_id>> among;
  if (among_) among = *among_;
  try {
    network_.emplace(std::array{file_.view(s.users + "-mlp"), file_.view(s.items + "-mlp"),
                                file_.view(s.users + "-gmf"), file_.view(s.items + "-gmf")},
                     file_.layers(), among);
  } catch (const ciess::error& e) {
    throw ciess::data_error(s.file + ": " + e.what());
  }
}

void server::leave_out_seen() {
  const auto read = data_file::interactions_of(settings_->seen);
  auto found = ciess::align(read, askers(), items());
  const std::string others =
      found.unknown == 0
          ? ""
          : joined("; of users or items that the tables do not have: ", found.unknown);
  if (found.data.empty())
    throw ciess::data_error(settings_->seen + ": no pair of a user and an item of the tables" +
                            others + data_file::strangers(read, askers(), items()));
  notes_.push_back(joined(settings_->seen, ": pairs left out: ", found.data.size(), others));
  seen_ = std::move(found.data);
}

void server::choose() {
  if (settings_->only.empty() && settings_->except.empty()) return;
  std::vector<row_id> allowed, forbidden;
  if (settings_->only.empty()) {
    allowed.resize(static_cast<std::size_t>(items().size()));
    std::iota(allowed.begin(), allowed.end(), row_id{0});
  } else {
    allowed = rows_of(settings_->only, items(), notes_);
  }
  if (!settings_->except.empty()) forbidden = rows_of(settings_->except, items(), notes_);
  among_.emplace();
  std::ranges::set_difference(allowed, forbidden, std::back_inserter(*among_));
  if (among_->empty())
    throw ciess::argument_error(settings_->except + ": forbids all items that may be given");
}

void server::load(std::span<const query> queries) {
  const auto n = static_cast<index_t>(queries.size());
  excluded_.resize(std::max(excluded_.size(), queries.size()));
  not_to_give_.assign(queries.size(), {});
  ciess::parallel_for(n, 64, [&](index_t first, index_t last) {
    for (index_t q = first; q < last; ++q) {
      const auto& [who, not_these] = queries[static_cast<std::size_t>(q)];
      auto& excluded = excluded_[static_cast<std::size_t>(q)];
      excluded = not_these;
      if (settings_->similar) excluded.push_back(who);
      if (seen_) std::ranges::copy(seen_->items_of(who), std::back_inserter(excluded));
      std::ranges::sort(excluded);
      excluded.erase(std::ranges::unique(excluded).begin(), excluded.end());
      not_to_give_[static_cast<std::size_t>(q)] = excluded;
    }
  });
  if (neumf_) {
    rows_.clear();
    for (const auto& q : queries) rows_.push_back(q.who);
  } else {
    load_vectors(queries);
  }
}

void server::load_vectors(std::span<const query> queries) {
  const auto n = static_cast<index_t>(queries.size());
  file_.visit(asking_, [&](const auto& table) {
    if (vectors_.rows() < n) vectors_.resize(n, table.columns());
    ciess::parallel_for(n, 64, [&](index_t first, index_t last) {
      for (index_t q = first; q < last; ++q) {
        const auto row = table[queries[static_cast<std::size_t>(q)].who];
        const std::span<float> vector(vectors_.row(q).data(),
                                      static_cast<std::size_t>(table.columns()));
        row.copy_to(vector);
        if (settings_->cosine) {
          const float factor = ciess::inverse_length(row);
          for (float& x : vector) x *= factor;
        }
      }
    });
  });
}

/// For `count` of the queries that are loaded.
/// @throws ciess::numeric_error if a score is NaN
void server::rank_loaded(std::span<std::string> lines, std::size_t first, std::size_t count) {
  const auto& ids = items();
  const auto write = [&](index_t q, std::span<const ciess::scored_item> best) {
    std::string& line = lines[first + static_cast<std::size_t>(q)];
    for (const auto& b : best) {
      line += '\t';
      line += ids.numeric() ? ids.text(b.item) : ciess::escaped_id(ids.bytes(b.item));
      line += '\t';
      ciess::append_text(line, b.score);
    }
  };
  const auto excluded = std::span(not_to_give_).subspan(first, count);
  if (neumf_) {
    network_->rank(std::span(rows_).subspan(first, count), excluded, settings_->k, write);
    return;
  }
  ciess::packed_choice choice{.factors = factors_};
  if (among_) choice.among = *among_;
  file_.visit(items_, [&](const auto& items) {
    ciess::rank_packed(
        vectors_.middleRows(static_cast<index_t>(first), static_cast<index_t>(count)), items,
        excluded, settings_->k, write, choice);
  });
}

std::vector<std::size_t> server::rank(std::span<const query> queries,
                                      std::span<std::string> lines) {
  if (queries.empty()) return {};
  load(queries);
  const std::vector<std::string> before(lines.begin(), lines.end());
  try {
    rank_loaded(lines, 0, queries.size());
    return {};
  } catch (const ciess::numeric_error&) {  // of one of them
    std::ranges::copy(before, lines.begin());
  }
  std::vector<std::size_t> not_numbers;
  for (std::size_t q = 0; q < queries.size(); ++q) try {
      rank_loaded(lines, q, 1);
    } catch (const ciess::numeric_error&) {
      not_numbers.push_back(q);
      lines[q] = before[q];
    }
  return not_numbers;
}

}  // namespace serving
