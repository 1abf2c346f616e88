#include <gtest/gtest.h>
#include <reactor/loop.h>
#include <tools/load/exchange.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace load {
namespace {

// One exchange of that protocol, whose requests all differ.
class ExchangeTest : public testing::TestWithParam<Protocol> {
 protected:
  ExchangeTest() : ledger(loop, settings, results, {"tcp://127.0.0.1:7"}, [] {}) {
    settings.protocol = GetParam();
    settings.line.request = Template("{seq} {rand:8}");
    settings.line.expect = Template("{seq} {rand:8}");
    const auto url = HttpUrl::parse("http://127.0.0.1/{seq}/{rand:8}");
    settings.http.request = HttpRequest(url, "", {}, {});
    settings.http.verify_body = Template("{seq}/{rand:8}");
    settings.cache.get_ratio = 1;
    settings.frames.max = 200;
    exchange = make_exchange(ledger, 3);
  }

  // The next request, or its first bytes.
  std::string request(std::size_t most = Ledger::scratch_size) {
    std::vector<std::byte> room(most);
    const auto written = exchange->write(room);
    EXPECT_EQ(written.complete, most == Ledger::scratch_size);
    return std::string(eddy::Bytes(std::span(room).first(written.bytes)).text());
  }

  std::string answer(const std::string& request) const {
    if (settings.protocol == Protocol::cache) return "VALUE " + request.substr(4, 16) + " 5 0\r\n\r\nEND\r\n";
    if (settings.protocol != Protocol::http) return request;
    const auto body = request.substr(5, request.find(' ', 5) - 5);
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  void expect_right(const std::string& request) {
    const auto answered = answer(request);
    const auto read = exchange->read(answered);
    EXPECT_EQ(read.outcome, Exchange::Outcome::right);
    EXPECT_EQ(read.consumed, answered.size());
  }

  eddy::Loop loop;
  Settings settings;
  Results results;
  Ledger ledger;
  std::unique_ptr<Exchange> exchange;
};

TEST_P(ExchangeTest, OnANewConnectionGoesOnWithARequestThatWasNotAskedYet) {
  const auto first = request();
  const auto second = request();
  expect_right(first);
  if (GetParam() != Protocol::cache) request(5);  // a third one's beginning; a line to a cache leaves whole
  const auto partly = answer(second);
  exchange->read(eddy::Bytes(partly).first(partly.size() / 2));
  exchange->renew();
  for (int i = 0; i < 3; ++i) {
    const auto later = request();
    EXPECT_NE(later, first);
    EXPECT_NE(later, second);
    expect_right(later);
  }
  EXPECT_TRUE(results.wrong.empty());
  EXPECT_EQ(results.corrupt, 0U);
}

INSTANTIATE_TEST_SUITE_P(Protocols, ExchangeTest,
                         testing::Values(Protocol::echo, Protocol::line, Protocol::frames, Protocol::cache,
                                         Protocol::http),
                         [](const auto& test) { return std::string(name_of(test.param)); });

}  // namespace
}  // namespace load
