#include "spread_option.h"

#include "program.h"

namespace cli {

void add_spread_option(CLI::App& app, eddy::Spread& spread) {
  static constexpr Choice<eddy::Spread> spreads[] = {{"handoff", eddy::Spread::handoff},
                                                     {"reuseport", eddy::Spread::reuseport},
                                                     {"exclusive", eddy::Spread::exclusive}};
  add_choice(app, "--spread", spread, spreads,
             "Which thread gets a connection: handoff (the one that has the fewest), reuseport\n"
             "(a socket for each, the system chooses) or exclusive (one socket, one wakes) [handoff]");
}

}  // namespace cli
