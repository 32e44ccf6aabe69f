// SPDX-License-Identifier: MIT
#include <ciess/io/write_file.hpp>
// its own header first
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/failing_files.hpp"
#include "support/file_text.hpp"
#include "support/temporary_directory.hpp"

#if __has_include(<unistd.h>)
#include <sys/stat.h>
#include <sys/wait.h>
#include <csignal>
#endif

namespace {

using names = std::set<std::string>;

const auto write_new = [](auto& sink) {
  sink.write("new ");
  sink.write(std::string_view{});
  sink.write("file");
};

}  // namespace

TEST_CASE("a file is written whole, replaces the old one, and leaves nothing beside it", "[io]") {
  const temporary_directory dir;
  const auto path = dir.path() / "a.txt";
  ciess::write_file(path, "old and longer");
  ciess::write_file(path, "new");
  CHECK(file_text(path) == "new");
  ciess::write_file(path, write_new);
  CHECK(file_text(path) == "new file");
  CHECK(names_in(dir.path()) == names{"a.txt"});
  ciess::write_file(path, "");
  CHECK(file_text(path).empty());
}

TEST_CASE("a file is written on a system that knows the C++ library only", "[io]") {
  const temporary_directory dir;
  const auto path = dir.path() / "a.txt";
  ciess::write_file(path, write_new, false, ciess::standard_files{});
  ciess::write_file(path, write_new, true, ciess::standard_files{});
  CHECK(file_text(path) == "new file");
  CHECK(names_in(dir.path()) == names{"a.txt", "a.txt.previous"});
}

TEST_CASE("a name without a folder is one in the folder that is current", "[io]") {
  const temporary_directory dir;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(dir.path());
  ciess::write_file("a.txt", "here");
  std::filesystem::current_path(before);
  CHECK(file_text(dir.path() / "a.txt") == "here");
}

TEST_CASE("a file that cannot be written is an io_error with the reason", "[io]") {
  const temporary_directory dir;
  CHECK_THROWS_WITH(ciess::write_file(dir.path() / "no" / "such" / "folder", "x"),
                    ContainsSubstring("cannot create: No such file or directory"));
  std::filesystem::create_directory(dir.path() / "taken");
  const bool keep_previous = GENERATE(false, true);
  CHECK_THROWS_AS(ciess::write_file(dir.path() / "taken", "x", keep_previous), ciess::io_error);
  CHECK(names_in(dir.path()) == names{"taken"});
}

TEST_CASE("whichever call fails, the old file stays and nothing is left", "[io]") {
  const bool keep_previous = GENERATE(false, true);
  const bool can_link = GENERATE(true, false);
  const bool is_new = GENERATE(false, true);
  failing_files::plan all{.most = 3, .can_link = can_link};
  const auto attempt = [&](failing_files::plan& plan) {
    const temporary_directory dir;
    const auto path = dir.path() / "a.txt";
    if (!is_new) ciess::write_file(path, "older");
    if (!is_new) ciess::write_file(path, "old", true);
    std::string complaint = "none";
    try {
      ciess::write_file(path, write_new, keep_previous, failing_files{&plan});
    } catch (const ciess::io_error& e) {
      complaint = e.what();
    }
    const auto name = path.string() + ": ";
    if (complaint.starts_with(name)) complaint.erase(0, name.size());
    const bool is_written = complaint == "none" || plan.calls.back() == "sync_folder";
    CHECK(file_text(path) == (is_written ? "new file" : is_new ? "none" : "old"));
    // A failure after the old file was kept leaves it there.
    const bool is_kept = file_text(dir.path() / "a.txt.previous") == "old";
    if (is_written && keep_previous && !is_new) CHECK(is_kept);
    if (!keep_previous) CHECK_FALSE(is_kept);
    names expected{"a.txt", "a.txt.previous"};
    if (is_new) expected = is_written ? names{"a.txt"} : names{};
    if (!can_link && !is_written && names_in(dir.path()) == names{"a.txt"})
      expected.erase("a.txt.previous");  // it went back to its place
    CHECK(names_in(dir.path()) == expected);
    return complaint;
  };
  CHECK(attempt(all) == "none");
  // "new " and "file" by three bytes.
  std::vector<std::string> calls{"create", "write", "write", "write", "write", "sync"};
  if (keep_previous) calls.push_back("link");
  if (keep_previous && (!is_new || !can_link)) calls.push_back("rename");
  calls.insert(calls.end(), {"rename", "sync_folder"});
  CHECK(all.calls == calls);
  for (std::size_t n = 0; n < calls.size(); ++n) {
    failing_files::plan one{.fails = static_cast<int>(n), .most = 3, .can_link = can_link};
    const auto complaint = attempt(one);
    INFO("call " << n << ", " << calls[n]);
    // Where a second name is refused, the old file is renamed instead.
    if (calls[n] == "link") {
      CHECK(complaint == "none");
    } else {
      CHECK_THAT(complaint,
                 ContainsSubstring("cannot ") && ContainsSubstring(": No space left on device"));
    }
  }
}

TEST_CASE("what fails while it fills a file leaves the old one", "[io]") {
  const temporary_directory dir;
  const auto path = dir.path() / "a.txt";
  ciess::write_file(path, "old");
  CHECK_THROWS_WITH(ciess::write_file(path,
                                      [](auto& sink) {
                                        sink.write("a part");
                                        throw std::runtime_error("enough");
                                      }),
                    "enough");
  CHECK(file_text(path) == "old");
  CHECK(names_in(dir.path()) == names{"a.txt"});
}

TEST_CASE("a system that writes nothing and does not say why is refused", "[io]") {
  const temporary_directory dir;
  failing_files::plan none{.most = 0};
  CHECK_THROWS_WITH(ciess::write_file(dir.path() / "a", write_new, false, failing_files{&none}),
                    ContainsSubstring("cannot write: Input/output error"));
}

TEST_CASE("the previous file is kept, and only one", "[io]") {
  const temporary_directory dir;
  const auto path = dir.path() / "a.txt";
  for (const std::string text : {"1", "2", "3"}) {
    ciess::write_file(path, text, true);
    CHECK(file_text(path) == text);
  }
  CHECK(file_text(dir.path() / "a.txt.previous") == "2");
  CHECK(names_in(dir.path()) == names{"a.txt", "a.txt.previous"});

  // As after a failure between the two renames.
  std::filesystem::remove(dir.path() / "a.txt.previous");
  std::filesystem::create_hard_link(path, dir.path() / "a.txt.previous");
  ciess::write_file(path, "4", true);
  CHECK(file_text(path) == "4");
  CHECK(file_text(dir.path() / "a.txt.previous") == "3");
  CHECK(names_in(dir.path()) == names{"a.txt", "a.txt.previous"});
}

TEST_CASE("what is left of killed processes is in nobody's way", "[io]") {
  const temporary_directory dir;
  const auto path = dir.path() / "a.txt";
  ciess::write_file(dir.path() / "a.txt.writing", "a part of it, longer than the new one");
  ciess::write_file(dir.path() / "a.txt.writing.previous", "a second name");
  std::filesystem::create_directory(dir.path() / "a.txt.writing.1");
  ciess::write_file(path, "old", true);
  ciess::write_file(path, "new", true);
  CHECK(file_text(path) == "new");
  CHECK(file_text(dir.path() / "a.txt.previous") == "old");
  CHECK(names_in(dir.path()) == names{"a.txt", "a.txt.previous", "a.txt.writing.1"});
}

TEST_CASE("many who write one file at once each write a whole one", "[io][threads]") {
  const temporary_directory dir;
  const auto path = dir.path() / "a.txt";
  const auto text = [](int thread) {
    return std::string(std::size_t{10000} + static_cast<std::size_t>(thread),
                       static_cast<char>('a' + thread));
  };
  const auto is_whole = [&](const std::string& found) {
    return found == text(0) || found == text(1) || found == text(2);
  };
  ciess::write_file(path, text(0));
  std::atomic<int> writing = 3, torn = 0, refused = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&, t] {
      try {
        for (int n = 0; n < 30; ++n)
          ciess::write_file(
              path,
              [all = text(t)](auto& sink) {
                for (std::size_t at = 0; at < all.size(); at += 1000)
                  sink.write(std::string_view(all).substr(at, 1000));
              },
              n % 2 == 1);
      } catch (const ciess::error&) {
        ++refused;
      }
      --writing;
    });
  while (writing > 0)
    if (!is_whole(file_text(path))) ++torn;
  for (auto& thread : threads) thread.join();
  CHECK(torn == 0);
  CHECK(refused == 0);
  CHECK(is_whole(file_text(path)));
  CHECK(is_whole(file_text(dir.path() / "a.txt.previous")));
  CHECK(names_in(dir.path()) == names{"a.txt", "a.txt.previous"});
}

#if __has_include(<unistd.h>)

TEST_CASE("a process that is killed while it writes leaves the old file", "[io]") {
  const temporary_directory dir;
  const auto path = dir.path() / "a.txt";
  ciess::write_file(path, "old");
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0)
    ciess::write_file(path, [](auto& sink) {
      sink.write("a part");
      std::raise(SIGKILL);
    });
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  CHECK(file_text(path) == "old");
  CHECK(names_in(dir.path()) == names{"a.txt", "a.txt.writing"});
  ciess::write_file(path, "new");
  CHECK(file_text(path) == "new");
  CHECK(names_in(dir.path()) == names{"a.txt"});
}

TEST_CASE("a pipe or a device is not replaced by a file", "[io]") {
  const temporary_directory dir;
  const auto pipe = dir.path() / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THROWS_WITH(ciess::write_file(pipe, std::string_view("text")),
                    pipe.string() + ": expected a regular file, or none, got a pipe or a device");
  CHECK(std::filesystem::is_fifo(pipe));
  CHECK(names_in(dir.path()) == names{"pipe"});
}

#endif
