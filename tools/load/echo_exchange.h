// EchoExchange: messages that are to come back as they were sent.
//
// Messages are stretches of one endless stream of bytes (StreamPattern): message m is [m * size, (m + 1) * size). So
// sending and checking know only offsets; a message of a gigabyte takes no more memory than one of a byte.
#pragma once

#include "exchange.h"
#include "stream_pattern.h"

namespace load {

class EchoExchange final : public Exchange {
 public:
  EchoExchange(Ledger& ledger, std::size_t number)
      : ledger_(ledger), number_(number), pattern_(ledger.settings.seed, number) {}

  Written write(std::span<std::byte> room) override;
  Read read(eddy::Bytes in) override;
  void renew() override;

 private:
  std::size_t left(std::uint64_t offset) const {  // of the message that is there
    const auto size = ledger_.settings.size;
    return size - static_cast<std::size_t>(offset % size);
  }

  Ledger& ledger_;
  std::size_t number_;
  StreamPattern pattern_;
  std::uint64_t written_ = 0;   // offset in the stream
  std::uint64_t received_ = 0;  // come back and right
};

}  // namespace load
