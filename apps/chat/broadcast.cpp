#include "apps/chat/broadcast.h"

#include <string>

#include "apps/chat/server.h"

namespace chat {

eddy::SharedBytes Broadcast::write(bool timed, bool tagged) const {
  if (!timed && !tagged) return eddy::SharedBytes(line_);
  std::string whole = "@";
  if (timed) whole += server_.time_tag();
  if (timed && tagged) whole += ';';
  if (tagged) whole += client_tags_;
  whole += ' ';
  whole += line_;
  return eddy::SharedBytes(whole);
}

}  // namespace chat
