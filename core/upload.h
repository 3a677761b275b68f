#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <set>
#include <span>
#include <vector>

#include "core/tensor.h"

namespace seqrec {

/// Arrays of the host that go to a device together, as one copy.
class Upload {
 public:
  explicit Upload(Device device) : device_(device) {}
  Device device() const { return device_; }

  /// Arrays that lie one after the other on the device, of which `take` gets the whole, one-dimensional, once they are
  /// there. What begins at the same place of the host goes up once: the first one takes it. They must live until then.
  template <class T>
  void add(std::initializer_list<std::span<const T>> arrays, std::function<void(const Tensor&)> take) {
    Piece piece{{}, dtype_of<T>, std::move(take)};
    for (const std::span<const T> array : arrays) piece.arrays.push_back(std::as_bytes(array));
    add_piece(std::move(piece));
  }
  /// Copies them; nothing without an array. Forgets them.
  void send();

 private:
  struct Piece {
    std::vector<std::span<const std::byte>> arrays;
    DType dtype;
    std::function<void(const Tensor&)> take;
    std::size_t bytes() const;
  };
  void add_piece(Piece piece);

  Device device_;
  std::vector<Piece> pieces_;
  std::set<const std::byte*> added_;
};

}  // namespace seqrec
