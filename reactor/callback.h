// Callback<R(Args...)>: a move-only function object. Closures of up to 48 bytes are kept inside, so posting or starting
// a timer with a small lambda allocates nothing; unlike std::function it takes closures that own move-only things.
#pragma once

#include <cassert>
#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace eddy {

template <class Signature>
class Callback;

template <class R, class... Args>
class Callback<R(Args...)> {
 public:
  Callback() = default;

  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, Callback> && std::is_invocable_r_v<R, std::decay_t<F>&, Args...>)
      Callback(F&& function) {
    using Stored = std::decay_t<F>;
    if constexpr (fits<Stored>) {
      ::new (static_cast<void*>(storage_)) Stored(std::forward<F>(function));
      table_ = &inline_table<Stored>;
    } else {
      ::new (static_cast<void*>(storage_)) Stored*(new Stored(std::forward<F>(function)));
      table_ = &heap_table<Stored>;
    }
  }

  // Whatever else is given: one line instead of a list of constructors.
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, Callback> && !std::is_invocable_r_v<R, std::decay_t<F>&, Args...>)
      Callback(F&& /*function*/) {
    static_assert(
        std::is_invocable_r_v<R, std::decay_t<F>&, Args...>,
        "a callback must be: void() for a Timer and a task, void(eddy::Ready) for a Watch, "
        "void(eddy::ProcessEnd) for a Process, void(int) for a signal, void(std::exception_ptr) for an exception");
  }

  Callback(Callback&& other) noexcept { take(other); }
  Callback& operator=(Callback&& other) noexcept {
    if (this != &other) {
      const Callback before(std::move(*this));  // goes last: its destructor may come back here
      take(other);
    }
    return *this;
  }
  Callback(const Callback&) = delete;
  Callback& operator=(const Callback&) = delete;
  ~Callback() { reset(); }

  explicit operator bool() const { return table_ != nullptr; }

  // Calling an empty Callback is undefined, as for a null function pointer.
  R operator()(Args... args) {
    assert(table_ != nullptr);
    return table_->call(storage_, std::forward<Args>(args)...);
  }

 private:
  struct Table {
    R (*call)(void*, Args&&...);
    void (*move)(void* from, void* to) noexcept;  // leaves `from` destroyed
    void (*destroy)(void*) noexcept;
  };
  static constexpr std::size_t room = 48;
  static constexpr std::size_t alignment = alignof(std::max_align_t);

  template <class F>
  static constexpr bool fits = sizeof(F) <= room && alignof(F) <= alignment&& std::is_nothrow_move_constructible_v<F>;

  template <class F>
  static constexpr Table inline_table{
      [](void* at, Args&&... args) -> R { return (*static_cast<F*>(at))(std::forward<Args>(args)...); },
      [](void* from, void* to) noexcept {
        ::new (to) F(std::move(*static_cast<F*>(from)));
        static_cast<F*>(from)->~F();
      },
      [](void* at) noexcept { static_cast<F*>(at)->~F(); }};

  template <class F>
  static constexpr Table heap_table{
      [](void* at, Args&&... args) -> R { return (**static_cast<F**>(at))(std::forward<Args>(args)...); },
      [](void* from, void* to) noexcept { ::new (to) F*(*static_cast<F**>(from)); },
      [](void* at) noexcept { delete *static_cast<F**>(at); }};

  void take(Callback& other) noexcept {
    if (other.table_ == nullptr) return;
    other.table_->move(other.storage_, storage_);
    table_ = std::exchange(other.table_, nullptr);
  }
  void reset() noexcept {
    if (table_ != nullptr) std::exchange(table_, nullptr)->destroy(storage_);
  }

  const Table* table_ = nullptr;
  alignas(alignment) std::byte storage_[room];
};

}  // namespace eddy
