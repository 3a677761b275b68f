#include "models/s3rec.h"

#include "autograd/ops/cross_entropy.h"
#include "autograd/ops/elementwise.h"
#include "autograd/ops/embedding.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/shape.h"
#include "core/error.h"
#include "models/stages.h"
#include "models/transformer_keys.h"
#include "nn/losses.h"

namespace seqrec::models {

using namespace autograd;

namespace {

/// Places of a slice while it is differentiated: each takes about 10 KiB in fine-tuning, and 30 in pre-training.
constexpr std::int64_t kFineTuningPlaces = 16384;
constexpr std::int64_t kSlicePlaces = 4096;

constexpr NumberRange kWeight{.min = 0, .max = 1e30};

/// Where the slices begin, and the end: whole instances, about kSlicePlaces places each.
std::vector<std::int64_t> slice_cuts(const S3RecInstances& instances) {
  std::vector<std::int64_t> cuts{0};
  for (std::int64_t i = 1; i < instances.size(); ++i)
    if (instances.offsets[i + 1] - instances.offsets[cuts.back()] > kSlicePlaces) cuts.push_back(i);
  cuts.push_back(instances.size());
  return cuts;
}

/// The sum of -log sigmoid(sigmoid(positive) - sigmoid(negative)), the scores being dot products by row: RecBole and
/// the authors take the sigmoid twice.
Variable ranking_loss(const Variable& query, const Variable& positive, const Variable& negative) {
  const auto score = [&](const Variable& x) { return sigmoid(sum(query * x, 1)); };
  return -sum(log_sigmoid(score(positive) - score(negative)));
}

Variable sum_of(const std::vector<std::function<Variable()>>& parts) {
  Variable total = parts.at(0)();
  for (std::size_t i = 1; i < parts.size(); ++i) total = total + parts[i]();
  return total;
}

}  // namespace

S3Rec::Options::Options(const HyperParameters& keys, std::int64_t n_items)
    : transformer(transformer_options(keys)),
      masking{.max_length = keys.get_int("MAX_ITEM_LIST_LENGTH"),
              .mask = static_cast<std::int32_t>(n_items),
              .ratio = keys.get_double("mask_ratio"),
              .mask_last = keys.get_string("s3rec_mask_last") == "always",
              .with_target = keys.get_string("s3rec_instances") == "with_target",
              .mask_negatives = keys.get_string("s3rec_negatives") == "recbole"},
      pretrain(keys.get_string("train_stage") == "pretrain"),
      mark_last_attribute(keys.get_string("s3rec_missing_attribute") == "recbole"),
      aap_weight(keys.get_double("aap_weight")),
      mip_weight(keys.get_double("mip_weight")),
      map_weight(keys.get_double("map_weight")),
      sp_weight(keys.get_double("sp_weight")),
      loss_type(keys.get_string("loss_type")) {
  const std::string& positions = keys.get_string("s3rec_positions");
  const bool last_windows = keys.get_string("s3rec_finetune_windows") == "last";
  pretrain_positions = positions == "begin" ? Positions::FromBegin : Positions::ToEnd;
  scored_positions = positions == "end" ? Positions::ToEnd : Positions::FromBegin;
  finetune_positions = positions == "end" && last_windows ? Positions::ToSharedEnd : scored_positions;
}

// Initialised as in RecBole: all weights and tables N(0, initializer_range^2), padding too, biases 0.
S3Rec::S3Rec(const ModelSpec& spec, nn::Scope at)
    : DotProductRecommender(at),
      options_(HyperParameters(spec.hyper_parameters), spec.n_items),
      sampled_(HyperParameters(spec.hyper_parameters), spec.n_items),
      attributes_(spec.attributes),
      item_embedding_(table(at / "item_embedding", spec.n_items + 1, 0)),
      position_embedding_(table(at / "position_embedding", options_.masking.max_length)),
      feature_embedding_(table(at / "feature_embedding", spec.n_attributes())),
      trm_encoder_(at / "trm_encoder", options_.transformer),
      norm_(at / "LayerNorm", options_.transformer.hidden_size, {.eps = options_.transformer.layer_norm_eps}),
      dropout_(at / "dropout", options_.transformer.hidden_dropout_prob),
      aap_norm_(square(at / "aap_norm")),
      mip_norm_(square(at / "mip_norm")),
      map_norm_(square(at / "map_norm")),
      sp_norm_(square(at / "sp_norm")),
      real_items_(item_embedding_.weight().value().slice(0, 0, spec.n_items)) {
  if (attributes_ && options_.mark_last_attribute)
    attributes_ = std::make_shared<const ItemAttributes>(attributes_->with_missing());
}

nn::Embedding S3Rec::table(nn::Scope at, std::int64_t rows, std::int64_t padding) const {
  const nn::TransformerOptions& o = options_.transformer;
  return {at, rows, o.hidden_size, {.initial = nn::normal(o.initializer_range), .padding = padding}};
}

nn::Linear S3Rec::square(nn::Scope at) const {
  const nn::TransformerOptions& o = options_.transformer;
  return {at,
          o.hidden_size,
          o.hidden_size,
          {.initial_weight = nn::normal(o.initializer_range), .initial_bias = nn::zeros()}};
}

Variable S3Rec::embed(const Sequences& sequences) {
  return dropout_(norm_(item_embedding_(sequences.items) + position_embedding_(sequences.positions)));
}

Variable S3Rec::forward(const Batch& batch) {
  if constexpr (!kTraining) return {};
  return output_of(causal_input(batch, options_.masking.max_length, positions()));
}

Variable S3Rec::output_of(const CausalInput& input) {
  return trm_encoder_(embed(input), input.windows, input.read, input.of_read);
}

Variable S3Rec::calculate_loss(const Batch& batch) {
  if constexpr (!kTraining) return {};
  return sum_of(loss_parts(batch));
}

void S3Rec::prepare(Batch& batch, const Step& step) const {
  if constexpr (!kTraining) return;
  if (options_.pretrain)
    keep_input(batch, pretrain_slices(reconstruct_pretrain_data(batch, options_.masking,
                                                                first_stream(Purpose::Mask, step.seed, step.number))));
  else
    keep_input(batch, fine_tuning_slices(batch));
}

S3Rec::Parts S3Rec::loss_parts(const Batch& batch) {
  if constexpr (!kTraining) return {};
  if (options_.pretrain)
    return pretrain_parts(input_of(batch, [&] {
      return pretrain_slices(reconstruct_pretrain_data(batch, options_.masking, next_stream(Purpose::Mask)));
    }));
  const auto slices = input_of(batch, [&] { return fine_tuning_slices(batch); });
  Parts parts;
  for (const FineTuningSlice& slice : *slices)
    parts.push_back([this, slices, &slice] {
      return slice.share == 1 ? next_item_loss(slice) : slice.share * next_item_loss(slice);
    });
  return parts;
}

std::vector<S3Rec::FineTuningSlice> S3Rec::fine_tuning_slices(const Batch& batch) const {
  const std::int64_t max_length = options_.masking.max_length;
  std::vector<FineTuningSlice> slices;
  for (const Batch& slice : slices_of(batch, max_length, positions(), kFineTuningPlaces))
    slices.push_back({causal_input(slice, max_length, positions()), slice.targets, slice.negatives,
                      sampled_.input(slice.targets, batch.shared_negatives),
                      static_cast<double>(slice.rows()) / static_cast<double>(batch.rows())});
  return slices;
}

Variable S3Rec::next_item_loss(const FineTuningSlice& slice) {
  const Variable output = output_of(slice.input);
  if (options_.loss_type == "CE") return catalogue_cross_entropy(output, item_embedding_.weight(), slice.targets);
  if (sampled_.is_asked_for()) return sampled_(output, item_embedding_, item_embedding_(slice.targets), slice.sampled);
  const auto pairs = options_.loss_type == "BPR" ? nn::bpr_loss : nn::bce_loss;
  return pairs(output, item_embedding_(slice.targets), item_embedding_(slice.negatives));
}

Variable S3Rec::pretrain(const S3RecInstances& instances) {
  return sum_of(pretrain_parts(std::make_shared<const std::vector<S3RecSlice>>(pretrain_slices(instances))));
}

std::vector<S3RecSlice> S3Rec::pretrain_slices(const S3RecInstances& instances) const {
  require<ConfigError>(attributes_ != nullptr, "pre-training S3Rec needs the items' attributes (item_attribute)");
  const S3RecPretraining of{options_.masking.max_length, options_.masking.mask, options_.pretrain_positions,
                            attributes_.get()};
  const std::vector<std::int64_t> cuts = slice_cuts(instances);
  std::vector<S3RecSlice> slices;
  for (std::size_t i = 1; i < cuts.size(); ++i) slices.push_back(s3rec_slice(instances, cuts[i - 1], cuts[i], of));
  return slices;
}

S3Rec::Parts S3Rec::pretrain_parts(const std::shared_ptr<const std::vector<S3RecSlice>>& slices) {
  Parts parts;
  for (const S3RecSlice& slice : *slices) parts.push_back([this, slices, &slice] { return pretrain_slice(slice); });
  return parts;
}

Variable S3Rec::pretrain_slice(const S3RecSlice& slice) {
  const Variable output = trm_encoder_(embed(slice.sequences), slice.sequences.windows);
  Variable loss(Tensor::zeros({}, output.dtype(), output.device()));
  const auto add = [&](double weight, const Index& places, const auto& task) {
    if (weight > 0 && places.size() > 0) loss = loss + weight * task(embedding(output, places));
  };
  add(options_.aap_weight, slice.seen,
      [&](const Variable& hidden) { return attribute_prediction(aap_norm_, hidden, slice.seen_attributes); });
  add(options_.mip_weight, slice.ranked,
      [&](const Variable& hidden) { return masked_item_prediction(hidden, slice.ranked_items, slice.negatives); });
  add(options_.map_weight, slice.masked,
      [&](const Variable& hidden) { return attribute_prediction(map_norm_, hidden, slice.masked_attributes); });
  if (options_.sp_weight > 0) loss = loss + options_.sp_weight * segment_prediction(slice);
  return loss;
}

Variable S3Rec::masked_item_prediction(const Variable& hidden, const Index& items, const Index& negatives) const {
  return ranking_loss(mip_norm_(hidden), item_embedding_(items), item_embedding_(negatives));
}

Variable S3Rec::attribute_prediction(const nn::Linear& norm, const Variable& hidden, const Windows& attributes) const {
  return catalogue_binary_cross_entropy(norm(hidden), feature_embedding_.weight(), attributes_->ids, attributes);
}

Variable S3Rec::segment_prediction(const S3RecSlice& slice) {
  // A segment's vector is that of the instance's last place.
  const std::int64_t count = slice.segment_ends.size() / 3;
  const Variable output =
      trm_encoder_(embed(slice.segments), slice.segments.windows, slice.segment_ends, slice.of_segment_ends);
  const auto parts = split(output, 0, {count, count, count});
  return ranking_loss(sp_norm_(parts[0]), parts[1], parts[2]);
}

ModelInfo s3rec_info() {
  ModelInfo info{
      "S3Rec",
      {Key::integer("MAX_ITEM_LIST_LENGTH", 50, {.min = 1}, "the last items of a history that the model looks at"),
       Key::compat(),
       loss_type_key(
           {"CE", "BPR", "BCE"},
           "of fine-tuning. CE: softmax over all items; BPR: against one sampled negative; BCE: the authors', "
           "each target and negative by itself"),
       Key::texts("item_attribute", "class",
                  "the items' columns, token or token_seq, that pre-training predicts; ~ where there is none to"),
       Key::number("mask_ratio", 0.2, {.min = 0, .max = 1}, "probability of an item to be masked in pre-training"),
       Key::number("aap_weight", 0.2, kWeight, "weight of associated attribute prediction"),
       Key::number("mip_weight", 1.0, kWeight, "weight of masked item prediction"),
       Key::number("map_weight", 1.0, kWeight, "weight of masked attribute prediction"),
       Key::number("sp_weight", 0.5, kWeight, "weight of segment prediction"),
       Key::by_compat("s3rec_positions", {.fixed = "begin", .recbole = "recbole"}, {"begin", "end", "recbole"},
                      "begin: positions count from the window's begin; end: to its end (the authors'); recbole: to its "
                      "end in pre-training, from its begin in fine-tuning"),
       Key::by_compat("s3rec_negatives", "fixed: masked item prediction draws items; recbole: the mask too"),
       Key::by_compat("s3rec_missing_attribute",
                      "fixed: an item without an attribute has none; recbole: of a token column, the last one"),
       Key::choice("s3rec_mask_last", "drawn", {"drawn", "always"},
                   "drawn: the last item is masked like any other (RecBole); always: the authors'"),
       Key::choice("s3rec_instances", "window", {"window", "with_target"},
                   "window: pre-training reads what comes before a target (RecBole); with_target: that and the target, "
                   "and each history's first item by itself (the authors')"),
       Key::choice("s3rec_finetune_windows", "sliding", {"sliding", "last"},
                   "sliding: fine-tuning reads the window before each target (RecBole); last: the last window of each "
                   "history, for every target in it (the authors')")},
      maker<S3Rec>};
  add_sampled_loss_keys(info.keys);
  const std::vector<Key> transformer = transformer_keys();
  info.keys.insert(info.keys.begin() + 2, transformer.begin(), transformer.end());
  info.stages = {"pretrain", "finetune"};
  for (Key& key : stage_keys(info.stages)) info.keys.push_back(std::move(key));
  info.needs = [](const HyperParameters& keys) -> BatchNeeds {
    const bool finetune = keys.get_string("train_stage") == "finetune";
    const bool last = finetune && keys.get_string("s3rec_finetune_windows") == "last";
    const bool to_end = keys.get_string("s3rec_positions") == "end";
    return {.last_windows = last,
            .uncut_key = last && to_end ? "s3rec_positions" : "",
            .item_column_key = "item_attribute",
            .item_columns_optional = finetune};
  };
  info.token_tables = [](const ModelSpec& spec) -> std::vector<TokenTable> {
    return {{"item_embedding.weight", {{TokenRows::kItems, spec.n_items}, {"", 1}}},
            {"feature_embedding.weight", attribute_rows(spec)}};
  };
  return info;
}

}  // namespace seqrec::models
