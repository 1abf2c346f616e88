// docs/errors.md, cell by cell: the call fails with the errno, on the driver, and eddy's answer is the one that is
// written there.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <functional>
#include <map>

#include "../support/driver_choice.h"
#include "cells.h"

namespace eddy::test {
namespace {

using Check = std::function<void(const Cell&)>;

Check check_wait_by(std::string call) {
  return [call](const Cell& cell) { check_wait(cell, call); };
}
Check check_connect_by(std::string call, std::string kind) {
  return [call, kind](const Cell& cell) { check_connect(cell, call, kind); };
}

const std::map<std::string, Check>& checks() {
  static const std::map<std::string, Check> all{
      {"accept", check_accept},
      {"accept, 64 times in a row", check_accept},
      {"epoll_ctl, of an accepted connection", check_registration_of_accepted},
      {"epoll_ctl, of a listener", check_registration_of_listener},
      {"connect", [](const Cell& cell) { check_connect(cell, cell.fault("connect", "connect"), "tcp"); }},
      {"connect to a Unix address", check_connect_by("connect", "unix")},
      {"SO_ERROR, the outcome", check_connect_by("SO_ERROR", "tcp")},
      {"epoll_ctl, of a connecting one", check_connect_by("epoll_ctl", "tcp")},
      {"recv", check_receive},
      {"send", check_send},
      {"changes, the poll of a paused or full connection", check_changes},
      {"readable, the poll of a pipe", check_pipe},
      {"recvmsg", check_receive_datagrams},
      {"sendmsg", check_send_datagrams},
      {"sendmsg, several datagrams as one message", check_send_combined},
      {"writable, the poll of a full socket", check_writable},
      {"epoll_wait", check_wait_by("epoll_wait")},
      {"epoll_pwait2", check_wait_by("epoll_pwait2")},
      {"poll", check_wait_by("poll")},
      {"io_uring_enter", check_wait_by("io_uring_enter")},
      {"wake, the poll of the descriptor that wakes the loop", check_wait_by("ring:wake")},
      {"watch, the poll of a watched descriptor", check_watch},
  };
  return all;
}

class ErrorTable : public testing::TestWithParam<Cell> {};

TEST_P(ErrorTable, IsKept) {
  const auto& cell = GetParam();
  if (!why_not(cell.driver).empty()) GTEST_SKIP() << why_not(cell.driver);
  if (cell.driver == "io_uring" && !ring_faults_work()) {
    GTEST_SKIP() << "this kernel's io_uring gives no results that are asked for (IORING_NOP_INJECT_RESULT, Linux 6.10)";
  }
  const auto check = checks().find(cell.call);
  ASSERT_NE(check, checks().end()) << "docs/errors.md names a call that the suite does not know: " << cell.call;
  check->second(cell);
}

INSTANTIATE_TEST_SUITE_P(Cells, ErrorTable, testing::ValuesIn(read_cells()), [](const auto& test) {
  std::string name = test.param.call + " " + test.param.error_name + " " + test.param.driver;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
});

TEST(ErrorPage, HasAnAnswerForAnyOtherErrnoOfEachCall) {
  const auto cells = read_cells();
  const auto has = [&](const std::string& call, const std::string& driver) {
    return std::any_of(cells.begin(), cells.end(),
                       [&](const Cell& cell) { return cell.call == call && cell.driver == driver && cell.any_other; });
  };
  for (const auto* call : {"accept", "connect", "recv", "send", "recvmsg", "sendmsg"}) {
    for (const auto* driver : {"epoll", "io_uring", "poll"}) EXPECT_TRUE(has(call, driver)) << call << " on " << driver;
  }
  EXPECT_TRUE(has("epoll_wait", "epoll"));
  EXPECT_TRUE(has("poll", "poll"));
  EXPECT_TRUE(has("io_uring_enter", "io_uring"));
  for (const auto& [call, check] : checks()) {
    EXPECT_TRUE(
        std::any_of(cells.begin(), cells.end(), [&, name = call](const Cell& cell) { return cell.call == name; }))
        << "docs/errors.md does not name " << call;
  }
}

}  // namespace
}  // namespace eddy::test
