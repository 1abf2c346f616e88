// LineExchange: a line is asked, a line is answered.
#pragma once

#include <protocols/lines.h>

#include <string>

#include "../exchange.h"
#include "../stream_pattern.h"

namespace load {

class LineExchange final : public Exchange {
 public:
  LineExchange(Ledger& ledger, std::size_t number);

  Written write(std::span<std::byte> room) override;
  Read read(eddy::Bytes in) override;
  void renew() override;

 private:
  bool is_expected(std::string_view line);
  void wrong(std::string_view line);

  Ledger& ledger_;
  const LineOptions& options_;
  std::size_t number_;
  StreamPattern random_;
  eddy::LineDecoder decoder_;
  std::string request_;         // that is being written
  std::string expected_;        // of the answer that comes next
  std::size_t offset_ = 0;      // in request_
  std::uint64_t asked_ = 0;     // requests
  std::uint64_t answered_ = 0;  // likewise
};

}  // namespace load
