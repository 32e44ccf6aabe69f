// SPDX-License-Identifier: MIT
#include <ciess/study/study_settings.hpp>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

TEST_CASE("settings come back, and data that differ are named", "[study]") {
  const temporary_directory dir;
  const ciess::results_folder folder(dir.path());
  const ciess::named_fingerprints data{{"--data", 0xFFFFFFFFFFFFFFFFULL}, {"--test", 2}};
  ciess::results_store store(folder);
  store.begin({}, ciess::settings_text({{"--seed", 3}}, data));
  const auto saved = ciess::saved_settings(folder);
  CHECK(saved["--seed"] == 3);
  ciess::check_fingerprints(folder, saved, data);
  CHECK_THROWS_WITH(
      ciess::check_fingerprints(folder, saved, {{"--data", data[0].second}, {"--test", 3}}),
      ContainsSubstring("--test: not what the search in"));
  CHECK_THROWS_AS(ciess::check_fingerprints(folder, {{"--seed", 3}}, data), ciess::data_error);
  CHECK_THROWS_AS(ciess::check_fingerprints(folder, nlohmann::ordered_json::array(), data),
                  ciess::data_error);
  ciess::write_file(folder.settings_file(), "{");
  CHECK_THROWS_WITH(ciess::saved_settings(folder), ContainsSubstring("settings.json"));
}
