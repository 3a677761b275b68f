#include "data/statistics.h"

#include <algorithm>
#include <cmath>
#include <iomanip>

#include "core/text_stream.h"

namespace seqrec::data {
namespace {

/// The power-of-two bin of a length >= 1.
std::size_t bin_of(std::int64_t length) {
  std::size_t bin = 0;
  while (length >>= 1) ++bin;
  return bin;
}

std::int64_t count_of(std::vector<char> seen) { return std::count(seen.begin(), seen.end(), 1); }

/// So many that what is not 100 % doesn't look so.
int percent_places(double share) {
  int places = 2;
  while (share < 1 && places < 12 && 1 - share < 0.5e-2 * std::pow(10, -places)) ++places;
  return places;
}

}  // namespace

Statistics statistics(const Dataset& dataset) {
  Statistics out;
  out.dataset = dataset.name;
  std::vector<char> users(dataset.n_users()), items(static_cast<std::size_t>(dataset.n_items()));
  std::int64_t unknown = 0;
  for (const std::int32_t user : dataset.history_users) user == 0 ? void(++unknown) : void(users[user] = 1);
  for (const std::int32_t item : dataset.items_of) items[item] = 1;
  out.users = count_of(std::move(users)) + unknown;
  out.items = count_of(std::move(items));
  out.interactions = dataset.presplit ? dataset.histories() : dataset.interactions();
  const double pairs = static_cast<double>(out.users) * static_cast<double>(out.items);
  out.sparsity = pairs > 0 ? 1 - static_cast<double>(out.interactions) / pairs : 0;

  std::vector<std::int64_t> lengths;
  for (std::int64_t h = 0; h < dataset.histories(); ++h) {
    lengths.push_back(dataset.offsets[h + 1] - dataset.offsets[h]);
    const std::size_t bin = bin_of(lengths.back());
    if (bin >= out.length_histogram.size()) out.length_histogram.resize(bin + 1);
    ++out.length_histogram[bin];
  }
  std::sort(lengths.begin(), lengths.end());
  if (!lengths.empty()) {
    const std::size_t n = lengths.size();
    out.min_length = lengths.front();
    out.max_length = lengths.back();
    out.mean_length = static_cast<double>(dataset.interactions()) / static_cast<double>(n);
    out.median_length = static_cast<double>(lengths[(n - 1) / 2] + lengths[n / 2]) / 2;
  }
  out.train_rows = static_cast<std::int64_t>(dataset.train.size());
  out.valid_rows = static_cast<std::int64_t>(dataset.valid.size());
  out.test_rows = static_cast<std::int64_t>(dataset.test.size());
  return out;
}

Json to_json(const Statistics& s) {
  Json lengths = Json::object();
  lengths["min"] = s.min_length;
  lengths["median"] = s.median_length;
  lengths["mean"] = s.mean_length;
  lengths["max"] = s.max_length;
  Json histogram = Json::array();
  for (std::size_t bin = 0; bin < s.length_histogram.size(); ++bin) {
    Json entry = Json::object();
    entry["from"] = std::int64_t{1} << bin;
    entry["to"] = (std::int64_t{2} << bin) - 1;
    entry["histories"] = s.length_histogram[bin];
    histogram.push_back(entry);
  }
  lengths["histogram"] = histogram;
  Json rows = Json::object();
  rows["train"] = s.train_rows;
  rows["valid"] = s.valid_rows;
  rows["test"] = s.test_rows;
  Json out = Json::object();
  out["dataset"] = s.dataset;
  out["users"] = s.users;
  out["items"] = s.items;
  out["interactions"] = s.interactions;
  out["sparsity"] = s.sparsity;
  out["history_length"] = lengths;
  out["rows"] = rows;
  return out;
}

Json describe(const Dataset& dataset) {
  Json out = to_json(statistics(dataset));
  out["report"] = to_json(dataset.report);
  return out;
}

std::string to_text(const Statistics& s) {
  TextStream out;
  const auto line = [&out](const char* name) -> std::ostream& {
    return out << "  " << std::left << std::setw(16) << name << std::right;
  };
  out << s.dataset << '\n' << std::fixed;
  line("users") << s.users << '\n';
  line("items") << s.items << '\n';
  line("interactions") << s.interactions << '\n';
  line("sparsity") << std::setprecision(percent_places(s.sparsity)) << 100 * s.sparsity << " %\n";
  line("history length") << "min " << s.min_length << ", median " << std::setprecision(1) << s.median_length
                         << ", mean " << s.mean_length << ", max " << s.max_length << '\n';
  line("rows") << "train " << s.train_rows << ", valid " << s.valid_rows << ", test " << s.test_rows << "\n\n";
  line("length") << std::setw(10) << "histories" << '\n';
  constexpr std::int64_t kBar = 40;
  const std::int64_t most =
      s.length_histogram.empty() ? 1 : *std::max_element(s.length_histogram.begin(), s.length_histogram.end());
  for (std::size_t bin = 0; bin < s.length_histogram.size(); ++bin) {
    const std::int64_t n = s.length_histogram[bin];
    if (n == 0) continue;
    const std::string range = bin == 0 ? "1" : concat(1LL << bin, "-", (2LL << bin) - 1);
    line(range.c_str()) << std::setw(10) << n << "  " << std::string((n * kBar + most - 1) / most, '#') << '\n';
  }
  return out.str();
}

}  // namespace seqrec::data
