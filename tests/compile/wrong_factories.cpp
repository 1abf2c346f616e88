// Factories of sessions in a form that nobody calls: one line says the right ones.
#include <reactor/listener.h>
#include <reactor/loop.h>
#include <reactor/pool_listener.h>

#include <memory>
#include <optional>
#include <string>

using eddy::Address;
using eddy::Connection;

namespace test {

struct User {
  explicit User(int /*number*/) {}
  void on_data(Connection& /*peer*/, eddy::Bytes /*in*/) {}
};
struct Other {
  void on_data(Connection& /*peer*/, eddy::Bytes /*in*/) {}
};
struct Immovable {
  Immovable() = default;
  Immovable(const Immovable&) = delete;
  Immovable& operator=(const Immovable&) = delete;
  ~Immovable() = default;
  void on_data(Connection& /*peer*/, eddy::Bytes /*in*/) {}
};

void wrong(eddy::Loop& loop, eddy::LoopPool& pool, Connection& connection) {
  const auto by_text = [](const std::string& /*peer*/) { return User(1); };
  const auto of_other = [] { return Other(); };
  // error: the factory of a Listener must be: S(), S(const eddy::Address& peer), or one of them with std::optional<S>
  eddy::Listener<User> a(loop, "tcp://*:7", by_text);
  // error: the factory of a Listener must be: S(), S(const eddy::Address& peer), or one of them with std::optional<S>
  eddy::Listener<User> b(loop, "tcp://*:7", of_other);
  // error: the factory of a Listener must be: S(), S(const eddy::Address& peer), or one of them with std::optional<S>
  eddy::Listener<User> c(loop, "tcp://*:7", eddy::ListenOptions());
  // error: the factory of a Listener must be: S(), S(const eddy::Address& peer), or one of them with std::optional<S>
  eddy::Listener<Immovable> d(loop, eddy::OwnedSocket(3), [] { return std::optional<Immovable>(); });
  // error: the factory of a PoolListener must be copyable, and: S(), S(std::size_t loop)
  eddy::PoolListener<User> e(pool, "tcp://*:7", by_text);
  // error: the factory of a PoolListener must be copyable, and: S(), S(std::size_t loop)
  eddy::PoolListener<User> f(pool, "tcp://*:7", [owned = std::unique_ptr<int>()] { return User(1); });
  // error: the factory of connect, adopt and become must be: S()
  eddy::connect<User>(loop, "tcp://127.0.0.1:7", [](const Address& /*peer*/) { return User(1); });
  // error: the factory of connect, adopt and become must be: S()
  eddy::adopt<User>(loop, eddy::OwnedSocket(3), of_other);
  // error: the factory of connect, adopt and become must be: S()
  connection.become<Other>([] { return std::optional<Other>(); });
}

void right(eddy::Loop& loop, eddy::LoopPool& pool, Connection& connection) {
  const eddy::ListenOptions options;
  eddy::Listener<Other> a(loop, "tcp://*:7", options);
  eddy::Listener<User> b(
      loop, "tcp://*:7", [](const Address& peer) { return User(peer.port()); }, options);
  eddy::Listener<User> c(loop, "tcp://*:7", [](Address /*peer*/) { return std::optional<User>(); });
  eddy::Listener<User> d(loop, "tcp://*:7", [owned = std::make_unique<int>(1)] { return User(*owned); });
  eddy::Listener<Immovable> e(loop, "tcp://*:7", [] { return Immovable(); });
  eddy::PoolListener<User> f(pool, "tcp://*:7", [](std::size_t /*loop*/) { return User(1); });
  eddy::PoolListener<User> g(pool, "tcp://*:7",
                             [](std::size_t /*loop*/, const Address& /*peer*/) { return std::optional<User>(); });
  eddy::PoolListener<User> h(pool, "tcp://*:7", [](const Address& /*peer*/) { return User(1); });
  eddy::PoolListener<Other> i(pool, "tcp://*:7", options);
  const eddy::ConnectOptions connecting;
  eddy::connect<Other>(loop, "tcp://127.0.0.1:7", connecting);
  eddy::connect<Immovable>(loop, "tcp://127.0.0.1:7", [] { return Immovable(); });
  connection.become<Other>();
  connection.become<Immovable>([] { return Immovable(); });
}

}  // namespace test
