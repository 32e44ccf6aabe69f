// SPDX-License-Identifier: MIT
/// @file
/// Zip files whose members are stored as they are: what .npz are.
/// Source: PKWARE's APPNOTE.TXT 6.3.9, sections 4.3 to 4.5.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>

namespace ciess::detail {

inline constexpr std::uint32_t zip_local = 0x04034b50;
inline constexpr std::uint32_t zip_central = 0x02014b50;
inline constexpr std::uint32_t zip_end = 0x06054b50;
inline constexpr std::uint32_t zip64_end = 0x06064b50;
inline constexpr std::uint32_t zip64_locator = 0x07064b50;
inline constexpr std::uint16_t zip64_field = 1;           // of sizes and offsets in 64 bits
inline constexpr std::uint16_t zip_pad_field = 0xD935;    // room before an aligned member
inline constexpr std::uint64_t zip_most16 = 0xFFFF;       // look elsewhere
inline constexpr std::uint64_t zip_most32 = 0xFFFFFFFF;   // look elsewhere
inline constexpr std::uint16_t zip_utf8_name = 1U << 11;  // the one flag that changes no bytes

/// What a zip says of one of its members.
struct zip_member {
  std::string name;
  std::uint16_t flags = 0;
  std::uint16_t method = 0;
  std::uint32_t checksum = 0;
  std::uint64_t packed = 0;  // bytes in the file
  std::uint64_t bytes = 0;   // bytes once unpacked
  std::uint64_t offset = 0;  // of the local header
  std::span<const std::byte> content;
};

/// Reads numbers one after the other from a part of a file.
class zip_cursor {
 public:
  /// @param end  of the part, in the file
  /// @pre at <= end <= file.size()
  zip_cursor(std::string_view name, std::span<const std::byte> file, std::uint64_t at,
             std::uint64_t end)
      : name_{name}, file_{file}, at_{at}, end_{end} {}

  [[nodiscard]] std::uint64_t at() const noexcept { return at_; }
  [[nodiscard]] std::uint64_t left() const noexcept { return end_ - at_; }

  std::span<const std::byte> take(std::uint64_t count, std::string_view what) {
    if (count > left())
      throw_error<data_error>(name_, ": byte ", at_, ": expected ", count, " bytes of ", what,
                              ", got ", left());
    const auto bytes =
        file_.subspan(static_cast<std::size_t>(at_), static_cast<std::size_t>(count));
    at_ += count;
    return bytes;
  }
  template <class T>
  T number(std::string_view what) {
    std::uint64_t value = 0;
    const auto bytes = take(sizeof(T), what);
    for (std::size_t k = sizeof(T); k-- > 0;)
      value = value << 8 | std::to_integer<std::uint64_t>(bytes[k]);
    return static_cast<T>(value);
  }
  /// @throws data_error unless the next number is `wanted`
  template <class T>
  void expect(T wanted, std::string_view what) {
    const auto start = at_;
    if (const T got = number<T>(what); got != wanted)
      throw_error<data_error>(name_, ": byte ", start, ": expected ", what, " ", wanted, ", got ",
                              got);
  }
  std::string text(std::uint64_t count, std::string_view what) {
    const auto bytes = take(count, what);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

 private:
  std::string_view name_;
  std::span<const std::byte> file_;
  std::uint64_t at_;
  std::uint64_t end_;
};

/// Reads the directory of a zip and the header of each member. They must agree, and with the
/// members they must fill the file: no overlap, no hole, no comment. Members must be stored, not
/// compressed.
class zip_reader {
 public:
  /// @param name  of the file, for messages
  zip_reader(std::string_view name, std::span<const std::byte> file) : name_{name}, file_{file} {}

  /// In the order of their names.
  /// @throws data_error naming the byte or the member
  std::vector<zip_member> read() && {
    const auto [count, begin, end] = read_end();
    zip_cursor directory(name_, file_, begin, end);
    std::vector<zip_member> members;
    for (std::uint64_t k = 0; k < count; ++k) members.push_back(read_entry(directory));
    if (directory.left() > 0)
      fail("byte ", directory.at(), ": expected the end of the directory after ", count,
           " entries, got ", directory.left(), " more bytes");
    std::ranges::sort(members, {}, &zip_member::offset);
    std::uint64_t at = 0;
    for (auto& m : members) at = read_member(m, at, begin);
    if (at != begin)
      fail("byte ", at, ": expected the directory where the last member ends, got it at ", begin);
    std::ranges::sort(members, {}, &zip_member::name);
    const auto twice = std::ranges::adjacent_find(members, {}, &zip_member::name);
    if (twice != members.end()) fail_member(*twice, "expected every name once, got it again");
    return members;
  }

 private:
  struct extent {
    std::uint64_t count, begin, end;
  };

  template <class... Parts>
  [[noreturn]] void fail(const Parts&... parts) const {
    throw_error<data_error>(name_, ": ", parts...);
  }
  template <class... Parts>
  [[noreturn]] void fail_member(const zip_member& m, const Parts&... parts) const {
    fail("member ", shown(m.name), ": ", parts...);
  }

  [[nodiscard]] extent read_end() const {
    constexpr std::uint64_t length = 22, locator = 20, wide_end = 56;
    if (file_.size() < length)
      fail("expected a zip file of at least ", length, " bytes, got ", file_.size());
    const std::uint64_t start = file_.size() - length;
    zip_cursor end(name_, file_, start, file_.size());
    end.expect(zip_end, "signature of the end, without a comment,");
    end.expect(std::uint16_t{0}, "number of this disk");
    end.expect(std::uint16_t{0}, "disk of the directory");
    std::uint64_t here = end.number<std::uint16_t>("entries");
    std::uint64_t count = end.number<std::uint16_t>("entries");
    std::uint64_t size = end.number<std::uint32_t>("size");
    std::uint64_t begin = end.number<std::uint32_t>("offset");
    end.expect(std::uint16_t{0}, "length of the comment");
    std::uint64_t stop = start;
    if (count == zip_most16 || size == zip_most32 || begin == zip_most32) {
      if (start < locator + wide_end)
        fail("expected a directory of 64 bits, got ", start, " bytes");
      stop = start - locator - wide_end;
      zip_cursor wide(name_, file_, stop, start);
      wide.expect(zip64_end, "signature of the end in 64 bits");
      wide.expect(wide_end - 12, "length of it");
      wide.take(4, "versions");
      wide.expect(std::uint32_t{0}, "number of this disk");
      wide.expect(std::uint32_t{0}, "disk of the directory");
      here = wide.number<std::uint64_t>("entries");
      count = wide.number<std::uint64_t>("entries");
      size = wide.number<std::uint64_t>("size");
      begin = wide.number<std::uint64_t>("offset");
      wide.expect(zip64_locator, "signature of the locator");
      wide.expect(std::uint32_t{0}, "disk of the directory");
      wide.expect(stop, "place of the end of 64 bits");
      wide.expect(std::uint32_t{1}, "number of disks");
    }
    if (here != count) fail("expected all ", count, " entries on this disk, got ", here);
    if (begin > stop || size != stop - begin)
      fail("expected a directory that ends at byte ", stop, ", got one of ", size,
           " bytes that begins at ", begin);
    return {count, begin, stop};
  }

  [[nodiscard]] zip_member read_entry(zip_cursor& from) const {
    zip_member m;
    from.expect(zip_central, "signature of an entry");
    from.take(4, "versions");
    read_common(from, m);
    const auto name_length = from.number<std::uint16_t>("length of a name");
    const auto extra_length = from.number<std::uint16_t>("length of extra fields");
    from.expect(std::uint16_t{0}, "length of a comment");
    from.expect(std::uint16_t{0}, "disk of a member");
    from.take(6, "attributes");
    m.offset = from.number<std::uint32_t>("offset");
    m.name = from.text(name_length, "a name");
    read_extra(from, extra_length, m, m.offset == zip_most32);
    return m;
  }

  /// From the flags to the sizes.
  static void read_common(zip_cursor& from, zip_member& m) {
    m.flags = from.number<std::uint16_t>("flags");
    m.method = from.number<std::uint16_t>("method");
    from.take(4, "time and date");
    m.checksum = from.number<std::uint32_t>("checksum");
    m.packed = from.number<std::uint32_t>("size");
    m.bytes = from.number<std::uint32_t>("size");
  }

  /// Takes what does not fit in 32 bits from the extra fields.
  void read_extra(zip_cursor& from, std::uint64_t length, zip_member& m, bool has_offset) const {
    const auto begin = from.at();
    from.take(length, "extra fields");
    zip_cursor all(name_, file_, begin, from.at());
    bool wide = m.bytes == zip_most32 || m.packed == zip_most32 || has_offset;
    while (all.left() > 0) {
      const auto id = all.number<std::uint16_t>("extra field");
      const auto size = all.number<std::uint16_t>("length of an extra field");
      const auto at = all.at();
      all.take(size, "an extra field");
      if (id != zip64_field || !wide) continue;
      zip_cursor field(name_, file_, at, at + size);
      if (m.bytes == zip_most32) m.bytes = field.number<std::uint64_t>("size in 64 bits");
      if (m.packed == zip_most32) m.packed = field.number<std::uint64_t>("size in 64 bits");
      if (has_offset) m.offset = field.number<std::uint64_t>("offset in 64 bits");
      wide = false;
    }
    if (wide) fail_member(m, "expected its sizes in 64 bits, got none");
  }

  /// Checks a member against its own header, and finds its content.
  /// @param at   where the member before ends
  /// @param end  where members end
  /// @return where it ends
  std::uint64_t read_member(zip_member& m, std::uint64_t at, std::uint64_t end) const {
    if (m.flags & ~zip_utf8_name)
      fail_member(m, "expected no flags but that for UTF-8, got ", m.flags,
                  " (encrypted, or sizes behind the member)");
    if (m.method != 0)
      fail_member(m, "expected it stored as it is, got compression method ", m.method,
                  " (write it with numpy.savez)");
    if (m.packed != m.bytes)
      fail_member(m, "expected ", m.bytes, " bytes stored as they are, got ", m.packed);
    if (m.offset != at)
      fail_member(m, "expected to begin at byte ", at, ", where the one before ends, got ",
                  m.offset);
    zip_cursor from(name_, file_, at, end);
    from.expect(zip_local, "signature of a member");
    from.take(2, "version");
    zip_member local;
    read_common(from, local);
    const auto name_length = from.number<std::uint16_t>("length of a name");
    const auto extra_length = from.number<std::uint16_t>("length of extra fields");
    local.name = from.text(name_length, "a name");
    read_extra(from, extra_length, local, false);
    const auto same = [&](const char* what, const auto& here, const auto& there) {
      if (here != there)
        fail_member(m, "expected the same ", what, " in its header as in the directory, ", there,
                    ", got ", here);
    };
    if (local.name != m.name)
      fail_member(m, "expected the same name in its header as in the directory, got ",
                  shown(local.name));
    same("flags", local.flags, m.flags);
    same("method", local.method, m.method);
    same("checksum", local.checksum, m.checksum);
    same("size", local.packed, m.packed);
    same("size", local.bytes, m.bytes);
    m.content = from.take(m.bytes, "a member");
    return from.at();
  }

  std::string_view name_;
  std::span<const std::byte> file_;
};

/// Puts numbers together, the least byte first.
class zip_bytes {
 public:
  template <class T>
  zip_bytes& number(T value) {
    for (std::size_t k = 0; k < sizeof(T); ++k)
      text += static_cast<char>(std::uint64_t{value} >> 8 * k & 255);
    return *this;
  }
  std::string text;
};

/// The header of a member, so that its content begins at a multiple of 64 bytes.
inline std::string zip_local_header(const zip_member& m, bool wide) {
  constexpr std::size_t fixed = 30, field = 4, line = 64;
  const std::size_t sizes = wide ? field + 16 : 0;
  const std::size_t before =
      static_cast<std::size_t>(m.offset % line) + fixed + m.name.size() + sizes + field;
  const std::size_t padding = (line - before % line) % line;
  zip_bytes out;
  out.number(zip_local).number(std::uint16_t{45}).number(m.flags).number(m.method);
  out.number(std::uint16_t{0}).number(std::uint16_t{0x21}).number(m.checksum);  // 1 January 1980
  const auto size = static_cast<std::uint32_t>(wide ? zip_most32 : m.bytes);
  out.number(size).number(size).number(static_cast<std::uint16_t>(m.name.size()));
  out.number(static_cast<std::uint16_t>(sizes + field + padding));
  out.text += m.name;
  if (wide) out.number(zip64_field).number(std::uint16_t{16}).number(m.bytes).number(m.bytes);
  out.number(zip_pad_field).number(static_cast<std::uint16_t>(padding));
  out.text.append(padding, '\0');
  return std::move(out.text);
}

/// The directory and all behind it.
/// @param begin  where it begins
inline std::string zip_directory(std::span<const zip_member> members, std::uint64_t begin,
                                 bool wide) {
  zip_bytes out;
  const auto narrow = [&](std::uint64_t value) {
    return static_cast<std::uint32_t>(wide ? zip_most32 : value);
  };
  for (const auto& m : members) {
    constexpr std::uint16_t unix_45 = 3 << 8 | 45;
    constexpr std::uint32_t readable = 0100644U << 16;
    out.number(zip_central).number(unix_45).number(std::uint16_t{45});
    out.number(m.flags).number(m.method).number(std::uint16_t{0}).number(std::uint16_t{0x21});
    out.number(m.checksum).number(narrow(m.bytes)).number(narrow(m.bytes));
    out.number(static_cast<std::uint16_t>(m.name.size()));
    out.number(static_cast<std::uint16_t>(wide ? 28 : 0)).number(std::uint16_t{0});
    out.number(std::uint16_t{0}).number(std::uint16_t{0}).number(readable);
    out.number(narrow(m.offset));
    out.text += m.name;
    if (wide)
      out.number(zip64_field)
          .number(std::uint16_t{24})
          .number(m.bytes)
          .number(m.bytes)
          .number(m.offset);
  }
  const std::uint64_t size = out.text.size(), count = members.size();
  if (wide) {
    out.number(zip64_end).number(std::uint64_t{44}).number(std::uint16_t{45});
    out.number(std::uint16_t{45}).number(std::uint32_t{0}).number(std::uint32_t{0});
    out.number(count).number(count).number(size).number(begin);
    out.number(zip64_locator).number(std::uint32_t{0}).number(begin + size);
    out.number(std::uint32_t{1});
  }
  const auto short_count = static_cast<std::uint16_t>(wide ? zip_most16 : count);
  out.number(zip_end).number(std::uint16_t{0}).number(std::uint16_t{0});
  out.number(short_count).number(short_count).number(narrow(size)).number(narrow(begin));
  out.number(std::uint16_t{0});
  return std::move(out.text);
}

}  // namespace ciess::detail
