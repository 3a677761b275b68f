#include "core/vocabulary.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "core/shown.h"
#include "core/token_hash.h"

namespace seqrec {
namespace {

/// The byte that ends tokens in C, which none may hold.
constexpr char kEnd = '\0';

constexpr std::string_view kPadding = "[PAD]";
constexpr char kPaddingAndEnd[] = "[PAD]";
constexpr std::string_view kEndedPadding(kPaddingAndEnd, sizeof kPaddingAndEnd);

std::uint32_t short_hash(std::string_view token) { return static_cast<std::uint32_t>(token_hash(token)); }

}  // namespace

Vocabulary::Vocabulary()
    : bytes_(kEndedPadding.begin(), kEndedPadding.end()), offsets_{0, kEndedPadding.size()}, slots_(16) {}

std::size_t Vocabulary::slot_of(std::string_view token, std::uint32_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash & mask;
  while (slots_[slot].id >= 0 && (slots_[slot].hash != hash || this->token(slots_[slot].id) != token))
    slot = (slot + 1) & mask;
  return slot;
}

void Vocabulary::grow() {
  const std::vector<Slot> before = std::exchange(slots_, std::vector<Slot>(2 * slots_.size()));
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& old : before) {
    if (old.id < 0) continue;
    std::size_t slot = old.hash & mask;
    while (slots_[slot].id >= 0) slot = (slot + 1) & mask;
    slots_[slot] = old;
  }
}

std::int32_t Vocabulary::add(std::string_view token) { return add(token, short_hash(token)); }

std::int32_t Vocabulary::add(std::string_view token, std::uint32_t hash) {
  const std::size_t slot = slot_of(token, hash);
  if (slots_[slot].id >= 0) return slots_[slot].id;
  const std::int32_t id = size();
  require<DataError>(id < std::numeric_limits<std::int32_t>::max(), "a vocabulary holds at most ", id, " tokens");
  if (token.find(kEnd) != token.npos) throw DataError(concat("the token '", shown(token), "' holds a byte 0"));
  const std::string copy(token);  // the token may lie in bytes_
  bytes_.insert(bytes_.end(), copy.c_str(), copy.c_str() + copy.size() + 1);
  offsets_.push_back(static_cast<std::int64_t>(bytes_.size()));
  slots_[slot] = {id, hash};
  if (2 * offsets_.size() > slots_.size()) grow();
  return id;
}

// A large table lies beyond the caches: a token's slot, its offset and its bytes are three misses, one after the other.
// Those of a block of tokens are asked for together.
void Vocabulary::add(std::span<const std::string_view> tokens, std::span<std::int32_t> ids) {
  require<UsageError>(tokens.size() == ids.size(), "[vocabulary] ", ids.size(), " ids for ", tokens.size(), " tokens");
  constexpr std::size_t kBlock = 32;
  std::array<std::uint32_t, kBlock> hashes;
  for (; !tokens.empty();
       tokens = tokens.subspan(std::min(kBlock, tokens.size())), ids = ids.subspan(std::min(kBlock, ids.size()))) {
    const auto block = tokens.first(std::min(kBlock, tokens.size()));
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t i = 0; i < block.size(); ++i) {
      hashes[i] = short_hash(block[i]);
      __builtin_prefetch(&slots_[hashes[i] & mask]);
    }
    const auto for_known = [&](auto&& f) {
      for (std::size_t i = 0; i < block.size(); ++i) {
        const Slot& slot = slots_[hashes[i] & mask];
        if (slot.id >= 0) f(static_cast<std::size_t>(slot.id));
      }
    };
    for_known([&](std::size_t id) { __builtin_prefetch(&offsets_[id]); });
    for_known([&](std::size_t id) { __builtin_prefetch(&bytes_[static_cast<std::size_t>(offsets_[id])]); });
    for (std::size_t i = 0; i < block.size(); ++i) ids[i] = block[i].empty() ? 0 : add(block[i], hashes[i]);
  }
}

std::optional<std::int32_t> Vocabulary::find(std::string_view token) const {
  const std::int32_t id = slots_[slot_of(token, short_hash(token))].id;
  return id < 0 ? std::nullopt : std::optional(id);
}

std::string_view Vocabulary::token(std::int32_t id) const {
  require<UsageError>(id >= 0 && id < size(), "[vocabulary] id ", id, " is out of range: there are ", size());
  const auto place = static_cast<std::size_t>(id);
  return {bytes_.data() + offsets_[place], static_cast<std::size_t>(offsets_[place + 1] - offsets_[place] - 1)};
}

void Vocabulary::save(SafetensorsWriter& writer, const std::string& prefix) const {
  Tensor bytes({std::ssize(bytes_) - size()}, DType::U8);  // without the byte 0 after each
  Tensor offsets({std::int64_t{size()} + 1}, DType::I64);
  const auto text = bytes.span<std::uint8_t>();
  const auto ends = offsets.span<std::int64_t>();
  std::size_t end = 0;
  ends[0] = 0;
  for (std::int32_t id = 0; id < size(); ++id) {
    const std::string_view token = this->token(id);
    std::ranges::copy(token, text.begin() + static_cast<std::ptrdiff_t>(end));
    end += token.size();
    ends[static_cast<std::size_t>(id) + 1] = static_cast<std::int64_t>(end);
  }
  writer.add(prefix + ".bytes", bytes);
  writer.add(prefix + ".offsets", offsets);
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
  if (const auto zero = std::ranges::find(text, std::uint8_t{0}); zero != text.end()) {
    const auto token = std::upper_bound(ends.begin(), ends.end(), zero - text.begin()) - ends.begin() - 1;
    check(false, "token ", token, " holds a byte 0");
  }
  result.bytes_.clear();
  result.bytes_.reserve(text.size() + ends.size() - 1);
  result.offsets_.assign(ends.begin(), ends.end());
  for (std::size_t i = 1; i < ends.size(); ++i) {
    result.bytes_.insert(result.bytes_.end(), text.begin() + ends[i - 1], text.begin() + ends[i]);
    result.bytes_.push_back(kEnd);
    result.offsets_[i] += static_cast<std::int64_t>(i);
  }
  check(result.token(0) == kPadding, "token 0 must be ", kPadding);
  std::size_t slots = 16;
  while (slots < 2 * result.offsets_.size()) slots *= 2;
  result.slots_.assign(slots, {});
  for (std::int32_t id = 1; id < result.size(); ++id) {
    const std::string_view token = result.token(id);
    const std::uint32_t hash = short_hash(token);
    Slot& slot = result.slots_[result.slot_of(token, hash)];
    if (slot.id >= 0) check(false, "tokens ", slot.id, " and ", id, " are the same: \"", shown(token), "\"");
    slot = {id, hash};
  }
  return result;
}

}  // namespace seqrec
