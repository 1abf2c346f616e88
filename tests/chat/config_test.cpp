// The configuration, and passwords as it keeps them.
#include <apps/chat/config.h>
#include <apps/chat/password.h>
#include <apps/chat/pbkdf2.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace chat {
namespace {

std::string complaint(std::string_view text) {
  try {
    parse_config(text);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "none";
}

TEST(Config, NeedsNoFile) {
  const auto config = parse_config("");
  EXPECT_EQ(config.server_name, Config{}.server_name);
  EXPECT_TRUE(config.password.empty());
}

TEST(Config, HasANameAndAValueOnEachLine) {
  const auto config = parse_config(
      "# a comment\n"
      "\n"
      "  server_name irc.example.org  \r\n"
      "description\tTwo words\n"
      "motd one\n"
      "motd\n"
      "motd # is not a comment here\n"
      "ping_interval 90s\n"
      "recv_queue 8k\n"
      "send_queue 64k\n"
      "send_memory 1M\n"
      "flood_rate 0.5\n"
      "flood_messages 100\n"
      "unregistered_per_host 7\n"
      "unlimited 10.0.0.0/8 ::1\n"
      "max_clients 12");
  EXPECT_EQ(config.server_name, "irc.example.org");
  EXPECT_EQ(config.description, "Two words");
  EXPECT_EQ(config.motd, (std::vector<std::string>{"one", "", "# is not a comment here"}));
  EXPECT_EQ(config.ping_interval, 90s);
  EXPECT_EQ(config.recv_queue, 8192U);
  EXPECT_EQ(config.send_queue, 65536U);
  EXPECT_EQ(config.send_memory, 1024U * 1024);
  EXPECT_EQ(config.flood_rate, 0.5);
  EXPECT_EQ(config.flood_messages, 100U);
  EXPECT_EQ(config.unregistered_per_host, 7U);
  ASSERT_EQ(config.unlimited.size(), 2U);
  EXPECT_EQ(config.unlimited[0].to_string(), "10.0.0.0/8");
  EXPECT_EQ(config.unlimited[1].to_string(), "::1/128");
  EXPECT_EQ(config.max_clients, 12U);
}

TEST(Config, SaysWhichLineIsWrongAndWhatIsExpected) {
  EXPECT_EQ(complaint("\n\nmax_clients abc"), "line 3: max_clients abc: expected a whole number from 1 up");
  EXPECT_EQ(complaint("max_client 3"), "line 1: max_client: expected a setting such as server_name or max_clients");
  EXPECT_EQ(complaint("max_clients"), "line 1: max_clients: expected a value");
  EXPECT_EQ(complaint("nick_length 65"), "line 1: nick_length 65: expected a whole number from 1 to 64");
  EXPECT_NE(complaint("server_name localhost").find("expected a host name"), std::string::npos);
  EXPECT_NE(complaint("network two words").find("expected one word"), std::string::npos);
  EXPECT_NE(complaint("flood_rate -1").find("expected lines a second"), std::string::npos);
  EXPECT_NE(complaint("flood_rate nan").find("expected lines a second"), std::string::npos);
  EXPECT_NE(complaint("send_queue 1k").find("at least 4k"), std::string::npos);
  EXPECT_NE(complaint("ping_timeout 0").find("more than 0"), std::string::npos);
  EXPECT_NE(complaint("without_capability sasl").find("expected one of away-notify"), std::string::npos);
  EXPECT_NE(complaint("admin_location a\nadmin_location b\nadmin_location c").find("line 3"), std::string::npos);
  EXPECT_NE(complaint("motd_file no/such/file").find("no/such/file: expected a file"), std::string::npos);
  EXPECT_NE(complaint("motd " + std::string(401, 'x')).find("at most 400 bytes"), std::string::npos);
}

TEST(Config, NamesTheFileThatCannotBeRead) {
  try {
    read_config("no/such/file");
    FAIL() << "expected an exception";
  } catch (const std::system_error& error) {
    EXPECT_NE(std::string(error.what()).find("no/such/file"), std::string::npos);
  }
}

TEST(Config, TheExampleCanBeUsed) {
  EXPECT_EQ(read_config(EDDY_SOURCE_DIR "/apps/chat/eddy-chat.conf").server_name, "irc.example.org");
}

class Passwords : public testing::Test {
 protected:
  void SetUp() override {
    if (!pbkdf2_available()) GTEST_SKIP() << "built without OpenSSL";
  }
};

// RFC 7914, 11: a test vector of PBKDF2-HMAC-SHA256 (its first 32 bytes).
TEST_F(Passwords, AreHashedAsTheRfcSays) {
  const auto expected =
      PasswordHash::parse("pbkdf2-sha256$1$73616c74$55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
  EXPECT_TRUE(verify_password("passwd", expected));
  EXPECT_FALSE(verify_password("Passwd", expected));
  EXPECT_FALSE(verify_password("", expected));
}

TEST_F(Passwords, HaveASaltOfTheirOwn) {
  const auto first = hash_password("secret", 2);
  const auto second = hash_password("secret", 2);
  EXPECT_NE(first.to_string(), second.to_string());
  EXPECT_TRUE(verify_password("secret", PasswordHash::parse(first.to_string())));
  EXPECT_TRUE(verify_password("secret", PasswordHash::parse(second.to_string())));
}

TEST_F(Passwords, ThatAreNoHashesAreRefused) {
  const auto hash = hash_password("secret", 2).to_string();
  for (const auto& text : {std::string("secret"), std::string("pbkdf2-sha256$"), hash.substr(0, hash.size() - 1),
                           hash + "00", std::string("pbkdf2-sha256$0$00$") + std::string(64, '0'),
                           std::string("pbkdf2-sha256$99999999$00$") + std::string(64, '0'),
                           std::string("pbkdf2-sha256$2$zz$") + std::string(64, '0'),
                           std::string("pbkdf2-sha256$2$$") + std::string(64, '0')}) {
    EXPECT_THROW(PasswordHash::parse(text), std::invalid_argument) << text;
  }
  EXPECT_EQ(parse_config("operator root " + hash + " *@127.0.0.1").operators.at(0).mask, "*@127.0.0.1");
  EXPECT_NE(complaint("operator root").find("expected NAME HASH"), std::string::npos);
  EXPECT_NE(complaint("operator root " + hash + " nohost").find("expected a mask"), std::string::npos);
}

}  // namespace
}  // namespace chat
