#include "train/protocol.h"

#include <doctest/doctest.h>

#include "tests/data/dataset_files.h"

namespace seqrec::train {
namespace {

std::string lines_of(const Json& protocol) {
  std::string out;
  for (const auto& [name, text] : protocol_lines(protocol)) out += concat(name, ": ", text, "\n");
  return out;
}

const char* const kDays =
    "user_id:token\titem_id:token\ttimestamp:float\n"
    "u\ta\t889000000\nu\tb\t889100000\nu\tc\t889272000\nu\td\t889372000\nv\ta\t889000000\nv\tb\t889100000\n"
    "v\tnew\t889272001\nw\ta\t889272002\nw\tz\t889472002\nx\t\t889472003\n";

TEST_CASE("the protocol of leave-one-out tells how much of the future training reads") {
  const DatasetFiles files(kDays);
  const data::Config config = files.config();
  const Json found = protocol(data::prepare(config), config);
  CHECK(lines_of(found) ==
        "filter: dropping rows without an id: 10 -> 9 rows of d.inter\n"
        "split: LS valid_and_test\n"
        "leak: 2 of 6 training interactions later than the first target of the test, 889272001 (1998-03-07T12:00:01Z)\n"
        "cold: 2 targets never trained on, 0 rows of users who don't train; they count like the others\n"
        "ranked: among all 6 items, the history's too; of equal scores the lower id first\n");
  CHECK(found.at("leak").at("later_than_it") == Json(2));
  CHECK(found.at("rows").dump() == R"({"train":3,"valid":1,"test":2})");
  CHECK(found.at("filters").as_array().size() == 1);
  CHECK(found.at("warnings").as_array().empty());
}

TEST_CASE("the protocol of a split by time tells its points, and that of drawn items warns") {
  const DatasetFiles files(kDays);
  const data::Config config =
      files.config({"eval_args={split: {GTS: {at: 1998-03-07, valid: last_train, target: first}}, mode: uni3}"});
  CHECK(lines_of(protocol(data::prepare(config), config)) ==
        "filter: dropping rows without an id: 10 -> 9 rows of d.inter\n"
        "split: GTS {\"at\":\"1998-03-07\",\"target\":\"first\",\"valid\":\"last_train\",\"valid_share\":0.1,"
        "\"cold_users\":\"keep\",\"cold_items\":\"keep\"}; tests from 889228800 (1998-03-07T00:00:00Z)\n"
        "leak: 0 of 4 training interactions later than the first target of the test, 889272000 (1998-03-07T12:00:00Z)\n"
        "cold: 2 targets never trained on, 0 rows of users who don't train; they count like the others; left out: 1 "
        "target with nothing before them\n"
        "ranked: among the target and 3 items drawn uniformly, the history's too; of equal scores the lower id first\n"
        "warning: metrics among drawn items are not those among all, and may put models in another order (Krichene, "
        "Rendle, KDD 2020): use eval_args.mode full\n");
  const data::Config values = files.config({"eval_args={mode: uni3}", "metrics=AUC", "valid_metric=AUC"});
  CHECK(protocol(data::prepare(values), values).at("warnings").as_array().empty());  // among all it is the same
}

}  // namespace
}  // namespace seqrec::train
