#include "train/tensorboard.h"

#include <bit>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "core/concat.h"
#include "core/crc32c.h"

namespace seqrec::train {
namespace {

static_assert(std::endian::native == std::endian::little);

template <class T>
std::string bytes_of(T value) {
  std::string out(sizeof value, '\0');
  std::memcpy(out.data(), &value, sizeof value);
  return out;
}

std::string masked_crc(std::string_view bytes) {
  const std::uint32_t crc = crc32c(bytes);
  return bytes_of(static_cast<std::uint32_t>(((crc >> 15) | (crc << 17)) + 0xa282ead8u));
}

std::string record(std::string_view data) {
  const std::string length = bytes_of(static_cast<std::uint64_t>(data.size()));
  return length + masked_crc(length) + std::string(data) + masked_crc(data);
}

// The wire format of protocol buffers: a tag (field number and type), then the value.
constexpr std::uint64_t kVarint = 0, kDouble = 1, kBytes = 2, kFloat = 5;

std::string varint(std::uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  return out + static_cast<char>(value);
}

std::string tag(std::uint64_t field, std::uint64_t type) { return varint(field << 3 | type); }

std::string bytes_field(std::uint64_t field, std::string_view bytes) {
  return tag(field, kBytes) + varint(bytes.size()) + std::string(bytes);
}

/// Event.wall_time
std::string time_field(double time) { return tag(1, kDouble) + bytes_of(time); }

using Scalars = std::vector<std::pair<std::string, double>>;

/// Event.step and Event.summary, which has a Value with tag and simple_value for each scalar.
std::string event(double time, std::int64_t step, const Scalars& scalars) {
  std::string summary;
  for (const auto& [name, value] : scalars)
    summary += bytes_field(1, bytes_field(1, name) + tag(2, kFloat) + bytes_of(static_cast<float>(value)));
  return time_field(time) + tag(2, kVarint) + varint(static_cast<std::uint64_t>(step)) + bytes_field(5, summary);
}

}  // namespace

std::string tensorboard_header(double time) { return record(time_field(time) + bytes_field(3, "brain.Event:2")); }

std::string tensorboard_record(const EpochReport& report, double time) {
  const std::string stage = report.stage.empty() ? "" : report.stage + "/";
  Scalars scalars;
  if (!report.fit) scalars.emplace_back(stage + "loss", report.loss);
  scalars.emplace_back(stage + "train_seconds", report.train_seconds);
  for (const auto& [name, value] : report.valid) scalars.emplace_back(concat(stage, "valid/", name), value);
  return record(event(time, report.epoch, scalars));
}

std::string tensorboard_record(const RunResult& result, double time) {
  Scalars scalars;
  for (const auto& [name, value] : result.test) scalars.emplace_back("test/" + name, value);
  return record(event(time, result.epochs, scalars));
}

}  // namespace seqrec::train
