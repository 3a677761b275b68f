#pragma once

#include <vector>

#include "core/numbers.h"
#include "core/windows.h"

namespace seqrec {

/// Ids, windows and numbers that a batch decides, each at the place of its purpose: what the metadata of another batch
/// hold there is used alike.
class Metadata {
 public:
  void add(const Index& index) { indices_.push_back(index); }
  void add(const Windows& windows) { windows_.push_back(windows); }
  void add(const Numbers& numbers) { numbers_.push_back(numbers); }
  /// What a struct names: template <class F> void for_each(F f) const { f(items); f(windows); }
  template <class T>
  requires requires(const T& parts) {
    parts.for_each([](const auto&) {});
  }
  void add(const T& parts) {
    parts.for_each([this](const auto& part) { this->add(part); });
  }
  template <class T>
  void add(const std::vector<T>& parts) {
    for (const T& part : parts) add(part);
  }

 private:
  friend class MetadataUses;
  std::vector<Index> indices_;
  std::vector<Windows> windows_;
  std::vector<Numbers> numbers_;
};

/// What steps made of their metadata (groups of ids, lists of windows, copies on a device), by purpose: all that the
/// next step will ask for can be made before it begins, and go to the device as one copy.
class MetadataUses {
 public:
  /// Adds what was made of them so far.
  void learn(const Metadata& used);
  /// Makes what was learnt, of each of them; what a device needs goes up at once.
  void make(const std::vector<Metadata>& all, Device device) const;

 private:
  std::vector<std::uint8_t> indices_;
  std::vector<Windows::Uses> windows_;
  std::vector<std::uint8_t> numbers_;
};

}  // namespace seqrec
