// random_model MODEL ITEMS WIDTH FILE: a model file of random parameters, whose items are "1", "2" and so on: what
// serving costs doesn't depend on what was learned.
#include <charconv>
#include <iostream>

#include "models/list.h"
#include "models/model_file.h"

namespace {

using namespace seqrec;

std::int64_t number(std::string_view text) {
  std::int64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  require<UsageError>(error == std::errc() && end == text.data() + text.size() && out > 0, "got '", text,
                      "', expected a number of 1 or more");
  return out;
}

void write(const std::string& name, std::int64_t items, std::int64_t width, const std::string& path) {
  constexpr int kUsers = 1000;
  models::ModelFile file;
  for (int i = 1; i <= kUsers; ++i) file.users.add(std::to_string(i));
  for (std::int64_t i = 1; i <= items; ++i) file.items.add(std::to_string(i));
  file.spec = {name, file.users.size(), file.items.size(), Json::object()};
  Json& values = file.spec.hyper_parameters;
  values = complete_values(models::model_info(name).keys, {}, "");
  for (const char* key : {"embedding_size", "hidden_size"})
    if (values.find(key) != nullptr) values[key] = width;
  if (values.find("train_stage") != nullptr) values["train_stage"] = "finetune";
  if (values.find("item_attribute") != nullptr) file.spec.attribute_columns = {{"class", 3}};
  file.config = values;
  models::save_model_file(path, file, *models::make_model(file.spec, DType::F32, 1));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    require<UsageError>(argc == 5, "usage: random_model MODEL ITEMS WIDTH FILE");
    write(argv[1], number(argv[2]), number(argv[3]), argv[4]);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "random_model: " << error.what() << '\n';
    return 1;
  }
}
