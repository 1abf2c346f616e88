#include <gtest/gtest.h>
#include <tools/load/histogram.h>
#include <tools/load/output/csv.h>
#include <tools/load/output/hdr_log.h>
#include <tools/load/output/html_page.h>
#include <tools/load/output/output_files.h>
#include <tools/load/text.h>

#include <algorithm>
#include <bit>
#include <map>
#include <regex>
#include <stdexcept>
#include <system_error>

#include "example_run.h"
#include "run_fixture.h"

namespace load::test {
namespace {

std::vector<std::string> split(const std::string& text, const std::string& by) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  for (auto end = text.find(by); end != std::string::npos; end = text.find(by, start)) {
    parts.push_back(text.substr(start, end - start));
    start = end + by.size();
  }
  parts.push_back(text.substr(start));
  return parts;
}

TEST(Csv, HasARowForEachIntervalAndAsManyFieldsAsItsHeader) {
  auto series = Example().results.series;
  series.push_back({.start = 4s, .length = 500ms, .sent = 3, .lost = -1, .errors = 2});
  const auto rows = split(csv(series), "\r\n");
  ASSERT_EQ(rows.size(), 7U);
  EXPECT_EQ(rows.back(), "");
  const auto names = split(rows[0], ",");
  EXPECT_EQ(names.front(), "start_s");
  for (std::size_t i = 0; i < series.size(); ++i) {
    const auto fields = split(rows[i + 1], ",");
    ASSERT_EQ(fields.size(), names.size());
    EXPECT_EQ(fields[2], std::to_string(series[i].sent));
    EXPECT_EQ(fields[3], std::to_string(series[i].answered()));
    EXPECT_EQ(fields[8], i < 4 ? std::to_string(series[i].response.percentile(50).count()) : "");
    EXPECT_EQ(fields.back(), std::to_string(series[i].send_lag_max.count()));
  }
  EXPECT_EQ(rows[5], "4.000000000,0.500000000,3,0,-1,2,0.000,,,,,,,,0");
}

// ---- a decoder of HdrHistogram's log of its own

std::string from_base64(const std::string& text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0;
  int have = 0;
  for (const char each : text) {
    if (each == '=') break;
    const auto value = digits.find(each);
    if (value == std::string::npos) throw std::runtime_error("not base64");
    bits = bits << 6 | static_cast<unsigned>(value);
    have += 6;
    if (have >= 8) {
      have -= 8;
      out.push_back(static_cast<char>(bits >> have & 0xff));
    }
  }
  return out;
}

class Input {
 public:
  explicit Input(std::string data) : data_(std::move(data)) {}
  std::uint8_t byte() { return static_cast<std::uint8_t>(data_.at(at_++)); }
  std::uint64_t number(int bytes) {
    std::uint64_t value = 0;
    for (; bytes > 0; --bytes) value = value << 8 | byte();
    return value;
  }
  std::int64_t zig_zag() {
    std::uint64_t value = 0;
    for (int i = 0;; ++i) {
      const std::uint64_t next = byte();
      if (i == 8) {
        value |= next << 56;
        break;
      }
      value |= (next & 0x7f) << (7 * i);
      if (next < 0x80) break;
    }
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }
  bool done() const { return at_ == data_.size(); }

 private:
  std::string data_;
  std::size_t at_ = 0;
};

// zlib's format, of which only stored blocks are expected (RFC 1950 and 1951).
std::string unwrapped(Input in) {
  EXPECT_EQ(in.number(2) % 31, 0U);
  std::string out;
  for (bool last = false; !last;) {
    const auto head = in.byte();
    EXPECT_EQ(head & 6, 0);
    last = (head & 1) != 0;
    unsigned length = in.byte();
    length |= static_cast<unsigned>(in.byte()) << 8;
    unsigned inverse = in.byte();
    inverse |= static_cast<unsigned>(in.byte()) << 8;
    EXPECT_EQ(length ^ inverse, 0xffffU);
    for (; length > 0; --length) out.push_back(static_cast<char>(in.byte()));
  }
  std::uint64_t a = 1;
  std::uint64_t b = 0;
  for (const char each : out) {
    a += static_cast<unsigned char>(each);
    b += a;
    a %= 65521;
    b %= 65521;
  }
  EXPECT_EQ(in.number(4), b * 65536 + a);
  EXPECT_TRUE(in.done());
  return out;
}

// As HdrHistogram's own documentation has it: the lowest value that counts array index `index` stands for, at 3 digits.
std::uint64_t lowest_of_index(std::size_t index) {
  const auto bucket = index < 2048 ? 0 : index / 1024 - 1;
  const auto sub_bucket = index < 2048 ? index : index % 1024 + 1024;
  return static_cast<std::uint64_t>(sub_bucket) << bucket;
}

// Counts by the lowest value of their bucket.
std::map<std::uint64_t, std::uint64_t> decoded(const std::string& encoded) {
  Input frame(from_base64(encoded));
  EXPECT_EQ(frame.number(4), 0x1c849314U);
  std::string wrapped(static_cast<std::size_t>(frame.number(4)), '\0');
  for (auto& each : wrapped) each = static_cast<char>(frame.byte());
  EXPECT_TRUE(frame.done());
  Input in(unwrapped(Input(wrapped)));
  EXPECT_EQ(in.number(4), 0x1c849313U);
  in.number(4);
  EXPECT_EQ(in.number(4), 0U);
  EXPECT_EQ(in.number(4), 3U);
  EXPECT_EQ(in.number(8), 1U);
  EXPECT_GE(in.number(8), 3'600'000'000'000U);
  EXPECT_EQ(in.number(8), 0x3ff0000000000000U);
  std::map<std::uint64_t, std::uint64_t> counts;
  for (std::size_t index = 0; !in.done();) {
    const auto next = in.zig_zag();
    if (next > 0) counts[lowest_of_index(index++)] = static_cast<std::uint64_t>(next);
    if (next <= 0) index += static_cast<std::size_t>(-next);
  }
  return counts;
}

std::map<std::uint64_t, std::uint64_t> counts_of(const SparseHistogram& histogram) {
  std::map<std::uint64_t, std::uint64_t> counts;
  for (const auto& bucket : histogram.buckets) {
    // The bits that the bucket does not tell apart: all but the first 11.
    const auto shift = std::max(static_cast<int>(std::bit_width(bucket.upper_end)) - 11, 0);
    counts[bucket.upper_end >> shift << shift] = bucket.count;
  }
  return counts;
}

TEST(HdrLog, AnotherDecoderReadsEveryIntervalExactly) {
  auto series = Example().results.series;
  Histogram far;  // the ends of the range, counts of many sizes, and more than a block of zlib's holds
  for (std::int64_t i = 0; i < 100'000; ++i) far.record(eddy::Duration(i * i));
  for (int i = 0; i < 70'000; ++i) far.record(eddy::Duration(0));
  series.push_back({.start = 4s, .length = 1s, .response = far.sparse()});
  series.push_back({.start = 5s, .length = 1s});
  const auto lines = split(hdr_log(series, std::chrono::system_clock::time_point(1'700'000'000s)), "\n");
  ASSERT_EQ(lines.size(), 4 + series.size() + 1);
  EXPECT_EQ(lines[1], "#[Histogram log format version 1.3]");
  EXPECT_EQ(lines[2], "#[StartTime: 1700000000.000 (seconds since epoch), 2023-11-14T22:13:20Z]");
  for (std::size_t i = 0; i < series.size(); ++i) {
    const auto fields = split(lines[4 + i], ",");
    ASSERT_EQ(fields.size(), 4U);
    EXPECT_EQ(fields[0], std::to_string(i) + ".000");
    EXPECT_EQ(fields[1], "1.000");
    EXPECT_NEAR(std::stod(fields[2]), static_cast<double>(series[i].response.max) / 1e6, 0.001);
    EXPECT_EQ(decoded(fields[3]), counts_of(series[i].response));
  }
}

TEST(HdrLog, DataOfMoreThanOneStoredBlockComesBack) {
  for (const std::size_t size : {0U, 1U, 65535U, 65536U, 200'000U}) {
    std::string data(size, 'x');
    for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<char>(i * 7 % 251);
    EXPECT_EQ(unwrapped(Input(zlib_stored(data))), data);
    EXPECT_EQ(from_base64(base64(data)), data);
  }
}

// ---- HTML

TEST(HtmlPage, EveryFigureIsTheOneOfTheJsonReport) {
  const auto report = Example().report();
  const auto page = html_page(report, nullptr);
  const std::regex cell("data-json=\"([^\"]*)\" data-value=\"([^\"]*)\">([^<]*)<");
  int cells = 0;
  for (std::sregex_iterator at(page.begin(), page.end(), cell), end; at != end; ++at, ++cells) {
    const auto& value = report.at((*at)[1]);
    EXPECT_EQ(value.dump(), (*at)[2]) << (*at)[1];
    const auto shown = (*at)[3].str();
    const auto pointer = (*at)[1].str();
    if (pointer.find("_ns") == std::string::npos) continue;
    EXPECT_EQ(shown, time_text(eddy::Duration(value.get<std::int64_t>())));
  }
  EXPECT_GT(cells, 25);
  for (const auto* pointer : {"/response_ns/p99", "/service_ns/p99", "/send_lag_ns/max", "/messages/sent",
                              "/throughput/messages_per_s", "/series/3/response_ns/max"}) {
    EXPECT_NE(page.find("data-json=\"" + std::string(pointer) + "\""), std::string::npos) << pointer;
  }
}

TEST(HtmlPage, TwoRunsStandBesideEachOther) {
  const auto page = html_page(Example(1).report("old.json"), nullptr);
  const Example second(2);
  const auto other = second.report("new.json");
  const auto both = html_page(Example(1).report("old.json"), &other);
  EXPECT_EQ(page.find("a second\""), std::string::npos);
  EXPECT_NE(both.find("a second\""), std::string::npos);
  const auto p99 = std::to_string(second.results.response.percentile(99).count());
  EXPECT_NE(both.find("data-value=\"" + p99 + "\""), std::string::npos);
  EXPECT_NE(both.find("response, new.json"), std::string::npos);
}

TEST(HtmlPage, NeedsNothingFromElsewhereAndRunsNothing) {
  const auto page = html_page(Example().report(), nullptr);
  for (const auto* word : {"<script", "src=", "href=", "url(", "@import", "http"}) {
    EXPECT_EQ(page.find(word), std::string::npos) << word;
  }
}

TEST(HtmlPage, TextFromTheNetworkIsNoMarkup) {
  Example run;
  run.settings.url = "tcp://<b>:1";
  run.results.errors["<script>alert(\"1\")</script>"] = 2;
  const auto page = html_page(run.report(), nullptr);
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_EQ(page.find("<b>"), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;alert(&quot;1&quot;)"), std::string::npos);
}

TEST(HtmlPage, ARunWithoutAnAnswerHasAPage) {
  Example run;
  run.results.response = run.results.service = run.results.send_lag = {};
  run.results.answered = 0;
  run.results.lost = run.results.sent;
  for (auto& each : run.results.series) each.response = {};
  const auto page = html_page(run.report(), nullptr);
  EXPECT_EQ(page.find("nan"), std::string::npos);
  EXPECT_EQ(page.find("inf"), std::string::npos);
}

TEST(HtmlPage, ALongSeriesIsDrawnWithFewerPoints) {
  const auto few = html_page(Example(1, 200).report(), nullptr);
  const auto many = html_page(Example(1, 2000).report(), nullptr);
  const auto hints = [](const std::string& page) { return split(page, "class=\"hint\"").size(); };
  EXPECT_GT(hints(few), 600U);
  EXPECT_LT(hints(many), 1300U);
}

// ---- paths

TEST(OutputFiles, APathThatCannotBeWrittenIsNamedBeforeTheRun) {
  for (const std::string option : {"--csv", "--hdr", "--html"}) {
    Outputs outputs;
    (option == "--csv" ? outputs.csv : option == "--hdr" ? outputs.hdr : outputs.html) = "no/such/folder/x";
    try {
      const OutputFiles files(outputs);
      FAIL() << "expected an error";
    } catch (const std::system_error& error) {
      EXPECT_EQ(std::string(error.what()).find(option + " no/such/folder/x: cannot be written"), 0U) << error.what();
    }
  }
}

TEST(OutputFiles, TwoFilesOfOneNameAreRefused) {
  auto settings = short_run("tcp://127.0.0.1:1");
  settings.json = "a";
  settings.outputs.csv = "a";
  EXPECT_EQ(complaint([&] { check(settings); }), "--csv a: expected another file than --json's");
  settings.outputs.csv = "-";
  EXPECT_EQ(complaint([&] { check(settings); }), "--csv -: expected a file; --json alone can go to stdout");
}

}  // namespace
}  // namespace load::test
