#include <apps/cli/program.h>
#include <gtest/gtest.h>
#include <tools/load/json_report.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "protocol_servers.h"
#include "run_fixture.h"

namespace load::test {
namespace {

// tcp://HOST:PORT -> http://HOST:PORT/PATH.
std::string http_url(const std::string& tcp, const std::string& path) { return "http" + tcp.substr(3) + path; }

Settings http_run(const std::string& tcp, const std::string& path = "/", const std::string& method = "",
                  std::optional<Template> body = {}) {
  const auto url = HttpUrl::parse(http_url(tcp, path));
  auto settings = short_run(url.connect);
  settings.protocol = Protocol::http;
  settings.http.request = HttpRequest(url, method, {}, std::move(body));
  return settings;
}

std::string ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// "GET /path HTTP/1.1..." -> "/path".
std::string path_of(std::string_view request) {
  const auto begin = request.find(' ') + 1;
  return std::string(request.substr(begin, request.find(' ', begin) - begin));
}

TEST(HttpRun, KeepsConnectionsAliveAndPipelines) {
  const TestServer server(http_server([](std::string_view) { return ok(std::string(5000, 'x')); }));
  auto settings = http_run(server.url());
  settings.connections = 5;
  settings.pipeline = 8;
  settings.http.verify_body = Template::literal(std::string(5000, 'x'));
  const auto results = run_checked(settings);
  EXPECT_EQ(problems(settings, results), std::vector<std::string>());
  EXPECT_EQ(results.connected, 5U);
  EXPECT_GE(results.answered, 40U);
  EXPECT_EQ(results.http.status, (std::map<int, std::uint64_t>{{200, results.answered}}));
}

// What is left of a request whose answer has come would wait for ever, and its connection with it.
TEST(HttpRun, LetsGoOfServersThatAnswerWithoutReadingTheBody) {
  std::atomic<std::size_t> most_open{0};
  const TestServer server(free_url("tcp"),
                          StreamBehaviour{.on_data = [&](eddy::Connection& peer, eddy::Bytes, std::uint64_t, int) {
                            most_open = std::max(most_open.load(), static_cast<std::size_t>(peer.loop().stats().open));
                            peer.pause();
                            EXPECT_EQ(peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
                                      eddy::SendResult::accepted);
                          }});
  auto settings = http_run(server.url(), "/", "POST", Template::literal(std::string(10'000'000, 'x')));
  settings.connections = 2;
  settings.duration = 1s;
  const auto results = run_checked(settings);
  EXPECT_GT(results.answered, 20U);
  EXPECT_LE(most_open, 20U) << "of " << results.answered;
}

TEST(HttpRun, ReadsChunkedAnswers) {
  const TestServer server(http_server([](std::string_view) {
    return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\nT: u\r\n\r\n";
  }));
  auto settings = http_run(server.url());
  settings.pipeline = 3;
  settings.http.verify_body = Template("abcde");
  EXPECT_EQ(problems(settings, run_checked(settings)), std::vector<std::string>());
}

TEST(HttpRun, FieldsOfPathAndBodyAreFilledIn) {
  const TestServer server(http_server([](std::string_view request) {
    return ok(path_of(request) + "|" + std::string(request.substr(request.find("\r\n\r\n") + 4)));
  }));
  auto settings = http_run(server.url(), "/items/{seq}?q={hex:8}", "PUT",
                           Template("body {conn} {hex:8} {rand:60000} {rand:60000}"));
  settings.connections = 2;
  settings.pipeline = 2;
  settings.http.verify_body = Template("/items/{seq}?q={hex:8}|");
  const auto results = run_checked(settings);
  // The answers have the body, too: longer than is expected here.
  const auto& wrong = results.wrong.at("body with a wrong byte");
  EXPECT_EQ(wrong.count, results.answered);
  EXPECT_NE(wrong.first.find("expected the end, got \"body "), std::string::npos) << wrong.first;

  settings = http_run(server.url(), "/items/{seq}?q={hex:8}", "PUT", Template("body {conn} {seq}"));
  settings.http.verify_body = Template("/items/{seq}?q={hex:8}|body {conn} {seq}");
  EXPECT_EQ(problems(settings, run_checked(settings)), std::vector<std::string>());
}

TEST(HttpRun, HeadIsAnsweredWithoutABody) {
  const TestServer server(http_server([](std::string_view request) {
    return request.starts_with("HEAD ") ? "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" : ok("?");
  }));
  auto settings = http_run(server.url(), "/", "HEAD");
  settings.pipeline = 4;
  EXPECT_EQ(problems(settings, run_checked(settings)), std::vector<std::string>());
}

TEST(HttpRun, OtherStatusesThanThoseExpectedAreWrong) {
  const TestServer server(
      http_server([](std::string_view) { return "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone"; }));
  auto settings = http_run(server.url());
  const auto results = run_checked(settings);
  EXPECT_GT(results.answered, 1U);
  EXPECT_EQ(results.http.status.at(404), results.answered);
  EXPECT_EQ(results.wrong.at("status 404").count, results.answered);
  settings.http.expect_status = {200, 404};
  EXPECT_TRUE(problems(settings, run_checked(settings)).empty());
  settings.http.expect_status = {200};
  EXPECT_EQ(run_checked(settings).wrong.at("status 404").first, "connection 0, request 0: expected 200");
}

TEST(HttpRun, AWrongBodyIsShown) {
  std::string body = "hello";
  const TestServer server(http_server([&body](std::string_view) { return ok(body); }));
  auto settings = http_run(server.url());
  settings.http.verify_body = Template("help!");
  auto results = run_checked(settings);
  EXPECT_EQ(results.wrong.at("body with a wrong byte").first,
            "connection 0, request 0, byte 3: expected \"p!\", got \"lo\"");
  settings.http.verify_body = Template("hello, world");
  results = run_checked(settings);
  EXPECT_EQ(results.wrong.at("body that is too short").first, "connection 0, request 0: expected 12 bytes, got 5");
}

TEST(HttpRun, AfterAnAnnouncedCloseAnotherConnectionGoesOn) {
  const TestServer server(http_server(
      [](std::string_view) { return "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"; }));
  auto settings = http_run(server.url());
  settings.pipeline = 3;  // two of which are asked anew
  const auto results = run_checked(settings);
  EXPECT_TRUE(problems(settings, results).empty());
  EXPECT_GT(results.answered, 3U);
  EXPECT_GE(results.reconnects, results.answered - 1);
}

TEST(HttpRun, WhatIsAskedAnewWasLateOnce) {
  const TestServer server(http_server(
      [](std::string_view) { return "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"; }));
  auto settings = http_run(server.url());
  settings.rate = 500;
  settings.arrival = Arrival{.kind = Arrival::Kind::burst, .together = 10};
  settings.duration = 200ms;
  const auto results = run_checked(settings);
  EXPECT_EQ(results.answered, results.sent);
  EXPECT_EQ(results.send_lag.count(), results.sent);
}

TEST(HttpRun, AnAnswerThatIsNotHttpEndsTheConnection) {
  const TestServer server(line_server([](std::string_view) { return "-ERR unknown command\r\n"; }));
  auto settings = http_run(server.url());
  settings.duration = 60s;
  const auto results = run_checked(settings);
  const auto& wrong = results.wrong.at("answer that is not HTTP/1.1");
  EXPECT_EQ(wrong.count, 1U);
  EXPECT_NE(wrong.first.find("\"-ERR unknown command"), std::string::npos) << wrong.first;
}

// What goes over the wire.
std::string request_of(const std::string& url, const std::string& method, const std::vector<std::string>& headers,
                       std::optional<Template> body = {}) {
  std::string text;
  HttpRequest(HttpUrl::parse(url), method, headers, std::move(body)).append_to(text, 0, 0, StreamPattern(1, 0));
  return text;
}

TEST(HttpRequest, IsWhatTheCommandLineSays) {
  EXPECT_EQ(request_of("http://localhost:8080/a?b=c", "", {}),
            "GET /a?b=c HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: eddy-load\r\n\r\n");
  EXPECT_EQ(request_of("http://[::1]", "", {"host: x", "User-agent: y", "A: b"}),
            "GET / HTTP/1.1\r\nhost: x\r\nUser-agent: y\r\nA: b\r\n\r\n");
  EXPECT_EQ(request_of("http://h?q", "", {}, Template("{seq}")),
            "POST /?q HTTP/1.1\r\nHost: h\r\nUser-Agent: eddy-load\r\nContent-Length: 1\r\n\r\n0");
  EXPECT_NE(request_of("http://h/", "PUT", {}).find("Content-Length: 0\r\n"), std::string::npos);
}

TEST(HttpRequest, KnowsWhereToConnectTo) {
  EXPECT_EQ(HttpUrl::parse("http://localhost").connect, "tcp://localhost:80");
  EXPECT_EQ(HttpUrl::parse("http://localhost:8080/x").connect, "tcp://localhost:8080");
  EXPECT_EQ(HttpUrl::parse("http://[::1]/x").connect, "tcp://[::1]:80");
  EXPECT_EQ(HttpUrl::parse("http://[::1]:81?x:y").connect, "tcp://[::1]:81");
}

TEST(HttpRequest, WhatCannotBeSentIsNamed) {
  const auto complaint = [](const std::string& url, const std::string& method = "",
                            const std::vector<std::string>& headers = {}) -> std::string {
    try {
      request_of(url, method, headers);
      return "";
    } catch (const cli::UsageError& error) {
      return error.what();
    }
  };
  EXPECT_NE(complaint("https://h/").find("https://h/: expected http://"), std::string::npos);
  EXPECT_NE(complaint("tcp://h:1").find("tcp://h:1: expected http://HOST"), std::string::npos);
  EXPECT_NE(complaint("http:///x").find("expected a host"), std::string::npos);
  EXPECT_NE(complaint("http://u@h/").find("user name"), std::string::npos);
  EXPECT_NE(complaint("http://h/#a").find("#fragment"), std::string::npos);
  EXPECT_NE(complaint("http://h/a b").find("%20"), std::string::npos);
  EXPECT_NE(complaint("http://h/{no}").find("position 2, {no}"), std::string::npos);
  EXPECT_NE(complaint("http://h/", "G T").find("--method G T"), std::string::npos);
  EXPECT_NE(complaint("http://h/", "", {"none"}).find("--header none: expected 'Name: value'"), std::string::npos);
  EXPECT_NE(complaint("http://h/", "", {"A: b\r\nC: d"}).find("--header"), std::string::npos);
  EXPECT_NE(complaint("http://h/", "", {"content-length: 3"}).find("length of --body"), std::string::npos);
}

TEST(HttpRun, TheJsonReportTellsWhatWasAsked) {
  auto settings = http_run("tcp://127.0.0.1:7");
  settings.http.request =
      HttpRequest(HttpUrl::parse("http://127.0.0.1:7/"), "", {"Accept: text/plain", "X-A: b"}, Template("{conn}{seq}"));
  const auto json = Json::parse(json_report(settings, Results()))["settings"];
  EXPECT_EQ(json["method"], "POST");
  EXPECT_EQ(json["headers"], Json::array({"Accept: text/plain", "X-A: b"}));
  EXPECT_EQ(json["body_size"], 11);
  settings.http.request = HttpRequest(HttpUrl::parse("http://127.0.0.1:7/"), "", {}, {});
  EXPECT_TRUE(Json::parse(json_report(settings, Results()))["settings"]["body_size"].is_null());
}

}  // namespace
}  // namespace load::test
