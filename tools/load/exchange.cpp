#include "exchange.h"

#include "echo_exchange.h"
#include "protocols/cache_exchange.h"
#include "protocols/frames_exchange.h"
#include "protocols/http_exchange.h"
#include "protocols/line_exchange.h"

namespace load {

std::unique_ptr<Exchange> make_exchange(Ledger& ledger, std::size_t number) {
  switch (ledger.settings.protocol) {
    case Protocol::echo: break;
    case Protocol::line: return std::make_unique<LineExchange>(ledger, number);
    case Protocol::frames: return std::make_unique<FramesExchange>(ledger, number);
    case Protocol::cache: return std::make_unique<CacheExchange>(ledger, number);
    case Protocol::http: return std::make_unique<HttpExchange>(ledger, number);
  }
  return std::make_unique<EchoExchange>(ledger, number);
}

}  // namespace load
