// Walks every case under SEQREC_GOLDEN_DIR and compares what seqrec computes with what the reference did. Prints each
// case's largest error (as a share of the tolerance) or why it was skipped. Then changes the expected values of each
// case by a thousandth and makes sure that this is found.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "core/file.h"
#include "core/json.h"
#include "tests/golden/golden.h"

namespace {

namespace fs = std::filesystem;
using seqrec::golden::Finding;

fs::path from_environment(const char* name, const char* fallback) {
  const char* value = std::getenv(name);
  return value ? fs::path(value) : fs::path(fallback);
}

Finding check(const fs::path& folder, const fs::path& data, bool alter) {
  if (fs::exists(folder / "ids.json")) {
    if (!fs::exists(data)) return {.where = "", .skipped = "there is no " + data.string()};
    return seqrec::golden::check_data_case(folder, data, alter);
  }
  if (fs::exists(folder / "expected.json")) return seqrec::golden::check_metrics_case(folder, alter);
  return seqrec::golden::check_model_case(folder, alter);
}

}  // namespace

int main() {
  const fs::path root = from_environment("SEQREC_GOLDEN_DIR", SEQREC_SOURCE_DIR "/../shared/golden");
  const fs::path data = from_environment("SEQREC_DATA_DIR", SEQREC_SOURCE_DIR "/../shared/data");
  std::vector<fs::path> folders;
  if (fs::exists(root)) {
    for (const auto& entry : fs::directory_iterator(root)) {
      if (entry.is_directory()) folders.push_back(entry.path());
    }
  } else {
    std::printf("SKIPPED golden cases: there is no folder %s (SEQREC_GOLDEN_DIR)\n", root.c_str());
  }
  std::sort(folders.begin(), folders.end());

  int passed = 0, failed = 0, skipped = folders.empty() ? 1 : 0;
  for (const fs::path& folder : folders) {
    const std::string name = folder.filename().string();
    try {
      const Finding found = check(folder, data, false);
      if (!found.skipped.empty()) {
        std::printf("SKIPPED %s: %s\n", name.c_str(), found.skipped.c_str());
        ++skipped;
        continue;
      }
      const Finding altered = found.passed() ? check(folder, data, true) : Finding{};
      const char* verdict = !found.passed() ? "FAILED" : altered.passed() ? "FAILED (a changed case passes)" : "passed";
      std::printf("%s %s: largest error %.2g of what is allowed%s%s; changed by 1e-3: %.2g\n", verdict, name.c_str(),
                  found.error, found.where.empty() ? "" : " at ", found.where.c_str(), altered.error);
      ++(found.passed() && !altered.passed() ? passed : failed);
    } catch (const std::exception& error) {
      std::printf("FAILED %s: %s\n", name.c_str(), error.what());
      ++failed;
    }
  }
  std::printf("golden: %d passed, %d failed, %d skipped\n", passed, failed, skipped);
  return failed == 0 ? 0 : 1;
}
