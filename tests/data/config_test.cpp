#include "data/config.h"

#include <doctest/doctest.h>

#include "tests/data/dataset_files.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::data;

namespace {

using Distribution = NegativeSampling::Distribution;

Key loss(const char* value) { return Key::choice("loss_type", value, {"CE", "BPR"}, "Loss"); }
Key width() { return Key::integer("embedding_size", 64, {.min = 1}, "Width"); }

Config with(std::vector<std::string> settings, std::vector<Key> keys = {}) {
  ConfigInput input;
  input.settings = std::move(settings);
  input.model_keys = std::move(keys);
  return Config(input);
}

std::string config_error(std::vector<std::string> settings, std::vector<Key> keys = {}) {
  return message_of<ConfigError>([&] { with(settings, keys); });
}

}  // namespace

TEST_CASE("the defaults are RecBole's for sequential models") {
  const Config config;
  CHECK(config.get_int("train_batch_size") == 2048);
  CHECK(config.get_int("MAX_ITEM_LIST_LENGTH") == 50);
  CHECK(config.get_double("learning_rate") == 0.001);
  CHECK(config.get_string("valid_metric") == "MRR@10");
  CHECK(config.get_strings("metrics") == std::vector<std::string>{"Recall", "MRR", "NDCG", "Hit", "Precision"});
  CHECK(config.get_ints("topk") == std::vector<std::int64_t>{10});
  CHECK(config.at("eval_args").dump() ==
        R"({"split":{"LS":"valid_and_test"},"group_by":"user","order":"TO","mode":{"valid":"full","test":"full"}})");
  CHECK(config.is_null("rm_dup_inter"));
  CHECK(!config.train_negatives().any());
  CHECK(!config.recbole());
  CHECK(config.source("epochs") == "default");
  CHECK(!config.is_explicit("epochs"));
}

TEST_CASE("later layers win and say where a value came from") {
  const TempFolder folder;
  write_text(folder / "a.yaml", "epochs: 3\nseed: 1\ntopk: 5\n");
  write_text(folder / "b.yaml", "# more\nepochs: 4\n");
  ConfigInput input;
  input.files = {folder / "a.yaml", folder / "b.yaml"};
  input.settings = {"seed=2", "seed=3"};
  input.options = {{"topk", Json::Array{20}, "--topk"}};
  const Config config(input);
  CHECK(config.get_int("epochs") == 4);
  CHECK(config.source("epochs") == (folder / "b.yaml").string() + ":2");
  CHECK(config.get_int("seed") == 3);
  CHECK(config.source("seed") == "--set");
  CHECK(config.get_ints("topk") == std::vector<std::int64_t>{20});
  CHECK(config.source("topk") == "--topk");
  CHECK(config.is_explicit("seed"));
}

TEST_CASE("a value of the wrong kind names key, source, value and what was expected") {
  CHECK(config_error({"MAX_ITEM_LIST_LENGTH=0"}) ==
        "MAX_ITEM_LIST_LENGTH (--set): got 0, expected a whole number from 1 to 1073741824");
  CHECK(config_error({"train_batch_size=0"}) == "train_batch_size (--set): got 0, expected a whole number from 1 on");
  CHECK(config_error({"eval_batch_size=-5"}) == "eval_batch_size (--set): got -5, expected a whole number from 1 on");
  CHECK(config_error({"epochs=many"}) == "epochs (--set): got \"many\", expected a whole number from 0 on");
  CHECK(config_error({"epochs=1.5"}) == "epochs (--set): got 1.5, expected a whole number from 0 on");
  CHECK(config_error({"learning_rate=[1]"}) == "learning_rate (--set): got [1], expected a number from 0 on");
  CHECK(config_error({"shuffle=3"}) == "shuffle (--set): got 3, expected true or false");
  CHECK(config_error({"batching=row"}) == "batching (--set): got \"row\", expected one of rows, histories");
  CHECK(config_error({"compat=mended"}) == "compat (--set): got \"mended\", expected one of fixed, recbole");
  CHECK(config_error({"val_interval=5"}) == "val_interval (--set): got 5, expected a map, such as {name: value}");
  CHECK(config_error({"user_inter_num_interval=[5"}) ==
        "user_inter_num_interval (--set): got \"[5\", expected an interval such as [5,inf) or (0,1];[3,4]");
  CHECK(config_error({"topk=0"}) ==
        "topk (--set): got 0, expected a list of at least one whole number from 1 to 1073741824");
  CHECK(config_error({"repeatable=False"}).starts_with("repeatable (--set): got false, expected True"));
  CHECK(config_error({"discretization={a: b}"}).find("this is not supported") != std::string::npos);
  CHECK(config_error({"field_separator=''"}) == "field_separator (--set): got \"\", expected at least one character");
  CHECK(config_error({"normalize_all=True", "normalize_field=[rating]"}).find("contradict") != std::string::npos);
  CHECK(config_error({"load_col={inter: [a]}", "unload_col={inter: [b]}"}).starts_with("unload_col (--set): got"));
  CHECK(config_error({"epochs"}) == "--set: got 'epochs', expected key=value");
}

TEST_CASE("an unknown key is an config_error that suggests the nearest known one") {
  CHECK(config_error({"weight_deacy=0.1"}) == "unknown key 'weight_deacy' (--set) (did you mean 'weight_decay'?)");
  CHECK(config_error({"Learning_Rate=0.1"}) == "unknown key 'Learning_Rate' (--set) (did you mean 'learning_rate'?)");
  CHECK(config_error({"zzz=1"}) == "unknown key 'zzz' (--set)");
  const TempFolder folder;
  write_text(folder / "c.yaml", "epochs: 1\nstoping_step: 3\n");
  ConfigInput input;
  input.files = {folder / "c.yaml"};
  CHECK(message_of<ConfigError>([&] { Config{input}; }) ==
        "unknown key 'stoping_step' (" + (folder / "c.yaml").string() + ":2) (did you mean 'stopping_step'?)");
  input.files = {folder / "absent.yaml"};
  CHECK(message_of<IoError>([&] { Config{input}; }).find("absent.yaml") != std::string::npos);
}

TEST_CASE("RecBole keys without a meaning here give a notice") {
  const Config config = with({"gpu_id='0'", "log_wandb=True"});
  REQUIRE(config.notices().size() == 2);
  CHECK(config.notices()[0].starts_with("gpu_id (--set) means nothing here: "));
  CHECK(config.effective().find("gpu_id") == nullptr);
}

TEST_CASE("names stay names, and whole numbers count as integers") {
  CHECK(with({"dataset=1e3"}).get_string("dataset") == "1e3");
  CHECK(with({"USER_ID_FIELD=2020"}).get_string("USER_ID_FIELD") == "2020");
  CHECK(with({"epochs=1e1"}).get_int("epochs") == 10);
}

TEST_CASE("intervals are strings, lists or nothing") {
  CHECK(with({"user_inter_num_interval=[10,inf)"}).get_intervals("user_inter_num_interval")->contains(10));
  CHECK(!with({"user_inter_num_interval=[10,20]"}).get_intervals("user_inter_num_interval")->contains(21));
  CHECK(config_error({"item_inter_num_interval=5"}).ends_with("expected an interval such as [5,inf) or (0,1];[3,4]"));
  CHECK(!with({"user_inter_num_interval=None"}).get_intervals("user_inter_num_interval"));
}

TEST_CASE("null is a list of no columns") {
  CHECK(with({"numerical_features=~"}).get_strings("numerical_features").empty());
  CHECK(with({"alias_of_item_id=None"}).get_strings("alias_of_item_id").empty());
}

TEST_CASE("eval_args are merged over the defaults") {
  const Config config = with({"eval_args={mode: {valid: uni100}, split: {'RS': [8, 1, 1]}, group_by: ~}"});
  CHECK(config.at("eval_args").at("order") == Json("TO"));
  CHECK(config.at("eval_args").at("group_by") == Json("none"));
  const EvalMode mode = config.eval_mode(Split::Test);
  CHECK(mode.kind == EvalMode::Kind::Sampled);
  CHECK(mode.negatives.distribution == Distribution::Uniform);
  CHECK(mode.negatives.sample_num == 100);
  CHECK(with({"eval_args={mode: labeled}"}).eval_mode(Split::Valid).kind == EvalMode::Kind::Labeled);
  const Config popular = with({"eval_args={mode: {valid: full, test: pop50}}"});
  CHECK(popular.eval_mode(Split::Valid).kind == EvalMode::Kind::Full);
  CHECK(popular.eval_mode(Split::Test).negatives.distribution == Distribution::Popularity);

  CHECK(config_error({"eval_args={mod: full}"}) == "unknown key 'mod' in eval_args (--set) (did you mean 'mode'?)");
  CHECK(config_error({"eval_args={mode: uni}"}).find("expected mode as full, uniN, popN") != std::string::npos);
  CHECK(config_error({"eval_args={order: RO}"}).find("expected order as TO") != std::string::npos);
  CHECK(config_error({"eval_args={group_by: item}"}).find("expected group_by as user or none") != std::string::npos);
  CHECK(config_error({"eval_args={split: {LS: all}}"}).find("expected split as {LS: valid_and_test}") !=
        std::string::npos);
  CHECK(config_error({"eval_args={split: {RS: [1, 2]}}"}).find("expected split as") != std::string::npos);
  CHECK(config_error({"eval_args={split: {RS: [0, 0, 0]}}"}).find("expected split as") != std::string::npos);
}

TEST_CASE("a model's key gives a RecBole key another default, and its own are checked") {
  const std::vector<Key> keys = {Key::other_default("eval_args", Json::Object{{"mode", "uni100"}}), width(),
                                 Key::numbers("reg_weight", Json::Array{0.01, 1e-4}, {}, 2, "Weights")};
  const Config config = with({"embedding_size=8"}, keys);
  CHECK(config.eval_mode(Split::Valid).negatives.sample_num == 100);
  CHECK(config.at("eval_args").at("order") == Json("TO"));
  CHECK(config.get_int("embedding_size") == 8);
  CHECK(config.at("reg_weight") == Json(Json::Array{0.01, 1e-4}));
  CHECK(config_error({"embedding_size=wide"}, keys) ==
        "embedding_size (--set): got \"wide\", expected a whole number from 1 to 1073741824");
  CHECK(config_error({"eval_args=5"}, keys).starts_with("eval_args (--set): got 5, expected a map"));
  const std::vector<Key> narrow = {Key::integer("MAX_ITEM_LIST_LENGTH", 20, {.min = 1, .max = 30}, "Length")};
  CHECK(with({}, narrow).get_int("MAX_ITEM_LIST_LENGTH") == 20);
  CHECK(config_error({"MAX_ITEM_LIST_LENGTH=31"}, narrow) ==
        "MAX_ITEM_LIST_LENGTH (--set): got 31, expected a whole number from 1 to 30");
}

TEST_CASE("negatives default to what the loss needs") {
  CHECK(!with({}, {loss("CE")}).train_negatives().any());
  const NegativeSampling one = with({}, {loss("BPR")}).train_negatives();
  CHECK(one.distribution == Distribution::Uniform);
  CHECK(one.sample_num == 1);
  CHECK(with({"loss_type=BPR"}, {loss("CE")}).train_negatives().any());
  const NegativeSampling given =
      with({"train_neg_sample_args={distribution: popularity, sample_num: 3, alpha: 0.5}"}, {loss("BPR")})
          .train_negatives();
  CHECK(given.distribution == Distribution::Popularity);
  CHECK(given.sample_num == 3);
  CHECK(given.alpha == 0.5);
  CHECK(!with({"train_neg_sample_args={distribution: None}"}).train_negatives().any());
}

TEST_CASE("negatives that contradict the loss are an config_error where they were written") {
  CHECK(config_error({"train_neg_sample_args={distribution: uniform}"}, {loss("CE")}).find("because loss_type CE") !=
        std::string::npos);
  CHECK(config_error({"train_neg_sample_args=None"}, {loss("BPR")}).find("because loss_type is BPR") !=
        std::string::npos);
  CHECK(
      config_error({"train_neg_sample_args={distribution: gauss}"}, {loss("BPR")}).find("one of uniform, popularity") !=
      std::string::npos);
  CHECK(config_error({"train_neg_sample_args={sample_num: 0}"}, {loss("BPR")}) ==
        "sample_num (train_neg_sample_args, --set): got 0, expected a whole number from 1 to 1000000");
  CHECK(config_error({"train_neg_sample_args={sample_nun: 2}"}, {loss("BPR")}) ==
        "unknown key 'sample_nun' in train_neg_sample_args (--set) (did you mean 'sample_num'?)");
  CHECK(config_error({"eval_args={mode: {valid: full, tset: full}}"})
            .ends_with("expected mode as a name or {valid: .., test: ..}"));
  CHECK(config_error({"train_neg_sample_args={dynamic: True}"}, {loss("BPR")}).find("not supported") !=
        std::string::npos);
  CHECK(config_error({"train_neg_sample_args=5"}, {loss("BPR")}).find("or a map such as") != std::string::npos);
}

TEST_CASE("negatives that a batch's rows share: what each loss takes") {
  const auto sampled = [](const char* value) {
    return std::vector<Key>{Key::choice("loss_type", value, {"CE", "BPR", "sampled_softmax", "gbce"}, "Loss"),
                            Key::choice("logq", "corrected", {"none", "corrected"}, "Correction"),
                            Key::number("gbce_t", 0.75, {}, "t")};
  };
  const NegativeSampling softmax = with({}, sampled("sampled_softmax")).train_negatives();
  CHECK(softmax.shared);
  CHECK(softmax.distribution == Distribution::Uniform);
  CHECK(softmax.sample_num == 1024);
  CHECK(with({}, sampled("gbce")).train_negatives().sample_num == 256);
  CHECK_FALSE(with({}, sampled("BPR")).train_negatives().shared);
  const Config in_batch = with({"train_neg_sample_args={distribution: in_batch}"}, sampled("sampled_softmax"));
  CHECK(in_batch.train_negatives().distribution == Distribution::InBatch);
  CHECK(in_batch.train_negatives().sample_num == 0);
  ConfigInput again;
  again.model_keys = sampled("CE");
  again.stored = in_batch.portable();
  CHECK(Config(again).train_negatives().distribution == Distribution::InBatch);
  const auto error = [&](const char* loss_type, const char* setting) {
    return config_error({setting}, sampled(loss_type));
  };
  CHECK(error("sampled_softmax", "train_neg_sample_args={distribution: in_batch, sample_num: 5}")
            .ends_with("expected no sample_num, because in_batch takes the batch's targets"));
  CHECK(error("sampled_softmax", "train_neg_sample_args={distribution: popularity, alpha: 1.5}") ==
        "alpha (train_neg_sample_args, --set): got 1.5, expected a number from 0 to 1");
  CHECK(error("sampled_softmax", "train_neg_sample_args=None").find("because loss_type is sampled_softmax") !=
        std::string::npos);
  CHECK(error("gbce", "train_neg_sample_args={distribution: popularity}").ends_with("expected one of uniform"));
  CHECK(error("BPR", "train_neg_sample_args={distribution: mixed}").ends_with("expected one of uniform, popularity"));
  CHECK(error("gbce", "logq=none") ==
        "logq (--set): got \"none\", expected loss_type sampled_softmax with it, which it belongs to");
  CHECK(error("CE", "gbce_t=0.5") == "gbce_t (--set): got 0.5, expected loss_type gbce with it, which it belongs to");
}

TEST_CASE("compat sets the switches that are not written") {
  CHECK(Config().get_string("time_precision") == "exact");
  const Config config = with({"compat=recbole", "eval_negatives=fixed"});
  CHECK(config.recbole());
  CHECK(config.get_string("time_precision") == "float32");
  CHECK(config.get_bool("round_before_compare"));
  CHECK(config.get_string("eval_negatives") == "fixed");
  // Null means what compat says, whatever a weaker layer wrote.
  const Config null = with({"compat=recbole", "eval_negatives=fixed", "eval_negatives=~"});
  CHECK(null.get_string("eval_negatives") == "redraw");
  CHECK(!null.is_explicit("eval_negatives"));
}

TEST_CASE("checkpoints after some epochs or minutes") {
  CHECK(with({}).checkpoint_interval().epochs == 1);
  CHECK(with({"checkpoint_interval=25"}).checkpoint_interval().epochs == 25);
  CHECK(with({"checkpoint_interval=25"}).checkpoint_interval().minutes == 0);
  CHECK(with({"checkpoint_interval=10m"}).checkpoint_interval().minutes == 10);
  CHECK(with({"checkpoint_interval=0.5m"}).checkpoint_interval().epochs == 0);
  for (const char* wrong :
       {"0", "-1", "1.5", "~", "m", "-1m", "0m", "infm", "nanm", "10 minutes", "[1]", "10s", "true"}) {
    CAPTURE(wrong);
    const std::string text = message_of<ConfigError>([&] { with({concat("checkpoint_interval=", wrong)}); });
    CHECK(text.starts_with("checkpoint_interval (--set): got "));
    CHECK(text.ends_with(", expected a whole number from 1, or minutes such as 10m"));
  }
  CHECK(with({"checkpoint_interval=5"}).portable() == with({}).portable());
}

TEST_CASE("a model file's configuration comes back, and --set wins over it") {
  const Config first = with({"seed=9", "embedding_size=16", "data_path=/somewhere"}, {width(), loss("CE")});
  CHECK(first.effective().at("data_path") == Json("/somewhere"));
  CHECK(first.portable().find("data_path") == nullptr);
  CHECK(first.paths() == std::vector<std::string>{"data_path", "init_model"});

  ConfigInput input;
  input.model_keys = {width(), loss("CE")};
  input.stored = first.portable();
  CHECK(Config(input).get_int("seed") == 9);
  CHECK(Config(input).get_int("embedding_size") == 16);
  CHECK(!Config(input).is_explicit("seed"));
  CHECK(Config(input).portable() == first.portable());
  // Stored defaults don't hinder another compat or loss.
  input.settings = {"seed=10", "compat=recbole", "loss_type=BPR"};
  const Config config(input);
  CHECK(config.get_int("seed") == 10);
  CHECK(config.get_string("time_precision") == "float32");
  CHECK(config.train_negatives().any());
}

TEST_CASE("with some keys changed the others keep their values and sources, and all are checked again") {
  const Config first = with({"seed=9", "loss_type=BPR"}, {loss("CE")});
  const Config second = first.with({{"epochs", 7, "stages"}, {"compat", "recbole", "stages"}});
  CHECK(second.get_int("epochs") == 7);
  CHECK(second.source("epochs") == "stages");
  CHECK(second.get_int("seed") == 9);
  CHECK(second.source("seed") == "--set");
  CHECK(second.get_string("time_precision") == "float32");
  CHECK(second.train_negatives().any());
  CHECK(first.get_string("time_precision") == "exact");
  CHECK(message_of<ConfigError>([&] {
          first.with({{"epochs", "many", "stages"}});
        }) == "epochs (stages): got \"many\", expected a whole number from 0 on");
}

TEST_CASE("a key that no one declared is an config_error") {
  const Config config;
  CHECK(message_of<ConfigError>([&] { config.at("embedding_size"); }) ==
        "'embedding_size' is no key of this configuration");
  CHECK(!config.contains("embedding_size"));
  CHECK(message_of<ConfigError>([&] { config.get_int("compat"); }) ==
        "compat (default): got \"fixed\", expected an integer");
}
