#include "train/row_results.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

#include "core/error.h"
#include "core/file.h"
#include "core/safetensors.h"
#include "core/shown.h"
#include "train/protocol.h"

namespace seqrec::train {
namespace {

using Mode = data::EvalMode::Kind;

constexpr const char* kRowsFormat = "seqrec.rows";
constexpr const char* kRowsVersion = "1";

std::optional<Mode> mode_of(std::string_view text) {
  if (text == "full") return Mode::Full;
  if (text == "labeled") return Mode::Labeled;
  if (text.starts_with("uni") || text.starts_with("pop")) return Mode::Sampled;
  return std::nullopt;
}

template <class T>
void add(SafetensorsWriter& writer, const char* name, const std::vector<T>& values, const Shape& shape) {
  writer.add(name, Tensor::from(values, shape));
}

/// Checks what others rely on: ids in range, groups that count up from 0, ranks among the candidates, finite scores.
class Checker {
 public:
  Checker(const RowResults& rows, std::string file) : rows_(rows), file_(std::move(file)) {}

  void check() const {
    const std::int64_t n_items = rows_.catalogue.n_items;
    each(rows_.target, "target", [&](std::size_t, std::int64_t id) { return id >= 1 && id < n_items; });
    for (const auto* counts : {&rows_.user, &rows_.history_length, &rows_.popularity})
      each(*counts, "user, history_length or popularity", [](std::size_t, std::int64_t n) { return n >= 0; });
    each(rows_.group, "group", [&](std::size_t row, std::int64_t group) {
      const std::int64_t before = row == 0 ? -1 : rows_.group[row - 1];
      return group == before + 1 || (row > 0 && group == before);
    });
    each(rows_.rank, "rank", [&](std::size_t row, std::int64_t rank) {
      return 1 <= rows_.optimistic[row] && rows_.optimistic[row] <= rank && rank <= rows_.pessimistic[row] &&
             rows_.pessimistic[row] <= rows_.candidates[row] && rows_.candidates[row] < n_items;
    });
    const auto finite = [](std::size_t, float score) { return std::isfinite(score); };
    each(rows_.score, "score", finite);
    each(rows_.negative_scores, "negative_scores", finite);
    each(rows_.label, "label", [](std::size_t, float label) { return label == 0 || label == 1; });
  }
  /// After check(), which the lists' number follows from.
  void check_lists() const {
    each(rows_.lists, "lists", [&](std::size_t, std::int64_t id) { return id >= -1 && id < rows_.catalogue.n_items; });
  }

 private:
  template <class T, class F>
  void each(const std::vector<T>& values, const char* what, F&& is_good) const {
    for (std::size_t i = 0; i < values.size(); ++i)
      require<FormatError>(is_good(i, values[i]), file_, ": ", what, ": ", values[i], " at ", i, " is out of range");
  }

  const RowResults& rows_;
  std::string file_;
};

}  // namespace

void RowResults::save(const std::filesystem::path& path) const {
  SafetensorsWriter writer;
  Json metrics = Json::array(), lengths = Json::array();
  for (const MetricInfo& info : choice.metrics) metrics.push_back(info.name);
  for (const std::int64_t length : choice.topk) lengths.push_back(length);
  writer.add_metadata("format", kRowsFormat);
  writer.add_metadata("format_version", kRowsVersion);
  writer.add_metadata("model", model);
  writer.add_metadata("dataset", dataset);
  writer.add_metadata("mode", eval_mode);
  writer.add_metadata("protocol", protocol.dump());
  writer.add_metadata("metrics", metrics.dump());
  writer.add_metadata("topk", lengths.dump());
  writer.add_metadata("tail_ratio", Json(choice.tail_ratio).dump());
  writer.add_metadata("metric_decimal_place", Json(decimal_places).dump());
  writer.add_metadata("user_fingerprint", user_fingerprint);
  writer.add_metadata("item_fingerprint", item_fingerprint);
  each_column(*this, [&](const char* name, const auto& values) {
    if (!values.empty()) add(writer, name, values, {rows()});
  });
  if (!negative_scores.empty())
    add(writer, "negative_scores", negative_scores, {rows(), std::ssize(negative_scores) / rows()});
  if (!lists.empty()) add(writer, "lists", lists, {groups(), k});
  add(writer, "train_counts", catalogue.train_counts, {catalogue.n_items});
  writer.write(path);
}

RowResults RowResults::load(const std::filesystem::path& path) { return load(SafetensorsReader(path)); }

RowResults RowResults::load(const SafetensorsReader& reader) {
  const auto text = [&](const char* key) {
    const auto found = reader.metadata().find(key);
    return found == reader.metadata().end() ? std::string() : found->second;
  };
  require<FormatError>(text("format") == kRowsFormat, reader.file(), ": holds no results by row");
  require<FormatError>(text("format_version") == kRowsVersion, reader.file(), ": has format version ",
                       shown(Json(text("format_version")).dump()), "; this seqrec reads ", kRowsVersion);
  RowResults out;
  const std::optional<Mode> mode = mode_of(text("mode"));
  require<FormatError>(mode.has_value(), reader.file(), ": mode is ", shown(Json(text("mode")).dump()),
                       ", expected full, uniN, popN or labeled");
  out.mode = *mode;
  out.eval_mode = text("mode");
  out.model = text("model");
  out.dataset = text("dataset");
  out.user_fingerprint = text("user_fingerprint");
  out.item_fingerprint = text("item_fingerprint");
  try {
    const Json metrics = Json::parse(text("metrics")), lengths = Json::parse(text("topk"));
    for (const Json& name : metrics.as_array()) out.choice.metrics.push_back(metric_info(name.as_string()));
    for (const Json& length : lengths.as_array()) {
      require<FormatError>(length.as_int() >= 1, "topk holds ", shown(length.dump()), ", expected numbers from 1 on");
      out.choice.topk.push_back(length.as_int());
    }
    out.choice.tail_ratio = Json::parse(text("tail_ratio")).as_double();
    if (!text("protocol").empty()) out.protocol = Json::parse(text("protocol"));
    protocol_lines(out.protocol);  // what can't be told of it is refused here
    out.decimal_places = Json::parse(text("metric_decimal_place")).as_int();
    require<FormatError>(out.decimal_places >= 0, "metric_decimal_place is ", out.decimal_places,
                         ", expected a number from 0 on");
  } catch (const Error& error) {
    throw FormatError(concat(reader.file(), ": what was asked for: ", error.what()));
  }
  const std::int64_t rows = reader.get("place", DType::I64, {-1}).numel();
  require<FormatError>(rows > 0, reader.file(), ": holds no rows");
  const bool ranked = out.mode != Mode::Labeled;
  each_column(out, [&]<class T>(const std::string& name, std::vector<T>& values) {
    const bool is_rank = name.starts_with("rank") || name == "candidates" || name == "group";
    if ((is_rank && !ranked) || (name == "label" && ranked)) return;
    values = reader.get(name, dtype_of<T>, {rows}).template to_vector<T>();
  });
  if (reader.contains("negative_scores"))
    out.negative_scores = reader.get("negative_scores", DType::F32, {rows, -1}).to_vector<float>();
  out.catalogue.train_counts = reader.get("train_counts", DType::I64, {-1}).to_vector<std::int64_t>();
  out.catalogue.n_items = std::ssize(out.catalogue.train_counts);
  const Checker checker(out, reader.file());
  checker.check();
  if (reader.contains("lists")) {
    const Tensor lists = reader.get("lists", DType::I32, {out.groups(), -1});
    out.lists = lists.to_vector<std::int32_t>();
    out.k = lists.size(1);
    checker.check_lists();
  }
  return out;
}

std::filesystem::path rows_path(const std::filesystem::path& run) {
  const std::filesystem::path file = is_folder(run) ? run / "rows.safetensors" : run;
  require<UsageError>(file_exists(file), file.string(),
                      " is not there: a run that is finished and has test rows writes it, and so does seqrec evaluate "
                      "MODEL_FILE --out RUN");
  return file;
}

}  // namespace seqrec::train
