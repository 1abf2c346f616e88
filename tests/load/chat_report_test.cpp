#include <gtest/gtest.h>
#include <tools/load/chat/json_report.h>
#include <tools/load/chat/report.h>

#include <chrono>
#include <nlohmann/json.hpp>

namespace load::chat {
namespace {

using namespace std::chrono_literals;

Results good_talk() {
  Results results;
  results.target = "tcp://127.0.0.1:6667";
  results.driver = "epoll";
  results.joined = 50;
  results.join_time = 1s;
  results.sent = 20;
  results.expected = results.done = 1000;
  results.bytes_in = 64000;
  for (int i = 1; i <= 1000; ++i) results.delivery.record(i * 1us);
  for (int i = 1; i <= 20; ++i) results.complete.record(i * 50us);
  results.elapsed = 2s;
  results.cpu = {.user = 1ms, .system = 3ms};
  return results;
}

TEST(ChatReport, SaysOkWhenAllIsRight) {
  const auto text = report({}, good_talk());
  EXPECT_NE(text.find("\nok: nothing lost, nothing wrong\n"), std::string::npos) << text;
  EXPECT_NE(text.find("1,000 expected, 1,000 done\n"), std::string::npos) << text;
  EXPECT_NE(text.find("10.0 messages/s, 500 deliveries/s"), std::string::npos) << text;
  EXPECT_NE(text.find("4.00 us per delivery (1.00 user, 3.00 system)"), std::string::npos) << text;
}

TEST(ChatReport, SaysFailedAndWhyForEveryKindOfTrouble) {
  const auto verdict = [](auto change) {
    auto results = good_talk();
    change(results);
    const auto text = report({}, results);
    return text.substr(text.find("FAILED"));
  };
  EXPECT_EQ(verdict([](Results& r) { r.sent = 0; }), "FAILED: ended before the first message\n");
  EXPECT_EQ(verdict([](Results& r) { r.not_joined["refused"] = 2; }), "FAILED: 2 receivers did not join\n");
  EXPECT_EQ(verdict([](Results& r) { r.unsent = 1; }), "FAILED: 1 message could not be sent\n");
  EXPECT_EQ(verdict([](Results& r) { r.lost = 2; }), "FAILED: 2 deliveries lost\n");
  EXPECT_EQ(verdict([](Results& r) { r.wrong = 1; }), "FAILED: 1 wrong delivery\n");
  EXPECT_EQ(verdict([](Results& r) { r.duplicated = 1; }), "FAILED: 1 duplicated delivery\n");
  EXPECT_EQ(verdict([](Results& r) { r.reordered = 3; }), "FAILED: 3 deliveries out of order\n");
  EXPECT_EQ(verdict([](Results& r) { r.errors["reset"] = 2; }), "FAILED: 2 errors\n");
}

TEST(ChatReport, NamesTheWrongByte) {
  auto results = good_talk();
  results.wrong = 2;
  results.corruptions.push_back({3, 17, 40, std::uint8_t{0x1f}, {}});
  const auto text = report({}, results);
  EXPECT_NE(text.find("receiver 3, message 17, byte 40: expected 0x1f, got the end"), std::string::npos) << text;
  EXPECT_NE(text.find("and 1 more"), std::string::npos) << text;
}

TEST(ChatJsonReport, CarriesEveryFigureOfTheSummary) {
  auto results = good_talk();
  results.errors["Connection reset by peer"] = 2;
  results.lost = 1;
  results.corruptions.push_back({3, 17, 40, std::uint8_t{0x1f}, {}});
  Settings settings;
  settings.url = "tcp://127.0.0.1:6667";
  settings.rate = 10;
  const auto json = nlohmann::json::parse(json_report(settings, results));
  EXPECT_EQ(json["schema"], 2);
  EXPECT_EQ(json["protocol"], "chat");
  EXPECT_EQ(json["ok"], false);
  EXPECT_EQ(json["settings"]["model"], "open");
  EXPECT_EQ(json["receivers"]["joined"], 50);
  EXPECT_EQ(json["deliveries"]["done"], 1000);
  EXPECT_EQ(json["deliveries"]["lost"], 1);
  EXPECT_EQ(json["delivery_ns"]["max"], 1000000);
  EXPECT_EQ(json["complete_ns"]["count"], 20);
  EXPECT_EQ(json["send_lag_ns"]["count"], 0);
  EXPECT_EQ(json["errors"]["Connection reset by peer"], 2);
  EXPECT_EQ(json["corrupt"]["first"][0]["sequence"], 17);
  EXPECT_DOUBLE_EQ(json["throughput"]["deliveries_per_s"].get<double>(), 500);
}

TEST(ChatJsonReport, APasswordIsNotInIt) {
  Settings settings;
  settings.password = "secret";
  EXPECT_EQ(json_report(settings, good_talk()).find("secret"), std::string::npos);
}

TEST(ErrorCounts, AreBoundedWhateverTheTextsAre) {
  ErrorCounts counts;
  for (int i = 0; i < 1000; ++i) count(counts, "kind " + std::to_string(i));
  count(counts, "kind 0");
  EXPECT_EQ(counts.size(), most_kinds + 1);
  EXPECT_EQ(counts["kind 0"], 2U);
  EXPECT_EQ(total(counts), 1001U);
}

}  // namespace
}  // namespace load::chat
