#include <cmath>
#include <cstring>
#include <filesystem>
#include <sstream>

#include <doctest/doctest.h>

#include "core/file.h"
#include "core/safetensors.h"
#include "infer/messages.h"
#include "tests/cli/program.h"

using seqrec::concat;
using seqrec::Json;
using seqrec::Tensor;
namespace infer = seqrec::infer;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) out.push_back(line);
  return out;
}

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> out;
  std::istringstream stream(line);
  for (std::string cell; std::getline(stream, cell, ',');) out.push_back(cell);
  return out;
}

Outcome vectors(const std::string& of, const std::string& out) {
  return run({"vectors", trained().run, "--of", of, "--out", out});
}

}  // namespace

TEST_CASE("vectors of items, users and sessions as .npy, .safetensors and .csv") {
  const TempFolder folder;
  infer::Session session{std::filesystem::path(trained().model)};
  session.load_histories(seqrec::models::histories_path(trained().model));
  const seqrec::Vocabulary &items = session.file().items, &users = session.file().users;
  for (const std::string of : {"items", "users", "sessions"}) {
    CAPTURE(of);
    const std::string file = folder / of;
    const Outcome outcome = vectors(of, file + ".safetensors");
    CAPTURE(outcome.err);
    REQUIRE(outcome.code == 0);
    CHECK(outcome.out == concat(file, ".safetensors: ", of == "items" ? items.size() - 1 : users.size() - 1, " ", of,
                                " of SHAN, 64 numbers each\n"));
    const seqrec::SafetensorsReader reader(file + ".safetensors");
    CHECK(reader.metadata().at("of") == of);
    const Tensor values = reader.get("vectors");
    const std::int64_t rows = values.size(0);
    CHECK(values.size(1) == 64);

    REQUIRE(vectors(of, file + ".npy").code == 0);
    const std::string npy = seqrec::read_text(file + ".npy");
    CHECK(npy.starts_with(std::string("\x93NUMPY\x01\x00", 8)));
    const std::size_t header = 10 + static_cast<unsigned char>(npy[8]) + 256 * static_cast<unsigned char>(npy[9]);
    CHECK(header % 64 == 0);
    CHECK(contains(npy.substr(0, header),
                   concat("{'descr': '<f4', 'fortran_order': False, 'shape': (", rows, ", 64), }")));
    CHECK(npy[header - 1] == '\n');
    REQUIRE(npy.size() == header + static_cast<std::size_t>(rows) * 64 * 4);
    CHECK(std::memcmp(npy.data() + header, values.raw(), npy.size() - header) == 0);
    const std::vector<std::string> tokens = lines_of(seqrec::read_text(file + ".tokens.txt"));
    REQUIRE(std::ssize(tokens) == rows);
    CHECK(tokens[0] == (of == "items" ? items : users).token(1));

    REQUIRE(vectors(of, file + ".csv").code == 0);
    const std::vector<std::string> csv = lines_of(seqrec::read_text(file + ".csv"));
    REQUIRE(std::ssize(csv) == rows + 1);
    CHECK(csv[0].starts_with("token,v0,v1,"));
    for (const std::int64_t row : {std::int64_t{0}, rows - 1}) {
      const std::vector<std::string> cells = cells_of(csv[static_cast<std::size_t>(row) + 1]);
      REQUIRE(cells.size() == 65);
      CHECK(cells[0] == tokens[static_cast<std::size_t>(row)]);
      for (std::size_t i = 0; i < 64; ++i)
        CHECK(std::stof(cells[i + 1]) == values.at<float>({row, static_cast<std::int64_t>(i)}));
    }
  }
  // A score is the product of a session's vector and an item's.
  const Tensor of_items = seqrec::SafetensorsReader(folder / "items.safetensors").get("vectors");
  const Tensor of_sessions = seqrec::SafetensorsReader(folder / "sessions.safetensors").get("vectors");
  infer::Request request;
  request.user = users.token(1);
  request.k = 1;
  const infer::ScoredItem best = session.recommend(request).items.at(0);
  double product = 0;
  for (std::int64_t i = 0; i < 64; ++i)
    product += double{of_items.at<float>({best.id - 1, i})} * of_sessions.at<float>({0, i});
  CHECK(product == doctest::Approx(best.score).epsilon(1e-4));
}

TEST_CASE("vectors says what it can't write") {
  const TempFolder folder;
  const Outcome ending = vectors("items", folder / "v.txt");
  CHECK(ending.code == 2);
  CHECK(contains(ending.err, "v.txt, expected a file that ends in .npy, .safetensors or .csv"));
  REQUIRE(run({"train", "--model", "Pop", "--dataset", "books", "--data-path", trained().data, "--out", folder / "pop"})
              .code == 0);
  for (const std::string of : {"items", "users", "sessions"}) {
    const Outcome none = run({"vectors", folder / "pop", "--of", of, "--out", folder / "v.npy"});
    CHECK(none.code == 2);
    CHECK(contains(none.err, "a Pop has no vectors of " + of));
  }
  CHECK_FALSE(std::filesystem::exists(folder / "v.npy"));
  std::filesystem::copy(trained().model, folder / "model.safetensors");
  const Outcome histories =
      run({"vectors", folder / "model.safetensors", "--of", "sessions", "--out", folder / "v.npy"});
  CHECK(histories.code == 1);
  CHECK(contains(histories.err, "is not there, so no history is known"));
  const Outcome onto = run({"vectors", folder / "model.safetensors", "--out", folder / "model.safetensors"});
  CHECK(onto.code == 2);
  CHECK(contains(onto.err, "is what is read, expected another file"));
}

TEST_CASE("similar items are those of the library and of the server") {
  const infer::Session session{std::filesystem::path(trained().model)};
  const Outcome json = run({"similar", trained().run, "b7", "b9", "nonsense", "-k", "5", "--format", "json"});
  CHECK(json.code == 0);
  CHECK(contains(json.err, "items that the model doesn't know, skipped: 1"));
  REQUIRE(json.events().size() == 1);
  CHECK(json.events()[0] == infer::to_json(infer::similar(session, {.items = {"b7", "b9", "nonsense"}, .k = 5})));
  const Outcome text = run({"similar", trained().run, "b7"});
  CHECK(text.lines().size() == 10);
  CHECK(text.lines()[0].starts_with("   1 "));
  CHECK(contains(text.lines()[0], "The "));
  const Outcome csv = run({"similar", trained().run, "b7", "-k", "3", "--format", "csv"});
  REQUIRE(csv.lines().size() == 4);
  CHECK(csv.lines()[0] == "request,user,rank,item,title,score,error");
  CHECK(csv.lines()[1].starts_with("1,,1,b"));
  const TempFolder folder;
  seqrec::write_text(folder / "some", "b1\nb2\nb3\n");
  CHECK(
      run({"similar", trained().run, "b1", "--candidates", folder / "some", "--exclude", folder / "some"}).out.empty());
  CHECK(run({"similar", trained().run, "b1", "--candidates", folder / "some"}).lines().size() == 2);
  const Outcome unknown = run({"similar", trained().run, "nonsense"});
  CHECK(unknown.code == 2);
  CHECK(contains(unknown.err, "no item that was given is known to the model"));
}

TEST_CASE("recommend writes CSV: a line for each item, and one for what got no answer") {
  const std::string requests =
      "{\"user\": \"u1\", \"k\": 2}\n{\"user\": \"no,\\\"body\"}\n{\"history\": \"b1\", \"k\": 1}\n";
  const Outcome csv = run({"recommend", trained().run, "--input", "-", "--format", "csv"}, requests);
  const std::vector<std::string> lines = csv.lines();
  REQUIRE(lines.size() == 5);
  CHECK(lines[0] == "request,user,rank,item,title,score,error");
  const std::vector<Json> answers =
      run({"recommend", trained().run, "--input", "-", "--format", "json"}, requests).events();
  const Json& first = answers[0].at("items").as_array()[0];
  CHECK(lines[1].starts_with(concat("1,u1,1,", first.at("item").as_string(), ",")));
  CHECK(lines[1].ends_with(concat(",", first.at("score").dump(), ",")));
  CHECK(lines[2].starts_with("1,u1,2,"));
  CHECK(lines[3].starts_with("2,\"no,\"\"body\",,,,,"));
  CHECK(contains(lines[3], "is unknown to the model"));
  CHECK(lines[4].starts_with("3,,1,"));
  CHECK(csv.code == 1);
  CHECK(run({"recommend", trained().run, "--input", "-", "--format", "csv"}, "").out ==
        "request,user,rank,item,title,score,error\n");
  const Outcome all = run({"recommend", trained().run, "--all-users", "-k", "1", "--format", "csv"});
  CHECK(all.lines().size() == 61);
  CHECK(run({"recommend", trained().run, "--all-users", "--format", "xml"}).code == 2);
}
