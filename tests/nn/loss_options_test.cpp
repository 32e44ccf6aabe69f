// SPDX-License-Identifier: MIT
#include <ciess/nn/loss_options.hpp>
// its own header first
#include <limits>
#include <string>

#include "support/catch.hpp"
#include "support/memory_fields.hpp"

namespace {

saved_fields shown(const ciess::loss_options& o) {
  fields_writer f;
  o.visit(f);
  return f.saved;
}

}  // namespace

TEST_CASE("losses by name, there and back", "[nn]") {
  for (const auto kind : ciess::loss_kinds)
    CHECK(ciess::parse_loss_kind(ciess::name_of(kind)) == kind);
  CHECK(ciess::name_of(ciess::loss_kind::sampled_softmax) == "sampled-softmax");
  CHECK_THROWS_WITH(ciess::parse_loss_kind("hinge"),
                    ContainsSubstring("bpr, softmax, sampled-softmax or sce, got 'hinge'"));
  CHECK_THROWS_AS(ciess::parse_loss_kind(""), ciess::argument_error);
}

TEST_CASE("BPR shows nothing, any other loss all that it goes by", "[nn]") {
  CHECK(shown({}).empty());
  const ciess::loss_options full{.kind = ciess::loss_kind::softmax};
  const ciess::loss_options sampled{.kind = ciess::loss_kind::sampled_softmax};
  CHECK(shown(full).size() == 4);
  CHECK(shown(sampled).size() == 6);
  const ciess::loss_options scalable{.kind = ciess::loss_kind::sce};
  CHECK(shown(scalable).size() == 7);
  CHECK(shown(full) != shown(sampled));
  auto other = full;
  other.full.softmax.temperature = 0.5;
  CHECK(shown(other) != shown(full));
  other = full;
  other.full.softmax.by = ciess::similarity::cosine;
  CHECK(shown(other) != shown(full));
  other = full;
  other.full.leave_out_known = true;
  CHECK(shown(other) != shown(full));
  other = sampled;
  other.sampled.leave_out_known = false;
  CHECK(shown(other) != shown(sampled));
  other = scalable;
  other.scalable.leave_out_known = true;
  CHECK(shown(other) != shown(scalable));
  other = sampled;
  other.sampled.candidates = 7;
  CHECK(shown(other) != shown(sampled));
  other = scalable;
  other.scalable.buckets = 3;
  CHECK(shown(other) != shown(scalable));
  other = scalable;
  other.scalable.examples = 3;
  CHECK(shown(other) != shown(scalable));
  other = scalable;
  other.scalable.candidates = 3;
  CHECK(shown(other) != shown(scalable));
  other = sampled;
  other.sampled.correct = false;
  CHECK(shown(other) != shown(sampled));
}

TEST_CASE("what is left out does not depend on what is compared by", "[nn]") {
  const ciess::softmax_options cosine{.by = ciess::similarity::cosine};
  CHECK(ciess::sampled_softmax_options{}.leave_out_known);
  CHECK(ciess::sampled_softmax_options{.softmax = cosine}.leave_out_known);
  CHECK_FALSE(ciess::full_softmax_options{.softmax = cosine}.leave_out_known);
  CHECK_FALSE(ciess::scalable_softmax_options{.softmax = cosine}.leave_out_known);
}

TEST_CASE("options that are out of range, or of another loss, are refused", "[nn]") {
  const double temperature =
      GENERATE(0.0, -1.0, std::numeric_limits<double>::infinity(), 1e-320, 1e-39, 0.99e-6, 1.01e6,
               1e300, std::numeric_limits<double>::quiet_NaN());
  ciess::softmax_options o{.temperature = temperature};
  CHECK_THROWS_WITH(o.check("me"),
                    ContainsSubstring("me: temperature must be in [1e-06, 1e+06], got "));
  for (const double fit : {1e-6, 0.1, 1e6})
    CHECK_NOTHROW(ciess::softmax_options{.temperature = fit}.check("me"));
  o = {.by = static_cast<ciess::similarity>(7)};
  CHECK_THROWS_AS(o.check("me"), ciess::argument_error);
  CHECK_NOTHROW(ciess::softmax_options{}.check("me"));

  ciess::loss_options l;
  CHECK_NOTHROW(l.check("me"));
  l.kind = static_cast<ciess::loss_kind>(9);
  CHECK_THROWS_WITH(l.check("me"), ContainsSubstring("no loss has the number 9"));
  l = {.full = {.softmax = {.temperature = 0.1}}};
  CHECK_THROWS_WITH(l.check("me"), ContainsSubstring("but the loss is bpr"));
  l = {.kind = ciess::loss_kind::softmax};
  CHECK_NOTHROW(l.check("me"));
  l.sampled.candidates = 5;
  CHECK_THROWS_WITH(l.check("me"), ContainsSubstring("sampled softmax, but the loss is softmax"));
  l.kind = ciess::loss_kind::sampled_softmax;
  CHECK_NOTHROW(l.check("me"));
  l.scalable.buckets = 2;
  CHECK_THROWS_WITH(l.check("me"),
                    ContainsSubstring("the scalable softmax, but the loss is sampled"));
  l = {.kind = ciess::loss_kind::sce};
  l.scalable.buckets = 2;
  CHECK_NOTHROW(l.check("me"));
}
