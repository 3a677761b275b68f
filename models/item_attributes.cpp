#include "models/item_attributes.h"

namespace seqrec::models {

Windows ItemAttributes::windows_of(const Index& items) const {
  std::vector<std::int32_t> begin, end;
  for (const std::int32_t item : items.host()) {
    begin.push_back(offsets[item]);
    end.push_back(offsets[item + 1]);
  }
  return Windows(std::move(begin), std::move(end), ids.size());
}

ItemAttributes ItemAttributes::with_missing(std::int32_t id) const {
  ItemAttributes out{{0}, {}, single_valued};
  std::vector<std::int32_t> all;
  for (std::size_t item = 0; item + 1 < offsets.size(); ++item) {
    const auto own = ids.host().subspan(offsets[item], offsets[item + 1] - offsets[item]);
    all.insert(all.end(), own.begin(), own.end());
    if (own.empty() && item > 0) all.push_back(id);
    out.offsets.push_back(static_cast<std::int32_t>(all.size()));
  }
  out.ids = Index(std::move(all));
  return out;
}

}  // namespace seqrec::models
