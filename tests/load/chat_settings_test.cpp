#include <apps/cli/program.h>
#include <gtest/gtest.h>
#include <tools/load/chat/settings.h>

#include <functional>
#include <string>

namespace load::chat {
namespace {

std::string complaint_about(const std::function<void(Settings&)>& change) {
  Settings settings;
  settings.url = "tcp://127.0.0.1:6667";
  change(settings);
  try {
    check(settings);
    return "";
  } catch (const cli::UsageError& error) {
    return error.what();
  }
}

TEST(ChatSettings, TheDefaultsAreValid) {
  EXPECT_EQ(complaint_about([](Settings&) {}), "");
  EXPECT_EQ(complaint_about([](Settings& s) { s.url = "unix:/tmp/x"; }), "");
}

TEST(ChatSettings, EachImpossibleValueIsNamed) {
  const auto expect = [](const std::string& named, const std::function<void(Settings&)>& change) {
    EXPECT_EQ(complaint_about(change).find(named), 0U) << complaint_about(change);
  };
  expect("udp://127.0.0.1:7: expected tcp://", [](Settings& s) { s.url = "udp://127.0.0.1:7"; });
  expect("--connections 0", [](Settings& s) { s.receivers = 0; });
  expect("--joining 0", [](Settings& s) { s.joining = 0; });
  expect("--size 29: expected 30 to", [](Settings& s) { s.size = 29; });
  expect("--rate 0", [](Settings& s) { s.rate = 0; });
  expect("--ramp -1", [](Settings& s) { s.ramp = -1; });
  expect("--duration 0", [](Settings& s) { s.duration = {}; });
  expect("--join-timeout 0", [](Settings& s) { s.join_timeout = {}; });
  expect("--timeout 0", [](Settings& s) { s.timeout = {}; });
  expect("--driver nosuch", [](Settings& s) { s.driver = "nosuch"; });
  for (const auto* name : {"", "#", "eddy", "#a b", "#a,b", "#a\n"}) {
    expect("--channel", [&](Settings& s) { s.channel = name; });
  }
  for (const auto* name : {"", "1x", "-x", "a b", "a:b", "a!"}) {
    expect("--nick-prefix", [&](Settings& s) { s.nick_prefix = name; });
  }
  expect("--password", [](Settings& s) { s.password = "a\r\nQUIT"; });
}

TEST(ChatSettings, TheLongestTextStillFitsALineThatIsPassedOn) {
  Settings settings;
  settings.channel = "#123456789";
  settings.nick_prefix = "abc";
  const std::string before = ":abc0!~eddy@" + std::string(63, 'h') + " PRIVMSG #123456789 :";
  EXPECT_EQ(before.size() + largest_text(settings) + 2, 512U);
}

}  // namespace
}  // namespace load::chat
