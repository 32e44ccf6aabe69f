// SPDX-License-Identifier: MIT
/// @file
/// Bytes out of gzip and zstd, by zlib and libzstd: the component ciess::compressed.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/data/compression.hpp>
#include <ciess/data/detail/source.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>

#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

namespace ciess {
namespace detail {

/// What a decoder did in one step.
struct decoder_step {
  /// Bytes of the input; none, and none written: it needs more than there are.
  std::size_t read = 0;
  std::size_t written = 0;      ///< bytes of the output
  bool ended = false;           ///< this member or frame has ended
  const char* wrong = nullptr;  ///< what the library complains about, if it does
};

/// gzip by zlib, which checks length and CRC-32 of each member.
class gzip_decoder {
 public:
  static constexpr std::string_view piece = "gzip member";
  static constexpr std::string_view library = "zlib";

  gzip_decoder() {
    constexpr int gzip_only = 16 + MAX_WBITS;
    if (inflateInit2(&stream_, gzip_only) != Z_OK) throw std::bad_alloc();
  }
  gzip_decoder(const gzip_decoder&) = delete;
  gzip_decoder& operator=(const gzip_decoder&) = delete;
  ~gzip_decoder() { inflateEnd(&stream_); }

  decoder_step step(std::span<char> in, std::span<char> out) {
    const auto few = [](std::size_t n) { return static_cast<uInt>(std::min(n, most_at_once)); };
    stream_.next_in = reinterpret_cast<Bytef*>(in.data());
    stream_.avail_in = few(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = few(out.size());
    const int status = inflate(&stream_, Z_NO_FLUSH);
    if (status == Z_MEM_ERROR) throw std::bad_alloc();
    const bool good = status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR;
    const char* const words = stream_.msg != nullptr ? stream_.msg : "unknown error";
    return {few(in.size()) - stream_.avail_in, few(out.size()) - stream_.avail_out,
            status == Z_STREAM_END, good ? nullptr : words};
  }

  /// To be called where one member has ended and another begins.
  void next_piece() { inflateReset(&stream_); }

  static bool begins_piece(std::string_view rest) {
    return compression_of(rest) == compression::gzip;
  }

  /// Zeros fill the last block of a tape, and are customary elsewhere.
  static bool is_padding(std::string_view rest) {
    return rest.find_first_not_of('\0') == std::string_view::npos;
  }

 private:
  static constexpr std::size_t most_at_once = std::size_t{1} << 30;  // zlib counts in 32 bits

  z_stream stream_{};
};

/// zstd by libzstd, which checks the content of those frames that have a checksum.
class zstd_decoder {
 public:
  static constexpr std::string_view piece = "zstd frame";
  static constexpr std::string_view library = "libzstd";

  zstd_decoder() : context_{ZSTD_createDCtx()} {
    if (!context_) throw std::bad_alloc();
  }

  decoder_step step(std::span<char> in, std::span<char> out) {
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    const std::size_t status = ZSTD_decompressStream(context_.get(), &to, &from);
    const bool failed = ZSTD_isError(status) != 0;
    if (failed && ZSTD_getErrorCode(status) == ZSTD_error_memory_allocation) throw std::bad_alloc();
    return {from.pos, to.pos, status == 0, failed ? ZSTD_getErrorName(status) : nullptr};
  }

  void next_piece() {}  // libzstd goes on by itself

  // Not compression_of, which would step over all skippable frames that follow, each time.
  static bool begins_piece(std::string_view rest) {
    return is_zstd_frame(rest) || is_skippable_frame(rest);
  }

  static bool is_padding(std::string_view) { return false; }

 private:
  struct free_context {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  std::unique_ptr<ZSTD_DCtx, free_context> context_;
};

/// Decompresses all members or frames of `in`, which must not be empty.
template <class Decoder>
std::string decompress_all(std::span<char> in, const std::string& name, std::uint64_t most) {
  constexpr std::size_t step_bytes = std::size_t{1}
                                     << 18;  // stays in the cache until it is appended
  const auto buffer = std::make_unique_for_overwrite<char[]>(step_bytes);
  Decoder decoder;
  std::string out;
  for (std::size_t begin = 0, at = 0;; begin = at) {
    for (bool ended = false; !ended;) {
      const decoder_step s = decoder.step(in.subspan(at), {buffer.get(), step_bytes});
      if (s.wrong != nullptr)
        throw_error<data_error>(name, ": expected a ", Decoder::piece, " from byte ", begin,
                                " on, got one that cannot be read (", Decoder::library, ": ",
                                s.wrong, ')');
      if (s.written > most - out.size())
        throw_error<data_error>(name, ": expected at most ", most,
                                " bytes once decompressed, got more");
      if (s.read == 0 && s.written == 0 && !s.ended)
        throw_error<data_error>(name, ": expected a whole ", Decoder::piece, " from byte ", begin,
                                " on, got only its first ", in.size() - begin, " bytes");
      out.append(buffer.get(), s.written);
      at += s.read;
      ended = s.ended;
    }
    const std::string_view rest(in.data() + at, in.size() - at);
    if (rest.empty() || Decoder::is_padding(rest)) return out;
    if (!Decoder::begins_piece(rest))
      throw_error<data_error>(name, ": expected another ", Decoder::piece,
                              " or the end after byte ", at, ", got ", rest.size(),
                              " bytes of something else");
    decoder.next_piece();
  }
}

}  // namespace detail

/// What a file holds once it is decompressed: by its magic number gzip or zstd, otherwise the bytes
/// as they are. Members or frames that follow one another are joined, and zeros after the last gzip
/// member, which are padding, left away. What comes out is not decompressed again.
/// @param bytes  all of the file; moved in, they are not copied
/// @param name   of the file, for messages
/// @param most   bytes that may come out of compressed ones
/// @throws data_error "name: expected ..., got ..." if the compressed bytes are damaged, cut off
///         or followed by others; if more than `most` bytes come out; if they are compressed
///         otherwise (xz, bzip2, zip, lz4); if a zstd frame asks for a window of more than 128 MiB,
///         as only `zstd --long=28` and above make it
/// Time: linear in both lengths. Memory: both, and, while the result grows by doubling, again as
/// much as it has become: nothing is allocated for what the file only claims to hold, but up to 128
/// MiB of the frame's window. A gzip member has a checksum, a zstd frame if its writer gave it one
/// (the tool does).
[[nodiscard]] inline std::string decompressed(std::string bytes, const std::string& name,
                                              std::uint64_t most = std::uint64_t{32} << 30) {
  switch (const compression format = compression_of(bytes); format) {
    case compression::none:
      return bytes;
    case compression::gzip:
      return detail::decompress_all<detail::gzip_decoder>(bytes, name, most);
    case compression::zstd:
      return detail::decompress_all<detail::zstd_decoder>(bytes, name, most);
    default:
      detail::throw_error<data_error>(
          name, ": expected gzip, zstd, or bytes that are not compressed, got ", to_string(format));
  }
}

/// The same of a file.
/// @throws io_error if it cannot be read; otherwise as `decompressed`
[[nodiscard]] inline std::string decompressed_file(const std::filesystem::path& path,
                                                   std::uint64_t most = std::uint64_t{32} << 30) {
  return decompressed(detail::bytes_of(path), path.string(), most);
}

}  // namespace ciess
