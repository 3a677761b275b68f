#include <doctest/doctest.h>
#include <zlib.h>

#include "core/error.h"
#include "core/file.h"
#include "tests/cli/program.h"

namespace {

/// Rows of ten users with twelve items each: line(user, item, seconds since 1970).
template <class F>
std::string rows(F&& line) {
  std::string out;
  for (int user = 1; user <= 10; ++user)
    for (int place = 0; place < 12; ++place)
      out += line(user, 1 + (user * 7 + place * place) % 20, 1569888000 + user * 60 + place);
  return out;
}

/// "2019-10-01 00:MM:SS" of such a time.
std::string time_of_day(int seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "00:%02d:%02d", (seconds - 1569888000) / 60, (seconds - 1569888000) % 60);
  return text;
}

using seqrec::concat;

/// What the public datasets look like, made small: the files that docs/your-data.md converts.
void write_raw_files(const std::filesystem::path& folder) {
  const auto write = [&](const char* name, const std::string& text) { seqrec::write_text(folder / name, text); };
  write("u.data", rows([](int u, int i, int t) { return concat(u, "\t", i, "\t3\t", t, "\n"); }));
  write("ratings.dat", rows([](int u, int i, int t) { return concat(u, "::", i, "::3::", t, "\n"); }));
  write("ratings.csv", "userId,movieId,rating,timestamp\n" +
                           rows([](int u, int i, int t) { return concat(u, ",", i, ",3.5,", t, "\n"); }));
  write("events.csv", "timestamp,visitorid,event,itemid,transactionid\n" +
                          rows([](int u, int i, int t) { return concat(t, "000,", u, ",view,", i, ",\n"); }));
  write("yoochoose-clicks.dat",
        rows([](int u, int i, int t) { return concat(u, ",2019-10-01T", time_of_day(t), ".407Z,", i, ",0\n"); }));
  write("2019-Oct.csv",
        "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session\n" +
            rows([](int u, int i, int t) {
              return concat("2019-10-01 ", time_of_day(t), " UTC,view,", i, ",1,,acme,3.5,", u, ",s\n");
            }));
  write("transactions_train.csv",
        "\"t_dat\",\"customer_id\",\"article_id\",\"price\",\"sales_channel_id\"\n" +
            rows([](int u, int i, int t) { return concat("2019-10-", 10 + t % 12, ",", u, ",0", i, ",0.05,2\n"); }));
  const std::string reviews = rows([](int u, int i, int t) {
    return concat("{\"reviewerID\": \"", u, "\", \"asin\": \"", i, "\", \"overall\": 5.0, \"unixReviewTime\": ", t,
                  "}\n");
  });
  const gzFile file = ::gzopen((folder / "reviews.json.gz").c_str(), "wb");
  REQUIRE(::gzwrite(file, reviews.data(), static_cast<unsigned>(reviews.size())) > 0);
  ::gzclose(file);
  std::string sessions;
  for (int s = 0; s < 20; ++s) sessions += concat(s % 7, " ", s % 5 + 1, " ", s % 3 + 8, " ", s % 11, "\n");
  write("sessions.txt", sessions);
}

}  // namespace

TEST_CASE("the commands of docs/your-data.md go from raw files to recommendations") {
  const TempFolder folder;
  write_raw_files(folder.path());
  const std::string page = seqrec::read_text(SEQREC_SOURCE_DIR "/docs/your-data.md");
  const auto begin = page.find("```sh\n"), end = page.find("\n```", begin);
  REQUIRE(end != std::string::npos);
  const Outcome converted = shell(concat("set -e; cd ", folder.path().string(), "; seqrec() { \"$SEQREC\" \"$@\"; }\n",
                                         page.substr(begin + 6, end - begin - 6)));
  REQUIRE_MESSAGE(converted.code == 0, converted.err);
  REQUIRE(converted.lines().size() == 9);
  CHECK(converted.lines()[0] ==
        "data/ml-100k/ml-100k.inter: 120 rows of user_id:token item_id:token rating:float timestamp:float");
  for (const char* name :
       {"ml-100k", "ml-1m", "ml-25m", "retailrocket", "yoochoose", "rees46", "hm", "amazon", "sessions"}) {
    CAPTURE(name);
    const std::string out = (folder.path() / "runs" / name).string();
    const Outcome trained = run({"train", "--model", "SHAN", "--data-path", (folder.path() / "data").string(),
                                 "--dataset", name, "--epochs", "1", "--set", "embedding_size=8", "--out", out});
    CHECK_MESSAGE(trained.code == 0, trained.err);
    const Outcome recommended = run({"recommend", out + "/model.safetensors", "--user", "3", "-k", "2"});
    CHECK_MESSAGE(recommended.code == 0, recommended.err);
    CHECK(recommended.lines().size() >= 2);
  }
}

TEST_CASE("convert refuses what it can't do, and writes to a stream") {
  const TempFolder folder;
  seqrec::write_text(folder.path() / "u.data", "1\t2\t3\n");
  const std::string input = (folder.path() / "u.data").string();
  const Outcome streamed = run({"convert", input, "--columns", "user_id,item_id,timestamp", "--out", "/dev/stdout"});
  CHECK(streamed.code == 0);
  CHECK(streamed.out == "user_id:token\titem_id:token\ttimestamp:float\n1\t2\t3\n");
  CHECK(contains(streamed.err, "/dev/stdout: 1 row of user_id:token item_id:token timestamp:float"));
  CHECK(run({"convert", "-", "--columns", "user_id,item_id,timestamp", "--out", "-"}, seqrec::read_text(input)).out ==
        streamed.out);
  const Outcome bad = run({"convert", input, "--columns", "user_id,item_id,timestamp:date", "--out", "/dev/stdout"});
  CHECK(bad.code == 2);
  CHECK(bad.out.empty());
  CHECK(contains(bad.err, "expected NAME[=SOURCE][:TYPE] with a TYPE of token"));
  const Outcome onto = run({"convert", input, "--columns", "user_id,item_id,timestamp", "--out", input});
  CHECK(onto.code == 2);
  CHECK(contains(onto.err, concat("--out: ", input, " is what is read, expected another file")));
  CHECK(seqrec::read_text(input) == "1\t2\t3\n");
  const Outcome header = run({"convert", input, "--columns", "a", "--header", "maybe", "--out", "/dev/stdout"});
  CHECK(header.code == 2);
  CHECK(contains(header.err, "--header: got 'maybe', expected no or yes"));
}
