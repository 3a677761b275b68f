#include <cstddef>
#include <cstdint>

#include "data/config.h"

/// Whatever the bytes: settings, or a ConfigError; the same for a value of --set, and for what keys make of it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seqrec::data;
  const std::string text(reinterpret_cast<const char*>(data), size);
  parse_setting(text);
  ConfigInput input;
  try {
    for (const YamlEntry& entry : parse_yaml(text, "fuzz.yaml"))
      input.options.push_back({entry.key, entry.value, "fuzz.yaml"});
    const Config config(input);
    ConfigInput again;
    again.stored = config.portable();
    Config{again};
  } catch (const seqrec::ConfigError&) {
    return 0;
  }
  return 0;
}
