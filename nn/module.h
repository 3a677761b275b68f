#pragma once

#include <utility>

#include "core/random.h"
#include "nn/scope.h"

namespace seqrec::nn {

/// A part of a model: its parameters (trained), buffers (state that is saved but not trained) and parts of its own are
/// those of its place in the tree, and of the places below. Parts' names are joined with dots ("long_w.weight"), and
/// count from the module: what stands in another place has the same names. In order of creation: a module's own, then
/// its parts'. One that was moved from can only be destroyed or assigned to.
class Module {
 public:
  explicit Module(Scope at) : at_(std::move(at)) {}
  virtual ~Module() = default;
  Module(Module&&) = default;
  Module& operator=(Module&&) = default;

  Parameters parameters() const;
  NamedTensors buffers() const;
  /// Parameters, then buffers: all that a model file holds. The tensors are the module's own, not copies.
  NamedTensors state() const;

  /// Training mode (dropout, batch statistics) or evaluation mode, for this module and its parts. New modules train.
  void train(bool on = true);
  void eval() { train(false); }
  bool training() const;

  /// Says which random numbers the coming step uses: the same seed and step give the same dropout masks, whatever ran
  /// before. Without it, masks differ from call to call all the same: they belong to the tree's seed and step 0.
  void begin_step(std::uint64_t seed, std::uint64_t step);

 protected:
  /// Random numbers for one use of the module's own (a dropout's mask), addressed by the seed, the step, the module's
  /// full name and how often it asked in this step: no two uses share any.
  RandomStream next_stream(Purpose purpose);
  /// The first of these in a step, whichever runs now: for what is drawn before the step.
  RandomStream first_stream(Purpose purpose, std::uint64_t seed, std::uint64_t step) const;

 private:
  Scope at_;
};

}  // namespace seqrec::nn
