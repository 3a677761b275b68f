// GRU4Rec (Tan, Xu and Liu, "Improved Recurrent Neural Networks for Session-based Recommendations", DLRS 2016), as
// RecBole has it, in a program that trains and serves it beside the library's own models. ../README.md says how to
// build and use it.
#include <seqrec/models.h>
#include <seqrec/program.h>

using namespace seqrec;
using autograd::Variable;

class Gru4Rec : public models::DotProductRecommender {
 public:
  static models::ModelInfo info() {
    return {.name = "GRU4Rec",
            .keys = {Key::integer("MAX_ITEM_LIST_LENGTH", 50, {.min = 1}, "the last items that the model looks at"),
                     Key::integer("embedding_size", 64, {.min = 1}, "width of the item vectors"),
                     Key::integer("hidden_size", 128, {.min = 1}, "width of the recurrent layers' states"),
                     Key::integer("num_layers", 1, {.min = 1, .max = 100}, "recurrent layers, one after the other"),
                     Key::number("dropout_prob", 0.3, {.min = 0, .below = 1}, "dropout of the embeddings"),
                     Key::choice("loss_type", "CE", {"CE", "BPR"},
                                 "CE: softmax over all items; BPR: against one sampled negative")},
            .make = models::maker<Gru4Rec>};
  }

  Gru4Rec(const models::ModelSpec& spec, nn::Scope at)
      : DotProductRecommender(at),
        keys_(spec.hyper_parameters),
        items_(at / "item_embedding", spec.n_items, keys_.get_int("embedding_size"),
               {.initial = nn::xavier_normal(), .padding = 0}),
        dropout_(at / "emb_dropout", keys_.get_double("dropout_prob")),
        dense_(at / "dense", keys_.get_int("hidden_size"), keys_.get_int("embedding_size")) {
    const std::int64_t width = keys_.get_int("hidden_size");
    for (std::int64_t i = 0; i < keys_.get_int("num_layers"); ++i)  // RecBole re-draws the first layer's weights alone
      layers_.emplace_back(at / "gru_layers", i == 0 ? keys_.get_int("embedding_size") : width, width,
                           nn::GruOptions{.bias = false,
                                          .suffix = "_l" + std::to_string(i),
                                          .initial_weight = i == 0 ? nn::xavier_uniform() : nullptr});
  }

  /// The mean loss of the rows' targets.
  Variable calculate_loss(const Batch& batch) override {
    const Variable output = forward(batch);
    if (keys_.get_string("loss_type") == "CE")
      return autograd::catalogue_cross_entropy(output, items_.weight(), batch.targets);
    return nn::bpr_loss(output, items_(batch.targets), items_(batch.negatives));
  }

 protected:
  /// What should come next, one vector per row: the state after the row's last item, made as wide as an item's vector.
  Variable forward(const Batch& batch) override {
    const models::CausalInput in = models::causal_input(batch, keys_.get_int("MAX_ITEM_LIST_LENGTH"));
    Variable x = dropout_(items_(in.items));
    for (const nn::Gru& layer : layers_) x = layer(x, in.sequences);
    return dense_(autograd::embedding(x, in.read));
  }
  const Variable& item_table() const override { return items_.weight(); }

 private:
  models::HyperParameters keys_;
  nn::Embedding items_;
  nn::Dropout dropout_;
  std::vector<nn::Gru> layers_;
  nn::Linear dense_;
};

int main(int argc, char** argv) {
  models::add(Gru4Rec::info());
  return program(argc, argv);
}
