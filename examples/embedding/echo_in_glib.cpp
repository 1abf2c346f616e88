// An echo server in a program whose main loop is GLib's, which counts connections once a second.
#include <glib-unix.h>
#include <reactor/listener.h>

#include <csignal>
#include <cstdio>
#include <exception>

#include "echo.h"
#include "in_glib.h"

gboolean count(gpointer listener) {
  std::printf("%zu connections\n", static_cast<const eddy::Listener<Echo>*>(listener)->connections());
  return G_SOURCE_CONTINUE;
}

gboolean quit(gpointer outer) {
  g_main_loop_quit(static_cast<GMainLoop*>(outer));
  return G_SOURCE_CONTINUE;
}

int main() try {
  eddy::Loop loop;
  eddy::Listener<Echo> listener(loop, "tcp://127.0.0.1:0");
  const InGlib embedded(loop);
  std::printf("echo at %s; Ctrl-C ends it\n", listener.address().to_string().c_str());
  GMainLoop* const outer = g_main_loop_new(nullptr, FALSE);
  g_timeout_add_seconds(1, count, &listener);
  g_unix_signal_add(SIGINT, quit, outer);
  g_main_loop_run(outer);
  g_main_loop_unref(outer);
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
