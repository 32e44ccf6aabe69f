// SPDX-License-Identifier: MIT
#include "run.hpp"

namespace {
const example::added_backbone added_lightgcn("lightgcn", example::run<ciess::lightgcn>);
}
