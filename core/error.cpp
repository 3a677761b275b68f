#include "core/error.h"

#include "core/shown.h"

namespace seqrec {

Error::Error(const std::string& text) : std::runtime_error(shown(text, kLongestError, "\n")) {}

namespace detail {

template void raise<Error>(std::initializer_list<TextPart>);
template void raise<UsageError>(std::initializer_list<TextPart>);
template void raise<ConfigError>(std::initializer_list<TextPart>);
template void raise<DataError>(std::initializer_list<TextPart>);
template void raise<FormatError>(std::initializer_list<TextPart>);
template void raise<IoError>(std::initializer_list<TextPart>);
template void raise<ShapeError>(std::initializer_list<TextPart>);
template void raise<NumericError>(std::initializer_list<TextPart>);
template void raise<MemoryError>(std::initializer_list<TextPart>);
template void raise<DeviceError>(std::initializer_list<TextPart>);

}  // namespace detail
}  // namespace seqrec
