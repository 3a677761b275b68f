#include "core/safetensors.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "core/cpu_memory.h"
#include "core/file.h"
#include "core/safetensors_checksums.h"
#include "tests/message_of.h"
#include "tests/temp_folder.h"

using namespace seqrec;

namespace {

std::string file_bytes(const std::string& header, const std::string& data) {
  const std::uint64_t length = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + data;
}

SafetensorsReader open(const std::string& bytes) { return SafetensorsReader(std::as_bytes(std::span(bytes)), "f"); }

std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

}  // namespace

TEST_CASE("what is written is read back") {
  const TempFolder folder;
  SafetensorsWriter writer;
  writer.add("bytes", Tensor::from<std::uint8_t>({1, 2, 255}, {3}));
  writer.add("flag", Tensor::from<bool>({true, false}, {2}));
  writer.add("f32", Tensor::from<float>({1.5f, -2, 3, 4, 5, 6}, {2, 3}));
  writer.add("f64", Tensor::from<double>({0.1}, {}));
  writer.add("i32", Tensor::from<std::int32_t>({-7}, {1}));
  writer.add("i64", Tensor::from<std::int64_t>({std::int64_t{1} << 40, 3}, {1, 2}));
  writer.add("empty", Tensor({0, 4}));
  writer.add_metadata("format", "seqrec");
  writer.add_metadata("text", "a \"b\"\n\xC3\xA9");
  writer.write(folder / "a");

  const SafetensorsReader reader(folder / "a");
  CHECK(reader.file() == (folder / "a").native());
  CHECK(reader.names() == std::vector<std::string>{"f64", "i64", "f32", "i32", "empty", "bytes", "flag"});
  CHECK(reader.metadata() == std::map<std::string, std::string>{{"format", "seqrec"}, {"text", "a \"b\"\n\xC3\xA9"}});
  CHECK(reader.contains("f32"));
  CHECK_FALSE(reader.contains("f3"));
  CHECK(reader.get("bytes").to_vector<std::uint8_t>() == std::vector<std::uint8_t>{1, 2, 255});
  CHECK(reader.get("flag").at<bool>({0}));
  CHECK(reader.get("f32").shape() == Shape{2, 3});
  CHECK(reader.get("f32").to_vector<float>() == std::vector<float>{1.5f, -2, 3, 4, 5, 6});
  CHECK(reader.get("f64").item() == 0.1);
  CHECK(reader.get("i32").item() == -7);
  CHECK(reader.get("i64").to_vector<std::int64_t>() == std::vector<std::int64_t>{std::int64_t{1} << 40, 3});
  CHECK(reader.get("empty").shape() == Shape{0, 4});
  CHECK(reader.get("f32", DType::F32, {2, -1}).shape() == Shape{2, 3});
}

TEST_CASE("tensors of a file are their own, those of memory view it; both outlive the reader") {
  const TempFolder folder;
  SafetensorsWriter writer;
  writer.add("odd", Tensor::from<std::uint8_t>({1, 2, 3}, {3}));
  writer.add("w", Tensor::from<double>({1, 2}, {2}));
  writer.write(folder / "a");
  const FileContent bytes(folder / "a");
  Tensor tensor, again, view, same_view;
  {
    const SafetensorsReader reader(folder / "a"), in_memory({bytes.data(), bytes.size()}, "a");
    tensor = reader.get("w");
    again = reader.get("w");
    view = in_memory.get("w");
    same_view = in_memory.get("w");
  }
  CHECK(tensor.data<double>() != again.data<double>());
  CHECK(view.data<double>() == same_view.data<double>());
  for (const Tensor& each : {tensor, again, view}) CHECK(each.to_vector<double>() == std::vector<double>{1, 2});
}

TEST_CASE("a large tensor comes in parts of whole rows, narrowed ones too") {
  const TempFolder folder;
  constexpr std::int64_t kRows = 5000, kWidth = 128;
  std::vector<float> numbers(kRows * kWidth);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>(i % 1000) / 7;
  const Tensor table = Tensor::from(numbers, {kRows, kWidth});
  for (const StoredType type : {StoredType::F32, StoredType::F16, StoredType::I8}) {
    SafetensorsWriter writer;
    writer.add("one", Tensor::from<float>({3}, {}));
    writer.add("none", Tensor({0, 4}));
    if (type == StoredType::F32)
      writer.add("t", table);
    else
      writer.add("t", narrow(table, "t", type));
    writer.write(folder / "a");
    const FileContent bytes(folder / "a");
    for (const SafetensorsReader& reader :
         {SafetensorsReader(folder / "a"), SafetensorsReader({bytes.data(), bytes.size()}, "a")}) {
      std::int64_t parts = 0, rows = 0;
      bool equal = true;
      const std::vector<float> whole = reader.get("t").to_vector<float>();
      reader.get_parts("t", [&](std::int64_t begin, const Tensor& part) {
        ++parts;
        CHECK(begin == rows);
        CHECK(part.size(1) == kWidth);
        rows += part.size(0);
        const auto values = part.span<float>();
        equal = equal && std::equal(values.begin(), values.end(), whole.begin() + begin * kWidth);
      });
      CHECK(equal);
      CHECK(rows == kRows);
      CHECK(parts == (type == StoredType::F32 ? 3 : type == StoredType::F16 ? 2 : 1));
      reader.get_parts("one", [&](std::int64_t begin, const Tensor& part) {
        CHECK(begin == 0);
        CHECK(part.item() == 3);
      });
      reader.get_parts("none", [&](std::int64_t, const Tensor&) { FAIL("there is nothing of it"); });
      CHECK_THROWS_AS(reader.get_parts("x", [](std::int64_t, const Tensor&) {}), FormatError);
    }
  }
}

TEST_CASE("a file that is written in place while its reader is open gives no tensor, a replaced one the old ones") {
  const TempFolder folder;
  SafetensorsWriter writer;
  writer.add("w", Tensor::from<float>({1, 2}, {2}));
  writer.write(folder / "a");
  const SafetensorsReader reader(folder / "a");
  write_text(folder / "a", "another");
  CHECK(reader.get("w").to_vector<float>() == std::vector<float>{1, 2});
  writer.write(folder / "b");
  const SafetensorsReader other(folder / "b");
  std::filesystem::resize_file(folder / "b", 10);
  CHECK_THROWS_WITH_AS(other.get("w"),
                       ("can't read " + (folder / "b").native() + ": it was written while it was read").c_str(),
                       IoError);
}

TEST_CASE("the bytes depend on what was added alone") {
  const TempFolder folder;
  for (const char* name : {"a", "b"}) {
    SafetensorsWriter writer;
    writer.add("x", Tensor::from<float>({1}, {1}));
    writer.add_metadata("k", "v");
    writer.write(folder / name);
  }
  CHECK(read_text(folder / "a") == read_text(folder / "b"));
  const std::string expected =
      R"({"__metadata__":{"crc32c.metadata":"7532d570","crc32c.tensors":"{\"x\":\"F32 (1) dd54c4ab\"}","k":"v"},)"
      R"("x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  const std::string padding((8 - expected.size() % 8) % 8, ' ');
  CHECK(read_text(folder / "a") == file_bytes(expected + padding, std::string("\0\0\x80\x3f", 4)));
}

TEST_CASE("tensors of another device are written from a copy") {
  const Device device{Device::Kind::Cuda, 12};
  set_memory(device, std::make_unique<CpuMemory>());
  const TempFolder folder;
  SafetensorsWriter writer;
  writer.add("w", Tensor::from(std::vector<float>{1, 2, 3}, {3}, device));
  writer.write(folder / "a");
  CHECK(SafetensorsReader(folder / "a").get("w").to_vector<float>() == std::vector<float>{1, 2, 3});
}

TEST_CASE("a file without tensors") {
  const TempFolder folder;
  SafetensorsWriter().write(folder / "a");
  CHECK(SafetensorsReader(folder / "a").names().empty());
  CHECK(open(file_bytes("{}", "")).names().empty());
}

TEST_CASE("unaligned data are copied") {
  std::string data(1, '\x07');
  const float value = 2.5f;
  data.append(reinterpret_cast<const char*>(&value), 4);
  const std::string header =
      R"({"a":)" + entry("U8", "[1]", "[0,1]") + R"(,"b":)" + entry("F32", "[1]", "[1,5]") + "}  ";
  for (std::size_t shift = 0; shift < 4; ++shift) {
    const std::string bytes = file_bytes(header + std::string(shift, ' '), data);
    const SafetensorsReader reader = open(bytes);
    CHECK(reader.get("a").item() == 7);
    CHECK(reader.get("b").item() == 2.5);
  }
}

TEST_CASE("dtypes that a tensor can't hold are refused when asked for, their sizes checked before") {
  const std::string bytes =
      file_bytes(R"({"h":)" + entry("U16", "[2]", "[0,4]") + R"(,"u":)" + entry("U8", "[1]", "[4,5]") + "}", "12345");
  const SafetensorsReader reader = open(bytes);
  CHECK(reader.get("u").item() == '5');
  CHECK_THROWS_WITH_AS(reader.get("h"), "f: tensor \"h\": dtype U16 is not supported", FormatError);
  const std::vector<std::pair<std::string, int>> sizes = {{"F16", 2},     {"BF16", 2},    {"I8", 1},     {"I16", 2},
                                                          {"U16", 2},     {"U32", 4},     {"U64", 8},    {"C64", 8},
                                                          {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"F8_E8M0", 1}};
  for (const auto& [dtype, size] : sizes) {
    const std::string end = std::to_string(size);
    const std::string data(size, 'x');
    CHECK(open(file_bytes(R"({"t":)" + entry(dtype, "[1]", "[0," + end + "]") + "}", data)).contains("t"));
    CHECK_THROWS_AS(open(file_bytes(R"({"t":)" + entry(dtype, "[2]", "[0," + end + "]") + "}", data)), FormatError);
  }
}

TEST_CASE("narrowed tables come back as f32") {
  const TempFolder folder;
  const Tensor table = Tensor::from(std::vector<float>{1, -2, 3.5F, 0, 0, 0.25F}, {3, 2});
  for (const StoredType type : {StoredType::F16, StoredType::BF16, StoredType::I8}) {
    SafetensorsWriter writer;
    writer.add("a", Tensor::from(std::vector<std::int32_t>{5}, {1}));
    writer.add("t", narrow(table, "t", type));
    writer.write(folder / "a");
    const SafetensorsReader reader(folder / "a");
    CHECK(reader.names() == std::vector<std::string>{"a", "t"});
    CHECK(reader.get("t").to_vector<float>() == widen(narrow(table, "t", type)).to_vector<float>());
    CHECK(reader.shape("t") == Shape{3, 2});
    CHECK(reader.dtype("t") == DType::F32);
    CHECK(reader.stored_dtype("t") == file_name_of(type));
  }
}

TEST_CASE("many tensors with scales are read in a time like their number's") {
  std::string header = "{";
  for (int i = 0; i < 20'000; ++i) {
    const std::string name = "n" + std::to_string(i);
    header += (i > 0 ? ",\"" : "\"") + name + "\":" + entry("I8", "[0,1]", "[0,0]") + ",\"" + name +
              ".scale\":" + entry("F32", "[0]", "[0,0]");
  }
  const std::string bytes = file_bytes(header + "}", "");
  CHECK(open(bytes).names().size() == 20'000);
}

TEST_CASE("I8 without a scale for each row is not supported") {
  const auto of = [](const std::string& scale) {
    return file_bytes(R"({"t":)" + entry("I8", "[4,1]", "[0,4]") + R"(,"t.scale":)" + scale + "}", "1234567890123456");
  };
  for (const std::string& scale :
       {entry("F32", "[3]", "[4,16]"), entry("F32", "[3,1]", "[4,16]"), entry("U8", "[12]", "[4,16]")}) {
    const std::string bytes = of(scale);
    CHECK_THROWS_WITH_AS(open(bytes).get("t"),
                         "f: tensor \"t\": dtype I8 is not supported without a scale for each row", FormatError);
  }
  // Of 0 dimensions there are no rows.
  const std::string bytes = file_bytes(R"({"t":)" + entry("I8", "[]", "[0,1]") + "}", "1");
  CHECK_THROWS_AS(open(bytes).get("t"), FormatError);
}

TEST_CASE("what is not in the file, or not as expected") {
  const std::string bytes =
      file_bytes(R"({"a":)" + entry("U8", "[2,1]", "[0,2]") + R"(,"b":)" + entry("BOOL", "[1]", "[2,3]") + "}",
                 std::string("\1\1\2", 3));
  const SafetensorsReader reader = open(bytes);
  CHECK_THROWS_WITH_AS(reader.get("x\n"), "f: there is no tensor \"x\\n\"", FormatError);
  CHECK_THROWS_WITH_AS(reader.get("a", DType::F32, {2, 1}), "f: tensor \"a\": expected f32, got u8", FormatError);
  CHECK_THROWS_WITH_AS(reader.get("a", DType::U8, {3, -1}), "f: tensor \"a\": expected shape (3, -1), got (2, 1)",
                       FormatError);
  CHECK_THROWS_WITH_AS(reader.get("a", DType::U8, {-1}), "f: tensor \"a\": expected shape (-1), got (2, 1)",
                       FormatError);
  CHECK_NOTHROW(reader.expect("a", DType::U8, {-1, 1}));
  CHECK_THROWS_WITH_AS(reader.expect("a", DType::F32, {2, 1}), "f: tensor \"a\": expected f32, got u8", FormatError);
  CHECK_THROWS_WITH_AS(reader.get("b"), "f: tensor \"b\": a BOOL is neither 0 nor 1", FormatError);
}

TEST_CASE("hostile files are refused") {
  struct Case {
    std::string bytes, message;
  };
  const auto tensor = [](const std::string& value, const std::string& data = "") {
    return file_bytes(R"({"t":)" + value + "}", data);
  };
  const std::vector<Case> cases = {
      {"", "f: no safetensors file: it has only 0 bytes"},
      {"1234567", "f: no safetensors file: it has only 7 bytes"},
      {std::string("\x05\0\0\0\0\0\0\0{}", 10), "f: the file is truncated: its header has 5 bytes, the file 10"},
      {std::string(8, '\xff') + "{}", "f: no safetensors file: its header would have 18446744073709551615 bytes"},
      {std::string("PK\3\4\0\0\0\0", 8), "f: the file is truncated: its header has 67324752 bytes, the file 8"},
      {file_bytes("", ""), "f: the header is no valid JSON: line 1, column 1: expected a value, got the end"},
      {file_bytes("{\"a\":", ""), "f: the header is no valid JSON: line 1, column 6: expected a value, got the end"},
      {file_bytes("[]", ""), "f: the header must be a map, it is a list"},
      {file_bytes("{}", "x"), "f: 1 bytes are left over after the last tensor"},
      {file_bytes(R"({"__metadata__":[]})", ""), "f: __metadata__ must be a map, it is a list"},
      {file_bytes(R"({"__metadata__":{"a":1}})", ""), "f: __metadata__: \"a\" must be a string, it is an integer"},
      {file_bytes(R"({"t":)" + entry("U8", "[0]", "[0,0]") + R"(,"t":)" + entry("U8", "[0]", "[0,0]") + "}", ""),
       "f: the header is no valid JSON: line 1, column 1: the key \"t\" stands twice in this map"},
      {tensor("1"), "f: tensor \"t\": expected a map, got 1"},
      {tensor("{}"), "f: tensor \"t\": \"dtype\" is missing"},
      {tensor(R"({"dtype":"F32"})"), "f: tensor \"t\": \"shape\" is missing"},
      {tensor(R"({"dtype":"F32","shape":[]})"), "f: tensor \"t\": \"data_offsets\" is missing"},
      {tensor(entry("F33", "[]", "[0,4]"), "1234"), "f: tensor \"t\": unknown dtype \"F33\""},
      {tensor(entry("U8", "[-1]", "[0,1]"), "1"), "f: tensor \"t\": expected a number from 0, got -1"},
      {tensor(entry("U8", "[1.5]", "[0,1]"), "1"), "f: tensor \"t\": expected an integer, got 1.5"},
      {tensor(entry("U8", "3", "[0,3]"), "123"), "f: tensor \"t\": expected a list, got 3"},
      {tensor(entry("U8", "[1,1,1,1,1,1,1]", "[0,1]"), "1"),
       "f: tensor \"t\": at most 6 dimensions are possible, got 7"},
      {tensor(entry("F32", "[4294967296,4294967296]", "[0,0]")),
       "f: tensor \"t\": shape (4294967296, 4294967296) is too large"},
      {tensor(entry("F32", "[0,4294967296,4294967296]", "[0,0]")),
       "f: tensor \"t\": shape (0, 4294967296, 4294967296) is too large"},
      {tensor(entry("F64", "[2305843009213693952]", "[0,0]")),
       "f: tensor \"t\": shape (2305843009213693952) is too large"},
      {tensor(entry("U8", "[2]", "[0,2,2]"), "12"), "f: tensor \"t\": data_offsets must be two numbers, got 3"},
      {tensor(entry("U8", "[2]", "[-2,0]"), "12"), "f: tensor \"t\": expected a number from 0, got -2"},
      {tensor(entry("U8", "[2]", "[2,0]"), "12"), "f: tensor \"t\": its data end at 0 before they begin at 2"},
      {tensor(entry("F32", "[2]", "[0,4]"), "1234"),
       "f: tensor \"t\": F32 of shape (2) needs 8 bytes, data_offsets give 4"},
      {tensor(entry("U8", "[9]", "[0,9]"), "1234"),
       "f: the file is truncated: tensor \"t\" ends at byte 9 of the data, there are 4"},
      {tensor(entry("U8", "[2]", "[2,4]"), "1234"), "f: a hole in the data before tensor \"t\": bytes 0 to 2"},
      {tensor(entry("U8", "[2]", "[0,2]"), "1234"), "f: 2 bytes are left over after the last tensor"},
      {file_bytes(R"({"b":)" + entry("U8", "[3]", "[1,4]") + R"(,"a":)" + entry("U8", "[2]", "[0,2]") + "}", "1234"),
       "f: tensor \"b\" begins at byte 1 of the data and overlaps the one before, which ends at 2"},
  };
  for (const Case& c : cases) {
    CHECK_THROWS_WITH_AS(open(c.bytes), c.message.c_str(), FormatError);
  }
}

TEST_CASE("a file cut off anywhere is refused") {
  const TempFolder folder;
  SafetensorsWriter writer;
  writer.add("a", Tensor::from<float>({1, 2, 3}, {3}));
  writer.add("b", Tensor::from<std::uint8_t>({1}, {1}));
  writer.write(folder / "whole");
  const std::string whole = read_text(folder / "whole");
  CHECK(open(whole).names().size() == 2);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string part = whole.substr(0, size);
    CHECK_THROWS_AS(open(part), FormatError);
  }
}

TEST_CASE("any flipped bit of a written file is noticed, in a tensor with its name") {
  const TempFolder folder;
  SafetensorsWriter writer;
  writer.add_metadata("config", "{\"seed\":7}");
  writer.add("w", Tensor::from<float>({1, 2, 3}, {3}));
  writer.add("tokens", Tensor::from<std::uint8_t>({'a', 'b'}, {2}));
  writer.write(folder / "whole");
  const std::string whole = read_text(folder / "whole");
  CHECK(open(whole).has_checksums());
  const std::size_t w = whole.size() - 14, tokens = whole.size() - 2;  // where their data begin
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
    CAPTURE(bit);
    const std::string error = message_of<FormatError>([&] { open(damaged); });
    if (bit / 8 >= w) {
      const std::string of_name = bit / 8 < tokens ? "\"w\" is damaged: type, shape and CRC-32C are F32 (3) "
                                                   : "\"tokens\" is damaged: type, shape and CRC-32C are U8 (2) ";
      CHECK_MESSAGE(error.starts_with("f: tensor " + of_name), error);
    }
  }
}

TEST_CASE("checksums that are wrong, malformed or half there are told; a file without any is read") {
  const auto file = [](const std::string& metadata) {
    return file_bytes(R"({"__metadata__":{)" + metadata + R"(},"t":)" + entry("U8", "[2]", "[0,2]") + "}", "ab");
  };
  // The CRC-32C of "crc32c.tensors", 0, TEXT, 0.
  const auto error = [&](const std::string& tensors) {
    const std::string crc = checksums::of_metadata({{checksums::kTensors, tensors}});
    const std::string metadata = R"("crc32c.metadata":")" + crc + R"(","crc32c.tensors":)" + Json(tensors).dump();
    return message_of<FormatError>([&] { open(file(metadata)); });
  };
  CHECK_FALSE(open(file("")).has_checksums());
  CHECK(open(file(R"("crc32c.metadata":")" +
                  checksums::of_metadata({{checksums::kTensors, R"({"t":"U8 (2) e2a22936"})"}}) +
                  R"(","crc32c.tensors":"{\"t\":\"U8 (2) e2a22936\"}")"))
            .metadata()
            .empty());
  CHECK(error(R"({"t":"U8 (2) e2a22937"})") ==
        R"(f: tensor "t" is damaged: type, shape and CRC-32C are U8 (2) e2a22936, expected "U8 (2) e2a22937")");
  CHECK(error(R"({"t":3})") == R"(f: tensor "t" is damaged: type, shape and CRC-32C are U8 (2) e2a22936, expected 3)");
  CHECK(error(R"({"u":"U8 (2) e2a22936"})") == R"(f: crc32c.tensors: there is no tensor "u")");
  CHECK(error("{}") == "f: crc32c.tensors: expected a map of all 1 tensors");
  CHECK(error("[]") == "f: crc32c.tensors: expected a map of all 1 tensors");
  CHECK(error("{").starts_with("f: crc32c.tensors: line 1, column 2: "));
  CHECK(message_of<FormatError>([&] {
          open(file(R"("crc32c.metadata":"00000000","crc32c.tensors":"{}")"));
        }).starts_with("f: the metadata are damaged: their CRC-32C is "));
  for (const char* half : {R"("crc32c.metadata":"00000000")", R"("crc32c.tensors":"{}")"})
    CHECK(message_of<FormatError>([&] { open(file(half)); }) ==
          "f: the metadata are damaged: expected both crc32c.tensors and crc32c.metadata");
}

TEST_CASE("a reader of a file that can't be read") {
  const TempFolder folder;
  const std::string path = (folder / "none").native();
  CHECK_THROWS_WITH_AS(SafetensorsReader{path}, ("can't read " + path + ": No such file or directory").c_str(),
                       IoError);
}

TEST_CASE("the writer refuses what it can't write") {
  SafetensorsWriter writer;
  writer.add("a", Tensor({1}));
  CHECK_THROWS_WITH_AS(writer.add("a", Tensor({1})), "[safetensors] the name \"a\" is taken", UsageError);
  CHECK_THROWS_WITH_AS(writer.add("__metadata__", Tensor({1})), "[safetensors] the name \"__metadata__\" is taken",
                       UsageError);
  CHECK_THROWS_WITH_AS(writer.add("b", Tensor({2, 3}).transpose(0, 1)), "[safetensors] tensor \"b\" is not contiguous",
                       UsageError);
  CHECK_THROWS_WITH_AS(writer.add("b", Tensor()), "[safetensors] tensor \"b\" is undefined", UsageError);
}
