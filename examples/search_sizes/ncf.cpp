// SPDX-License-Identifier: MIT
#include "run.hpp"

namespace {
const example::added_backbone added_ncf("ncf", example::run<ciess::neumf>);
}
