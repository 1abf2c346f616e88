#include "reply_check.h"

#include <fmt/format.h>

#include <utility>

#include "child.h"

namespace attack {
namespace {

constexpr std::size_t most_tags = 8191;
constexpr std::size_t most_line = 512;  // with its end

class IrcCheck : public ReplyCheck {
 public:
  std::string received(std::string_view bytes) override {
    rest_ += bytes;
    std::size_t from = 0;
    std::string complaint;
    for (auto to = rest_.find('\n'); to != std::string::npos && complaint.empty(); to = rest_.find('\n', from)) {
      const auto line = std::string_view(rest_).substr(from, to - from);
      complaint = line.ends_with('\r') ? irc_complaint(line.substr(0, line.size() - 1))
                                       : "a line that does not end in CR LF: " + escaped(line);
      from = to + 1;
    }
    rest_.erase(0, from);
    if (complaint.empty() && rest_.size() > most_tags + most_line) complaint = "a line without end";
    return complaint;
  }

 private:
  std::string rest_;
};

class EchoCheck : public ReplyCheck {
 public:
  explicit EchoCheck(std::string sent) : sent_(std::move(sent)) {}
  std::string received(std::string_view bytes) override {
    const auto expected = std::string_view(sent_).substr(at_, bytes.size());
    at_ += expected.size();
    if (expected == bytes) return {};
    return fmt::format("the echo is not what was sent, before byte {}", at_);
  }

 private:
  std::string sent_;
  std::size_t at_ = 0;
};

class SilenceCheck : public ReplyCheck {
 public:
  std::string received(std::string_view bytes) override {
    return fmt::format("{} bytes of an answer where there is to be none", bytes.size());
  }
};

}  // namespace

std::string irc_complaint(std::string_view line) {
  const auto whole = line;
  const auto complain = [whole](const char* what) {
    return fmt::format("{}: {}", what, escaped(whole.substr(0, 1000)));
  };
  if (line.find('\0') != std::string_view::npos) return complain("a line with a NUL");
  if (line.find('\r') != std::string_view::npos) return complain("a line with a CR in it");
  if (line.starts_with('@')) {
    const auto end = line.find(' ');
    if (end == std::string_view::npos) return complain("a line of tags alone");
    if (end > most_tags) return complain("tags that are too long");
    line.remove_prefix(end + 1);
  }
  if (line.size() + 2 > most_line) return complain("a line that is too long");
  if (line.starts_with(':') || line.starts_with("ERROR ") || line.starts_with("PING ")) return {};
  return complain("a line that no server begins so");
}

std::unique_ptr<ReplyCheck> irc_check() { return std::make_unique<IrcCheck>(); }
std::unique_ptr<ReplyCheck> echo_check(std::string sent) { return std::make_unique<EchoCheck>(std::move(sent)); }
std::unique_ptr<ReplyCheck> silence_check() { return std::make_unique<SilenceCheck>(); }

}  // namespace attack
