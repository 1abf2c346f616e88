// What is lost without a trace when nobody keeps it.
#include <protocols/frames.h>
#include <reactor/datagram.h>
#include <reactor/listener.h>
#include <reactor/loop.h>
#include <reactor/loop_pool.h>
#include <reactor/pool_listener.h>
#include <reactor/timer.h>

using eddy::Bytes;
using eddy::Connection;

namespace test {

struct Echo {
  void on_data(Connection& peer, Bytes in) {
    peer.send(in);                                 // error: ignoring return
    peer.send({in, in});                           // error: ignoring return
    peer.send(eddy::SharedBytes(in));              // error: ignoring return
    eddy::send_frame(peer, eddy::Prefix::u8, in);  // error: ignoring return
    void(peer.send(in));
  }
};

struct EchoDatagrams {
  void on_datagram(eddy::DatagramSocket& socket, Bytes payload, const eddy::Address& from) {
    socket.send_to(from, payload);  // error: ignoring return
    socket.send(payload);           // error: ignoring return
  }
};

void temporaries(eddy::Loop& loop, eddy::LoopPool& pool) {
  eddy::Timer(loop, [] {});                                   // error: ignoring
  loop.watch(0, eddy::Interest::read, [](eddy::Ready) {});    // error: ignoring return
  eddy::Listener<Echo>(loop, "tcp://127.0.0.1:0");            // error: ignoring
  eddy::PoolListener<Echo>(pool, "tcp://127.0.0.1:0");        // error: ignoring
  eddy::Datagram<EchoDatagrams>(loop, "udp://127.0.0.1:0");   // error: ignoring
  eddy::Listener<Echo>(loop, eddy::OwnedSocket(3));           // error: ignoring
  eddy::Datagram<EchoDatagrams>(loop, eddy::OwnedSocket(3));  // error: ignoring
  eddy::Loop(eddy::LoopOptions{});                            // error: ignoring
  eddy::LoopPool(2);                                          // error: ignoring
}

void released(Connection& peer, eddy::ListenerBase& listener, eddy::DatagramSocket& socket) {
  peer.release();      // error: ignoring return
  listener.release();  // error: ignoring return
  socket.release();    // error: ignoring return
}

}  // namespace test
