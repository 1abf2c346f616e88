// Flow over every combination: what is received, which end is due, and what becomes of the on_low that is owed.
#include <gtest/gtest.h>
#include <reactor/flow.h>

#include <functional>

namespace eddy::test {
namespace {

using Life = Flow::Life;
using Input = Flow::Input;
using Low = Flow::Low;

constexpr Low all_lows[] = {Low::not_owed, Low::at_low_mark, Low::refused_until_progress, Low::refused_until_low_mark,
                            Low::refused_until_memory};

void for_each_flow(const std::function<void(const Flow&, bool keeps)>& check) {
  for (const auto life : {Life::connecting, Life::adopted, Life::open, Life::closing, Life::ended, Life::reported}) {
    for (const auto input : {Input::open, Input::end_arrived, Input::end_told}) {
      for (const auto low : all_lows) {
        for (const bool paused : {false, true}) {
          for (const bool offer_again : {false, true}) {
            for (const bool keeps : {false, true}) {
              Flow flow;
              flow.life = life;
              flow.input = input;
              flow.low = low;
              flow.paused = paused;
              flow.offer_again = offer_again;
              check(flow, keeps);
            }
          }
        }
      }
    }
  }
}

TEST(FlowTable, ReceivesWhileOpenUnlessPausedOrHeldBackAndAlwaysWhileClosing) {
  int combinations = 0;
  for_each_flow([&](const Flow& flow, bool keeps) {
    ++combinations;
    const bool refused = flow.low == Low::refused_until_progress || flow.low == Low::refused_until_low_mark ||
                         flow.low == Low::refused_until_memory;
    bool expected = false;
    if (flow.life == Life::adopted || flow.life == Life::closing) expected = flow.input == Input::open;
    if (flow.life == Life::open) expected = flow.input == Input::open && !flow.paused && (!keeps || !refused);
    EXPECT_EQ(wants_input(flow, keeps), expected);
  });
  EXPECT_EQ(combinations, 6 * 3 * 5 * 2 * 2 * 2);
}

TEST(FlowTable, EndIsToldBehindTheInputThatIsOfferedAgain) {
  for_each_flow([&](const Flow& flow, bool keeps) {
    const bool waits = keeps && (flow.offer_again || flow.low != Low::not_owed);
    EXPECT_EQ(end_is_due(flow, keeps), flow.input == Input::end_arrived && !flow.paused && !waits);
  });
}

// With a place in the budget's line, on_low comes by that, and the place is kept.
TEST(FlowTable, LowIsDueForAReleaseThatWaitsUnlessTheBudgetOwesIt) {
  for (const auto low : all_lows) {
    Flow flow;
    flow.low = low;
    EXPECT_FALSE(low_is_due_when_empty(flow));
    flow.low_when_empty = true;
    EXPECT_EQ(low_is_due_when_empty(flow), low != Low::refused_until_memory);
  }
}

// Who holds input back has on_low to come, or it would be held back for ever.
TEST(FlowTable, NothingIsHeldBackWithoutAnOnLowThatIsOwed) {
  for_each_flow([&](const Flow& flow, bool keeps) {
    if (flow.life != Life::open || flow.paused || flow.input != Input::open || wants_input(flow, keeps)) return;
    EXPECT_NE(flow.low, Low::not_owed);
  });
}

// Each event x each state -> what is owed then.
TEST(FlowTable, OnLowThatIsOwedWaitsForWhatTheTableSays) {
  const struct {
    Low before, accepted_above, at_cap, at_cap_with_nothing_queued, by_budget, by_budget_with_something_queued,
        progress;
  } table[] = {
      {Low::not_owed, Low::at_low_mark, Low::refused_until_progress, Low::not_owed, Low::refused_until_memory,
       Low::refused_until_progress, Low::not_owed},
      {Low::at_low_mark, Low::at_low_mark, Low::refused_until_progress, Low::refused_until_low_mark,
       Low::refused_until_low_mark, Low::refused_until_low_mark, Low::at_low_mark},
      {Low::refused_until_progress, Low::refused_until_progress, Low::refused_until_progress,
       Low::refused_until_progress, Low::refused_until_progress, Low::refused_until_progress,
       Low::refused_until_low_mark},
      {Low::refused_until_low_mark, Low::refused_until_low_mark, Low::refused_until_progress,
       Low::refused_until_low_mark, Low::refused_until_low_mark, Low::refused_until_low_mark,
       Low::refused_until_low_mark},
      {Low::refused_until_memory, Low::refused_until_low_mark, Low::refused_until_progress, Low::refused_until_memory,
       Low::refused_until_memory, Low::refused_until_memory, Low::refused_until_memory},
  };
  for (const auto& row : table) {
    EXPECT_EQ(after_accept_above_high_mark(row.before), row.accepted_above);
    EXPECT_EQ(after_refusal_at_cap(row.before, false), row.at_cap);
    EXPECT_EQ(after_refusal_at_cap(row.before, true), row.at_cap_with_nothing_queued);
    EXPECT_EQ(after_refusal_by_budget(row.before, true), row.by_budget);
    EXPECT_EQ(after_refusal_by_budget(row.before, false), row.by_budget_with_something_queued);
    EXPECT_EQ(after_progress(row.before), row.progress);
  }
  for (const auto low : all_lows) {
    EXPECT_FALSE(low_is_due(low, false));
    EXPECT_EQ(low_is_due(low, true), low == Low::at_low_mark || low == Low::refused_until_low_mark);
  }
}

}  // namespace
}  // namespace eddy::test
