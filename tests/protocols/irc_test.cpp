#include <gtest/gtest.h>
#include <protocols/irc.h>
#include <protocols/irc_line.h>
#include <protocols/irc_tags.h>
#include <protocols/irc_text.h>

#include <vector>

#include "pieces.h"

namespace eddy::test {
namespace {

using Messages = std::vector<std::string>;
using Params = std::vector<std::string_view>;

Params params_of(const IrcMessage& message) { return {message.params().begin(), message.params().end()}; }
Params params_of(std::string_view line) { return params_of(IrcMessage::parse(line).value()); }

TEST(IrcMessages, HaveTagsSourceCommandAndParameters) {
  const auto message = IrcMessage::parse("@id=1;+draft/x :dan!d@localhost PRIVMSG #chan :Hey what's up! ").value();
  EXPECT_EQ(message.tags(), "id=1;+draft/x");
  EXPECT_EQ(message.source(), "dan!d@localhost");
  EXPECT_EQ(message.command(), "PRIVMSG");
  EXPECT_EQ(params_of(message), (Params{"#chan", "Hey what's up! "}));
}

TEST(IrcMessages, AreViewsIntoTheirLine) {
  const std::string line = "PRIVMSG #a :text";
  const auto message = IrcMessage::parse(line).value();
  EXPECT_EQ(message.param(1).data(), line.data() + 12);
}

TEST(IrcMessages, TheLastParameterIsAnOrdinaryOne) {
  EXPECT_EQ(params_of("TOPIC #a :b"), params_of("TOPIC #a b"));
  EXPECT_EQ(params_of("TOPIC #a :"), (Params{"#a", ""}));
  EXPECT_EQ(params_of("TOPIC #a ::b"), (Params{"#a", ":b"}));
  EXPECT_EQ(params_of("MODE a:b c:"), (Params{"a:b", "c:"}));
  EXPECT_EQ(params_of("QUIT"), Params{});
}

TEST(IrcMessages, TakeSeveralSpacesForOne) {
  EXPECT_EQ(params_of("  JOIN   #a   #b   "), (Params{"#a", "#b"}));
  EXPECT_EQ(IrcMessage::parse("@t   :s   JOIN").value().command(), "JOIN");
}

TEST(IrcMessages, TheFifteenthParameterIsTheRest) {
  const auto params = params_of("C 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17");
  ASSERT_EQ(params.size(), 15U);
  EXPECT_EQ(params.back(), "15 16 17");
  EXPECT_EQ(params_of("C 1 2 3 4 5 6 7 8 9 10 11 12 13 14 :15 16").back(), "15 16");
}

TEST(IrcMessages, NeedACommand) {
  EXPECT_FALSE(IrcMessage::parse(""));
  EXPECT_FALSE(IrcMessage::parse("   "));
  EXPECT_FALSE(IrcMessage::parse(":source"));
  EXPECT_FALSE(IrcMessage::parse("@tags :source "));
}

TEST(IrcMessages, HaveNoNulAndNoCr) {
  EXPECT_FALSE(IrcMessage::parse("PRIVMSG a :b\rQUIT"));
  EXPECT_FALSE(IrcMessage::parse(std::string_view("PRIVMSG a :b\0c", 14)));
}

TEST(IrcMessages, AParameterThatIsNotThereIsEmpty) {
  const auto message = IrcMessage::parse("PING x").value();
  EXPECT_EQ(message.param(0), "x");
  EXPECT_EQ(message.param(1), "");
  EXPECT_EQ(message.param(IrcMessage::max_params - 1), "");
}

TEST(IrcLines, EndWithCrlfOrLf) {
  EXPECT_EQ(decode(IrcDecoder(), "NICK a\r\nUSER b\nQUIT").messages, (Messages{"NICK a", "USER b"}));
}

TEST(IrcLines, ThatAreEmptyArePassedOver) {
  EXPECT_EQ(decode(IrcDecoder(), "\r\n\n  \r\nNICK a\r\n\r\n").messages, (Messages{"NICK a"}));
}

TEST(IrcLines, AreTheSameHoweverTheInputIsCutUp) {
  const IrcDecoder decoder({.limit = 10, .tags_limit = 6});
  EXPECT_TRUE(every_split_gives_the_same(decoder, "@a=b 12345678\r\n\r\nNICK a\n@abcd 123456789\r\n"));
  EXPECT_TRUE(every_split_gives_the_same(decoder, "@abcde 1\r\n12345678\r\n@abcd\r\n0123456789012345678\nok\n"));
}

TEST(IrcLines, OfExactlyTheLimitPass) {
  const std::string text(510, 'x');
  EXPECT_EQ(decode(IrcDecoder(), text + "\r\n").messages, Messages{text});
  EXPECT_EQ(decode(IrcDecoder(), text + "x\r\n").messages, Messages{too_long_mark});
  EXPECT_EQ(decode(IrcDecoder(), text + "x\n").messages, Messages{too_long_mark}) << "the end counts as CRLF";
}

TEST(IrcLines, TagsHaveALimitOfTheirOwn) {
  const auto tags = "@" + std::string(8189, 't') + " ";
  const std::string text(510, 'x');
  EXPECT_EQ(decode(IrcDecoder(), tags + text + "\r\n").messages, Messages{tags + text});
  EXPECT_EQ(decode(IrcDecoder(), "@t" + tags.substr(1) + text + "\r\n").messages, Messages{too_long_mark});
  EXPECT_EQ(decode(IrcDecoder(), tags + text + "x\r\n").messages, Messages{too_long_mark});
  EXPECT_EQ(decode(IrcDecoder(), "@t " + text + "x\r\n").messages, Messages{too_long_mark})
      << "what the tags leave is not the message's";
}

TEST(IrcLines, WithoutAnEndHoldNoMemory) {
  Feeder feeder(IrcDecoder{});
  for (int i = 0; i < 10'000; ++i) {
    feeder.feed("0123456789");
    ASSERT_LE(feeder.result().left, 8191U + 510U + 1U);
  }
  feeder.feed("\nNICK a\n");
  EXPECT_EQ(feeder.result().messages, (Messages{too_long_mark, "NICK a"}));
}

TEST(IrcLines, ThatArriveWholeAreNotCopied) {
  IrcDecoder decoder;
  const std::string in = "NICK a\r\nUSER b\r\n";
  EXPECT_EQ(decoder.next(in).content.data(), Bytes(in).data());
}

TEST(IrcTags, ValuesSurviveTheirEscaping) {
  EXPECT_EQ(escape_irc_tag("raw+:=,escaped; \\"), "raw+:=,escaped\\:\\s\\\\");
  EXPECT_EQ(escape_irc_tag("\r\n"), "\\r\\n");
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(unescape_irc_tag(escape_irc_tag(all)), all);
}

TEST(IrcTags, EscapesThatMeanNothingLoseTheirBackslash) {
  EXPECT_EQ(unescape_irc_tag("test\\"), "test");
  EXPECT_EQ(unescape_irc_tag("\\b\\\\b"), "b\\b");
}

TEST(IrcTags, TheLastOfAKeyCounts) {
  EXPECT_EQ(irc_tag("a=1;b;a=2", "a"), "2");
  EXPECT_EQ(irc_tag("a=1;b;c=", "b"), "");
  EXPECT_EQ(irc_tag("aa=1;A=2", "a"), "") << "keys are case-sensitive and whole";
  EXPECT_EQ(irc_tag(";;x=y=z;", "x"), "y=z");
}

TEST(IrcText, ScandinavianLettersHaveACase) {
  EXPECT_EQ(irc_folded("ABCxyz[]\\^09-_`"), "abcxyz{}|~09-_`");
  EXPECT_TRUE(irc_equal("Nick[]\\^", "nICK{}|~"));
  EXPECT_FALSE(irc_equal("nick", "nick_"));
  EXPECT_FALSE(irc_equal("`", "@"));
}

TEST(IrcText, MasksKnowWildcards) {
  EXPECT_TRUE(irc_matches("*", ""));
  EXPECT_TRUE(irc_matches("*!*@127.0.0.?", "Bob!~bob@127.0.0.1"));
  EXPECT_FALSE(irc_matches("*!*@127.0.0.?", "bob!~bob@127.0.0.12"));
  EXPECT_TRUE(irc_matches("a*b*c", "AxxBxxBxC"));
  EXPECT_FALSE(irc_matches("a*b*c", "axxbxx"));
  EXPECT_FALSE(irc_matches("", "a"));
  EXPECT_FALSE(irc_matches("?", ""));
  EXPECT_TRUE(irc_matches("nick[a]", "NICK{A}")) << "case mapping holds in masks";
  EXPECT_TRUE(irc_matches("*ab", "aab"));
}

TEST(IrcText, MasksCanEscapeWildcards) {
  EXPECT_TRUE(irc_matches("\\*", "*"));
  EXPECT_FALSE(irc_matches("\\*", "a"));
  EXPECT_TRUE(irc_matches("a\\?b", "a?b"));
  EXPECT_FALSE(irc_matches("a\\?b", "axb"));
  EXPECT_TRUE(irc_matches("a\\b", "A|B")) << "any other backslash is itself";
  EXPECT_TRUE(irc_matches("a\\", "a\\"));
}

// A matcher that tried all ways to spread the text over the stars would not come back.
TEST(IrcText, NoMaskTakesLong) {
  std::string mask;
  for (int i = 0; i < 200; ++i) mask += "*a";
  EXPECT_FALSE(irc_matches(mask + "b", std::string(500, 'a')));
}

TEST(IrcLine, WritesWhatTheParserReads) {
  IrcLine line("irc.example.org", "353");
  line.param("me").param("=").param("#a").trailing("x").append(" y");
  EXPECT_EQ(line.text(), ":irc.example.org 353 me = #a :x y\r\n");
  EXPECT_EQ(IrcLine("", "PING").param("a").text(), "PING a\r\n");
}

TEST(IrcLine, AParameterThatWouldNotBeOneIsAStar) {
  EXPECT_EQ(IrcLine("s", "C").param("").param(":a").param("a b").param("a:").text(), ":s C * * * a:\r\n");
}

TEST(IrcLine, NeverGrowsPast512Bytes) {
  IrcLine line("s", "PRIVMSG");
  line.param("a").trailing(std::string(600, 'x'));
  EXPECT_EQ(line.text().size(), 512U);
  EXPECT_TRUE(line.text().ends_with("x\r\n"));
  EXPECT_EQ(line.room(), 0U);
  EXPECT_EQ(line.append("more").text().size(), 512U);
}

TEST(IrcLine, CutsNoUtf8Character) {
  EXPECT_EQ(utf8_prefix("a\u00e9", 2), "a");
  EXPECT_EQ(utf8_prefix("a\u00e9", 3), "a\u00e9");
  EXPECT_EQ(utf8_prefix("\U0001f600x", 3), "");
  EXPECT_EQ(utf8_prefix("\x80\x80\x80\x80\x80\x80", 5).size(), 5U) << "this is no UTF-8";
}

}  // namespace
}  // namespace eddy::test
