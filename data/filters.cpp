#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "core/shown.h"
#include "data/number.h"
#include "data/raw.h"

namespace seqrec::data {
namespace {

using Rows = LargeVector<std::int32_t>;

/// Keeps the rows for which `keep(row)` holds.
template <class F>
void keep_if(Rows& rows, F&& keep) {
  std::erase_if(rows, [&](std::int32_t row) { return !keep(row); });
}

void drop_missing_ids(Raw& raw) {
  if (raw.user) keep_if(raw.user_rows, [&](std::int32_t row) { return raw.user_ids[row] != 0; });
  if (raw.item) keep_if(raw.item_rows, [&](std::int32_t row) { return raw.item_ids[row] != 0; });
  keep_if(raw.rows, [&](std::int32_t row) { return raw.inter_users[row] != 0 && raw.inter_items[row] != 0; });
}

/// rm_dup_inter: the first or last of equal (user, item) pairs in order of time. Rows stay in that order, and so decide
/// the order of the ids.
void drop_repeated(Raw& raw, const Config& config) {
  const std::string keep = config.get_string_or_empty("rm_dup_inter");
  if (keep.empty()) return;
  if (const AtomicColumn* time = raw.inter[0].find(config.get_string("TIME_FIELD"))) {
    const auto sort_by = [&raw](auto&& key) {
      std::stable_sort(raw.rows.begin(), raw.rows.end(),
                       [&](std::int32_t a, std::int32_t b) { return key(a) < key(b); });
    };
    if (!time->integers.empty())
      sort_by([&](std::int32_t row) { return time->integers[row]; });
    else  // missing times come last
      sort_by([&](std::int32_t row) { return std::isnan(time->floats[row]) ? INFINITY : time->floats[row]; });
  }
  if (keep == "last") std::reverse(raw.rows.begin(), raw.rows.end());
  // Equal pairs side by side, in order: no table, whose hash a file's author would know.
  const auto pair = [&raw](std::int32_t row) { return std::pair(raw.inter_users[row], raw.inter_items[row]); };
  LargeVector<std::size_t> places(raw.rows.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  std::stable_sort(places.begin(), places.end(),
                   [&](std::size_t a, std::size_t b) { return pair(raw.rows[a]) < pair(raw.rows[b]); });
  const auto same = [&](std::size_t a, std::size_t b) { return pair(raw.rows[a]) == pair(raw.rows[b]); };
  places.erase(std::unique(places.begin(), places.end(), same), places.end());
  std::sort(places.begin(), places.end());
  Rows kept;
  for (const std::size_t place : places) kept.push_back(raw.rows[place]);
  if (keep == "last") std::reverse(kept.begin(), kept.end());
  raw.rows = std::move(kept);
}

/// A value of val_interval's list as the token that it stands for.
std::string token_of(const Json& value) { return value.is_string() ? value.as_string() : value.dump(); }

void keep_values(Rows& rows, const AtomicTable& table, const AtomicColumn& column, const Json& wanted,
                 const Config& config) {
  const std::string about = concat("val_interval (", config.source("val_interval"), "), column '", column.name, "': ");
  if (column.type == FieldType::Float) {
    const Intervals intervals = [&] {
      try {
        return Intervals::parse(wanted);
      } catch (const ConfigError& error) {
        throw ConfigError(about + error.what());
      }
    }();
    keep_if(rows, [&](std::int32_t row) { return intervals.contains(column.floats[row]); });
    return;
  }
  require<ConfigError>(column.type == FieldType::Token, about, "is of type ", name_of(column.type), " in ", table.file,
                       ", expected float or token");
  require<ConfigError>(wanted.is_array(), about, "got ", shown(wanted.dump()), ", expected a list of tokens");
  std::set<std::string, std::less<>> tokens;
  for (const Json& value : wanted.as_array()) tokens.insert(token_of(value));
  keep_if(rows, [&](std::int32_t row) { return tokens.contains(column.tokens[row]); });
}

void filter_by_value(Raw& raw, const Config& config) {
  const Json& intervals = config.at("val_interval");
  if (intervals.is_null()) return;
  const std::string &user = config.get_string("USER_ID_FIELD"), &item = config.get_string("ITEM_ID_FIELD");
  for (const Json::Member& member : intervals.as_object()) {
    const std::string& field = member.first;
    bool found = false;
    const auto apply = [&](AtomicTable* table, Rows& rows) {
      const AtomicColumn* column = table ? table->find(field) : nullptr;
      if (!column) return;
      keep_values(rows, *table, *column, member.second, config);
      found = true;
    };
    AtomicTable* const user_table = raw.user ? &*raw.user : nullptr;
    AtomicTable* const item_table = raw.item ? &*raw.item : nullptr;
    // As in RecBole, an id counts in both of its files, another field in the last that has it.
    if (field != user) apply(item_table, raw.item_rows);
    if (field != item && !(found && field != user)) apply(user_table, raw.user_rows);
    if (field == user || field == item || !found) apply(&raw.inter[0], raw.rows);
    if (!found) config.fail("val_interval", concat("columns that are loaded; '", field, "' is none (see load_col)"));
  }
}

void filter_by_side_file(Raw& raw, const AtomicTable& table, std::span<const std::int32_t> ids, const Rows& rows,
                         const IdSpace& space, std::span<const std::int32_t> inter_ids) {
  std::vector<char> listed(space.tokens.size());
  for (const std::int32_t row : rows) listed[ids[row]] = 1;
  const std::size_t before = raw.rows.size();
  const char* const what = &space == &raw.users ? "user" : "item";
  std::int32_t example = 0;
  std::int64_t unlisted = 0;
  keep_if(raw.rows, [&](std::int32_t row) {
    char& state = listed[inter_ids[row]];
    if (state == 1) return true;
    if (std::exchange(state, 2) == 0 && unlisted++ == 0) example = inter_ids[row];
    return false;
  });
  if (unlisted == 0) return;
  raw.report.filters.push_back(
      {"filter_inter_by_user_or_item", raw.inter[0].file, static_cast<std::int64_t>(before),
       static_cast<std::int64_t>(raw.rows.size()),
       concat(raw.inter[0].file, ": ", before - raw.rows.size(), " of ", before, " interactions dropped: their ", what,
              " has no row in ", table.file, " (", counted(unlisted, what), ", such as ",
              in_quotes(space.tokens.token(example)), "); filter_inter_by_user_or_item: False keeps them")});
}

void filter_by_side_files(Raw& raw, const Config& config) {
  if (!config.get_bool("filter_inter_by_user_or_item")) return;
  if (raw.user) filter_by_side_file(raw, *raw.user, raw.user_ids, raw.user_rows, raw.users, raw.inter_users);
  if (raw.item) filter_by_side_file(raw, *raw.item, raw.item_ids, raw.item_rows, raw.items, raw.inter_items);
}

/// One side (users or items) of the k-core loop.
class DegreeFilter {
 public:
  DegreeFilter(std::optional<Intervals> intervals, std::span<const std::int32_t> inter_ids,
               std::span<const std::int32_t> side_ids, Rows& side_rows, const Raw& raw, std::int32_t bound)
      : intervals_(std::move(intervals)),
        inter_ids_(inter_ids),
        side_ids_(side_ids),
        side_rows_(side_rows),
        degree_(static_cast<std::size_t>(bound)),
        banned_(static_cast<std::size_t>(bound)) {
    for (const std::int32_t row : raw.rows) ++degree_[inter_ids_[row]];
  }

  /// Bans ids whose number of interactions is outside, and those of the side file below the lower end.
  bool ban() {
    if (!intervals_) return false;
    bool any = false;
    const auto ban = [&](std::size_t id) {
      banned_[id] = 1;
      any = true;
    };
    for (std::size_t id = 0; id < degree_.size(); ++id)
      if (degree_[id] > 0 && !intervals_->contains(degree_[id])) ban(id);
    for (const std::int32_t row : side_rows_)
      if (degree_[side_ids_[row]] < intervals_->first_left()) ban(side_ids_[row]);
    return any;
  }
  void drop_side_rows() {
    keep_if(side_rows_, [&](std::int32_t row) { return !banned_[side_ids_[row]]; });
  }
  bool is_banned(std::int32_t row) const { return banned_[inter_ids_[row]] != 0; }
  void drop(std::int32_t row) { --degree_[inter_ids_[row]]; }

 private:
  std::optional<Intervals> intervals_;
  std::span<const std::int32_t> inter_ids_, side_ids_;
  Rows& side_rows_;
  std::vector<std::int32_t> degree_;
  std::vector<char> banned_;
};

void filter_by_degree(Raw& raw, const Config& config) {
  DegreeFilter users(config.get_intervals("user_inter_num_interval"), raw.inter_users, raw.user_ids, raw.user_rows, raw,
                     raw.users.tokens.size());
  DegreeFilter items(config.get_intervals("item_inter_num_interval"), raw.inter_items, raw.item_ids, raw.item_rows, raw,
                     raw.items.tokens.size());
  for (;;) {
    const bool any_user = users.ban(), any_item = items.ban();
    if (!any_user && !any_item) return;
    users.drop_side_rows();
    items.drop_side_rows();
    keep_if(raw.rows, [&](std::int32_t row) {
      if (!users.is_banned(row) && !items.is_banned(row)) return true;
      users.drop(row);
      items.drop(row);
      return false;
    });
  }
}

/// What a filter took of one file: the first row that went, and how many did.
class Watched {
 public:
  Watched(std::int64_t rows, const Rows& left) : is_left_(static_cast<std::size_t>(rows)) { mark(left); }

  std::int64_t count() const { return count_; }
  /// The first row that went since the last call, if any did.
  std::optional<std::int32_t> first_dropped(const Rows& left) {
    if (static_cast<std::int64_t>(left.size()) == count_) return std::nullopt;
    const LargeVector<char> before = std::exchange(is_left_, LargeVector<char>(is_left_.size()));
    mark(left);
    for (std::size_t row = 0; row < before.size(); ++row)
      if (before[row] > is_left_[row]) return static_cast<std::int32_t>(row);
    return std::nullopt;
  }

 private:
  void mark(const Rows& left) {
    for (const std::int32_t row : left) is_left_[row] = 1;
    count_ = static_cast<std::int64_t>(left.size());
  }

  LargeVector<char> is_left_;
  std::int64_t count_ = 0;
};

/// Applies filters, and writes down what each of them took.
class Filters {
 public:
  explicit Filters(Raw& raw) : raw_(raw), read_(raw.rows.size()) {
    inter_.emplace(std::ssize(raw.rows), raw.rows);
    if (raw.user) user_.emplace(raw.user->rows, raw.user_rows);
    if (raw.item) item_.emplace(raw.item->rows, raw.item_rows);
  }

  /// `why` ends the line "N of M interactions dropped"; a filter that words its own lines has none.
  template <class F>
  void apply(const std::string& name, const std::string& why, F&& filter) {
    const std::int64_t before = inter_->count();
    filter();
    const auto token = [](const IdSpace& space, std::span<const std::int32_t> ids, std::int32_t row) {
      return in_quotes(ids[row] == 0 ? "" : space.tokens.token(ids[row]));
    };
    follow(name, why, *inter_, raw_.inter[0], raw_.rows, "interaction", [&](std::int32_t row) {
      return concat("user ", token(raw_.users, raw_.inter_users, row), ", item ",
                    token(raw_.items, raw_.inter_items, row));
    });
    if (user_)
      follow(name, why, *user_, *raw_.user, raw_.user_rows, "user",
             [&](std::int32_t row) { return token(raw_.users, raw_.user_ids, row); });
    if (item_)
      follow(name, why, *item_, *raw_.item, raw_.item_rows, "item",
             [&](std::int32_t row) { return token(raw_.items, raw_.item_ids, row); });
    const auto check = [&](const AtomicTable& table, const Rows& rows, const char* what) {
      require<DataError>(!rows.empty(), table.file, ": no ", what, " is left after ", name, " (", read_,
                         " interactions read, ", before, " before it)");
    };
    check(raw_.inter[0], raw_.rows, "interaction");
    if (user_) check(*raw_.user, raw_.user_rows, "user");
    if (item_) check(*raw_.item, raw_.item_rows, "item");
  }

 private:
  template <class F>
  void follow(const std::string& name, const std::string& why, Watched& watched, const AtomicTable& table,
              const Rows& left, const char* what, F&& example_of) {
    const std::int64_t before = watched.count(), after = std::ssize(left);
    const std::optional<std::int32_t> example = watched.first_dropped(left);
    if (!example || why.empty()) return;
    raw_.report.filters.push_back({name, table.file, before, after,
                                   concat(table.file, ": ", before - after, " of ", counted(before, what), " dropped",
                                          why, ", such as ", example_of(*example))});
  }

  Raw& raw_;
  std::size_t read_;
  std::optional<Watched> inter_, user_, item_;
};

/// The keys that aren't at their default, with their values: "a = [5,inf) and b = [2,inf)".
std::string settings_of(const Config& config, std::initializer_list<const char*> keys) {
  std::string out;
  for (const char* key : keys) {
    const Json& value = config.at(key);
    if (value.is_null() || value == Json("[0,inf)")) continue;
    out += concat(out.empty() ? "" : " and ", key, " = ", value.is_string() ? value.as_string() : value.dump());
  }
  return out;
}

}  // namespace

void filter(Raw& raw, const Config& config) {
  Filters filters(raw);
  const auto apply = [&](std::initializer_list<const char*> keys, auto&& filter) {
    const std::string name = settings_of(config, keys);
    filters.apply(name, " by " + name, filter);
  };
  filters.apply("dropping rows without an id", ", which lack an id", [&] { drop_missing_ids(raw); });
  apply({"rm_dup_inter"}, [&] { drop_repeated(raw, config); });
  apply({"val_interval"}, [&] { filter_by_value(raw, config); });
  filters.apply("filter_inter_by_user_or_item", "", [&] { filter_by_side_files(raw, config); });
  apply({"user_inter_num_interval", "item_inter_num_interval"}, [&] { filter_by_degree(raw, config); });
}

}  // namespace seqrec::data
