// HttpExchange: requests of HTTP/1.1, one after the other over one connection.
#pragma once

#include <string>

#include "../exchange.h"
#include "../stream_pattern.h"
#include "http_response.h"

namespace load {

class HttpExchange final : public Exchange {
 public:
  HttpExchange(Ledger& ledger, std::size_t number);

  Written write(std::span<std::byte> room) override;
  Read read(eddy::Bytes in) override;
  void renew() override;

 private:
  void check_body(eddy::Bytes piece);
  Read ended(std::size_t consumed);
  std::string where() const;

  Ledger& ledger_;
  const HttpOptions& options_;
  std::size_t number_;
  StreamPattern random_;

  std::string request_;      // that is being written, where each is another one
  std::size_t offset_ = 0;   // in the request
  std::uint64_t asked_ = 0;  // requests

  HttpResponse response_;
  std::uint64_t answered_ = 0;  // requests
  std::string expected_;        // body
  std::size_t body_ = 0;        // bytes of it that came
  bool body_wrong_ = false;
};

}  // namespace load
