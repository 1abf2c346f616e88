// Clients of a chat or cache server that do their worst, each kind in its way, until SIGTERM. One that the server
// throws out comes back at once. Prints `ready` when all have been in, and at the end what became of them.
#include <apps/cli/program.h>
#include <apps/cli/quantity.h>
#include <fmt/format.h>
#include <reactor/listener.h>
#include <reactor/loop.h>
#include <reactor/timer.h>
#include <tools/load/process.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "protocol.h"

namespace {

using namespace std::chrono_literals;
using hostile::Protocol;

enum class Kind : std::uint8_t {
  drip,       // one byte a second
  endless,    // a line without end
  half_open,  // half a message, and then silence
  reset,      // half a message, and a reset in its middle; again and again
  deaf,       // asks for much and never reads
};
constexpr std::array kind_names{"drip", "endless", "half-open", "reset", "deaf"};
constexpr std::size_t kinds = kind_names.size();

struct Settings {
  std::string url;
  Protocol protocol = Protocol::chat;
  std::size_t each = 40;                 // clients of each kind
  std::size_t endless_rate = 64 * 1024;  // bytes per second of each
  std::size_t deaf_rate = 100;           // requests per second of each
};

struct Tally {
  std::uint64_t opened = 0;
  std::uint64_t ended = 0;  // by the server, or because of it
  std::uint64_t sent = 0;   // bytes
};

// ---- what they say

constexpr std::size_t large_value = 100'000;

// What comes before anything else is taken.
std::string registration(Protocol protocol) {
  static std::uint64_t counter = 0;
  if (protocol == Protocol::cache) return {};
  return fmt::format("NICK b{}\r\nUSER bad 0 * :bad\r\nJOIN #bad\r\n", ++counter);
}

// So that the server has something large to tell.
std::string preparation(Protocol protocol) {
  if (protocol == Protocol::chat) return {};
  return fmt::format("set bad 0 0 {}\r\n{}\r\n", large_value, std::string(large_value, 'x'));
}

std::string half_a_message(Protocol protocol) {
  return protocol == Protocol::chat ? "PRIVMSG #bad :half of a mess" : "set half 0 0 1000\r\nhalf of a val";
}

// What has a long answer.
std::string request(Protocol protocol) {
  return protocol == Protocol::chat ? "WHO #bad\r\nNAMES #bad\r\nLUSERS\r\nMOTD\r\n" : "get bad\r\n";
}

// ---- one of them

class Client {
 public:
  Client(eddy::Loop& loop, const Settings& settings, Kind kind, Tally& tally, eddy::Callback<void()> first_opened)
      : loop_(loop),
        settings_(settings),
        kind_(kind),
        tally_(tally),
        first_opened_(std::move(first_opened)),
        again_(loop, [this] { open(); }),
        next_(loop, [this] { act(); }) {}

  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() {
    if (connection_ != nullptr) connection_->session<Session>()->client = nullptr;
  }

  void open() {
    connection_ =
        &eddy::connect<Session>(loop_, settings_.url, [this] { return Session{this}; },
                                {.socket = {.receive_buffer = kind_ == Kind::deaf ? std::optional(4096) : std::nullopt},
                                 .connection = {.write_stall_timeout = eddy::unlimited}});
  }

 private:
  struct Session {
    Client* client;  // null when it went before the connection
    void on_open(eddy::Connection& /*peer*/) { client->opened(); }
    void on_data(eddy::Connection& /*peer*/, eddy::Bytes /*in*/) {}
    void on_close(eddy::Connection& /*peer*/, std::error_code /*why*/) {
      if (client != nullptr) client->ended();
    }
  };

  void opened() {
    ++tally_.opened;
    if (!was_open_) first_opened_();
    was_open_ = true;
    switch (kind_) {
      case Kind::drip:
        to_drip_ = registration(settings_.protocol) + preparation(settings_.protocol);
        dripped_ = 0;
        return next_.start_every(1s);
      case Kind::endless: return next_.start_every(100ms);
      case Kind::half_open: return send(half_a_message(settings_.protocol));
      case Kind::reset:
        send(registration(settings_.protocol) + half_a_message(settings_.protocol));
        return next_.start(100ms);
      case Kind::deaf:
        connection_->pause();
        send(registration(settings_.protocol) + preparation(settings_.protocol));
        return next_.start_every(eddy::Duration(1s) / settings_.deaf_rate);
    }
  }

  void act() {
    switch (kind_) {
      case Kind::drip: return send(std::string_view(to_drip_).substr(dripped_++ % to_drip_.size(), 1));
      case Kind::endless: return send(std::string(settings_.endless_rate / 10, 'x'));
      case Kind::half_open: return;
      case Kind::reset: return void(connection_->abort());
      case Kind::deaf: return send(request(settings_.protocol));
    }
  }

  void send(std::string_view text) {
    if (connection_->queued() > 0) return;  // the server holds it back
    if (connection_->send(text) != eddy::SendResult::refused) tally_.sent += text.size();
  }

  void ended() {
    if (was_open_ && kind_ != Kind::reset) ++tally_.ended;
    connection_ = nullptr;
    next_.cancel();
    again_.start(100ms);
  }

  eddy::Loop& loop_;
  const Settings& settings_;
  Kind kind_;
  Tally& tally_;
  eddy::Callback<void()> first_opened_;
  eddy::Connection* connection_ = nullptr;
  eddy::Timer again_;
  eddy::Timer next_;
  std::string to_drip_;
  std::size_t dripped_ = 0;
  bool was_open_ = false;
};

int misbehave(const Settings& settings) {
  load::need_sockets(kinds * settings.each);
  eddy::Loop loop;
  std::array<Tally, kinds> tallies;
  std::size_t opened = 0;
  std::vector<std::unique_ptr<Client>> clients;
  const auto first_opened = [&] {
    if (++opened < clients.size()) return;
    fmt::print("ready\n");
    std::fflush(stdout);
  };
  for (std::size_t kind = 0; kind < kinds; ++kind) {
    for (std::size_t i = 0; i < settings.each; ++i) {
      clients.push_back(std::make_unique<Client>(loop, settings, static_cast<Kind>(kind), tallies[kind], first_opened));
    }
  }
  loop.stop_on({SIGINT, SIGTERM});
  loop.post([&] {
    for (auto& client : clients) client->open();
  });
  loop.run();
  for (std::size_t kind = 0; kind < kinds; ++kind) {
    fmt::print("{:<10} {} clients: {} connections, {} ended by the server, {} bytes sent\n", kind_names[kind],
               settings.each, tallies[kind].opened, tallies[kind].ended, tallies[kind].sent);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Clients of a chat or cache server that do their worst, until SIGTERM.", "hostile-bad_clients");
  Settings settings;
  app.add_option("url", settings.url, "The server")->required()->type_name("URL");
  cli::add_choice(app, "--protocol", settings.protocol, hostile::protocols, "chat or cache [chat]");
  cli::add_quantity(app, "--each", settings.each, &cli::parse_count, "Clients of each kind [40]")->type_name("N");
  cli::add_quantity(app, "--endless-rate", settings.endless_rate, &cli::parse_size,
                    "Bytes per second of each line without end [64k]")
      ->type_name("BYTES");
  cli::add_quantity(app, "--deaf-rate", settings.deaf_rate, &cli::parse_count,
                    "Requests per second of each that never reads [100]")
      ->type_name("N");
  return cli::run(app, argc, argv, [&] {
    if (settings.protocol == Protocol::echo) throw cli::UsageError("--protocol echo: expected chat or cache");
    return misbehave(settings);
  });
}
