// List: a doubly linked list whose links are members of its elements. Listing an element cannot fail for memory, and an
// element unlinks itself in O(1), from whatever list it is on.
//
// An element derives from ListNode<Tag>, once for each list that it may be on at the same time; the tag tells them
// apart. It is on one list per tag at most.
#pragma once

#include <cassert>

namespace eddy {

template <class T, class Tag>
class List;

template <class Tag>
class ListNode {
 public:
  ListNode() = default;
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;

  bool linked() const { return next_ != nullptr; }
  // No-op when the node is on no list.
  void unlink() {
    if (next_ == nullptr) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    next_ = previous_ = nullptr;
  }

 protected:
  ~ListNode() { unlink(); }

 private:
  template <class T, class OfList>
  friend class List;
  ListNode* next_ = nullptr;
  ListNode* previous_ = nullptr;
};

template <class T, class Tag>
class List {
 public:
  using Node = ListNode<Tag>;

  List() { head_.next_ = head_.previous_ = &head_; }
  List(const List&) = delete;
  List& operator=(const List&) = delete;
  ~List() {
    while (!empty()) head_.next_->unlink();
  }

  bool empty() const { return head_.next_ == &head_; }
  void push_back(T& element) {
    Node& node = element;
    assert(!node.linked());
    node.next_ = &head_;
    node.previous_ = head_.previous_;
    head_.previous_->next_ = &node;
    head_.previous_ = &node;
  }
  // The first element, which is on no list then. Not of an empty list.
  T& pop_front() {
    assert(!empty());
    Node& node = *head_.next_;
    node.unlink();
    return static_cast<T&>(node);
  }
  // Appends all that `from` has; `from` is empty then.
  void take_all(List& from) {
    if (from.empty()) return;
    from.head_.next_->previous_ = head_.previous_;
    head_.previous_->next_ = from.head_.next_;
    from.head_.previous_->next_ = &head_;
    head_.previous_ = from.head_.previous_;
    from.head_.next_ = from.head_.previous_ = &from.head_;
  }

 private:
  struct Head : Node {};
  Head head_;
};

}  // namespace eddy
