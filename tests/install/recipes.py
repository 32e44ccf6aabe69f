# SPDX-License-Identifier: MIT
"""Do the recipes for vcpkg and Conan say what CMake says?   recipes.py VERSION

Without either tool: manifests are held to what vcpkg documents, the Conan recipe runs on stand-ins of the few things it
imports.
"""
import json
import pathlib
import re
import sys
import types

ROOT = pathlib.Path(__file__).resolve().parents[2]
VERSION = sys.argv[1]

# CMake's name of a package: vcpkg's, Conan's.
NAMES = {
    "Eigen3": ("eigen3", "eigen"),
    "xtensor": ("xtensor", "xtensor"),
    "TBB": ("tbb", "onetbb"),
    "nlohmann_json": ("nlohmann-json", "nlohmann_json"),
    "ZLIB": ("zlib", "zlib"),
    "zstd": ("zstd", "zstd"),
    "MPI": ("mpi", "openmpi"),
}
# Component: the packages that it needs beside ciess::ciess.
COMPONENTS = {"parallel": ["TBB"], "files": ["nlohmann_json"], "compressed": ["ZLIB", "zstd"], "mpi": ["MPI"]}
ALWAYS = ["Eigen3", "xtensor"]

failures = []


def check(holds, text):
    if not holds:
        failures.append(text)


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def check_cmake():
    packages = set(re.findall(r"find_package\((\w+)", read("cmake/dependencies.cmake")))
    check(set(ALWAYS) <= packages, f"dependencies.cmake finds {packages}, expected {ALWAYS} among them")
    check(packages <= set(NAMES), f"recipes.py has no name for {packages - set(NAMES)}: add them to it and to the recipes")
    components = set(re.findall(r"^ +ciess_add_component\((\w+) ", read("cmake/targets.cmake"), re.MULTILINE))
    check(components == set(COMPONENTS), f"targets.cmake has the components {components}, recipes.py knows {set(COMPONENTS)}")


# ---- vcpkg ----
IDENTIFIER = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
FIELDS = {"$schema", "name", "version", "description", "homepage", "license", "dependencies", "features"}


def dependencies(where, listed):
    names = set()
    for entry in listed:
        name = entry if isinstance(entry, str) else entry.get("name", "")
        check(IDENTIFIER.fullmatch(name), f"{where}: {entry!r} is no name of a package")
        if isinstance(entry, dict):
            check(set(entry) <= {"name", "host", "features", "default-features", "platform", "version>="},
                  f"{where}: unknown fields in {entry}")
        names.add(name)
    return names


def check_manifest(path, helpers=frozenset(), more_features=frozenset()):
    manifest = json.loads(read(path))
    check(set(manifest) <= FIELDS, f"{path}: unknown fields {set(manifest) - FIELDS}")
    check(manifest["name"] == "ciess" and manifest["license"] == "MIT", f"{path}: name or licence")
    check(manifest["version"] == VERSION, f"{path}: version {manifest['version']}, CMake has {VERSION}")
    project = read("CMakeLists.txt")
    for field in ("description", "homepage"):
        check(f'"{manifest[field]}"' in project, f"{path}: {field} is not that of CMakeLists.txt")
    found = dependencies(path, manifest["dependencies"])
    expected = {NAMES[p][0] for p in ALWAYS} | helpers
    check(found == expected, f"{path}: depends on {found}, expected {expected}")
    features = manifest["features"]
    check(set(features) == set(COMPONENTS) | more_features, f"{path}: features {set(features)}")
    for name, feature in features.items():
        check(IDENTIFIER.fullmatch(name) and set(feature) == {"description", "dependencies"}, f"{path}: feature {name}")
        found = dependencies(f"{path}, {name}", feature["dependencies"])
        if name in COMPONENTS:
            expected = {NAMES[p][0] for p in COMPONENTS[name]}
            check(found == expected, f"{path}: {name} depends on {found}, expected {expected}")


# ---- Conan ----
class Parts(dict):
    """Stands in for cpp_info.components: makes what is asked for."""

    def __missing__(self, name):
        self[name] = Info()
        return self[name]


class Info:
    def __init__(self):
        self.properties = {}
        self.requires = []
        self.components = Parts()

    def set_property(self, name, value):
        self.properties[name] = value


class Recipe:
    """Stands in for ConanFile."""

    def __init__(self):
        self.recipe_folder = str(ROOT)
        self.cpp_info = Info()
        self.required = {}

    def requires(self, reference, **_):
        name, _, version = reference.partition("/")
        self.required[name] = version


def load_recipe():
    def stand_in(name, **members):
        module = types.ModuleType(name)
        vars(module).update(members)
        sys.modules[name] = module

    stand_in("conan", ConanFile=Recipe)
    stand_in("conan.tools")
    stand_in("conan.tools.build", check_min_cppstd=None)
    stand_in("conan.tools.files", copy=None, load=lambda _, path: pathlib.Path(path).read_text(encoding="utf-8"))
    scope = {"__name__": "conanfile"}
    exec(compile(read("conanfile.py"), "conanfile.py", "exec"), scope)
    return scope["Ciess"]


def check_conan():
    recipe_type = load_recipe()
    check(set(recipe_type.options) == set(COMPONENTS), f"conanfile.py: options {set(recipe_type.options)}")
    check((ROOT / recipe_type.test_package_folder / "conanfile.py").exists(), "conanfile.py: no test package")
    compile(read("tests/install/conan/conanfile.py"), "conanfile.py of the test package", "exec")
    for chosen in ([], *([name] for name in COMPONENTS), list(COMPONENTS)):
        recipe = recipe_type()
        recipe.options = types.SimpleNamespace(**{name: name in chosen for name in COMPONENTS})
        recipe.set_version()
        recipe.requirements()
        recipe.package_info()
        check(recipe.version == VERSION, f"conanfile.py: version {recipe.version}, CMake has {VERSION}")
        needed = ALWAYS + [p for name in chosen for p in COMPONENTS[name]]
        expected = {NAMES[p][1] for p in needed}
        check(set(recipe.required) == expected, f"conanfile.py: requires {set(recipe.required)}, expected {expected}")
        parts = recipe.cpp_info.components
        linked = {r.partition("::")[0] for part in parts.values() for r in part.requires if "::" in r}
        check(linked == expected, f"conanfile.py: components link {linked}, expected {expected}")
        inner = {r for part in parts.values() for r in part.requires if "::" not in r}
        check(inner <= set(parts), f"conanfile.py: components need {inner}, there are {set(parts)}")
        targets = {part.properties["cmake_target_name"] for part in parts.values()}
        expected = {"ciess::ciess"} | {f"ciess::{name}" for name in chosen}
        check(targets == expected, f"conanfile.py: targets {targets}, expected {expected}")
    described = recipe_type.description
    check(f'"{described}"' in read("CMakeLists.txt"), "conanfile.py: description is not that of CMakeLists.txt")


check_cmake()
check_manifest("vcpkg.json", more_features={"examples", "tests", "bench"})
check_manifest("cmake/vcpkg/vcpkg.json", helpers={"vcpkg-cmake", "vcpkg-cmake-config"})
check_conan()
check(f"## [{VERSION}]" in read("CHANGELOG.md"), f"CHANGELOG.md: no heading for {VERSION}")
check(f"\nversion: {VERSION}\n" in read("CITATION.cff"), f"CITATION.cff: version is not {VERSION}")
if failures:
    sys.exit("\n".join(failures))
