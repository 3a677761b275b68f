// cuda_steps: what a training step asks of a device, counted on the simulator, one line a model, columns separated by
// tabs (the first line names them). scripts/cuda_cost makes the table of docs/cuda.md of it and holds the numbers.
// cuda_steps MODEL: where in the kernels' source the launches of one step stand.
#include <fstream>
#include <iostream>
#include <map>

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
  return {a.kernels - b.kernels, a.products - b.products, a.memsets - b.memsets,
          a.copies - b.copies,   a.uploads - b.uploads,   a.upload_bytes - b.upload_bytes};
}

/// Counts a step that isn't among the first, which make what later ones find.
class Counter : public Observer {
 public:
  explicit Counter(bool places) {
    cuda_sim::watch_launches([this, places](const cuda_sim::LaunchShape& shape) {
      if (places && steps_ == kCounted) ++launches[std::string(shape.file) + ":" + std::to_string(shape.line)];
    });
  }
  void on_notice(const std::string&) override {}
  void on_step(const Progress&) override {
    ++steps_;
    if (steps_ == kCounted) before_ = cuda_sim::requests(), waits_ = cuda_sim::waits();
    if (steps_ != kCounted + 1) return;
    requests = cuda_sim::requests() - before_;
    waits_ = cuda_sim::waits() - waits_;
    stop = true;
  }
  void on_epoch(const EpochReport&) override {}
  void on_result(const RunResult&) override {}
  std::int64_t waits() const { return waits_; }

  cuda_sim::Requests requests;
  std::map<std::string, std::int64_t> launches;
  std::atomic<bool> stop{false};

 private:
  static constexpr int kCounted = 6;
  int steps_ = 0;
  cuda_sim::Requests before_;
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

void count(const Counted& one, const fs::path& data, bool places) {
  TrainRequest request;
  request.model = one.model;
  request.config.options = {{"dataset", "made", "--dataset"}, {"data_path", data.string(), "--data-path"}};
  request.config.settings = one.settings;
  request.config.settings.insert(request.config.settings.end(), {"eval_step=0"});
  request.out = data / one.name;
  request.device = {Device::Kind::Cuda, 0};
  Counter counter(places);
  request.stop = &counter.stop;
  train(request, counter);
  const cuda_sim::Requests& r = counter.requests;
  if (!places)
    std::cout << one.name << "\t" << r.kernels << "\t" << r.products << "\t" << r.memsets << "\t" << r.copies << "\t"
              << r.uploads << "\t" << r.upload_bytes << "\t" << counter.waits() << std::endl;
  for (const auto& [place, launches] : counter.launches) std::cout << launches << "\t" << place << "\n";
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
