#include "data/preload.h"

#include <algorithm>

#include "core/file.h"
#include "core/shown.h"
#include "data/number.h"
#include "data/raw.h"

namespace seqrec::data {
namespace {

/// The first file that has both columns.
AtomicTable read_columns(const Config& config, const std::string& id, const std::string& vector, bool of_items) {
  std::vector<std::filesystem::path> files;
  if (const auto side = file_of(config, of_items ? "item" : "user"); file_exists(side)) files.push_back(side);
  for (const std::string& suffix : config.get_strings("additional_feat_suffix"))
    files.push_back(file_of(config, suffix));
  AtomicFormat format = format_of(config);
  format.wanted = [&](std::string_view name) { return name == id || name == vector; };
  std::string seen;
  for (const auto& path : files) {
    const FileContent file(path);
    const std::vector<AtomicField> fields = parse_atomic_header(file.text(), path.string(), format);
    if (std::count_if(fields.begin(), fields.end(), [&](const auto& field) { return format.wanted(field.name); }) == 2)
      return read_atomic_file(path, format);
    seen += concat(seen.empty() ? "" : "; ", path.string(), " has ", names_of(fields));
  }
  throw DataError(concat("preload_weight: no file has the columns '", id, "' and '", vector, "': ",
                         seen.empty() ? concat("there is no ", file_of(config, of_items ? "item" : "user").string(),
                                               ", and additional_feat_suffix names no other file")
                                      : seen));
}

PreloadedVectors read_vectors(const AtomicTable& table, const std::string& id, const std::string& field, bool of_items,
                              const Vocabulary& known) {
  const AtomicColumn& tokens = column_of(table, id, FieldType::Token, "preload_weight");
  const AtomicColumn& numbers = column_of(table, field, FieldType::FloatSeq, "preload_weight");
  PreloadedVectors out{of_items, table.file, field, 0, {}, {}};
  const char* const what = of_items ? "item" : "user";
  Vocabulary seen;
  for (std::size_t row = 0; row < tokens.tokens.size(); ++row) {
    const std::string_view token = tokens.tokens[row];
    const std::int64_t begin = numbers.offsets[row], width = numbers.offsets[row + 1] - begin;
    if (token.empty() || width == 0) continue;
    const auto check = [&](bool ok, const auto&... problem) {
      if (!ok) throw DataError(concat(table.place(token.data()), ": ", what, " '", shown(token), "' has ", problem...));
    };
    const std::int32_t before = seen.size();
    check(seen.add(token) == before, "two vectors");
    if (out.width == 0) out.width = width;
    check(width == out.width, "a vector of ", width, " numbers, those before it have ", out.width);
    const auto number = known.find(token);
    if (!number) continue;
    out.ids.push_back(*number);
    for (std::int64_t place = begin; place < begin + width; ++place) {
      check(fits_float(numbers.floats[place]), numbers.floats[place],
            " in its vector, expected numbers that 32 bits can hold");
      out.values.push_back(static_cast<float>(numbers.floats[place]));
    }
  }
  require<DataError>(!out.ids.empty(), table.file, ": no ", what, " of the data has a vector in column '", field,
                     "' (preload_weight)");
  return out;
}

}  // namespace

std::vector<PreloadedVectors> preload_weight(const Config& config, const Vocabulary& users, const Vocabulary& items) {
  std::vector<PreloadedVectors> out;
  if (config.is_null("preload_weight")) return out;
  for (const auto& [id, field] : config.at("preload_weight").as_object()) {
    const bool of_items = id == config.get_string("ITEM_ID_FIELD") || config.lists("alias_of_item_id", id);
    const bool of_users = id == config.get_string("USER_ID_FIELD") || config.lists("alias_of_user_id", id);
    if (!field.is_string() || of_items == of_users)
      config.fail("preload_weight",
                  "{ID: VECTOR}, names of columns, where ID is USER_ID_FIELD, ITEM_ID_FIELD or listed in "
                  "alias_of_user_id or alias_of_item_id");
    const AtomicTable table = read_columns(config, id, field.as_string(), of_items);
    out.push_back(read_vectors(table, id, field.as_string(), of_items, of_items ? items : users));
  }
  return out;
}

}  // namespace seqrec::data
