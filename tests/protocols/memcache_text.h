// Commands as text, so that what the decoder finds can be compared like the messages of the other codecs.
#pragma once

#include <protocols/found.h>
#include <protocols/memcache.h>
#include <reactor/bytes.h>

#include <string>

namespace eddy::test {

// "set a flags 0 exptime 0 [x]", "get a", "get b last", "error CLIENT_ERROR ...": what was read, and what matters of
// it.
std::string to_text(const memcache::Command& command);

// A MemcacheDecoder with the interface of the other decoders.
class MemcacheTextDecoder {
 public:
  explicit MemcacheTextDecoder(MemcacheOptions options = {}) : decoder_(options) {}
  Found next(Bytes in);

 private:
  MemcacheDecoder decoder_;
  memcache::Command command_;
  std::string text_;
};

}  // namespace eddy::test
