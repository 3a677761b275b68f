#include "train/room.h"

#include <algorithm>
#include <fstream>
#include <iomanip>
#include <string_view>

#include "core/error.h"
#include "core/text_stream.h"

namespace seqrec::train {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kUnlimited = std::int64_t{1} << 60;  // version 1 writes a number, version 2 a word

/// What stands behind a name in a file of lines "NAME 123 ..": none if it isn't there.
std::optional<std::int64_t> number_after(const std::string& path, std::string_view name) {
  std::ifstream file(path);
  for (std::string word; file >> word; file.ignore(1 << 20, '\n'))
    if (std::int64_t number = 0; word == name && file >> number) return number;
  return std::nullopt;
}

std::optional<std::int64_t> number_in(const std::string& path) {
  std::ifstream file(path);
  std::int64_t number = 0;
  return file >> number ? std::optional(number) : std::nullopt;
}

/// The files of a version of cgroups, and what memory.stat calls that which is in use and can be given up: what was
/// read of files, but for those that lie in memory alone (shared), and the system's own caches.
struct Names {
  const char *limit, *used, *cached, *shared, *slabs;
};
constexpr Names kVersion2 = {"memory.max", "memory.current", "file", "shmem", "slab_reclaimable"};
constexpr Names kVersion1 = {"memory.limit_in_bytes", "memory.usage_in_bytes", "total_cache", "total_shmem", "none"};

/// What is left in a cgroup; none without a limit.
std::optional<std::int64_t> left_in(const std::string& group, const Names& names) {
  const auto limit = number_in(concat(group, "/", names.limit)), used = number_in(concat(group, "/", names.used));
  if (!limit || !used || *limit >= kUnlimited) return std::nullopt;
  const auto stat = [&](const char* name) { return number_after(concat(group, "/memory.stat"), name).value_or(0); };
  return std::max<std::int64_t>(0, *limit - *used + stat(names.cached) - stat(names.shared) + stat(names.slabs));
}

/// The least that is left in a cgroup and those around it.
std::optional<std::int64_t> left_in_groups(const std::string& root) {
  std::optional<std::int64_t> least;
  std::ifstream groups(root + "/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {  // 0::/user.slice/a, or 4:memory:/a
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (first == line.npos || second == line.npos) continue;
    const std::string kinds = line.substr(first + 1, second - first - 1);
    if (!kinds.empty() && kinds != "memory") continue;
    const std::string mounted = root + (kinds.empty() ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory");
    for (std::string inside = line.substr(second + 1);; inside.resize(inside.rfind('/'))) {
      if (inside.ends_with('/')) inside.pop_back();
      if (const auto left = left_in(mounted + inside, kinds.empty() ? kVersion2 : kVersion1))
        least = std::min(least.value_or(*left), *left);
      if (inside.find('/') == inside.npos) break;
    }
  }
  return least;
}

/// "10.2 GB", "9.1 MB"
std::string text_of_bytes(std::int64_t bytes) {
  TextStream text;
  const bool giga = bytes >= 1'000'000'000;
  text << std::fixed << std::setprecision(1) << static_cast<double>(bytes) / (giga ? 1e9 : 1e6)
       << (giga ? " GB" : " MB");
  return text.str();
}

}  // namespace

std::int64_t bytes_of(const nn::NamedTensors& tensors) {
  std::int64_t bytes = 0;
  for (const auto& [name, tensor] : tensors)
    bytes += tensor.numel() * static_cast<std::int64_t>(size_of(tensor.dtype()));
  return bytes;
}

Room room_of(const nn::NamedTensors& parameters, const nn::NamedTensors& kept) {
  const std::int64_t model = bytes_of(parameters), checkpoint = bytes_of(kept);
  return {std::max(model, checkpoint), checkpoint, 2 * checkpoint + model};
}

std::string text_of(const Room& room) {
  return concat("takes at least ", text_of_bytes(room.memory), " of memory beside the data and ",
                text_of_bytes(room.disk), " of disk (a checkpoint has ", text_of_bytes(room.checkpoint), ")");
}

// Of texts, as libstdc++'s paths free their parts twice where memory runs out among them.
std::optional<std::int64_t> free_memory(const fs::path& root) {
  const std::string text = root.string(), top = text == "/" ? "" : text, machine_file = top + "/proc/meminfo";
  const auto available = number_after(machine_file, "MemAvailable:");
  if (!available) return std::nullopt;
  const std::int64_t swap = number_after(machine_file, "SwapFree:").value_or(0);
  const std::int64_t machine = (*available + swap) * 1024;
  return std::min(machine, left_in_groups(top).value_or(machine));
}

void check_memory(std::int64_t bytes, const std::string& what, std::optional<std::int64_t> free) {
  require<MemoryError>(!free || bytes <= *free, "training needs ", text_of_bytes(bytes), " more of memory for ", what,
                       ", but the system has ", text_of_bytes(free.value_or(0)));
}

bool can_spare(std::int64_t bytes, std::optional<std::int64_t> free) { return !free || bytes <= *free / 2; }

void check_disk(const Room& room, const fs::path& folder, std::int64_t held, std::int64_t free) {
  require<IoError>(room.disk <= held + free, folder.string(), ": a run takes ", text_of_bytes(room.disk),
                   " of disk (two checkpoints of ", text_of_bytes(room.checkpoint),
                   ", as one replaces the other, and the model file), but there are ", text_of_bytes(held + free));
}

}  // namespace seqrec::train
