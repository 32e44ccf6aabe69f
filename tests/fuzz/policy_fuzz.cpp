// SPDX-License-Identifier: MIT
// Policies: io/policy_file.hpp, and sizes by what was taken.
#include <ciess/search/ciess/policy_file.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/target.hpp"

namespace {

using fuzz::require;

const std::string& good_file() {
  static const std::string bytes = [] {
    const auto path = fuzz::file_of({}, "good");
    ciess::save_policy(
        path,
        {ciess::actor_critic(3, {2, 40}, {.hidden = {4, 3}, .critics = 1}, 7), {1, 500}, true});
    return file_text(path);
  }();
  return bytes;
}

bool feed(std::string_view input) {
  const auto path = fuzz::file_of(fuzz::patched(input, good_file()));
  const auto got = fuzz::accepted([&] { return ciess::load_policy(path); });
  if (!got) return false;
  const auto range = got->policy.range();
  require(range.valid() && got->known.least <= got->known.most, "ranges are such");
  const std::vector<double> frequency{0, 3, 1e300, 70};
  const ciess::budget limit{3 * std::int64_t{range.min} + range.max};
  const auto sizes = fuzz::accepted([&] { return (*got)(frequency, limit); });
  if (sizes) require(sizes->total() == limit.numbers, "a budget is met to the number");
  const auto saved = fuzz::file_of({}, "saved");
  ciess::save_policy(saved, *got);
  const auto again = ciess::load_policy(saved);
  require(fuzz::accepted([&] { return again(frequency, limit); }) == sizes,
          "a policy comes back from its file");
  return true;
}

std::size_t place_of(std::string_view field) {
  const auto memory = fuzz::as_mapped(good_file());
  const ciess::safetensors_view file(memory, "good");
  return static_cast<std::size_t>(file.at(field).bytes.data() - memory.data());
}

template <class T>
std::string change(std::string_view field, T value) {
  return "P" + fuzz::patch(place_of(field), {reinterpret_cast<const char*>(&value), sizeof value});
}

std::vector<fuzz::seed> seeds() {
  constexpr float large = std::numeric_limits<float>::max();
  return {{"unchanged", "P"},
          {"weight", change("actor.net", large)},
          {"d_max", change("d_max", std::int64_t{65'535})},
          {"d_min", change("d_min", std::int64_t{41})},
          {"state-size", change("state_size", std::int64_t{0})},
          {"hidden", change("hidden", std::int64_t{65'536})},
          {"no-critics", change("critics", std::int64_t{0})},
          {"critics", change("critics", std::int64_t{1'000'000})},
          {"updates", change("updates", std::numeric_limits<std::int64_t>::max())},
          {"batch", change("batch", std::int64_t{1'000'000})},
          {"known", "P" + fuzz::patch(good_file().find("500"), "1e9")}};
}

[[maybe_unused]] const bool added = fuzz::add({"policy", feed, seeds});

}  // namespace
