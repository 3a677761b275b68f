#include "data/export.h"

#include "core/file.h"
#include "core/safetensors.h"

namespace seqrec::data {
namespace {

Json tokens_of(const Vocabulary& vocabulary) {
  Json::Array tokens;
  for (std::int32_t id = 0; id < vocabulary.size(); ++id) tokens.emplace_back(vocabulary.token(id));
  return tokens;
}

void add_ids(Json& ids, const FeatureTable& table) {
  for (const Feature& column : table.columns)
    if (column.is_token()) ids[column.name] = tokens_of(*column.vocabulary);
}

}  // namespace

void export_dataset(const Dataset& dataset, const Config& config, const std::filesystem::path& folder) {
  make_folder(folder);
  const std::string &user = config.get_string("USER_ID_FIELD"), &item = config.get_string("ITEM_ID_FIELD");
  Json ids = Json::object();
  ids[user] = tokens_of(dataset.users);
  ids[item] = tokens_of(dataset.items);
  for (const std::string& field : config.get_strings("alias_of_user_id")) ids[field] = tokens_of(dataset.users);
  for (const std::string& field : config.get_strings("alias_of_item_id")) ids[field] = tokens_of(dataset.items);
  add_ids(ids, dataset.user_features);
  add_ids(ids, dataset.item_features);
  write_text(folder / "ids.json", ids.dump());

  SafetensorsWriter writer;
  for (const Split split : {Split::Train, Split::Valid, Split::Test}) {
    const RowList& rows = dataset.rows(split);
    const std::int64_t n = std::ssize(rows);
    const Tensor users({n}, DType::I64), targets({n}, DType::I64), lengths({n}, DType::I64);
    const Tensor lists = Tensor::zeros({n, dataset.max_length}, DType::I64);
    for (std::int64_t r = 0; const Row row : rows) {
      const auto before = dataset.before(row);
      const auto window = before.last(std::min(before.size(), static_cast<std::size_t>(dataset.max_length)));
      users.data<std::int64_t>()[r] = dataset.user(row);
      targets.data<std::int64_t>()[r] = dataset.target(row);
      lengths.data<std::int64_t>()[r] = static_cast<std::int64_t>(window.size());
      std::copy(window.begin(), window.end(), lists.data<std::int64_t>() + r * dataset.max_length);
      ++r;
    }
    const std::string prefix = concat(name_of(split), ".");
    writer.add(prefix + user, users);
    writer.add(prefix + item, targets);
    writer.add(prefix + item + config.get_string("LIST_SUFFIX"), lists);
    writer.add(prefix + config.get_string("ITEM_LIST_LENGTH_FIELD"), lengths);
  }
  writer.write(folder / "splits.safetensors");
}

}  // namespace seqrec::data
