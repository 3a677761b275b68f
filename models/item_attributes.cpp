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

ItemAttributes ItemAttributes::with_missing() const {
  ItemAttributes out{{0}, {}, columns};
  std::vector<std::int32_t> all;
  for (std::size_t item = 0; item + 1 < offsets.size(); ++item) {
    auto id = ids.host().begin() + offsets[item];
    const auto end = ids.host().begin() + offsets[item + 1];
    for (const Column& column : columns) {
      const auto first = id;
      for (; id != end && *id < column.end; ++id) all.push_back(*id);
      if (id == first && column.single_valued && item > 0) all.push_back(column.end - 1);
    }
    out.offsets.push_back(static_cast<std::int32_t>(all.size()));
  }
  out.ids = Index(std::move(all));
  return out;
}

}  // namespace seqrec::models
