#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/arena.h"
#include "core/batch.h"
#include "core/key.h"
#include "core/ragged.h"
#include "kernels/byte_table.h"
#include "models/hyper_parameters.h"
#include "models/model_spec.h"
#include "models/token_tables.h"
#include "models/training_sessions.h"
#include "nn/module.h"

namespace seqrec::models {

using autograd::Variable;

/// The k best items of each row, best first: `items` i32 [rows, k] (-1 where there are fewer), `scores` [rows, k].
struct Recommendations {
  Tensor items;
  Tensor scores;
};

/// What a request leaves to the next one of the same caller and model, who keeps it: windows of a session that grows
/// share most of what is computed for them. It is a model's own use what is in it; answers have the same bits without.
struct LastWindow {
  std::vector<std::int32_t> items;
  Tensor values;

  /// So many values, for windows of at most `length` items.
  float* memory(std::int64_t length, std::int64_t size) {
    if (!values.defined()) {
      items.reserve(static_cast<std::size_t>(length));
      values = Tensor({size});
    }
    return values.data<float>();
  }
};

/// A request: a window, oldest item first, which may be empty, whose it is, and what is not to be recommended,
/// ascending.
struct OneWindow {
  std::span<const std::int32_t> items;
  std::int32_t user = 0;
  std::span<const std::int32_t> excluded = {};
  LastWindow* last = nullptr;  ///< null: there is no next one
};

/// Which random numbers a step uses.
struct Step {
  std::uint64_t seed, number;
};

/// A sequential recommender, with RecBole's names. Batches hold raw windows; each model makes its input of them.
class SequentialRecommender : public nn::Module {
 public:
  using Module::Module;

  /// The loss of a batch, a scalar (RecBole's calculate_loss). Those of this tree begin with `if constexpr (!kTraining)
  /// return {};`, which leaves their code out of libseqrec.
  virtual Variable calculate_loss(const Batch& batch) = 0;
  /// Makes of a batch what calculate_loss computes on, and keeps it there: who trains calls it a step ahead, in another
  /// thread than the one that trains meanwhile. A model that has an input of its own says so (`keep_input`), the
  /// others' is the batch. What is not prepared calculate_loss makes itself.
  virtual void prepare(Batch& batch, const Step& step) const;
  /// Parts of a batch's loss, to be computed one after the other: they add up to calculate_loss. Who trains
  /// differentiates each before the next one is made, so that memory is that of a part. One, unless a model cuts them.
  /// The batch must outlive them.
  virtual std::vector<std::function<Variable()>> loss_parts(const Batch& batch);
  /// Whether the loss of a batch is a sum over its rows, and not their mean.
  virtual bool is_loss_sum() const { return false; }
  /// RecBole's `predict`: the score of each row's target, [rows].
  Tensor predict(const Batch& batch);
  /// RecBole's `full_sort_predict`: the scores of all ids, padding included, [rows, n_items].
  virtual Tensor full_sort_predict(const Batch& batch) = 0;
  /// The k best real items (never padding) of each row without keeping all scores, but for the items `excluded` of the
  /// row; empty: nothing is excluded.
  virtual Recommendations recommend(const Batch& batch, std::int64_t k, const Ragged& excluded) = 0;
  /// The scores of given items, row by row: [entries of candidates.rows]. What a row costs beside its candidates is
  /// spent once.
  virtual Tensor predict_candidates(const Batch& batch, const Ragged& candidates) = 0;
  /// False after pre-training alone.
  virtual bool can_rank() const { return true; }
  /// Whether it has no parameters, and was made by a fit (ModelInfo::fit).
  virtual bool is_fitted() const { return false; }
  /// The vectors of the items [begin, end), [end - begin, width]: those that a history is read with. Undefined in a
  /// model that has none, for any range.
  virtual Tensor item_vectors(std::int64_t /*begin*/, std::int64_t /*end*/) const { return {}; }
  /// The vectors of the items [begin, end) whose dot products with those of the rows, [rows, width], are the scores
  /// that `recommend` ranks by. Both are undefined in a model that scores otherwise.
  virtual Tensor scoring_vectors(std::int64_t /*begin*/, std::int64_t /*end*/) const { return {}; }
  virtual Tensor history_vectors(const Batch& /*batch*/) { return {}; }
  /// The mean of the users' vectors, [1, width]; undefined in a model that has none, or no user.
  virtual Tensor mean_user() const;
  /// From now on the user 0, who is no one in training, stands for that mean: row 0 of user_table(). A model that has
  /// users' vectors elsewhere says how.
  virtual void set_mean_user();
  /// From now on no parameter changes: who serves says so, and `recommend` gets faster where it can, with the same
  /// bits.
  virtual void freeze() {}

  /// Whether the next four can be called: once it is frozen, in f32 on the CPU, in a model that knows how; in
  /// libseqrec all do, and have no other way. They answer windows one after the other with the bits of a batch, on the
  /// calling thread, in the caller's memory alone; several threads may ask at the same time.
  virtual bool answers_alone() const { return false; }
  /// `recommend`: the best into items and scores [windows, k], k >= 1.
  virtual void recommend_alone(std::span<const OneWindow> windows, std::int64_t k, Arena& arena,
                               std::span<std::int32_t> items, std::span<float> scores) const;
  /// `predict_candidates`: the scores of the candidates into `scores`; those of window i are [offsets[i], offsets[i +
  /// 1]).
  virtual void score_alone(std::span<const OneWindow> windows, std::span<const std::int32_t> offsets,
                           std::span<const std::int32_t> candidates, Arena& arena, std::span<float> scores) const;
  /// Which candidates of a window, which ascend, can be among the k best by score_alone: moves these to the front,
  /// still ascending, and says how many; all, where a model can't tell that in less time than it scores them.
  virtual std::size_t narrow_alone(const OneWindow& /*window*/, std::int64_t /*k*/, std::span<std::int32_t> candidates,
                                   Arena& /*arena*/) const {
    return candidates.size();
  }
  /// `history_vectors`, of a model that has them: out [width].
  virtual void history_vector_alone(const OneWindow& window, Arena& arena, float* out) const;

 protected:
  /// The users' vectors, [n_users, width]; null in a model that has none.
  virtual const Variable* user_table() const { return nullptr; }
  /// The candidates of all rows, one after the other. ShapeError unless there is a list for each row of the batch.
  static Index in_order(const Ragged& candidates, const Batch& batch);
  /// What `prepare` ends with: the input stays with its batch. All that it names (Metadata::add) is made ready for its
  /// step: what the steps before asked of it is there, on the model's device.
  template <class Input>
  static void keep_input(Batch& batch, Input input) {
    Metadata metadata;
    metadata.add(input);
    metadata.add(batch);
    batch.metadata = {std::move(metadata)};
    batch.input = std::make_shared<const Input>(std::move(input));
  }
  /// The same for an input of each part of the loss.
  template <class Input>
  static void keep_input(Batch& batch, std::vector<Input> parts) {
    batch.metadata.clear();
    for (const Input& part : parts) batch.metadata.emplace_back().add(part);
    batch.input = std::make_shared<const std::vector<Input>>(std::move(parts));
  }
  /// The input that was kept, or else what `make` makes.
  template <class Make, class Input = std::invoke_result_t<Make>>
  static std::shared_ptr<const Input> input_of(const Batch& batch, Make make) {
    const auto* kept = std::any_cast<std::shared_ptr<const Input>>(&batch.input);
    return kept != nullptr ? *kept : std::make_shared<const Input>(make());
  }
};

/// A model that scores an item by the dot product of its embedding with an output vector of the row.
class DotProductRecommender : public SequentialRecommender {
 public:
  using SequentialRecommender::SequentialRecommender;
  Tensor full_sort_predict(const Batch& batch) override;
  Recommendations recommend(const Batch& batch, std::int64_t k, const Ragged& excluded) override;
  Tensor predict_candidates(const Batch& batch, const Ragged& candidates) override;
  /// Rows of item_table(), unless a model reads histories with another table.
  Tensor item_vectors(std::int64_t begin, std::int64_t end) const override;
  Tensor scoring_vectors(std::int64_t begin, std::int64_t end) const override;
  Tensor history_vectors(const Batch& batch) override;
  /// Keeps the items' vectors in bytes too, and calls freeze_alone.
  void freeze() override;
  bool answers_alone() const override { return alone_; }
  void recommend_alone(std::span<const OneWindow> windows, std::int64_t k, Arena& arena, std::span<std::int32_t> items,
                       std::span<float> scores) const override;
  void score_alone(std::span<const OneWindow> windows, std::span<const std::int32_t> offsets,
                   std::span<const std::int32_t> candidates, Arena& arena, std::span<float> scores) const override;
  std::size_t narrow_alone(const OneWindow& window, std::int64_t k, std::span<std::int32_t> candidates,
                           Arena& arena) const override;
  void history_vector_alone(const OneWindow& window, Arena& arena, float* out) const override;

 protected:
  /// The output vectors, [rows, width].
  virtual Variable forward(const Batch& batch) = 0;
  /// Those that are multiplied with all items, where a model of RecBole's has others for it.
  virtual Variable forward_full_sort(const Batch& batch) { return forward(batch); }
  /// [n_items, width].
  virtual const Variable& item_table() const = 0;
  /// Makes ready for forward_alone, f32 parameters on the CPU; false in a model that has none.
  virtual bool freeze_alone() { return false; }
  /// `forward`, or `forward_full_sort`, of a single window: the same bits, into out [width].
  virtual void forward_alone(const OneWindow& window, bool full_sort, Arena& arena, float* out) const;
  /// The same of several, out [windows, width]: one after the other, unless a model shares something between them.
  virtual void forward_each(std::span<const OneWindow> windows, bool full_sort, Arena& arena, float* out) const;

 private:
  kernels::ByteTable bytes_;
  bool alone_ = false;
};

/// The needs of a model that has none but for a batch's ordinary members.
inline BatchNeeds nothing_more(const HyperParameters& /*keys*/) { return {}; }

/// A kind of model: how the program, the model file and the configuration know it (models/list.h has them all).
struct ModelInfo {
  std::string name;
  std::vector<Key> keys;  ///< hyper-parameters with RecBole's defaults; checked before one is made
  /// Makes one; `maker<Shan>` is what most have. ConfigError for hyper-parameters that contradict each other.
  std::unique_ptr<SequentialRecommender> (*make)(const ModelSpec& spec, nn::Scope at);
  bool features = false;  ///< it embeds the users' and items' features
  /// What it needs of the data, by its hyper-parameters.
  BatchNeeds (*needs)(const HyperParameters& keys) = nothing_more;
  /// The names of the two stages of a model that is pre-trained and then fine-tuned, whose keys hold `stage_keys` of
  /// them (models/stages.h); empty for the others.
  std::vector<std::string> stages = {};
  /// RecBole's keys that are no hyper-parameters, with what this model has for a default.
  std::vector<Key> defaults = {};
  /// Which parameters grow with which vocabulary, the first one that holds users (items) being their embedding: what a
  /// model needs to go on with other vocabularies. Tables that it doesn't have may be among them.
  std::vector<TokenTable> (*token_tables)(const ModelSpec& spec) = id_tables;
  /// Of a model without parameters, which is made in one pass over what is trained on: its tensors, which `make` finds
  /// in ModelSpec::fitted. Null in a model that learns by gradients.
  FittedTensors (*fit)(const ModelSpec& spec, const TrainingSessions& sessions) = nullptr;

  /// What `make` makes; UsageError if that is nothing.
  std::unique_ptr<SequentialRecommender> make_at(const ModelSpec& spec, nn::Scope at) const;
  /// What a configuration is made with: `keys` and `defaults`.
  std::vector<Key> config_keys() const;
};

/// The `make` of a model with the constructor T(spec, at).
template <class T>
std::unique_ptr<SequentialRecommender> maker(const ModelSpec& spec, nn::Scope at) {
  return std::make_unique<T>(spec, std::move(at));
}

}  // namespace seqrec::models
