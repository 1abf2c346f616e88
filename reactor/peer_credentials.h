// PeerCredentials: who is at the other end of a Unix stream. The system vouches for them, as they were when the peer
// called connect(2), or, of a peer that listens, listen(2).
#pragma once

#include <cstdint>
#include <optional>

namespace eddy {

struct PeerCredentials {
  std::optional<int> process = {};  // getpid(2); unset where the system does not tell, or for one of another container
  std::uint32_t user = 0;           // geteuid(2)
  std::uint32_t group = 0;          // getegid(2)
};

}  // namespace eddy
