// Exchange: what one connection says to a server, and whether the answers are right: the part of a StreamClient that
// differs from protocol to protocol. It makes bytes and reads bytes; when, how many at a time and how long it took is
// not its concern. Answers come in the order of the requests.
#pragma once

#include <reactor/bytes.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "ledger.h"

namespace load {

class Exchange {
 public:
  Exchange() = default;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  virtual ~Exchange() = default;

  // Puts the next bytes to be sent into `room`, at most to the end of a request. Nothing when they do not fit, which is
  // not to happen with Ledger::scratch_size of room.
  struct Written {
    std::size_t bytes = 0;
    bool complete = false;  // a request ends with them
  };
  virtual Written write(std::span<std::byte> room) = 0;

  enum class Outcome : std::uint8_t {
    incomplete,  // what was not consumed comes again, with more
    right,       // an answer ended
    wrong,       // likewise, and it is none that was expected: the ledger was told
    broken,      // what follows cannot be understood: the ledger was told
  };
  struct Read {
    std::size_t consumed = 0;
    Outcome outcome = Outcome::incomplete;
    bool last = false;  // the server ends the connection after this answer, and said so
  };
  // Reads at most to the end of one answer. Called only while answers are due.
  virtual Read read(eddy::Bytes in) = 0;

  // Another connection takes this one's place: what was begun and not answered is forgotten, and the next request is
  // one that was not asked yet.
  virtual void renew() = 0;
};

// Of the protocol that the settings ask for. `number` tells the connection from the others.
std::unique_ptr<Exchange> make_exchange(Ledger& ledger, std::size_t number);

}  // namespace load
