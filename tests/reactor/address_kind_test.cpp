// Addresses as values: kinds, ranges, order, hash.
#include <gtest/gtest.h>
#include <reactor/address.h>
#include <reactor/address_prefix.h>
#include <reactor/error.h>
#include <reactor/keyed_hash.h>

#include <algorithm>
#include <map>
#include <string>
#include <system_error>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace eddy::test {
namespace {

Address at_port_80(const std::string& host) {
  return Address::parse("tcp://" + (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":80");
}

TEST(AddressKind, EachKindIsToldAtBothEndsOfItsRangesAndNotBeyond) {
  struct Range {
    bool (Address::*is)() const;
    std::vector<std::string> in;
    std::vector<std::string> out;
  };
  const Range ranges[] = {
      {&Address::is_any, {"0.0.0.0", "::", "::ffff:0.0.0.0"}, {"0.0.0.1", "::1", "255.255.255.255"}},
      {&Address::is_loopback,
       {"127.0.0.0", "127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1"},
       {"126.255.255.255", "128.0.0.0", "::", "::2", "100::1", "::127.0.0.1", "::ffff:128.0.0.1"}},
      {&Address::is_private,
       {"10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0", "192.168.255.255",
        "fc00::", "fdff:ffff::1", "::ffff:10.1.2.3"},
       {"9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0",
        "fbff::", "fe00::", "::ffff:8.8.8.8"}},
      {&Address::is_link_local,
       {"169.254.0.0", "169.254.255.255", "fe80::", "febf:ffff::1", "::ffff:169.254.1.1"},
       {"169.253.255.255", "169.255.0.0", "fe7f::", "fec0::"}},
      {&Address::is_multicast,
       {"224.0.0.0", "239.255.255.255", "ff00::", "ff02::1", "::ffff:224.0.0.1"},
       {"223.255.255.255", "240.0.0.0", "feff::"}},
  };
  for (const auto& [is, in, out] : ranges) {
    for (const auto& host : in) EXPECT_TRUE((at_port_80(host).*is)()) << host << " of " << in.front();
    for (const auto& host : out) EXPECT_FALSE((at_port_80(host).*is)()) << host << " of " << in.front();
    EXPECT_FALSE((Address().*is)());
    EXPECT_FALSE((Address::parse("unix:/x").*is)());
  }
  EXPECT_TRUE(Address::parse("udp://*:80").is_any());
}

TEST(AddressKind, MappedPeerIsUnmappedToTheIpv4AddressThatItStandsFor) {
  const auto mapped = Address::parse("tcp://[::ffff:10.1.2.3]:80");
  EXPECT_TRUE(mapped.is_ipv4_mapped());
  EXPECT_EQ(mapped.unmapped(), Address::parse("tcp://10.1.2.3:80"));
  EXPECT_EQ(Address::parse("udp://[::ffff:10.1.2.3]:80").unmapped(), Address::parse("udp://10.1.2.3:80"));
  for (const auto* text :
       {"tcp://10.1.2.3:80", "tcp://[::1]:80", "tcp://[::fffe:10.1.2.3]:80", "tcp://*:80", "unix:/x"}) {
    EXPECT_FALSE(Address::parse(text).is_ipv4_mapped()) << text;
    EXPECT_EQ(Address::parse(text).unmapped(), Address::parse(text));
  }
}

TEST(AddressKind, OrderIsByTransportFamilyNumberAndPort) {
  std::vector<Address> sorted{Address()};
  for (const auto* text :
       {"tcp://9.0.0.0:80", "tcp://10.0.0.0:9", "tcp://10.0.0.0:80", "tcp://200.0.0.0:1", "tcp://[::]:80", "tcp://*:80",
        "tcp://[::1]:2", "tcp://[2001:db8::]:1", "udp://1.1.1.1:1", "unix:/a", "unix:/b", "unixgram:/a"}) {
    sorted.push_back(Address::parse(text));
  }
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    for (std::size_t j = 0; j < sorted.size(); ++j) {
      EXPECT_EQ(sorted[i] <=> sorted[j], i <=> j) << sorted[i].to_string() << ", " << sorted[j].to_string();
      EXPECT_EQ(sorted[i] == sorted[j], i == j);
    }
  }
  EXPECT_TRUE(std::is_sorted(sorted.begin(), sorted.end()));
  const std::map<Address, int> counts{{sorted[3], 3}, {sorted[1], 1}};
  EXPECT_EQ(counts.begin()->second, 1);
}

TEST(AddressHash, EqualAddressesHaveOneHashAndOthersNearlyNever) {
  std::unordered_map<Address, int> counts;
  for (int i = 0; i < 2; ++i) {
    for (const auto* text :
         {"tcp://10.0.0.1:80", "tcp://10.0.0.1:81", "udp://10.0.0.1:80", "tcp://[::1]:80", "unix:/x"}) {
      ++counts[Address::parse(text)];
    }
  }
  EXPECT_EQ(counts.size(), 5u);
  for (const auto& [address, count] : counts) EXPECT_EQ(count, 2) << address.to_string();

  std::unordered_set<std::size_t> hashes;
  for (int i = 0; i < 10'000; ++i) {
    hashes.insert(
        std::hash<Address>()(Address::parse("tcp://10.0." + std::to_string(i / 100) + ".1:" + std::to_string(i))));
  }
  EXPECT_GT(hashes.size(), 9'990u);
}

TEST(KeyedHash, EveryMapHasSecretsOfItsOwnAndFindsByView) {
  EXPECT_NE(KeyedHash()("alice"), KeyedHash()("alice"));
  const KeyedHash hash;
  const auto copy = hash;
  EXPECT_EQ(hash("alice"), copy("alice"));
  EXPECT_NE(hash("alice"), hash("alicf"));

  std::unordered_map<std::string, int, KeyedHash, std::equal_to<>> users;
  users["alice"] = 1;
  EXPECT_NE(users.find(std::string_view("alice")), users.end());
}

// ---- AddressPrefix

TEST(AddressPrefix, ContainsWhatHasItsFirstBits) {
  struct Case {
    const char* prefix;
    std::vector<std::string> in;
    std::vector<std::string> out;
  };
  const Case cases[] = {
      {"10.0.0.0/8", {"10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"}, {"9.255.255.255", "11.0.0.0", "a00::"}},
      {"10.20.0.0/15", {"10.20.0.0", "10.21.255.255"}, {"10.19.255.255", "10.22.0.0"}},
      {"192.0.2.7", {"192.0.2.7"}, {"192.0.2.6", "192.0.2.8"}},
      {"0.0.0.0/0", {"0.0.0.0", "255.255.255.255", "::ffff:1.2.3.4"}, {"::", "::1"}},
      {"2001:db8::/33", {"2001:db8::1", "2001:db8:7fff::"}, {"2001:db8:8000::", "2001:db9::"}},
      {"::1/128", {"::1"}, {"::", "::2", "127.0.0.1"}},
      {"::/0", {"::", "ffff::"}, {"1.2.3.4", "::ffff:1.2.3.4"}},
      {"::ffff:10.0.0.0/104", {"10.1.2.3", "::ffff:10.1.2.3"}, {"11.0.0.0"}},
  };
  for (const auto& [text, in, out] : cases) {
    const auto prefix = AddressPrefix::parse(text);
    for (const auto& host : in) EXPECT_TRUE(prefix.contains(at_port_80(host))) << host << " in " << text;
    for (const auto& host : out) EXPECT_FALSE(prefix.contains(at_port_80(host))) << host << " in " << text;
    EXPECT_FALSE(prefix.contains(Address()));
    EXPECT_FALSE(prefix.contains(Address::parse("unix:/x")));
    EXPECT_EQ(AddressPrefix::parse(prefix.to_string()), prefix);
  }
  EXPECT_TRUE(AddressPrefix::parse("10.0.0.0/8").contains(Address::parse("udp://10.0.0.1:53"))) << "any transport";
}

TEST(AddressPrefix, IsPrintedInItsCanonicalForm) {
  EXPECT_EQ(AddressPrefix::parse("10.0.0.0/8").to_string(), "10.0.0.0/8");
  EXPECT_EQ(AddressPrefix::parse("10.0.0.1").to_string(), "10.0.0.1/32");
  EXPECT_EQ(AddressPrefix::parse("2001:DB8:0::/32").to_string(), "2001:db8::/32");
  EXPECT_EQ(AddressPrefix::parse("::1").to_string(), "::1/128");
  EXPECT_EQ(AddressPrefix::parse("::ffff:10.0.0.0/104").to_string(), "10.0.0.0/8");
}

TEST(AddressPrefix, ErrorsNameTheInputThePositionAndWhatWasExpected) {
  const std::pair<std::string, std::string> bad[] = {
      {"", "\"\", position 1: expected an IP address, or one and the length of its prefix"},
      {"example.org/8", "\"example.org/8\", position 1: expected an IP address"},
      {"10.0.0/8", "position 1: expected an IP address"},
      {"tcp://10.0.0.0:1", "position 1: expected an IP address"},
      {"[::1]/128", "position 1: expected an IP address"},
      {"fe80::1%1/64", "position 1: expected an IP address"},
      {"10.0.0.0/", "position 10: expected a length from 0 to 32"},
      {"10.0.0.0/33", "position 10: expected a length from 0 to 32"},
      {"10.0.0.0/-1", "position 10: expected a length from 0 to 32"},
      {"10.0.0.0/8x", "position 10: expected a length from 0 to 32"},
      {"10.0.0.0/255.0.0.0", "position 10: expected a length from 0 to 32"},
      {"::/129", "position 4: expected a length from 0 to 128"},
      {"10.1.0.0/8", "\"10.1.0.0/8\", position 1: expected an address without bits behind the first 8"},
      {"2001:db8::1/64", "position 1: expected an address without bits behind the first 64"},
      {std::string("10.0.0.0\0/8", 11), "\"10.0.0.0\\x00/8\", position 9: expected no NUL"},
  };
  for (const auto& [text, expected] : bad) {
    try {
      AddressPrefix::parse(text);
      ADD_FAILURE() << text << " was taken";
    } catch (const std::system_error& error) {
      EXPECT_EQ(error.code(), Errc::bad_address);
      EXPECT_NE(std::string(error.what()).find(expected), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace eddy::test
