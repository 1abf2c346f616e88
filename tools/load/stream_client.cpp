#include "stream_client.h"

#include <reactor/listener.h>

#include "text.h"

namespace load {

StreamClient::StreamClient(Ledger& ledger, std::size_t number)
    : ledger_(ledger), exchange_(make_exchange(ledger, number)) {}

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
  for (; count > 0; --count) unanswered_.push_back({due, {}});
  pump(now);
}

void StreamClient::pump(eddy::TimePoint now) {
  if (!refused_.empty() && send(eddy::Bytes(refused_))) refused_.clear();
  while (!held_ && (amid_request_ || started_ < unanswered_.size())) {
    const auto room = ledger_.scratch(Ledger::scratch_size);
    const auto bytes = room.first(write(room, now));
    if (!send(eddy::Bytes(bytes))) refused_.assign(bytes.begin(), bytes.end());
  }
}

// As many requests as there are and fit.
std::size_t StreamClient::write(std::span<std::byte> room, eddy::TimePoint now) {
  std::size_t used = 0;
  while (used < room.size() && (amid_request_ || started_ < unanswered_.size())) {
    const auto written = exchange_->write(room.subspan(used));
    if (written.bytes == 0) break;
    if (!amid_request_) started(now);
    used += written.bytes;
    amid_request_ = !written.complete;
  }
  return used;
}

void StreamClient::started(eddy::TimePoint now) {
  auto& request = unanswered_[started_++];
  request.sent = now;
  if (ledger_.settings.rate) ledger_.lagged(now - request.due);
}

// False when nothing was taken.
bool StreamClient::send(eddy::Bytes bytes) {
  const auto result = connection_->send(bytes);
  held_ = result != eddy::SendResult::accepted;
  return result != eddy::SendResult::refused;
}

void StreamClient::room() {
  held_ = false;
  if (state_ == State::open) pump(ledger_.loop.clock());
}

// ---- receiving

std::size_t StreamClient::received(eddy::Bytes in) {
  if (state_ != State::open && state_ != State::finishing) return in.size();
  const auto now = ledger_.loop.clock();
  std::size_t consumed = 0;
  std::uint64_t answers = 0;
  auto outcome = Exchange::Outcome::right;
  while (consumed < in.size() && outcome != Exchange::Outcome::incomplete) {
    if (started_ == 0) {
      ++ledger_.results.surplus;
      outcome = Exchange::Outcome::broken;
    } else {
      const auto read = exchange_->read(in.without_first(consumed));
      consumed += read.consumed;
      outcome = read.outcome;
    }
    if (outcome == Exchange::Outcome::broken) {
      fail();
      return in.size();
    }
    if (outcome == Exchange::Outcome::incomplete) break;
    const auto request = unanswered_.front();
    unanswered_.pop_front();
    --started_;
    ++answers;
    ledger_.answered(request.due, request.sent, now);
  }
  if (answers > 0 && ledger_.sending && state_ == State::open) begin(answers, now, now);
  return consumed;
}

// ---- ending

void StreamClient::finish() {
  if (state_ != State::open) return;
  if (!unanswered_.empty()) return abort();
  // Half-closes and goes on checking what comes until the server ends its side.
  state_ = State::finishing;
  connection_->finish();
}

void StreamClient::abort() {
  if (connection_ != nullptr) fail();
}

void StreamClient::fail() {
  state_ = State::failed;
  lose_unanswered();
  connection_->abort();
}

void StreamClient::lose_unanswered() {
  ledger_.lost(unanswered_.size());
  unanswered_.clear();
  started_ = 0;
}

void StreamClient::peer_ended() {
  if (state_ == State::open) {
    ledger_.error("the server closed the connection");
    fail();
  }
}

void StreamClient::silent() {
  if (state_ != State::open || unanswered_.empty()) return;
  // Idle is not yet overdue: what is due may be younger than the silence, that the schedule wanted.
  const auto overdue = eddy::deadline_after(unanswered_.front().due, ledger_.settings.timeout_or_default(false));
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
    lose_unanswered();
  }
  ledger_.closed();
}

}  // namespace load
