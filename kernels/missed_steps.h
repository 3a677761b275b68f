#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "core/tensor.h"
#include "kernels/optimizer.h"

namespace seqrec::kernels {

/// An optimiser's options; the learning rate among them is not looked at here.
using OptimizerRule = std::variant<SgdOptions, AdamOptions, AdagradOptions, RmspropOptions>;

/// Whether a step changes anything of a row without a gradient.
bool moves_other_rows(const OptimizerRule& rule);

/// Steps that rows of one parameter have missed, since they had no gradient (ParameterStep::only_rows).
struct MissedSteps {
  Tensor parameter;                        ///< [rows, ...], contiguous, on the CPU
  std::array<Tensor, 2> slots = {};        ///< as in ParameterStep
  std::vector<std::int32_t> rows;          ///< of the parameter, distinct
  std::vector<std::int32_t> missed;        ///< [rows] how many of the last steps each of them has missed
  std::span<const double> learning_rates;  ///< of the last steps, as many as any row has missed; the last one's is last
  std::int64_t step = 1;                   ///< the last step, counting from 1
};

/// Makes up for them: the rows become what those steps with a gradient of 0 would have made of them, bit for bit (but
/// under a ReferenceScope). A row costs at most what they would have cost; where parameters no longer move, much less,
/// and nothing where all that is kept for them is 0. ShapeError, UsageError for what doesn't fit, DeviceError for
/// another device than the CPU.
/// For each row 1 if it rests from then on: no step without a gradient changes anything of it, whatever the learning
/// rate.
std::vector<std::uint8_t> make_up(const OptimizerRule& rule, const MissedSteps& steps);

}  // namespace seqrec::kernels
