// A session of a connection that has a callback's name in a form that would never be called.
#include <reactor/listener.h>
#include <reactor/loop.h>
#include <reactor/pool_listener.h>

#include <string>

using eddy::Bytes;
using eddy::Connection;

namespace {

template <class S>
void use(eddy::Loop& loop) {
  eddy::Listener<S> listener{loop, "tcp://127.0.0.1:0"};
}

struct Reader {
  void on_data(Connection&, Bytes) {}
};

// error: on_data must be: void on_data(eddy::Connection&, eddy::Bytes) or std::size_t on_data(eddy::Connection&,
// eddy::Bytes)
struct NoData {};
template void use<NoData>(eddy::Loop&);

// It would consume one byte.
// error: on_data must be: void on_data(eddy::Connection&, eddy::Bytes) or std::size_t on_data(eddy::Connection&,
// eddy::Bytes)
struct BoolData {
  bool on_data(Connection&, Bytes) { return true; }
};
template void use<BoolData>(eddy::Loop&);

// error: on_data must be: void on_data(eddy::Connection&, eddy::Bytes) or std::size_t on_data(eddy::Connection&,
// eddy::Bytes)
struct IntData {
  int on_data(Connection&, Bytes) { return -1; }
};
template void use<IntData>(eddy::Loop&);

// error: on_data must be: void on_data(eddy::Connection&, eddy::Bytes) or std::size_t on_data(eddy::Connection&,
// eddy::Bytes)
class PrivateData {
  void on_data(Connection&, Bytes) {}
};
template void use<PrivateData>(eddy::Loop&);

// error: on_open must be: void on_open(eddy::Connection&), and public
struct OpenWithOtherParameters : Reader {
  void on_open(Connection&, int) {}
};
template void use<OpenWithOtherParameters>(eddy::Loop&);

// error: on_open must be: void on_open(eddy::Connection&), and public
class PrivateOpen : public Reader {
  void on_open(Connection&) {}
};
template void use<PrivateOpen>(eddy::Loop&);

// error: on_open must be: void on_open(eddy::Connection&), and public
struct OverloadedOpen : Reader {
  void on_open(int) {}
  void on_open(const std::string&) {}
};
template void use<OverloadedOpen>(eddy::Loop&);

// error: on_open must be: void on_open(eddy::Connection&), and public
struct TemplateOpen : Reader {
  template <class T>
  void on_open(T*) {}
};
template void use<TemplateOpen>(eddy::Loop&);

// error: on_open must be: void on_open(eddy::Connection&), and public
struct BoolOpen : Reader {
  bool on_open(Connection&) { return false; }
};
template void use<BoolOpen>(eddy::Loop&);

// error: on_open must be: void on_open(eddy::Connection&), and public
struct OpenIsNoFunction : Reader {
  bool on_open = false;
};
template void use<OpenIsNoFunction>(eddy::Loop&);

// error: on_open must be: void on_open(eddy::Connection&), and public
struct FinalOverloadedOpen final : Reader {
  void on_open(Connection*) {}
  void on_open(Connection&, int) {}
};
template void use<FinalOverloadedOpen>(eddy::Loop&);

// error: on_open must be: void on_open(eddy::Connection&), and public
struct FinalOpen final : Reader {
  void on_open() {}
};
template void use<FinalOpen>(eddy::Loop&);

// error: on_descriptors must be: void on_descriptors(eddy::Connection&, std::vector<eddy::OwnedDescriptor>), and public
struct WrongDescriptors : Reader {
  void on_descriptors(Connection&, int) {}
};
template void use<WrongDescriptors>(eddy::Loop&);

// error: on_end must be: void on_end(eddy::Connection&), and public
struct WrongEnd : Reader {
  void on_end(Connection&, std::error_code) {}
};
template void use<WrongEnd>(eddy::Loop&);

// error: on_high must be: void on_high(eddy::Connection&), and public
class WrongHigh : public Reader {
  void on_high(Connection&) {}
};
template void use<WrongHigh>(eddy::Loop&);

// error: on_low must be: void on_low(eddy::Connection&), and public
struct WrongLow : Reader {
  template <class A, class B>
  void on_low(A&, B&) {}
};
template void use<WrongLow>(eddy::Loop&);

// error: on_idle must be: void on_idle(eddy::Connection&), and public
struct WrongIdle : Reader {
  void on_idle() {}
};
template void use<WrongIdle>(eddy::Loop&);

// error: on_drain must be: void on_drain(eddy::Connection&), and public
struct WrongDrain : Reader {
  void on_drain(Connection*) {}
};
template void use<WrongDrain>(eddy::Loop&);

// error: on_close must be: void on_close(eddy::Connection&, std::error_code), and public
struct CloseWithoutReason : Reader {
  void on_close(Connection&) {}
};
template void use<CloseWithoutReason>(eddy::Loop&);

// error: on_close must be: void on_close(eddy::Connection&, std::error_code), and public
struct OverloadedClose : Reader {
  void on_close(Connection&) {}
  void on_close(std::error_code) {}
};
void connect(eddy::Loop& loop) { eddy::connect<OverloadedClose>(loop, "tcp://127.0.0.1:1"); }

// error: on_close must be: void on_close(eddy::Connection&, std::error_code), and public
struct PooledClose : Reader {
  int on_close(Connection&, std::error_code) { return 0; }
};
void pool(eddy::LoopPool& pool) { eddy::PoolListener<PooledClose> listener{pool, "tcp://127.0.0.1:0"}; }

}  // namespace
