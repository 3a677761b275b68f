#include "core/file.h"
#include "data/raw.h"

namespace seqrec::data {
namespace {

/// The column to show: `title` or `name`, else the first that ends so; "" if there is none.
std::string title_field(const std::vector<AtomicField>& fields) {
  std::string found;
  for (const AtomicField& field : fields) {
    if (field.type != FieldType::Token && field.type != FieldType::TokenSeq) continue;
    if (field.name == "title" || field.name == "name") return field.name;
    if (found.empty() && (field.name.ends_with("title") || field.name.ends_with("name"))) found = field.name;
  }
  return found;
}

}  // namespace

std::vector<std::string> item_titles(const Config& config, const Vocabulary& items) {
  const std::string& id_field = config.get_string("ITEM_ID_FIELD");
  const auto path = file_of(config, "item");
  if (!file_exists(path)) return {};
  AtomicFormat format = format_of(config);
  format.pandas_missing = false;  // "None" is a title
  const AtomicText file = read_atomic_text(path);
  const std::string field = title_field(parse_atomic_header(file.text, path.string(), format));
  if (field.empty()) return {};
  format.wanted = [&](std::string_view name) { return name == field || name == id_field; };
  const AtomicTable table = parse_atomic(file.text, path.string(), format);
  const AtomicColumn* const ids = table.find(id_field);
  const AtomicColumn* const texts = table.find(field);
  if (!ids || ids->type != FieldType::Token || field == id_field) return {};

  std::vector<std::string> titles(items.size());
  for (std::int64_t row = 0; row < table.rows; ++row) {
    const auto id = items.find(ids->tokens[row]);
    if (!id || !titles[*id].empty()) continue;
    if (texts->type == FieldType::Token)
      titles[*id] = texts->tokens[row];
    else
      for (std::int64_t word = texts->offsets[row]; word < texts->offsets[row + 1]; ++word)
        titles[*id] += (titles[*id].empty() ? "" : format.seq_separator) + std::string(texts->tokens[word]);
  }
  return titles;
}

std::vector<std::string> item_titles(const Config& config, const Dataset& dataset) {
  return dataset.titles ? *dataset.titles : item_titles(config, dataset.items);
}

}  // namespace seqrec::data
