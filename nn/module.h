#pragma once

#include <string>
#include <utility>
#include <vector>

#include "autograd/variable.h"
#include "core/random.h"

namespace seqrec::nn {

using autograd::Variable;

/// Parameters by name.
using Parameters = std::vector<std::pair<std::string, Variable>>;

/// A part of a model that owns named parameters (trained), buffers (state that is saved but not trained) and parts of
/// its own. Names are RecBole's: parts are joined with dots ("long_w.weight"). Order is that of registration.
class Module {
 public:
  Module() = default;
  virtual ~Module() = default;
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  Parameters parameters() const;
  std::vector<std::pair<std::string, Tensor>> buffers() const;
  /// Parameters, then buffers: all that a model file holds. The tensors are the module's own, not copies.
  std::vector<std::pair<std::string, Tensor>> state() const;

  /// Training mode (dropout, batch statistics) or evaluation mode, for this module and its parts. New modules train.
  void train(bool on = true);
  void eval() { train(false); }
  bool training() const { return training_; }

  /// Says which random numbers the coming step uses: the same seed and step give the same dropout masks, whatever ran
  /// before.
  void begin_step(std::uint64_t seed, std::uint64_t step);

 protected:
  Variable add_parameter(std::string name, Tensor value);
  Tensor add_buffer(std::string name, Tensor value);
  /// `part` is a member of the derived class and lives as long as this. Without a name, its names stand among this
  /// module's own.
  void add_module(std::string name, Module& part);
  virtual void on_begin_step(std::uint64_t /*seed*/, std::uint64_t /*part*/) {}

 private:
  template <class F>
  void visit(const std::string& prefix, F&& f) const;

  std::vector<std::pair<std::string, Variable>> parameters_;
  std::vector<std::pair<std::string, Tensor>> buffers_;
  std::vector<std::pair<std::string, Module*>> modules_;
  bool training_ = true;
};

}  // namespace seqrec::nn
