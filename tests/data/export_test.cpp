#include "data/export.h"

#include <doctest/doctest.h>

#include "core/safetensors.h"
#include "tests/data/dataset_files.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::data;

TEST_CASE("an export holds tokens and padded rows under RecBole's names") {
  DatasetFiles files("uid:token\titem_id:token\ttimestamp:float\nu\ta\t1\nu\tb\t2\nu\t\xFF\t3\nu\ta\t4\n");
  files.write("item", "item_id:token\tclass:token_seq\na\tx\nb\ty x\n\xFF\t\n");
  const Config config = files.config({"USER_ID_FIELD=uid", "load_col=~", "MAX_ITEM_LIST_LENGTH=2"});
  const TempFolder folder;
  export_dataset(prepare(config), config, folder / "deep/er");

  CHECK(
      read_text(folder / "deep/er/ids.json") ==
      "{\"uid\":[\"[PAD]\",\"u\"],\"item_id\":[\"[PAD]\",\"a\",\"b\",\"\\udcff\"],\"class\":[\"[PAD]\",\"x\",\"y\"]}");
  const SafetensorsReader reader(folder / "deep/er/splits.safetensors");
  const auto values = [&](const char* name) { return reader.get(name).to_vector<std::int64_t>(); };
  CHECK(values("train.uid") == std::vector<std::int64_t>{1});
  CHECK(values("train.item_id_list") == std::vector<std::int64_t>{1, 0});
  CHECK(values("valid.item_id") == std::vector<std::int64_t>{3});
  CHECK(values("valid.item_length") == std::vector<std::int64_t>{2});
  CHECK(values("test.item_id_list") == std::vector<std::int64_t>{2, 3});
  CHECK(reader.get("test.item_id_list").shape() == Shape{1, 2});
}

TEST_CASE("a folder that can't be made is named") {
  const DatasetFiles files("user_id:token\titem_id:token\ttimestamp:float\nu\ta\t1\nu\tb\t2\n");
  const Config config = files.config();
  const Dataset dataset = prepare(config);
  CHECK(message_of<IoError>([&] {
          export_dataset(dataset, config, files.path("inter") + "/sub");
        }).find("can't make the folder " + files.path("inter") + "/sub: Not a directory") != std::string::npos);
}
