// Peers whose Unix address is as long as can be: 108 bytes without a zero (unix(7)).
#include <gtest/gtest.h>
#include <reactor/datagram.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <string>

#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

class PeerWithTheLongestPath : public OnDriver {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(folder);
    path = folder + "/";
    path.resize(sizeof(sockaddr_un::sun_path), 'x');
    sockaddr_un to_bind{};
    to_bind.sun_family = AF_UNIX;
    std::memcpy(to_bind.sun_path, path.data(), path.size());
    bound = to_bind;
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  // Bound to the path, and connected.
  RawSocket peer(const Address& to) {
    const int descriptor = ::socket(AF_UNIX, to.is_stream() ? SOCK_STREAM : SOCK_DGRAM, 0);
    EXPECT_EQ(::bind(descriptor, reinterpret_cast<const sockaddr*>(&bound), sizeof bound), 0) << std::strerror(errno);
    EXPECT_EQ(
        ::connect(descriptor, static_cast<const sockaddr*>(to.native()), static_cast<socklen_t>(to.native_size())), 0)
        << std::strerror(errno);
    return RawSocket(descriptor);
  }

  std::string folder =
      std::filesystem::temp_directory_path() / ("eddy-" + std::to_string(::getpid()) + "-" + driver() + "-longest");
  std::string path;
  sockaddr_un bound{};
};
INSTANTIATE_TEST_SUITE_P(Drivers, PeerWithTheLongestPath, each_driver(), driver_of);

struct EchoDatagram {
  std::string* from;
  void on_datagram(DatagramSocket& socket, Bytes in, const Address& sender) {
    *from = sender.host();
    EXPECT_EQ(socket.send_to(sender, in), SendResult::accepted);
  }
};

TEST_P(PeerWithTheLongestPath, GetsItsAnswerByDatagram) {
  std::string from;
  Loop loop{{.driver = driver()}};
  const Datagram<EchoDatagram> socket{loop, free_address("unixgram"), [&] { return EchoDatagram{&from}; }};
  auto client = peer(socket.address());
  client.send("hello");
  std::string answer;
  ASSERT_TRUE(turn_until(loop, [&] { return (answer += client.read_some()) == "hello"; }));
  EXPECT_EQ(from, path);
}

TEST_P(PeerWithTheLongestPath, IsNamedOnAStream) {
  Link link(driver(), "unix");
  const auto client = peer(link.listener->address());
  ASSERT_TRUE(link.until([&] { return link.server.opened(); }));
  EXPECT_EQ(link.at_server()->peer_address().host(), path);
}

}  // namespace
}  // namespace eddy::test
