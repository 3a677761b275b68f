// Where a model's tensors lie: memory that the caller of the C interface gives.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>
#include <thread>

#include <doctest/doctest.h>

#include "core/device.h"
#include "tests/infer/c_caller.h"

using namespace seqrec;

namespace {

/// Counts what is given out, and fails for what comes back and isn't.
struct Given {
  seqrec_model_options options(const TinyFiles& files) {
    seqrec_model_options out = files.options();
    out.memory_data = this;
    out.allocate = [](void* data, std::size_t bytes, std::size_t alignment) {
      return static_cast<Given*>(data)->allocate(bytes, alignment);
    };
    out.release = [](void* data, void* block, std::size_t bytes) { static_cast<Given*>(data)->release(block, bytes); };
    return out;
  }

  void* allocate(std::size_t bytes, std::size_t alignment) {
    const std::scoped_lock lock(mutex);
    if (left == 0) return nullptr;
    --left;
    void* const block = std::aligned_alloc(alignment, bytes);
    blocks[block] = bytes;
    most = std::max(most, blocks.size());
    return block;
  }
  void release(void* block, std::size_t bytes) {
    const std::scoped_lock lock(mutex);
    const auto found = blocks.find(block);
    if (found == blocks.end() || found->second != bytes) {
      ++wrong;
      return;
    }
    blocks.erase(found);
    std::free(block);
  }
  std::size_t bytes() const {
    std::size_t sum = 0;
    for (const auto& [block, size] : blocks) sum += size;
    return sum;
  }

  std::mutex mutex;
  std::map<void*, std::size_t> blocks;
  std::size_t most = 0;
  long left = 1'000'000, wrong = 0;
};

}  // namespace

TEST_CASE("the C interface keeps a model's tensors in the memory that it was given, and gives all of it back") {
  for (const models::ModelInfo& info : models::model_infos()) {
    CAPTURE(info.name);
    const TinyFiles files(info.name);
    Given given;
    const std::size_t before = memory(kCpu).stats().in_use;
    {
      Caller c(files.model_file, given.options(files)), plain(files.model_file, files.options());
      const bool has_parameters = info.fit == nullptr;
      if (has_parameters) CHECK(given.bytes() >= 20 * 8 * sizeof(float));
      std::thread([&] {
        seqrec_session* session = nullptr;
        REQUIRE(seqrec_session_open(c.model, &session) == SEQREC_OK);
        std::swap(session, c.session);
        CHECK(c.recommend("u2", {"i3", "i9"}, 20) == SEQREC_OK);
        std::swap(session, c.session);
        seqrec_session_close(session);
      }).join();
      CHECK(plain.recommend("u2", {"i3", "i9"}, 20) == SEQREC_OK);
      CHECK(c.tokens() == plain.tokens());
      CHECK(c.recommend("u2", {"i3", "i9", "i4"}, 20, SEQREC_EXCLUDE_SEEN) == SEQREC_OK);
      seqrec_info told = SEQREC_INFO_INIT;
      REQUIRE(seqrec_model_info(c.model, &told) == SEQREC_OK);
      if (told.item_vector_width > 0) {
        std::vector<float> vectors(static_cast<std::size_t>(told.item_vector_width));
        CHECK(seqrec_item_vectors(c.model, 3, 1, told.item_vector_width, vectors.data()) == SEQREC_OK);
      }
      if (told.history_vector_width > 0) {
        std::vector<float> vector(static_cast<std::size_t>(told.history_vector_width));
        const std::vector<const char*> history = {"i3"};
        const seqrec_query query = Caller::query("u2", history);
        CHECK(seqrec_session_vector(c.session, &query, told.history_vector_width, vector.data()) == SEQREC_OK);
      }
      CHECK(given.most > 0);
      seqrec_model_close(c.model);  // the session is last
      c.model = nullptr;
    }
    CHECK(given.blocks.empty());
    CHECK(given.wrong == 0);
    CHECK(memory(kCpu).stats().in_use == before);
  }
}

TEST_CASE("the C interface out of the memory that it was given says so, and gives back what it took") {
  const TinyFiles files;
  const std::vector<const char*> history = {"i3", "i9"};
  for (long left = 0;; ++left) {
    CAPTURE(left);
    Given given;
    given.left = left;
    const seqrec_model_options options = given.options(files);
    seqrec_model* model = nullptr;
    seqrec_session* session = nullptr;
    seqrec_status status = seqrec_model_open(files.model_file.c_str(), &options, &model);
    if (status == SEQREC_OK) status = seqrec_session_open(model, &session);
    seqrec_item items[3];
    seqrec_answer answer = SEQREC_ANSWER_INIT;
    answer.items = items;
    answer.room = 3;
    const seqrec_query query = Caller::query("u2", history);
    if (status == SEQREC_OK) status = seqrec_session_recommend(session, nullptr, &query, &answer);
    seqrec_session_close(session);
    seqrec_model_close(model);
    CHECK(given.blocks.empty());
    CHECK(given.wrong == 0);
    if (status == SEQREC_OK) {
      CHECK(left > 0);
      break;
    }
    REQUIRE(status == SEQREC_ERROR_MEMORY);
    CHECK(last_error().starts_with("out of memory"));
  }
}

TEST_CASE("the C interface takes both of a memory's functions, or none") {
  const TinyFiles files;
  Given given;
  seqrec_model_options options = given.options(files);
  options.release = nullptr;
  seqrec_model* model = nullptr;
  CHECK(seqrec_model_open(files.model_file.c_str(), &options, &model) == SEQREC_ERROR_USAGE);
  CHECK(last_error() == "allocate and release must both be given, or neither");
  CHECK(given.most == 0);
}
