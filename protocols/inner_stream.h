// InnerStream: hands the contents of messages to a session that reads a stream of bytes.
//
// What that session does not consume is kept here until it is offered again: together with the next message, or as it
// stands by an empty one. Memory is held only while there is such a rest; a content that is consumed whole is not
// copied.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "reactor/bytes.h"
#include "reactor/connection.h"
#include "reactor/error.h"
#include "reactor/session.h"

namespace eddy {

class InnerStream {
 public:
  // False when the session paused or closed before it consumed all: the same content is to come again, and only what is
  // left of it will be offered. When another session is to take over, what is left is dropped: it is no stream of that
  // one's. A rest over the connection's input_limit ends the connection, as in contract 5.
  template <class S>
  bool feed(S& session, Connection& peer, Bytes content) {
    const auto fresh = content.without_first(taken_);
    const auto kept = rest_.size();
    if (kept > 0) rest_.insert(rest_.end(), fresh.begin(), fresh.end());
    const auto offered = kept > 0 ? Bytes(rest_) : fresh;
    const auto consumed = offered.empty() ? 0 : offer_data(session, peer, offered);
    if (consumed > offered.size()) {
      peer.close(Errc::consumed_too_much);
      return false;
    }
    if (peer.becoming()) {
      rest_ = {};
      taken_ = 0;
      return true;
    }
    if (consumed < offered.size() && (peer.paused() || peer.closing())) {
      if (consumed >= kept) taken_ += consumed - kept;
      shorten(consumed, std::max(consumed, kept));
      return false;
    }
    taken_ = 0;
    if (kept == 0) {
      rest_.assign(fresh.begin() + consumed, fresh.end());
    } else {
      shorten(consumed, rest_.size());
    }
    if (rest_.size() > peer.options().input_limit) peer.close(Errc::input_limit);
    return true;
  }

  bool has_rest() const { return !rest_.empty(); }
  // Whether the content that comes again was consumed in part.
  bool has_begun() const { return taken_ > 0; }

 private:
  // Leaves rest_[first, last).
  void shorten(std::size_t first, std::size_t last);

  std::vector<std::byte> rest_;
  std::size_t taken_ = 0;  // of the content that comes again
};

}  // namespace eddy
