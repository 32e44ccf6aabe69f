// SPDX-License-Identifier: MIT
// What libFuzzer calls; the program has one target.
#include <cstddef>
#include <cstdint>

#include "fuzz/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::targets().front().feed({reinterpret_cast<const char*>(data), size});
  return 0;
}
