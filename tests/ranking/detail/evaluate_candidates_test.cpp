// SPDX-License-Identifier: MIT
#include <ciess/ranking/detail/evaluate_candidates.hpp>

#include <ciess/ranking/evaluate.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include <ciess/core/threads.hpp>

#include "support/catch.hpp"
#include "support/ranking_data.hpp"

namespace {

using ciess::evaluation;
using ciess::evaluation_options;
using ciess::index_t;
using ciess::interactions;
using ciess::matrix;
using ciess::row_id;
using testing_support::make_interactions;

/// A recommender that is right about something: each user has items that they like more, those of
/// small numbers are liked by all, and what they have taken follows that.
struct recommender {
  matrix users, items;
  interactions train, held_out;
};

recommender made_up(index_t users, index_t items, index_t columns, std::uint32_t taken) {
  const ciess::random_stream stream(11, ciess::purpose::user);
  recommender made;
  made.users.resize(users, columns);
  made.items.resize(items, columns);
  const auto fill = [&](matrix& m, std::uint64_t what) {
    for (index_t r = 0; r < m.rows(); ++r) {
      auto engine = stream.at(what, static_cast<std::uint64_t>(r));
      for (index_t c = 0; c < columns; ++c)
        m(r, c) = (static_cast<float>(engine()) / 4294967296.0F - 0.5F) * 2;
    }
  };
  fill(made.users, 1);
  fill(made.items, 2);
  made.users.col(0).setOnes();
  for (index_t i = 0; i < items; ++i)
    made.items(i, 0) = 3 - 0.8F * std::log(static_cast<float>(i) + 1);
  std::vector<ciess::interaction> pairs[2];
  std::vector<std::pair<float, row_id>> order(static_cast<std::size_t>(items));
  for (row_id u = 0; u < users; ++u) {
    auto engine = stream.at(3, static_cast<std::uint64_t>(u));
    for (row_id i = 0; i < items; ++i) {
      const float noise = static_cast<float>(engine()) / 4294967296.0F;
      const float likes = made.users.row(u).dot(made.items.row(i));
      order[static_cast<std::size_t>(i)] = {-likes + 2 * std::log(-std::log(noise + 1e-9F)), i};
    }
    std::partial_sort(order.begin(), order.begin() + taken, order.end());
    for (std::uint32_t n = 0; n < taken; ++n) pairs[n % 2].push_back({u, order[n].second});
  }
  made.train = make_interactions(users, items, pairs[0]);
  made.held_out = make_interactions(users, items, pairs[1]);
  return made;
}

evaluation run(const recommender& r, const evaluation_options& o) {
  return ciess::evaluate_vectors(r.users, r.items, r.train, r.held_out, o);
}

double correlation(const std::vector<double>& x, const std::vector<double>& y) {
  double sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0;
  const auto n = static_cast<double>(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    sx += x[i];
    sy += y[i];
    sxx += x[i] * x[i];
    syy += y[i] * y[i];
    sxy += x[i] * y[i];
  }
  return (sxy - sx * sy / n) / std::sqrt((sxx - sx * sx / n) * (syy - sy * sy / n));
}

}  // namespace

TEST_CASE("candidates that leave out nothing give what all items give", "[ranking]") {
  const recommender r = made_up(150, 60, 4, 8);
  const evaluation all = run(r, {});
  // As many as there are items: everybody is ranked, whatever the share.
  const evaluation as_many = run(r, {.share = 0.1, .candidates = 60});
  CHECK(as_many.user_quality == all.user_quality);
  CHECK(as_many.map == all.map);
  CHECK(as_many.coverage == all.coverage);
  CHECK(as_many.evaluated_users == all.evaluated_users);
  // A few fewer: whoever has some of the tail in training has the whole tail drawn.
  const evaluation most = run(r, {.share = 0.1, .candidates = 59});
  const ciess::detail::candidate_items of(r.train, {}, 59);
  std::size_t equal = 0;
  for (row_id u = 0; u < 150; ++u) {
    const auto in_tail = [&](row_id i) { return of.in_tail[static_cast<std::size_t>(i)] != 0; };
    if (!std::ranges::any_of(r.train.items_of(u), in_tail)) continue;
    ++equal;
    const auto at = static_cast<std::size_t>(u);
    CHECK(std::abs(most.user_quality[at] - all.user_quality[at]) < 1e-12);
  }
  CHECK(equal > 50);
}

TEST_CASE("users of the share are ranked, and their figures alone count hits", "[ranking]") {
  const recommender r = made_up(300, 400, 4, 10);
  const evaluation_options share{.share = 0.2, .sample_seed = 3};
  evaluation_options both = share;
  both.candidates = 40;
  const evaluation some = run(r, share);
  const evaluation all = run(r, both);
  std::vector<row_id> judged(300);
  for (row_id u = 0; u < 300; ++u) judged[static_cast<std::size_t>(u)] = u;
  for (const row_id u : ciess::sample_users(judged, 0.2, 3))
    CHECK(all.user_quality[static_cast<std::size_t>(u)] ==
          some.user_quality[static_cast<std::size_t>(u)]);
  for (std::size_t c = 0; c < 3; ++c) {
    CHECK(all.hit_rate[c] == Approx(some.hit_rate[c]).epsilon(1e-12));
    CHECK(all.mrr[c] == Approx(some.mrr[c]).epsilon(1e-12));
    CHECK(all.map[c] == Approx(some.map[c]).epsilon(1e-12));
  }
  CHECK(all.coverage == some.coverage);
  CHECK(all.evaluated_users == 300);
  double mean = 0;
  for (const double q : all.user_quality) mean += q / 300;
  CHECK(all.mean == Approx(mean).epsilon(1e-12));
  // Items have the mean of all who took them.
  for (row_id i = 0; i < 400; ++i) {
    double sum = 0;
    for (const row_id u : r.train.users_of(i)) sum += all.user_quality[static_cast<std::size_t>(u)];
    const auto count = static_cast<double>(r.train.users_of(i).size());
    CHECK(all.item_quality[static_cast<std::size_t>(i)] == Approx(count > 0 ? sum / count : 0.0));
  }
}

TEST_CASE("with candidates figures are closer than by the share alone", "[ranking]") {
  const recommender r = made_up(1500, 1000, 4, 12);
  const evaluation exact = run(r, {});
  double by_share = 0, by_candidates = 0, bias = 0, share_knows = 0, candidates_know = 0;
  constexpr int rounds = 8;
  for (std::uint64_t seed = 1; seed <= rounds; ++seed) {
    const evaluation share = run(r, {.share = 0.1, .sample_seed = seed});
    const evaluation both = run(r, {.share = 0.1, .sample_seed = seed, .candidates = 200});
    const double a = share.mean / exact.mean - 1;
    const double b = both.mean / exact.mean - 1;
    by_share += a * a / rounds;
    by_candidates += b * b / rounds;
    bias += b / rounds;
    share_knows += correlation(share.user_quality, exact.user_quality) / rounds;
    candidates_know += correlation(both.user_quality, exact.user_quality) / rounds;
  }
  CHECK(by_candidates < 0.5 * by_share);
  CHECK(std::abs(bias) < 0.02);
  CHECK(share_knows < 0.4);
  CHECK(candidates_know > 0.8);
}

TEST_CASE("candidates give the same bytes at any number of threads", "[ranking][threads]") {
  const recommender r = made_up(500, 300, 3, 8);
  const evaluation_options o{.share = 0.1, .candidates = 60};
  const auto at = [&](int count) {
    const ciess::threads pool(count);
    return run(r, o);
  };
  const evaluation one = at(1);
  const evaluation two = at(2);
  CHECK(one.user_quality == two.user_quality);
  CHECK(one.item_quality == two.item_quality);
  CHECK(one.recall == two.recall);
  CHECK(one.ndcg == two.ndcg);
  CHECK(one.mean == two.mean);
  CHECK(one.hit_rate == two.hit_rate);
  CHECK(one.mrr == two.mrr);
  CHECK(one.map == two.map);
  CHECK(one.coverage == two.coverage);
  // Other draws, other estimates; the same ones at every evaluation.
  CHECK(run(r, o).user_quality == one.user_quality);
  CHECK(run(r, {.share = 0.1, .sample_seed = 2, .candidates = 60}).user_quality !=
        one.user_quality);
}

TEST_CASE("candidates of users asked for, and of known items alone", "[ranking]") {
  recommender r = made_up(200, 300, 3, 8);
  const auto asked = testing_support::every_nth_user(200, 3);
  const evaluation e = run(r, {.users = asked, .share = 0.3, .known_only = true, .candidates = 80});
  const evaluation exact = run(r, {.users = asked, .known_only = true});
  CHECK(e.evaluated_users == exact.evaluated_users);
  CHECK(e.left_out_items == exact.left_out_items);
  CHECK(e.left_out_items > 0);
  for (row_id u = 0; u < 200; ++u)
    if (u % 3 != 0) CHECK(e.user_quality[static_cast<std::size_t>(u)] == 0);
  // 67 users, of whom 20 are exact: what a user's quality deviates by, thrice, over the root of it.
  CHECK(std::abs(e.mean - exact.mean) < 0.15 * exact.mean);
}

TEST_CASE("candidates without anybody to judge, or anything known of the tail", "[ranking]") {
  const auto nothing = make_interactions(5, 40, {});
  const matrix users = matrix::Ones(5, 2);
  const matrix items = matrix::Ones(40, 2);
  const evaluation_options o{.share = 0.5, .candidates = 10};
  CHECK(ciess::evaluate_vectors(users, items, nothing, nothing, o).mean == 0);
  // One user, who is ranked: none is left to be judged.
  const auto one = make_interactions(5, 40, {{2, 3}});
  const evaluation e = ciess::evaluate_vectors(users, items, nothing, one, o);
  CHECK(e.evaluated_users == 1);
  CHECK(e.user_quality == ciess::evaluate_vectors(users, items, nothing, one, {}).user_quality);
  // Somebody has everything in training that is not held out.
  std::vector<ciess::interaction> most;
  for (row_id i = 1; i < 40; ++i) most.push_back({0, i});
  const auto train = make_interactions(5, 40, most);
  const auto held_out = make_interactions(5, 40, {{0, 0}, {1, 20}, {2, 39}, {3, 1}, {4, 2}});
  const std::vector<row_id> all{0, 1, 2, 3, 4};
  int estimated = 0;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const auto ranked = ciess::sample_users(all, 0.5, seed);
    estimated += std::ranges::find(ranked, 0) == ranked.end() ? 1 : 0;
    const evaluation last = ciess::evaluate_vectors(
        users, items, train, held_out, {.share = 0.5, .sample_seed = seed, .candidates = 10});
    CHECK(last.user_quality[0] == 1.0);
  }
  CHECK(estimated > 0);
}

TEST_CASE("few candidates, long lists, and users who know much", "[ranking]") {
  recommender r = made_up(300, 300, 3, 8);
  // A third of the users know half of the items, none of which is held out.
  std::vector<ciess::interaction> pairs;
  for (row_id u = 0; u < 300; ++u)
    for (row_id i = 0; i < 300; ++i) {
      const bool wanted = std::ranges::binary_search(r.held_out.items_of(u), i);
      if (!wanted &&
          (std::ranges::binary_search(r.train.items_of(u), i) || (u % 3 == 0 && (u + i) % 2 == 0)))
        pairs.push_back({u, i});
    }
  r.train = make_interactions(300, 300, pairs);
  for (const index_t count : {2, 3, 40, 250, 299}) {
    CAPTURE(count);
    const evaluation_options exact_of{.cutoffs = {5, 100, 300}};
    const evaluation exact = run(r, exact_of);
    evaluation_options o = exact_of;
    o.share = 0.2;
    o.candidates = count;
    const evaluation e = run(r, o);
    // All are held out somewhere among 300.
    CHECK(e.recall_at(300) == Approx(1).epsilon(1e-9));
    double heavy[2] = {0, 0};
    double others[2] = {0, 0};
    for (std::size_t u = 0; u < 300; ++u) {
      (u % 3 == 0 ? heavy : others)[0] += e.user_quality[u];
      (u % 3 == 0 ? heavy : others)[1] += exact.user_quality[u];
    }
    // The lists are a third and all of the items long: little is left to estimate.
    const double close = count < 40 ? 0.2 : count < 250 ? 0.06 : 0.02;
    CHECK(std::abs(heavy[0] / heavy[1] - 1) < close);
    CHECK(std::abs(others[0] / others[1] - 1) < close);
  }
}

TEST_CASE("candidates are refused where they have no meaning", "[ranking]") {
  const recommender r = made_up(20, 30, 3, 6);
  CHECK_THROWS_WITH(run(r, {.candidates = 10}), ContainsSubstring("share below 1, got 1"));
  CHECK_THROWS_WITH(run(r, {.share = 0.5, .candidates = 1}), ContainsSubstring("got 1"));
  CHECK_THROWS_WITH(run(r, {.share = 0.5, .candidates = -4}), ContainsSubstring("got -4"));
  CHECK_THROWS_AS(run(r, {.share = 0, .candidates = 10}), ciess::argument_error);
  const evaluation_options o{.share = 0.5, .candidates = 10};
  const auto scores = [](index_t, ciess::matrix_span out) { out.setOnes(); };
  CHECK_THROWS_WITH(ciess::evaluate_scores(scores, r.train, r.held_out, o),
                    ContainsSubstring("dense vectors"));
  CHECK_THROWS_WITH(
      ciess::evaluate_vectors(r.users.leftCols(2).eval(), r.items, r.train, r.held_out, o),
      ContainsSubstring("2 columns, item vectors 3"));
  recommender bad = made_up(20, 30, 3, 6);
  bad.users(4, 1) = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH(run(bad, o), ContainsSubstring("the score of user 4 for item"));
}
