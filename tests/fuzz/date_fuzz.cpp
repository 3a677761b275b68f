#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "data/date.h"
#include "data/number.h"

namespace {

void check(bool ok) {
  if (!ok) std::abort();
}

}  // namespace

/// Whatever the bytes: nothing, or a time that is the same when it was printed; with a fraction what it is without one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seqrec::data;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto date = parse_date(text);
  const auto moment = parse_moment(text);
  if (date) {
    check(moment == std::to_string(*date));
    if (const auto printed = date_text(*date)) check(parse_date(*printed) == date);
  }
  if (moment) {
    const auto point = moment->find('.');
    check(date.has_value() == (point == moment->npos));
    check(parse_number<double>(*moment).has_value() && moment->back() != '.');
    check(point == moment->npos || (moment->back() != '0' && text.find(moment->substr(point)) != text.npos));
  }
  std::int64_t seconds = 0;
  if (size < sizeof seconds) return 0;
  std::memcpy(&seconds, data, sizeof seconds);
  for (const std::int64_t time : {seconds, seconds % 300000000000})
    if (const auto printed = date_text(time)) check(parse_date(*printed) == time);
  return 0;
}
