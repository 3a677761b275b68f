#include "train/build.h"

#include <numeric>
#include <span>
#include <vector>

#include "models/histories_file.h"
#include "models/hyper_parameters.h"
#include "models/list.h"
#include "train/item_attributes.h"

namespace seqrec::train {

void take_keys(data::ConfigInput& input, const std::string& model) {
  input.model_keys = models::model_info(model).config_keys();
  for (const models::ModelInfo& other : models::model_infos())
    for (const Key& key : other.keys) input.keys_of_models.emplace_back(key.name, other.name);
}

data::ConfigInput for_model(data::ConfigInput input, const std::string& model) {
  take_keys(input, model);
  input.options.push_back({"model", model, "--model"});
  return input;
}

Json hyper_parameters(const std::string& model, const data::Config& config) {
  Json values = Json::object();
  for (const Key& key : models::model_info(model).keys)
    if (!key.local) values[key.name] = config.at(key.name);
  return values;
}

BatchNeeds batch_needs(const std::string& model, const data::Config& config) {
  return models::model_info(model).needs(models::HyperParameters(hyper_parameters(model, config)));
}

models::ModelSpec model_spec(const std::string& model, const data::Dataset& dataset, const data::Config& config) {
  models::ModelSpec spec{model, dataset.n_users(), dataset.n_items(), hyper_parameters(model, config)};
  add_item_attributes(spec, dataset, config);
  if (models::model_info(model).features) {
    data::check_numerical_features(dataset, config);
    spec.user_features = data::model_features(dataset.user_features, config);
    spec.item_features = data::model_features(dataset.item_features, config);
  }
  return spec;
}

models::ModelFile model_file(const models::ModelSpec& spec, const data::Dataset& dataset, const data::Config& config,
                             std::vector<std::string> titles) {
  models::ModelFile file;
  file.spec = spec;
  file.users = dataset.users;
  file.items = dataset.items;
  file.config = config.portable();
  file.titles = std::move(titles);
  return file;
}

namespace {

/// Where the histories of users end that have one at most, by the users' ids.
std::vector<std::int64_t> ends_by_user(const data::Dataset& dataset) {
  std::vector<std::int64_t> offsets(static_cast<std::size_t>(dataset.n_users()) + 1);
  for (std::int64_t h = 0; h < dataset.histories(); ++h)
    offsets[dataset.history_users[h] + 1] = dataset.offsets[h + 1] - dataset.offsets[h];
  std::partial_sum(offsets.begin(), offsets.end(), offsets.begin());
  return offsets;
}

}  // namespace

void save_histories(const std::filesystem::path& path, const data::Dataset& dataset) {
  if (!dataset.presplit) {
    const std::span<const std::int32_t> items(dataset.items_of.data(), dataset.items_of.size());
    models::Histories::write(path, ends_by_user(dataset), items, dataset.max_length, dataset.users, dataset.items);
    return;
  }
  // With benchmark_filename a user has several histories, of which the later ones repeat the former: the last one of
  // the longest.
  std::vector<std::int64_t> chosen(dataset.n_users(), -1);
  for (std::int64_t h = 0; h < dataset.histories(); ++h) {
    std::int64_t& best = chosen[dataset.history_users[h]];
    if (best < 0 || dataset.history(h).size() >= dataset.history(best).size()) best = h;
  }
  std::vector<std::int64_t> offsets = {0};
  std::vector<std::int32_t> items;
  for (std::size_t user = 0; user < chosen.size(); ++user) {
    if (user > 0 && chosen[user] >= 0) {
      const auto history = dataset.history(chosen[user]);
      items.insert(items.end(), history.begin(), history.end());
    }
    offsets.push_back(static_cast<std::int64_t>(items.size()));
  }
  models::Histories(offsets, items, dataset.max_length).save(path, dataset.users, dataset.items);
}

}  // namespace seqrec::train
