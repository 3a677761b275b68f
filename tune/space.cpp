#include "tune/space.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <span>

#include "core/file.h"
#include "core/shown.h"
#include "data/number.h"

namespace seqrec::tune {
namespace {

using Kind = Distribution::Kind;

[[noreturn]] void fail(const std::string& key, const std::string& source, const std::string& got,
                       const std::string& expected) {
  throw ConfigError(concat(shown(key), " (", source, "): got ", shown(got), ", expected ", expected));
}

/// The distribution of numbers of this kind; `got` is what was written.
Distribution of_numbers(Kind kind, const std::vector<double>& numbers, const Parameter& parameter,
                        const std::string& got) {
  const bool steps = kind == Kind::QUniform;
  const auto refuse = [&](const std::string& expected) { fail(parameter.key, parameter.source, got, expected); };
  if (numbers.size() != (steps ? 3 : 2)) refuse(concat(name_of(kind), steps ? " low, high, step" : " low, high"));
  if (!std::ranges::all_of(numbers, [](double x) { return std::isfinite(x); })) refuse("finite numbers");
  if (numbers[0] >= numbers[1]) refuse("a low bound below the high one");
  if (steps && numbers[2] <= 0) refuse("a step above 0");
  return {kind, {}, numbers[0], numbers[1], steps ? numbers[2] : 0, numbers};
}

void check_distinct(const std::vector<Json>& choices, const Parameter& parameter) {
  for (std::size_t i = 0; i < choices.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (choices[i] == choices[j])
        fail(parameter.key, parameter.source, Json(choices).dump(), concat(choices[i].dump(), " once"));
}

Distribution of_choices(Json::Array choices, const Parameter& parameter) {
  if (choices.empty()) fail(parameter.key, parameter.source, "[]", "at least one choice");
  check_distinct(choices, parameter);
  return {Kind::Choice, std::move(choices)};
}

/// The kind of a distribution of numbers.
std::optional<Kind> kind_of(std::string_view name) {
  for (const Kind kind : {Kind::Uniform, Kind::LogUniform, Kind::QUniform})
    if (name == name_of(kind)) return kind;
  return std::nullopt;
}

Distribution of_yaml(const Json& value, const Parameter& parameter) {
  constexpr const char* kExpected =
      "a list of choices, or one of {uniform: [low, high]}, {loguniform: [low, high]}, {quniform: [low, high, step]}";
  if (value.is_array()) return of_choices(value.as_array(), parameter);
  const auto refuse = [&](const std::string& expected) {
    fail(parameter.key, parameter.source, value.dump(), expected);
  };
  if (!value.is_object() || value.as_object().size() != 1) refuse(kExpected);
  const auto& [name, bounds] = value.as_object()[0];
  const std::optional<Kind> kind = kind_of(name);
  if (!kind || !bounds.is_array()) refuse(kExpected);
  std::vector<double> numbers;
  for (const Json& number : bounds.as_array()) {
    if (!number.is_number()) refuse(kExpected);
    numbers.push_back(number.as_double());
  }
  Distribution out = of_numbers(*kind, numbers, parameter, value.dump());
  if (*kind == Kind::LogUniform) {
    if (out.low <= 0) refuse("bounds above 0 (of the value, not of its logarithm)");
    out.low = std::log(out.low);
    out.high = std::log(out.high);
  }
  return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    out.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

/// "KEY KIND VALUES": the first two words, and what follows.
std::array<std::string_view, 3> words_of(std::string_view line) {
  std::array<std::string_view, 3> out;
  for (std::size_t i = 0; i < 2; ++i) {
    line = data::trim(line);
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    out[i] = line.substr(0, end);
    line.remove_prefix(end);
  }
  out[2] = data::trim(line);
  return out;
}

Distribution of_hyper(std::string_view kind_name, std::string_view values, const Parameter& parameter) {
  const std::string got = concat(kind_name, values.empty() ? "" : " ", values);
  if (kind_name == name_of(Kind::Choice)) {
    const Json choices = data::parse_setting(values);
    if (!choices.is_array()) fail(parameter.key, parameter.source, got, "choice [a, b, ..]");
    return of_choices(choices.as_array(), parameter);
  }
  const std::optional<Kind> kind = kind_of(kind_name);
  if (!kind) fail(parameter.key, parameter.source, got, "choice, uniform, loguniform or quniform");
  std::vector<double> numbers;
  for (const std::string_view word : split(values, ',')) {
    const auto number = data::parse_number<double>(word);
    if (!number) fail(parameter.key, parameter.source, got, concat("numbers after ", name_of(*kind)));
    numbers.push_back(*number);
  }
  Distribution out = of_numbers(*kind, numbers, parameter, got);
  if (*kind == Kind::LogUniform) {
    for (double& bound : out.bounds) bound = std::exp(bound);
    if (out.bounds[0] == 0 || std::isinf(out.bounds[1]))
      fail(parameter.key, parameter.source, got, "natural logarithms of numbers above 0, such as loguniform -8,0");
  }
  return out;
}

void add(Space& space, Parameter parameter) {
  for (const Parameter& other : space.parameters)
    require<ConfigError>(other.key != parameter.key, shown(parameter.key), " (", parameter.source,
                         ") is there already: ", other.source);
  space.parameters.push_back(std::move(parameter));
}

/// A line of RecBole's format that isn't empty, nor a comment.
bool is_hyper_line(std::string_view line) {
  const auto [key, kind, values] = words_of(line);
  return !key.starts_with('#') && !key.ends_with(':') && (kind == name_of(Kind::Choice) || kind_of(kind));
}

}  // namespace

std::int64_t Space::combinations() const {
  std::int64_t out = 1;
  for (const Parameter& parameter : parameters) {
    if (parameter.distribution.kind != Kind::Choice) return 0;
    const auto n = static_cast<std::int64_t>(parameter.distribution.choices.size());
    constexpr std::int64_t kMost = std::int64_t{1} << 40;  // more than anyone waits for
    out = std::min(out * n, kMost);
  }
  return out;
}

Point Space::sample(Random& random) const {
  Point out;
  for (const Parameter& parameter : parameters) out.push_back(parameter.distribution.sample(random));
  return out;
}

std::vector<data::ConfigInput::Option> Space::options(const Point& point) const {
  std::vector<data::ConfigInput::Option> out;
  for (std::size_t i = 0; i < parameters.size(); ++i)
    out.push_back({parameters[i].key, parameters[i].distribution.value(point[i]), parameters[i].source});
  return out;
}

Json Space::values(const Point& point) const {
  Json out = Json::object();
  for (const auto& [key, value, source] : options(point)) out[key] = value;
  return out;
}

Json Space::to_json() const {
  Json out = Json::object();
  for (const Parameter& parameter : parameters) out[parameter.key] = parameter.distribution.to_json();
  return out;
}

Space parse_yaml_space(std::string_view text, const std::string& name) {
  Space space;
  for (const data::YamlEntry& entry : data::parse_yaml(text, name))
    add(space, parse_parameter(entry.key, entry.value, concat(name, ":", entry.line)));
  return space;
}

Parameter parse_parameter(const std::string& key, const Json& value, const std::string& source) {
  Parameter parameter{key, {}, source};
  parameter.distribution = of_yaml(value, parameter);
  return parameter;
}

Space parse_hyper_space(std::string_view text, const std::string& name) {
  Space space;
  std::int64_t number = 0;
  for (const std::string_view line : split(text, '\n')) {
    ++number;
    const auto [key, kind, values] = words_of(line);
    if (key.empty() || key.starts_with('#')) continue;
    Parameter parameter{std::string(key), {}, concat(name, ":", number)};
    parameter.distribution = of_hyper(kind, values, parameter);
    add(space, std::move(parameter));
  }
  return space;
}

Space read_space(const std::filesystem::path& file) {
  const std::string text = read_text(file), name = file.string();
  const Space space = std::ranges::any_of(split(text, '\n'), is_hyper_line) ? parse_hyper_space(text, name)
                                                                            : parse_yaml_space(text, name);
  require<ConfigError>(!space.parameters.empty(), name,
                       " names no key, expected lines like `learning_rate: [0.01, 0.001]`");
  return space;
}

namespace {

/// What makes a trial comparable with another one: which rows are measured, and how.
constexpr const char* kSame[] = {"model", "dataset", "data_path", "compat", "seed", "product_precision",
                                 // what is read
                                 "field_separator", "seq_separator", "quoting", "USER_ID_FIELD", "ITEM_ID_FIELD",
                                 "RATING_FIELD", "TIME_FIELD", "LABEL_FIELD", "LIST_SUFFIX", "alias_of_user_id",
                                 "alias_of_item_id", "time_precision", "missing_tokens", "padding_token",
                                 "benchmark_filename", "benchmark_valid_ratio",
                                 // what of it counts
                                 "rm_dup_inter", "val_interval", "filter_inter_by_user_or_item",
                                 "user_inter_num_interval", "item_inter_num_interval", "threshold", "eval_args",
                                 // how it is measured
                                 "repeatable", "mask_history", "eval_negatives", "metrics", "topk", "valid_metric",
                                 "metric_decimal_place", "round_before_compare", "tail_ratio"};

/// RecBole evaluates a choice that is a text, so lists stand in quotes.
Json in_form(const Json& choice, const Parameter& parameter, const data::Config& base) {
  if (!choice.is_string()) return choice;
  const Json parsed = data::parse_setting(choice.as_string());
  if (parsed.is_string()) return choice;
  try {
    [[maybe_unused]] const data::Config taken = base.with({{parameter.key, choice, parameter.source}});
    return choice;
  } catch (const ConfigError&) {
    return parsed;
  }
}

/// The bounds too, and something between them.
std::vector<Json> some_values(const Distribution& distribution) {
  if (distribution.kind == Kind::Choice) return distribution.choices;
  std::vector<Json> out;
  for (const double share : {0.0, 1.0, 0.381966})
    out.push_back(distribution.value(distribution.low + share * (distribution.high - distribution.low)));
  return out;
}

/// A configuration with this value: with a value of another key too where it doesn't go by itself.
data::Config with_value(const Space& space, const data::ConfigInput::Option& option, const data::Config& base) {
  try {
    return base.with({option});
  } catch (const ConfigError&) {
    for (const Parameter& other : space.parameters) {
      if (other.key == option.key) continue;
      for (const Json& value : some_values(other.distribution)) {
        try {
          return base.with({option, {other.key, value, other.source}});
        } catch (const ConfigError&) {  // the next one
        }
      }
    }
    throw;
  }
}

}  // namespace

void check_space(Space& space, const data::Config& base) {
  for (Parameter& parameter : space.parameters) {
    require<ConfigError>(std::ranges::find(kSame, parameter.key) == std::end(kSame), parameter.key, " (",
                         parameter.source, ") is the same in all trials of a study");
    for (Json& choice : parameter.distribution.choices) choice = in_form(choice, parameter, base);
    check_distinct(parameter.distribution.choices, parameter);
  }
  for (const Parameter& parameter : space.parameters) {
    for (const Json& value : some_values(parameter.distribution)) {
      const data::Config tried = with_value(space, {parameter.key, value, parameter.source}, base);
      require<ConfigError>(tried.contains(parameter.key),
                           tried.notices().empty() ? parameter.key : tried.notices().back());
    }
  }
}

}  // namespace seqrec::tune
