// SPDX-License-Identifier: MIT
#include <ciess/ranking/evaluate.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>
#include <vector>

#include <ciess/core/random.hpp>
#include <ciess/core/threads.hpp>

#include "support/catch.hpp"
#include "support/ranking_data.hpp"

namespace {

using ciess::evaluation;
using ciess::evaluation_options;
using ciess::interactions;
using ciess::matrix;
using ciess::matrix_span;
using ciess::row_id;
using testing_support::make_interactions;
using testing_support::random_interactions;
using testing_support::small_integers;

/// The oracle: every list sorted in full, every sum a plain loop.
evaluation naive(const matrix& users, const matrix& items, const interactions& train,
                 const interactions& held_out, const evaluation_options& options) {
  evaluation result;
  result.cutoffs = options.cutoffs;
  const std::size_t c = options.cutoffs.size();
  result.recall.assign(c, 0.0);
  result.ndcg.assign(c, 0.0);
  result.hit_rate.assign(c, 0.0);
  result.mrr.assign(c, 0.0);
  result.map.assign(c, 0.0);
  std::vector<std::set<row_id>> shown(c);
  result.user_quality.assign(static_cast<std::size_t>(users.rows()), 0.0);
  result.item_quality.assign(static_cast<std::size_t>(items.rows()), 0.0);
  std::vector<int> asked(static_cast<std::size_t>(users.rows()), options.users.empty() ? 1 : 0);
  for (const row_id u : options.users) asked[static_cast<std::size_t>(u)] = 1;
  for (row_id u = 0; u < users.rows(); ++u) {
    const auto seen = train.items_of(u);
    const auto wanted = held_out.items_of(u);
    if (!asked[static_cast<std::size_t>(u)] || wanted.empty()) continue;
    std::vector<std::pair<float, row_id>> all;
    for (row_id i = 0; i < items.rows(); ++i)
      if (std::find(seen.begin(), seen.end(), i) == seen.end())
        all.push_back({-users.row(u).dot(items.row(i)), i});
    std::sort(all.begin(), all.end());
    double quality = 0.0;
    for (std::size_t j = 0; j < c; ++j) {
      double hits = 0, gain = 0, ideal = 0, precisions = 0, first = 0;
      for (std::size_t p = 0; p < static_cast<std::size_t>(options.cutoffs[j]); ++p) {
        const double worth = 1 / std::log2(static_cast<double>(p) + 2);
        if (p < wanted.size()) ideal += worth;
        if (p >= all.size()) continue;
        shown[j].insert(all[p].second);
        if (std::find(wanted.begin(), wanted.end(), all[p].second) == wanted.end()) continue;
        hits += 1;
        gain += worth;
        precisions += hits / (static_cast<double>(p) + 1);
        if (first == 0) first = static_cast<double>(p) + 1;
      }
      const double recall = hits / static_cast<double>(wanted.size());
      result.recall[j] += recall;
      result.ndcg[j] += gain / ideal;
      result.hit_rate[j] += first > 0 ? 1 : 0;
      result.mrr[j] += first > 0 ? 1 / first : 0;
      result.map[j] += precisions / std::min(static_cast<double>(options.cutoffs[j]),
                                             static_cast<double>(wanted.size()));
      quality += (recall + gain / ideal) / static_cast<double>(2 * c);
    }
    result.user_quality[static_cast<std::size_t>(u)] = quality;
    result.mean += quality;
    ++result.evaluated_users;
  }
  const double n = std::max(1.0, static_cast<double>(result.evaluated_users));
  for (auto& x : result.recall) x /= n;
  for (auto& x : result.ndcg) x /= n;
  for (auto& x : result.hit_rate) x /= n;
  for (auto& x : result.mrr) x /= n;
  for (auto& x : result.map) x /= n;
  for (const auto& s : shown)
    result.coverage.push_back(static_cast<double>(s.size()) / static_cast<double>(items.rows()));
  result.mean /= n;
  for (row_id i = 0; i < items.rows(); ++i) {
    double sum = 0, count = 0;
    for (const row_id u : train.users_of(i)) {
      if (!asked[static_cast<std::size_t>(u)]) continue;
      sum += result.user_quality[static_cast<std::size_t>(u)];
      count += 1;
    }
    if (count > 0) result.item_quality[static_cast<std::size_t>(i)] = sum / count;
  }
  return result;
}

void check_close(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double worst = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a[i] - b[i]));
  CHECK(worst < 1e-12);
}

void check_close(const evaluation& a, const evaluation& b) {
  CHECK(a.cutoffs == b.cutoffs);
  CHECK(a.evaluated_users == b.evaluated_users);
  CHECK(std::abs(a.mean - b.mean) < 1e-12);
  check_close(a.recall, b.recall);
  check_close(a.ndcg, b.ndcg);
  check_close(a.hit_rate, b.hit_rate);
  check_close(a.mrr, b.mrr);
  check_close(a.map, b.map);
  check_close(a.coverage, b.coverage);
  check_close(a.user_quality, b.user_quality);
  check_close(a.item_quality, b.item_quality);
}

bool same_bytes(const evaluation& a, const evaluation& b) {
  return a.mean == b.mean && a.recall == b.recall && a.ndcg == b.ndcg && a.hit_rate == b.hit_rate &&
         a.mrr == b.mrr && a.map == b.map && a.coverage == b.coverage &&
         a.user_quality == b.user_quality && a.item_quality == b.item_quality;
}

/// A score callback that multiplies, and counts how it is called.
struct products {
  const matrix& users;
  const matrix& items;
  int* calls;
  void operator()(ciess::index_t first, matrix_span out) const {
    ++*calls;
    out = users.middleRows(first, out.rows()) * items.transpose();
  }
};

/// The least that can be evaluated: a model that only scores.
struct scoring_model {
  matrix left, right;
  int calls = 0;
  std::vector<ciess::table_shape> tables = {};
  [[nodiscard]] ciess::index_t users() const { return left.rows(); }
  [[nodiscard]] ciess::index_t items() const { return right.rows(); }
  [[nodiscard]] const std::vector<ciess::table_shape>& shapes() const { return tables; }
  void reset(std::uint64_t) {}
  void resize(const ciess::assignment&) {}
  double train(int) { return 0.0; }
  void score(ciess::index_t first, matrix_span out) {
    ++calls;
    out = left.middleRows(first, out.rows()) * right.transpose();
  }
};
/// The same with vectors, one of them made for the occasion.
struct vector_model : scoring_model {
  [[nodiscard]] const matrix& user_vectors() const { return left; }
  [[nodiscard]] matrix item_vectors() const { return right; }
};
static_assert(ciess::backbone<scoring_model> && !ciess::inner_product_backbone<scoring_model>);
static_assert(ciess::inner_product_backbone<vector_model>);

}  // namespace

TEST_CASE("evaluate agrees with values worked by hand", "[ranking]") {
  matrix users(3, 1), items(4, 1);
  users << 1, -1, 1;
  items << 4, 3, 2, 1;  // user 0 and 2 rank 0 1 2 3, user 1 ranks 3 2 1 0
  const auto train = make_interactions(3, 4, {{0, 0}, {1, 3}, {1, 2}, {2, 0}});
  const auto held_out = make_interactions(3, 4, {{0, 2}, {1, 1}, {1, 0}});
  const evaluation found = ciess::evaluate_vectors(users, items, train, held_out, {{1, 2}});
  // user 0 is shown 1, 2, 3: the only held-out item second. User 1 is shown 1, 0: both right.
  const double second = 1 / std::log2(3.0);
  CHECK(found.evaluated_users == 2);
  CHECK(found.recall_at(1) == Approx((0.0 + 0.5) / 2));
  CHECK(found.recall_at(2) == Approx((1.0 + 1.0) / 2));
  CHECK(found.ndcg_at(1) == Approx((0.0 + 1.0) / 2));
  CHECK(found.ndcg_at(2) == Approx((second + 1.0) / 2));
  CHECK(found.hit_rate_at(1) == 0.5);
  CHECK(found.hit_rate_at(2) == 1.0);
  CHECK(found.mrr_at(1) == 0.5);
  CHECK(found.mrr_at(2) == (0.5 + 1) / 2);
  CHECK(found.map_at(1) == 0.5);
  CHECK(found.map_at(2) == (0.5 + 1) / 2);
  CHECK(found.coverage_at(1) == 0.25);  // 1
  CHECK(found.coverage_at(2) == 0.75);  // and 2 and 0; user 2 is not evaluated
  const double q0 = (0 + 0 + 1 + second) / 4;
  const double q1 = (0.5 + 1 + 1 + 1) / 4;
  CHECK(found.user_quality[0] == Approx(q0));
  CHECK(found.user_quality[1] == Approx(q1));
  CHECK(found.user_quality[2] == 0.0);  // nothing held out
  CHECK(found.mean == Approx((q0 + q1) / 2));
  CHECK(found.item_quality[0] == Approx((q0 + 0) / 2));  // users 0 and 2 trained on it
  CHECK(found.item_quality[1] == 0.0);                   // nobody did
  CHECK(found.item_quality[2] == Approx(q1));
  CHECK_THROWS_WITH(found.recall_at(3), ContainsSubstring("3 is not one of the cutoffs"));
}

TEST_CASE("evaluate agrees with a naive implementation on data full of ties", "[ranking]") {
  struct shape {
    ciess::index_t users, items, columns;
  };
  const auto s = GENERATE(shape{250, 90, 2}, shape{30, 4500, 3}, shape{1, 1, 1}, shape{97, 33, 0});
  const auto cutoffs = GENERATE(std::vector<int>{5, 10, 20}, std::vector<int>{1, 64, 100000});
  const bool some = GENERATE(false, true);
  const auto users = small_integers(s.users, s.columns, 1);
  const auto items = small_integers(s.items, s.columns, 2);
  const auto train = random_interactions(s.users, s.items, 5, 3);
  const auto held_out = random_interactions(s.users, s.items, 9, 4);
  evaluation_options options{.cutoffs = cutoffs};
  if (some) options.users = testing_support::every_nth_user(s.users, 3);
  const evaluation expected = naive(users, items, train, held_out, options);
  check_close(ciess::evaluate_vectors(users, items, train, held_out, options), expected);
  int calls = 0;
  const products score{users, items, &calls};
  check_close(ciess::evaluate_scores(score, train, held_out, options), expected);
}

TEST_CASE("evaluate is indifferent to users without choice, without taste, without history",
          "[ranking]") {
  const auto users = small_integers(4, 3, 1);
  const auto items = small_integers(5, 3, 2);
  // user 0 has seen everything, 1 has nothing held out, 2 has no training, 3 has neither
  const auto train = make_interactions(4, 5, {{0, 0}, {0, 1}, {0, 2}, {0, 3}, {0, 4}, {1, 1}});
  const auto held_out = make_interactions(4, 5, {{0, 1}, {2, 0}, {2, 4}});
  const evaluation found = ciess::evaluate_vectors(users, items, train, held_out);
  check_close(found, naive(users, items, train, held_out, {}));
  CHECK(found.evaluated_users == 2);
  CHECK(found.user_quality[0] == 0.0);
  CHECK(found.recall_at(5) == 0.5);
}

TEST_CASE("evaluate of nobody is all zeros", "[ranking]") {
  const auto nothing = make_interactions(3, 2, {});
  const evaluation found =
      ciess::evaluate_vectors(matrix::Ones(3, 2), matrix::Ones(2, 2), nothing, nothing);
  CHECK(found.evaluated_users == 0);
  CHECK(found.mean == 0.0);
  CHECK(found.recall == std::vector<double>{0, 0, 0});
  CHECK(found.hit_rate == std::vector<double>{0, 0, 0});
  CHECK(found.mrr == std::vector<double>{0, 0, 0});
  CHECK(found.map == std::vector<double>{0, 0, 0});
  CHECK(found.coverage == std::vector<double>{0, 0, 0});
  CHECK(found.user_quality == std::vector<double>{0, 0, 0});
  CHECK(found.item_quality == std::vector<double>{0, 0});
}

TEST_CASE("evaluate gives the same bytes at 1 and 2 threads", "[ranking][threads]") {
  const ciess::random_stream stream{5, ciess::purpose::user};
  matrix users(401, 16), items(300, 16);
  auto engine = stream.at(0);
  for (ciess::index_t i = 0; i < users.size(); ++i) users.data()[i] = ciess::normal(engine);
  for (ciess::index_t i = 0; i < items.size(); ++i) items.data()[i] = ciess::normal(engine);
  const auto train = random_interactions(401, 300, 9, 3);
  const auto held_out = random_interactions(401, 300, 19, 4);
  int calls = 0;
  const products score{users, items, &calls};
  const evaluation vectors = ciess::evaluate_vectors(users, items, train, held_out);
  const evaluation scores = ciess::evaluate_scores(score, train, held_out);
  const ciess::threads pool{2};
  CHECK(same_bytes(vectors, ciess::evaluate_vectors(users, items, train, held_out)));
  CHECK(same_bytes(scores, ciess::evaluate_scores(score, train, held_out)));
}

TEST_CASE("evaluate_scores asks in blocks of consecutive users", "[ranking]") {
  const auto users = small_integers(1300, 2, 1);
  const auto items = small_integers(10, 2, 2);
  const auto train = make_interactions(1300, 10, {});
  std::vector<ciess::interaction> pairs;
  for (const row_id u : {0, 3, 4, 500, 511, 1299}) pairs.push_back({u, 1});
  const auto held_out = make_interactions(1300, 10, pairs);
  int calls = 0;
  const auto found = ciess::evaluate_scores(products{users, items, &calls}, train, held_out);
  CHECK(calls == 4);  // 0 to 4, 500, 511, 1299
  CHECK(found.evaluated_users == 6);
  pairs.clear();
  for (row_id u = 0; u < 1300; ++u) pairs.push_back({u, 1});
  calls = 0;
  const products score{users, items, &calls};
  const auto all = ciess::evaluate_scores(score, train, make_interactions(1300, 10, pairs));
  CHECK(calls == 3);  // 512 + 512 + 276
  CHECK(all.evaluated_users == 1300);
}

TEST_CASE("evaluate takes a model by its vectors if it has them, else by its scores", "[ranking]") {
  const auto train = random_interactions(60, 40, 5, 3);
  const auto held_out = random_interactions(60, 40, 9, 4);
  scoring_model scores{small_integers(60, 4, 1), small_integers(40, 4, 2)};
  vector_model vectors{{scores.left, scores.right}};
  const evaluation expected = naive(scores.left, scores.right, train, held_out, {});
  check_close(ciess::evaluate(scores, train, held_out), expected);
  check_close(ciess::evaluate(vectors, train, held_out), expected);
  CHECK(scores.calls > 0);
  CHECK(vectors.calls == 0);
  CHECK_THROWS_WITH(ciess::evaluate(scores, make_interactions(60, 41, {}), held_out),
                    ContainsSubstring("60 users and 40 items, got 60 and 41"));
}

TEST_CASE("recommend gives one user the best items not seen yet", "[ranking]") {
  scoring_model model{matrix::Ones(3, 1), matrix(5, 1)};
  model.right << 1, 5, 3, 5, 2;
  const auto seen = make_interactions(3, 5, {{0, 1}, {1, 3}, {1, 4}});
  using list = std::vector<ciess::scored_item>;
  CHECK(ciess::recommend(model, 1, seen, 2) == list{{1, 5.0F}, {2, 3.0F}});
  CHECK(ciess::recommend(model, 2, seen, 3) == list{{1, 5.0F}, {3, 5.0F}, {2, 3.0F}});
  CHECK(ciess::recommend(model, 1, seen, std::numeric_limits<int>::max()).size() == 3);
  CHECK_THROWS_AS(ciess::recommend(model, 1, seen, 0), ciess::argument_error);
  CHECK_THROWS_WITH(ciess::recommend(model, 3, seen, 1), ContainsSubstring("user 3 is outside"));
}

TEST_CASE("evaluate on a share of the users is the evaluation of exactly these", "[ranking]") {
  const auto users = small_integers(300, 4, 1);
  const auto items = small_integers(80, 4, 2);
  auto pairs = std::vector<ciess::interaction>{{4, 79}, {11, 79}};
  const auto more = random_interactions(300, 79, 5, 3);
  for (row_id u = 0; u < 300; ++u)
    for (const row_id i : more.items_of(u)) pairs.push_back({u, i});
  const auto train = make_interactions(300, 80, pairs);
  const auto held_out = random_interactions(300, 80, 9, 4);  // nothing for every seventh user
  const bool some = GENERATE(false, true);
  evaluation_options options;
  if (some) options.users = testing_support::every_nth_user(300, 2);
  std::vector<row_id> judged, idle;
  for (row_id u = 0; u < 300; ++u)
    if (!some || u % 2 == 0) (held_out.items_of(u).empty() ? idle : judged).push_back(u);
  options.sample_seed = 3;

  options.share = 1.0;
  check_close(ciess::evaluate_vectors(users, items, train, held_out, options),
              naive(users, items, train, held_out, options));

  options.share = 0.25;
  const evaluation found = ciess::evaluate_vectors(users, items, train, held_out, options);
  const auto sample = ciess::sample_users(judged, 0.25, 3);
  const evaluation only = ciess::evaluate_vectors(users, items, train, held_out, {.users = sample});
  CHECK(found.evaluated_users == static_cast<ciess::index_t>(sample.size()));
  CHECK(found.mean == only.mean);
  CHECK(found.recall == only.recall);
  CHECK(found.ndcg == only.ndcg);
  CHECK(found.hit_rate == only.hit_rate);
  CHECK(found.mrr == only.mrr);
  CHECK(found.map == only.map);
  CHECK(found.coverage == only.coverage);
  for (row_id u = 0; u < 300; ++u) {
    const auto at = static_cast<std::size_t>(u);
    if (std::binary_search(sample.begin(), sample.end(), u)) {
      CHECK(found.user_quality[at] == only.user_quality[at]);
    } else {
      const bool left_out = std::binary_search(judged.begin(), judged.end(), u);
      CHECK(found.user_quality[at] == (left_out ? found.mean : 0.0));
    }
  }
  // Items: the sample and the same share of the users with nothing held out.
  auto all = sample;
  for (const row_id u : ciess::sample_users(idle, 0.25, 3)) all.push_back(u);
  std::sort(all.begin(), all.end());
  const evaluation both = ciess::evaluate_vectors(users, items, train, held_out, {.users = all});
  for (row_id i = 0; i < 80; ++i) {
    const auto at = static_cast<std::size_t>(i);
    bool of_sample = false, of_asked = false;
    for (const row_id u : train.users_of(i)) {
      of_sample = of_sample || std::binary_search(all.begin(), all.end(), u);
      of_asked = of_asked || !some || u % 2 == 0;
    }
    CHECK(found.item_quality[at] == (of_sample  ? both.item_quality[at]
                                     : of_asked ? found.mean
                                                : 0.0));
  }
  int calls = 0;
  const products score{users, items, &calls};
  CHECK(same_bytes(ciess::evaluate_scores(score, train, held_out, options), found));
  const ciess::threads pool{2};
  CHECK(same_bytes(ciess::evaluate_vectors(users, items, train, held_out, options), found));
  for (const double share : {0.0, -1.0, 1.5}) {
    options.share = share;
    CHECK_THROWS_AS(ciess::evaluate_vectors(users, items, train, held_out, options),
                    ciess::argument_error);
  }
}

namespace {

/// Data of which some rows are unknown to training, and the same without these rows.
struct future {
  matrix users, items;
  interactions train, held_out;
  std::vector<row_id> known_users, known_items;

  static future make(ciess::index_t n, ciess::index_t m) {
    const auto train = random_interactions(n, m, 6, 3);  // nothing for every seventh user
    const auto held_out = random_interactions(n, m, 5, 4);
    future f{small_integers(n, 3, 1), small_integers(m, 3, 2), {}, {}, {}, {}};
    std::vector<ciess::interaction> seen, wanted;
    for (row_id u = 0; u < n; ++u) {
      const bool stranger = u % 5 == 2;
      for (const row_id i : train.items_of(u))
        if (!stranger && i % 4 != 1) seen.push_back({u, i});
      // A user in ten wants nothing but what training has not seen.
      for (const row_id i : held_out.items_of(u == 6 ? 0 : u))
        if (u % 10 != 3 || i % 4 == 1) wanted.push_back({u, i});
    }
    f.train = make_interactions(n, m, seen);
    f.held_out = make_interactions(n, m, wanted);
    for (row_id u = 0; u < n; ++u)
      if (!f.train.items_of(u).empty()) f.known_users.push_back(u);
    for (row_id i = 0; i < m; ++i)
      if (!f.train.users_of(i).empty()) f.known_items.push_back(i);
    return f;
  }

  [[nodiscard]] future removed() const {
    const auto n = static_cast<ciess::index_t>(known_users.size());
    const auto m = static_cast<ciess::index_t>(known_items.size());
    future f{matrix(n, users.cols()), matrix(m, items.cols()), {}, {}, {}, {}};
    for (ciess::index_t u = 0; u < n; ++u)
      f.users.row(u) = users.row(known_users[static_cast<std::size_t>(u)]);
    for (ciess::index_t i = 0; i < m; ++i)
      f.items.row(i) = items.row(known_items[static_cast<std::size_t>(i)]);
    for (const auto& [all, kept] :
         {std::pair{&train, &f.train}, std::pair{&held_out, &f.held_out}}) {
      std::vector<ciess::interaction> pairs;
      for (row_id u = 0; u < n; ++u)
        for (row_id i = 0; i < m; ++i)
          if (all->contains(known_users[static_cast<std::size_t>(u)],
                            known_items[static_cast<std::size_t>(i)]))
            pairs.push_back({u, i});
      *kept = make_interactions(n, m, pairs);
    }
    return f;
  }

  /// Figures of the rows that are left, where they stand in all rows.
  [[nodiscard]] evaluation put_back(evaluation e) const {
    std::vector<double> of_users(static_cast<std::size_t>(users.rows()), 0.0);
    std::vector<double> of_items(static_cast<std::size_t>(items.rows()), 0.0);
    for (std::size_t u = 0; u < known_users.size(); ++u)
      of_users[static_cast<std::size_t>(known_users[u])] = e.user_quality[u];
    for (std::size_t i = 0; i < known_items.size(); ++i)
      of_items[static_cast<std::size_t>(known_items[i])] = e.item_quality[i];
    e.user_quality = of_users;
    e.item_quality = of_items;
    return e;
  }
};

}  // namespace

TEST_CASE("evaluate of known rows only is that of data without the others", "[ranking][threads]") {
  // Few items, and so many that there are panels behind the first threshold.
  const auto m = GENERATE(40, 1200);
  const auto cutoffs = GENERATE(std::vector<int>{3, 7}, std::vector<int>{1, 20, 100000});
  auto data = future::make(130, m);
  const auto less = data.removed();
  REQUIRE(data.known_users.size() < 120);
  REQUIRE(std::ssize(data.known_items) < m - m / 5);
  evaluation_options options{.cutoffs = cutoffs};
  const auto expected =
      data.put_back(naive(less.users, less.items, less.train, less.held_out, options));
  options.known_only = true;
  const auto found =
      ciess::evaluate_vectors(data.users, data.items, data.train, data.held_out, options);
  check_close(found, expected);

  ciess::index_t users = 0, pairs = 0;
  for (row_id u = 0; u < 130; ++u) {
    const bool known = std::binary_search(data.known_users.begin(), data.known_users.end(), u);
    ciess::index_t left = 0, out = 0;
    for (const row_id i : data.held_out.items_of(u))
      (known && !data.train.users_of(i).empty() ? left : out) += 1;
    pairs += out;
    users += out > 0 && left == 0 ? 1 : 0;
  }
  CHECK(found.left_out_pairs == pairs);
  CHECK(found.left_out_users == users);
  CHECK(found.left_out_items == m - std::ssize(data.known_items));
  CHECK(users > 0);

  int calls = 0;
  const products score{data.users, data.items, &calls};
  CHECK(same_bytes(ciess::evaluate_scores(score, data.train, data.held_out, options), found));
  {
    const ciess::threads pool{2};
    CHECK(same_bytes(
        ciess::evaluate_vectors(data.users, data.items, data.train, data.held_out, options),
        found));
    CHECK(same_bytes(ciess::evaluate_scores(score, data.train, data.held_out, options), found));
  }
  // What a model says of rows it has not seen does not matter, not even NaN.
  for (const float unknown : {1e6F, std::numeric_limits<float>::quiet_NaN()}) {
    for (row_id i = 0; i < m; ++i)
      if (data.train.users_of(i).empty()) data.items.row(i).setConstant(unknown);
    for (row_id u = 0; u < 130; ++u)
      if (data.train.items_of(u).empty()) data.users.row(u).setConstant(unknown);
    CHECK(same_bytes(
        ciess::evaluate_vectors(data.users, data.items, data.train, data.held_out, options),
        found));
    CHECK(same_bytes(ciess::evaluate_scores(score, data.train, data.held_out, options), found));
  }
}

TEST_CASE("evaluate of known rows only agrees with values worked by hand", "[ranking]") {
  matrix users = matrix::Ones(4, 1), items(4, 1);
  items << 9, 3, 2, 1;  // everybody ranks 0 1 2 3, but training does not know 0
  const auto train = make_interactions(4, 4, {{0, 1}, {1, 2}, {2, 3}});
  // User 3 is unknown, too; user 2 wants only 0.
  const auto held_out = make_interactions(4, 4, {{0, 0}, {0, 3}, {1, 1}, {2, 0}, {3, 1}, {3, 2}});
  const auto all = ciess::evaluate_vectors(users, items, train, held_out, {{1}});
  CHECK(all.evaluated_users == 4);
  CHECK(all.hit_rate_at(1) == 0.5);  // users 0 and 2
  CHECK(all.coverage_at(1) == 0.25);
  CHECK(all.left_out_pairs == 0);
  CHECK(all.left_out_users == 0);
  CHECK(all.left_out_items == 0);
  const auto known = ciess::evaluate_vectors(users, items, train, held_out,
                                             {.cutoffs = {1, 2}, .known_only = true});
  CHECK(known.evaluated_users == 2);
  CHECK(known.left_out_pairs == 4);
  CHECK(known.left_out_users == 2);
  CHECK(known.left_out_items == 1);
  CHECK(known.recall_at(1) == 0.5);  // user 0 is shown 2, 3 and wants 3; user 1 gets 1
  CHECK(known.recall_at(2) == 1.0);
  CHECK(known.mrr_at(2) == 0.75);
  CHECK(known.coverage_at(1) == 2.0 / 3);
  CHECK(known.coverage_at(2) == 1.0);
  CHECK(known.user_quality[2] == 0.0);
  CHECK(known.user_quality[3] == 0.0);
  CHECK(known.item_quality[0] == 0.0);
  // Counts are of the users asked for.
  const auto some =
      ciess::evaluate_vectors(users, items, train, held_out, {.users = {0, 1}, .known_only = true});
  CHECK(some.left_out_pairs == 1);
  CHECK(some.left_out_users == 0);
  CHECK(some.left_out_items == 1);
}

TEST_CASE("evaluate of known rows only draws its share from those who take part", "[ranking]") {
  const auto data = future::make(130, 40);
  const evaluation_options options{.share = 0.3, .sample_seed = 5, .known_only = true};
  std::vector<row_id> judged;
  for (const row_id u : data.known_users)
    for (const row_id i : data.held_out.items_of(u))
      if (!data.train.users_of(i).empty()) {
        judged.push_back(u);
        break;
      }
  const auto sample = ciess::sample_users(judged, 0.3, 5);
  const auto found =
      ciess::evaluate_vectors(data.users, data.items, data.train, data.held_out, options);
  const auto only = ciess::evaluate_vectors(data.users, data.items, data.train, data.held_out,
                                            {.users = sample, .known_only = true});
  CHECK(found.evaluated_users == std::ssize(sample));
  CHECK(found.mean == only.mean);
  CHECK(found.map == only.map);
  CHECK(found.coverage == only.coverage);
  for (const row_id u : judged)
    if (!std::binary_search(sample.begin(), sample.end(), u))
      CHECK(found.user_quality[static_cast<std::size_t>(u)] == found.mean);
}

TEST_CASE("evaluate of known rows only, if training knows nothing, is all zeros", "[ranking]") {
  const auto nothing = make_interactions(3, 2, {});
  const auto held_out = make_interactions(3, 2, {{0, 0}, {0, 1}, {2, 1}});
  const auto found = ciess::evaluate_vectors(matrix::Ones(3, 2), matrix::Ones(2, 2), nothing,
                                             held_out, {.known_only = true});
  CHECK(found.evaluated_users == 0);
  CHECK(found.left_out_pairs == 3);
  CHECK(found.left_out_users == 2);
  CHECK(found.left_out_items == 2);
  CHECK(found.mean == 0.0);
  CHECK(found.coverage == std::vector<double>{0, 0, 0});
}

TEST_CASE("evaluate refuses what does not fit together", "[ranking]") {
  const matrix users = matrix::Ones(3, 2), items = matrix::Ones(4, 2);
  const auto good = make_interactions(3, 4, {{0, 0}, {1, 1}});
  const auto run = [&](const matrix& u, const matrix& i, const interactions& train,
                       const interactions& held_out, const evaluation_options& options) {
    return ciess::evaluate_vectors(u, i, train, held_out, options);
  };
  CHECK_NOTHROW(run(users, items, good, good, {}));
  CHECK_THROWS_WITH(run(users, matrix::Ones(4, 3), good, good, {}),
                    ContainsSubstring("2 columns, item vectors 3"));
  CHECK_THROWS_AS(run(matrix::Ones(2, 2), items, good, good, {}), ciess::argument_error);
  CHECK_THROWS_AS(run(users, matrix::Ones(5, 2), good, good, {}), ciess::argument_error);
  CHECK_THROWS_WITH(run(users, items, good, make_interactions(3, 5, {}), {}),
                    ContainsSubstring("3 users and 4 items, got 3 and 5"));
  CHECK_THROWS_AS(run(users, items, good, make_interactions(2, 4, {}), {}), ciess::argument_error);
  const auto cutoffs = GENERATE(std::vector<int>{}, std::vector<int>{0}, std::vector<int>{-5, 5},
                                std::vector<int>{10, 5});
  CHECK_THROWS_AS(run(users, items, good, good, {.cutoffs = cutoffs}), ciess::argument_error);
  const auto who = GENERATE(std::vector<row_id>{-1}, std::vector<row_id>{3},
                            std::vector<row_id>{1, 1}, std::vector<row_id>{2, 1});
  CHECK_THROWS_AS(run(users, items, good, good, {.users = who}), ciess::argument_error);
}

TEST_CASE("evaluate names the user and the item whose score is NaN", "[ranking]") {
  matrix users = matrix::Ones(200, 2);
  const matrix items = matrix::Ones(40, 2);
  users(150, 1) = std::numeric_limits<float>::quiet_NaN();
  users(180, 1) = std::numeric_limits<float>::quiet_NaN();
  const auto train = make_interactions(200, 40, {{150, 0}});
  const auto held_out = random_interactions(200, 40, 2, 1);
  const bool two = GENERATE(false, true);
  const ciess::threads pool{two ? 2 : 1};
  CHECK_THROWS_AS(ciess::evaluate_vectors(users, items, train, held_out), ciess::numeric_error);
  CHECK_THROWS_WITH(ciess::evaluate_vectors(users, items, train, held_out),
                    ContainsSubstring("user 150 for item 1 is NaN"));
  int calls = 0;
  CHECK_THROWS_WITH(ciess::evaluate_scores(products{users, items, &calls}, train, held_out),
                    ContainsSubstring("user 150 for item 1 is NaN"));
}
