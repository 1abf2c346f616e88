#include "cache_preload.h"

#include <fmt/format.h>
#include <reactor/listener.h>
#include <reactor/loop.h>

#include <algorithm>
#include <csignal>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "cache_item.h"
#include "shown.h"

namespace load {
namespace {

constexpr std::string_view stored = "STORED\r\n";
constexpr std::size_t batch = 64 * 1024;  // bytes of items that leave together

class Preload {
 public:
  Preload(const Settings& settings, std::string target)
      : settings_(settings), target_(std::move(target)), loop_({.driver = settings.driver}) {}

  void go() {
    const auto silence = settings_.timeout_or_default(false);
    for (const int signal : {SIGINT, SIGTERM}) {
      loop_.on_signal(signal, [this](int) {
        why_ = "interrupted";
        loop_.stop();
      });
    }
    eddy::connect<Session>(loop_, target_, [this] { return Session{this}; },
                           {.timeout = settings_.connect_timeout,
                            .connection = {.idle_timeout = silence, .write_stall_timeout = eddy::unlimited}});
    loop_.run();
    if (!why_.empty()) {
      throw std::runtime_error(
          fmt::format("{}: --preload: {} of {} keys stored: {}", target_, stored_, settings_.cache.keys, why_));
    }
  }

 private:
  struct Session {
    Preload* preload;

    void on_open(eddy::Connection& peer) { preload->send(peer); }
    void on_low(eddy::Connection& peer) { preload->send(peer); }
    std::size_t on_data(eddy::Connection& peer, eddy::Bytes in) { return preload->received(peer, in); }
    void on_end(eddy::Connection& peer) { preload->fail(peer, "the server closed the connection"); }
    void on_close(eddy::Connection& /*peer*/, std::error_code why) { preload->closed(why); }
  };

  void send(eddy::Connection& peer) {
    auto accepted = eddy::SendResult::accepted;
    while (accepted == eddy::SendResult::accepted && (next_ < settings_.cache.keys || !items_.empty())) {
      if (items_.empty()) add_items();
      // An item may be larger than what a connection queues.
      const auto piece = std::string_view(items_).substr(sent_, batch);
      accepted = peer.send(piece);
      if (accepted != eddy::SendResult::refused) sent_ += piece.size();
      if (sent_ < items_.size()) continue;
      items_.clear();
      sent_ = 0;
    }
  }

  void add_items() {
    const auto& options = settings_.cache;
    for (; next_ < options.keys && items_.size() < batch; ++next_) {
      const CacheItem item{next_, 0,
                           options.value_size.least + static_cast<std::size_t>(next_ % (1 + options.value_size.most -
                                                                                        options.value_size.least))};
      append_set(items_, item, options.key_size);
      const auto at = items_.size();
      items_.resize(at + item.size);
      item.value().fill(0, std::as_writable_bytes(std::span(items_)).subspan(at));
      items_ += "\r\n";
    }
  }

  std::size_t received(eddy::Connection& peer, eddy::Bytes in) {
    auto text = in.text();
    for (; text.size() >= stored.size() && text.starts_with(stored); text.remove_prefix(stored.size())) ++stored_;
    if (!stored.starts_with(text)) {
      fail(peer, "got " + shown(text.substr(0, text.find('\r'))));
    } else if (stored_ > next_ || (stored_ == next_ && (!items_.empty() || peer.queued() > 0))) {
      fail(peer, "got STORED for a key that it has not been sent");
    } else if (stored_ == settings_.cache.keys) {
      peer.close();
    }
    return in.size() - text.size();
  }

  // What is queued would wait for a server that reads nothing.
  void fail(eddy::Connection& peer, std::string why) {
    if (why_.empty()) why_ = std::move(why);
    peer.abort();
  }

  void closed(std::error_code why) {
    if (why_.empty() && stored_ < settings_.cache.keys) {
      why_ = why ? why.message() : "the server closed the connection";
    }
    loop_.stop();
  }

  const Settings& settings_;
  std::string target_;
  eddy::Loop loop_;
  std::string items_;         // on their way to the connection
  std::size_t sent_ = 0;      // of these
  std::uint64_t next_ = 0;    // key
  std::uint64_t stored_ = 0;  // keys
  std::string why_;           // it ended early
};

}  // namespace

void preload(const Settings& settings, const std::string& target) { Preload(settings, target).go(); }

}  // namespace load
