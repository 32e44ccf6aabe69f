// SPDX-License-Identifier: MIT
#include "run.hpp"

int example::run_mf(const settings& s, const input& in) { return run<ciess::mf>(s, in); }
