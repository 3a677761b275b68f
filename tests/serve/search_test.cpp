#include "serve/search.h"

#include <doctest/doctest.h>

#include "serve/query.h"

using namespace seqrec;
using namespace seqrec::serve;

namespace {

models::ModelFile shelf(bool titles) {
  models::ModelFile file;
  for (const char* token : {"star", "7", "50", "172", "Ü1", "9"}) file.items.add(token);
  for (const char* token : {"anna", "Hannah", "bob"}) file.users.add(token);
  if (titles)
    file.titles = {"", "Rogue One", "A Star Is Born", "Star Wars", "Superstar", "Über Звезда ΩΜΈΓΑ", "Mustard"};
  return file;
}

using Ids = std::vector<std::int32_t>;

}  // namespace

TEST_CASE("items are found by title and token, the best first") {
  const models::ModelFile file = shelf(true);
  CHECK(find_items(file, "star", 10) == Ids{1, 3, 2, 4, 6});
  CHECK(find_items(file, "STAR", 2) == Ids{1, 3});
  CHECK(find_items(file, " wars  star ", 10) == Ids{3});
  CHECK(find_items(file, "7", 10) == Ids{2, 4});  // the token itself first
  CHECK(find_items(file, "50 wars", 10) == Ids{3});
  CHECK(find_items(file, "üBER звезда", 10) == Ids{5});
  CHECK(find_items(file, "ωμ", 10) == Ids{5});
  CHECK(find_items(file, "ü1", 10) == Ids{5});
  CHECK(find_items(file, "tard", 10) == Ids{6});
  CHECK(find_items(file, "nothing", 10).empty());
  CHECK(find_items(file, "", 3) == Ids{1, 2, 3});
  CHECK(find_items(file, "  ", 3) == Ids{1, 2, 3});
  CHECK(find_items(shelf(false), "7", 10) == Ids{2, 4});
  CHECK(find_items(shelf(false), "", 10) == Ids{1, 2, 3, 4, 5, 6});
  CHECK(find_items(file, "[pad]", 10).empty());
}

TEST_CASE("users are found by token") {
  CHECK(find_users(shelf(true), "ANNA", 10) == Ids{1, 2});
  CHECK(find_users(shelf(true), "b", 10) == Ids{3});
  CHECK(find_users(shelf(true), "", 2) == Ids{1, 2});
}

TEST_CASE("lower case keeps what it doesn't know, byte for byte") {
  CHECK(lower_case("AZ az 09 [`{") == "az az 09 [`{");
  CHECK(lower_case("ÀÞ×ßàÿ ΑΩ ЀЏАЯ") == "àþ×ßàÿ αω ѐџая");
  for (const std::string text : {"\xD0", "\xC3", "\xC3(", "\xFF\x80\xD0\xD0"}) CHECK(lower_case(text) == text);
  CHECK(lower_case("\xC3\xC3\x80\xFF") == "\xC3\xC3\xA0\xFF");
  CHECK(lower_case("日本 İĞ") == "日本 İĞ");
}

TEST_CASE("a query is decoded") {
  using Query = std::map<std::string, std::string>;
  CHECK(parse_query("").empty());
  CHECK(parse_query("a=1&b=x%20y+z&c&d=%C3%9c=%25") == Query{{"a", "1"}, {"b", "x y z"}, {"c", ""}, {"d", "Ü=%"}});
  for (const std::string query : {"a=%", "a=%4", "%zz=1", "a=%-1", "a=% 1"})
    CHECK_THROWS_AS(parse_query(query), FormatError);
  CHECK_THROWS_WITH_AS(parse_query("a=%4"), "the query has '%4', expected two hexadecimal digits", FormatError);
  CHECK_THROWS_WITH_AS(parse_query("q=1&%71=2"), "the query has q twice", FormatError);
}
