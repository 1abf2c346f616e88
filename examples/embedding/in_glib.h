// An eddy::Loop in a main loop of GLib, such as that of a GTK program.
#pragma once

#include <glib.h>
#include <reactor/loop.h>

#include <algorithm>
#include <chrono>

// As long as this object lives, whoever runs `context` turns `inner` as well. Both belong to one thread. `inner` must
// have a descriptor (Loop::descriptor) and outlive this object.
class InGlib {
 public:
  explicit InGlib(eddy::Loop& inner, GMainContext* context = nullptr) {
    source_ = g_source_new(&functions, sizeof(Source));
    reinterpret_cast<Source*>(source_)->inner = &inner;
    g_source_add_unix_fd(source_, inner.descriptor().value(), G_IO_IN);
    g_source_set_can_recurse(source_, FALSE);  // a dialog's own main loop inside a callback must not turn it again
    g_source_attach(source_, context);
  }
  ~InGlib() {
    g_source_destroy(source_);
    g_source_unref(source_);
  }
  InGlib(const InGlib&) = delete;
  InGlib& operator=(const InGlib&) = delete;

 private:
  struct Source {
    GSource base;  // first: GLib allocates it and knows no more of the rest than its size
    eddy::Loop* inner;
  };

  // Before GLib waits; it finds out by itself whether the time or the descriptor is ready. To the microsecond, where
  // the time-out of this function has milliseconds.
  static gboolean prepare(GSource* base, gint* timeout) noexcept {
    using std::chrono::microseconds;
    const auto& inner = *reinterpret_cast<Source*>(base)->inner;
    const auto due = inner.next_deadline();
    *timeout = -1;  // as long as the others like
    if (due == eddy::never) {
      g_source_set_ready_time(base, -1);
      return FALSE;
    }
    const auto wait = std::chrono::ceil<microseconds>(due - inner.clock());
    g_source_set_ready_time(base, g_get_monotonic_time() + std::max<gint64>(wait.count(), 0));
    return wait.count() <= 0;
  }
  // noexcept: no exception can pass through GLib, which is C. What a callback of the loop throws goes to
  // Loop::on_exception.
  static gboolean dispatch(GSource* base, GSourceFunc, gpointer) noexcept {
    reinterpret_cast<Source*>(base)->inner->run_once(eddy::TimePoint::min());
    return G_SOURCE_CONTINUE;
  }
  static inline GSourceFuncs functions{prepare, nullptr, dispatch, nullptr, nullptr, nullptr};

  GSource* source_;
};
