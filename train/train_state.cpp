#include "train/train_state.h"

#include "core/error.h"

namespace seqrec::train {
namespace {

/// A member as `read` takes it; what is wrong with it is told with its name.
template <class Read>
auto member(const Json& json, const char* name, Read read) {
  const Json& value = json.at(name);
  try {
    return read(value);
  } catch (const FormatError& error) {
    throw FormatError(concat(name, ": ", error.what()));
  }
}

std::int64_t integer(const Json& json, const char* name) {
  return member(json, name, [](const Json& value) { return value.as_int(); });
}

double number(const Json& json, const char* name) {
  return member(json, name, [](const Json& value) { return value.as_double(); });
}

std::vector<EpochReport> reports(const Json& list) {
  std::vector<EpochReport> out;
  for (const Json& report : list.as_array()) {
    try {
      out.push_back(epoch_report(report));
    } catch (const FormatError& error) {
      throw FormatError(concat("number ", out.size() + 1, ": ", error.what()));
    }
  }
  return out;
}

}  // namespace

Json to_json(const TrainState& state) {
  Json out = Json::object();
  out["epoch"] = state.epoch;
  out["step"] = state.step;
  out["total_steps"] = state.total_steps;
  out["loss_sum"] = state.loss_sum;
  out["train_seconds"] = state.train_seconds;
  out["evaluations"] = state.evaluations;
  out["cur_step"] = state.early.cur_step;
  out["best_score"] = state.early.best_score ? Json(*state.early.best_score) : Json();
  out["best_epoch"] = state.best_epoch;
  out["stopped"] = state.early.stopped;
  Json epochs = Json::array();
  for (const EpochReport& report : state.epochs) epochs.push_back(to_json(report));
  out["epochs"] = std::move(epochs);
  return out;
}

TrainState train_state(const Json& json) {
  TrainState state;
  state.epoch = integer(json, "epoch");
  state.step = integer(json, "step");
  state.total_steps = integer(json, "total_steps");
  state.loss_sum = number(json, "loss_sum");
  state.train_seconds = number(json, "train_seconds");
  state.evaluations = integer(json, "evaluations");
  state.early.cur_step = integer(json, "cur_step");
  if (!json.at("best_score").is_null()) state.early.best_score = number(json, "best_score");
  state.best_epoch = integer(json, "best_epoch");
  state.early.stopped = member(json, "stopped", [](const Json& value) { return value.as_bool(); });
  state.epochs = member(json, "epochs", reports);
  return state;
}

}  // namespace seqrec::train
