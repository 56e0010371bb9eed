#pragma once

namespace godwit::sql {

/// While it lives, `(object.*set)(true)` holds; at its end `(object.*set)(false)`. The object outlives it.
template <auto set>
class During;

template <class Object, bool quiet, void (Object::*set)(bool) noexcept(quiet)>
class During<set> {
  public:
    explicit During(Object& object) : object_(object) { (object_.*set)(true); }
    ~During() { (object_.*set)(false); }
    During(const During&) = delete;
    During& operator=(const During&) = delete;

  private:
    Object& object_;
};

}  // namespace godwit::sql
