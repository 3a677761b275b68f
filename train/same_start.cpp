#include "train/same_start.h"

#include <string>

#include "core/crc32c.h"
#include "core/error.h"
#include "core/shown.h"
#include "kernels/instruction_set.h"
#include "train/sum_message.h"
#include "train/team.h"

namespace seqrec::train {
namespace {

/// E where a member of `own` is not what the first process has, which goes on once all others have found it to be so.
template <class E>
void check_same(dist::Processes& processes, const char* what, const Json& own) {
  const Json first = Json::parse(Team(&processes, 1).tell(own.dump()));
  const auto text = [](const Json* value) { return value ? shown(value->dump()) : std::string("none"); };
  std::string differ;
  const auto add = [&](const std::string& name) {
    differ +=
        concat(differ.empty() ? "" : "; ", name, " is ", text(own.find(name)), ", there ", text(first.find(name)));
  };
  for (const auto& [name, value] : own.as_object())
    if (const Json* there = first.find(name); !there || *there != value) add(name);
  for (const auto& [name, value] : first.as_object())
    if (!own.find(name)) add(name);
  require<E>(differ.empty(), what, " on ", processes.host(processes.rank()), " than process 0 has on ",
             processes.host(0), ": ", differ);
  wait_for_others(processes);
}

}  // namespace

void wait_for_others(dist::Processes& processes) {
  if (processes.rank() > 0) processes.send(0, {});
  for (int rank = 1; processes.rank() == 0 && rank < processes.size(); ++rank) processes.receive(rank);
}

void check_same_program(dist::Processes& processes) {
  Json own = Json::object();
  own["version"] = SEQREC_VERSION;
  own["instruction set (SEQREC_CPU)"] = kernels::instruction_set();
  check_same<UsageError>(processes, "another program", own);
}

void check_same_config(dist::Processes& processes, const data::Config& config) {
  check_same<ConfigError>(processes, "another configuration", config.portable());
}

void check_same_data(dist::Processes& processes, const RunBinding& binding) {
  check_same<DataError>(processes, "other data", Json::parse(binding.data()));
}

void check_same_model(dist::Processes& processes, const models::SequentialRecommender& model) {
  Json own = Json::object();
  for (const auto& [name, tensor] : model.state()) own[name] = concat("CRC-32C ", crc32c(bytes_of(tensor)));
  check_same<UsageError>(processes, "another model", own);
}

}  // namespace seqrec::train
