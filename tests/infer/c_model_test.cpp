// Models of the C interface: what opens them, what they tell, who may close them when.
#include <algorithm>
#include <cstring>
#include <string>
#include <thread>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "core/file.h"
#include "tests/grouping_locale.h"
#include "tests/infer/c_caller.h"

using namespace seqrec;
using models::TemporaryFolder;

namespace {

void check_usage(seqrec_status status, const std::string& text) {
  CHECK(status == SEQREC_ERROR_USAGE);
  CHECK(last_error() == text);
}

/// Opens with options and gives the status; what was opened is closed.
seqrec_status try_open(const std::string& file, const seqrec_model_options& options) {
  auto* model = reinterpret_cast<seqrec_model*>(8);
  const seqrec_status status = seqrec_model_open(file.c_str(), &options, &model);
  CHECK((model == nullptr) == (status != SEQREC_OK));
  seqrec_model_close(model);
  return status;
}

seqrec_status try_open(const std::string& file, const std::string& histories = "") {
  seqrec_model_options options = SEQREC_MODEL_OPTIONS_INIT;
  if (!histories.empty()) options.histories_file = histories.c_str();
  return try_open(file, options);
}

}  // namespace

TEST_CASE("the C interface has a version of its own, and the library's") {
  CHECK(seqrec_abi_version() == SEQREC_ABI_VERSION);
  CHECK(SEQREC_ABI_VERSION == 1);
  CHECK(std::string(seqrec_version()) == "0.2.0");
}

TEST_CASE("the C interface tells what a model is") {
  const TinyCaller c;
  seqrec_info info = SEQREC_INFO_INIT;
  REQUIRE(seqrec_model_info(c.model, &info) == SEQREC_OK);
  CHECK(info.model == std::string("SHAN"));
  CHECK(info.n_items == 20);
  CHECK(info.n_users == 5);
  CHECK(info.max_history == 4);
  CHECK(info.item_vector_width == 8);
  CHECK(info.history_vector_width == 8);
  CHECK(info.dtype == SEQREC_DTYPE_F32);
  CHECK(info.has_titles == 1);
  CHECK(info.has_histories == 1);
  CHECK(info.has_checksums == 1);

  const TemporaryFolder folder;
  const models::ModelFile file = models::tiny_file(5, 20, "Pop");
  models::save_model_file(folder / "model", file, *models::tiny_model(file));
  const Caller bare(folder / "model");
  REQUIRE(seqrec_model_info(bare.model, &info) == SEQREC_OK);
  CHECK(info.model == std::string("Pop"));
  CHECK(info.item_vector_width == 0);
  CHECK(info.history_vector_width == 0);
  CHECK(info.has_titles == 0);
  CHECK(info.has_histories == 0);

  check_usage(seqrec_model_info(nullptr, &info), "model must not be NULL");
  check_usage(seqrec_model_info(bare.model, nullptr), "info must not be NULL");
  info.size = 4;
  check_usage(seqrec_model_info(bare.model, &info),
              concat("info.size is 4, expected ", sizeof(seqrec_info), ": begin with its SEQREC_..._INIT"));
}

TEST_CASE("the C interface finds ids by tokens, and tokens and titles by ids") {
  const TinyCaller c;
  const seqrec_model* model = c.model;
  std::int32_t id = -7;
  const char* text = nullptr;
  for (std::int32_t expected = 1; expected <= 20; ++expected) {
    const std::string token = concat("i", expected);
    REQUIRE(seqrec_item_id(model, token.c_str(), &id) == SEQREC_OK);
    CHECK(id == expected);
    REQUIRE(seqrec_item_token(model, expected, &text) == SEQREC_OK);
    CHECK(text == token);
    REQUIRE(seqrec_item_title(model, expected, &text) == SEQREC_OK);
    CHECK(text == std::string("a title"));
  }
  for (std::int32_t expected = 1; expected <= 5; ++expected) {
    const std::string token = concat("u", expected);
    REQUIRE(seqrec_user_id(model, token.c_str(), &id) == SEQREC_OK);
    CHECK(id == expected);
    REQUIRE(seqrec_user_token(model, expected, &text) == SEQREC_OK);
    CHECK(text == token);
  }
  for (const char* unknown : {"", "[PAD]", "i21", "u1"}) {
    REQUIRE(seqrec_item_id(model, unknown, &id) == SEQREC_OK);
    CHECK(id == 0);
  }

  id = -7;
  text = nullptr;
  check_usage(seqrec_item_id(model, nullptr, &id), "token must not be NULL");
  check_usage(seqrec_item_id(nullptr, "i1", &id), "model must not be NULL");
  check_usage(seqrec_item_id(model, "i1", nullptr), "id must not be NULL");
  check_usage(seqrec_user_id(nullptr, "u1", &id), "model must not be NULL");
  check_usage(seqrec_item_token(model, 0, &text), "id must be from 1 to 20, got 0");
  check_usage(seqrec_item_token(model, 21, &text), "id must be from 1 to 20, got 21");
  check_usage(seqrec_item_token(model, -1, &text), "id must be from 1 to 20, got -1");
  check_usage(seqrec_user_token(model, 6, &text), "id must be from 1 to 5, got 6");
  check_usage(seqrec_item_title(model, 21, &text), "id must be from 1 to 20, got 21");
  check_usage(seqrec_item_title(nullptr, 1, &text), "model must not be NULL");
  check_usage(seqrec_item_token(model, 1, nullptr), "token must not be NULL");
  CHECK(id == -7);
  CHECK(text == nullptr);
}

TEST_CASE("the C interface gives items' vectors, of a model that has any") {
  const TinyCaller c;
  std::vector<float> all(20 * 8), one(8);
  REQUIRE(seqrec_item_vectors(c.model, 1, 20, 8, all.data()) == SEQREC_OK);
  REQUIRE(seqrec_item_vectors(c.model, 7, 1, 8, one.data()) == SEQREC_OK);
  CHECK(std::equal(one.begin(), one.end(), all.begin() + 6 * 8));
  CHECK(std::ranges::any_of(one, [](float x) { return x != 0; }));
  CHECK(seqrec_item_vectors(c.model, 1, 0, 8, nullptr) == SEQREC_OK);

  check_usage(seqrec_item_vectors(nullptr, 1, 1, 8, one.data()), "model must not be NULL");
  check_usage(seqrec_item_vectors(c.model, 0, 1, 8, one.data()), "first must be from 1 to 20, got 0");
  check_usage(seqrec_item_vectors(c.model, 20, 2, 8, one.data()), "n must be at most 1 from item 20 on, got 2");
  check_usage(seqrec_item_vectors(c.model, 1, -1, 8, one.data()), "n must not be negative, got -1");
  check_usage(seqrec_item_vectors(c.model, 1, 1, 7, one.data()), "width must be 8, got 7");
  check_usage(seqrec_item_vectors(c.model, 1, 1, 8, nullptr), "vectors must not be NULL");
  const TinyCaller pop(0, 0, "Pop");
  CHECK(seqrec_item_vectors(pop.model, 1, 1, 8, one.data()) == SEQREC_ERROR_UNSUPPORTED);
  CHECK(last_error() == "a Pop has no vectors of items");
}

TEST_CASE("the C interface: a model lives as long as what was opened from it, in any order") {
  TinyFiles files;
  seqrec_model* model = nullptr;
  seqrec_session* session = nullptr;
  seqrec_request* request = nullptr;
  REQUIRE(seqrec_model_open(files.model_file.c_str(), nullptr, &model) == SEQREC_OK);
  REQUIRE(seqrec_session_open(model, &session) == SEQREC_OK);
  REQUIRE(seqrec_request_open(model, nullptr, &request) == SEQREC_OK);
  seqrec_model_close(model);
  const std::vector<const char*> history = {"i3"};
  const seqrec_query query = Caller::query(nullptr, history);
  seqrec_item items[2];
  seqrec_answer answer = SEQREC_ANSWER_INIT;
  answer.items = items;
  answer.room = 2;
  REQUIRE(seqrec_session_recommend(session, request, &query, &answer) == SEQREC_OK);
  CHECK(answer.count == 2);
  seqrec_session_close(session);
  std::int64_t unknown = -1;
  CHECK(seqrec_request_unknown(request, &unknown, nullptr) == SEQREC_OK);
  CHECK(unknown == 0);
  seqrec_request_close(request);
  seqrec_model_close(nullptr);
  seqrec_session_close(nullptr);
  seqrec_request_close(nullptr);
}

TEST_CASE("the C interface refuses options that it doesn't understand, of any version") {
  const TinyFiles files;
  seqrec_model* model = nullptr;
  check_usage(seqrec_model_open(nullptr, nullptr, &model), "file must not be NULL");
  check_usage(seqrec_model_open("x", nullptr, nullptr), "model must not be NULL");

  seqrec_model_options options = SEQREC_MODEL_OPTIONS_INIT;
  options.unknown_user = 2;
  check_usage(try_open(files.model_file, options), "unknown_user must be from 0 to 1, got 2");
  options = SEQREC_MODEL_OPTIONS_INIT;
  options.empty_history = -1;
  check_usage(try_open(files.model_file, options), "empty_history must be from 0 to 1, got -1");
  options = files.options();
  options.histories = "x";
  check_usage(try_open(files.model_file, options), "histories_file and histories can't both be given");

  // The struct of a later version: understood while what is new in it is 0.
  struct {
    seqrec_model_options known;
    std::int64_t later;
  } longer{SEQREC_MODEL_OPTIONS_INIT, 0};
  longer.known.size = sizeof longer;
  CHECK(try_open(files.model_file, longer.known) == SEQREC_OK);
  longer.later = 1;
  check_usage(try_open(files.model_file, longer.known),
              concat("options sets what this library doesn't know: it knows the first ", sizeof(seqrec_model_options),
                     " of its ", sizeof longer, " bytes"));
  for (const std::size_t size : {std::size_t{0}, sizeof options - 1, std::size_t{5000}, ~std::size_t{0}}) {
    options = SEQREC_MODEL_OPTIONS_INIT;
    options.size = size;
    check_usage(try_open(files.model_file, options),
                concat("options.size is ", size, ", expected ", sizeof options, ": begin with its SEQREC_..._INIT"));
  }
}

TEST_CASE("the C interface: files that can't be opened") {
  const TinyFiles files;
  CHECK(try_open(files.folder / "absent") == SEQREC_ERROR_FILE);
  CHECK(last_error().find("absent") != std::string::npos);
  REQUIRE(mkfifo((files.folder / "pipe").c_str(), 0600) == 0);
  CHECK(try_open(files.folder / "pipe") == SEQREC_ERROR_FILE);
  CHECK(last_error().find("it is a pipe, expected a regular file") != std::string::npos);
  CHECK(try_open(files.histories_file) == SEQREC_ERROR_FILE);
  CHECK(last_error().find("is not a seqrec model file") != std::string::npos);
  CHECK(try_open(files.model_file, files.model_file) == SEQREC_ERROR_FILE);
  CHECK(last_error().find("is not a seqrec histories file") != std::string::npos);
}

TEST_CASE("the C interface notices a flipped bit, in the model and in the histories") {
  const TinyFiles good;
  for (const std::string& file : {good.model_file, good.histories_file}) {
    std::string bytes = read_text(file);
    bytes.back() = static_cast<char>(bytes.back() ^ 4);
    const std::string damaged = good.folder / "damaged";
    write_text(damaged, bytes);
    const bool is_model = file == good.model_file;
    CHECK(try_open(is_model ? damaged : good.model_file, is_model ? "" : damaged) == SEQREC_ERROR_FILE);
    const std::string tensor = is_model ? "title.bytes" : "seen.items";
    CHECK_MESSAGE(last_error().starts_with(damaged + ": tensor \"" + tensor + "\" is damaged: "), last_error());
  }
}

TEST_CASE("the C interface knows nothing of the host's locale") {
  TinyCaller plain;
  REQUIRE(plain.recommend("u2", {"i3"}) == SEQREC_OK);
  const GroupingLocale locale;
  TinyCaller c;
  REQUIRE(c.recommend("u2", {"i3"}) == SEQREC_OK);
  CHECK(c.items[0].score == plain.items[0].score);
  CHECK(std::string(c.items[0].token) == plain.items[0].token);
  CHECK(c.recommend("u2", {"i3"}, 3, 1840) == SEQREC_ERROR_USAGE);
  CHECK(last_error() == "unknown flags: 1840");
  const std::string bytes = read_text(c.model_file);
  CHECK(bytes == read_text(plain.model_file));
  write_text(c.folder / "cut", std::string_view(bytes).substr(0, bytes.size() - 1));
  CHECK(try_open(c.folder / "cut") == SEQREC_ERROR_FILE);
  CHECK(last_error().find("'") == std::string::npos);
}

TEST_CASE("the C interface needs nothing of the memory that it opened, whatever the model") {
  for (const models::ModelInfo& info : models::model_infos()) {
    CAPTURE(info.name);
    const TinyFiles files(info.name);
    Caller of_file(files.model_file);
    std::string bytes = ' ' + read_text(files.model_file);  // at an odd address
    seqrec_model* model = nullptr;
    REQUIRE(seqrec_model_open_memory(bytes.data() + 1, bytes.size() - 1, nullptr, &model) == SEQREC_OK);
    std::ranges::fill(bytes, 'x');
    seqrec_session* session = nullptr;
    REQUIRE(seqrec_session_open(model, &session) == SEQREC_OK);
    REQUIRE(of_file.recommend("u2", {"i3", "i5"}, 20) == SEQREC_OK);
    const std::vector<const char*> history = {"i3", "i5"};
    const seqrec_query query = Caller::query("u2", history);
    std::array<seqrec_item, 20> items{};
    seqrec_answer answer = SEQREC_ANSWER_INIT;
    answer.items = items.data();
    answer.room = 20;
    REQUIRE(seqrec_session_recommend(session, nullptr, &query, &answer) == SEQREC_OK);
    for (std::size_t i = 0; i < 20; ++i) {
      CHECK(items[i].token == std::string(of_file.items[i].token));
      CHECK(items[i].score == of_file.items[i].score);
    }
    seqrec_session_close(session);
    seqrec_model_close(model);
  }
}

TEST_CASE("the C interface opens histories that lie in memory, and doesn't need them afterwards") {
  TinyCaller c;
  seqrec_query own = Caller::query("u1");
  REQUIRE(c.recommend(&own, 3) == SEQREC_OK);
  std::string histories = ' ' + read_text(c.histories_file);
  seqrec_model_options options = SEQREC_MODEL_OPTIONS_INIT;
  options.histories = histories.data() + 1;
  options.histories_bytes = histories.size() - 1;
  Caller of_memory(c.model_file, options);
  std::ranges::fill(histories, 'x');
  REQUIRE(of_memory.recommend(&own, 3) == SEQREC_OK);
  CHECK(of_memory.tokens() == c.tokens());

  seqrec_model* model = nullptr;
  std::string bytes = read_text(c.model_file);
  CHECK(seqrec_model_open_memory(bytes.data(), 5, nullptr, &model) == SEQREC_ERROR_FILE);
  CHECK(last_error() == "the model: no safetensors file: it has only 5 bytes");
  options.histories = "";
  options.histories_bytes = 0;
  CHECK(seqrec_model_open_memory(bytes.data(), bytes.size(), &options, &model) == SEQREC_ERROR_FILE);
  CHECK(last_error() == "the histories: no safetensors file: it has only 0 bytes");
  check_usage(seqrec_model_open_memory(nullptr, 0, nullptr, &model), "bytes must not be NULL");
  check_usage(seqrec_model_open_memory(bytes.data(), bytes.size(), nullptr, nullptr), "model must not be NULL");
}

TEST_CASE("the C interface tells a log what it opens, and what is missing of it") {
  struct Told {
    std::int32_t level;
    std::string text;
  };
  std::vector<Told> told;
  const TinyFiles files;
  seqrec_model_options options = files.options();
  options.log_data = &told;
  options.log = [](void* data, std::int32_t level, const char* text) {
    static_cast<std::vector<Told>*>(data)->push_back({level, text});
  };
  CHECK(try_open(files.model_file, options) == SEQREC_OK);
  REQUIRE(told.size() == 1);
  CHECK(told[0].level == SEQREC_LOG_INFO);
  CHECK(told[0].text == files.model_file + ": a SHAN of 20 items and 5 users");

  told.clear();
  options.histories_file = nullptr;
  CHECK(try_open(SEQREC_SOURCE_DIR "/tests/fuzz/corpus/model/SHAN.safetensors", options) == SEQREC_OK);
  REQUIRE(told.size() == 2);
  CHECK(told[1].level == SEQREC_LOG_WARNING);
  CHECK(told[1].text.find("checksums") != std::string::npos);
}

TEST_CASE("the C interface keeps the last error for each thread") {
  CHECK(seqrec_model_open(nullptr, nullptr, nullptr) == SEQREC_ERROR_USAGE);
  std::string of_thread = "?";
  std::thread([&] { of_thread = seqrec_last_error(); }).join();
  CHECK(of_thread.empty());
  CHECK(last_error() == "file must not be NULL");
}
