#include "train/warm_start.h"

#include <fstream>
#include <utility>

#include <doctest/doctest.h>

#include "core/file.h"
#include "listener.h"
#include "models/list.h"
#include "tests/message_of.h"
#include "toy.h"
#include "train/run.h"

namespace seqrec::train {
namespace {

namespace fs = std::filesystem;

/// The toy data with users' ages (.user) and items' classes (.item), tokens from `first` on, the last ones first.
void write_slice(const fs::path& folder, int first) {
  fs::create_directories(folder / "toy");
  std::ofstream inter(folder / "toy" / "toy.inter"), users(folder / "toy" / "toy.user"),
      items(folder / "toy" / "toy.item");
  inter << "user_id:token\titem_id:token\ttimestamp:float\n";
  users << "user_id:token\tage:token\n";
  items << "item_id:token\tclass:token_seq\tyear:float\n";
  for (int u = first + kToyUsers - 1; u >= first; --u) {
    users << "u" << u << "\t" << 20 + u / 3 << "\n";
    for (int t = 0; t < kToyLength; ++t)
      inter << "u" << u << "\ti" << first + (u * 7 + t * (u % 3 + 1)) % kToyItems << "\t" << t << "\n";
  }
  for (int i = first + kToyItems - 1; i >= first; --i) items << "i" << i << "\tc" << i / 4 << " d\t" << i << "\n";
}

const std::vector<std::pair<std::string, std::vector<std::string>>> kModels = {
    {"SHAN", {"embedding_size=8"}},
    {"Caser", {"embedding_size=8", "MAX_ITEM_LIST_LENGTH=4", "caser_head=paper", "loss_type=CE"}},
    {"SRGNN", {"embedding_size=8"}},
    {"S3Rec", {"hidden_size=8", "inner_size=8", "pretrain_epochs=0"}},
    {"DIEN",
     {"embedding_size=8", "mlp_hidden_size=[8, 6]", "numerical_features=[year]",
      "load_col={user: [user_id, age], item: [item_id, class, year]}"}}};

const std::vector<std::string>& settings_of(const std::string& model) {
  for (const auto& [name, settings] : kModels)
    if (name == model) return settings;
  throw UsageError(model);
}

TrainRequest warm_request(const std::string& model, const fs::path& data, const fs::path& out,
                          const std::vector<std::string>& more = {}) {
  TrainRequest request;
  request.model = model;
  std::vector<std::string> settings = settings_of(model);
  settings.insert(settings.end(), {"epochs=0", "train_batch_size=32"});
  settings.insert(settings.end(), more.begin(), more.end());
  request.config = toy_input(data, settings);
  request.out = out;
  return request;
}

using Row = std::vector<float>;

/// Every row of a model's state under its parameter's name and the token that it belongs to, or its number.
std::map<std::string, Row> rows_of(const std::string& path) {
  const models::LoadedModel loaded = models::load_model(path);
  const models::ModelSpec& spec = loaded.file.spec;
  std::map<std::string, Row> out;
  for (const auto& [name, tensor] : loaded.model->state()) {
    std::vector<std::string> labels;
    const auto add = [&](const Vocabulary& tokens, std::int32_t first = 0) {
      for (std::int32_t id = first; id < tokens.size(); ++id) labels.emplace_back(tokens.token(id));
    };
    if (name == "user_embedding.weight") add(loaded.file.users);
    if (name == "item_embedding.weight" || name == "W2.weight") add(loaded.file.items);
    if (name == "feature_embedding.weight")
      for (const models::AttributeColumn& column : spec.attribute_columns) add(*column.vocabulary, 1);
    if (name == "embedding_layer.token_embedding_table.user.embedding.weight") {
      add(loaded.file.users);
      add(*spec.user_features.at(0).vocabulary);
    }
    if (name == "embedding_layer.token_embedding_table.item.embedding.weight") add(loaded.file.items);
    if (name == "embedding_layer.token_seq_embedding_table.item.0.weight") add(*spec.item_features.at(0).vocabulary);
    const bool table = !labels.empty();
    if (name == "item_embedding.weight" && spec.model == "S3Rec") labels.emplace_back("the mask");
    const std::vector<float> values =
        is_float(tensor.dtype()) ? tensor.to_vector<float>() : Row{static_cast<float>(tensor.item())};
    const std::size_t rows = table ? static_cast<std::size_t>(tensor.size(0)) : 1, width = values.size() / rows;
    if (!table) labels.emplace_back("");
    REQUIRE_MESSAGE(labels.size() == rows, name);
    for (std::size_t row = 0; row < rows; ++row) {
      // A token of two fields (both have [PAD]) is told by its place.
      std::string label = concat(name, " ", labels[row]);
      if (out.contains(label)) label += " again";
      out[label] = Row(values.begin() + static_cast<std::ptrdiff_t>(row * width),
                       values.begin() + static_cast<std::ptrdiff_t>((row + 1) * width));
    }
  }
  return out;
}

std::string error_of(const TrainRequest& request) {
  Listener listener;
  return message_of<Error>([&] { train(request, listener); });
}

/// A run of a model on the toy data from token 0 on, to begin others with.
struct Trained {
  explicit Trained(const std::string& model, const std::vector<std::string>& more = {}) {
    write_slice(temp / "old", 0);
    write_slice(temp / "new", 5);
    Listener listener;
    file = train(warm_request(model, temp / "old", temp / "first", more), listener).model_file;
  }
  TempFolder temp;
  std::string file;
};

}  // namespace

TEST_CASE("training goes on with other data: known tokens keep their rows, new ones get a fresh model's") {
  for (const auto& [model, settings] : kModels) {
    CAPTURE(model);
    const Trained trained(model);
    const auto& temp = trained.temp;
    Listener quiet, told;
    const auto fresh = rows_of(train(warm_request(model, temp / "new", temp / "fresh", {"seed=7"}), quiet).model_file);
    TrainRequest request = warm_request(model, temp / "new", temp / "second", {"seed=7"});
    request.init = trained.file;
    const auto got = rows_of(train(request, told).model_file), before = rows_of(trained.file);
    REQUIRE(got.size() == fresh.size());
    int known = 0, added = 0;
    for (const auto& [label, row] : got) {
      const auto old = before.find(label);
      ++(old == before.end() ? added : known);
      CHECK_MESSAGE(row == (old == before.end() ? fresh.at(label) : old->second), label);
    }
    CHECK(known > 15);
    CHECK(added >= 5);
    REQUIRE(told.notices.size() == 1);
    CHECK_MESSAGE(told.notices[0].find("init_model: " + trained.file + ": ") == 0, told.notices[0]);
    CHECK(told.notices[0].find("20 of 25 items") != std::string::npos);
    CHECK(told.notices[0].find("5 of its items") != std::string::npos);
    const bool has_users = model != "SRGNN" && model != "S3Rec";
    CHECK((told.notices[0].find("9 of 14 users") != std::string::npos) == has_users);
    CHECK(read_text(temp / "second/config.json").find(trained.file) != std::string::npos);
    CHECK(models::load_model_file((temp / "second/model.safetensors").string()).config.find("init_model") == nullptr);
  }
}

TEST_CASE("S3Rec is fine-tuned on other items than it was pre-trained on") {
  const Trained trained("S3Rec", {"train_stage=pretrain"});
  Listener listener;
  const RunResult tuned = train(warm_request("S3Rec", trained.temp / "new", trained.temp / "tuned",
                                             {"train_stage=finetune", "pre_model_path=" + trained.file, "epochs=1"}),
                                listener);
  CHECK_FALSE(tuned.test.empty());
  CHECK(listener.notices ==
        std::vector<std::string>{concat("pre_model_path: ", trained.file,
                                        ": 20 of 25 items, 7 of 8 tokens of 'class' keep their rows; left out: 5 of "
                                        "its items, 1 of its tokens of 'class'")});
  TrainRequest both = warm_request("S3Rec", trained.temp / "new", trained.temp / "both",
                                   {"train_stage=finetune", "pre_model_path=" + trained.file});
  both.init = trained.file;
  CHECK(error_of(both) ==
        "init_model (--init) and pre_model_path (--set) both say what fine-tuning begins with, expected one of them");
}

TEST_CASE("a run that went on from a model file is resumed without it") {
  const Trained trained("SHAN");
  const auto& temp = trained.temp;
  const auto request_for = [&](const char* out) {
    TrainRequest request = warm_request("SHAN", temp / "new", temp / out, {"epochs=2"});
    request.init = trained.file;
    return request;
  };
  Listener whole;
  const std::string expected = read_text(train(request_for("whole"), whole).model_file);

  Listener stopped;
  stopped.stop_after = 2;
  TrainRequest request = request_for("stopped");
  request.stop = &stopped.stop;
  CHECK_FALSE(train(request, stopped).finished);
  struct Fails : Listener {
    void on_start(const RunInfo&) override { throw UsageError("before the first step"); }
  } fails;
  CHECK_THROWS_AS(train(request_for("begun"), fails), UsageError);

  fs::remove(trained.file);
  for (const char* out : {"stopped", "begun"}) {
    CAPTURE(out);
    TrainRequest more;
    more.resume = temp / out;
    more.init = trained.file;
    CHECK(error_of(more) == "--resume goes on with its own parameters: --init doesn't go with it");
    more.init.clear();
    Listener resumed;
    CHECK(train(more, resumed).finished);
    CHECK(read_text(temp / out / "model.safetensors") == expected);
  }
}

TEST_CASE("a model file that doesn't fit is refused, and the error says what would") {
  const auto error = [](const std::string& model, const Trained& trained, std::vector<std::string> more) {
    TrainRequest request = warm_request(model, trained.temp / "new", trained.temp / "out", more);
    request.init = trained.file;
    const std::string text = error_of(request);
    CHECK_FALSE(fs::exists(trained.temp / "out/config.json"));
    const std::string begin = concat("init_model: ", trained.file, " ");
    CHECK_MESSAGE(text.starts_with(begin), text);
    return text.substr(std::min(begin.size(), text.size()));
  };
  {
    const Trained shan("SHAN");
    CHECK(error("SHAN", shan, {"embedding_size=4", "loss_type=BPR"}) ==
          "has long_b of shape (8), but these settings need (4); embedding_size is 4 here and 8 "
          "in the file: --set embedding_size=8 fits it");
    CHECK(error("SHAN", shan, {"shan_bias=single"}) ==
          "has long_short_w.bias, but these settings have no such parameter; shan_bias is \"single\" here and "
          "\"double\" in the file: --set shan_bias=\"double\" fits it");
    CHECK(error("Caser", shan, {}) == "holds a SHAN, expected Caser");
    write_slice(shan.temp / "new", 100);
    CHECK(error("SHAN", shan, {}) == "knows no item of the data: is it of another dataset?");
    write_text(shan.temp / "none", "not a model");
    TrainRequest request = warm_request("SHAN", shan.temp / "old", shan.temp / "out");
    request.init = shan.temp / "none";
    CHECK(error_of(request).starts_with((shan.temp / "none").string() + ": "));
  }
  {
    const Trained caser("Caser");
    CHECK(error("Caser", caser, {"MAX_ITEM_LIST_LENGTH=5", "nh=7"})
              .find("MAX_ITEM_LIST_LENGTH is 5 here and 4 in the file, nh is 7 here and 8 in the file: --set "
                    "MAX_ITEM_LIST_LENGTH=4 --set nh=8 fits it") != std::string::npos);
  }
  {
    const Trained dien("DIEN");
    CHECK(error("DIEN", dien, {"numerical_features=[]"}) ==
          "embeds these features of the items: class:token_seq, year:float; here there are: class:token_seq "
          "(load_col, numerical_features)");
    // As an older seqrec wrote it.
    const SafetensorsReader reader(dien.file);
    SafetensorsWriter writer;
    for (const auto& [key, value] : reader.metadata()) writer.add_metadata(key, value);
    for (const std::string& name : reader.names())
      if (!name.starts_with("vocabulary.feature.")) writer.add(name, reader.get(name));
    writer.write(dien.file);
    CHECK(error("DIEN", dien, {}) ==
          "doesn't say which its tokens of 'age' are: an older seqrec wrote it, train it again");
  }
}

TEST_CASE("a table without a row takes part") {
  models::ModelFile file;
  file.users.add("u");
  file.items.add("i");
  file.spec = {"S3Rec", 2, 2, Json::object()};
  const auto make = [&] { return models::make_model(file.spec, DType::F32, 1); };
  const auto model = make();
  CHECK(warm_start({file, make()}, file, *model, "file").find("1 of 1 items") != std::string::npos);
}

TEST_CASE("preload_weight: users and items begin with their vectors, the others afresh") {
  const TempFolder temp;
  write_slice(temp / "data", 0);
  std::ofstream items(temp / "data/toy/toy.itememb"), users(temp / "data/toy/toy.useremb");
  items << "iid:token\titem_emb:float_seq\n";
  for (int i = 0; i < 30; i += 2) items << "i" << i << "\t" << i << " 1 2 3 4 5 6 7\n";
  users << "uid:token\tuser_emb:float_seq\nu3\t1 2 3 4 5 6 7 8\n";
  items.close();
  users.close();
  const std::vector<std::string> for_items = {"additional_feat_suffix=[useremb, itememb]", "alias_of_item_id=[iid]",
                                              "preload_weight={iid: item_emb}"};
  std::vector<std::string> for_both = for_items;
  for_both.insert(for_both.end(), {"alias_of_user_id=[uid]", "preload_weight={iid: item_emb, uid: user_emb}"});
  for (const auto& [model, settings] : kModels) {
    CAPTURE(model);
    const bool has_users = model != "SRGNN" && model != "S3Rec";
    Listener quiet, told;
    const auto fresh = rows_of(train(warm_request(model, temp / "data", temp / (model + "-fresh")), quiet).model_file);
    const RunResult result =
        train(warm_request(model, temp / "data", temp / model, has_users ? for_both : for_items), told);
    auto got = rows_of(result.model_file);
    const std::string layer = "embedding_layer.token_embedding_table.", end = ".embedding.weight ";
    const std::string item = model == "DIEN" ? layer + "item" + end : "item_embedding.weight ",
                      user = model == "DIEN" ? layer + "user" + end : "user_embedding.weight ";
    CHECK(got[item + "i4"] == Row{4, 1, 2, 3, 4, 5, 6, 7});
    if (has_users) CHECK(got[user + "u3"] == Row{1, 2, 3, 4, 5, 6, 7, 8});
    int changed = 0;
    for (const auto& [label, row] : got) changed += row != fresh.at(label);
    CHECK(changed == (has_users ? 14 : 13));
    REQUIRE(told.notices.size() == (has_users ? 2 : 1));
    CHECK(told.notices[0] == concat("preload_weight: 13 of 25 items begin with their vector of ",
                                    (temp / "data/toy/toy.itememb").string(), ", the others with fresh ones"));
    if (!has_users)
      CHECK(error_of(warm_request(model, temp / "data", temp / "out", for_both)) ==
            concat("preload_weight: ", model, " has no table of users"));
  }
  std::vector<std::string> narrow = for_items;
  narrow.emplace_back("embedding_size=4");
  CHECK(error_of(warm_request("SHAN", temp / "data", temp / "out", narrow)) ==
        concat("preload_weight: the vectors 'item_emb' of ", (temp / "data/toy/toy.itememb").string(),
               " have 8 numbers, but a row of item_embedding.weight has 4"));

  // What another model file knows wins; evaluation needs no vectors.
  TrainRequest request = warm_request("SHAN", temp / "data", temp / "both", for_items);
  request.init = temp / "SHAN-fresh/model.safetensors";
  Listener told;
  const RunResult both = train(request, told);
  CHECK(told.notices.size() == 2);
  CHECK(rows_of(both.model_file) == rows_of(request.init.string()));
  fs::remove(temp / "data/toy/toy.itememb");
  CHECK_FALSE(evaluate({both.model_file, toy_input(temp / "data")}, told).test.empty());
}

}  // namespace seqrec::train
