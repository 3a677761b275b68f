#pragma once

#include <cstdint>
#include <string_view>

namespace seqrec {

/// The hash of a token for tables in memory. It depends on a secret of the process, drawn at random: no file can hold
/// tokens that collide on purpose. So nothing that is kept, shown or computed may follow its order.
std::uint64_t token_hash(std::string_view token);

}  // namespace seqrec
