// SASRec (Kang and McAuley, "Self-Attentive Sequential Recommendation", ICDM 2018), as RecBole has it, in a program
// that trains and serves it beside the library's own models. ../README.md says how to build and use it.
#include <seqrec/models.h>
#include <seqrec/program.h>

using namespace seqrec;
using autograd::Variable;

class SasRec : public models::DotProductRecommender {
 public:
  static models::ModelInfo info() {
    return {
        .name = "SASRec",
        .keys = {Key::integer("MAX_ITEM_LIST_LENGTH", 50, {.min = 1}, "the last items that the model looks at"),
                 Key::integer("n_layers", 2, {.min = 1}, "layers of the transformer"),
                 Key::integer("n_heads", 2, {.min = 1}, "attention heads of a layer; they must divide hidden_size"),
                 Key::integer("hidden_size", 64, {.min = 1}, "width of the item vectors"),
                 Key::integer("inner_size", 256, {.min = 1}, "width of the point-wise sublayers' hidden layer"),
                 Key::number("hidden_dropout_prob", 0.5, {.min = 0, .below = 1},
                             "dropout of the embeddings and of each sublayer's output"),
                 Key::number("attn_dropout_prob", 0.5, {.min = 0, .below = 1}, "dropout of the attention's weights"),
                 Key::choice("hidden_act", "gelu", {"gelu", "relu", "swish", "tanh", "sigmoid"},
                             "activation of the point-wise sublayers"),
                 Key::number("layer_norm_eps", 1e-12, {.min = 1e-30, .max = 1}, "added to the variance in layer norms"),
                 Key::number("initializer_range", 0.02, {.min = 0}, "standard deviation of the initial weights"),
                 Key::choice("loss_type", "CE", {"CE", "BPR"},
                             "CE: softmax over all items; BPR: against one sampled negative")},
        .make = models::maker<SasRec>};
  }

  SasRec(const models::ModelSpec& spec, nn::Scope at)
      : DotProductRecommender(at),
        keys_(spec.hyper_parameters),
        transformer_(transformer_options(keys_)),
        items_(at / "item_embedding", spec.n_items, transformer_.hidden_size, {.initial = initial(), .padding = 0}),
        positions_(at / "position_embedding", keys_.get_int("MAX_ITEM_LIST_LENGTH"), transformer_.hidden_size,
                   {.initial = initial()}),
        norm_(at / "LayerNorm", transformer_.hidden_size, {.eps = transformer_.layer_norm_eps}),
        dropout_(at / "dropout", transformer_.hidden_dropout_prob),
        encoder_(at / "trm_encoder", transformer_) {}

  /// The mean loss of the rows' targets.
  Variable calculate_loss(const Batch& batch) override {
    const Variable output = forward(batch);
    if (keys_.get_string("loss_type") == "CE")
      return autograd::catalogue_cross_entropy(output, items_.weight(), batch.targets);
    return nn::bpr_loss(output, items_(batch.targets), items_(batch.negatives));
  }

 protected:
  /// What should come next, one vector per row: the encoder's output at the row's last item.
  Variable forward(const Batch& batch) override {
    const models::CausalInput in = models::causal_input(batch, positions_.rows());
    const Variable x = dropout_(norm_(items_(in.items) + positions_(in.positions)));
    return encoder_(x, in.windows, in.read);
  }
  const Variable& item_table() const override { return items_.weight(); }

 private:
  static nn::TransformerOptions transformer_options(const models::HyperParameters& keys) {
    return {.n_layers = keys.get_int("n_layers"),
            .n_heads = keys.get_int("n_heads"),
            .hidden_size = keys.get_int("hidden_size"),
            .inner_size = keys.get_int("inner_size"),
            .hidden_dropout_prob = keys.get_double("hidden_dropout_prob"),
            .attn_dropout_prob = keys.get_double("attn_dropout_prob"),
            .hidden_act = keys.get_string("hidden_act"),
            .layer_norm_eps = keys.get_double("layer_norm_eps"),
            .initializer_range = keys.get_double("initializer_range")};
  }
  nn::Initial initial() const { return nn::normal(transformer_.initializer_range); }

  models::HyperParameters keys_;
  nn::TransformerOptions transformer_;
  nn::Embedding items_, positions_;
  nn::LayerNorm norm_;
  nn::Dropout dropout_;
  nn::TransformerEncoder encoder_;
};

int main(int argc, char** argv) {
  models::add(SasRec::info());
  return program(argc, argv);
}
