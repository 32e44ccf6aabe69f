// SPDX-License-Identifier: MIT
#include "run.hpp"

int example::run_ngcf(const settings& s, const input& in) { return run<ciess::ngcf>(s, in); }
