// SPDX-License-Identifier: MIT
#define CATCH_CONFIG_MAIN  // Catch2 2.13 only: version 3 brings its own main
#include <catch2/catch.hpp>
