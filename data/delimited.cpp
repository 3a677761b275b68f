#include "data/delimited.h"

#include "core/error.h"

namespace seqrec::data {
namespace {

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

std::string find_separator(std::string_view line) {
  std::string best = "::";
  for (const char* separator : {"\t", ",", "|", ";", " "})
    if (count(line, separator) > count(line, best)) best = separator;
  return best;
}

}  // namespace

DelimitedReader::DelimitedReader(TextInput& text, std::string separator)
    : text_(text), separator_(separator == "\\t" ? "\t" : std::move(separator)) {
  while (!is_read_ && text_.read_line(record_)) is_read_ = !record_.empty();
  if (separator_.empty()) separator_ = find_separator(record_);
}

bool DelimitedReader::read(std::vector<std::string>& fields) {
  while (!is_read_ || record_.empty()) {
    if (!text_.read_line(record_)) return false;
    is_read_ = true;
  }
  line_ = text_.line();
  split(fields);
  is_read_ = false;
  return true;
}

void DelimitedReader::split(std::vector<std::string>& fields) {
  std::size_t count = 0, at = 0;
  for (;;) {
    if (count == fields.size()) fields.emplace_back();
    std::string& field = fields[count++];
    field.clear();
    bool quoted = at < record_.size() && record_[at] == '"';
    if (quoted) ++at;
    while (quoted) {
      const std::size_t end = record_.find('"', at);
      field.append(record_, at, end - at);
      if (end == std::string::npos) {  // the record goes on in the next line
        require<DataError>(text_.read_line(record_), text_.name(), ":", line_, ": a quote is never closed");
        field += '\n';
        at = 0;
        continue;
      }
      at = end + 1;
      quoted = at < record_.size() && record_[at] == '"';
      if (quoted) {
        field += '"';
        ++at;
      }
    }
    const std::size_t end = record_.find(separator_, at);
    field.append(record_, at, end - at);
    if (end == std::string::npos) break;
    at = end + separator_.size();
  }
  fields.resize(count);
}

}  // namespace seqrec::data
