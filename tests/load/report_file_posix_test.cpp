#include <gtest/gtest.h>
#include <sys/stat.h>
#include <tools/load/report_file.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <system_error>

namespace load {
namespace {

TEST(ReportFile, ADeviceIsWrittenToAndNotReplaced) {
  ReportFile("/dev/null").write("{}");
  struct stat status {};
  ASSERT_EQ(::stat("/dev/null", &status), 0);
  EXPECT_TRUE(S_ISCHR(status.st_mode));
}

TEST(ReportFile, APipeIsWrittenToWhateverItsName) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ReportFile("/dev/fd/" + std::to_string(ends[1])).write("{}");
  ::close(ends[1]);
  char text[8];
  EXPECT_EQ(::read(ends[0], text, sizeof text), 2);
  ::close(ends[0]);
}

TEST(ReportFile, AFullDiskIsAnError) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  ReportFile file("/dev/full");
  EXPECT_THROW(file.write("{}"), std::system_error);
}

}  // namespace
}  // namespace load
