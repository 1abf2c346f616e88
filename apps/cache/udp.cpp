#include "udp.h"

#include <reactor/loop.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace cache {
namespace {

// Of one request; a longer one is replaced by an error. Two of the largest values fit by default.
constexpr std::size_t answer_limit = 2 * mebibyte + mebibyte / 2;

// Bytes that a request's appends may put together; the next command is answered with an error. Each of some 2000
// appends that a datagram has room for may copy a value of the largest size.
constexpr std::size_t joined_limit = 8 * mebibyte;

constexpr std::size_t frame_content = frame_limit - frame_header_size;

std::size_t number_at(eddy::Bytes bytes, std::size_t at) {
  return std::to_integer<std::size_t>(bytes[at]) << 8 | std::to_integer<std::size_t>(bytes[at + 1]);
}

void put_number(char* at, std::size_t number) {
  at[0] = static_cast<char>(number >> 8 & 0xff);
  at[1] = static_cast<char>(number & 0xff);
}

void send_framed(eddy::DatagramSocket& socket, const eddy::Address& to, std::size_t request_id, eddy::Bytes answer) {
  const auto total = (answer.size() + frame_content - 1) / frame_content;
  std::array<char, frame_limit> frame{};
  put_number(frame.data(), request_id);
  put_number(frame.data() + 4, total);
  for (std::size_t sequence = 0; sequence < total; ++sequence) {
    const auto part = answer.without_first(sequence * frame_content).first(frame_content);
    put_number(frame.data() + 2, sequence);
    std::memcpy(frame.data() + frame_header_size, part.data(), part.size());
    // The rest of a message that has lost a part is of no use.
    if (socket.send_to(to, {frame.data(), frame_header_size + part.size()}) == eddy::SendResult::refused) return;
  }
}

// All answers begin with an upper-case letter, and no command does.
bool is_answer(eddy::Bytes text) {
  const auto first = text.text().front();
  return first >= 'A' && first <= 'Z';
}

bool is_error(eddy::Bytes answer) {
  const auto text = answer.text();
  return text.starts_with("ERROR") || text.starts_with("CLIENT_ERROR") || text.starts_with("SERVER_ERROR");
}

// Errors that are told in a second: enough for people who try something out. Whoever forges senders gets no more.
constexpr int most_errors = 100;

// A forged sender can set two caches talking to each other without end, or one to itself: an ERROR would be answered by
// an ERROR (CERT VU#417980).
bool would_go_round(const eddy::DatagramSocket& socket, eddy::Bytes text, const eddy::Address& from) {
  return from.port() == socket.address().port() || is_answer(text);
}

}  // namespace

void DatagramClient::on_datagram(eddy::DatagramSocket& socket, eddy::Bytes payload, const eddy::Address& from) {
  if (payload.size() <= frame_header_size || from.is_unnamed() || from.port() == 0) return;
  if (number_at(payload, 4) != 1 || would_go_round(socket, payload.without_first(frame_header_size), from)) return;
  counters_.bytes_read.add(payload.size());
  const auto now = state_->clock.at(socket.loop().now());
  execute_all(socket.id(), payload.without_first(frame_header_size), now);
  if (!is_error(reply_.bytes()) || may_tell_error(now)) {
    counters_.bytes_written.add(reply_.size());
    send_framed(socket, from, number_at(payload, 0), reply_.bytes());
  }
  reply_.clear();
}

bool DatagramClient::may_tell_error(Seconds now) {
  if (std::exchange(error_second_, now) != now) errors_ = 0;
  return ++errors_ <= most_errors;
}

void DatagramClient::execute_all(eddy::Id socket, eddy::Bytes requests, Seconds now) {
  eddy::MemcacheDecoder decoder({.value_limit = state_->settings.item_size_max});
  Command command;
  std::size_t joined = 0;
  while (true) {
    const auto found = decoder.next(requests, command);
    requests = requests.without_first(found.size);
    if (found.what == eddy::Found::What::message) {
      if (joined > joined_limit) {
        reply_ << "SERVER_ERROR too much work for UDP\r\n";
        return;
      }
      service_.execute(socket, command, now, reply_);
      joined += service_.take_joined_bytes();
      if (reply_.size() <= answer_limit) continue;
      reply_.clear();
      reply_ << "SERVER_ERROR answer too long for UDP\r\n";
      return;
    }
    if (found.what == eddy::Found::What::broken || found.size == 0) return;
  }
}

}  // namespace cache
