#include "data/convert.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.h"
#include "core/feature.h"
#include "core/file.h"
#include "core/json.h"
#include "data/atomic_writer.h"
#include "data/delimited.h"
#include "data/number.h"
#include "data/report.h"

namespace seqrec::data {
namespace {

using Where = AtomicWriter::Where;

struct Column {
  std::string name, source;
  FieldType type;
  bool has_source = false;
  std::size_t place = 0;  // of a delimited record's field
};

Column parse_column(const std::string& text) {
  const auto wrong = [&](const std::string& what) {
    throw UsageError(concat("--columns: got '", text, "', expected NAME[=SOURCE][:TYPE]", what));
  };
  Column out;
  const auto equals = text.find('='), colon = text.rfind(':');
  out.name = text.substr(0, std::min(equals, colon));
  const bool is_float = out.name == "timestamp" || out.name == "rating" || out.name == "label" || out.name == "price";
  out.type = is_float ? FieldType::Float : FieldType::Token;
  if (colon != std::string::npos && (equals == std::string::npos || colon > equals)) {
    const auto type = field_type(std::string_view(text).substr(colon + 1));
    if (!type) wrong(" with a TYPE of token, token_seq, float or float_seq");
    out.type = *type;
  }
  out.has_source = equals != std::string::npos;
  out.source = out.has_source
                   ? text.substr(equals + 1,
                                 colon == std::string::npos || colon < equals ? std::string::npos : colon - equals - 1)
                   : out.name;
  if (out.name.empty() || out.source.empty()) wrong("");
  constexpr std::string_view kNever("\t\n\r\":\0", 6);
  if (out.name.find_first_of(kNever) != std::string::npos) wrong("; a NAME holds no tab, line end, quote or colon");
  return out;
}

std::vector<Column> parse_columns(const std::vector<std::string>& texts) {
  require<UsageError>(!texts.empty(),
                      "--columns is missing: the columns to write, such as user_id,item_id,rating,timestamp or "
                      "user_id=visitorid,item_id=itemid,timestamp");
  std::vector<Column> out;
  for (const std::string& text : texts) {
    out.push_back(parse_column(text));
    require<UsageError>(std::ranges::count(out, out.back().name, &Column::name) == 1, "--columns: '", out.back().name,
                        "' twice");
  }
  return out;
}

std::string listed(const std::vector<std::string_view>& names) {
  std::string out;
  for (const std::string_view name : names) out += concat(out.empty() ? "" : ", ", in_quotes(name));
  return out;
}

/// The number of a source that is one, from 1; 0 for a name.
std::size_t number_of(const Column& column) {
  return column.has_source ? parse_number<std::size_t>(column.source).value_or(0) : 0;
}

/// Finds the columns' places; true if the first record names them and is no row.
bool place_columns(std::vector<Column>& columns, const std::vector<std::string_view>& first, std::optional<bool> header,
                   const std::string& input) {
  const auto fields = std::ssize(first);
  const auto find = [&](const Column& column) { return std::ranges::find(first, column.source) - first.begin(); };
  const auto is_number = [](const Column& column) { return number_of(column) > 0; };
  const auto is_there = [&](const Column& column) { return is_number(column) || find(column) < fields; };
  const bool named =
      header.value_or(!std::ranges::all_of(columns, is_number) && std::ranges::all_of(columns, is_there));
  std::size_t next = 0;
  for (Column& column : columns) {
    column.place = next++;
    if (is_number(column)) {
      column.place = number_of(column) - 1;
    } else if (named || column.has_source) {
      require<DataError>(is_there(column), input, ":1: no column '", column.source, "'; the first line holds ",
                         listed(first));
      require<DataError>(std::ranges::count(first, column.source) == 1, input, ":1: the name '", column.source,
                         "' stands there twice; a column's number says which one: ", column.name, "=",
                         find(column) + 1);
      column.place = static_cast<std::size_t>(find(column));
    }
    require<DataError>(column.place < first.size(), input, ":1: ", counted(fields, "field"), " (", listed(first),
                       "), expected ", column.place + 1, " at least for column '", column.name,
                       "'; another separator (--separator)?");
  }
  return named;
}

/// Whether one of the fields that the columns are made of is a number.
bool holds_number(const std::vector<Column>& columns, const std::vector<std::string_view>& fields) {
  return std::ranges::any_of(columns, [&](const Column& column) {
    return column.place < fields.size() && parse_number<double>(fields[column.place]);
  });
}

void convert_delimited(TextInput& text, const ConvertRequest& request, std::vector<Column> columns,
                       AtomicWriter& writer) {
  DelimitedReader reader(text, request.separator);
  std::vector<std::string_view> fields;
  if (!reader.read(fields)) return;
  const std::size_t expected = fields.size();
  const bool named = place_columns(columns, fields, request.header, text.name());
  if (named && !reader.read(fields)) return;
  if (!named) writer.set_hint("; if the line names the columns: --header yes");
  const Where where = [&] { return concat(text.name(), ":", reader.line()); };
  // A first line without a number, before one with some, holds names that --columns doesn't.
  const std::string names = request.header || named || holds_number(columns, fields) ? "" : listed(fields);
  for (std::int64_t row = 0; row == 0 || reader.read(fields); ++row) {
    if (fields.size() != expected)
      throw DataError(concat(where(), ": ", counted(std::ssize(fields), "field"), ", expected ", expected,
                             " as in the first line, separated by ", in_quotes(reader.separator())));
    if (row == 1 && !names.empty() && holds_number(columns, fields))
      throw DataError(concat(text.name(), ":1: holds names, it seems (", names,
                             "): --columns NAME=SOURCE says which is which; if it is a row: --header no"));
    for (const Column& column : columns) writer.add(fields[column.place], where);
  }
}

/// A JSON value as an atomic file has it.
std::string text_of(const Json& value, const Where& where, const Column& column) {
  if (value.is_null()) return "";
  if (value.is_string()) return value.as_string();
  if (value.is_number() && !value.is_int() && is_token(column.type) && std::abs(value.as_double()) >= 0x1p63)
    throw DataError(concat(where(), ": column '", column.name,
                           "' got a number beyond 9223372036854775807, which loses digits; expected it as a text"));
  if (value.is_number() || value.is_bool()) return value.dump();
  if (!value.is_array() || !is_sequence(column.type))
    throw DataError(
        concat(where(), ": column '", column.name, "' got ", value.dump(), ", expected ",
               is_sequence(column.type) ? "a list" : "a text or a number; a list needs the type token_seq"));
  std::string out;
  for (const Json& part : value.as_array()) {
    const std::string word = text_of(part, where, column);
    if (word.find(' ') != word.npos)
      throw DataError(concat(where(), ": column '", column.name, "' lists ", in_quotes(word),
                             ", expected texts without a space, which separates them"));
    out += concat(out.empty() ? "" : " ", word);
  }
  return out;
}

void convert_json(TextInput& text, const std::vector<Column>& columns, AtomicWriter& writer) {
  const Where where = [&] { return concat(text.name(), ":", text.line()); };
  std::set<std::string, std::less<>> absent;  // in all objects
  for (const Column& column : columns) absent.insert(column.source);
  Json first;
  for (std::string line; text.read_line(line);) {
    if (trim(line).empty()) continue;
    Json object;
    try {
      object = Json::parse(line);
    } catch (const FormatError& error) {
      const std::string_view what = error.what();
      throw DataError(
          concat(where(), ": ", what.substr(what.starts_with("line 1, ") ? 8 : 0),
                 trim(line).starts_with('[') ? "; expected an object per line, as jq -c '.[]' writes them" : ""));
    }
    if (!object.is_object()) throw DataError(concat(where(), ": got ", in_quotes(line), ", expected an object"));
    for (const Column& column : columns) {
      const Json* value = object.find(column.source);
      if (value && !absent.empty()) absent.erase(column.source);
      writer.add(value ? text_of(*value, where, column) : "", where);
    }
    if (first.is_null()) first = std::move(object);
  }
  if (first.is_null() || absent.empty()) return;
  std::vector<std::string_view> names;
  for (const auto& [name, value] : first.as_object()) names.push_back(name);
  throw DataError(concat(text.name(), ": no object has ", in_quotes(*absent.begin()), "; the first one has ",
                         names.empty() ? "nothing" : listed(names)));
}

void convert_sessions(TextInput& text, const std::string& separator, AtomicWriter& writer) {
  writer.set_tokens_are_parts();
  const Where where = [&] { return concat(text.name(), ":", text.line()); };
  for (std::string line; text.read_line(line);) {
    std::int64_t place = 0;
    std::string_view left = line;
    while (!left.empty()) {
      const std::size_t end = separator.empty() ? left.find_first_of(" \t") : left.find(separator);
      const std::string_view item = separator.empty() ? left.substr(0, end) : trim(left.substr(0, end));
      left.remove_prefix(end == left.npos ? left.size() : end + std::max<std::size_t>(1, separator.size()));
      if (item.empty()) continue;
      writer.add(concat(text.line()), where);
      writer.add(item, where);
      writer.add(concat(++place), where);
    }
  }
}

}  // namespace

ConvertResult convert(const ConvertRequest& request) {
  using Layout = ConvertRequest::Layout;
  const bool sessions = request.layout == Layout::Sessions;
  require<UsageError>(!sessions || request.columns.empty(),
                      "--columns doesn't go with --layout sessions, which has user_id, item_id and timestamp");
  const std::vector<Column> columns =
      parse_columns(sessions ? std::vector<std::string>{"user_id", "item_id", "timestamp"} : request.columns);
  std::vector<AtomicField> fields;
  for (const Column& column : columns) fields.push_back({column.name, column.type});
  TextInput text(request.input);
  const bool json = request.layout == Layout::Json || (request.layout == Layout::Auto && text.begins_with('{'));
  make_folder_of(request.out);
  AtomicWriter writer(request.out, std::move(fields));
  if (sessions)
    convert_sessions(text, request.separator, writer);
  else if (json)
    convert_json(text, columns, writer);
  else
    convert_delimited(text, request, columns, writer);
  writer.commit(text.name());
  return {writer.rows(), writer.header(), writer.notices(text.name())};
}

}  // namespace seqrec::data
