#include "volley.h"

#include <fmt/format.h>

#include <chrono>

namespace attack {
namespace {

using namespace std::chrono_literals;

constexpr auto volley_period = 10ms;

eddy::Address sender_for(Sender sender, const eddy::Address& server, const eddy::Address& second) {
  switch (sender) {
    case Sender::true_one: return eddy::Address::parse("udp://127.0.0.2:0");
    case Sender::same_port: return eddy::Address::parse(fmt::format("udp://127.0.0.2:{}", server.port()));
    case Sender::itself: return server;
    case Sender::second: return second;
    case Sender::known_port: return server.with_port(19);
  }
  return {};
}

bool is_forged(Sender sender) { return sender != Sender::true_one && sender != Sender::same_port; }

}  // namespace

Volley::Volley(eddy::Loop& loop, const VolleyPlan& plan, const eddy::Address& server, const eddy::Address& second,
               Tally& tally)
    : plan_(plan),
      server_(server),
      sender_(sender_for(plan.sender, server, second)),
      tally_(tally),
      next_(loop, [this] { send_some(); }) {
  if (is_forged(plan.sender)) {
    forged_ = std::make_unique<Forged>();
  } else {
    socket_ =
        std::make_unique<eddy::Datagram<Receiver>>(loop, sender_.to_string(), [&tally] { return Receiver{&tally}; });
  }
  next_.start_every(volley_period);
}

void Volley::send_some() {
  due_ += static_cast<double>(plan_.rate) * std::chrono::duration<double>(volley_period).count();
  for (; due_ >= 1; due_ -= 1) send(plan_.payload(number_++));
}

void Volley::send(const std::string& payload) {
  if (forged_) {
    forged_->send(sender_, server_, payload);
  } else if (socket_->send_to(server_, payload) == eddy::SendResult::refused) {
    return;
  }
  tally_.bytes += payload.size();
  ++tally_.datagrams;
}

}  // namespace attack
