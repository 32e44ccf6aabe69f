// SPDX-License-Identifier: MIT
/// @file
/// Files as gzip and zstd write them.
#pragma once

#include <zlib.h>
#include <zstd.h>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>

/// One gzip member, with a name in its header if there is one.
inline std::string gzip_of(std::string text, int level = 6, std::string name = {}) {
  z_stream s{};
  constexpr int gzip = 16 + MAX_WBITS;
  if (deflateInit2(&s, level, Z_DEFLATED, gzip, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("deflateInit2");
  gz_header header{};
  header.time = 1'000'000'000;
  header.os = 3;
  if (!name.empty()) header.name = reinterpret_cast<Bytef*>(name.data());
  deflateSetHeader(&s, &header);
  std::string out(deflateBound(&s, static_cast<uLong>(text.size())) + name.size() + 64, '\0');
  s.next_in = reinterpret_cast<Bytef*>(text.data());
  s.avail_in = static_cast<uInt>(text.size());
  s.next_out = reinterpret_cast<Bytef*>(out.data());
  s.avail_out = static_cast<uInt>(out.size());
  const int status = deflate(&s, Z_FINISH);
  out.resize(s.total_out);
  deflateEnd(&s);
  if (status != Z_STREAM_END) throw std::runtime_error("deflate");
  return out;
}

/// One zstd frame: with a checksum, and with its length in the header if it is `sized`.
inline std::string zstd_of(const std::string& text, int level = 3, bool sized = true) {
  const std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> c(ZSTD_createCCtx(), ZSTD_freeCCtx);
  ZSTD_CCtx_setParameter(c.get(), ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(c.get(), ZSTD_c_checksumFlag, 1);
  ZSTD_CCtx_setParameter(c.get(), ZSTD_c_contentSizeFlag, sized ? 1 : 0);
  std::string out(ZSTD_compressBound(text.size()) + 64, '\0');
  const std::size_t size =
      ZSTD_compress2(c.get(), out.data(), out.size(), text.data(), text.size());
  if (ZSTD_isError(size) != 0) throw std::runtime_error(ZSTD_getErrorName(size));
  out.resize(size);
  return out;
}

/// A frame that decoders of zstd skip.
inline std::string skippable_of(const std::string& content) {
  std::string out("\x53\x2A\x4D\x18", 4);
  for (unsigned k = 0; k < 4; ++k) out += static_cast<char>(content.size() >> 8 * k & 255);
  return out + content;
}
