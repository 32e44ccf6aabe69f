// SPDX-License-Identifier: MIT
#pragma once

#include <string>

/// The folder of the tests' sources, where they keep what they read. Known to one source alone: the
/// others are compiled to the same wherever the clone is.
std::string test_files();
