// Addresses as text: what is read, what is printed, and what the errors say.
#include <gtest/gtest.h>
#include <reactor/address.h>
#include <reactor/driver/sockaddr.h>
#include <reactor/error.h>

#include <cstddef>
#include <cstring>
#include <string>
#include <system_error>

namespace eddy::test {
namespace {

TEST(Address, TextAndBackIsTheCanonicalForm) {
  const std::pair<const char*, const char*> forms[] = {
      {"tcp://127.0.0.1:7007", "tcp://127.0.0.1:7007"},
      {"udp://0.0.0.0:0", "udp://0.0.0.0:0"},
      {"tcp://[::1]:65535", "tcp://[::1]:65535"},
      {"tcp://[0:0:0:0:0:0:0:1]:80", "tcp://[::1]:80"},
      {"tcp://[::ffff:10.0.0.1]:80", "tcp://[::ffff:10.0.0.1]:80"},
      {"udp://[2001:DB8::A]:53", "udp://[2001:db8::a]:53"},
      {"tcp://*:7007", "tcp://*:7007"},
      {"udp://*:0", "udp://*:0"},
      {"unix:/run/echo.sock", "unix:/run/echo.sock"},
      {"unix:relative.sock", "unix:relative.sock"},
      {"unix:///run/echo.sock", "unix:/run/echo.sock"},
      {"unixgram:/run/x", "unixgram:/run/x"},
      {"unixgram:/run/x y", "unixgram:/run/x y"},
      {"unixgram:", "unixgram:"},
  };
  for (const auto& [text, canonical] : forms) {
    const auto address = Address::parse(text);
    EXPECT_EQ(address.to_string(), canonical);
    EXPECT_EQ(Address::parse(address.to_string()), address) << text;
  }
}

TEST(Address, PartsAreWhatTheTextSays) {
  const auto v4 = Address::parse("udp://10.1.2.3:53");
  EXPECT_EQ(v4.transport(), Transport::udp);
  EXPECT_EQ(v4.host(), "10.1.2.3");
  EXPECT_EQ(v4.port(), 53);
  EXPECT_TRUE(v4.is_ip());
  EXPECT_FALSE(v4.is_ipv6());
  EXPECT_FALSE(v4.is_stream());
  EXPECT_EQ(v4.with_port(54).to_string(), "udp://10.1.2.3:54");

  const auto both = Address::parse("tcp://*:80");
  EXPECT_TRUE(both.both_families());
  EXPECT_TRUE(both.is_ipv6());
  EXPECT_NE(both, Address::parse("tcp://[::]:80")) << "that one is IPv6 alone";

  const auto path = Address::parse("unix:/a/b");
  EXPECT_TRUE(path.is_unix_path());
  EXPECT_EQ(path.host(), "/a/b");
  EXPECT_EQ(path.port(), 0);
  EXPECT_EQ(path.with_port(9), path);
  EXPECT_TRUE(Address().is_unnamed());
}

TEST(Address, AbstractNamesAreTakenWhereTheSystemHasThem) {
  if (!Address::has_abstract_names()) {
    EXPECT_THROW(Address::parse("unix:@a"), std::system_error);
    return;
  }
  for (const auto* text : {"unix:@abstract", "unixgram:@x y"}) {
    const auto address = Address::parse(text);
    EXPECT_EQ(address.to_string(), text);
    EXPECT_EQ(Address::parse(address.to_string()), address);
    EXPECT_FALSE(address.is_unix_path());
  }
}

TEST(Address, ZoneIsAnInterfaceByNameOrNumber) {
  char name[IF_NAMESIZE] = "";
  ASSERT_NE(::if_indextoname(1, name), nullptr) << "no interface number 1 here";
  const auto by_name = Address::parse("tcp://[fe80::1%" + std::string(name) + "]:80");
  EXPECT_EQ(by_name, Address::parse("tcp://[fe80::1%1]:80"));
  EXPECT_EQ(by_name.to_string(), "tcp://[fe80::1%" + std::string(name) + "]:80");
}

TEST(Address, ErrorsNameTheInputThePositionAndWhatWasExpected) {
  const auto longest = sizeof(sockaddr_un::sun_path) - 1;
  const std::string too_long = "position 6: expected a path of at most " + std::to_string(longest) + " bytes, not " +
                               std::to_string(longest + 1);
  const std::pair<std::string, std::string> bad[] = {
      {"", "\"\", position 1: expected tcp://, udp://, unix: or unixgram:"},
      {"http://x:1", "\"http://x:1\", position 1: expected tcp://"},
      {"tcp:/127.0.0.1:1", "position 1: expected tcp://"},
      {"tcp://127.0.0.1", "\"tcp://127.0.0.1\", position 16: expected :port"},
      {"tcp://:80", "position 7: expected a host"},
      {"tcp://127.0.0.1:", "position 17: expected a port from 0 to 65535"},
      {"tcp://127.0.0.1:70000", "position 17: expected a port from 0 to 65535"},
      {"tcp://127.0.0.1:-1", "position 17: expected a port"},
      {"tcp://127.0.0.1:80x", "position 17: expected a port"},
      {"tcp://127.0.0.1: 80", "position 17: expected a port"},
      {"tcp://999.0.0.1:80", "position 7: expected an IPv4 address"},
      {"tcp://127.1:80", "position 7: expected an IPv4 address"},
      {"tcp://::1:80", "position 7: expected [ and ] around an IPv6 address"},
      {"tcp://[::1:80", "expected ] after the IPv6 address"},
      {"tcp://[::1]80", "position 12: expected :port"},
      {"tcp://[::1]", "position 12: expected :port"},
      {"tcp://[::zz]:80", "position 8: expected an IPv6 address"},
      {"tcp://[]:80", "position 8: expected a host"},
      {"tcp://[127.0.0.1]:80", "position 8: expected an IPv6 address"},
      {"tcp://[fe80::1%nosuchzone]:80", "position 16: expected a zone"},
      {"tcp://[fe80::1%]:80", "expected a zone"},
      {"tcp://[fe80::1%0]:80", "expected a zone"},
      {"unix:", "position 6: expected a path"},
      {"unix:@", Address::has_abstract_names() ? "position 6: expected a name after @" : "position 6: expected a path"},
      {"unix:/" + std::string(longest, 'x'), too_long},
      {std::string("unix:/a\0b", 9), "\"unix:/a\\x00b\", position 8: expected no NUL"},
      {"tcp://localhost:80", "position 7: expected a numeric address"},
      {std::string("tcp://127.0.0.1\0.evil.example:80", 32),
       "\"tcp://127.0.0.1\\x00.evil.example:80\", position 16: expected no NUL"},
      {std::string("tcp://[::1\0]:80", 15), "position 11: expected no NUL"},
      {std::string("tcp://[fe80::1%1\0]:80", 21), "position 17: expected no NUL"},
      {std::string("udp://*:8\0", 10), "position 10: expected no NUL"},
      {std::string("unix:@a\0b", 9), "position 8: expected no NUL"},
  };
  for (const auto& [text, expected] : bad) {
    try {
      Address::parse(text);
      ADD_FAILURE() << text << " was taken";
    } catch (const std::system_error& error) {
      EXPECT_EQ(error.code(), Errc::bad_address);
      EXPECT_NE(std::string(error.what()).find(expected), std::string::npos) << error.what();
    }
  }
}

TEST(Address, LongestUnixPathFits) {
  const auto text = "unix:/" + std::string(sizeof(sockaddr_un::sun_path) - 2, 'x');
  EXPECT_EQ(Address::parse(text).to_string(), text);
}

TEST(Address, NameWithANulIsNotLookedUp) {
  try {
    Address::resolve(std::string_view("tcp://localhost\0.evil.example:80", 32));
    FAIL() << "it was taken";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), Errc::bad_address);
    EXPECT_NE(std::string(error.what()).find("position 16: expected no NUL"), std::string::npos) << error.what();
  }
}

// As Linux gives the name of a socket that was bound to it: with a zero that its structure has no room for.
TEST(Address, UnixPathThatFillsItsStructureIsReadWholeAndNotFurther) {
  struct {
    sockaddr_un address;
    char behind[64];
  } given{};
  std::memset(&given, 'x', sizeof given);
  given.address.sun_family = AF_UNIX;
  given.behind[0] = '\0';
  const auto path = Address::from_native(Transport::unix_datagram, &given, sizeof(sockaddr_un) + 1);
  EXPECT_EQ(path.host(), std::string(sizeof given.address.sun_path, 'x'));
  EXPECT_EQ(path.native_size(), sizeof(sockaddr_un)) << "a system takes no more";
  EXPECT_TRUE(path.is_unix_path());
  EXPECT_EQ(path, Address::from_native(Transport::unix_datagram, &given, sizeof(sockaddr_un)));

  given.behind[0] = 'x';
  EXPECT_TRUE(Address::from_native(Transport::unix_datagram, &given, sizeof given).is_unnamed())
      << "cut off it would be another one's";
}

TEST(Address, WhatASystemGivesBehindAnAddressIsNoPartOfIt) {
  sockaddr_un path{};
  path.sun_family = AF_UNIX;
  std::memcpy(path.sun_path, "/a\0rest", 8);
  EXPECT_EQ(Address::from_native(Transport::unix_stream, &path, sizeof path), Address::parse("unix:/a"));
  EXPECT_EQ(Address::from_native(Transport::unix_stream, &path, offsetof(sockaddr_un, sun_path) + 2),
            Address::parse("unix:/a"));

  sockaddr_storage storage{};
  const auto ip = Address::parse("tcp://127.0.0.1:80");
  std::memcpy(&storage, ip.native(), ip.native_size());
  EXPECT_EQ(Address::from_native(Transport::tcp, &storage, sizeof storage), ip);
  EXPECT_TRUE(Address::from_native(Transport::tcp, &storage, 4).is_unnamed());
  EXPECT_TRUE(Address::from_native(Transport::unix_stream, &storage, sizeof storage).is_unnamed());
  EXPECT_TRUE(Address::from_native(Transport::tcp, &path, sizeof path).is_unnamed());
}

TEST(Address, NamesAreResolvedToAtLeastOneAddress) {
  const auto found = Address::resolve("tcp://localhost:7");
  ASSERT_FALSE(found.empty());
  for (const auto& address : found) {
    EXPECT_TRUE(address.host() == "127.0.0.1" || address.host() == "::1") << address.to_string();
    EXPECT_EQ(address.port(), 7);
  }
  EXPECT_EQ(Address::resolve("udp://127.0.0.1:7"), std::vector{Address::parse("udp://127.0.0.1:7")});
}

TEST(Address, NameThatDoesNotResolveIsAnErrorThatNamesIt) {
  try {
    Address::resolve("tcp://nobody.invalid:7");
    FAIL() << "expected an error";
  } catch (const std::system_error& error) {
    EXPECT_NE(std::string(error.what()).find("\"tcp://nobody.invalid:7\": cannot resolve \"nobody.invalid\""),
              std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace eddy::test
