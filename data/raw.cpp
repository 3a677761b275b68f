#include "data/raw.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "core/file.h"
#include "core/free_memory.h"
#include "core/parallel.h"

namespace seqrec::data {
namespace {

template <class T>
void append(LargeVector<T>& to, const LargeVector<T>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

void add_ids(LargeVector<std::int32_t>& to, LargeVector<std::int32_t> more) {
  if (to.empty())
    to = std::move(more);
  else
    append(to, more);
}

using Names = std::set<std::string, std::less<>>;

void insert_all(Names& names, const std::vector<std::string>& more) { names.insert(more.begin(), more.end()); }

void insert_keys(Names& names, const Json& map) {
  if (!map.is_object()) return;
  for (const auto& [field, value] : map.as_object()) names.insert(field);
}

/// Which columns of one kind of file (inter, user, item) to read.
struct Selection {
  bool load = true;         // the file at all
  bool all = false;         // but for `unload`
  bool must_exist = false;  // someone named this file's columns
  Names named;              // must be there
  Names optional, unload;
  std::string needed_key = {};  // that names a column which the model needs

  bool wants(std::string_view name) const {
    return named.contains(name) || optional.contains(name) || (all && !unload.contains(name));
  }
};

Names strings_of(const Config& config, const char* key, const Json& list) {
  Names out;
  for (const Json& name : list.is_array() ? list.as_array() : Json::Array{list}) {
    if (!name.is_string()) config.fail(key, "a map of lists of column names, such as {inter: [user_id, item_id]}");
    out.insert(name.as_string());
  }
  return out;
}

/// `load_col: auto`: the usual fields and those that some other key names.
void select_needed(Selection& selection, const Config& config, std::string_view suffix, const BatchNeeds& needs) {
  const std::string& item = config.get_string("ITEM_ID_FIELD");
  if (suffix == "inter") {
    selection.optional = {config.get_string("RATING_FIELD"), config.get_string("TIME_FIELD"),
                          item + config.get_string("LIST_SUFFIX")};
    bool labels = needs.labels && !config.train_negatives().any();
    for (const Split split : {Split::Valid, Split::Test})
      labels |= config.eval_mode(split).kind == EvalMode::Kind::Labeled;
    if (labels) selection.optional.insert(config.get_string("LABEL_FIELD"));
    insert_keys(selection.optional, config.at("val_interval"));
    insert_keys(selection.optional, config.at("threshold"));
    insert_all(selection.optional, config.get_strings("alias_of_user_id"));
    insert_all(selection.optional, config.get_strings("alias_of_item_id"));
    return;
  }
  selection.load = false;
}

/// The columns of the items that a model learns from.
void select_for_model(Selection& selection, const Config& config, const BatchNeeds& needs) {
  const std::vector<std::string> columns = config.get_strings(needs.item_column_key);
  if (needs.item_columns_optional) {
    selection.load |= !columns.empty();
    insert_all(selection.optional, columns);
    return;
  }
  if (columns.empty()) config.fail(needs.item_column_key, "a column of the items, or a list of some, to learn from");
  selection.load = selection.must_exist = true;
  selection.needed_key = needs.item_column_key;
  insert_all(selection.named, columns);
}

Selection select(const Config& config, const std::string& suffix, const BatchNeeds& needs) {
  Selection out;
  const Json& load = config.at("load_col");
  const Json& unload = config.at("unload_col");
  if (const Json* names = unload.find(suffix)) {
    out.unload = strings_of(config, "unload_col", *names);
    out.all = true;
  } else if (load.is_null()) {
    out.all = true;
  } else if (load.is_object()) {
    const Json* names = load.find(suffix);
    out.load = names || suffix == "inter";
    out.all = names && (names->is_null() || *names == Json("*"));
    if (names && !out.all) {
      out.named = strings_of(config, "load_col", *names);
      out.must_exist = !out.named.empty();
      out.load = out.load && (suffix == "inter" || out.must_exist);
    }
  } else if (load == Json("auto")) {
    select_needed(out, config, suffix, needs);
  } else {
    config.fail("load_col");
  }
  // What the model needs, the ids and the time are read whatever is asked for.
  if (suffix == "item" && !needs.item_column_key.empty()) select_for_model(out, config, needs);
  if (suffix == "inter") out.optional.insert(config.get_string("TIME_FIELD"));
  if (suffix != "item") out.optional.insert(config.get_string("USER_ID_FIELD"));
  if (suffix != "user") out.optional.insert(config.get_string("ITEM_ID_FIELD"));
  return out;
}

/// RecBole's seq_len: the first values of a sequence column.
void cut_sequences(AtomicTable& table, const Config& config) {
  const Json& lengths = config.at("seq_len");
  if (lengths.is_null()) return;
  for (AtomicColumn& column : table.columns) {
    const Json* length = lengths.find(column.name);
    if (!length || column.offsets.empty()) continue;
    if (!length->is_int() || length->as_int() < 1) config.fail("seq_len", "a map of lengths >= 1");
    std::int64_t to = 0, begin = 0;
    for (std::size_t row = 0; row + 1 < column.offsets.size(); ++row) {
      const std::int64_t end = column.offsets[row + 1], cut = std::min(end, begin + length->as_int());
      for (std::int64_t from = begin; from < cut; ++from, ++to) {
        if (!column.tokens.empty()) column.tokens[to] = column.tokens[from];
        if (!column.floats.empty()) column.floats[to] = column.floats[from];
      }
      column.offsets[row + 1] = to;
      begin = end;
    }
    if (!column.tokens.empty()) column.tokens.resize(to);
    if (!column.floats.empty()) column.floats.resize(to);
  }
}

AtomicTable read_table(const Config& config, const std::filesystem::path& path, const Selection& selection) {
  AtomicFormat format = format_of(config);
  format.exact = config.get_string("TIME_FIELD");
  format.wanted = [&](std::string_view name) { return selection.wants(name); };
  AtomicTable table = read_atomic_file(path, format);
  for (const std::string& name : selection.named) {
    const std::string& key = selection.needed_key;
    require<DataError>(table.find(name) != nullptr, table.file, ": no column '", name, "', which ",
                       !key.empty() && config.lists(key, name) ? key : "load_col",
                       " asks for; columns: ", names_of(table.fields));
  }
  cut_sequences(table, config);
  return table;
}

/// One table of all rows. DataError for a file that lacks a column of the first.
AtomicTable one_after_the_other(std::vector<AtomicTable> tables) {
  AtomicTable out = std::move(tables[0]);
  auto owners = std::make_shared<std::vector<std::shared_ptr<const void>>>(1, std::move(out.owner));
  const std::string first = out.file;
  for (std::size_t part = 1; part < tables.size(); ++part) {
    AtomicTable& table = tables[part];
    if (table.fields.empty()) continue;
    for (AtomicColumn& column : out.columns) {
      const AtomicColumn* more = table.find(column.name);
      require<DataError>(more != nullptr, table.file, ": no column '", column.name, ":", name_of(column.type),
                         "', which ", first, " has; columns: ", names_of(table.fields));
      require<DataError>(more->type == column.type, table.file, ": column '", column.name, "' has type ",
                         name_of(more->type), ", but ", name_of(column.type), " in ", first);
      const auto shift = column.offsets.empty() ? 0 : column.offsets.back();
      for (std::size_t i = 1; i < more->offsets.size(); ++i) column.offsets.push_back(shift + more->offsets[i]);
      if (column.integers.empty() || more->integers.empty())
        column.integers.clear();
      else
        append(column.integers, more->integers);
      append(column.tokens, more->tokens);
      append(column.floats, more->floats);
    }
    out.rows += table.rows;
    out.file += ", " + table.file;
    owners->push_back(std::move(table.owner));
  }
  out.owner = std::move(owners);
  return out;
}

void read_inter(Raw& raw, const Config& config, const BatchNeeds& needs) {
  Selection selection = select(config, "inter", needs);
  selection.optional.insert(config.get_string("LABEL_FIELD"));  // to tell that it is there
  if (config.is_null("benchmark_filename")) {
    raw.inter.push_back(read_table(config, file_of(config, "inter"), selection));
    return;
  }
  const Json& names = config.at("benchmark_filename");
  const char* const expected = "three names [train, valid, test], ~ for a missing valid or test";
  if (!names.is_array() || names.as_array().size() != 3 || names.as_array()[0].is_null())
    config.fail("benchmark_filename", expected);
  for (const Json& name : names.as_array()) {
    if (!name.is_null() && !name.is_string()) config.fail("benchmark_filename", expected);
    raw.inter.push_back(name.is_null() ? AtomicTable{}
                                       : read_table(config, file_of(config, name.as_string() + ".inter"), selection));
  }
  const std::string list = config.get_string("ITEM_ID_FIELD") + config.get_string("LIST_SUFFIX");
  if (std::ranges::any_of(raw.inter, [&](const AtomicTable& table) { return table.find(list) != nullptr; })) return;
  for (const AtomicTable& table : raw.inter)
    raw.part_ends.push_back(table.rows + (raw.part_ends.empty() ? 0 : raw.part_ends.back()));
  raw.inter = {one_after_the_other(std::move(raw.inter))};
}

std::optional<AtomicTable> read_side(const Config& config, const char* suffix, const BatchNeeds& needs) {
  const Selection selection = select(config, suffix, needs);
  const std::filesystem::path path = file_of(config, suffix);
  if (!selection.load || (!selection.must_exist && !file_exists(path))) return std::nullopt;
  const std::string& key = selection.needed_key;
  require<DataError>(key.empty() || file_exists(path), path.string(), ": there is no such file, but ", key,
                     " names columns of it: ", key.empty() ? "" : config.at(key).dump());
  return read_table(config, path, selection);
}

/// The interactions' users and items have ids by now: their tokens go, and the text with the last ones, unless another
/// key asks for them.
void forget_tokens(Raw& raw, const Config& config) {
  const auto goes = [&](const std::string& field) {
    const Json& intervals = config.at("val_interval");
    return (field == config.get_string("USER_ID_FIELD") || field == config.get_string("ITEM_ID_FIELD")) &&
           !(intervals.is_object() && intervals.find(field)) && !config.lists("alias_of_user_id", field) &&
           !config.lists("alias_of_item_id", field);
  };
  for (AtomicTable& table : raw.inter) {
    for (AtomicColumn& column : table.columns)
      if (goes(column.name)) free_memory(column.tokens);
    if (std::ranges::any_of(table.columns, [](const AtomicColumn& column) { return !column.tokens.empty(); })) continue;
    table.text = {};
    table.owner = nullptr;
  }
}

/// The first row of every id, in order (RecBole's drop_duplicates).
LargeVector<std::int32_t> first_rows(std::span<const std::int32_t> ids, std::int32_t bound) {
  std::vector<char> seen(bound);
  LargeVector<std::int32_t> rows;
  for (std::size_t row = 0; row < ids.size(); ++row)
    if (!std::exchange(seen[ids[row]], 1)) rows.push_back(static_cast<std::int32_t>(row));
  return rows;
}

}  // namespace

std::filesystem::path file_of(const Config& config, const std::string& extension) {
  const std::string& dataset = config.get_string("dataset");
  require<ConfigError>(!dataset.empty(), "dataset: no name given");
  const std::filesystem::path path =
      std::filesystem::path(config.get_string("data_path")) / dataset / (dataset + "." + extension);
  const std::filesystem::path compressed = path.string() + ".gz";
  return !file_exists(path) && file_exists(compressed) ? compressed : path;
}

AtomicFormat format_of(const Config& config) {
  AtomicFormat format;
  const auto separator = [&config](const char* key) {
    const std::string& text = config.get_string(key);
    return text == "\\t" ? "\t" : text;  // as one types a tab
  };
  format.field_separator = separator("field_separator");
  format.seq_separator = separator("seq_separator");
  format.quotes = config.get_string("quoting") == "minimal";
  format.pandas_missing = config.get_string("missing_tokens") == "pandas";
  return format;
}

std::string names_of(const std::vector<AtomicField>& fields) {
  std::string out;
  for (const AtomicField& field : fields) out += (out.empty() ? "" : ", ") + field.name;
  return out;
}

LargeVector<std::int32_t> IdSpace::read(const AtomicColumn& column) {
  LargeVector<std::int32_t> ids(column.tokens.size());
  tokens.add(column.tokens, ids);
  return ids;
}

void IdSpace::renumber(std::int32_t provisional) {
  number_of.resize(tokens.size());
  if (provisional != 0 && number_of[provisional] == 0)
    number_of[provisional] = vocabulary.add(tokens.token(provisional));
}

bool labels_wanted(const Config& config, const BatchNeeds& needs) {
  return select(config, "inter", needs).wants(config.get_string("LABEL_FIELD"));
}

Raw read_raw(const Config& config, const BatchNeeds& needs) {
  Raw raw;
  read_inter(raw, config, needs);
  raw.user = read_side(config, "user", needs);
  raw.item = read_side(config, "item", needs);

  const std::string &user = config.get_string("USER_ID_FIELD"), &item = config.get_string("ITEM_ID_FIELD");
  std::vector<const AtomicColumn*> user_columns, item_columns;
  for (const AtomicTable& table : raw.inter) {
    if (table.fields.empty()) continue;
    user_columns.push_back(&column_of(table, user, FieldType::Token, "USER_ID_FIELD"));
    item_columns.push_back(&column_of(table, item, FieldType::Token, "ITEM_ID_FIELD"));
  }
  parallel_for(2, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t which = first; which < last; ++which)
      for (const AtomicColumn* column : which == 0 ? user_columns : item_columns)
        add_ids(which == 0 ? raw.inter_users : raw.inter_items, (which == 0 ? raw.users : raw.items).read(*column));
  });
  require<DataError>(raw.inter_users.size() <= std::numeric_limits<std::int32_t>::max(), raw.inter[0].file, ": ",
                     raw.inter_users.size(), " rows in all parts, at most 2147483647 can be read");
  forget_tokens(raw, config);
  raw.rows.resize(raw.inter_users.size());
  for (std::size_t row = 0; row < raw.rows.size(); ++row) raw.rows[row] = static_cast<std::int32_t>(row);
  if (raw.user) {
    raw.user_ids = raw.users.read(column_of(*raw.user, user, FieldType::Token, "USER_ID_FIELD"));
    raw.user_rows = first_rows(raw.user_ids, raw.users.tokens.size());
  }
  if (raw.item) {
    raw.item_ids = raw.items.read(column_of(*raw.item, item, FieldType::Token, "ITEM_ID_FIELD"));
    raw.item_rows = first_rows(raw.item_ids, raw.items.tokens.size());
  }
  return raw;
}

const AtomicColumn& column_of(const AtomicTable& table, const std::string& field, FieldType type, const char* key) {
  const AtomicColumn* column = table.find(field);
  require<DataError>(column != nullptr, table.file, ": no column '", field, "' (", key,
                     "); columns: ", names_of(table.fields));
  require<DataError>(column->type == type, table.file, ": column '", field, "' (", key, ") has type ",
                     name_of(column->type), ", expected ", name_of(type));
  return *column;
}

LargeVector<double> filled(const AtomicColumn& column, std::span<const std::int32_t> rows) {
  LargeVector<double> values;
  values.reserve(rows.size());
  double sum = 0;
  std::int64_t known = 0;
  for (const std::int32_t row : rows) {
    values.push_back(column.floats[row]);
    if (std::isnan(values.back())) continue;
    sum += values.back();
    ++known;
  }
  if (known == static_cast<std::int64_t>(values.size())) return values;
  const double mean = known == 0 ? 0 : sum / static_cast<double>(known);
  for (double& value : values)
    if (std::isnan(value)) value = mean;
  return values;
}

void normalise(LargeVector<double>& values) {
  if (values.empty()) return;
  const auto [min, max] = std::minmax_element(values.begin(), values.end());
  const double low = *min, high = *max;
  for (double& value : values) value = low == high ? 1.0 : (value - low) / (high - low);
}

bool is_normalised(const Config& config, const std::string& field) {
  return config.get_bool("normalize_all") || config.lists("normalize_field", field);
}

}  // namespace seqrec::data
