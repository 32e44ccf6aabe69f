#include <ciess/io/checkpoints.hpp>
// its own header first
#include <filesystem>
#include <fstream>

#include "support/catch.hpp"
#include "support/file_text.hpp"
#include "support/temporary_directory.hpp"

namespace {

struct counter {
  std::int64_t count = 0;
  template <class F>
  void visit(F& f) {
    f("count", count);
  }
};

}  // namespace

TEST_CASE("checkpoints keep the last state of each name and the one before", "[io][resume]") {
  const temporary_directory folder;
  const auto& dir = folder.path();
  ciess::checkpoints store(dir / "deep" / "folder");
  counter a, b;
  CHECK(!store.load("a", a));
  a.count = 1;
  store.save("a", a);
  a.count = 2;
  store.save("a", a);
  b.count = 9;
  store.save("b", b);
  counter got;
  CHECK(store.load("a", got));
  CHECK(got.count == 2);
  CHECK(store.load("b", got));
  CHECK(got.count == 9);
  auto previous = store.path("a");
  previous += ".previous";
  ciess::load_state(previous, "a", got);
  CHECK(got.count == 1);
}

TEST_CASE("a damaged checkpoint is refused and the one before it named", "[io][resume]") {
  const temporary_directory folder;
  const auto& dir = folder.path();
  ciess::checkpoints store(dir / "kept");
  counter a;
  store.save("a", a);
  std::ofstream(store.path("a")) << "rubbish";
  CHECK_THROWS_AS(store.load("a", a), ciess::data_error);
  store.save("a", a);
  store.save("a", a);
  std::ofstream(store.path("a")) << "rubbish";
  CHECK_THROWS_WITH(store.load("a", a), Catch::Contains("(the one before it is ") &&
                                            Catch::Contains("a.safetensors.previous)"));
}

TEST_CASE("checkpoints are due after a while, or always", "[io][resume]") {
  const temporary_directory folder;
  const auto& dir = folder.path();
  counter a;
  ciess::checkpoints always(dir / "x", {.every = std::chrono::seconds(0)});
  CHECK(always.due());
  ciess::checkpoints rarely(dir / "y", {.every = std::chrono::hours(1)});
  CHECK(!rarely.due());
}

TEST_CASE("a folder that cannot be made is refused", "[io][resume]") {
  const temporary_directory folder;
  const auto& dir = folder.path();
  std::ofstream(dir / "file") << "x";
  CHECK_THROWS_AS(ciess::checkpoints(dir / "file"), ciess::io_error);
  CHECK_THROWS_AS(ciess::checkpoints(dir / "file" / "below"), ciess::io_error);
}

TEST_CASE("a checkpoint that is there under its other name only is taken", "[io][resume]") {
  const temporary_directory folder;
  const auto& dir = folder.path();
  ciess::checkpoints store(dir / "kept");
  counter a{5}, got;
  store.save("a", a);
  std::filesystem::rename(store.path("a"), store.path("a").string() + ".previous");
  CHECK(store.load("a", got));
  CHECK(got.count == 5);
}

TEST_CASE("a folder of checkpoints belongs to one at a time", "[io][resume]") {
  const temporary_directory folder;
  const auto& dir = folder.path();
  {
    ciess::checkpoints store(dir / "kept");
    CHECK_THROWS_WITH(ciess::checkpoints(dir / "kept"),
                      ContainsSubstring("another process works in this folder"));
  }
  CHECK_NOTHROW(ciess::checkpoints(dir / "kept"));
}

TEST_CASE("only what belongs to the states of some names is removed", "[io][resume]") {
  const temporary_directory folder;
  const auto& dir = folder.path();
  const std::string_view names[] = {"a", "b"};
  counter a;
  {
    ciess::checkpoints store(dir / "kept");
    store.save("a", a);
    store.save("a", a);
    store.save("b", a);
    store.save("c", a);
    std::ofstream(dir / "kept" / "a.safetensors.writing.1") << "x";
    std::ofstream(dir / "kept" / "a.pt") << "somebody else's";
    store.remove(names);
    CHECK(names_in(dir / "kept") == std::set<std::string>{"a.pt", "c.safetensors"});
  }
  ciess::checkpoints alone(dir / "alone");
  alone.save("a", a);
  alone.remove(names);
  CHECK(!std::filesystem::exists(dir / "alone"));
}
