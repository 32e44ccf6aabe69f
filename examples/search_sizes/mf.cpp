// SPDX-License-Identifier: MIT
#include "run.hpp"

namespace {
const example::added_backbone added_mf("mf", example::run<ciess::mf>);
}
