#include "models/model.h"

#include <numeric>

#include "autograd/ops/embedding.h"
#include "core/error.h"
#include "core/suggest.h"
#include "kernels/copy.h"
#include "kernels/elementwise.h"
#include "kernels/embedding.h"
#include "kernels/matmul.h"
#include "kernels/reduce.h"
#include "kernels/topk.h"
#include "models/caser.h"
#include "models/dien.h"
#include "models/model_file.h"
#include "models/s3rec.h"
#include "models/shan.h"
#include "models/srgnn.h"

namespace seqrec::models {

Tensor SequentialRecommender::predict(const Batch& batch) {
  require<ShapeError>(batch.targets.size() == batch.rows(), "[predict] needs a target per row, got ",
                      batch.targets.size(), " for ", batch.rows(), " rows");
  std::vector<std::int32_t> offsets(static_cast<std::size_t>(batch.rows()) + 1);
  std::iota(offsets.begin(), offsets.end(), 0);
  return predict_candidates(batch, Index(std::move(offsets)), batch.targets);
}

void SequentialRecommender::set_mean_user() {
  for (auto& [name, table] : state()) {
    if (name != "user_embedding.weight" || table.rank() != 2 || table.size(0) < 2) continue;
    Tensor row = table.slice(0, 0, 1);
    Tensor mean({1, table.size(1)}, table.dtype(), table.device());
    kernels::sum(table.slice(0, 1, table.size(0)), mean);
    kernels::affine(1.0 / static_cast<double>(table.size(0) - 1), 0.0, mean, mean);
    kernels::copy(mean, row);
  }
}

Tensor DotProductRecommender::predict_candidates(const Batch& batch, const Index& offsets, const Index& candidates) {
  const autograd::NoGrad no_grad;
  const Tensor hidden = forward(batch, Purpose::Train).value();
  const auto ends = offsets.host();
  const Windows by_row = Windows::adjacent({ends.begin(), ends.end()});
  require<ShapeError>(by_row.size() == batch.rows(), "[predict] needs candidates for each row, got ", by_row.size(),
                      " sets for ", batch.rows(), " rows");
  Tensor scores({candidates.size()}, hidden.dtype(), hidden.device());
  kernels::gather_dot(hidden, by_row.entry_windows(), item_table().value(), candidates, scores);
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

std::vector<TokenTable> id_tables(const ModelFile& file) {
  return {{"user_embedding.weight", {{"users", file.spec.n_users, &file.users}}},
          {"item_embedding.weight", {{"items", file.spec.n_items, &file.items}}}};
}

std::vector<Key> ModelInfo::config_keys() const {
  std::vector<Key> all = keys;
  all.insert(all.end(), defaults.begin(), defaults.end());
  return all;
}

const std::vector<ModelInfo>& model_infos() {
  static const std::vector<ModelInfo> infos{shan_info(), caser_info(), srgnn_info(), s3rec_info(), dien_info()};
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
