#include "models/export.h"

#include <algorithm>

#include "core/error.h"
#include "kernels/copy.h"
#include "models/list.h"

namespace seqrec::models {
namespace {

/// The parameter that has a row for each user, which isn't there in a model without users' vectors.
Tensor user_table(const ModelSpec& spec, const SequentialRecommender& model) {
  for (const TokenTable& table : model_info(spec.model).token_tables(spec)) {
    const bool has_users = std::ranges::find(table.parts, TokenRows::kUsers, &TokenRows::of) != table.parts.end();
    if (!has_users) continue;
    require<UsageError>(table.parts.size() == 1, table.parameter,
                        " has rows of users and of others: its users can't be pruned");
    for (const auto& [name, tensor] : model.state())
      if (name == table.parameter) return tensor;
  }
  return {};
}

void set_row(const Tensor& table, std::int64_t row, const Tensor& values) {
  Tensor target = table.slice(0, row, row + 1);
  kernels::copy(values, target);
}

void check_users_can_go(const ModelSpec& spec, const SequentialRecommender& model) {
  require<UsageError>(!model.is_fitted(), spec.model, " has no parameters: there is nothing to prune");
  require<UsageError>(spec.user_features.empty(), "the model reads features of its users (",
                      spec.user_features.empty() ? "" : spec.user_features[0].name, "): they can't be pruned");
}

}  // namespace

std::vector<std::string> table_names(const ModelSpec& spec, const SequentialRecommender& model) {
  std::vector<std::string> out;
  const std::vector<TokenTable> tables = model_info(spec.model).token_tables(spec);
  for (const auto& [name, tensor] : model.state())
    if (tensor.rank() == 2 && std::ranges::find(tables, name, &TokenTable::parameter) != tables.end())
      out.push_back(name);
  return out;
}

void narrow_tables(const ModelSpec& spec, SequentialRecommender& model, StoredType type) {
  const std::vector<std::string> tables = table_names(spec, model);
  for (auto [name, tensor] : model.state()) {
    if (std::ranges::find(tables, name) == tables.end()) continue;
    kernels::copy(widen(narrow(tensor, name, type)), tensor);
  }
}

LoadedModel without_users(const LoadedModel& loaded) {
  const ModelSpec& spec = loaded.file.spec;
  check_users_can_go(spec, *loaded.model);
  const Tensor table = user_table(spec, *loaded.model), mean = loaded.model->mean_user();
  LoadedModel out{loaded.file, nullptr};
  out.file.users = Vocabulary();
  if (mean.defined()) out.file.users.add("[MEAN]");
  out.file.spec.n_users = out.file.users.size();
  out.model = make_model(out.file.spec, DType::F32, 0);
  const nn::NamedTensors from = loaded.model->state();
  nn::NamedTensors to = out.model->state();
  for (std::size_t i = 0; i < from.size(); ++i) {
    Tensor& target = to[i].second;
    if (!table.defined() || from[i].second.raw() != table.raw()) {
      kernels::copy(from[i].second, target);
      continue;
    }
    set_row(target, 0, mean.defined() ? mean : table.slice(0, 0, 1));
    if (mean.defined()) set_row(target, 1, mean);
  }
  out.model->eval();
  return out;
}

void forget_users(LoadedModel& loaded) {
  check_users_can_go(loaded.file.spec, *loaded.model);
  const Tensor table = user_table(loaded.file.spec, *loaded.model), mean = loaded.model->mean_user();
  if (!mean.defined()) return;
  for (std::int64_t row = 0; row < table.size(0); ++row) set_row(table, row, mean);
}

}  // namespace seqrec::models
