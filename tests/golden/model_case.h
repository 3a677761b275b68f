#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/safetensors.h"
#include "models/model.h"
#include "models/s3rec_input.h"

namespace seqrec::golden {

/// A golden model case, read.
struct ModelCase {
  explicit ModelCase(const std::filesystem::path& folder);

  Json config;
  models::ModelSpec spec;
  SafetensorsReader weights;
  Batch batch;
  std::optional<models::S3RecInstances> instances;  ///< of a pre-training case
  std::map<std::string, std::vector<double>> expected;
};

/// What seqrec computes for a case on a device: the tensors of expected.safetensors by the same names.
std::map<std::string, std::vector<double>> compute(const ModelCase& model_case, DType dtype, Device device);

}  // namespace seqrec::golden
