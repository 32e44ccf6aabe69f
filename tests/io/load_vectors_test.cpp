// SPDX-License-Identifier: MIT
#include <ciess/io/load_vectors.hpp>
// its own header first
#include <ciess/embedding/masked_table.hpp>
#include <ciess/io/npy.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

namespace {

/// A file with one tensor [2, 3] in each of four types, and what is none.
std::string saved_tensors(const temporary_directory& dir) {
  const std::vector<float> f32{1, -2, 3, 4, 5, 6.5F};
  const std::vector<double> f64{1, -2, 3, 4, 5, 6.5};
  std::vector<ciess::float16> f16;
  std::vector<ciess::bfloat16> bf16;
  for (const float x : f32) {
    f16.push_back(ciess::to_float16(x));
    bf16.push_back(ciess::to_bfloat16(x));
  }
  const std::vector<std::uint8_t> odd{1};
  ciess::safetensors_writer file;
  file.add("odd", {1}, odd);  // what follows lies at odd places
  file.add("half", {2, 3}, f16);
  file.add("brain", {2, 3}, bf16);
  file.add("single", {2, 3}, f32);
  file.add("twice", {2, 3}, f64);
  file.add("flat", {6}, f32);
  const std::vector<std::int64_t> integers(6, 1);
  file.add("whole", {2, 3}, integers);
  const auto path = dir.path() / "all.safetensors";
  file.save(path);
  return path.string();
}

}  // namespace

TEST_CASE("vectors are read from NumPy arrays and from tensors of any floats", "[io]") {
  const temporary_directory dir;
  ciess::matrix expected(2, 3);
  expected << 1, -2, 3, 4, 5, 6.5F;
  const auto npy = dir.path() / "v.npy";
  ciess::save_npy(npy, ciess::masked_table(ciess::sizes(2, {1, 3}), ciess::matrix(expected)));
  CHECK(ciess::load_vectors(npy.string()) == expected);
  const std::string all = saved_tensors(dir);
  for (const char* name : {"half", "brain", "single", "twice"})
    CHECK(ciess::load_vectors(all + ":" + name) == expected);
}

TEST_CASE("a tensor that is alone needs no name", "[io]") {
  const temporary_directory dir;
  const std::vector<float> numbers{1, 2, 3, 4};
  const std::string path = (dir.path() / "one.safetensors").string();
  ciess::safetensors_writer one;
  one.add("bias", {4}, numbers);
  one.add("weight", {2, 2}, numbers);
  one.save(path);
  CHECK(ciess::load_vectors(path)(1, 0) == 3);
  ciess::safetensors_writer none;
  none.add("bias", {4}, numbers);
  none.save(path);
  CHECK_THROWS_WITH(ciess::load_vectors(path),
                    path + ": expected a tensor of 2 dimensions, got only 'bias'");
  const std::string all = saved_tensors(dir);
  CHECK_THROWS_AS(ciess::load_vectors(all), ciess::data_error);
}

TEST_CASE("what holds no vectors is refused by name", "[io]") {
  const temporary_directory dir;
  const std::string all = saved_tensors(dir);
  CHECK_THROWS_WITH(ciess::load_vectors(all + ":whole"),
                    all + ": tensor 'whole': expected numbers F32, F64, F16 or BF16, got I64");
  CHECK_THROWS_WITH(ciess::load_vectors(all + ":flat"),
                    all + ": tensor 'flat': expected 2 dimensions, got 1");
  CHECK_THROWS_AS(ciess::load_vectors(all + ":nothing"), ciess::data_error);
  CHECK_THROWS_AS(ciess::load_vectors((dir.path() / "none.npy").string()), ciess::io_error);
  CHECK_THROWS_AS(ciess::load_vectors((dir.path() / "none.safetensors").string()), ciess::io_error);
  ciess::safetensors_writer large;
  const std::vector<double> numbers{1, 1e300};
  large.add("v", {1, 2}, numbers);
  const std::string path = (dir.path() / "large.safetensors").string();
  large.save(path);
  CHECK_THROWS_AS(ciess::load_vectors(path), ciess::data_error);
  ciess::safetensors_writer odd;
  const std::vector<double> infinite{std::numeric_limits<double>::infinity(), 2};
  odd.add("v", {1, 2}, infinite);
  odd.save(path);
  CHECK(std::isinf(ciess::load_vectors(path)(0, 0)));
}
