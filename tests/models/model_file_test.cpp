#include "models/model_file.h"

#include <cstring>
#include <limits>

#include <doctest/doctest.h>

#include "core/file.h"
#include "tests/message_of.h"
#include "tests/models/tiny_model.h"
#include "tests/old_safetensors.h"

using namespace seqrec;
using namespace seqrec::models;

namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// A model file with some of its parts changed.
struct Edit {
  std::map<std::string, std::string> metadata;
  std::map<std::string, Tensor> tensors;  // undefined: left out
};

void write_edited(const std::filesystem::path& source, const std::filesystem::path& path, const Edit& edit) {
  const SafetensorsReader reader(source);
  SafetensorsWriter writer;
  for (const auto& [key, value] : reader.metadata()) writer.add_metadata(key, value);
  for (const auto& [key, value] : edit.metadata) writer.add_metadata(key, value);
  for (const std::string& name : reader.names()) {
    if (!edit.tensors.contains(name)) writer.add(name, reader.get(name));
  }
  for (const auto& [name, tensor] : edit.tensors) {
    if (tensor.defined()) writer.add(name, tensor);
  }
  writer.write(path);
}

/// What a file FOLDER/good is refused for with another vocabulary of that name.
std::string error_with_vocabulary(const TemporaryFolder& folder, const Vocabulary& other, const std::string& name) {
  SafetensorsWriter writer;
  other.save(writer, name);
  writer.write(folder / "other");
  const SafetensorsReader tensors(folder / "other");
  Edit edit;
  for (const char* part : {".bytes", ".offsets"}) edit.tensors.emplace(name + part, tensors.get(name + part));
  write_edited(folder / "good", folder / "bad", edit);
  const std::string error = message_of<FormatError>([&] { load_model(folder / "bad"); });
  return error.substr(std::min(error.size(), (folder / "bad").string().size()));
}

std::string load_error(const Edit& edit) {
  const TemporaryFolder folder;
  const ModelFile file = tiny_file();
  save_model_file(folder / "good", file, *tiny_model(file));
  write_edited(folder / "good", folder / "bad", edit);
  const std::string error = message_of<FormatError>([&] { load_model(folder / "bad"); });
  CHECK_MESSAGE(error.starts_with((folder / "bad").string() + ": "), error);
  return error;
}

}  // namespace

TEST_CASE("a model file gives back the model, the vocabularies and the configuration") {
  const TemporaryFolder folder;
  ModelFile file = tiny_file();
  file.titles.resize(21);
  file.titles[3] = "The third \xff one";
  file.spec.user_features = {identity_feature("age", 6)};
  file.spec.user_features[0].vocabulary = std::make_shared<const Vocabulary>(file.users);
  Feature years{.name = "years", .type = FieldType::FloatSeq, .tokens = 0, .rows = {}, .ids = {}, .numbers = {1, 2.5}};
  years.rows = Windows::adjacent({0, 0, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2});
  file.spec.item_features = {years};
  const auto model = tiny_model(file);
  save_model_file(folder / "model", file, *model);

  const LoadedModel loaded = load_model(folder / "model");
  CHECK(loaded.file.spec.model == "SHAN");
  CHECK(loaded.file.spec.n_users == 6);
  CHECK(loaded.file.spec.hyper_parameters == file.spec.hyper_parameters);
  CHECK(loaded.file.config == file.config);
  CHECK(loaded.file.max_item_list_length() == 4);
  CHECK(loaded.file.items.find("i20") == 20);
  CHECK(loaded.file.users.token(5) == "u5");
  CHECK(loaded.file.titles == file.titles);
  REQUIRE(loaded.file.spec.user_features.size() == 1);
  CHECK(loaded.file.spec.user_features[0].name == "age");
  CHECK(loaded.file.spec.user_features[0].tokens == 6);
  CHECK(loaded.file.spec.user_features[0].ids[5] == 5);
  REQUIRE(loaded.file.spec.user_features[0].vocabulary);
  CHECK(loaded.file.spec.user_features[0].vocabulary->token(5) == "u5");
  REQUIRE(loaded.file.spec.item_features.size() == 1);
  CHECK(loaded.file.spec.item_features[0].numbers == std::vector<float>{1, 2.5});
  CHECK(loaded.file.spec.item_features[0].rows.length(1) == 2);
  CHECK(describe_model_file(folder / "model").at("features").dump() ==
        R"([{"of":"user","name":"age","type":"token","tokens":6},{"of":"item","name":"years","type":"float_seq"}])");
  CHECK_FALSE(loaded.model->training());
  const auto before = model->state(), after = loaded.model->state();
  REQUIRE(before.size() == after.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    CHECK(before[i].first == after[i].first);
    CHECK(before[i].second.to_vector<float>() == after[i].second.to_vector<float>());
  }

  const auto wide = load_model(folder / "model", DType::F64);
  CHECK(wide.model->state()[0].second.to_vector<double>()[5] == before[0].second.to_vector<float>()[5]);
}

TEST_CASE("the bytes of a model file depend on its content alone") {
  const TemporaryFolder folder;
  const ModelFile file = tiny_file();
  save_model_file(folder / "one", file, *tiny_model(file));
  save_model_file(folder / "two", file, *tiny_model(file));
  save_model_file(folder / "of_state", file, tiny_model(file)->state());
  CHECK(read_text(folder / "one") == read_text(folder / "two"));
  CHECK(read_text(folder / "one") == read_text(folder / "of_state"));
  CHECK(read_text(folder / "one").find(folder.operator/("").string()) == std::string::npos);
}

TEST_CASE("what doesn't fit together is not saved, and the old file stays") {
  const TemporaryFolder folder;
  const ModelFile file = tiny_file();
  const auto model = tiny_model(file);
  save_model_file(folder / "model", file, *model);
  const std::string old = read_text(folder / "model");
  const auto save_error = [&](const ModelFile& bad) {
    return message_of<ShapeError>([&] { save_model_file(folder / "model", bad, *model); });
  };

  ModelFile bad = file;
  bad.items.add("one more");
  CHECK(contains(save_error(bad), "n_items is 21, but the vocabulary has 22 items"));
  bad = file;
  bad.titles.resize(3);
  CHECK(contains(save_error(bad), "there are 3 titles for 21 items"));
  bad = file;
  bad.config["MAX_ITEM_LIST_LENGTH"] = 0;
  CHECK(contains(save_error(bad), "MAX_ITEM_LIST_LENGTH must be an integer from 1, it is 0"));
  model->state()[0].second.data<float>()[3] = std::numeric_limits<float>::quiet_NaN();
  CHECK(contains(message_of<NumericError>([&] { save_model_file(folder / "model", file, *model); }),
                 "holds a NaN or an infinity"));
  CHECK(read_text(folder / "model") == old);
}

TEST_CASE("a file that is no model file of this version is refused") {
  const TemporaryFolder folder;
  CHECK(contains(message_of<IoError>([&] { load_model(folder / "absent"); }), "absent"));
  write_text(folder / "text", "just a text that is no model");
  CHECK(contains(message_of<FormatError>([&] { load_model(folder / "text"); }), "no safetensors file"));
  write_text(folder / "empty", "");
  CHECK(contains(message_of<FormatError>([&] { load_model(folder / "empty"); }), "no safetensors file"));

  SafetensorsWriter weights;
  weights.add("x", Tensor::from<float>({1, 2}, {2}));
  weights.write(folder / "weights");
  CHECK(contains(message_of<FormatError>([&] { load_model(folder / "weights"); }), "is not a seqrec model file"));

  CHECK(contains(load_error({{{"format", "seqrec.histories"}}, {}}), "its format is \"seqrec.histories\""));
  CHECK(
      contains(load_error({{{"format_version", "3"}}, {}}), "has format version 3; this seqrec reads 1 to 2: a newer"));
  CHECK(contains(load_error({{{"format_version", "x"}}, {}}), "expected an integer, got \"x\""));
  CHECK(contains(load_error({{{"model", "SHANN"}}, {}}), "unknown model 'SHANN'"));
  CHECK(contains(load_error({{{"n_items", "22"}}, {}}), "n_items is 22, but the vocabulary has 21 items"));
  CHECK(contains(load_error({{{"config", "[1]"}}, {}}), "metadata \"config\": expected a map, got a list"));
  CHECK(
      contains(load_error({{{"config", "{}"}}, {}}), "MAX_ITEM_LIST_LENGTH must be an integer from 1, there is none"));
  CHECK(contains(load_error({{{"hyper_parameters", "{"}}, {}}), "metadata \"hyper_parameters\""));
  CHECK(contains(load_error({{{"hyper_parameters", R"({"embedding_size": "x"})"}}, {}}),
                 "embedding_size (model file): got \"x\", expected a whole number"));
}

TEST_CASE("a hyper-parameter that an older file lacks has its default") {
  const TemporaryFolder folder;
  const ModelFile file = tiny_file();
  save_model_file(folder / "model", file, *tiny_model(file));
  Json older = Json::object();
  for (const auto& [key, value] : file.spec.hyper_parameters.as_object())
    if (key != "shan_bias") older[key] = value;
  write_edited(folder / "model", folder / "older", {{{"hyper_parameters", older.dump()}}, {}});
  CHECK(load_model_file(folder / "older").spec.hyper_parameters.at("shan_bias") == Json("double"));
  CHECK_NOTHROW(load_model(folder / "older"));
  CHECK(contains(load_error({{{"hyper_parameters", R"({"embedding_size": 8, "heads": 2})"}}, {}}),
                 "hyper-parameter \"heads\" is none of SHAN's: written by another version?"));
}

TEST_CASE("parameters that don't fit the model are named") {
  CHECK(contains(load_error({{}, {{"long_b", Tensor()}}}), "parameter long_b is missing: expected f32 (8)"));
  CHECK(contains(load_error({{}, {{"long_b", Tensor::zeros({9})}}}), "parameter long_b: expected shape (8), got (9)"));
  CHECK(contains(load_error({{}, {{"long_b", Tensor::zeros({8}, DType::I64)}}}),
                 "parameter long_b: expected f32, got i64"));
  CHECK(
      contains(load_error({{}, {{"surplus", Tensor::zeros({1})}}}), "tensor \"surplus\" is no parameter of the model"));
  Tensor bad = Tensor::zeros({8});
  bad.at<float>({7}) = std::numeric_limits<float>::infinity();
  CHECK(contains(load_error({{}, {{"long_b", bad}}}), "parameter long_b holds a NaN or an infinity"));
  Tensor wide = Tensor::zeros({8}, DType::F64);
  wide.at<double>({0}) = 1e300;  // infinite as f32
  CHECK(contains(load_error({{}, {{"long_b", wide}}}), "parameter long_b holds a NaN or an infinity"));
}

TEST_CASE("hyper-parameters that ask for other parameters than the file holds are named, before anything is made") {
  const auto error_with = [](const std::string& model, const std::string& key, const Json& value) {
    const TemporaryFolder folder;
    const ModelFile file = tiny_file(5, 20, model);
    save_model_file(folder / "model", file, *tiny_model(file));
    Json values = file.spec.hyper_parameters, config = file.config;
    values[key] = config[key] = value;
    write_edited(folder / "model", folder / "edited",
                 {{{"hyper_parameters", values.dump()}, {"config", config.dump()}}, {}});
    const std::string error = message_of<FormatError>([&] { load_model(folder / "edited"); });
    CHECK(message_of<FormatError>([&] { describe_model_file(folder / "edited"); }) == error);
    return error;
  };
  for (const std::int64_t width : {std::int64_t{1} << 22, std::int64_t{1} << 30}) {
    const std::string error = error_with("SHAN", "embedding_size", width);
    CHECK_MESSAGE(
        contains(error, concat("expected shape (21, ", width, "), got (21, 8) (embedding_size is ", width, ")")),
        error);
  }
  CHECK(contains(error_with("Caser", "nh", 1 << 24), "(nh is 16777216)"));
  CHECK(contains(error_with("S3Rec", "inner_size", 1 << 30), "(inner_size is 1073741824)"));
  CHECK(contains(error_with("S3Rec", "n_layers", 1 << 30), " is missing: expected f32"));
  Json::Array layers(100'000, 1);
  layers[0] = 6;
  layers[1] = 5;
  const std::string error = error_with("DIEN", "mlp_hidden_size", layers);
  CHECK_MESSAGE(contains(error, "(mlp_hidden_size has 100000 elements)"), error);
}

TEST_CASE("a config with other hyper-parameters than the model's is refused") {
  Json config = tiny_file().config;
  config["embedding_size"] = 1 << 24;
  CHECK(contains(load_error({{{"config", config.dump()}}, {}}),
                 "the config's embedding_size is 16777216, but that of the hyper-parameters is 8"));
}

TEST_CASE("a title with a byte 0 is refused") {
  ModelFile file = tiny_file();
  file.titles.assign(21, "title");
  file.titles[3] = std::string("t\0", 2);
  CHECK(contains(message_of<ShapeError>([&] { save_model_file("never", file, *tiny_model(file)); }),
                 "a title holds a byte 0"));
}

TEST_CASE("a model file names the columns of the attributes, and holds their tokens") {
  const TemporaryFolder folder;
  ModelFile file = tiny_file(5, 20, "S3Rec");
  const auto class_tokens = std::make_shared<const Vocabulary>(file.users);
  const auto brand_tokens = std::make_shared<const Vocabulary>(file.items);
  const auto save = [&](const Json& names, std::vector<AttributeColumn> columns) {
    file.spec.hyper_parameters["item_attribute"] = file.config["item_attribute"] = names;
    file.spec.attribute_columns = std::move(columns);
    save_model_file(folder / "model", file, *tiny_model(file));
    return load_model_file(folder / "model").spec;
  };
  const ModelSpec one = save("class", {{"class", 5, class_tokens}});
  REQUIRE(one.attribute_columns.size() == 1);
  CHECK(one.attribute_columns[0].name == "class");
  CHECK(one.attribute_columns[0].vocabulary->token(5) == "u5");
  CHECK(SafetensorsReader(folder / "model").metadata().at("n_attributes") == "5");

  const ModelSpec two = save(Json::Array{"class", "brand"}, {{"class", 5, class_tokens}, {"brand", 20, brand_tokens}});
  REQUIRE(two.attribute_columns.size() == 2);
  CHECK(two.n_attributes() == 25);
  CHECK(two.attribute_columns[1].name == "brand");
  CHECK(two.attribute_columns[1].vocabulary->token(20) == "i20");
  CHECK(describe_model_file(folder / "model").at("attributes").dump() ==
        R"([{"name":"class","tokens":5},{"name":"brand","tokens":20}])");

  for (const Json& names : {Json(nullptr), Json::array(), Json("class")}) CHECK(save(names, {}).n_attributes() == 0);
  CHECK(message_of<ShapeError>([&] {
          save("brand", {{"class", 5, class_tokens}});
        }) == "there are 1 columns of attributes, but the hyper-parameters name 1, or others");
  CHECK(message_of<ShapeError>([&] {
          save(Json::Array{"class", "brand"}, {{"class", 5, class_tokens}, {"brand", 20}});
        }) == "the attributes 'brand' have no vocabulary");
}

TEST_CASE("tokens of features that don't fit their number are refused") {
  const TemporaryFolder folder;
  ModelFile file = tiny_file();
  file.spec.user_features = {identity_feature("age", 6)};
  file.spec.user_features[0].vocabulary = std::make_shared<const Vocabulary>(file.users);
  save_model_file(folder / "good", file, *tiny_model(file));
  CHECK(error_with_vocabulary(folder, file.items, "vocabulary.feature.0") ==
        ": feature 'age': expected 6 tokens in its vocabulary, got 21");
}

TEST_CASE("tokens of attributes that don't fit their number are refused") {
  const TemporaryFolder folder;
  ModelFile file = tiny_file(5, 20, "S3Rec");
  file.spec.attribute_columns = {{"class", 20, std::make_shared<const Vocabulary>(file.items)}};
  save_model_file(folder / "good", file, *tiny_model(file));
  CHECK(error_with_vocabulary(folder, file.users, "vocabulary.attribute") ==
        ": n_attributes is 20, but their vocabulary has 5");
  Edit edit;
  edit.metadata["n_attributes"] = "-1";
  write_edited(folder / "good", folder / "bad", edit);
  CHECK(message_of<FormatError>([&] { load_model(folder / "bad"); }) ==
        (folder / "bad").string() + ": metadata \"n_attributes\" is negative: -1");
  file.spec.hyper_parameters["item_attribute"] = file.config["item_attribute"] = Json::Array{"class", "brand"};
  edit.metadata = {{"hyper_parameters", file.spec.hyper_parameters.dump()}, {"config", file.config.dump()}};
  write_edited(folder / "good", folder / "bad", edit);
  CHECK(message_of<FormatError>([&] { load_model(folder / "bad"); }) ==
        (folder / "bad").string() + ": has no vocabulary of the attributes 'brand'");
}

TEST_CASE("titles that lie outside of their bytes are refused") {
  const Tensor bytes = Tensor::from<std::uint8_t>({65, 66}, {2});
  std::vector<std::int64_t> ends(22, 2);
  ends[0] = 0;
  const auto with = [&](std::vector<std::int64_t> offsets) {
    const auto size = std::ssize(offsets);
    return load_error({{}, {{"title.bytes", bytes}, {"title.offsets", Tensor::from(offsets, {size})}}});
  };
  ends[5] = 1'000'000'000;
  CHECK(contains(with(ends), "title.offsets fall"));
  ends[5] = 2;
  ends.back() = 3;
  CHECK(contains(with(ends), "title.offsets don't reach"));
  ends.push_back(3);
  CHECK(contains(with(ends), "expected shape (22), got (23)"));
}

TEST_CASE("a truncated or altered model file gives an error, or a model where it has no checksums, never a crash") {
  const TemporaryFolder folder;
  const ModelFile file = tiny_file();
  save_model_file(folder / "good", file, *tiny_model(file));
  const std::string whole = read_text(folder / "good");
  for (const std::string& good : {whole, without_checksums(whole)}) {
    int refused = 0, tried = 0;
    const auto attempt = [&](const std::string& bytes) {
      write_text(folder / "bad", bytes);
      ++tried;
      try {
        load_model(folder / "bad");
      } catch (const FormatError& error) {
        CHECK(contains(error.what(), "bad: "));
        ++refused;
      }
    };
    for (std::size_t size = 0; size < good.size(); size += 1 + good.size() / 97) attempt(good.substr(0, size));
    CHECK(refused == tried);
    for (std::size_t place = 0; place < good.size(); place += 1 + good.size() / 401) {
      for (const char flip : {char(0x01), char(0x80), char(0xff)}) {
        std::string bytes = good;
        bytes[place] = static_cast<char>(bytes[place] ^ flip);
        attempt(bytes);
      }
    }
    CHECK((refused == tried) == (good == whole));
  }
}

TEST_CASE("a file that has no checksums yet is read, and says so") {
  const TemporaryFolder folder;
  const ModelFile file = tiny_file();
  save_model_file(folder / "new", file, *tiny_model(file));
  write_text(folder / "old", without_checksums(read_text(folder / "new")));
  CHECK(load_model_file(folder / "new").has_checksums);
  CHECK(describe_model_file(folder / "new").at("checksums") == Json(true));
  const LoadedModel old = load_model(folder / "old");
  CHECK_FALSE(old.file.has_checksums);
  CHECK(describe_model_file(folder / "old").at("checksums") == Json(false));
  CHECK(no_checksums_notice("old") == "old has no checksums (an older seqrec wrote it): damage can't be noticed");
  save_model_file(folder / "again", old.file, *old.model);
  CHECK(read_text(folder / "again") == read_text(folder / "new"));
}

TEST_CASE("describe_model_file tells what is in it") {
  const TemporaryFolder folder;
  const ModelFile file = tiny_file();
  save_model_file(folder / "model", file, *tiny_model(file));
  const Json what = describe_model_file(folder / "model");
  CHECK(what.at("model").as_string() == "SHAN");
  CHECK(what.at("format_version").as_int() == 1);
  CHECK(what.at("n_items").as_int() == 21);
  CHECK(what.at("hyper_parameters").at("embedding_size").as_int() == 8);
  CHECK_FALSE(what.at("titles").as_bool());
  CHECK(what.at("parameters").as_array().size() == tiny_model(file)->state().size());
  CHECK(what.at("number_of_parameters").as_int() == 21 * 8 + 6 * 8 + 2 * (8 * 8 + 8 + 8));
  CHECK(what.at("bytes").as_int() == std::ssize(read_text(folder / "model")));
  CHECK(what.at("item_fingerprint").as_string() == fingerprint(file.items));

  const ModelFile dien = tiny_file(5, 20, "DIEN");  // its batch norms hold more than parameters
  const auto model = tiny_model(dien);
  save_model_file(folder / "dien", dien, *model);
  std::int64_t parameters = 0;
  for (const auto& [name, parameter] : model->parameters()) parameters += parameter.value().numel();
  CHECK(describe_model_file(folder / "dien").at("number_of_parameters").as_int() == parameters);
}

TEST_CASE("a fingerprint tells vocabularies apart by token and by order") {
  Vocabulary ab, ba, joined;
  ab.add("a");
  ab.add("b");
  ba.add("b");
  ba.add("a");
  joined.add("ab");
  CHECK(fingerprint(ab) == fingerprint(Vocabulary(ab)));
  CHECK(fingerprint(ab).size() == 16);
  CHECK(fingerprint(ab) != fingerprint(ba));
  CHECK(fingerprint(ab) != fingerprint(joined));
}
