#include "data/atomic_file.h"

#include <atomic>
#include <cmath>
#include <optional>
#include <thread>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include "core/descriptor.h"
#include "core/parallel.h"
#include "core/spill.h"
#include "tests/data/dataset_files.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::data;

namespace {

AtomicTable parse(std::string_view text, const AtomicFormat& format = {}) {
  return parse_atomic(text, "f.inter", format);
}

std::string file_error(std::string_view text, const AtomicFormat& format = {}) {
  return message_of<DataError>([&] { parse(text, format); });
}

}  // namespace

TEST_CASE("every type of column is read") {
  const AtomicTable table = parse("u:token\tx:float\tw:token_seq\tv:float_seq\na\t1.5\tp q\t1 2.5\nb\t-2e3\t\t\n");
  REQUIRE(table.rows == 2);
  REQUIRE(table.columns.size() == 4);
  CHECK(table.find("u")->tokens[1] == "b");
  CHECK(table.find("x")->floats == LargeVector<double>{1.5, -2000});
  CHECK(table.find("w")->tokens == LargeVector<std::string_view>{"p", "q"});
  CHECK(table.find("w")->offsets == LargeVector<std::int64_t>{0, 2, 2});
  CHECK(table.find("v")->floats == LargeVector<double>{1, 2.5});
  CHECK(table.find("v")->offsets == LargeVector<std::int64_t>{0, 2, 2});
  CHECK(table.find("z") == nullptr);
}

TEST_CASE("line ends, a byte order mark and empty lines don't matter") {
  const AtomicTable table = parse("\xEF\xBB\xBFu:token\tx:float\r\n\r\na\t1\r\n\nb\t2");
  REQUIRE(table.rows == 2);
  CHECK(table.columns[0].name == "u");
  CHECK(table.columns[0].tokens == LargeVector<std::string_view>{"a", "b"});
  CHECK(table.columns[1].floats == LargeVector<double>{1, 2});
}

TEST_CASE("tokens are kept byte for byte") {
  const AtomicTable table = parse("u:token\tw:token_seq\n\xFF\xFE\"x\"\t\xC3 \xA9\n  sp ace\t1  2\n");
  CHECK(table.columns[0].tokens == LargeVector<std::string_view>{"\xFF\xFE\"x\"", "  sp ace"});
  CHECK(table.columns[1].tokens == LargeVector<std::string_view>{"\xC3", "\xA9", "1", "2"});
}

TEST_CASE("an empty value is missing, as are pandas' words for it") {
  AtomicFormat format;
  const char* const text = "u:token\tx:float\n\t\nNA\tnan\nnull\tNA\n";
  const AtomicTable table = parse(text, format);
  CHECK(table.columns[0].tokens == LargeVector<std::string_view>{"", "NA", "null"});
  for (const double value : table.columns[1].floats) CHECK(std::isnan(value));
  format.pandas_missing = true;
  CHECK(parse(text, format).columns[0].tokens == LargeVector<std::string_view>{"", "", ""});
}

TEST_CASE("integers of the exact column are kept exactly") {
  AtomicFormat format;
  format.exact = "t";
  const AtomicTable table = parse("t:float\tx:float\n1700000000000000001\t1\n1700000000000000002\t2\n", format);
  CHECK(table.find("t")->integers == LargeVector<std::int64_t>{1700000000000000001, 1700000000000000002});
  CHECK(table.find("x")->integers.empty());
  CHECK(parse("t:float\n1\n1.5\n", format).find("t")->integers.capacity() == 0);
}

TEST_CASE("only the columns asked for are read") {
  AtomicFormat format;
  format.wanted = [](std::string_view name) { return name == "b"; };
  const AtomicTable table = parse("a:float\tb:token\tc:float\ntext\tx\tmore\n", format);
  REQUIRE(table.columns.size() == 1);
  CHECK(table.columns[0].tokens[0] == "x");
  CHECK(table.fields.size() == 3);
}

TEST_CASE("separators may be other texts") {
  AtomicFormat format;
  format.field_separator = "::";
  format.seq_separator = "|";
  const AtomicTable table = parse("a:token::w:token_seq\nx y::p|q r\n", format);
  CHECK(table.columns[0].tokens[0] == "x y");
  CHECK(table.columns[1].tokens == LargeVector<std::string_view>{"p", "q r"});
}

TEST_CASE("a long file is the same for any number of threads and of blocks") {
  // Over three megabytes, so that lines cross the ends of the chunks that are parsed in parallel.
  constexpr int kRows = 150'000;
  std::string text = "u:token\tt:float\tw:token_seq\n";
  for (int i = 0; i < kRows; ++i) {
    text += i % 50 == 0 ? "\"user\"\"" + std::to_string(i) + "\"" : "user" + std::to_string(i);
    text += "\t" + std::to_string(i * 7) + "\t" + std::string(i % 3, 'a') + " b\n";
  }
  // Not all of them are integers, which the last chunk alone knows.
  const std::string halves = std::string(text).insert(text.rfind('\t'), ".5");
  // The first bad line is reported, not the one whose chunk fails first.
  const std::string bad = std::string(text).insert(text.find("user70001\t"), "bad\n") + "worse\n";
  AtomicFormat format;
  format.exact = "t";
  const TempFolder folder;
  for (const bool blocks : {false, true})
    for (const int threads : {1, 2, 5}) {
      std::optional<SpillScope> scope;
      if (blocks) scope.emplace(folder.path(), 1);  // a chunk at a time
      set_num_threads(threads);
      const AtomicTable table = parse(text, format);
      REQUIRE(table.rows == kRows);
      REQUIRE(table.columns[1].integers.size() == kRows);
      REQUIRE(table.columns[2].offsets.size() == kRows + 1);
      std::int64_t wrong = 0;
      for (int i = 0; i < kRows; ++i) {
        wrong += table.columns[0].tokens[i] != (i % 50 == 0 ? "user\"" : "user") + std::to_string(i);
        wrong += table.columns[1].integers[i] != i * 7 || table.columns[1].floats[i] != i * 7;
        const std::int64_t end = table.columns[2].offsets[i + 1];
        wrong += end - table.columns[2].offsets[i] != (i % 3 ? 2 : 1) || table.columns[2].tokens[end - 1] != "b";
      }
      CHECK(wrong == 0);
      const AtomicTable other = parse(halves, format);
      CHECK(other.columns[1].integers.capacity() == 0);
      REQUIRE(other.columns[1].floats.size() == kRows);
      CHECK(other.columns[1].floats[kRows - 2] == (kRows - 2) * 7);
      CHECK(other.columns[1].floats[kRows - 1] == (kRows - 1) * 7 + 0.5);
      CHECK(file_error(bad).starts_with("f.inter:70003: 1 field, expected 3"));
    }
  set_num_threads(1);
}

TEST_CASE("a file that is written in place while its map is parsed is a table or an error") {
  const TempFolder folder;
  const std::filesystem::path path = folder / "f.inter";
  std::string text = "w:token_seq\n";
  for (int i = 0; i < 300'000; ++i) text += "aa bb\n";
  write_text(path, text);
  std::atomic<bool> done = false;
  // Every second line of a part joins the one before, and is by itself again.
  std::thread writer([&] {
    const Descriptor file = open_file(path, O_WRONLY);
    std::string joined = text.substr(text.size() / 2);
    const auto begin = static_cast<off_t>(text.size() - joined.size());
    for (std::size_t at = joined.find('\n'); at < joined.size() - 12; at += 12) joined[at] = ' ';
    while (!done)
      for (const char* part : {joined.data(), text.data() + begin})
        static_cast<void>(!::pwrite(file.get(), part, joined.size(), begin));
  });
  {
    const SpillScope scope(folder.path(), 1 << 20);
    const std::string expected = "can't read " + path.string() + ": it was written while it was read";
    for (int time = 0; time < 20; ++time) try {
        const AtomicTable table = read_atomic_file(path, {});
        CHECK(std::ssize(table.columns[0].offsets) == table.rows + 1);
      } catch (const IoError& error) {
        CHECK(error.what() == expected);
      }
  }
  done = true;
  writer.join();
}

TEST_CASE("a header must name and type every column once") {
  CHECK(file_error("") == "f.inter:1: empty, expected a header such as user_id:token, columns separated by a tab");
  CHECK(file_error("\na\n").starts_with("f.inter:1: empty, expected a header"));
  CHECK(file_error("user_id\titem_id:token\na\tb\n") ==
        "f.inter:1: column 'user_id' of the header, expected name:type with a type of token, token_seq, float, "
        "float_seq; seqrec convert makes such a file of one without types");
  CHECK(file_error(":token\na\n").starts_with("f.inter:1: column ':token' of the header, expected name:type"));
  CHECK(file_error("user_id:string\na\n") ==
        "f.inter:1: column 'user_id' has type 'string', expected token, token_seq, float or float_seq");
  CHECK(file_error("a:token\ta:float\nx\t1\n") == "f.inter:1: column 'a' twice in the header");
  CHECK(file_error(std::string("\xFF\xFE"
                               "a\0:\0t\0",
                               8)) ==
        "f.inter:1: a text in UTF-16, expected UTF-8; iconv -f UTF-16 -t UTF-8 OLD > NEW makes it that");
  CHECK(file_error(std::string("a\0:token\nx\n", 11)) == "f.inter:1: a byte 0, which no text holds");
  CHECK(file_error(std::string("a:token\nx\ny\0z\n", 14)) == "f.inter:3: a byte 0, which no text holds");
  CHECK(file_error(std::string("a:float\nx\ny\0z\n", 14)) == "f.inter:2: column 'a' got 'x', expected a finite number");
  CHECK(file_error("a:\x1b[1m\n") ==
        "f.inter:1: column 'a' has type '\\x1b[1m', expected token, token_seq, float or "
        "float_seq");
  CHECK(file_error("a:token\tb:token\n") == "f.inter: has a header but no rows");
}

TEST_CASE("a header of very many columns is checked at once") {
  constexpr int kColumns = 200'000;  // some 40 s where each is compared with all before it
  std::string header, row;
  for (int c = 0; c < kColumns; ++c) {
    header += (c ? "\tc" : "c") + std::to_string(c) + ":float";
    row += c ? "\t1" : "1";
  }
  seqrec::data::AtomicFormat format;
  format.wanted = [](std::string_view name) { return name == "c7"; };
  CHECK(seqrec::data::parse_atomic(header + "\n" + row + "\n", "f.inter", format).fields.size() == kColumns);
  CHECK(file_error(header + "\tc5:float\n") == "f.inter:1: column 'c5' twice in the header");
  const std::string error = file_error(header + "\n1\t2\n");
  CHECK(error.starts_with("f.inter:2: 2 fields, expected 200000 (c0, c1, "));
  CHECK(error.ends_with(", c199998, c199999) separated by a tab"));
  CHECK(error.size() < 900);
}

TEST_CASE("many rows that are too short take no memory for the columns that they lack") {
  constexpr int kColumns = 20'000, kRows = 1'000'000;  // 320 GB of tokens
  std::string text;
  for (int c = 0; c < kColumns; ++c) text += (c ? "\tc" : "c") + std::to_string(c) + ":token";
  text += "\n";
  const std::string whole = std::string(kColumns - 1, '\t') + "\n";
  text += whole + whole;
  for (int row = 0; row < kRows; ++row) text += "x\n";
  CHECK(file_error(text).starts_with("f.inter:4: 1 field, expected 20000 ("));
}

TEST_CASE("a wrong separator is recognised") {
  CHECK(file_error("user_id:token,item_id:token\n1,2\n") ==
        "f.inter:1: column 'user_id' has type 'token,item_id:token', expected token, token_seq, float or float_seq; "
        "are columns separated by a tab (field_separator)?");
  CHECK(file_error("user_id:token\titem_id:token\n1,2\n") ==
        "f.inter:2: 1 field, expected 2 (user_id, item_id) separated by a tab");
}

TEST_CASE("a row must have a field per column") {
  CHECK(file_error("a:token\tb:token\nx\ty\nx\ty\tz\n") == "f.inter:3: 3 fields, expected 2 (a, b) separated by a tab");
  CHECK(file_error("a:token\tb:token\n\nx\n") == "f.inter:3: 1 field, expected 2 (a, b) separated by a tab");
}

TEST_CASE("a float column holds finite numbers") {
  CHECK(file_error("a:token\tx:float\nu\t1\nu\tfour\n") ==
        "f.inter:3: column 'x' got 'four', expected a finite number");
  CHECK(file_error("x:float\n1,5\n") == "f.inter:2: column 'x' got '1,5', expected a finite number");
  CHECK(file_error("x:float\ninf\n") == "f.inter:2: column 'x' got 'inf', expected a finite number");
  CHECK(file_error("x:float\n1e999\n") == "f.inter:2: column 'x' got '1e999', expected a finite number");
  CHECK(file_error("v:float_seq\n1 2 x\n") == "f.inter:2: column 'v' got 'x', expected a finite number");
}

TEST_CASE("a file that can't be read is named") {
  CHECK(message_of<IoError>([] { read_atomic_file("/nowhere/d.inter", {}); }).find("/nowhere/d.inter") !=
        std::string::npos);
  const TempFolder folder;
  write_text(folder / "d.inter", "a:token\nx\ny\n");
  const AtomicTable table = read_atomic_file(folder / "d.inter", {});
  CHECK(table.rows == 2);
  CHECK(table.place(table.columns[0].tokens[1].data()) == (folder / "d.inter").string() + ":3");
}

TEST_CASE("fields in quotes are read as pandas reads them") {
  const AtomicFormat format{.field_separator = ","};
  const std::string text =
      "\"item_id:token\",title:token_seq,price:float\n"
      "\"1\",\"Net, The\",2\n"
      "2,\"\"\"Weird\"\" Al\",\"3.5\"\n"
      "3,say \"hi\",\n"
      "4,\"a\"b,1\n"
      "5,\"\",1\n";
  const AtomicTable table = parse_atomic(text, "f", format);
  CHECK(table.find("item_id")->tokens == LargeVector<std::string_view>{"1", "2", "3", "4", "5"});
  CHECK(table.find("title")->tokens ==
        LargeVector<std::string_view>{"Net,", "The", "\"Weird\"", "Al", "say", "\"hi\"", "ab"});
  CHECK(table.find("title")->offsets == LargeVector<std::int64_t>{0, 2, 4, 6, 7, 7});
  CHECK(table.find("price")->floats[1] == 3.5);

  const AtomicTable raw = parse_atomic("a:token\n\"x\"\n", "f", {.quotes = false});
  CHECK(raw.find("a")->tokens[0] == "\"x\"");
  CHECK(message_of([&] { parse_atomic("a:token\nx\n\"y\n", "f", {}); }) ==
        "f:3: a field begins with a quote that isn't closed on its line; quoting: none takes quotes as they stand");
  CHECK(message_of([&] { parse_atomic("\"a:token\n\"y\n", "f", {}); }) ==
        "f:1: a column begins with a quote that isn't closed on its line");
  CHECK(message_of([&] { parse_atomic("a:token\tb:token\n\"x\ty\"\n", "f", {}); }).find("f:2: 1 field, expected 2") ==
        0);
}

TEST_CASE("dates are times") {
  const auto times = [](std::string_view values) {
    std::string text = "t:float\n";
    for (const char c : values) text += c == '|' ? '\n' : c;
    return parse_atomic(text + "\n", "f", {.exact = "t"});
  };
  const AtomicTable whole = times("2019-10-01 00:00:05 UTC|1569888006|2019-10-01");
  CHECK(whole.find("t")->integers == LargeVector<std::int64_t>{1569888005, 1569888006, 1569888000});
  const AtomicTable parts = times("2014-04-07T10:51:09.277Z|2014-04-07T12:51:09.5+02:00");
  CHECK(parts.find("t")->integers.empty());
  CHECK(parts.find("t")->floats == LargeVector<double>{1396867869.277, 1396867869.5});
  CHECK(message_of([&] { times("2019-13-01"); }) ==
        "f:2: column 't' got '2019-13-01', expected a finite number or a date such as 2019-10-01 00:00:05");
}

TEST_CASE("what is no text is named") {
  CHECK(message_of([] { parse_atomic("PAR1xxxx", "f", {}); }).find("f:1: a Parquet file, expected text") == 0);
  CHECK(message_of([] { parse_atomic("PK\x03\x04xx", "f", {}); }).find("f:1: a zip archive, expected text") == 0);
}

TEST_CASE("a gzipped file is read") {
  const TempFolder folder;
  const std::string path = folder.path() / "f.inter.gz";
  const gzFile file = ::gzopen(path.c_str(), "wb");
  REQUIRE(::gzputs(file, "a:token\n\"x\"\"\"\ny\n") > 0);
  ::gzclose(file);
  const AtomicTable table = read_atomic_file(path, {});
  CHECK(table.find("a")->tokens == LargeVector<std::string_view>{"x\"", "y"});
}
