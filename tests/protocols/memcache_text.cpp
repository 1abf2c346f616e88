#include "memcache_text.h"

namespace eddy::test {

using memcache::Verb;

std::string to_text(const memcache::Command& command) {
  const auto verb = command.verb;
  std::string text(name_of(verb));
  if (verb == Verb::error) return text.append(" ").append(command.error).append(command.noreply ? " noreply" : "");
  if (has_key(verb)) text.append(" ").append(command.key);
  const bool retrieval = verb >= Verb::get && verb <= Verb::gats;
  if (retrieval && command.last) text += " last";
  if (verb == Verb::gat || verb == Verb::gats || verb == Verb::touch || verb == Verb::flush_all) {
    text += " exptime " + std::to_string(command.exptime);
  }
  if (verb == Verb::cas || verb == Verb::incr || verb == Verb::decr || verb == Verb::verbosity) {
    text += " number " + std::to_string(command.number);
  }
  if (verb == Verb::stats || (verb >= Verb::meta_get && verb <= Verb::meta_arithmetic) || verb == Verb::meta_set) {
    text.append(" (").append(command.arguments).append(")");
  }
  if (verb >= Verb::set && verb <= Verb::meta_set) {
    text += " flags " + std::to_string(command.flags) + " exptime " + std::to_string(command.exptime);
    text += command.too_large ? " too large" : " [" + std::string(command.value().text()) + "]";
  }
  if (command.noreply) text += " noreply";
  return text;
}

Found MemcacheTextDecoder::next(Bytes in) {
  auto found = decoder_.next(in, command_);
  if (found.what == Found::What::message) {
    text_ = to_text(command_);
    found.content = text_;
  }
  return found;
}

}  // namespace eddy::test
