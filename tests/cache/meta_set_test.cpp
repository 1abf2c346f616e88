// ms with each of its flags and modes.
#include "server.h"

namespace cache::test {
namespace {

using MetaSetTest = CacheTest;

TEST_F(MetaSetTest, StoresLikeSet) {
  EXPECT_EQ(ask("ms key 5\r\nva\r\nl\r\nmg key v f t\r\n"), "HD\r\nVA 5 f0 t-1\r\nva\r\nl\r\n");
  EXPECT_EQ(ask("ms key 0\r\n\r\nmg key v\r\n"), "HD\r\nVA 0\r\n\r\n");
}

TEST_F(MetaSetTest, FAndTSetFlagsAndTimeToLive) {
  EXPECT_EQ(ask("ms key 1 F4294967295 T100\r\nx\r\nmg key f\r\n"), "HD\r\nHD f4294967295\r\n");
  const auto ttl = flag_value(ask("mg key t\r\n"), 't');
  EXPECT_GE(ttl, 90);
  EXPECT_LE(ttl, 100);
  EXPECT_EQ(ask("ms key 1\r\ny\r\nmg key f t\r\n"), "HD\r\nHD f0 t-1\r\n");
  EXPECT_EQ(ask("ms key 1 T-1\r\ny\r\nmg key\r\n"), "HD\r\nEN\r\n");
}

TEST_F(MetaSetTest, KeyOpaqueAndCasComeBackInTheirOrder) {
  const auto first = ask("ms key 1 k Oabc c\r\nx\r\n");
  EXPECT_EQ(first, "HD kkey Oabc c" + cas_of("key") + "\r\n");
  const auto second = ask("ms key 1 c Oabc k\r\nx\r\n");
  EXPECT_EQ(second, "HD c" + cas_of("key") + " Oabc kkey\r\n");
}

TEST_F(MetaSetTest, CStoresOnlyWhatNobodyHasChangedSince) {
  EXPECT_EQ(ask("ms key 1 C1\r\nx\r\n"), "NF\r\n");
  EXPECT_EQ(ask("ms key 1\r\nx\r\n"), "HD\r\n");
  const auto cas = cas_of("key");
  EXPECT_EQ(ask("ms key 1 C" + cas + "\r\ny\r\n"), "HD\r\n");
  EXPECT_EQ(ask("ms key 1 C" + cas + " k Oabc\r\nz\r\n"), "EX kkey Oabc\r\n");
  EXPECT_EQ(ask("mg key v\r\n"), "VA 1\r\ny\r\n");
}

TEST_F(MetaSetTest, ModeEAddsOnlyWhereNothingIs) {
  EXPECT_EQ(ask("ms key 1 ME\r\nx\r\nms key 1 ME k\r\ny\r\nmg key v\r\n"), "HD\r\nNS kkey\r\nVA 1\r\nx\r\n");
}

TEST_F(MetaSetTest, ModesAAndPAddToAValue) {
  EXPECT_EQ(ask("ms key 1 MA\r\nx\r\nms key 1 MP\r\nx\r\n"), "NS\r\nNS\r\n");
  EXPECT_EQ(ask("ms key 1 F5\r\nb\r\nms key 1 MA F6\r\nc\r\nms key 1 MP F7\r\na\r\nmg key v f\r\n"),
            "HD\r\nHD\r\nHD\r\nVA 3 f5\r\nabc\r\n");
  EXPECT_EQ(ask("ms key 1 MA C999999999\r\nd\r\nms key 1 MP C999999999\r\nd\r\n"), "EX\r\nEX\r\n");
  EXPECT_EQ(ask("ms key 1 MA C" + cas_of("key") + "\r\nd\r\nmg key v\r\n"), "HD\r\nVA 4\r\nabcd\r\n");
}

TEST_F(MetaSetTest, ModeRReplacesOnlyWhatIsThere) {
  EXPECT_EQ(ask("ms key 1 MR\r\nx\r\n"), "NS\r\n");
  EXPECT_EQ(ask("ms key 1\r\nx\r\nms key 1 MR\r\ny\r\nmg key v\r\n"), "HD\r\nHD\r\nVA 1\r\ny\r\n");
  EXPECT_EQ(ask("ms key 1 MR C999999999\r\nz\r\nms none 1 MR C1\r\nz\r\n"), "EX\r\nNF\r\n");
}

TEST_F(MetaSetTest, ModeSIsSet) { EXPECT_EQ(ask("ms key 1 MS\r\nx\r\nmg key v\r\n"), "HD\r\nVA 1\r\nx\r\n"); }

TEST_F(MetaSetTest, AnotherModeIsAnErrorAndItsBlockSkipped) {
  EXPECT_EQ(ask("ms key 4 MX\r\nmn\r\n\r\n"), "CLIENT_ERROR invalid mode for ms M token\r\n");
  EXPECT_EQ(ask("ms key 4 M\r\nmn\r\n\r\n"), "CLIENT_ERROR incorrect length for M token\r\n");
  EXPECT_EQ(ask("ms key 4 Mappend\r\nmn\r\n\r\n"), "CLIENT_ERROR incorrect length for M token\r\n");
}

TEST_F(MetaSetTest, QLeavesOnlyWhatIsNotStored) {
  EXPECT_EQ(ask("ms key 1 q k\r\nx\r\nms key 1 q ME\r\ny\r\nms none 1 q C1\r\ny\r\nms key 1 q C999999999\r\ny\r\n"),
            "NS\r\nNF\r\nEX\r\n");
  EXPECT_EQ(ask("mg key v\r\n"), "VA 1\r\nx\r\n");
  EXPECT_EQ(ask("ms key 1 q !\r\ny\r\n"), "CLIENT_ERROR invalid flag\r\n");
  EXPECT_EQ(ask("ms key 1 q\r\nxyzmg key v\r\n"), "CLIENT_ERROR bad data chunk\r\nVA 1\r\nx\r\n");
}

TEST_F(MetaSetTest, IMakesAnOlderCasReplaceAndMarksTheItemStale) {
  EXPECT_EQ(ask("ms other 1\r\nx\r\nms key 1 T100\r\nx\r\nms key 1 I C1 T500 F3\r\ny\r\n"), "HD\r\nHD\r\nHD\r\n");
  const auto first = ask("mg key v f t\r\n");
  EXPECT_TRUE(first.starts_with("VA 1 f3 t")) << first;
  EXPECT_TRUE(first.ends_with(" X W\r\ny\r\n")) << first;
  EXPECT_LE(flag_value(first, 't'), 100);  // of the item that was there
  EXPECT_EQ(ask("mg key v\r\n"), "VA 1 Z X\r\ny\r\n");
  EXPECT_EQ(ask("ms key 1 I C18446744073709551615\r\nz\r\n"), "EX\r\n");  // newer
  EXPECT_EQ(ask("ms key 1 I\r\nz\r\nmg key v\r\n"), "HD\r\nVA 1\r\nz\r\n");
}

TEST_F(MetaSetTest, BStoresUnderABinaryKey) {
  const auto answer = ask("ms Zm9v 1 b k c F5\r\nx\r\n");
  EXPECT_EQ(answer, "HD kZm9v b c" + cas_of("foo") + "\r\n");
  EXPECT_EQ(ask("ms Zm9 4 b\r\nmn\r\n\r\n"), "CLIENT_ERROR error decoding key\r\n");
}

TEST_F(MetaSetTest, AFlagInErrorSkipsTheBlock) {
  EXPECT_EQ(ask("ms key 4 v v\r\nmn\r\n\r\n"), "CLIENT_ERROR duplicate flag\r\n");
  EXPECT_EQ(ask("ms key 4 !\r\nmn\r\n\r\n"), "CLIENT_ERROR invalid flag\r\n");
  EXPECT_EQ(ask("ms key 4 Tx\r\nmn\r\n\r\n"), "CLIENT_ERROR bad token in command line format\r\n");
  EXPECT_EQ(ask("ms key 4 Cx\r\nmn\r\n\r\n"), "CLIENT_ERROR bad token in command line format\r\n");
  EXPECT_EQ(ask("ms key 4 Fx\r\nmn\r\n\r\n"), "CLIENT_ERROR bad command line format\r\n");
  EXPECT_EQ(ask("ms key 4 O" + std::string(32, 'o') + "\r\nmn\r\n\r\n"), "CLIENT_ERROR opaque token too long\r\n");
  EXPECT_EQ(ask("mg key\r\n"), "EN\r\n");
}

// Whose length is not known, or which is not read so far, is not skipped.
TEST_F(MetaSetTest, ALineThatCannotBeReadLeavesTheBlockToBeReadAsCommands) {
  static constexpr auto* bad = "CLIENT_ERROR bad command line format\r\n";
  EXPECT_EQ(ask("ms key\r\n"), bad);
  for (const std::string size : {"x", "-1", "S2", "2x", "2147483646", "2147483647", "99999999999999999999"}) {
    EXPECT_EQ(ask("ms key " + size + "\r\nget a\r\n"), std::string(bad) + "END\r\n") << size;
  }
  EXPECT_EQ(ask("ms " + std::string(251, 'k') + " 5\r\nget a\r\n"), std::string(bad) + "END\r\n");
  EXPECT_EQ(ask("ms key 5 s v t f k c h l u q O1 P1 L1 T0 R0 I F0\r\nget a\r\n"),
            "CLIENT_ERROR options flags too long\r\nEND\r\n");
  EXPECT_EQ(ask("ms\r\n"), "ERROR\r\n");
}

TEST_F(MetaSetTest, TooLargeIsRefusedAndTakesTheOldValueAway) {
  const std::string large(2'000'000, 'x');
  EXPECT_EQ(ask("ms key 3\r\nold\r\nms key 2000000 k\r\n" + large + "\r\nmg key\r\n"),
            "HD\r\nSERVER_ERROR object too large for cache\r\nEN\r\n");
  EXPECT_EQ(ask("ms key 2000000 q\r\n" + large + "\r\n"), "SERVER_ERROR object too large for cache\r\n");
}

}  // namespace
}  // namespace cache::test
