// Load for a cache server that speaks memcached's text protocol: fills it with items of 100 bytes under keys of 10, and
// gets them over many connections with a number of requests in flight on each. Every byte that comes back is compared.
//   cache_load URL --items N                 stores them, over one connection
//   cache_load URL --items N --seconds S     gets them, and prints how many were answered
#include <apps/cli/driver_option.h>
#include <apps/cli/program.h>
#include <apps/cli/quantity.h>
#include <fmt/format.h>
#include <reactor/listener.h>
#include <reactor/loop.h>
#include <reactor/timer.h>

#include <array>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

constexpr std::size_t key_size = 10;
constexpr std::size_t value_size = 100;

struct Load {
  std::string url;
  std::string driver;
  std::size_t items = 100'000;
  std::size_t connections = 100;
  std::size_t in_flight = 1;
  eddy::Duration time = eddy::Duration::zero();

  std::uint64_t answered = 0;
  std::string failure;
};

// The key of an item, which is also what its value consists of.
struct Key {
  explicit Key(std::uint64_t number) {
    text.front() = 'k';
    for (auto digit = key_size - 1; digit > 0; --digit, number /= 10) {
      text[digit] = static_cast<char>('0' + number % 10);
    }
  }
  std::string_view view() const { return {text.data(), text.size()}; }
  std::array<char, key_size> text{};
};

// What both sides of a connection take in the same order.
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next(std::uint64_t below) {
    auto mixed = state_ += 0x9e3779b97f4a7c15;  // splitmix64
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
    return (mixed ^ mixed >> 31) % below;
  }

 private:
  std::uint64_t state_;
};

void fail(eddy::Connection& peer, Load& load, const std::string& what) {
  load.failure = what;
  peer.loop().stop();
}

class Gets {
 public:
  Gets(Load& load, std::uint64_t number) : load_(&load), asked_(number), awaited_(number) {}

  void on_open(eddy::Connection& peer) { ask(peer, load_->in_flight); }

  std::size_t on_data(eddy::Connection& peer, eddy::Bytes in) {
    std::size_t answers = 0;
    for (; in.size() - answers * answer_size >= answer_size; ++answers) {
      const auto answer = in.without_first(answers * answer_size).first(answer_size).text();
      if (!is_right(answer, Key(awaited_.next(load_->items)))) {
        fail(peer, *load_, fmt::format("a wrong answer: {}", answer));
        return in.size();
      }
    }
    load_->answered += answers;
    ask(peer, answers);
    return answers * answer_size;
  }

  void on_close(eddy::Connection& peer, std::error_code why) {
    if (why != eddy::make_error_code(eddy::Errc::loop_gone)) {
      fail(peer, *load_, fmt::format("a connection has ended: {}", why ? why.message() : "by the server"));
    }
  }

 private:
  static constexpr std::string_view before_key = "VALUE ";
  static constexpr std::string_view before_value = " 0 100\r\n";
  static constexpr std::string_view after_value = "\r\nEND\r\n";
  static constexpr std::size_t answer_size =
      before_key.size() + key_size + before_value.size() + value_size + after_value.size();

  static bool is_right(std::string_view answer, const Key& key) {
    const auto take = [&answer](std::string_view expected) {
      const bool same = answer.starts_with(expected);
      answer.remove_prefix(expected.size());
      return same;
    };
    if (!take(before_key) || !take(key.view()) || !take(before_value)) return false;
    for (std::size_t i = 0; i < value_size; i += key_size) {
      if (!take(key.view())) return false;
    }
    return take(after_value);
  }

  void ask(eddy::Connection& peer, std::size_t count) {
    for (; count > 0; --count) {
      if (peer.send({"get ", Key(asked_.next(load_->items)).view(), "\r\n"}) == eddy::SendResult::refused) {
        return fail(peer, *load_, "no room to send a command");
      }
    }
  }

  Load* load_;
  Numbers asked_;
  Numbers awaited_;
};

class Sets {
 public:
  explicit Sets(Load& load) : load_(&load) {}

  void on_open(eddy::Connection& peer) { store(peer); }

  std::size_t on_data(eddy::Connection& peer, eddy::Bytes in) {
    std::size_t answers = 0;
    for (auto text = in.text(); text.size() >= stored.size(); text.remove_prefix(stored.size()), ++answers) {
      if (!text.starts_with(stored)) {
        fail(peer, *load_, fmt::format("a wrong answer: {}", text.substr(0, text.find('\n'))));
        return in.size();
      }
    }
    load_->answered += answers;
    if (load_->answered == load_->items) peer.loop().stop();
    store(peer);
    return answers * stored.size();
  }

  void on_close(eddy::Connection& peer, std::error_code why) {
    if (why != eddy::make_error_code(eddy::Errc::loop_gone)) {
      fail(peer, *load_, fmt::format("the connection has ended: {}", why ? why.message() : "by the server"));
    }
  }

 private:
  static constexpr std::string_view stored = "STORED\r\n";
  static constexpr std::uint64_t most_in_flight = 200;

  void store(eddy::Connection& peer) {
    for (; sent_ < load_->items && sent_ - load_->answered < most_in_flight; ++sent_) {
      const Key key(sent_);
      const auto text = key.view();
      if (peer.send({"set ", text, " 0 0 100\r\n", text, text, text, text, text, text, text, text, text, text,
                     "\r\n"}) == eddy::SendResult::refused) {
        return fail(peer, *load_, "no room to send a command");
      }
    }
  }

  Load* load_;
  std::uint64_t sent_ = 0;
};

int run(Load& load) {
  eddy::Loop loop({.driver = load.driver});
  eddy::Timer end(loop, [&loop] { loop.stop(); });
  if (load.time == eddy::Duration::zero()) {
    eddy::connect<Sets>(loop, load.url, [&load] { return Sets(load); });
  } else {
    for (std::size_t i = 0; i < load.connections; ++i) {
      eddy::connect<Gets>(loop, load.url, [&load, i] { return Gets(load, i); });
    }
    end.start(load.time);
  }
  loop.run();
  if (!load.failure.empty()) throw std::runtime_error(load.url + ": " + load.failure);
  fmt::print("{}\n", load.answered);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Fills a cache server with items of 100 bytes, or gets them; prints how many requests were answered.",
               "cache_load");
  Load load;
  app.add_option("url", load.url, "The server")->required()->type_name("URL");
  cli::add_driver_options(app, load.driver);
  cli::add_quantity(app, "--items", load.items, &cli::parse_count, "Items that there are [100000]")->type_name("N");
  cli::add_quantity(app, "--seconds", load.time, &cli::parse_positive_duration, "Get, for so long; without it: store")
      ->type_name("TIME");
  cli::add_quantity(app, "--connections", load.connections, &cli::parse_count, "To get over [100]")->type_name("N");
  cli::add_quantity(app, "--pipeline", load.in_flight, &cli::parse_count, "Gets in flight on each [1]")->type_name("N");
  return cli::run(app, argc, argv, [&] { return run(load); });
}
