#include "datagram_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "process.h"
#include "sources.h"

namespace load {
namespace {

// Small, so that a datagram counts as sent when the system has taken it, or nearly so.
constexpr std::size_t queue_cap = 16 * 1024;

std::uint64_t sequence_of(eddy::Bytes datagram) {
  std::uint64_t sequence = 0;
  std::memcpy(&sequence, datagram.data(), std::min(datagram.size(), sizeof sequence));
  return sequence;
}

// Where to bind, so that the server has somewhere to answer to.
std::string local_address(const eddy::Address& target, const std::string* source) {
  if (source != nullptr) return source_url("udp", *source);
  if (target.is_ip()) return target.is_ipv6() ? "udp://[::]:0" : "udp://0.0.0.0:0";
  static std::atomic<std::uint64_t> counter{0};
  return fmt::format("unixgram:{}eddy-load-{}-{}", eddy::Address::has_abstract_names() ? "@" : "/tmp/", process_id(),
                     counter.fetch_add(1));
}

}  // namespace

DatagramClient::DatagramClient(Ledger& ledger, std::size_t number)
    : Client(ledger, number),
      pattern_(ledger.settings.seed, number),
      timeout_(ledger.settings.timeout_or_default(true)),
      expiry_(ledger.loop, [this] { expire(); }) {}

void DatagramClient::open() {
  ledger_.opening_one();
  const auto& target = ledger_.target(number_);
  try {
    socket_.emplace(
        ledger_.loop, local_address(eddy::Address::parse(target), ledger_.source(number_)),
        [this] { return Session{this}; }, eddy::DatagramOptions{.output_cap = queue_cap + ledger_.settings.size});
    socket_->connect(target);
    ledger_.opened();
  } catch (const std::system_error& error) {
    socket_.reset();
    ledger_.open_failed(connect_failure(error.code(), error.code().message()));
  }
}

// ---- sending

void DatagramClient::begin(std::uint64_t count, eddy::TimePoint due, eddy::TimePoint now) {
  ledger_.began(count);
  if (next_ < begun_ && !is_full() && ledger_.settings.rate) ledger_.results.held_back += count;
  begun_ += count;
  unsettled_ += static_cast<std::size_t>(count);
  for (; count > 0; --count) window_.push_back({.due = due, .sent = {}});
  pump(now);
}

void DatagramClient::pump(eddy::TimePoint now) {
  while (next_ < begun_ && !is_full()) {
    if (socket_->send(eddy::Bytes(image(next_))) == eddy::SendResult::refused) return;
    auto& sent = message(next_++);
    sent.sent = now;
    sent.fate = Fate::awaited;
    if (sent.due == when_sent) {
      sent.due = now;
    } else if (ledger_.settings.rate) {
      ledger_.lagged(now - sent.due);
    }
    if (!expiry_.running()) expiry_.start_at(eddy::deadline_after(now, timeout_));
  }
}

std::span<std::byte> DatagramClient::image(std::uint64_t sequence) {
  const auto datagram = ledger_.scratch(ledger_.settings.size);
  const auto connection = static_cast<std::uint32_t>(number_);
  // From the far end of the stream, which no payload reaches.
  const auto check = static_cast<std::uint32_t>(pattern_.word(~sequence));
  std::memcpy(datagram.data(), &sequence, sizeof sequence);
  std::memcpy(datagram.data() + 8, &connection, sizeof connection);
  std::memcpy(datagram.data() + 12, &check, sizeof check);
  const auto body = datagram.subspan(datagram_header);
  pattern_.fill(sequence * body.size(), body);
  return datagram;
}

// ---- receiving

void DatagramClient::received(eddy::Bytes in) {
  if (next_ == 0) return;  // nothing was sent yet: of an earlier owner of the port
  const auto now = ledger_.loop.clock();
  give_up_overdue(now);  // first, so that late is late however busy this program was
  // A number that was never sent is itself the damage: compare with what is expected next.
  const auto carried = sequence_of(in);
  const auto sequence = carried < next_ ? carried : std::min(oldest_, next_ - 1);
  const eddy::Bytes expected(image(sequence));
  if (in.text() == expected.text()) return answered(sequence, now);

  const auto [right, wrong] = std::mismatch(expected.begin(), expected.end(), in.begin(), in.end());
  const auto offset = static_cast<std::size_t>(right - expected.begin());
  Corruption what{number_, sequence, offset, {}, {}};
  if (right != expected.end()) what.expected = std::to_integer<std::uint8_t>(*right);
  if (wrong != in.end()) what.got = std::to_integer<std::uint8_t>(*wrong);
  ledger_.corrupt(what);
  // With a sound header it is known which message this answers, wrongly; without, that one stays awaited.
  if (offset < datagram_header || sequence < oldest_ || message(sequence).fate == Fate::settled) return;
  settle(message(sequence));
  ledger_.settled(1);
  drop_settled();
  replace(1, now);
}

void DatagramClient::answered(std::uint64_t sequence, eddy::TimePoint now) {
  if (sequence < oldest_ || message(sequence).fate == Fate::settled) return answered_again(sequence, now);
  auto& answer = message(sequence);
  settle(answer);
  if (sequence + 1 < highest_) ++ledger_.results.reordered;
  highest_ = std::max(highest_, sequence + 1);
  ledger_.answered(answer.due, answer.sent, now);
  drop_settled();
  replace(1, now);
}

void DatagramClient::answered_again(std::uint64_t sequence, eddy::TimePoint now) {
  const auto found = std::lower_bound(lost_.begin(), lost_.end(), sequence,
                                      [](const Lost& lost, std::uint64_t wanted) { return lost.sequence < wanted; });
  if (found == lost_.end() || found->sequence != sequence || found->answered) {
    ++ledger_.results.duplicated;
    return;
  }
  found->answered = true;
  ledger_.answered_late(found->due, found->sent, now);
}

// What is settled makes room for those that wait, and in the closed model for new ones.
void DatagramClient::replace(std::uint64_t count, eddy::TimePoint now) {
  if (count > 0) ledger_.sending ? follow(count, now) : pump(now);
}

void DatagramClient::settle(Message& which) {
  which.fate = Fate::settled;
  --unsettled_;
}

void DatagramClient::drop_settled() {
  for (; !window_.empty() && window_.front().fate == Fate::settled; ++oldest_) window_.pop_front();
}

void DatagramClient::expire() {
  const auto now = ledger_.loop.clock();
  give_up_overdue(now);
  if (!window_.empty() && window_.front().fate == Fate::awaited) {
    expiry_.start_at(eddy::deadline_after(window_.front().sent, timeout_));
  }
}

void DatagramClient::give_up_overdue(eddy::TimePoint now) {
  std::uint64_t count = 0;
  while (!window_.empty() && window_.front().fate == Fate::awaited &&
         now >= eddy::deadline_after(window_.front().sent, timeout_)) {
    lost_.push_back({oldest_, window_.front().due, window_.front().sent});
    settle(window_.front());
    drop_settled();
    ++count;
  }
  ledger_.lost(count);
  replace(count, now);
}

// ---- ending

void DatagramClient::abort() {
  if (!is_open()) return;
  std::uint64_t count = 0;
  std::uint64_t waited = 0;
  for (std::size_t i = 0; i < window_.size(); ++i) {
    count += window_[i].fate == Fate::awaited ? 1 : 0;
    waited += window_[i].fate == Fate::unsent ? 1 : 0;
  }
  expiry_.cancel();
  socket_->close();
  ledger_.lost(count);
  ledger_.never_sent(waited);
  ledger_.closed();
}

}  // namespace load
