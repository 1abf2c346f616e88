// OPER, KILL, WALLOPS, REHASH, DIE, and a configuration that is read again.
#include <algorithm>

#include "chat_fixture.h"

namespace chat::test {
namespace {

class Oper : public PasswordTest {};

TEST_F(Oper, MakesAnOperatorOfWhoKnowsThePassword) {
  auto& alice = user("alice");
  alice.send("OPER root s3cret");
  alice.expect("381 alice :%");
  alice.settle();
  const auto modes = alice.ask("MODE alice").at(0).last();
  EXPECT_NE(modes.find('o'), std::string::npos) << modes;
}

TEST_F(Oper, TellsTheNewMode) {
  auto& alice = user("alice");
  alice.send("OPER root s3cret");
  alice.expect(":% MODE alice :%o%");
}

TEST_F(Oper, RefusesAWrongPasswordAndAnUnknownName) {
  auto& alice = user("alice");
  for (const std::string line : {"OPER root wrong", "OPER root :", "OPER nobody s3cret"}) {
    alice.send(line);
    alice.expect("464 alice :%");
  }
  alice.exchange("MODE alice", {"221 alice +"});
  alice.exchange("OPER root", {"461 alice OPER :%"});
}

TEST_F(Oper, RefusesAHostThatIsNotTheOperators) {
  serve("operator admin " + hashed("pass") + " *@10.0.0.1\noperator local " + hashed("pass") + " *@127.0.0.*\n");
  auto& alice = user("alice");
  alice.send("OPER admin pass");
  alice.expect("464 alice :%");  // as for any wrong password: nobody learns who the operators are
  alice.send("OPER local pass");
  alice.expect("381 alice :%");
}

TEST_F(Oper, WrongPasswordsAreToldWithTheAddressTheyCameFrom) {
  std::vector<std::string> warnings;
  serve("flood_burst 20\nflood_rate 20\n");
  server().run_there([&](chat::Server& its, eddy::Loop&) {
    its.on_warning([&](std::string_view text) { warnings.emplace_back(text); });
  });
  auto& alice = user("alice");
  const auto began = std::chrono::steady_clock::now();
  for (const std::string name : {"root", "nobody"}) {
    alice.send("OPER " + name + " wrong");
    alice.expect("464 alice :%");
  }
  alice.settle();
  // Each counts as ten lines more: 22 of them, of which 20 at once and one is to be left, take 150 ms.
  EXPECT_GE(std::chrono::steady_clock::now() - began, 100ms);
  server().run_there([&](chat::Server& its, eddy::Loop&) { its.on_warning({}); });
  EXPECT_EQ(warnings, (std::vector<std::string>{"wrong password of operator root from 127.0.0.1",
                                                "wrong password of operator nobody from 127.0.0.1"}));
}

// A stranger could fill a disk.
TEST_F(Oper, WrongPasswordsAreToldAFewTimesAMinuteAndWithoutALongName) {
  std::vector<std::string> warnings;
  serve("unlimited none\n");
  server().run_there([&](chat::Server& its, eddy::Loop&) {
    its.on_warning([&](std::string_view text) { warnings.emplace_back(text); });
  });
  auto& alice = user("alice");
  for (int i = 0; i < 30; ++i) {
    alice.send("OPER " + std::string(400, 'x') + " wrong");
    alice.expect("464 alice :%");
  }
  server().run_there([&](chat::Server& its, eddy::Loop&) { its.on_warning({}); });
  EXPECT_GE(warnings.size(), 10U);
  EXPECT_LE(warnings.size(), 20U) << "unless the test takes a minute";
  for (const auto& each : warnings) {
    EXPECT_TRUE(each.starts_with("wrong password of operator " + std::string(32, 'x') + " from 127.0.0.1")) << each;
  }
}

// The password is verified away from the loop, and its client may be gone before.
TEST_F(Oper, MayLeaveBeforeTheAnswer) {
  for (int i = 0; i < 20; ++i) {
    auto& alice = user("alice" + std::to_string(i));
    alice.send("OPER root s3cret");
    alice.send("QUIT");
    alice.expect_end();
  }
  user("bob").exchange("PING still", {"PONG irc.test still"});
}

TEST_F(Oper, IsSeenByOthers) {
  operator_user("root");
  auto& alice = user("alice");
  const auto who = alice.ask("WHO root").at(0);
  EXPECT_EQ(who.params.at(6), "H*") << who.line;
  EXPECT_TRUE(like(alice.ask("USERHOST root").at(0).last(), "root*=+%root@127.0.0.1%"));
  const auto whois = alice.ask("WHOIS root");
  EXPECT_TRUE(std::any_of(whois.begin(), whois.end(), [](auto& m) { return matches(m, "313 alice root :%"); }));
}

TEST_F(Oper, FindsOperatorsByWho) {
  operator_user("root");
  auto& alice = user("alice");
  alice.exchange("WHO * o", {"352 alice % %root 127.0.0.1 irc.test root H* :0 Real root", "315 alice * :%"});
}

TEST_F(Oper, CanBeGivenBack) {
  auto& root = operator_user("root");
  root.exchange("MODE root -o", {":root MODE root -o"});
  root.exchange("WALLOPS :x", {"481 root :%"});
}

TEST_F(Oper, SeesConnectionsAndOperatorsInStats) {
  auto& root = operator_user("root");
  user("alice");
  const auto connections = root.ask("STATS l");
  ASSERT_EQ(connections.size(), 3);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_TRUE(matches(connections[i], "211 root % % % % % % %"));
  EXPECT_TRUE(matches(connections[2], "219 root l :%"));
  root.exchange("STATS o", {"243 root O *@* * root", "219 root o :%"});
}

TEST_F(Oper, GetsServerNoticesOnceAskedFor) {
  auto& root = operator_user("root");
  auto& alice = user("alice");
  root.ask("MODE root +s");
  alice.send("OPER root wrong");
  alice.expect("464 alice :%");
  root.expect("NOTICE root :%alice%");
  user("bob");
  root.expect("NOTICE root :%bob%");
  alice.receives({});
}

class Kill : public PasswordTest {};

TEST_F(Kill, EndsAConnectionAndTellsEverybodyWhy) {
  auto& root = operator_user("root");
  auto& alice = user("alice");
  auto& bob = user("bob");
  join("#c", {&alice, &bob});
  root.send("KILL bob :spam");
  bob.expect("ERROR :%Killed (root (spam))%");
  bob.expect_end();
  alice.expect(":bob QUIT :%Killed (root (spam))%");
  alice.receives({});
}

TEST_F(Kill, IsForOperators) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  alice.exchange("KILL bob :x", {"481 alice :%"});
  bob.receives({});
}

TEST_F(Kill, NeedsAUserAndAReason) {
  auto& root = operator_user("root");
  root.exchange("KILL nobody :x", {"401 root nobody :%"});
  root.exchange("KILL irc.test :x", {"483 root :%"});
  root.exchange("KILL", {"461 root KILL :%"});
  user("bob");
  root.exchange("KILL bob", {"461 root KILL :%"});
}

TEST_F(Kill, MayBeOfOneself) {
  auto& root = operator_user("root");
  root.send("KILL root :enough");
  root.expect("ERROR :%");
  root.expect_end();
}

class Wallops : public PasswordTest {};

TEST_F(Wallops, ReachesThoseWhoAskedForThem) {
  auto& root = operator_user("root");
  auto& alice = user("alice");
  auto& bob = user("bob");
  alice.ask("MODE alice +w");
  root.ask("WALLOPS :going down at six");
  alice.receives({":root WALLOPS :going down at six"});
  bob.receives({});
}

TEST_F(Wallops, IsForOperators) {
  auto& root = operator_user("root");
  root.exchange("WALLOPS", {"461 root WALLOPS :%"});
  auto& alice = user("alice");
  alice.exchange("WALLOPS :x", {"481 alice :%"});
}

class Rehash : public PasswordTest {};

TEST_F(Rehash, IsForOperators) {
  auto& alice = user("alice");
  alice.exchange("REHASH", {"481 alice :%"});
}

TEST_F(Rehash, IsAcknowledged) {
  auto& root = operator_user("root");
  EXPECT_TRUE(matches(root.ask("REHASH").at(0), "382 root % :%"));
}

TEST_F(Rehash, TellsWhatTakesARestart) {
  auto& root = operator_user("root");
  server().run_there([](chat::Server& server, eddy::Loop&) {
    server.on_rehash([&server] {
      auto config = server.config();
      config.server_name = "other.example.org";
      config.send_queue /= 2;
      return config;
    });
  });
  root.exchange("REHASH", {"382 root % :%", ":irc.test NOTICE root :server_name and send_queue take a restart"});
}

TEST_F(Rehash, ChangesWhatIsSaidFromThenOn) {
  serve("motd Old news.\n");
  auto& alice = user("alice");
  rehash("motd Fresh news.\nadmin_email hatter@example.org\n");
  alice.exchange("MOTD", {"375 alice :%", "372 alice :%Fresh news.", "376 alice :%"});
  EXPECT_EQ(alice.ask("ADMIN").at(0).command, "256");
}

TEST_F(Rehash, ChangesOperatorsAndPassword) {
  auto& alice = user("alice");
  rehash("operator other " + hashed("pass") + "\npassword " + hashed("sesame") + "\n");
  alice.send("OPER other pass");
  alice.expect("381 alice :%");
  auto& late = connect();
  late.send("NICK late");
  late.send("USER late 0 * :Late");
  late.expect("464 % :%");
}

TEST_F(Rehash, ChangesLimits) {
  auto& alice = user("alice");
  alice.ask("JOIN #a,#b");
  rehash("channels_per_client 2\nlist_entries 1\ntopic_length 5\n");
  alice.settle();
  alice.exchange("JOIN #c", {"405 alice #c :%"});
  alice.exchange("TOPIC #a :0123456789", {":alice TOPIC #a 01234"});
}

class Die : public PasswordTest {};

TEST_F(Die, EndsTheServerInOrder) {
  auto& root = operator_user("root");
  auto& alice = user("alice");
  root.send("DIE");
  alice.expect("ERROR :%");
  alice.expect_end();
  root.expect("ERROR :%");
  root.expect_end();
  server().join();
}

TEST_F(Die, IsForOperators) {
  auto& alice = user("alice");
  alice.exchange("DIE", {"481 alice :%"});
}

class Drain : public ChatTest {};

TEST_F(Drain, TellsEverybodyAndEnds) {
  auto& alice = user("alice");
  auto& half = connect();
  half.send("NICK half");
  half.send("JOIN #c");
  half.expect("451 ...");
  server().run_there([](chat::Server&, eddy::Loop& loop) { loop.drain(20s); });
  alice.expect("ERROR :%");
  alice.expect_end();
  half.expect("ERROR :%");
  half.expect_end();
  server().join();
}

}  // namespace
}  // namespace chat::test
