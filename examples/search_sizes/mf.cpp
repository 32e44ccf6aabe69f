// SPDX-License-Identifier: MIT
#include "run.hpp"

namespace {
const example::added_backbone here("mf", example::run<ciess::mf>);
}
