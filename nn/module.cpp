#include "nn/module.h"

#include "core/error.h"

namespace seqrec::nn {

/// Calls f(prefix, module) for this module and its parts, depth first.
template <class F>
void Module::visit(const std::string& prefix, F&& f) const {
  f(prefix, *this);
  for (const auto& [name, part] : modules_) part->visit(name.empty() ? prefix : prefix + name + ".", f);
}

Parameters Module::parameters() const {
  Parameters all;
  visit("", [&](const std::string& prefix, const Module& module) {
    for (const auto& [name, parameter] : module.parameters_) all.emplace_back(prefix + name, parameter);
  });
  return all;
}

std::vector<std::pair<std::string, Tensor>> Module::buffers() const {
  std::vector<std::pair<std::string, Tensor>> all;
  visit("", [&](const std::string& prefix, const Module& module) {
    for (const auto& [name, buffer] : module.buffers_) all.emplace_back(prefix + name, buffer);
  });
  return all;
}

std::vector<std::pair<std::string, Tensor>> Module::state() const {
  std::vector<std::pair<std::string, Tensor>> all;
  for (const auto& [name, parameter] : parameters()) all.emplace_back(name, parameter.value());
  for (const auto& buffer : buffers()) all.push_back(buffer);
  return all;
}

void Module::train(bool on) {
  training_ = on;
  for (const auto& [name, part] : modules_) part->train(on);
}

void Module::begin_step(std::uint64_t seed, std::uint64_t step) {
  std::uint64_t ordinal = 0;
  visit("", [&](const std::string&, const Module& module) {
    const_cast<Module&>(module).on_begin_step(seed, (step << 12) | ordinal++);
  });
}

Variable Module::add_parameter(std::string name, Tensor value) {
  return parameters_.emplace_back(std::move(name), Variable(std::move(value), true)).second;
}

Tensor Module::add_buffer(std::string name, Tensor value) {
  return buffers_.emplace_back(std::move(name), std::move(value)).second;
}

void Module::add_module(std::string name, Module& part) { modules_.emplace_back(std::move(name), &part); }

}  // namespace seqrec::nn
