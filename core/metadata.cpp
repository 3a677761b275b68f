#include "core/metadata.h"

#include <algorithm>

#include "core/upload.h"

namespace seqrec {
namespace {

void add(std::uint8_t more, std::uint8_t& uses) { uses |= more; }
void add(const Windows::Uses& more, Windows::Uses& uses) {
  for (std::size_t i = 0; i < uses.size(); ++i) uses[i] |= more[i];
}

template <class Part, class Uses>
void learn_from(const std::vector<Part>& parts, std::vector<Uses>& uses) {
  uses.resize(std::max(uses.size(), parts.size()));
  for (std::size_t i = 0; i < parts.size(); ++i) add(parts[i].uses(), uses[i]);
}

template <class Part, class Uses>
void make_all(const std::vector<Part>& parts, const std::vector<Uses>& uses, Upload& upload) {
  for (std::size_t i = 0; i < std::min(parts.size(), uses.size()); ++i) parts[i].make(uses[i], upload);
}

}  // namespace

void MetadataUses::learn(const Metadata& used) {
  learn_from(used.indices_, indices_);
  learn_from(used.windows_, windows_);
  learn_from(used.numbers_, numbers_);
}

void MetadataUses::make(const std::vector<Metadata>& all, Device device) const {
  Upload upload(device);
  for (const Metadata& one : all) {
    make_all(one.indices_, indices_, upload);
    make_all(one.windows_, windows_, upload);
    make_all(one.numbers_, numbers_, upload);
  }
  upload.send();
}

}  // namespace seqrec
