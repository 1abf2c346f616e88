// Flow: in which state a connection is, and what its two directions wait for. A value: all that follows from it is said
// by the pure functions below (tests/reactor/flow_test.cpp goes over every combination).
#pragma once

#include <cstdint>

namespace eddy {

struct Flow {
  enum class Life : std::uint8_t {
    connecting,
    adopted,  // connected elsewhere, and on_open is due
    open,
    closing,
    ended,
    reported,
  };
  enum class Input : std::uint8_t {
    open,
    end_arrived,  // the peer's FIN is in, and on_end is due behind what is kept
    end_told,
  };
  enum class Output : std::uint8_t {
    open,
    finishing,  // finish() or close() was called: FIN follows when the queue is empty
    ended,      // FIN is out
    reset,      // the connection ends with RST
  };
  // What the on_low that is owed waits for. A refused send makes the session keep input, and that waits with it.
  enum class Low : std::uint8_t {
    not_owed,
    at_low_mark,             // a send was accepted above the high mark
    refused_until_progress,  // again it would be refused until the peer takes something
    refused_until_low_mark,
    refused_until_memory,  // by the loop's budget, in whose line the connection stands
  };

  Life life = Life::connecting;
  Input input = Input::open;
  Output output = Output::open;
  Low low = Low::not_owed;
  bool paused : 1 = false;
  bool offer_again : 1 = false;     // kept input is due though nothing new has arrived
  bool low_when_empty : 1 = false;  // on_low is owed when all output has left, too: release() waits for that
  bool high_told : 1 = false;       // on_high was called since on_low became owed
  bool receiving : 1 = false;       // what the driver was told last
  bool becoming : 1 = false;        // another session takes over before the next callback
};

constexpr bool is_refused(Flow::Low low) { return low >= Flow::Low::refused_until_progress; }

// Whether the driver is to receive. The peer is held back while the session wants that, and while the session's own
// unsent answers keep input waiting: what is kept then stays within what one read brought. close() reads and discards.
// An adopted socket is received from at once, paused or not: a reset that is there already is told behind what had
// arrived before it.
constexpr bool wants_input(const Flow& flow, bool keeps_input) {
  if (flow.input != Flow::Input::open) return false;
  if (flow.life == Flow::Life::adopted || flow.life == Flow::Life::closing) return true;
  return flow.life == Flow::Life::open && !flow.paused && !(keeps_input && is_refused(flow.low));
}

// The end is told behind the input that the session keeps, and that is offered again: by on_low, or at once.
constexpr bool end_is_due(const Flow& flow, bool keeps_input) {
  return flow.input == Flow::Input::end_arrived && !flow.paused &&
         !(keeps_input && (flow.offer_again || flow.low != Flow::Low::not_owed));
}

// A place in the budget's line, which has an on_low of its own, is not given up.
constexpr bool low_is_due_when_empty(const Flow& flow) {
  return flow.low_when_empty && flow.low != Flow::Low::refused_until_memory;
}

constexpr bool low_is_due(Flow::Low low, bool at_low_mark) {
  return at_low_mark && (low == Flow::Low::at_low_mark || low == Flow::Low::refused_until_low_mark);
}

// ---- what becomes of Flow::low

constexpr Flow::Low after_accept_above_high_mark(Flow::Low low) {
  using enum Flow::Low;
  if (low == not_owed) return at_low_mark;
  return low == refused_until_memory ? refused_until_low_mark : low;
}

// With nothing queued no room can come: what is larger than the whole cap is refused always, and no on_low is owed for
// it.
constexpr Flow::Low after_refusal_at_cap(Flow::Low low, bool queue_is_empty) {
  using enum Flow::Low;
  if (!queue_is_empty) return refused_until_progress;
  return low == at_low_mark ? refused_until_low_mark : low;
}

// A connection that has something queued may have more when that drains; with nothing queued it stands in the budget's
// line.
constexpr Flow::Low after_refusal_by_budget(Flow::Low low, bool queue_is_empty) {
  using enum Flow::Low;
  if (low == not_owed) return queue_is_empty ? refused_until_memory : refused_until_progress;
  return low == at_low_mark ? refused_until_low_mark : low;
}

constexpr Flow::Low after_progress(Flow::Low low) {
  using enum Flow::Low;
  return low == refused_until_progress ? refused_until_low_mark : low;
}

}  // namespace eddy
