#pragma once

#include <map>
#include <string>
#include <string_view>

namespace seqrec::serve {

/// The parameters of a target's query, "a=1&b=x%20y": by their names, decoded; '+' is a space, a name alone has the
/// value "". FormatError for a '%' without two hexadecimal digits and a name that is given twice.
std::map<std::string, std::string> parse_query(std::string_view query);

}  // namespace seqrec::serve
