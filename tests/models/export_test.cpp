#include "models/export.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "tests/message_of.h"
#include "tests/models/tiny_model.h"

using namespace seqrec;
using namespace seqrec::models;

namespace {

LoadedModel tiny(const std::string& name) {
  LoadedModel out{tiny_file(5, 20, name), nullptr};
  out.model = tiny_model(out.file);
  return out;
}

/// Without what can't be pruned.
LoadedModel without_features(const std::string& name) {
  LoadedModel out{tiny_file(5, 20, name), nullptr};
  out.file.spec.user_features.clear();
  out.model = tiny_model(out.file);
  return out;
}

std::vector<std::string> trained_models() {
  std::vector<std::string> out;
  for (const ModelInfo& info : model_infos())
    if (info.fit == nullptr) out.push_back(info.name);
  return out;
}

/// Of a user that is named by id, after items 3, 5 and 4.
std::vector<float> scores_of_user(SequentialRecommender& model, std::int32_t user) {
  Batch batch;
  batch.items = Index({3, 5, 4});
  batch.value_users = Index({user, user, user});
  batch.windows = Windows({0}, {3}, 3);
  batch.users = Index({user});
  return model.full_sort_predict(batch).to_vector<float>();
}

}  // namespace

TEST_CASE("a file with narrowed tables is smaller, and its model that of narrow_tables to the bit") {
  for (const std::string& name : trained_models()) {
    const TemporaryFolder folder;
    LoadedModel written = tiny(name);
    save_model_file(folder / "f32", written.file, *written.model);
    const std::vector<std::string> tables = table_names(written.file.spec, *written.model);
    CHECK(std::ranges::find(tables, "long_w.weight") == tables.end());
    for (const StoredType type : {StoredType::F16, StoredType::BF16, StoredType::I8}) {
      CAPTURE(name);
      CAPTURE(std::string(name_of(type)));
      LoadedModel narrowed = tiny(name);
      narrow_tables(narrowed.file.spec, *narrowed.model, type);
      save_model_file(folder / "narrow", written.file, *written.model, type);
      if (name != "DIEN")  // whose tables are smaller here than what is said of them
        CHECK(std::filesystem::file_size(folder / "narrow") < std::filesystem::file_size(folder / "f32"));
      const LoadedModel read = load_model(folder / "narrow");
      const nn::NamedTensors was = written.model->state(), expected = narrowed.model->state(),
                             got = read.model->state();
      REQUIRE(got.size() == expected.size());
      for (std::size_t i = 0; i < got.size(); ++i) {
        if (!is_float(got[i].second.dtype())) continue;
        const bool is_table = std::ranges::find(tables, got[i].first) != tables.end();
        CHECK(got[i].second.to_vector<float>() == expected[i].second.to_vector<float>());
        CHECK((got[i].second.to_vector<float>() == was[i].second.to_vector<float>()) != is_table);
      }
      // What is described are the tensors as they are stored.
      const Json described = describe_model_file(folder / "narrow");
      for (const Json& parameter : described.at("parameters").as_array()) {
        const bool is_table = std::ranges::find(tables, parameter.at("name").as_string()) != tables.end();
        const std::string dtype = parameter.at("dtype").as_string();
        CHECK(dtype == (is_table ? name_of(type) : dtype == "i64" ? "i64" : "f32"));
      }
    }
  }
}

TEST_CASE("without users a model answers as it did an unknown user") {
  for (const std::string& name : trained_models()) {
    CAPTURE(name);
    const TemporaryFolder folder;
    LoadedModel whole = without_features(name), forgetful = without_features(name);
    const LoadedModel pruned = without_users(whole);
    const bool has_vectors = whole.model->mean_user().defined();
    CHECK(pruned.file.users.size() == (has_vectors ? 2 : 1));
    save_model_file(folder / "pruned", pruned.file, *pruned.model);
    const LoadedModel read = load_model(folder / "pruned");
    CHECK(fingerprint(read.file.items) == fingerprint(whole.file.items));

    forget_users(forgetful);
    const std::vector<float> of_user_2 = scores_of_user(*whole.model, 2),
                             forgotten = scores_of_user(*forgetful.model, 2);
    CHECK((of_user_2 == forgotten) != has_vectors);
    whole.model->set_mean_user();
    read.model->set_mean_user();
    CHECK(scores_of_user(*read.model, 0) == scores_of_user(*whole.model, 0));
    CHECK(forgotten == scores_of_user(*whole.model, 0));
  }
}

TEST_CASE("what can't be exported otherwise than it is") {
  const auto message = [](const std::string& name) {
    return message_of<UsageError>([&] { without_users(tiny(name)); });
  };
  CHECK(message("DIEN") == "the model reads features of its users (group): they can't be pruned");
  CHECK(message("Pop") == "Pop has no parameters: there is nothing to prune");
}
