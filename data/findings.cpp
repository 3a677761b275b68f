#include "data/findings.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace seqrec::data {
namespace {

void find_unlisted(DataReport& report, const Raw& raw, const AtomicTable& table, std::span<const std::int32_t> ids,
                   std::span<const std::int32_t> rows, const IdSpace& space, std::span<const std::int32_t> inter_ids,
                   const char* what) {
  enum State : char { Unseen, Listed, Counted };
  std::vector<State> states(space.tokens.size());
  for (const std::int32_t row : rows) states[ids[row]] = Listed;
  std::int64_t different = 0, unlisted = 0;
  std::int32_t example = 0;
  for (const std::int32_t row : raw.rows) {
    State& state = states[inter_ids[row]];
    if (state == Unseen && unlisted++ == 0) example = inter_ids[row];
    if (state != Counted) ++different;
    state = Counted;
  }
  if (unlisted > 0)
    report.find(
        concat("unlisted_", what, "s"), unlisted, different,
        concat(table.file, ": ", unlisted, " of ", counted(different, what), " ", unlisted == 1 ? "has" : "have",
               " no row, such as ", in_quotes(space.tokens.token(example)), "; what they have is missing"));
}

void find_missing_words(DataReport& report, const Raw& raw, const IdSpace& space, std::span<const std::int32_t> ids,
                        const std::string& field) {
  std::vector<std::int32_t> words;
  for (const std::string_view word : missing_words())
    if (const auto id = space.tokens.find(word)) words.push_back(*id);
  if (words.empty()) return;
  const std::int64_t count = std::ranges::count_if(
      raw.rows, [&](std::int32_t row) { return std::ranges::find(words, ids[row]) != words.end(); });
  if (count > 0)
    report.find("missing_words", count, std::ssize(raw.rows),
                concat(raw.inter[0].file, ": ", counted(count, "interaction"), " of ", field, " ",
                       in_quotes(space.tokens.token(words[0])), ", taken for a name; missing_tokens: pandas drops ",
                       count == 1 ? "it" : "them"));
}

bool looks_like_a_list(std::string_view token) {
  return token.find_first_of(",;|[]") != std::string_view::npos && token.size() > 1;
}

void insert_keys(std::vector<std::string>& names, const Json& map) {
  if (!map.is_object()) return;
  for (const auto& [field, value] : map.as_object()) names.push_back(field);
}

}  // namespace

void find_unlisted(DataReport& report, const Raw& raw) {
  if (raw.user) find_unlisted(report, raw, *raw.user, raw.user_ids, raw.user_rows, raw.users, raw.inter_users, "user");
  if (raw.item) find_unlisted(report, raw, *raw.item, raw.item_ids, raw.item_rows, raw.items, raw.inter_items, "item");
}

void find_missing_words(DataReport& report, const Raw& raw, const Config& config) {
  if (config.get_string("missing_tokens") == "pandas") return;
  find_missing_words(report, raw, raw.users, raw.inter_users, config.get_string("USER_ID_FIELD"));
  find_missing_words(report, raw, raw.items, raw.inter_items, config.get_string("ITEM_ID_FIELD"));
}

void find_foreign_list_tokens(DataReport& report, const Raw& raw, const Config& config,
                              const std::vector<LargeVector<std::int32_t>>& lists) {
  const std::string& field = config.get_string("ITEM_ID_FIELD");
  const std::string list = field + config.get_string("LIST_SUFFIX");
  std::vector<char> is_item(raw.items.tokens.size());
  for (const std::int32_t id : raw.inter_items) is_item[id] = 1;
  for (const std::int32_t id : raw.item_ids) is_item[id] = 1;
  std::vector<std::int64_t> lists_with(raw.items.tokens.size());
  std::vector<std::int64_t> last_list(raw.items.tokens.size(), -1);
  std::int64_t number = 0;
  for (std::size_t part = 0; part < lists.size(); ++part) {
    if (lists[part].empty()) continue;
    const LargeVector<std::int64_t>& offsets = raw.inter[part].find(list)->offsets;
    for (std::size_t row = 0; row + 1 < offsets.size(); ++row, ++number)
      for (std::int64_t place = offsets[row]; place < offsets[row + 1]; ++place) {
        const std::int32_t id = lists[part][place];
        if (id != 0 && std::exchange(last_list[id], number) != number) ++lists_with[id];
      }
  }
  std::int64_t different = 0, foreign = 0;
  std::int32_t most = 0;
  for (std::int32_t id = 1; id < raw.items.tokens.size(); ++id) {
    if (lists_with[id] == 0) continue;
    ++different;
    if (is_item[id]) continue;
    ++foreign;
    if (most == 0 || lists_with[id] > lists_with[most]) most = id;
  }
  if (foreign == 0) return;
  const std::string_view token = raw.items.tokens.token(most);
  const std::string& separator = config.get_string("seq_separator");
  std::string hint;
  if (looks_like_a_list(token))
    hint = concat("; are they separated by ", separator == " " ? "a space" : in_quotes(separator), " (seq_separator)?");
  else if (lists_with[most] * 10 >= number)
    hint = concat("; is it padding? padding_token: ", in_quotes(token), " leaves it out");
  report.find("foreign_list_tokens", foreign, different,
              concat(raw.inter[0].file, ": ", foreign, " of ", counted(different, "token"), " of ", list, " ",
                     is_or_are(foreign), " never in ", field, ", such as ", in_quotes(token), " in ",
                     counted(lists_with[most], "list"), hint));
}

void find_unused_labels(DataReport& report, const Prepared& prepared, const Config& config, const BatchNeeds& needs) {
  const bool trained_on = needs.labels && !config.train_negatives().any();
  const std::int64_t rows = prepared.label_rows, zeros = prepared.label_zeros;
  if (trained_on || !config.is_null("threshold") || zeros == 0) return;
  const std::string& field = config.get_string("LABEL_FIELD");
  const std::string remedy = needs.labels        ? "train_neg_sample_args: ~ trains on the labels"
                             : prepared.presplit ? "files without these rows leave them out"
                                                 : concat("val_interval: {", field, ": \"[1,1]\"} leaves them out");
  report.find("unused_labels", zeros, rows,
              concat(prepared.file, ": column '", field, "' (LABEL_FIELD) is not trained on: ", zeros, " of ",
                     counted(rows, "row"), " ", is_or_are(zeros), " 0 and ", zeros == 1 ? "counts" : "count",
                     " as positive", zeros == 1 ? "" : "s", "; ", remedy));
}

void find_unused_columns(DataReport& report, const Raw& raw, const Config& config) {
  if (!config.is_explicit("load_col")) return;
  std::vector<std::string> used;
  for (const char* key : {"USER_ID_FIELD", "ITEM_ID_FIELD", "TIME_FIELD", "LABEL_FIELD"})
    used.push_back(config.get_string(key));
  used.push_back(config.get_string("ITEM_ID_FIELD") + config.get_string("LIST_SUFFIX"));
  for (const char* key : {"val_interval", "threshold", "preload_weight"}) insert_keys(used, config.at(key));
  for (const char* key : {"alias_of_user_id", "alias_of_item_id"})
    for (const std::string& field : config.get_strings(key)) used.push_back(field);
  std::string names;
  std::int64_t unused = 0;
  for (const AtomicColumn& column : raw.inter[0].columns) {
    if (std::ranges::find(used, column.name) != used.end()) continue;
    names += (unused++ == 0 ? "" : ", ") + column.name;
  }
  if (unused > 0)
    report.find("unused_columns", unused, std::ssize(raw.inter[0].columns),
                concat(raw.inter[0].file, ": ", counted(unused, "column"), " loaded (load_col) and not used: ", names));
}

void find_missing_times(DataReport& report, const Raw& raw, const AtomicColumn& times) {
  const std::int64_t missing =
      std::ranges::count_if(raw.rows, [&](std::int32_t row) { return std::isnan(times.floats[row]); });
  if (missing == 0) return;
  const std::int32_t example =
      *std::ranges::find_if(raw.rows, [&](std::int32_t row) { return std::isnan(times.floats[row]); });
  report.find("missing_times", missing, std::ssize(raw.rows),
              concat(raw.inter[0].file, ": ", missing, " of ", counted(std::ssize(raw.rows), "time"), " (", times.name,
                     ") ", is_or_are(missing), " missing, such as that of user ",
                     in_quotes(raw.users.tokens.token(raw.inter_users[example])), " and item ",
                     in_quotes(raw.items.tokens.token(raw.inter_items[example])), "; they count as the mean"));
}

void find_ties(Dataset& dataset, std::span<const std::int64_t> keys, const std::string& file) {
  std::int64_t followers = 0, equal = 0, repeated = 0;
  std::int64_t equal_in = 0, repeated_in = 0;  // the histories of the examples
  std::int32_t repeated_item = 0;
  std::vector<std::int32_t> items;
  for (std::int64_t h = 0; h < dataset.histories(); ++h) {
    const std::int64_t first = dataset.offsets[h], last = dataset.offsets[h + 1];
    followers += last - first - 1;
    for (std::int64_t begin = first, end; begin < last; begin = end) {
      end = begin + 1;
      while (end < last && keys[end] == keys[begin]) ++end;
      if (end - begin == 1) continue;
      if (equal == 0) equal_in = h;
      equal += end - begin - 1;
      items.assign(dataset.items_of.begin() + begin, dataset.items_of.begin() + end);
      std::ranges::sort(items);
      for (std::size_t i = 1; i < items.size(); ++i)
        if (items[i] == items[i - 1] && repeated++ == 0) {
          repeated_in = h;
          repeated_item = items[i];
        }
    }
  }
  const auto user = [&](std::int64_t h) { return in_quotes(dataset.users.token(dataset.history_users[h])); };
  if (equal > 0)
    dataset.report.find("equal_times", equal, followers,
                        concat(file, ": times equal to the one before of the user: ", equal, " of ", followers,
                               ", such as of user ", user(equal_in), "; their order is the file's"));
  if (repeated > 0)
    dataset.report.find(
        "repeated", repeated, dataset.interactions(),
        concat(file, ": ", counted(repeated, "interaction"), repeated == 1 ? " repeats" : " repeat",
               " another one of the same user, item and time, such as user ", user(repeated_in), ", item ",
               in_quotes(dataset.items.token(repeated_item)), "; rm_dup_inter: first keeps one per user and item"));
}

void find_missing_rows(DataReport& report, const Dataset& dataset, const Config& config) {
  std::int64_t single = 0, example = 0;
  for (std::int64_t h = 0; h < dataset.histories(); ++h)
    if (dataset.history(h).size() == 1 && single++ == 0) example = h;
  if (single > 0 && !dataset.presplit)
    report.find("single_interactions", single, dataset.histories(),
                concat(dataset.name, ": ", single, " of ", counted(dataset.histories(), "user"), " ",
                       single == 1 ? "has" : "have", " one interaction, such as ",
                       in_quotes(dataset.users.token(dataset.history_users[example])),
                       "; nothing is left to train on or to test"));
  const auto find_none = [&](const char* part, const char* kind, bool wanted, const RowList& rows) {
    if (wanted && rows.empty())
      report.find(kind, 1, 1, concat(dataset.name, ": eval_args.split leaves no ", part, " row"));
  };
  if (!config.is_null("benchmark_filename")) return;
  const Json& value = config.at("eval_args").at("split").as_object()[0].second;
  const auto wanted = [&](std::size_t part, const char* name) {
    if (value.is_string()) return value.as_string().find(name) != std::string::npos;
    return value.is_array() && value.as_array().size() == 3 && value.as_array()[part].as_double() > 0;
  };
  find_none("validation", "no_valid_rows", wanted(1, "valid"), dataset.valid);
  find_none("test", "no_test_rows", wanted(2, "test"), dataset.test);
}

void find_idle_keys(DataReport& report, bool presplit, const Config& config) {
  const auto idle = [&](const char* key, bool is_idle, const std::string& why) {
    if (is_idle && config.is_explicit(key))
      report.find("idle_keys", 1, 1, concat(key, " (", config.source(key), ") means nothing ", why));
  };
  for (const char* key : {"rm_dup_inter", "val_interval", "filter_inter_by_user_or_item", "user_inter_num_interval",
                          "item_inter_num_interval"})
    idle(key, presplit, "with benchmark_filename: its rows are taken as they are");
  Json leave_one_out = Json::object();
  leave_one_out["LS"] = "valid_and_test";
  idle("eval_args", !config.is_null("benchmark_filename") && config.at("eval_args").at("split") != leave_one_out,
       "for the split with benchmark_filename: its files say where a row belongs");
  idle("lr_step_size", config.get_string_or_empty("lr_scheduler") != "step", "without lr_scheduler: step");
  idle("lr_gamma", config.is_null("lr_scheduler"), "without an lr_scheduler");
  for (const char* key : {"stopping_step", "valid_metric"})
    idle(key, config.get_int("eval_step") == 0, "with eval_step: 0");
}

}  // namespace seqrec::data
