// What a run's folder has for other programs: metrics.csv and TensorBoard's event files.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <sstream>

#include <doctest/doctest.h>

#include "core/file.h"
#include "listener.h"
#include "run_content.h"
#include "toy.h"
#include "train/metrics_csv.h"
#include "train/run.h"
#include "train/run_folder.h"
#include "train/tensorboard.h"

namespace seqrec::train {
namespace {

namespace fs = std::filesystem;

TrainRequest request_of(const fs::path& data, const fs::path& out, std::vector<std::string> more = {}) {
  TrainRequest request;
  request.model = "SHAN";
  request.config =
      toy_input(data, {"epochs=4", "eval_step=2", "train_batch_size=32", "embedding_size=8", "metrics=[Hit, MRR]",
                       "topk=[1,5]", "valid_metric=MRR@5", "learning_rate=0.01", "log_tensorboard=true"});
  request.config.settings.insert(request.config.settings.end(), more.begin(), more.end());
  request.out = out;
  return request;
}

/// CRC-32C, bit by bit, masked as TFRecords have it.
std::uint32_t masked_crc(std::string_view bytes) {
  std::uint32_t crc = ~0u;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78u : 0);
  }
  crc = ~crc;
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

/// Reads bytes from their begin.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}
  bool at_end() const { return left_.empty(); }
  std::string_view take(std::size_t n) {
    REQUIRE(n <= left_.size());
    const std::string_view out = left_.substr(0, n);
    left_.remove_prefix(n);
    return out;
  }
  template <class T>
  T number() {
    T out;
    std::memcpy(&out, take(sizeof out).data(), sizeof out);
    return out;
  }
  std::uint64_t varint() {
    std::uint64_t out = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      out |= std::uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) return out;
    }
  }

 private:
  std::string_view left_;
};

/// A field of a message, of the four types that there are.
struct Field {
  std::uint64_t number = 0, varint = 0;
  double real = 0;
  std::string_view bytes;
};

std::vector<Field> fields_of(std::string_view message) {
  std::vector<Field> out;
  for (Reader reader(message); !reader.at_end();) {
    const std::uint64_t tag = reader.varint();
    Field field;
    field.number = tag >> 3;
    switch (tag & 7) {
      case 0: field.varint = reader.varint(); break;
      case 1: field.real = reader.number<double>(); break;
      case 2: field.bytes = reader.take(reader.varint()); break;
      case 5: field.real = reader.number<float>(); break;
      default: FAIL("a field of another type");
    }
    out.push_back(field);
  }
  return out;
}

/// The messages of a file, whose checksums hold.
std::vector<std::string_view> records_of(std::string_view file) {
  std::vector<std::string_view> out;
  for (Reader reader(file); !reader.at_end();) {
    const std::string_view length = reader.take(8);
    CHECK(reader.number<std::uint32_t>() == masked_crc(length));
    const std::string_view data = reader.take(Reader(length).number<std::uint64_t>());
    CHECK(reader.number<std::uint32_t>() == masked_crc(data));
    out.push_back(data);
  }
  return out;
}

/// The scalars of a file: by name and step.
std::map<std::pair<std::string, std::int64_t>, double> scalars_of(std::string_view file) {
  std::map<std::pair<std::string, std::int64_t>, double> out;
  const std::vector<std::string_view> records = records_of(file);
  REQUIRE(!records.empty());
  const std::vector<Field> first = fields_of(records[0]);
  CHECK(first[0].number == 1);
  CHECK(first[0].real > 1.7e9);  // now
  CHECK(first[1].number == 3);
  CHECK(first[1].bytes == "brain.Event:2");
  for (std::size_t i = 1; i < records.size(); ++i) {
    std::int64_t step = -1;
    for (const Field& field : fields_of(records[i])) {
      if (field.number == 2) step = static_cast<std::int64_t>(field.varint);
      if (field.number != 5) continue;
      for (const Field& value : fields_of(field.bytes)) {
        REQUIRE(value.number == 1);
        const std::vector<Field> parts = fields_of(value.bytes);
        REQUIRE(parts.size() == 2);
        CHECK(parts[0].number == 1);
        CHECK(parts[1].number == 2);
        CHECK(out.emplace(std::pair(std::string(parts[0].bytes), step), parts[1].real).second);
      }
    }
  }
  return out;
}

std::string tensorboard_of(const fs::path& run) {
  const std::vector<fs::path> files = RunFiles(run).tensorboard_files();
  REQUIRE(files.size() == 1);
  return read_text(files[0]);
}

}  // namespace

TEST_CASE("metrics.csv has a row for each epoch, TensorBoard's file the same scalars") {
  const TempFolder temp;
  write_toy(temp.path());
  Listener listener;
  const RunResult result = train(request_of(temp.path(), temp / "run"), listener);
  REQUIRE(listener.reports.size() == 4);
  const std::vector<std::string> metrics = {"hit@1", "hit@5", "mrr@1", "mrr@5"};
  std::string expected = "stage,epoch,loss,train_seconds,valid_seconds,hit@1,hit@5,mrr@1,mrr@5\n";
  for (const EpochReport& report : listener.reports) expected += csv_line(report, metrics);
  const std::string csv = read_text(temp / "run/metrics.csv");
  CHECK(csv == expected);
  CHECK(csv_line(listener.reports[0], metrics).starts_with(",1,"));
  CHECK(csv_line(listener.reports[0], metrics).ends_with(",,,,,\n"));  // not validated
  const double mrr = *find(listener.reports[1].valid, "mrr@5");
  CHECK(csv_line(listener.reports[1], metrics).ends_with("," + Json(mrr).dump() + "\n"));

  const auto scalars = scalars_of(tensorboard_of(temp / "run"));
  CHECK(scalars.size() == 4 * 2 + 2 * 4 + 4);
  for (const EpochReport& report : listener.reports) {
    CHECK(scalars.at({"loss", report.epoch}) == static_cast<float>(report.loss));
    CHECK(scalars.at({"train_seconds", report.epoch}) == static_cast<float>(report.train_seconds));
    for (const auto& [name, value] : report.valid)
      CHECK(scalars.at({"valid/" + name, report.epoch}) == static_cast<float>(value));
  }
  for (const auto& [name, value] : result.test) CHECK(scalars.at({"test/" + name, 4}) == static_cast<float>(value));
}

TEST_CASE("a run that was stopped has each epoch once, and one without the key no event file") {
  const TempFolder temp;
  write_toy(temp.path());
  Listener whole;
  train(request_of(temp.path(), temp / "whole"), whole);
  TrainRequest request = request_of(temp.path(), temp / "run");
  Listener stopped, resumed;
  stopped.stop_after = whole.steps / 2 + 1;
  request.stop = &stopped.stop;
  CHECK_FALSE(train(request, stopped).finished);
  append_text(temp / "run/metrics.csv", "half a li");
  TrainRequest more;
  more.resume = temp / "run";
  CHECK(train(more, resumed).finished);
  CHECK(without_seconds(read_text(temp / "run/metrics.csv")) == without_seconds(read_text(temp / "whole/metrics.csv")));
  CHECK(scalars_of(tensorboard_of(temp / "run")).size() == scalars_of(tensorboard_of(temp / "whole")).size());

  TrainRequest without = request_of(temp.path(), temp / "run", {"log_tensorboard=false", "epochs=1", "eval_step=1"});
  without.overwrite = true;
  train(without, resumed);
  CHECK(RunFiles(temp / "run").tensorboard_files().empty());
  CHECK(std::ranges::count(read_text(temp / "run/metrics.csv"), '\n') == 2);
  // The key is the run's: the model file doesn't know it.
  CHECK(models::load_model_file(temp / "whole/model.safetensors").config.find("log_tensorboard") == nullptr);
}

TEST_CASE("the stages of a run stand under their names, and a fit has no loss") {
  const TempFolder temp;
  write_toy(temp.path());
  Listener listener;
  TrainRequest request = request_of(
      temp.path(), temp / "run", {"stages=[pretrain, finetune]", "pretrain_epochs=2", "hidden_size=8", "inner_size=8"});
  request.model = "S3Rec";
  std::erase(request.config.settings, "embedding_size=8");
  train(request, listener);
  const std::string csv = read_text(temp / "run/metrics.csv");
  CHECK(csv.find("\npretrain,2,") != csv.npos);
  CHECK(csv.find("\nfinetune,4,") != csv.npos);
  CHECK(std::ranges::count(csv, '\n') == 7);
  const auto scalars = scalars_of(tensorboard_of(temp / "run"));
  CHECK(scalars.contains({"pretrain/loss", 1}));
  CHECK(scalars.contains({"finetune/valid/mrr@5", 4}));

  TrainRequest fit = request_of(temp.path(), temp / "fit");
  fit.model = "Markov";
  std::erase(fit.config.settings, "embedding_size=8");
  train(fit, listener);
  CHECK(read_text(temp / "fit/metrics.csv").find("\n,1,,") != std::string::npos);
  CHECK_FALSE(scalars_of(tensorboard_of(temp / "fit")).contains({"loss", 1}));
}

}  // namespace seqrec::train
