#include "train/metrics_csv.h"

#include "core/concat.h"

namespace seqrec::train {
namespace {

std::string number(double value) { return Json(value).dump(); }

}  // namespace

std::string csv_header(const std::vector<std::string>& metrics) {
  std::string out = "stage,epoch,loss,train_seconds,valid_seconds";
  for (const std::string& metric : metrics) out += "," + metric;
  return out + "\n";
}

std::string csv_line(const EpochReport& report, const std::vector<std::string>& metrics) {
  std::string out = concat(report.stage, ",", report.epoch, ",", report.fit ? "" : number(report.loss), ",",
                           number(report.train_seconds), ",", report.valid.empty() ? "" : number(report.valid_seconds));
  for (const std::string& metric : metrics) {
    const double* value = find(report.valid, metric);
    out += "," + (value ? number(*value) : std::string());
  }
  return out + "\n";
}

}  // namespace seqrec::train
