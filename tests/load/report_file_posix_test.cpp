#include <gtest/gtest.h>
#include <sys/stat.h>
#include <tools/load/json_report.h>

#include <filesystem>
#include <system_error>

namespace load {
namespace {

TEST(ReportFile, ADeviceIsWrittenToAndNotReplaced) {
  ReportFile("/dev/null").write("{}");
  struct stat status {};
  ASSERT_EQ(::stat("/dev/null", &status), 0);
  EXPECT_TRUE(S_ISCHR(status.st_mode));
}

TEST(ReportFile, AFullDiskIsAnError) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  ReportFile file("/dev/full");
  EXPECT_THROW(file.write("{}"), std::system_error);
}

}  // namespace
}  // namespace load
