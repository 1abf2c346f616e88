// A session inside a codec that has a callback's name in a form that would never be called.
#include <protocols/delimited.h>
#include <protocols/frames.h>
#include <protocols/irc.h>
#include <protocols/lines.h>
#include <protocols/memcache.h>
#include <reactor/listener.h>
#include <reactor/loop.h>

#include <string>

using eddy::Bytes;
using eddy::Connection;

namespace {

template <class S>
void use(eddy::Loop& loop) {
  eddy::Listener<S> listener{loop, "tcp://127.0.0.1:0"};
}
template <class S>
void use_delimited(eddy::Loop& loop) {
  eddy::Listener<eddy::Delimited<S>> listener{loop, "tcp://127.0.0.1:0",
                                              [] { return eddy::Delimited<S>(S(), eddy::Delimiter("\n")); }};
}

// ---- the message's callback

// error: on_line must be: void on_line(eddy::Connection&, std::string_view), and public
struct Nothing {};
template void use<eddy::Lines<Nothing>>(eddy::Loop&);

// error: on_line must be: void on_line(eddy::Connection&, std::string_view), and public
struct StringLine {
  void on_line(Connection&, const std::string&) {}
};
template void use<eddy::Lines<StringLine>>(eddy::Loop&);

// Its on_data would get the lines.
// error: on_line must be: void on_line(eddy::Connection&, std::string_view), and public
class PrivateLine {
 public:
  void on_data(Connection&, Bytes) {}

 private:
  void on_line(Connection&, std::string_view) {}
};
template void use<eddy::Lines<PrivateLine>>(eddy::Loop&);

// error: on_frame must be: void on_frame(eddy::Connection&, eddy::Bytes), and public
struct OverloadedFrame {
  void on_frame(Connection&, int) {}
  void on_frame(Bytes) {}
};
template void use<eddy::Frames<OverloadedFrame>>(eddy::Loop&);

// error: on_message must be: void on_message(eddy::Connection&, eddy::Bytes), and public
struct BoolMessage {
  bool on_message(Connection&, Bytes) { return true; }
};
template void use_delimited<BoolMessage>(eddy::Loop&);

// error: on_message must be: void on_message(eddy::Connection&, const eddy::IrcMessage&), and public
struct ChangesMessage {
  void on_message(Connection&, eddy::IrcMessage&) {}
};
template void use<eddy::Irc<ChangesMessage>>(eddy::Loop&);

// error: on_command must be: void on_command(eddy::Connection&, const eddy::memcache::Command&), and public
struct WrongCommand {
  void on_command(const eddy::memcache::Command&) {}
};
template void use<eddy::Memcache<WrongCommand>>(eddy::Loop&);

// error: on_data must be: void on_data(eddy::Connection&, eddy::Bytes) or std::size_t on_data(eddy::Connection&,
// eddy::Bytes)
struct BoolData {
  bool on_data(Connection&, Bytes) { return true; }
};
template void use<eddy::Frames<BoolData>>(eddy::Loop&);

// ---- what a codec has beside it

struct LineReader {
  void on_line(Connection&, std::string_view) {}
};

// error: on_too_long must be: void on_too_long(eddy::Connection&), and public
struct TooLongWithSize : LineReader {
  void on_too_long(Connection&, std::size_t) {}
};
template void use<eddy::Lines<TooLongWithSize>>(eddy::Loop&);

// error: on_too_long must be: void on_too_long(eddy::Connection&), and public
class PrivateTooLong {
 public:
  void on_message(Connection&, Bytes) {}

 private:
  void on_too_long(Connection&) {}
};
template void use_delimited<PrivateTooLong>(eddy::Loop&);

// error: on_malformed must be: void on_malformed(eddy::Connection&), and public
struct MalformedWithText {
  void on_message(Connection&, const eddy::IrcMessage&) {}
  void on_malformed(Connection&, std::string_view) {}
};
template void use<eddy::Irc<MalformedWithText>>(eddy::Loop&);

// error: on_batch must be: void on_batch(eddy::Connection&), and public
struct BatchWithoutPeer {
  void on_command(Connection&, const eddy::memcache::Command&) {}
  void on_batch() {}
};
template void use<eddy::Memcache<BatchWithoutPeer>>(eddy::Loop&);

// ---- the connection's callbacks, inside one codec and two

// error: on_open must be: void on_open(eddy::Connection&), and public
class PrivateOpen : public LineReader {
  void on_open(Connection&) {}
};
template void use<eddy::Lines<PrivateOpen>>(eddy::Loop&);

// error: on_close must be: void on_close(eddy::Connection&, std::error_code), and public
struct CloseWithoutReason : LineReader {
  void on_close(Connection&) {}
};
template void use<eddy::Frames<eddy::Lines<CloseWithoutReason>>>(eddy::Loop&);

}  // namespace
