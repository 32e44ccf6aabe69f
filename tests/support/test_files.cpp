// SPDX-License-Identifier: MIT
#include "support/test_files.hpp"

std::string test_files() { return CIESS_TEST_FILES; }
