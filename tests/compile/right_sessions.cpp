// Sessions that look unusual and are right: they compile without a warning.
#include <protocols/frames.h>
#include <protocols/lines.h>
#include <reactor/datagram.h>
#include <reactor/listener.h>
#include <reactor/loop.h>

#include <functional>

using eddy::Bytes;
using eddy::Connection;

namespace {

struct Generic {
  std::size_t on_data(auto& /*peer*/, auto in) { return in.size(); }
  static void on_open(Connection& /*peer*/) {}
  std::function<void(Connection&)> on_end = [](Connection& /*peer*/) {};
  void on_close(const Connection& /*peer*/, std::error_code /*why*/) const {}
  void on_idle(Connection& /*peer*/) {}
  void on_idle(int /*mine*/) {}
  void on_descriptors(Connection& /*peer*/, const std::vector<eddy::OwnedDescriptor>& /*attached*/) {}
};

struct Final final {
  void on_data(Connection& /*peer*/, Bytes /*in*/) {}
  void on_open(Connection& /*peer*/) {}
};

struct Virtual {
  virtual void on_data(Connection& /*peer*/, Bytes /*in*/) {}
  virtual void on_open(Connection& /*peer*/) {}

 protected:
  ~Virtual() = default;
};
struct Derived : Virtual {
  void on_open(Connection& /*peer*/) override {}
};

struct LineReader {
  void on_line(Connection& /*peer*/, Bytes /*line*/) {}
  void on_too_long(Connection& /*peer*/) {}
  void on_high(Connection& /*peer*/) {}
};

struct Datagrams {
  void on_datagram(auto& /*socket*/, Bytes /*payload*/, const eddy::Address& /*from*/) {}
  void on_low(eddy::DatagramSocket& /*socket*/) {}
};

template <class S>
void use(eddy::Loop& loop) {
  eddy::Listener<S> listener{loop, "tcp://127.0.0.1:0"};
}
template void use<Generic>(eddy::Loop&);
template void use<Final>(eddy::Loop&);
template void use<Derived>(eddy::Loop&);
template void use<eddy::Lines<LineReader>>(eddy::Loop&);
template void use<eddy::Frames<eddy::Lines<LineReader>>>(eddy::Loop&);

template <class S>
void use_datagrams(eddy::Loop& loop) {
  eddy::Datagram<S> socket{loop, "udp://127.0.0.1:0"};
}
template void use_datagrams<Datagrams>(eddy::Loop&);

}  // namespace
