#include "data/convert.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/error.h"
#include "core/feature.h"
#include "core/file.h"
#include "core/json.h"
#include "core/output_file.h"
#include "data/date.h"
#include "data/delimited.h"
#include "data/number.h"
#include "data/report.h"

namespace seqrec::data {
namespace {

constexpr std::size_t kBuffer = 1 << 20;

/// "FILE:LINE" of what is being read.
using Where = std::function<std::string()>;

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
  if (out.name.find_first_of("\t\n\r\"") != std::string::npos) wrong("; a NAME holds no tab, line end or quote");
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

/// Writes the rows of an atomic file, and counts what it changes.
class Writer {
 public:
  Writer(const ConvertRequest& request, std::vector<Column> columns)
      : columns_(std::move(columns)), file_(request.out) {
    for (const Column& column : columns_)
      header_ += concat(header_.empty() ? "" : "\t", column.name, ":", name_of(column.type));
    buffer_ = header_ + "\n";
  }

  std::vector<Column>& columns() { return columns_; }

  /// The next value of a row. `where` is "FILE:LINE" when it is asked for.
  void add(std::string_view text, const Where& where) {
    const Column& column = columns_[next_];
    if (next_++ > 0) buffer_ += '\t';
    if (column.type == FieldType::Float)
      add_number(column, text, where);
    else
      add_text(text, where);
    if (next_ < columns_.size()) return;
    buffer_ += '\n';
    next_ = 0;
    ++rows_;
    if (buffer_.size() >= kBuffer) flush();
  }

  ConvertResult finish(const std::string& input) {
    require<DataError>(rows_ > 0, input, ": holds no row");
    flush();
    file_.commit();
    std::ranges::replace(header_, '\t', ' ');
    ConvertResult result{rows_, header_, {}};
    if (blanks_ > 0)
      result.notices.push_back(concat(input, ": tabs and line ends in ", counted(blanks_, "value"),
                                      " became spaces, the first one at ", first_blank_));
    if (missing_ > 0)
      result.notices.push_back(concat(input, ": ", counted(missing_, "value"), " ", is_or_are(missing_),
                                      " missing, the first one at ", first_missing_));
    return result;
  }

 private:
  void add_number(const Column& column, std::string_view text, const Where& where) {
    text = trim(text);
    if (text.empty()) {
      if (missing_++ == 0) first_missing_ = where();
      return;
    }
    if (const auto number = parse_number<double>(text); number && std::isfinite(*number)) {
      buffer_ += text;
      return;
    }
    const auto date = parse_moment(text);
    if (!date)
      throw DataError(concat(where(), ": column '", column.name, "' got ", in_quotes(text),
                             ", expected a number or a date such as 2019-10-01 00:00:05",
                             rows_ == 0 ? kHeaderHint : ""));
    buffer_ += *date;
  }

  void add_text(std::string_view text, const Where& where) {
    if (text.empty() && missing_++ == 0) first_missing_ = where();
    const bool quoted = text.find('"') != text.npos;
    if (quoted) buffer_ += '"';
    bool blank = false;
    for (const char c : text) {
      const bool is_blank = c == '\t' || c == '\n' || c == '\r';
      blank |= is_blank;
      buffer_ += is_blank ? ' ' : c;
      if (c == '"') buffer_ += c;
    }
    if (quoted) buffer_ += '"';
    if (blank && blanks_++ == 0) first_blank_ = where();
  }

  void flush() {
    file_.write(buffer_);
    buffer_.clear();
  }

  static constexpr const char* kHeaderHint = "; if the line names the columns: --header yes";

  std::vector<Column> columns_;
  OutputFile file_;
  std::string header_, buffer_;
  std::size_t next_ = 0;
  std::int64_t rows_ = 0, blanks_ = 0, missing_ = 0;
  std::string first_blank_, first_missing_;
};

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
      column.place = static_cast<std::size_t>(find(column));
    }
    require<DataError>(column.place < first.size(), input, ":1: ", counted(fields, "field"), " (", listed(first),
                       "), expected ", column.place + 1, " at least for column '", column.name,
                       "'; another separator (--separator)?");
  }
  return named;
}

void convert_delimited(TextInput& text, const ConvertRequest& request, Writer& writer) {
  DelimitedReader reader(text, request.separator);
  std::vector<std::string_view> fields;
  if (!reader.read(fields)) return;
  const std::size_t expected = fields.size();
  if (place_columns(writer.columns(), fields, request.header, text.name()) && !reader.read(fields)) return;
  const Where where = [&] { return concat(text.name(), ":", reader.line()); };
  do {
    if (fields.size() != expected)
      throw DataError(concat(where(), ": ", counted(std::ssize(fields), "field"), ", expected ", expected,
                             " as in the first line, separated by ", in_quotes(reader.separator())));
    for (const Column& column : writer.columns()) writer.add(fields[column.place], where);
  } while (reader.read(fields));
}

/// A JSON value as an atomic file has it.
std::string text_of(const Json& value, const Where& where, const Column& column) {
  if (value.is_null()) return "";
  if (value.is_string()) return value.as_string();
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

void convert_json(TextInput& text, Writer& writer) {
  const Where where = [&] { return concat(text.name(), ":", text.line()); };
  for (std::string line; text.read_line(line);) {
    if (trim(line).empty()) continue;
    Json object;
    try {
      object = Json::parse(line);
    } catch (const FormatError& error) {
      throw DataError(concat(where(), ": ", error.what()));
    }
    if (!object.is_object()) throw DataError(concat(where(), ": got ", in_quotes(line), ", expected an object"));
    for (const Column& column : writer.columns()) {
      const Json* value = object.find(column.source);
      writer.add(value ? text_of(*value, where, column) : "", where);
    }
  }
}

void convert_sessions(TextInput& text, const std::string& separator, Writer& writer) {
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
  std::vector<Column> columns =
      parse_columns(sessions ? std::vector<std::string>{"user_id", "item_id", "timestamp"} : request.columns);
  TextInput text(request.input);
  const bool json = request.layout == Layout::Json || (request.layout == Layout::Auto && text.begins_with('{'));
  if (request.out.has_parent_path()) make_folder(request.out.parent_path());
  Writer writer(request, std::move(columns));
  if (sessions)
    convert_sessions(text, request.separator, writer);
  else if (json)
    convert_json(text, writer);
  else
    convert_delimited(text, request, writer);
  return writer.finish(text.name());
}

}  // namespace seqrec::data
