#include "sources.h"

#include <fmt/format.h>
#include <reactor/address.h>

#include <charconv>
#include <cstdint>
#include <fstream>
#include <optional>
#include <stdexcept>

namespace load {
namespace {

constexpr std::uint32_t most_in_a_range = 65536;
constexpr eddy::PortRange iana_dynamic_ports{49152, 65535};  // RFC 6335; what BSDs and Windows use

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number number{};
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return {};
  return number;
}

std::optional<std::uint32_t> ipv4(std::string_view text) {
  std::uint32_t address = 0;
  for (int part = 0; part < 4; ++part) {
    const auto dot = part < 3 ? text.find('.') : text.size();
    if (dot == std::string_view::npos) return {};
    const auto number = number_in<std::uint8_t>(text.substr(0, dot));
    if (!number) return {};
    address = address << 8 | *number;
    text.remove_prefix(part < 3 ? dot + 1 : dot);
  }
  return address;
}

std::string ipv4_text(std::uint32_t address) {
  return fmt::format("{}.{}.{}.{}", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255);
}

[[noreturn]] void refuse_source(std::string_view item) {
  throw std::invalid_argument(
      fmt::format("{}: expected an IP address, a range such as 127.0.0.2-127.0.0.9 of at most {}, or several with "
                  "commas between",
                  item.empty() ? "nothing" : item, most_in_a_range));
}

void add_source(std::vector<std::string>& sources, std::string_view item) {
  if (const auto dash = item.find('-'); dash != std::string_view::npos) {
    const auto first = ipv4(item.substr(0, dash));
    const auto last = ipv4(item.substr(dash + 1));
    if (!first || !last || *last < *first || *last - *first >= most_in_a_range) refuse_source(item);
    for (auto address = *first; address <= *last; ++address) sources.push_back(ipv4_text(address));
    return;
  }
  if (!ipv4(item)) {
    if (item.find(':') == std::string_view::npos) refuse_source(item);
    try {
      eddy::Address::parse(fmt::format("tcp://[{}]:0", item));
    } catch (const std::system_error&) {
      refuse_source(item);
    }
  }
  sources.emplace_back(item);
}

}  // namespace

std::vector<std::string> parse_sources(std::string_view text) {
  std::vector<std::string> sources;
  for (;;) {
    const auto comma = text.find(',');
    add_source(sources, text.substr(0, comma));
    if (comma == std::string_view::npos) return sources;
    text.remove_prefix(comma + 1);
  }
}

eddy::PortRange parse_port_range(std::string_view text) {
  const auto dash = text.find('-');
  const auto first = number_in<std::uint16_t>(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : number_in<std::uint16_t>(text.substr(dash + 1));
  if (!first || !last || *first == 0 || *last < *first) {
    throw std::invalid_argument("expected FIRST-LAST of 1 to 65535");
  }
  return {*first, *last};
}

eddy::PortRange ephemeral_ports() {
  std::ifstream file("/proc/sys/net/ipv4/ip_local_port_range");
  eddy::PortRange range{};
  if (file >> range.first >> range.last && range.first > 0 && range.first <= range.last) return range;
  return iana_dynamic_ports;
}

std::string source_url(std::string_view scheme, const std::string& source) {
  return source.find(':') == std::string::npos ? fmt::format("{}://{}:0", scheme, source)
                                               : fmt::format("{}://[{}]:0", scheme, source);
}

std::string connect_failure(std::error_code why, const std::string& otherwise) {
  if (why != std::errc::address_not_available && why != std::errc::address_in_use) return otherwise;
  return "out of local ports: each pair of source and server address has only so many; use more --source addresses, "
         "more servers, or a wider net.ipv4.ip_local_port_range";
}

}  // namespace load
