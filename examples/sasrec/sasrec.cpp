// SASRec (Kang and McAuley, "Self-Attentive Sequential Recommendation", ICDM 2018), as RecBole has it, in a program
// that trains and serves it beside the library's own models. ../README.md says how to build and use it.
#include <seqrec/models.h>
#include <seqrec/program.h>

using namespace seqrec;
using autograd::Variable;

class SasRec : public models::DotProductRecommender {
 public:
  static models::ModelInfo info() {
    std::vector<Key> keys = models::transformer_keys();
    keys.push_back(Key::integer("MAX_ITEM_LIST_LENGTH", 50, {.min = 1}, "the last items that the model looks at"));
    keys.push_back(
        Key::choice("loss_type", "CE", {"CE", "BPR"}, "CE: softmax over all items; BPR: against one sampled negative"));
    return {.name = "SASRec", .keys = keys, .make = models::maker<SasRec>};
  }

  SasRec(const models::ModelSpec& spec, nn::Scope at)
      : DotProductRecommender(at),
        keys_(spec.hyper_parameters),
        transformer_(models::transformer_options(keys_)),
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
