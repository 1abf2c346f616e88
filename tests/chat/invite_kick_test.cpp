// INVITE and KICK.
#include "chat_fixture.h"

namespace chat::test {
namespace {

class Invite : public ChatTest {};

TEST_F(Invite, TellsTheInvitedUserAlone) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  auto& carol = user("carol");
  join("#c", {&alice, &bob});
  alice.exchange("INVITE carol #c", {"341 alice carol #c"});
  carol.receives({":alice INVITE carol #c"});
  bob.receives({});
}

TEST_F(Invite, NeedsAUserAndAChannel) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  auto& carol = user("carol");
  join("#c", {&alice, &bob});
  alice.exchange("INVITE nobody #c", {"401 alice nobody :%"});
  alice.exchange("INVITE carol #nowhere", {"403 alice #nowhere :%"});
  alice.exchange("INVITE bob #c", {"443 alice bob #c :%"});
  alice.exchange("INVITE carol", {"461 alice INVITE :%"});
  carol.exchange("INVITE carol #c", {"442 carol #c :%"});
}

TEST_F(Invite, IsForOperatorsWhereInvitationsAreNeeded) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  user("carol");
  join("#c", {&alice, &bob});
  bob.exchange("INVITE carol #c", {"341 bob carol #c"});
  alice.ask("MODE #c +i");
  bob.settle();
  bob.exchange("INVITE carol #c", {"482 bob #c :%"});
}

TEST_F(Invite, TellsTheInviterOfAUserThatIsAway) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  alice.ask("JOIN #c");
  bob.ask("AWAY :lunch");
  const auto replies = alice.ask("INVITE bob #c");
  EXPECT_TRUE(matches(replies.at(0), "341 alice bob #c")) << replies[0].line;
}

TEST_F(Invite, WithoutParametersListsWhereOneIsInvited) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  bob.exchange("INVITE", {"337 bob :%"});
  alice.ask("JOIN #c");
  alice.ask("INVITE bob #c");
  bob.settle();
  bob.exchange("INVITE", {"336 bob #c", "337 bob :%"});
  bob.ask("JOIN #c");
  bob.exchange("INVITE", {"337 bob :%"});
}

TEST_F(Invite, EndsWithTheChannel) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  alice.ask("JOIN #c");
  alice.ask("INVITE bob #c");
  alice.ask("PART #c");
  alice.ask("JOIN #c");
  alice.ask("MODE #c +i");
  bob.settle();
  bob.exchange("INVITE", {"337 bob :%"});
  bob.exchange("JOIN #c", {"473 bob #c :%"});
}

class Kick : public ChatTest {
 protected:
  Client& alice = user("alice");
  Client& bob = user("bob");
  Client& carol = user("carol");
};

TEST_F(Kick, PutsAMemberOutBeforeEverybody) {
  join("#c", {&alice, &bob, &carol});
  alice.exchange("KICK #c bob :no tea", {":alice KICK #c bob :no tea"});
  bob.receives({":alice KICK #c bob :no tea"});
  carol.receives({":alice KICK #c bob :no tea"});
  bob.exchange("PART #c", {"442 bob #c :%"});
}

TEST_F(Kick, HasAReasonOfItsOwn) {
  join("#c", {&alice, &bob});
  alice.exchange("KICK #c bob", {":alice KICK #c bob :%"});
}

TEST_F(Kick, TakesAListAndTellsOneUserALine) {
  join("#c", {&alice, &bob, &carol});
  alice.exchange("KICK #c bob,nobody,carol :out",
                 {":alice KICK #c bob out", "401|441 alice nobody ...", ":alice KICK #c carol out"});
}

TEST_F(Kick, IsForOperators) {
  join("#c", {&alice, &bob, &carol});
  bob.exchange("KICK #c carol", {"482 bob #c :%"});
  alice.ask("MODE #c +v bob");
  bob.settle();
  bob.exchange("KICK #c carol", {"482 bob #c :%"});
}

TEST_F(Kick, NeedsAChannelAndAMember) {
  join("#c", {&alice, &bob});
  alice.exchange("KICK #nowhere bob", {"403 alice #nowhere :%"});
  alice.exchange("KICK #c carol", {"441 alice carol #c :%"});
  alice.exchange("KICK #c", {"461 alice KICK :%"});
  carol.exchange("KICK #c bob", {"442 carol #c :%"});
}

TEST_F(Kick, OfOneselfEndsIt) {
  join("#c", {&alice, &bob, &carol});
  alice.exchange("KICK #c alice,bob", {":alice KICK #c alice alice"});
  bob.receives({":alice KICK #c alice alice"});
}

class KickReason : public ChatTest {};

TEST_F(KickReason, IsCutToItsLength) {
  serve("kick_length 10\n");
  auto& alice = user("alice");
  auto& bob = user("bob");
  join("#c", {&alice, &bob});
  alice.exchange("KICK #c bob :0123456789abc", {":alice KICK #c bob 0123456789"});
}

}  // namespace
}  // namespace chat::test
