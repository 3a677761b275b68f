#include "train/room.h"

#include <doctest/doctest.h>

#include "core/file.h"
#include "listener.h"
#include "tests/message_of.h"
#include "toy.h"
#include "train/build.h"
#include "train/growth.h"
#include "train/run.h"

namespace seqrec::train {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& file, const std::string& text) {
  make_folder_of(file);
  write_text(file, text);
}

constexpr const char* kMachine =
    "MemTotal:       16000 kB\nMemAvailable:    9000 kB\nSwapTotal: 500 kB\nSwapFree:    100 kB\n";

TEST_CASE("a run takes the memory of what its checkpoint holds, and the disk of two checkpoints and the model") {
  const nn::NamedTensors model = {{"a", Tensor::zeros({10, 3})}},
                         kept = {{"model.a", Tensor::zeros({10, 3})},
                                 {"optimizer.step", Tensor::zeros({2}, DType::I64)}};
  const Room room = room_of(model, kept);
  CHECK(room.memory == 136);
  CHECK(room.checkpoint == 136);
  CHECK(room.disk == 2 * 136 + 120);
  CHECK(text_of({12'345'678'901, 9'000'000, 19'123'000}) ==
        "takes at least 12.3 GB of memory beside the data and 19.1 MB of disk (a checkpoint has 9.0 MB)");
}

TEST_CASE("free memory is the machine's") {
  const TempFolder root;
  CHECK(free_memory(root.path()) == std::nullopt);
  write(root / "proc/meminfo", "MemTotal: 16000 kB\n");
  CHECK(free_memory(root.path()) == std::nullopt);
  write(root / "proc/meminfo", kMachine);
  CHECK(free_memory(root.path()) == 9100 * 1024);
  CHECK(free_memory().value() > 1'000'000);
}

TEST_CASE("free memory is what the limits of the cgroups around a process leave") {
  const TempFolder root;
  write(root / "proc/meminfo", kMachine);
  write(root / "proc/self/cgroup", "0::/jobs/mine\n");
  const fs::path groups = root / "sys/fs/cgroup";
  const auto group = [&](const std::string& name, const char* max, const char* current) {
    write(groups / name / "memory.max", max);
    write(groups / name / "memory.current", current);
  };
  group("jobs/mine", "max\n", "1000\n");
  CHECK(free_memory(root.path()) == 9100 * 1024);
  group("jobs/mine", "50000\n", "1000\n");
  CHECK(free_memory(root.path()) == 49000);
  group("jobs", "30000\n", "11000\n");
  CHECK(free_memory(root.path()) == 19000);
  write(groups / "jobs/memory.stat", "anon 9000\nfile 1500\nkernel 3\nshmem 200\nslab_reclaimable 70\n");
  CHECK(free_memory(root.path()) == 20370);
  group("jobs", "30000\n", "40000\n");
  CHECK(free_memory(root.path()) == 0);
  // In a container the group is the root of what it sees.
  write(root / "proc/self/cgroup", "0::/\n");
  write(groups / "memory.max", "7000\n");
  write(groups / "memory.current", "3000\n");
  CHECK(free_memory(root.path()) == 4000);
}

TEST_CASE("the limits of the first version of cgroups count, too") {
  const TempFolder root;
  write(root / "proc/meminfo", kMachine);
  write(root / "proc/self/cgroup", "12:pids:/a\n4:memory:/a\n0::/elsewhere\n");
  const fs::path group = root / "sys/fs/cgroup/memory/a";
  write(group / "memory.limit_in_bytes", "9223372036854771712\n");
  write(group / "memory.usage_in_bytes", "3000\n");
  CHECK(free_memory(root.path()) == 9100 * 1024);
  write(group / "memory.limit_in_bytes", "8000\n");
  write(group / "memory.stat", "cache 10\ntotal_cache 700\ntotal_shmem 200\n");
  CHECK(free_memory(root.path()) == 5500);
}

TEST_CASE("what is taken for speed alone is at most half of what is free") {
  CHECK(can_spare(50, 100));
  CHECK_FALSE(can_spare(51, 100));
  CHECK(can_spare(51, std::nullopt));
}

TEST_CASE("what can't fit is refused with what there is") {
  CHECK_NOTHROW(check_memory(100, "x", 100));
  CHECK_NOTHROW(check_memory(100, "x", std::nullopt));
  CHECK(message_of<MemoryError>([] { check_memory(7'700'000'000, "what adam keeps", 3'100'000'000); }) ==
        "training needs 7.7 GB more of memory for what adam keeps, but the system has 3.1 GB");
  const Room room{0, 2'000'000, 5'000'000};
  CHECK_NOTHROW(check_disk(room, "runs/a", 1'000'000, 4'000'000));
  CHECK(
      message_of<IoError>([&] { check_disk(room, "runs/a", 1'000'000, 3'000'000); }) ==
      "runs/a: a run takes 5.0 MB of disk (two checkpoints of 2.0 MB, as one replaces the other, and the model file), "
      "but there are 4.0 MB");
}

TEST_CASE("a large catalogue's cost is told, with the key that spares it") {
  const auto notice = [](std::vector<std::string> settings, std::int64_t items) {
    settings.push_back("dataset=none");
    data::ConfigInput input;
    input.settings = std::move(settings);
    return growth_notice(data::Config(for_model(std::move(input), "SHAN")), items);
  };
  CHECK(notice({"loss_type=CE"}, 199'999).empty());
  CHECK(notice({"loss_type=CE"}, 200'000) ==
        "loss_type CE compares each row with all 200000 items: a step's time grows with them; sampled_softmax's does "
        "not");
  CHECK(notice({"loss_type=sampled_softmax"}, 200'000) ==
        "learner adam goes on moving every row of the 200000 items that was drawn once: steps take longer until all "
        "were; "
        "sparse_adam moves what a step touches");
  CHECK(notice({"loss_type=sampled_softmax", "learner=sparse_adam"}, 200'000).empty());
  CHECK(notice({"loss_type=BPR", "learner=sgd"}, 200'000).empty());
}

TEST_CASE("a run says what it takes before its first step") {
  const TempFolder temp;
  write_toy(temp.path());
  TrainRequest request;
  request.model = "SHAN";
  request.config = toy_input(temp.path(), {"epochs=1", "train_batch_size=32", "embedding_size=8"});
  request.out = temp / "run";
  Listener listener;
  train(request, listener);
  const std::string log = read_text(temp / "run/log.txt");
  const auto takes = log.find(" takes at least 0.");
  REQUIRE(takes != log.npos);
  CHECK(takes < log.find("epoch 1:"));
}

}  // namespace
}  // namespace seqrec::train
