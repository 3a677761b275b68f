#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "infer/workspace.h"
#include "models/histories_file.h"
#include "models/model_file.h"

namespace seqrec::infer {

/// A user token that the model doesn't know.
enum class UnknownUser {
  Mean,  ///< gets the mean of the known users' embeddings (their row 0 is padding, which training never sees)
  Error  ///< UnknownUserError
};
/// A history without an item that the model knows.
enum class EmptyHistory {
  Error,  ///< EmptyHistoryError: the caller decides what a newcomer is shown
  Model   ///< what the model makes of an empty window (RecBole: of padding alone)
};

struct UnknownUserError : UsageError {
  using UsageError::UsageError;
};
struct EmptyHistoryError : UsageError {
  using UsageError::UsageError;
};

struct SessionOptions {
  DType dtype = DType::F32;
  Device device = kCpu;  ///< opened (kernels/cuda.h) if it is none of the CPU; its calls then take turns
  UnknownUser unknown_user = UnknownUser::Mean;
  EmptyHistory empty_history = EmptyHistory::Error;
};

/// Who answers a batch of requests.
enum class Threads {
  All,  ///< as many as set_num_threads says
  One   ///< the caller alone, where the model answers windows by themselves: for callers with threads of their own
};

/// Items of a request, looked up once and shared by as many requests as like.
struct ItemSet {
  std::vector<std::int32_t> ids;  ///< ascending, without repeats
  std::int64_t unknown = 0;       ///< tokens that the model doesn't know
};

/// What is asked for. Items that the model doesn't know are skipped and counted.
struct Request {
  std::optional<std::string> user;  ///< without one: as an unknown user under UnknownUser::Mean
  /// Oldest first; the model looks at the last MAX_ITEM_LIST_LENGTH known ones. Without it: the user's, from the loaded
  /// histories.
  std::optional<std::vector<std::string>> history;
  std::int64_t k = 10;
  /// Leaves out the items of the whole history given and, where histories are loaded, all that the user has seen.
  bool exclude_seen = false;
  std::shared_ptr<const ItemSet> exclude;     ///< null: none
  std::shared_ptr<const ItemSet> candidates;  ///< null: the whole catalogue
};

/// The same in ids, for who looked them up already: nothing is copied, and nothing allocated but what a workspace
/// lacks. UsageError for an id that isn't there.
struct IdRequest {
  std::optional<std::span<const std::int32_t>> history;  ///< as Request's; none: the user's, from the loaded histories
  std::int32_t user = 0;                                 ///< 0: none that the model knows
  std::int64_t k = 10;
  bool exclude_seen = false;            ///< as Request's
  const ItemSet* exclude = nullptr;     ///< null: none
  const ItemSet* candidates = nullptr;  ///< null: the whole catalogue
  models::LastWindow* last = nullptr;   ///< of a session's requests, whose history grows: makes the next one cheaper
};

/// What an IdRequest doesn't tell of the one who asks, for errors by policy.
struct Asker {
  std::optional<std::string_view> user;  ///< the token that was named
  bool unknown_user = false;
  std::int64_t unknown_items = 0;  ///< of the history given
};

struct ScoredId {
  std::int32_t id;
  double score;
};

/// One of a batch.
struct IdAnswer {
  std::span<ScoredId> best;  ///< given: room for the request's k, or for the catalogue
  std::int64_t found = 0;
  std::exception_ptr error;  ///< why there is none: UsageError or NumericError
};

struct ScoredItem {
  std::int32_t id;
  std::string_view token;  ///< lives as long as the session, as does the title
  std::string_view title;  ///< "" where the model file has none
  double score;
};

struct Answer {
  std::vector<ScoredItem>
      items;  ///< best first, of equal scores the lower id first; fewer than k where there are fewer
  std::int64_t unknown_items = 0;  ///< of the history given
  bool unknown_user = false;       ///< a user was named that the model doesn't know
  std::string error;               ///< in a batch: why there is no answer; else empty
};

/// An open model file that answers requests. No thread is started unless set_num_threads asks for some. Every const
/// function may be called from several threads at the same time.
class Session {
 public:
  /// Errors as models::load_model's, FormatError for a model that is only pre-trained; DeviceError if there is no such
  /// device.
  explicit Session(const std::filesystem::path& model_file, SessionOptions options = {});
  /// The same of an open file, or of bytes in memory, which are not needed afterwards.
  explicit Session(const SafetensorsReader& model_file, SessionOptions options = {});
  /// A model that lies on options.device already.
  explicit Session(models::LoadedModel loaded, SessionOptions options = {});

  /// Reads a histories file (models::histories_path), for requests by user alone. Errors as Histories::load's.
  void load_histories(const std::filesystem::path& path);
  void load_histories(const SafetensorsReader& histories);

  /// At the start Threads::All. Not while requests are answered.
  void set_threads(Threads threads) { threads_ = threads; }
  Threads threads() const { return threads_; }

  const models::ModelFile& file() const { return loaded_.file; }
  /// Null until loaded.
  const models::Histories* histories() const { return histories_ ? &*histories_ : nullptr; }

  /// An item by its id, with what it is shown as.
  ScoredItem item(std::int32_t id, double score) const;
  /// The model's vectors of the items [begin, end), on the CPU (SequentialRecommender::item_vectors).
  Tensor item_vectors(std::int64_t begin, std::int64_t end) const;
  /// The same of SequentialRecommender::scoring_vectors.
  Tensor scoring_vectors(std::int64_t begin, std::int64_t end) const;
  /// The vector of a request's history (SequentialRecommender::history_vectors), of a model that has such vectors, into
  /// out [width]. Of the request, only user and history count. Errors as recommend's.
  void history_vector(const IdRequest& request, Workspace& workspace, std::span<float> out) const;

  std::shared_ptr<const ItemSet> items(std::span<const std::string> tokens) const;
  /// UsageError for an id that isn't there.
  std::shared_ptr<const ItemSet> items(std::span<const std::int32_t> ids) const;

  /// Answers one request. UsageError if it asks for k < 1, or names neither a history nor a user whose history is
  /// loaded; UnknownUserError and EmptyHistoryError by policy; NumericError if a score is not finite.
  Answer recommend(const Request& request) const;
  /// Answers many, in batches of bounded memory. A request that can't be answered has the reason in `error`.
  std::vector<Answer> recommend(std::span<const Request> requests) const;

  /// The scores of given items, in their order; nothing for one that the model doesn't know. Of the request, only user
  /// and history count. Errors as recommend's.
  std::vector<std::optional<double>> score(const Request& request, std::span<const std::string> items) const;

  /// The same in ids, on the calling thread alone: the best into `best`, which has room for k (or for the catalogue);
  /// how many they are. Where the model answers windows by themselves (SequentialRecommender::answers_alone) no lock is
  /// taken, and once a workspace has seen as large a request, nothing is allocated; nor is it for many.
  std::int64_t recommend(const IdRequest& request, Workspace& workspace, std::span<ScoredId> best) const;
  /// Many, in batches of bounded memory.
  void recommend(std::span<const IdRequest> requests, Workspace& workspace, std::span<IdAnswer> answers) const;
  /// UnknownUserError, EmptyHistoryError and UsageError where look-ups ended in a request that isn't to be answered.
  void check_asker(const IdRequest& request, const Asker& asker) const;
  /// The scores of given items, in their order, into `scores`, which has room for them. Of the request, only user and
  /// history count.
  void score(const IdRequest& request, std::span<const std::int32_t> items, Workspace& workspace,
             std::span<double> scores) const;

 private:
  struct Prepared;
  /// A request's ids, in the arena; what it says of unknown users and items goes to the answer.
  IdRequest look_up(const Request& request, Arena& arena, Answer& answer) const;
  Prepared prepare(const IdRequest& request, Arena& arena) const;
  Prepared prepare(const Request& request, Arena& arena, Answer& answer) const;
  /// Answers that are all of one kind: among candidates, or the catalogue.
  void answer(std::span<Prepared> block, Arena& arena) const;
  /// Answers n requests in blocks: `prepare(i)` makes a Prepared, `done(i, prepared)` takes the answer, and `failed(i,
  /// error)` an error that the request is to blame for, while that is handled.
  template <class Prepare, class Done, class Failed>
  void answer_all(std::size_t n, Arena& arena, Prepare&& prepare, Done&& done, Failed&& failed) const;
  void answer_catalogue(std::span<Prepared> block) const;
  void answer_catalogue_alone(std::span<Prepared> block, Arena& arena) const;
  void answer_candidates(std::span<Prepared> block, Arena& arena) const;
  /// The scores of the items of each request's list, one list after the other.
  std::span<const double> scores_of(std::span<const Prepared> block, std::span<const std::int32_t> items,
                                    std::span<const std::int32_t> offsets, Arena& arena) const;
  void write_items(const Prepared& request, Answer& answer) const;
  /// The part of `best` that k items need, or the catalogue. UsageError if it is smaller.
  std::span<ScoredId> room(std::span<ScoredId> best, std::int64_t k) const;
  void check_item(std::int32_t id) const;
  /// Whether so many requests are answered window by window, on the calling thread.
  bool answers_alone(std::size_t requests) const;
  std::unique_lock<std::mutex> turn() const;

  models::LoadedModel loaded_;
  SessionOptions options_;
  Threads threads_ = Threads::All;
  std::int64_t max_length_;
  std::optional<models::Histories> histories_;
  std::unique_ptr<std::mutex> turns_ = std::make_unique<std::mutex>();  // on a device that isn't the CPU
};

}  // namespace seqrec::infer
