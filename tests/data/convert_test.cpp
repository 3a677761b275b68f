#include "data/convert.h"

#include <utility>

#include <doctest/doctest.h>
#include <zlib.h>

#include "core/error.h"
#include "core/file.h"
#include "tests/message_of.h"
#include "tests/temp_folder.h"

using namespace seqrec;
using namespace seqrec::data;

namespace {

using Columns = std::vector<std::string>;
using Layout = ConvertRequest::Layout;

struct Folder {
  TempFolder folder;
  std::string input = (folder.path() / "in").string(), out = (folder.path() / "out.inter").string();

  ConvertRequest request(std::string_view text, Columns columns) const {
    write_text(input, text);
    ConvertRequest request;
    request.input = input;
    request.out = out;
    request.columns = std::move(columns);
    return request;
  }
  std::string converted(const ConvertRequest& request) const {
    convert(request);
    return read_text(out);
  }
  std::string converted(std::string_view text, Columns columns) const {
    return converted(request(text, std::move(columns)));
  }
  std::string error(const ConvertRequest& request) const {
    return message_of([&] { convert(request); });
  }
  std::string error(std::string_view text, Columns columns) const { return error(request(text, std::move(columns))); }
};

std::string gzipped(const std::string& text, const std::filesystem::path& path) {
  const gzFile file = ::gzopen(path.c_str(), "wb");
  REQUIRE(::gzwrite(file, text.data(), static_cast<unsigned>(text.size())) == static_cast<int>(text.size()));
  ::gzclose(file);
  return read_text(path);
}

constexpr const char* kUser = "user_id:token\titem_id:token\ttimestamp:float\n";

}  // namespace

TEST_CASE("convert: the layouts of public datasets") {
  const Folder f;
  // MovieLens 100K's u.data and 1M's ratings.dat: no header.
  CHECK(
      f.converted("196\t242\t3\t881250949\n186\t302\t3\t891717742\n", {"user_id", "item_id", "rating", "timestamp"}) ==
      "user_id:token\titem_id:token\trating:float\ttimestamp:float\n196\t242\t3\t881250949\n186\t302\t3\t891717742\n");
  CHECK(f.converted("1::1193::5::978300760\n", {"user_id", "item_id", "rating", "timestamp"})
            .ends_with("\n1\t1193\t5\t978300760\n"));
  // ratings.csv.
  CHECK(f.converted("userId,movieId,rating,timestamp\r\n1,296,5.0,1147880044\r\n",
                    {"user_id=userId", "item_id=movieId", "timestamp"}) == std::string(kUser) + "1\t296\t1147880044\n");
  // RetailRocket's events.csv.
  CHECK(f.converted("timestamp,visitorid,event,itemid,transactionid\n1433221332117,257597,view,355908,\n",
                    {"user_id=visitorid", "item_id=itemid", "timestamp", "event"}) ==
        "user_id:token\titem_id:token\ttimestamp:float\tevent:token\n257597\t355908\t1433221332117\tview\n");
  // Yoochoose's clicks: dates, no header.
  CHECK(f.converted("1,2014-04-07T10:51:09.277Z,214536502,0\n", {"user_id", "timestamp", "item_id"}) ==
        "user_id:token\ttimestamp:float\titem_id:token\n1\t1396867869.277\t214536502\n");
  // REES46.
  CHECK(f.converted("event_time,event_type,product_id,price,user_id\n2019-10-01 00:00:05 UTC,view,44600062,35.79,54\n",
                    {"user_id", "item_id=product_id", "timestamp=event_time", "price"}) ==
        "user_id:token\titem_id:token\ttimestamp:float\tprice:float\n54\t44600062\t1569888005\t35.79\n");
  // H&M: days.
  CHECK(f.converted("\"t_dat\",\"customer_id\",\"article_id\"\n2018-09-20,000058a1,0663713001\n",
                    {"user_id=customer_id", "item_id=article_id", "timestamp=t_dat"}) ==
        std::string(kUser) + "000058a1\t0663713001\t1537401600\n");
}

TEST_CASE("convert: JSON lines, gzipped too") {
  const Folder f;
  const std::string lines =
      "{\"reviewerID\": \"A1\", \"asin\": \"B0\", \"overall\": 5.0, \"unixReviewTime\": 1355616000, \"tags\": [\"x\", "
      "\"y\"]}\n"
      "\n{\"asin\": \"B1\", \"reviewerID\": \"A2\", \"unixReviewTime\": 1355616001, \"overall\": null}\n";
  const Columns columns = {"user_id=reviewerID", "item_id=asin", "rating=overall", "timestamp=unixReviewTime",
                           "tags:token_seq"};
  const std::string expected =
      "user_id:token\titem_id:token\trating:float\ttimestamp:float\ttags:token_seq\n"
      "A1\tB0\t5.0\t1355616000\tx y\nA2\tB1\t\t1355616001\t\n";
  CHECK(f.converted(lines, columns) == expected);
  const std::string packed = gzipped(lines, f.folder.path() / "packed.gz");
  CHECK(f.converted(packed, columns) == expected);
  CHECK(f.converted(packed + packed, columns).size() == 2 * expected.size() - expected.find('\n') - 1);
  CHECK(f.error(packed.substr(0, packed.size() - 9), columns) == f.input + ": the gzip data end too early");
  std::string damaged = packed;
  damaged[14] ^= 0x55;
  CHECK(f.error(damaged, columns).find("gzip data") != std::string::npos);
  CHECK(f.error("{\"asin\": [1]}\n", {"item_id=asin"}) ==
        f.input + ":1: column 'item_id' got [1], expected a text or a number; a list needs the type token_seq");
  CHECK(f.error("{\"a\": 1}\n{\"a\": \n", {"a"}).find(f.input + ":2: ") == 0);
}

TEST_CASE("convert: a session per line") {
  const Folder f;
  ConvertRequest request = f.request("a b  c\n\nd\ta\n", {});
  request.layout = Layout::Sessions;
  CHECK(f.converted(request) == std::string(kUser) + "1\ta\t1\n1\tb\t2\n1\tc\t3\n3\td\t1\n3\ta\t2\n");
  request = f.request("a, b\n", {});
  request.layout = Layout::Sessions;
  request.separator = ",";
  CHECK(f.converted(request) == std::string(kUser) + "1\ta\t1\n1\tb\t2\n");
  request.columns = {"user_id"};
  CHECK(f.error(request).find("--columns doesn't go with --layout sessions") == 0);
}

TEST_CASE("convert: quotes are pandas' and R's, and tabs and line ends become spaces with a word") {
  const Folder f;
  const ConvertRequest request = f.request(
      "item,title\n1,\"Net, The\"\n2,Plain\n3,\"\"\"Weird\"\" Al\"\n4,\"two\nlines\"\n", {"item_id=item", "title"});
  const ConvertResult result = convert(request);
  CHECK(read_text(f.out) ==
        "item_id:token\ttitle:token\n1\tNet, The\n2\tPlain\n3\t\"\"\"Weird\"\" Al\"\n4\ttwo lines\n");
  CHECK(result.rows == 4);
  CHECK(result.header == "item_id:token title:token");
  CHECK(result.notices ==
        Columns{f.input + ": tabs and line ends in 1 value became spaces, the first one at " + f.input + ":5"});
  CHECK(f.error("a,b\n1,\"x\n2,y\n", {"a", "b"}) == f.input + ":2: a quote is never closed");
}

TEST_CASE("convert: sources are names, numbers or places") {
  const Folder f;
  CHECK(f.converted("1|2|3\n", {"item_id=3", "user_id=1"}) == "item_id:token\tuser_id:token\n3\t1\n");
  ConvertRequest request = f.request("x;y\n1;2\n", {"user_id=1", "item_id=2"});
  request.header = true;
  CHECK(f.converted(request) == "user_id:token\titem_id:token\n1\t2\n");
  request = f.request("user_id,item_id\n1,2\n", {"user_id", "item_id"});
  request.header = false;
  CHECK(f.converted(request) == "user_id:token\titem_id:token\nuser_id\titem_id\n1\t2\n");
  request = f.request("a--b\n", {"user_id", "item_id"});
  request.separator = "--";
  CHECK(f.converted(request).ends_with("\na\tb\n"));
  CHECK(f.converted("\xEF\xBB\xBFuser_id,item_id\n1,2\n", {"user_id", "item_id"}).ends_with("token\n1\t2\n"));
}

TEST_CASE("convert: what doesn't fit is named, and nothing is written") {
  const Folder f;
  write_text(f.out, "old");
  const Columns three = {"user_id", "item_id", "timestamp"};
  CHECK(f.error("a,b\n", three) == f.input +
                                       ":1: 2 fields ('a', 'b'), expected 3 at least for column 'timestamp'; another "
                                       "separator (--separator)?");
  CHECK(f.error("u,i,t\n1,2,3\n", three) ==
        f.input +
            ":1: column 'timestamp' got 't', expected a number or a date such as 2019-10-01 00:00:05; if the line "
            "names the columns: --header yes");
  CHECK(f.error("u,i,t\n1,2,3\n", {"user_id=user", "item_id=i"}) ==
        f.input + ":1: no column 'user'; the first line holds 'u', 'i', 't'");
  CHECK(f.error("1,2,3\n1,2\n", three) == f.input + ":2: 2 fields, expected 3 as in the first line, separated by ','");
  CHECK(f.error("1,2,2019-13-01\n", three).find("got '2019-13-01', expected a number or a date") != std::string::npos);
  CHECK(f.error("1,2,3\n", {}).find("--columns is missing") == 0);
  CHECK(f.error("1,2,3\n", {"user_id", "user_id"}) == "--columns: 'user_id' twice");
  CHECK(f.error("1,2,3\n", {"user_id:number"}) ==
        "--columns: got 'user_id:number', expected NAME[=SOURCE][:TYPE] with a TYPE of token, token_seq, float or "
        "float_seq");
  CHECK(f.error("1,2,3\n", {"=x"}) == "--columns: got '=x', expected NAME[=SOURCE][:TYPE]");
  CHECK(f.error("", three) == f.input + ": holds no row");
  CHECK(f.error("PAR1....", three).find(f.input + ": a Parquet file, expected text") == 0);
  CHECK(f.error("PK\x03\x04....", three).find(f.input + ": a zip archive, expected text") == 0);
  CHECK(f.error(std::string("\xFF\xFEu\0", 4), three).find(f.input + ": a text in UTF-16, expected UTF-8") == 0);
  CHECK(read_text(f.out) == "old");
}

TEST_CASE("convert: times with a zone or a fraction, and R's words for what is missing") {
  const Folder f;
  for (const auto& [time, seconds] :
       std::initializer_list<std::pair<const char*, const char*>>{{"2019-10-01T02:00:05+0200", "1569888005"},
                                                                  {"2019-10-01T02:00:05.250+02", "1569888005.25"},
                                                                  {"2019-10-01 00:00:05 +0000", "1569888005"},
                                                                  {"2019-10-01 00:00:05.000UTC", "1569888005"},
                                                                  {"2019-10-01T00:00Z", "1569888000"},
                                                                  {"NA", ""},
                                                                  {"null", ""},
                                                                  {"1e3", "1e3"}}) {
    CAPTURE(time);
    CHECK(f.converted(concat("u,i,", time, "\n"), {"user_id", "item_id", "timestamp"}) ==
          concat(kUser, "u\ti\t", seconds, "\n"));
  }
  for (const char* bad : {"2019-10-01.5", "2019-10-01T00:00.5", "2019-10-01T00:00:05+2", "2019-10-01T00:00:05.",
                          "2019-10-01T00:00:05Z.5", "2019-10-01T00:00:05+02:00.5", "10/01/2019", "inf", "1e999"}) {
    CAPTURE(bad);
    CHECK(f.error(concat("u,i,", bad, "\n"), {"user_id", "item_id", "timestamp"}) ==
          concat(f.input, ":1: column 'timestamp' got '", bad,
                 "', expected a number or a date such as 2019-10-01 00:00:05; if the line names the columns: --header "
                 "yes"));
  }
  CHECK(f.error("u,i,\"1,234\"\n", {"user_id", "item_id", "timestamp"}).find("got '1,234', expected a number") !=
        std::string::npos);
}

TEST_CASE("convert: names that the first line holds twice, not at all, or in other words") {
  const Folder f;
  CHECK(f.error("id,id,when\n1,2,3\n", {"user_id=id", "item_id=id"}) ==
        f.input + ":1: the name 'id' stands there twice; a column's number says which one: user_id=1");
  CHECK(f.converted("id,id,when\n1,2,3\n", {"user_id=1", "item_id=2", "timestamp=when"}) ==
        std::string(kUser) + "1\t2\t3\n");
  CHECK(f.error("userId,movieId\n1,296\n", {"user_id", "item_id"}) ==
        f.input +
            ":1: holds names, it seems ('userId', 'movieId'): --columns NAME=SOURCE says which is which; if it is a "
            "row: --header no");
  CHECK(f.converted("A1,B1\n1,B2\n", {"item_id=2"}).ends_with("\nB1\nB2\n"));
  ConvertRequest rows = f.request("A1,B1\n1,296\n", {"user_id", "item_id"});
  rows.header = false;
  CHECK(f.converted(rows).ends_with("\nA1\tB1\n1\t296\n"));
  CHECK(f.error("{\"user\": 1}\n{\"user\": 2, \"item\": 3}\n", {"user_id=user", "item_id=asin"}) ==
        f.input + ": no object has 'asin'; the first one has 'user'");
  CHECK(f.error("1,2\n", {"a:b:token"}) ==
        "--columns: got 'a:b:token', expected NAME[=SOURCE][:TYPE]; a NAME holds no tab, line end, quote or colon");
}

TEST_CASE("convert: what an atomic file's reader would not read as it was is an error, or told") {
  const Folder f;
  CHECK(f.error(std::string("a\0b,c\n", 6), {"user_id", "item_id"}) ==
        f.input + ":1: column 'user_id' holds a byte 0, which no text does");
  CHECK(f.error("1,2 x\n", {"user_id", "vector:float_seq"}) ==
        f.input + ":1: column 'vector' got 'x', expected numbers separated by spaces");
  ConvertRequest vectors = f.request("1,2  -3e1 \n1,\n", {"user_id", "vector:float_seq"});
  vectors.separator = ",";
  CHECK(f.converted(vectors).ends_with("\n1\t2  -3e1 \n1\t\n"));
  CHECK(f.error("{\"id\": 12345678901234567890}\n", {"item_id=id"}) ==
        f.input +
            ":1: column 'item_id' got a number beyond 9223372036854775807, which loses digits; expected it as a text");
  // A line that is empty would be no row.
  CHECK(f.converted("{\"a\": 1}\n{\"a\": null}\n{\"a\": 2}\n", {"a"}) == "a:token\n1\n\"\"\n2\n");
  CHECK(f.converted("{\"a\": 1}\n{\"a\": null}\n", {"price=a"}) == "price:float\n1\n\"\"\n");
  ConvertRequest padded = f.request("1, 2\n1 ,3\n", {"user_id", "item_id"});
  CHECK(convert(padded).notices == Columns{f.input +
                                           ": 2 values begin or end with a space, which stays part of it, the first "
                                           "one at " +
                                           f.input + ":1"});
  CHECK(f.error("a,b\r1,2\r", {"user_id=a", "item_id=b"}) ==
        f.input +
            ": a text whose lines end in \\r alone, expected \\n or \\r\\n; tr '\\r' '\\n' < OLD > NEW makes it that");
}

TEST_CASE("convert: what looks like a list of another separator, or of JSON, is told") {
  const Folder f;
  const ConvertRequest genres = f.request("1,a b,x|y\n2,c|d,z\n", {"item_id", "title:token_seq", "genres:token_seq"});
  CHECK(convert(genres).notices ==
        Columns{concat(f.input,
                       ": 2 values look like lists and are one token each, unless another seq_separator is set, ",
                       "the first one 'x|y' at ", f.input, ":1")});
  ConvertRequest sessions = f.request("a b\nc\t1,2\n", {});
  sessions.layout = Layout::Sessions;
  CHECK(convert(sessions).notices ==
        Columns{concat(f.input, ": 1 value looks like a list and is taken for one item (--separator), the first one ",
                       "'1,2' at ", f.input, ":2")});
  ConvertRequest json = f.request("[{\"a\": 1},\n{\"a\": 2}]\n", {"a"});
  json.layout = Layout::Json;
  CHECK(f.error(json) == f.input +
                             ":1: column 11: expected a value, got the end; expected an object per line, as jq -c "
                             "'.[]' writes them");
}
