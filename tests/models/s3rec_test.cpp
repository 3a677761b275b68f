#include "models/s3rec.h"

#include <cmath>
#include <set>
#include <utility>

#include <doctest/doctest.h>

#include "autograd/ops/elementwise.h"
#include "core/error.h"
#include "kernels/copy.h"
#include "tests/models/batches.h"

using namespace seqrec;
using namespace seqrec::models;

namespace {

ModelSpec s3rec_spec(std::initializer_list<std::pair<const char*, Json>> changes, std::int64_t n_items = 9) {
  ModelSpec spec{.model = "S3Rec", .n_users = 5, .n_items = n_items, .hyper_parameters = Json::object()};
  for (const auto& [key, value] : std::initializer_list<std::pair<const char*, Json>>{{"hidden_size", 4},
                                                                                      {"inner_size", 6},
                                                                                      {"hidden_dropout_prob", 0.0},
                                                                                      {"attn_dropout_prob", 0.0},
                                                                                      {"initializer_range", 0.5}})
    spec.hyper_parameters[key] = value;
  for (const auto& [key, value] : changes) spec.hyper_parameters[key] = value;
  // Item i has attribute i % 3, every fourth one none.
  ItemAttributes attributes{{0}, {}, {{3, true}}};
  std::vector<std::int32_t> ids;
  for (std::int32_t item = 0; item < n_items; ++item) {
    if (item % 4 != 0) ids.push_back(item % 3);
    attributes.offsets.push_back(static_cast<std::int32_t>(ids.size()));
  }
  attributes.ids = Index(ids);
  spec.attribute_columns = {{"class", 3}};
  spec.attributes = std::make_shared<const ItemAttributes>(attributes);
  return spec;
}

S3RecMasking masking() { return {.max_length = 10, .mask = 9, .ratio = 0.3}; }

}  // namespace

TEST_CASE("windows that begin together give the loss and scores of copies") {
  for (const char* positions : {"begin", "end"}) {
    for (const char* loss_type : {"CE", "BPR", "BCE"}) {
      const ModelSpec spec = s3rec_spec({{"train_stage", "finetune"},
                                         {"loss_type", loss_type},
                                         {"MAX_ITEM_LIST_LENGTH", 3},
                                         {"s3rec_positions", positions}});
      CHECK(loss_of(spec, shared_batch()) == doctest::Approx(loss_of(spec, copied(shared_batch()))).epsilon(1e-12));
    }
    auto model =
        make_model(s3rec_spec({{"s3rec_positions", positions}, {"s3rec_finetune_windows", "last"}}), DType::F64, 3);
    model->eval();
    const auto shared = model->full_sort_predict(shared_batch()).to_vector<double>();
    const auto apart = model->full_sort_predict(copied(shared_batch())).to_vector<double>();
    REQUIRE(shared.size() == 5 * 9);  // no score for the mask
    for (std::size_t i = 0; i < shared.size(); ++i) CHECK(shared[i] == doctest::Approx(apart[i]).epsilon(1e-12));
  }
}

TEST_CASE("s3rec_positions and s3rec_finetune_windows say how places are numbered") {
  const auto loss = [&](const char* numbering, const char* windows) {
    return loss_of(s3rec_spec({{"train_stage", "finetune"},
                               {"MAX_ITEM_LIST_LENGTH", 4},
                               {"s3rec_positions", numbering},
                               {"s3rec_finetune_windows", windows}}),
                   shared_batch());
  };
  CHECK(loss("begin", "sliding") == loss("begin", "last"));
  CHECK(loss("begin", "sliding") == loss("recbole", "sliding"));
  CHECK(loss("begin", "sliding") != loss("end", "sliding"));
  CHECK(loss("end", "last") != loss("end", "sliding"));
}

TEST_CASE("a batch cut into slices keeps its loss") {
  const std::int64_t rows = 1200;  // more places than a slice has
  std::vector<std::int32_t> items(50), begin(rows), end(rows), users(rows, 1), targets(rows);
  for (std::int32_t i = 0; i < 50; ++i) items[i] = 1 + i % 8;
  for (std::int32_t r = 0; r < rows; ++r) {
    begin[r] = r % 30;
    end[r] = r % 30 + 20;
    targets[r] = 1 + r % 7;
  }
  std::vector<std::int32_t> copies, copy_begin, copy_end;
  for (std::int64_t r = 0; r < rows; ++r) {
    const auto from = items.begin() + begin[r];
    copy_begin.push_back(static_cast<std::int32_t>(copies.size()));
    copies.insert(copies.end(), from, from + 20);
    copy_end.push_back(static_cast<std::int32_t>(copies.size()));
  }
  Batch shared{.items = Index(items),
               .value_users = Index(std::vector<std::int32_t>(50, 1)),
               .windows = Windows(begin, end, 50),
               .users = Index(users),
               .targets = Index(targets),
               .negatives = Index(targets),
               .labels = {}};
  Batch apart = shared;
  apart.items = Index(copies);
  apart.windows = Windows(copy_begin, copy_end, std::ssize(copies));
  REQUIRE(slices_of(apart, 50, Positions::FromBegin, 16384).size() == 2);
  const ModelSpec spec = s3rec_spec({{"train_stage", "finetune"}});
  CHECK(loss_of(spec, shared) == doctest::Approx(loss_of(spec, apart)).epsilon(1e-12));

  // Parts, one after the other: the same loss and the same gradients.
  const auto slopes = [&](bool in_parts) {
    const auto model = make_model(spec, DType::F64, 3);
    model->begin_step(5, 1);
    double loss = 0;
    if (!in_parts) autograd::backward(model->calculate_loss(apart));
    if (in_parts) {
      const auto parts = model->loss_parts(apart);
      CHECK(parts.size() == 2);
      for (const auto& part : parts) {
        const Variable of_part = part();
        loss += of_part.value().item();
        autograd::backward(of_part);
      }
      CHECK(loss == doctest::Approx(loss_of(spec, apart)).epsilon(1e-12));
    }
    for (const auto& [name, parameter] : model->parameters())
      if (name == "item_embedding.weight") return parameter.grad().dense().to_vector<double>();
    return std::vector<double>();
  };
  const std::vector<double> whole = slopes(false), parts = slopes(true);
  REQUIRE(whole.size() == parts.size());
  for (std::size_t i = 0; i < whole.size(); ++i) CHECK(parts[i] == doctest::Approx(whole[i]).epsilon(1e-9));
}

TEST_CASE("a row without a history scores as one of the padding item, and never NaN") {
  auto model = make_model(s3rec_spec({}), DType::F32, 3);
  model->eval();
  Batch batch = shared_batch();
  batch.windows = Windows({0, 4, 2, 2, 0}, {0, 4, 2, 3, 8}, 8);
  const auto scores = model->full_sort_predict(batch).to_vector<float>();
  for (const float score : scores) CHECK(std::isfinite(score));
  CHECK(std::equal(scores.begin(), scores.begin() + 9, scores.begin() + 9));
  CHECK_FALSE(std::equal(scores.begin(), scores.begin() + 9, scores.begin() + 27));
}

TEST_CASE("recommend never gives padding or the mask") {
  auto model = make_model(s3rec_spec({}), DType::F32, 3);
  model->eval();
  const Recommendations best = model->recommend(shared_batch(), 20, {});
  for (std::int64_t k = 0; k < 20; ++k) {
    const std::int32_t item = best.items.at<std::int32_t>({0, k});
    CHECK((k < 8 ? item >= 1 && item <= 8 : item == -1));
  }
}

TEST_CASE("instances: masks with negatives that the instance lacks, segments of half the length at most") {
  const Batch batch = shared_batch();
  for (std::uint64_t part = 0; part < 50; ++part) {
    const S3RecInstances out = reconstruct_pretrain_data(batch, masking(), random_stream(1, Purpose::Mask, part));
    REQUIRE(out.offsets == std::vector<std::int32_t>{0, 1, 4, 8, 10, 13});
    for (std::size_t i = 0; i < 5; ++i) {
      const std::int32_t begin = out.offsets[i], end = out.offsets[i + 1];
      const std::set<std::int32_t> own(out.items.begin() + begin, out.items.begin() + end);
      std::int32_t segment = 0;
      for (auto p = static_cast<std::size_t>(begin); p < static_cast<std::size_t>(end); ++p) {
        const bool masked = out.masked_items[p] == 9;
        CHECK((masked || out.masked_items[p] == out.items[p]));
        CHECK((masked ? out.negative_items[p] >= 1 && out.negative_items[p] <= 8 && !own.contains(out.negative_items[p])
                      : out.negative_items[p] == 0));
        if (end - begin == 1) {
          CHECK(out.masked_segment[p] == out.items[p]);
          CHECK(out.negative_segment[p] == out.items[p]);
          continue;
        }
        const bool cut = out.masked_segment[p] == 9;
        segment += cut;
        CHECK(out.positive_segment[p] == (cut ? out.items[p] : 9));
        CHECK((out.negative_segment[p] == 9) == !cut);
      }
      CHECK(segment <= (end - begin) / 2);
      CHECK((segment > 0) == (end - begin > 1));
    }
  }
}

TEST_CASE("instances repeat for a stream, and differ for another") {
  const auto draw = [](std::uint64_t part) {
    return reconstruct_pretrain_data(shared_batch(), masking(), random_stream(1, Purpose::Mask, part)).masked_segment;
  };
  CHECK(draw(1) == draw(1));
  CHECK(draw(1) != draw(2));
  CHECK(loss_of(s3rec_spec({}), shared_batch(), 1) == loss_of(s3rec_spec({}), shared_batch(), 1));
  CHECK(loss_of(s3rec_spec({}), shared_batch(), 1) != loss_of(s3rec_spec({}), shared_batch(), 2));
}

TEST_CASE("the authors' instances hold the target, and mask the last item") {
  S3RecMasking authors = masking();
  authors.max_length = 3;
  authors.with_target = authors.mask_last = true;
  const S3RecInstances out = reconstruct_pretrain_data(shared_batch(), authors, random_stream(1, Purpose::Mask));
  REQUIRE(out.offsets == std::vector<std::int32_t>{0, 1, 3, 6, 9, 12, 15});
  CHECK(out.items[0] == shared_batch().items[0]);  // a history's first item by itself
  for (std::int64_t i = 0; i < out.size(); ++i) {
    const auto last = static_cast<std::size_t>(out.offsets[i + 1] - 1);
    if (i > 0) CHECK(out.items[last] == shared_batch().targets[i - 1]);
    CHECK(out.masked_items[last] == 9);
  }
}

TEST_CASE("positions count from an instance's begin, or so that all end together") {
  const S3RecInstances out = reconstruct_pretrain_data(shared_batch(), masking(), random_stream(1, Purpose::Mask));
  const auto positions = [&](Positions numbering) {
    const Sequences s = bidirectional_sequences(out, 1, 3, {&out.items, &out.items}, 10, numbering);
    CHECK(s.windows.begin()[5] == 3);
    CHECK(s.windows.end()[5] == 7);
    CHECK(s.windows.end()[13] == 14);
    return std::vector<std::int32_t>(s.positions.host().begin(), s.positions.host().end());
  };
  CHECK(positions(Positions::FromBegin) == std::vector<std::int32_t>{0, 1, 2, 0, 1, 2, 3, 0, 1, 2, 0, 1, 2, 3});
  CHECK(positions(Positions::ToEnd) == std::vector<std::int32_t>{7, 8, 9, 6, 7, 8, 9, 7, 8, 9, 6, 7, 8, 9});
  CHECK(loss_of(s3rec_spec({{"compat", "recbole"}, {"s3rec_missing_attribute", "fixed"}, {"s3rec_negatives", "fixed"}}),
                shared_batch()) != loss_of(s3rec_spec({}), shared_batch()));
}

TEST_CASE("each task has its weight, and its parameters their gradients") {
  for (const char* task : {"aap", "mip", "map", "sp"}) {
    CAPTURE(task);
    ModelSpec spec = s3rec_spec({{"mask_ratio", 0.5}});
    for (const char* other : {"aap", "mip", "map", "sp"})
      spec.hyper_parameters[std::string(other) + "_weight"] = std::string(other) == task ? 2.0 : 0.0;
    auto model = make_model(spec, DType::F64, 3);
    model->begin_step(5, 1);
    autograd::backward(model->calculate_loss(shared_batch()));
    for (const auto& [name, parameter] : model->parameters()) {
      if (!name.ends_with("_norm.weight") && name != "feature_embedding.weight") continue;
      const bool attributes = name == "feature_embedding.weight" && task[0] != 's' && task[1] == 'a';
      const bool expected = name == std::string(task) + "_norm.weight" || attributes ||
                            (name == "feature_embedding.weight" && std::string(task) == "aap");
      CHECK(parameter.grad().defined() == expected);
    }
    const double once = [&] {
      ModelSpec half = spec;
      half.hyper_parameters[std::string(task) + "_weight"] = 1.0;
      return loss_of(half, shared_batch());
    }();
    CHECK(loss_of(spec, shared_batch()) == doctest::Approx(2 * once).epsilon(1e-12));
  }
}

TEST_CASE("RecBole marks the last attribute where a token column has none") {
  const ModelSpec spec = s3rec_spec({});
  const ItemAttributes marked = spec.attributes->with_missing();
  const Windows of = marked.windows_of(Index({0, 4, 5, 8}));
  CHECK(of.length(0) == 0);  // padding
  CHECK(of.length(1) == 1);
  CHECK(marked.ids[of.begin()[1]] == 2);
  CHECK(marked.ids[of.begin()[2]] == 2);
  CHECK(spec.attributes->windows_of(Index({4})).length(0) == 0);
  CHECK(loss_of(s3rec_spec({{"s3rec_missing_attribute", "recbole"}}), shared_batch()) !=
        loss_of(s3rec_spec({}), shared_batch()));
}

TEST_CASE("several columns: their attributes side by side, each column's missing one marked by itself") {
  // Attributes 0 to 2 of a token column, 3 and 4 of a token_seq column, 5 to 8 of a token column.
  const ItemAttributes attributes{{0, 0, 3, 4, 5, 5}, Index({1, 3, 8, 4, 6}), {{3, true}, {5, false}, {9, true}}};
  const ItemAttributes marked = attributes.with_missing();
  CHECK(std::ranges::equal(marked.ids.host(), std::vector{1, 3, 8, 2, 4, 8, 2, 6, 2, 8}));
  CHECK(marked.offsets == std::vector<std::int32_t>{0, 0, 3, 6, 8, 10});

  // Two columns that hold the same are one whose attributes all occur twice: the loss of both is the sum.
  ModelSpec one = s3rec_spec({{"mip_weight", 0.0}, {"sp_weight", 0.0}}), two = one;
  two.attribute_columns.push_back({"brand", 3});
  ItemAttributes twice{{0}, {}, {{3, true}, {6, true}}};
  std::vector<std::int32_t> ids;
  for (std::size_t item = 0; item + 1 < one.attributes->offsets.size(); ++item) {
    const auto own = one.attributes->ids.host().subspan(
        one.attributes->offsets[item], one.attributes->offsets[item + 1] - one.attributes->offsets[item]);
    ids.insert(ids.end(), own.begin(), own.end());
    for (const std::int32_t id : own) ids.push_back(id + 3);
    twice.offsets.push_back(static_cast<std::int32_t>(ids.size()));
  }
  twice.ids = Index(ids);
  two.attributes = std::make_shared<const ItemAttributes>(twice);
  const auto loss = [&](const ModelSpec& spec) {
    auto model = make_model(spec, DType::F64, 3);
    for (const auto& [name, parameter] : model->parameters())
      if (name == "feature_embedding.weight")
        for (std::int64_t row = 0; row < parameter.value().size(0); ++row)
          for (std::int64_t i = 0; i < 4; ++i)
            parameter.value().span<double>()[row * 4 + i] = 0.1 * static_cast<double>(row % 3 - i);
    return model->calculate_loss(shared_batch()).value().item();
  };
  CHECK(loss(two) == doctest::Approx(2 * loss(one)).epsilon(1e-12));
}

TEST_CASE("a catalogue of one item, and histories of one: finite losses in both stages") {
  Batch batch{.items = Index({1}),
              .value_users = Index({1}),
              .windows = Windows({0}, {1}, 1),
              .users = Index({1}),
              .targets = Index({1}),
              .negatives = Index(),
              .labels = {}};
  for (const char* stage : {"pretrain", "finetune"}) {
    const ModelSpec spec = s3rec_spec({{"train_stage", stage}, {"mask_ratio", 1.0}}, 2);
    auto model = make_model(spec, DType::F32, 3);
    const autograd::Variable loss = model->calculate_loss(batch);
    autograd::backward(loss);
    CHECK(std::isfinite(loss.value().item()));
    for (const auto& [name, parameter] : model->parameters())
      if (parameter.grad().defined())
        for (const float slope : parameter.grad().dense().to_vector<float>()) CHECK(std::isfinite(slope));
  }
}

TEST_CASE("bad hyper-parameters of S3-Rec are named") {
  const auto making = [](std::initializer_list<std::pair<const char*, Json>> changes) {
    make_model(s3rec_spec(changes), DType::F32, 1);
  };
  CHECK_THROWS_WITH_AS(making({{"n_heads", 3}}), "hidden_size must be a multiple of n_heads: got 4 and 3", ConfigError);
  CHECK_THROWS_WITH_AS(making({{"n_layers", 0}}), "n_layers: got 0, expected a whole number from 1 to 1073741824",
                       ConfigError);
  CHECK_THROWS_WITH_AS(making({{"hidden_act", "mish"}}),
                       "hidden_act: got \"mish\", expected one of gelu, relu, swish, tanh, sigmoid", ConfigError);
  CHECK_THROWS_WITH_AS(making({{"mask_ratio", 1.5}}), "mask_ratio: got 1.5, expected a number from 0 to 1",
                       ConfigError);
  CHECK_THROWS_WITH_AS(making({{"train_stage", "both"}}),
                       "train_stage: got \"both\", expected one of pretrain, finetune", ConfigError);
  CHECK_THROWS_WITH_AS(making({{"attn_dropout_prob", 1}}),
                       "attn_dropout_prob: got 1, expected a number from 0 to below 1", ConfigError);
  ModelSpec without = s3rec_spec({});
  without.attributes = nullptr;
  auto model = make_model(without, DType::F32, 1);
  CHECK_THROWS_WITH_AS(model->calculate_loss(shared_batch()),
                       "pre-training S3Rec needs the items' attributes (item_attribute)", ConfigError);
}
