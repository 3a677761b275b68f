#include "core/suggest.h"

#include <vector>

#include <doctest/doctest.h>

TEST_CASE("the nearest name is suggested") {
  const std::vector<std::string> known = {"SHAN", "Caser", "SRGNN", "S3Rec", "DIEN"};
  CHECK(seqrec::suggest("SHANN", known) == " (did you mean 'SHAN'?)");
  CHECK(seqrec::suggest("caser", known) == " (did you mean 'Caser'?)");
  CHECK(seqrec::suggest("SGRNN", known) == " (did you mean 'SRGNN'?)");
  CHECK(seqrec::suggest("S3Rce", known) == " (did you mean 'S3Rec'?)");
}

TEST_CASE("nothing is suggested when no name is near") {
  const std::vector<std::string> known = {"SHAN", "Caser"};
  CHECK(seqrec::suggest("BERT4Rec", known) == "");
  CHECK(seqrec::suggest("", known) == "");
  CHECK(seqrec::suggest(std::string(1000, 'S'), known) == "");
  CHECK(seqrec::suggest("SHAN", {}) == "");
}
