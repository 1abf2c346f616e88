// mg with each of its flags, me and mn.
#include <regex>

#include "server.h"

namespace cache::test {
namespace {

using MetaGetTest = CacheTest;

TEST_F(MetaGetTest, WithoutFlagsItTellsOnlyWhetherTheItemIsThere) {
  EXPECT_EQ(ask("mg key\r\n"), "EN\r\n");
  EXPECT_EQ(ask("set key 0 0 1\r\nx\r\nmg key\r\n"), "STORED\r\nHD\r\n");
}

TEST_F(MetaGetTest, VGivesTheValue) {
  EXPECT_EQ(ask("set key 0 0 5\r\nva\r\nl\r\nmg key v\r\n"), "STORED\r\nVA 5\r\nva\r\nl\r\n");
  EXPECT_EQ(ask("set key 0 0 0\r\n\r\nmg key v\r\n"), "STORED\r\nVA 0\r\n\r\n");
  EXPECT_EQ(ask("mg none v\r\n"), "EN\r\n");
}

TEST_F(MetaGetTest, FlagsAreAnsweredInTheOrderInWhichTheyWereAsked) {
  EXPECT_EQ(ask("set key 7 0 3\r\nabc\r\n"), "STORED\r\n");
  const auto cas = cas_of("key");
  EXPECT_EQ(ask("mg key s f c t k Oabc v\r\n"), "VA 3 s3 f7 c" + cas + " t-1 kkey Oabc\r\nabc\r\n");
  EXPECT_EQ(ask("mg key Oabc k t c f s\r\n"), "HD Oabc kkey t-1 c" + cas + " f7 s3\r\n");
}

TEST_F(MetaGetTest, TIsTheTimeToLive) {
  EXPECT_EQ(ask("set key 0 100 1\r\nx\r\n"), "STORED\r\n");
  const auto answer = ask("mg key t\r\n");
  EXPECT_TRUE(answer == "HD t100\r\n" || answer == "HD t99\r\n" || answer == "HD t98\r\n") << answer;
}

TEST_F(MetaGetTest, HTellsWhetherItWasReadBefore) {
  EXPECT_EQ(ask("set key 0 0 1\r\nx\r\n"), "STORED\r\n");
  EXPECT_EQ(ask("mg key h\r\nmg key h\r\n"), "HD h0\r\nHD h1\r\n");
  EXPECT_EQ(ask("set key 0 0 1\r\nx\r\nget key\r\nmg key h\r\n"), "STORED\r\nVALUE key 0 1\r\nx\r\nEND\r\nHD h1\r\n");
}

TEST_F(MetaGetTest, URequestsAreNotRemembered) {
  EXPECT_EQ(ask("set key 0 0 1\r\nx\r\nmg key u v\r\nmg key u h\r\nmg key h\r\n"),
            "STORED\r\nVA 1\r\nx\r\nHD h0\r\nHD h0\r\n");
}

TEST_F(MetaGetTest, LIsTheTimeSinceItWasLastAccessed) {
  EXPECT_EQ(ask("set key 0 0 1\r\nx\r\nmg key l u\r\n"), "STORED\r\nHD l0\r\n");
  EXPECT_TRUE(eventually([&] { return flag_value(ask("mg key l u\r\n"), 'l') >= 3; }));
  // memcached takes a while, and two of them, to note it.
  EXPECT_TRUE(eventually([&] {
    ask("mg key\r\n");
    return flag_value(ask("mg key l u\r\n"), 'l') < 3;
  }));
}

TEST_F(MetaGetTest, QLeavesOnlyHitsAndErrors) {
  EXPECT_EQ(ask("set key 0 0 1\r\nx\r\n"), "STORED\r\n");
  EXPECT_EQ(ask("mg none q\r\nmg none v q k Oabc\r\nmg key q v\r\nmg none q !\r\n"),
            "VA 1\r\nx\r\nCLIENT_ERROR invalid flag\r\n");
  EXPECT_EQ(ask("mg key q k\r\n"), "HD kkey\r\n");
}

TEST_F(MetaGetTest, KeyAndOpaqueComeBackFromAMissToo) { EXPECT_EQ(ask("mg none k Oabc v t\r\n"), "EN knone Oabc\r\n"); }

TEST_F(MetaGetTest, PAndLWithTheirTokensAreIgnored) {
  EXPECT_EQ(ask("set key 0 0 1\r\nx\r\nmg key Ppath/x Lhint v\r\n"), "STORED\r\nVA 1\r\nx\r\n");
}

TEST_F(MetaGetTest, CapitalTSetsTheTimeToLive) {
  EXPECT_EQ(ask("set key 0 0 1\r\nx\r\n"), "STORED\r\n");
  const auto answer = ask("mg key T100 t\r\n");
  EXPECT_TRUE(answer == "HD t100\r\n" || answer == "HD t99\r\n") << answer;
  EXPECT_EQ(ask("mg key T0\r\nmg key t\r\n"), "HD\r\nHD t-1\r\n");
  EXPECT_EQ(ask("mg key T-1 v\r\nmg key\r\n"), "VA 1\r\nx\r\nEN\r\n");
}

TEST_F(MetaGetTest, NMakesAnEmptyItemAndOneClientWinsIt) {
  const auto answer = ask("mg key N100 v t\r\n");
  EXPECT_TRUE(answer == "VA 0 t100 W\r\n\r\n" || answer == "VA 0 t99 W\r\n\r\n") << answer;
  EXPECT_EQ(ask("mg key N100 v\r\n"), "VA 0 Z\r\n\r\n");
  EXPECT_EQ(ask("mg key\r\nget key\r\n"), "HD Z\r\nVALUE key 0 0\r\n\r\nEND\r\n");
  EXPECT_EQ(ask("ms key 1\r\nx\r\nmg key N100 v\r\n"), "HD\r\nVA 1\r\nx\r\n");
}

TEST_F(MetaGetTest, NAnswersFlagsAsOfTheNewItem) {
  const auto answer = ask("mg key N0 s f t k Oabc\r\n");
  EXPECT_EQ(answer, "HD s0 f0 t-1 kkey Oabc W\r\n");
}

TEST_F(MetaGetTest, RLetsOneClientWinWhenLittleTimeIsLeft) {
  EXPECT_EQ(ask("set key 0 50 1\r\nx\r\n"), "STORED\r\n");
  EXPECT_EQ(ask("mg key R10\r\n"), "HD\r\n");
  EXPECT_EQ(ask("mg key R100 v\r\n"), "VA 1 W\r\nx\r\n");
  EXPECT_EQ(ask("mg key R100 v\r\nmg key R10\r\n"), "VA 1 Z\r\nx\r\nHD Z\r\n");
  EXPECT_EQ(ask("set key 0 50 1\r\ny\r\nmg key v\r\n"), "STORED\r\nVA 1\r\ny\r\n");
  EXPECT_EQ(ask("set key 0 0 1\r\ny\r\nmg key R100\r\n"), "STORED\r\nHD\r\n");  // lives for ever
}

TEST_F(MetaGetTest, BReadsTheKeyAsBase64) {
  // "Zm9v" is foo
  EXPECT_EQ(ask("ms Zm9v 2 b\r\nxx\r\n"), "HD\r\n");
  EXPECT_EQ(ask("mg foo v\r\nget foo\r\n"), "VA 2\r\nxx\r\nVALUE foo 0 2\r\nxx\r\nEND\r\n");
  EXPECT_EQ(ask("mg Zm9v b v\r\n"), "VA 2\r\nxx\r\n");
  EXPECT_EQ(ask("mg Zm9v b k v\r\n"), "VA 2 kZm9v b\r\nxx\r\n");
  EXPECT_EQ(ask("mg foo k\r\n"), "HD kZm9v b\r\n");  // it remembers how the key was written
  EXPECT_EQ(ask("set foo 0 0 1\r\ny\r\nmg Zm9v b k\r\n"), "STORED\r\nHD kfoo\r\n");
  EXPECT_EQ(ask("mg bm9uZQ== b k Oabc\r\n"), "EN kbm9uZQ== b Oabc\r\n");
}

TEST_F(MetaGetTest, BAllowsAnyByteInAKey) {
  // "a b\r\n\0"
  EXPECT_EQ(ask("ms YSBiDQoA 1 b k\r\nx\r\n"), "HD kYSBiDQoA b\r\n");
  EXPECT_EQ(ask("mg YSBiDQoA b v k\r\nmd YSBiDQoA b k\r\nmg YSBiDQoA b\r\n"),
            "VA 1 kYSBiDQoA b\r\nx\r\nHD kYSBiDQoA b\r\nEN\r\n");
}

TEST_F(MetaGetTest, BRefusesWhatIsNoBase64) {
  for (const std::string key : {"Zm9", "Zm9v=", "Z!9v", "===="}) {
    EXPECT_EQ(ask("mg " + key + " b\r\n"), "CLIENT_ERROR error decoding key\r\n") << key;
  }
}

TEST_F(MetaGetTest, OpaqueIsAtMost31Bytes) {
  const std::string longest(31, 'o');
  EXPECT_EQ(ask("set key 0 0 1\r\nx\r\n"), "STORED\r\n");
  EXPECT_EQ(ask("mg key O" + longest + "\r\nmg none O" + longest + "\r\n"),
            "HD O" + longest + "\r\nEN O" + longest + "\r\n");
  EXPECT_EQ(ask("mg key Oo" + longest + "\r\n"), "CLIENT_ERROR opaque token too long\r\n");
  EXPECT_EQ(ask("mg none Oo" + longest + "\r\n"), "CLIENT_ERROR opaque token too long\r\n");
}

TEST_F(MetaGetTest, AFlagTwiceOrUnknownIsAnError) {
  EXPECT_EQ(ask("mg key v v\r\n"), "CLIENT_ERROR duplicate flag\r\n");
  EXPECT_EQ(ask("mg key T1 T2\r\n"), "CLIENT_ERROR duplicate flag\r\n");
  EXPECT_EQ(ask("mg key \x80\r\n"), "CLIENT_ERROR duplicate flag\r\n");  // so memcached says
  for (const std::string flag : {"!", "a", "B", "Q", "z", "W", "X", "Z", "0"}) {
    EXPECT_EQ(ask("mg key " + flag + "\r\n"), "CLIENT_ERROR invalid flag\r\n") << flag;
  }
}

TEST_F(MetaGetTest, ATokenThatIsNoNumberIsAnError) {
  for (const std::string flag : {"T", "Tx", "N", "Nx", "R", "Rx", "T1x", "C", "Cx"}) {
    EXPECT_EQ(ask("mg key " + flag + "\r\n"), "CLIENT_ERROR bad token in command line format\r\n") << flag;
  }
}

TEST_F(MetaGetTest, SeventeenFlagsAreTheMost) {
  EXPECT_EQ(ask("set key 0 0 1\r\nx\r\n"), "STORED\r\n");
  const std::string seventeen = " s v t f k c h l u q O1 P1 L1 T0 R0 I F0";
  EXPECT_TRUE(ask("mg key" + seventeen + "\r\n").starts_with("VA 1 s1 t-1 f0 kkey c"));
  EXPECT_EQ(ask("mg key" + seventeen + " C1\r\n"), "CLIENT_ERROR options flags are too long\r\n");
}

TEST_F(MetaGetTest, WithoutAKeyItIsAnError) { EXPECT_EQ(ask("mg\r\n"), "ERROR\r\n"); }

TEST_F(MetaGetTest, MnIsAnsweredWhateverFollows) {
  client.send("mn\r\nmn more\r\nmn\n");
  EXPECT_EQ(client.read(12), "MN\r\nMN\r\nMN\r\n");
}

TEST_F(MetaGetTest, MeTellsWhatIsKnownOfAnItem) {
  EXPECT_EQ(ask("me key\r\n"), "EN\r\n");
  EXPECT_EQ(ask("set key 0 0 1\r\nx\r\n"), "STORED\r\n");
  const auto cas = cas_of("key");
  const std::regex read("ME key exp=-1 la=[0-9]+ cas=" + cas + " fetch=yes cls=[0-9]+ size=[0-9]+\r\n");
  const auto answer = ask("me key\r\n");
  EXPECT_TRUE(std::regex_match(answer, read)) << answer;
  EXPECT_EQ(ask("set key 0 0 1\r\nx\r\n"), "STORED\r\n");
  EXPECT_NE(ask("me key\r\n").find(" fetch=no "), std::string::npos);
  EXPECT_NE(ask("me key\r\n").find(" fetch=no "), std::string::npos);  // to ask is not to fetch
}

TEST_F(MetaGetTest, MeTakesBase64Keys) {
  EXPECT_EQ(ask("ms Zm9v 1 b\r\nx\r\n"), "HD\r\n");
  EXPECT_TRUE(ask("me Zm9v b\r\n").starts_with("ME Zm9v exp="));
  EXPECT_TRUE(ask("me foo\r\n").starts_with("ME Zm9v exp="));
  EXPECT_EQ(ask("me Zm9 b\r\n"), "CLIENT_ERROR bad command line format\r\n");
}

TEST_F(MetaGetTest, MeWithoutAKeyIsAnError) { EXPECT_EQ(ask("me\r\n"), "CLIENT_ERROR bad command line format\r\n"); }

}  // namespace
}  // namespace cache::test
