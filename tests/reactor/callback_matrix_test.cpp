// Every callback may do anything: each callback x each mutator x each driver. Whatever it is, each connection ends
// exactly once, no callback nests in another, none comes after on_close, the counts agree, and the loop goes on
// working.
#include <gtest/gtest.h>
#include <reactor/datagram.h>

#include <array>
#include <csignal>
#include <stdexcept>

#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

enum class At { open, data, end, high, low, idle, drain, close, timer, task, signal, watch, datagram };
constexpr std::array<const char*, 13> at_names{"open",  "data",  "end",  "high",   "low",   "idle",    "drain",
                                               "close", "timer", "task", "signal", "watch", "datagram"};

// A listener, a client and its server side, on which things are done; a sibling that others do things to; a datagram
// socket.
struct World {
  struct Receiver {
    World* world;
    void on_datagram(DatagramSocket& /*socket*/, Bytes /*payload*/, const Address& /*from*/) const {
      world->act(world->link.at_server());
    }
  };

  explicit World(const std::string& driver, At at)
      : link(driver, "tcp", options(at)), timer(link.loop, [this] { act(link.at_server()); }) {
    link.loop.on_exception([this](std::exception_ptr) { ++exceptions; });
  }
  static ListenOptions options(At at) {
    ConnectionOptions connection{.high_mark = 100'000, .low_mark = 10'000, .linger_timeout = 50ms};
    if (at == At::idle) connection.idle_timeout = 5ms;
    return {.connection = connection};
  }

  void act(Connection* connection) {
    if (acted) return;
    acted = true;
    mutate(*this, connection);
  }

  Link link;
  Timer timer;
  std::unique_ptr<Datagram<Receiver>> socket;
  Watch watch;
  Id sibling{};
  std::function<void(World&, Connection*)> mutate;
  bool acted = false;
  bool throws = false;
  int exceptions = 0;
};

struct Mutator {
  const char* name;
  void (*run)(World& world, Connection* connection);  // null when the connection has ended already
};

constexpr Mutator mutators[] = {
    {"send",
     [](World&, Connection* c) {
       if (c != nullptr) c->send("something");
     }},
    {"send much",
     [](World&, Connection* c) {
       if (c != nullptr) c->send(std::string(300'000, 'x'));
     }},
    {"send shared",
     [](World&, Connection* c) {
       if (c != nullptr) c->send(SharedBytes("shared"));
     }},
    {"pause",
     [](World&, Connection* c) {
       if (c != nullptr) c->pause();
     }},
    {"pause, resume",
     [](World&, Connection* c) {
       if (c != nullptr) {
         c->pause();
         c->resume();
       }
     }},
    {"finish",
     [](World&, Connection* c) {
       if (c != nullptr) c->finish();
     }},
    {"close",
     [](World&, Connection* c) {
       if (c != nullptr) c->close();
     }},
    {"close twice",
     [](World&, Connection* c) {
       if (c != nullptr) {
         c->close();
         EXPECT_FALSE(c->close());
       }
     }},
    {"send, close",
     [](World&, Connection* c) {
       if (c != nullptr) {
         c->send("last");
         c->close();
       }
     }},
    {"abort",
     [](World&, Connection* c) {
       if (c != nullptr) c->abort();
     }},
    {"abort, then the rest",
     [](World&, Connection* c) {
       if (c == nullptr) return;
       c->abort();
       EXPECT_FALSE(c->abort());
       EXPECT_FALSE(c->close());
       EXPECT_FALSE(c->finish());
       EXPECT_FALSE(c->pause());
       EXPECT_FALSE(c->resume());
       EXPECT_EQ(c->send("x"), SendResult::refused);
     }},
    {"become another session",
     [](World& w, Connection* c) {
       if (c != nullptr) c->become<Scripted>(w.link.server.factory());
     }},
    {"become another session, close",
     [](World& w, Connection* c) {
       if (c == nullptr) return;
       c->become<Scripted>(w.link.server.factory());
       c->close();
     }},
    {"become another session, throw out of its on_open",
     [](World& w, Connection* c) {
       struct Throwing : Scripted {
         static void on_open(Connection& /*peer*/) { throw std::runtime_error("thrown by a test"); }
       };
       w.throws = c != nullptr && c->become<Throwing>([&] { return Throwing{{&w.link.server}}; });
     }},
    {"when_sent",
     [](World&, Connection* c) {
       if (c == nullptr) return;
       c->send("something");
       c->when_sent([](Connection& sent_to) {
         sent_to.send("more");
         sent_to.when_sent([](Connection& again) { again.close(); });
       });
     }},
    {"set_options",
     [](World&, Connection* c) {
       if (c != nullptr) c->set_options({.max_lifetime = 1ms});
     }},
    {"abort the sibling",
     [](World& w, Connection*) {
       if (auto* s = w.link.loop.find(w.sibling)) s->abort();
     }},
    {"close the other end",
     [](World& w, Connection*) {
       if (auto* c = w.link.at_client()) c->close();
     }},
    {"destroy the listener", [](World& w, Connection*) { w.link.listener.reset(); }},
    {"connect anew",
     [](World& w, Connection*) {
       if (w.link.listener) {
         connect<Scripted>(w.link.loop, w.link.listener->address().to_string(), w.link.client.factory());
       }
     }},
    {"stop", [](World& w, Connection*) { w.link.loop.stop(); }},
    {"drain", [](World& w, Connection*) { w.link.loop.drain(100ms); }},
    {"post",
     [](World& w, Connection* c) {
       w.link.loop.post([&loop = w.link.loop, id = c != nullptr ? c->id() : Id{}] {
         if (auto* again = loop.find(id)) again->close();
       });
     }},
    {"throw",
     [](World& w, Connection*) {
       w.throws = true;
       throw std::runtime_error("thrown by a test");
     }},
};

class CallbackMatrix : public testing::TestWithParam<std::tuple<int, std::string>> {
  const SkipWithout skip_{std::get<1>(GetParam())};

 protected:
  static At at() { return static_cast<At>(std::get<0>(GetParam())); }
  static const std::string& driver() { return driver_or_other(std::get<1>(GetParam())); }

  // Makes the callback happen.
  static void provoke(World& world) {
    auto& link = world.link;
    switch (at()) {
      case At::open:
      case At::idle: break;
      case At::data: link.at_client()->send("hello"); break;
      case At::end: link.at_client()->finish(); break;
      case At::high:
      case At::low: {
        link.at_client()->pause();
        // More than the kernel takes by itself.
        while (!world.acted && link.at_server()->queued() <= 100'000) {
          link.at_server()->send(std::string(50'000, 'x'));
          link.loop.run_once(link.loop.now());
        }
        if (at() == At::low) link.at_client()->resume();
        break;
      }
      case At::drain: link.loop.drain(100ms); break;
      case At::close: link.at_client()->close(); break;
      case At::timer: world.timer.start(1ms); break;
      case At::task: link.loop.post([&world] { world.act(world.link.at_server()); }); break;
      case At::signal:
        link.loop.on_signal(SIGTERM, [&world](int) { world.act(world.link.at_server()); });
        std::raise(SIGTERM);
        break;
      case At::watch: {
        auto [ours, theirs] = socket_pair();
        theirs.close();
        auto end = std::make_shared<RawSocket>(std::move(ours));
        const int descriptor = end->descriptor();
        world.watch = link.loop.watch(descriptor, Interest::read, [&world, held = std::move(end)](Ready) mutable {
          const auto until_closed = std::move(held);  // the callback goes with its watch
          world.watch = {};                           // from inside its own callback
          until_closed->close();
          world.act(world.link.at_server());
        });
        break;
      }
      case At::datagram:
        world.socket = std::make_unique<Datagram<World::Receiver>>(link.loop, "udp://127.0.0.1:0",
                                                                   [&world] { return World::Receiver{&world}; });
        world.socket->send_to(world.socket->address(), "to itself");
        break;
    }
  }

  static void install(World& world) {
    const auto act = [&world](Connection& connection) { world.act(&connection); };
    auto& server = world.link.server;
    if (at() == At::open) server.on_open = act;
    if (at() == At::data) {
      server.on_data = [act](Connection& connection, Bytes in) {
        act(connection);
        return in.size();
      };
    }
    if (at() == At::end) server.on_end = act;
    if (at() == At::high) server.on_high = act;
    if (at() == At::low) server.on_low = act;
    if (at() == At::idle) server.on_idle = act;
    if (at() == At::drain) server.on_drain = act;
    if (at() == At::close) server.on_close = [act](Connection& connection, std::error_code) { act(connection); };
  }

  static void try_one(const Mutator& mutator) {
    World world(driver(), at());
    world.mutate = mutator.run;
    auto& link = world.link;
    install(world);
    if (at() == At::open) {
      link.connect();
    } else {
      ASSERT_TRUE(link.open());
      const auto served = link.server.last;
      world.sibling = connect<Scripted>(link.loop, link.listener->address().to_string(), link.client.factory()).id();
      ASSERT_TRUE(link.until([&] { return link.client.count("open") >= 2 && link.server.count("open") >= 2; }));
      link.server.last = served;
      provoke(world);
    }
    ASSERT_TRUE(link.until([&] { return world.acted; }));

    // All the rest ends in order, or at the drain's deadline.
    for (int i = 0; i < 3; ++i) link.loop.run_once(link.loop.now());
    link.loop.drain(200ms);
    ASSERT_TRUE(link.until([&] { return link.loop.stats().open == 0 && !link.loop.draining(); }));

    EXPECT_EQ(world.exceptions, world.throws ? 1 : 0);
    const auto& stats = link.loop.stats();
    EXPECT_EQ(stats.exceptions, world.throws ? 1U : 0U);
    for (const auto* script : {&link.server, &link.client}) {
      EXPECT_FALSE(script->nested);
      EXPECT_FALSE(script->called_after_close);
      EXPECT_EQ(script->count("close"), script->ended.size()) << "on_close came twice for one";
    }
    EXPECT_EQ(link.server.count("close"), stats.accepted);
    EXPECT_EQ(stats.closed_total(), link.server.count("close") + link.client.count("close"));
    EXPECT_EQ(stats.memory, 0U);

    expect_working(link.loop);
    world.socket.reset();
  }

  // A fresh server and client on the same loop understand each other.
  static void expect_working(Loop& loop) {
    Script server;
    Script client;
    server.on_data = [](Connection& peer, Bytes in) {
      peer.send(in);
      return in.size();
    };
    client.on_open = [](Connection& peer) { peer.send("fresh"); };
    Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", server.factory());
    const auto id = connect<Scripted>(loop, listener.address().to_string(), client.factory()).id();
    EXPECT_TRUE(turn_until(loop, [&] { return client.received == "fresh"; }));
    if (auto* connection = loop.find(id)) connection->close();
    EXPECT_TRUE(turn_until(loop, [&] { return loop.stats().open == 0; }));
  }
};

TEST_P(CallbackMatrix, MayDoAnything) {
  for (const auto& mutator : mutators) {
    SCOPED_TRACE(mutator.name);
    try_one(mutator);
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(All, CallbackMatrix,
                         testing::Combine(testing::Range(0, static_cast<int>(at_names.size())), each_driver()),
                         [](const auto& test) {
                           return std::string(at_names[static_cast<std::size_t>(std::get<0>(test.param))]) + "_" +
                                  std::get<1>(test.param);
                         });

}  // namespace
}  // namespace eddy::test
