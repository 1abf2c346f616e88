#include "reactor/loop.h"

#include <utility>

#include "reactor/loop_core.h"

namespace eddy {

Loop::Loop(LoopOptions options) : core_(new LoopCore(*this, std::move(options))) {}
Loop::~Loop() { delete core_; }

void Loop::run(RunUntil until) { core_->run(until); }
void Loop::run_once(TimePoint deadline) {
  core_->driver->refresh();
  core_->turn(deadline);
}
void Loop::stop() {
  core_->check_thread("Loop::stop");
  core_->stop();
}
void Loop::drain(Duration patience) {
  core_->check_thread("Loop::drain");
  core_->drain(patience);
}
bool Loop::draining() const { return core_->draining(); }

void Loop::stop_on(std::initializer_list<int> signals) {
  for (const int signal : signals) on_signal(signal, [this](int) { stop(); });
}
void Loop::on_signal(int signal, Callback<void(int)> callback) {
  core_->check_thread("Loop::on_signal");
  core_->on_signal(signal, std::move(callback));
}

void Loop::post(Callback<void()> task) {
  core_->check_thread("Loop::post");
  core_->post(std::move(task));
}
Remote Loop::remote() const { return core_->remote(); }

TimePoint Loop::now() const { return core_->driver->now(); }
TimePoint Loop::clock() const { return core_->driver->clock(); }

Connection* Loop::find(Id id) const {
  auto* endpoint = core_->driver->endpoints().find(id);
  if (endpoint == nullptr || endpoint->kind != driver::Kind::stream) return nullptr;
  return LoopCore::connection_of(*endpoint);
}

void Loop::for_each_connection(Callback<void(Connection&)> visit) const {
  core_->check_thread("Loop::for_each_connection");
  core_->driver->endpoints().for_each([&](driver::Endpoint& endpoint) {
    if (endpoint.kind == driver::Kind::stream) visit(*LoopCore::connection_of(endpoint));
  });
}

TimePoint Loop::next_deadline() const { return core_->next_deadline(); }
std::optional<int> Loop::descriptor() {
  core_->refuse_in_child("Loop::descriptor");
  return core_->driver->descriptor();
}

void Loop::after_fork() { core_->after_fork(); }

void Loop::on_exception(Callback<void(std::exception_ptr)> handler) {
  core_->check_thread("Loop::on_exception");
  core_->exception_handler = std::move(handler);
}

const Stats& Loop::stats() const {
  core_->stats.memory = core_->pool.in_use();
  return core_->stats;
}
const DriverInfo& Loop::driver() const { return core_->info; }

}  // namespace eddy
