# SPDX-License-Identifier: MIT
"""`conan create` builds and runs the stranger's project in ../installed with the package that it made."""
import os

from conan import ConanFile
from conan.tools.build import can_run
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout


class CiessTest(ConanFile):
    settings = "os", "arch", "compiler", "build_type"

    def requirements(self):
        self.requires(self.tested_reference_str)

    def layout(self):
        cmake_layout(self)

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        options = self.dependencies["ciess"].options
        toolchain.variables["PARALLEL"] = bool(options.parallel)
        toolchain.variables["FILES"] = bool(options.files)
        toolchain.variables["COMPRESSED"] = bool(options.compressed)
        toolchain.variables["MPI"] = bool(options.mpi)
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure(build_script_folder="../installed")
        cmake.build()

    def test(self):
        if can_run(self):
            self.run(os.path.join(self.cpp.build.bindir, "consumer"), env="conanrun")
