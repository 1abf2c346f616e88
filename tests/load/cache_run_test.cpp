#include <gtest/gtest.h>
#include <tools/load/protocols/cache_preload.h>

#include <stdexcept>
#include <string>

#include "protocol_servers.h"
#include "run_fixture.h"

namespace load::test {
namespace {

Settings cache_run(const std::string& url) {
  auto settings = short_run(url);
  settings.protocol = Protocol::cache;
  settings.cache.keys = 100;
  settings.cache.verify = true;
  return settings;
}

TEST(CacheRun, AgainstARightServerEveryHitIsVerified) {
  const TestServer server(cache_server());
  for (const CacheOptions::Sizes sizes : {CacheOptions::Sizes{0, 0}, {1, 300}, {100'000, 200'000}}) {
    auto settings = cache_run(server.url());
    settings.connections = 5;
    settings.pipeline = 4;
    settings.cache.get_ratio = 0.5;
    settings.cache.value_size = sizes;
    settings.cache.zipf = 0.99;
    const auto results = run_checked(settings);
    EXPECT_EQ(problems(settings, results), std::vector<std::string>());
    EXPECT_GT(results.cache.sets, 0U);
    EXPECT_EQ(results.cache.hits + results.cache.misses + results.cache.sets, results.answered);
  }
}

TEST(CacheRun, TheRatioIsKept) {
  const TestServer server(cache_server());
  const auto settings = [&] {
    auto planned = planned_run(server.url(), 1000, 50us);
    planned.protocol = Protocol::cache;
    planned.cache.get_ratio = 0.75;
    return planned;
  }();
  const auto results = run_checked(settings);
  EXPECT_EQ(results.answered, 1000U);
  EXPECT_NEAR(static_cast<double>(results.cache.sets), 250, 70);  // five standard deviations
}

TEST(CacheRun, AfterAPreloadEveryGetHits) {
  const TestServer server(cache_server());
  auto settings = cache_run(server.url());
  settings.cache.keys = 5000;
  settings.cache.value_size = {1, 100};
  settings.cache.get_ratio = 1;
  preload(settings, settings.url);
  const auto results = run_checked(settings);
  EXPECT_EQ(problems(settings, results), std::vector<std::string>());
  EXPECT_GT(results.cache.hits, 0U);
  EXPECT_EQ(results.cache.hits, results.answered);
}

TEST(CacheRun, APreloadThatIsRefusedSaysWhy) {
  const TestServer server(cache_server({.set_answer = "SERVER_ERROR out of memory\r\n"}));
  const auto settings = cache_run(server.url());
  try {
    preload(settings, settings.url);
    FAIL() << "expected an error";
  } catch (const std::runtime_error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("0 of 100 keys stored: got \"SERVER_ERROR out of memory\""), std::string::npos) << text;
  }
}

// These would keep a preload for ever: what it has yet to send leaves never.
TEST(CacheRun, APreloadIntoAServerThatReadsNothingMoreEnds) {
  const auto why = [](const StreamBehaviour& behaviour) -> std::string {
    const TestServer server(free_url("tcp"), behaviour);
    auto settings = cache_run(server.url());
    settings.cache.keys = 10'000;
    settings.cache.value_size = {1000, 1000};
    try {
      preload(settings, settings.url);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "it was stored";
  };
  const auto ended = why({.on_data = [](eddy::Connection& peer, eddy::Bytes, std::uint64_t, int) {
    peer.pause();
    peer.finish();
  }});
  EXPECT_NE(ended.find("0 of 10000 keys stored: the server closed the connection"), std::string::npos) << ended;
  const auto surplus = why({.on_data = [](eddy::Connection& peer, eddy::Bytes, std::uint64_t, int) {
    peer.pause();
    std::string answers;
    for (int i = 0; i < 10'000; ++i) answers += "STORED\r\n";
    EXPECT_NE(peer.send(answers), eddy::SendResult::refused);
  }});
  EXPECT_NE(surplus.find("got STORED for a key that it has not been sent"), std::string::npos) << surplus;
}

// A run of gets alone after a preload into a server with that fault.
Results spoiled_run(const std::function<void(std::string& line, std::string& value)>& spoil, bool verify = true) {
  const TestServer server(cache_server({.spoil = spoil}));
  auto settings = cache_run(server.url());
  settings.cache.verify = verify;
  settings.cache.get_ratio = 1;
  preload(settings, settings.url);
  return run_checked(settings);
}

TEST(CacheRun, AWrongByteOfAValueIsShownAndTheNextAnswersStillUnderstood) {
  int count = 0;
  const auto spoil = [&count](std::string&, std::string& value) {
    if (++count == 3) value[41] ^= 1;
  };
  const auto results = spoiled_run(spoil);
  const auto& wrong = results.wrong.at("value with a wrong byte");
  EXPECT_EQ(wrong.count, 1U);
  EXPECT_NE(wrong.first.find("connection 0, request 2, get of key "), std::string::npos) << wrong.first;
  EXPECT_NE(wrong.first.find("version 0, byte 41 of 100: expected 0x"), std::string::npos) << wrong.first;
  EXPECT_GT(results.answered, 3U);
  EXPECT_EQ(results.lost, 0U);
  count = 0;
  EXPECT_TRUE(spoiled_run(spoil, false).wrong.empty());
}

TEST(CacheRun, AValueThatWasCutOffHasWrongBytes) {
  const auto results = spoiled_run([](std::string& line, std::string& value) {
    value.resize(60);
    line.replace(line.rfind("100"), 3, "60");
  });
  EXPECT_GT(results.wrong.at("value with a wrong byte").count, 0U);
}

TEST(CacheRun, AValueOfAnotherKeyEndsTheConnection) {
  const auto results = spoiled_run([](std::string& line, std::string&) { line[6] = 'x'; });
  EXPECT_EQ(results.wrong.at("value of another key").count, 1U);
  EXPECT_EQ(results.lost, 1U);
}

TEST(CacheRun, AValueThatIsLongerThanItSaysEndsTheConnection) {
  const auto results = spoiled_run([](std::string&, std::string& value) { value += "x"; });
  EXPECT_EQ(results.wrong.at("value longer than it says").count, 1U);
}

TEST(CacheRun, WhatTheServerRefusesIsCountedByKind) {
  const TestServer server(cache_server({.set_answer = "SERVER_ERROR object too large for cache\r\n"}));
  auto settings = cache_run(server.url());
  settings.cache.get_ratio = 0.5;
  const auto results = run_checked(settings);
  const auto& wrong = results.wrong.at("SERVER_ERROR");
  EXPECT_GT(wrong.count, 1U);
  EXPECT_NE(wrong.first.find("got \"SERVER_ERROR object too large for cache\""), std::string::npos) << wrong.first;
  EXPECT_EQ(wrong.count + results.cache.misses, results.answered);
}

TEST(CacheRun, AnAnswerThatIsNotMemcachedsEndsTheConnection) {
  const TestServer server(line_server([](std::string_view) { return "+PONG\r\n"; }));
  auto settings = cache_run(server.url());
  settings.duration = 60s;
  const auto results = run_checked(settings);
  EXPECT_EQ(results.wrong.at("answer that is not memcached's").count, 1U);
}

TEST(CacheRun, TheSameSeedAsksTheSame) {
  const auto asked = [](std::uint64_t seed) {
    std::string seen;
    const TestServer server(free_url("tcp"),
                            {.on_data = [&seen](eddy::Connection& peer, eddy::Bytes in, std::uint64_t, int) {
                              seen += in.text();
                              for (const char c : in.text()) {
                                if (c == '\n') peer.send("END\r\n");
                              }
                            }});
    auto settings = planned_run(server.url(), 20, 1ms);
    settings.protocol = Protocol::cache;
    settings.cache.get_ratio = 1;
    settings.cache.zipf = 1.1;
    settings.seed = seed;
    run_checked(settings);
    return seen;
  };
  const auto first = asked(1);
  EXPECT_EQ(first.size(), 20 * std::string("get 0000000000000000\r\n").size());
  EXPECT_EQ(asked(1), first);
  EXPECT_NE(asked(2), first);
}

}  // namespace
}  // namespace load::test
