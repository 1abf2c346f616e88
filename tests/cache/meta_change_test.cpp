// md and ma with each of their flags and modes.
#include "server.h"

namespace cache::test {
namespace {

using MetaDeleteTest = CacheTest;
using MetaArithmeticTest = CacheTest;

TEST_F(MetaDeleteTest, TakesAnItemAway) {
  EXPECT_EQ(ask("md key\r\n"), "NF\r\n");
  EXPECT_EQ(ask("ms key 1\r\nx\r\nmd key\r\nmg key\r\n"), "HD\r\nHD\r\nEN\r\n");
}

TEST_F(MetaDeleteTest, KeyAndOpaqueComeBack) {
  EXPECT_EQ(ask("ms key 1\r\nx\r\nmd key k Oabc\r\nmd key Oabc k\r\n"), "HD\r\nHD kkey Oabc\r\nNF Oabc kkey\r\n");
  EXPECT_EQ(ask("ms Zm9v 1 b\r\nx\r\nmd Zm9v b k\r\n"), "HD\r\nHD kZm9v b\r\n");
}

TEST_F(MetaDeleteTest, CTakesAwayOnlyWhatNobodyHasChangedSince) {
  EXPECT_EQ(ask("ms key 1\r\nx\r\nmd key C999999999 k\r\nmd none C1\r\n"), "HD\r\nEX kkey\r\nNF\r\n");
  EXPECT_EQ(ask("md key C" + cas_of("key") + "\r\nmg key\r\n"), "HD\r\nEN\r\n");
}

TEST_F(MetaDeleteTest, QLeavesOnlyFailures) {
  EXPECT_EQ(ask("ms key 1\r\nx\r\nmd key q C999999999\r\nmd key q\r\nmd key q\r\n"), "HD\r\nEX\r\nNF\r\n");
}

TEST_F(MetaDeleteTest, IMarksStaleInstead) {
  EXPECT_EQ(ask("ms key 1\r\nx\r\n"), "HD\r\n");
  const auto before = cas_of("key");
  EXPECT_EQ(ask("md key I\r\n"), "HD\r\n");
  EXPECT_EQ(ask("mg key v t\r\nmg key v\r\n"), "VA 1 t-1 X W\r\nx\r\nVA 1 Z X\r\nx\r\n");
  EXPECT_NE(flag_value(ask("mg key c\r\n"), 'c'), std::stoi(before));
  EXPECT_EQ(ask("md key I q T100\r\n"), "");
  const auto again = ask("mg key v t\r\n");
  EXPECT_TRUE(again.ends_with(" X W\r\nx\r\n")) << again;  // won anew
  EXPECT_LE(flag_value(again, 't'), 100);
  EXPECT_GE(flag_value(again, 't'), 90);
  EXPECT_EQ(ask("ms key 1\r\ny\r\nmg key v\r\n"), "HD\r\nVA 1\r\ny\r\n");
}

TEST_F(MetaDeleteTest, TWithoutIChangesNothing) {
  EXPECT_EQ(ask("ms key 1\r\nx\r\nmd key T100\r\nmg key\r\n"), "HD\r\nHD\r\nEN\r\n");
}

TEST_F(MetaDeleteTest, AFlagTwiceOrUnknownIsAnError) {
  for (const std::string flags : {"q q", "!", "Tx", "Cx"}) {
    EXPECT_EQ(ask("md key " + flags + "\r\n"), "CLIENT_ERROR invalid or duplicate flag\r\n") << flags;
  }
  EXPECT_EQ(ask("md key O" + std::string(32, 'o') + "\r\n"), "CLIENT_ERROR opaque token too long\r\n");
  EXPECT_EQ(ask("md key s v t f k c h l u q O1 P1 L1 T0 R0 I F0 C1\r\n"), "CLIENT_ERROR options flags too long\r\n");
  EXPECT_EQ(ask("md\r\n"), "ERROR\r\n");
}

TEST_F(MetaArithmeticTest, AddsOne) {
  EXPECT_EQ(ask("ma n\r\n"), "NF\r\n");
  EXPECT_EQ(ask("ms n 1\r\n9\r\nma n\r\nmg n v\r\n"), "HD\r\nHD\r\nVA 2\r\n10\r\n");
}

TEST_F(MetaArithmeticTest, VGivesTheNewValue) { EXPECT_EQ(ask("ms n 1\r\n9\r\nma n v\r\n"), "HD\r\nVA 2\r\n10\r\n"); }

TEST_F(MetaArithmeticTest, DIsTheDelta) {
  EXPECT_EQ(ask("ms n 2\r\n10\r\nma n v D5\r\nma n v D0\r\nma n v D18446744073709551615\r\n"),
            "HD\r\nVA 2\r\n15\r\nVA 2\r\n15\r\nVA 2\r\n14\r\n");
}

TEST_F(MetaArithmeticTest, ModesChooseTheDirection) {
  EXPECT_EQ(ask("ms n 2\r\n10\r\nma n v MI\r\nma n v M+\r\nma n v MD\r\nma n v M-\r\n"),
            "HD\r\nVA 2\r\n11\r\nVA 2\r\n12\r\nVA 2\r\n11\r\nVA 2\r\n10\r\n");
  EXPECT_EQ(ask("ma n MD D100 v\r\n"), "VA 1\r\n0\r\n");
  EXPECT_EQ(ask("mg n v\r\n"), "VA 2\r\n0 \r\n");
  EXPECT_EQ(ask("ma n MX\r\n"), "CLIENT_ERROR invalid mode for ma M token\r\n");
}

TEST_F(MetaArithmeticTest, NMakesTheItemAndJItsFirstValue) {
  const auto answer = ask("ma n N100 v t\r\n");
  EXPECT_TRUE(answer.starts_with("VA 1 t") && answer.ends_with("\r\n0\r\n")) << answer;
  EXPECT_GE(flag_value(ask("mg n t\r\n"), 't'), 90);
  EXPECT_EQ(ask("ma n N0 J50 v\r\n"), "VA 1\r\n1\r\n");
  EXPECT_EQ(ask("ma m N0 J50 v D7\r\nma m N0 J50 v D7\r\n"), "VA 2\r\n50\r\nVA 2\r\n57\r\n");
  EXPECT_EQ(ask("ma none J50 v\r\n"), "NF\r\n");
}

TEST_F(MetaArithmeticTest, CasTimeKeyAndOpaqueComeBack) {
  EXPECT_EQ(ask("ms n 1\r\n1\r\n"), "HD\r\n");
  const auto answer = ask("ma n t k Oabc c\r\n");
  EXPECT_EQ(answer, "HD t-1 kn Oabc c" + cas_of("n") + "\r\n");
  EXPECT_EQ(ask("ma none k Oabc v t c\r\n"), "NF knone Oabc\r\n");
}

TEST_F(MetaArithmeticTest, TSetsTheTimeToLive) {
  EXPECT_EQ(ask("ms n 1\r\n1\r\nma n T100\r\n"), "HD\r\nHD\r\n");
  const auto ttl = flag_value(ask("mg n t\r\n"), 't');
  EXPECT_GE(ttl, 90);
  EXPECT_LE(ttl, 100);
}

TEST_F(MetaArithmeticTest, CChangesOnlyWhatNobodyHasChangedSince) {
  EXPECT_EQ(ask("ms n 1\r\n1\r\nma n C999999999 k\r\n"), "HD\r\nEX kn\r\n");
  EXPECT_EQ(ask("ma n v C" + cas_of("n") + "\r\n"), "VA 1\r\n2\r\n");
}

TEST_F(MetaArithmeticTest, QLeavesOnlyFailures) {
  EXPECT_EQ(ask("ms n 1\r\n1\r\nma n q\r\nma n q v\r\nma none q\r\nma n q C999999999\r\nmg n v\r\n"),
            "HD\r\nNF\r\nEX\r\nVA 1\r\n3\r\n");
}

TEST_F(MetaArithmeticTest, WhatIsNoNumberIsAnError) {
  EXPECT_EQ(ask("ms n 1\r\nx\r\nma n\r\nma n q\r\n"),
            "HD\r\nCLIENT_ERROR cannot increment or decrement non-numeric value\r\n"
            "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n");
  for (const std::string flags : {"Dx", "D-1", "D", "Jx", "Nx", "Tx", "q q", "!", "M"}) {
    EXPECT_EQ(ask("ma n " + flags + "\r\n"), "CLIENT_ERROR invalid or duplicate flag\r\n") << flags;
  }
  EXPECT_EQ(ask("ma n s v t f k c h l u q O1 P1 L1 T0 R0 I F0 C1\r\n"), "CLIENT_ERROR options flags too long\r\n");
  EXPECT_EQ(ask("ma\r\n"), "ERROR\r\n");
}

TEST_F(MetaArithmeticTest, BTakesABinaryKey) {
  EXPECT_EQ(ask("ms foo 1\r\n1\r\nma Zm9v b k v\r\n"), "HD\r\nVA 1 kZm9v b\r\n2\r\n");
}

}  // namespace
}  // namespace cache::test
