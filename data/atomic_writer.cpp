#include "data/atomic_writer.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "data/date.h"
#include "data/number.h"
#include "data/report.h"

namespace seqrec::data {
namespace {

constexpr std::size_t kBuffer = 1 << 20;

bool is_number(std::string_view text) {
  const auto number = parse_number<double>(text);
  return number && std::isfinite(*number);
}

/// The reader of an atomic file wants numbers between spaces.
void check_numbers(const AtomicField& field, std::string_view text, const AtomicWriter::Where& where) {
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(' '));
    if (!part.empty() && !is_number(part))
      throw DataError(concat(where(), ": column '", field.name, "' got ", in_quotes(part),
                             ", expected numbers separated by spaces"));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
  }
}

/// Whether a token is several, separated by something else than spaces.
bool looks_like_a_list(std::string_view text) {
  const auto at = text.find_first_of("|,;");
  return at != text.npos && at > 0 && at + 1 < text.size() && text.find(' ') == text.npos;
}

}  // namespace

void AtomicWriter::Count::add(const Where& where, std::string_view text) {
  if (count++ == 0) first = concat(text.empty() ? "" : in_quotes(text) + " ", "at ", where());
}

AtomicWriter::AtomicWriter(const std::filesystem::path& path, std::vector<AtomicField> fields)
    : fields_(std::move(fields)), file_(path) {
  for (const AtomicField& field : fields_)
    buffer_ += concat(buffer_.empty() ? "" : "\t", field.name, ":", name_of(field.type));
  buffer_ += '\n';
}

std::string AtomicWriter::header() const {
  std::string out;
  for (const AtomicField& field : fields_) out += concat(out.empty() ? "" : " ", field.name, ":", name_of(field.type));
  return out;
}

void AtomicWriter::add(std::string_view text, const Where& where) {
  const AtomicField& field = fields_[next_];
  const std::size_t before = buffer_.size();
  if (next_++ > 0) buffer_ += '\t';
  if (field.type == FieldType::Float)
    add_number(field, text, where);
  else
    add_text(field, text, where);
  if (next_ < fields_.size()) return;
  if (buffer_.size() == before) buffer_ += "\"\"";  // of one field: an empty line is no row
  buffer_ += '\n';
  next_ = 0;
  ++rows_;
  if (buffer_.size() >= kBuffer) flush();
}

void AtomicWriter::add_number(const AtomicField& field, std::string_view text, const Where& where) {
  text = trim(text);
  if (is_number(text)) {
    buffer_ += text;
  } else if (const auto date = parse_moment(text)) {
    buffer_ += *date;
  } else if (text.empty() || std::ranges::find(missing_words(), text) != missing_words().end()) {
    missing_.add(where);
  } else {
    throw DataError(concat(where(), ": column '", field.name, "' got ", in_quotes(text),
                           ", expected a number or a date such as 2019-10-01 00:00:05", rows_ == 0 ? hint_ : ""));
  }
}

void AtomicWriter::add_text(const AtomicField& field, std::string_view text, const Where& where) {
  if (text.find('\0') != text.npos)
    throw DataError(concat(where(), ": column '", field.name, "' holds a byte 0, which no text does"));
  if (field.type == FieldType::FloatSeq) check_numbers(field, text, where);
  const bool is_token = field.type == FieldType::Token;
  if (text.empty()) missing_.add(where);
  if (is_token && (text.starts_with(' ') || text.ends_with(' '))) padded_.add(where);
  if ((is_token ? tokens_are_parts_ : field.type == FieldType::TokenSeq) && looks_like_a_list(text))
    lists_.add(where, text);
  write_text(text, where);
}

void AtomicWriter::write_text(std::string_view text, const Where& where) {
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
  if (blank) blanks_.add(where);
}

void AtomicWriter::flush() {
  file_.write(buffer_);
  buffer_.clear();
}

void AtomicWriter::commit(const std::string& input) {
  require<DataError>(rows_ > 0, input, ": holds no row");
  flush();
  file_.commit();
}

std::vector<std::string> AtomicWriter::notices(const std::string& input) const {
  std::vector<std::string> out;
  const auto say = [&](const Count& count, const auto&... what) {
    if (count.count > 0) out.push_back(concat(input, ": ", what..., ", the first one ", count.first));
  };
  say(blanks_, "tabs and line ends in ", counted(blanks_.count, "value"), " became spaces");
  say(padded_, counted(padded_.count, "value"), padded_.count == 1 ? " begins or ends" : " begin or end",
      " with a space, which stays part of it");
  say(lists_, counted(lists_.count, "value"),
      lists_.count == 1 ? " looks like a list and is" : " look like lists and are",
      tokens_are_parts_ ? " taken for one item (--separator)" : " one token each, unless another seq_separator is set");
  say(missing_, counted(missing_.count, "value"), " ", is_or_are(missing_.count), " missing");
  return out;
}

}  // namespace seqrec::data
