// SPDX-License-Identifier: MIT
#include "run.hpp"

int example::run_lightgcn(const settings& s, const input& in) {
  return run<ciess::lightgcn>(s, in);
}
