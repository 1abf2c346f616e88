// Client: one connection's user, from the first byte to the end: who it is, what it may do, and how it is written to.
//
// What is written to a client goes through send(), which puts the tags in front that the client asked for, collects the
// answer to a labelled command, and notices when the client takes too little. A message to many is a Broadcast.
#pragma once

#include <protocols/irc_line.h>
#include <reactor/callback.h>
#include <reactor/connection.h>
#include <reactor/loop.h>
#include <reactor/shared_bytes.h>
#include <reactor/timer.h>

#include <cstdint>
#include <ctime>
#include <deque>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/chat/capability.h"
#include "apps/chat/hosts.h"
#include "apps/chat/labeled_response.h"
#include "apps/chat/token_bucket.h"

namespace chat {

class Channel;
class Server;

// A channel that a client is in, and its place in that channel's members.
struct Membership {
  Channel* channel;
  std::size_t place;
  // Whether the client is banned there, as Channel::banned found out by the lists of that version; 0: not yet.
  std::uint64_t judged_by = 0;
  bool banned = false;
};

// To a channel, by the number that no later channel of that name has. Lasts until the client joins.
struct Invitation {
  std::uint64_t channel;
  std::string name;
};

// Why a client's commands are not read for now. What it has sent meanwhile waits in the kernel.
enum class Hold : std::uint8_t {
  flood = 1,     // it asks for more than it may
  backlog = 2,   // it does not take its answers
  password = 4,  // one is being verified
  work = 8,      // something is put off, or a long reply is not written to its end
};

struct UserModes {
  bool invisible = false;       // i
  bool operator_ = false;       // o
  bool wallops = false;         // w
  bool server_notices = false;  // s
};

class Client {
 public:
  Client(Server& server, eddy::Connection& connection, Host& origin, std::string host);

  // Who it is. `mask` is NICK!USER@HOST, the source of its messages; renamed() keeps it.
  std::string nick;  // empty until it has one
  std::string user;
  std::string host;
  std::string realname;
  std::string mask;
  void renamed();
  // What replies to it call it: "*" until it has a nickname.
  std::string_view target() const { return nick.empty() ? std::string_view("*") : std::string_view(nick); }

  // Registration
  std::string password;      // by PASS
  bool negotiating = false;  // CAP LS or REQ came, CAP END not yet
  bool cap_302 = false;
  bool registered = false;
  bool gone = false;      // has left the network: only its connection is still there
  bool overfull = false;  // has more than its send queue waiting: Server::judge_overfull will look again
  bool missed = false;    // something for it found no room: it is about to be closed
  bool password_right = false;

  // State of a registered user
  CapabilitySet capabilities;
  UserModes modes;
  std::optional<std::string> away;
  std::vector<Membership> memberships;
  std::vector<Invitation> invitations;  // the latest last
  std::time_t signed_on = 0;
  eddy::TimePoint last_spoke{};

  // Its connection
  eddy::Connection& connection;
  Host& origin;
  eddy::TimePoint last_heard{};
  bool pinged = false;   // and has not said anything since
  eddy::Timer deadline;  // of the registration, then of the next PING or its answer
  eddy::Timer flood_end;
  TokenBucket lines;
  double extra_lines = 0;        // that flood control will count, for what its lines cost
  double lines_of_messages = 0;  // of the command under way, what its messages count for
  std::uint64_t messages_in = 0;
  std::uint64_t messages_out = 0;
  std::uint64_t verification = 0;    // the Verifier's number of the password being verified; 0: none
  std::size_t place = 0;             // in the server's list of clients
  std::uint64_t visit = 0;           // the last walk of the server's that came by
  std::uint64_t told_departure = 0;  // of which it heard last (Departures)
  bool awaits_turn = false;          // is among those of its host that wait for time

  bool has(Capability capability) const { return capabilities.has(capability); }

  // A message as IrcLine::text gives it. `client_tags` are those of the sending client that are handed on.
  void send(std::string_view line, std::string_view client_tags = {});
  void send(eddy::IrcLine& line) { send(line.text()); }
  // One with its tags, as it goes out.
  void send(const eddy::SharedBytes& whole);
  // Not part of the answer to a labelled command, also while there is one.
  void send_apart(std::string_view line, std::string_view client_tags);

  // ":server NUMERIC target params... [:text]"
  void reply(std::string_view numeric, std::initializer_list<std::string_view> params);
  void reply(std::string_view numeric, std::initializer_list<std::string_view> params, std::string_view text);
  // A reply to go on with: IrcLine with its beginning written.
  eddy::IrcLine start_reply(std::string_view numeric) const;
  // ":server NOTICE target :text"
  void notice(std::string_view text);

  // Work that may take longer than others should wait, or whose reply may be longer than what should wait for a client:
  // `next` does one part of it, and answers false when that was the last. It is called as long as the host has time
  // and there is room, and goes on in a later turn, when the client has taken some. What is asked for while other work
  // is under way comes after that; what a part of it asks for comes before its next part.
  void work_in_parts(eddy::Callback<bool()> next);
  // Does the same later, since the host has no time for it now.
  void put_off(eddy::Callback<bool()> next);
  // Called by Hosts: the client has its turn.
  void go_on(eddy::TimePoint until);
  bool has_work() const { return !work_.empty(); }

  // Between these two, what is sent is the answer to one labelled command. Work in parts puts the end off until it
  // ends.
  void begin_response(std::string_view label) { response_.emplace(label); }
  void end_response();
  bool responding() const { return response_.has_value() && !between_parts_; }
  // Ends it without its last message: that comes later, after another begin_response with the label returned.
  std::optional<std::string> put_off_response();

  void hold(Hold reason);
  void release(Hold reason);
  bool held() const { return holds_ != 0; }

  // Of the channels it is in; null when it is not in that one.
  Membership* membership(const Channel& channel);

  // Only the latest most_invitations are kept.
  static constexpr std::size_t most_invitations = 64;
  void invite(const Channel& channel);
  bool invited(const Channel& channel) const;
  void take_invitation(const Channel& channel);

 private:
  friend class LabeledResponse;
  using Work = std::deque<eddy::Callback<bool()>>;
  void work(eddy::TimePoint until);
  bool do_part(eddy::Callback<bool()>& part, Work& asked_for);
  void transmit(std::string_view own_tag, std::string_view line, std::string_view client_tags);
  void note_write();  // before each send
  void sent(eddy::SendResult result);

  Server& server_;
  std::optional<LabeledResponse> response_;
  Work work_;                   // that is not done to its end
  Work* asked_for_ = nullptr;   // by the part under way
  bool between_parts_ = false;  // of an answer: what is sent now is not in it
  std::uint8_t holds_ = 0;
};

}  // namespace chat
