// Walks every case under tests/golden/cases (those of the examples' models) and SEQREC_GOLDEN_DIR, and compares what
// seqrec computes with what the reference did. Prints each case's largest error (as a share of the tolerance) or why it
// was skipped. Then changes the expected values of each case by a thousandth and makes sure that this is found. With
// `--device cuda` the model cases alone, on that device.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "core/file.h"
#include "core/json.h"
#include "kernels/cuda.h"
#include "tests/examples.h"
#include "tests/golden/golden.h"

namespace {

namespace fs = std::filesystem;
using seqrec::golden::Finding;

fs::path from_environment(const char* name, const char* fallback) {
  const char* value = std::getenv(name);
  return value ? fs::path(value) : fs::path(fallback);
}

Finding check(const fs::path& folder, const fs::path& data, seqrec::Device device) {
  if (device != seqrec::kCpu && !fs::exists(folder / "weights.safetensors"))
    return {.where = "", .skipped = "it needs no device"};
  if (fs::exists(folder / "ids.json")) {
    if (!fs::exists(data)) return {.where = "", .skipped = "there is no " + data.string()};
    return seqrec::golden::check_data_case(folder, data);
  }
  if (fs::exists(folder / "expected.json")) return seqrec::golden::check_metrics_case(folder);
  return seqrec::golden::check_model_case(folder, device);
}

/// The folders in one, by name.
std::vector<fs::path> cases_in(const fs::path& root) {
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(root))
    if (entry.is_directory()) folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
  return folders;
}

}  // namespace

int main(int argc, char** argv) {
  seqrec::Device device;
  try {
    if (argc == 3 && std::string_view(argv[1]) == "--device") {
      device = seqrec::parse_device(argv[2]);
    } else if (argc != 1) {
      throw seqrec::UsageError("usage: golden_tests [--device DEVICE]");
    }
    if (device != seqrec::kCpu) seqrec::kernels::cuda::open(device);
  } catch (const seqrec::Error& error) {
    std::printf("%s\n", error.what());
    return 2;
  }
  seqrec::add_examples();
  const fs::path root = from_environment("SEQREC_GOLDEN_DIR", SEQREC_SOURCE_DIR "/../shared/golden");
  const fs::path data = from_environment("SEQREC_DATA_DIR", SEQREC_SOURCE_DIR "/../shared/data");
  std::vector<fs::path> folders = cases_in(SEQREC_SOURCE_DIR "/tests/golden/cases");
  int passed = 0, failed = 0, skipped = 0;
  if (fs::exists(root)) {
    for (const fs::path& folder : cases_in(root)) folders.push_back(folder);
  } else {
    std::printf("SKIPPED golden cases: there is no folder %s (SEQREC_GOLDEN_DIR)\n", root.c_str());
    ++skipped;
  }

  for (const fs::path& folder : folders) {
    const std::string name = folder.filename().string();
    try {
      const Finding found = check(folder, data, device);
      if (!found.skipped.empty()) {
        std::printf("SKIPPED %s: %s\n", name.c_str(), found.skipped.c_str());
        ++skipped;
        continue;
      }
      const char* verdict = !found.passed()         ? "FAILED"
                            : !found.sees_changes() ? "FAILED (a changed case passes)"
                                                    : "passed";
      std::printf("%s %s: largest error %.2g of what is allowed%s%s; changed by 1e-3: %.2g\n", verdict, name.c_str(),
                  found.error, found.where.empty() ? "" : " at ", found.where.c_str(), found.changed);
      ++(found.passed() && found.sees_changes() ? passed : failed);
    } catch (const std::exception& error) {
      std::printf("FAILED %s: %s\n", name.c_str(), error.what());
      ++failed;
    }
  }
  std::printf("golden: %d passed, %d failed, %d skipped\n", passed, failed, skipped);
  if (device != seqrec::kCpu && passed == 0) {
    std::printf("FAILED: nothing ran on the device\n");
    return 1;
  }
  return failed == 0 ? 0 : 1;
}
