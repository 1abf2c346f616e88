// Codecs: bytes a second that decoders read, from a block of messages as a socket would bring it.
#include <benchmark/benchmark.h>
#include <protocols/frames.h>
#include <protocols/irc.h>
#include <protocols/lines.h>
#include <protocols/memcache.h>

#include <cstddef>
#include <string>

namespace {

constexpr std::size_t block_size = 16 * 1024;

std::string repeated(const std::string& message) {
  std::string block;
  while (block.size() + message.size() <= block_size) block += message;
  return block;
}

// `next` answers Found for what is left of the block, all of which are whole messages.
template <class Next>
void decode(benchmark::State& state, const std::string& message, Next next) {
  const auto block = repeated(message);
  for ([[maybe_unused]] auto _ : state) {
    eddy::Bytes left(block);
    while (!left.empty()) {
      const auto found = next(left);
      if (found.size == 0) return state.SkipWithError("a message was not read");
      benchmark::DoNotOptimize(found.content.data());
      left = left.without_first(found.size);
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(block.size()));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(block.size() / message.size()));
}

void lines(benchmark::State& state) {
  eddy::LineDecoder decoder;
  const std::string line(static_cast<std::size_t>(state.range(0)) - 2, 'x');
  decode(state, line + "\r\n", [&](eddy::Bytes in) { return decoder.next(in); });
}
BENCHMARK(lines)->Name("decode/lines")->Arg(16)->Arg(64)->Arg(1024);

void frames(benchmark::State& state) {
  const eddy::FrameDecoder decoder;
  const std::string content(static_cast<std::size_t>(state.range(0)), 'x');
  const eddy::EncodedPrefix prefix(eddy::Prefix::be32, content.size());
  decode(state, std::string(prefix.bytes().text()) + content, [&](eddy::Bytes in) { return decoder.next(in); });
}
BENCHMARK(frames)->Name("decode/frames")->Arg(64)->Arg(1024);

void irc(benchmark::State& state) {
  eddy::IrcDecoder decoder;
  decode(state, ":nick!user@host.example PRIVMSG #channel :what one says to all the others\r\n", [&](eddy::Bytes in) {
    const auto found = decoder.next(in);
    benchmark::DoNotOptimize(eddy::IrcMessage::parse(found.content.text()));
    return found;
  });
}
BENCHMARK(irc)->Name("decode/irc");

void memcache(benchmark::State& state, const char* command) {
  eddy::MemcacheDecoder decoder;
  eddy::memcache::Command read;
  decode(state, command, [&](eddy::Bytes in) { return decoder.next(in, read); });
}
BENCHMARK_CAPTURE(memcache, get, "get user:0000001234\r\n")->Name("decode/memcache_get");
BENCHMARK_CAPTURE(memcache, set, "set user:0000001234 0 0 26\r\nabcdefghijklmnopqrstuvwxyz\r\n")
    ->Name("decode/memcache_set");

}  // namespace
