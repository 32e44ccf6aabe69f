// SPDX-License-Identifier: MIT
/// @file
/// Tensors and adaptors of xtensor, wherever its version keeps them.
#pragma once

#if __has_include(<xtensor/containers/xadapt.hpp>)  // xtensor 0.26 moved its headers
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/containers/xtensor.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xtensor.hpp>
#endif
