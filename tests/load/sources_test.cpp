#include <gtest/gtest.h>
#include <tools/load/preflight.h>
#include <tools/load/sources.h>

#include <apps/cli/program.h>

#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace load {
namespace {

using Strings = std::vector<std::string>;

TEST(Sources, AreAddressesRangesAndLists) {
  EXPECT_EQ(parse_sources("127.0.0.2"), Strings{"127.0.0.2"});
  EXPECT_EQ(parse_sources("127.0.0.254-127.0.1.1"), (Strings{"127.0.0.254", "127.0.0.255", "127.0.1.0", "127.0.1.1"}));
  EXPECT_EQ(parse_sources("10.0.0.1,::1,10.0.0.3-10.0.0.4"), (Strings{"10.0.0.1", "::1", "10.0.0.3", "10.0.0.4"}));
  EXPECT_EQ(source_url("tcp", "::1"), "tcp://[::1]:0");
  EXPECT_EQ(source_url("udp", "127.0.0.2"), "udp://127.0.0.2:0");
}

TEST(Sources, WhatIsNoAddressIsRefused) {
  for (const auto* text :
       {"", ",", "127.0.0.2,", "localhost", "127.0.0", "127.0.0.256", "127.0.0.2-", "1.2.3.4-1.2.3.3",
        "0.0.0.0-255.255.255.255", "::zz", "127.0.0.2:80", "-1.2.3.4", "1.2.3.4.5"}) {
    EXPECT_THROW(parse_sources(text), std::invalid_argument) << text;
  }
}

TEST(Sources, APortRangeHasTwoEnds) {
  EXPECT_EQ(size_of(parse_port_range("40000-40099")), 100U);
  EXPECT_EQ(size_of(parse_port_range("7-7")), 1U);
  for (const auto* text : {"", "-", "1-", "-5", "0-5", "9-8", "1-65536", "a-b"}) {
    EXPECT_THROW(parse_port_range(text), std::invalid_argument) << text;
  }
}

TEST(Sources, BothErrorsOfUsedUpPortsAreTheSameMessage) {
  const auto none = connect_failure(std::make_error_code(std::errc::address_not_available), "x");
  EXPECT_EQ(none, connect_failure(std::make_error_code(std::errc::address_in_use), "y"));
  EXPECT_NE(none.find("--source"), std::string::npos);
  EXPECT_EQ(connect_failure(std::make_error_code(std::errc::connection_refused), "refused"), "refused");
}

std::string refusal(const Settings& settings, const Capacity& capacity) {
  try {
    preflight(settings, {eddy::Address::parse(settings.url)}, capacity);
    return "";
  } catch (const cli::UsageError& error) {
    return error.what();
  }
}

Settings wanting(std::size_t connections) {
  Settings settings;
  settings.url = "tcp://127.0.0.1:7";
  settings.connections = connections;
  return settings;
}

TEST(Preflight, AHundredThousandFromOneAddressAreRefusedWithReasonAndRemedy) {
  const auto text = refusal(wanting(100'000), {.ports = 28'232, .sockets = 1'000'000});
  EXPECT_EQ(text.find("--connections 100000: this process can have only 28,232 local ports"), 0U) << text;
  EXPECT_NE(text.find("give 4 --source addresses"), std::string::npos) << text;
  EXPECT_EQ(text.find("descriptors"), std::string::npos) << text;
}

TEST(Preflight, SourcesAndServersMultiplyThePorts) {
  auto settings = wanting(100'000);
  settings.sources = {"127.0.0.2", "127.0.0.3"};
  EXPECT_NE(refusal(settings, {.ports = 28'232, .sockets = 1'000'000}), "");
  settings.more_urls = {"tcp://127.0.0.1:8"};
  EXPECT_EQ(refusal(settings, {.ports = 28'232, .sockets = 1'000'000}), "");
  // A UDP socket is bound before it knows its server.
  settings.url = "udp://127.0.0.1:7";
  EXPECT_NE(refusal(settings, {.ports = 28'232, .sockets = 1'000'000}), "");
  settings.url = "unix:/tmp/x";
  EXPECT_EQ(refusal(settings, {.ports = 1, .sockets = 1'000'000}), "");
}

TEST(Preflight, NamesEverythingThatIsShort) {
  const auto text = refusal(wanting(100'000), {.ports = 100, .sockets = 30'000, .memory = 1'000'000'000});
  EXPECT_NE(text.find("100 local ports"), std::string::npos) << text;
  EXPECT_NE(text.find("30,000 descriptors: raise the limit"), std::string::npos) << text;
  EXPECT_NE(text.find("run 4 processes"), std::string::npos) << text;
  EXPECT_NE(text.find("1.0 GB of memory, where 2.0 GB are needed"), std::string::npos) << text;
  EXPECT_EQ(text.find('\n'), std::string::npos) << text;
}

TEST(Preflight, TheMachineItselfHasRoomForAFew) {
  EXPECT_EQ(refusal(wanting(10), capacity_of_this_machine(wanting(10))), "");
}

}  // namespace
}  // namespace load
