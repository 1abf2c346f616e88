// A client with keys that nobody else can know of. They may be evicted or flushed at any time: a miss is no fault, but
// a hit is right.
#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include "child.h"
#include "conversation.h"
#include "witness.h"

namespace attack {
namespace {

[[noreturn]] void wrong_answer(std::string_view request, std::string_view got) {
  throw WrongAnswer(fmt::format("a good client of the cache asked \"{}\" and was answered \"{}\"", escaped(request),
                                escaped(got.substr(0, 300))));
}

void one_of(std::string_view request, const std::string& got, std::initializer_list<std::string_view> expected) {
  if (std::find(expected.begin(), expected.end(), got) == expected.end()) wrong_answer(request, got);
}

constexpr std::string_view no_room = "SERVER_ERROR out of memory storing object";

void use_cache(Conversation& cache, Random& random) {
  const auto key = "witness-" + random.word(12);
  const auto value = random.word(random.one_in(20) ? random.between(10'000, 200'000) : random.below(500));
  const auto flags = random.below(65536);
  const auto set = fmt::format("set {} {} 0 {}\r\n", key, flags, value.size());
  cache.say(set + value + "\r\n");
  one_of(set, cache.line(), {"STORED", no_room});

  const auto get = fmt::format("get {}\r\n", key);
  cache.say(get);
  if (const auto head = cache.line(); head != "END") {
    one_of(get, head, {fmt::format("VALUE {} {} {}", key, flags, value.size())});
    if (cache.bytes(value.size() + 2) != value + "\r\n") wrong_answer(get, "another value");
    cache.expect_line("END");
  }
  const auto meta = fmt::format("mg {} v f\r\n", key);
  cache.say(meta);
  if (const auto head = cache.line(); head != "EN") {
    one_of(meta, head, {fmt::format("VA {} f{}", value.size(), flags)});
    if (cache.bytes(value.size() + 2) != value + "\r\n") wrong_answer(meta, "another value");
  }
  const auto remove = fmt::format("delete {}\r\n", key);
  cache.say(remove);
  one_of(remove, cache.line(), {"DELETED", "NOT_FOUND"});
  cache.say(get);
  cache.expect_line("END");

  const auto number = fmt::format("ms {} 2\r\n41\r\n", key);
  cache.say(number);
  one_of(number, cache.line(), {"HD", no_room});
  const auto count = fmt::format("incr {} 1\r\n", key);
  cache.say(count);
  one_of(count, cache.line(), {"42", "NOT_FOUND"});
  cache.say("mn\r\n");
  cache.expect_line("MN");
}

bool is_answer(std::string_view asked, std::string_view got) {
  return got.size() >= 8 && got.substr(0, 2) == asked.substr(0, 2);
}

void use_datagrams(Conversation& cache, Random& random) {
  const std::string header{random.byte(), random.byte(), 0, 0, 0, 1, 0, 0};
  const auto got = cache.ask(header + "mn\r\n", &is_answer);
  if (got != header + "MN\r\n") wrong_answer("mn, by UDP", got);
}

void watch_cache(const std::vector<Target>& targets, Random& random, const Watch& watch) {
  std::vector<std::unique_ptr<Conversation>> conversations(targets.size());
  while (!watch.stop) {
    for (std::size_t i = 0; i < targets.size() && !watch.stop; ++i) {
      const bool stream = targets[i].address.is_stream();
      if (!conversations[i] || random.one_in(10))
        conversations[i] = std::make_unique<Conversation>("a good client", targets[i].address);
      stream ? use_cache(*conversations[i], random) : use_datagrams(*conversations[i], random);
      watch.totals.round_trips += stream ? 8 : 1;
    }
    ::poll(nullptr, 0, 10);
  }
}

}  // namespace

void witness_cache(const std::vector<Target>& targets, Random random, const Watch& watch) {
  try {
    watch_cache(targets, random, watch);
  } catch (const WrongAnswer& wrong) {
    watch.findings.add(wrong.what());
  }
}

}  // namespace attack
