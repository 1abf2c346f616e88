// Verifier: checks passwords on a thread of its own, one at a time, so that the loop never waits for it. Those who ask
// take turns: one who sends many passwords delays the others by one check each. A password that has been right before
// comes first, so that those who know it get in, however many try others.
#pragma once

#include <reactor/callback.h>
#include <reactor/keyed_hash.h>
#include <reactor/loop.h>
#include <reactor/remote.h>

#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "apps/chat/password.h"

namespace chat {

class Verifier {
 public:
  using Done = eddy::Callback<void(bool right)>;

  explicit Verifier(eddy::Loop& loop) : remote_(loop.remote()), waiting_(std::make_shared<Waiting>()) {}
  // Waits for the one being checked, and calls nobody back.
  ~Verifier();
  Verifier(const Verifier&) = delete;
  Verifier& operator=(const Verifier&) = delete;

  // `done` is called from the loop. The number, never 0, is for cancel(). `who` takes turns with the others. A password
  // that opens nothing though it is right, as for an operator's name from the wrong place, is not `remembered`.
  std::uint64_t check(std::string password, const PasswordHash& expected, std::string who, bool remembered, Done done);
  // Its `done` is not called, and it is not checked unless that has begun. Harmless when it is done already.
  void cancel(std::uint64_t number);

 private:
  struct Job {
    std::uint64_t number;
    std::string who;
    std::uint64_t round;  // one of each who asks is in it; 0: before all others
    bool remembered;
    std::string password;
    PasswordHash expected;
  };
  using Waiting = std::unordered_map<std::uint64_t, Done>;  // the loop's thread alone reads and changes it

  void work();
  void remember(std::uint64_t mark);
  std::uint64_t mark_of(const std::string& password, const PasswordHash& expected) const;

  eddy::Remote remote_;
  std::shared_ptr<Waiting> waiting_;
  std::uint64_t last_number_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Job> jobs_;                                                    // by round; guarded by mutex_
  std::unordered_map<std::uint64_t, std::list<Job>::iterator> by_number_;  // guarded by mutex_
  std::uint64_t last_round_ = 1;  // that somebody had a turn in, guarded by mutex_; 0 is for those that come first
  std::unordered_set<std::string> served_;  // who had a turn in that round; guarded by mutex_
  // Of passwords that were right; guarded by mutex_. One that has such a mark is only
  // checked early: so a mark need not be safe.
  std::unordered_set<std::uint64_t> right_;
  const eddy::KeyedHash hash_;
  bool ending_ = false;  // guarded by mutex_
  std::thread worker_;   // started by the first check
};

}  // namespace chat
