#include "outer_loops.h"

#include <optional>
#include <stdexcept>

#include "examples/embedding/in_poll.h"
#ifdef EDDY_WITH_GLIB
#include "examples/embedding/in_glib.h"
#endif
#ifdef EDDY_WITH_LIBUV
#include "examples/embedding/in_libuv.h"
#endif

namespace eddy::test {
namespace {

constexpr int patience_ms = 30'000;

class PollOuter : public Outer {
 public:
  explicit PollOuter(Loop& inner) : inner_(inner) {}

  bool run_until(const std::function<bool()>& condition) override {
    std::vector<pollfd> none;
    while (!condition()) {
      const auto begin = inner_.clock();
      poll_with(inner_, none, std::chrono::milliseconds(patience_ms));
      if (inner_.clock() - begin >= std::chrono::milliseconds(patience_ms)) return false;
    }
    return true;
  }

 private:
  Loop& inner_;
};

#ifdef EDDY_WITH_GLIB
class GlibOuter : public Outer {
 public:
  explicit GlibOuter(Loop& inner) : context_(g_main_context_new()), embedded_(std::in_place, inner, context_) {}
  ~GlibOuter() override {
    embedded_.reset();
    g_main_context_unref(context_);
  }

  bool run_until(const std::function<bool()>& condition) override {
    bool gave_up = false;
    GSource* const guard = g_timeout_source_new(patience_ms);
    g_source_set_callback(
        guard, [](gpointer flag) -> gboolean { return *static_cast<bool*>(flag) = true, G_SOURCE_REMOVE; }, &gave_up,
        nullptr);
    g_source_attach(guard, context_);
    while (!condition() && !gave_up) g_main_context_iteration(context_, TRUE);
    g_source_destroy(guard);
    g_source_unref(guard);
    return !gave_up;
  }

 private:
  GMainContext* context_;
  std::optional<InGlib> embedded_;
};
#endif

#ifdef EDDY_WITH_LIBUV
class LibuvOuter : public Outer {
 public:
  explicit LibuvOuter(Loop& inner) {
    uv_loop_init(&loop_);
    embedded_.emplace(inner, &loop_);
    uv_timer_init(&loop_, &guard_);
    guard_.data = this;
  }
  ~LibuvOuter() override {
    embedded_.reset();
    uv_close(reinterpret_cast<uv_handle_t*>(&guard_), nullptr);
    uv_run(&loop_, UV_RUN_DEFAULT);
    uv_loop_close(&loop_);
  }

  bool run_until(const std::function<bool()>& condition) override {
    gave_up_ = false;
    uv_update_time(&loop_);
    uv_timer_start(
        &guard_, [](uv_timer_t* timer) { static_cast<LibuvOuter*>(timer->data)->gave_up_ = true; }, patience_ms, 0);
    while (!condition() && !gave_up_) uv_run(&loop_, UV_RUN_ONCE);
    uv_timer_stop(&guard_);
    return !gave_up_;
  }

 private:
  uv_loop_t loop_{};
  uv_timer_t guard_{};
  bool gave_up_ = false;
  std::optional<InLibuv> embedded_;
};
#endif

}  // namespace

std::vector<std::string> outer_loops() {
  return {
      "poll",
#ifdef EDDY_WITH_GLIB
      "glib",
#endif
#ifdef EDDY_WITH_LIBUV
      "libuv",
#endif
  };
}

std::unique_ptr<Outer> make_outer(const std::string& name, Loop& inner) {
#ifdef EDDY_WITH_GLIB
  if (name == "glib") return std::make_unique<GlibOuter>(inner);
#endif
#ifdef EDDY_WITH_LIBUV
  if (name == "libuv") return std::make_unique<LibuvOuter>(inner);
#endif
  if (name == "poll") return std::make_unique<PollOuter>(inner);
  throw std::invalid_argument(name);
}

}  // namespace eddy::test
