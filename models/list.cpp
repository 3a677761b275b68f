#include "models/list.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "core/error.h"
#include "core/shown.h"
#include "core/suggest.h"
#include "models/caser.h"
#include "models/dien.h"
#include "models/item_knn.h"
#include "models/markov.h"
#include "models/pop.h"
#include "models/s3rec.h"
#include "models/shan.h"
#include "models/srgnn.h"
#include "models/stages.h"

// A libseqrec may have some of them alone (seqrec_embed.cmake).
#ifndef SEQREC_MODEL_INFOS
#define SEQREC_MODEL_INFOS \
  shan_info(), caser_info(), srgnn_info(), s3rec_info(), dien_info(), pop_info(), markov_info(), item_knn_info()
#define SEQREC_MODELS_LEFT_OUT ""
#endif

namespace seqrec::models {
namespace {

constexpr std::string_view kLeftOut[] = {SEQREC_MODELS_LEFT_OUT};

/// A deque: who holds a model's info keeps it when another is added.
std::deque<ModelInfo>& all_models() {
  static std::deque<ModelInfo> infos{SEQREC_MODEL_INFOS};
  return infos;
}

}  // namespace

const std::deque<ModelInfo>& model_infos() { return all_models(); }

void add(ModelInfo info) {
  require<UsageError>(!info.name.empty(), "[models::add] the model has no name");
  for (const ModelInfo& other : model_infos())
    require<UsageError>(other.name != info.name, "[models::add] there is a model ", info.name, " already");
  require<UsageError>(info.make != nullptr, "[models::add] ", info.name, " has no make");
  require<UsageError>(info.needs != nullptr && info.token_tables != nullptr, "[models::add] ", info.name,
                      " has a null needs or token_tables; left out they are those of most models");
  std::set<std::string> names;
  for (const Key& key : info.config_keys()) {
    require<UsageError>(!key.name.empty(), "[models::add] ", info.name, " has a key without a name");
    require<UsageError>(names.insert(key.name).second, "[models::add] ", info.name, " has the key ", key.name,
                        " twice");
    try {
      key.check(key.default_value, "default");
      if (key.recbole_default) key.check(*key.recbole_default, "default under compat: recbole");
    } catch (const ConfigError& error) {
      throw UsageError(concat("[models::add] ", info.name, ": ", error.what()));
    }
  }
  require<UsageError>(info.stages.empty() || info.stages.size() == 2, "[models::add] ", info.name, " has ",
                      info.stages.size(), " stages, expected two or none");
  if (!info.stages.empty())
    for (const Key& key : stage_keys(info.stages))
      require<UsageError>(names.contains(key.name), "[models::add] ", info.name, " has stages, but not the key ",
                          key.name, " (models/stages.h)");
  all_models().push_back(std::move(info));
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
  require<ConfigError>(std::ranges::find(kLeftOut, name) == std::end(kLeftOut), "this libseqrec was built without ",
                       name, " (SEQREC_MODELS); it has: ", model_list());
  throw ConfigError(concat("unknown model '", shown(name), "'", suggest(name, names), "; there are: ", model_list()));
}

std::unique_ptr<SequentialRecommender> make_model(ModelSpec spec, DType dtype, std::uint64_t seed, Device device) {
  require<ConfigError>(spec.n_users > 0 && spec.n_items > 1, "a model needs at least one item, got n_users ",
                       spec.n_users, " and n_items ", spec.n_items, " (padding included)");
  const ModelInfo& info = model_info(spec.model);
  spec.hyper_parameters = complete_values(info.keys, spec.hyper_parameters, "");
  return info.make_at(spec, nn::Root(seed, dtype, device));
}

}  // namespace seqrec::models
