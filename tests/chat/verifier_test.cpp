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
    verifier.check("password", dear, who, [&order, who](bool /*right*/) { order += who; });
  }
  ASSERT_TRUE(eddy::test::turn_until(loop, [&] { return order.size() == 7; }));
  EXPECT_EQ(order, "abcabaa");
}

}  // namespace
}  // namespace chat::test
