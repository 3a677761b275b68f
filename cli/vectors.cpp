#include <iostream>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/vector_file.h"
#include "core/file.h"
#include "core/shown.h"
#include "infer/session.h"
#include "models/list.h"

namespace seqrec::cli {
namespace {

enum class Whose { Items, Users, Sessions };

struct VectorsOptions {
  std::string model_file, out;
  Whose of = Whose::Items;
  ThreadsOption threads;
};

/// The rows of a vocabulary's real tokens.
std::vector<std::string_view> tokens_of(const Vocabulary& vocabulary) {
  std::vector<std::string_view> out;
  for (std::int32_t id = 1; id < vocabulary.size(); ++id) out.push_back(vocabulary.token(id));
  return out;
}

/// As seqrec_item_vectors has them: those whose dot product with a session's vector is the score, if there are such.
Tensor item_vectors(const infer::Session& session) {
  const std::int64_t end = session.file().spec.n_items;
  const Tensor vectors = session.scoring_vectors(1, end);
  return vectors.defined() ? vectors : session.item_vectors(1, end);
}

/// The users' table, without its row for no one.
Tensor user_vectors(const infer::Session& session, const models::LoadedModel& loaded) {
  const models::ModelSpec& spec = session.file().spec;
  for (const models::TokenTable& table : models::model_info(spec.model).token_tables(spec))
    if (table.parts.size() == 1 && table.parts[0].of == models::TokenRows::kUsers)
      for (const auto& [name, tensor] : loaded.model->state())
        if (name == table.parameter && tensor.rank() == 2 && tensor.size(0) == spec.n_users)
          return tensor.slice(0, 1, spec.n_users);
  return {};
}

/// The vector of each history beside the model, and whose it is.
NamedVectors session_vectors(const infer::Session& session) {
  NamedVectors out;
  infer::Workspace workspace;
  std::vector<float> values;
  ProgressBar bar;
  const std::int32_t users = session.file().spec.n_users;
  const Tensor of_items = session.scoring_vectors(0, 1);  // as wide as a history's
  if (!of_items.defined()) return out;
  const std::int64_t width = of_items.size(1);
  for (std::int32_t user = 1; user < users; ++user) {
    if (session.histories()->recent(user).empty()) continue;
    infer::IdRequest request;
    request.user = user;
    values.resize(values.size() + static_cast<std::size_t>(width));
    session.history_vector(request, workspace, std::span(values).last(static_cast<std::size_t>(width)));
    out.tokens.push_back(session.file().users.token(user));
    bar.update("sessions", user, users);
  }
  out.values = Tensor::from(values, {std::ssize(out.tokens), width});
  return out;
}

NamedVectors vectors_of(const VectorsOptions& options, const infer::Session& session,
                        const models::LoadedModel& loaded) {
  switch (options.of) {
    case Whose::Items: return {"items", "", tokens_of(session.file().items), item_vectors(session)};
    case Whose::Users: return {"users", "", tokens_of(session.file().users), user_vectors(session, loaded)};
    case Whose::Sessions: break;
  }
  NamedVectors out = session_vectors(session);
  out.of = "sessions";
  return out;
}

int write(const VectorsOptions& options) {
  check_vector_file(options.out);
  const std::string model_file = model_file_of(options.model_file);
  const auto histories = models::histories_path(model_file);
  require_apart(options.out, {model_file, histories});
  options.threads.apply();
  infer::Session session(model_file);
  if (!session.file().has_checksums) show_notices({no_checksums_notice(model_file)});
  if (options.of == Whose::Sessions) {
    require<IoError>(file_exists(histories), histories.string(), " is not there, so no history is known");
    session.load_histories(histories);
  }
  const models::LoadedModel loaded =
      options.of == Whose::Users ? models::load_model(model_file) : models::LoadedModel{};
  NamedVectors vectors = vectors_of(options, session, loaded);
  vectors.model = session.file().spec.model;
  require<UsageError>(vectors.values.defined(), "a ", vectors.model, " has no vectors of ", vectors.of);
  make_folder_of(options.out);
  write_vectors(options.out, vectors);
  std::cout << options.out << ": " << vectors.tokens.size() << ' ' << vectors.of << " of " << vectors.model << ", "
            << vectors.values.size(1) << " numbers each\n";
  return kSuccess;
}

}  // namespace

std::function<int()> declare_vectors(CLI::App& app) {
  auto options = std::make_shared<VectorsOptions>();
  add_path(app, "MODEL_FILE", options->model_file, "A model file, or the folder of a run")->required();
  add_path(app, "--out", options->out, "The file to write: .npy (with the tokens beside it), .safetensors or .csv")
      ->required()
      ->type_name("FILE");
  add_choice<Whose>(app, "--of", options->of,
                    {{"items", Whose::Items}, {"users", Whose::Users}, {"sessions", Whose::Sessions}},
                    "Whose: items (the default), users, or sessions, of the histories beside the model")
      ->type_name("items|users|sessions");
  options->threads.add_to(app);
  return [options] { return write(*options); };
}

}  // namespace seqrec::cli
