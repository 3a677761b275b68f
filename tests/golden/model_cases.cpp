#include <algorithm>
#include <cmath>
#include <limits>

#include "models/list.h"
#include "tests/golden/golden.h"
#include "tests/golden/model_case.h"

namespace seqrec::golden {
namespace {

using Tensors = std::map<std::string, std::vector<double>>;

double largest(const std::vector<double>& values) {
  double most = 0;
  for (const double value : values) most = std::max(most, std::abs(value));
  return most;
}

/// The tolerances of the golden cases' README.
class Tolerance {
 public:
  /// `rounded_loss`: the reference rounded each element of the loss to f32 (PyTorch's binary_cross_entropy_with_logits
  /// of f64 logits and f32 targets writes into a tensor of the targets' type; its gradient doesn't).
  Tolerance(const Tensors& expected, DType dtype, bool rounded_loss)
      : expected_(expected), f64_(dtype == DType::F64), rounded_loss_(rounded_loss) {
    for (const auto& [name, values] : expected) {
      if (name.starts_with("grad.")) largest_gradient_ = std::max(largest_gradient_, largest(values));
    }
  }

  double allowed(const std::string& name) const {
    const double m = largest(expected_.at(name));
    if (name.starts_with("step3.")) return (f64_ ? 1e-8 : 3e-5) * m;
    if (rounded_loss_ && f64_ && name.starts_with("loss")) return 1e-8 * m;
    const double gradients = name.starts_with("grad.") ? largest_gradient_ : 0.0;
    return f64_ ? 1e-9 * m + 1e-12 * gradients : 1e-5 * m + 1e-6 * gradients;
  }

  /// Whether a change of a tensor's element is more than what is allowed, even where the error that there is takes its
  /// part away. A thousandth isn't for a gradient that is zero but for rounding (a bias before a softmax or a batch
  /// norm), nor in f32 for one that is small beside the others.
  bool sees(const std::string& name, double change) const { return std::abs(change) > 2 * allowed(name); }

  /// Whether an element counts: where a gradient is next to nothing, Adam divides rounding noise by itself.
  bool counts(const std::string& name, std::size_t i) const {
    if (!name.starts_with("step3.")) return true;
    const auto grad = expected_.find("grad." + name.substr(6));
    return grad == expected_.end() || std::abs(grad->second[i]) > 1e-6 * largest_gradient_;
  }

 private:
  const Tensors& expected_;
  bool f64_, rounded_loss_;
  double largest_gradient_ = 0;
};

Finding compare(const Tensors& computed, const Tensors& expected, const Tolerance& tolerance,
                const std::string& suffix) {
  Finding finding;
  for (const auto& [name, values] : expected) {
    const auto got = computed.find(name);
    if (got == computed.end() || got->second.size() != values.size()) {
      finding.note(std::numeric_limits<double>::infinity(), name + " (missing, or of another size)" + suffix);
      continue;
    }
    const double allowed = tolerance.allowed(name);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!tolerance.counts(name, i)) continue;
      const double error = std::abs(got->second[i] - values[i]);
      if (error != 0) finding.note(error / allowed, name + suffix);
    }
  }
  return finding;
}

/// The smallest error that is found when the largest element of one expected tensor is changed by a thousandth, of
/// those that should see it.
double smallest_after_change(const Tensors& computed, Tensors expected, const Tolerance& tolerance) {
  double smallest = std::numeric_limits<double>::infinity();
  for (auto& [name, values] : expected) {
    std::size_t place = values.size();
    for (std::size_t i = 0; i < values.size(); ++i) {
      const bool larger = place == values.size() || std::abs(values[i]) > std::abs(values[place]);
      if (larger && tolerance.counts(name, i)) place = i;
    }
    if (place == values.size() || !tolerance.sees(name, 1e-3 * values[place])) continue;
    const double kept = values[place];
    values[place] *= 1.001;
    smallest = std::min(smallest, compare(computed, expected, tolerance, "").error);
    values[place] = kept;
  }
  return smallest;
}

}  // namespace

Finding check_model_case(const std::filesystem::path& folder, Device device) {
  const Json config = Json::parse(read_text(folder / "config.json"));
  const std::string& name = config.at("model").as_string();
  const auto& infos = models::model_infos();
  if (std::none_of(infos.begin(), infos.end(), [&](const auto& info) { return info.name == name; })) {
    return {.where = "", .skipped = "there is no model " + name + " yet"};
  }
  const ModelCase model_case(folder);
  Finding result;
  for (const DType dtype : {DType::F64, DType::F32}) {
    const Tensors computed = compute(model_case, dtype, device);
    const Tolerance tolerance(model_case.expected, dtype, model_case.instances.has_value());
    const std::string suffix = std::string(" in ") + name_of(dtype);
    const Finding found = compare(computed, model_case.expected, tolerance, suffix);
    result.note(found.error, found.where);
    result.note_changed(smallest_after_change(computed, model_case.expected, tolerance));
  }
  return result;
}

}  // namespace seqrec::golden
