#pragma once

#include <string>
#include <vector>

#include "core/stored_table.h"
#include "models/model_file.h"

namespace seqrec::models {

/// What is done to a trained model before it is shipped: tables in fewer bytes, no users.

/// The names of the model's tables: its parameters that have a row for each token of a vocabulary.
std::vector<std::string> table_names(const ModelSpec& spec, const SequentialRecommender& model);

/// Gives the tables the values that they have in a file of this type (core/stored_table.h), to the bit. NumericError
/// naming the table for a number that is beyond it.
void narrow_tables(const ModelSpec& spec, SequentialRecommender& model, StoredType type);

/// The model without its users' tokens and vectors: who asks is then like an unknown user (UnknownUser::Mean, to the
/// bit). A model with users' vectors keeps one user, "[MEAN]", whose vector, that of no user too, is the mean of all.
/// UsageError for one that reads users' features, and for one without parameters.
LoadedModel without_users(const LoadedModel& loaded);

/// The same with all the users' tokens, for a test: each user's vector becomes the mean of all. UsageError likewise.
void forget_users(LoadedModel& loaded);

}  // namespace seqrec::models
