#include <gtest/gtest.h>

#include <string>

#include "protocol_servers.h"
#include "run_fixture.h"

namespace load::test {
namespace {

Settings line_run(const std::string& url, const std::string& request) {
  auto settings = short_run(url);
  settings.protocol = Protocol::line;
  settings.line.request = Template(request);
  return settings;
}

std::string echoed(std::string_view line) { return std::string(line) + "\r\n"; }

TEST(LineRun, AnAnswerThatIsTheExpectedOneIsRight) {
  const TestServer server(line_server([](std::string_view line) { return "you said " + std::string(line) + "\n"; }));
  auto settings = line_run(server.url(), "hello {conn} {seq} {rand:300} {pick:a,b}");
  settings.line.expect = Template("you said hello {conn} {seq} {rand:300} {pick:a,b}");
  settings.connections = 5;
  settings.pipeline = 20;
  const auto results = run_checked(settings);
  EXPECT_EQ(problems(settings, results), std::vector<std::string>());
  EXPECT_GE(results.answered, 100U);
  EXPECT_EQ(results.answered, results.sent);
}

TEST(LineRun, BothEndsOfALineCanBeSent) {
  for (const std::string_view newline : {"\n", "\r\n"}) {
    std::string seen;
    const TestServer server(free_url("tcp"),
                            {.on_data = [&seen](eddy::Connection& peer, eddy::Bytes in, std::uint64_t, int) {
                              if (seen.empty()) seen = in.text();
                              peer.send(in);
                            }});
    auto settings = line_run(server.url(), "hello");
    settings.line.newline = newline;
    settings.line.expect = Template("hello");
    EXPECT_TRUE(problems(settings, run_checked(settings)).empty());
    EXPECT_EQ(seen, "hello" + std::string(newline));
  }
}

TEST(LineRun, AWrongAnswerIsCountedAndShownAndTheNextOnesStillUnderstood) {
  int count = 0;
  const TestServer server(
      line_server([&count](std::string_view line) { return ++count == 3 ? "surprise\t!\r\n" : echoed(line); }));
  auto settings = line_run(server.url(), "request {seq}");
  settings.line.expect = Template("request {seq}");
  const auto results = run_checked(settings);
  ASSERT_EQ(results.wrong.size(), 1U);
  const auto& [kind, wrong] = *results.wrong.begin();
  EXPECT_EQ(kind, "another line than expected");
  EXPECT_EQ(wrong.count, 1U);
  EXPECT_EQ(wrong.first, "connection 0, request 2: expected \"request 2\", got \"surprise\\t!\"");
  EXPECT_GT(results.answered, 3U);
  EXPECT_FALSE(problems(settings, results).empty());
}

TEST(LineRun, ARegularExpressionIsFoundInTheAnswer) {
  const TestServer server(line_server([](std::string_view) { return "+OK 17 messages\r\n"; }));
  auto settings = line_run(server.url(), "STAT");
  settings.line.expect_pattern.emplace("^\\+OK [0-9]+");
  EXPECT_TRUE(problems(settings, run_checked(settings)).empty());
  settings.line.expect_pattern.emplace("^-ERR");
  const auto results = run_checked(settings);
  EXPECT_EQ(results.wrong.at("another line than expected").count, results.answered);
  EXPECT_NE(results.wrong.begin()->second.first.find("a match of \"^-ERR\""), std::string::npos);
}

TEST(LineRun, WithoutAnExpectationAnyLineIsRight) {
  const TestServer server(line_server([](std::string_view) { return "\n"; }));
  const auto settings = line_run(server.url(), "PING");
  EXPECT_TRUE(problems(settings, run_checked(settings)).empty());
}

TEST(LineRun, ALineWithoutEndIsNotWaitedFor) {
  const TestServer server(line_server([](std::string_view) { return std::string(100'000, 'x'); }));
  auto settings = line_run(server.url(), "PING");
  settings.duration = 60s;
  const auto results = run_checked(settings);
  EXPECT_EQ(results.wrong.at("line longer than 65536 bytes").count, 1U);
  EXPECT_EQ(results.lost, 1U);
}

TEST(LineRun, ARequestMayBeLongerThanOneSend) {
  const TestServer server(line_server(echoed));
  auto settings = line_run(server.url(), "{rand:30000}{rand:30000}");
  settings.line.expect = settings.line.request;
  settings.pipeline = 3;
  const auto results = run_checked(settings);
  EXPECT_EQ(problems(settings, results), std::vector<std::string>());
  EXPECT_GE(results.answered, 3U);
}

TEST(LineRun, SurplusLinesAreFound) {
  const TestServer server(line_server([](std::string_view) { return "one\ntwo\n"; }));
  auto settings = line_run(server.url(), "PING");
  settings.duration = 60s;
  EXPECT_EQ(run_checked(settings).surplus, 1U);
}

}  // namespace
}  // namespace load::test
