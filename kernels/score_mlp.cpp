#include "kernels/score_mlp.h"

#include "kernels/check.h"

namespace seqrec::kernels {
namespace {

void check_layers(const Arguments& arguments, const Tensor& x, const std::vector<Tensor>& parameters,
                  Activation activation) {
  arguments.floating("x", x);
  arguments.rank("x", x, 2);
  require<ShapeError>(parameters.size() >= 4 && parameters.size() % 2 == 0, "[", arguments.op,
                      "] parameters: expected weight and bias of at least 2 layers, got ", parameters.size(),
                      " tensors");
  require<UsageError>(!activation || derivative_follows_from_value(*activation), "[", arguments.op,
                      "] activation: expected one whose derivative follows from its value, got ",
                      activation ? name_of(*activation) : "");
  std::int64_t in = x.size(1);
  for (std::size_t i = 0; i < parameters.size(); i += 2) {
    arguments.rank("weight", parameters[i], 2);
    const std::int64_t out = i + 2 < parameters.size() ? parameters[i].size(0) : 1;
    arguments.input("weight", parameters[i], {out, in}, x.dtype());
    arguments.input("bias", parameters[i + 1], {out}, x.dtype());
    in = out;
  }
}

void check_hidden(const Arguments& arguments, const Tensor& x, const std::vector<Tensor>& parameters,
                  const std::vector<Tensor>& hidden) {
  const std::size_t layers = parameters.size() / 2 - 1;
  require<ShapeError>(hidden.empty() || hidden.size() == layers, "[", arguments.op, "] hidden: expected ", layers,
                      " tensors or none, got ", hidden.size());
  for (std::size_t l = 0; l < hidden.size(); ++l)
    arguments.result("hidden", hidden[l], {x.size(0), parameters[2 * l].size(0)}, x.dtype());
}

void check_gradients(const Arguments& arguments, const Tensor& x, const std::vector<Tensor>& parameters,
                     const Tensor& grad_x, const std::vector<Tensor>& grad_parameters) {
  arguments.result("grad_x", grad_x, x.shape(), x.dtype());
  require<ShapeError>(grad_parameters.size() == parameters.size(), "[", arguments.op, "] grad_parameters: expected ",
                      parameters.size(), " tensors, got ", grad_parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i)
    arguments.result("grad_parameters", grad_parameters[i], parameters[i].shape(), x.dtype());
}

}  // namespace

void check::score_mlp(const Tensor& x, const std::vector<Tensor>& parameters, Activation activation,
                      const std::vector<Tensor>& hidden, Tensor& scores) {
  const Arguments arguments{"score_mlp"};
  check_layers(arguments, x, parameters, activation);
  check_hidden(arguments, x, parameters, hidden);
  arguments.result("scores", scores, {x.size(0)}, x.dtype());
}

void check::score_mlp_backward(const Tensor& x, const std::vector<Tensor>& parameters, Activation activation,
                               const std::vector<Tensor>& hidden, const Tensor& grad_scores, Tensor& grad_x,
                               const std::vector<Tensor>& grad_parameters) {
  const Arguments arguments{"score_mlp_backward"};
  check_layers(arguments, x, parameters, activation);
  check_hidden(arguments, x, parameters, hidden);
  arguments.input("grad_scores", grad_scores, {x.size(0)}, x.dtype());
  check_gradients(arguments, x, parameters, grad_x, grad_parameters);
}

void check::score_mlp_loss(const Tensor& x, const std::vector<Tensor>& parameters, Activation activation,
                           const Tensor& targets, const Tensor& weights, Tensor& loss, Tensor& grad_x,
                           const std::vector<Tensor>& grad_parameters) {
  const Arguments arguments{"score_mlp_loss"};
  check_layers(arguments, x, parameters, activation);
  arguments.input("targets", targets, {x.size(0)}, x.dtype());
  arguments.input("weights", weights, {x.size(0)}, x.dtype());
  arguments.result("loss", loss, {1}, x.dtype());
  check_gradients(arguments, x, parameters, grad_x, grad_parameters);
}

}  // namespace seqrec::kernels
