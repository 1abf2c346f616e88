// AnswerLimit: how many datagrams each host gets answered in a second. A forged sender can set two services talking to
// each other, at whatever ports: this bounds how fast they do.
//
// A sender at a Unix socket counts as a host. Hosts share a table of counts by a keyed hash, so that it needs little
// memory whoever sends: two that fall together share their limit, which nobody can choose.
#pragma once

#include <reactor/address.h>
#include <reactor/address_prefix.h>
#include <reactor/time.h>

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

namespace echo {

class AnswerLimit {
 public:
  // `exempt` hosts get any number of answers.
  AnswerLimit(std::size_t per_second, std::vector<eddy::AddressPrefix> exempt);

  // Whether one more may be answered; counts it.
  bool allows(const eddy::Address& to, eddy::TimePoint now);

 private:
  static constexpr std::size_t places = 4096;
  std::size_t per_second_;
  std::vector<eddy::AddressPrefix> exempt_;
  std::unique_ptr<std::array<std::size_t, places>> counts_ = std::make_unique<std::array<std::size_t, places>>();
  eddy::TimePoint second_{};  // whose counts these are: when it began
};

}  // namespace echo
