// SPDX-License-Identifier: MIT
// Vectors of any recommender in, a small file out, without any training: turned, cut, rounded.
//
//   compress_vectors --users users.npy --items items.npy --data train.csv --held-out valid.csv
//                    --bytes 400k --out small.safetensors
//   serve_packed small.safetensors --k 5 < users.txt
//
// The score of a user and an item is the inner product of their vectors, or with --cosine the
// cosine, which products of the rows that are written then are: serve_packed takes the file without
// --cosine of its own. Vectors are NumPy arrays, or FILE.safetensors:TENSOR. Rows are called 0, 1,
// ... or as the lines of --user-ids and --item-ids say (or a search's ids-*.tsv); these are the ids
// that --data and --held-out speak of.
//
// What is tried for the budget, and what a table shows with its bytes: columns with bits of their
// own, as many as each is worth, cut and fitted to the lists that the whole vectors give; prefixes
// of equal sizes and sizes by energy, in several number formats; of few bits also with their
// columns mixed; with --measurements also bytes for each row, which a search finds. Beside them
// stand the whole vectors. What is best is written: by the quality of rankings on --held-out, or
// without it, or with --truth vectors, by how many of each user's k best stay. With items alone
// each item asks for those most like it.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <ciess/ciess.hpp>
#include <ciess/core/byte_count.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/data/id_list.hpp>
#include <ciess/io/check_output.hpp>
#include <ciess/io/load_vectors.hpp>
#include <ciess/io/packed_writer.hpp>
#include <ciess/search/coded_environment.hpp>
#include <ciess/search/kept_lists.hpp>
#include <ciess/search/rules/level.hpp>
#include <ciess/search/vector_ways.hpp>

#include "command_line.hpp"
#include "data_file.hpp"

namespace {

using ciess::index_t;
using ciess::number_format;

const std::vector<std::pair<std::string, ciess::vector_turn>> turns{
    {"none", ciess::vector_turn::none},
    {"principal", ciess::vector_turn::principal},
    {"balanced", ciess::vector_turn::balanced}};

std::string name_of(ciess::vector_turn turn) {
  return std::ranges::find(turns, turn, &std::pair<std::string, ciess::vector_turn>::second)->first;
}

struct settings {
  std::string users, items, user_ids, item_ids, data, held_out, out;
  std::string bytes;
  double budget = 0;
  ciess::vector_turn turn = ciess::vector_turn::balanced;
  bool cosine = false;
  int k = 0;              ///< 0: 20, or half of the items if these are fewer
  bool by_lists = false;  ///< what is chosen, though there is a held-out part
  index_t judged = 10'000;
  int measurements = 0;
  int threads = 0;
};

/// What became of it.
struct result {
  std::int64_t numbers = 0, bytes = 0;
  double quality = 0;  ///< mean of Recall and NDCG on the held-out part
  double same = 0;     ///< share of the k best of the whole vectors that stay
};

ciess::id_map ids_of(const std::string& path, index_t rows, const char* what) {
  if (path.empty()) return ciess::id_map::identity(rows);
  std::vector<std::string> ids;
  ciess::load_id_list(path, ciess::id_list::all,
                      [&](std::string id) { ids.push_back(std::move(id)); });
  if (std::ssize(ids) != rows)
    throw ciess::data_error(
        ciess::joined(path, ": expected ", rows, " ids of ", what, ", got ", ids.size()));
  std::vector<std::int64_t> numbers;  // which take less than their digits
  for (const auto& id : ids) {
    const auto number = ciess::parse_number<std::int64_t>(id);
    if (!number || std::to_string(*number) != id) break;
    numbers.push_back(*number);
  }
  try {
    return numbers.size() == ids.size() ? ciess::id_map(std::move(numbers)) : ciess::id_map(ids);
  } catch (const ciess::argument_error& e) {
    throw ciess::data_error(path + ": " + e.what());
  }
}

/// @throws ciess::argument_error as `check_output`, or if the name is none of such a file
void check_out(const settings& s) {
  if (std::filesystem::path(s.out).extension() != ".safetensors")
    throw ciess::argument_error("--out: expected a name that ends in .safetensors, got '" + s.out +
                                "'");
  std::vector<std::string> inputs{s.users, s.items, s.user_ids, s.item_ids, s.data, s.held_out};
  for (std::string& input : inputs)
    if (const auto tensor = input.find(".safetensors:"); tensor != input.npos)
      input.resize(input.find(':', tensor));
  ciess::check_output("--out", s.out, inputs);
}

std::string megabytes(std::int64_t bytes) {
  char text[32];
  if (bytes < 1'000'000)
    std::snprintf(text, sizeof text, "%.1f kB", static_cast<double>(bytes) / 1e3);
  else
    std::snprintf(text, sizeof text, "%.2f MB", static_cast<double>(bytes) / 1e6);
  return text;
}

/// Pairs of a file as rows of the vectors, and a line about those that are not.
/// @throws ciess::data_error if none is left
ciess::interactions pairs_of(const std::string& path, const ciess::loaded& rows, bool has_ids,
                             std::vector<std::string>& notes) {
  const auto read = data_file::interactions_of(path);
  auto found = ciess::align(read, rows);
  const std::string ids =
      has_ids ? "" : "; rows are called 0, 1, ... without --user-ids and --item-ids";
  const std::string left_out = ciess::joined(found.unknown, " of users or items without a vector, ",
                                             found.repeated, " known before");
  if (found.data.empty())
    throw ciess::data_error(
        ciess::joined(path, ": none of ", read.data.size(), " pairs is left: ", left_out, ids,
                      data_file::strangers(read, rows.users.view(), rows.items.view())));
  if (found.unknown > 0 || found.repeated > 0)
    notes.push_back(ciess::joined(path, ": ", found.data.size(), " pairs; left out: ", left_out,
                                  found.unknown > 0 ? ids : std::string()));
  return std::move(found.data);
}

/// What is given, and whom it is judged by.
class question {
 public:
  explicit question(const settings& s) : settings_{&s}, alone_{s.users.empty()} {
    ciess::matrix items = ciess::load_vectors(s.items);
    const std::vector<ciess::row_id> sample = alone_ ? some_of(items.rows()) : empty();
    ciess::matrix users = alone_ ? rows_of(items, sample) : ciess::load_vectors(s.users);
    if (users.rows() == 0 || items.rows() == 0)
      throw ciess::data_error(ciess::joined("expected vectors, got ", users.rows(),
                                            " of users and ", items.rows(), " of items"));
    if (users.cols() != items.cols())
      throw ciess::data_error(ciess::joined(s.users, " is [", users.rows(), ", ", users.cols(),
                                            "], ", s.items, " is [", items.rows(), ", ",
                                            items.cols(), "]: expected as many columns"));
    if (items.cols() > std::numeric_limits<std::uint16_t>::max())
      throw ciess::data_error(ciess::joined(
          s.items, " is [", items.rows(), ", ", items.cols(),
          "]: expected vectors of at most 65535 numbers, a row each; is it transposed?"));
    dense_bytes_ = 4 * (alone_ ? items.size() : users.size() + items.size());
    k_ = s.k > 0 ? s.k : static_cast<int>(std::clamp<index_t>(items.rows() / 2, 1, 20));
    if (s.k >= items.rows())
      throw ciess::argument_error(
          ciess::joined("--k: lists of ", s.k, " of ", items.rows(),
                        " items would always agree: expected fewer than there are"));
    item_ids_ = ids_of(s.item_ids, items.rows(), "items");
    user_ids_ =
        alone_ ? ciess::id_map::identity(users.rows()) : ids_of(s.user_ids, users.rows(), "users");
    known_ = known_of(sample);
    held_out_ = held_out();
    if (items.cols() > 512 && s.turn != ciess::vector_turn::none)
      std::fprintf(
          stderr,
          "turning vectors of %d numbers, which takes minutes (with 512: half a minute; it "
          "grows with the cube); --turn none does without\n",
          static_cast<int>(items.cols()));
    environment_.emplace(
        std::move(users), std::move(items), known_, held_out_,
        ciess::vector_options{.turn = s.turn, .cosine = s.cosine, .evaluation = judging()});
    lists_.emplace(*environment_, known_, some_of(known_.users()), k_);
  }
  question(const question&) = delete;  // the environment refers to parts of it
  question& operator=(const question&) = delete;

  [[nodiscard]] const ciess::vector_environment& vectors() const noexcept { return *environment_; }
  /// Whether there are items alone.
  [[nodiscard]] bool alone() const noexcept { return alone_; }
  [[nodiscard]] ciess::stored_sides sides() const noexcept {
    return alone_ ? ciess::stored_sides::items : ciess::stored_sides::both;
  }
  /// Length of the lists that are compared.
  [[nodiscard]] int k() const noexcept { return k_; }
  /// What was left out of the data.
  [[nodiscard]] const std::vector<std::string>& notes() const noexcept { return notes_; }
  /// Users whose rankings are the quality.
  [[nodiscard]] index_t judged() const noexcept {
    return environment_->full_figures().evaluated_users;
  }
  [[nodiscard]] bool has_held_out() const noexcept { return !held_out_.empty(); }
  /// Whether that chooses, or the lists that the whole vectors give.
  [[nodiscard]] bool chosen_by_held_out() const noexcept {
    return has_held_out() && !settings_->by_lists;
  }
  /// Of all vectors as floats.
  [[nodiscard]] std::int64_t dense_bytes() const noexcept { return dense_bytes_; }
  [[nodiscard]] double full_quality() { return environment_->full().quality; }

  /// Shapes of the tables that are stored.
  [[nodiscard]] std::span<const ciess::table_shape> stored() const noexcept {
    return environment_->shapes().subspan(alone_ ? 1 : 0);
  }

  /// All that is worth a trial for so many bytes.
  [[nodiscard]] std::vector<ciess::vector_way> ways(std::int64_t bytes) const {
    if (alone_ || settings_->cosine)  // lists of users, and scores that are products
      return ciess::ways_to_store(*environment_, bytes, sides());
    const ciess::list_fit fit(*environment_, known_);
    return ciess::ways_to_store(*environment_, bytes, sides(), &fit);
  }

  /// Bytes for each row that a search finds: rules first, then BET's draws. As they are cut and
  /// fitted to lists. None if there is nothing to choose, which `why` then says.
  [[nodiscard]] std::vector<ciess::vector_way> searched(std::int64_t bytes,
                                                        std::string& why) const {
    const auto equal = ciess::best_own_bits(*environment_, bytes, sides());
    if (!equal) {
      why = ciess::joined("a byte for each row and bits of columns do not fit into ", bytes,
                          " bytes, so there is none to move");
      return {};
    }
    const int most =
        std::min({2 * std::max(equal->sizes[0].range().max, equal->sizes[1].range().max),
                  environment_->shapes()[0].range.max, 256});
    const ciess::interactions kept = chosen_by_held_out() ? ciess::interactions() : kept_pairs();
    ciess::coded_environment coded(*environment_, {most, most}, known_,
                                   chosen_by_held_out() ? held_out_ : kept, judging());
    const ciess::sizing_request asked{
        .budgets = {1 - static_cast<double>(bytes) / static_cast<double>(dense_bytes_)},
        .keep = 1,
        .of = ciess::budget_of::bytes};
    const std::int64_t least = ciess::least_unequal_code_bytes(coded.shapes(), coded.columns());
    if (bytes < least)
      why = ciess::joined("rows of unlike sizes take ", least,
                          " bytes with their index and bits of columns, more than ", bytes);
    else if (bytes >= dense_bytes_)
      why = ciess::joined(bytes, " bytes hold all vectors as floats");
    else if (ciess::budget_in_code_bytes(coded.shapes(), coded.columns(), bytes)
                 .met_by(ciess::assignment(coded.shapes())))
      why = ciess::joined(bytes, " bytes hold the most of every row");
    if (!why.empty()) return {};
    const ciess::bet how{
        .steps = settings_->measurements,
        .seeds = {ciess::level_rule(), ciess::frequency_rule({0}, {0.5, 0.7, 1.4, 2})}};
    const auto found = ciess::search(coded, how, asked);
    const ciess::candidate& best = found.best[0].front();
    std::vector<ciess::vector_way> all;
    all.push_back({"bytes per row, " + best.origin,
                   {},
                   ciess::stored_columns::own_bits,
                   coded.stored(best.sizes)});
    if (settings_->cosine || ciess::columns_of(*environment_, all.front()) > 128) return all;
    const ciess::list_fit fit(*environment_, known_);
    for (const double weight : {3.0, 10.0, 100.0}) {
      all.push_back(all.front());
      all.back().name += ciess::joined(", fitted x", weight);
      all.back().fitted =
          std::make_shared<const ciess::coded_vectors>(fit.fit(all.front().sizes, weight));
    }
    return all;
  }

  /// Packs and ranks.
  [[nodiscard]] result judge(const ciess::vector_way& w) const {
    return ciess::with_stored(*environment_, w, [&](const auto& users, const auto& items) {
      result r;
      r.bytes = items.memory().total() + (alone_ ? 0 : users.memory().total());
      r.numbers = items.total() + (alone_ ? 0 : users.total());
      r.same = lists_->share(users, items);
      if (has_held_out())
        r.quality = ciess::evaluate_packed(users, items, known_, held_out_, judging()).mean;
      return r;
    });
  }

  /// What is fitted to scores has other lengths and angles than on any axes that keep them.
  [[nodiscard]] std::string axes_of(const ciess::vector_way& w) const {
    if (w.fitted && settings_->turn != ciess::vector_turn::balanced) return {};
    return std::string(name_of(settings_->turn));
  }

  void save(const ciess::vector_way& w) const {
    ciess::with_stored(*environment_, w, [&](const auto& users, const auto& items) {
      ciess::packed_writer file({.backbone = "vectors",
                                 .budget = removed(w),
                                 .axes = axes_of(w),
                                 .scores = settings_->cosine ? "cosines" : "products"});
      if (!alone_) file.add("users", users, &user_ids_);
      file.add("items", items, &item_ids_);
      file.save(settings_->out);
      return 0;
    });
  }

 private:
  /// Share of the bytes.
  [[nodiscard]] double removed(const ciess::vector_way& w) const {
    return 1 - static_cast<double>(ciess::stored_bytes(*environment_, w, sides())) /
                   static_cast<double>(dense_bytes_);
  }
  static std::vector<ciess::row_id> empty() { return {}; }

  /// The best items of those whose lists are compared: what code bytes should find again.
  [[nodiscard]] ciess::interactions kept_pairs() const {
    const auto who = some_of(known_.users());
    ciess::top_lists best(std::ssize(who), k_);
    ciess::rank_products(environment_->full_table(0), environment_->full_table(1), known_, who, k_,
                         best);
    std::vector<ciess::interaction> pairs;
    for (std::size_t p = 0; p < who.size(); ++p)
      for (const ciess::row_id item : best[static_cast<index_t>(p)])
        pairs.push_back({who[p], item});
    return {known_.users(), known_.items(), pairs};
  }

  /// Those who ask for their best.
  [[nodiscard]] std::vector<ciess::row_id> some_of(index_t rows) const {
    return ciess::kept_lists::some_of(rows, std::min(settings_->judged, ciess::kept_lists::enough));
  }
  static ciess::matrix rows_of(const ciess::matrix& m, std::span<const ciess::row_id> which) {
    ciess::matrix rows(std::ssize(which), m.cols());
    for (index_t r = 0; r < rows.rows(); ++r)
      rows.row(r) = m.row(which[static_cast<std::size_t>(r)]);
    return rows;
  }

  [[nodiscard]] ciess::loaded rows_with(ciess::interactions data) const {
    ciess::loaded rows;
    rows.data = std::move(data);
    rows.users = user_ids_;
    rows.items = item_ids_;
    return rows;
  }
  /// What is not to be found again: pairs of the data, or each item that asks for its like.
  [[nodiscard]] ciess::interactions known_of(std::span<const ciess::row_id> sample) {
    std::vector<ciess::interaction> itself;
    for (std::size_t q = 0; q < sample.size(); ++q)
      itself.push_back({static_cast<ciess::row_id>(q), sample[q]});
    ciess::interactions none(user_ids_.size(), item_ids_.size(), itself);
    return settings_->data.empty()
               ? none
               : pairs_of(settings_->data, rows_with(std::move(none)), has_ids(), notes_);
  }
  [[nodiscard]] ciess::interactions held_out() {
    if (settings_->held_out.empty())
      return ciess::interactions(user_ids_.size(), item_ids_.size(),
                                 std::span<const ciess::interaction>());
    return pairs_of(settings_->held_out, rows_with(known_), has_ids(), notes_);
  }
  [[nodiscard]] bool has_ids() const {
    return !settings_->user_ids.empty() && !settings_->item_ids.empty();
  }

  [[nodiscard]] ciess::evaluation_options judging() const {
    index_t users = 0;
    for (ciess::row_id u = 0; u < held_out_.users(); ++u)
      users += held_out_.items_of(u).empty() ? 0 : 1;
    ciess::evaluation_options o;
    if (users > settings_->judged)
      o.share = static_cast<double>(settings_->judged) / static_cast<double>(users);
    return o;
  }

  const settings* settings_;
  bool alone_;
  int k_ = 0;
  std::int64_t dense_bytes_ = 0;
  std::vector<std::string> notes_;
  ciess::id_map user_ids_, item_ids_;
  ciess::interactions known_, held_out_;
  std::optional<ciess::vector_environment> environment_;
  std::optional<ciess::kept_lists> lists_;
};

/// By quality if the held-out part chooses; of equals by what stays, then by bytes.
bool better(const question& q, const result& a, const result& b) {
  const auto rank = [&](const result& r) {
    return std::tuple(q.chosen_by_held_out() ? r.quality : 0.0, r.same, -r.bytes);
  };
  return rank(a) > rank(b);
}

/// What a sceptic tries first.
std::vector<ciess::vector_way> whole_vectors(const question& q) {
  std::vector<ciess::vector_way> all;
  const auto& env = q.vectors();
  for (const auto f :
       {number_format::bfloat16, number_format::eight_bits, number_format::four_bits})
    all.push_back({"whole, " + ciess::format_text(f), f, ciess::stored_columns::first,
                   ciess::same_size(env, env.shapes()[0].range.max)});
  const auto four = number_format::four_bits;
  all.push_back({"whole, mixed, 4 bits", four, ciess::stored_columns::mixed, all.back().sizes});
  return all;
}

void print_row(const question& q, const std::string& name, const result& r, double full) {
  std::printf("%-34s %11lld %11s %7.2f %%", name.c_str(), static_cast<long long>(r.numbers),
              megabytes(r.bytes).c_str(),
              100 * static_cast<double>(r.bytes) / static_cast<double>(q.dense_bytes()));
  if (q.has_held_out()) {
    std::printf("  %.4f", r.quality);
    if (full > 0)
      std::printf(" %+6.1f %%", 100 * (r.quality / full - 1));
    else
      std::printf("        -");
  }
  std::printf("  %.3f\n", r.same);
  std::fflush(stdout);
}

int compress(const settings& s) {
  const auto begin = std::chrono::steady_clock::now();
  const auto seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  check_out(s);
  const std::int64_t asked = s.bytes.empty() ? 0 : ciess::parse_byte_count(s.bytes, "--bytes");
  question q(s);
  const std::int64_t bytes =
      asked > 0 ? asked
                : static_cast<std::int64_t>((1 - s.budget) * static_cast<double>(q.dense_bytes()));
  const auto smallest = ciess::least_stored_bytes(q.vectors(), q.sides());
  if (smallest > bytes)
    throw ciess::argument_error(ciess::joined("a budget of ", bytes,
                                              " bytes does not hold a byte a row: expected ",
                                              smallest, " or more"));
  for (const auto& note : q.notes()) std::printf("%s\n", note.c_str());
  std::printf("vectors of %lld users and %lld items, %d numbers each: %s; to fit into %s\n",
              static_cast<long long>(q.alone() ? 0 : q.vectors().shapes()[0].rows),
              static_cast<long long>(q.vectors().shapes()[1].rows),
              q.vectors().shapes()[0].range.max, megabytes(q.dense_bytes()).c_str(),
              megabytes(bytes).c_str());
  const double full = q.has_held_out() ? q.full_quality() : 0;
  std::printf("%-34s %11s %11s %9s%s  same of %d best\n", "", "numbers", "bytes", "of float",
              q.has_held_out() ? "  quality   change" : "", q.k());
  print_row(q, "whole, float", {q.dense_bytes() / 4, q.dense_bytes(), full, 1}, full);
  for (const ciess::vector_way& w : whole_vectors(q)) print_row(q, w.name, q.judge(w), full);
  std::printf("into %s:\n", megabytes(bytes).c_str());
  std::optional<ciess::vector_way> best;
  result of_best;
  const auto look_at = [&](std::vector<ciess::vector_way> ways) {
    for (ciess::vector_way& w : ways) {
      const result r = q.judge(w);
      print_row(q, w.name, r, full);
      if (best && !better(q, r, of_best)) continue;
      best = std::move(w);
      of_best = r;
    }
  };
  look_at(q.ways(bytes));
  if (s.measurements > 0) {
    std::string why;
    look_at(q.searched(bytes, why));
    if (!why.empty()) std::printf("--measurements: no bytes for each row: %s\n", why.c_str());
  }
  q.save(*best);
  const std::string by = q.chosen_by_held_out()
                             ? ciess::joined("the quality for ", q.judged(),
                                             " users, of which it is too good an estimate")
                             : std::string("how many of the best stay");
  std::printf("%s: %s, %s, %s with ids; chosen by %s; %.1f s\n", s.out.c_str(), best->name.c_str(),
              megabytes(of_best.bytes).c_str(),
              megabytes(static_cast<std::int64_t>(std::filesystem::file_size(s.out))).c_str(),
              by.c_str(), seconds());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  settings s;
  CLI::App app{"Makes vectors of any recommender small, without training."};
  app.add_option("--users", s.users,
                 "vectors of users, .npy or FILE.safetensors:TENSOR; without: items alone");
  app.add_option("--items", s.items, "vectors of items")->required();
  app.add_option("--user-ids", s.user_ids, "what users are called, one a line; without: 0, 1, ...");
  app.add_option("--item-ids", s.item_ids, "what items are called");
  app.add_option("--data", s.data,
                 "interactions that are known, also gzip or zstd, left out of rankings");
  app.add_option(
      "--held-out", s.held_out,
      "interactions that a ranking should find; quality: the mean of Recall and NDCG at 5, 10 "
      "and 20");
  std::string truth;
  app.add_option("--truth", truth,
                 "what chooses: held-out, or vectors, the lists that the whole vectors give; the "
                 "figures of --held-out are then of pairs that chose nothing")
      ->check(CLI::IsMember({"held-out", "vectors"}))
      ->default_str("held-out if there is such a part");
  app.add_option("--out", s.out, "file to write, .safetensors")->required();
  auto* bytes = app.add_option("--bytes", s.bytes, "budget: 400k, 1.5M (k: 1,000), 2Mi");
  auto* budget = app.add_option("--budget", s.budget,
                                "share of the bytes as floats to remove, above 0 and below 1");
  bytes->excludes(budget);
  auto* turn =
      command_line::add_choice(
          app, "--turn", s.turn, turns,
          "axes: none, principal (lengths and angles stay, for neighbours of items), balanced "
          "(scores of users and items alone stay: best for rankings)")
          ->default_str("balanced; principal for items alone");
  app.add_flag(
      "--cosine", s.cosine,
      "scores are cosines: products of the rows that are written are they, so serve_packed "
      "is asked without --cosine");
  app.add_option("--k", s.k, "length of the lists that are compared")
      ->check(CLI::Range(1, 10'000))
      ->default_str("20, or half of the items");
  app.add_option("--judged", s.judged,
                 "users that are ranked for, at most; of lists that are compared, 2,000")
      ->check(CLI::Range(index_t{1}, index_t{1} << 31))
      ->capture_default_str();
  auto* measurements =
      app.add_option(
             "--measurements", s.measurements,
             "searches bytes for each row, too, by so many rankings: 0 does not, 13 are the "
             "rules")
          ->check(CLI::Range(0, 1'000'000))
          ->capture_default_str();
  app.add_option("--threads", s.threads, "0: all processors")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  try {
    command_line::parse(app, argc, argv);
    s.by_lists = truth == "vectors";
    if (truth == "held-out" && s.held_out.empty())
      throw ciess::argument_error("--truth held-out needs --held-out");
    if (!*bytes && !*budget) throw ciess::argument_error("expected --bytes or --budget");
    if (*budget && !(s.budget > 0 && s.budget < 1))
      throw ciess::argument_error(
          ciess::joined("--budget: expected a share above 0 and below 1, got ", s.budget));
    if (s.users.empty()) {
      for (const auto& [name, value] :
           {std::pair{"--data", &s.data}, std::pair{"--held-out", &s.held_out},
            std::pair{"--user-ids", &s.user_ids}})
        if (!value->empty()) throw ciess::argument_error(std::string(name) + " needs --users");
      if (*measurements && s.measurements > 0)
        throw ciess::argument_error("--measurements needs --users");
      if (*turn && s.turn == ciess::vector_turn::balanced)
        throw ciess::argument_error(
            "--turn balanced needs --users: items alone have no other side");
      if (!*turn) s.turn = ciess::vector_turn::principal;
    }
    const ciess::threads pool(s.threads);
    return compress(s);
  } catch (const CLI::Success& e) {
    return app.exit(e);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "compress_vectors: %s\n", e.what());
    return 2;
  }
}
