#include "services.h"

#include <fmt/chrono.h>
#include <reactor/loop.h>

#include <algorithm>
#include <array>
#include <ctime>

namespace echo {
namespace {

constexpr std::size_t line_length = 72;
constexpr std::size_t printable = 95;  // from space to tilde

// Every line of the generator is a window of this text.
constexpr auto ring = [] {
  std::array<char, printable + line_length> text{};
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(' ' + i % printable);
  return text;
}();

std::string_view generated_line(std::size_t number) { return {ring.data() + number % printable, line_length}; }

}  // namespace

std::size_t EchoStream::on_data(eddy::Connection& peer, eddy::Bytes in) {
  const auto result = peer.send(in);
  if (result != eddy::SendResult::accepted) peer.pause();
  return result == eddy::SendResult::refused ? 0 : in.size();
}

void ChargenStream::fill(eddy::Connection& peer) {
  while (true) {
    const auto result = peer.send({generated_line(line_), "\r\n"});
    if (result == eddy::SendResult::refused) return;
    ++line_;
    if (result == eddy::SendResult::accepted_above_high_mark) return;
  }
}

void DaytimeStream::on_open(eddy::Connection& peer) {
  void(peer.send(daytime_text()));  // refused only for want of memory: the peer gets the end alone
  peer.close();
}

void EchoDatagrams::on_datagram(eddy::DatagramSocket& socket, eddy::Bytes payload, const eddy::Address& from) {
  if (answers_anything(socket, from) || !limit.allows(from, socket.loop().now())) return;
  void(socket.send_to(from, payload));  // UDP may lose an answer; so may a full queue
}

void ChargenDatagrams::on_datagram(eddy::DatagramSocket& socket, eddy::Bytes /*payload*/, const eddy::Address& from) {
  if (answers_anything(socket, from) || !limit_.allows(from, socket.loop().now())) return;
  // RFC 864 asks for a random length; one that walks through all of them is as good and can be repeated.
  const auto length = count_++ * 197 % 513;
  std::string text;
  for (std::size_t line = 0; text.size() < length; ++line) {
    text.append(generated_line(count_ + line)).append("\r\n");
  }
  text.resize(length);
  void(socket.send_to(from, text));
}

void DaytimeDatagrams::on_datagram(eddy::DatagramSocket& socket, eddy::Bytes /*payload*/, const eddy::Address& from) {
  if (answers_anything(socket, from) || !limit.allows(from, socket.loop().now())) return;
  void(socket.send_to(from, daytime_text()));
}

std::string daytime_text() {
  const auto parts = fmt::gmtime(std::time(nullptr));
  std::array<char, 64> text{};
  const auto length = std::strftime(text.data(), text.size(), "%A, %B %d, %Y %H:%M:%S-UTC\r\n", &parts);
  return {text.data(), length};
}

bool answers_anything(const eddy::DatagramSocket& socket, const eddy::Address& from) {
  static constexpr std::array<std::uint16_t, 6> ports{7, 11, 13, 17, 19, 37};
  if (from == socket.address() || (from.is_ip() && from.port() == socket.address().port())) return true;
  return from.is_unnamed() || std::find(ports.begin(), ports.end(), from.port()) != ports.end();
}

}  // namespace echo
