#include "tune/study_file.h"

#include <algorithm>
#include <iomanip>
#include <numeric>

#include "core/error.h"
#include "core/file.h"
#include "core/sync.h"
#include "core/text_stream.h"

namespace seqrec::tune {
namespace {

Json header_line(const Json& header) {
  Json line = Json::object();
  line["event"] = "study";
  for (const auto& [key, value] : header.as_object()) line[key] = value;
  return line;
}

Json trial_line(std::int64_t trial, const Json& settings) {
  return Json::Object{{"event", "trial"}, {"trial", trial}, {"settings", settings}};
}

TrialResult result_of(const Json& json) {
  TrialResult out{.trial = json.at("trial").as_int(),
                  .rung = json.at("rung").as_int(),
                  .epochs = json.at("epochs").as_int(),
                  .stopped_early = json.at("stopped_early").as_bool(),
                  .at = json.at("at").as_double()};
  if (const Json* error = json.find("error")) {
    out.error = error->as_string();
  } else {
    for (const Json& value : json.at("values").as_array()) out.values.push_back(value.as_double());
    require<FormatError>(!out.values.empty(), "values: expected at least one");
  }
  return out;
}

void take(const Json& line, StudyContent& content) {
  const std::string& event = line.at("event").as_string();
  require<FormatError>((event == "study") == content.header.is_null(), "expected the study's line once, and first");
  if (event == "study") {
    content.header = line;
    content.header.as_object().erase(content.header.as_object().begin());  // the event
  } else if (event == "trial") {
    const std::int64_t trial = line.at("trial").as_int();
    require<FormatError>(trial >= 1, "trial: got ", trial, ", expected a number from 1");
    require<FormatError>(line.at("settings").is_object(), "settings: expected a map");
    content.settings[trial] = line.at("settings");
  } else if (event == "result") {
    content.results.push_back(result_of(line));
  } else {
    throw FormatError(concat("event: got '", event, "', expected study, trial or result"));
  }
}

}  // namespace

std::optional<double> TrialResult::value() const {
  if (values.empty()) return std::nullopt;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

Json to_json(const TrialResult& result) {
  Json out = Json::object();
  out["event"] = "result";
  out["trial"] = result.trial;
  out["rung"] = result.rung;
  out["epochs"] = result.epochs;
  out["stopped_early"] = result.stopped_early;
  if (result.values.empty())
    out["error"] = result.error;
  else
    out["values"] = Json::Array(result.values.begin(), result.values.end());
  out["at"] = result.at;
  return out;
}

std::map<std::int64_t, TrialResult> StudyContent::last() const {
  std::map<std::int64_t, TrialResult> out;
  for (const TrialResult& result : results) {
    const auto [there, added] = out.try_emplace(result.trial, result);
    if (!added && result.rung >= there->second.rung) there->second = result;
  }
  return out;
}

std::vector<TrialResult> StudyContent::ranked(bool bigger) const {
  std::vector<TrialResult> out;
  for (const auto& [trial, result] : last())
    if (result.value()) out.push_back(result);
  std::ranges::stable_sort(out, [&](const TrialResult& a, const TrialResult& b) {
    return bigger ? *a.value() > *b.value() : *a.value() < *b.value();
  });
  return out;
}

std::optional<TrialResult> StudyContent::best(bool bigger) const {
  const std::vector<TrialResult> all = ranked(bigger);
  return all.empty() ? std::nullopt : std::optional(all.front());
}

StudyContent StudyFile::read() const {
  const std::string text = read_text(path_);
  StudyContent content;
  std::int64_t number = 0;
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find('\n', begin)) != text.npos; begin = end + 1) {
    ++number;
    try {
      take(Json::parse(std::string_view(text).substr(begin, end - begin)), content);
    } catch (const FormatError& error) {
      throw FormatError(concat(path_.string(), ":", number, ": ", error.what()));
    }
  }
  content.torn = begin < text.size();
  return content;
}

void StudyFile::begin(const Json& header) const { write_text(path_, header_line(header).dump() + "\n"); }

void StudyFile::repair(const StudyContent& content) const {
  if (!content.torn) return;
  const std::string text = read_text(path_);
  write_text(path_, std::string_view(text).substr(0, text.rfind('\n') + 1));
}

void StudyFile::add_trial(std::int64_t trial, const Json& settings) const { add_line(trial_line(trial, settings)); }
void StudyFile::add(const TrialResult& result) const { add_line(to_json(result)); }

void StudyFile::add_line(const Json& line) const {
  append_text(path_, line.dump() + "\n");
  sync_file(path_);
}

std::string value_text(const Json& value) {
  if (!value.is_number() || value.is_int()) return value.is_string() ? value.as_string() : value.dump();
  TextStream out;
  out << std::setprecision(4) << value.as_double();
  return out.str();
}

std::filesystem::path study_file(const std::filesystem::path& folder) { return folder / "study.jsonl"; }

}  // namespace seqrec::tune
