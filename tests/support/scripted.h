// Scripted: a session whose callbacks a test fills in, and which writes down what happened to it.
//
//   Script server;
//   server.on_data = [](Connection& peer, Bytes in) { peer.send(in); return in.size(); };
//   Listener<Scripted> listener{loop, "tcp://127.0.0.1:0", server.factory()};
//
// One Script may serve several connections; `last` is the one called most recently.
#pragma once

#include <reactor/connection.h>
#include <reactor/loop.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <system_error>
#include <vector>

namespace eddy::test {

struct Scripted;

struct Script {
  // What the test wants done. Empty: on_data consumes everything; the others do nothing but on_end, on_idle and
  // on_drain, which do what a session without them gets: the connection closes.
  std::function<void(Connection&)> on_open;
  std::function<std::size_t(Connection&, Bytes)> on_data;
  std::function<void(Connection&)> on_end;
  std::function<void(Connection&)> on_high;
  std::function<void(Connection&)> on_low;
  std::function<void(Connection&)> on_idle;
  std::function<void(Connection&)> on_drain;
  std::function<void(Connection&, std::error_code)> on_close;

  // What happened.
  std::vector<std::string> events;       // "open", "data", "end", "high", "low", "idle", "drain", "close"
  std::string received;                  // consumed bytes, in order
  std::vector<std::error_code> reasons;  // of each on_close
  Id last{};
  int depth = 0;                    // callbacks on the stack now
  bool nested = false;              // a callback ran inside another one
  std::set<Id> ended;               // had their on_close
  bool called_after_close = false;  // one of those was called again

  std::size_t count(std::string_view event) const {
    return static_cast<std::size_t>(std::count(events.begin(), events.end(), event));
  }
  bool opened() const { return count("open") > 0; }
  bool closed() const { return count("close") > 0; }
  std::error_code why() const { return reasons.empty() ? std::error_code() : reasons.back(); }

  std::function<Scripted()> factory();
};

struct Scripted {
  Script* script = nullptr;

  void on_open(Connection& peer) {
    run("open", peer, [&] { call(script->on_open, peer); });
  }
  std::size_t on_data(Connection& peer, Bytes in) {
    std::size_t consumed = in.size();
    run("data", peer, [&] {
      if (script->on_data) consumed = script->on_data(peer, in);
      script->received += in.first(consumed).text();
    });
    return consumed;
  }
  void on_end(Connection& peer) {
    run("end", peer, [&] { script->on_end ? script->on_end(peer) : void(peer.close()); });
  }
  void on_high(Connection& peer) {
    run("high", peer, [&] { call(script->on_high, peer); });
  }
  void on_low(Connection& peer) {
    run("low", peer, [&] { call(script->on_low, peer); });
  }
  void on_idle(Connection& peer) {
    run("idle", peer, [&] { script->on_idle ? script->on_idle(peer) : void(peer.close(Errc::idle_timeout)); });
  }
  void on_drain(Connection& peer) {
    run("drain", peer, [&] { script->on_drain ? script->on_drain(peer) : void(peer.close()); });
  }
  void on_close(Connection& peer, std::error_code why) {
    run("close", peer, [&] {
      script->reasons.push_back(why);
      script->ended.insert(peer.id());
      if (script->on_close) script->on_close(peer, why);
    });
  }

 private:
  static void call(const std::function<void(Connection&)>& function, Connection& peer) {
    if (function) function(peer);
  }
  template <class Body>
  void run(const char* event, Connection& peer, Body body) {
    struct Depth {
      explicit Depth(Script& of) : script(of) { script.nested |= ++script.depth > 1; }
      ~Depth() { --script.depth; }
      Depth(const Depth&) = delete;
      Depth& operator=(const Depth&) = delete;
      Script& script;
    } depth(*script);
    script->events.emplace_back(event);
    script->last = peer.id();
    script->called_after_close |= script->ended.contains(peer.id());
    body();
  }
};

inline std::function<Scripted()> Script::factory() {
  return [this] { return Scripted{this}; };
}

}  // namespace eddy::test
