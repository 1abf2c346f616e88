// How eddy finds out whether a session has a callback of a name, whatever its form: one that is private, overloaded, a
// template, or has other parameters would otherwise never be called, and nobody would notice. With the answer a
// static_assert says what the right form is:
//
//   EDDY_CALLBACK_NAME(on_line);   // defines the concept names_on_line<S>
//   static_assert(HasOnLine<S> || !names_on_line<S>, "on_line must be: void on_line(...), and public");
//
// The test sees every member: a class derives from the session and from a class that has a member of that name, and
// where the name is ambiguous there, the session has it, too. Nothing can derive from a final session: in one of those
// a private member stays unseen.
#pragma once

#include <type_traits>

namespace eddy {

template <class S>
concept Derivable = std::is_class_v<S> && !std::is_final_v<S>;

// Never constructed.
template <class S, class Name>
struct WithName : S, Name {
 protected:
  ~WithName();
};

// Stands for an argument of any type, to call a final session's callback that no single address can be taken of.
struct AnyArgument {
  template <class T>
  operator T&() const;
  template <class T>
  operator T&&() const;
};

// clang-format off
#define EDDY_CALLBACK_NAME(callback)                                                                   \
  struct Name_##callback {                                                                             \
    int callback;                                                                                      \
  };                                                                                                   \
  template <class S>                                                                                   \
  concept names_final_##callback =                                                                     \
      requires { &S::callback; } || requires(S& s) { s.callback(); } ||                                \
      requires(S& s, ::eddy::AnyArgument any) { s.callback(any); } ||                                  \
      requires(S& s, ::eddy::AnyArgument any) { s.callback(any, any); } ||                             \
      requires(S& s, ::eddy::AnyArgument any) { s.callback(any, any, any); };                          \
  template <class S>                                                                                   \
  concept names_##callback =                                                                           \
      (::eddy::Derivable<S> && !requires { &::eddy::WithName<S, Name_##callback>::callback; }) ||      \
      (!::eddy::Derivable<S> && names_final_##callback<S>)
// clang-format on

// The session whose callbacks a codec passes on: what a codec names as its `inner_session`, and that one's; other
// sessions are their own. A codec has the connection's callbacks in its own class whether or not the session inside has
// them (`void on_open(Connection& peer) requires HasOnOpen<S>`), so its names tell nothing.
template <class S>
struct InnermostOf {
  using Type = S;
};
template <class S>
requires requires { typename S::inner_session; }
struct InnermostOf<S> : InnermostOf<typename S::inner_session> {};
template <class S>
using Innermost = typename InnermostOf<S>::Type;

}  // namespace eddy
