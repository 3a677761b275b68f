#include "cli/demo_data.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/file.h"
#include "core/random.h"

namespace seqrec::cli {

namespace {

struct Genre {
  const char* name;
  std::array<const char*, 8> adjectives;
  std::array<const char*, 10> nouns;
};

constexpr std::array<Genre, 12> kGenres{{
    {"Mystery",
     {"Silent", "Crooked", "Missing", "Locked", "Second", "Borrowed", "Grey", "Unsigned"},
     {"Witness", "Letter", "Staircase", "Alibi", "Clockmaker", "Inheritance", "Signal", "Portrait", "Key", "Guest"}},
    {"Fantasy",
     {"Amber", "Hollow", "Winter", "Thorned", "Last", "Silver", "Wandering", "Sleeping"},
     {"Crown", "Dragon", "Tower", "Oath", "Lantern", "Forest", "Rune", "Gate", "Harp", "Throne"}},
    {"Science Fiction",
     {"Distant", "Orbital", "Frozen", "Quiet", "Binary", "Broken", "Seventh", "Drifting"},
     {"Colony", "Horizon", "Engine", "Satellite", "Archive", "Comet", "Paradox", "Station", "Probe", "Sun"}},
    {"Romance",
     {"Summer", "Unexpected", "Midnight", "Paper", "Faraway", "Gentle", "Rainy", "Forgotten"},
     {"Promise", "Waltz", "Bakery", "Postcard", "Wedding", "Veranda", "Encore", "Balcony", "Proposal", "Garden"}},
    {"History",
     {"Iron", "Imperial", "Forgotten", "Northern", "Golden", "Divided", "Ancient", "Merchant"},
     {"Road", "Republic", "Fleet", "Treaty", "Century", "City", "Dynasty", "Frontier", "Harbour", "Chronicle"}},
    {"Adventure",
     {"Lost", "Emerald", "Southern", "Reckless", "Hidden", "Scarlet", "Thousandth", "Uncharted"},
     {"Island", "Expedition", "Compass", "Canyon", "Caravan", "River", "Summit", "Treasure", "Voyage", "Map"}},
    {"Horror",
     {"Pale", "Whispering", "Buried", "Hungry", "Black", "Thirteenth", "Restless", "Cold"},
     {"Cellar", "Orchard", "Choir", "Mirror", "Doll", "Chapel", "Marsh", "Lodger", "Attic", "Shadow"}},
    {"Travel",
     {"Slow", "Coastal", "Eastern", "High", "Open", "Sunlit", "Long", "Salt"},
     {"Railway", "Islands", "Bazaar", "Passage", "Valley", "Ferry", "Desert", "Monsoon", "Pilgrimage", "Shore"}},
    {"Nature",
     {"Wild", "Secret", "Green", "Patient", "Mossy", "Early", "Singing", "Deep"},
     {"Meadow", "Owl", "Beehive", "Tide", "Fern", "Heron", "Orchid", "Glacier", "Badger", "Woodland"}},
    {"Cookery",
     {"Simple", "Rustic", "Smoky", "Sunday", "Fragrant", "Humble", "Seasonal", "Golden"},
     {"Kitchen", "Loaf", "Table", "Broth", "Harvest", "Pantry", "Oven", "Spice", "Picnic", "Supper"}},
    {"Biography",
     {"Restless", "Brilliant", "Reluctant", "Modest", "Stubborn", "Unfinished", "Early", "Remarkable"},
     {"Painter", "Inventor", "Pianist", "Surgeon", "Astronomer", "Diplomat", "Architect", "Aviator", "Poet",
      "Captain"}},
    {"Philosophy",
     {"Honest", "Practical", "Ordinary", "Difficult", "Curious", "Careful", "Useful", "Endless"},
     {"Question", "Doubt", "Virtue", "Argument", "Mind", "Freedom", "Silence", "Wisdom", "Choice", "Attention"}},
}};

constexpr int kBooksOfGenre = 50;
constexpr std::uint64_t kSeed = 2018;

struct Book {
  std::string title;
  int genre;
  int next_volume = -1;    // book that follows in the series
  bool continues = false;  // volume 2 or later
  double weight = 0;       // how well known it is
};

/// 600 books: in each genre some series of 3 to 6 volumes, then single books.
std::vector<Book> make_books(Random& random) {
  std::vector<Book> books;
  for (int g = 0; g < static_cast<int>(kGenres.size()); ++g) {
    const Genre& genre = kGenres[g];
    std::vector<int> titles(genre.adjectives.size() * genre.nouns.size());
    for (int t = 0; t < static_cast<int>(titles.size()); ++t) titles[t] = t;
    random.shuffle(titles);
    std::size_t used = 0;
    auto title = [&] {
      int t = titles[used++];
      return concat("The ", genre.adjectives[t % 8], " ", genre.nouns[t / 8]);
    };
    const auto end = books.size() + kBooksOfGenre;
    for (int series = 0; series < 6; ++series) {
      std::string name = title();
      int volumes = 3 + static_cast<int>(random.below(4));
      for (int v = 1; v <= volumes; ++v) {
        int next = v < volumes ? static_cast<int>(books.size()) + 1 : -1;
        books.push_back({concat(name, ", Vol. ", v), g, next, v > 1});
      }
    }
    while (books.size() < end) books.push_back({title(), g});
  }
  // Popularity: Zipf over a shuffled order, with divisions only, so that every machine computes the same numbers.
  std::vector<int> order(books.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
  random.shuffle(order);
  for (std::size_t rank = 0; rank < order.size(); ++rank) books[order[rank]].weight = 1.0 / (6.0 + rank);
  return books;
}

/// One reader, who goes through `length` books.
class Reader {
 public:
  Reader(const std::vector<Book>& books, std::uint64_t user)
      : books_(books), random_(random_stream(kSeed, Purpose::Demo, user + 1)), read_(books.size(), false) {
    for (int& genre : tastes_) genre = static_cast<int>(random_.below(kGenres.size()));
    genre_ = tastes_[0];
  }

  std::vector<int> history() {
    std::vector<int> out;
    const auto length = 8 + random_.below(25);
    while (out.size() < length) {
      int book = next(out.empty() ? -1 : out.back());
      read_[book] = true;
      out.push_back(book);
    }
    return out;
  }

  Random& random() { return random_; }

 private:
  int next(int last) {
    if (last >= 0) {
      int volume = books_[last].next_volume;
      if (volume >= 0 && !read_[volume] && random_.uniform() < 0.7) return volume;
    }
    if (random_.uniform() < 0.2) genre_ = tastes_[random_.below(tastes_.size())];
    bool anywhere = random_.uniform() < 0.1;  // now and then a bestseller of any genre
    double total = 0;
    for (std::size_t b = 0; b < books_.size(); ++b) total += weight(b, anywhere);
    double left = random_.uniform() * total;
    std::size_t chosen = 0;
    for (std::size_t b = 0; b < books_.size(); ++b) {
      if (weight(b, anywhere) == 0) continue;
      chosen = b;
      if ((left -= weight(b, anywhere)) < 0) break;
    }
    return static_cast<int>(chosen);
  }

  double weight(std::size_t book, bool anywhere) const {
    if (read_[book] || (!anywhere && books_[book].genre != genre_)) return 0;
    return books_[book].continues ? books_[book].weight / 8 : books_[book].weight;  // who starts with volume 3?
  }

  const std::vector<Book>& books_;
  Random random_;
  std::vector<bool> read_;
  std::array<int, 3> tastes_{};
  int genre_ = 0;
};

}  // namespace

void write_demo_data(const std::filesystem::path& folder, const DemoSize& size) {
  Random random(random_stream(kSeed, Purpose::Demo));
  const std::vector<Book> books = make_books(random);
  constexpr std::array kOccupations{"student", "teacher", "engineer", "nurse", "gardener", "writer", "retired"};

  std::string item = "item_id:token\ttitle:token_seq\tclass:token_seq\n";
  for (std::size_t b = 0; b < books.size(); ++b) {
    std::string genre = kGenres[books[b].genre].name;
    std::replace(genre.begin(), genre.end(), ' ', '-');
    item += concat("b", b + 1, "\t", books[b].title, "\t", genre, "\n");
  }

  std::string user = "user_id:token\tage:token\toccupation:token\n";
  std::string inter = "user_id:token\titem_id:token\trating:float\ttimestamp:float\n";
  for (std::int32_t u = 0; u < size.users; ++u) {
    Reader reader(books, static_cast<std::uint64_t>(u));
    const std::vector<int> history = reader.history();
    Random& dice = reader.random();
    user += concat("u", u + 1, "\t", 16 + dice.below(60), "\t", kOccupations[dice.below(kOccupations.size())], "\n");
    std::int64_t time = 1'500'000'000 + std::int64_t{dice.below(20'000'000)};
    for (int book : history) {
      time += 3600 + dice.below(1'000'000);
      inter += concat("u", u + 1, "\tb", book + 1, "\t", 3 + dice.below(3), "\t", time, "\n");
    }
  }

  const std::filesystem::path books_folder = folder / "books";
  make_folder(books_folder);
  write_text(books_folder / "books.item", item);
  write_text(books_folder / "books.user", user);
  write_text(books_folder / "books.inter", inter);
}

}  // namespace seqrec::cli
