#include <array>
#include <string>

#include <doctest/doctest.h>

#include "infer/seqrec.h"
#include "tests/failing_memory.h"
#include "tests/models/tiny_model.h"

using namespace seqrec;

namespace {

constexpr Failing kWays[] = {Failing::Once, Failing::FromThenOn, Failing::Tensors};

/// A status that says that memory was short, with a text if there was memory for one.
void check_status(seqrec_status status) {
  CHECK(status == SEQREC_ERROR);
  const std::string text = seqrec_last_error();
  const bool told = text.empty() || text.find("out of memory") != text.npos;
  CHECK_MESSAGE(told, text);
}

/// Each allocation of f fails in turn, in each way; f must say so or get on without. `check` looks at what it left.
template <class F, class Check>
void check_each(F&& f, Check&& check) {
  for (const Failing way : kWays) {
    seqrec_status status = SEQREC_OK;
    const auto look = [&](long) {
      if (status != SEQREC_OK) check_status(status);
      check(status);
    };
    const auto call = [&] {
      memory(kCpu).trim();  // so that tensors need memory
      status = f();
    };
    CHECK(fail_each_allocation(way, call, look) > 0);
    CHECK(status == SEQREC_OK);
  }
}

}  // namespace

TEST_CASE("the C interface without memory says so, by its status, whichever allocation fails") {
  for (const std::string name : {"SHAN", "DIEN"}) {
    CAPTURE(name);
    const models::TemporaryFolder folder;
    const models::ModelFile file = models::tiny_file(5, 20, name);
    const std::string model_file = folder / "model.safetensors", histories = folder / "histories.safetensors";
    models::save_model_file(model_file, file, *models::tiny_model(file));
    models::save_tiny_histories(histories, file);

    seqrec_session* session = nullptr;
    check_each(
        [&] {
          seqrec_close(session);
          return seqrec_open(model_file.c_str(), histories.c_str(), 0, &session);
        },
        [&](seqrec_status status) { CHECK((session != nullptr) == (status == SEQREC_OK)); });
    REQUIRE(session != nullptr);

    const char* history[] = {"i3", "i9", "no such item, and a text longer than a short one"};
    std::array<seqrec_item, 5> items{}, first{};
    std::int64_t count = 0;
    REQUIRE(seqrec_recommend(session, "u2", history, 3, 5, 0, first.data(), &count, nullptr) == SEQREC_OK);
    check_each(
        [&] {
          items[0].token = nullptr;
          count = -7;
          return seqrec_recommend(session, "u2", history, 3, 5, 0, items.data(), &count, nullptr);
        },
        [&](seqrec_status status) {
          CHECK((count == -7) == (status != SEQREC_OK));
          CHECK((items[0].token == nullptr) == (status != SEQREC_OK));
        });
    CHECK(count == 5);
    for (std::size_t i = 0; i < 5; ++i) CHECK(items[i].token == first[i].token);
    for (std::size_t i = 0; i < 5; ++i) CHECK(items[i].score == first[i].score);

    const char* asked[] = {"i1", "i2"};
    double scores[2];
    check_each(
        [&] {
          scores[0] = 7;
          return seqrec_score(session, "u2", history, 3, asked, 2, scores);
        },
        [&](seqrec_status status) { CHECK((scores[0] == 7) == (status != SEQREC_OK)); });
    seqrec_close(session);
  }
}
