#include "protocol_servers.h"

#include <protocols/lines.h>
#include <protocols/memcache.h>

#include <charconv>
#include <map>
#include <memory>
#include <utility>

namespace load::test {
namespace {

// On a free port, with a session made by `make`.
template <class S, class Make>
TestServer::Serving listen(eddy::Loop& loop, Make make) {
  auto listener = std::make_shared<eddy::Listener<S>>(loop, "tcp://127.0.0.1:0", make);
  auto address = listener->address().to_string();
  return {std::move(listener), std::move(address)};
}

struct LineSession {
  const Answer* answer;
  void on_line(eddy::Connection& peer, std::string_view line) { peer.send((*answer)(line)); }
};

struct HttpSession {
  const Answer* answer;

  std::size_t on_data(eddy::Connection& peer, eddy::Bytes in) {
    std::size_t consumed = 0;
    while (!peer.closing()) {
      const auto text = in.without_first(consumed).text();
      const auto size = request_size(text);
      if (size == 0) break;
      const auto response = (*answer)(text.substr(0, size));
      peer.send(response);
      if (response.find("Connection: close") != std::string::npos) peer.close();
      consumed += size;
    }
    return consumed;
  }

  // 0 when it is not whole.
  static std::size_t request_size(std::string_view text) {
    const auto end = text.find("\r\n\r\n");
    if (end == std::string_view::npos) return 0;
    std::size_t body = 0;
    if (const auto length = text.find("Content-Length: "); length < end) {
      std::from_chars(text.data() + length + 16, text.data() + end, body);
    }
    return text.size() < end + 4 + body ? 0 : end + 4 + body;
  }
};

struct CacheState {
  CacheFaults faults;
  std::map<std::string, std::pair<std::uint32_t, std::string>> items;
};

struct CacheSession {
  std::shared_ptr<CacheState> state;

  void on_command(eddy::Connection& peer, const eddy::memcache::Command& command) {
    if (command.verb == eddy::memcache::Verb::set) {
      if (state->faults.set_answer == "STORED\r\n") {
        state->items[std::string(command.key)] = {command.flags, std::string(command.value().text())};
      }
      peer.send(state->faults.set_answer);
      return;
    }
    std::string answer;
    if (const auto found = state->items.find(std::string(command.key)); found != state->items.end()) {
      auto [flags, value] = found->second;
      auto line = "VALUE " + found->first + " " + std::to_string(flags) + " " + std::to_string(value.size()) + "\r\n";
      state->faults.spoil(line, value);
      answer = line + value + "\r\n";
    }
    peer.send(answer + "END\r\n");
  }
};

}  // namespace

Serve line_server(Answer answer) {
  auto shared = std::make_shared<const Answer>(std::move(answer));
  return [shared](eddy::Loop& loop) {
    return listen<eddy::Lines<LineSession>>(
        loop, [shared] { return eddy::Lines<LineSession>(LineSession{shared.get()}, {.limit = 1024 * 1024}); });
  };
}

Serve http_server(Answer answer) {
  auto shared = std::make_shared<const Answer>(std::move(answer));
  return
      [shared](eddy::Loop& loop) { return listen<HttpSession>(loop, [shared] { return HttpSession{shared.get()}; }); };
}

Serve cache_server(CacheFaults faults) {
  auto state = std::make_shared<CacheState>(CacheState{std::move(faults), {}});
  return [state](eddy::Loop& loop) {
    return listen<eddy::Memcache<CacheSession>>(loop,
                                                [state] { return eddy::Memcache<CacheSession>(CacheSession{state}); });
  };
}

}  // namespace load::test
