// SPDX-License-Identifier: MIT
#include "run.hpp"

namespace {
const example::added_backbone here("lightgcn", example::run<ciess::lightgcn>);
}
