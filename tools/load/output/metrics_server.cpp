#include "metrics_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string_view>

namespace load {
namespace {

constexpr std::size_t longest_request = 16 * 1024;

std::string counter(std::string_view name, std::string_view help, std::uint64_t value) {
  return fmt::format("# HELP eddy_load_{0} {1}\n# TYPE eddy_load_{0} counter\neddy_load_{0} {2}\n", name, help, value);
}

std::string quantiles(std::string_view name, std::string_view help, const Histogram& histogram) {
  const auto sparse = histogram.sparse();
  auto text = fmt::format("# HELP eddy_load_{0} {1}\n# TYPE eddy_load_{0} summary\n", name, help);
  for (const double percent : {50.0, 90.0, 99.0, 99.9, 100.0}) {
    text += fmt::format("eddy_load_{}{{quantile=\"{:g}\"}} {:.9f}\n", name, percent / 100,
                        std::chrono::duration<double>(sparse.percentile(percent)).count());
  }
  const auto sum = std::ldexp(static_cast<double>(sparse.sum_high), 64) + static_cast<double>(sparse.sum_low);
  return text + fmt::format("eddy_load_{0}_sum {1:.9f}\neddy_load_{0}_count {2}\n", name, sum / 1e9, sparse.count);
}

std::string response(std::string_view status, std::string_view type, std::string_view body) {
  return fmt::format(
      "HTTP/1.1 {}\r\nContent-Type: {}; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n{}\r\n{}", status,
      type, body.size(), status.substr(0, 3) == "405" ? "Allow: GET\r\n" : "", body);
}

}  // namespace

std::string metrics(const Ledger& ledger) {
  const auto& results = ledger.results;
  auto text = counter("messages_sent_total", "Messages begun.", results.sent) +
              counter("messages_answered_total", "Messages answered.", results.answered) +
              counter("errors_total", "Errors, and wrong, corrupt or surplus answers.", troubles(results));
  // Not counters: a late answer takes a loss back.
  text += fmt::format(
      "# HELP eddy_load_messages_lost Messages lost.\n# TYPE eddy_load_messages_lost gauge\n"
      "eddy_load_messages_lost {}\n",
      results.lost);
  text += fmt::format(
      "# HELP eddy_load_connections Connections open.\n# TYPE eddy_load_connections gauge\n"
      "eddy_load_connections {}\n",
      ledger.open());
  text += quantiles("response_seconds", "From when a message was due to its answer.", results.response);
  if (ledger.settings.rate) {
    text += quantiles("service_seconds", "From when a message was sent to its answer.", results.service);
    text += quantiles("send_lag_seconds", "From when a message was due to when it was sent.", results.send_lag);
  }
  return text;
}

MetricsServer::MetricsServer(const Ledger& ledger, std::uint16_t port)
    : ledger_(ledger),
      listener_(ledger.loop, fmt::format("tcp://127.0.0.1:{}", port), [this] { return Session{this}; },
                {.connection = {.input_limit = longest_request, .idle_timeout = std::chrono::seconds(10)}}) {}

std::size_t MetricsServer::Session::on_data(eddy::Connection& peer, eddy::Bytes in) {
  server->bytes_in_ += peer.bytes_in() - counted;
  counted = peer.bytes_in();
  if (in.text().find("\r\n\r\n") == std::string_view::npos) return 0;
  const auto answer = server->answer(in.text());
  if (peer.send(answer) != eddy::SendResult::refused) server->bytes_out_ += answer.size();
  peer.close();
  return in.size();
}

std::string MetricsServer::answer(std::string_view request) const {
  const auto line = request.substr(0, request.find("\r\n"));
  const auto method = line.substr(0, line.find(' '));
  const auto rest = line.substr(std::min(method.size() + 1, line.size()));
  const auto path = rest.substr(0, rest.find_first_of(" ?"));
  if (method != "GET") return response("405 Method Not Allowed", "text/plain", "expected GET\n");
  if (path != "/metrics") return response("404 Not Found", "text/plain", "expected /metrics\n");
  return response("200 OK", "text/plain; version=0.0.4", metrics(ledger_));
}

}  // namespace load
