#include "client.h"

#include "datagram_client.h"
#include "stream_client.h"

namespace load {

std::unique_ptr<Client> make_client(Ledger& ledger, std::size_t number, eddy::Transport transport) {
  if (transport == eddy::Transport::udp || transport == eddy::Transport::unix_datagram) {
    return std::make_unique<DatagramClient>(ledger, number);
  }
  return std::make_unique<StreamClient>(ledger, number);
}

}  // namespace load
