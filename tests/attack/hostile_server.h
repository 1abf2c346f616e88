// HostileServer: a server of one of eddy-load's workloads that answers well for a while, and then does not.
#pragma once

#include <reactor/address.h>
#include <reactor/time.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "findings.h"
#include "random.h"
#include "raw_socket.h"
#include "responder.h"

namespace attack {

class HostileServer {
 public:
  // Listens at `at`, or takes datagrams. Throws std::system_error.
  HostileServer(Workload workload, const eddy::Address& at, const Random& random, Totals& totals);

  eddy::Address address() const { return address_; }
  void turn(eddy::Duration longest);
  // What it does to its peers, for people.
  const std::string& manners() const { return told_; }

 private:
  enum class Manner { mutates, strange_text, floods, is_silent, half_closes, resets, drips, closes, behaves };
  struct Peer {
    RawSocket socket;
    Responder responder;
    Random random;
    Manner manner;
    std::size_t good_answers;  // before that begins
    bool hostile = false;
    bool quiet = false;  // says no more
    std::string flood = {};
    std::string out = {};
  };

  void accept();
  void read(Peer& peer);
  void write(Peer& peer);
  void answer(Peer& peer, std::string text);
  void answer_datagrams();
  std::string hostile_text(std::string text, Random& random, Manner manner);

  Workload workload_;
  Random random_;
  Totals& totals_;
  RawSocket socket_;
  eddy::Address address_;
  std::vector<std::unique_ptr<Peer>> peers_;
  std::vector<Manner> manners_;  // of this run
  std::string told_;
};

}  // namespace attack
