#include "swarm.h"

#include <fmt/format.h>
#include <reactor/listener.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace attack {
namespace {

using namespace std::chrono_literals;

constexpr auto opening_period = 10ms;
constexpr std::size_t hosts_of_network = 250;

// 127.0.0.1 is for the good clients.
std::string source_of_host(std::size_t host) {
  return fmt::format("tcp://127.{}.{}.1:0", 1 + host / hosts_of_network, 1 + host % hosts_of_network);
}

eddy::Duration seconds(double count) {
  return std::chrono::duration_cast<eddy::Duration>(std::chrono::duration<double>(count));
}

}  // namespace

class Swarm::Member {
 public:
  Member(Swarm& all, std::size_t number)
      : all_(all), speaker_{number, 0, 0}, next_(all.loop_, [this] { speak(); }), end_(all.loop_, [this] {
          if (connection_ != nullptr) connection_->abort();
        }) {}
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;
  ~Member() {
    if (connection_ != nullptr) connection_->session<Session>()->member = nullptr;
  }

  bool leads() const { return speaker_.number == 0 && all_.plan_.leader != nullptr; }
  void open() {
    connection_ =
        &eddy::connect<Session>(all_.loop_, all_.url_, [this] { return Session{this}; },
                                {.source = source_of_host(speaker_.number % all_.plan_.hosts),
                                 .socket = {.receive_buffer = all_.plan_.reads ? std::nullopt : std::optional(4096)},
                                 .connection = {.write_stall_timeout = eddy::unlimited, .linger_timeout = 0s}});
  }

  bool came_to_something = false;

 private:
  struct Session {
    Member* member;  // null when it went before the connection
    void on_open(eddy::Connection& /*peer*/) { member->opened(); }
    void on_data(eddy::Connection& /*peer*/, eddy::Bytes in) { member->received(in.text()); }
    void on_close(eddy::Connection& /*peer*/, std::error_code /*why*/) {
      if (member != nullptr) member->ended();
    }
  };

  void opened() {
    ++all_.tally_.connections;
    open_ = true;
    heard_.clear();
    speaker_.turn = 0;
    if (all_.plan_.life > 0) end_.start(seconds(all_.plan_.life));
    const auto first = leads() ? all_.plan_.leader : all_.plan_.preamble;
    if (first != nullptr) send(first(speaker_));
    waits_ = first != nullptr && !all_.plan_.done.empty();
    if (!waits_) set_up();
  }

  void received(std::string_view text) {
    all_.tally_.received += text.size();
    if (!waits_) return;
    heard_.append(text);
    if (heard_.find(all_.plan_.done) != std::string::npos) {
      waits_ = false;
      return set_up();
    }
    heard_.erase(0, heard_.size() - std::min(heard_.size(), all_.plan_.done.size()));
  }

  void set_up() {
    if (!all_.plan_.reads) connection_->pause();
    if (all_.plan_.payload != nullptr && all_.plan_.rate > 0) {
      // Not all at the same instant.
      const auto period = seconds(1 / all_.plan_.rate);
      const auto part = static_cast<double>(speaker_.number) / static_cast<double>(all_.plan_.connections);
      next_.start(std::chrono::duration_cast<eddy::Duration>(period * part));
    }
    all_.came_to_something(*this);
  }

  void speak() {
    if (!std::exchange(in_rhythm_, true)) next_.start_every(seconds(1 / all_.plan_.rate));
    if (connection_->queued() > 0) return;  // the server holds it back
    send(all_.plan_.payload(speaker_));
    ++speaker_.turn;
  }

  void send(std::string_view text) {
    if (connection_->send(text) != eddy::SendResult::refused) all_.tally_.bytes += text.size();
  }

  void ended() {
    if (std::exchange(open_, false) && (all_.plan_.life <= 0 || end_.running())) ++all_.tally_.ended;
    connection_ = nullptr;
    in_rhythm_ = false;
    next_.cancel();
    end_.cancel();
    ++speaker_.life;
    if (!leads()) all_.came_to_something(*this);
    all_.open_again(*this);
  }

  Swarm& all_;
  Speaker speaker_;
  eddy::Connection* connection_ = nullptr;
  eddy::Timer next_;
  eddy::Timer end_;
  std::string heard_;  // the end of it
  bool open_ = false;
  bool waits_ = false;
  bool in_rhythm_ = false;
};

Swarm::Swarm(eddy::Loop& loop, const SwarmPlan& plan, std::string url, Tally& tally)
    : loop_(loop), plan_(plan), url_(std::move(url)), tally_(tally), opening_(loop, [this] { open_some(); }) {
  for (std::size_t i = 0; i < plan_.connections; ++i) members_.push_back(std::make_unique<Member>(*this, i));
  for (auto& member : members_) {
    to_open_.push_back(member.get());
    if (member->leads()) break;
  }
  opening_.start_every(opening_period);
}

Swarm::~Swarm() = default;

void Swarm::open_some() {
  may_open_ += static_cast<double>(plan_.opened) * std::chrono::duration<double>(opening_period).count();
  may_open_ = std::min(may_open_, std::max(1.0, static_cast<double>(to_open_.size())));
  for (; may_open_ >= 1 && !to_open_.empty(); may_open_ -= 1) {
    to_open_.front()->open();
    to_open_.pop_front();
  }
}

void Swarm::came_to_something(Member& member) {
  if (std::exchange(member.came_to_something, true)) return;
  ++set_up_;
  if (!member.leads()) return;
  for (std::size_t i = 1; i < members_.size(); ++i) to_open_.push_back(members_[i].get());
}

}  // namespace attack
