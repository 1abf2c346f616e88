#include "stream_client.h"

#include <reactor/listener.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "sources.h"
#include "text.h"

namespace load {
namespace {

// After an exchange that failed, so that a server that is gone is not asked without end.
constexpr eddy::Duration failure_pause = std::chrono::milliseconds(10);

}  // namespace

StreamClient::StreamClient(Ledger& ledger, std::size_t number)
    : Client(ledger, number), exchange_(make_exchange(ledger, number)) {}

StreamClient::~StreamClient() {
  if (connection_ != nullptr) connection_->session<Session>()->client = nullptr;
}

void StreamClient::open() {
  ledger_.opening_one();
  connect();
}

void StreamClient::connect() {
  const auto& settings = ledger_.settings;
  const auto* source = ledger_.source(number_);
  const eddy::ConnectOptions options{
      .timeout = settings.connect_timeout,
      .source = source == nullptr ? std::nullopt : std::optional(source_url("tcp", *source)),
      .socket = {.local_ports = settings.local_ports},
      // Silence both ways is watched; output that stalls alone is not an error.
      .connection = {.idle_timeout = settings.timeout_or_default(false), .write_stall_timeout = eddy::unlimited}};
  if (joined_) exchange_->renew();
  if (later_) later_->cancel();  // it was about the old one
  retiring_ = false;
  state_ = State::connecting;
  try {
    connection_ = &eddy::connect<Session>(
        ledger_.loop, ledger_.target(number_), [this] { return Session{this}; }, options);
  } catch (const std::system_error& error) {
    connection_ = nullptr;
    not_connected(connect_failure(error.code(), error.what()));
  }
}

void StreamClient::not_connected(const std::string& why) {
  if (!joined_) {
    state_ = State::ended;
    return ledger_.open_failed(why);
  }
  ledger_.error("no new connection: " + why);
  ledger_.settings.churn ? exchange_failed() : leave();
}

void StreamClient::opened() {
  state_ = State::open;
  // A name with several addresses: the others go where the first one got through, without looking it up again.
  if (!joined_) {
    if (const auto peer = connection_->peer_address(); !peer.is_unnamed() && peer.is_ip())
      ledger_.pin_target(number_, peer);
  }
  if (joined_) {
    ++ledger_.results.reconnects;
  } else {
    ledger_.opened();
  }
  const bool first = !std::exchange(joined_, true);
  const auto& settings = ledger_.settings;
  if (first && settings.churn) return part();
  if (settings.lifetime) {
    if (!renewal_) renewal_ = std::make_unique<eddy::Timer>(ledger_.loop, [this] { retire(); });
    const auto part_of_it = static_cast<double>(number_ + 1) / static_cast<double>(settings.connections);
    renewal_->start(first ? std::chrono::duration_cast<eddy::Duration>(*settings.lifetime * part_of_it)
                          : *settings.lifetime);
  }
  pump(ledger_.loop.clock());
}

// ---- sending

void StreamClient::begin(std::uint64_t count, eddy::TimePoint due, eddy::TimePoint now) {
  ledger_.began(count);
  if (held_ && ledger_.settings.rate) ledger_.results.held_back += count;
  for (; count > 0; --count) unanswered_.push_back({due, {}});
  if (state_ == State::open) {
    pump(now);
  } else if (state_ == State::parted) {
    connect();
  }
}

void StreamClient::pump(eddy::TimePoint now) {
  if (!refused_.empty() && send(eddy::Bytes(refused_))) refused_.clear();
  while (!held_ && (amid_request_ || may_start())) {
    const auto room = ledger_.scratch(Ledger::scratch_size);
    const auto bytes = room.first(write(room, now));
    if (!send(eddy::Bytes(bytes))) refused_.assign(bytes.begin(), bytes.end());
  }
}

// As many requests as there are and fit.
std::size_t StreamClient::write(std::span<std::byte> room, eddy::TimePoint now) {
  std::size_t used = 0;
  while (used < room.size() && (amid_request_ || may_start())) {
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
  const bool again = request.sent != eddy::TimePoint();  // its first connection ended without an answer
  request.sent = now;
  retiring_ = ledger_.settings.churn;
  if (request.due == when_sent) {
    request.due = now;
  } else if (ledger_.settings.rate && !again) {
    ledger_.lagged(now - request.due);
  }
}

// False when nothing was taken.
bool StreamClient::send(eddy::Bytes bytes) {
  const auto result = connection_->send(bytes);
  held_ = result != eddy::SendResult::accepted;
  return result != eddy::SendResult::refused;
}

void StreamClient::room() {
  held_ = false;
  if (state_ != State::open) return;
  pump(ledger_.loop.clock());
  renew_when_done();  // the answer may have come before the request had left
}

// ---- receiving

std::size_t StreamClient::received(eddy::Bytes in) {
  if (state_ != State::open && state_ != State::finishing) return in.size();
  const auto now = ledger_.loop.clock();
  std::size_t consumed = 0;
  std::uint64_t answers = 0;
  auto outcome = Exchange::Outcome::right;
  bool last = false;
  while (!last && consumed < in.size() && outcome != Exchange::Outcome::incomplete) {
    if (started_ == 0) {
      ++ledger_.results.surplus;
      outcome = Exchange::Outcome::broken;
    } else {
      const auto read = exchange_->read(in.without_first(consumed));
      consumed += read.consumed;
      outcome = read.outcome;
      last = read.last;
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
  if (last && state_ == State::open) {
    // What was asked after it is asked anew, of another connection.
    started_ = 0;
    amid_request_ = false;
    refused_.clear();
    part();
    if (ledger_.sending) follow(answers, now);
    if (state_ == State::parted && (!ledger_.settings.churn || !unanswered_.empty())) connect();
    return in.size();
  }
  if (answers > 0 && state_ == State::open) {
    ledger_.sending ? follow(answers, now) : pump(now);
    renew_when_done();
  }
  return consumed;
}

// ---- ending

void StreamClient::finish() {
  if (!is_open()) return;
  if (state_ != State::open || !unanswered_.empty()) return abort();
  // Half-closes and goes on checking what comes until the server ends its side.
  state_ = State::finishing;
  connection_->finish();
}

void StreamClient::abort() {
  if (ledger_.settings.renews() && is_open()) return leave();
  if (connection_ != nullptr) fail();
}

void StreamClient::fail() {
  if (ledger_.settings.churn && state_ == State::open) return exchange_failed();
  state_ = State::failed;
  lose(unanswered_.size());
  connection_->abort();
}

void StreamClient::lose(std::size_t count) {
  const auto waited = count - std::min(count, started_);  // in this client, and were never sent
  started_ = 0;
  amid_request_ = false;
  refused_.clear();
  for (std::size_t i = 0; i < count; ++i) unanswered_.pop_front();
  ledger_.lost(count - waited);
  ledger_.never_sent(waited);
}

// ---- one connection after the other

void StreamClient::retire() {
  if (state_ != State::open) return;
  retiring_ = true;
  renew_when_done();
}

void StreamClient::renew_when_done() {
  if (state_ != State::open || !retiring_ || started_ > 0 || amid_request_ || !refused_.empty()) return;
  part();
  if (ledger_.settings.lifetime || !unanswered_.empty()) connect();
}

// An answer may come before its request has left: nobody wants the rest of that, and a server that does not read it
// would keep the connection.
void StreamClient::part() {
  auto& connection = let_go();
  if (connection.queued() > 0) {
    connection.abort();
  } else {
    connection.close();
  }
  state_ = State::parted;
}

// What still comes on the old connection is nobody's.
eddy::Connection& StreamClient::let_go() {
  connection_->session<Session>()->client = nullptr;
  held_ = false;
  return *std::exchange(connection_, nullptr);
}

void StreamClient::exchange_failed() {
  if (connection_ != nullptr) let_go().abort();
  held_ = false;
  state_ = State::pausing;
  const auto failed = std::min<std::size_t>(unanswered_.size(), 1);
  lose(failed);
  if (ledger_.sending && failed > 0) begin_in(failure_pause, failed);
  if (!renewal_) renewal_ = std::make_unique<eddy::Timer>(ledger_.loop, [this] { try_again(); });
  renewal_->start(failure_pause);
}

void StreamClient::try_again() {
  if (state_ != State::pausing) return;
  state_ = State::parted;
  if (!unanswered_.empty()) connect();
}

void StreamClient::leave() {
  if (connection_ != nullptr) let_go().abort();
  state_ = State::ended;
  lose(unanswered_.size());
  ledger_.closed();
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
  if (before == State::connecting) return not_connected(connect_failure(why, why.message()));
  if (before == State::open) {
    ledger_.error(why.message());
    if (ledger_.settings.churn) return exchange_failed();
    lose(unanswered_.size());
  }
  ledger_.closed();
}

}  // namespace load
