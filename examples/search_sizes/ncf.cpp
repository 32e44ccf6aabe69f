// SPDX-License-Identifier: MIT
#include "run.hpp"

int example::run_ncf(const settings& s, const input& in) { return run<ciess::neumf>(s, in); }
