#include "data/config.h"

namespace seqrec::data {
namespace {

using Kind = Key::Kind;

Json names(std::initializer_list<const char*> list) {
  Json out = Json::array();
  for (const char* name : list) out.push_back(name);
  return out;
}

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

std::vector<Key> make_general_keys() {
  std::vector<Key> keys = {
      {"model", "", "Name of the model", Kind::String},
      {"dataset", "", "Name of the dataset: a folder of data_path", Kind::String},
      {"data_path", "dataset/", "Folder that holds the datasets' folders", Kind::String},
      {"compat", "fixed", "RecBole's models mended, or with their mistakes", Kind::String},
      {"seed", 2020, "Seed of all random numbers", Kind::Int, 0},

      {"epochs", 300, "Number of training epochs", Kind::Int, 0},
      {"train_batch_size", 2048,
       "Training rows per batch; with negatives divided by sample_num, in DIEN by 1 + sample_num (RecBole)", Kind::Int,
       1},
      {"learner", "adam", "Optimiser", Kind::String},
      {"learning_rate", 0.001, "Learning rate", Kind::Number, 0},
      {"train_neg_sample_args", nullptr, "Negative items for training; by default what the loss needs", Kind::Any},
      {"eval_step", 1, "Epochs between two validations; 0: none", Kind::Int, 0},
      {"stopping_step", 10, "Validations without improvement before training stops", Kind::Int, 0},
      {"allow_tf32", false, "On a CUDA device: f32 products may round their input to TF32 (10 bits of mantissa)",
       Kind::Bool},
      {"clip_grad_norm", nullptr, "Clips the gradients' norm: {max_norm: 5, norm_type: 2}", Kind::Map},
      {"clip_grad_value", nullptr, "Clips each element of the gradients to [-value, value]", Kind::Number, 0},
      {"weight_decay", 0.0, "L2 penalty of the optimiser", Kind::Number, 0},
      {"momentum", 0.0, "Momentum of the learner sgd", Kind::Number, 0},
      {"lr_scheduler", nullptr, "How the learning rate falls: every lr_step_size epochs, or every epoch", Kind::String},
      {"lr_step_size", 3, "Epochs between two steps of lr_scheduler: step", Kind::Int, 1},
      {"lr_gamma", 0.1, "Factor of each step of lr_scheduler", Kind::Number, 0},
      {"shuffle", true, "Shuffle the training rows before each epoch", Kind::Bool},
      {"batching", "rows", "A batch holds any rows, or whole histories", Kind::String},

      {"eval_args", default_eval_args(), "How to split and evaluate: split, group_by, order, mode", Kind::Map},
      {"repeatable", true, "Items of the history may be recommended", Kind::Bool},
      {"metrics", names({"Recall", "MRR", "NDCG", "Hit", "Precision"}), "Metrics to report", Kind::List},
      {"topk", Json::Array{10}, "Lengths of the lists that metrics look at", Kind::List},
      {"valid_metric", "MRR@10", "Metric that decides early stopping", Kind::String},
      {"eval_batch_size", 4096, "Rows (with negatives: scores) an evaluation batch", Kind::Int, 1},
      {"metric_decimal_place", 4, "Decimal places of metrics", Kind::Int, 0},
      {"tail_ratio", 0.1, "Share of items, or number of clicks, that make an item of the tail", Kind::Number, 0},
      {"eval_negatives", "fixed", "Negatives of uniN and popN: the same in all evaluations or drawn anew",
       Kind::String},
      {"round_before_compare", false, "Round metrics before early stopping compares them", Kind::Bool},
      {"mask_history", false, "Never recommend what is in the user's history", Kind::Bool},

      {"field_separator", "\t", "Between the columns of atomic files", Kind::String},
      {"seq_separator", " ", "Between the values of a sequence", Kind::String},
      {"USER_ID_FIELD", "user_id", "Column of the user", Kind::String},
      {"ITEM_ID_FIELD", "item_id", "Column of the item", Kind::String},
      {"RATING_FIELD", "rating", "Column of the rating", Kind::String},
      {"TIME_FIELD", "timestamp", "Column of the time", Kind::String},
      {"LABEL_FIELD", "label", "Column of 0/1 labels, or the one that threshold makes", Kind::String},
      {"ITEM_LIST_LENGTH_FIELD", "item_length", "Name of a sequence's length in exports", Kind::String},
      {"LIST_SUFFIX", "_list", "Ends the name of the item sequence's column", Kind::String},
      {"MAX_ITEM_LIST_LENGTH", 50, "Longest history that a model sees", Kind::Int, 1},
      {"seq_len", nullptr, "Cuts sequence columns to their first values: {field: length}", Kind::Map},
      {"threshold", nullptr, "Labels from a column: {rating: 4} is 1 from 4 on", Kind::Map},
      {"load_col", "auto", "Columns to read: {inter: [..], item: [..]}; ~: all; auto: what is needed", Kind::Any},
      {"unload_col", nullptr, "Columns not to read: {inter: [..]}", Kind::Map},
      {"unused_col", nullptr, "Columns to drop after the filters: {item: [..]}", Kind::Map},
      {"rm_dup_inter", nullptr, "Which of repeated (user, item) pairs to keep", Kind::String},
      {"val_interval", nullptr, "Keeps rows by value: {rating: \"[3,inf)\"}", Kind::Map},
      {"filter_inter_by_user_or_item", true, "Drop interactions whose user or item has no row in its file", Kind::Bool},
      {"user_inter_num_interval", "[0,inf)", "How many interactions a user must have", Kind::Interval},
      {"item_inter_num_interval", "[0,inf)", "How many interactions an item must have", Kind::Interval},
      {"alias_of_user_id", nullptr, "Columns that hold users too", Kind::List},
      {"alias_of_item_id", nullptr, "Columns that hold items too", Kind::List},
      {"numerical_features", Json::array(), "Float columns that a model embeds beside the token columns", Kind::List},
      {"normalize_field", nullptr, "Float columns to bring to [0, 1]", Kind::List},
      {"normalize_all", nullptr, "Bring all float columns to [0, 1]", Kind::Bool},
      {"benchmark_filename", nullptr, "Files split beforehand: [train, valid, test]; ~ for one that is missing",
       Kind::List},
      {"benchmark_valid_ratio", 0.0,
       "Share of benchmark_filename's training rows, its last ones, that validate where there is no such file",
       Kind::Number},
      {"preload_weight", nullptr, "Columns of vectors that users or items begin with: {item_id: item_emb}", Kind::Map},
      {"additional_feat_suffix", nullptr, "More files NAME.SUFFIX in which preload_weight looks for its columns",
       Kind::List},
      {"init_model", "", "The model file that training goes on from (--init); empty: fresh parameters", Kind::String},
      {"time_precision", "exact", "Precision in which times are compared", Kind::String},
      {"missing_tokens", "empty", "Which tokens are missing: empty ones, or pandas' words (NA, null) too",
       Kind::String},

      {"discretization", nullptr, "Not supported", Kind::NullOnly},
  };
  const auto choose = [&keys](std::string_view name, std::vector<std::string> choices, const char* recbole = nullptr) {
    for (Key& key : keys)
      if (key.name == name) {
        key.choices = std::move(choices);
        if (recbole) key.recbole_default = Json(recbole);
        return;
      }
  };
  choose("compat", {"fixed", "recbole"});
  choose("batching", {"rows", "histories"});
  choose("learner", {"adam", "adamw", "sgd", "adagrad", "rmsprop", "sparse_adam"});
  choose("lr_scheduler", {"step", "exponential"});
  choose("eval_negatives", {"fixed", "redraw"}, "redraw");
  choose("rm_dup_inter", {"first", "last"});
  choose("time_precision", {"exact", "float32"}, "float32");
  choose("missing_tokens", {"empty", "pandas"}, "pandas");
  for (Key& key : keys) {
    if (key.name == "data_path" || key.name == "init_model") key.local = true;
    if (key.name == "round_before_compare") key.recbole_default = Json(true);
  }
  return keys;
}

}  // namespace

const std::vector<Key>& general_keys() {
  static const std::vector<Key> kKeys = make_general_keys();
  return kKeys;
}

const std::vector<std::pair<std::string, std::string>>& ignored_keys() {
  static const char* const kDevice = "see --device";
  static const char* const kThreads = "see --threads";
  static const char* const kOut = "see --out";
  static const char* const kLog = "see --log-format";
  static const char* const kSame = "the same seed always gives the same result";
  static const char* const kNoCache = "prepared data are not cached";
  static const char* const kNoTracker = "there is no experiment tracker";
  static const char* const kPrecision = "training runs in float32";
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
