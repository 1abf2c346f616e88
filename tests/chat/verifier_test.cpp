#include <apps/chat/verifier.h>
#include <gtest/gtest.h>
#include <reactor/loop.h>

#include <string>

#include "../support/loop_until.h"
#include "chat_fixture.h"

namespace chat::test {
namespace {

TEST(VerifierTest, ThoseWhoAskTakeTurns) {
  if (!has_passwords()) GTEST_SKIP() << "built without OpenSSL";
  eddy::Loop loop;
  Verifier verifier(loop);
  // Dear enough that all are asked before the second one is begun.
  const PasswordHash dear{.iterations = PasswordHash::usual_iterations, .salt = "salt", .hash = std::string(32, 'h')};
  std::string order;
  for (const std::string who : {"a", "a", "a", "a", "b", "c", "b"}) {
    verifier.check("password", dear, who, true, [&order, who](bool /*right*/) { order += who; });
  }
  ASSERT_TRUE(eddy::test::turn_until(loop, [&] { return order.size() == 7; }));
  EXPECT_EQ(order, "abcabaa");
}

TEST(VerifierTest, PasswordThatWasRightBeforeComesFirst) {
  if (!has_passwords()) GTEST_SKIP() << "built without OpenSSL";
  eddy::Loop loop;
  Verifier verifier(loop);
  const auto expected = hash_password("secret");
  std::string order;
  const auto check = [&](const std::string& password, const std::string& who) {
    verifier.check(password, expected, who, true, [&order, who](bool right) { order += right ? who + "!" : who; });
  };
  check("secret", "a");
  ASSERT_TRUE(eddy::test::turn_until(loop, [&] { return order == "a!"; }));
  order.clear();
  for (const std::string who : {"b", "c", "d", "e"}) check("guess", who);
  check("secret", "f");
  check("secret", "g");
  check("other", "h");
  ASSERT_TRUE(eddy::test::turn_until(loop, [&] { return order.size() == 9; }));
  // Whether the first guess is begun before the others come is the thread's affair.
  EXPECT_TRUE(order == "bf!g!cdeh" || order == "f!g!bcdeh") << order;
}

}  // namespace
}  // namespace chat::test
