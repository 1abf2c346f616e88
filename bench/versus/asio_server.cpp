// The workloads on standalone Asio: asynchronous reads and writes of shared sessions, as its tutorials have it,
// steady_timer, and asio::post.
#define ASIO_STANDALONE
#include <array>
#include <asio.hpp>
#include <deque>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "workloads.h"

namespace {

using asio::ip::tcp;
using asio::ip::udp;

class Session;
std::unordered_set<Session*> members;

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, bool to_all) : socket_(std::move(socket)), to_all_(to_all) {
    socket_.set_option(tcp::no_delay(true));
    if (to_all_) members.insert(this);
  }
  ~Session() { members.erase(this); }

  void read() {
    socket_.async_read_some(asio::buffer(buffer_),
                            [self = shared_from_this()](std::error_code error, std::size_t count) {
                              if (error) return;
                              if (!self->to_all_) return self->send_back(count);
                              const auto copy = std::make_shared<const std::string>(self->buffer_.data(), count);
                              for (auto* member : members) member->send(copy);
                              self->read();
                            });
  }

 private:
  void send_back(std::size_t count) {
    asio::async_write(socket_, asio::buffer(buffer_, count),
                      [self = shared_from_this()](std::error_code error, std::size_t) {
                        if (!error) self->read();
                      });
  }

  void send(std::shared_ptr<const std::string> data) {
    queue_.push_back(std::move(data));
    if (queue_.size() == 1) write();
  }

  void write() {
    asio::async_write(socket_, asio::buffer(*queue_.front()),
                      [self = shared_from_this()](std::error_code error, std::size_t) {
                        if (error) return;
                        self->queue_.pop_front();
                        if (!self->queue_.empty()) self->write();
                      });
  }

  tcp::socket socket_;
  bool to_all_;
  std::array<char, 16384> buffer_;
  std::deque<std::shared_ptr<const std::string>> queue_;
};

void accept(tcp::acceptor& acceptor, bool to_all) {
  acceptor.async_accept([&acceptor, to_all](std::error_code error, tcp::socket socket) {
    if (!error) std::make_shared<Session>(std::move(socket), to_all)->read();
    accept(acceptor, to_all);
  });
}

void serve(bool to_all) {
  asio::io_context context(1);  // one thread
  tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  acceptor.listen(4096);
  accept(acceptor, to_all);
  asio::signal_set signals(context, SIGTERM);
  signals.async_wait([&](std::error_code, int) { context.stop(); });
  versus::ready(acceptor.local_endpoint().port());
  context.run();
}

struct UdpEcho {
  udp::socket socket;
  udp::endpoint from{};
  std::array<char, 65536> buffer{};

  void receive() {
    socket.async_receive_from(asio::buffer(buffer), from, [this](std::error_code error, std::size_t count) {
      if (error) return receive();
      // The socket takes it at once, or it is lost as datagrams are.
      socket.send_to(asio::buffer(buffer, count), from, 0, error);
      receive();
    });
  }
};

struct Timers {
  asio::io_context context{1};
  std::size_t expired = 0;
  std::deque<asio::steady_timer> all;

  Timers() {
    for (std::size_t i = 0; i < versus::timers; ++i) all.emplace_back(context);
  }
  // Setting it anew cancels the wait: a handler is called for that, too.
  void start(std::size_t i, std::chrono::milliseconds delay) {
    all[i].expires_after(delay);
    all[i].async_wait([this](std::error_code error) {
      if (!error && ++expired == versus::timers) context.stop();
    });
    if (i % 1024 == 0) context.poll();
  }
  void cancel(std::size_t i) {
    all[i].cancel();
    if (i % 1024 == 0) context.poll();
  }
  void run_until_expired() { context.run(); }
};

struct Asio {
  static void echo() { serve(false); }
  static void fan_out() { serve(true); }

  static void udp() {
    asio::io_context context(1);
    UdpEcho echo{asio::ip::udp::socket(context, {asio::ip::address_v4::loopback(), 0})};
    echo.socket.non_blocking(true);
    echo.receive();
    asio::signal_set signals(context, SIGTERM);
    signals.async_wait([&](std::error_code, int) { context.stop(); });
    versus::ready(echo.socket.local_endpoint().port(), "udp");
    context.run();
  }

  static void timers() {
    Timers engine;
    versus::measure_timers(engine);
  }

  static void posts() {
    asio::io_context context;
    const auto work = asio::make_work_guard(context);
    std::size_t ran = 0;
    versus::measure_posts(
        [&] {
          asio::post(context, [&] {
            if (++ran == versus::posts) context.stop();
          });
        },
        [&] { context.run(); });
  }
};

}  // namespace

int main(int argc, char** argv) { return versus::run<Asio>(argc, argv); }
