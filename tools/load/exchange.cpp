#include "exchange.h"

#include "echo_exchange.h"

namespace load {

std::unique_ptr<Exchange> make_exchange(Ledger& ledger, std::size_t number) {
  return std::make_unique<EchoExchange>(ledger, number);
}

}  // namespace load
