#include "cells.h"

#include <cerrno>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace eddy::test {
namespace {

const std::map<std::string, int>& numbers() {
#define EDDY_ERRNO(name) \
  { #name, name }
  static const std::map<std::string, int> all{
      EDDY_ERRNO(EACCES),       EDDY_ERRNO(EADDRINUSE),   EDDY_ERRNO(EADDRNOTAVAIL), EDDY_ERRNO(EAFNOSUPPORT),
      EDDY_ERRNO(EAGAIN),       EDDY_ERRNO(EBADF),        EDDY_ERRNO(EBUSY),         EDDY_ERRNO(ECANCELED),
      EDDY_ERRNO(ECONNABORTED), EDDY_ERRNO(ECONNREFUSED), EDDY_ERRNO(ECONNRESET),    EDDY_ERRNO(EDESTADDRREQ),
      EDDY_ERRNO(EFAULT),       EDDY_ERRNO(EHOSTDOWN),    EDDY_ERRNO(EHOSTUNREACH),  EDDY_ERRNO(EINPROGRESS),
      EDDY_ERRNO(EINTR),        EDDY_ERRNO(EINVAL),       EDDY_ERRNO(EIO),           EDDY_ERRNO(EMFILE),
      EDDY_ERRNO(EMSGSIZE),     EDDY_ERRNO(ENETDOWN),     EDDY_ERRNO(ENETUNREACH),   EDDY_ERRNO(ENFILE),
      EDDY_ERRNO(ENOBUFS),      EDDY_ERRNO(ENOMEM),       EDDY_ERRNO(ENONET),        EDDY_ERRNO(ENOPROTOOPT),
      EDDY_ERRNO(ENOSPC),       EDDY_ERRNO(ENOSYS),       EDDY_ERRNO(ENOTCONN),      EDDY_ERRNO(ENOTSOCK),
      EDDY_ERRNO(ENXIO),        EDDY_ERRNO(EOPNOTSUPP),   EDDY_ERRNO(EPERM),         EDDY_ERRNO(EPIPE),
      EDDY_ERRNO(EPROTO),       EDDY_ERRNO(ETIME),        EDDY_ERRNO(ETIMEDOUT)};
#undef EDDY_ERRNO
  return all;
}

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(' ');
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

std::vector<std::string> columns_of(const std::string& row) {
  std::vector<std::string> columns;
  std::istringstream in(row.substr(1));
  for (std::string column; std::getline(in, column, '|');) columns.push_back(trimmed(column));
  return columns;
}

std::vector<std::string> drivers_of(const std::string& text) {
  if (text == "all") return {"epoll", "io_uring", "poll"};
  std::vector<std::string> drivers;
  std::istringstream in(text);
  for (std::string driver; std::getline(in, driver, ',');) drivers.push_back(trimmed(driver));
  return drivers;
}

void add_cells(const std::vector<std::string>& row, std::vector<Cell>& cells) {
  const auto call = std::regex_replace(row[0], std::regex("`"), "");
  const std::regex name("`(E[A-Z0-9]+)`");
  for (std::sregex_iterator each(row[1].begin(), row[1].end(), name), end; each != end; ++each) {
    const auto error_name = (*each)[1].str();
    const auto number = numbers().find(error_name);
    if (number == numbers().end()) throw std::runtime_error("docs/errors.md: the suite does not know " + error_name);
    for (const auto& driver : drivers_of(row[2])) {
      cells.push_back({.call = call,
                       .error_name = error_name,
                       .error = number->second,
                       .any_other = row[1].starts_with("any other"),
                       .driver = driver,
                       .answer = row[3]});
    }
  }
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Cell& cell) {
  return out << cell.call << " on " << cell.driver << ": " << cell.error_name << ": " << cell.answer;
}

std::vector<Cell> read_cells() {
  std::ifstream page(EDDY_SOURCE_DIR "/docs/errors.md");
  if (!page) throw std::runtime_error("cannot read " EDDY_SOURCE_DIR "/docs/errors.md");
  std::vector<Cell> cells;
  bool in_table = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("| Call")) in_table = true;
    if (!line.starts_with("|")) in_table = false;
    if (in_table && line.starts_with("| `")) add_cells(columns_of(line), cells);
  }
  return cells;
}

}  // namespace eddy::test
