// SPDX-License-Identifier: MIT
#include <ciess/search/ciess/policy_file.hpp>
// its own header first
#include <fstream>

#include "support/catch.hpp"
#include "support/file_text.hpp"
#include "support/temporary_directory.hpp"

namespace {

ciess::sizing_policy some_policy() {
  return {ciess::actor_critic(3, {2, 40}, {.hidden = {8, 4}, .critics = 1}, 7), {1, 500}, true};
}

}  // namespace

TEST_CASE("a policy comes from its file with all that it needs", "[io]") {
  const temporary_directory folder;
  const auto path = folder.path() / "p";
  const auto saved = some_policy();
  ciess::save_policy(path, saved);
  const auto loaded = ciess::load_policy(path);
  CHECK(loaded.known.least == 1);
  CHECK(loaded.known.most == 500);
  CHECK(loaded.log_frequency);
  CHECK(loaded.policy.range() == saved.policy.range());
  CHECK(loaded.policy.settings().hidden == saved.policy.settings().hidden);
  std::vector<double> frequency;
  for (int r = 0; r < 90; ++r) frequency.push_back(r * 7);
  CHECK(loaded(frequency, {600}) == saved(frequency, {600}));
  CHECK(loaded(frequency, {600}).total() == 600);
}

TEST_CASE("a policy's file cut or changed anywhere is refused or harmless", "[io]") {
  const temporary_directory folder;
  const auto path = folder.path() / "p";
  ciess::save_policy(path, some_policy());
  const std::string bytes = file_text(path);
  const auto load = [&](const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
    return ciess::load_policy(path);
  };
  for (std::size_t length = 0; length < bytes.size(); length += length < 64 ? 1 : 37)
    CHECK_THROWS_AS(load(bytes.substr(0, length)), ciess::data_error);
  int harmless = 0;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    auto changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 0x11);
    try {
      load(changed);
      ++harmless;
    } catch (const ciess::data_error&) {
    }
  }
  CHECK(harmless > 0);  // weights may be any finite numbers
  const auto refused = [&](const std::string& from, const std::string& to, const std::string& why) {
    auto changed = bytes;
    REQUIRE(from.size() == to.size());
    const auto at = changed.find(from);
    REQUIRE(at != std::string::npos);
    changed.replace(at, from.size(), to);
    CHECK_THROWS_WITH(load(changed), Catch::Contains(why));
  };
  refused("\"critic0.net\"", "\"critic9.net\"", "expected a tensor 'critic0.net'");
  refused("\"least_frequency\":\"1\"", "\"least_frequency\":\"x\"",
          "least_frequency: expected a number");
  refused("sizing-policy", "sizing-pilocy", "kind: expected 'sizing-policy'");
  refused("\"most_frequency\":\"500\"", "\"most_frequency\":\"0.5\"", "is above most_frequency");
}
