// An echo server in a program whose loop is libuv's, which counts connections once a second.
#include <reactor/listener.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>

#include "echo.h"
#include "in_libuv.h"

void count(uv_timer_t* timer) {
  std::printf("%zu connections\n", static_cast<const eddy::Listener<Echo>*>(timer->data)->connections());
}

int main() try {
  eddy::Loop loop;
  eddy::Listener<Echo> listener(loop, "tcp://127.0.0.1:0");
  uv_loop_t* const outer = uv_default_loop();
  std::optional<InLibuv> embedded(std::in_place, loop, outer);
  std::printf("echo at %s; Ctrl-C ends it\n", listener.address().to_string().c_str());

  uv_timer_t second;
  uv_timer_init(outer, &second);
  second.data = &listener;
  uv_timer_start(&second, count, 1000, 1000);
  uv_signal_t interrupt;
  uv_signal_init(outer, &interrupt);
  uv_signal_start(
      &interrupt, [](uv_signal_t* handle, int) { uv_stop(handle->loop); }, SIGINT);
  uv_run(outer, UV_RUN_DEFAULT);

  embedded.reset();
  uv_close(reinterpret_cast<uv_handle_t*>(&second), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&interrupt), nullptr);
  uv_run(outer, UV_RUN_DEFAULT);  // until all handles are closed
  uv_loop_close(outer);
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
