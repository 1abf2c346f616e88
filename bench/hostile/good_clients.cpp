// Well-behaved clients of a chat, cache or echo server, whose round trips are measured while others misbehave. Open
// model: each round trip is due at an instant fixed beforehand and timed from there. Prints one JSON object.
//
//   chat   clients come in pairs and speak to each other; timed until the other one has the line
//   cache  each stores a value and fetches it, in turn; timed until the answer is whole
//   echo   each sends a line, timed until it is back
#include <apps/cli/program.h>
#include <apps/cli/quantity.h>
#include <fmt/format.h>
#include <protocols/lines.h>
#include <reactor/listener.h>
#include <reactor/loop.h>
#include <reactor/timer.h>
#include <tools/load/histogram.h>
#include <tools/load/pacer.h>
#include <tools/load/process.h>
#include <tools/load/ring.h>
#include <tools/load/schedule.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol.h"

namespace {

using namespace std::chrono_literals;
using hostile::Protocol;

constexpr std::size_t coming_at_a_time = 8;  // some servers' queue of new connections is short

struct Settings {
  std::string url;
  Protocol protocol = Protocol::chat;
  std::string password;  // of a chat server that wants one
  std::size_t clients = 100;
  std::size_t size = 100;    // of values and echoed lines
  std::uint64_t rate = 150;  // round trips per second, all together
  eddy::Duration duration = 10s;
  eddy::Duration patience = 30s;  // for registering, and for answers at the end
};

struct Results {
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  std::uint64_t wrong = 0;
  std::uint64_t ended = 0;  // connections, before they should
  load::Histogram times;
};

class Population;

// One client. What it awaits comes in order: lines from its partner, or answers to its own requests.
class Client {
 public:
  Client(Population& all, std::size_t number) : all_(all), number_(number) {}
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() {
    if (connection_ != nullptr) connection_->session<eddy::Lines<Session>>()->inner().client = nullptr;
  }

  void open();
  void ask(std::uint64_t message, eddy::TimePoint due);

 private:
  struct Awaited {
    std::uint64_t message;
    eddy::TimePoint due;
    bool fetched;  // cache: by get, else stored by set
  };
  struct Session {
    Client* client;  // null when it went before the connection
    void on_open(eddy::Connection& /*peer*/) { client->opened(); }
    void on_line(eddy::Connection& /*peer*/, std::string_view line) { client->received(line); }
    void on_close(eddy::Connection& /*peer*/, std::error_code /*why*/) {
      if (client != nullptr) client->ended();
    }
  };

  void opened();
  void received(std::string_view line);
  void received_chat(std::string_view line);
  void received_cache(std::string_view line);
  void received_echo(std::string_view line);
  void answered(bool right);
  void ended();
  std::string name() const { return fmt::format("good{}", number_); }

  Population& all_;
  std::size_t number_;
  eddy::Connection* connection_ = nullptr;
  load::Ring<Awaited> awaited_;
  std::uint64_t stored_ = 0;  // the value that the server was given last
  bool store_next_ = true;
  int lines_of_answer_ = 0;
};

class Population {
 public:
  explicit Population(const Settings& with) : settings(with), done_(loop, [this] { loop.stop(); }) {
    for (std::size_t i = 0; i < settings.clients; ++i) clients_.push_back(std::make_unique<Client>(*this, i));
  }

  const Results& go() {
    loop.post([this] {
      while (opened_ < std::min(coming_at_a_time, settings.clients)) clients_[opened_++]->open();
    });
    done_.start(settings.patience);
    loop.run();
    if (!pacer_) throw std::runtime_error(fmt::format("{} of {} clients got in", ready_, settings.clients));
    return results;
  }

  void ready() {
    if (opened_ < settings.clients) clients_[opened_++]->open();
    if (++ready_ < settings.clients) return;
    schedule_.emplace(loop.clock(), static_cast<double>(settings.rate), settings.clients, settings.duration);
    pacer_.emplace(
        loop, *schedule_,
        [this](std::uint64_t message, eddy::TimePoint due, eddy::TimePoint) {
          clients_[schedule_->connection(message)]->ask(message, due);
        },
        [this] { settle(); });
    done_.start(settings.duration + settings.patience);
  }
  void settle() {
    if (pacer_ && pacer_->done() && results.answered + results.wrong == results.sent) loop.stop();
  }
  std::string text_of(std::uint64_t message) const { return fmt::format("{:{}}", message, settings.size); }
  Client& partner_of(std::size_t number) { return *clients_[number ^ 1]; }

  const Settings& settings;
  Results results;
  eddy::Loop loop;

 private:
  std::vector<std::unique_ptr<Client>> clients_;
  std::size_t opened_ = 0;
  std::size_t ready_ = 0;
  std::optional<load::Schedule> schedule_;
  std::optional<load::Pacer> pacer_;
  eddy::Timer done_;
};

void Client::open() {
  connection_ = &eddy::connect<eddy::Lines<Session>>(all_.loop, all_.settings.url,
                                                     [this] { return eddy::Lines<Session>(Session{this}); },
                                                     {.timeout = all_.settings.patience});
}

// A message that is refused is missing at the end, like one that is lost.
void Client::opened() {
  if (all_.settings.protocol != Protocol::chat) return all_.ready();
  if (!all_.settings.password.empty()) void(connection_->send({"PASS ", all_.settings.password, "\r\n"}));
  void(connection_->send(fmt::format("NICK {}\r\nUSER good 0 * :good\r\n", name())));
}

void Client::ask(std::uint64_t message, eddy::TimePoint due) {
  ++all_.results.sent;
  if (connection_ == nullptr) return;
  if (all_.settings.protocol == Protocol::chat) {
    auto& partner = all_.partner_of(number_);
    partner.awaited_.push_back({message, due, false});
    void(connection_->send(fmt::format("PRIVMSG {} :{}\r\n", partner.name(), message)));
  } else if (all_.settings.protocol == Protocol::echo) {
    awaited_.push_back({message, due, false});
    void(connection_->send(all_.text_of(message) + "\r\n"));
  } else if (std::exchange(store_next_, !store_next_)) {
    stored_ = message;
    awaited_.push_back({message, due, false});
    void(connection_->send(fmt::format("set {} 0 0 {}\r\n{}\r\n", name(), all_.settings.size, all_.text_of(message))));
  } else {
    awaited_.push_back({stored_, due, true});
    void(connection_->send(fmt::format("get {}\r\n", name())));
  }
}

void Client::received(std::string_view line) {
  switch (all_.settings.protocol) {
    case Protocol::chat: return received_chat(line);
    case Protocol::cache: return received_cache(line);
    case Protocol::echo: return received_echo(line);
  }
}

void Client::received_chat(std::string_view line) {
  if (line.starts_with("PING ")) {
    void(connection_->send({"PONG ", line.substr(5), "\r\n"}));
  } else if (line.find(" 001 ") != std::string_view::npos) {
    all_.ready();
  } else if (line.find(" PRIVMSG ") != std::string_view::npos) {
    answered(!awaited_.empty() && line.substr(line.rfind(':') + 1) == std::to_string(awaited_.front().message));
  }
}

void Client::received_cache(std::string_view line) {
  if (awaited_.empty() || !awaited_.front().fetched) return answered(line == "STORED");
  switch (lines_of_answer_++) {
    case 0:
      if (line == fmt::format("VALUE {} 0 {}", name(), all_.settings.size)) return;
      break;
    case 1:
      if (line == all_.text_of(awaited_.front().message)) return;
      break;
    default: lines_of_answer_ = 0; return answered(line == "END");
  }
  lines_of_answer_ = 0;
  answered(false);
}

void Client::received_echo(std::string_view line) {
  answered(!awaited_.empty() && line == all_.text_of(awaited_.front().message));
}

void Client::answered(bool right) {
  ++(right ? all_.results.answered : all_.results.wrong);
  if (right) all_.results.times.record(all_.loop.clock() - awaited_.front().due);
  if (!awaited_.empty()) awaited_.pop_front();
  all_.settle();
}

void Client::ended() {
  connection_ = nullptr;
  ++all_.results.ended;
}

int measure(const Settings& settings) {
  if (settings.protocol == Protocol::chat && settings.clients % 2 != 0) {
    throw cli::UsageError(
        fmt::format("--connections {}: expected an even number: they come in pairs", settings.clients));
  }
  load::need_sockets(settings.clients);
  Population population(settings);
  const auto& results = population.go();
  const auto microseconds = [&](double percent) {
    return static_cast<double>(results.times.percentile(percent).count()) / 1e3;
  };
  fmt::print(R"({{"sent": {}, "answered": {}, "wrong": {}, "ended": {}, "p50_us": {}, "p99_us": {}, "max_us": {}}})"
             "\n",
             results.sent, results.answered, results.wrong, results.ended, microseconds(50), microseconds(99),
             microseconds(100));
  return results.answered == results.sent ? 0 : cli::exit_failure;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Well-behaved clients of a chat, cache or echo server; measures their round trips.",
               "hostile-good_clients");
  Settings settings;
  app.add_option("url", settings.url, "The server")->required()->type_name("URL");
  cli::add_choice(app, "--protocol", settings.protocol, hostile::protocols, "chat, cache or echo [chat]");
  app.add_option("--password", settings.password, "What a chat server wants with PASS")->type_name("TEXT");
  cli::add_quantity(app, "--patience", settings.patience, &cli::parse_positive_duration,
                    "How long registering may take, and answers at the end [30s]")
      ->type_name("TIME");
  cli::add_quantity(app, "-c,--connections", settings.clients, &cli::parse_count, "Clients [100]")->type_name("N");
  cli::add_quantity(
      app, "--size", settings.size, [](std::string_view text) { return cli::parse_whole(text, 20, 64000); },
      "Bytes of a value, or of an echoed line: 20 to 64000 [100]")
      ->type_name("N");
  cli::add_quantity(app, "--rate", settings.rate, &cli::parse_count, "Round trips per second in all [150]")
      ->type_name("N");
  cli::add_quantity(app, "-d,--duration", settings.duration, &cli::parse_positive_duration, "How long [10s]")
      ->type_name("TIME");
  return cli::run(app, argc, argv, [&] { return measure(settings); });
}
