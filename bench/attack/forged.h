// Forged: UDP datagrams over IPv4 that say they came from somebody else. It takes a raw socket, which root may have.
#pragma once

#include <reactor/address.h>

#include <string_view>

namespace attack {

class Forged {
 public:
  Forged();  // throws std::system_error where the process may not
  Forged(const Forged&) = delete;
  Forged& operator=(const Forged&) = delete;
  ~Forged();

  // Drops the datagram when the system does not take it.
  void send(const eddy::Address& from, const eddy::Address& to, std::string_view payload);

 private:
  int socket_;
};

}  // namespace attack
