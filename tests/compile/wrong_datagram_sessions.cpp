// A session of a datagram socket that has a callback's name in a form that would never be called.
#include <reactor/datagram.h>

using eddy::Address;
using eddy::Bytes;
using eddy::DatagramSocket;

namespace {

template <class S>
void use(eddy::Loop& loop) {
  eddy::Datagram<S> socket{loop, "udp://127.0.0.1:0"};
}

struct Reader {
  void on_datagram(DatagramSocket&, Bytes, const Address&) {}
};

// error: on_datagram must be: void on_datagram(eddy::DatagramSocket&, eddy::Bytes, const eddy::Address&), and public
struct WithoutSender {
  void on_datagram(DatagramSocket&, Bytes) {}
};
template void use<WithoutSender>(eddy::Loop&);

// error: on_datagram must be: void on_datagram(eddy::DatagramSocket&, eddy::Bytes, const eddy::Address&), and public
class Private {
  void on_datagram(DatagramSocket&, Bytes, const Address&) {}
};
template void use<Private>(eddy::Loop&);

// error: on_datagram must be: void on_datagram(eddy::DatagramSocket&, eddy::Bytes, const eddy::Address&), and public
struct BoolDatagram {
  bool on_datagram(DatagramSocket&, Bytes, const Address&) { return true; }
};
template void use<BoolDatagram>(eddy::Loop&);

// error: on_error must be: void on_error(eddy::DatagramSocket&, std::error_code), and public
struct ErrorWithoutSocket : Reader {
  void on_error(std::error_code) {}
};
template void use<ErrorWithoutSocket>(eddy::Loop&);

// error: on_error must be: void on_error(eddy::DatagramSocket&, std::error_code), and public
struct OverloadedError : Reader {
  void on_error(DatagramSocket&, int) {}
  void on_error(DatagramSocket&) {}
};
template void use<OverloadedError>(eddy::Loop&);

// error: on_low must be: void on_low(eddy::DatagramSocket&), and public
class PrivateLow : public Reader {
  void on_low(DatagramSocket&) {}
};
template void use<PrivateLow>(eddy::Loop&);

// error: on_low must be: void on_low(eddy::DatagramSocket&), and public
struct TemplateLow : Reader {
  template <class T>
  void on_low(T*) {}
};
template void use<TemplateLow>(eddy::Loop&);

}  // namespace
