// Writes FOLDER/MODEL/model.safetensors of three tiny models, with titles of which some are hostile, and the histories
// beside them: what tests/page/page_test.py serves.
#include <iostream>

#include "tests/models/tiny_model.h"

int main(int argc, char** argv) {
  using namespace seqrec;
  using namespace seqrec::models;
  if (argc != 2) {
    std::cerr << "usage: make_page_models FOLDER\n";
    return 2;
  }
  for (const std::string model : {"SHAN", "DIEN", "Pop"}) {
    ModelFile file = tiny_file(5, 40, model);
    for (std::int32_t item = 0; item <= 40; ++item)
      file.titles.push_back(item % 5 == 4 ? "" : concat("Volume ", item, " of the Starry Series"));
    file.titles[1] = R"(<img src=x onerror="window.hacked=1"> & </script><script>window.hacked=1</script>)";
    file.titles[2] = "Right \u202Eto left";
    file.titles[3] = "Not\xFF UTF-8";
    file.titles[6] = "Long" + std::string(300, 'g');
    const std::filesystem::path folder = std::filesystem::path(argv[1]) / model;
    std::filesystem::create_directories(folder);
    save_model_file(folder / "model.safetensors", file, *tiny_model(file));
    save_tiny_histories(histories_path(folder / "model.safetensors"), file);
  }
}
