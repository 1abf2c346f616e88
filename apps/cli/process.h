// What every program asks of its own process when it starts.
#pragma once

namespace cli {

// A standard stream that is closed leaves its number to the first socket, which would get what is meant for people.
void occupy_standard_descriptors();

// Who reads stderr may leave: that ends no program.
void ignore_broken_pipes();

}  // namespace cli
