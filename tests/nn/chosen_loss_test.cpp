// SPDX-License-Identifier: MIT
#include <ciess/nn/chosen_loss.hpp>
// its own header first
#include "support/catch.hpp"
#include "support/loss_laws.hpp"

namespace {

using chosen = ciess::chosen_loss<double>;
using ciess::loss_kind;

/// The same to the byte as the loss itself.
template <class Loss>
void is(const ciess::loss_options& o, const typename Loss::options& own) {
  const auto batch = support::batch_of(support::small_data(), 50);
  support::vectors_under_loss<chosen> by_name(support::small_data(), o, batch, 4);
  support::vectors_under_loss<Loss> itself(support::small_data(), own, batch, 4);
  CHECK(by_name.differentiate() == itself.differentiate());
  for (std::size_t t = 0; t < 2; ++t) {
    CHECK(by_name.slopes[t] == itself.slopes[t]);
    for (ciess::index_t r = 0; r < by_name.vectors[t].rows(); ++r) {
      CHECK(by_name.loss.count(t, r) == itself.loss.count(t, r));
      CHECK(by_name.rows.contains(t, static_cast<ciess::row_id>(r)) ==
            itself.rows.contains(t, static_cast<ciess::row_id>(r)));
    }
  }
}

}  // namespace

TEST_CASE("a chosen loss is the one that was named", "[nn]") {
  is<ciess::bpr<double>>({}, {});
  const ciess::softmax_options o{.by = ciess::similarity::cosine, .temperature = 0.3};
  is<ciess::full_softmax<double>>({.kind = loss_kind::softmax, .full = {.softmax = o}},
                                  {.softmax = o});
  const ciess::sampled_softmax_options s{.softmax = o, .candidates = 8, .correct = true};
  is<ciess::sampled_softmax<double>>({.kind = loss_kind::sampled_softmax, .sampled = s}, s);
  const ciess::scalable_softmax_options b{.softmax = o, .buckets = 4, .candidates = 8};
  is<ciess::scalable_softmax<double>>({.kind = loss_kind::sce, .scalable = b}, b);
}

TEST_CASE("what is asked of a loss holds of any that is chosen", "[nn][threads]") {
  support::check_loss<chosen>({.kind = GENERATE(loss_kind::bpr, loss_kind::softmax,
                                                loss_kind::sampled_softmax, loss_kind::sce)});
}

TEST_CASE("options of a loss that was not chosen are refused", "[nn]") {
  CHECK_THROWS_AS(chosen(support::small_data(), {.full = {.softmax = {.temperature = 2}}}),
                  ciess::argument_error);
  CHECK_THROWS_AS(chosen(support::small_data(),
                         {.kind = loss_kind::sampled_softmax, .full = {.leave_out_known = true}}),
                  ciess::argument_error);
  CHECK_THROWS_AS(chosen(support::small_data(), {.kind = static_cast<loss_kind>(-1)}),
                  ciess::argument_error);
}
