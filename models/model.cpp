#include "models/model.h"

#include "autograd/ops/embedding.h"
#include "core/error.h"
#include "core/suggest.h"
#include "kernels/embedding.h"
#include "kernels/matmul.h"
#include "kernels/topk.h"
#include "models/caser.h"
#include "models/s3rec.h"
#include "models/shan.h"
#include "models/srgnn.h"

namespace seqrec::models {

Tensor DotProductRecommender::predict(const Batch& batch) {
  const autograd::NoGrad no_grad;
  require<ShapeError>(batch.targets.size() == batch.rows(), "[predict] needs a target a row, got ",
                      batch.targets.size(), " for ", batch.rows(), " rows");
  const Tensor hidden = forward(batch, Purpose::Train).value();
  std::vector<std::int32_t> rows(static_cast<std::size_t>(batch.rows()));
  for (std::size_t r = 0; r < rows.size(); ++r) rows[r] = static_cast<std::int32_t>(r);
  Tensor scores({batch.rows()}, hidden.dtype(), hidden.device());
  kernels::gather_dot(hidden, Index(std::move(rows)), item_table().value(), batch.targets, scores);
  return scores;
}

Tensor DotProductRecommender::full_sort_predict(const Batch& batch) {
  const autograd::NoGrad no_grad;
  const Tensor hidden = forward(batch, Purpose::FullSort).value();
  const Tensor& table = item_table().value();
  Tensor scores({batch.rows(), table.size(0)}, hidden.dtype(), hidden.device());
  kernels::matmul(hidden, false, table, true, 1.0, kernels::Write::Overwrite, scores);
  return scores;
}

Recommendations DotProductRecommender::recommend(const Batch& batch, std::int64_t k, const Index& excluded_offsets,
                                                 const Index& excluded) {
  const autograd::NoGrad no_grad;
  const Tensor hidden = forward(batch, Purpose::FullSort).value();
  Recommendations best{Tensor({batch.rows(), k}, DType::I32, hidden.device()),
                       Tensor({batch.rows(), k}, hidden.dtype(), hidden.device())};
  kernels::score_topk(hidden, item_table().value(), 1, excluded_offsets, excluded, k, best.scores, best.items);
  return best;
}

const std::vector<ModelInfo>& model_infos() {
  static const std::vector<ModelInfo> infos{shan_info(), caser_info(), srgnn_info(), s3rec_info()};
  return infos;
}

std::string model_list() {
  std::string list;
  for (const ModelInfo& info : model_infos()) list += (list.empty() ? "" : ", ") + info.name;
  return list;
}

const ModelInfo& model_info(std::string_view name) {
  std::vector<std::string> names;
  for (const ModelInfo& info : model_infos()) {
    if (info.name == name) return info;
    names.push_back(info.name);
  }
  throw ConfigError(concat("unknown model '", name, "'", suggest(name, names), "; there are: ", model_list()));
}

std::unique_ptr<SequentialRecommender> make_model(const ModelSpec& spec, DType dtype, std::uint64_t seed,
                                                  Device device) {
  require<ConfigError>(spec.n_users > 0 && spec.n_items > 1, "a model needs at least one item, got n_users ",
                       spec.n_users, " and n_items ", spec.n_items, " (padding included)");
  nn::Init init(seed, dtype, device);
  return model_info(spec.model).make(spec, init);
}

}  // namespace seqrec::models
