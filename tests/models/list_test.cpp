#include "models/list.h"

#include <doctest/doctest.h>

#include "own_model.h"
#include "tests/message_of.h"
#include "tiny_model.h"

using namespace seqrec;
using namespace seqrec::models;

TEST_CASE("a model of one's own is listed, made, saved and loaded as the others are") {
  const ModelInfo& first = model_infos().front();
  const std::string before = model_list();
  add_own_model();
  CHECK(&model_infos().front() == &first);  // who held one keeps it
  if (before.find("Own") == std::string::npos) CHECK(model_list() == before + ", Own");
  CHECK(model_info("Own").keys[1].name == "own_length");
  CHECK(message_of<ConfigError>([] {
          model_info("Owm");
        }).starts_with("unknown model 'Owm' (did you mean 'Own'?); there are: SHAN, "));

  const TemporaryFolder folder;
  const ModelFile file = tiny_file(5, 20, "Own");
  const auto model = tiny_model(file);
  save_model_file(folder / "own.safetensors", file, *model);
  const LoadedModel loaded = load_model(folder / "own.safetensors");
  CHECK(loaded.file.spec.hyper_parameters == file.spec.hyper_parameters);
  Batch batch;
  batch.items = Index({1, 2, 3, 4});
  batch.value_users = Index({1, 1, 1, 1});
  batch.windows = Windows({0, 2}, {2, 4}, 4);
  batch.users = Index({1, 1});
  CHECK(loaded.model->full_sort_predict(batch).to_vector<float>() ==
        model->full_sort_predict(batch).to_vector<float>());
}

TEST_CASE("what can't be added is said") {
  const auto error = [](auto change) {
    ModelInfo info = OwnModel::info();
    info.name = "Other";
    change(info);
    return message_of<UsageError>([&] { add(info); });
  };
  CHECK(error([](ModelInfo& info) { info.name = ""; }) == "[models::add] the model has no name");
  CHECK(error([](ModelInfo& info) { info.name = "SHAN"; }) == "[models::add] there is a model SHAN already");
  CHECK(error([](ModelInfo& info) { info.make = nullptr; }) == "[models::add] Other has no make");
  const std::string null =
      "[models::add] Other has a null needs or token_tables; left out they are those of most models";
  CHECK(error([](ModelInfo& info) { info.needs = nullptr; }) == null);
  CHECK(error([](ModelInfo& info) { info.token_tables = nullptr; }) == null);
  ModelInfo nothing = OwnModel::info();
  nothing.make = [](const ModelSpec&, nn::Scope) -> std::unique_ptr<SequentialRecommender> { return nullptr; };
  CHECK_THROWS_WITH_AS(nothing.make_at({}, nn::Root(1)), "the make of Own returned no model", UsageError);
  CHECK(error([](ModelInfo& info) { info.keys.push_back(info.keys[1]); }) ==
        "[models::add] Other has the key own_length twice");
  CHECK(error([](ModelInfo& info) { info.keys[1].name = ""; }) == "[models::add] Other has a key without a name");
  CHECK(error([](ModelInfo& info) { info.keys[1].default_value = 0; }) ==
        "[models::add] Other: own_length (default): got 0, expected a whole number from 1 to 1073741824");
  CHECK(error([](ModelInfo& info) { info.stages = {"one"}; }) ==
        "[models::add] Other has 1 stages, expected two or none");
  CHECK(error([](ModelInfo& info) {
          info.stages = {"one", "two"};
        }) == "[models::add] Other has stages, but not the key train_stage (models/stages.h)");
  CHECK(model_list().find("Other") == std::string::npos);
}
