// SPDX-License-Identifier: MIT
// Tensors and texts: io/safetensors.hpp.
#include <ciess/io/safetensors.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/target.hpp"

namespace {

using fuzz::require;

/// Adds a tensor to another file, if its numbers have a type in C++.
template <class... T>
void copy(const ciess::safetensors_view& file, const ciess::tensor_view& t,
          ciess::safetensors_writer& to) {
  const auto one = [&]<class N>(N) {
    if (t.type != ciess::tensor_type_of<N>) return;
    const auto numbers = fuzz::accepted([&] { return file.numbers<N>(t.name, t.shape); });
    if (!numbers) return;  // not aligned
    require(numbers->size_bytes() == t.bytes.size(), "a tensor has all of its bytes");
    to.add(t.name, t.shape, *numbers);
  };
  (one(T{}), ...);
}

bool feed(std::string_view input) {
  const auto memory = fuzz::as_mapped(input);
  const auto file = fuzz::accepted([&] { return ciess::safetensors_view(memory, "input"); });
  if (!file) return false;
  ciess::safetensors_writer writer;
  for (const auto& [key, text] : file->metadata()) writer.metadata(key, text);
  for (const auto& t : file->tensors()) {
    require(file->contains(t.name) && &file->at(t.name) == &t, "a tensor is found by its name");
    copy<std::uint8_t, std::int8_t, std::uint16_t, std::int16_t, ciess::float16, ciess::bfloat16,
         std::uint32_t, std::int32_t, float, std::uint64_t, std::int64_t, double>(*file, t, writer);
  }
  const std::string bytes = writer.bytes();
  const auto again_memory = fuzz::as_mapped(bytes);
  const ciess::safetensors_view again(again_memory, "again");
  require(again.metadata() == file->metadata(), "texts come back from a file");
  for (const auto& t : again.tensors()) {
    const auto& from = file->at(t.name);
    require(t.type == from.type && t.shape == from.shape && std::ranges::equal(t.bytes, from.bytes),
            "tensors come back from a file");
  }
  return true;
}

std::string file(std::string header, const std::string& data) {
  std::string length(8, '\0');
  length[0] = static_cast<char>(header.size() % 256);
  length[1] = static_cast<char>(header.size() / 256);
  return length + header + data;
}

std::vector<fuzz::seed> seeds() {
  const std::vector<float> f{1, 2, 3, 4, 5, 6};
  const std::vector<std::int64_t> whole{-1, 7};
  ciess::safetensors_writer w;
  w.metadata("format", "a \"text\"\n\xC3\xA9");
  w.add("users", {3, 2}, f);
  w.add("number", {}, std::span(whole).first(1));
  w.add("none", {0, 4}, std::span<const std::uint16_t>{});
  return {{"three", w.bytes()},
          {"empty", file("{}", "")},
          {"types", file(R"({"a":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]},)"
                         R"("b":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[2,3]},)"
                         R"("c":{"shape":[],"dtype":"BF16","data_offsets":[3,5]}}  )",
                         "12345")},
          {"escapes", file(R"({"__metadata__":{"\u00e9\ud83d\ude00":"\\\/"},)"
                           R"("\n":{"dtype":"I8","shape":[1,1,1],"data_offsets":[0,1]}})",
                           "x")}};
}

[[maybe_unused]] const bool added = fuzz::add({"safetensors", feed, seeds});

}  // namespace
