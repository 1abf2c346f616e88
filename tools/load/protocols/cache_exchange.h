// CacheExchange: gets and sets in memcached's text protocol.
#pragma once

#include <optional>
#include <string>

#include "../exchange.h"
#include "../ring.h"
#include "../stream_pattern.h"
#include "cache_item.h"
#include "zipf.h"

namespace load {

class CacheExchange final : public Exchange {
 public:
  CacheExchange(Ledger& ledger, std::size_t number);

  Written write(std::span<std::byte> room) override;
  Read read(eddy::Bytes in) override;
  void renew() override;

 private:
  struct Asked {
    std::uint64_t key;
    bool get;
  };
  enum class Reading : std::uint8_t { line, value, end };

  void plan();  // the next request

  // Each reads a part of an answer; incomplete with bytes consumed: go on with the next part.
  Read line(eddy::Bytes in);
  Read value_line(std::string_view rest, std::size_t consumed);
  Read value(eddy::Bytes in);
  Read done(std::size_t consumed, bool right);
  Read broken(const std::string& kind, std::string_view got);
  std::string where();

  Ledger& ledger_;
  const CacheOptions& options_;
  std::size_t number_;
  StreamPattern random_;
  std::optional<Zipf> zipf_;

  // The request that is being written: a line, and for a set the value and CRLF.
  std::string line_;               // empty: none is planned
  std::optional<CacheItem> item_;  // of a set
  std::size_t written_ = 0;        // bytes of the request
  std::uint64_t planned_ = 0;      // requests

  Ring<Asked> asked_;           // the oldest first
  std::uint64_t answered_ = 0;  // requests
  Reading reading_ = Reading::line;
  CacheItem hit_;         // that is coming
  std::size_t read_ = 0;  // of its value and the CRLF after it
  bool hit_wrong_ = false;
  std::string key_;  // room to write one down
};

}  // namespace load
