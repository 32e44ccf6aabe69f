// SPDX-License-Identifier: MIT
#include <ciess/study/save_clicks.hpp>
// its own header first
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <ciess/backbone/click_file.hpp>
#include <ciess/core/text.hpp>
#include <ciess/data/click_dataset.hpp>
#include <ciess/data/read_impressions.hpp>
#include <ciess/embedding/table_formats.hpp>

#include "support/catch.hpp"
#include "support/small_recommender.hpp"
#include "support/temporary_directory.hpp"

namespace {

struct made_lines {
  std::string header = "user,item,tags,price,age,clicked", text;
  std::vector<std::string> lines;
};

/// Users like items of their group. Some values come once, some numbers are missing.
const made_lines& lines() {
  static const made_lines made = [] {
    made_lines m;
    m.text = m.header + '\n';
    for (int n = 0; n < 900; ++n) {
      const int u = (n * 7919 + 13) % 40, i = (n * 10429 + 7) % 25;
      const int noise = (n * 31 + u * 17 + i * 5) % 10;
      const bool clicked = u % 4 == i % 4 ? noise < 8 : noise < 2;
      m.lines.push_back(ciess::joined('u', n % 90 == 0 ? 1000 + n : u, ",\"i ", i, "\",",
                                      i % 3 == 0   ? "a|b"
                                      : i % 3 == 1 ? "b"
                                                   : "",
                                      ',', n % 50 == 0 ? std::string() : ciess::joined(1.5 * i),
                                      ',', n % 31 == 0 ? std::string() : ciess::joined(20 + u), ',',
                                      clicked ? 1 : 0));
      m.text += m.lines.back() + '\n';
    }
    return m;
  }();
  return made;
}

ciess::click_dataset dataset(ciess::number_use numbers) {
  return ciess::make_click_dataset(ciess::parse_impressions(lines().text, "made",
                                                            {.label = "clicked",
                                                             .pooled = {"tags"},
                                                             .numeric = {"price", "age"},
                                                             .numbers = numbers}),
                                   {.seed = 2});
}

std::vector<const ciess::id_map*> ids_of(const ciess::click_dataset& data,
                                         const ciess::id_map* features) {
  std::vector<const ciess::id_map*> ids;
  for (const auto& v : data.values) ids.push_back(&v);
  if (features) ids.push_back(features);
  return ids;
}

template <class Model>
void check(const ciess::click_dataset& data, std::vector<ciess::number_format> formats) {
  typename Model::options o;
  o.range = {1, 6};
  o.batch = 100;
  o.deviation = 0.3;
  if constexpr (requires { o.network.hidden; }) o.network.hidden = {9};
  Model model(data.train, o, 3);
  model.train(10);
  model.resize(support::mixed_sizes(model));
  while (formats.size() < model.shapes().size()) formats.push_back(formats[formats.size() / 2]);
  formats.resize(model.shapes().size());
  model.store_as(ciess::table_formats(formats));
  model.train(10);
  const std::vector<std::string_view> names(data.train.features().begin(),
                                            data.train.features().end());
  const ciess::id_map features(names);
  const bool rows = model.shapes().size() > data.values.size();
  const temporary_directory dir;
  ciess::save_click_model(dir.path() / "m", model, ids_of(data, rows ? &features : nullptr),
                          data.schema, {.budget = 0.5, .seed = 9});

  const ciess::click_file file(dir.path() / "m");
  CHECK(file.file().info().seed == 9);
  auto reader = file.reader("lines");
  auto batch = file.batch();
  REQUIRE(reader.read_header(lines().header, 1));
  for (std::size_t i = 0; i < lines().lines.size(); ++i)
    REQUIRE(reader.read(lines().lines[i], static_cast<std::int64_t>(i) + 2, batch));
  std::vector<float> served(lines().lines.size());
  file.model().predict(batch, served);

  // The same lines as the dataset has them: parts keep the order of the file.
  std::vector<float> all(served.size());
  const auto wanted = [&](const ciess::impressions& part) {
    std::vector<float> odds(static_cast<std::size_t>(part.size()));
    model.predict(part, odds);
    return odds;
  };
  const auto train = wanted(data.train), validation = wanted(data.validation),
             test = wanted(data.test);
  std::size_t at[3] = {};
  const auto part =
      ciess::detail::parts_at_random(served.size(), {.train = 0.8, .validation = 0.1}, 2);
  for (std::size_t i = 0; i < part.size(); ++i) {
    const auto& of = part[i] == 0 ? train : part[i] == 1 ? validation : test;
    all[i] = of[at[part[i]]++];
  }
  CHECK(served == all);  // to the bit: the same code on the same numbers
}

}  // namespace

// Lists of values, missing and unseen ones, both kinds of numbers, quotes, blanks, rows of few
// bits.
TEMPLATE_TEST_CASE("lines are scored from a file as the model scores the impressions of them",
                   "[study]", ciess::fm, ciess::deep_fm, ciess::dcn, ciess::dlrm) {
  const auto standardised = dataset(ciess::number_use::standardised);
  check<TestType>(standardised, {ciess::number_format::float32});
  check<TestType>(standardised, {ciess::number_format::four_bits});
  check<TestType>(dataset(ciess::number_use::log_buckets), {ciess::number_format::eight_bits});
  // Each table in a format of its own.
  check<TestType>(standardised, {ciess::number_format::three_bits, ciess::number_format::float32,
                                 ciess::number_format::two_bits, ciess::number_format::bfloat16});
}

TEST_CASE("a model is not written with the columns of other data", "[study]") {
  const temporary_directory dir;
  const auto data = dataset(ciess::number_use::log_buckets);
  const ciess::dlrm model(data.train, {.range = {1, 2}}, 3);
  const auto ids = ids_of(data, nullptr);
  auto schema = data.schema;
  schema.columns.pop_back();
  CHECK_THROWS_WITH(ciess::save_click_model(dir.path() / "m", model, ids, schema),
                    "save_click_model: expected a schema of 5 fields and 0 features, got 4 and 0");
  // Two fields of one kind in another order would be looked up in each other's tables.
  schema = data.schema;
  std::swap(schema.columns[0].name, schema.columns[1].name);
  CHECK_THROWS_WITH(ciess::save_click_model(dir.path() / "m", model, ids, schema),
                    "save_click_model: expected a schema of the fields and features that the model "
                    "was trained on, in their order and pooled as they are, got 'item' as field 0");
  schema = data.schema;
  schema.columns[0].use = ciess::column_use::pooled;
  CHECK_THROWS_AS(ciess::save_click_model(dir.path() / "m", model, ids, schema),
                  ciess::argument_error);
  CHECK_FALSE(std::filesystem::exists(dir.path() / "m"));
}
