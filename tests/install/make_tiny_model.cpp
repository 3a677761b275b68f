// Writes a model file MODEL.safetensors of each model, and histories.safetensors. For scripts/check_install, which
// needs the items "i1" to "i20"; as small as they can be, the seeds of model_fuzz (tests/fuzz/corpus/model).
#include <iostream>
#include <utility>

#include "tests/models/tiny_model.h"

int main(int argc, char** argv) {
  using namespace seqrec;
  using namespace seqrec::models;
  const bool smallest = argc == 3 && std::string(argv[2]) == "smallest";
  if (argc != 2 && !smallest) {
    std::cerr << "usage: make_tiny_model FOLDER [smallest]\n";
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  const int users = smallest ? 2 : 5, items = smallest ? 2 : 20;
  for (const ModelInfo& info : model_infos()) {
    ModelFile file = tiny_file(users, items, info.name, smallest ? 2 : 8);
    if (smallest) {
      for (const auto& [key, value] :
           {std::pair<const char*, Json>{"n_layers", 1}, {"mlp_hidden_size", Json::Array{2}}})
        if (file.spec.hyper_parameters.find(key)) file.spec.hyper_parameters[key] = value;
      Json config = Json::object();
      config["MAX_ITEM_LIST_LENGTH"] = file.max_item_list_length();
      file.config = config;
    }
    save_model_file(folder / (info.name + ".safetensors"), file, *tiny_model(file));
  }
  save_tiny_histories(folder / "histories.safetensors", tiny_file(users, items));
}
