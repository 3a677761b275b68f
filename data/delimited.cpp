#include "data/delimited.h"

#include "core/error.h"
#include "data/quotes.h"

namespace seqrec::data {
namespace {

constexpr std::size_t kLongestRecord = 1 << 18;  // that an unclosed quote costs no more than that

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

bool DelimitedReader::read(std::vector<std::string_view>& fields) {
  while (!is_read_ || record_.empty()) {
    if (!text_.read_line(record_)) return false;
    is_read_ = true;
  }
  is_read_ = false;
  line_ = text_.line();
  kept_.clear();
  const auto split = [&] {
    fields.clear();
    return split_quoted(record_, separator_, kept_, [&](std::string_view field) { fields.push_back(field); });
  };
  for (std::string more; !split(); record_ += '\n' + more)
    require<DataError>(record_.size() <= kLongestRecord && text_.read_line(more), text_.name(), ":", line_,
                       ": a quote is never closed");
  return true;
}

}  // namespace seqrec::data
