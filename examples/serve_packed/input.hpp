// SPDX-License-Identifier: MIT
// Lines of standard input, some at a time.
#pragma once

#include <cstdint>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/data/id_lines.hpp>

namespace serving {

struct input_line {
  std::int64_t number;
  std::string text;
};

/// Has lines answered on standard output, up to `batch` of them together.
/// @param all  `answer(lines)` says what is to be written
/// @throws ciess::io_error if input or output fails; what was read before is answered
void answer_input(ciess::id_lines& lines, int batch, auto& all) {
  std::vector<input_line> some;
  std::exception_ptr failure;
  for (bool more = true; more;) {
    some.clear();
    try {
      while (std::ssize(some) < batch && (more = lines.next()))
        some.push_back({lines.number(), lines.line()});
    } catch (const ciess::io_error&) {  // what came before is answered
      failure = std::current_exception();
      more = false;
    }
    std::cout << all.answer(some) << std::flush;
    if (!std::cout) throw ciess::io_error("cannot write to standard output");
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace serving
