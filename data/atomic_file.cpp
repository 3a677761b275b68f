#include "data/atomic_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <deque>
#include <exception>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "core/file.h"
#include "core/free_memory.h"
#include "core/mapped_file.h"
#include "core/parallel.h"
#include "core/shown.h"
#include "data/date.h"
#include "data/encoding.h"
#include "data/number.h"
#include "data/quotes.h"
#include "data/report.h"
#include "data/text_input.h"

namespace seqrec::data {
namespace {

constexpr std::int64_t kChunkBytes = 1 << 20;
constexpr std::int64_t kChunkBytesPerColumn = 256;  // more than what a chunk spends on a column before its first row
constexpr const char* kZero = "a byte 0, which no text holds";
constexpr const char* kFinite = "a finite number";
constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

constexpr std::array<std::string_view, 18> kMissingWords = {
    "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A",      "NA",  "NULL",    "NaN",      "None", "n/a",  "nan",    "null"};

bool is_missing_word(std::string_view text) {
  return text.size() <= 8 && std::find(kMissingWords.begin(), kMissingWords.end(), text) != kMissingWords.end();
}

std::string shown_separator(const std::string& separator) {
  return separator == "\t" ? "a tab" : separator == " " ? "a space" : concat("'", separator, "'");
}

std::string place_in(std::string_view text, const std::string& name, const char* position) {
  const std::less<const char*> before;
  if (before(position, text.data()) || before(text.data() + text.size(), position)) return name;  // of a quoted field
  return concat(name, ":", 1 + std::count(text.data(), position, '\n'));
}

/// The line that begins at `begin`, without its end; `begin` moves to the next line.
std::string_view take_line(std::string_view text, std::size_t& begin) {
  const std::size_t end = std::min(text.find('\n', begin), text.size());
  std::string_view line = text.substr(begin, end - begin);
  begin = std::min(end + 1, text.size());
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

/// Calls f(part) for each part between separators; an empty text is one empty part.
template <class F>
void split(std::string_view text, std::string_view separator, F&& f) {
  for (;;) {
    const auto end = separator.size() == 1 ? text.find(separator[0]) : text.find(separator);
    f(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + separator.size());
  }
}

/// The lines of a text that begin in [begin, end) and aren't empty.
std::int64_t count_rows(std::string_view text, std::size_t begin, std::size_t end) {
  std::int64_t rows = 0;
  while (begin < end) rows += !take_line(text, begin).empty();
  return rows;
}

/// Columns of a table with room for its values: of sequences, whose number isn't known, none yet.
std::vector<AtomicColumn> empty_columns(const std::vector<AtomicField>& fields, const std::vector<int>& column_of,
                                        std::int64_t rows, const std::string& exact) {
  std::vector<AtomicColumn> columns;
  const auto size = static_cast<std::size_t>(rows);
  for (std::size_t f = 0; f < fields.size(); ++f) {
    if (column_of[f] < 0) continue;
    AtomicColumn& column = columns.emplace_back();
    column.name = fields[f].name;
    column.type = fields[f].type;
    if (column.type == FieldType::Token) column.tokens.resize(size);
    if (column.type == FieldType::Float) column.floats.resize(size);
    if (column.type == FieldType::Float && column.name == exact) column.integers.resize(size);
  }
  return columns;
}

/// Parses the lines of one part of a file: values into their places in the table, sequences to columns of its own.
class ChunkParser {
 public:
  ChunkParser(std::string_view text, const std::string& name, const AtomicFormat& format,
              const std::vector<AtomicField>& fields, const std::vector<int>& column_of,
              std::vector<AtomicColumn>& table)
      : text_(text), name_(name), format_(format), fields_(fields), column_of_(column_of), table_(table) {}

  /// Lines that begin in [begin, end), which are the rows [first_row, end_row) of the table; `room` is how many it has.
  void parse(std::size_t begin, std::size_t end, std::int64_t first_row, std::int64_t end_row, std::int64_t room) {
    row_ = static_cast<std::size_t>(first_row);
    for (const AtomicColumn& column : table_) {
      columns.push_back({column.name, column.type, {}, {}, {}, {}});
      is_time_.push_back(column.type == FieldType::Float && column.name == format_.exact);
      if (is_sequence(column.type)) columns.back().offsets.push_back(0);
    }
    for (std::size_t c = 0; c < table_.size(); ++c) exact.push_back(is_time_[c] && !table_[c].integers.empty());
    const std::size_t zero = text_.substr(0, end).find('\0', begin);
    while (begin < end) {
      const std::string_view line = take_line(text_, begin);
      if (zero < begin) fail(text_.data() + zero, kZero);
      if (line.empty()) continue;
      if (row_ >= static_cast<std::size_t>(room)) return;
      check_unchanged(row_ < static_cast<std::size_t>(end_row));
      parse_line(line);
      ++row_;
    }
    check_unchanged(row_ == static_cast<std::size_t>(end_row));
  }

  std::vector<AtomicColumn> columns;  // of sequences
  std::vector<char> exact;            // whether a column is TIME_FIELD's, of nothing but integers
  std::deque<std::string> kept;       // what tokens view that is not in the text

 private:
  void parse_line(std::string_view line) {
    std::size_t field = 0;
    const auto take = [&](std::string_view text) {
      if (field < fields_.size() && column_of_[field] >= 0) add(column_of_[field], text);
      ++field;
    };
    if (!format_.quotes || line.find('"') == line.npos)
      split(line, format_.field_separator, take);
    else if (!split_quoted(line, format_.field_separator, kept, take))
      fail(line.data(), concat("a field begins with a quote that isn't closed on its line; quoting: none takes quotes "
                               "as they stand"));
    if (field == fields_.size()) return;
    std::string names;
    for (const AtomicField& f : fields_) names += (names.empty() ? "" : ", ") + f.name;
    fail(line.data(), concat(field, field == 1 ? " field" : " fields", ", expected ", fields_.size(), " (", names,
                             ") separated by ", shown_separator(format_.field_separator)));
  }

  void add(std::size_t c, std::string_view text) {
    AtomicColumn& column = columns[c];
    if (format_.pandas_missing && column.type != FieldType::Float && is_missing_word(text)) text = text.substr(0, 0);
    switch (column.type) {
      case FieldType::Token: table_[c].tokens[row_] = text; return;
      case FieldType::Float: add_float(table_[c], c, text); return;
      case FieldType::TokenSeq:
        split(text, format_.seq_separator, [&](std::string_view part) {
          if (!part.empty()) column.tokens.push_back(part);
        });
        column.offsets.push_back(static_cast<std::int64_t>(column.tokens.size()));
        return;
      case FieldType::FloatSeq:
        split(text, format_.seq_separator, [&](std::string_view part) {
          if (!part.empty()) column.floats.push_back(number(column, part));
        });
        column.offsets.push_back(static_cast<std::int64_t>(column.floats.size()));
        return;
    }
  }

  void add_float(AtomicColumn& column, std::size_t c, std::string_view text) {
    std::optional<std::string> moment;
    if (is_time_[c] && text.size() >= 10 && text.substr(4).starts_with('-') && (moment = parse_moment(text)))
      text = *moment;
    if (exact[c]) {
      if (const auto integer = parse_number<std::int64_t>(text)) {
        column.integers[row_] = *integer;
        column.floats[row_] = static_cast<double>(*integer);
        return;
      }
      exact[c] = false;
    }
    const char* const expected = is_time_[c] ? "a finite number or a date such as 2019-10-01 00:00:05" : kFinite;
    column.floats[row_] = text.empty() || is_missing_word(text) ? kMissing : number(column, text, expected);
  }

  double number(const AtomicColumn& column, std::string_view text, const char* expected = kFinite) {
    const auto value = parse_number<double>(text);
    if (!value || !std::isfinite(*value))
      fail(text.data(), concat("column '", column.name, "' got ", in_quotes(text), ", expected ", expected));
    return *value;
  }

  /// Of a map, rows may have come or gone since they were counted.
  void check_unchanged(bool as_counted) const {
    require<IoError>(as_counted, "can't read ", name_, ": it was written while it was read");
  }

  [[noreturn]] void fail(const char* position, const std::string& what) const {
    throw DataError(concat(place_in(text_, name_, position), ": ", what));
  }

  std::string_view text_;
  const std::string& name_;
  const AtomicFormat& format_;
  const std::vector<AtomicField>& fields_;
  const std::vector<int>& column_of_;
  std::vector<AtomicColumn>& table_;
  std::size_t row_ = 0;
  std::vector<char> is_time_;  // a column of TIME_FIELD
};

/// Where the first line that begins at `from` or later begins.
std::size_t line_begin(std::string_view text, std::size_t body, std::size_t from) {
  if (from <= body) return body;
  const auto end = text.find('\n', from - 1);
  return end == std::string_view::npos ? text.size() : end + 1;
}

template <class T>
void append(LargeVector<T>& to, LargeVector<T>& from, T shift = T{}) {
  if constexpr (std::is_arithmetic_v<T>) {
    if (shift != T{})
      for (T& value : from) value += shift;
  }
  if (to.capacity() == 0)
    to = std::move(from);
  else
    to.insert(to.end(), from.begin(), from.end());
  free_memory(from);
}

/// Adds what the chunks know of a column, one after the other.
void join(std::vector<ChunkParser>& chunks, std::size_t c, AtomicColumn& out) {
  if (!is_sequence(out.type)) {
    const bool exact = std::ranges::all_of(chunks, [&](const ChunkParser& chunk) { return chunk.exact[c] != 0; });
    if (!exact) free_memory(out.integers);
    return;
  }
  std::size_t tokens = 0, floats = 0, offsets = 1;
  for (const ChunkParser& chunk : chunks) {
    const AtomicColumn& column = chunk.columns[c];
    tokens += column.tokens.size();
    floats += column.floats.size();
    offsets += column.offsets.size() - 1;
  }
  if (chunks.size() > 1 && out.offsets.empty()) {
    out.tokens.reserve(tokens);
    out.floats.reserve(floats);
    out.offsets.reserve(offsets);
  }
  for (ChunkParser& chunk : chunks) {
    AtomicColumn& column = chunk.columns[c];
    const std::int64_t shift = out.offsets.empty() ? 0 : out.offsets.back();
    if (!out.offsets.empty()) column.offsets.erase(column.offsets.begin());
    append(out.offsets, column.offsets, shift);
    append(out.tokens, column.tokens);
    append(out.floats, column.floats);
  }
}

/// How many chunks are parsed before their columns are joined: all of them, unless memory is to be spared.
std::int64_t chunks_at_once(std::int64_t chunks, std::int64_t chunk_bytes) {
  if (!SpillScope::is_active()) return chunks;
  constexpr std::int64_t kColumnsPerText = 8, kMost = 64;  // what a chunk takes, of its text
  return std::clamp<std::int64_t>(SpillScope::memory() / (kColumnsPerText * chunk_bytes), 1, kMost);
}

/// Calls parse(i) for each chunk. The first bad line is reported, whichever chunk fails first.
template <class F>
void parse_block(const std::vector<ChunkParser>& block, F&& parse) {
  std::vector<std::exception_ptr> errors(block.size());
  parallel_for(std::ssize(block), 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) try {
        parse(i);
      } catch (...) {
        errors[i] = std::current_exception();
      }
  });
  for (const std::exception_ptr& error : errors)
    if (error) std::rethrow_exception(error);
}

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::size_t header_begin(std::string_view text) { return text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0; }

}  // namespace

std::span<const std::string_view> missing_words() { return kMissingWords; }

const AtomicColumn* AtomicTable::find(std::string_view name) const {
  const auto found =
      std::find_if(columns.begin(), columns.end(), [&](const auto& column) { return column.name == name; });
  return found == columns.end() ? nullptr : &*found;
}

std::string AtomicTable::place(const char* position) const { return place_in(text, file, position); }

std::vector<AtomicField> parse_atomic_header(std::string_view text, const std::string& name,
                                             const AtomicFormat& format) {
  std::size_t begin = header_begin(text);
  const std::string_view header = take_line(text, begin);
  if (header.empty())
    throw DataError(concat(name, ":1: empty, expected a header such as user_id:token, columns separated by ",
                           shown_separator(format.field_separator)));
  const std::string_view foreign = foreign_format(text);
  require<DataError>(foreign.empty(), name, ":1: ", foreign);
  require<DataError>(header.find('\0') == header.npos, name, ":1: ", kZero);
  std::vector<AtomicField> fields;
  std::set<std::string_view> names;
  std::deque<std::string> kept;
  const auto take = [&](std::string_view column) {
    const auto fail = [&](const std::string& what) { throw DataError(concat(name, ":1: ", what)); };
    const auto colon = column.find(':');
    const std::string_view field = column.substr(0, colon);
    if (colon == std::string_view::npos || field.empty())
      fail(concat("column ", in_quotes(column),
                  " of the header, expected name:type with a type of token, token_seq, float, float_seq; "
                  "seqrec convert makes such a file of one without types"));
    const std::string_view type_name = column.substr(colon + 1);
    const auto type = field_type(type_name);
    if (!type)
      fail(concat(
          "column ", in_quotes(field), " has type ", in_quotes(type_name),
          ", expected token, token_seq, float or float_seq",
          type_name.find(':') == std::string_view::npos
              ? ""
              : concat("; are columns separated by ", shown_separator(format.field_separator), " (field_separator)?")));
    if (!names.insert(field).second) fail(concat("column ", in_quotes(field), " twice in the header"));
    fields.push_back({std::string(field), *type});
  };
  if (format.quotes)
    require<DataError>(split_quoted(header, format.field_separator, kept, take), name,
                       ":1: a column begins with a quote that isn't closed on its line");
  else
    split(header, format.field_separator, take);
  return fields;
}

AtomicTable parse_atomic(std::string_view text, const std::string& name, const AtomicFormat& format) {
  const std::vector<AtomicField> fields = parse_atomic_header(text, name, format);
  std::vector<int> column_of(fields.size(), -1);
  int columns = 0;
  for (std::size_t f = 0; f < fields.size(); ++f)
    if (!format.wanted || format.wanted(fields[f].name)) column_of[f] = columns++;

  std::size_t body = header_begin(text);
  take_line(text, body);
  const auto bytes = static_cast<std::int64_t>(text.size() - body);
  const std::int64_t chunk_bytes = std::max(kChunkBytes, kChunkBytesPerColumn * columns);
  const std::int64_t ranges = std::max<std::int64_t>(1, num_ranges(bytes, chunk_bytes));
  const auto begin_of = [&](std::int64_t i) {
    return line_begin(text, body, body + static_cast<std::size_t>(i * chunk_bytes));
  };
  // Rows are counted first, so that values have their places and no second ones.
  std::vector<std::int64_t> first_rows(static_cast<std::size_t>(ranges) + 1);
  parallel_for(ranges, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) first_rows[i + 1] = count_rows(text, begin_of(i), begin_of(i + 1));
  });
  std::partial_sum(first_rows.begin(), first_rows.end(), first_rows.begin());

  AtomicTable table;
  table.fields = fields;
  table.file = name;
  table.text = text;
  table.rows = first_rows.back();
  require<DataError>(table.rows <= std::numeric_limits<std::int32_t>::max(), name, ": ", table.rows,
                     " rows, at most 2147483647 can be read");
  // Whole rows take a byte for each field: one beyond those that can be whole is beyond one that isn't.
  const std::int64_t room = std::min(table.rows, (bytes + 1) / std::ssize(fields) + 1);
  table.columns = empty_columns(fields, column_of, room, format.exact);
  auto kept = std::make_shared<std::vector<std::deque<std::string>>>();
  const std::int64_t at_once = chunks_at_once(ranges, chunk_bytes);
  for (std::int64_t first = 0; first < ranges; first += at_once) {
    std::vector<ChunkParser> block(static_cast<std::size_t>(std::min(at_once, ranges - first)),
                                   ChunkParser(text, name, format, fields, column_of, table.columns));
    parse_block(block, [&](std::int64_t i) {
      block[i].parse(begin_of(first + i), begin_of(first + i + 1), first_rows[first + i], first_rows[first + i + 1],
                     room);
    });
    for (ChunkParser& chunk : block)
      if (!chunk.kept.empty()) kept->push_back(std::move(chunk.kept));
    parallel_for(columns, 1, [&](std::int64_t from, std::int64_t to) {
      for (std::int64_t c = from; c < to; ++c) join(block, static_cast<std::size_t>(c), table.columns[c]);
    });
  }
  require<DataError>(table.rows > 0, name, ": has a header but no rows");
  table.owner = std::move(kept);
  return table;
}

AtomicText read_atomic_text(const std::filesystem::path& path) {
  AtomicText file;
  if (SpillScope::is_active()) {
    const auto map = std::make_shared<const MappedFile>(path);
    file = {{reinterpret_cast<const char*>(map->bytes().data()), map->bytes().size()}, map};
  } else {
    const auto content = std::make_shared<const FileContent>(path);
    file = {content->text(), content};
  }
  if (!is_compressed(file.text)) return file;
  file = {};
  const auto text = std::make_shared<const std::string>(read_compressed(path));
  return {*text, text};
}

AtomicTable read_atomic_file(const std::filesystem::path& path, const AtomicFormat& format) {
  AtomicText file = read_atomic_text(path);
  AtomicTable table = parse_atomic(file.text, path.string(), format);
  using Owners = std::pair<std::shared_ptr<const void>, std::shared_ptr<const void>>;
  table.owner = std::make_shared<Owners>(std::move(file.owner), std::move(table.owner));
  return table;
}

}  // namespace seqrec::data
