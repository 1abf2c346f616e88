// Small servers for TestServer, one for each protocol that eddy-load asks.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "test_server.h"

namespace load::test {

using Serve = std::function<TestServer::Serving(eddy::Loop&)>;

// What is answered to a request, as it goes over the wire. Runs on the server's thread.
using Answer = std::function<std::string(std::string_view request)>;

// A request is a line, without its end.
Serve line_server(Answer answer);

// A request is a head, without the empty line after it, or that and a body of Content-Length. An answer that says
// "Connection: close" is the last one.
Serve http_server(Answer answer);

// Keeps what it is given. `spoil` may change a value before it is answered, or the line before it.
struct CacheFaults {
  std::function<void(std::string& line, std::string& value)> spoil = [](std::string&, std::string&) {};
  std::string set_answer = "STORED\r\n";
};
Serve cache_server(CacheFaults faults = {});

}  // namespace load::test
