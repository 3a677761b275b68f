#include "train/warm_start.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

#include "core/error.h"
#include "kernels/copy.h"
#include "models/list.h"

namespace seqrec::train {
namespace {

using models::ModelSpec;
using models::TokenRows;
using models::TokenTable;

std::map<std::string, Tensor> state_of(const models::SequentialRecommender& model) {
  std::map<std::string, Tensor> out;
  for (auto& [name, tensor] : model.state()) out.emplace(name, tensor);
  return out;
}

std::map<std::string, Shape> shapes_of(const ModelSpec& spec) {
  const nn::Root blank = nn::Root::blank(DType::F32, kCpu, [](const auto&...) {});
  std::map<std::string, Shape> out;
  for (const auto& [name, tensor] : models::model_info(spec.model).make_at(spec, blank)->state())
    out.emplace(name, tensor.shape());
  return out;
}

/// A model's tables, with the file's own vocabularies for its users and items.
std::vector<TokenTable> tables_of(const models::ModelFile& file) {
  std::vector<TokenTable> tables = models::model_info(file.spec.model).token_tables(file.spec);
  for (TokenTable& table : tables)
    for (TokenRows& rows : table.parts) {
      if (rows.of == TokenRows::kUsers) rows.tokens = &file.users;
      if (rows.of == TokenRows::kItems) rows.tokens = &file.items;
    }
  return tables;
}

/// A tensor's rows on the host, written back to its device by put().
class HostRows {
 public:
  explicit HostRows(const Tensor& tensor)
      : tensor_(tensor),
        host_(kernels::to_device(tensor, kCpu)),
        bytes_(static_cast<std::size_t>(tensor.numel() / std::max<std::int64_t>(1, tensor.size(0))) *
               size_of(tensor.dtype())) {}

  std::byte* row(std::int64_t r) const { return host_.raw() + r * static_cast<std::int64_t>(bytes_); }
  void set(std::int64_t r, const void* values) const { std::memcpy(row(r), values, bytes_); }
  void put() {
    if (tensor_.device() != kCpu) kernels::copy(kernels::to_device(host_, tensor_.device()), tensor_);
  }

 private:
  Tensor tensor_, host_;
  std::size_t bytes_;
};

/// How much of a vocabulary a file knows; padding doesn't count.
struct Known {
  std::string of;
  std::int64_t known = 0, here = 0, there = 0;
};

/// The file's row for each row of a part, -1 for a token that it doesn't know.
std::vector<std::int64_t> sources_of(const TokenRows& from, const TokenRows& to, const std::string& file,
                                     Known& known) {
  std::vector<std::int64_t> out(to.rows, -1);
  if (from.tokens == to.tokens && from.rows == to.rows) {  // one vocabulary, or none
    for (std::int64_t row = 0; row < to.rows; ++row) out[row] = row;
    return out;
  }
  require<ConfigError>(from.tokens && to.tokens, file, " doesn't say which its ", to.of,
                       " are: an older seqrec wrote it, train it again");
  known = {to.of, 0, to.tokens->size() - 1, from.tokens->size() - 1};
  for (std::int64_t row = 0; row < to.rows; ++row) {
    const auto id = static_cast<std::int32_t>(row) + to.first;
    const auto there = id == 0 ? std::optional(0) : from.tokens->find(to.tokens->token(id));
    if (!there) continue;
    out[row] = *there - from.first;
    if (id > 0) ++known.known;
  }
  return out;
}

/// "age:token, class:token_seq"
std::string names_of(const std::vector<Feature>& features) {
  std::string out;
  for (const Feature& feature : features)
    out += concat(out.empty() ? "" : ", ", feature.name, ":", name_of(feature.type));
  return out.empty() ? "none" : out;
}

void check_features(const char* of, const std::vector<Feature>& from, const std::vector<Feature>& to,
                    const std::string& file) {
  require<ConfigError>(names_of(from) == names_of(to), file, " embeds these features of the ", of, ": ", names_of(from),
                       "; here there are: ", names_of(to), " (load_col, numerical_features)");
}

/// Which keys make a parameter's shape another one: those that do so alone.
std::string advice(const ModelSpec& from, const ModelSpec& to) {
  const auto shapes = shapes_of(to);
  std::string here, settings;
  for (const auto& [key, value] : to.hyper_parameters.as_object()) {
    const Json* there = from.hyper_parameters.find(key);
    if (!there || *there == value) continue;
    ModelSpec other = to;
    other.hyper_parameters[key] = *there;
    try {
      if (shapes_of(other) == shapes) continue;
    } catch (const ConfigError&) {  // it doesn't go with the other settings
      continue;
    }
    here += concat(here.empty() ? "" : ", ", key, " is ", value.dump(), " here and ", there->dump(), " in the file");
    settings += concat(" --set ", key, "=", there->dump());
  }
  return here.empty() ? "" : concat("; ", here, ":", settings, " fits it");
}

template <class... What>
[[noreturn]] void misfit(const ModelSpec& from, const ModelSpec& to, const What&... what) {
  throw ConfigError(concat(what..., advice(from, to)));
}

/// Whether they differ in nothing, or in a table's number of rows.
bool fits(const Shape& from, const Shape& to, bool table) {
  if (from.rank() != to.rank()) return false;
  for (std::int64_t dim = table ? 1 : 0; dim < to.rank(); ++dim)
    if (from[dim] != to[dim]) return false;
  return true;
}

/// The part of a table that is of these tokens, and its first row; null if there is none.
std::pair<const TokenRows*, std::int64_t> find_part(const TokenTable& table, const std::string& of) {
  std::int64_t row = 0;
  for (const TokenRows& part : table.parts) {
    if (part.of == of) return {&part, row};
    row += part.rows;
  }
  return {nullptr, row};
}

/// Gives a table the rows of the tokens that are in both, and adds to `all` what was known.
void give_rows(const TokenTable& from, const Tensor& given, const TokenTable& to, const Tensor& tensor,
               const std::string& file, std::vector<Known>& all) {
  const HostRows from_rows(given);
  HostRows to_rows(tensor);
  const auto add = [&](const Known& known) {
    if (!known.of.empty() && std::ranges::find(all, known.of, &Known::of) == all.end()) all.push_back(known);
  };
  std::int64_t to_begin = 0;
  for (const TokenRows& part : to.parts) {
    Known known;
    const auto [same, from_begin] = find_part(from, part.of);
    if (same == nullptr) {
      known = {part.of, 0, part.rows, 0};
    } else {
      const std::vector<std::int64_t> sources = sources_of(*same, part, file, known);
      for (std::int64_t row = 0; row < std::ssize(sources); ++row)
        if (const std::int64_t source = sources[row]; source >= 0)
          to_rows.set(to_begin + row, from_rows.row(from_begin + source));
    }
    add(known);
    to_begin += part.rows;
  }
  for (const TokenRows& part : from.parts)
    if (find_part(to, part.of).first == nullptr) add({part.of, 0, 0, part.rows});
  to_rows.put();
}

/// The part of a model's tables that holds its users' or items' vectors.
struct Place {
  std::string parameter;
  std::int64_t first_row;
};
std::optional<Place> find_rows(const std::vector<TokenTable>& tables, const std::map<std::string, Tensor>& state,
                               const std::string& of) {
  for (const TokenTable& table : tables) {
    if (!state.contains(table.parameter)) continue;
    if (const auto [part, row] = find_part(table, of); part != nullptr) return Place{table.parameter, row};
  }
  return std::nullopt;
}

std::string to_text(const std::vector<Known>& known, const std::string& file) {
  std::string out, left;
  for (const Known& k : known) {
    if (k.here > 0) out += concat(out.empty() ? ": " : ", ", k.known, " of ", k.here, " ", k.of);
    if (k.there > k.known) left += concat(left.empty() ? "; left out: " : ", ", k.there - k.known, " of its ", k.of);
  }
  return concat(file, out, " keep their rows", left);
}

}  // namespace

std::string warm_start(const models::LoadedModel& from, const models::ModelFile& to,
                       models::SequentialRecommender& model, const std::string& file) {
  const ModelSpec &there = from.file.spec, &here = to.spec;
  require<ConfigError>(there.model == here.model, file, " holds a ", there.model, ", expected ", here.model);
  check_features("users", there.user_features, here.user_features, file);
  check_features("items", there.item_features, here.item_features, file);
  const std::vector<TokenTable> from_tables = tables_of(from.file), to_tables = tables_of(to);
  const auto source = state_of(*from.model);
  const auto target = state_of(model);
  for (const auto& [name, tensor] : source)
    if (!target.contains(name)) misfit(there, here, file, " has ", name, ", but these settings have no such parameter");

  std::vector<Known> known;
  for (auto& [name, tensor] : model.state()) {
    const auto found = source.find(name);
    if (found == source.end()) misfit(there, here, file, " lacks ", name, ", which these settings need");
    const Tensor& given = found->second;
    std::size_t table = 0;
    while (table < to_tables.size() && to_tables[table].parameter != name) ++table;
    const bool by_token = table < to_tables.size();
    if (!fits(given.shape(), tensor.shape(), by_token))
      misfit(there, here, file, " has ", name, " of shape ", given.shape(), ", but these settings need ",
             tensor.shape());
    if (by_token)
      give_rows(from_tables[table], given, to_tables[table], tensor, file, known);
    else
      kernels::copy(kernels::to_device(given, tensor.device()), tensor);
  }
  for (const Known& k : known)
    require<ConfigError>(k.of != TokenRows::kItems || k.known > 0, file,
                         " knows no item of the data: is it of another dataset?");
  return to_text(known, file);
}

std::string preload(const data::PreloadedVectors& vectors, const models::ModelFile& to,
                    models::SequentialRecommender& model) {
  const std::string of = vectors.of_items ? TokenRows::kItems : TokenRows::kUsers;
  const auto state = state_of(model);
  const auto place = find_rows(tables_of(to), state, of);
  require<ConfigError>(place.has_value(), "preload_weight: ", to.spec.model, " has no table of ", of);
  const Tensor& table = state.at(place->parameter);
  require<ConfigError>(table.size(1) == vectors.width, "preload_weight: the vectors '", vectors.field, "' of ",
                       vectors.file, " have ", vectors.width, " numbers, but a row of ", place->parameter, " has ",
                       table.size(1));
  HostRows rows(table);
  for (std::size_t i = 0; i < vectors.ids.size(); ++i)
    rows.set(place->first_row + vectors.ids[i], vectors.values.data() + i * static_cast<std::size_t>(vectors.width));
  rows.put();
  const auto all = (vectors.of_items ? to.items : to.users).size() - 1;
  return concat("preload_weight: ", vectors.ids.size(), " of ", all, " ", of, " begin with their vector of ",
                vectors.file, all > std::ssize(vectors.ids) ? ", the others with fresh ones" : "");
}

}  // namespace seqrec::train
