#include "train/run.h"

#include <set>

#include "core/error.h"
#include "models/histories_file.h"
#include "train/run_folder.h"
#include "train/trainer.h"

namespace seqrec::train {
namespace {

namespace fs = std::filesystem;

/// Writes what happens to the run folder, then tells the next one.
class Recorder : public Observer {
 public:
  Recorder(const RunFolder& folder, Observer& next) : folder_(folder), next_(next) {}

  void on_notice(const std::string& line) override {
    folder_.log(line);
    next_.on_notice(line);
  }
  void on_start(const RunInfo& info) override {
    folder_.log(concat(info.model, " on ", info.dataset, ": ", info.n_users - 1, " users, ", info.n_items - 1,
                       " items, ", info.train_rows, " + ", info.valid_rows, " + ", info.test_rows,
                       " rows (train, valid, test), ", info.parameters, " parameters"));
    if (info.first_epoch > 1) folder_.log(concat("resumed at epoch ", info.first_epoch));
    next_.on_start(info);
  }
  void on_step(const Progress& progress) override { next_.on_step(progress); }
  void on_epoch(const EpochReport& report) override {
    folder_.add_event(to_json(report));
    folder_.log(concat("epoch ", report.epoch, ": loss ", report.loss, ", ", report.train_seconds, " s",
                       report.valid.empty() ? "" : "; valid: ", to_text(report.valid)));
    next_.on_epoch(report);
  }
  void on_result(const RunResult& result) override {
    folder_.add_event(to_json(result));
    folder_.log(concat("best epoch ", result.best_epoch, "; test: ", to_text(result.test)));
    next_.on_result(result);
  }

 private:
  const RunFolder& folder_;
  Observer& next_;
};

data::Config new_config(const TrainRequest& request) {
  data::ConfigInput input = request.config;
  require<UsageError>(!request.model.empty(), "no model is given (--model SHAN)");
  input.model_keys = models::model_info(request.model).keys;
  input.options.push_back({"model", request.model, "--model"});
  return data::Config(input);
}

/// The configuration of the run in the folder; what the request says beside it must agree.
data::Config stored_config(const TrainRequest& request, const RunFolder& folder) {
  Json stored;
  try {
    stored = Json::parse(read_text(folder.config_file()));
    stored.at("model").as_string();
  } catch (const FormatError& error) {
    throw FormatError(concat(folder.config_file().string(), ": ", error.what()));
  }
  data::ConfigInput input = request.config;
  input.model_keys = models::model_info(stored.at("model").as_string()).keys;
  input.stored = stored;
  if (!request.model.empty()) input.options.push_back({"model", request.model, "--model"});
  data::Config config(input);
  for (const auto& [key, value] : stored.as_object())
    if (key != "data_path" && config.is_explicit(key) && config.at(key) != value)
      throw ConfigError(concat(key, " (", config.source(key), "): got ", config.at(key).dump(), ", but the run in ",
                               folder.path().string(), " has ", value.dump()));
  return config;
}

/// The effective configuration, with a data_path that holds from any working folder.
Json to_store(const data::Config& config) {
  Json out = config.effective();
  out["data_path"] = fs::absolute(config.get_string("data_path")).lexically_normal().string();
  return out;
}

/// RecBole's item_attribute.
const data::FeatureColumn& attribute_column(const data::Dataset& dataset, const data::Config& config) {
  using data::FieldType;
  const std::string& field = config.get_string("item_attribute");
  const data::FeatureColumn* column = dataset.item_features.find(field);
  require<DataError>(column != nullptr, dataset.name, ": no column '", field, "' of the items (item_attribute)");
  require<DataError>(column->type == FieldType::Token || column->type == FieldType::TokenSeq, dataset.name,
                     ": column '", field, "' of the items (item_attribute) has type ", name_of(column->type),
                     ", expected token or token_seq");
  require<DataError>(column->vocabulary.size() > 1, dataset.name, ": column '", field,
                     "' of the items (item_attribute) is empty");
  return *column;
}

models::ItemAttributes item_attributes(const data::FeatureColumn& column, std::int64_t n_items) {
  models::ItemAttributes out{{0}, {}, column.type == data::FieldType::Token};
  std::vector<std::int32_t> all;
  for (std::int64_t item = 0; item < n_items; ++item) {
    const std::int64_t begin = out.single_valued ? item : column.offsets[item],
                       end = out.single_valued ? item + 1 : column.offsets[item + 1];
    std::set<std::int32_t> own(column.ids.begin() + begin, column.ids.begin() + end);
    own.erase(0);  // missing
    for (const std::int32_t id : own) all.push_back(id - 1);
    out.offsets.push_back(static_cast<std::int32_t>(all.size()));
  }
  out.ids = Index(std::move(all));
  return out;
}

RunResult stored_result(const RunFolder& folder) {
  try {
    const Json json = Json::parse(read_text(folder.result_file()));
    return {true,
            json.at("best_epoch").as_int(),
            metric_values(json.at("valid")),
            metric_values(json.at("test")),
            folder.model_file().string(),
            json.at("peak_rss_bytes").as_int()};
  } catch (const FormatError& error) {
    throw FormatError(concat(folder.result_file().string(), ": ", error.what()));
  }
}

RunInfo run_info(const models::ModelSpec& spec, const data::Dataset& dataset, const Trainer& trainer,
                 const data::Config& config, const Parameters& parameters, const RunFolder& folder) {
  RunInfo info;
  info.model = spec.model;
  info.dataset = dataset.name;
  info.folder = folder.path().string();
  info.n_users = spec.n_users;
  info.n_items = spec.n_items;
  info.train_rows = static_cast<std::int64_t>(dataset.train.size());
  info.valid_rows = static_cast<std::int64_t>(dataset.valid.size());
  info.test_rows = static_cast<std::int64_t>(dataset.test.size());
  for (const auto& [name, parameter] : parameters) info.parameters += parameter.value().numel();
  info.first_epoch = trainer.state().epoch + 1;
  info.epochs = config.get_int("epochs");
  return info;
}

/// `fresh`: the folder's old content goes once everything was found to be in order.
RunResult run(const RunFolder& folder, const data::Config& config, bool fresh, const std::atomic<bool>* stop,
              Observer& observer) {
  const data::Dataset dataset = data::prepare(config);
  const models::ModelSpec spec = model_spec(config.get_string("model"), dataset, config);
  const auto model = models::make_model(spec, DType::F32, static_cast<std::uint64_t>(config.get_int("seed")));
  Trainer trainer(*model, dataset, config);
  const Evaluator tester(dataset, data::Split::Test, config);

  if (fresh) folder.begin(to_store(config));
  for (const std::string& notice : config.notices()) observer.on_notice(notice);
  for (const std::string& notice : dataset.notices) observer.on_notice(notice);
  if (fs::exists(folder.checkpoint_file())) trainer.load(folder.checkpoint_file());
  std::vector<Json> events;
  for (const EpochReport& report : trainer.state().epochs) events.push_back(to_json(report));
  folder.set_events(events);
  observer.on_start(run_info(spec, dataset, trainer, config, model->parameters(), folder));

  RunResult result;
  try {
    if (!trainer.fit(observer, stop, [&] { trainer.save(folder.checkpoint_file()); })) {
      observer.on_notice(concat("stopped in epoch ", trainer.state().epoch + 1, ", step ", trainer.state().step,
                                "; go on with --resume ", folder.path().string()));
      return result;
    }
  } catch (const Error& error) {
    folder.log(concat("error: ", error.what()));
    throw;
  }
  trainer.use_best();
  result.finished = true;
  result.best_epoch = trainer.state().best_epoch;
  result.valid = trainer.best_valid();
  if (tester.rows() > 0) result.test = rounded(tester.evaluate(*model), config.get_int("metric_decimal_place"));
  result.model_file = folder.model_file().string();
  models::save_model_file(folder.model_file(), model_file(spec, dataset, config), *model);
  save_histories(models::histories_path(folder.model_file()), dataset);
  result.peak_rss_bytes = peak_rss_bytes();
  write_text(folder.result_file(), to_json(result).dump(2) + "\n");
  observer.on_result(result);
  return result;
}

}  // namespace

RunResult train(const TrainRequest& request, Observer& observer) {
  const bool fresh = request.resume.empty();
  require<UsageError>(fresh || (request.out.empty() && !request.overwrite),
                      "--resume goes on in its own folder: --out and --overwrite don't go with it");
  std::optional<data::Config> config;
  if (fresh) config = new_config(request);
  fs::path out = fresh ? request.out : request.resume;
  if (out.empty()) out = fs::path("saved") / concat(request.model, "-", config->get_string("dataset"));
  const RunFolder folder = fresh ? RunFolder::create(out, request.overwrite) : RunFolder::open(out);
  if (!fresh) config = stored_config(request, folder);
  if (!fresh && fs::exists(folder.result_file())) {
    const RunResult result = stored_result(folder);
    observer.on_result(result);
    return result;
  }
  Recorder recorder(folder, observer);
  return run(folder, *config, fresh, request.stop, recorder);
}

Json hyper_parameters(const std::string& model, const data::Config& config) {
  Json values = Json::object();
  for (const Key& key : models::model_info(model).keys)
    if (!key.local) values[key.name] = config.at(key.name);
  return values;
}

models::ModelSpec model_spec(const std::string& model, const data::Dataset& dataset, const data::Config& config) {
  models::ModelSpec spec{model, dataset.n_users(), dataset.n_items(), hyper_parameters(model, config)};
  if (config.contains("item_attribute")) {
    const data::FeatureColumn& column = attribute_column(dataset, config);
    spec.n_attributes = column.vocabulary.size() - 1;
    spec.attributes = std::make_shared<const models::ItemAttributes>(item_attributes(column, spec.n_items));
  }
  return spec;
}

models::ModelFile model_file(const models::ModelSpec& spec, const data::Dataset& dataset, const data::Config& config) {
  models::ModelFile file;
  file.spec = spec;
  file.users = dataset.users;
  file.items = dataset.items;
  file.config = config.portable();
  file.titles = data::item_titles(config, dataset.items);
  return file;
}

void save_histories(const fs::path& path, const data::Dataset& dataset) {
  // With benchmark_filename a user has several histories, of which the later ones repeat the former: the last one of
  // the longest.
  std::vector<std::int64_t> chosen(static_cast<std::size_t>(dataset.n_users()), -1);
  for (std::int64_t h = 0; h < dataset.histories(); ++h) {
    std::int64_t& best = chosen[static_cast<std::size_t>(dataset.history_users[static_cast<std::size_t>(h)])];
    if (best < 0 || dataset.history(h).size() >= dataset.history(best).size()) best = h;
  }
  std::vector<std::int64_t> offsets = {0};
  std::vector<std::int32_t> items;
  for (std::size_t user = 0; user < chosen.size(); ++user) {
    if (user > 0 && chosen[user] >= 0) {
      const auto history = dataset.history(chosen[user]);
      items.insert(items.end(), history.begin(), history.end());
    }
    offsets.push_back(static_cast<std::int64_t>(items.size()));
  }
  models::Histories(offsets, items, dataset.max_length).save(path, dataset.users, dataset.items);
}

}  // namespace seqrec::train
