#include "nn/module.h"

#include "nn/scope_node.h"

namespace seqrec::nn {
namespace {

/// A full name as the module at `scope` has it.
std::string within(const std::string& scope, const std::string& full) {
  return scope.empty() ? full : full.substr(scope.size() + 1);
}

}  // namespace

Parameters Module::parameters() const {
  Parameters all;
  at_.node_->visit([&](const Scope::Node& node) {
    for (const auto& [full, parameter] : node.parameters) all.emplace_back(within(at_.name(), full), parameter);
  });
  return all;
}

NamedTensors Module::buffers() const {
  NamedTensors all;
  at_.node_->visit([&](const Scope::Node& node) {
    for (const auto& [full, buffer] : node.buffers) all.emplace_back(within(at_.name(), full), buffer);
  });
  return all;
}

NamedTensors Module::state() const {
  NamedTensors all;
  for (const auto& [name, parameter] : parameters()) all.emplace_back(name, parameter.value());
  for (const auto& buffer : buffers()) all.push_back(buffer);
  return all;
}

void Module::train(bool on) {
  at_.node_->visit([on](Scope::Node& node) { node.training = on; });
}

bool Module::training() const { return at_.node_->training; }

void Module::begin_step(std::uint64_t seed, std::uint64_t step) {
  at_.node_->visit([&](Scope::Node& node) {
    node.seed = seed;
    node.step = step;
    node.draws = 0;
  });
}

RandomStream Module::next_stream(Purpose purpose) {
  Scope::Node& node = *at_.node_;
  return random_stream(named_seed(node.seed, node.name) + node.draws++, purpose, node.step);
}

RandomStream Module::first_stream(Purpose purpose, std::uint64_t seed, std::uint64_t step) const {
  return random_stream(named_seed(seed, at_.node_->name), purpose, step);
}

}  // namespace seqrec::nn
