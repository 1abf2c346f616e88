#include <gtest/gtest.h>
#include <tools/load/output/metrics_server.h>

#include <string>

#include "run_fixture.h"
#include "test_server.h"

namespace load::test {
namespace {

// One request by a client on the same loop.
struct Asking {
  std::string* answer;
  std::string request;

  void on_open(eddy::Connection& peer) { peer.send(request); }
  void on_data(eddy::Connection& /*peer*/, eddy::Bytes in) { *answer += in.text(); }
  void on_end(eddy::Connection& peer) { peer.close(); }
  void on_close(eddy::Connection& peer, std::error_code /*why*/) { peer.loop().stop(); }
};

class Metrics : public testing::Test {
 protected:
  Metrics() { settings.rate = 100; }

  std::string asked(const std::string& request) {
    std::string answer;
    eddy::connect<Asking>(loop, server.address().to_string(), [&] { return Asking{&answer, request}; });
    eddy::Timer deadline(loop, [&] { loop.stop(); });
    deadline.start(20s);
    loop.run();
    return answer;
  }

  eddy::Loop loop;
  Settings settings;
  Results results;
  Ledger ledger{loop, settings, results, {""}, [] {}};
  MetricsServer server{ledger, 0};
};

TEST_F(Metrics, GetMetricsAnswersTheFiguresSoFar) {
  results.sent = 7;
  results.answered = 4;
  results.lost = 2;
  results.errors["reset"] = 1;
  for (const auto time : {1ms, 2ms, 3ms, 4ms}) results.response.record(time);
  const auto answer = asked("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(answer.find("HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4;"), 0U) << answer;
  const auto body = answer.substr(answer.find("\r\n\r\n") + 4);
  EXPECT_NE(answer.find("Content-Length: " + std::to_string(body.size()) + "\r\n"), std::string::npos) << answer;
  for (const auto* line :
       {"eddy_load_messages_sent_total 7", "eddy_load_messages_answered_total 4", "eddy_load_messages_lost 2",
        "eddy_load_errors_total 1", "eddy_load_response_seconds_count 4", "eddy_load_response_seconds_sum 0.010000000",
        "eddy_load_response_seconds{quantile=\"1\"} 0.004000000", "eddy_load_send_lag_seconds_count 0",
        "# TYPE eddy_load_response_seconds summary"}) {
    EXPECT_NE(("\n" + body).find("\n" + std::string(line) + "\n"), std::string::npos) << line << " in\n" << body;
  }
}

TEST_F(Metrics, AnythingElseIsRefused) {
  EXPECT_EQ(asked("GET / HTTP/1.1\r\n\r\n").find("HTTP/1.1 404 "), 0U);
  EXPECT_EQ(asked("POST /metrics HTTP/1.1\r\n\r\n").find("HTTP/1.1 405 "), 0U);
  EXPECT_EQ(asked("nonsense\r\n\r\n").find("HTTP/1.1 405 "), 0U);
  EXPECT_EQ(asked(std::string(100'000, 'x')), "");
}

TEST_F(Metrics, ItsBytesAreCountedApart) {
  const std::string request = "GET /metrics HTTP/1.1\r\n\r\n";
  const auto answer = asked(request);
  EXPECT_EQ(server.bytes_in(), request.size());
  EXPECT_EQ(server.bytes_out(), answer.size());
}

}  // namespace
}  // namespace load::test
