// The nested keys: eval_args and train_neg_sample_args, merged over their defaults and checked.
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "core/shown.h"
#include "core/suggest.h"
#include "data/config.h"
#include "data/number.h"
#include "data/point_split.h"

namespace seqrec::data {
namespace {

/// A member that the defaults lack is an error.
void check_members(const Config& config, std::string_view key, const Json& defaults, const Json& given) {
  std::vector<std::string> known;
  for (const auto& [name, value] : defaults.as_object()) known.push_back(name);
  for (const auto& [name, value] : given.as_object())
    if (std::ranges::find(known, name) == known.end())
      throw ConfigError(
          concat("unknown key '", shown(name), "' in ", key, " (", config.source(key), ")", suggest(name, known)));
}

bool is_text(const Json& value, std::initializer_list<std::string_view> texts) {
  return value.is_string() && std::find(texts.begin(), texts.end(), value.as_string()) != texts.end();
}

bool is_ratio_list(const Json& value) {
  if (!value.is_array() || value.as_array().size() != 3) return false;
  double sum = 0;
  for (const Json& part : value.as_array()) {
    if (!part.is_number() || part.as_double() < 0) return false;
    sum += part.as_double();
  }
  return sum > 0;
}

bool is_split(const Json& split) {
  if (!split.is_object() || split.as_object().size() != 1) return false;
  const auto& [name, value] = split.as_object()[0];
  if (name == "LS") return is_text(value, {"valid_and_test", "valid_only", "test_only"});
  return name == "GTS" || ((name == "RS" || name == "TS") && is_ratio_list(value));
}

/// uniN or popN; nothing for another text.
std::optional<NegativeSampling> sampled_mode(const std::string& mode) {
  using Distribution = NegativeSampling::Distribution;
  const std::string_view text = mode;
  const bool uniform = text.starts_with("uni");
  if (!uniform && !text.starts_with("pop")) return std::nullopt;
  const auto number = parse_number<std::int64_t>(text.substr(3));
  if (!number || *number < 1 || *number > 1'000'000) return std::nullopt;
  return NegativeSampling{uniform ? Distribution::Uniform : Distribution::Popularity, *number, 1.0};
}

bool is_mode(const Json& mode) {
  return is_text(mode, {"full", "labeled"}) || (mode.is_string() && sampled_mode(mode.as_string()));
}

/// {valid: .., test: ..}: a single mode is that of both phases, one phase's is the other's too. Nothing for another
/// map.
std::optional<Json> both_modes(const Json& mode) {
  const Json full = "full";
  const Json *valid = &mode, *test = &mode;
  if (mode.is_object()) {
    valid = mode.find("valid");
    test = mode.find("test");
    if (mode.as_object().size() > (valid ? 1u : 0u) + (test ? 1u : 0u)) return std::nullopt;
    if (!valid) valid = test ? test : &full;
    if (!test) test = valid;
  }
  return Json(Json::Object{{"valid", *valid}, {"test", *test}});
}

/// Whether a batch's rows share their negatives.
bool is_sampled_loss(std::string_view loss_type) { return loss_type == "sampled_softmax" || loss_type == "gbce"; }

/// The members of train_neg_sample_args.
std::vector<Key> negative_keys(std::string_view loss_type) {
  std::vector<std::string> distributions{"uniform"};
  if (loss_type != "gbce") distributions.emplace_back("popularity");
  if (loss_type == "sampled_softmax") distributions.insert(distributions.end(), {"in_batch", "mixed"});
  const NumberRange alpha = is_sampled_loss(loss_type) ? NumberRange{.min = 0, .max = 1} : NumberRange{};
  const int sample_num = loss_type == "sampled_softmax" ? 1024 : loss_type == "gbce" ? 256 : 1;
  return {Key::choice("distribution", "uniform", std::move(distributions), "how items are drawn"),
          Key::integer("sample_num", sample_num, {.min = 1, .max = 1'000'000}, "negatives per row, or per batch"),
          Key::number("alpha", 1.0, alpha, "popularity's exponent"), Key::unsupported("dynamic", false),
          Key::any("candidate_num", 0, "any value", "of dynamic")};
}

bool names_no_negatives(const Json& args) {
  if (args.is_null() || is_text(args, {"None", "none", ""})) return true;
  const Json* distribution = args.find("distribution");
  return distribution && (distribution->is_null() || is_text(*distribution, {"None", "none"}));
}

}  // namespace

void Config::complete_eval_args() {
  Entry& args = *find("eval_args");
  Json value = args.key.default_value;
  check_members(*this, "eval_args", value, args.value);
  for (const auto& [name, member] : args.value.as_object()) value[name] = member;
  const std::optional<Json> mode = both_modes(value.at("mode"));
  if (!mode) fail("eval_args", "mode as a name or {valid: .., test: ..}");
  value["mode"] = *mode;
  if (value.at("group_by").is_null()) value["group_by"] = "none";

  if (!is_split(value.at("split")))
    fail("eval_args",
         "split as {LS: valid_and_test}, {LS: valid_only}, {LS: test_only}, {RS: [0.8, 0.1, 0.1]} or "
         "{TS: [0.8, 0.1, 0.1]} (train, valid, test), or {GTS: {at: 0.9, target: last, valid: by_time}}");
  if (Json* point = &value["split"].as_object()[0].second; value.at("split").find("GTS"))
    *point = complete_point_split(*point, args.source);
  if (!is_text(value.at("group_by"), {"user", "none"})) fail("eval_args", "group_by as user or none");
  if (!is_text(value.at("order"), {"TO"})) fail("eval_args", "order as TO (by time), which sequences need");
  for (const char* phase : {"valid", "test"})
    if (!is_mode(mode->at(phase))) fail("eval_args", "mode as full, uniN, popN (N negatives, as in uni100) or labeled");
  args.value = std::move(value);
}

void Config::complete_negatives() {
  Entry& args = *find("train_neg_sample_args");
  const Entry* loss = find("loss_type");
  const std::string loss_type = loss && loss->value.is_string() ? loss->value.as_string() : "";
  const bool written = is_explicit("train_neg_sample_args");
  const std::vector<Key> keys = negative_keys(loss_type);
  const Json defaults = complete_values(keys, {}, "");
  if (names_no_negatives(args.value)) {
    const bool compares = loss_type == "BPR" || loss_type == "BCE" || is_sampled_loss(loss_type);
    if (compares && written)
      fail("train_neg_sample_args",
           concat("negatives such as {distribution: uniform}, because loss_type is ", loss_type));
    args.value = compares ? defaults : Json();
    return;
  }
  if (loss_type == "CE") {
    if (written) fail("train_neg_sample_args", "~, because loss_type CE compares a target with all items");
    args.value = nullptr;
    return;
  }
  if (!args.value.is_object()) fail("train_neg_sample_args");
  check_members(*this, "train_neg_sample_args", defaults, args.value);
  const bool counted = args.value.find("sample_num") != nullptr;
  args.value = complete_values(keys, args.value, concat("train_neg_sample_args, ", args.source));
  if (args.value.at("distribution").as_string() != "in_batch") return;
  if (counted) fail("train_neg_sample_args", "no sample_num, because in_batch takes the batch's targets");
  std::erase_if(args.value.as_object(), [](const auto& member) { return member.first == "sample_num"; });
}

void Config::check_contradictions() const {
  if (!get_bool("repeatable")) fail("repeatable", "True: a sequential model may recommend an item again");
  for (const char* separator : {"field_separator", "seq_separator"})
    if (get_string(separator).empty()) fail(separator, "at least one character");
  if (at("normalize_all") == Json(true) && !get_strings("normalize_field").empty())
    fail("normalize_field", "~ with normalize_all: the two contradict each other");
  for (const auto& [key, loss] : {std::pair{"logq", "sampled_softmax"}, std::pair{"gbce_t", "gbce"}})
    if (contains(key) && is_explicit(key) && get_string("loss_type") != loss)
      fail(key, concat("loss_type ", loss, " with it, which it belongs to"));
  checkpoint_interval();
  std::vector<std::string> files = get_strings("additional_feat_suffix");
  files.insert(files.end(), {"inter", "user", "item"});
  for (const char* key : {"load_col", "unload_col", "unused_col"})
    if (at(key).is_object())
      for (const auto& [suffix, columns] : at(key).as_object())
        if (std::find(files.begin(), files.end(), suffix) == files.end())
          fail(key, concat("columns of inter, user or item, not of '", shown(suffix), "'", suggest(suffix, files)));
  if (at("load_col").is_object() && at("unload_col").is_object())
    for (const auto& [suffix, columns] : at("unload_col").as_object())
      if (at("load_col").find(suffix)) fail("unload_col", concat("no '", suffix, "': load_col names its columns"));
}

NegativeSampling Config::train_negatives() const {
  using Distribution = NegativeSampling::Distribution;
  const Json& args = at("train_neg_sample_args");
  if (args.is_null()) return {};
  const std::string& name = args.at("distribution").as_string();
  const Distribution distribution = name == "uniform"    ? Distribution::Uniform
                                    : name == "in_batch" ? Distribution::InBatch
                                    : name == "mixed"    ? Distribution::Mixed
                                                         : Distribution::Popularity;
  const Json* number = args.find("sample_num");
  return {distribution, number ? number->as_int() : 0, args.at("alpha").as_double(),
          contains("loss_type") && at("loss_type").is_string() && is_sampled_loss(get_string("loss_type"))};
}

EvalMode Config::eval_mode(Split split) const {
  const std::string& mode = at("eval_args").at("mode").at(split == Split::Test ? "test" : "valid").as_string();
  if (mode == "full") return {EvalMode::Kind::Full, {}};
  if (mode == "labeled") return {EvalMode::Kind::Labeled, {}};
  return {EvalMode::Kind::Sampled, *sampled_mode(mode)};
}

}  // namespace seqrec::data
