// Views of temporaries that are gone before the view is used. Only clang knows.
#include <protocols/frames.h>
#include <protocols/irc.h>
#include <protocols/irc_line.h>
#include <reactor/address.h>
#include <reactor/bytes.h>
#include <reactor/shared_bytes.h>

#include <span>
#include <string>
#include <vector>

namespace test {

std::string text();
std::vector<unsigned char> numbers();
eddy::SharedBytes shared();

std::size_t dangling() {
  const eddy::Bytes of_text = text();                                           // error(Clang): temporary
  const eddy::Bytes of_numbers = numbers();                                     // error(Clang): temporary
  const eddy::Bytes of_shared = shared().bytes();                               // error(Clang): temporary
  const auto of_prefix = eddy::EncodedPrefix(eddy::Prefix::u8, 1).bytes();      // error(Clang): temporary
  const auto of_line = eddy::IrcLine("a", "b").text();                          // error(Clang): temporary
  const auto* of_address = eddy::Address::parse("tcp://127.0.0.1:1").native();  // error(Clang): temporary
  return of_text.size() + of_numbers.size() + of_shared.size() + of_prefix.size() + of_line.size() +
         (of_address == nullptr ? 0 : 1);
}

std::size_t lasting(const std::string& kept) {
  const eddy::Bytes of_view = std::string_view(kept).substr(1);
  const eddy::Bytes of_span = std::span(kept.data(), kept.size());
  const eddy::Bytes of_literal = "literal";
  const eddy::Bytes of_string = kept;
  return of_view.size() + of_span.size() + of_literal.size() + of_string.size();
}

}  // namespace test
