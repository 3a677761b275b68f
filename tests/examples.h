#pragma once

namespace seqrec {

/// Adds the models of examples/sasrec and examples/gru4rec to the list of models, at the first call.
void add_examples();

}  // namespace seqrec
