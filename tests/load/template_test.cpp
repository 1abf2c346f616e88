#include <gtest/gtest.h>
#include <tools/load/process.h>
#include <tools/load/protocols/template.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <stdexcept>
#include <string>

namespace load {
namespace {

std::string filled(const std::string& text, std::size_t connection, std::uint64_t sequence, std::uint64_t seed = 1) {
  std::string out;
  Template(text).append_to(out, connection, sequence, StreamPattern(seed, connection));
  return out;
}

std::string template_complaint(const std::string& text) {
  try {
    const Template made(text);
    return "";
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

TEST(Template, FillsInNumbersAndLeavesTheRest) {
  EXPECT_EQ(filled("GET c{conn}-{seq}!", 7, 12), "GET c7-12!");
  EXPECT_EQ(filled("", 0, 0), "");
  EXPECT_EQ(filled("}a}", 0, 0), "}a}");
  EXPECT_EQ(filled("{{\"seq\":{seq}}", 0, 5), "{\"seq\":5}");
  EXPECT_EQ(filled("{{{{{seq}", 0, 5), "{{5");
}

TEST(Template, RandomFieldsHaveTheirLengthAndAlphabet) {
  for (std::uint64_t sequence = 0; sequence < 100; ++sequence) {
    const auto hex = filled("{hex:33}", 0, sequence);
    EXPECT_EQ(hex.size(), 33U);
    EXPECT_EQ(hex.find_first_not_of("0123456789abcdef"), std::string::npos) << hex;
    const auto letters = filled("{rand:16}", 0, sequence);
    EXPECT_EQ(letters.size(), 16U);
    EXPECT_TRUE(std::all_of(letters.begin(), letters.end(), [](unsigned char c) { return std::isalnum(c); }))
        << letters;
  }
}

TEST(Template, TheSameSeedSaysTheSameAndAllElseSaysAnother) {
  const std::string text = "{rand:16}";
  EXPECT_EQ(filled(text, 3, 4, 5), filled(text, 3, 4, 5));
  const std::set<std::string> different{filled(text, 3, 4, 5), filled(text, 4, 4, 5), filled(text, 3, 5, 5),
                                        filled(text, 3, 4, 6)};
  EXPECT_EQ(different.size(), 4U);
  const auto two = filled("{rand:16}{rand:16}", 3, 4, 5);
  EXPECT_NE(two.substr(0, 16), two.substr(16));
}

TEST(Template, AnAnswerRepeatsTheRandomFieldsOfTheRequest) {
  EXPECT_EQ(filled("SET {rand:8} {hex:4}", 1, 2).substr(4), filled("{seq} {rand:8} {hex:4}", 1, 2).substr(2));
}

TEST(Template, PicksEachChoiceAboutAsOften) {
  std::map<std::string, int> counts;
  for (std::uint64_t sequence = 0; sequence < 3000; ++sequence) ++counts[filled("{pick:a,bb,}", 0, sequence)];
  EXPECT_EQ(counts.size(), 3U);
  for (const auto* choice : {"a", "bb", ""}) {
    EXPECT_GT(counts[choice], 800) << choice;
    EXPECT_LT(counts[choice], 1200) << choice;
  }
}

TEST(Template, TakesTheLinesOfAFile) {
  const auto path = std::filesystem::temp_directory_path() / ("eddy-load-lines-" + std::to_string(process_id()));
  std::ofstream(path, std::ios::binary) << "one\r\ntwo\n";
  std::set<std::string> seen;
  for (std::uint64_t sequence = 0; sequence < 100; ++sequence) {
    seen.insert(filled("{file:" + path.string() + "}", 0, sequence));
  }
  std::filesystem::remove(path);
  EXPECT_EQ(seen, (std::set<std::string>{"one", "two"}));
}

TEST(Template, IsConstantWithoutFields) {
  EXPECT_TRUE(Template("a{{b").constant());
  EXPECT_FALSE(Template("a{seq}").constant());
  EXPECT_TRUE(Template::literal("a{seq}").constant());
}

TEST(Template, WhatCannotBeReadIsNamedWithItsPosition) {
  EXPECT_EQ(template_complaint("ab{foo}").find("position 3, {foo}: expected {conn}, {seq}"), 0U);
  EXPECT_EQ(template_complaint("ab{seq").find("position 3, {seq: expected }"), 0U);
  EXPECT_EQ(template_complaint("{seq}{rand:0}").find("position 6, {rand:0}: expected {rand:N} with N from 1 to 65536"),
            0U);
  EXPECT_EQ(template_complaint("{hex:65537}").find("position 1, {hex:65537}"), 0U);
  EXPECT_EQ(template_complaint("{rand}").find("position 1, {rand}: expected {rand:N}"), 0U);
  EXPECT_EQ(template_complaint("{rand:1x}").find("position 1, {rand:1x}"), 0U);
  EXPECT_EQ(template_complaint("{pick:}").find("position 1, {pick:}: expected {pick:A,B,C}"), 0U);
  EXPECT_EQ(template_complaint("{file:/no/such}").find("position 1, {file:/no/such}: expected a file"), 0U);
  EXPECT_EQ(template_complaint("{}").find("position 1, {}: expected"), 0U);
}

}  // namespace
}  // namespace load
