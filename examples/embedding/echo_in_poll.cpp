// An echo server in a program whose own loop waits in poll(2), here for lines at its terminal.
#include <reactor/listener.h>
#include <unistd.h>

#include <cstdio>
#include <exception>

#include "echo.h"
#include "in_poll.h"

int main() try {
  eddy::Loop loop;
  const eddy::Listener<Echo> listener(loop, "tcp://127.0.0.1:0");
  std::printf("echo at %s; Enter ends it\n", listener.address().to_string().c_str());
  std::vector<pollfd> own{{STDIN_FILENO, POLLIN, 0}};
  while (poll_with(loop, own, std::chrono::seconds{5}) == 0) std::printf("%zu connections\n", listener.connections());
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
