#include "data/convert.h"

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
