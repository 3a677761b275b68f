#include "infer/c/model.h"

#include <algorithm>

#include "infer/c/given.h"
#include "infer/c/query.h"

namespace seqrec::c {
namespace {

using infer::Session;
using infer::SessionOptions;

/// Tells the option's callback.
struct Log {
  template <class... Args>
  void operator()(std::int32_t level, const Args&... args) const {
    if (options.log != nullptr) options.log(options.log_data, level, concat(args...).c_str());
  }
  const seqrec_model_options& options;
};

SafetensorsReader in_memory(const void* data, std::size_t bytes, const char* name) {
  return {std::span(static_cast<const std::byte*>(data), bytes), name};
}

SafetensorsReader in_file(const char* file) { return SafetensorsReader(std::filesystem::path(file)); }

SessionOptions session_options(const seqrec_model_options& given) {
  check_enumerator(given.unknown_user, SEQREC_UNKNOWN_USER_REFUSE, "unknown_user");
  check_enumerator(given.empty_history, SEQREC_EMPTY_HISTORY_ANSWER, "empty_history");
  require<UsageError>(given.histories_file == nullptr || given.histories == nullptr,
                      "histories_file and histories can't both be given");
  SessionOptions options;
  if (given.unknown_user == SEQREC_UNKNOWN_USER_REFUSE) options.unknown_user = infer::UnknownUser::Error;
  if (given.empty_history == SEQREC_EMPTY_HISTORY_ANSWER) options.empty_history = infer::EmptyHistory::Model;
  return options;
}

/// Null if none is given.
std::unique_ptr<CpuMemory> memory_of(const seqrec_model_options& given) {
  require<UsageError>((given.allocate == nullptr) == (given.release == nullptr),
                      "allocate and release must both be given, or neither");
  if (given.allocate == nullptr) return nullptr;
  return std::make_unique<CpuMemory>(CpuMemory::Source{given.allocate, given.release, given.memory_data});
}

void release(const Model* model) {
  const MemoryScope scope(model->memory.get());
  delete model;
}

void tell(const Session& session, const std::string& file, const Log& log) {
  const models::ModelFile& of = session.file();
  log(SEQREC_LOG_INFO, file, ": a ", of.spec.model, " of ", of.items.size() - 1, " items and ", of.users.size() - 1,
      " users");
  if (!of.has_checksums) log(SEQREC_LOG_WARNING, no_checksums_notice(file));
}

/// Opens what `source` reads; `given`, called `name`, is where it reads it from.
template <class Source>
seqrec_status open_model(const void* given, const char* name, const seqrec_model_options* options, seqrec_model** model,
                         Source&& source) {
  if (model != nullptr) *model = nullptr;
  return guard([&] {
    check_not_null(given, name);
    check_not_null(model, "model");
    const seqrec_model_options read_options = read_struct(options, SEQREC_MODEL_OPTIONS_INIT, "options");
    const SessionOptions of_session = session_options(read_options);
    std::unique_ptr<CpuMemory> memory = memory_of(read_options);
    const MemoryScope scope(memory.get());
    const SafetensorsReader reader = source();
    Session session(reader, of_session);
    if (read_options.histories_file != nullptr) session.load_histories(in_file(read_options.histories_file));
    if (read_options.histories != nullptr)
      session.load_histories(in_memory(read_options.histories, read_options.histories_bytes, "the histories"));
    tell(session, reader.file(), Log{read_options});
    const ModelHold held(new Model(std::move(session), std::move(memory)), release);
    *model = new seqrec_model{held};
  });
}

std::int64_t width_of(const Tensor& vectors) { return vectors.defined() ? vectors.size(1) : 0; }

const Model& opened(const seqrec_model* model) {
  check_not_null(model, "model");
  return *model->held;
}

/// Writes what `find` finds in an opened model.
template <class T, class Find>
seqrec_status look_up(const seqrec_model* model, T* out, const char* name, Find&& find) {
  return guard([&] {
    const Model& of = opened(model);
    check_not_null(out, name);
    *out = find(of);
  });
}

seqrec_status find_id(const seqrec_model* model, const char* token, std::int32_t* id,
                      const Vocabulary& (Model::*vocabulary)() const) {
  return look_up(model, id, "id", [&](const Model& of) {
    check_not_null(token, "token");
    return id_of((of.*vocabulary)(), token);
  });
}

seqrec_status find_token(const seqrec_model* model, std::int32_t id, const char** token,
                         const Vocabulary& (Model::*vocabulary)() const) {
  return look_up(model, token, "token", [&](const Model& of) {
    check_id((of.*vocabulary)(), id, 1, "id");
    return (of.*vocabulary)().token(id).data();
  });
}

}  // namespace

Model::Model(infer::Session opened, std::unique_ptr<CpuMemory> its)
    : memory(std::move(its)),
      session(std::move(opened)),
      item_vector_width(width_of(item_vectors(0, 1))),
      history_vector_width(width_of(session.scoring_vectors(0, 1))) {}

Tensor Model::item_vectors(std::int64_t begin, std::int64_t end) const {
  const Tensor vectors = session.scoring_vectors(begin, end);
  return vectors.defined() ? vectors : session.item_vectors(begin, end);
}

void check_width(const Model& model, std::int64_t own, std::int64_t width, const char* what) {
  require<UnsupportedError>(own > 0, "a ", model.session.file().spec.model, " has no ", what);
  require<UsageError>(width == own, "width must be ", own, ", got ", width);
}

}  // namespace seqrec::c

using namespace seqrec;
using namespace seqrec::c;

seqrec_status seqrec_model_open(const char* file, const seqrec_model_options* options, seqrec_model** model) {
  return open_model(file, "file", options, model, [&] { return in_file(file); });
}

seqrec_status seqrec_model_open_memory(const void* bytes, size_t n_bytes, const seqrec_model_options* options,
                                       seqrec_model** model) {
  return open_model(bytes, "bytes", options, model, [&] { return in_memory(bytes, n_bytes, "the model"); });
}

void seqrec_model_close(seqrec_model* model) { delete model; }

seqrec_status seqrec_model_info(const seqrec_model* model, seqrec_info* info) {
  return guard([&] {
    const Model& of = opened(model);
    check_not_null(info, "info");
    check_struct(info, sizeof *info, "info");
    const models::ModelFile& file = of.session.file();
    info->model = file.spec.model.c_str();
    info->n_items = file.items.size() - 1;
    info->n_users = file.users.size() - 1;
    info->max_history = file.max_item_list_length();
    info->item_vector_width = of.item_vector_width;
    info->history_vector_width = of.history_vector_width;
    info->dtype = SEQREC_DTYPE_F32;
    info->has_titles = file.titles.empty() ? 0 : 1;
    info->has_histories = of.session.histories() != nullptr ? 1 : 0;
    info->has_checksums = file.has_checksums ? 1 : 0;
  });
}

seqrec_status seqrec_item_id(const seqrec_model* model, const char* token, int32_t* id) {
  return find_id(model, token, id, &Model::items);
}

seqrec_status seqrec_user_id(const seqrec_model* model, const char* token, int32_t* id) {
  return find_id(model, token, id, &Model::users);
}

seqrec_status seqrec_item_token(const seqrec_model* model, int32_t id, const char** token) {
  return find_token(model, id, token, &Model::items);
}

seqrec_status seqrec_user_token(const seqrec_model* model, int32_t id, const char** token) {
  return find_token(model, id, token, &Model::users);
}

seqrec_status seqrec_item_title(const seqrec_model* model, int32_t id, const char** title) {
  return look_up(model, title, "title", [&](const Model& of) {
    check_id(of.items(), id, 1, "id");
    return of.title(id);
  });
}

seqrec_status seqrec_item_vectors(const seqrec_model* model, int32_t first, int64_t n, int64_t width, float* vectors) {
  return guard([&] {
    const Model& of = opened(model);
    check_count(n, "n");
    check_id(of.items(), first, 1, "first");
    require<UsageError>(n <= of.items().size() - first, "n must be at most ", of.items().size() - first, " from item ",
                        first, " on, got ", n);
    if (n > 0) check_not_null(vectors, "vectors");
    check_width(of, of.item_vector_width, width, "vectors of items");
    const MemoryScope scope(of.memory.get());
    std::ranges::copy(of.item_vectors(first, first + n).span<float>(), vectors);
  });
}
