#include "stream_client.h"

#include <reactor/listener.h>

#include <algorithm>

#include "text.h"

namespace load {

StreamClient::StreamClient(Ledger& ledger, std::size_t number)
    : ledger_(ledger),
      pattern_(ledger.settings.seed, number),
      number_(number),
      next_answer_end_(ledger.settings.size) {}

StreamClient::~StreamClient() {
  if (connection_ != nullptr) connection_->session<Session>()->client = nullptr;
}

void StreamClient::open() {
  const auto& settings = ledger_.settings;
  const eddy::ConnectOptions options{
      .timeout = settings.connect_timeout,
      // Silence both ways is watched; output that stalls alone is not an error.
      .connection = {.idle_timeout = settings.timeout_or_default(false), .write_stall_timeout = eddy::unlimited}};
  ledger_.opening_one();
  try {
    connection_ = &eddy::connect<Session>(
        ledger_.loop, ledger_.target, [this] { return Session{this}; }, options);
    state_ = State::connecting;
  } catch (const std::system_error& error) {
    state_ = State::ended;
    ledger_.open_failed(error.what());
  }
}

void StreamClient::opened() {
  state_ = State::open;
  // A name with several addresses: the others go where the first one got through, without looking it up again.
  if (ledger_.results.connected == 0) {
    if (const auto peer = connection_->peer_address(); !peer.is_unnamed() && peer.is_ip())
      ledger_.target = peer.to_string();
  }
  ledger_.opened();
}

// ---- sending

void StreamClient::begin(std::uint64_t count, eddy::TimePoint due, eddy::TimePoint now) {
  ledger_.began(count);
  if (held_ && ledger_.settings.rate) ledger_.results.held_back += count;
  begun_ += count * ledger_.settings.size;
  for (; count > 0; --count) due_.push_back(due);
  pump(now);
}

void StreamClient::pump(eddy::TimePoint now) {
  while (sent_ < begun_ && !held_) {
    const auto piece = ledger_.scratch(std::min<std::uint64_t>(begun_ - sent_, Ledger::scratch_size));
    pattern_.fill(sent_, piece);
    const auto result = connection_->send(eddy::Bytes(piece));
    held_ = result != eddy::SendResult::accepted;
    if (result != eddy::SendResult::refused) sent_ += piece.size();
  }
  if (ledger_.settings.rate) note_lag(now);
}

void StreamClient::note_lag(eddy::TimePoint now) {
  const auto size = ledger_.settings.size;
  const auto first_unanswered = next_answer_end_ - size;
  for (; next_lag_at_ < sent_; next_lag_at_ += size) {
    ledger_.results.send_lag.record(now - due_[(next_lag_at_ - first_unanswered) / size]);
  }
}

void StreamClient::room() {
  held_ = false;
  if (state_ == State::open) pump(ledger_.loop.clock());
}

// ---- receiving

void StreamClient::received(eddy::Bytes in) {
  if (state_ != State::open && state_ != State::finishing) return;
  const auto now = ledger_.loop.clock();
  const auto asked = in.first(sent_ - received_);
  const auto wrong = pattern_.mismatch(received_, asked);
  const auto answered = complete(wrong.value_or(asked.size()), now);
  if (wrong) {
    ledger_.corrupt({number_,
                     {},
                     received_,
                     std::to_integer<std::uint8_t>(pattern_.at(received_)),
                     std::to_integer<std::uint8_t>(asked[*wrong])});
    return fail();
  }
  if (asked.size() < in.size()) {
    ++ledger_.results.surplus;
    return fail();
  }
  if (answered > 0 && ledger_.sending && state_ == State::open) begin(answered, now, now);
}

std::uint64_t StreamClient::complete(std::uint64_t bytes, eddy::TimePoint now) {
  received_ += bytes;
  std::uint64_t count = 0;
  for (; received_ >= next_answer_end_; ++count) {
    ledger_.answered(due_.front(), now);
    due_.pop_front();
    next_answer_end_ += ledger_.settings.size;
  }
  return count;
}

// ---- ending

void StreamClient::finish() {
  if (state_ != State::open) return;
  if (!due_.empty()) return abort();
  // Half-closes and goes on checking what comes until the server ends its side.
  state_ = State::finishing;
  connection_->finish();
}

void StreamClient::abort() {
  if (connection_ != nullptr) fail();
}

void StreamClient::fail() {
  state_ = State::failed;
  ledger_.lost(due_.size());
  due_.clear();
  connection_->abort();
}

void StreamClient::peer_ended() {
  if (state_ == State::open) {
    ledger_.error("the server closed the connection");
    fail();
  }
}

void StreamClient::silent() {
  if (state_ != State::open || due_.empty()) return;
  // Idle is not yet overdue: what is due may be younger than the silence, that the schedule wanted.
  const auto overdue = eddy::deadline_after(due_.front(), ledger_.settings.timeout_or_default(false));
  if (ledger_.loop.clock() >= overdue) return give_up();
  if (!later_) later_ = std::make_unique<eddy::Timer>(ledger_.loop, [this] { look_again(); });
  later_->start_at(overdue);
  moved_ = connection_->bytes_in() + connection_->bytes_out();
}

void StreamClient::look_again() {
  // When something moved after all, the next on_idle decides.
  if (state_ == State::open && connection_->bytes_in() + connection_->bytes_out() == moved_) give_up();
}

void StreamClient::give_up() {
  ledger_.error("no answer for " + time_text(ledger_.settings.timeout_or_default(false)));
  fail();
}

void StreamClient::ended(std::error_code why) {
  connection_ = nullptr;
  const auto before = state_;
  state_ = State::ended;
  if (before == State::connecting) return ledger_.open_failed(why.message());
  if (before == State::open) {
    ledger_.error(why.message());
    ledger_.lost(due_.size());
    due_.clear();
  }
  ledger_.closed();
}

}  // namespace load
