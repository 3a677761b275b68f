#pragma once

#include "core/batch.h"

namespace seqrec::models {

/// Sequences laid one after the other, nothing padded: each item has its place.
struct Sequences {
  Index items;      ///< [places] what stands there
  Index positions;  ///< [places] row of a table of positions
  Windows windows;  ///< [places] over the places: what each looks at

  template <class F>
  void for_each(F f) const {
    f(items), f(positions), f(windows);
  }
};

/// How the places of a sequence are numbered.
enum class Positions {
  FromBegin,   ///< from 0 on
  ToEnd,       ///< up to max_length - 1
  ToSharedEnd  ///< as a part of the longest of the windows that begin together, which is numbered up to max_length - 1
};

/// The position of a sequence's first place; `ToSharedEnd` numbers the longest window as `ToEnd` does.
std::int32_t first_position(Positions numbering, std::int64_t max_length, std::int32_t length);

/// What a causal model (a transformer whose places look at what comes before, or a recurrent one) computes for a batch.
/// It has the output of every window that begins at the same value in one pass, so there is one sequence per begin, as
/// long as its longest window, but with ToEnd one per row.
struct CausalInput : Sequences {  // a place looks at its sequence up to itself
  Windows sequences;              ///< [sequences] over the places, adjacent: what a recurrent cell runs over
  Index read;                     ///< [rows] the place of the window's last item
  Windows of_read;                ///< [rows] what these look at

  template <class F>
  void for_each(F f) const {
    Sequences::for_each(f);
    f(sequences), f(read), f(of_read);
  }
};

/// Windows are cut to their last `max_length` items; one without an item looks at the padding item.
CausalInput causal_input(const Batch& batch, std::int64_t max_length, Positions numbering = Positions::FromBegin);

/// The batch in parts that need about `most_places` places each, for a model that computes them one after the other;
/// rows that share a sequence stay together. Memory then doesn't grow with the batch.
std::vector<Batch> slices_of(const Batch& batch, std::int64_t max_length, Positions numbering,
                             std::int64_t most_places);

}  // namespace seqrec::models
