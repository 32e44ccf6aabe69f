// SPDX-License-Identifier: MIT
#include <ciess/ranking/evaluate_shared.hpp>
// its own header first
#include <ciess/backbone/mf.hpp>
#include <ciess/core/detail/kept_fields.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/process_group.hpp>
#include <ciess/core/random.hpp>
#include <ciess/ranking/evaluate.hpp>

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/ranking_data.hpp"
#include "support/thread_group.hpp"

namespace {

using testing_support::every_nth_user;
using testing_support::random_interactions;

ciess::matrix random_matrix(ciess::index_t rows, ciess::index_t columns, std::uint64_t seed) {
  const ciess::random_stream stream{seed, ciess::purpose::user};
  auto engine = stream.at(2);
  ciess::matrix m(rows, columns);
  for (ciess::index_t i = 0; i < m.size(); ++i)
    m.data()[i] = ciess::uniform01<float>(engine) - 0.4F;
  return m;
}

std::string bytes_of(ciess::evaluation e) { return ciess::detail::kept_fields(e).packed(); }

struct question {
  ciess::index_t users;
  ciess::evaluation_options options;
};

}  // namespace

TEST_CASE("users ranked by several processes have the figures that one finds",
          "[ranking][threads]") {
  const std::vector<question> questions{
      {700, {}},
      {700, {.cutoffs = {1, 3}, .users = every_nth_user(700, 3)}},
      {700, {.share = 0.4, .sample_seed = 5}},
      {700, {.known_only = true}},
      {50, {}},  // a block, which one process takes
  };
  for (const question& q : questions) {
    const auto train = random_interactions(q.users, 90, 9, 1);
    const auto held_out = random_interactions(q.users, 90, 30, 2);
    const auto users = random_matrix(q.users, 12, 3);
    const auto items = random_matrix(90, 12, 4);
    const std::string one =
        bytes_of(ciess::evaluate_vectors(users, items, train, held_out, q.options));
    for (const int size : {1, 2, 3, 4}) {
      INFO(q.users << " users, " << size << " processes");
      std::vector<std::string> all(static_cast<std::size_t>(size));
      std::vector<std::int64_t> sent(static_cast<std::size_t>(size));
      thread_groups::run_well(size, [&](ciess::process_group& g) {
        const auto rank = static_cast<std::size_t>(g.rank());
        all[rank] =
            bytes_of(ciess::evaluate_vectors_shared(g, users, items, train, held_out, q.options));
        sent[rank] = g.exchanged().bytes_sent;
      });
      for (const std::string& text : all) CHECK((text == one));
      // With its share of 76 bytes for each of the users, and of 4 for each item.
      if (size > 1 && q.users == 700 && q.options.cutoffs.size() == 3)
        for (const auto bytes : sent) CHECK(bytes < 10 + 4 * 90 + 76 * (700 / size + 96));
    }
  }
}

TEST_CASE("a model with vectors is evaluated by several processes", "[ranking]") {
  const auto train = random_interactions(300, 40, 6, 1);
  const auto held_out = random_interactions(300, 40, 20, 2);
  ciess::mf one(train, {.range = {1, 8}}, 1);
  const std::string expected = bytes_of(ciess::evaluate(one, train, held_out));
  std::vector<std::string> all(3);
  thread_groups::run_well(3, [&](ciess::process_group& g) {
    ciess::mf model(train, {.range = {1, 8}}, 1);
    all[static_cast<std::size_t>(g.rank())] =
        bytes_of(ciess::evaluate_shared(g, model, train, held_out));
  });
  for (const std::string& text : all) CHECK((text == expected));
}

TEST_CASE("a score that is NaN is refused on each process, by the one that has it", "[ranking]") {
  const auto train = random_interactions(700, 30, 9, 1);
  const auto held_out = random_interactions(700, 30, 30, 2);
  auto users = random_matrix(700, 4, 3);
  users(690, 1) = std::numeric_limits<float>::quiet_NaN();
  const auto items = random_matrix(30, 4, 4);
  const auto thrown = thread_groups::run(2, [&](ciess::process_group& g) {
    (void)ciess::evaluate_vectors_shared(g, users, items, train, held_out);
  });
  CHECK_THAT(thrown[0], ContainsSubstring("rank 1: "));
  CHECK_THAT(thrown[0], ContainsSubstring("690"));
  CHECK(thrown[1] == thrown[0]);
  const auto refused = thread_groups::run(2, [&](ciess::process_group& g) {
    (void)ciess::evaluate_vectors_shared(g, users, items, train, held_out,
                                         {.share = 0.5, .candidates = 9});
  });
  CHECK_THAT(refused[0], ContainsSubstring("in one process: expected 0, got 9"));
}
