#include "tests/golden/model_case.h"

#include "autograd/variable.h"
#include "kernels/copy.h"
#include "models/list.h"
#include "models/s3rec.h"
#include "nn/serialize.h"
#include "optim/rules.h"
#include "tests/golden/ids.h"
#include "tests/golden/s3rec_case.h"

namespace seqrec::golden {
namespace {

std::vector<double> doubles(const Tensor& tensor) {
  return kernels::convert(kernels::to_device(tensor, kCpu), DType::F64).to_vector<double>();
}

/// Rows of right-padded sequences as windows, each over values of its own.
Batch read_batch(const std::filesystem::path& path) {
  const SafetensorsReader reader(path);
  const std::vector<std::int32_t> padded = ids(reader, "item_id_list"), lengths = ids(reader, "item_length");
  const std::vector<std::int32_t> users = ids(reader, "user_id");
  const std::size_t width = padded.size() / lengths.size();
  std::vector<std::int32_t> items, value_users, begin, end;
  for (std::size_t r = 0; r < lengths.size(); ++r) {
    begin.push_back(static_cast<std::int32_t>(items.size()));
    for (int i = 0; i < lengths[r]; ++i) {
      items.push_back(padded[r * width + static_cast<std::size_t>(i)]);
      value_users.push_back(users[r]);
    }
    end.push_back(static_cast<std::int32_t>(items.size()));
  }
  const auto values = static_cast<std::int64_t>(items.size());
  Batch batch{.items = Index(std::move(items)),
              .value_users = Index(std::move(value_users)),
              .windows = Windows(std::move(begin), std::move(end), values),
              .users = Index(users),
              .targets = Index(ids(reader, "item_id")),
              .negatives = Index(),
              .labels = {}};
  if (reader.contains("neg_item_id_list")) {
    const std::vector<std::int32_t> padded_negatives = ids(reader, "neg_item_id_list");
    std::vector<std::int32_t> negatives;
    for (std::size_t r = 0; r < lengths.size(); ++r)
      negatives.insert(negatives.end(), padded_negatives.begin() + static_cast<std::ptrdiff_t>(r * width),
                       padded_negatives.begin() + static_cast<std::ptrdiff_t>(r * width) + lengths[r]);
    batch.value_negatives = Index(std::move(negatives));
    const std::vector<double> labels = doubles(reader.get("label"));
    batch.labels.assign(labels.begin(), labels.end());
  }
  if (reader.contains("neg_item_id")) batch.negatives = Index(ids(reader, "neg_item_id"));
  return batch;
}

/// A table [rows, (values,) 2] of RecBole's numerical_features: pairs of a number and a 1, or two zeros for padding.
void read_numbers(const std::vector<double>& pairs, std::int64_t rows, Feature& feature) {
  const std::size_t width = pairs.size() / static_cast<std::size_t>(rows);
  std::vector<std::int32_t> offsets{0};
  for (std::size_t i = 0; i < pairs.size(); i += 2) {
    const bool padding = pairs[i + 1] == 0;
    require<FormatError>(pairs[i + 1] == 1 || (padding && pairs[i] == 0), "feature '", feature.name,
                         "': expected numbers that are not discretized");
    if (!padding || !feature.is_sequence()) feature.numbers.push_back(static_cast<float>(pairs[i]));
    if ((i + 2) % width == 0) offsets.push_back(static_cast<std::int32_t>(feature.numbers.size()));
  }
  feature.rows = Windows::adjacent(std::move(offsets));
}

/// The features but the id itself; their tables are in the batch's file, sequences padded with 0.
std::vector<Feature> features_of(const Json& config, const SafetensorsReader& batch, const std::string& side) {
  std::vector<Feature> features;
  const Json* list = config.find(side + "_features");
  for (std::size_t i = 1; list && i < list->as_array().size(); ++i) {
    const Json::Array& about = list->as_array()[i].as_array();
    Feature feature;
    feature.name = about[0].as_string();
    feature.type = field_type(about[1].as_string()).value();
    const std::string table = concat("feat.", side, ".", feature.name);
    const std::int64_t rows = list->as_array()[0].as_array()[2].as_int();
    if (feature.is_token()) {
      feature.tokens = about[2].as_int();
      feature.ids = Index(ids(batch, table));
      const std::int64_t width = feature.ids.size() / rows;
      std::vector<std::int32_t> offsets;
      for (std::int64_t row = 0; row <= rows; ++row) offsets.push_back(static_cast<std::int32_t>(row * width));
      feature.rows = Windows::adjacent(std::move(offsets));
    } else {
      const Tensor numbers = batch.get(table);
      if (numbers.rank() < (feature.is_sequence() ? 3 : 2)) continue;  // RecBole doesn't embed it
      read_numbers(doubles(numbers), rows, feature);
    }
    features.push_back(std::move(feature));
  }
  return features;
}

models::ModelSpec spec_of(const Json& config, const std::filesystem::path& batch) {
  models::ModelSpec spec{.model = config.at("model").as_string(),
                         .n_users = config.at("n_users").as_int(),
                         .n_items = config.at("n_items").as_int(),
                         .hyper_parameters = Json::object()};
  for (const Key& key : models::model_info(spec.model).keys)
    if (const Json* value = config.find(key.name)) spec.hyper_parameters[key.name] = *value;
  spec.hyper_parameters["compat"] = "recbole";
  const SafetensorsReader reader(batch);
  spec.user_features = features_of(config, reader, "user");
  spec.item_features = features_of(config, reader, "item");
  return spec;
}

/// calculate_loss, but of the instances that the case holds where the model would draw its own.
autograd::Variable loss_of(const ModelCase& model_case, models::SequentialRecommender& model) {
  if (!model_case.instances) return model.calculate_loss(model_case.batch);
  return dynamic_cast<models::S3Rec&>(model).pretrain(*model_case.instances);
}

std::unique_ptr<models::SequentialRecommender> make(const ModelCase& model_case, const Json& compat, DType dtype,
                                                    Device device) {
  models::ModelSpec spec = model_case.spec;
  spec.hyper_parameters["compat"] = compat;
  auto model = models::make_model(spec, dtype, 1, device);
  nn::load_state(model_case.weights, model->state());
  return model;
}

}  // namespace

ModelCase::ModelCase(const std::filesystem::path& folder)
    : config(Json::parse(read_text(folder / "config.json"))),
      spec(spec_of(config, folder / "batch.safetensors")),
      weights(folder / "weights.safetensors"),
      batch(read_batch(folder / "batch.safetensors")) {
  const SafetensorsReader inputs(folder / "batch.safetensors");
  read_attributes(config, inputs, spec);
  instances = read_instances(inputs);
  const SafetensorsReader reader(folder / "expected.safetensors");
  for (const std::string& name : reader.names()) expected[name] = doubles(reader.get(name));
}

std::map<std::string, std::vector<double>> compute(const ModelCase& model_case, DType dtype, Device device) {
  std::map<std::string, std::vector<double>> computed;
  const auto model = make(model_case, "recbole", dtype, device);
  model->eval();
  computed["predict"] = doubles(model->predict(model_case.batch));
  if (model_case.expected.contains("scores")) computed["scores"] = doubles(model->full_sort_predict(model_case.batch));
  if (model_case.expected.contains("scores_fixed")) {
    const auto fixed = make(model_case, "fixed", dtype, device);
    fixed->eval();
    computed["scores_fixed"] = doubles(fixed->full_sort_predict(model_case.batch));
  }

  model->train();
  optim::Adam optimizer(model->parameters(), {.learning_rate = model_case.config.at("learning_rate").as_double()});
  for (int step = 0; step < 3; ++step) {
    const autograd::Variable loss = loss_of(model_case, *model);
    autograd::backward(loss);
    computed["losses"].push_back(loss.value().item());
    if (step == 0) {
      computed["loss"] = {loss.value().item()};
      for (const auto& [name, parameter] : model->parameters()) {
        computed["grad." + name] = parameter.grad().defined() ? doubles(parameter.grad().dense())
                                                              : std::vector<double>(parameter.value().numel());
      }
    }
    optimizer.step();
    optimizer.clear_grad();
  }
  for (const auto& [name, tensor] : model->state()) computed["step3." + name] = doubles(tensor);
  return computed;
}

}  // namespace seqrec::golden
