#include "tune/same_study.h"

#include "core/error.h"
#include "core/shown.h"

namespace seqrec::tune {

Json header_of(const Study& study, const train::RunBinding& binding) {
  const StudyRequest& request = study.request;
  Json out = Json::object();
  out["format"] = 1;
  out["model"] = study.info.model;
  out["dataset"] = study.info.dataset;
  out["metric"] = study.info.metric;
  out["bigger"] = study.info.bigger;
  out["decimal_places"] = study.info.decimal_places;
  out["sampler"] = name_of(request.sampler);
  out["seeds"] = request.seeds;
  out["halving"] = request.min_epochs ? Json(*request.min_epochs) : Json();
  out["eta"] = request.eta;
  out["lanes"] = request.lanes;
  out["space"] = study.space.to_json();
  out["config"] = study.base.portable();
  out["data"] = binding.data();
  return out;
}

void check_same(const Study& study, const Json& own, const Json& stored, const train::RunBinding& binding) {
  const auto differs = [&](const std::string& what, const Json& got, const Json* there) {
    throw ConfigError(concat(what, ": got ", shown(got.dump()), ", but the study in ", study.info.folder, " has ",
                             there ? shown(there->dump()) : "none"));
  };
  require<FormatError>(stored.at("format") == Json(1), "format: got ", stored.at("format").dump(), ", expected 1");
  for (const char* option : {"sampler", "seeds", "halving", "eta", "lanes"})
    if (stored.at(option) != own.at(option)) differs(concat("--", option), own.at(option), &stored.at(option));
  const Json& space = stored.at("space");
  for (const Parameter& parameter : study.space.parameters)
    if (const Json* got = own.at("space").find(parameter.key), *there = space.find(parameter.key);
        !there || *got != *there)
      differs(concat(parameter.key, " (", parameter.source, ")"), *got, there);
  for (const auto& [key, there] : space.as_object())
    require<ConfigError>(own.at("space").find(key) != nullptr, study.request.space.string(), ": lacks ", key,
                         ", which the study in ", study.info.folder, " has as ", shown(there.dump()));
  require<ConfigError>(own.at("space") == space, study.request.space.string(),
                       ": its keys are in another order than those of the study in ", study.info.folder);
  const Json& config = stored.at("config");
  for (const auto& [key, value] : own.at("config").as_object()) {
    const Json* there = config.find(key);
    const bool same = there ? *there == value : !study.base.is_explicit(key);
    if (!same && !space.find(key)) differs(concat(key, " (", study.base.source(key), ")"), value, there);
  }
  binding.check_data(stored.at("data").as_string(), "study began with");
}

void check_results(const StudyContent& content, const StudyInfo& info) {
  for (const TrialResult& result : content.results) {
    const std::string trial = concat("the result of trial ", result.trial);
    require<FormatError>(content.settings.contains(result.trial), trial, " has no line of its trial before it");
    const std::int64_t rungs = std::ssize(info.rungs), values = std::ssize(result.values);
    require<FormatError>(result.rung >= 0 && result.rung < rungs, trial, ": rung: got ", result.rung,
                         ", expected 0 to ", rungs - 1);
    require<FormatError>(!result.error.empty() || values == info.seeds, trial, ": values: got ", values, ", expected ",
                         info.seeds, ", one for each seed");
  }
}

}  // namespace seqrec::tune
