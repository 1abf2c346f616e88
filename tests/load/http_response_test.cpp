#include <gtest/gtest.h>
#include <tools/load/protocols/http_response.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace load {
namespace {

struct ReadResponse {
  std::string body;
  std::size_t ended = 0;  // answers
  std::string error;
  int status = 0;
  bool last = false;
};

// Reads `text`, which arrives in pieces of `piece` bytes, as a connection offers it.
ReadResponse read_in_pieces(std::string_view text, std::size_t piece, bool to_head = false) {
  ReadResponse read;
  HttpResponse response(to_head);
  std::size_t consumed = 0;
  for (std::size_t arrived = 0; arrived < text.size();) {
    arrived = std::min(arrived + piece, text.size());
    while (consumed < arrived) {
      const auto part = response.next(eddy::Bytes(text.substr(consumed, arrived - consumed)));
      consumed += part.consumed;
      if (part.what == HttpResponse::Part::What::nothing) break;
      if (part.what == HttpResponse::Part::What::body) read.body += part.content.text();
      if (part.what == HttpResponse::Part::What::broken) {
        read.error = response.error();
        return read;
      }
      if (part.what == HttpResponse::Part::What::end) {
        ++read.ended;
        read.status = response.status();
        read.last = response.last();
      }
    }
    // An end that needs no byte of its own.
    const auto part = response.next({});
    if (part.what == HttpResponse::Part::What::end) {
      ++read.ended;
      read.status = response.status();
      read.last = response.last();
    }
  }
  return read;
}

ReadResponse read_whole(std::string_view text, bool to_head = false) {
  auto whole = read_in_pieces(text, text.size(), to_head);
  for (std::size_t piece = 1; piece < 12; ++piece) {
    const auto other = read_in_pieces(text, piece, to_head);
    EXPECT_EQ(other.body, whole.body) << "in pieces of " << piece;
    EXPECT_EQ(other.ended, whole.ended) << "in pieces of " << piece;
    EXPECT_EQ(other.error, whole.error) << "in pieces of " << piece;
    EXPECT_EQ(other.status, whole.status) << "in pieces of " << piece;
  }
  return whole;
}

TEST(HttpResponse, ReadsABodyByItsLengthHoweverItIsCutUp) {
  const auto read = read_whole("HTTP/1.1 200 OK\r\nServer: x\r\ncontent-length:  5 \r\n\r\nhello");
  EXPECT_EQ(read.error, "");
  EXPECT_EQ(read.ended, 1U);
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(read.body, "hello");
  EXPECT_FALSE(read.last);
}

TEST(HttpResponse, ReadsChunksWithExtensionsAndTrailers) {
  const auto read = read_whole(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n"
      "3;a=b\r\nabc\r\nA\r\n0123456789\r\n000\r\nTrailer: yes\r\nOther: too\r\n\r\n"
      "HTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\n!");
  EXPECT_EQ(read.error, "");
  EXPECT_EQ(read.ended, 2U);
  EXPECT_EQ(read.status, 201);
  EXPECT_EQ(read.body, "abc0123456789!");
}

TEST(HttpResponse, AnswersWithoutABodyEndWithTheirHead) {
  EXPECT_EQ(read_whole("HTTP/1.1 204 No Content\r\n\r\n").ended, 1U);
  EXPECT_EQ(read_whole("HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n").ended, 1U);
  EXPECT_EQ(read_whole("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", true).ended, 1U);
  EXPECT_EQ(read_whole("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n").ended, 1U);
}

TEST(HttpResponse, InterimAnswersAreSkipped) {
  const auto read = read_whole(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  EXPECT_EQ(read.ended, 1U);
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(read.body, "ok");
}

TEST(HttpResponse, KnowsWhetherTheConnectionStays) {
  const auto last = [](const std::string& head) { return read_whole(head + "Content-Length: 0\r\n\r\n").last; };
  EXPECT_FALSE(last("HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(last("HTTP/1.1 200 OK\r\nConnection: close\r\n"));
  EXPECT_TRUE(last("HTTP/1.1 200 OK\r\nconnection: upgrade , Close\r\n"));
  EXPECT_TRUE(last("HTTP/1.0 200 OK\r\n"));
  EXPECT_FALSE(last("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n"));
}

TEST(HttpResponse, WhatCannotBeUnderstoodIsNamed) {
  const auto error = [](const std::string& text) { return read_whole(text).error; };
  EXPECT_NE(error("SSH-2.0-OpenSSH_9.2\r\n").find("not HTTP/1.1"), std::string::npos);
  EXPECT_NE(error("HTTP/1.1 2x0 OK\r\n").find("not HTTP/1.1"), std::string::npos);
  EXPECT_NE(error("HTTP/2 200\r\n").find("not HTTP/1.1"), std::string::npos);
  EXPECT_NE(error("HTTP/1.1 200 OK\r\n\r\n").find("neither Content-Length nor chunked"), std::string::npos);
  EXPECT_NE(error("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nContent-Length: 3\r\n\r\n").find("neither"),
            std::string::npos);
  EXPECT_NE(error("HTTP/1.1 200 OK\r\nnonsense\r\n").find("colon"), std::string::npos);
  EXPECT_NE(error("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n").find("Content-Length"), std::string::npos);
  EXPECT_NE(error("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n").find("Content-Length"),
            std::string::npos);
  EXPECT_NE(error("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n").find("Content-Length"),
            std::string::npos);
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_NE(error(chunked + "x\r\n").find("size"), std::string::npos);
  EXPECT_NE(error(chunked + "fffffffffffffffff\r\n").find("size"), std::string::npos);
  EXPECT_NE(error(chunked + "1\r\nab\r\n").find("longer"), std::string::npos);
  EXPECT_NE(error("HTTP/1.1 101 Switching Protocols\r\n\r\n").find("101"), std::string::npos);
}

TEST(HttpResponse, LinesAndHeadsHaveALimit) {
  const std::string begin = "HTTP/1.1 200 OK\r\n";
  const auto error = [](const std::string& text) { return read_in_pieces(text, 1000).error; };
  EXPECT_NE(error(begin + std::string(HttpResponse::longest_line + 1, 'x')).find("too long"), std::string::npos);
  std::string many = begin;
  while (many.size() <= HttpResponse::longest_head) many += "A: " + std::string(1000, 'b') + "\r\n";
  EXPECT_NE(error(many + "A: b\r\n").find("too long"), std::string::npos);
  const auto chunked = begin + "Transfer-Encoding: chunked\r\n\r\n";
  EXPECT_NE(error(chunked + "1;" + std::string(HttpResponse::longest_chunk_line, 'x')).find("too long"),
            std::string::npos);
}

}  // namespace
}  // namespace load
