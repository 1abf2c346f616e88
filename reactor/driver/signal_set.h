// SignalSet: numbers of signals, 1 to 64, which a signal handler may add to and look at while other threads do.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace eddy::driver {

class SignalSet {
 public:
  static constexpr int most = 64;

  void add(int signal) noexcept { word(signal).fetch_or(bit(signal)); }
  void remove(int signal) noexcept { word(signal).fetch_and(~bit(signal)); }
  bool has(int signal) const noexcept { return (words_[place(signal)].load() & bit(signal)) != 0; }

  // All of them, as bits 1 << (number - 1). They are in it no more.
  std::uint64_t take() noexcept {
    std::uint64_t all = 0;
    for (std::size_t i = 0; i < words_.size(); ++i) {
      if (words_[i].load(std::memory_order_relaxed) != 0) all |= std::uint64_t{words_[i].exchange(0)} << 32 * i;
    }
    return all;
  }

 private:
  // Signal handlers may use lock-free atomics alone, and not every processor has them with 64 bits.
  using Word = std::atomic<std::uint32_t>;
  static_assert(Word::is_always_lock_free);

  static constexpr std::size_t place(int signal) { return static_cast<std::size_t>(signal - 1) / 32; }
  static constexpr std::uint32_t bit(int signal) { return std::uint32_t{1} << (signal - 1) % 32; }
  Word& word(int signal) { return words_[place(signal)]; }

  std::array<Word, most / 32> words_{};
};

}  // namespace eddy::driver
