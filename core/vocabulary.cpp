#include "core/vocabulary.h"

#include <cstring>
#include <limits>

namespace seqrec {
namespace {

constexpr std::string_view kPadding = "[PAD]";

/// Eight bytes per step, each multiplied to 128 bits and folded (as wyhash does).
std::uint64_t hash(std::string_view token) {
  const auto mix = [](std::uint64_t a, std::uint64_t b) {
    const auto product = static_cast<unsigned __int128>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  };
  constexpr std::uint64_t kSecret = 0x9E3779B97F4A7C15, kOther = 0xE7037ED1A0B428DB;
  std::uint64_t state = mix(token.size() ^ kSecret, kOther);
  while (!token.empty()) {
    std::uint64_t word = 0;
    const std::size_t bytes = std::min<std::size_t>(8, token.size());
    std::memcpy(&word, token.data(), bytes);
    state = mix(state ^ word, kSecret);
    token.remove_prefix(bytes);
  }
  return mix(state, kOther);
}

}  // namespace

Vocabulary::Vocabulary() : bytes_(kPadding.begin(), kPadding.end()), offsets_{0, kPadding.size()}, slots_(16, -1) {}

std::size_t Vocabulary::slot_of(std::string_view token) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash(token) & mask;
  while (slots_[slot] >= 0 && this->token(slots_[slot]) != token) slot = (slot + 1) & mask;
  return slot;
}

void Vocabulary::rehash(std::size_t slots) {
  slots_.assign(slots, -1);
  for (std::int32_t id = 1; id < size(); ++id) slots_[slot_of(token(id))] = id;
}

std::int32_t Vocabulary::add(std::string_view token) {
  const std::size_t slot = slot_of(token);
  if (slots_[slot] >= 0) return slots_[slot];
  const std::int32_t id = size();
  require<DataError>(id < std::numeric_limits<std::int32_t>::max(), "a vocabulary holds at most ", id, " tokens");
  const std::string copy(token);  // the token may lie in bytes_
  bytes_.insert(bytes_.end(), copy.begin(), copy.end());
  offsets_.push_back(static_cast<std::int64_t>(bytes_.size()));
  slots_[slot] = id;
  if (2 * offsets_.size() > slots_.size()) rehash(2 * slots_.size());
  return id;
}

std::optional<std::int32_t> Vocabulary::find(std::string_view token) const {
  const std::int32_t id = slots_[slot_of(token)];
  return id < 0 ? std::nullopt : std::optional(id);
}

std::string_view Vocabulary::token(std::int32_t id) const {
  require<UsageError>(id >= 0 && id < size(), "[vocabulary] id ", id, " is out of range: there are ", size());
  const auto place = static_cast<std::size_t>(id);
  return {bytes_.data() + offsets_[place], static_cast<std::size_t>(offsets_[place + 1] - offsets_[place])};
}

void Vocabulary::save(SafetensorsWriter& writer, const std::string& prefix) const {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(bytes_.data());
  const auto count = static_cast<std::int64_t>(bytes_.size());
  writer.add(prefix + ".bytes", Tensor::from(std::span(bytes, bytes_.size()), {count}));
  writer.add(prefix + ".offsets", Tensor::from(offsets_, {static_cast<std::int64_t>(offsets_.size())}));
}

Vocabulary Vocabulary::load(const SafetensorsReader& reader, const std::string& prefix) {
  const Tensor bytes = reader.get(prefix + ".bytes", DType::U8, {-1});
  const Tensor offsets = reader.get(prefix + ".offsets", DType::I64, {-1});
  const auto check = [&](bool ok, const auto&... what) {
    require<FormatError>(ok, reader.file(), ": vocabulary \"", prefix, "\": ", what...);
  };
  const std::span<const std::int64_t> ends = offsets.span<std::int64_t>();
  check(ends.size() >= 2 && ends.size() - 1 <= std::numeric_limits<std::int32_t>::max(),
        "expected 2 to 2147483648 offsets, got ", ends.size());
  check(ends.front() == 0, "the first offset must be 0, it is ", ends.front());
  for (std::size_t i = 1; i < ends.size(); ++i) {
    check(ends[i] >= ends[i - 1], "offset ", i, " falls from ", ends[i - 1], " to ", ends[i]);
  }
  check(ends.back() == bytes.numel(), "the last offset is ", ends.back(), " but there are ", bytes.numel(), " bytes");

  Vocabulary result;
  const auto text = bytes.span<std::uint8_t>();
  result.bytes_.assign(text.begin(), text.end());
  result.offsets_.assign(ends.begin(), ends.end());
  check(result.token(0) == kPadding, "token 0 must be ", kPadding);
  std::size_t slots = 16;
  while (slots < 2 * result.offsets_.size()) slots *= 2;
  result.slots_.assign(slots, -1);
  for (std::int32_t id = 1; id < result.size(); ++id) {
    std::int32_t& slot = result.slots_[result.slot_of(result.token(id))];
    if (slot >= 0) check(false, "tokens ", slot, " and ", id, " are the same: ", Json(result.token(id)).dump());
    slot = id;
  }
  return result;
}

}  // namespace seqrec
