#include "models/histories_file.h"

#include <doctest/doctest.h>

#include "core/file.h"
#include "tests/models/tiny_model.h"

using namespace seqrec;
using namespace seqrec::models;

namespace {

using Ids = std::vector<std::int32_t>;

Ids copy(std::span<const std::int32_t> ids) { return {ids.begin(), ids.end()}; }

/// Three ids of users: padding, "u1" with five items, "u2" with none.
const std::vector<std::int64_t> kOffsets = {0, 0, 5, 5};
const Ids kHistoryItems = {4, 2, 4, 1, 3};

}  // namespace

TEST_CASE("histories keep the last items and the set of all") {
  const Histories histories(kOffsets, kHistoryItems, 3);
  CHECK(histories.users() == 3);
  CHECK(copy(histories.recent(1)) == Ids{4, 1, 3});
  CHECK(copy(histories.seen(1)) == Ids{1, 2, 3, 4});
  CHECK(histories.recent(0).empty());
  CHECK(histories.recent(2).empty());
  CHECK(histories.seen(99).empty());
  CHECK(Histories().users() == 0);
  CHECK(Histories().recent(0).empty());
  CHECK_THROWS_WITH_AS(Histories(kOffsets, kHistoryItems, 0), "[histories] expected a length from 1, got 0",
                       ShapeError);
  CHECK_THROWS_WITH_AS(Histories(std::vector<std::int64_t>{0, 4}, kHistoryItems, 3),
                       "[histories] offsets must ascend from 0 to the number of items, 5", ShapeError);
}

TEST_CASE("histories come back from their file, with their own model's vocabularies only") {
  const TemporaryFolder folder;
  const ModelFile model = tiny_file(2, 4), other = tiny_file(2, 5), more_users = tiny_file(3, 4);
  const auto path = folder / "histories.safetensors";
  CHECK(histories_path(folder / "model.safetensors") == path);
  Histories(kOffsets, kHistoryItems, 3).save(path, model.users, model.items);

  const Histories loaded = Histories::load(path, model.users, model.items);
  CHECK(copy(loaded.recent(1)) == Ids{4, 1, 3});
  CHECK(copy(loaded.seen(1)) == Ids{1, 2, 3, 4});
  const std::string foreign = path.string() + ": belongs to another model file: its users or items are not the model's";
  CHECK_THROWS_WITH_AS(Histories::load(path, model.users, other.items), foreign.c_str(), FormatError);
  CHECK_THROWS_WITH_AS(Histories::load(path, more_users.users, model.items), foreign.c_str(), FormatError);
  CHECK_THROWS_WITH_AS(Histories(kOffsets, kHistoryItems, 3).save(path, more_users.users, model.items),
                       "[histories] there are 3 users, the vocabulary has 4", ShapeError);
}

TEST_CASE("a malformed histories file is refused") {
  const TemporaryFolder folder;
  const ModelFile model = tiny_file(2, 4);
  const auto path = folder / "histories.safetensors";
  save_model_file(folder / "model", model, *tiny_model(model));
  CHECK_THROWS_WITH_AS(Histories::load(folder / "model", model.users, model.items),
                       doctest::Contains("is not a seqrec histories file"), FormatError);

  const auto write = [&](std::vector<std::int64_t> offsets, const Ids& items, const std::string& version = "1") {
    SafetensorsWriter writer;
    writer.add_metadata("format", "seqrec.histories");
    writer.add_metadata("format_version", version);
    writer.add_metadata("user_fingerprint", fingerprint(model.users));
    writer.add_metadata("item_fingerprint", fingerprint(model.items));
    for (const std::string name : {"recent", "seen"}) {
      writer.add(name + ".offsets", Tensor::from(offsets, {std::ssize(offsets)}));
      writer.add(name + ".items", Tensor::from(items, {std::ssize(items)}));
    }
    writer.write(path);
  };
  const auto load = [&] { return Histories::load(path, model.users, model.items); };
  write({0, 0, 2, 2}, {1, 4});
  CHECK(load().recent(1).size() == 2);
  write({0, 0, 2, 2}, {1, 5});
  CHECK_THROWS_WITH_AS(load(), doctest::Contains("recent.items: item id 5 is outside of the model's, 1 to 4"),
                       FormatError);
  write({0, 0, 2, 2}, {0, 4});
  CHECK_THROWS_WITH_AS(load(), doctest::Contains("item id 0 is outside"), FormatError);
  write({0, 2, 1, 2}, {1, 4});
  CHECK_THROWS_WITH_AS(load(), doctest::Contains("recent.offsets must ascend from 0"), FormatError);
  write({0, -4, 2, 2}, {1, 4});
  CHECK_THROWS_WITH_AS(load(), doctest::Contains("recent.offsets must ascend from 0"), FormatError);
  write({0, 2, 2}, {1, 4});
  CHECK_THROWS_WITH_AS(load(), doctest::Contains("expected shape (4), got (3)"), FormatError);
  write({0, 0, 2, 2}, {1, 4}, "2");
  CHECK_THROWS_WITH_AS(load(), doctest::Contains("has format version \"2\""), FormatError);
}
