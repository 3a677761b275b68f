#include "nn/serialize.h"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "core/error.h"
#include "core/file.h"
#include "kernels/copy.h"
#include "nn/linear.h"
#include "nn/norm.h"
#include "tests/message_of.h"
#include "tests/temp_folder.h"

namespace seqrec::nn {
namespace {

class Net : public Module {
 public:
  explicit Net(Scope at, std::int64_t width = 3)
      : Module(at), hidden(at / "hidden", 2, width), norm(at / "norm", width) {}
  Linear hidden;
  BatchNorm1d norm;
};

std::vector<double> all_numbers(const Module& module) {
  std::vector<double> all;
  for (const auto& [name, tensor] : module.state())
    for (const double number : kernels::convert(tensor, DType::F64).to_vector<double>()) all.push_back(number);
  return all;
}

TEST_CASE("a module's state comes back from a file, buffers too") {
  const TempFolder folder;
  Net net{Root(1)}, other{Root(2)};
  net.norm(Variable(Tensor::from<float>({1, 2, 3, 5, 6, 4}, {2, 3})));
  REQUIRE(all_numbers(net) != all_numbers(other));
  save(net, folder / "net");
  load(other, folder / "net");
  CHECK(all_numbers(net) == all_numbers(other));
  CHECK(other.norm.buffers()[2].second.item() == 1);
}

TEST_CASE("a part's file fits the same part in another place, and other float types are converted") {
  const TempFolder folder;
  const Root root(1), wide(2, DType::F64);
  const Linear from(root / "a" / "b", 2, 3);
  Linear to(wide / "c", 2, 3);
  save(from, folder / "part");
  load(to, folder / "part");
  CHECK(all_numbers(from) == all_numbers(to));
}

TEST_CASE("a tensor is read into another one, of another float type and larger than a part") {
  const TempFolder folder;
  std::vector<float> numbers(300'000);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>(i) / 3;
  save({{"table", Tensor::from(numbers, {3000, 100})}, {"one", Tensor::from<float>({7}, {})}}, folder / "file");
  const SafetensorsReader reader(folder / "file");
  const Tensor table({3000, 100}, DType::F64), one({}, DType::F32);
  read_into(reader, "table", table);
  read_into(reader, "one", one);
  CHECK(kernels::convert(table, DType::F32).to_vector<float>() == numbers);
  CHECK(one.item() == 7);
  CHECK_THROWS_AS(read_into(reader, "none", one), FormatError);
}

TEST_CASE("what doesn't fit is named, and nothing is changed") {
  const TempFolder folder;
  const std::string path = (folder / "file").string();
  const auto error_of = [&](const NamedTensors& tensors) {
    save(tensors, path);
    Net net{Root(1)};
    const auto before = all_numbers(net);
    const std::string message = message_of<FormatError>([&] { load(net, path); });
    CHECK(all_numbers(net) == before);
    return message;
  };
  const NamedTensors good = Net(Root(2)).state();
  CHECK(error_of({good.begin(), good.end() - 1}) ==
        path + ": parameter norm.num_batches_tracked is missing: expected i64 ()");
  NamedTensors more = good;
  more.emplace_back("surplus", Tensor::zeros({1}));
  CHECK(error_of(more) == path + ": tensor \"surplus\" is no parameter of the model");
  NamedTensors counted = good;
  counted.back().second = Tensor::zeros({}, DType::I32);
  CHECK(error_of(counted) == path + ": parameter norm.num_batches_tracked: expected i64, got i32");
  CHECK(error_of(Net(Root(1), 4).state()) == path + ": parameter hidden.weight: expected shape (3, 2), got (4, 2)");
}

TEST_CASE("numbers that are not finite are neither written nor read") {
  const TempFolder folder;
  const NamedTensors broken = {{"w", Tensor::from<float>({1, NAN}, {2})}};
  CHECK(message_of<NumericError>([&] { save(broken, folder / "file"); }) ==
        "parameter w holds a NaN or an infinity; " + (folder / "file").string() + " is not written");
  CHECK_FALSE(std::filesystem::exists(folder / "file"));
  save({{"w", Tensor::from<double>({1, 1e300}, {2})}}, folder / "file");  // none of f32
  CHECK(message_of<FormatError>([&] {
          load({{"w", Tensor::zeros({2})}}, folder / "file");
        }).ends_with("parameter w holds a NaN or an infinity"));
}

TEST_CASE("a file that is no safetensors, or isn't there") {
  const TempFolder folder;
  write_text(folder / "file", "weights");
  Net net{Root(1)};
  CHECK(message_of<FormatError>([&] { load(net, folder / "file"); }).starts_with((folder / "file").string()));
  CHECK_THROWS_AS(load(net, folder / "absent"), IoError);
}

TEST_CASE("other tensors may lie in a file under names that begin otherwise") {
  const TempFolder folder;
  Net net{Root(1)}, other{Root(2)};
  SafetensorsWriter writer;
  add_state(writer, net.state(), folder / "file");
  writer.add("notes.one", Tensor::zeros({1}));
  writer.write(folder / "file");
  const SafetensorsReader reader(folder / "file");
  CHECK_THROWS_AS(load_state(reader, other.state()), FormatError);
  load_state(reader, other.state(), {"notes."});
  CHECK(all_numbers(net) == all_numbers(other));
}

}  // namespace
}  // namespace seqrec::nn
