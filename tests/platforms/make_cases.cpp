// make_cases FOLDER: model files, and what they must answer, for tests/platforms/check_cases.c to ask of libseqrec on
// other platforms. Of each model a tiny one, whose scores are this program's in f64, and of each golden case that
// scores (SEQREC_GOLDEN_DIR) the reference's. CASE.requests holds which error is allowed, then requests: a user, a
// history and its length; items and their scores, the best of all by `recommend`; the same, by `score`.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iomanip>

#include "core/random.h"
#include "infer/session.h"
#include "nn/serialize.h"
#include "tests/golden/model_case.h"
#include "tests/models/tiny_model.h"

namespace {

using namespace seqrec;
namespace fs = std::filesystem;

constexpr double kRelative = 1e-5;  // of the largest score: the golden cases' README, in f32

using Scores = std::vector<std::pair<std::string, double>>;
struct Expected {
  std::string user;
  std::vector<std::string> history;
  Scores best, given;
};

std::string user_token(std::int64_t id) { return concat("u", id); }
std::string item_token(std::int64_t id) { return concat("i", id); }

void write(const fs::path& path, const std::vector<Expected>& requests) {
  double largest = 0;
  for (const Expected& request : requests)
    for (const Scores* scores : {&request.best, &request.given})
      for (const auto& [item, score] : *scores) largest = std::max(largest, std::abs(score));
  std::ofstream file(path);
  file << std::setprecision(17) << kRelative * largest << '\n';
  for (const Expected& request : requests) {
    file << request.user << ' ' << request.history.size();
    for (const std::string& item : request.history) file << ' ' << item;
    for (const Scores* scores : {&request.best, &request.given}) {
      file << '\n' << scores->size();
      for (const auto& [item, score] : *scores) file << ' ' << item << ' ' << score;
    }
    file << '\n';
  }
  require<IoError>(static_cast<bool>(file.flush()), "can't write ", path.string());
}

void make_tiny_case(const fs::path& folder, const std::string& name) {
  constexpr std::int32_t kUsers = 5, kItems = 150;
  const models::ModelFile model = models::tiny_file(kUsers, kItems, name, 24);
  const fs::path path = folder / (name + ".safetensors");
  models::save_model_file(path, model, *models::tiny_model(model));
  infer::SessionOptions options;
  options.dtype = DType::F64;
  const infer::Session session(path, options);
  std::vector<std::string> all;
  for (std::int32_t id = 1; id <= kItems; ++id) all.push_back(item_token(id));
  Random random(RandomStream{5, 0});
  std::vector<Expected> requests;
  for (int r = 0; r < 12; ++r) {
    infer::Request asked;
    asked.user = user_token(r % (kUsers + 1));  // there is no u0
    asked.history.emplace();
    for (int i = 0; i < 1 + r % 7; ++i) asked.history->push_back(all[random.below(kItems)]);
    asked.k = kItems;
    Expected expected{*asked.user, *asked.history, {}, {}};
    for (const infer::ScoredItem& item : session.recommend(asked).items)
      expected.best.emplace_back(item.token, item.score);
    const auto scores = session.score(asked, all);
    for (std::size_t i = 0; i < all.size(); ++i) expected.given.emplace_back(all[i], scores[i].value());
    requests.push_back(std::move(expected));
  }
  write(folder / (name + ".requests"), requests);
}

/// False for a case without scores: pre-training's.
bool make_golden_case(const fs::path& from, const fs::path& to) {
  const golden::ModelCase golden(from);
  const auto find = [&](const char* name) {
    const auto found = golden.expected.find(name);
    return found == golden.expected.end() ? nullptr : &found->second;
  };
  const auto *scores = find("scores"), *predict = find("predict");
  if (predict == nullptr) return false;
  models::ModelFile file;
  file.spec = golden.spec;
  file.spec.hyper_parameters =
      complete_values(models::model_info(golden.spec.model).keys, golden.spec.hyper_parameters, "");
  for (std::int64_t id = 1; id < file.spec.n_users; ++id) file.users.add(user_token(id));
  for (std::int64_t id = 1; id < file.spec.n_items; ++id) file.items.add(item_token(id));
  file.config = file.spec.hyper_parameters;
  file.config["MAX_ITEM_LIST_LENGTH"] = golden.config.at("MAX_ITEM_LIST_LENGTH");
  const auto model = models::make_model(file.spec, DType::F32, 1);
  nn::load_state(golden.weights, model->state());
  model->eval();
  models::save_model_file(fs::path(to).concat(".safetensors"), file, *model);

  std::vector<Expected> requests;
  const Batch& batch = golden.batch;
  for (std::int64_t row = 0; row < batch.users.size(); ++row) {
    Expected expected{user_token(batch.users[row]), {}, {}, {}};
    for (std::int64_t i = batch.windows.begin()[row]; i < batch.windows.end()[row]; ++i)
      expected.history.push_back(item_token(batch.items[i]));
    for (std::int64_t id = 1; scores && id < file.spec.n_items; ++id)
      expected.best.emplace_back(item_token(id), (*scores)[row * file.spec.n_items + id]);
    expected.given.emplace_back(item_token(batch.targets[row]), (*predict)[row]);
    requests.push_back(std::move(expected));
  }
  write(fs::path(to).concat(".requests"), requests);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: make_cases FOLDER\n"), 2;
  const fs::path folder = argv[1];
  for (const models::ModelInfo& info : models::model_infos()) make_tiny_case(folder, info.name);
  const char* root = std::getenv("SEQREC_GOLDEN_DIR");
  const fs::path golden = root ? root : SEQREC_SOURCE_DIR "/../shared/golden";
  if (!fs::exists(golden)) {
    std::printf("SKIPPED golden cases: there is no folder %s (SEQREC_GOLDEN_DIR)\n", golden.c_str());
    return 0;
  }
  for (const auto& entry : fs::directory_iterator(golden)) {
    if (!fs::exists(entry.path() / "weights.safetensors")) continue;
    const std::string name = entry.path().filename().string();
    if (!make_golden_case(entry.path(), folder / name)) std::printf("SKIPPED %s: it has no scores\n", name.c_str());
  }
}
