#include <apps/cli/program.h>
#include <gtest/gtest.h>
#include <tools/load/json_report.h>
#include <tools/load/protocols/protocol_report.h>
#include <tools/load/protocols/shown.h>
#include <tools/load/report.h>
#include <tools/load/settings.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

namespace load {
namespace {

Settings settings_of(Protocol protocol) {
  Settings settings;
  settings.url = "tcp://127.0.0.1:7";
  settings.protocol = protocol;
  settings.line.request = Template("PING");
  return settings;
}

std::string protocol_complaint(Protocol protocol, const std::function<void(Settings&)>& change) {
  auto settings = settings_of(protocol);
  change(settings);
  try {
    check(settings);
    return "";
  } catch (const cli::UsageError& error) {
    return error.what();
  }
}

TEST(ProtocolSettings, OnlyEchoTakesDatagrams) {
  for (const auto protocol : {Protocol::line, Protocol::frames, Protocol::cache, Protocol::http}) {
    EXPECT_EQ(protocol_complaint(protocol, [](Settings&) {}), "");
    EXPECT_EQ(protocol_complaint(protocol, [](Settings& s) { s.url = "udp://127.0.0.1:7"; }),
              "udp://127.0.0.1:7: expected tcp://HOST:PORT or unix:PATH");
  }
}

TEST(ProtocolSettings, EachImpossibleValueIsNamed) {
  const auto expect = [](Protocol protocol, const std::string& named, const std::function<void(Settings&)>& change) {
    const auto text = protocol_complaint(protocol, change);
    EXPECT_EQ(text.find(named), 0U) << text;
  };
  expect(Protocol::line, "--request: expected", [](Settings& s) { s.line.request = {}; });
  expect(Protocol::line, "--request a\nb: expected one line", [](Settings& s) { s.line.request = Template("a\nb"); });
  expect(Protocol::line, "--expect a\r: expected one line", [](Settings& s) { s.line.expect = Template("a\r"); });
  expect(Protocol::line, "--expect-regex x: expected without --expect", [](Settings& s) {
    s.line.expect = Template("a");
    s.line.expect_pattern.emplace("x");
  });
  expect(Protocol::frames, "--prefix 3: expected 1, 2, 4 or 8", [](Settings& s) { s.frames.prefix = 3; });
  expect(Protocol::frames, "--size 256: expected 0 to 255 bytes with a length of 1 byte", [](Settings& s) {
    s.frames.prefix = 1;
    s.size = 256;
  });
  expect(Protocol::frames, "--max 63: expected 64 (--size) to", [](Settings& s) { s.frames.max = 63; });
  expect(Protocol::frames, "--max 65536: expected 64 (--size) to 65535", [](Settings& s) {
    s.frames.prefix = 2;
    s.frames.max = 65536;
  });
  expect(Protocol::cache, "--keys 0: expected 1 to", [](Settings& s) { s.cache.keys = 0; });
  expect(Protocol::cache, "--key-size 3: expected 4 to 250 bytes for 10000 keys",
         [](Settings& s) { s.cache.key_size = 3; });
  expect(Protocol::cache, "--key-size 251", [](Settings& s) { s.cache.key_size = 251; });
  expect(Protocol::cache, "--value-size 1-2147483648: expected at most", [](Settings& s) {
    s.cache.value_size = {1, std::size_t{1} << 31};
  });
  expect(Protocol::cache, "--verify: expected gets", [](Settings& s) {
    s.cache.verify = true;
    s.cache.get_ratio = 0;
  });
}

TEST(ProtocolSettings, CacheOptionsAreReadAsTheyAreTyped) {
  EXPECT_EQ(parse_distribution("uniform"), std::nullopt);
  EXPECT_EQ(parse_distribution("zipf"), 0.99);
  EXPECT_EQ(parse_distribution("zipf:1.5"), 1.5);
  for (const auto* bad : {"", "zip", "zipf:", "zipf:0", "zipf:-1", "zipf:11", "zipf:nan", "zipf:1x"}) {
    EXPECT_THROW(parse_distribution(bad), std::invalid_argument) << bad;
  }
  EXPECT_EQ(parse_share("0.9"), 0.9);
  EXPECT_EQ(parse_share("1"), 1);
  for (const auto* bad : {"", "1.1", "-0.1", "nan", "x"}) EXPECT_THROW(parse_share(bad), std::invalid_argument) << bad;
  EXPECT_EQ(parse_ratio("3:1"), 0.75);
  EXPECT_EQ(parse_ratio("0:1"), 0);
  for (const auto* bad : {"", "3", "0:0", ":1", "1:", "-1:2", "1:2:3"}) {
    EXPECT_THROW(parse_ratio(bad), std::invalid_argument) << bad;
  }
  EXPECT_EQ(text_of(parse_sizes("100")), "100");
  EXPECT_EQ(text_of(parse_sizes("64-4k")), "64-4096");
  for (const auto* bad : {"", "-", "5-", "-5", "9-8", "x"})
    EXPECT_THROW(parse_sizes(bad), std::invalid_argument) << bad;
}

TEST(ProtocolSettings, StatusesAndPatternsAreReadAsTheyAreTyped) {
  EXPECT_EQ(parse_statuses("200"), std::vector<int>{200});
  EXPECT_EQ(parse_statuses("200,404"), (std::vector<int>{200, 404}));
  for (const auto* bad : {"", "200,", "20", "600", "199", "ok"}) {
    EXPECT_THROW(parse_statuses(bad), std::invalid_argument) << bad;
  }
  EXPECT_THROW(LinePattern("("), std::invalid_argument);
  EXPECT_THROW(parse_body("@/no/such/file"), std::invalid_argument);
}

TEST(ProtocolReport, HasTheProtocolsNameAndFigures) {
  Results results;
  results.sent = results.answered = 1000;
  auto settings = settings_of(Protocol::cache);
  results.cache = {.hits = 600, .misses = 200, .sets = 200};
  auto text = report(settings, results);
  EXPECT_EQ(text.find("eddy-load cache "), 0U) << text;
  EXPECT_NE(text.find("600 hits, 200 misses (75.0 % hit); 200 sets"), std::string::npos) << text;
  auto json = nlohmann::json::parse(json_report(settings, results));
  EXPECT_EQ(json["protocol"], "cache");
  EXPECT_EQ(json["cache"]["hits"], 600);
  EXPECT_EQ(json["settings"]["keys"], 10000);
  EXPECT_TRUE(json["settings"]["size"].is_null());

  settings = settings_of(Protocol::http);
  results.http.status = {{200, 990}, {503, 10}};
  text = report(settings, results);
  EXPECT_NE(text.find("990 x 200, 10 x 503"), std::string::npos) << text;
  json = nlohmann::json::parse(json_report(settings, results));
  EXPECT_EQ(json["http"]["status"]["503"], 10);
  EXPECT_FALSE(json.contains("cache"));
}

TEST(Shown, MakesBytesReadableAndShort) {
  EXPECT_EQ(shown("a\r\n\t\"\\\x01\xff"), R"("a\r\n\t\"\\\x01\xff")");
  EXPECT_EQ(shown(std::string(100, 'x'), 5), "\"xxxxx\"... (100 bytes)");
}

}  // namespace
}  // namespace load
