// SPDX-License-Identifier: MIT
#include "run.hpp"

namespace {
const example::added_backbone here("ncf", example::run<ciess::neumf>);
}
