#include "sessions.h"

namespace attack {

std::string echo_session(Random& random) {
  std::string text;
  for (auto pieces = random.between(0, 12); pieces > 0; --pieces) {
    if (random.one_in(20)) {
      text += std::string(random.between(1000, 100'000), random.byte());
    } else {
      text += random.word(random.between(0, 100)) + "\r\n";
    }
  }
  return text;
}

}  // namespace attack
