#include "tests/golden/s3rec_case.h"

#include <set>

#include "tests/golden/ids.h"

namespace seqrec::golden {
void read_attributes(const Json& config, const SafetensorsReader& batch, models::ModelSpec& spec) {
  const Json* field = config.find("item_attribute");
  if (!field) return;
  for (const Json& feature : config.at("item_features").as_array()) {
    const auto& parts = feature.as_array();
    if (parts[0] != *field) continue;
    spec.attribute_columns = {{field->as_string(), parts[2].as_int() - 1}};
    const auto size = static_cast<std::int32_t>(spec.n_attributes());
    models::ItemAttributes attributes{{0}, {}, {{size, parts[1] == Json("token")}}};
    const std::vector<std::int32_t> table = ids(batch, "feat.item." + field->as_string());
    const std::size_t width = table.size() / static_cast<std::size_t>(spec.n_items);
    std::vector<std::int32_t> all;
    for (auto row = table.begin(); row != table.end(); row += static_cast<std::ptrdiff_t>(width)) {
      std::set<std::int32_t> own(row, row + static_cast<std::ptrdiff_t>(width));
      own.erase(0);  // padding
      for (const std::int32_t id : own) all.push_back(id - 1);
      attributes.offsets.push_back(static_cast<std::int32_t>(all.size()));
    }
    attributes.ids = Index(std::move(all));
    spec.attributes = std::make_shared<const models::ItemAttributes>(std::move(attributes));
  }
}

std::optional<models::S3RecInstances> read_instances(const SafetensorsReader& batch) {
  if (!batch.contains("pretrain.pos_items")) return std::nullopt;
  models::S3RecInstances out;
  const std::vector<std::int32_t> lengths = ids(batch, "item_length");
  for (const std::int32_t length : lengths) out.offsets.push_back(out.offsets.back() + length);
  const auto read = [&](const char* name, std::vector<std::int32_t>& to) {
    const std::vector<std::int32_t> padded = ids(batch, std::string("pretrain.") + name);
    const std::size_t width = padded.size() / lengths.size();
    for (std::size_t r = 0; r < lengths.size(); ++r)
      to.insert(to.end(), padded.begin() + static_cast<std::ptrdiff_t>((r + 1) * width) - lengths[r],
                padded.begin() + static_cast<std::ptrdiff_t>((r + 1) * width));
  };
  read("pos_items", out.items);
  read("masked_item_sequence", out.masked_items);
  read("neg_items", out.negative_items);
  read("masked_segment_sequence", out.masked_segment);
  read("pos_segment", out.positive_segment);
  read("neg_segment", out.negative_segment);
  return out;
}

}  // namespace seqrec::golden
