// FramesExchange: frames, a length and so many bytes, that are to come back as they were sent. The contents are
// stretches of one endless stream, as in EchoExchange.
#pragma once

#include "../exchange.h"
#include "../stream_pattern.h"
#include "frames_options.h"

namespace load {

class FramesExchange final : public Exchange {
 public:
  FramesExchange(Ledger& ledger, std::size_t number);

  Written write(std::span<std::byte> room) override;
  Read read(eddy::Bytes in) override;
  void renew() override;

 private:
  // A place in the stream of frames.
  struct Place {
    std::uint64_t frame = 0;
    std::uint64_t offset = 0;  // of contents, in the stream
    std::size_t size = 0;      // of this frame's content
    std::size_t done = 0;      // of it
    bool in_content = false;   // the length is done
  };

  std::size_t size_of(std::uint64_t frame) const;
  void next(Place& place) const;
  Read read_content(eddy::Bytes in, std::size_t before);

  Ledger& ledger_;
  eddy::Prefix prefix_;
  std::size_t number_;
  StreamPattern pattern_;
  Place written_;
  Place received_;  // come back and right
};

}  // namespace load
