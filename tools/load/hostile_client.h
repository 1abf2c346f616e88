// HostileClient: one bad client (hostility.h). What becomes of it goes to its own figures, never to those of the good
// ones. Belongs to the loop's thread.
#pragma once

#include <reactor/connection.h>
#include <reactor/timer.h>

#include <cstdint>
#include <memory>
#include <system_error>
#include <vector>

#include "exchange.h"
#include "hostility.h"
#include "ledger.h"
#include "schedule.h"

namespace load {

class HostileClient {
 public:
  // The ledger gives it a server, a source address and the settings.
  HostileClient(Ledger& ledger, std::size_t number, Hostility kind, HostileFigures& figures);
  HostileClient(const HostileClient&) = delete;
  HostileClient& operator=(const HostileClient&) = delete;
  ~HostileClient();

  void open();
  void stop();  // ends at once, and is not counted as ended by the server

  // Of all its connections.
  std::uint64_t bytes_in() const { return bytes_in_ + (connection_ == nullptr ? 0 : connection_->bytes_in()); }
  std::uint64_t bytes_out() const { return bytes_out_ + (connection_ == nullptr ? 0 : connection_->bytes_out()); }

 private:
  struct Session {
    HostileClient* client;

    void on_open(eddy::Connection& /*peer*/) {
      if (client != nullptr) client->opened();
    }
    void on_data(eddy::Connection& peer, eddy::Bytes /*in*/) {
      if (client != nullptr && client->kind_ == Hostility::slow_read) peer.pause();
    }
    void on_low(eddy::Connection& /*peer*/) {
      if (client != nullptr && client->kind_ == Hostility::slow_read) client->ask_all();
    }
    void on_end(eddy::Connection& peer) {
      if (client != nullptr) client->server_ended();
      peer.close();
    }
    void on_close(eddy::Connection& /*peer*/, std::error_code why) {
      if (client != nullptr) client->closed(why);
    }
  };

  void opened();
  void act();
  void ask_all();
  void send_next_byte();
  std::vector<std::byte> next_request();
  void server_ended();
  void closed(std::error_code why);
  void let_go();
  void come_again();

  Ledger& ledger_;
  std::size_t number_;
  Hostility kind_;
  HostileFigures& figures_;
  std::unique_ptr<Exchange> exchange_;
  std::vector<std::byte> request_;  // and how much of it is sent
  std::size_t sent_ = 0;
  eddy::Connection* connection_ = nullptr;
  bool open_ = false;
  std::uint64_t bytes_in_ = 0;  // of connections that have ended
  std::uint64_t bytes_out_ = 0;
  eddy::Timer timer_;
};

// This slice's share of all groups.
class HostilePopulation {
 public:
  HostilePopulation(Ledger& ledger, Share share);

  void open();
  void stop();
  std::uint64_t bytes_in() const;
  std::uint64_t bytes_out() const;

 private:
  std::vector<std::unique_ptr<HostileClient>> clients_;
};

}  // namespace load
