// An eddy::Loop in a loop of libuv, such as that of an addon of Node.js.
#pragma once

#include <reactor/loop.h>
#include <uv.h>

#include <algorithm>
#include <chrono>
#include <system_error>

// As long as this object lives, whoever runs `outer` turns `inner` as well. Both belong to one thread. `inner` must
// have a descriptor (Loop::descriptor) and outlive this object. Its handles end when `outer` has run once more after
// the destructor, as libuv's handles do.
class InLibuv {
 public:
  InLibuv(eddy::Loop& inner, uv_loop_t* outer) : handles_(new Handles{}) {
    handles_->inner = &inner;
    if (const int failed = uv_poll_init(outer, &handles_->readable, inner.descriptor().value()); failed < 0) {
      delete handles_;
      throw std::system_error(-failed, std::generic_category(), "uv_poll_init");
    }
    uv_timer_init(outer, &handles_->due);
    uv_prepare_init(outer, &handles_->before_waiting);
    handles_->readable.data = handles_->due.data = handles_->before_waiting.data = handles_;
    uv_poll_start(&handles_->readable, UV_READABLE, [](uv_poll_t* handle, int, int) noexcept { turn(handle->data); });
    uv_prepare_start(&handles_->before_waiting, [](uv_prepare_t* handle) noexcept { set_timer(handle->data); });
  }
  ~InLibuv() {
    close(handles_->readable);
    close(handles_->due);
    close(handles_->before_waiting);
  }
  InLibuv(const InLibuv&) = delete;
  InLibuv& operator=(const InLibuv&) = delete;

 private:
  struct Handles {
    uv_poll_t readable;
    uv_timer_t due;
    uv_prepare_t before_waiting;
    eddy::Loop* inner;
    int open = 3;
  };

  // noexcept: no exception can pass through libuv, which is C. What a callback of the loop throws goes to
  // Loop::on_exception.
  static void turn(void* handles) noexcept { static_cast<Handles*>(handles)->inner->run_once(eddy::TimePoint::min()); }
  static void set_timer(void* data) noexcept {
    using std::chrono::milliseconds;
    auto& handles = *static_cast<Handles*>(data);
    const auto due = handles.inner->next_deadline();
    if (due == eddy::never) {
      uv_timer_stop(&handles.due);
      return;
    }
    const auto wait = std::max(std::chrono::ceil<milliseconds>(due - handles.inner->clock()), milliseconds{0});
    uv_timer_start(
        &handles.due, [](uv_timer_t* handle) noexcept { turn(handle->data); }, static_cast<std::uint64_t>(wait.count()),
        0);
  }
  template <class Handle>
  static void close(Handle& handle) {
    uv_close(reinterpret_cast<uv_handle_t*>(&handle), [](uv_handle_t* closed) {
      auto* const handles = static_cast<Handles*>(closed->data);
      if (--handles->open == 0) delete handles;
    });
  }

  Handles* handles_;  // libuv's until it has closed them
};
