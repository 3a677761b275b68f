#include "core/mapped_file.h"

#include <string_view>

#include <doctest/doctest.h>

#include "core/error.h"
#include "core/file.h"
#include "core/shared_array.h"
#include "tests/message_of.h"
#include "tests/temp_folder.h"

using namespace seqrec;

TEST_CASE("a mapped file has the bytes that the file had when it was opened, though another one takes its place") {
  const TempFolder folder;
  const auto path = folder / "f";
  write_text(path, "abc");
  const MappedFile file(path);
  write_text(path, "something else");
  CHECK(std::string_view(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()) == "abc");
  write_text(path, "");
  CHECK(MappedFile(path).bytes().empty());
}

TEST_CASE("what can't be mapped is told with its path") {
  const TempFolder folder;
  CHECK(message_of<IoError>([&] {
          MappedFile(folder / "none");
        }).starts_with("can't read " + (folder / "none").string()));
  CHECK(message_of<IoError>([&] { MappedFile(folder.path()); }).starts_with("can't read " + folder.path().string()));
  CHECK(message_of<IoError>([&] { MappedFile("/dev/null"); }) ==
        "can't read /dev/null: it is a device, expected a regular file");
}

TEST_CASE("a shared array holds a vector's numbers, or foreign ones that its owner keeps") {
  SharedArray<int> array(std::vector<int>{1, 2, 3});
  const SharedArray<int> copy = array;
  array = std::vector<int>{4};
  CHECK(copy == std::vector<int>{1, 2, 3});
  CHECK(copy.back() == 3);
  CHECK(array.size() == 1);
  CHECK(array[0] == 4);
  auto owner = std::make_shared<std::vector<int>>(std::vector<int>{7, 8});
  const SharedArray<int> foreign(std::span<const int>(*owner), owner);
  CHECK(owner.use_count() == 2);
  owner.reset();
  CHECK(foreign == std::vector<int>{7, 8});
  CHECK(SharedArray<int>().empty());
}
