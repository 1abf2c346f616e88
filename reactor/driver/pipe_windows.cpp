// Windows' pipes tell nobody that they are ready: a stream is a socket there.
#include "reactor/driver/pipe.h"

namespace eddy::driver {

Interest pipe_directions(NativeSocket /*descriptor*/) { return Interest::none; }

std::size_t read_pipe(NativeSocket /*pipe*/, void* /*buffer*/, std::size_t /*size*/, std::error_code& error) {
  error = std::make_error_code(std::errc::operation_not_supported);
  return 0;
}

std::size_t write_pipe(NativeSocket /*pipe*/, std::span<const Bytes> /*pieces*/, std::error_code& error) {
  error = std::make_error_code(std::errc::operation_not_supported);
  return 0;
}

std::error_code pipe_error(NativeSocket /*pipe*/) { return {}; }

}  // namespace eddy::driver
