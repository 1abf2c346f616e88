// Forever<T>: a T that is never destroyed, nor allocated. For what a static object, such as a Loop, may use until the
// last of them has gone: the order in which they go is nobody's to choose.
//   static Forever<Category> category;
//   return category.value;
#pragma once

namespace eddy {

template <class T>
union Forever {
  Forever() : value() {}
  Forever(const Forever&) = delete;
  Forever& operator=(const Forever&) = delete;
  ~Forever() {}
  T value;
};

}  // namespace eddy
