// SPDX-License-Identifier: MIT
#include "run.hpp"

namespace {
const example::added_backbone here("ngcf", example::run<ciess::ngcf>);
}
