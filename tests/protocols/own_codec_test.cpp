// The example of docs/protocols.md, as it stands there.
#include <gtest/gtest.h>
#include <protocols/codec.h>

#include <charconv>

#include "../support/fixture.h"
#include "pieces.h"

namespace eddy::test {
namespace {

#include "own_codec_example.h"

using Messages = std::vector<std::string>;

struct Reader {
  Messages* read;
  void on_netstring(Connection& /*peer*/, Bytes content) { read->emplace_back(content.text()); }
};

TEST(OwnCodec, ExampleOfTheDocumentationDecodes) {
  EXPECT_TRUE(every_split_gives_the_same(NetstringDecoder(), "5:hello,0:,3:a,b,"));
  EXPECT_EQ(decode(NetstringDecoder(), "5:hello,0:,3:a,b,").messages, (Messages{"hello", "", "a,b"}));
  EXPECT_EQ(decode(NetstringDecoder(), "5:hello;").error, Errc::malformed_message);
  EXPECT_EQ(decode(NetstringDecoder(), "hello:").error, Errc::malformed_message);
  EXPECT_EQ(decode(NetstringDecoder(), "1234567").error, Errc::malformed_message);
}

TEST(OwnCodec, ExampleOfTheDocumentationServes) {
  Messages read;
  Script client;
  client.on_open = [](Connection& peer) {
    peer.send("5:hello,3:you,");
    peer.close();
  };
  Loop loop;
  const Listener<Netstrings<Reader>> listener(loop, "tcp://127.0.0.1:0",
                                              [&] { return Netstrings<Reader>(Reader{&read}, NetstringDecoder()); });
  connect<Scripted>(loop, listener.address().to_string(), client.factory());
  ASSERT_TRUE(turn_until(loop, [&] { return client.closed() && loop.stats().open == 0; }));
  EXPECT_EQ(read, (Messages{"hello", "you"}));
}

}  // namespace
}  // namespace eddy::test
