#include <iostream>
#include <map>
#include <optional>
#include <utility>

#include <unistd.h>

#include "cli/answer_text.h"
#include "cli/command.h"
#include "cli/item_list.h"
#include "cli/name.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/standard_streams.h"
#include "core/file.h"
#include "core/input_file.h"
#include "core/output_file.h"
#include "infer/messages.h"

namespace seqrec::cli {
namespace {

constexpr std::size_t kBlock = 1024, kShownBlock = 256;  // requests answered at once; where it shows how far it is

struct RecommendOptions {
  std::string model_file, user, history, input, candidates, exclude, out;
  bool has_user = false, has_history = false, all_users = false, exclude_seen = false;
  std::int64_t k = 10;
  infer::SessionOptions session;
  ThreadsOption threads;
  Format format = Format::Text;
};

/// Writes answers as lines, to standard output or a file, and counts what could not be answered.
class Answers {
 public:
  /// Of so many requests, if that is known: then it shows how far it is, unless the answers go to a terminal.
  Answers(const infer::Session& session, const RecommendOptions& options, std::int64_t requests = 0)
      : session_(session), options_(options), header_(options.format == Format::Csv ? csv_header() : "") {
    if (requests > 0 && (!options.out.empty() || isatty(STDOUT_FILENO) == 0)) expected_ = requests;
    if (options.out.empty()) return;
    make_folder_of(options.out);
    file_.emplace(options.out);
  }

  void add(infer::Request request) {
    requests_.push_back(std::move(request));
    errors_.emplace_back();
    if (errors_.size() == (expected_ > 0 ? kShownBlock : kBlock)) flush();
  }

  /// What is no request: its answer is the error.
  void add_bad(std::string error) {
    errors_.push_back(std::move(error));
    ++bad_;
    if (errors_.size() == (expected_ > 0 ? kShownBlock : kBlock)) flush();
  }

  /// Answers what was added so far.
  void flush() {
    if (expected_ > 0) bar_.update("recommend", total_, expected_);
    const std::vector<infer::Answer> answers = session_.recommend(requests_);
    std::string text = std::exchange(header_, "");
    std::size_t next = 0;
    for (std::string& error : errors_) {
      if (error.empty()) {
        text += told(requests_[next], answers[next]);
        ++next;
      } else {
        infer::Answer none;
        none.error = std::move(error);
        text += told({}, none);
      }
    }
    requests_.clear();
    errors_.clear();
    if (file_) {
      file_->write(text);
    } else {
      std::cout << text;
      check_output();
    }
  }

  /// Answers what is left; the exit code.
  int finish() {
    flush();
    bar_.clear();
    if (file_) file_->commit();
    if (unknown_items_ > 0)
      show_notices({concat("items of histories that the model doesn't know, skipped: ", unknown_items_)});
    if (unknown_users_ > 0) show_notices({concat("users that the model doesn't know: ", unknown_users_)});
    if (bad_ > 0) show_notices({concat("lines that are no request: ", bad_)});
    if (failed_ == 0) return kSuccess;
    require<DataError>(total_ > 1, first_error_);
    std::cerr << program_name() << ": " << failed_ << " of " << total_
              << " requests got no answer; the first: " << first_error_ << '\n';
    return kFailure;
  }

 private:
  /// An answer as it is written, counted.
  std::string told(const infer::Request& request, const infer::Answer& answer) {
    ++total_;
    unknown_items_ += answer.unknown_items;
    unknown_users_ += answer.unknown_user;
    if (!answer.error.empty() && failed_++ == 0) first_error_ = answer.error;
    if (options_.format == Format::Text) return as_text(request, answer);
    if (options_.format == Format::Csv) return csv_lines(total_, request.user, answer);
    return infer::to_json(request.user, answer).dump() + "\n";
  }

  static std::string as_text(const infer::Request& request, const infer::Answer& answer) {
    const std::string error = answer.error.empty() ? "" : concat("  ", answer.error, "\n");
    return concat(request.user ? "user " + *request.user : std::string(request.history ? "history" : "no request"),
                  "\n", error, item_lines(answer));
  }

  const infer::Session& session_;
  const RecommendOptions& options_;
  std::string header_;  // still to be written
  std::optional<OutputFile> file_;
  std::vector<infer::Request> requests_;
  std::vector<std::string> errors_;  // of each line: of what is no request, else empty and the next of the requests
  std::int64_t total_ = 0, failed_ = 0, bad_ = 0, unknown_items_ = 0, unknown_users_ = 0;
  std::string first_error_;
  std::int64_t expected_ = 0;  // requests; 0: nothing is shown of how far it is
  ProgressBar bar_;
};

/// The users with a history: the others are known from the .user file alone.
std::vector<std::int32_t> all_users(const infer::Session& session) {
  std::vector<std::int32_t> out;
  for (std::int32_t id = 1; id < session.file().users.size(); ++id)
    if (!session.histories()->recent(id).empty()) out.push_back(id);
  return out;
}

void add_lines(const infer::Session& session, const std::string& file, const infer::Request& defaults,
               Answers& answers) {
  InputFile input(file);
  input.before_waiting([&] { answers.flush(); });
  std::int64_t number = 0;
  for (std::string line; input.read_line(line);) {
    if (++number == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);  // a byte order mark
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    std::optional<infer::Request> request;
    try {
      request = infer::request_of(Json::parse(line), session, defaults);
    } catch (const FormatError& error) {
      answers.add_bad(concat(file, ":", number, ": ", error.what()));
    }
    if (request) answers.add(std::move(*request));
  }
}

int recommend(const RecommendOptions& options) {
  const int sources = options.all_users + !options.input.empty() + (options.has_user || options.has_history);
  require<UsageError>(sources == 1, "recommend for whom? Give --user and/or --history, or --input, or --all-users");
  const std::string model_file = model_file_of(options.model_file);
  const auto histories = models::histories_path(model_file);
  require_apart(options.out, {model_file, histories, options.input, options.candidates, options.exclude});
  options.threads.apply();
  infer::Session session(model_file, options.session);
  if (!session.file().has_checksums) show_notices({no_checksums_notice(model_file)});
  const bool by_user = options.all_users || (options.has_user && !options.has_history);
  const bool what_user_saw = options.has_user && options.exclude_seen;
  const bool there = file_exists(histories);
  require<IoError>(
      there || !by_user, histories.string(),
      " is not there, so no user's history is known; give --history (train writes it, import with --histories)");
  if (there && (by_user || what_user_saw || !options.input.empty())) session.load_histories(histories);
  if (!there && what_user_saw)
    show_notices({"--exclude-seen: " + histories.string() + " is not there; only the history given is left out"});

  infer::Request defaults;
  defaults.k = options.k;
  defaults.exclude_seen = options.exclude_seen;
  defaults.candidates = read_items(session, options.candidates);
  defaults.exclude = read_items(session, options.exclude);

  const std::vector<std::int32_t> users = options.all_users ? all_users(session) : std::vector<std::int32_t>();
  Answers answers(session, options, std::ssize(users));
  for (const std::int32_t user : users) {
    infer::Request request = defaults;
    request.user = session.file().users.token(user);
    answers.add(std::move(request));
  }
  if (options.all_users) return answers.finish();
  if (!options.input.empty()) {
    add_lines(session, options.input, defaults, answers);
  } else {
    if (options.has_user) defaults.user = options.user;
    if (options.has_history) defaults.history = infer::split_tokens(options.history);
    if (defaults.history && defaults.history->size() == 1 && options.history.find(',') != std::string::npos &&
        session.items(*defaults.history)->unknown > 0)
      show_notices({"--history: it names one item, with a comma in it; a space goes between two"});
    answers.add(defaults);
  }
  return answers.finish();
}

}  // namespace

std::function<int()> declare_recommend(CLI::App& app) {
  auto o = std::make_shared<RecommendOptions>();
  add_path(app, "MODEL_FILE", o->model_file, "A model file, or the folder of a run")->required();
  auto* user =
      app.add_option("--user", o->user, "A user, whose history lies beside the model file")->type_name("TOKEN");
  auto* history = app.add_option("--history", o->history,
                                 "Items, oldest first, with spaces between them (with or "
                                 "without --user)")
                      ->type_name("'TOKEN ..'");
  add_input(app, "--input", o->input, "Requests, one JSON object per line: user, history, k")->type_name("FILE");
  app.add_flag("--all-users", o->all_users, "Every user with a history beside the model file");
  add_number(app, "-k", o->k, kFromOne, "Items per request (default: 10)")->type_name("N");
  app.add_flag("--exclude-seen", o->exclude_seen, "Leave out what the user has seen");
  add_input(app, "--candidates", o->candidates, "Recommend only these items, one per line")->type_name("FILE");
  add_input(app, "--exclude", o->exclude, "Never recommend these items, one per line")->type_name("FILE");
  add_policies(app, o->session);
  add_output(app, "--out", o->out, "Write there instead of to standard output, as one step")->type_name("FILE");
  add_device(app, o->session.device);
  o->threads.add_to(app);
  add_answer_format(app, "--format,--log-format", o->format);
  return [o, user, history] {
    o->has_user = user->count() > 0;
    o->has_history = history->count() > 0;
    return recommend(*o);
  };
}

}  // namespace seqrec::cli
