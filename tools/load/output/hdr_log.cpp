#include "hdr_log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>

#include "../histogram.h"
#include "../text.h"

namespace load {
namespace {

constexpr std::uint32_t v2_cookie = 0x1c849313;
constexpr std::uint32_t v2_compressed_cookie = 0x1c849314;
constexpr std::uint32_t significant_digits = 3;
// What readers make room for: an hour, and more only where more was measured.
constexpr std::uint64_t usual_highest = 3'600'000'000'000;

template <class Number>
void put_big_endian(std::string& out, Number value) {
  for (int shift = 8 * (static_cast<int>(sizeof value) - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(static_cast<unsigned char>(value >> shift)));
  }
}

// LEB128 of HdrHistogram's kind: after eight bytes of seven bits the ninth has eight.
void put_zig_zag(std::string& out, std::int64_t value) {
  auto rest = static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
  for (int i = 0; i < 8 && rest >= 0x80; ++i, rest >>= 7) out.push_back(static_cast<char>(rest | 0x80));
  out.push_back(static_cast<char>(rest));
}

}  // namespace

std::string hdr_encoded(const SparseHistogram& histogram) {
  std::string counts;
  std::size_t next = 0;
  for (const auto& bucket : histogram.buckets) {
    const auto index = Histogram::bucket_of(bucket.upper_end);
    if (index > next) put_zig_zag(counts, -static_cast<std::int64_t>(index - next));
    put_zig_zag(counts, static_cast<std::int64_t>(bucket.count));
    next = index + 1;
  }
  std::string text;
  put_big_endian(text, v2_cookie);
  put_big_endian(text, static_cast<std::uint32_t>(counts.size()));
  put_big_endian(text, std::uint32_t{0});  // offset of the first bucket
  put_big_endian(text, significant_digits);
  put_big_endian(text, std::uint64_t{1});  // lowest value that can be told from 0
  put_big_endian(text, std::max(usual_highest, histogram.max));
  put_big_endian(text, std::bit_cast<std::uint64_t>(1.0));  // ratio of whole numbers to what they stand for
  return text + counts;
}

std::string zlib_stored(std::string_view data) {
  constexpr std::size_t most_in_block = 65535;
  std::string out("\x78\x01", 2);
  std::uint32_t a = 1;  // Adler-32
  std::uint32_t b = 0;
  for (const char each : data) {
    a = (a + static_cast<unsigned char>(each)) % 65521;
    b = (b + a) % 65521;
  }
  do {
    const auto block = data.substr(0, most_in_block);
    data.remove_prefix(block.size());
    out.push_back(data.empty() ? '\1' : '\0');
    const auto length = static_cast<std::uint16_t>(block.size());
    for (const auto number : {length, static_cast<std::uint16_t>(~length)}) {
      out.push_back(static_cast<char>(number & 0xff));
      out.push_back(static_cast<char>(number >> 8));
    }
    out += block;
  } while (!data.empty());
  put_big_endian(out, b << 16 | a);
  return out;
}

std::string base64(std::string_view data) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t at = 0; at < data.size(); at += 3) {
    const auto three = data.substr(at, 3);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i)
      bits = bits << 8 | (i < three.size() ? static_cast<unsigned char>(three[i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i) text += i <= three.size() ? digits[bits >> (18 - 6 * i) & 63] : '=';
  }
  return text;
}

std::string hdr_log(const std::vector<Interval>& series, std::chrono::system_clock::time_point started_at) {
  const auto seconds = std::chrono::duration<double>(started_at.time_since_epoch()).count();
  auto text = fmt::format(
      "#[eddy-load: response times in nanoseconds]\n#[Histogram log format version 1.3]\n"
      "#[StartTime: {:.3f} (seconds since epoch), {:%Y-%m-%dT%H:%M:%SZ}]\n"
      "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n",
      seconds, fmt::gmtime(std::chrono::system_clock::to_time_t(started_at)));
  for (const auto& each : series) {
    const auto wrapped = zlib_stored(hdr_encoded(each.response));
    std::string framed;
    put_big_endian(framed, v2_compressed_cookie);
    put_big_endian(framed, static_cast<std::uint32_t>(wrapped.size()));
    // The format's maximum is in milliseconds where values are nanoseconds.
    text += fmt::format("{:.3f},{:.3f},{:.3f},{}\n", in_seconds(each.start), in_seconds(each.length),
                        static_cast<double>(each.response.max) / 1e6, base64(framed + wrapped));
  }
  return text;
}

}  // namespace load
