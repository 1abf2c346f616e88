#include "client.h"

#include "datagram_client.h"
#include "stream_client.h"

namespace load {

void Client::begin_in(eddy::Duration time, std::uint64_t count) {
  if (!think_) {
    think_ = std::make_unique<ThinkTime>(ledger_.loop, [this](std::uint64_t requests) {
      const auto now = ledger_.loop.clock();
      if (ledger_.sending && is_open()) begin(requests, now, now);
    });
  }
  think_->start(time, count);
}

void Client::follow(std::uint64_t count, eddy::TimePoint now) {
  ledger_.settings.think ? begin_in(*ledger_.settings.think, count) : begin(count, now, now);
}

std::unique_ptr<Client> make_client(Ledger& ledger, std::size_t number, eddy::Transport transport) {
  if (transport == eddy::Transport::udp || transport == eddy::Transport::unix_datagram) {
    return std::make_unique<DatagramClient>(ledger, number);
  }
  return std::make_unique<StreamClient>(ledger, number);
}

}  // namespace load
