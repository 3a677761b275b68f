// Training and testing on prepared data: the bytes that the atomic files give.
#include <memory>
#include <utility>

#include <doctest/doctest.h>

#include "core/file.h"
#include "core/parallel.h"
#include "data/prepared_file.h"
#include "listener.h"
#include "models/list.h"
#include "run_content.h"
#include "toy.h"
#include "train/build.h"
#include "train/run.h"
#include "train/stages.h"

namespace seqrec::train {
namespace {

namespace fs = std::filesystem;

TrainRequest request_of(const models::ModelInfo& info, const fs::path& data, const char* batching) {
  TrainRequest request;
  request.model = info.name;
  request.config = toy_input(data, {"epochs=2", "train_batch_size=16", concat("batching=", batching)});
  const std::vector<std::string> small = small_settings(info);
  request.config.settings.insert(request.config.settings.end(), small.begin(), small.end());
  return request;
}

}  // namespace

TEST_CASE("every model trained on prepared data has the bytes of one trained on the atomic files") {
  const TempFolder temp;
  write_toy(temp.path());
  const int threads = num_threads();
  for (const models::ModelInfo& info : models::model_infos())
    for (const char* batching : {"rows", "histories"}) {
      CAPTURE(info.name);
      CAPTURE(batching);
      const fs::path mapped = temp / concat("prepared-", info.name);
      const data::Config config(for_model(request_of(info, temp.path(), batching).config, info.name));
      const BatchNeeds needs = data_needs(info.name, config);
      data::Prepared prepared = data::prepare_files(config, needs);
      prepared.titles = std::make_shared<const std::vector<std::string>>(data::item_titles(config, prepared.items));
      data::save_prepared(prepared, config, needs, mapped);

      Listener listener;
      TrainRequest files = request_of(info, temp.path(), batching), map = request_of(info, mapped, batching);
      files.out = temp / concat("files-", info.name, batching);
      map.out = temp / concat("mapped-", info.name, batching);
      set_num_threads(1);
      const RunResult of_files = train(files, listener);
      set_num_threads(2);
      const RunResult of_map = train(map, listener);
      CHECK(of_files.test == of_map.test);
      for (const char* name : {"model.safetensors", "histories.safetensors", "rows.safetensors", "metrics.csv"}) {
        CAPTURE(name);
        REQUIRE(file_exists(files.out / name) == file_exists(map.out / name));
        if (!file_exists(files.out / name)) continue;
        const std::string a = read_text(files.out / name), b = read_text(map.out / name);
        CHECK((std::string(name) == "metrics.csv" ? without_seconds(a) == without_seconds(b) : a == b));
      }
      CHECK(read_text(files.out / "data.json") == read_text(map.out / "data.json"));
      if (file_exists(files.out / "checkpoint.safetensors"))
        CHECK(checkpoint_content(files.out / "checkpoint.safetensors") ==
              checkpoint_content(map.out / "checkpoint.safetensors"));
      EvaluateRequest evaluation{of_map.model_file, toy_input(mapped)};
      CHECK(evaluate(evaluation, listener).test == of_files.test);
      evaluation.config = toy_input(temp.path());
      CHECK(evaluate(evaluation, listener).test == of_files.test);
    }
  set_num_threads(threads);
}

}  // namespace seqrec::train
