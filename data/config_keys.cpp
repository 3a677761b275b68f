#include <limits>
#include <utility>

#include "data/config.h"

namespace seqrec::data {
namespace {

Json default_eval_args() {
  Json mode = Json::object();
  mode["valid"] = "full";
  mode["test"] = "full";
  Json split = Json::object();
  split["LS"] = "valid_and_test";
  Json out = Json::object();
  out["split"] = split;
  out["group_by"] = "user";
  out["order"] = "TO";
  out["mode"] = mode;
  return out;
}

/// It concerns the run's folder alone: no model file has it.
Key log_tensorboard() {
  Key key = Key::boolean("log_tensorboard", false, "Write the epochs for TensorBoard too, into the run's folder");
  key.local = true;
  return key;
}

constexpr const char* kInterval = "an interval such as [5,inf) or (0,1];[3,4]";

/// One that says how a machine goes about it: what comes out doesn't depend on it.
Key of_machine(Key key) {
  key.local = true;
  return key;
}

std::vector<Key> make_general_keys() {
  return {
      Key::text("model", "", "Name of the model"),
      Key::text("dataset", "", "Name of the dataset: a folder of data_path"),
      Key::path("data_path", "dataset/", "Folder that holds the datasets' folders"),
      Key::compat(),
      Key::integer("seed", 2020, kFromZero, "Seed of all random numbers"),

      Key::integer("epochs", 300, kFromZero, "Number of training epochs"),
      Key::integer("train_batch_size", 2048, kFromOne,
                   "Training rows per batch; with negatives that are a row's own divided by sample_num, in DIEN by 1 + "
                   "sample_num (RecBole)"),
      Key::integer(
          "shards", 1, {.min = 1, .max = 4096},
          "Parts that each batch is cut into, whose gradients are summed in a fixed order: shard i of S begins "
          "at row floor(i rows / S), with batching histories at the history that begins nearest to it"),
      Key::choice("learner", "adam", {"adam", "adamw", "sgd", "adagrad", "rmsprop", "sparse_adam"}, "Optimiser"),
      Key::number("learning_rate", 0.001, {.min = 0}, "Learning rate"),
      Key::any("train_neg_sample_args", nullptr, "~ or a map such as {distribution: uniform, sample_num: 1}",
               "Negative items for training; by default what the loss needs"),
      Key::integer("eval_step", 1, kFromZero, "Epochs between two validations; 0: none"),
      Key::integer("stopping_step", 10, kFromZero, "Validations without improvement before training stops"),
      of_machine(Key::any("checkpoint_interval", 1, "a whole number from 1, or minutes such as 10m",
                          "Epochs from one checkpoint to the next, or minutes")),
      of_machine(Key::boolean("checkpoint_wait", false,
                              "Training waits until a checkpoint is written, also where there is memory to go on")),
      Key::choice("product_precision", "f32", {"f32", "tf32", "bf16"},
                  "What matrix products round their operands to; tf32 and bf16 are faster on a CUDA device"),
      Key::map("clip_grad_norm", nullptr, "Clips the gradients' norm: {max_norm: 5, norm_type: 2}"),
      Key::number("clip_grad_value", nullptr, {.above = 0}, "Clips each element of the gradients to [-value, value]"),
      Key::number("weight_decay", 0.0, {.min = 0}, "L2 penalty of the optimiser"),
      Key::number("momentum", 0.0, {.min = 0}, "Momentum of the learner sgd"),
      Key::choice("lr_scheduler", nullptr, {"step", "exponential"},
                  "How the learning rate falls: every lr_step_size epochs, or every epoch"),
      Key::integer("lr_step_size", 3, kFromOne, "Epochs between two steps of lr_scheduler: step"),
      Key::number("lr_gamma", 0.1, {.min = 0}, "Factor of each step of lr_scheduler"),
      Key::boolean("shuffle", true, "Shuffle the training rows before each epoch"),
      Key::choice("batching", "rows", {"rows", "histories"}, "A batch holds any rows, or whole histories"),

      Key::map("eval_args", default_eval_args(), "How to split and evaluate: split, group_by, order, mode"),
      Key::boolean("repeatable", true, "Items of the history may be recommended"),
      Key::texts("metrics", Json::Array{"Recall", "MRR", "NDCG", "Hit", "Precision"}, "Metrics to report"),
      Key::integers("topk", Json::Array{10}, {.min = 1}, "Lengths of the lists that metrics look at"),
      Key::text("valid_metric", "MRR@10", "Metric that decides early stopping"),
      Key::integer("eval_batch_size", 4096, kFromOne, "Rows (with negatives: scores) per evaluation batch"),
      Key::integer("metric_decimal_place", 4, kFromZero, "Decimal places of metrics"),
      Key::number("tail_ratio", 0.1, {.min = 0}, "Share of items, or number of clicks, that make an item of the tail"),
      Key::by_compat("eval_negatives", {.fixed = "fixed", .recbole = "redraw"}, {"fixed", "redraw"},
                     "Negatives of uniN and popN: the same in all evaluations or drawn anew"),
      log_tensorboard(),
      Key::by_compat("round_before_compare", {.fixed = false, .recbole = true}, {},
                     "Round metrics before early stopping compares them"),
      Key::choices_of("baselines", Json::Array{"pop", "markov", "item_knn"}, {"pop", "markov", "item_knn"},
                      "Models without parameters that are tested beside the trained one; []: none"),
      Key::boolean("mask_history", false, "Never recommend what is in the user's history"),

      Key::text("field_separator", "\t", "Between the columns of atomic files"),
      Key::text("seq_separator", " ", "Between the values of a sequence"),
      Key::choice("quoting", "minimal", {"minimal", "none"},
                  "A field that begins with a quote ends with one, as pandas reads it; none: quotes are text"),
      Key::text("USER_ID_FIELD", "user_id", "Column of the user"),
      Key::text("ITEM_ID_FIELD", "item_id", "Column of the item"),
      Key::text("RATING_FIELD", "rating", "Column of the rating"),
      Key::text("TIME_FIELD", "timestamp", "Column of the time"),
      Key::text("LABEL_FIELD", "label", "Column of 0/1 labels, or the one that threshold makes"),
      Key::text("ITEM_LIST_LENGTH_FIELD", "item_length", "Name of a sequence's length in exports"),
      Key::text("padding_token", "", "Token that fills up benchmark_filename's lists, and is left out of them"),
      Key::text("LIST_SUFFIX", "_list", "Ends the name of the item sequence's column"),
      Key::integer("MAX_ITEM_LIST_LENGTH", 50, {.min = 1}, "Longest history that a model sees"),
      Key::map("seq_len", nullptr, "Cuts sequence columns to their first values: {field: length}"),
      Key::map("threshold", nullptr, "Labels from a column: {rating: 4} is 1 from 4 on"),
      Key::any("load_col", "auto", "auto, ~ (all columns) or a map such as {inter: [user_id, item_id, timestamp]}",
               "Columns to read; auto: what is needed"),
      Key::map("unload_col", nullptr, "Columns not to read: {inter: [..]}"),
      Key::map("unused_col", nullptr, "Columns to drop after the filters: {item: [..]}"),
      Key::choice("rm_dup_inter", nullptr, {"first", "last"}, "Which of repeated (user, item) pairs to keep"),
      Key::map("val_interval", nullptr, "Keeps rows by value: {rating: \"[3,inf)\"}"),
      Key::boolean("filter_inter_by_user_or_item", true, "Drop interactions whose user or item has no row in its file"),
      Key::any("user_inter_num_interval", "[0,inf)", kInterval, "How many interactions a user must have"),
      Key::any("item_inter_num_interval", "[0,inf)", kInterval, "How many interactions an item must have"),
      Key::texts("alias_of_user_id", nullptr, "Columns that hold users too"),
      Key::texts("alias_of_item_id", nullptr, "Columns that hold items too"),
      Key::texts("numerical_features", Json::array(), "Float columns that a model embeds beside the token columns"),
      Key::texts("normalize_field", nullptr, "Float columns to bring to [0, 1]"),
      Key::boolean("normalize_all", nullptr, "Bring all float columns to [0, 1]"),
      Key::list("benchmark_filename", nullptr,
                "Files split beforehand: [train, valid, test]; ~ for one that is missing"),
      Key::number("benchmark_valid_ratio", 0.0, {.min = 0, .below = 1},
                  "Share of benchmark_filename's training rows, its last ones, that validate where there is no such "
                  "file"),
      Key::map("preload_weight", nullptr, "Columns of vectors that users or items begin with: {item_id: item_emb}"),
      Key::texts("additional_feat_suffix", nullptr,
                 "More files NAME.SUFFIX in which preload_weight looks for its columns"),
      Key::path("init_model", "", "The model file that training goes on from (--init); empty: fresh parameters"),
      Key::by_compat("time_precision", {.fixed = "exact", .recbole = "float32"}, {"exact", "float32"},
                     "Precision in which times are compared"),
      Key::by_compat("missing_tokens", {.fixed = "empty", .recbole = "pandas"}, {"empty", "pandas"},
                     "Which tokens are missing: empty ones, or pandas' words (NA, null) too"),

      Key::unsupported("discretization"),
  };
}

}  // namespace

const std::vector<Key>& general_keys() {
  static const std::vector<Key> kKeys = make_general_keys();
  return kKeys;
}

std::string synonym(std::string_view name) {
  static constexpr std::pair<std::string_view, const char*> kSynonyms[] = {
      {"lr", "learning_rate"},
      {"batch_size", "train_batch_size"},
      {"n_epochs", "epochs"},
      {"num_epochs", "epochs"},
      {"max_epochs", "epochs"},
      {"patience", "stopping_step"},
      {"early_stopping", "stopping_step"},
      {"optimizer", "learner"},
      {"wd", "weight_decay"},
      {"l2", "weight_decay"},
      {"dim", "embedding_size"},
      {"emb_size", "embedding_size"},
      {"embedding_dim", "embedding_size"},
      {"max_len", "MAX_ITEM_LIST_LENGTH"},
      {"maxlen", "MAX_ITEM_LIST_LENGTH"},
      {"max_seq_length", "MAX_ITEM_LIST_LENGTH"},
      {"k", "topk"},
      {"loss", "loss_type"},
  };
  for (const auto& [other, key] : kSynonyms)
    if (name == other) return key;
  return "";
}

const std::vector<std::pair<std::string, std::string>>& ignored_keys() {
  static const char* const kDevice = "see --device";
  static const char* const kThreads = "see --threads";
  static const char* const kOut = "see --out";
  static const char* const kLog = "see --log-format";
  static const char* const kSame = "the same seed always gives the same result";
  static const char* const kNoCache = "see seqrec data --prepare";
  static const char* const kNoTracker = "there is no experiment tracker";
  static const char* const kPrecision = "see product_precision";
  static const char* const kModel = "a model orders its input itself";
  static const char* const kNames = "no such column is made";
  static const char* const kGraph = "there are no knowledge graphs";
  static const char* const kNegatives = "see train_neg_sample_args";
  static const std::vector<std::pair<std::string, std::string>> kKeys = {
      {"gpu_id", kDevice},
      {"use_gpu", kDevice},
      {"device", kDevice},
      {"worker", kThreads},
      {"nproc", kThreads},
      {"checkpoint_dir", kOut},
      {"state", kLog},
      {"show_progress", kLog},
      {"loss_decimal_place", kLog},
      {"verbose", kLog},
      {"reproducibility", kSame},
      {"save_dataset", kNoCache},
      {"dataset_save_path", kNoCache},
      {"save_dataloaders", kNoCache},
      {"dataloaders_save_path", kNoCache},
      {"log_wandb", kNoTracker},
      {"wandb_project", kNoTracker},
      {"enable_amp", kPrecision},
      {"enable_scaler", kPrecision},
      {"allow_tf32", kPrecision},
      {"require_pow", "no model here asks for it"},
      {"transform", kModel},
      {"valid_metric_bigger", "it follows from valid_metric"},
      {"encoding", "tokens are bytes"},
      {"NEG_PREFIX", kNames},
      {"POSITION_FIELD", kNames},
      {"HEAD_ENTITY_ID_FIELD", kGraph},
      {"TAIL_ENTITY_ID_FIELD", kGraph},
      {"RELATION_ID_FIELD", kGraph},
      {"ENTITY_ID_FIELD", kGraph},
      {"kg_reverse_r", kGraph},
      {"entity_kg_num_interval", kGraph},
      {"relation_kg_num_interval", kGraph},
      {"alias_of_entity_id", kGraph},
      {"alias_of_relation_id", kGraph},
      {"neg_sampling", kNegatives},
      {"training_neg_sample_num", kNegatives},
  };
  return kKeys;
}

}  // namespace seqrec::data
