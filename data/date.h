#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace seqrec::data {

/// Seconds since 1970 of "1998-03-01", "1998-03-01 12:30", "1998-03-01T12:30:05Z". The zone may be Z, UTC, +01:00,
/// +0100 or +01; without one it is UTC. Nothing for another text, or a day that no month has.
std::optional<std::int64_t> parse_date(std::string_view text);
/// The same of a time that may have a fraction of a second, as a number in decimal digits: "1406180460.407" of
/// "2014-07-24T05:41:00.407Z".
std::optional<std::string> parse_moment(std::string_view text);
/// "1998-03-01T12:30:05Z"; nothing beyond the years 1 to 9999.
std::optional<std::string> date_text(std::int64_t seconds);

}  // namespace seqrec::data
