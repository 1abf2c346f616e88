// A client of each of the services, by each transport.
#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <string_view>

#include "child.h"
#include "conversation.h"
#include "witness.h"

namespace attack {
namespace {

bool is_same(std::string_view asked, std::string_view got) { return asked == got; }
bool is_generated(std::string_view, std::string_view got) {
  return got.size() <= 512 &&
         std::all_of(got.begin(), got.end(), [](char c) { return (c >= ' ' && c <= '~') || c == '\r' || c == '\n'; });
}
bool is_time(std::string_view, std::string_view got) { return got.size() > 8 && got.ends_with("\r\n"); }

[[noreturn]] void wrong_service(const std::string& service, std::string_view got) {
  throw WrongAnswer(fmt::format("a good client of {} was answered \"{}\"", service, escaped(got.substr(0, 200))));
}

void use_stream(const Target& target, Random& random) {
  Conversation client("a good client of " + target.service, target.address);
  if (target.service == "echo") {
    for (auto times = random.between(1, 4); times > 0; --times) {
      const auto text = random.word(random.one_in(5) ? 50'000 : random.between(1, 500));
      client.say(text);
      if (client.bytes(text.size()) != text) wrong_service(target.service, "another text");
    }
    client.finish();
    if (const auto rest = client.until_end(); !rest.empty()) wrong_service(target.service, rest);
  } else if (target.service == "discard") {
    client.say(random.word(1000));
    client.finish();
    if (const auto rest = client.until_end(); !rest.empty()) wrong_service(target.service, rest);
  } else if (target.service == "chargen") {
    for (int lines = 0; lines < 100; ++lines) {
      if (const auto line = client.line(); line.size() != 72) wrong_service(target.service, line);
    }
  } else {
    const auto text = client.until_end();
    if (!is_time("", text)) wrong_service(target.service, text);
  }
}

void use_datagram(const Target& target, Random& random) {
  Conversation client("a good client of " + target.service, target.address);
  const auto text = random.word(random.between(8, 1000));
  if (target.service == "echo") client.ask(text, &is_same);
  if (target.service == "chargen") client.ask(text, &is_generated);
  if (target.service == "daytime") client.ask(text, &is_time);
}

}  // namespace

void witness_echo(const std::vector<Target>& targets, Random random, const Watch& watch) {
  try {
    while (!watch.stop) {
      for (const auto& target : targets) {
        if (watch.stop) break;
        target.address.is_stream() ? use_stream(target, random) : use_datagram(target, random);
        ++watch.totals.round_trips;
      }
      ::poll(nullptr, 0, 10);
    }
  } catch (const WrongAnswer& wrong) {
    watch.findings.add(wrong.what());
  }
}

}  // namespace attack
