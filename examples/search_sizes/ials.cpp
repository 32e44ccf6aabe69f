// SPDX-License-Identifier: MIT
#include "run.hpp"

namespace {
const example::added_backbone added_ials("ials", example::run<ciess::ials>);
}
