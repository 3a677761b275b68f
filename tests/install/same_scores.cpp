// same_scores LIBSEQREC.so: the shared library against the same models opened by this program, which is of the other
// build (kernels/build.h): same items, same bits of all scores, on every instruction set that this processor has.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/random.h"
#include "infer/seqrec.h"
#include "infer/session.h"
#include "kernels/cpu/simd.h"
#include "tests/models/tiny_model.h"

using namespace seqrec;

namespace {

constexpr int kRequests = 40, kItems = 300;

template <class F>
F* function_of(void* library, const char* name, F* /*declared*/) {
  void* const found = dlsym(library, name);
  require(found != nullptr, name, " is not in the library");
  return reinterpret_cast<F*>(found);
}
#define SEQREC_FROM(library, name) function_of(library, #name, &name)

bool same_bits(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }

void compare(void* library, const std::filesystem::path& path) {
  const auto last_error = SEQREC_FROM(library, seqrec_last_error);
  const auto check = [&](seqrec_status status) { require(status == SEQREC_OK, last_error()); };
  seqrec_model* model = nullptr;
  seqrec_session* opened = nullptr;
  check(SEQREC_FROM(library, seqrec_model_open)(path.c_str(), nullptr, &model));
  check(SEQREC_FROM(library, seqrec_session_open)(model, &opened));
  const infer::Session session(path);
  std::vector<std::string> all;
  std::vector<const char*> all_texts;
  for (std::int32_t id = 1; id <= kItems; ++id) all.push_back(concat("i", id));
  for (const std::string& item : all) all_texts.push_back(item.c_str());

  Random random(RandomStream{5, 0});
  for (int request = 0; request < kRequests; ++request) {
    std::vector<std::string> history;
    std::vector<const char*> texts;
    for (int i = 0; i < 1 + request % 7; ++i) history.push_back(all[random.below(kItems)]);
    for (const std::string& item : history) texts.push_back(item.c_str());
    const std::string user = concat("u", request % 6);
    infer::Request asked;
    asked.user = user;
    asked.history = history;
    asked.k = kItems;
    const infer::Answer answer = session.recommend(asked);
    seqrec_query query = SEQREC_QUERY_INIT;
    query.user = user.c_str();
    query.history = texts.data();
    query.n_history = std::ssize(texts);
    std::vector<seqrec_item> items(kItems);
    seqrec_answer by_library = SEQREC_ANSWER_INIT;
    by_library.items = items.data();
    by_library.room = kItems;
    check(SEQREC_FROM(library, seqrec_session_recommend)(opened, nullptr, &query, &by_library));
    const std::int64_t count = by_library.count;
    require(count == std::ssize(answer.items) && count > 0, count, " items, expected ", answer.items.size());
    for (std::int64_t i = 0; i < count; ++i)
      require(items[i].token == answer.items[i].token && same_bits(items[i].score, answer.items[i].score), "request ",
              request, ", place ", i, ": ", items[i].token, " ", items[i].score, ", expected ", answer.items[i].token,
              " ", answer.items[i].score);
    std::vector<double> scores(kItems);
    check(SEQREC_FROM(library, seqrec_session_score)(opened, &query, all_texts.data(), kItems, scores.data()));
    const auto expected = session.score(asked, all);
    for (int i = 0; i < kItems; ++i)
      require(same_bits(scores[i], expected[i].value()), "request ", request, ", score of ", all[i], ": ", scores[i],
              ", expected ", expected[i].value());
  }
  SEQREC_FROM(library, seqrec_session_close)(opened);
  SEQREC_FROM(library, seqrec_model_close)(model);
}

/// In a process of its own: which instruction set is used is decided once.
int compare_all(const char* file, kernels::cpu::Simd variant) {
  const char* name = kernels::cpu::name_of(variant);
  setenv("SEQREC_CPU", name, 1);
  void* const library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    std::fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  const models::TemporaryFolder folder;
  for (const models::ModelInfo& info : models::model_infos()) {
    try {
      const models::ModelFile model = models::tiny_file(5, kItems, info.name, 24);
      models::save_model_file(folder / info.name, model, *models::tiny_model(model));
      compare(library, folder / info.name);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s, %s: %s\n", info.name.c_str(), name, error.what());
      return 1;
    }
  }
  std::printf("%s: same items, same scores of %zu models\n", name, models::model_infos().size());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: same_scores LIBSEQREC.so\n"), 2;
  for (const kernels::cpu::Simd variant : kernels::cpu::supported_simd()) {
    const pid_t child = fork();
    if (child == 0) {
      const int status = compare_all(argv[1], variant);
      std::fflush(nullptr);
      _exit(status);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) return 1;
  }
  return 0;
}
