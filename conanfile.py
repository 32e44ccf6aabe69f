# SPDX-License-Identifier: MIT
"""Conan 2:  conan create . -o "&:parallel=True" --build=missing  (needs compiler.cppstd=20 in the profile)."""
import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy, load

required_conan_version = ">=2.0"


class Ciess(ConanFile):
    name = "ciess"
    description = "Embedding sizes for every row of a recommender, under a memory budget"
    homepage = "https://arxiv.org/abs/2304.03501"
    license = "MIT"
    topics = ("recommender", "embedding", "reinforcement-learning", "header-only")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    # Each adds a component of the same name, such as ciess::parallel; the headers are always there.
    options = {"parallel": [True, False], "files": [True, False], "compressed": [True, False],
               "mpi": [True, False]}
    default_options = {"parallel": False, "files": False, "compressed": False, "mpi": False, "xtensor/*:xsimd": False}
    exports_sources = "include/*", "LICENSE"
    no_copy_source = True
    test_package_folder = "tests/install/conan"

    def set_version(self):
        text = load(self, os.path.join(self.recipe_folder, "include", "ciess", "core", "version.hpp"))
        self.version = re.search(r'version = "([0-9.]+)"', text).group(1)

    def requirements(self):
        self.requires("eigen/[>=3.4.0 <6]", transitive_headers=True)
        self.requires("xtensor/[>=0.24 <1]", transitive_headers=True)
        if self.options.parallel:
            self.requires("onetbb/[>=2021.8.0]", transitive_headers=True, transitive_libs=True)
        if self.options.files:
            self.requires("nlohmann_json/[>=3.11 <4]", transitive_headers=True)
        if self.options.compressed:
            self.requires("zlib/[>=1.2.11 <2]", transitive_headers=True, transitive_libs=True)
            self.requires("zstd/[>=1.4 <2]", transitive_headers=True, transitive_libs=True)
        if self.options.mpi:
            self.requires("openmpi/[>=4.1 <6]", transitive_headers=True, transitive_libs=True)

    def validate(self):
        check_min_cppstd(self, 20)

    def package_id(self):
        self.info.clear()

    def package(self):
        copy(self, "*.hpp", os.path.join(self.source_folder, "include"), os.path.join(self.package_folder, "include"))
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))

    def package_info(self):
        # Everything at once has a name of its own, so that ciess::ciess stays without threads.
        self.cpp_info.set_property("cmake_target_name", "ciess::all")
        self.cpp_info.set_property("cmake_config_version_compat", "SameMinorVersion")
        self._component("core", "ciess::ciess", ["eigen::eigen", "xtensor::xtensor"])
        if self.options.parallel:
            self._component("parallel", "ciess::parallel", ["core", "onetbb::onetbb"])
        if self.options.files:
            self._component("files", "ciess::files", ["core", "nlohmann_json::nlohmann_json"])
        if self.options.compressed:
            self._component("compressed", "ciess::compressed", ["core", "zlib::zlib", "zstd::zstd"])
        if self.options.mpi:
            self._component("mpi", "ciess::mpi", ["core", "openmpi::openmpi"])

    def _component(self, name, target, requires):
        component = self.cpp_info.components[name]
        component.set_property("cmake_target_name", target)
        component.requires = requires
        component.bindirs = []
        component.libdirs = []
