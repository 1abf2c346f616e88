// How eddy-cache's threads might share its items, measured:
//   locked  shards by the keys' hashes, each with a lock that any thread takes for one request (what eddy-cache does)
//   posted  each thread owns the shards of its number; a batch's requests for another thread travel there as one post,
//           and its answers come back as one
// Each thread has clients that ask for batches of random keys, the next one when all of the last is answered; there
// are no sockets, so the difference between the two is as large as it can be. Prints processor time and elapsed time
// for each request.
//   cache_sharing [THREADS [SECONDS]]
#include <apps/cache/process_info.h>
#include <apps/cache/settings.h>
#include <apps/cache/store.h>
#include <fmt/format.h>
#include <reactor/loop_pool.h>
#include <reactor/timer.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace {

constexpr std::size_t keys = 100'000;
constexpr std::size_t clients_of_a_thread = 50;
constexpr std::size_t most_in_batch = 16;
constexpr cache::Seconds now = 2;

std::string key_text(std::uint64_t number) { return fmt::format("key:{:06}", number); }

struct Client {
  std::size_t home;      // its thread
  std::uint64_t random;  // splitmix64 state
  std::size_t awaited = 0;
};

// What a thread counts, and where its answers are put together.
struct alignas(64) Worker {
  std::uint64_t requests = 0;
  std::string answers;
  std::vector<std::unique_ptr<Client>> clients;
};

std::uint64_t next_random(std::uint64_t& state) {
  auto z = state += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

class Run {
 public:
  Run(std::size_t threads, std::size_t batch, bool posted)
      : pool_(threads),
        batch_(batch),
        posted_(posted),
        store_(256 * cache::mebibyte, cache::mebibyte, posted ? 1 : threads),
        workers_(threads) {
    if (posted) {
      for (std::size_t i = 0; i < threads; ++i) {
        owned_.push_back(std::make_unique<cache::Shard>(256 * cache::mebibyte / threads, i, threads));
      }
    }
    const std::string block(std::string(100, 'v') + "\r\n");
    for (std::size_t i = 0; i < keys; ++i) {
      const auto text = key_text(i);
      const auto key = store_.key(text);
      if (posted) {
        owned_[owner(key)]->store(key, {.block = block}, {}, now);
      } else {
        store_.open(key)->store(key, {.block = block}, {}, now);
      }
    }
    for (std::size_t i = 0; i < threads; ++i) {
      for (std::size_t j = 0; j < clients_of_a_thread; ++j) {
        workers_[i].clients.push_back(std::make_unique<Client>(Client{.home = i, .random = i * 1000 + j}));
        start(*workers_[i].clients.back());
      }
    }
  }

  void measure(std::chrono::duration<double> seconds) {
    eddy::Timer end(pool_[0], [this] { pool_.stop(); });
    end.start(std::chrono::duration_cast<eddy::Duration>(seconds));
    const auto before = cache::process_info();
    const auto began = std::chrono::steady_clock::now();
    pool_.run();
    const std::chrono::duration<double, std::micro> elapsed = std::chrono::steady_clock::now() - began;
    const auto after = cache::process_info();
    std::uint64_t requests = 0;
    for (const auto& worker : workers_) requests += worker.requests;
    const auto processor =
        after.user_microseconds + after.system_microseconds - before.user_microseconds - before.system_microseconds;
    fmt::print("{:<7} threads {:>2}  batch {:>2}  {:7.3f} us of processor time a request, {:7.3f} us elapsed\n",
               posted_ ? "posted" : "locked", workers_.size(), batch_,
               static_cast<double>(processor) / static_cast<double>(requests),
               elapsed.count() / static_cast<double>(requests));
  }

 private:
  std::size_t owner(const cache::Key& key) const { return (key.hash >> 32) % workers_.size(); }
  static void answer(cache::Shard& shard, const cache::Key& key, std::string& answers) {
    auto* item = shard.find(key, now);
    if (item == nullptr) std::abort();
    shard.mark_used(item, now);
    answers += item->value_and_end().text();
  }

  // The client's next batch begins in a task of its own, as it would by an event.
  void start(Client& client) {
    pool_[client.home].post([this, &client] { ask(client); });
  }

  void ask(Client& client) {
    auto& worker = workers_[client.home];
    worker.answers.clear();
    worker.requests += batch_;
    if (!posted_) {
      for (std::size_t i = 0; i < batch_; ++i) {
        const auto text = key_text(next_random(client.random) % keys);
        const auto key = store_.key(text);
        answer(*store_.open(key), key, worker.answers);
      }
      return start(client);
    }
    std::vector<std::vector<std::string>> wanted(workers_.size());
    for (std::size_t i = 0; i < batch_; ++i) {
      auto text = key_text(next_random(client.random) % keys);
      const auto key = store_.key(text);
      if (owner(key) == client.home) {
        answer(*owned_[client.home], key, worker.answers);
      } else {
        wanted[owner(key)].push_back(std::move(text));
      }
    }
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (wanted[i].empty()) continue;
      ++client.awaited;
      pool_.remote(i).post([this, i, &client, texts = std::move(wanted[i])] { serve(i, client, texts); });
    }
    if (client.awaited == 0) start(client);
  }

  void serve(std::size_t here, Client& client, const std::vector<std::string>& texts) {
    std::string answers;
    for (const auto& text : texts) answer(*owned_[here], store_.key(text), answers);
    pool_.remote(client.home).post([this, &client, answers = std::move(answers)] {
      workers_[client.home].answers += answers;
      if (--client.awaited == 0) ask(client);
    });
  }

  eddy::LoopPool pool_;
  std::size_t batch_;
  bool posted_;
  cache::Store store_;
  std::vector<std::unique_ptr<cache::Shard>> owned_;  // by thread, when posted
  std::vector<Worker> workers_;
};

}  // namespace

int main(int argc, char** argv) {
  const auto threads = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 2;
  const std::chrono::duration<double> seconds(argc > 2 ? std::strtod(argv[2], nullptr) : 1.0);
  if (threads == 0 || threads > 64 || !(seconds.count() > 0)) {
    fmt::print(stderr, "cache_sharing: expected [THREADS [SECONDS]], 1 to 64 threads\n");
    return 2;
  }
  for (const std::size_t batch : {std::size_t{1}, most_in_batch}) {
    for (int round = 0; round < 3; ++round) {
      for (const bool posted : {false, true}) Run(threads, batch, posted).measure(seconds);
    }
  }
  return 0;
}
