#include "client.h"

#include <gtest/gtest.h>
#include "../support/loop_until.h"

#include <algorithm>
#include <chrono>
#include <vector>

namespace cache::test {
namespace {

using eddy::test::patience;

void append_number(std::string& text, std::uint16_t number) {
  text.push_back(static_cast<char>(number >> 8));
  text.push_back(static_cast<char>(number & 0xff));
}

std::uint16_t number_at(std::string_view text, std::size_t position) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(text[i])); };
  return static_cast<std::uint16_t>(byte(position) << 8 | byte(position + 1));
}

}  // namespace

std::string Client::ask(std::string_view commands) {
  static constexpr std::string_view no_op = "mn\r\n";
  static constexpr std::string_view its_answer = "MN\r\n";
  send(std::string(commands).append(no_op));
  while (!received_.ends_with(its_answer)) {
    if (!receive()) return take(received_.size());
  }
  auto answer = take(received_.size());
  answer.resize(answer.size() - its_answer.size());
  return answer;
}

void Client::send(std::string_view data) {
  const auto give_up = std::chrono::steady_clock::now() + patience;
  while (!data.empty() && !socket_.ended() && !socket_.reset()) {
    data.remove_prefix(socket_.send_some(data));
    if (data.empty()) return;
    if (socket_.wait_readable(std::chrono::milliseconds(1))) received_ += socket_.read_some();
    if (std::chrono::steady_clock::now() > give_up) {
      ADD_FAILURE() << data.size() << " bytes could not be sent; received: " << received_.substr(0, 1000);
      return;
    }
  }
}

std::string Client::read(std::size_t count) {
  while (received_.size() < count && receive()) {
  }
  return take(count);
}

std::string Client::read_until(std::string_view end) {
  std::size_t found = 0;
  while ((found = received_.find(end)) == std::string::npos) {
    if (!receive()) return take(received_.size());
  }
  return take(found + end.size());
}

std::string Client::read_to_end() {
  while (receive()) {
  }
  return take(received_.size());
}

bool Client::silent() {
  received_ += socket_.read_some();
  return received_.empty();
}

bool Client::receive() {
  if (!socket_.wait_readable(patience)) {
    ADD_FAILURE() << "nothing more came; until then: " << received_.substr(0, 1000);
    return false;
  }
  const auto more = socket_.read_some();
  received_ += more;
  return !more.empty();
}

std::string Client::take(std::size_t count) {
  auto taken = received_.substr(0, count);
  received_.erase(0, taken.size());
  return taken;
}

void UdpClient::send(const Frame& frame) {
  std::string datagram;
  for (const auto number : {frame.request, frame.sequence, frame.total, frame.reserved}) {
    append_number(datagram, number);
  }
  socket_.send(datagram.append(frame.text));
}

Frame UdpClient::receive_one() {
  if (!socket_.wait_readable(patience)) {
    ADD_FAILURE() << "no datagram came";
    return {};
  }
  const auto datagram = socket_.read_some();
  if (datagram.size() < 8) {
    ADD_FAILURE() << "a datagram of " << datagram.size() << " bytes, which is less than a header";
    return {};
  }
  return {.request = number_at(datagram, 0),
          .sequence = number_at(datagram, 2),
          .total = number_at(datagram, 4),
          .reserved = number_at(datagram, 6),
          .text = datagram.substr(8)};
}

std::string UdpClient::receive(std::uint16_t request) {
  std::vector<Frame> frames{receive_one()};
  while (frames.size() < frames.front().total && !testing::Test::HasFailure()) frames.push_back(receive_one());
  std::sort(frames.begin(), frames.end(),
            [](const Frame& left, const Frame& right) { return left.sequence < right.sequence; });
  std::string text;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    EXPECT_EQ(frames[i].request, request);
    EXPECT_EQ(frames[i].sequence, i);
    EXPECT_EQ(frames[i].total, frames.size());
    EXPECT_EQ(frames[i].reserved, 0);
    EXPECT_LE(frames[i].text.size(), 1400U - 8);
    text += frames[i].text;
  }
  return text;
}

std::string UdpClient::ask(std::uint16_t request, std::string_view commands, std::string_view end) {
  send({.request = request, .text = std::string(commands)});
  std::string text;
  do {
    text += receive(request);
  } while (!text.ends_with(end) && !testing::Test::HasFailure());
  return text;
}

}  // namespace cache::test
