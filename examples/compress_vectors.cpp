// SPDX-License-Identifier: MIT
// Vectors of any recommender in, a small file out, without any training: turned, cut, rounded.
//
//   compress_vectors --users users.npy --items items.npy --data train.csv --held-out valid.csv
//                    --bytes 400k --out small.safetensors
//   serve_packed small.safetensors --k 5 < users.txt
//
// The score of a user and an item is the inner product of their vectors, or with --cosine the
// cosine. Vectors are NumPy arrays, or FILE.safetensors:TENSOR. Rows are called 0, 1, ... or as the
// lines of --user-ids and --item-ids say (or a search's ids-*.tsv); these are the ids that --data
// and --held-out speak of.
//
// What is tried for the budget, and what a table shows with its bytes: prefixes of equal sizes and
// sizes by energy, in several number formats; of few bits also with their columns mixed. Beside
// them stand the whole vectors in each format. What is best is written: by the quality of rankings
// on --held-out, or without it by how many of each user's k best stay. With items alone each item
// asks for those most like it.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <ciess/ciess.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/io/load_vectors.hpp>
#include <ciess/io/packed_file.hpp>

namespace {

using ciess::index_t;
using ciess::number_format;

struct settings {
  std::string users, items, user_ids, item_ids, data, held_out, out;
  std::uint64_t bytes = 0;
  double budget = 0;
  ciess::vector_turn turn = ciess::vector_turn::balanced;
  bool cosine = false;
  int k = 20;
  index_t judged = 10'000;
  int threads = 0;
};

/// One way to store the vectors.
struct way {
  std::string name;
  number_format format{};
  bool spread = false;
  ciess::assignment sizes{};
};

/// What became of it.
struct result {
  std::int64_t numbers = 0, bytes = 0;
  double quality = 0;  ///< mean of Recall and NDCG on the held-out part
  double same = 0;     ///< share of the k best of the whole vectors that stay
};

/// The ids of a file, one a line, or the ids-*.tsv of a search, whose lines are `row<TAB>id`.
std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw ciess::io_error(path + ": cannot be opened");
  std::vector<std::string> ids;
  bool rows = false;
  ciess::id_lines lines(in);
  while (lines.next()) {
    if (lines.number() == 1 && lines.line() == "row\tid") {
      rows = true;
    } else if (!rows) {
      ids.push_back(lines.line());
    } else {
      auto fields = ciess::id_fields(lines.line());
      if (fields.size() != 2 || fields[0] != std::to_string(ids.size()))
        throw ciess::data_error(ciess::joined(path, ": line ", lines.number(), ": expected row ",
                                              ids.size(), ", a tab and an id"));
      ids.push_back(std::move(fields[1]));
    }
  }
  return ids;
}

ciess::id_map ids_of(const std::string& path, index_t rows, const char* what) {
  if (path.empty()) return ciess::id_map::identity(rows);
  const auto ids = lines_of(path);
  if (std::ssize(ids) != rows)
    throw ciess::data_error(
        ciess::joined(path, ": expected ", rows, " ids of ", what, ", got ", ids.size()));
  return ciess::id_map(ids);
}

std::string megabytes(std::int64_t bytes) {
  char text[32];
  if (bytes < 1'000'000)
    std::snprintf(text, sizeof text, "%.1f kB", static_cast<double>(bytes) / 1e3);
  else
    std::snprintf(text, sizeof text, "%.2f MB", static_cast<double>(bytes) / 1e6);
  return text;
}

/// Pairs of a file as rows of the vectors.
/// @throws ciess::data_error if no pair is of rows that have vectors
ciess::interactions pairs_of(const std::string& path, const ciess::loaded& rows) {
  const auto read = ciess::load_interactions(path, {});
  auto found = ciess::align(read, rows);
  if (found.data.empty())
    throw ciess::data_error(
        ciess::joined(path, ": none of ", read.data.size(),
                      " pairs is new and of a user and an item that have vectors: see --user-ids "
                      "and --item-ids"));
  if (found.unknown > 0 || found.repeated > 0)
    std::printf("%s: %lld pairs; left out: %lld of users or items without a vector, %lld known\n",
                path.c_str(), static_cast<long long>(found.data.size()),
                static_cast<long long>(found.unknown), static_cast<long long>(found.repeated));
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
    item_ids_ = ids_of(s.item_ids, items.rows(), "items");
    user_ids_ =
        alone_ ? ciess::id_map::identity(users.rows()) : ids_of(s.user_ids, users.rows(), "users");
    known_ = known_of(sample);
    held_out_ = held_out();
    environment_.emplace(
        std::move(users), std::move(items), known_, held_out_,
        ciess::vector_options{.turn = s.turn, .cosine = s.cosine, .evaluation = judging()});
    ask();
  }

  [[nodiscard]] const ciess::vector_environment& vectors() const noexcept { return *environment_; }
  /// Whether there are items alone.
  [[nodiscard]] bool alone() const noexcept { return alone_; }
  [[nodiscard]] bool has_held_out() const noexcept { return !held_out_.empty(); }
  /// Of all vectors as floats.
  [[nodiscard]] std::int64_t dense_bytes() const noexcept { return dense_bytes_; }
  [[nodiscard]] double full_quality() { return environment_->full().quality; }

  /// Shapes of the tables that are stored.
  [[nodiscard]] std::span<const ciess::table_shape> stored() const noexcept {
    return environment_->shapes().subspan(alone_ ? 1 : 0);
  }

  /// Packs and ranks.
  [[nodiscard]] result judge(const way& w) const {
    return environment_->with_packed(
        w.sizes, w.format, w.spread, [&](const auto& users, const auto& items) {
          result r;
          r.bytes = items.memory().total() + (alone_ ? 0 : users.memory().total());
          r.numbers = items.total() + (alone_ ? 0 : users.total());
          ciess::top_lists lists(std::ssize(who_), settings_->k);
          ciess::rank_packed(users, items, known_, who_, settings_->k, lists);
          r.same = ciess::agreement(*exact_, lists);
          if (has_held_out())
            r.quality = ciess::evaluate_packed(users, items, known_, held_out_, judging()).mean;
          return r;
        });
  }

  void save(const way& w) const {
    environment_->with_packed(
        w.sizes, w.format, w.spread, [&](const auto& users, const auto& items) {
          ciess::packed_writer file({.backbone = "vectors", .budget = w.sizes.sparsity()});
          if (!alone_) file.add("users", users, &user_ids_);
          file.add("items", items, &item_ids_);
          file.save(settings_->out);
          return 0;
        });
  }

 private:
  static std::vector<ciess::row_id> empty() { return {}; }

  /// Those who ask for their best, the same ones each time: of 2,000 lists of 20 the share that
  /// stays is known to a third of a percent.
  [[nodiscard]] std::vector<ciess::row_id> some_of(index_t rows) const {
    const index_t most = std::min<index_t>(settings_->judged, 2000);
    std::vector<ciess::row_id> all(static_cast<std::size_t>(rows));
    std::iota(all.begin(), all.end(), ciess::row_id{0});
    if (rows <= most) return all;
    return ciess::sample_users(all, static_cast<double>(most) / static_cast<double>(rows), 1);
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
  [[nodiscard]] ciess::interactions known_of(std::span<const ciess::row_id> sample) const {
    std::vector<ciess::interaction> itself;
    for (std::size_t q = 0; q < sample.size(); ++q)
      itself.push_back({static_cast<ciess::row_id>(q), sample[q]});
    ciess::interactions none(user_ids_.size(), item_ids_.size(), itself);
    return settings_->data.empty() ? none : pairs_of(settings_->data, rows_with(std::move(none)));
  }
  [[nodiscard]] ciess::interactions held_out() const {
    if (settings_->held_out.empty())
      return ciess::interactions(user_ids_.size(), item_ids_.size(),
                                 std::span<const ciess::interaction>());
    return pairs_of(settings_->held_out, rows_with(known_));
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

  /// The k best by the whole vectors.
  void ask() {
    who_ = some_of(known_.users());
    exact_.emplace(std::ssize(who_), settings_->k);
    ciess::rank_products(environment_->full_table(0), environment_->full_table(1), known_, who_,
                         settings_->k, *exact_);
  }

  const settings* settings_;
  bool alone_;
  std::int64_t dense_bytes_ = 0;
  ciess::id_map user_ids_, item_ids_;
  ciess::interactions known_, held_out_;
  std::optional<ciess::vector_environment> environment_;
  std::vector<ciess::row_id> who_;
  std::optional<ciess::top_lists> exact_;
};

/// The same size for all rows of both sides.
ciess::assignment same_size(const ciess::vector_environment& env, int size) {
  std::vector<ciess::sizes> tables;
  for (const auto& s : env.shapes()) tables.emplace_back(s.rows, s.range, size);
  return ciess::assignment(std::move(tables));
}

std::int64_t stored_bytes(const question& q, const ciess::assignment& a, number_format format) {
  return ciess::packed_bytes(a, format) -
         (q.alone() ? ciess::packed_memory_of(a[0], format).total() : 0);
}

/// The largest size that fits if all rows have it; 0 if none does.
int largest_size(const question& q, number_format format, std::int64_t bytes) {
  int size = q.vectors().shapes()[0].range.max;
  while (size > 0 && stored_bytes(q, same_size(q.vectors(), size), format) > bytes) --size;
  return size;
}

/// By quality, which is 0 without a held-out part; of equals by what stays, then by bytes.
bool better(const result& a, const result& b) {
  return std::tuple(a.quality, a.same, -a.bytes) > std::tuple(b.quality, b.same, -b.bytes);
}

std::string in_format(number_format f) {
  const std::string name(ciess::name_of(f));
  return f < number_format::eight_bits ? name : name + " bits";
}

/// What a sceptic tries first.
std::vector<way> whole_vectors(const question& q) {
  std::vector<way> all;
  const auto& env = q.vectors();
  for (const auto f :
       {number_format::bfloat16, number_format::eight_bits, number_format::four_bits})
    all.push_back({"whole, " + in_format(f), f, false, same_size(env, env.shapes()[0].range.max)});
  const auto four = number_format::four_bits;
  all.push_back({"whole, mixed, 4 bits", four, true, all.back().sizes});
  return all;
}

/// What fits into the budget.
std::vector<way> ways_to_fit(const question& q, std::int64_t bytes) {
  std::vector<way> all;
  const auto& env = q.vectors();
  const auto formats = {number_format::float32, number_format::bfloat16, number_format::eight_bits,
                        number_format::four_bits, number_format::two_bits};
  for (const auto f : formats)
    if (const int size = largest_size(q, f, bytes); size > 0) {
      const std::string cut = ciess::joined("first ", size, ", ");
      all.push_back({cut + in_format(f), f, false, same_size(env, size)});
      if (f >= number_format::four_bits && size > 1)
        all.push_back({cut + "mixed, " + in_format(f), f, true, all.back().sizes});
    }
  if (q.alone()) return all;  // rows by energy would be chosen by the sample that asks
  const ciess::tail_energy_rule rule;
  const auto facts = ciess::full_facts_of(env);
  for (const auto f :
       {number_format::bfloat16, number_format::eight_bits, number_format::four_bits}) {
    const int size = largest_size(q, f, bytes);
    if (size == 0 || size == env.shapes()[0].range.max) continue;  // nothing to choose
    for (std::size_t i = 0; i < rule.count(facts); ++i)
      all.push_back({rule.title(facts, i) + ", " + in_format(f), f, false,
                     ciess::sizes_in_bytes(env.shapes(), f, bytes, [&](ciess::budget limit) {
                       return rule.sizes(facts, limit, 1, i);
                     })});
  }
  return all;
}

void print_row(const question& q, const std::string& name, const result& r, double full) {
  std::printf("%-34s %11lld %11s %7.2f %%", name.c_str(), static_cast<long long>(r.numbers),
              megabytes(r.bytes).c_str(),
              100 * static_cast<double>(r.bytes) / static_cast<double>(q.dense_bytes()));
  if (q.has_held_out())
    std::printf("  %.4f %+6.1f %%", r.quality, full > 0 ? 100 * (r.quality / full - 1) : 0.0);
  std::printf("  %.3f\n", r.same);
  std::fflush(stdout);
}

int compress(const settings& s) {
  const auto begin = std::chrono::steady_clock::now();
  const auto seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  question q(s);
  const auto bytes =
      s.bytes > 0
          ? static_cast<std::int64_t>(
                std::min<std::uint64_t>(s.bytes, std::numeric_limits<std::int64_t>::max()))
          : static_cast<std::int64_t>((1 - s.budget) * static_cast<double>(q.dense_bytes()));
  const auto smallest = stored_bytes(q, same_size(q.vectors(), 1), number_format::two_bits);
  if (smallest > bytes)
    throw ciess::argument_error(ciess::joined("a budget of ", bytes,
                                              " bytes does not hold a number a row: expected ",
                                              smallest, " or more"));
  std::printf("vectors of %lld users and %lld items, %d numbers each: %s; to fit into %s\n",
              static_cast<long long>(q.alone() ? 0 : q.vectors().shapes()[0].rows),
              static_cast<long long>(q.vectors().shapes()[1].rows),
              q.vectors().shapes()[0].range.max, megabytes(q.dense_bytes()).c_str(),
              megabytes(bytes).c_str());
  const double full = q.has_held_out() ? q.full_quality() : 0;
  std::printf("%-34s %11s %11s %9s%s  same of %d best\n", "", "numbers", "bytes", "of float",
              q.has_held_out() ? "  quality   change" : "", s.k);
  print_row(q, "whole, float", {q.dense_bytes() / 4, q.dense_bytes(), full, 1}, full);
  for (const way& w : whole_vectors(q)) print_row(q, w.name, q.judge(w), full);
  std::printf("into %s:\n", megabytes(bytes).c_str());
  std::optional<way> best;
  result of_best;
  for (way& w : ways_to_fit(q, bytes)) {
    const result r = q.judge(w);
    print_row(q, w.name, r, full);
    if (best && !better(r, of_best)) continue;
    best = std::move(w);
    of_best = r;
  }
  q.save(*best);
  std::printf("%s: %s, %s and ids; chosen by %s; %.1f s\n", s.out.c_str(), best->name.c_str(),
              megabytes(of_best.bytes).c_str(),
              q.has_held_out() ? "the quality on the held-out part, of which it is so a little too "
                                 "good an estimate"
                               : "how many of the best stay",
              seconds());
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
  app.add_option("--data", s.data, "interactions that are known, left out of rankings");
  app.add_option("--held-out", s.held_out, "interactions that a ranking should find: the quality");
  app.add_option("--out", s.out, "file to write, .safetensors")->required();
  auto* bytes = app.add_option("--bytes", s.bytes, "budget, such as 400k, 2M (k: 1,000), 2Mi")
                    ->transform(CLI::AsSizeValue(true))
                    ->check(CLI::PositiveNumber);
  auto* budget = app.add_option("--budget", s.budget, "share of the bytes as floats to remove")
                     ->check(CLI::Range(1e-9, 1 - 1e-9));
  bytes->excludes(budget);
  const std::map<std::string, ciess::vector_turn> turns{
      {"none", ciess::vector_turn::none},
      {"principal", ciess::vector_turn::principal},
      {"balanced", ciess::vector_turn::balanced}};
  auto* turn = app.add_option("--turn", s.turn,
                              "axes: none, principal (lengths and angles stay), balanced (scores "
                              "stay: best for rankings)")
                   ->transform(CLI::CheckedTransformer(turns).description(""))
                   ->default_str("balanced; principal for items alone");
  app.add_flag("--cosine", s.cosine, "scores are cosines");
  app.add_option("--k", s.k, "length of the lists that are compared")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  app.add_option("--judged", s.judged,
                 "users that are ranked for, at most; of lists that are compared, 2,000")
      ->check(CLI::Range(index_t{1}, index_t{1} << 31))
      ->capture_default_str();
  app.add_option("--threads", s.threads, "0: all processors")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
    if (!*bytes && !*budget) throw ciess::argument_error("expected --bytes or --budget");
    if (s.users.empty()) {
      for (const auto& [name, value] :
           {std::pair{"--data", &s.data}, std::pair{"--held-out", &s.held_out},
            std::pair{"--user-ids", &s.user_ids}})
        if (!value->empty()) throw ciess::argument_error(std::string(name) + " needs --users");
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
