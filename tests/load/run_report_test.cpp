#include <gtest/gtest.h>
#include <tools/load/histogram.h>

#include <filesystem>
#include <fstream>

#include "example_run.h"
#include "run_fixture.h"
#include "test_server.h"

namespace load::test {
namespace {

TEST(RunReport, BringsHistogramsAndSeriesBackAsTheyWere) {
  const Example run;
  const auto report = run.report();
  EXPECT_EQ(report.response, run.results.response.sparse());
  EXPECT_EQ(report.service, run.results.service.sparse());
  ASSERT_TRUE(report.send_lag);
  EXPECT_EQ(*report.send_lag, run.results.send_lag.sparse());
  EXPECT_EQ(report.series, run.results.series);
}

TEST(RunReport, ARealRunIsReadBack) {
  const TestServer server(free_url("tcp"), StreamBehaviour{});
  auto settings = short_run(server.url());
  settings.outputs.interval = std::chrono::milliseconds(20);
  const auto results = run_checked(settings);
  const auto report = run_report("A.json", Json::parse(json_report(settings, results)));
  EXPECT_EQ(report.series, results.series);
  EXPECT_FALSE(report.send_lag);
}

TEST(RunReport, CarriesMachineVersionCommandLineAndStart) {
  Example run;
  run.settings.outputs.command_line = {"eddy-load", "echo", "tcp://127.0.0.1:7"};
  const auto json = run.report().json;
  EXPECT_EQ(json["command_line"][1], "echo");
  EXPECT_EQ(json["version"], "0.1.0");
  EXPECT_GT(json["machine"]["cores"], 0);
  EXPECT_DOUBLE_EQ(json["started_unix_s"].get<double>(), 1'700'000'000);
  EXPECT_TRUE(json["server_cpu_s"].is_null());
}

TEST(RunReport, AnIntervalIsOneLineOfTheFile) {
  const auto report = [](int seconds) {
    const Example example(1, seconds);
    return json_report(example.settings, example.results);
  };
  const auto lines = [](const std::string& text) { return std::count(text.begin(), text.end(), '\n'); };
  const auto text = report(4);
  EXPECT_EQ(lines(report(7)), lines(text) + 3);
  EXPECT_NE(text.find("\n    {\"start_s\":3.0,"), std::string::npos);
}

TEST(RunReport, WhatIsMissingOrWrongIsNamed) {
  const auto with = [](auto change) {
    return complaint([&] {
      auto json = Example().report().json;
      change(json);
      run_report("B.json", json);
    });
  };
  EXPECT_EQ(with([](Json&) {}), "nothing");
  EXPECT_EQ(with([](Json& json) { json["schema"] = 1; }), "B.json: expected a report of eddy-load, schema 2");
  EXPECT_EQ(with([](Json& json) { json = 3; }), "B.json: expected a report of eddy-load, a JSON object");
  EXPECT_EQ(with([](Json& json) { json.erase("series"); }), "B.json: expected a report of eddy-load with series");
  EXPECT_EQ(with([](Json& json) { json["response_ns"]["count"] = 5; }),
            "B.json: expected as many values in response_ns's buckets as its count says");
  EXPECT_EQ(with([](Json& json) { json["service_ns"]["buckets"][0][0] = 2048; }),
            "B.json: expected eddy-load's buckets in service_ns, ascending and not empty; [2048, 1] is none");
  EXPECT_EQ(with([](Json& json) { json["series"][1].erase("sent"); }),
            "B.json: expected sent in every interval of series");
  EXPECT_EQ(with([](Json& json) { json["series"][1]["lost"] = "few"; }),
            "B.json: expected a whole number for series' lost");
}

TEST(RunReport, ARunThatDidNotMeasureSaysWhy) {
  const auto failure = Json::parse(json_failure(Example().settings, false, "nobody there"));
  const auto why = complaint([&] { run_report("B.json", failure); });
  EXPECT_NE(why.find("nobody there"), std::string::npos) << why;
}

TEST(RunReport, AFileThatIsNoneIsNamed) {
  EXPECT_EQ(complaint([] { read_run_report("no/such/file.json"); }),
            "no/such/file.json: expected a file that can be read");
  const auto path = (std::filesystem::temp_directory_path() / ("eddy-load-" + std::to_string(process_id()) + ".json"));
  std::ofstream(path) << "{ not JSON";
  EXPECT_EQ(complaint([&] { read_run_report(path.string()); }),
            path.string() + ": expected a report of eddy-load, which is JSON");
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace load::test
