#include <gtest/gtest.h>
#include <tools/load/json_report.h>
#include <tools/load/process.h>
#include <tools/load/report.h>
#include <tools/load/report_file.h>
#include <tools/load/text.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <system_error>

namespace load {
namespace {

using namespace std::chrono_literals;

Results good_results() {
  Results results;
  results.target = "tcp://127.0.0.1:7";
  results.driver = "epoll";
  results.connected = 50;
  results.sent = results.answered = 1000;
  results.bytes_out = results.bytes_in = 64000;
  for (int i = 1; i <= 1000; ++i) results.response.record(i * 1us);
  results.elapsed = 2s;
  results.cpu = {.user = 1ms, .system = 3ms};
  return results;
}

TEST(Text, TimesHaveThreeDigitsAndAUnit) {
  EXPECT_EQ(time_text(0ns), "0 ns");
  EXPECT_EQ(time_text(870ns), "870 ns");
  EXPECT_EQ(time_text(1us), "1.00 us");
  EXPECT_EQ(time_text(45123ns), "45.1 us");
  EXPECT_EQ(time_text(999499ns), "999 us");
  EXPECT_EQ(time_text(999500ns), "1.00 ms");
  EXPECT_EQ(time_text(1234us), "1.23 ms");
  EXPECT_EQ(time_text(9999us), "10.0 ms");
  EXPECT_EQ(time_text(5s), "5.00 s");
  EXPECT_EQ(time_text(1h), "3600 s");
}

TEST(Text, NumbersAreGroupedByThousands) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(12345678), "12,345,678");
  EXPECT_EQ(counted(1, "message", "messages"), "1 message");
}

TEST(Report, SaysOkWhenAllIsRight) {
  const auto text = report({}, good_results());
  EXPECT_NE(text.find("\nok: nothing lost, nothing wrong\n"), std::string::npos) << text;
  EXPECT_NE(text.find("1,000 sent, 1,000 answered"), std::string::npos) << text;
  EXPECT_NE(text.find("500 messages/s"), std::string::npos) << text;
  EXPECT_NE(text.find("4.00 us per message (1.00 user, 3.00 system)"), std::string::npos) << text;
}

TEST(Report, SaysFailedAndWhyForEveryKindOfTrouble) {
  const auto verdict = [](auto change) {
    auto results = good_results();
    change(results);
    const auto text = report({}, results);
    return text.substr(text.find("FAILED"));
  };
  EXPECT_EQ(verdict([](Results& r) { r.lost = 2; }), "FAILED: 2 messages lost\n");
  EXPECT_EQ(verdict([](Results& r) { r.unsent = 1; }), "FAILED: 1 message could not be sent\n");
  EXPECT_EQ(verdict([](Results& r) { r.corrupt = 1; }), "FAILED: 1 corrupt connection\n");
  EXPECT_EQ(verdict([](Results& r) { r.surplus = 3; }), "FAILED: 3 connections with surplus bytes\n");
  EXPECT_EQ(verdict([](Results& r) { r.errors["reset"] = 2; }), "FAILED: 2 errors\n");
  EXPECT_EQ(verdict([](Results& r) { r.connect_failures["refused"] = 1; }), "FAILED: 1 connection failed to open\n");
  EXPECT_EQ(verdict([](Results& r) { r.duplicated = 1; }), "FAILED: 1 duplicated datagram\n");
  EXPECT_EQ(verdict([](Results& r) { r.sent = 0; }), "FAILED: ended before the first message\n");
}

TEST(Report, AllowedLossExcusesNoErrors) {
  auto results = good_results();
  results.datagrams = true;
  results.lost = 3;
  Settings settings;
  settings.allow_loss = true;
  EXPECT_TRUE(problems(settings, results).empty());
  results.errors["Connection refused"] = 20;
  EXPECT_EQ(problems(settings, results), std::vector<std::string>{"20 errors"});
  EXPECT_NE(report(settings, results).find("3 messages without an answer are not in these figures"), std::string::npos);
}

TEST(Report, WithoutAnAnswerHasNoTimes) {
  auto results = good_results();
  results.response = {};
  EXPECT_NE(report({}, results).find("response      none"), std::string::npos) << report({}, results);
}

TEST(Report, NamesTheWrongByte) {
  auto results = good_results();
  results.corrupt = 1;
  results.corruptions.push_back({3, {}, 1234, std::uint8_t{0x1f}, std::uint8_t{0x9f}});
  const auto text = report({}, results);
  EXPECT_NE(text.find("connection 3, byte 1234: expected 0x1f, got 0x9f"), std::string::npos) << text;
}

TEST(Report, MarksAnInterruptedRun) {
  auto results = good_results();
  results.interrupted = true;
  EXPECT_NE(report({}, results).find("(interrupted)"), std::string::npos);
}

TEST(JsonReport, CarriesEveryFigureOfTheSummary) {
  auto results = good_results();
  results.errors["Connection reset by peer"] = 2;
  results.corrupt = 1;
  results.corruptions.push_back({3, {}, 1234, std::uint8_t{0x1f}, {}});
  Settings settings;
  settings.url = "tcp://127.0.0.1:7";
  const auto json = nlohmann::json::parse(json_report(settings, results));
  EXPECT_EQ(json["schema"], 2);
  EXPECT_EQ(json["ok"], false);
  EXPECT_EQ(json["settings"]["connections"], 50);
  EXPECT_EQ(json["messages"]["answered"], 1000);
  EXPECT_EQ(json["response_ns"]["p50"], results.response.percentile(50).count());
  EXPECT_EQ(json["response_ns"]["max"], 1000000);
  EXPECT_EQ(json["errors"]["Connection reset by peer"], 2);
  EXPECT_EQ(json["corrupt"]["first"][0]["offset"], 1234);
  EXPECT_TRUE(json["corrupt"]["first"][0]["got"].is_null());
  EXPECT_TRUE(json["send_lag_ns"].is_null());
  EXPECT_TRUE(json["datagrams"].is_null());
  EXPECT_DOUBLE_EQ(json["throughput"]["messages_per_s"].get<double>(), 500);
}

TEST(JsonReport, AFailureInAnyEncodingIsReported) {
  Settings settings;
  settings.url = "tcp://127.0.0.1:7";
  const auto json = nlohmann::json::parse(json_failure(settings, false, "refus\xe9"));
  EXPECT_EQ(json["ok"], false);
  EXPECT_EQ(json["problems"][0], "refus\xef\xbf\xbd");
}

class ReportFileTest : public testing::Test {
 protected:
  ReportFileTest() {
    folder = std::filesystem::temp_directory_path() / ("eddy-load-" + std::to_string(process_id()));
    std::filesystem::create_directory(folder);
  }
  ~ReportFileTest() override { std::filesystem::remove_all(folder); }

  std::string content(const std::string& path) const {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  std::ptrdiff_t files() const {
    return std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator());
  }

  std::filesystem::path folder;
};

TEST_F(ReportFileTest, AppearsWholeUnderItsName) {
  const auto path = (folder / "a.json").string();
  ReportFile file(path);
  EXPECT_FALSE(std::filesystem::exists(path));
  file.write("{}\n");
  EXPECT_EQ(content(path), "{}\n");
  EXPECT_EQ(files(), 1);
}

TEST_F(ReportFileTest, WithoutWritingLeavesTheOldOneAndNothingBehind) {
  const auto path = (folder / "a.json").string();
  std::ofstream(path) << "old";
  { ReportFile file(path); }
  EXPECT_EQ(content(path), "old");
  EXPECT_EQ(files(), 1);
}

TEST_F(ReportFileTest, ReplacesAnOlderOne) {
  const auto path = (folder / "a.json").string();
  std::ofstream(path) << "old and longer";
  ReportFile(path).write("new");
  EXPECT_EQ(content(path), "new");
}

TEST_F(ReportFileTest, APathThatCannotBeWrittenIsNamed) {
  for (const auto& path : {folder / "none" / "a.json", folder}) {
    try {
      const ReportFile file(path.string());
      FAIL() << "expected an error";
    } catch (const std::system_error& error) {
      EXPECT_NE(std::string(error.what()).find(path.string()), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace load
