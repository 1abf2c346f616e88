// Responder: what a good server of each of eddy-load's workloads answers, roughly; what is hostile is made of it.
#pragma once

#include <string>
#include <string_view>

#include "random.h"

namespace attack {

enum class Workload { echo, line, frames, cache, http, chat };

class Responder {
 public:
  Responder(Workload workload, Random random) : workload_(workload), random_(random) {}

  // The answer to these bytes, which may be parts of requests. `to_all` is for the others in the channel, too.
  std::string answer(std::string_view bytes, std::string& to_all);

 private:
  bool next_line(std::string& line);
  std::string cache_answer();
  std::string http_answer();
  std::string chat_answer(std::string& to_all);

  Workload workload_;
  Random random_;
  std::string in_;
  std::string nick_ = "nobody";
};

}  // namespace attack
