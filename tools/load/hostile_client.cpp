#include "hostile_client.h"

#include <reactor/listener.h>

#include <chrono>
#include <optional>
#include <utility>

#include "sources.h"

namespace load {
namespace {

using namespace std::chrono_literals;

constexpr eddy::Duration slow_step = 1s;
constexpr eddy::Duration one_byte_step = 1ms;
constexpr eddy::Duration reset_pause = 100ms;
constexpr int small_buffer = 4096;  // so that what is not read is soon felt

}  // namespace

HostileClient::HostileClient(Ledger& ledger, std::size_t number, Hostility kind, HostileFigures& figures)
    : ledger_(ledger), number_(number), kind_(kind), figures_(figures), timer_(ledger.loop, [this] { act(); }) {}

HostileClient::~HostileClient() {
  if (connection_ != nullptr) connection_->session<Session>()->client = nullptr;
}

void HostileClient::open() {
  const auto* source = ledger_.source(number_);
  eddy::ConnectOptions options{.timeout = ledger_.settings.connect_timeout,
                               .socket = {.local_ports = ledger_.settings.local_ports},
                               .connection = {.write_stall_timeout = eddy::unlimited}};
  if (source != nullptr) options.source = source_url("tcp", *source);
  if (kind_ == Hostility::slow_read) options.socket.receive_buffer = small_buffer;
  exchange_ = make_exchange(ledger_, number_);
  request_.clear();
  sent_ = 0;
  try {
    connection_ = &eddy::connect<Session>(
        ledger_.loop, ledger_.target(number_), [this] { return Session{this}; }, options);
  } catch (const std::system_error& error) {
    ++figures_.connect_failures[connect_failure(error.code(), error.what())];
    come_again();
  }
}

// Only who resets does, whatever came of the last time.
void HostileClient::come_again() {
  if (kind_ == Hostility::reset) timer_.start(reset_pause);
}

void HostileClient::opened() {
  open_ = true;
  ++figures_.connected;
  switch (kind_) {
    case Hostility::half_open: return;
    case Hostility::slow_read:
      ask_all();
      connection_->pause();
      return timer_.start_every(slow_step);
    case Hostility::slow_write: return timer_.start_every(slow_step);
    case Hostility::one_byte: return timer_.start_every(one_byte_step);
    case Hostility::reset: send_next_byte(); return timer_.start(0ms);
    case Hostility::never_finish:
      request_ = next_request();
      request_.pop_back();
      void(connection_->send(eddy::Bytes(request_)));  // refused: it stays silent, which is as hostile
      return;
  }
}

// The timer's.
void HostileClient::act() {
  if (connection_ == nullptr) return open();
  switch (kind_) {
    case Hostility::slow_read: connection_->resume(); return;
    case Hostility::slow_write:
    case Hostility::one_byte: return send_next_byte();
    case Hostility::reset:
      connection_->session<Session>()->client = nullptr;
      connection_->abort();
      let_go();
      return come_again();
    case Hostility::half_open:
    case Hostility::never_finish: return;
  }
}

void HostileClient::ask_all() {
  eddy::SendResult result{};
  do {
    request_ = next_request();
    result = connection_->send(eddy::Bytes(request_));
  } while (result == eddy::SendResult::accepted);
}

void HostileClient::send_next_byte() {
  if (sent_ == request_.size()) {
    request_ = next_request();
    sent_ = 0;
  }
  const auto byte = eddy::Bytes(request_).first(sent_ + 1).without_first(sent_);
  if (connection_->send(byte) != eddy::SendResult::refused) ++sent_;
}

// A whole one, or as much of it as the scratch takes.
std::vector<std::byte> HostileClient::next_request() {
  const auto room = ledger_.scratch(Ledger::scratch_size);
  const auto written = exchange_->write(room);
  return {room.begin(), room.begin() + static_cast<std::ptrdiff_t>(written.bytes)};
}

void HostileClient::server_ended() {
  ++figures_.closed_by_server["closed"];
  timer_.cancel();
  connection_->session<Session>()->client = nullptr;
  let_go();
  come_again();
}

void HostileClient::closed(std::error_code why) {
  timer_.cancel();
  const bool was_open = open_;
  let_go();
  auto& counts = was_open ? figures_.closed_by_server : figures_.connect_failures;
  ++counts[was_open ? why.message() : connect_failure(why, why.message())];
  come_again();
}

void HostileClient::let_go() {
  const auto& connection = *std::exchange(connection_, nullptr);
  open_ = false;
  bytes_in_ += connection.bytes_in();
  bytes_out_ += connection.bytes_out();
}

void HostileClient::stop() {
  timer_.cancel();
  if (connection_ == nullptr) return;
  connection_->session<Session>()->client = nullptr;
  connection_->abort();
  let_go();
}

HostilePopulation::HostilePopulation(Ledger& ledger, Share share) {
  std::size_t number = 0;
  for (const auto& group : ledger.settings.hostile) {
    auto& figures = ledger.results.hostile[std::string(to_string(group.kind))];
    figures.wanted = static_cast<std::size_t>(share.count(group.count));
    for (std::size_t i = 0; i < figures.wanted; ++i) {
      // Numbered after all the good ones.
      const auto item = ledger.settings.connections + number + static_cast<std::size_t>(share.item(i));
      clients_.push_back(std::make_unique<HostileClient>(ledger, item, group.kind, figures));
    }
    number += group.count;
  }
}

void HostilePopulation::open() {
  for (const auto& client : clients_) client->open();
}

void HostilePopulation::stop() {
  for (const auto& client : clients_) client->stop();
}

std::uint64_t HostilePopulation::bytes_in() const {
  std::uint64_t bytes = 0;
  for (const auto& client : clients_) bytes += client->bytes_in();
  return bytes;
}

std::uint64_t HostilePopulation::bytes_out() const {
  std::uint64_t bytes = 0;
  for (const auto& client : clients_) bytes += client->bytes_out();
  return bytes;
}

}  // namespace load
