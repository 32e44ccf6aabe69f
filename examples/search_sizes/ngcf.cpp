// SPDX-License-Identifier: MIT
#include "run.hpp"

namespace {
const example::added_backbone added_ngcf("ngcf", example::run<ciess::ngcf>);
}
