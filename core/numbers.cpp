#include "core/numbers.h"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "core/upload.h"

namespace seqrec {

struct Numbers::State {
  std::vector<double> values;
  std::vector<float> rounded;  // the same in f32
  std::atomic<std::uint8_t> uses{0};
  std::recursive_mutex mutex;
  std::vector<Tensor> copies;

  const Tensor* find(DType dtype, Device device) const {
    const auto found = std::ranges::find_if(
        copies, [&](const Tensor& copy) { return copy.dtype() == dtype && copy.device() == device; });
    return found == copies.end() ? nullptr : &*found;
  }
};

Numbers::Numbers(std::vector<double> values) : state_(std::make_shared<State>()) { state_->values = std::move(values); }

std::int64_t Numbers::size() const { return std::ssize(state_->values); }
std::span<const double> Numbers::host() const { return state_->values; }
std::uint8_t Numbers::uses() const { return state_->uses; }

Tensor Numbers::on(DType dtype, Device device) const {
  require<ShapeError>(is_float(dtype), "[numbers] are f32 or f64, not ", dtype);
  const std::lock_guard lock(state_->mutex);
  if (const Tensor* found = state_->find(dtype, device)) return *found;
  Upload upload(device);
  make(dtype == DType::F32 ? kF32 : kF64, upload);
  upload.send();
  return state_->copies.back();
}

void Numbers::make(std::uint8_t uses, Upload& upload) const {
  const std::lock_guard lock(state_->mutex);
  const auto add = [&](Use use, const auto& values) {
    using T = typename std::decay_t<decltype(values)>::value_type;
    if ((uses & use) == 0 || state_->find(dtype_of<T>, upload.device()) != nullptr) return;
    upload.add<T>({values}, [state = state_, use](const Tensor& all) {
      const std::lock_guard lock(state->mutex);
      state->copies.push_back(all);
      state->uses |= use;
    });
  };
  if ((uses & kF32) != 0 && state_->rounded.empty())
    state_->rounded.assign(state_->values.begin(), state_->values.end());
  add(kF32, state_->rounded);
  add(kF64, state_->values);
}

}  // namespace seqrec
