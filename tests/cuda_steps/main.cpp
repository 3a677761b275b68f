// cuda_steps: what a training step asks of a device, counted on the simulator, one line a model, columns separated by
// tabs (the first line names them). scripts/cuda_cost makes the table of docs/cuda.md of it and holds the numbers.
// cuda_steps MODEL: where in the kernels' source the launches of one step stand.
#include <algorithm>
#include <atomic>
#include <fstream>
#include <iostream>
#include <limits>
#include <map>

#include "autograd/one.h"
#include "kernels/cuda.h"
#include "tests/cuda_sim/runtime.h"
#include "tests/temp_folder.h"
#include "train/run.h"

namespace seqrec::train {
namespace {

namespace fs = std::filesystem;

/// Interactions of ml-100k's shape: 943 users with 20 to 192 of 1,682 items, some of them far more often than others.
void write_interactions(const fs::path& folder) {
  constexpr int kUsers = 943, kItems = 1682;
  fs::create_directories(folder / "made");
  std::ofstream file(folder / "made/made.inter"), items(folder / "made/made.item");
  file << "user_id:token\titem_id:token\trating:float\ttimestamp:float\n";
  std::uint32_t drawn = 1;
  const auto below = [&](std::uint32_t n) { return (drawn = drawn * 1664525 + 1013904223) / 65536 * n / 65536; };
  for (int u = 0; u < kUsers; ++u)
    for (int t = 0; t < 20 + u * 43 % 173; ++t)
      file << u << "\t" << below(1 + below(kItems)) << "\t" << 1 + t % 5 << "\t" << t << "\n";
  items << "item_id:token\tclass:token_seq\n";
  for (int i = 0; i < kItems; ++i) items << i << "\tc" << i % 19 << " c" << i % 7 << "\n";
}

cuda_sim::Requests operator-(const cuda_sim::Requests& a, const cuda_sim::Requests& b) {
  return {a.kernels - b.kernels, a.products - b.products,         a.memsets - b.memsets, a.copies - b.copies,
          a.uploads - b.uploads, a.upload_bytes - b.upload_bytes, a.waits - b.waits};
}

/// Stops after some steps, and keeps how often the host waited in one of them: the least of all, since memory that is
/// given back at first lets it wait, too.
class Stopper : public Observer {
 public:
  explicit Stopper(int steps) : left_(steps) {}
  void on_notice(const std::string&) override {}
  void on_step(const Progress&) override {
    stop = --left_ <= 0;
    const std::int64_t waits = cuda_sim::requests().waits;
    least_waits = std::min(least_waits, waits - waits_);
    waits_ = waits;
  }
  std::atomic<bool> stop{false};
  std::int64_t least_waits = std::numeric_limits<std::int64_t>::max();

 private:
  int left_;
  std::int64_t waits_ = 0;
};

struct Counted {
  const char *name, *model;
  std::vector<std::string> settings = {};
};
const Counted kCounted[] = {{"SHAN", "SHAN"},
                            {"SHAN, by histories", "SHAN", {"batching=histories"}},
                            {"Caser", "Caser"},
                            {"SR-GNN", "SRGNN"},
                            {"S3-Rec, pre-training", "S3Rec", {"train_stage=pretrain"}},
                            {"S3-Rec, fine-tuning", "S3Rec", {"train_stage=finetune"}},
                            {"DIEN", "DIEN"}};

/// What a run of so many steps asks for.
cuda_sim::Requests requests_of(const Counted& one, const fs::path& data, int steps) {
  TrainRequest request;
  request.model = one.model;
  request.config.options = {{"dataset", "made", "--dataset"}, {"data_path", data.string(), "--data-path"}};
  request.config.settings = one.settings;
  request.config.settings.insert(request.config.settings.end(), {"eval_step=0"});
  request.out = data / one.name;
  request.overwrite = true;
  request.device = {Device::Kind::Cuda, 0};
  kernels::cuda::open(request.device);
  autograd::one(DType::F32, request.device);  // made once by a process, not by a step
  Stopper stopper(steps);
  request.stop = &stopper.stop;
  memory(request.device).trim();  // what the run before left
  const cuda_sim::Requests before = cuda_sim::requests();
  train(request, stopper);
  cuda_sim::Requests requests = cuda_sim::requests() - before;
  requests.waits = stopper.least_waits;
  return requests;
}

/// A step's share: by how much a run is more than one that is a step shorter. The first steps make what later ones
/// find, and batches are prepared beside them, so that nothing in a run tells where a step ends.
void count(const Counted& one, const fs::path& data, bool places) {
  constexpr int kSteps = 8;
  std::map<std::string, std::int64_t> launches;
  std::int64_t sign = -1;
  if (places)
    cuda_sim::watch_launches([&](const cuda_sim::LaunchShape& shape) {
      launches[std::string(shape.file) + ":" + std::to_string(shape.line)] += sign;
    });
  const cuda_sim::Requests shorter = requests_of(one, data, kSteps);
  sign = 1;
  const cuda_sim::Requests longer = requests_of(one, data, kSteps + 1), r = longer - shorter;
  if (!places)
    std::cout << one.name << "\t" << r.kernels << "\t" << r.products << "\t" << r.memsets << "\t" << r.copies << "\t"
              << r.uploads << "\t" << r.upload_bytes << "\t" << longer.waits << std::endl;
  for (const auto& [place, number] : launches)
    if (number != 0) std::cout << number << "\t" << place << "\n";
  cuda_sim::watch_launches(nullptr);
}

}  // namespace
}  // namespace seqrec::train

int main(int count, char** arguments) try {
  cuda_sim::pretend();
  const TempFolder temp;
  seqrec::train::write_interactions(temp.path());
  if (count == 1) std::cout << "model\tkernels\tproducts\tmemsets\tcopies\tuploads\tbytes\twaits" << std::endl;
  for (const auto& one : seqrec::train::kCounted)
    if (count == 1 || one.name == std::string(arguments[1])) seqrec::train::count(one, temp.path(), count > 1);
  return 0;
} catch (const seqrec::Error& error) {
  std::cerr << "cuda_steps: " << error.what() << "\n";
  return 1;
}
