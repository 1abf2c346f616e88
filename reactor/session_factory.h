// Which functions make sessions: the forms that a factory may have.
//
//   S()                            connect, adopt, Connection::become
//   S(const Address& peer)         and that one: Listener
//   S(std::size_t loop)            and those, and S(std::size_t loop, const Address& peer): PoolListener
//
// A listener's may return std::optional<S> instead: an empty one refuses the connection. A factory in another form does
// not compile, and the error says the right ones.
#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <type_traits>

#include "reactor/address.h"

namespace eddy {

template <class Factory, class S, class... Arguments>
concept MakesSession = std::is_invocable_r_v<S, Factory&, Arguments...>;

template <class Factory, class S, class... Arguments>
concept MayMakeSession =
    std::move_constructible<S> && std::same_as<std::invoke_result_t<Factory&, Arguments...>, std::optional<S>>;

template <class Factory, class S, class... Arguments>
concept AdmitsSession = MakesSession<Factory, S, Arguments...> || MayMakeSession<Factory, S, Arguments...>;

// Each compiles, and is true, when the factory has one of the forms.
template <class S, class Factory>
constexpr bool check_factory() {
  constexpr bool right = MakesSession<Factory, S>;
  static_assert(right, "the factory of connect, adopt and become must be: S()");
  return right;
}

template <class S, class Factory>
constexpr bool check_listener_factory() {
  constexpr bool right = AdmitsSession<Factory, S, const Address&> || AdmitsSession<Factory, S>;
  static_assert(right,
                "the factory of a Listener must be: S(), S(const eddy::Address& peer), or one of them with "
                "std::optional<S>, empty to refuse the peer");
  return right;
}

template <class S, class Factory>
constexpr bool check_pool_factory() {
  constexpr bool right =
      std::copy_constructible<Factory> &&
      (AdmitsSession<Factory, S, std::size_t, const Address&> || AdmitsSession<Factory, S, std::size_t> ||
       AdmitsSession<Factory, S, const Address&> || AdmitsSession<Factory, S>);
  static_assert(right,
                "the factory of a PoolListener must be copyable, and: S(), S(std::size_t loop), "
                "S(const eddy::Address& peer), S(std::size_t loop, const eddy::Address& peer), or one of them with "
                "std::optional<S>, empty to refuse the peer");
  return right;
}

}  // namespace eddy
