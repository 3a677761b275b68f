#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "core/error.h"
#include "train/run_folder.h"
#include "train/stored_run.h"

/// Whatever the bytes: a run's result that is the same when it was written, or a FormatError.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seqrec;
  train::RunResult result;
  try {
    result = train::run_result(Json::parse({reinterpret_cast<const char*>(data), size}), "model");
  } catch (const FormatError&) {
    return 0;
  }
  const std::string text = train::to_json(result).dump();
  if (train::to_json(train::run_result(Json::parse(text), "model")).dump() != text) std::abort();
  return 0;
}
